"""The networks of the practice account as they are now: subnets with their routes and ACLs, groups, endpoints."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from ipaddress import IPv4Network

from wizard.practice.account import account
from wizard.practice.boot.reader import Reader
from wizard.practice.boot.snapshot import (
    AclEntry,
    DhcpOptions,
    Endpoint,
    Group,
    PrefixList,
    Premises,
    Route,
    Rule,
    Subnet,
    Surroundings,
)
from wizard.practice.operator import settings
from wizard.practice.protocol import Params

_TARGETS = (
    "GatewayId", "NatGatewayId", "TransitGatewayId", "LocalGatewayId", "NetworkInterfaceId", "VpcPeeringConnectionId",
    "InstanceId",
)  # fmt: skip
_COMPANY = ("vgw-", "tgw-", "lgw-")


class Networks:
    """Everything of EC2's network in one region."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.groups = {
            group["GroupId"]: Group(
                group["GroupId"],
                tuple(map(_rule, group.get("IpPermissions", []))),
                tuple(map(_rule, group.get("IpPermissionsEgress", []))),
            )
            for group in reader.ask("ec2", "DescribeSecurityGroups")["SecurityGroups"]
        }
        self._tables = reader.ask("ec2", "DescribeRouteTables")["RouteTables"]
        self._acls = reader.ask("ec2", "DescribeNetworkAcls")["NetworkAcls"]
        self.subnets = {
            subnet["SubnetId"]: self._subnet(subnet) for subnet in reader.ask("ec2", "DescribeSubnets")["Subnets"]
        }

    def named_groups(self, ids: Iterable[str]) -> tuple[Group, ...]:
        """The groups of these ids that there are."""
        return tuple(self.groups[name] for name in ids if name in self.groups)

    def named_subnets(self, ids: Iterable[str]) -> tuple[Subnet, ...]:
        """The subnets of these ids that there are."""
        return tuple(self.subnets[name] for name in ids if name in self.subnets)

    def around(self, vpc_id: str) -> Surroundings:
        """A VPC without the clusters."""
        vpc = self.reader.ask("ec2", "DescribeVpcs", VpcIds=[vpc_id])["Vpcs"][0]
        blocks = [found["CidrBlock"] for found in vpc.get("CidrBlockAssociationSet", [])] or [vpc["CidrBlock"]]
        return Surroundings(
            cidrs=tuple(map(IPv4Network, blocks)),
            dns_support=self._attribute(vpc_id, "enableDnsSupport", "EnableDnsSupport"),
            dns_hostnames=self._attribute(vpc_id, "enableDnsHostnames", "EnableDnsHostnames"),
            endpoints=tuple(self._endpoint(found) for found in self._endpoints if found["VpcId"] == vpc_id),
            vpc=vpc_id,
            dhcp=self._dhcp(vpc.get("DhcpOptionsId", "default")),
            prefix_lists=self.prefix_lists,
            premises=self._premises(vpc_id),
        )

    @cached_property
    def prefix_lists(self) -> tuple[PrefixList, ...]:
        """The managed prefix lists that a rule or a gateway endpoint has to do with, AWS's own among them."""
        found = self.reader.once("ec2", "DescribeManagedPrefixLists").get("PrefixLists", [])
        rules = (rule for group in self.groups.values() for rule in (*group.ingress, *group.egress))
        used = {name for rule in rules for name in rule.prefix_lists}
        used |= {each["ServiceName"] for each in self._endpoints if each.get("VpcEndpointType", "Gateway") == "Gateway"}
        return tuple(
            PrefixList(each["PrefixListId"], each["PrefixListName"], self._entries(each["PrefixListId"]))
            for each in found
            if each.get("AddressFamily") == "IPv4" and used & {each["PrefixListId"], each["PrefixListName"]}
        )

    @cached_property
    def _endpoints(self) -> list[Params]:
        found: list[Params] = self.reader.once("ec2", "DescribeVpcEndpoints").get("VpcEndpoints", [])
        return found

    def _entries(self, name: str) -> tuple[IPv4Network, ...]:
        found = self.reader.once("ec2", "GetManagedPrefixListEntries", PrefixListId=name)
        return tuple(IPv4Network(each["Cidr"], strict=False) for each in found.get("Entries", []))

    def _attribute(self, vpc_id: str, name: str, key: str) -> bool:
        found = self.reader.ask("ec2", "DescribeVpcAttribute", VpcId=vpc_id, Attribute=name)
        return bool(found[key]["Value"])

    def _dhcp(self, name: str) -> DhcpOptions:
        """With DhcpOptionsId "default" a VPC has no set at all, and nodes are told no name server."""
        found = self.reader.once("ec2", "DescribeDhcpOptions", DhcpOptionsIds=[name]).get("DhcpOptions", [])
        if not found:
            return DhcpOptions(name_servers=())
        values = {
            each["Key"]: tuple(one["Value"] for one in each.get("Values", []))
            for each in found[0].get("DhcpConfigurations", [])
        }
        return DhcpOptions(" ".join(values.get("domain-name", ())), values.get("domain-name-servers", ()))

    def _premises(self, vpc_id: str) -> Premises:
        """The company, whose networks are those that the VPC's tables route there unless it was said which."""
        routed = {
            route.destination
            for subnet in self.subnets.values()
            if subnet.vpc == vpc_id
            for route in subnet.routes
            if route.target.startswith(_COMPANY)
        }
        standing = account.premises
        # With the tunnels down nothing comes back either.
        back = standing.routes_back and settings.current.settings.vpn
        return replace(standing, cidrs=standing.cidrs or tuple(sorted(routed)), routes_back=back)

    def _endpoint(self, found: Params) -> Endpoint:
        lists = {each.name: each.id for each in self.prefix_lists}
        return Endpoint(
            id=found["VpcEndpointId"],
            service=found["ServiceName"].removeprefix(f"com.amazonaws.{self.reader.region}."),
            gateway=found.get("VpcEndpointType", "Gateway") == "Gateway",
            private_dns=bool(found.get("PrivateDnsEnabled")),
            groups=self.named_groups(group["GroupId"] for group in found.get("Groups", [])),
            subnets=self.named_subnets(found.get("SubnetIds", [])),
            route_tables=tuple(found.get("RouteTableIds", [])),
            prefix_list=lists.get(found["ServiceName"], ""),
            state=found["State"].lower(),
            policy=found.get("PolicyDocument") or "",
        )

    def _subnet(self, subnet: Params) -> Subnet:
        name = subnet["SubnetId"]
        table = _associated(name, self._tables) or next(
            (
                table
                for table in self._tables
                if table["VpcId"] == subnet["VpcId"]
                and any(found.get("Main") for found in table.get("Associations", []))
            ),
            {},
        )
        acl = _associated(name, self._acls) or {}
        return Subnet(
            id=name,
            cidr=IPv4Network(subnet["CidrBlock"]),
            route_table=table.get("RouteTableId", ""),
            routes=tuple(route for found in table.get("Routes", []) for route in self._routes(found)),
            acl=tuple(_acl_entry(entry) for entry in acl.get("Entries", []) if entry.get("CidrBlock")),
            zone=subnet["AvailabilityZone"],
            vpc=subnet["VpcId"],
            free_addresses=subnet["AvailableIpAddressCount"],
        )

    def _routes(self, found: Params) -> tuple[Route, ...]:
        """A route for each CIDR that it is for; those of gateway endpoints are told by the endpoints."""
        target = next((found[key] for key in _TARGETS if found.get(key)), "")
        if target.startswith("vpce-"):
            return ()
        if found.get("State", "active") != "active":
            target = "blackhole"
        cidrs = self._entries(found["DestinationPrefixListId"]) if found.get("DestinationPrefixListId") else ()
        if found.get("DestinationCidrBlock"):
            cidrs = (IPv4Network(found["DestinationCidrBlock"]),)
        return tuple(Route(cidr, target) for cidr in cidrs)


