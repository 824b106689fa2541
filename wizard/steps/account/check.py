"""Checks the account, and the company's side of the network."""

from collections.abc import Iterator
from itertools import combinations

from wizard.facts import Facts
from wizard.findings import Finding, note, ok, stop, warn
from wizard.mending import mended
from wizard.network import Network
from wizard.profile import Profile
from wizard.steps.account import proxy, source_nat


def check(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about who builds and about the premises."""
    account = facts.account
    yield ok("ACC003", "account.id", account=account.id, region=account.region, identity=account.arn)
    yield from _creator(profile, account.arn)
    cidrs = profile.site.on_premises_cidrs
    # Of two networks that overlap, one holds the other.
    wider = [one for one in cidrs if not any(one != other and one.subnet_of(other) for other in cidrs)]
    for one, other in combinations(cidrs, 2):
        if one.overlaps(other):
            found = stop("ACC005", "site.on_premises_cidrs", one=str(one), other=str(other))
            yield mended(found, profile, {"site.on_premises_cidrs": ", ".join(map(str, wider))})
    if profile.site.proxy is None:
        yield note("ACC006", "site.proxy")
    yield from proxy.check(profile, facts, network)
    yield from source_nat.check(profile, facts)


def _creator(profile: Profile, arn: str) -> Iterator[Finding]:
    # EKS makes the creator an administrator of the cluster; nobody else is one without an access entry.
    if profile.cluster.admins:
        return
    resource = arn.split(":", 5)[5]
    if resource == "root" or resource.startswith("federated-user/"):
        yield warn("ACC004", "cluster.admins", identity=arn)
    elif resource.startswith("user/"):
        yield note("ACC007", "cluster.admins", identity=arn)
