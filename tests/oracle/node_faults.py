"""Faults of the cluster, of who it knows, and of what the nodes start from."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from oracle.faults import change_cluster, change_role, change_user_data, fault
from oracle.right_world import (
    ALLOWED,
    ANYWHERE,
    BOTTLEROCKET,
    NODE_GROUPS,
    NODE_NAME,
    NODE_ROLE,
    PREMISES,
    PROXY_ADDRESS,
    PROXY_NAME,
    PROXY_PORT,
    SESSION_NAME,
    Draw,
    direct_names,
    https,
    one_of,
    proxied,
    some_of,
)
from oracle.worlds import ACCOUNT, Plane, World

from wizard.practice.boot.snapshot import AccessEntry, AclEntry, MappedRole, Role


@fault
def not_private(draw: Draw[Any], world: World) -> None:
    change_cluster(world, private_access=False, public_access=True)


@fault
def public_too(_draw: Draw[Any], world: World) -> None:
    change_cluster(world, public_access=True)


@fault
def entry_missing(_draw: Draw[Any], world: World) -> None:
    kept = tuple(one for one in world.plane.cluster.access_entries if one.type != "EC2_LINUX")
    change_cluster(world, access_entries=kept)


@fault
def entry_changed(draw: Draw[Any], world: World) -> None:
    """The entry of the node role is of another type, or was made for a role of that name that is no more."""
    gone = {"role_id": "AROA0000000000000GONE"}
    change = one_of(draw, {"type": "STANDARD"}, {"type": "EC2_WINDOWS"}, gone, gone)
    entries = tuple(
        replace(one, **change) if one.type == "EC2_LINUX" else one  # type: ignore[arg-type]
        for one in world.plane.cluster.access_entries
    )
    change_cluster(world, access_entries=entries)


@fault
def role_recreated(_draw: Draw[Any], world: World) -> None:
    """The role is known by its entry, which was made for an earlier role of that name."""
    if world.launch.role is not None:
        gone = AccessEntry(world.launch.role.arn, "EC2_LINUX", "AROA0000000000000GONE")
        change_user_data(world, instance_id_name=False)
        change_cluster(world, authentication_mode="API_AND_CONFIG_MAP", access_entries=(gone,))


@fault
def entry_of_another(_draw: Draw[Any], world: World) -> None:
    entries = tuple(
        replace(one, principal_arn=one.principal_arn + "2") if one.type == "EC2_LINUX" else one
        for one in world.plane.cluster.access_entries
    )
    change_cluster(world, access_entries=entries)


@fault
def entry_too(draw: Draw[Any], world: World) -> None:
    """An entry beside aws-auth: where both name a role, the entry holds."""
    role = world.launch.role
    if role is not None and world.plane.cluster.authentication_mode != "CONFIG_MAP":
        entry = AccessEntry(role.arn, one_of(draw, "STANDARD", "EC2_LINUX"), role.id)
        change_cluster(world, access_entries=(entry,))


@fault
def aws_auth_changed(draw: Draw[Any], world: World) -> None:
    arn = world.launch.role.arn if world.launch.role else ""
    profile = arn.replace(":role/", ":instance-profile/")
    change_cluster(world, aws_auth_roles=one_of(draw, (), (arn,), (profile,), (arn + "2",)))


@fault
def aws_auth_path(_draw: Draw[Any], world: World) -> None:
    """aws-auth names a role by its ARN with the path, which it can't say."""
    arn = NODE_ROLE.replace(":role/", ":role/eks/nodes/")
    change_role(world, arn=arn)
    kept = tuple(one for one in world.plane.cluster.access_entries if one.type != "EC2_LINUX")
    change_cluster(world, access_entries=kept, aws_auth_roles=(arn,), aws_auth_others=())


