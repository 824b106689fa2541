"""Whether a scenario is solved: decided from what stands in the account, whoever made it and however.

A scenario's criteria are plain data: ``cluster``, ``nodes`` (how many have to be Ready), ``forbidden`` (shortcuts, by
the names in ``SHORTCUTS``), ``services_outside`` (networks that the cluster's services must not take addresses of) and
``rules`` (each a ``read``, a step of the stage; ``holds``, a JMESPath over its answer; and what it ``says`` where that
does not hold), in which names stand for ``values``.
What was there when the scenario began is no shortcut.
"""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Any
from urllib.parse import unquote

import jmespath
from jmespath.exceptions import JMESPathError

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call
from wizard.practice.boot import fleet
from wizard.practice.calls import is_write
from wizard.practice.eks import state
from wizard.practice.process import REGION
from wizard.practice.protocol import AwsError, Params
from wizard.practice.stage import filled, typed_call


@dataclass(frozen=True)
class Rule:
    """A JMESPath that has to hold over the answer to a read, and what is said where it does not."""

    says: str
    read: Call
    holds: str


@dataclass(frozen=True)
class Criteria:
    """What a scenario asks for, and what was there when it began: ``before`` holds the shortcuts' signs."""

    cluster: str
    nodes: int
    forbidden: tuple[str, ...]
    services_outside: tuple[IPv4Network, ...]
    rules: tuple[Rule, ...]
    began: float | None
    before: frozenset[tuple[str, str]]


_current: list[Criteria] = []
_lock = threading.Lock()


def begin(asked: Params) -> None:
    """Takes a scenario's criteria, and looks at what is there now. Raises ValueError, KeyError."""
    cluster = state.find(REGION, str(asked["cluster"]))
    unknown = set(asked.get("forbidden", ())) - set(SHORTCUTS)
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]} is none of {', '.join(SHORTCUTS)}")
    criteria = Criteria(
        cluster=str(asked["cluster"]),
        nodes=int(asked["nodes"]),
        forbidden=tuple(asked.get("forbidden", ())),
        services_outside=tuple(IPv4Network(cidr) for cidr in asked.get("services_outside", ())),
        rules=tuple(_rule(rule, asked.get("values") or {}) for rule in asked.get("rules", ())),
        began=cluster.created if cluster else None,
        before=frozenset(),
    )
    found = frozenset(_signs(criteria))
    with _lock:
        _current[:] = [replace(criteria, before=found)]


def _rule(asked: Params, values: Params) -> Rule:
    """Raises ValueError and KeyError."""
    service, _, operation = str(asked["read"]["call"]).partition(".")
    if is_write(operation):
        raise ValueError(f"{operation} is no read")
    holds = str(filled(asked["holds"], values))
    try:
        jmespath.compile(holds)
    except JMESPathError as error:
        raise ValueError(f"{holds} is no JMESPath") from error
    try:
        read = typed_call(service, operation, filled(asked["read"]["params"], values))
    except AwsError as error:
        raise ValueError(error.message) from error
    return Rule(str(asked["says"]), read, holds)


def judged() -> dict[str, Any]:
    """How the scenario stands: ``solved``, ``ready`` of ``wanted`` nodes, ``shortcuts``, ``overlaps`` and ``nodes``.

    ``broken`` is what those rules say that do not hold.

    Raises ValueError where no scenario was begun.
    """
    with _lock:
        if not _current:
            raise ValueError("no scenario is being practised here")
        criteria = _current[0]
    nodes = _nodes(criteria.cluster)
    ready = sum(node["state"] == "Ready" for node in nodes)
    taken = [{"shortcut": name, "about": about} for name, about in sorted(set(_signs(criteria)) - criteria.before)]
    overlaps = [str(network) for network in _overlaps(criteria)]
    broken = [rule.says for rule in criteria.rules if not _holds(rule)]
    return {
        "solved": ready >= criteria.nodes and not taken and not overlaps and not broken,
        "ready": ready,
        "wanted": criteria.nodes,
        "shortcuts": taken,
        "overlaps": overlaps,
        "broken": broken,
        "nodes": nodes,
    }


def _nodes(cluster: str) -> list[dict[str, Any]]:
    """Every instance that a group launched and that still runs, and how far it has come."""
    booted = {found.machine.id: found for found in fleet.booted(REGION)}
    answer = aws.carry_out(Call("ec2", "DescribeInstances"))
    found = []
    for instance in (one for reservation in answer["Reservations"] for one in reservation["Instances"]):
        name, running = instance["InstanceId"], booted.get(instance["InstanceId"])
        if instance["State"]["Name"] not in ("pending", "running") or fleet.age(name) is None:
            continue
        state_of = "pending"
        if running is not None:
            registered = running.is_registered and running.boot.cluster == cluster
            gave_up = running.boot.gave_up_at is not None and running.elapsed >= running.boot.gave_up_at
            state_of = ("Ready" if running.is_ready else "NotReady") if registered else "absent"
            state_of = "gave up" if gave_up else state_of
        found.append(
            {
                "instance": name,
                "name": instance["PrivateDnsName"],
                "state": state_of,
                "seconds": round(fleet.age(name) or 0),
            }
        )
    return sorted(found, key=lambda node: (node["seconds"], node["name"]))


