"""VPC endpoints as AWS makes them: checked first, available after a while, with real DNS names and addresses.

Sources: the PrivateLink guide; C27, C28 and C29 are errors that users of AWS have met.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.calls import digest
from wizard.practice.patches import backend, network_interfaces
from wizard.practice.patches.endpoint_services import service
from wizard.practice.protocol import AwsError, Params

PENDING = 75.0


@dataclass
class _Record:
    created: float
    deleted: float | None = None
    fails: bool = False


_records: dict[str, _Record] = {}
_tokens: dict[tuple[str, str], tuple[str, str]] = {}
account.on_reset(_records.clear)
account.on_reset(_tokens.clear)


def refresh(region: str) -> None:
    """Gives moto's endpoints the state that time has brought, and takes away what is gone."""
    now, ec2 = account.clock.now(), backend.ec2(region)
    for endpoint in list(ec2.vpc_end_points.values()):
        record = _records.get(endpoint.id)
        if record is None:
            continue
        if record.deleted is not None and now - record.deleted >= account.catalogue.endpoint_deletion_seconds:
            for interface in endpoint.network_interface_ids:
                network_interfaces.remove(region, interface)
            del ec2.vpc_end_points[endpoint.id]
        elif record.deleted is not None:
            endpoint.state = "deleting"
        else:
            waits = endpoint.vpc_endpoint_type == "Interface" and now - record.created < PENDING
            endpoint.state = "pending" if waits else "failed" if record.fails else "available"


def _create(call: Call) -> Params:
    asked = call.params
    kind = asked.get("VpcEndpointType") or "Gateway"
    with aws.moto_lock:
        refresh(call.region)
        if known := _known_token(call):
            return {"VpcEndpoint": _described(call, known), "ClientToken": asked["ClientToken"]}
        backend.vpc(call.region, asked["VpcId"])
        detail = service(call.region, asked["ServiceName"], kind)
        endpoint_id = _interface(call, detail) if kind == "Interface" else _gateway(call)
        suffix = asked["ServiceName"].partition(f".{call.region}.")[2]
        fails = suffix in account.catalogue.failing_endpoint_services
        _records[endpoint_id] = _Record(account.clock.now(), fails=fails)
        if asked.get("ClientToken"):
            _tokens[call.region, asked["ClientToken"]] = (digest("ec2", call.operation, asked), endpoint_id)
        answer = {"VpcEndpoint": _described(call, endpoint_id)}
        if asked.get("ClientToken"):
            answer["ClientToken"] = asked["ClientToken"]
    return answer


def _known_token(call: Call) -> str | None:
    known = _tokens.get((call.region, call.params.get("ClientToken", "")))
    if known is None:
        return None
    if known[0] != digest("ec2", call.operation, call.params):
        message = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
        raise AwsError("IdempotentParameterMismatch", message)
    return known[1] if known[1] in backend.ec2(call.region).vpc_end_points else None


def _interface(call: Call, detail: Params) -> str:
    asked, region = call.params, call.region
    vpc_id, subnet_ids = asked["VpcId"], asked.get("SubnetIds", [])
    check_zones(region, vpc_id, subnet_ids)
    group_ids = asked.get("SecurityGroupIds") or [backend.default_security_group(region, vpc_id).id]
    _check_groups(region, vpc_id, group_ids)
    private = asked.get("PrivateDnsEnabled", True) and "PrivateDnsNames" in detail
    if private:
        check_private_dns(region, vpc_id, detail)
    made = aws.moto(
        call.having(VpcEndpointType="Interface", SubnetIds=None, SecurityGroupIds=group_ids, PrivateDnsEnabled=private)
    )
    endpoint = backend.ec2(region).vpc_end_points[made["VpcEndpoint"]["VpcEndpointId"]]
    endpoint.subnet_ids = []
    add_subnets(region, endpoint, subnet_ids)
    _name(region, endpoint, detail)
    return str(endpoint.id)


def check_zones(region: str, vpc_id: str, subnet_ids: list[str]) -> None:
    """Raises AwsError unless the subnets are in the VPC, one a zone (C29)."""
    zones: set[str] = set()
    for subnet_id in subnet_ids:
        subnet = backend.subnet(region, subnet_id)
        if subnet.vpc_id != vpc_id:
            raise AwsError("InvalidParameter", f"Subnet {subnet_id} does not belong to VPC {vpc_id}")
        if subnet.availability_zone in zones:
            raise AwsError(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {subnet_id}. VPC endpoint subnets "
                "should be in different availability zones supported by the VPC endpoint service.",
            )
        zones.add(subnet.availability_zone)