@fault
def aws_auth_others(draw: Draw[Any], world: World) -> None:
    """aws-auth names the role, and not as EKS documents it for nodes."""
    arn = NODE_ROLE
    other = one_of(
        draw,
        MappedRole(arn, NODE_NAME, ("system:bootstrappers",)),
        MappedRole(arn, "node", NODE_GROUPS),
        MappedRole(arn, NODE_NAME, ("system:masters",)),
        MappedRole(arn, SESSION_NAME, NODE_GROUPS),
        MappedRole(arn + "2", NODE_NAME, ("system:masters",)),
    )
    kept = tuple(one for one in world.plane.cluster.aws_auth_roles if one != other.arn)
    change_cluster(world, aws_auth_roles=kept, aws_auth_others=(other,))


@fault
def mode_changed(draw: Draw[Any], world: World) -> None:
    mode = one_of(draw, "API", "API_AND_CONFIG_MAP", "CONFIG_MAP")
    entries = () if mode == "CONFIG_MAP" else world.plane.cluster.access_entries
    change_cluster(world, authentication_mode=mode, access_entries=entries)


@fault
def no_network_plugin(_draw: Draw[Any], world: World) -> None:
    change_cluster(world, network_plugin=False)


@fault
def neighbour(draw: Draw[Any], world: World) -> None:
    """Another cluster in the VPC, to which the nodes may go by mistake."""
    theirs = replace(
        world.plane.cluster,
        name="other",
        endpoint=world.plane.cluster.endpoint.replace("0A1B2C", "9F8E7D"),
        certificate_authority="b3RoZXI=",
        access_entries=(),
        aws_auth_roles=(),
    )
    world.neighbours.append(Plane(theirs, ("sg-closed",), world.plane.subnets))
    wrong = one_of(draw, {}, {"apiServerEndpoint": theirs.endpoint}, {"certificateAuthority": "b3RoZXI="})
    change_user_data(world, cluster={**world.launch.user_data.cluster, **wrong})


@fault
def instance_id_name(draw: Draw[Any], world: World) -> None:
    """The gate that names nodes by their ids, mostly without the mapping that it needs."""
    change_user_data(world, instance_id_name=one_of(draw, True, True, False))


@fault
def plugin_role(draw: Draw[Any], world: World) -> None:
    """The network plugin has a role of its own, and the nodes' role nothing that the plugin needs."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/AmazonEKSVPCCNIRole"
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.{world.region}.amazonaws.com/id/0A1B2C"
    trusted = one_of(draw, (provider,), (provider,), ("ec2.amazonaws.com",))
    change_cluster(world, network_plugin_role=Role(arn, "AROA00000000000000CNI", ALLOWED, trusted=trusted))
    kept = tuple(one for one in ALLOWED if not one.startswith("ec2:") or one == "ec2:DescribeInstances")
    change_role(world, allowed=kept)
    if one_of(draw, True, False):
        world.endpoints = [one for one in world.endpoints if one.service != "sts"]
    elif not any(one.service == "sts" for one in world.endpoints):
        known = next((one for one in world.endpoints if one.service == "ec2"), None)
        if known is not None:
            world.endpoints.append(replace(known, id="vpce-sts", service="sts"))


@fault
def plugin_role_not_trusted(_draw: Draw[Any], world: World) -> None:
    """The network plugin has a role of its own that only EC2 may take."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/AmazonEKSVPCCNIRole"
    change_cluster(world, network_plugin_role=Role(arn, "AROA00000000000000CNI", ALLOWED))
    known = next((one for one in world.endpoints if one.service == "ec2"), None)
    if known is not None and not any(one.service == "sts" for one in world.endpoints):
        world.endpoints.append(replace(known, id="vpce-sts", service="sts"))


# the role


@fault
def no_role(_draw: Draw[Any], world: World) -> None:
    world.launch = replace(world.launch, role=None)


@fault
def role_lacks(draw: Draw[Any], world: World) -> None:
    gone = one_of(draw, "ecr:", "ec2:", *ALLOWED)
    change_role(world, allowed=tuple(one for one in ALLOWED if not one.startswith(gone)))


