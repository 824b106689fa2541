"""Invents worlds: first one in which every node becomes Ready, each time built in another way, then faults in it."""

import base64
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any, TypeVar

from hypothesis import strategies as st
from oracle.worlds import ACCOUNT, PREFIX_LISTS, Entrance, Launch, Place, Plane, UserData, World

from wizard.practice.boot.snapshot import AccessEntry, AclEntry, Cluster, Group, MappedRole, Role, Route, Rule

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[T]], T]

REGIONS = ("ap-northeast-1", "us-east-1", "ap-east-1")
ANYWHERE = IPv4Network("0.0.0.0/0")
PREMISES = IPv4Network("10.0.0.0/16")
PROXY_ADDRESS = "10.0.9.9"
PROXY_NAME = "proxy.example.internal"
PROXY_PORT = 3128
CLUSTER = "eksCluster"
AUTHORITY = base64.b64encode(b"the cluster's CA").decode()
COMPANY_LIST = "pl-0company"
# Where the addresses of S3 are taken from that a boot meets.
S3_CIDRS = (IPv4Network("52.92.0.0/14"), IPv4Network("52.96.0.0/14"))
NODE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/eksNodeRole"
# A release that the practice account has, too.
BOTTLEROCKET = "1.52.0-6b1c2f2d"
ROLE_ID = "AROA0000000000000NODE"
ALL_OUT = (Rule(cidrs=(ANYWHERE,)),)
# What the three managed policies of a node role allow, as far as a boot may ask for it.
ALLOWED = (
    "ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeNetworkInterfaces", "ec2:CreateTags",
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface",
    "ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "eks:DescribeCluster",
)  # fmt: skip
NODE_NAME = "system:node:{{EC2PrivateDNSName}}"
SESSION_NAME = "system:node:{{SessionName}}"
NODE_GROUPS = ("system:bootstrappers", "system:nodes")
INTERFACES = ("ec2", "ecr.api", "ecr.dkr")


def one_of(draw: Draw[Any], *options: T) -> T:
    """One of these."""
    return draw(st.sampled_from(options))


def some_of(draw: Draw[Any], options: tuple[T, ...], least: int = 0) -> tuple[T, ...]:
    """Some of these, in their order."""
    chosen = draw(st.sets(st.sampled_from(range(len(options))), min_size=least))
    return tuple(option for index, option in enumerate(options) if index in chosen)


def https(**sources: Any) -> Rule:
    """A rule for port 443 alone."""
    return Rule("tcp", 443, 443, **sources)


def right_world(draw: Draw[Any], regions: tuple[str, ...] = REGIONS) -> World:
    """A world in which every node of the launch becomes Ready."""
    region = one_of(draw, *regions)
    cidrs = [
        IPv4Network("10.110.0.0/16"),
        *([IPv4Network("100.64.0.0/16")] if one_of(draw, False, False, True) else []),
    ]
    subnets, of_nodes, of_endpoints, of_cluster = _subnets(draw, region, cidrs)
    gateway = one_of(draw, "vgw-1", "tgw-1")
    local = tuple(Route(cidr, "local") for cidr in cidrs)
    tables = {
        "rtb-main": local,
        "rtb-nodes": (*local, Route(PREMISES, gateway)),
        "rtb-other": (*local, Route(PREMISES, gateway)),
    }
    proxy = one_of(draw, None, None, PROXY_ADDRESS, PROXY_ADDRESS, PROXY_NAME)
    launch_groups = one_of(draw, ("sg-nodes",), ("sg-nodes",), ("sg-cluster",), ("sg-cluster", "sg-nodes"))
    node_cidrs = tuple(subnets[name].cidr for name in of_nodes)
    cluster = Cluster(
        name=CLUSTER,
        endpoint=f"https://0A1B2C3D4E5F60718293A4B5C6D7E8F9.gr7.{region}.eks.amazonaws.com",
        certificate_authority=AUTHORITY,
        version="1.35",
    )
    world = World(
        region=region,
        cidrs=cidrs,
        subnets=subnets,
        tables=tables,
        acls={"acl-default": OPEN, "acl-strict": _strict_acl(tuple(cidrs))},
        groups=_groups(draw, launch_groups, tuple(cidrs), node_cidrs),
        endpoints=_endpoints(draw, of_endpoints, launch_groups),
        plane=Plane(cluster, ("sg-cluster", "sg-plane"), of_cluster),
        launch=Launch(of_nodes, launch_groups, UserData({}), Role(NODE_ROLE, ROLE_ID, ALLOWED)),
        prefix_lists={
            PREFIX_LISTS["s3"]: S3_CIDRS,
            PREFIX_LISTS["dynamodb"]: (IPv4Network("198.18.0.0/24"),),
            COMPANY_LIST: (*cidrs, PREMISES),
        },
    )
    _identify(draw, world)
    _boot_from(draw, world, proxy)
    if world.plane.cluster.aws_auth_roles and not world.launch.bottlerocket and one_of(draw, False, False, True):
        name_by_instance_id(world)
    return world


