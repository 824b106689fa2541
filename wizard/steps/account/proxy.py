"""Checks, as far as it can be told from here, whether nodes find the proxy and have a way there."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from wizard.answer_types import Create
from wizard.facts import Facts, Unknown, known
from wizard.findings import Finding, note, unknown, warn
from wizard.network import Network
from wizard.profile import Profile
from wizard.reachability import INTERNET, Why, reachability

WHERE = "site.proxy.url"


def check(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the proxy's name, or about routes to its address; nothing while the VPC to use was not seen."""
    proxy = profile.site.proxy
    if proxy is None or not (isinstance(profile.vpc, Create) or known(facts.vpc.vpc)):
        return
    host = urlsplit(proxy.url).hostname or ""
    if is_name(host):
        yield from _name(facts, host)
        return
    cells = reachability(profile, facts, network).cells
    shut = [one.source for one in cells if (one.destination, one.why) == (INTERNET, Why.NO_ROUTE_TO_PROXY)]
    if shut:
        yield warn("ACC041", WHERE, proxy=proxy.url, subnets=shut)


def is_name(host: str) -> bool:
    """Whether the host has to be looked up in DNS."""
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def _name(facts: Facts, host: str) -> Iterator[Finding]:
    """The VPC's resolver knows public names, and those of hosted zones and forwarding rules; "" forwards every name."""
    zones, forwarded = facts.endpoints.hosted_zones, facts.vpc.forwarded
    told = (*(zones if known(zones) else ()), *(forwarded if known(forwarded) else ()))
    if any(domain in ("", host) or host.endswith(f".{domain}") for domain in told):
        return
    if isinstance(forwarded, Unknown):
        yield unknown("ACC042", WHERE, host=host, action=forwarded.action, said=forwarded.why)
    else:
        yield note("ACC040", WHERE, host=host)
