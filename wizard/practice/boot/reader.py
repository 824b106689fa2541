"""Reads of the practice account, each question asked once."""

from typing import Any

from wizard.practice import aws
from wizard.practice.aws import Call
from wizard.practice.protocol import AwsError, Params


class Reader:
    """Asks in one region and remembers the answers; what is refused, as what does not exist, is empty."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._known: dict[str, Params] = {}

    def ask(self, service: str, operation: str, **params: Any) -> Params:
        """The answer. Raises AwsError."""
        return aws.carry_out(Call(service, operation, params, self.region))

    def once(self, service: str, operation: str, **params: Any) -> Params:
        """The answer, the first time as every other time."""
        key = f"{service}.{operation} {sorted(params.items())}"
        if key not in self._known:
            try:
                self._known[key] = self.ask(service, operation, **params)
            except AwsError:
                self._known[key] = {}
        return self._known[key]
