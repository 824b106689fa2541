"""Who else works in the practice account: a company's administrators, whom a profile may name."""

import json
from typing import Any

from moto.iam.models import IAMBackend

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def install() -> None:
    """Has IAM begin with the role platform/KubernetesAdministrator and the user on-call."""
    begin = IAMBackend.__init__

    def begin_with_people(backend: IAMBackend, *where: Any, **also: Any) -> None:
        begin(backend, *where, **also)
        if backend.partition == "aws":
            backend.create_role("KubernetesAdministrator", json.dumps(_TRUST), "/platform/", None, "", [], "3600")
            backend.create_user(backend.region_name, "on-call")

    setattr(IAMBackend, "__init__", begin_with_people)  # noqa: B010 - mypy refuses to assign a method