def _check_groups(region: str, vpc_id: str, group_ids: list[str]) -> None:
    for group_id in group_ids:
        if backend.security_group(region, group_id).vpc_id != vpc_id:
            raise AwsError("InvalidParameter", f"Security group {group_id} does not belong to VPC {vpc_id}")


def check_private_dns(region: str, vpc_id: str, detail: Params, besides: str = "") -> None:
    """Raises AwsError when private DNS cannot be: a VPC attribute is off, or the name is taken (C27)."""
    vpc = backend.vpc(region, vpc_id)
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise AwsError(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true "
            f"for {vpc_id}",
        )
    for endpoint in backend.ec2(region).vpc_end_points.values():
        taken = endpoint.vpc_id == vpc_id and endpoint.service_name == detail["ServiceName"] and endpoint.id != besides
        if taken and endpoint.private_dns_enabled:
            raise AwsError(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{detail['PrivateDnsName']} in the VPC {vpc_id}",
            )


def add_subnets(region: str, endpoint: Any, subnet_ids: list[str]) -> None:
    """Gives an endpoint an interface in each subnet."""
    for subnet_id in subnet_ids:
        description = f"VPC Endpoint Interface {endpoint.id}"
        interface = network_interfaces.make(region, subnet_id, description, endpoint.security_group_ids, "vpc_endpoint")
        endpoint.subnet_ids.append(subnet_id)
        endpoint.network_interface_ids.append(interface)


def _name(region: str, endpoint: Any, detail: Params) -> None:
    unique = hashlib.sha256(endpoint.id.encode()).hexdigest()[:8]
    base = detail["BaseEndpointDnsNames"][0]
    zones = [backend.subnet(region, subnet_id).availability_zone for subnet_id in endpoint.subnet_ids]
    names = [f"{endpoint.id}-{unique}.{base}", *(f"{endpoint.id}-{unique}-{zone}.{base}" for zone in zones)]
    if endpoint.private_dns_enabled:
        names += [each["PrivateDnsName"] for each in detail["PrivateDnsNames"]]
    endpoint.dns_entries = [
        {"dns_name": name, "hosted_zone_id": f"Z{hashlib.sha256(name.encode()).hexdigest()[:20].upper()}"}
        for name in names
    ]


def _gateway(call: Call) -> str:
    asked, region = call.params, call.region
    for table_id in asked.get("RouteTableIds", []):
        _check_table(region, asked["VpcId"], asked["ServiceName"], table_id)
    made = aws.moto(call.having(VpcEndpointType="Gateway", PrivateDnsEnabled=False))
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def _check_table(region: str, vpc_id: str, service_name: str, table_id: str) -> None:
    """A route table takes one route to a prefix list (C28)."""
    table = backend.route_table(region, table_id)
    if table.vpc_id != vpc_id:
        raise AwsError("InvalidParameter", f"Route table {table_id} does not belong to VPC {vpc_id}")
    prefix_list = _prefix_list(region, service_name)
    if any(route.destination_prefix_list_id == prefix_list for route in table._routes.values()):
        message = f"route table {table_id} already has a route with destination-prefix-list-id {prefix_list}"
        raise AwsError("RouteAlreadyExists", message)


def _prefix_list(region: str, service_name: str) -> str:
    lists = backend.ec2(region).managed_prefix_lists.values()
    return next((str(each.id) for each in lists if each.prefix_list_name == service_name), "")


def _described(call: Call, endpoint_id: str) -> Params:
    refresh(call.region)
    [found] = aws.moto(call.asking("DescribeVpcEndpoints", VpcEndpointIds=[endpoint_id]))["VpcEndpoints"]
    return _completed(found)


def _completed(endpoint: Params) -> Params:
    if endpoint.get("VpcEndpointType") == "Gateway":
        endpoint["PrivateDnsEnabled"] = False
    endpoint.setdefault("RequesterManaged", False)
    endpoint.setdefault("IpAddressType", "ipv4")
    if endpoint["State"] == "failed":
        endpoint["LastError"] = {"Code": "InternalError", "Message": "An internal error occurred."}
    return endpoint


def _describe(call: Call) -> Params:
    with aws.moto_lock:
        refresh(call.region)
        answer = aws.moto(call)
    answer["VpcEndpoints"] = [_completed(endpoint) for endpoint in answer.get("VpcEndpoints", [])]
    return answer


def _endpoint(region: str, endpoint_id: str) -> Any:
    refresh(region)
    found = backend.ec2(region).vpc_end_points.get(endpoint_id)
    if found is None or found.state == "deleting":
        raise AwsError("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{endpoint_id}' does not exist")
    return found


# What AWS gives an endpoint whose policy nobody wrote (VPC user guide, endpoint policies).
_FULL_ACCESS = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'


