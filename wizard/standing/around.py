"""What is worth knowing of a cluster that stands beside its nodes' joining. Pure."""

from collections.abc import Iterator
from datetime import date
from ipaddress import ip_network

from wizard.facts import Cluster, Facts, State, Unknown, known
from wizard.findings import Finding, note, unknown, warn
from wizard.packets import TO_THE_INTERNET, table_of
from wizard.steps.cluster.check import ends_soon, in_support
from wizard.steps.kubeconfig.causes import causes

WHERE = "cluster"


def check(cluster: Cluster, facts: Facts) -> Iterator[Finding]:
    """Notes and warnings about the control plane, its version, its add-ons, and the way from here to it."""
    premises = on_premises(cluster, facts)
    unreached = facts.kubeconfig.unreached
    if unreached is not None:
        # Without any route there, whoever asks is the only one that is known to be on the premises.
        yield from causes(premises or (f"{unreached.own_address}/32",) * bool(unreached.own_address), facts, unreached)
    for cidr in premises:
        if cluster.service_cidr and ip_network(cidr).overlaps(ip_network(cluster.service_cidr)):
            yield warn("VPC209", WHERE, services=cluster.service_cidr, premises=cidr)
    yield from _version(cluster, facts, facts.account.at.date())
    add_ons = facts.cluster.add_ons
    if isinstance(add_ons, Unknown):
        yield unknown("CLU590", WHERE, action=add_ons.action, said=add_ons.why)
        return
    for add_on in add_ons:
        if add_on.state is State.FAILED or add_on.status == "DEGRADED":
            yield note("CLU513", WHERE, addon=add_on.name, status=add_on.status)


def on_premises(cluster: Cluster, facts: Facts) -> tuple[str, ...]:
    """The networks that the cluster's subnets route to something else than the VPC or the internet."""
    tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
    elsewhere = ("local", "vpce-", *TO_THE_INTERNET)
    found = [
        route.destination
        for subnet in cluster.subnets
        for table in [table_of(tables, subnet)]
        for route in (table.routes if table else ())
        if route.active and not route.target.startswith(elsewhere)
    ]
    return tuple(dict.fromkeys(one for one in found if "." in one and "/" in one and not one.endswith("/0")))


def _version(cluster: Cluster, facts: Facts, today: date) -> Iterator[Finding]:
    """What stands already is only told of its version's age."""
    versions = facts.cluster.versions if known(facts.cluster.versions) else ()
    offer = next((one for one in versions if one.version == cluster.version), None)
    if offer is None:
        return
    end, extended = str(offer.end_of_standard_support), str(offer.end_of_extended_support)
    about = {"version": offer.version, "standard": end, "extended": extended}
    if not in_support(offer):
        yield note("CLU503", WHERE, **about)
    elif ends_soon(offer, today):
        yield note("CLU504", WHERE, **about)