@fault
def role_allows_more(draw: Draw[Any], world: World) -> None:
    if world.launch.role is not None:
        wide = one_of(draw, ("*",), ("ec2:*", "ecr:*"), ("ec2:Describe*", "ec2:*Tags", "ec2:Assign*", "ecr:*Get*"))
        world.launch = replace(world.launch, role=replace(world.launch.role, allowed=wide))


@fault
def role_denies(draw: Draw[Any], world: World) -> None:
    action = one_of(
        draw, "ec2:DescribeInstances", "ecr:*", "ec2:CreateNetworkInterface", "s3:*", "ec2:TerminateInstances"
    )
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    change_role(world, policies=(json.dumps({"Version": "2012-10-17", "Statement": statement}),))


@fault
def role_of_another_service(draw: Draw[Any], world: World) -> None:
    change_role(world, trusted=one_of(draw, ("eks.amazonaws.com",), ("ec2.amazonaws.com", "eks.amazonaws.com"), ()))


@fault
def metadata_options(draw: Draw[Any], world: World) -> None:
    metadata, hops = one_of(draw, (True, 1), (True, 2), (False, 2), (False, 1))
    world.launch = replace(world.launch, metadata=metadata, hop_limit=hops)


# the image, user data and the proxy


@fault
def another_image(_draw: Draw[Any], world: World) -> None:
    world.launch = replace(world.launch, ami_release="", bottlerocket="")


@fault
def image_gone(_draw: Draw[Any], world: World) -> None:
    world.launch = replace(world.launch, image_gone=True)


@fault
def launch_fails(draw: Draw[Any], world: World) -> None:
    world.launch = replace(world.launch, fails=one_of(draw, "VcpuLimitExceeded", "Client.InternalError"))


@fault
def another_architecture(_draw: Draw[Any], world: World) -> None:
    world.launch = replace(world.launch, architecture="arm64")


@fault
def type_not_offered(draw: Draw[Any], world: World) -> None:
    zones = tuple(world.subnets[name].zone for name in world.launch.subnets)
    world.launch = replace(world.launch, not_offered_in=some_of(draw, zones, least=1))


@fault
def older_image(draw: Draw[Any], world: World) -> None:
    release = one_of(draw, "v20250920", "v20251007", "v20251016", "v20251023", "v20251112", "v20251120", "v20260101")
    world.launch = replace(world.launch, ami_release=release, bottlerocket="")


@fault
def field_missing(draw: Draw[Any], world: World) -> None:
    name = one_of(draw, "name", "apiServerEndpoint", "certificateAuthority", "cidr")
    change_user_data(world, cluster={**world.launch.user_data.cluster, name: ""})


@fault
def field_wrong(draw: Draw[Any], world: World) -> None:
    wrong = one_of(
        draw,
        {"name": "eksClusterOld"},
        {"apiServerEndpoint": f"https://FFFFFFFF.gr7.{world.region}.eks.amazonaws.com"},
        {"apiServerEndpoint": world.plane.cluster.endpoint + "/"},
        {"certificateAuthority": "bm90IHRoZSBDQQ=="},
        {"certificateAuthority": "%%%"},
    )
    change_user_data(world, cluster={**world.launch.user_data.cluster, **wrong})


@fault
def proxy_by_script(draw: Draw[Any], world: World) -> None:
    """No endpoint for ECR, and a script of the AL2 days that sets a proxy instead of NodeConfig."""
    gone = one_of(draw, "ecr.api", "ecr.dkr", "s3", "sts")
    world.endpoints = [one for one in world.endpoints if one.service != gone]
    url, direct = f"http://{PROXY_ADDRESS}:{PROXY_PORT}", ",".join((*_within(world), *direct_names(world)))
    lines = f"http_proxy={url}\nhttps_proxy={url}\nno_proxy={direct}\n"
    drop_ins = "".join(
        f"mkdir -p /etc/systemd/system/{service}.service.d\n"
        f"cat > /etc/systemd/system/{service}.service.d/proxy.conf <<EOF\n"
        "[Service]\nEnvironmentFile=/etc/environment\nEOF\n"
        for service in ("kubelet", "containerd")
    )
    script = f"#!/bin/bash\ncat >> /etc/environment <<EOF\n{lines}EOF\n{one_of(draw, '', drop_ins)}"
    change_user_data(world, environment={}, script=script)
    world.launch = replace(world.launch, bottlerocket="", ami_release="v20260714")


