"""Which name server a node asks, and whether that one knows the private names of the VPC. Pure.

Only Amazon's resolver does, with both DNS attributes of the VPC on (VPC user guide, "DNS attributes for your VPC"; EKS
user guide, cluster API server endpoint). Of several name servers the first that answers is asked.
"""

from dataclasses import dataclass
from ipaddress import ip_address

from wizard.facts import Unknown, Vpc, known
from wizard.findings import Finding, Severity, stop
from wizard.joining.place import Place
from wizard.name_servers import is_amazons
from wizard.packets import Peer

DNS = 53


@dataclass(frozen=True)
class Names:
    """``answered`` tells that names are answered at all, ``fault`` why they are not, or why none is a private one."""

    answered: bool
    fault: Finding | None = None


def names(place: Place) -> Names:
    """What the name server that a node asks can tell it."""
    vpc = place.facts.vpc.vpc
    if not known(vpc):
        return Names(False, place.hidden(vpc) if isinstance(vpc, Unknown) else None)
    for told in (vpc.dns_support, vpc.dns_hostnames, vpc.domain_name_servers):
        if isinstance(told, Unknown):
            return Names(False, place.hidden(told))
    servers = vpc.domain_name_servers if known(vpc.domain_name_servers) else ()
    others = stop("VPC221", place.where, vpc=vpc.id, servers=list(servers), subnets=[place.subnet.id])
    fault = others
    for server in servers:
        if is_amazons(server, vpc.cidrs):
            if vpc.dns_support:
                return Names(True, None if vpc.dns_hostnames else _off(place, vpc, "enableDnsHostnames"))
            fault = _off(place, vpc, "enableDnsSupport")
            continue
        reached = _reached(place, server)
        if isinstance(reached, Finding):
            return Names(False, reached)
        if reached:
            return Names(True, others)
        fault = others
    return Names(False, fault)


def _off(place: Place, vpc: Vpc, attribute: str) -> Finding:
    return stop("NODE646", place.where, vpc=vpc.id, attributes=[attribute], subnets=[place.subnet.id])


def _reached(place: Place, server: str) -> bool | Finding:
    """Whether a name server of the company's is reached; what can't be told of it as a finding."""
    try:
        found = ip_address(server)
    except ValueError:
        return False
    if found.version == 6:
        return place.not_judged("address", server)
    address = f"{found}/32"
    if isinstance(place.routes, Unknown):
        return place.hidden(place.routes)
    if any(not target or target.startswith("igw-") for target in place.targets(address)):
        return False
    let_out = place.leaves(Peer(address), DNS, "udp")
    if isinstance(let_out, Unknown):
        return place.hidden(let_out)
    dropped = list(place.passes_out(address, DNS, "udp"))
    hidden = next((one for one in dropped if one.severity is Severity.UNKNOWN), None)
    return hidden or (let_out.admitted and not dropped)