def _overlaps(criteria: Criteria) -> Iterator[IPv4Network]:
    cluster = state.find(REGION, criteria.cluster)
    services = cluster.described["kubernetesNetworkConfig"]["serviceIpv4Cidr"] if cluster else None
    for network in criteria.services_outside:
        if services and network.overlaps(IPv4Network(services)):
            yield network


def _holds(rule: Rule) -> bool:
    try:
        return bool(jmespath.search(rule.holds, aws.carry_out(rule.read)))
    except (AwsError, JMESPathError):
        # What is gone, or has lost what is compared, is not as it should be.
        return False


# shortcuts: each names what shows that it was taken


def _signs(criteria: Criteria) -> Iterator[tuple[str, str]]:
    for name in criteria.forbidden:
        try:
            yield from ((name, about) for about in SHORTCUTS[name](criteria))
        except AwsError:
            # What can't be described is not there.
            continue


def _public_endpoint(criteria: Criteria) -> Iterator[str]:
    cluster = state.find(REGION, criteria.cluster)
    if cluster and cluster.described["resourcesVpcConfig"]["endpointPublicAccess"]:
        yield cluster.name


def _another_cluster(criteria: Criteria) -> Iterator[str]:
    cluster = state.find(REGION, criteria.cluster)
    if criteria.began is not None and (cluster is None or cluster.created != criteria.began):
        yield criteria.cluster


def _open_to_all(_criteria: Criteria) -> Iterator[str]:
    for group in aws.carry_out(Call("ec2", "DescribeSecurityGroups"))["SecurityGroups"]:
        for permission in group.get("IpPermissions", []):
            everywhere = [found["CidrIp"] for found in permission.get("IpRanges", [])]
            everywhere += [found["CidrIpv6"] for found in permission.get("Ipv6Ranges", [])]
            if {"0.0.0.0/0", "::/0"} & set(everywhere):
                yield str(group["GroupId"])


def _internet(_criteria: Criteria) -> Iterator[str]:
    for gateway in aws.carry_out(Call("ec2", "DescribeInternetGateways"))["InternetGateways"]:
        for attachment in gateway.get("Attachments", []):
            yield f"{gateway['InternetGatewayId']} at {attachment.get('VpcId')}"
    for gateway in aws.carry_out(Call("ec2", "DescribeNatGateways"))["NatGateways"]:
        if gateway.get("State") not in ("deleted", "deleting"):
            yield str(gateway["NatGatewayId"])


def _administrator(_criteria: Criteria) -> Iterator[str]:
    """Roles that EC2 may take on and that may do everything."""
    for role in aws.carry_out(Call("iam", "ListRoles"))["Roles"]:
        if "ec2.amazonaws.com" in json.dumps(role.get("AssumeRolePolicyDocument", "")) and _may_all(role["RoleName"]):
            yield str(role["RoleName"])


def _may_all(role: str) -> bool:
    attached = aws.carry_out(Call("iam", "ListAttachedRolePolicies", {"RoleName": role}))["AttachedPolicies"]
    if any(policy["PolicyName"] in ("AdministratorAccess", "PowerUserAccess") for policy in attached):
        return True
    return any(_allows_all(document) for document in (*_inline(role), *map(_of_policy, attached)))


def _inline(role: str) -> Iterator[Any]:
    for name in aws.carry_out(Call("iam", "ListRolePolicies", {"RoleName": role}))["PolicyNames"]:
        yield aws.carry_out(Call("iam", "GetRolePolicy", {"RoleName": role, "PolicyName": name}))["PolicyDocument"]


def _of_policy(attached: dict[str, Any]) -> Any:
    arn = attached["PolicyArn"]
    version = aws.carry_out(Call("iam", "GetPolicy", {"PolicyArn": arn}))["Policy"]["DefaultVersionId"]
    asking = Call("iam", "GetPolicyVersion", {"PolicyArn": arn, "VersionId": version})
    return aws.carry_out(asking)["PolicyVersion"]["Document"]


def _allows_all(document: Any) -> bool:
    text = document if isinstance(document, str) else json.dumps(document)
    statements = json.loads(unquote(text)).get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action", [])
        allowed = statement.get("Effect") == "Allow" and (actions if isinstance(actions, list) else [actions])
        if {"*", "*:*"} & set(allowed or ()):
            return True
    return False


SHORTCUTS: dict[str, Callable[[Criteria], Iterator[str]]] = {
    "public_endpoint": _public_endpoint,
    "another_cluster": _another_cluster,
    "open_to_all": _open_to_all,
    "internet": _internet,
    "administrator": _administrator,
}


def _empty() -> None:
    with _lock:
        _current.clear()


account.on_reset(_empty)
