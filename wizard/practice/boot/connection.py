"""HTTPS requests of a node's programs: direct or through the proxy, and what AWS answers to a signed one."""

from dataclasses import dataclass, replace

from wizard.practice.boot import names, packets, policy
from wizard.practice.boot.names import Answer
from wizard.practice.boot.packets import Flow
from wizard.practice.boot.policy import Request
from wizard.practice.boot.proxy import Proxy
from wizard.practice.boot.rules import Obstacle, rule
from wizard.practice.boot.snapshot import Endpoint, Machine, Premises, Role, Surroundings
from wizard.practice.policies import is_meant


@dataclass(frozen=True)
class Attempt:
    """How a request went: what stopped it, None when it got through; and which endpoint or proxy it went by."""

    obstacle: Obstacle | None = None
    endpoint: Endpoint | None = None
    proxied: bool = False


def through(machine: Machine, surroundings: Surroundings, proxy: Proxy | None, host: str, port: int = 443) -> Attempt:
    """An HTTPS request through a proxy, or direct when that is None."""
    if proxy is None:
        return _direct(machine, surroundings, host, port)
    reached = _direct(machine, surroundings, proxy.host, proxy.port)
    premises = surroundings.premises
    trouble = reached.obstacle or proxy_not_listening(premises, proxy)
    if trouble is not None:
        return Attempt(Obstacle(trouble.rule, f"proxyconnect tcp: {trouble.says}"), proxied=True)
    trouble = proxy_refuses(premises, host) or private_through_proxy(surroundings, host) or proxy_intercepts(premises)
    return Attempt(trouble, proxied=True)


def _direct(machine: Machine, surroundings: Surroundings, host: str, port: int) -> Attempt:
    answer = names.resolved(machine, surroundings, host)
    if isinstance(answer, Obstacle):
        return Attempt(answer)
    trouble: Obstacle | None = None
    # Clients try each address in turn; one that works is enough.
    for peer in answer.peers:
        trouble = packets.obstacle(Flow(machine, peer, port, surroundings.premises, surroundings.prefix_lists))
        if trouble is None:
            return Attempt(endpoint=answer.endpoint)
    return Attempt(_explained(answer, trouble) or nowhere(host), answer.endpoint)


def _explained(answer: Answer, trouble: Obstacle | None) -> Obstacle | None:
    """Where a public address can't be reached, what kept the private one from being the answer is what matters."""
    if trouble is not None and answer.instead is not None and trouble.rule == "no-route":
        return Obstacle(answer.instead.rule, trouble.says)
    return trouble


@rule("no-interface")
def nowhere(host: str) -> str | None:
    """An interface endpoint without subnets has no address, and its name no answer."""
    return f"dial tcp: lookup {host}: no such host"


# the proxy


@rule("proxy-not-listening")
def proxy_not_listening(premises: Premises, proxy: Proxy) -> str | None:
    """Nothing listens at another port than the proxy's own."""
    if not premises.proxy_ports or proxy.port in premises.proxy_ports:
        return None
    return f"dial tcp {proxy.host}:{proxy.port}: connect: connection refused"


@rule("proxy-refuses")
def proxy_refuses(premises: Premises, host: str) -> str | None:
    """A proxy that does not allow a host answers CONNECT with 403; Go says the words of the status line."""
    refused = any(host == one.lstrip(".") or host.endswith("." + one.lstrip(".")) for one in premises.proxy_refuses)
    return "Forbidden" if refused or "*" in premises.proxy_refuses else None


@rule("private-through-proxy")
def private_through_proxy(surroundings: Surroundings, host: str) -> str | None:
    """A proxy is outside the VPC and lets nothing through to an address that is not on the internet."""
    cluster = names.cluster_at(surroundings, host)
    return "Forbidden" if cluster is not None and not cluster.public_access else None


@rule("proxy-intercepts")
def proxy_intercepts(premises: Premises) -> str | None:
    """A node trusts Amazon's authorities and not the company's, which signs what an intercepting proxy shows."""
    if not premises.proxy_intercepts:
        return None
    return "tls: failed to verify certificate: x509: certificate signed by unknown authority"