@fault
def service_cidr(draw: Draw[Any], world: World) -> None:
    """Another service CIDR than the cluster's, or none at all."""
    cidr = one_of(draw, "10.100.0.0/16", "10.100", "fd00::/108", "172.20.0.0/20")
    change_user_data(world, cluster={**world.launch.user_data.cluster, "cidr": cidr})


@fault
def services_over_premises(_draw: Draw[Any], world: World) -> None:
    """A service CIDR that the premises have, too."""
    world.plane = replace(world.plane, service_cidr="10.0.0.0/20")
    change_user_data(world, cluster={**world.launch.user_data.cluster, "cidr": "10.0.0.0/20"})


@fault
def settings_unreadable(_draw: Draw[Any], world: World) -> None:
    """Bottlerocket, and user data that are none of its settings."""
    world.launch = replace(world.launch, bottlerocket=BOTTLEROCKET, ami_release="")
    change_user_data(world, form="no YAML")


@fault
def settings_incomplete(draw: Draw[Any], world: World) -> None:
    """Bottlerocket, and user data without one of the settings that it needs."""
    world.launch = replace(world.launch, bottlerocket=BOTTLEROCKET, ami_release="")
    gone = one_of(draw, "name", "apiServerEndpoint", "certificateAuthority")
    change_user_data(world, form="mime", cluster={**world.launch.user_data.cluster, gone: ""})
    _upper(world)


@fault
def image_before_the_proxy(draw: Draw[Any], world: World) -> None:
    """No ec2 endpoint, and a proxy in its place that the image gives to nodeadm too late, or to nobody."""
    world.endpoints = [one for one in world.endpoints if one.service != "ec2"]
    change_user_data(world, environment=proxied(draw, world, PROXY_ADDRESS, (*_within(world), *direct_names(world))))
    release = one_of(draw, "v20250920", "v20251007", "v20251016", "v20251023", "v20251112", "v20251120")
    world.launch = replace(world.launch, bottlerocket="", ami_release=release)


@fault
def form(draw: Draw[Any], world: World) -> None:
    change_user_data(world, form=one_of(draw, "nothing", "script", "no YAML", "another kind"))


def _within(world: World) -> tuple[str, ...]:
    return (*map(str, world.cidrs), world.plane.service_cidr, "169.254.169.254", "localhost", ".eks.amazonaws.com")


@fault
def no_proxy(draw: Draw[Any], world: World) -> None:
    """A proxy, and a NO_PROXY that somebody typed."""
    proxy = one_of(draw, PROXY_ADDRESS, PROXY_NAME)
    region = world.region
    more = (
        ".amazonaws.com", f".{region}.amazonaws.com", f"ecr.{region}.amazonaws.com", "EC2.amazonaws.com", "*",
        f"ec2.{region}.amazonaws.com:443", f"ec2.{region}.amazonaws.com:80", f"s3.{region}.amazonaws.com",
        "*.eks.amazonaws.com", f"eks.{region}.amazonaws.com", world.plane.cluster.endpoint.removeprefix("https://"),
        " .dkr.ecr.example.com",
    )  # fmt: skip
    kept = some_of(draw, (*_within(world), *direct_names(world)))
    added = draw(st.lists(st.sampled_from(more), max_size=2, unique=True))
    change_user_data(world, environment=proxied(draw, world, proxy, (*kept, *added)))
    _upper(world)


