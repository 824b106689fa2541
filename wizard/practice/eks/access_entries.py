"""Access entries: which IAM principals the cluster's API knows, and as whom."""

import re
from typing import Any
from uuid import uuid4

from wizard.practice import aws, protocol
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.eks import state
from wizard.practice.eks.paging import page
from wizard.practice.eks.state import AccessEntry, Cluster
from wizard.practice.patches.identity import USER_NAME
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

POLICY_ARN = "arn:aws:eks::aws:cluster-access-policy/"
ADMIN_POLICY = POLICY_ARN + "AmazonEKSClusterAdminPolicy"
_POLICIES = (
    "AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSAutoNodePolicy", "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy", "AmazonEKSViewPolicy",
)  # fmt: skip
_NODE_GROUPS = {
    "EC2_LINUX": ["system:nodes"],
    "EC2_WINDOWS": ["system:nodes", "eks:kube-proxy-windows"],
    "FARGATE_LINUX": ["system:nodes"],
    "HYBRID_LINUX": ["system:nodes"],
    "EC2": ["system:nodes"],
}
_SESSION_NAME = "system:node:{{SessionName}}"
_NAMED_BY_SESSION = ("EC2", "FARGATE_LINUX", "HYBRID_LINUX")
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(role|user)/((?:[\x21-\x7e]+/)?([\w+=,.@-]{1,64}))")


def new_entry(cluster: Cluster, principal_arn: str, kind: str, role_id: str, asked: Params) -> AccessEntry:
    """An access entry with AWS's defaults for its type."""
    now = account.clock.now()
    match = _PRINCIPAL.fullmatch(principal_arn)
    what, name = (match[2], match[4]) if match else ("user", principal_arn)
    session = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{name}/{{{{SessionName}}}}"
    username = asked.get("username") or (session if what == "role" else principal_arn)
    if kind in _NODE_GROUPS:
        username = _SESSION_NAME if kind in _NAMED_BY_SESSION else "system:node:{{EC2PrivateDNSName}}"
    arn = f"{cluster.arn.replace(':cluster/', ':access-entry/')}/{what}/{ACCOUNT_ID}/{name}/{uuid4()}"
    groups = _NODE_GROUPS[kind] if kind in _NODE_GROUPS else asked.get("kubernetesGroups", [])
    return AccessEntry(principal_arn, kind, username, list(groups), role_id, arn, now, now, dict(asked.get("tags", {})))


def admin_entry(cluster: Cluster, principal_arn: str) -> AccessEntry:
    """The entry that EKS makes for a cluster's creator."""
    entry = new_entry(cluster, principal_arn, "STANDARD", "", {})
    entry.policies[ADMIN_POLICY] = _association(ADMIN_POLICY, {"type": "cluster", "namespaces": []})
    return entry


def _association(policy_arn: str, scope: Params) -> Params:
    now = account.moment()
    return {"policyArn": policy_arn, "accessScope": scope, "associatedAt": now, "modifiedAt": now}


def _cluster(call: Call) -> Cluster:
    cluster = state.active(call.region, call.params["clusterName"])
    if cluster.authentication_mode == "CONFIG_MAP":
        raise AwsError(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
            "operation.",
        )
    return cluster


def _entry(call: Call) -> tuple[Cluster, AccessEntry]:
    cluster = _cluster(call)
    arn = call.params["principalArn"]
    entry = cluster.access_entries.get(arn)
    if entry is None:
        message = f"The specified principalArn could not be found. You can view your access entries with {arn}"
        raise AwsError("ResourceNotFoundException", message)
    return cluster, entry


def described(cluster: Cluster, entry: AccessEntry) -> Params:
    """As DescribeAccessEntry says it."""
    return {
        "clusterName": cluster.name,
        "principalArn": entry.principal_arn,
        "kubernetesGroups": entry.kubernetes_groups,
        "accessEntryArn": entry.arn,
        "createdAt": account.moment(entry.created),
        "modifiedAt": account.moment(entry.modified),
        "tags": entry.tags,
        "username": entry.username,
        "type": entry.type,
    }


def _create(call: Call) -> Params:
    asked = call.params
    protocol.validate("eks", "CreateAccessEntry", asked)
    cluster = _cluster(call)
    kind = asked.get("type") or "STANDARD"
    if kind != "STANDARD" and kind not in _NODE_GROUPS:
        raise AwsError("InvalidParameterException", f"The access entry type {kind} is invalid.")
    if kind != "STANDARD" and (asked.get("username") or asked.get("kubernetesGroups")):
        message = f"You cannot specify username or kubernetesGroups for access entries of type {kind}."
        raise AwsError("InvalidParameterException", message)
    if any(group.startswith("system:") for group in asked.get("kubernetesGroups", [])):
        message = "The kubernetes group name is invalid, it cannot start with system:"
        raise AwsError("InvalidParameterException", message)
    role_id = _principal_id(call, asked["principalArn"], kind)
    with state.lock:
        if asked["principalArn"] in cluster.access_entries:
            message = "The specified access entry resource is already in use on this cluster."
            raise AwsError("ResourceInUseException", message, clusterName=cluster.name)
        entry = new_entry(cluster, asked["principalArn"], kind, role_id, asked)
        cluster.access_entries[entry.principal_arn] = entry
    return {"accessEntry": described(cluster, entry)}