# what AWS answers


def refused(
    machine: Machine, surroundings: Surroundings, attempt: Attempt, role: Role, asked: Request
) -> Obstacle | None:
    """What AWS says to a call of the role's that reached it; None when it is allowed."""
    endpoint = attempt.endpoint
    asked = replace(
        asked,
        principals=principals(machine, role),
        context={**_caller(machine, role), **_way(machine, surroundings, endpoint), **asked.context},
    )
    return role_refused(machine, role, asked) or endpoint_refused(machine, role, endpoint, asked)


def refused_to_strangers(
    machine: Machine, surroundings: Surroundings, attempt: Attempt, asked: Request
) -> Obstacle | None:
    """What the endpoint on the way says to a request that AWS itself has signed, for whoever holds its URL."""
    asked = replace(asked, context={**asked.context, **_way(machine, surroundings, attempt.endpoint)})
    return endpoint_refused(machine, None, attempt.endpoint, asked)


@rule("role-refused")
def role_refused(machine: Machine, role: Role, asked: Request) -> str | None:
    """What the role's own policies allow, within its boundary."""
    found = policy.verdict(role.policies, asked)
    if found == "implicitDeny" and any(is_meant(pattern, asked.action) for pattern in role.allowed):
        found = "allowed"
    who = _unauthorized(machine, role, asked)
    if found == "explicitDeny":
        return f"{who} with an explicit deny in an identity-based policy"
    if found == "implicitDeny":
        return f"{who} because no identity-based policy allows the {asked.action} action"
    if role.boundary and policy.verdict((role.boundary,), asked) != "allowed":
        return f"{who} because no permissions boundary allows the {asked.action} action"
    return None


@rule("endpoint-refused")
def endpoint_refused(machine: Machine, role: Role | None, endpoint: Endpoint | None, asked: Request) -> str | None:
    """What the policy of the endpoint on the way allows; an endpoint without one allows everything."""
    if endpoint is None or not endpoint.policy:
        return None
    found = policy.verdict((endpoint.policy,), asked, with_principal=True)
    if found == "allowed":
        return None
    if role is None:
        return "Access Denied"
    who = _unauthorized(machine, role, asked)
    if found == "explicitDeny":
        return f"{who} with an explicit deny in a VPC endpoint policy"
    return f"{who} because no VPC endpoint policy allows the {asked.action} action"


def session_arn(machine: Machine, role: Role) -> str:
    """Who an instance is for AWS: its role, in a session that has the instance's id as its name."""
    return f"arn:aws:sts::{machine.account}:assumed-role/{role.arn.rpartition('/')[2]}/{machine.id}"


def principals(machine: Machine, role: Role) -> frozenset[str]:
    """How a policy's Principal can name the node: account, account root, role, session."""
    account = machine.account
    return frozenset((account, f"arn:aws:iam::{account}:root", role.arn, session_arn(machine, role)))


def _unauthorized(machine: Machine, role: Role, asked: Request) -> str:
    return f"User: {session_arn(machine, role)} is not authorized to perform: {asked.action}"


def _caller(machine: Machine, role: Role) -> dict[str, str]:
    """The condition keys of who asks (IAM user guide, "AWS global condition context keys")."""
    return {
        "aws:PrincipalAccount": machine.account,
        "aws:PrincipalArn": role.arn,
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:ResourceAccount": machine.account,
        "aws:userid": f"{role.id}:{machine.id}",
    }


def _way(machine: Machine, surroundings: Surroundings, endpoint: Endpoint | None) -> dict[str, str]:
    """The condition keys of the way; those about the VPC are there only with an endpoint."""
    found = {"aws:RequestedRegion": machine.region, "aws:SecureTransport": "true"}
    if endpoint is not None:
        found |= {"aws:SourceVpce": endpoint.id, "aws:VpcSourceIp": str(machine.address)}
        found |= {"aws:SourceVpc": surroundings.vpc} if surroundings.vpc else {}
    return found
