"""Reads what carries the tags of a profile's cluster, and what stands in it that does not. Only reads.

Nothing is remembered from the build: AWS and the tags are the truth, whoever made what and whenever it was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from wizard import kubeconfig
from wizard.answer_types import Create, VpnGateway
from wizard.doors import Doors, together
from wizard.facts import AccountFacts, Unknown
from wizard.plan import CHANGE_TAG, CLUSTER_TAG
from wizard.profile import Profile
from wizard.steps.ec2 import DELETING, GONE, tag_map
from wizard.steps.nodes.observe import NODE_GROUP_NAME, stack_name

# EC2's kinds of things that we tag: our word for it, the operation and the list that tell them, their id, the filter
# that selects those of a VPC, and the VPC's attachments among them.
KINDS = {
    "subnet": ("DescribeSubnets", "Subnets", "SubnetId", "vpc-id"),
    "route table": ("DescribeRouteTables", "RouteTables", "RouteTableId", "vpc-id"),
    "security group": ("DescribeSecurityGroups", "SecurityGroups", "GroupId", "vpc-id"),
    "VPC endpoint": ("DescribeVpcEndpoints", "VpcEndpoints", "VpcEndpointId", "vpc-id"),
    "VPN gateway": ("DescribeVpnGateways", "VpnGateways", "VpnGatewayId", "attachment.vpc-id"),
    "transit gateway attachment": (
        "DescribeTransitGatewayVpcAttachments",
        "TransitGatewayVpcAttachments",
        "TransitGatewayAttachmentId",
        "vpc-id",
    ),
}
# What others may have put into our VPC, beside those: load balancers, NAT gateways and the like have interfaces.
VISITORS = {
    "network interface": ("DescribeNetworkInterfaces", "NetworkInterfaces", "NetworkInterfaceId", "vpc-id"),
    "instance": ("DescribeInstances", "Reservations", "InstanceId", "vpc-id"),
    "internet gateway": ("DescribeInternetGateways", "InternetGateways", "InternetGatewayId", "attachment.vpc-id"),
    "network ACL": ("DescribeNetworkAcls", "NetworkAcls", "NetworkAclId", "vpc-id"),
}
LIVING = ("pending", "running", "stopping", "stopped")


@dataclass(frozen=True)
class Thing:
    """One thing at AWS. ``change`` is the change that made it, ``name`` what people know it by; both may be empty.

    ``vpc`` is the VPC that it is attached to, of a gateway.
    """

    kind: str
    id: str
    change: str = ""
    name: str = ""
    deleting: bool = False
    vpc: str = ""


@dataclass(frozen=True)
class Made:
    """What a look found.

    ``ours`` carries both tags; ``foreign`` stands in one of ours and is somebody else's, with the thing that it stands
    in; ``left`` is used by the profile and not ours; ``untold`` is what AWS would not tell. ``protected`` is the ARN of
    our cluster where it has deletion protection. ``kubeconfig`` is the file that has an entry for the cluster.
    """

    account: AccountFacts
    cluster_arn: str
    ours: tuple[Thing, ...] = ()
    foreign: tuple[tuple[Thing, Thing], ...] = ()
    left: tuple[Thing, ...] = ()
    untold: tuple[Unknown, ...] = ()
    protected: bool = False
    kubeconfig: str | None = None


def observe(doors: Doors, profile: Profile, account: AccountFacts) -> Made:
    """One look at all that the profile may have made. Raises CloudError where AWS can't be asked at all."""
    return _Look(doors, profile, account).made()


