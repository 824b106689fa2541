"""Whether user data tells a node what it has to know, of this cluster and of the proxy. Pure."""

from collections.abc import Iterator
from ipaddress import ip_network

from wizard.facts import Cluster, Facts, Launch, Unknown, known
from wizard.findings import Finding, stop, unknown, warn
from wizard.joining.machine import System, api_name
from wizard.joining.settings import Settings, Unreadable, missing, read
from wizard.no_proxy import goes_direct, python_goes_direct, without_password

IMDS = "169.254.169.254"


def settings_of(launch: Launch, system: System) -> Settings | None:
    """What the user data says; None where it was not told, or says nothing."""
    if isinstance(launch.user_data, Unknown):
        return None
    try:
        return read(launch.user_data, bottlerocket=system.bottlerocket)
    except Unreadable:
        return None


def check(launch: Launch, facts: Facts, system: System) -> Iterator[Finding]:
    """Findings about what user data has to say."""
    where = f"nodes.{launch.name}"
    if isinstance(launch.user_data, Unknown):
        yield unknown("NODE690", where, action=launch.user_data.action, said=launch.user_data.why)
        return
    try:
        settings = read(launch.user_data, bottlerocket=system.bottlerocket)
    except Unreadable as error:
        if not system.told:
            # Such an image may read something else.
            return
        how = "toml" if system.bottlerocket else "node_config"
        yield stop("NODE640", where, launch=launch.name, there=str(error), how=how)
        return
    lacking = list(missing(settings, bottlerocket=system.bottlerocket))
    if lacking:
        yield stop("NODE641", where, launch=launch.name, fields=lacking)
    cluster = facts.cluster.cluster
    if known(cluster):
        yield from _of_another_cluster(settings, cluster, where)
    if settings.script_sets_proxy and not settings.environment:
        yield warn("NODE642", where, launch=launch.name)


def _of_another_cluster(settings: Settings, cluster: Cluster, where: str) -> Iterator[Finding]:
    said = settings.cluster
    endpoint = said["apiServerEndpoint"].rstrip("/")
    names = {(cluster.endpoint or "").rstrip("/").lower(), f"https://{api_name(cluster)}".lower()}
    wanted = {
        "name": (said["name"], said["name"] == cluster.name, cluster.name),
        "apiServerEndpoint": (endpoint, endpoint.lower() in names, cluster.endpoint or ""),
        "certificateAuthority": (
            f"{said['certificateAuthority'][:12]}…",
            said["certificateAuthority"] == cluster.certificate_authority,
            f"{(cluster.certificate_authority or '')[:12]}…",
        ),
    }
    for field, (there, right, now) in wanted.items():
        if said[field] and not right:
            yield stop("NODE643", where, field=field, there=there, wanted=now, cluster=cluster.name)
    cidr = said["cidr"]
    if cidr and not _is_network(cidr):
        # nodeadm takes kubelet's address family from it, and ends where it has none.
        yield stop("NODE643", where, field="cidr", there=cidr, wanted=cluster.service_cidr or "", cluster=cluster.name)
    elif cidr and cluster.service_cidr and cidr != cluster.service_cidr:
        # Such a node joins, and its pods ask a DNS that is not there.
        yield warn("NODE643", where, field="cidr", there=cidr, wanted=cluster.service_cidr, cluster=cluster.name)


def _is_network(cidr: str) -> bool:
    try:
        return ip_network(cidr, strict=False).version == 4
    except ValueError:
        return False


def metadata(settings: Settings, system: System, where: str) -> Iterator[Finding]:
    """A stop where kubelet's token is not made, because the proxy is asked for the instance metadata.

    The token is made by the aws command with kubelet's environment, and botocore takes the environment's proxy for
    IMDS too (botocore, IMDSFetcher). Bottlerocket's authenticator is a Go program, whose SDK never does.
    """
    environment = system.late(settings, "kubelet")
    entries = (environment.get("no_proxy") or environment.get("NO_PROXY") or "").split(",")
    proxy = environment.get("http_proxy") or environment.get("HTTP_PROXY")
    if proxy and not system.bottlerocket and not python_goes_direct(IMDS, entries):
        yield stop("NODE679", where, proxy=without_password(proxy), missing=[IMDS])


def after(launch: Launch, facts: Facts, settings: Settings) -> Iterator[Finding]:
    """Findings about what goes wrong with a proxy once the node is Ready."""
    environment = settings.environment_of("kubelet")
    if not (environment.get("HTTPS_PROXY") or environment.get("https_proxy")):
        return
    entries = (environment.get("NO_PROXY") or environment.get("no_proxy") or "").split(",")
    vpc, cluster = facts.vpc.vpc, facts.cluster.cluster
    wanted = [*(vpc.cidrs if known(vpc) else ())]
    if known(cluster) and cluster.service_cidr:
        wanted.append(cluster.service_cidr)
    lacking = [one for one in wanted if not goes_direct(one.partition("/")[0], entries)]
    if lacking:
        yield warn("NODE653", f"nodes.{launch.name}", launch=launch.name, missing=lacking)
