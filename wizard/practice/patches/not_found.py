"""A role or instance profile that IAM does not have is missed in IAM's own words."""

from collections.abc import Callable
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend

from wizard.practice.aws import Handler


def _worded(look: Callable[..., Any], message: str) -> Callable[..., Any]:
    def looked(backend: IAMBackend, *name: str, **named: str) -> Any:
        try:
            return look(backend, *name, **named)
        except NotFoundException as error:
            raise NotFoundException(message.format(*name, *named.values())) from error

    return looked


for _method, _message in (
    ("get_role", "The role with name {} cannot be found."),
    ("get_instance_profile", "Instance Profile {} cannot be found."),
):
    setattr(IAMBackend, _method, _worded(getattr(IAMBackend, _method), _message))

HANDLERS: dict[str, Handler] = {}
