"""One list of AWS's, as what a person picks from is made of."""

from collections.abc import Callable
from typing import Any, TypeVar

from wizard.doors import Doors
from wizard.facts import Unknown

T = TypeVar("T")


def listed(
    doors: Doors, service: str, operation: str, key: str, of: Callable[[dict[str, Any]], T], **params: Any
) -> tuple[T, ...] | Unknown:
    """What ``of`` makes of each thing under ``key`` in the answer, all its pages. Raises CloudError as Cloud.see."""
    answer = doors.cloud.see(service, operation, **params)
    return answer if isinstance(answer, Unknown) else tuple(of(thing) for thing in (answer or {}).get(key, []))
