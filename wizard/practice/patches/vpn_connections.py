"""A VPN connection tells of its two tunnels whether they are up, as the operator's side has them."""

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.operator.settings import current
from wizard.practice.protocol import Params


def _describe(call: Call) -> Params:
    answer = aws.moto(call)
    up = current.settings.vpn
    for number, connection in enumerate(answer.get("VpnConnections", []), start=1):
        connection["VgwTelemetry"] = [
            {
                "OutsideIpAddress": f"203.0.113.{2 * number + tunnel}",
                "Status": "UP" if up else "DOWN",
                "StatusMessage": "" if up else "IPSEC IS DOWN",
                "AcceptedRouteCount": 0,
                "LastStatusChange": account.moment(0),
            }
            for tunnel in (0, 1)
        ]
    return answer


HANDLERS: dict[str, Handler] = {"ec2.DescribeVpnConnections": _describe}
