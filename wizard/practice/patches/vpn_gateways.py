"""VPN gateways take a while to attach and detach, and only an attached one can be routed to."""

from dataclasses import dataclass
from typing import Any

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.patches import backend
from wizard.practice.protocol import AwsError, Params

ATTACHING = 30.0
DETACHING = 30.0


@dataclass(frozen=True)
class _Change:
    since: float
    detaching: bool


_changes: dict[tuple[str, str], _Change] = {}
account.on_reset(_changes.clear)


def refresh(region: str) -> None:
    """Gives moto's attachments the state that time has brought."""
    now = account.clock.now()
    for gateway in list(backend.ec2(region).vpn_gateways.values()):
        if gateway.state == "deleted":
            del backend.ec2(region).vpn_gateways[gateway.id]
            continue
        for vpc_id, attachment in list(gateway.attachments.items()):
            change = _changes.get((gateway.id, vpc_id))
            if change is None:
                continue
            if change.detaching:
                attachment.state = "detaching" if now - change.since < DETACHING else "detached"
            else:
                attachment.state = "attaching" if now - change.since < ATTACHING else "attached"


def attached(region: str, gateway_id: str, vpc_id: str) -> bool:
    """Whether the gateway is attached to the VPC by now."""
    refresh(region)
    gateway = backend.ec2(region).vpn_gateways.get(gateway_id)
    attachment = gateway.attachments.get(vpc_id) if gateway else None
    return attachment is not None and attachment.state == "attached"


def _gateway(region: str, gateway_id: str) -> Any:
    refresh(region)
    found = backend.ec2(region).vpn_gateways.get(gateway_id)
    if found is None:
        raise AwsError("InvalidVpnGatewayID.NotFound", f"The vpnGateway ID '{gateway_id}' does not exist")
    return found


def _attach(call: Call) -> Params:
    gateway_id, vpc_id = call.params["VpnGatewayId"], call.params["VpcId"]
    with aws.moto_lock:
        gateway = _gateway(call.region, gateway_id)
        backend.vpc(call.region, vpc_id)
        in_use = [vpc for vpc, attachment in gateway.attachments.items() if attachment.state != "detached"]
        if vpc_id in in_use:
            message = f"The vpnGateway '{gateway_id}' is already attached to vpc '{vpc_id}'."
            raise AwsError("VpnGatewayAttachment.AlreadyExists", message)
        if in_use:
            raise AwsError("VpnGatewayAttachmentLimitExceeded", f"{gateway_id} is already attached to a VPC")
        others = backend.ec2(call.region).vpn_gateways.values()
        if any(vpc_id in each.attachments and each.attachments[vpc_id].state != "detached" for each in others):
            raise AwsError("AttachmentLimitExceeded", f"VPC {vpc_id} already has a VPN gateway")
        answer = aws.moto(call)
        _changes[gateway_id, vpc_id] = _Change(account.clock.now(), detaching=False)
        answer["VpcAttachment"]["State"] = "attaching"
    return answer


def _detach(call: Call) -> Params:
    gateway_id, vpc_id = call.params["VpnGatewayId"], call.params["VpcId"]
    with aws.moto_lock:
        attachment = _gateway(call.region, gateway_id).attachments.get(vpc_id)
        if attachment is None or attachment.state in ("detached", "detaching"):
            message = f"The attachment with vpnGateway '{gateway_id}' and vpc '{vpc_id}' does not exist"
            raise AwsError("InvalidVpnGatewayAttachment.NotFound", message)
        _changes[gateway_id, vpc_id] = _Change(account.clock.now(), detaching=True)
        refresh(call.region)
    return {}


def _describe(call: Call) -> Params:
    with aws.moto_lock:
        for gateway_id in call.params.get("VpnGatewayIds", []):
            _gateway(call.region, gateway_id)
        refresh(call.region)
        return aws.moto(call)


def _delete(call: Call) -> Params:
    gateway_id = call.params["VpnGatewayId"]
    with aws.moto_lock:
        gateway = _gateway(call.region, gateway_id)
        if any(attachment.state != "detached" for attachment in gateway.attachments.values()):
            raise AwsError("IncorrectState", f"The vpnGateway '{gateway_id}' is in use.")
        return aws.moto(call)


HANDLERS: dict[str, Handler] = {
    "ec2.AttachVpnGateway": _attach,
    "ec2.DetachVpnGateway": _detach,
    "ec2.DescribeVpnGateways": _describe,
    "ec2.DeleteVpnGateway": _delete,
}
