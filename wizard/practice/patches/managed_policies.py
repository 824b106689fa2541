"""AWS's managed policies exist. moto can load them, but does so anew in every partition after every reset."""

import json
import threading

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy

_lock = threading.Lock()
_loaded: list[ManagedPolicy] = []


def _policies(backend: IAMBackend) -> list[ManagedPolicy]:
    if backend.partition != "aws":
        return []
    with _lock:
        if not _loaded:
            for name, data in json.loads(aws_managed_policies_data).items():
                _loaded.append(AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data))
        for policy in _loaded:
            policy.attachment_count = 0
    return list(_loaded)


def install() -> None:
    """Has every IAM of the account begin with AWS's managed policies, none of them attached."""
    setattr(IAMBackend, "_init_aws_policies", _policies)  # noqa: B010 - mypy refuses to assign a method
