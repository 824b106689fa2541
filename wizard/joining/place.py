"""Where a node of a launch stands: its subnet with what holds there, and its security groups. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from wizard.facts import (
    AclEntry,
    Facts,
    Launch,
    NetworkAcl,
    PrefixList,
    Route,
    SecurityGroup,
    Subnet,
    Unknown,
    known,
)
from wizard.findings import Finding, stop, unknown
from wizard.packets import Admission, Peer, acl_admits_connection, admits, route_taken, table_of

# Addresses of AWS's services in its regions, which stand for all of them (AWS, ip-ranges.json).
PUBLIC: Final = ("52.92.0.0/14", "52.96.0.0/14")
# The ports from which Linux opens connections (net.ipv4.ip_local_port_range).
LINUX_EPHEMERAL: Final = (32768, 60999)
HTTPS: Final = 443


@dataclass(frozen=True)
class Place:
    """A node of the launch in one of its subnets."""

    launch: Launch
    facts: Facts
    subnet: Subnet

    @property
    def where(self) -> str:
        """What the findings are about."""
        return f"nodes.{self.launch.name}"

    def hidden(self, thing: Unknown) -> Finding:
        """The finding that something was not told."""
        return unknown("NODE690", self.where, action=thing.action, said=thing.why)

    @property
    def is_public(self) -> bool:
        """Whether the node gets a public address: as its launch says, else as its subnet does."""
        said = self.launch.public_address
        return self.subnet.public_addresses if said is None else said

    def not_judged(self, what: str, thing: str) -> Finding:
        """The finding that the way to a thing is not followed: an IPv6 address, or what a hosted zone answers."""
        there = self.facts.cluster.cluster
        about = {"what": what, "thing": thing, "cluster": there.name if known(there) else ""}
        return unknown("NODE682", self.where, **about)

    # routes

    @property
    def table(self) -> str | Unknown:
        """The id of the route table that the node's packets take."""
        tables = self.facts.vpc.route_tables
        if isinstance(tables, Unknown):
            return tables
        table = table_of(tables, self.subnet.id)
        return table.id if table else ""

    @property
    def routes(self) -> tuple[Route, ...] | Unknown:
        """The routes of the node's packets."""
        tables = self.facts.vpc.route_tables
        if isinstance(tables, Unknown):
            return tables
        table = table_of(tables, self.subnet.id)
        return table.routes if table else ()

    def targets(self, *cidrs: str) -> tuple[str, ...]:
        """Where packets to these addresses go, each target once; "" where no active route leads."""
        routes = self.routes if known(self.routes) else ()
        parts = (part.route for cidr in cidrs for part in route_taken(routes, cidr, self._entries))
        return tuple(dict.fromkeys(route.target if route and route.active else "" for route in parts))

    # security groups

    @property
    def groups(self) -> tuple[SecurityGroup, ...] | Unknown:
        """The node's own."""
        if isinstance(self.launch.groups, Unknown):
            return self.launch.groups
        return self.named(self.launch.groups)

    def named(self, ids: Iterable[str]) -> tuple[SecurityGroup, ...] | Unknown:
        """The security groups with these ids, whoever they were read for."""
        facts = self.facts
        told = (facts.launches.groups, facts.cluster.groups, facts.endpoints.groups)
        seen = {group.id: group for groups in told if known(groups) for group in groups}
        if known(facts.endpoints.group):
            seen[facts.endpoints.group.id] = facts.endpoints.group
        wanted = tuple(ids)
        unseen = [name for name in wanted if name not in seen]
        if unseen:
            refused = next((one for one in (*told, facts.endpoints.group) if isinstance(one, Unknown)), None)
            return refused or Unknown("ec2:DescribeSecurityGroups", ", ".join(unseen))
        return tuple(seen[name] for name in wanted)

    def leaves(self, to: Peer, port: int, protocol: str = "tcp") -> Admission | Unknown:
        """Whether the node's groups let a connection out."""
        groups, lists = self.groups, self.facts.vpc.prefix_lists
        if isinstance(groups, Unknown):
            return groups
        found = admits(groups, protocol, port, to, egress=True, prefix_lists=self._entries)
        by_list = any(rule.egress and rule.source.startswith("pl-") for group in groups for rule in group.rules)
        return lists if isinstance(lists, Unknown) and by_list and not found.admitted else found

    def enters(self, groups: tuple[SecurityGroup, ...], port: int, protocol: str = "tcp") -> bool | Unknown:
        """Whether these groups let the node in."""
        own, lists = self.launch.groups, self.facts.vpc.prefix_lists
        peer = Peer(self.subnet.cidr, () if isinstance(own, Unknown) else own)
        if admits(groups, protocol, port, peer, prefix_lists=self._entries).admitted:
            return True
        by_list = any(not rule.egress and rule.source.startswith("pl-") for group in groups for rule in group.rules)
        hidden = own if isinstance(own, Unknown) else lists if by_list else None
        return hidden if isinstance(hidden, Unknown) else False

    # network ACLs

    def acl_of(self, subnet: str) -> NetworkAcl | Unknown | None:
        """The network ACL of a subnet; None where none is known, which lets everything pass."""
        acls = self.facts.vpc.network_acls
        return acls if isinstance(acls, Unknown) else next((acl for acl in acls if subnet in acl.subnets), None)

    def passes_out(self, cidr: str, port: int, protocol: str = "tcp") -> Iterator[Finding]:
        """What the ACL of the node's subnet drops of a connection to these addresses."""
        yield from self._passes(self.subnet.id, cidr, port, protocol, outward=True)

    def passes_to(self, subnet: Subnet, port: int) -> Iterator[Finding]:
        """What the ACLs of both subnets drop of a connection into another one; within a subnet none looks."""
        if subnet.id != self.subnet.id:
            yield from self._passes(self.subnet.id, subnet.cidr, port, "tcp", outward=True)
            yield from self._passes(subnet.id, self.subnet.cidr, port, "tcp", outward=False)

    def _passes(self, of: str, cidr: str, port: int, protocol: str, *, outward: bool) -> Iterator[Finding]:
        acl = self.acl_of(of)
        if isinstance(acl, Unknown):
            yield self.hidden(acl)
        elif acl and not _connects(acl.entries, port, cidr, protocol, outward=outward):
            shut = [f"port {port} {'to' if outward else 'from'} {cidr}"]
            yield stop("VPC227", self.where, acl=acl.id, subnet=of, shut=shut, subnets=[self.subnet.id])

    # prefix lists

    def prefix_list(self, service: str) -> PrefixList | None:
        """The prefix list of a service of this region, such as s3."""
        lists = self.facts.vpc.prefix_lists if known(self.facts.vpc.prefix_lists) else ()
        return next((one for one in lists if one.name.endswith(f".{self.facts.account.region}.{service}")), None)

    @property
    def _entries(self) -> dict[str, tuple[str, ...]]:
        lists = self.facts.vpc.prefix_lists if known(self.facts.vpc.prefix_lists) else ()
        return {one.id: tuple(entry for entry in one.entries if ":" not in entry) for one in lists}


def _connects(entries: tuple[AclEntry, ...], port: int, cidr: str, protocol: str, *, outward: bool) -> bool:
    return acl_admits_connection(entries, port, cidr, outward=outward, answers=LINUX_EPHEMERAL, protocol=protocol)
