"""CloudFormation of the practice account's own: events, waiting, rollback, and no type skipped silently."""