def _rule(permission: Params) -> Rule:
    everything = permission["IpProtocol"] == "-1"
    return Rule(
        protocol=permission["IpProtocol"],
        from_port=0 if everything else permission.get("FromPort", 0),
        to_port=65535 if everything else permission.get("ToPort", 65535),
        cidrs=tuple(IPv4Network(found["CidrIp"], strict=False) for found in permission.get("IpRanges", [])),
        groups=tuple(found["GroupId"] for found in permission.get("UserIdGroupPairs", [])),
        prefix_lists=tuple(found["PrefixListId"] for found in permission.get("PrefixListIds", [])),
    )


def _associated(subnet_id: str, things: list[Params]) -> Params | None:
    return next(
        (thing for thing in things if any(a.get("SubnetId") == subnet_id for a in thing.get("Associations", []))), None
    )


def _acl_entry(entry: Params) -> AclEntry:
    ports = entry.get("PortRange") or {}
    return AclEntry(
        number=int(entry["RuleNumber"]),
        egress=bool(entry["Egress"]),
        allow=entry["RuleAction"] == "allow",
        cidr=IPv4Network(entry["CidrBlock"], strict=False),
        protocol=str(entry["Protocol"]),
        from_port=ports.get("From", 0),
        to_port=ports.get("To", 65535),
    )
