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
    """A route; destination is a CIDR, target is AWS's id, "local", or "blackhole" where its target is gone."""

    destination: IPv4Network
    target: str


@dataclass(frozen=True)
class Subnet:
    """A subnet with the routes and the ACL that hold for it. An empty ACL admits everything.

    ``free_addresses`` is AvailableIpAddressCount, the machine's own address already taken off.
    """

    id: str
    cidr: IPv4Network
    route_table: str
    routes: tuple[Route, ...] = ()
    acl: tuple[AclEntry, ...] = ()
    zone: str = ""
    vpc: str = ""
    free_addresses: int = 240


@dataclass(frozen=True)
class PrefixList:
    """A managed prefix list with its entries, AWS's own or the company's."""

    id: str
    name: str
    cidrs: tuple[IPv4Network, ...]


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint. ``service`` is what follows the region in its service name, as in "ecr.api".

    ``state`` is AWS's word in lower case; ``policy`` is the endpoint policy as the JSON text that AWS shows, empty
    for full access.
    """

    id: str
    service: str
    gateway: bool = False
    private_dns: bool = True
    groups: tuple[Group, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    route_tables: tuple[str, ...] = ()
    prefix_list: str = ""
    state: str = "available"
    policy: str = ""


@dataclass(frozen=True)
class AccessEntry:
    """An access entry of a cluster, with the role id that it was made for.

    An empty ``username`` stands for the one that EKS gives to entries of this type.
    """

    principal_arn: str
    type: str
    role_id: str = ""
    username: str = ""


@dataclass(frozen=True)
class MappedRole:
    """One entry of the aws-auth ConfigMap's mapRoles."""

    arn: str
    username: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Role:
    """A role. What it may do is what ``allowed`` (action patterns) and ``policies`` (documents as JSON text) allow.

    A ``boundary`` is the document of the permissions boundary, empty without one. ``trusted`` are the services, and
    the federated providers, that may take the role on.
    """

    arn: str
    id: str
    allowed: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    boundary: str = ""
    trusted: tuple[str, ...] = ("ec2.amazonaws.com",)


@dataclass(frozen=True)
class Cluster:
    """A cluster as its own control plane knows it.

    ``endpoint`` is the AWS-shaped URL, ``aliases`` are other URLs of the same control plane. ``aws_auth_roles`` are
    the role ARNs that the aws-auth ConfigMap's mapRoles maps as EKS documents it for nodes, ``aws_auth_others`` its
    entries with another username or without the group system:nodes. ``network_plugin`` says whether something puts a
    VPC CNI on its nodes, ``network_plugin_role`` is the IAM role of the CNI's own service account, if it has one.
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
    aws_auth_others: tuple[MappedRole, ...] = ()
    network_plugin_role: Role | None = None
    service_cidr: IPv4Network | None = None


@dataclass(frozen=True)
class Machine:
    """One instance. ``ami_release`` is the EKS AMI's, as in v20251120, or empty where the image is no such AMI.

    ``bottlerocket`` is the release of Bottlerocket that the image holds; empty where it holds another system.
    ``role`` is the one behind the instance profile. ``known_type`` says whether the AMI's own table has the instance
    type. ``metadata`` and ``hop_limit`` are the instance's metadata options.
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
    known_type: bool = True
    metadata: bool = True
    hop_limit: int = 2


@dataclass(frozen=True)
class DhcpOptions:
    """The VPC's DHCP options set; an empty ``domain_name`` is the region's own."""

    domain_name: str = ""
    name_servers: tuple[str, ...] = ("AmazonProvidedDNS",)


@dataclass(frozen=True)
class Premises:
    """The company's side of the VPN, as far as a node notices.

    ``cidrs`` are the company's networks, empty for what the VPC routes there. ``names_forwarded`` says that the VPC's
    resolver forwards the company's names to the company (a Route 53 Resolver rule), ``public_names`` that the
    company's own name servers also know the internet's. ``routes_back`` says that answers find the way into the VPC.
    The proxy listens at ``proxy_ports`` (empty: at any), refuses hosts at or under ``proxy_refuses``, and with
    ``proxy_intercepts`` puts its own certificate before every TLS server.
    """

    cidrs: tuple[IPv4Network, ...] = ()
    names_forwarded: bool = True
    public_names: bool = True
    routes_back: bool = True
    proxy_ports: tuple[int, ...] = ()
    proxy_refuses: tuple[str, ...] = ()
    proxy_intercepts: bool = False


@dataclass(frozen=True)
class Surroundings:
    """The VPC around a machine, the premises behind it, and the clusters of its account and region."""

    cidrs: tuple[IPv4Network, ...]
    dns_support: bool = True
    dns_hostnames: bool = True
    endpoints: tuple[Endpoint, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    vpc: str = ""
    dhcp: DhcpOptions = DhcpOptions()
    prefix_lists: tuple[PrefixList, ...] = ()
    premises: Premises = Premises()