@fault
def no_proxy_lacks(draw: Draw[Any], world: World) -> None:
    """A proxy, and a NO_PROXY in which one entry is missing."""
    whole = (*_within(world), *direct_names(world))
    missing = one_of(draw, *whole)
    direct = tuple(one for one in whole if one != missing)
    change_user_data(world, environment=proxied(draw, world, one_of(draw, PROXY_ADDRESS, PROXY_NAME), direct))
    _upper(world)


@fault
def proxy_of_services(draw: Draw[Any], world: World) -> None:
    """A proxy that only some services have, or have otherwise."""
    url = f"http://{PROXY_ADDRESS}:{PROXY_PORT}"
    direct = some_of(draw, (*_within(world), *direct_names(world)))
    values = {"HTTPS_PROXY": url, "NO_PROXY": ",".join(direct)}
    service = one_of(draw, "kubelet", "containerd", "default")
    change_user_data(world, environment={**world.launch.user_data.environment, service: values})
    _upper(world)


@fault
def proxy_elsewhere(draw: Draw[Any], world: World) -> None:
    """A proxy at an address to which no route leads, or on a port that nothing lets out."""
    url = one_of(
        draw, "http://192.0.2.7:3128", f"http://{PROXY_ADDRESS}:8443", "proxy.example.internal:3128", "http://"
    )
    values = {"HTTPS_PROXY": url, "NO_PROXY": ",".join((*_within(world), *direct_names(world)))}
    change_user_data(world, environment={"default": values})


@fault
def proxy_for_http_only(draw: Draw[Any], world: World) -> None:
    change_user_data(world, environment={"default": {"HTTP_PROXY": f"http://{PROXY_ADDRESS}:{PROXY_PORT}"}})


@fault
def endpoint_missing_proxy_instead(draw: Draw[Any], world: World) -> None:
    """No endpoint for EC2, ECR or S3: with a proxy their names may go there."""
    lead_by_proxy(draw, world, one_of(draw, "ecr.api", "ecr.dkr", "s3", "ec2"), PROXY_ADDRESS)


def lead_by_proxy(draw: Draw[Any], world: World, service: str, proxy: str) -> None:
    """Takes a service's endpoint away, and gives the nodes a proxy for it."""
    world.endpoints = [one for one in world.endpoints if one.service != service]
    release = max(world.launch.ami_release, "v20251120") if world.launch.ami_release else ""
    world.launch = replace(world.launch, ami_release=release)
    change_user_data(world, environment=proxied(draw, world, proxy, (*_within(world), *direct_names(world))))
    _upper(world)


def _upper(world: World) -> None:
    """Bottlerocket knows no lower-case twins."""
    if world.launch.bottlerocket:
        environment = world.launch.user_data.environment
        change_user_data(
            world,
            environment={name: {key.upper(): text for key, text in of.items()} for name, of in environment.items()},
        )


@fault
def proxy_beyond_reach(draw: Draw[Any], world: World) -> None:
    """What has no endpoint goes through a proxy to which no route leads, or which no group or ACL lets a node to."""
    lead_by_proxy(draw, world, one_of(draw, "ecr.api", "ecr.dkr", "s3"), one_of(draw, PROXY_ADDRESS, PROXY_NAME))
    kind = one_of(draw, "route", "egress", "acl")
    if kind == "route":
        world.tables["rtb-nodes"] = tuple(one for one in world.tables["rtb-nodes"] if one.destination != PREMISES)
    elif kind == "egress":
        egress = (https(cidrs=(ANYWHERE,)),)
        for name in ("sg-nodes", "sg-cluster"):
            world.groups[name] = replace(world.groups[name], egress=egress)
    else:
        shut = AclEntry(5, True, False, PREMISES, "6", PROXY_PORT, PROXY_PORT)
        for name, entries in world.acls.items():
            world.acls[name] = (shut, *entries)
