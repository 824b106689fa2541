"""Who holds a token, checked as EKS does: a presigned sts:GetCallerIdentity that names the cluster.

EKS sends the request on to STS with the x-k8s-aws-id header that was signed; here the signature is computed again
with the secret of the access key. What the identity may do follows from access entries or aws-auth.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import parse_qsl, quote, urlsplit

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from wizard.practice import control_planes
from wizard.practice.eks.state import Cluster
from wizard.practice.patches import identity
from wizard.practice.process import ACCESS_KEY_ID, ACCOUNT_ID, SECRET_ACCESS_KEY

Rights = Literal["admin", "view", "none"]

_PREFIX = "k8s-aws-v1."
_LIFETIME = timedelta(minutes=15)
_HEADER = "x-k8s-aws-id"
_NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class User:
    """Whom the API server takes the caller for."""

    name: str
    rights: Rights


def user(token: str, cluster: Cluster) -> User | None:
    """The user behind a token, or None for 401: malformed, expired, for another cluster, or of nobody known."""
    access_key = _verified(token, cluster.name)
    if access_key is None:
        return None
    principal = identity.principal_arn(identity.caller(access_key).arn)
    mode = cluster.authentication_mode
    entry = cluster.access_entries.get(principal) if mode != "CONFIG_MAP" else None
    if entry is not None:
        policies = {arn.rpartition("/")[2] for arn in entry.policies}
        return User(entry.username, _rights(policies, entry.kubernetes_groups))
    if mode == "API":
        return None
    roles, users = control_planes.aws_auth(cluster.name)
    groups = roles.get(_without_path(principal)) or users.get(principal)
    if groups is not None:
        return User(principal, "admin" if "system:masters" in groups else "none")
    creator_stays = cluster.described["accessConfig"].get("bootstrapClusterCreatorAdminPermissions", True)
    if mode == "CONFIG_MAP" and creator_stays and principal == cluster.creator_arn:
        return User("kubernetes-admin", "admin")
    return None


def _rights(policies: set[str], groups: list[str]) -> Rights:
    if "system:masters" in groups or policies & {"AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy"}:
        return "admin"
    if policies & {"AmazonEKSEditPolicy", "AmazonEKSViewPolicy", "AmazonEKSAdminViewPolicy"}:
        return "view"
    return "none"


def _without_path(arn: str) -> str:
    head, slash, _ = arn.partition("/")
    return f"{head}{slash}{arn.rpartition('/')[2]}"


def _verified(token: str, cluster_name: str) -> str | None:
    """The access key that signed the token, or None."""
    if not token.startswith(_PREFIX):
        return None
    encoded = token.removeprefix(_PREFIX)
    try:
        url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
        query = parse_qsl(url.query, keep_blank_values=True)
        asked = dict(query)
        signed_at = datetime.strptime(asked.get("X-Amz-Date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        seconds = int(asked.get("X-Amz-Expires", ""))
    except (ValueError, binascii.Error):
        return None
    age = datetime.now(UTC) - signed_at
    scope = asked.get("X-Amz-Credential", "").split("/")
    signed = asked.get("X-Amz-SignedHeaders", "").split(";")
    if (
        len(query) != len(asked)
        or asked.get("Action") != "GetCallerIdentity"
        or asked.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256"
        or len(scope) != 5
        or scope[3:] != ["sts", "aws4_request"]
        or signed != ["host", _HEADER]
        or not 0 < seconds <= 900
        or not -timedelta(minutes=5) < age < _LIFETIME
    ):
        return None
    secret = _secret(scope[0], asked.get("X-Amz-Security-Token"))
    if secret is None:
        return None
    canonical = "\n".join(
        (
            "GET",
            url.path or "/",
            "&".join(
                f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
                for name, value in sorted(query)
                if name != "X-Amz-Signature"
            ),
            f"host:{url.netloc}\n{_HEADER}:{cluster_name}\n",
            ";".join(signed),
            _NOTHING,
        )
    )
    expected = _signature(secret, scope, asked["X-Amz-Date"], canonical)
    return scope[0] if hmac.compare_digest(expected, asked.get("X-Amz-Signature", "")) else None


def _signature(secret: str, scope: list[str], date: str, canonical: str) -> str:
    """Signature Version 4 (AWS General Reference, "Signing AWS API requests")."""
    text = "\n".join(("AWS4-HMAC-SHA256", date, "/".join(scope[1:]), hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in scope[1:]:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _secret(access_key: str, session_token: str | None) -> str | None:
    if access_key == ACCESS_KEY_ID:
        return SECRET_ACCESS_KEY
    for user in iam_backends[ACCOUNT_ID]["aws"].users.values():
        for key in user.access_keys:
            if key.access_key_id == access_key:
                return str(key.secret_access_key)
    for role in sts_backends[ACCOUNT_ID]["aws"].assumed_roles:
        if role.access_key_id == access_key and role.session_token == session_token:
            return str(role.secret_access_key)
    return None
