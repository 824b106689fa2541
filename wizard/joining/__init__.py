"""Whether a node that starts now joins the cluster as it stands, and if not, why. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from wizard.facts import Facts, Launch, Subnet, Unknown, known
from wizard.findings import Finding, Severity, ok, stop, unknown
from wizard.joining import between, machine, role, user_data
from wizard.joining.machine import System
from wizard.joining.place import Place
from wizard.joining.settings import Settings
from wizard.joining.ways import CLUSTER, Connection, faults, merged


def judge(launch: Launch, facts: Facts) -> Iterator[Finding]:
    """The findings about joining for the next node that this launch starts; nothing but facts is needed.

    A stop means that a node of it does not become Ready, and names why; without any stop or unknown it does. A warning
    is about what comes after Ready. ``about["subnets"]`` are the subnets whose nodes it concerns, where it is about
    the network, ``about["by"]`` the programs of the node that meet it, in the order in which a node starts them. What
    AWS would not tell is ``unknown``, never right; NODE671 says that all was seen and nothing speaks against joining.

    Read are facts.account (region), vpc (vpc, subnets, route_tables, network_acls, prefix_lists), endpoints (endpoints,
    group and groups), cluster (cluster, groups, access_entries, aws_auth, add_ons) and launches.groups.
    """
    there, where = facts.cluster.cluster, f"nodes.{launch.name}"
    if known(there) and there.ipv6:
        yield unknown("NODE682", where, cluster=there.name, what="ipv6", thing="")
        return
    found = list(merged(_findings(launch, facts)))
    yield from found
    if not {Severity.STOP, Severity.UNKNOWN} & {finding.severity for finding in found}:
        yield ok("NODE671", where, launch=launch.name)


def _findings(launch: Launch, facts: Facts) -> Iterator[Finding]:
    where = f"nodes.{launch.name}"
    hidden = [one for one in (facts.cluster.cluster, facts.vpc.subnets) if isinstance(one, Unknown)]
    for thing in hidden:
        yield unknown("NODE690", where, action=thing.action, said=thing.why)
    yield from _elsewhere(launch, facts, where)
    yield from machine.check(launch, facts)
    system = machine.system_of(launch)
    settings = user_data.settings_of(launch, system)
    yield from user_data.check(launch, facts, system)
    yield from _network_plugin(facts, where)
    yield from role.check(launch, facts, by_instance_id=settings.named_by_instance_id if settings else None)
    if settings is None or not known(facts.cluster.cluster):
        return
    yield from user_data.metadata(settings, system, where)
    for subnet in _subnets(launch, facts):
        yield from _network(Place(launch, facts, subnet), settings, system)
    yield from user_data.after(launch, facts, settings)
    for subnet in _subnets(launch, facts):
        yield from between.check(Place(launch, facts, subnet))


def _elsewhere(launch: Launch, facts: Facts, where: str) -> Iterator[Finding]:
    """Nodes have to stand in the VPC of their cluster (EKS user guide, self-managed nodes)."""
    vpc, seen = facts.vpc.vpc, facts.vpc.subnets
    if not known(vpc) or isinstance(seen, Unknown):
        return
    there = {subnet.id for subnet in seen}
    elsewhere = [subnet for subnet in launch.subnets if subnet not in there]
    if elsewhere:
        yield stop("NODE651", where, launch=launch.name, outside=elsewhere, vpc=vpc.id)


def _network_plugin(facts: Facts, where: str) -> Iterator[Finding]:
    there, cluster = facts.cluster.network_plugin, facts.cluster.cluster
    if isinstance(there, Unknown) and not there.action and known(cluster):
        yield unknown("NODE682", where, cluster=cluster.name, what="kubernetes", thing=there.why)
    elif isinstance(there, Unknown):
        yield unknown("NODE690", where, action=there.action, said=there.why)
    elif not there and known(cluster):
        yield stop("NODE674", where, cluster=cluster.name)


def _subnets(launch: Launch, facts: Facts) -> tuple[Subnet, ...]:
    seen = {subnet.id: subnet for subnet in facts.vpc.subnets} if known(facts.vpc.subnets) else {}
    return tuple(seen[name] for name in launch.subnets if name in seen)


def _network(place: Place, settings: Settings, system: System) -> Iterator[Finding]:
    """The connections in the order in which a node makes them."""
    for connection in connections(place.facts, settings, system):
        found = list(faults(connection, place))
        late = _proxy_too_late(connection, place, settings, system) if found else None
        yield from [late] if late else found


def _proxy_too_late(connection: Connection, place: Place, settings: Settings, system: System) -> Finding | None:
    """What says that the node's image ignores a proxy that would have helped here; None where it is not that."""
    with_proxy = replace(connection, environment=settings.environment_of(connection.by))
    if connection.by == "aws-node" or connection.is_proxied or not with_proxy.is_proxied:
        return None
    if any(faults(with_proxy, place)):
        return None
    image = place.launch.image
    ami = image.id if known(image) else ""
    about = {"ami": ami, "release": system.release, "by": [connection.by]}
    return stop("NODE608", place.where, **about, subnets=[place.subnet.id])


def connections(facts: Facts, settings: Settings, system: System) -> Iterator[Connection]:
    """What a node asks before it is Ready, each with the environment that the program has."""
    region, partition = facts.account.region, facts.account.partition
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    cluster = facts.cluster.cluster
    first = "pluto" if system.bottlerocket else "nodeadm"
    ec2, every = f"ec2.{region}.{suffix}", "*"
    if not settings.named_by_instance_id:
        yield Connection(first, ec2, "ec2", system.early(settings), (("ec2:DescribeInstances", every),))
    kubelet, containerd = system.late(settings, "kubelet"), system.late(settings, "containerd")
    if known(cluster):
        yield Connection("kubelet", machine.api_name(cluster), CLUSTER, kubelet)
    token = ("ecr:GetAuthorizationToken", every)
    yield Connection("kubelet", f"api.ecr.{region}.{suffix}", "ecr.api", kubelet, (token,))
    account = machine.registry(region)
    image = f"arn:{partition}:ecr:{region}:{account}:repository/amazon-k8s-cni"
    pulls = tuple((action, image) for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"))
    yield Connection("containerd", f"{account}.dkr.ecr.{region}.{suffix}", "ecr.dkr", containerd, pulls)
    bucket = f"prod-{region}-starport-layer-bucket"
    layers = ("s3:GetObject", f"arn:{partition}:s3:::{bucket}/*")
    yield Connection("containerd", f"{bucket}.s3.{region}.{suffix}", "s3", containerd, (layers,))
    # A pod has the node's network, and none of its environment.
    if known(facts.cluster.network_plugin_role):
        yield Connection("aws-node", f"sts.{region}.{suffix}", "sts", {})
    interface = f"arn:{partition}:ec2:{region}:{facts.account.id}:network-interface/*"
    asks = ((action, every if ":Describe" in action else interface) for action in role.NEEDED_BY_PLUGIN)
    yield Connection("aws-node", ec2, "ec2", {}, tuple(asks))
