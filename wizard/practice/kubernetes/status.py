"""Kubernetes' way to refuse."""

from typing import Any


class StatusError(Exception):
    """An answer that is a Status object: HTTP code, reason and message in Kubernetes' own words."""

    def __init__(self, code: int, reason: str, message: str, kind: str = "", name: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.kind = kind
        self.name = name

    def status(self) -> dict[str, Any]:
        """The Status object."""
        details = {"name": self.name, "kind": self.kind} if self.kind else {}
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": details,
            "code": self.code,
        }
