"""Route tables: propagation of what the premises announce, and no route to a VPN gateway that is not attached."""

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.patches import backend
from wizard.practice.patches.vpn_gateways import attached
from wizard.practice.protocol import AwsError, Params

_propagating: dict[str, list[str]] = {}
account.on_reset(_propagating.clear)


def _enable(call: Call) -> Params:
    table_id, gateway_id = call.params["RouteTableId"], call.params["GatewayId"]
    with aws.moto_lock:
        table = backend.route_table(call.region, table_id)
        if not attached(call.region, gateway_id, table.vpc_id):
            raise AwsError("Gateway.NotAttached", f"resource {gateway_id}")
        gateways = _propagating.setdefault(table_id, [])
        if gateway_id not in gateways:
            gateways.append(gateway_id)
    return {}


def _disable(call: Call) -> Params:
    backend.route_table(call.region, call.params["RouteTableId"])
    gateways = _propagating.get(call.params["RouteTableId"], [])
    if call.params["GatewayId"] in gateways:
        gateways.remove(call.params["GatewayId"])
    return {}


def _describe(call: Call) -> Params:
    answer = aws.moto(call)
    for table in answer.get("RouteTables", []):
        gateways = _propagating.get(table["RouteTableId"], [])
        table["PropagatingVgws"] = [{"GatewayId": gateway} for gateway in gateways]
        table["Routes"] += [
            {
                "DestinationCidrBlock": str(cidr),
                "GatewayId": gateway,
                "Origin": "EnableVgwRoutePropagation",
                "State": "active",
            }
            for gateway in gateways
            if attached(call.region, gateway, table["VpcId"])
            for cidr in account.premises.cidrs
        ]
    return answer


def _create_route(call: Call) -> Params:
    gateway_id = call.params.get("GatewayId", "")
    with aws.moto_lock:
        table = backend.route_table(call.region, call.params["RouteTableId"])
        if gateway_id.startswith("vgw-") and not attached(call.region, gateway_id, table.vpc_id):
            message = f"route table {table.id} and network gateway {gateway_id} belong to different networks"
            raise AwsError("InvalidParameterValue", message)
        transit_gateway_id = call.params.get("TransitGatewayId", "")
        if transit_gateway_id and not _transit(call, transit_gateway_id, table.vpc_id):
            message = f"The transitGateway ID '{transit_gateway_id}' does not exist"
            raise AwsError("InvalidTransitGatewayID.NotFound", message)
        return aws.moto(call)


def _transit(call: Call, transit_gateway_id: str, vpc_id: str) -> bool:
    """Whether the VPC hangs on the transit gateway: AWS does not know one that it does not hang on."""
    attachments = aws.moto(call.asking("DescribeTransitGatewayVpcAttachments"))["TransitGatewayVpcAttachments"]
    return any(
        each["TransitGatewayId"] == transit_gateway_id and each["VpcId"] == vpc_id and each["State"] == "available"
        for each in attachments
    )


def _associate(call: Call) -> Params:
    table_id, subnet_id = call.params["RouteTableId"], call.params.get("SubnetId")
    with aws.moto_lock:
        backend.route_table(call.region, table_id)
        for other in backend.ec2(call.region).route_tables.values():
            if subnet_id and other.id != table_id and subnet_id in other._associations.values():
                message = f"the specified association for route table {table_id} conflicts with an existing association"
                raise AwsError("Resource.AlreadyAssociated", message)
        return aws.moto(call)


HANDLERS: dict[str, Handler] = {
    "ec2.EnableVgwRoutePropagation": _enable,
    "ec2.DisableVgwRoutePropagation": _disable,
    "ec2.DescribeRouteTables": _describe,
    "ec2.AssociateRouteTable": _associate,
    "ec2.CreateRoute": _create_route,
    "ec2.ReplaceRoute": _create_route,
}