class _Look:
    """The reads of one look; ``untold`` gathers what AWS refuses to tell."""

    def __init__(self, doors: Doors, profile: Profile, account: AccountFacts) -> None:
        self.doors = doors
        self.profile = profile
        self.account = account
        self.name = profile.cluster.name
        self.stack = stack_name(self.name)
        self.untold: list[Unknown] = []
        self.left: list[Thing] = []
        self.protected = False

    def made(self) -> Made:
        tagged, cluster, groups, stack, roles = together(
            self._tagged,
            self._of_cluster,
            self._node_groups,
            self._stack,
            lambda: [*self._role("cluster"), *self._role("node")],
        )
        tagged += self._rules_elsewhere({thing.id for thing in tagged})
        vpcs = [thing for thing in tagged if thing.kind == "VPC"]
        visits = [visit for vpc in vpcs for visit in self._in_vpc(vpc, tagged)]
        untagged = [thing for _, thing in visits if thing.change]
        foreign = [visit for visit in visits if not visit[1].change]
        foreign += [(one, group) for one in cluster if one.kind == "cluster" for group in groups if not group.change]
        foreign += [visit for group in tagged if group.kind == "security group" for visit in self._rules(group)]
        gateways = [thing for thing in tagged if thing.kind == "VPN gateway"]
        foreign += [visit for gateway in gateways for visit in self._connections(gateway)]
        arn = f"arn:{self.account.partition}:eks:{self.account.region}:{self.account.id}:cluster/{self.name}"
        theirs = any(thing.kind == "cluster" for thing in self.left)
        return Made(
            account=self.account,
            cluster_arn=arn,
            ours=(*cluster, *(group for group in groups if group.change), *stack, *tagged, *untagged, *roles),
            foreign=tuple(foreign),
            left=tuple(self.left),
            untold=tuple(dict.fromkeys(self.untold)),
            protected=self.protected,
            kubeconfig=None if theirs else self._kubeconfig(arn),
        )

    def _see(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        answer = self.doors.cloud.see(service, operation, **params)
        if isinstance(answer, Unknown):
            self.untold.append(answer)
            return {}
        return answer or {}

    def _change(self, tags: Mapping[str, str]) -> str:
        """The change that made a thing with these tags; empty where it is not ours."""
        return tags.get(CHANGE_TAG, "") if tags.get(CLUSTER_TAG) == self.name else ""

    def _tags(self) -> list[dict[str, Any]]:
        return [
            {"Name": f"tag:{CLUSTER_TAG}", "Values": [self.name]},
            {"Name": "tag-key", "Values": [CHANGE_TAG]},
        ]

    def _tagged(self) -> list[Thing]:
        filters = self._tags()
        kinds = {"VPC": ("DescribeVpcs", "Vpcs", "VpcId", ""), **KINDS}
        found = together(*(partial(self._things, kind, about, filters) for kind, about in kinds.items()))
        # What the nodes' stack made carries its tags, too, and goes with it.
        return [thing for things in found for thing, tags in things if thing.change and not self._of_stack(tags)]

    def _rules_elsewhere(self, groups: set[str]) -> list[Thing]:
        """Our rules in security groups that are not ours; those in ours go with their group."""
        rules = self._see("ec2", "DescribeSecurityGroupRules", Filters=self._tags()).get("SecurityGroupRules", [])
        return [
            Thing("security group rule", rule["SecurityGroupRuleId"], self._change(_tags(rule)), rule["GroupId"])
            for rule in rules
            if rule["GroupId"] not in groups
        ]

    def _of_stack(self, tags: Mapping[str, str]) -> bool:
        return tags.get("aws:cloudformation:stack-name") == self.stack

    def _things(
        self, kind: str, about: tuple[str, str, str, str], filters: list[dict[str, Any]]
    ) -> list[tuple[Thing, dict[str, str]]]:
        operation, key, identity, _ = about
        things = self._see("ec2", operation, Filters=filters).get(key, [])
        if kind == "instance":
            things = [instance for reservation in things for instance in reservation["Instances"]]
        return [
            (self._thing(kind, identity, thing), _tags(thing)) for thing in things if _state(thing).lower() not in GONE
        ]

    def _thing(self, kind: str, identity: str, thing: Mapping[str, Any]) -> Thing:
        tags = _tags(thing)
        attached = [one["VpcId"] for one in thing.get("VpcAttachments", []) if one["State"] != "detached"]
        return Thing(
            kind=kind,
            id=thing[identity],
            change=self._change(tags),
            name=thing.get("GroupName") or thing.get("Description") or tags.get("Name", ""),
            deleting=_state(thing).lower() in DELETING,
            vpc=attached[0] if attached else "",
        )

    def _in_vpc(self, vpc: Thing, tagged: list[Thing]) -> Iterator[tuple[Thing, Thing]]:
        """What stands in our VPC without our tags; what goes with the VPC all the same names a change."""
        known = {thing.id for thing in tagged}
        kinds = {**KINDS, **VISITORS}
        found = together(
            *(
                partial(self._raw, kind, about, [{"Name": about[3], "Values": [vpc.id]}])
                for kind, about in kinds.items()
            )
        )
        connect = self.profile.vpc.create.connect if isinstance(self.profile.vpc, Create) else None
        given = connect.vpn_gateway if isinstance(connect, VpnGateway) else None
        for kind, things in zip(kinds, found, strict=True):
            for thing in things:
                seen = self._thing(kind, kinds[kind][2], thing)
                if seen.id in known or _state(thing).lower() in GONE | DELETING:
                    continue
                if kind == "VPN gateway" and seen.id == given:
                    # The attachment has no tags. It is the profile's, on a VPC that was made for it; the gateway stays.
                    self.left.append(seen)
                    if seen.vpc == vpc.id:
                        yield vpc, Thing("VPN gateway attachment", seen.id, "vpc.vpn-gateway.attachment", vpc=vpc.id)
                elif kind == "network interface" and self._is_left_over(thing):
                    yield vpc, replace(seen, change=f"nodes.network-interface.{seen.id}")
                elif not self._belongs(kind, thing):
                    yield vpc, seen

    def _raw(self, kind: str, about: tuple[str, str, str, str], filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        things: list[dict[str, Any]] = self._see("ec2", about[0], Filters=filters).get(about[1], [])
        if kind == "instance":
            return [one for group in things for one in group["Instances"] if one["State"]["Name"] in LIVING]
        return things

    def _belongs(self, kind: str, thing: Mapping[str, Any]) -> bool:
        """Whether a thing without our tags is a part of what we made: AWS's own, the cluster's or the stack's."""
        tags = _tags(thing)
        if self._of_stack(tags):
            return True
        match kind:
            case "instance":
                # With a node group of others' its instances are told as well; ours has this name.
                return (tags.get("eks:cluster-name"), tags.get("eks:nodegroup-name")) == (self.name, NODE_GROUP_NAME)
            case "route table":
                return any(one.get("Main") for one in thing.get("Associations", []))
            case "network ACL":
                return bool(thing.get("IsDefault"))
            case "security group":
                # EKS makes one for each cluster, and takes it away with it.
                of_cluster = thing["GroupName"].startswith(f"eks-cluster-sg-{self.name}-")
                return bool(thing["GroupName"] == "default" or of_cluster)
            case "network interface":
                # An endpoint's and an instance's are told with the endpoint and the instance.
                return (
                    thing.get("InterfaceType") == "vpc_endpoint"
                    or "InstanceId" in thing.get("Attachment", {})
                    or thing.get("Description") == f"Amazon EKS {self.name}"
                )
        return False

    def _is_left_over(self, interface: Mapping[str, Any]) -> bool:
        """Whether the VPC CNI of our cluster left it behind when its node went (amazon-vpc-cni-k8s issue 608)."""
        of_cluster = _tags(interface).get("cluster.k8s.amazonaws.com/name") == self.name
        return of_cluster and interface.get("Status") == "available"

    def _rules(self, group: Thing) -> Iterator[tuple[Thing, Thing]]:
        """The rules in a group of ours that neither we nor the stack nor AWS made."""
        filters = [{"Name": "group-id", "Values": [group.id]}]
        rules = self._see("ec2", "DescribeSecurityGroupRules", Filters=filters).get("SecurityGroupRules", [])
        named = sorted({rule.get("ReferencedGroupInfo", {}).get("GroupId", "") for rule in rules} - {"", group.id})
        ours = set()
        if named:
            groups = self._things("security group", KINDS["security group"], [{"Name": "group-id", "Values": named}])
            ours = {one.id for one, tags in groups if one.change or self._of_stack(tags)}
        for rule in rules:
            source = rule.get("ReferencedGroupInfo", {}).get("GroupId", "")
            all_out = rule["IsEgress"] and rule["IpProtocol"] == "-1"
            if not (self._change(_tags(rule)) or all_out or source in ours):
                about = source or rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId", "")
                yield group, Thing("rule", rule["SecurityGroupRuleId"], name=about)

    def _connections(self, gateway: Thing) -> Iterator[tuple[Thing, Thing]]:
        filters = [{"Name": "vpn-gateway-id", "Values": [gateway.id]}]
        for one in self._see("ec2", "DescribeVpnConnections", Filters=filters).get("VpnConnections", []):
            if one["State"].lower() not in GONE | DELETING:
                yield gateway, Thing("VPN connection", one["VpnConnectionId"], name=_tags(one).get("Name", ""))

    def _of_cluster(self) -> list[Thing]:
        cluster = self._see("eks", "DescribeCluster", name=self.name).get("cluster")
        if not cluster:
            return []
        change = self._change(cluster.get("tags", {}))
        deleting = cluster["status"] == "DELETING"
        thing = Thing("cluster", self.name, change, deleting=deleting)
        if not change:
            self.left.append(thing)
            return []
        self.protected = bool(cluster.get("deletionProtection"))
        if deleting or cluster["status"] == "CREATING":
            return [thing]
        return [*self._add_ons(), *self._entries(cluster), thing]

    def _add_ons(self) -> Iterator[Thing]:
        for name in self._see("eks", "ListAddons", clusterName=self.name).get("addons", []):
            add_on = self._see("eks", "DescribeAddon", clusterName=self.name, addonName=name).get("addon", {})
            if change := self._change(add_on.get("tags", {})):
                yield Thing("add-on", name, change, deleting=add_on["status"] == "DELETING")

    def _entries(self, cluster: Mapping[str, Any]) -> Iterator[Thing]:
        if cluster.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP") == "CONFIG_MAP":
            # EKS refuses to speak of access entries in that mode, and there are none.
            return
        for arn in self._see("eks", "ListAccessEntries", clusterName=self.name).get("accessEntries", []):
            answer = self._see("eks", "DescribeAccessEntry", clusterName=self.name, principalArn=arn)
            if change := self._change(answer.get("accessEntry", {}).get("tags", {})):
                yield Thing("access entry", arn, change)

    def _node_groups(self) -> list[Thing]:
        """The cluster's managed node groups, whoever made them: EKS deletes no cluster that has one."""
        found: list[Thing] = []
        for name in self._see("eks", "ListNodegroups", clusterName=self.name).get("nodegroups", []):
            answer = self._see("eks", "DescribeNodegroup", clusterName=self.name, nodegroupName=name)
            if group := answer.get("nodegroup"):
                change = self._change(group.get("tags", {}))
                found.append(Thing("node group", name, change, deleting=group["status"] == "DELETING"))
        return found

    def _stack(self) -> list[Thing]:
        stacks = self._see("cloudformation", "DescribeStacks", StackName=self.stack).get("Stacks", [])
        found: list[Thing] = []
        for stack in stacks:
            status = stack["StackStatus"]
            if status == "DELETE_COMPLETE":
                continue
            change = self._change(_tags(stack))
            thing = Thing("stack", stack["StackName"], change, deleting=status == "DELETE_IN_PROGRESS")
            (found if change else self.left).append(thing)
        return found

    def _role(self, which: str) -> Iterator[Thing]:
        answer = getattr(self.profile.role, which)
        name = answer.create if isinstance(answer, Create) else answer.use.rsplit("/", 1)[1]
        role = self._see("iam", "GetRole", RoleName=name).get("Role")
        if not role:
            return
        thing = Thing("role", name, self._change(_tags(role)))
        if not thing.change:
            self.left.append(thing)
            return
        attached = self._see("iam", "ListAttachedRolePolicies", RoleName=name).get("AttachedPolicies", [])
        for policy in attached:
            change = f"{thing.change}.policy.{policy['PolicyName']}"
            yield Thing("role policy", policy["PolicyArn"], change, name)
        yield thing

    def _kubeconfig(self, arn: str) -> str | None:
        named = self.profile.kubeconfig.path
        file = Path(named).expanduser() if named else kubeconfig.path(self.doors.machine.environment, cluster=arn)
        try:
            text = kubeconfig.read(file)
            found = text is not None and kubeconfig.without(text, arn, self.profile.kubeconfig.context or arn, file)
        except (OSError, kubeconfig.KubeconfigError):
            # A file that can't be read has no entry of ours that could be told from others'.
            return None
        return str(file) if found else None


def _state(thing: Mapping[str, Any]) -> str:
    state = thing.get("State", "")
    return str(state["Name"] if isinstance(state, Mapping) else state)


def _tags(thing: Mapping[str, Any]) -> dict[str, str]:
    return tag_map(thing) or {tag["Key"]: tag["Value"] for tag in thing.get("TagSet", [])}
