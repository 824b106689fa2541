"""Checks the cluster: its version, and what stands against what the profile says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from wizard.facts import Cluster, ClusterVersion, Facts, State, Unknown, known
from wizard.findings import Finding, Severity, note, ok, stop, unknown, warn
from wizard.mending import mended
from wizard.network import Network
from wizard.profile import Profile
from wizard.steps.cluster.plan import is_replaced, made_by, makes_way, takes_entries_only_later

# Standard support that ends sooner than this is worth a word before building.
SOON = timedelta(days=60)


def check(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the cluster as it will be."""
    for thing in (facts.cluster.versions, facts.cluster.cluster, facts.cluster.access_entries, facts.cluster.add_ons):
        if isinstance(thing, Unknown):
            yield unknown("CLU590", "cluster", action=thing.action, said=thing.why)
    cluster = facts.cluster.cluster
    if isinstance(facts.cluster.versions, Unknown) and not known(cluster) and profile.cluster.version is None:
        yield stop("CLU501", "cluster.version")
    if known(facts.cluster.versions):
        version = _version(profile, facts.cluster.versions, network.cluster.version, facts.account.at.date())
        # What stands already is not stopped by a version's age, only told of it.
        yield from (_told(finding) for finding in version) if known(cluster) else version
    if known(cluster):
        yield from _existing(profile, cluster, facts, network)
    for admin, there in facts.cluster.admins.items():
        if there is False:
            yield stop("CLU517", "cluster.admins", admin=admin)
        elif isinstance(there, Unknown):
            yield unknown("CLU518", "cluster.admins", admin=admin, action=there.action, said=there.why)
    for addon in ("vpc-cni", "kube-proxy", "coredns"):
        if addon not in profile.cluster.addons:
            more = {"cluster.addons": ", ".join((*profile.cluster.addons, addon))}
            yield mended(warn("CLU512", "cluster.addons", addon=addon), profile, more)


def _version(
    profile: Profile, versions: tuple[ClusterVersion, ...], version: str | None, today: date
) -> Iterator[Finding]:
    offered = {offer.version: offer for offer in versions}
    offer = offered.get(version) if version else None
    default = next((one for one in versions if one.default), None)
    # Nothing as the answer takes EKS's default; one that would be warned of, too, mends nothing.
    sound = default is not None and default.version != version and in_support(default) and not ends_soon(default, today)
    to_default = {"cluster.version": ""} if sound else None
    if offer is None:
        newest_first = sorted(offered, key=_number, reverse=True)
        found = stop("CLU502", "cluster.version", version=version or "none", offered=newest_first)
        yield mended(found, profile, to_default)
        return
    end, extended = str(offer.end_of_standard_support), str(offer.end_of_extended_support)
    about = {"version": offer.version, "standard": end, "extended": extended}
    if not in_support(offer) and profile.cluster.support == "EXTENDED":
        yield warn("CLU503", "cluster.version", **about)
    elif not in_support(offer):
        yield mended(stop("CLU503", "cluster.version", **about), profile, to_default)
    elif ends_soon(offer, today):
        yield mended(note("CLU504", "cluster.version", **about), profile, to_default)
    else:
        yield ok("CLU505", "cluster.version", **about)
    if default and _number(default.version) > _number(offer.version):
        newer = note("CLU506", "cluster.version", version=offer.version, newer=default.version)
        yield mended(newer, profile, to_default)


def in_support(offer: ClusterVersion) -> bool:
    """Whether the version is in standard support."""
    return offer.status.upper() not in ("EXTENDED_SUPPORT", "EXTENDED-SUPPORT")


def ends_soon(offer: ClusterVersion, today: date) -> bool:
    """Whether its standard support ends soon."""
    end = offer.end_of_standard_support
    return end is not None and end - today < SOON


