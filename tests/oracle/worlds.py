"""One private network with a cluster and a launch of nodes in it, in the practice account's own terms.

A ``World`` names its parts by id, as AWS does, so that a fault is put into one place; ``machines`` and
``surroundings`` are the snapshots that a boot is computed from.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from wizard.practice.boot.sequence import Boot, boot
from wizard.practice.boot.snapshot import (
    AclEntry,
    Cluster,
    DhcpOptions,
    Endpoint,
    Group,
    Machine,
    PrefixList,
    Premises,
    Role,
    Route,
    Subnet,
    Surroundings,
)

ACCOUNT = "123456789012"
VPC = "vpc-1"
PREFIX_LISTS = {"s3": "pl-61a54008", "dynamodb": "pl-78a54011"}

Form = Literal["mime", "two parts", "bare", "base64", "nothing", "script", "no YAML", "another kind"]


@dataclass(frozen=True)
class UserData:
    """What the launch hands to its nodes: the settings, and how they are written.

    ``cluster`` has NodeConfig's names; ``environment`` is by systemd service, as NodeConfig has it. A ``script``
    stands as a boothook before the NodeConfig.
    """

    cluster: Mapping[str, str]
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    instance_id_name: bool = False
    form: Form = "mime"
    script: str = ""

    def written(self, *, bottlerocket: bool) -> bytes:
        """The bytes that the node reads from its metadata."""
        if self.form == "nothing":
            return b""
        if self.form == "script":
            return _mime(("text/x-shellscript", "#!/bin/bash\n/etc/eks/bootstrap.sh eksCluster"))
        if bottlerocket:
            text = b"[settings" if self.form == "no YAML" else self._toml().encode()
            return base64.b64encode(text) if self.form == "base64" else text
        if self.form == "no YAML":
            return _mime(("application/node.eks.aws", "spec: ["))
        document = json.dumps(self._node_config())
        if self.script:
            return _mime(("text/cloud-boothook", self.script), ("application/node.eks.aws", document))
        if self.form == "bare":
            return document.encode()
        if self.form == "two parts":
            more = {**self._node_config(), "spec": {"kubelet": {"config": {"maxPods": 17}}}}
            return _mime(("application/node.eks.aws", document), ("application/node.eks.aws", json.dumps(more)))
        written = _mime(("application/node.eks.aws", document))
        return base64.b64encode(written) if self.form == "base64" else written

    def _node_config(self) -> dict[str, object]:
        spec: dict[str, object] = {"cluster": dict(self.cluster)}
        if self.environment:
            spec["instance"] = {"environment": {service: dict(of) for service, of in self.environment.items()}}
        if self.instance_id_name:
            spec["featureGates"] = {"InstanceIdNodeName": True}
        kind = "Pod" if self.form == "another kind" else "NodeConfig"
        return {"apiVersion": "node.eks.aws/v1alpha1", "kind": kind, "spec": spec}

    def _toml(self) -> str:
        names = {
            "name": "cluster-name",
            "apiServerEndpoint": "api-server",
            "certificateAuthority": "cluster-certificate",
        }
        lines = ["[settings.kubernetes]"]
        lines += [f'{name} = "{self.cluster[key]}"' for key, name in names.items() if self.cluster.get(key)]
        proxy = self.environment.get("default", {})
        if proxy.get("HTTPS_PROXY"):
            direct = [entry for entry in proxy.get("NO_PROXY", "").split(",") if entry]
            lines += [
                "[settings.network]",
                f'https-proxy = "{proxy["HTTPS_PROXY"]}"',
                f"no-proxy = {json.dumps(direct)}",
            ]
        return "\n".join(lines) + "\n"


def _mime(*parts: tuple[str, str]) -> bytes:
    body = "".join(f"--BOUNDARY\nContent-Type: {kind}\n\n{text}\n\n" for kind, text in parts)
    return f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="BOUNDARY"\n\n{body}--BOUNDARY--\n'.encode()


@dataclass(frozen=True)
class Place:
    """A subnet, with the ids of the route table and of the network ACL that hold for it."""

    cidr: IPv4Network
    zone: str
    table: str
    acl: str
    free_addresses: int = 240


@dataclass(frozen=True)
class Entrance:
    """A VPC endpoint by the ids of its parts; ``kind`` and ``state`` are AWS's words."""

    id: str
    service: str
    kind: Literal["Interface", "Gateway"] = "Interface"
    private_dns: bool = True
    groups: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    state: str = "available"
    policy: str = ""