def _principal_id(call: Call, arn: str, kind: str) -> str:
    """The unique id of a role or user. Raises AwsError for one that IAM does not have, or not yet."""
    unknown = AwsError("InvalidParameterException", "The specified principalArn is invalid: invalid principal.")
    match = _PRINCIPAL.fullmatch(arn)
    if not match or (kind != "STANDARD" and match[2] != "role"):
        raise unknown
    if match[1] != ACCOUNT_ID or (match[2], match[4]) == ("user", USER_NAME):
        return ""  # another account's principals are taken unseen
    if match[2] == "role" and account.settle.role_is_young(match[4]):
        raise unknown
    what = "Role" if match[2] == "role" else "User"
    try:
        found = aws.carry_out(call.asking(f"Get{what}", "iam", **{f"{what}Name": match[4]}))[what]
    except AwsError as error:
        raise unknown from error
    if found["Arn"] != arn:
        raise unknown
    return str(found[f"{what}Id"])


def _describe(call: Call) -> Params:
    return {"accessEntry": described(*_entry(call))}


def _list(call: Call) -> Params:
    cluster = _cluster(call)
    policy = call.params.get("associatedPolicyArn")
    found = [arn for arn, entry in cluster.access_entries.items() if not policy or policy in entry.policies]
    return page(found, "accessEntries", call.params)


def _update(call: Call) -> Params:
    cluster, entry = _entry(call)
    if entry.type != "STANDARD":
        raise AwsError("InvalidRequestException", f"Access entries of type {entry.type} cannot be updated.")
    entry.username = call.params.get("username") or entry.username
    entry.kubernetes_groups = call.params.get("kubernetesGroups", entry.kubernetes_groups)
    entry.modified = account.clock.now()
    return {"accessEntry": described(cluster, entry)}


def _delete(call: Call) -> Params:
    cluster, entry = _entry(call)
    with state.lock:
        cluster.access_entries.pop(entry.principal_arn, None)
    return {}


def _associate(call: Call) -> Params:
    cluster, entry = _entry(call)
    policy_arn, scope = call.params["policyArn"], dict(call.params["accessScope"])
    if policy_arn.removeprefix(POLICY_ARN) not in _POLICIES:
        raise AwsError("InvalidParameterException", f"The specified policyArn {policy_arn} is invalid.")
    if entry.type != "STANDARD":
        raise AwsError("InvalidRequestException", f"Policies cannot be associated with type {entry.type} entries.")
    if scope.get("type") == "namespace" and not scope.get("namespaces"):
        raise AwsError("InvalidParameterException", "Namespaces are required for access scope type namespace.")
    scope.setdefault("namespaces", [])
    entry.policies[policy_arn] = _association(policy_arn, scope)
    return {
        "clusterName": cluster.name,
        "principalArn": entry.principal_arn,
        "associatedAccessPolicy": entry.policies[policy_arn],
    }


def _disassociate(call: Call) -> Params:
    _, entry = _entry(call)
    if entry.policies.pop(call.params["policyArn"], None) is None:
        raise AwsError("ResourceNotFoundException", "The specified policy is not associated with the access entry.")
    return {}


def _list_associated(call: Call) -> Params:
    cluster, entry = _entry(call)
    found = page(list(entry.policies.values()), "associatedAccessPolicies", call.params)
    return {"clusterName": cluster.name, "principalArn": entry.principal_arn, **found}


def _list_policies(call: Call) -> Params:
    every: list[Any] = [{"name": name, "arn": POLICY_ARN + name} for name in _POLICIES]
    return page(every, "accessPolicies", call.params)


HANDLERS: dict[str, Handler] = {
    "eks.CreateAccessEntry": _create,
    "eks.DescribeAccessEntry": _describe,
    "eks.ListAccessEntries": _list,
    "eks.UpdateAccessEntry": _update,
    "eks.DeleteAccessEntry": _delete,
    "eks.AssociateAccessPolicy": _associate,
    "eks.DisassociateAccessPolicy": _disassociate,
    "eks.ListAssociatedAccessPolicies": _list_associated,
    "eks.ListAccessPolicies": _list_policies,
}
