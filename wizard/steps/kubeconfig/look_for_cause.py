"""Reads what may tell why the Kubernetes API can't be reached: on this machine and at AWS, by the rung that broke."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from typing import Any, TypeVar

from wizard import kube_ladder
from wizard.doors import Doors, together
from wizard.facts import Cluster, RouteTable, Rung, Unknown, Unreached, VpnConnection, known
from wizard.kube import Kube
from wizard.kube_ladder import KubeError, NotReached
from wizard.packets import table_of
from wizard.steps.cluster.observe import access_entry
from wizard.steps.ec2 import GONE, security_groups
from wizard.steps.vpc.observe import network_acl, route_table

Thing = TypeVar("Thing")

# The gateways that a VPN connection may end at, by how their ids begin, and DescribeVpnConnections' filter for them.
_GATEWAYS = {"vgw-": "vpn-gateway-id", "tgw-": "transit-gateway-id"}


def look_for_cause(doors: Doors, cluster: Cluster, arn: str, kube: Kube, seen: NotReached) -> Unreached:
    """What there is to know about a rung that broke; ``arn`` is who asks, as STS says it."""
    found = Unreached(seen.rung, seen.detail, seen.by)
    match seen.rung:
        case Rung.NAME:
            name = doors.cloud.host("eks")
            return replace(found, other_name=name, other_resolves=kube_ladder.resolves(name))
        case Rung.TIMEOUT:
            return _with_way(doors, cluster, _with_addresses(kube, found))
        case Rung.NO_ROUTE | Rung.REFUSED | Rung.SILENCE | Rung.TLS:
            return _with_addresses(kube, found)
        case Rung.UNAUTHORIZED | Rung.FORBIDDEN:
            return _with_entry(doors, cluster, arn, found)
    return found


def _with_addresses(kube: Kube, found: Unreached) -> Unreached:
    try:
        addresses = kube.addresses()
    except KubeError:
        return found
    own = kube_ladder.own_address(addresses[0]) if addresses else None
    # Towards a practice account on this machine there is no address that says anything.
    return replace(found, addresses=addresses, own_address=None if own and ip_address(own).is_loopback else own)


def _with_way(doors: Doors, cluster: Cluster, found: Unreached) -> Unreached:
    """With the groups on the cluster's interfaces, and what stands around its subnets, as they are now."""
    names = [*cluster.groups, *([cluster.security_group] if cluster.security_group else [])]
    groups, tables, acls = together(
        partial(security_groups, doors, [{"Name": "group-id", "Values": names}]),
        partial(_listed, doors, "DescribeRouteTables", "RouteTables", route_table, "vpc-id", [cluster.vpc_id]),
        partial(
            _listed, doors, "DescribeNetworkAcls", "NetworkAcls", network_acl, "association.subnet-id", cluster.subnets
        ),
    )
    return replace(found, groups=groups, tables=tables, acls=acls, connections=_connections(doors, cluster, tables))


def _connections(
    doors: Doors, cluster: Cluster, tables: tuple[RouteTable, ...] | Unknown
) -> tuple[VpnConnection, ...] | Unknown:
    if not known(tables):
        return ()
    taken = (table_of(tables, subnet) for subnet in cluster.subnets)
    targets = {route.target for table in taken if table for route in table.routes}
    found: list[VpnConnection] = []
    for begin, name in _GATEWAYS.items():
        ids = sorted(target for target in targets if target.startswith(begin))
        if ids:
            told = _listed(doors, "DescribeVpnConnections", "VpnConnections", _connection, name, ids)
            if isinstance(told, Unknown):
                return told
            found += [one for one in told if one is not None]
    return tuple(found)


def _connection(connection: Mapping[str, Any]) -> VpnConnection | None:
    if connection.get("State", "available") in GONE:
        return None
    gateway = connection.get("VpnGatewayId") or connection.get("TransitGatewayId") or ""
    tunnels = tuple(tunnel["Status"] for tunnel in connection.get("VgwTelemetry", []) if tunnel.get("Status"))
    return VpnConnection(connection["VpnConnectionId"], gateway, tunnels)


def _listed(
    doors: Doors, operation: str, key: str, read: Callable[[Any], Thing], name: str, values: Any
) -> tuple[Thing, ...] | Unknown:
    answer = doors.cloud.see("ec2", operation, Filters=[{"Name": name, "Values": list(values)}])
    return answer if isinstance(answer, Unknown) else tuple(read(one) for one in (answer or {}).get(key, []))


def _with_entry(doors: Doors, cluster: Cluster, arn: str, found: Unreached) -> Unreached:
    principal = _principal(doors, arn)
    if isinstance(principal, Unknown):
        return replace(found, principal=arn, entry=principal)
    # EKS refuses to speak of access entries in the mode of aws-auth alone, and there are none.
    old = cluster.authentication == "CONFIG_MAP"
    entry: Any = None if old else access_entry(doors, cluster.name, principal)
    return replace(found, principal=principal, entry=entry)


def _principal(doors: Doors, arn: str) -> str | Unknown:
    """The ARN that an access entry has for a caller: that of the role, whose path a session's ARN does not tell."""
    _, session, rest = arn.partition(":assumed-role/")
    if not session:
        return arn
    answer = doors.cloud.see("iam", "GetRole", RoleName=rest.partition("/")[0])
    if isinstance(answer, Unknown):
        return answer
    return str(answer["Role"]["Arn"]) if answer else arn