@dataclass(frozen=True)
class Plane:
    """A cluster; ``cluster`` without its groups and subnets, which stand beside it by id.

    The first of ``groups`` is the one that EKS made.
    """

    cluster: Cluster
    groups: tuple[str, ...]
    subnets: tuple[str, ...]
    service_cidr: str = "172.20.0.0/16"


@dataclass(frozen=True)
class Launch:
    """What an Auto Scaling group starts its nodes from, and where.

    ``architecture`` is the image's, ``not_offered_in`` the zones that do not have the instance type. ``fails`` is an
    error code of EC2's about something that is not in this world, such as a quota or a key.
    """

    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    user_data: UserData
    role: Role | None
    ami_release: str = "v20260714"
    bottlerocket: str = ""
    metadata: bool = True
    hop_limit: int = 2
    architecture: str = "x86_64"
    image_gone: bool = False
    not_offered_in: tuple[str, ...] = ()
    fails: str = ""


@dataclass(repr=False)
class World:
    """Everything that decides whether the nodes of one launch become Ready.

    ``elsewhere`` are subnets of another VPC; a launch is either there or here. ``faults`` names what was put into it.
    """

    region: str
    cidrs: list[IPv4Network]
    subnets: dict[str, Place]
    tables: dict[str, tuple[Route, ...]]
    acls: dict[str, tuple[AclEntry, ...]]
    groups: dict[str, Group]
    endpoints: list[Entrance]
    plane: Plane
    launch: Launch
    neighbours: list[Plane] = field(default_factory=list)
    prefix_lists: dict[str, tuple[IPv4Network, ...]] = field(default_factory=dict)
    dns_support: bool = True
    dns_hostnames: bool = True
    elsewhere: frozenset[str] = frozenset()
    premises: Premises = field(default_factory=Premises)
    dhcp: DhcpOptions = field(default_factory=DhcpOptions)
    faults: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<a world with {' and '.join(self.faults) or 'nothing wrong'}>"

    @property
    def machines(self) -> tuple[Machine, ...]:
        """A node at either end of each subnet of the launch: a new node may get any address."""
        return tuple(
            self._machine(name, address)
            for name in self.launch.subnets
            for address in (self.subnets[name].cidr[4], self.subnets[name].cidr[-2])
        )

    @property
    def surroundings(self) -> Surroundings:
        """The network around each of the machines."""
        there = bool(self.elsewhere & {*self.launch.subnets})
        return Surroundings(
            cidrs=tuple(self.subnets[name].cidr for name in self.elsewhere) if there else tuple(self.cidrs),
            # Of the other VPC nothing is told, and nothing else is wrong with it.
            dns_support=self.dns_support or there,
            dns_hostnames=self.dns_hostnames or there,
            endpoints=() if there else tuple(map(self._endpoint, self.endpoints)),
            clusters=tuple(self._cluster(plane) for plane in (self.plane, *self.neighbours)),
            vpc="vpc-2" if there else VPC,
            dhcp=DhcpOptions() if there else self.dhcp,
            premises=replace(self.premises, cidrs=self._premises()),
            prefix_lists=tuple(
                PrefixList(name, self.prefix_list_name(name), cidrs) for name, cidrs in self.prefix_lists.items()
            ),
        )

    def lines(self, acl: str) -> tuple[AclEntry, ...]:
        """The entries of an ACL, with those that every ACL ends with and nobody can take away."""
        everything = IPv4Network("0.0.0.0/0")
        return (*self.acls[acl], *(AclEntry(32767, outward, False, everything) for outward in (True, False)))

    def refused(self, subnet: str) -> str:
        """What EC2 says when an instance is to start in a subnet of the launch, as an error code; empty when it does.

        EC2 user guide, "Troubleshoot instance launch issues", and API reference, "Error codes".
        """
        launch, place = self.launch, self.subnets[subnet]
        if launch.fails:
            return launch.fails
        if launch.image_gone:
            return "InvalidAMIID.NotFound"
        if launch.architecture != "x86_64":
            return "InvalidParameterValue"
        if place.zone in launch.not_offered_in:
            return "Unsupported"
        return "" if place.free_addresses else "InsufficientFreeAddressesInSubnet"

    def prefix_list_name(self, identity: str) -> str:
        """What the prefix list is called: AWS's are named after their service."""
        services = {name: service for service, name in PREFIX_LISTS.items()}
        return f"com.amazonaws.{self.region}.{services[identity]}" if identity in services else "company"

    def boots(self) -> tuple[Boot, ...]:
        """How each of the machines boots."""
        return tuple(boot(machine, self.surroundings) for machine in self.machines)

    def _premises(self) -> tuple[IPv4Network, ...]:
        """The company's networks are those that the nodes' routes lead to."""
        tables = {self.subnets[name].table for name in self.launch.subnets}
        targets = ("vgw-", "tgw-")
        return tuple(
            route.destination
            for table in sorted(tables)
            for route in self.tables[table]
            if route.target.startswith(targets)
        )

    def _machine(self, subnet: str, address: IPv4Address) -> Machine:
        launch = self.launch
        return Machine(
            id=f"i-{int(address):017x}",
            region=self.region,
            account=ACCOUNT,
            instance_type="m5.large",
            address=address,
            private_dns_name=f"ip-{str(address).replace('.', '-')}.{self.region}.compute.internal",
            subnet=self._subnet(subnet),
            groups=self._groups(launch.groups),
            user_data=launch.user_data.written(bottlerocket=bool(launch.bottlerocket)),
            role=launch.role,
            ami_release=launch.ami_release,
            kubelet_version="v1.35.6-eks-113cf36",
            bottlerocket=launch.bottlerocket,
            metadata=launch.metadata,
            hop_limit=launch.hop_limit,
        )

    def _groups(self, names: tuple[str, ...]) -> tuple[Group, ...]:
        return tuple(self.groups[name] for name in names)

    def _subnet(self, name: str) -> Subnet:
        place = self.subnets[name]
        return Subnet(
            id=name,
            cidr=place.cidr,
            route_table=place.table,
            routes=self.tables[place.table],
            acl=self.lines(place.acl),
            zone=place.zone,
            vpc="vpc-2" if name in self.elsewhere else VPC,
            free_addresses=max(0, place.free_addresses - 1),
        )

    def _endpoint(self, entrance: Entrance) -> Endpoint:
        return Endpoint(
            id=entrance.id,
            service=entrance.service,
            gateway=entrance.kind == "Gateway",
            private_dns=entrance.private_dns,
            groups=self._groups(entrance.groups),
            subnets=tuple(map(self._subnet, entrance.subnets)),
            route_tables=entrance.tables,
            prefix_list=PREFIX_LISTS.get(entrance.service, "") if entrance.kind == "Gateway" else "",
            state=entrance.state,
            policy=entrance.policy,
        )

    def _cluster(self, plane: Plane) -> Cluster:
        return replace(
            plane.cluster,
            groups=self._groups(plane.groups),
            subnets=tuple(map(self._subnet, plane.subnets)),
            service_cidr=IPv4Network(plane.service_cidr),
        )
