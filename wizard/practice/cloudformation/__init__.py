"""CloudFormation of the practice account's own: events, waiting, rollback, and no type skipped silently."""

from wizard.practice.cloudformation.handlers import HANDLERS

__all__ = ["HANDLERS"]
