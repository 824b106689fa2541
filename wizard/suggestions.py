"""What stands in a question's field before anyone has typed: a way that works, to be changed where it doesn't fit.

Suggestions follow the answers: a name that is given names what is made after it. Pure.
"""

from ipaddress import IPv4Network, ip_network
from typing import Final

from wizard.answers import Answers, is_asked
from wizard.facts import AccountFacts, known
from wizard.questions import STEPS, questions
from wizard.steps.vpc.check import BARRED_ZONES

_NAME: Final = "private-eks"
_SERVICE_CIDR: Final = "172.20.0.0/16"

# The article's network first, then what is rarely used on premises. 172.17 is Docker's.
_VPC_CIDRS: Final = (
    "10.110.0.0/16", "10.120.0.0/16", "10.210.0.0/16", "172.24.0.0/16", "172.28.0.0/16", "192.168.0.0/16",
)  # fmt: skip


def filled(answers: Answers, account: AccountFacts | None = None) -> dict[str, str]:
    """The answer of each question that is asked, given or suggested; what has neither is not in it."""
    suggested = _suggested(answers, account)
    found: dict[str, str] = {}
    for step in STEPS:
        for question in questions(step):
            if not is_asked(question, found):
                continue
            text = answers.get(question.path, suggested.get(question.path, question.default))
            if text is None and (question.optional or question.path == "tags"):
                text = ""
            if text is not None:
                found[question.path] = text
    return found


def _suggested(answers: Answers, account: AccountFacts | None) -> dict[str, str]:
    name = answers.get("name") or _NAME
    cluster = answers.get("cluster.name") or name.replace(".", "-")
    cidr = answers.get("vpc.create.cidr") or _vpc_cidr(answers)
    found = {
        "name": _NAME,
        # Behind a proxy is where this program is needed.
        "site.proxy": "true",
        "role.cluster": "create",
        "role.cluster.create": f"{cluster}-cluster-role"[-64:],
        "role.node": "create",
        "role.node.create": f"{cluster}-node-role"[-64:],
        "vpc": "create",
        "vpc.create.cidr": cidr,
        "vpc.create.connect": "vpn_gateway",
        "vpc.create.connect.vpn_gateway": "create",
        "vpc.use.connect.vpn_gateway": "create",
        "endpoints.security_group.create": f"{cluster}-endpoints",
        "security_group": "create",
        "security_group.create": f"{cluster}-control-plane",
        "cluster.name": cluster,
    }
    if account is not None:
        found |= {"account.id": account.id, "account.region": account.region}
        if subnets := _subnets(cidr, account):
            found["vpc.create.subnets"] = subnets
    return found


def _vpc_cidr(answers: Answers) -> str:
    known_networks = [answers.get("cluster.service_cidr", _SERVICE_CIDR)]
    known_networks += answers.get("site.on_premises_cidrs", "").replace(",", " ").split()
    taken = [network for text in known_networks if (network := _network(text))]
    free = (cidr for cidr in _VPC_CIDRS if not any(IPv4Network(cidr).overlaps(other) for other in taken))
    return next(free, _VPC_CIDRS[0])


def _network(text: str) -> IPv4Network | None:
    try:
        network = ip_network(text)
    except ValueError:
        return None
    return network if isinstance(network, IPv4Network) else None


def _subnets(cidr: str, account: AccountFacts) -> str | None:
    """Two subnets in the first two zones where EKS works, of up to 251 addresses each; None where that can't be."""
    within = _network(cidr)
    zones = account.zones if known(account.zones) else ()
    usable = sorted(zone.name for zone in zones if zone.kind == "availability-zone" and zone.id not in BARRED_ZONES)
    if within is None or not 16 <= within.prefixlen <= 27 or len(usable) < 2:
        return None
    parts = within.subnets(new_prefix=max(24, within.prefixlen + 1))
    return "\n".join(f"{zone} {part}" for zone, part in zip(usable[:2], parts, strict=False))