def _modify(call: Call) -> Params:
    asked, region = call.params, call.region
    with aws.moto_lock:
        endpoint = _endpoint(region, asked["VpcEndpointId"])
        added, removed = asked.get("AddSubnetIds", []), asked.get("RemoveSubnetIds", [])
        kept = [each for each in endpoint.subnet_ids or [] if each not in removed]
        check_zones(region, endpoint.vpc_id, [*kept, *(each for each in added if each not in kept)])
        _check_groups(region, endpoint.vpc_id, asked.get("AddSecurityGroupIds", []))
        for table_id in asked.get("AddRouteTableIds", []):
            _check_table(region, endpoint.vpc_id, endpoint.service_name, table_id)
        if endpoint.vpc_endpoint_type == "Interface":
            detail = service(region, endpoint.service_name, "Interface")
            if "PrivateDnsEnabled" in asked:
                if asked["PrivateDnsEnabled"]:
                    check_private_dns(region, endpoint.vpc_id, detail, besides=endpoint.id)
                endpoint.private_dns_enabled = asked["PrivateDnsEnabled"]
            _change_subnets(region, endpoint, [each for each in added if each not in kept], removed)
            _name(region, endpoint, detail)
        if asked.get("ResetPolicy"):
            call = call.having(PolicyDocument=_FULL_ACCESS)
        answer = aws.moto(call.having(AddSubnetIds=None, RemoveSubnetIds=None, PrivateDnsEnabled=None))
        _follow_groups(region, endpoint)
        _follow_tables(region, endpoint, asked)
    return answer


def _change_subnets(region: str, endpoint: Any, added: list[str], removed: list[str]) -> None:
    ec2 = backend.ec2(region)
    for interface_id in list(endpoint.network_interface_ids):
        if ec2.enis[interface_id].subnet.id in removed:
            endpoint.network_interface_ids.remove(interface_id)
            network_interfaces.remove(region, interface_id)
    endpoint.subnet_ids = [each for each in endpoint.subnet_ids if each not in removed]
    add_subnets(region, endpoint, added)


def _follow_groups(region: str, endpoint: Any) -> None:
    groups = [backend.security_group(region, group_id) for group_id in endpoint.security_group_ids]
    for interface_id in endpoint.network_interface_ids:
        backend.ec2(region).enis[interface_id]._group_set = list(groups)


def _follow_tables(region: str, endpoint: Any, asked: Params) -> None:
    """moto notes the route tables of a gateway endpoint without routing in them."""
    ec2, prefix_list = backend.ec2(region), endpoint.destination_prefix_list_id
    for table_id in asked.get("AddRouteTableIds", []):
        ec2.create_route(table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)
    for table_id in asked.get("RemoveRouteTableIds", []):
        table = backend.route_table(region, table_id)
        for route_id, route in list(table._routes.items()):
            if route.destination_prefix_list_id == prefix_list:
                del table._routes[route_id]


def _delete(call: Call) -> Params:
    unsuccessful = []
    with aws.moto_lock:
        for endpoint_id in call.params["VpcEndpointIds"]:
            try:
                endpoint = _endpoint(call.region, endpoint_id)
            except AwsError as error:
                said = {"Code": error.code, "Message": error.message}
                unsuccessful.append({"ResourceId": endpoint_id, "Error": said})
                continue
            _follow_tables(call.region, endpoint, {"RemoveRouteTableIds": endpoint.route_table_ids})
            record = _records.setdefault(endpoint_id, _Record(0.0))
            record.deleted = account.clock.now()
            endpoint.private_dns_enabled = False
        refresh(call.region)
    return {"Unsuccessful": unsuccessful}


def _after_refresh(call: Call) -> Params:
    """What depends on endpoints being gone by now."""
    with aws.moto_lock:
        refresh(call.region)
        return aws.moto(call)


def _delete_vpc(call: Call) -> Params:
    with aws.moto_lock:
        refresh(call.region)
        vpc_id = call.params["VpcId"]
        ec2 = backend.ec2(call.region)
        groups = ec2.groups.get(vpc_id, {}).values()
        if any(endpoint.vpc_id == vpc_id for endpoint in ec2.vpc_end_points.values()) or any(
            group.name != "default" for group in groups
        ):
            message = f"The vpc '{vpc_id}' has dependencies and cannot be deleted."
            raise AwsError("DependencyViolation", message)
        return aws.moto(call)


HANDLERS: dict[str, Handler] = {
    "ec2.CreateVpcEndpoint": _create,
    "ec2.DescribeVpcEndpoints": _describe,
    "ec2.ModifyVpcEndpoint": _modify,
    "ec2.DeleteVpcEndpoints": _delete,
    "ec2.DescribeNetworkInterfaces": _after_refresh,
    "ec2.DeleteVpc": _delete_vpc,
}
