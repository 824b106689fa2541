"""The VPC: subnets, routes, network ACLs, DNS, and the gateways towards the premises."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wizard.facts.state import State, Unknown


@dataclass(frozen=True)
class Vpc:
    """``domain_name_servers`` and ``domain_name`` are DHCP's; both are empty where it hands out nothing."""

    id: str
    cidrs: tuple[str, ...]
    state: State
    name: str = ""
    dns_support: bool | Unknown = True
    dns_hostnames: bool | Unknown = False
    domain_name_servers: tuple[str, ...] | Unknown = ("AmazonProvidedDNS",)
    tags: Mapping[str, str] = field(default_factory=dict)
    domain_name: str = ""


@dataclass(frozen=True)
class Subnet:
    """``public_addresses`` tells that instances get one where their launch does not say."""

    id: str
    vpc_id: str
    zone: str
    zone_id: str
    cidr: str
    free_addresses: int
    state: State
    tags: Mapping[str, str] = field(default_factory=dict)
    public_addresses: bool = False


@dataclass(frozen=True)
class Route:
    """``target`` is the id of a gateway, attachment, endpoint or interface, or "local".

    ``entries`` are the CIDRs of a destination that is a prefix list.
    """

    destination: str
    target: str
    active: bool = True
    entries: tuple[str, ...] | Unknown = ()


@dataclass(frozen=True)
class RouteTable:
    id: str
    main: bool
    subnets: tuple[str, ...]
    routes: tuple[Route, ...]
    propagating: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AclEntry:
    """One rule of a network ACL. ``ports`` is None for every port; ``protocol`` "-1" for every protocol."""

    number: int
    egress: bool
    allow: bool
    protocol: str
    ports: tuple[int, int] | None
    cidr: str


@dataclass(frozen=True)
class NetworkAcl:
    id: str
    subnets: tuple[str, ...]
    entries: tuple[AclEntry, ...]


@dataclass(frozen=True)
class Gateway:
    """A VPN gateway or a transit gateway; ``attached`` is the state of its attachment to our VPC, if it has one.

    ``subnets`` are those of a transit gateway's attachment.
    """

    id: str
    state: State
    attached: State | None = None
    other_vpc: str | None = None
    subnets: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PrefixList:
    """``name`` is a service's, such as com.amazonaws.eu-west-1.s3, or whatever its owner calls it."""

    id: str
    name: str
    entries: tuple[str, ...]


@dataclass(frozen=True)
class VpcFacts:
    """``twins``, here and elsewhere: ids of things that carry the same tags of ours, of which there must be one.

    ``network_acls`` only of a VPC that the wizard did not make: in its own the default one lets everything pass.
    ``prefix_lists`` are those that rules and routes of a VPC that stands may name. ``vpn_gateways`` are the ids of
    those that are attached to the VPC; they are read where the profile wants one. ``forwarded`` are the domains that
    resolver rules of the VPC forward, "" for all; they are read where nodes have to look up their proxy.
    """

    vpc: Vpc | Unknown | None = None
    subnets: tuple[Subnet, ...] | Unknown = ()
    route_tables: tuple[RouteTable, ...] | Unknown = ()
    gateway: Gateway | Unknown | None = None
    network_acls: tuple[NetworkAcl, ...] | Unknown = ()
    twins: tuple[str, ...] = ()
    prefix_lists: tuple[PrefixList, ...] | Unknown = ()
    vpn_gateways: tuple[str, ...] | Unknown = ()
    forwarded: tuple[str, ...] | Unknown = ()