def _told(finding: Finding) -> Finding:
    # An answer does not change the version of a cluster that stands.
    return finding if finding.severity is Severity.OK else replace(finding, severity=Severity.NOTE, offer={})


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _existing(profile: Profile, cluster: Cluster, facts: Facts, network: Network) -> Iterator[Finding]:
    if is_replaced(cluster, profile):
        yield note("CLU521", "cluster.name", cluster=cluster.name, status=cluster.status, health=list(cluster.health))
        return
    if cluster.state in (State.FAILED, State.DELETING):
        yield stop("CLU508", "cluster.name", cluster=cluster.name, status=cluster.status, health=list(cluster.health))
        return
    if not made_by(profile, cluster):
        different = list(_elsewhere(cluster, network))
        if different:
            yield stop("CLU507", "cluster.name", cluster=cluster.name, different=different)
            return
        yield note("CLU519", "cluster.name", cluster=cluster.name)
    yield from _differences(profile, cluster)
    if takes_entries_only_later(cluster):
        yield warn("CLU520", "cluster.authentication", cluster=cluster.name)
    if cluster.public_access or not cluster.private_access:
        yield stop("CLU510", "cluster.name", cluster=cluster.name)
    if cluster.vpc_id and isinstance(network.vpc, str) and cluster.vpc_id != network.vpc:
        yield stop("CLU511", "cluster.name", cluster=cluster.name, vpc=cluster.vpc_id, wanted=network.vpc)
    add_ons = facts.cluster.add_ons if known(facts.cluster.add_ons) else ()
    for add_on in add_ons:
        about = {"addon": add_on.name, "status": add_on.status}
        if makes_way(add_on):
            yield note("CLU522", "cluster.addons", issues=list(add_on.issues) or ["nothing"], **about)
        elif add_on.state is State.FAILED or add_on.status == "DEGRADED":
            yield note("CLU513", "cluster.addons", **about)


def _elsewhere(cluster: Cluster, network: Network) -> Iterator[str]:
    """What keeps a cluster that somebody else made from being the profile's: it is not where the profile says."""
    if cluster.public_access or not cluster.private_access:
        yield "its API endpoint is not private only"
    if cluster.vpc_id and cluster.vpc_id != network.vpc:
        yield f"it stands in {cluster.vpc_id}"
        return
    planned = {subnet.id for subnet in network.subnets if isinstance(subnet.id, str)}
    if cluster.subnets and set(cluster.subnets) != planned:
        yield f"its subnets are {', '.join(cluster.subnets)}"
    if network.control_plane_group not in cluster.groups:
        yield f"its security groups are {', '.join(cluster.groups) or 'only the one of EKS'}"


def _differences(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """The answers that the cluster does not match, each as it could be typed."""
    answers = profile.cluster
    changing = takes_entries_only_later(cluster)
    different = {
        "service_cidr": (cluster.service_cidr or str(answers.service_cidr), str(answers.service_cidr)),
        "version": (cluster.version, answers.version or cluster.version),
        "authentication": (answers.authentication if changing else cluster.authentication, answers.authentication),
        "support": (cluster.support, answers.support),
        "deletion_protection": tuple(str(one.deletion_protection).lower() for one in (cluster, answers)),
        "logs": tuple(", ".join(sorted(one.logs)) for one in (cluster, answers)),
    }
    for field, (there, wanted) in different.items():
        if there != wanted:
            finding = warn("CLU509", f"cluster.{field}", field=field, there=there, wanted=wanted)
            yield mended(finding, profile, {f"cluster.{field}": there})


def verify(profile: Profile, facts: Facts, _network: Network) -> Iterator[Finding]:
    """Findings about the cluster as it is after the build."""
    cluster = facts.cluster.cluster
    if isinstance(cluster, Unknown):
        yield unknown("CLU590", "cluster", action=cluster.action, said=cluster.why)
        return
    if cluster is None:
        yield stop("CLU514", "cluster.name", status="not there", health=[])
        return
    if cluster.status != "ACTIVE" or cluster.health:
        yield stop("CLU514", "cluster.name", status=cluster.status, health=list(cluster.health))
    else:
        yield ok("CLU515", "cluster.name", cluster=cluster.name, version=cluster.version)
    yield from _differences(profile, cluster)
    add_ons = facts.cluster.add_ons
    if isinstance(add_ons, Unknown):
        yield unknown("CLU590", "cluster.addons", action=add_ons.action, said=add_ons.why)
    else:
        for add_on in add_ons:
            if add_on.status != "ACTIVE":
                yield stop("CLU516", "cluster.addons", addon=add_on.name, status=add_on.status)
