"""What a booting node has and can see, frozen at one moment."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network


@dataclass(frozen=True)
class Rule:
    """One permission of a security group. Protocol is "tcp", "udp", "icmp" or "-1" for all."""

    protocol: str = "-1"
    from_port: int = 0
    to_port: int = 65535
    cidrs: tuple[IPv4Network, ...] = ()
    groups: tuple[str, ...] = ()
    prefix_lists: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """A security group."""

    id: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class AclEntry:
    """One line of a network ACL; the lowest number that matches decides."""

    number: int
    egress: bool
    allow: bool
    cidr: IPv4Network
    protocol: str = "-1"
    from_port: int = 0
    to_port: int = 65535


@dataclass(frozen=True)
class Route:
    """A route; destination is a CIDR, target is AWS's id or "local"."""

    destination: IPv4Network
    target: str


@dataclass(frozen=True)
class Subnet:
    """A subnet with the routes and the ACL that hold for it. An empty ACL admits everything."""

    id: str
    cidr: IPv4Network
    route_table: str
    routes: tuple[Route, ...] = ()
    acl: tuple[AclEntry, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """An available VPC endpoint. ``service`` is what follows the region in its service name, as in "ecr.api"."""

    id: str
    service: str
    gateway: bool = False
    private_dns: bool = True
    groups: tuple[Group, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    route_tables: tuple[str, ...] = ()
    prefix_list: str = ""


@dataclass(frozen=True)
class AccessEntry:
    """An access entry of a cluster, with the role id that it was made for."""

    principal_arn: str
    type: str
    role_id: str = ""


@dataclass(frozen=True)
class Cluster:
    """A cluster as its own control plane knows it.

    ``endpoint`` is the AWS-shaped URL, ``aliases`` are other URLs of the same control plane. ``aws_auth_roles`` are
    the role ARNs of the aws-auth ConfigMap's mapRoles that belong to system:nodes. ``network_plugin`` says whether
    something puts a VPC CNI on its nodes.
    """

    name: str
    endpoint: str
    certificate_authority: str
    aliases: tuple[str, ...] = ()
    version: str = "1.34"
    private_access: bool = True
    public_access: bool = False
    groups: tuple[Group, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    authentication_mode: str = "API"
    access_entries: tuple[AccessEntry, ...] = ()
    aws_auth_roles: tuple[str, ...] = ()
    network_plugin: bool = True


@dataclass(frozen=True)
class Role:
    """The role behind the instance profile. ``allowed`` are the action patterns that its policies allow."""

    arn: str
    id: str
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    """One instance. ``ami_release`` is the EKS AMI's, as in v20251120, or empty where the image is no such AMI.

    ``bottlerocket`` is the release of Bottlerocket that the image holds; empty where it holds another system.
    """

    id: str
    region: str
    account: str
    instance_type: str
    address: IPv4Address
    private_dns_name: str
    subnet: Subnet
    groups: tuple[Group, ...]
    user_data: bytes = b""
    role: Role | None = None
    ami_release: str = "v20260714"
    kubelet_version: str = "v1.34.2-eks-113cf36"
    interfaces: int = 3
    addresses_per_interface: int = 10
    public_address: bool = False
    bottlerocket: str = ""


@dataclass(frozen=True)
class Surroundings:
    """The VPC around a machine, and the clusters of its account and region."""

    cidrs: tuple[IPv4Network, ...]
    dns_support: bool = True
    dns_hostnames: bool = True
    endpoints: tuple[Endpoint, ...] = ()
    clusters: tuple[Cluster, ...] = ()