def _subnets(
    draw: Draw[Any], region: str, cidrs: list[IPv4Network]
) -> tuple[dict[str, Place], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    letters = one_of(draw, "ac", "ac", "acd")
    acl = one_of(draw, "acl-default", "acl-default", "acl-strict")
    subnets = {
        f"subnet-{letter}": Place(_part(cidrs[-1], 3 + index), f"{region}{letter}", "rtb-nodes", acl)
        for index, letter in enumerate(letters)
    }
    of_nodes = tuple(subnets)
    apart = {}
    if one_of(draw, False, False, True):
        apart = {
            f"subnet-endpoints-{letter}": Place(_part(cidrs[0], 103 + index), f"{region}{letter}", "rtb-other", acl)
            for index, letter in enumerate(letters)
        }
    subnets |= apart
    of_endpoints = tuple(apart) or of_nodes
    of_cluster = one_of(draw, of_nodes, of_endpoints)
    return subnets, of_nodes, of_endpoints, of_cluster


def _part(whole: IPv4Network, number: int) -> IPv4Network:
    """The /24 of this number in a wider network."""
    return IPv4Network((int(whole.network_address) + number * 256, 24))


OPEN = (AclEntry(100, True, True, ANYWHERE), AclEntry(100, False, True, ANYWHERE))


def _strict_acl(cidrs: tuple[IPv4Network, ...]) -> tuple[AclEntry, ...]:
    """What a careful operator writes: HTTPS and the proxy outwards, HTTPS and kubelet within, and the answers."""
    entries = [
        AclEntry(90, True, False, IPv4Network("192.0.2.0/24")),
        AclEntry(90, False, False, IPv4Network("192.0.2.0/24")),
        AclEntry(100, True, True, ANYWHERE, "6", 443, 443),
        AclEntry(110, True, True, PREMISES, "6", PROXY_PORT, PROXY_PORT),
        AclEntry(100, False, True, ANYWHERE, "6", 1024, 65535),
        AclEntry(110, False, True, PREMISES, "6", 443, 443),
        AclEntry(120, True, True, PREMISES, "6", 1024, 65535),
    ]
    for number, cidr in enumerate(cidrs, start=130):
        entries += [AclEntry(number, True, True, cidr, "-1"), AclEntry(number, False, True, cidr, "6", 443, 443)]
    return tuple(entries)


def _groups(
    draw: Draw[Any], launch: tuple[str, ...], cidrs: tuple[IPv4Network, ...], node_cidrs: tuple[IPv4Network, ...]
) -> dict[str, Group]:
    sources = [
        (https(groups=(launch[0],)),),
        (https(cidrs=cidrs),),
        (https(prefix_lists=(COMPANY_LIST,)),),
        tuple(https(cidrs=(cidr,)) for cidr in node_cidrs),
        (Rule("tcp", 0, 65535, cidrs=cidrs),),
        (Rule(groups=launch),),
    ]
    admitted = one_of(draw, *sources)
    into_plane = one_of(draw, *sources[:4])
    if "sg-cluster" in launch:
        into_plane = one_of(draw, (), into_plane)
    proxy = Rule("tcp", PROXY_PORT, PROXY_PORT, cidrs=(PREMISES,))
    within = (https(cidrs=cidrs), Rule("tcp", 10250, 10250, cidrs=cidrs))
    from_plane = Rule("tcp", 1025, 65535, groups=("sg-plane", "sg-cluster"))
    among_nodes = () if "sg-nodes" not in launch else (Rule(groups=("sg-nodes",)),)
    by_group = (https(groups=("sg-endpoints", "sg-cluster")),)
    outwards = one_of(
        draw,
        ALL_OUT,
        ALL_OUT,
        (*within, https(prefix_lists=(PREFIX_LISTS["s3"],)), proxy),
        (*by_group, https(prefix_lists=(PREFIX_LISTS["s3"],)), proxy),
        (https(cidrs=(ANYWHERE,)), proxy),
    )
    premises = https(cidrs=(PREMISES,))
    return {
        "sg-cluster": Group("sg-cluster", (Rule(groups=("sg-cluster",)),), ALL_OUT),
        "sg-plane": Group("sg-plane", (premises, *into_plane), ALL_OUT),
        "sg-nodes": Group("sg-nodes", (Rule(groups=("sg-nodes",)), from_plane), (*outwards, *among_nodes)),
        "sg-endpoints": Group("sg-endpoints", admitted, ALL_OUT),
        "sg-closed": Group("sg-closed", (premises,), ALL_OUT),
    }


def _endpoints(draw: Draw[Any], subnets: tuple[str, ...], launch: tuple[str, ...]) -> list[Entrance]:
    one_zone = one_of(draw, False, False, True)
    there = subnets[:1] if one_zone else subnets
    more = some_of(draw, ("sts", "logs", "eks"))
    groups = one_of(draw, ("sg-endpoints",), ("sg-endpoints",), ("sg-closed", "sg-endpoints"))
    found = [Entrance(f"vpce-{service}", service, groups=groups, subnets=there) for service in (*INTERFACES, *more)]
    tables = one_of(draw, ("rtb-nodes",), ("rtb-nodes", "rtb-other"))
    return [*found, Entrance("vpce-s3", "s3", "Gateway", private_dns=False, tables=tables)]


def _identify(draw: Draw[Any], world: World) -> None:
    """The role is known to the cluster by an access entry, or by aws-auth."""
    path = one_of(draw, "", "", "eks/nodes/")
    role = Role(f"arn:aws:iam::{ACCOUNT}:role/{path}eksNodeRole", ROLE_ID, ALLOWED)
    mode = one_of(draw, "API", "API_AND_CONFIG_MAP", "API_AND_CONFIG_MAP", "CONFIG_MAP")
    operator = AccessEntry(f"arn:aws:iam::{ACCOUNT}:role/operator", "STANDARD", "AROA000000000000ADMIN")
    entry = AccessEntry(role.arn, "EC2_LINUX", ROLE_ID)
    mapped = (NODE_ROLE,)
    entries: tuple[AccessEntry, ...] = ()
    auth: tuple[str, ...] = ()
    if mode == "API":
        entries, auth = (operator, entry), one_of(draw, (), mapped)
    elif mode == "CONFIG_MAP":
        auth = mapped
    else:
        entries, auth = one_of(draw, ((operator, entry), ()), ((operator,), mapped), ((operator, entry), mapped))
    world.launch = replace(world.launch, role=role)
    world.plane = replace(
        world.plane,
        cluster=replace(world.plane.cluster, authentication_mode=mode, access_entries=entries, aws_auth_roles=auth),
    )


def name_by_instance_id(world: World) -> None:
    """The gate that names nodes by their instances' ids, and the mapping that it needs (nodeadm, doc/examples.md)."""
    cluster = world.plane.cluster
    entries = tuple(one for one in cluster.access_entries if one.type != "EC2_LINUX")
    mapped = MappedRole(NODE_ROLE, SESSION_NAME, NODE_GROUPS)
    changed = replace(cluster, access_entries=entries, aws_auth_roles=(), aws_auth_others=(mapped,))
    if cluster.authentication_mode != "API":
        world.plane = replace(world.plane, cluster=changed)
        world.launch = replace(world.launch, user_data=replace(world.launch.user_data, instance_id_name=True))


def direct_names(world: World) -> tuple[str, ...]:
    """What NO_PROXY holds for what the network has an endpoint of, besides the cluster and the VPC."""
    region = world.region
    names = {
        "ec2": f"ec2.{region}.amazonaws.com",
        "ecr.api": f"api.ecr.{region}.amazonaws.com",
        "ecr.dkr": f".dkr.ecr.{region}.amazonaws.com",
        "s3": f".s3.{region}.amazonaws.com",
        "sts": f"sts.{region}.amazonaws.com",
    }
    return tuple(names[one.service] for one in world.endpoints if one.service in names)


def proxied(draw: Draw[Any], world: World, proxy: str, direct: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """An environment that leads through the proxy but for these names."""
    url = f"http://{proxy}:{PROXY_PORT}"
    values = {"HTTP_PROXY": url, "HTTPS_PROXY": url, "NO_PROXY": ",".join(direct)}
    return {"default": one_of(draw, values, {key.lower(): value for key, value in values.items()})}


def _boot_from(draw: Draw[Any], world: World, proxy: str | None) -> None:
    cluster = world.plane.cluster
    fields = {
        "name": cluster.name,
        "apiServerEndpoint": cluster.endpoint,
        "certificateAuthority": cluster.certificate_authority,
        "cidr": world.plane.service_cidr,
    }
    bottlerocket = one_of(draw, "", "", "", BOTTLEROCKET)
    release = one_of(draw, "v20260714", "v20260714", "v20251120", "v20250920" if proxy is None else "v20260101")
    within = (*map(str, world.cidrs), world.plane.service_cidr, "169.254.169.254", "localhost", ".eks.amazonaws.com")
    environment = proxied(draw, world, proxy, (*within, *direct_names(world))) if proxy else {}
    if bottlerocket:
        environment = {
            service: {key.upper(): value for key, value in values.items()} for service, values in environment.items()
        }
    form = "mime" if bottlerocket else one_of(draw, "mime", "mime", "two parts", "bare", "base64")
    data = UserData(fields, environment, form=form)
    world.launch = replace(
        world.launch,
        user_data=data,
        ami_release="" if bottlerocket else release,
        bottlerocket=bottlerocket,
    )
