"""What can be picked, read over HTTP from an account that has something of each kind."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from wizard import live_choices
from wizard.cloud import CloudError
from wizard.doors import Doors
from wizard.facts import Unknown

EVIL = "<b>{0}</b>[red] \N{SNOWMAN}"
TAGGED = [{"Key": "Name", "Value": EVIL}]


@pytest.fixture
def doors(builder: Callable[..., Any]) -> Doors:
    found: Doors = builder().doors
    return found


class Picking:
    """An operator who looks at one step's questions."""

    def __init__(self, account: Any, doors: Doors, step: str, answers: dict[str, str] | None = None) -> None:
        self.step, self.answers = step, answers or {}
        before = len(account.calls())
        self.observed = live_choices.observe(step, doors, account.region, self.answers)
        made = account.calls()[before:]
        self.calls = {f"{call['service']}:{call['operation']}" for call in made}
        assert not [call for call in made if call["write"]]

    def found(self, path: str) -> dict[str, tuple[tuple[str, ...], str]]:
        """Cells and the key of why not, by value."""
        choices = live_choices.choices(self.step, path, self.observed, self.answers)
        assert isinstance(choices, tuple), choices
        return {one.value: (one.about, one.why_not.key if one.why_not else "") for one in choices}


def test_regions_are_known_without_a_call(account: Any, doors: Doors) -> None:
    picking = Picking(account, doors, "account")
    assert {"ap-northeast-1", "us-east-1"} <= set(picking.found("account.region"))
    assert picking.calls == set()


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_roles_and_boundaries(account: Any, doors: Doors) -> None:
    iam = account.client("iam")
    roles = {
        name: iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust(service))["Role"]["Arn"]
        for name, path, service in (("one", "/a/", "eks.amazonaws.com"), ("two", "/", "ec2.amazonaws.com"))
    }
    iam.create_service_linked_role(AWSServiceName="eks.amazonaws.com")
    nothing = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    boundary = iam.create_policy(PolicyName="bound", PolicyDocument=nothing)["Policy"]["Arn"]
    account.settled()

    picking = Picking(account, doors, "role")

    clusters, nodes = picking.found("role.cluster.use"), picking.found("role.node.use")
    assert clusters[roles["one"]] == (("one", "/a/", "eks.amazonaws.com"), "")
    assert clusters[roles["two"]][1] == "not_trusting"
    assert nodes[roles["two"]] == (("two", "/", "ec2.amazonaws.com"), "")
    assert next(iter(nodes)) == roles["two"]
    assert not [arn for arn in clusters if "/aws-service-role/" in arn]
    assert picking.found("role.permissions_boundary") == {boundary: (("bound", "0"), "")}
    assert picking.calls == {"iam:ListRoles", "iam:ListPolicies"}


def test_more_roles_than_a_page_holds(account: Any, doors: Doors) -> None:
    iam = account.client("iam")
    for number in range(105):
        iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=trust("eks.amazonaws.com"))
    account.settled()
    found = Picking(account, doors, "role").found("role.cluster.use")
    assert sum(not why_not for _, why_not in found.values()) == 105
    assert len([call for call in account.calls() if call["operation"] == "ListRoles"]) > 1


def make_vpc(account: Any, cidr: str) -> tuple[str, str]:
    """A VPC with one subnet."""
    ec2 = account.client("ec2")
    tags = [{"ResourceType": "vpc", "Tags": TAGGED}]
    vpc = ec2.create_vpc(CidrBlock=cidr, TagSpecifications=tags)["Vpc"]["VpcId"]
    account.settled()
    zone = f"{account.region}a"
    tags = [{"ResourceType": "subnet", "Tags": TAGGED}]
    subnet = ec2.create_subnet(
        VpcId=vpc, CidrBlock=cidr.replace("/16", "/24"), AvailabilityZone=zone, TagSpecifications=tags
    )
    account.settled()
    return vpc, subnet["Subnet"]["SubnetId"]


def test_networks(account: Any, doors: Doors) -> None:
    ec2 = account.client("ec2")
    one, in_one = make_vpc(account, "10.1.0.0/16")
    two, in_two = make_vpc(account, "10.2.0.0/16")
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    transit = ec2.create_transit_gateway(Description="hub")["TransitGateway"]["TransitGatewayId"]
    account.settled()
    ec2.attach_vpn_gateway(VpcId=two, VpnGatewayId=gateway)
    account.settled()

    picking = Picking(account, doors, "vpc", {"vpc": "use", "vpc.use.id": one})

    vpcs = picking.found("vpc.use.id")
    assert vpcs[one] == ((EVIL, "10.1.0.0/16", ""), "")
    assert [about[2] for about, _ in vpcs.values()].count("default") == 1
    zone = ec2.describe_subnets(SubnetIds=[in_one])["Subnets"][0]
    cells = (EVIL, zone["AvailabilityZone"], zone["AvailabilityZoneId"], "10.1.0.0/24", "251")
    assert picking.found("vpc.use.subnets") == {in_one: (cells, "")}
    assert f"{account.region}a" in picking.found("vpc.create.subnets.zone")
    attached = picking.found("vpc.use.connect.vpn_gateway")
    assert list(attached) == ["create", gateway]
    assert (attached[gateway][0][2], attached[gateway][1]) == (two, "attached_elsewhere")
    assert picking.found("vpc.create.connect.vpn_gateway")[gateway][1] == "attached_elsewhere"
    owner = account.client("sts").get_caller_identity()["Account"]
    about, why_not = picking.found("vpc.use.connect.transit_gateway")[transit]
    assert (about[0], about[2], why_not) == ("hub", owner, "")
    everywhere = Picking(account, doors, "vpc")
    assert {in_one, in_two} <= set(everywhere.found("vpc.use.subnets"))
    assert live_choices.choices("vpc", "vpc.use.subnets", picking.observed, {"vpc.use.id": two}) is None
    chosen = live_choices.choices("vpc", "vpc.use.subnets", everywhere.observed, {"vpc.use.id": two})
    assert isinstance(chosen, tuple)
    assert [one.value for one in chosen] == [in_two]


@pytest.mark.parametrize(
    ("step", "path"), [("security_group", "security_group.use"), ("endpoints", "endpoints.security_group.use")]
)
def test_security_groups(account: Any, doors: Doors, step: str, path: str) -> None:
    ec2 = account.client("ec2")
    vpc, _ = make_vpc(account, "10.1.0.0/16")
    made = {
        name: ec2.create_security_group(GroupName=name, Description=f"for {name}", VpcId=vpc)["GroupId"]
        for name in ("web", "eks-cluster-sg-one-1")
    }
    account.settled()

    found = Picking(account, doors, step, {"vpc": "use", "vpc.use.id": vpc}).found(path)

    assert found[made["web"]] == (("web", "for web", vpc), "")
    assert found[made["eks-cluster-sg-one-1"]][1] == "group_of_eks"
    assert sorted(why_not for _, why_not in found.values()) == ["", "default_group", "group_of_eks"]
    assert len(Picking(account, doors, step).found(path)) > 3
    fresh = Picking(account, doors, step, {"vpc": "create"})
    assert fresh.found(path) == {}
    assert "ec2:DescribeSecurityGroups" not in fresh.calls


def test_endpoint_services(account: Any, doors: Doors) -> None:
    found = Picking(account, doors, "endpoints").found("endpoints.services")
    assert list(found)[:5] == ["ec2", "ecr.api", "ecr.dkr", "s3", "sts"]
    assert len(found) > 200
    assert found["s3"][0][:2] == ("Gateway, Interface", "3")
    assert found["ecr.api"] == (("Interface", "3", "nodes sign in to pull images"), "")


def test_cluster(account: Any, doors: Doors) -> None:
    iam = account.client("iam")
    role = iam.create_role(RoleName="one", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))["Role"]["Arn"]
    user = iam.create_user(UserName="ada", Path="/people/")["User"]["Arn"]
    account.settled()

    picking = Picking(account, doors, "cluster")

    versions = picking.found("cluster.version")
    assert [about[3] for about, _ in versions.values()].count("default") == 1
    assert all(about[0] and about[1].startswith("20") for about, _ in versions.values())
    admins = picking.found("cluster.admins")
    assert admins[role] == (("role", "one", "/"), "")
    assert admins[user] == (("user", "ada", "/people/"), "")
    add_ons = picking.found("cluster.addons")
    assert {"vpc-cni", "kube-proxy", "coredns"} <= set(add_ons)
    assert all(about[1].startswith("v") for about, _ in add_ons.values())


def test_nodes(account: Any, doors: Doors) -> None:
    ec2 = account.client("ec2")
    ec2.create_key_pair(KeyName="mine", KeyType="ed25519")
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/nodes", TargetKeyId=key)
    _, subnet = make_vpc(account, "10.1.0.0/16")
    account.settled()

    picking = Picking(account, doors, "nodes", {"vpc": "use", "vpc.use.subnets": subnet})

    types = picking.found("nodes.instance_type")
    assert next(iter(types)) == "m5.large"
    assert types["m5.large"] == (("2", "8", "x86_64", "29"), "")
    assert types["m7g.xlarge"][0][2] == "arm64"
    assert types["t3.nano"][1] == "few_pods"
    assert types["mac1.metal"][1] == "architecture"
    there = {
        one["InstanceType"]
        for page in ec2.get_paginator("describe_instance_type_offerings").paginate(
            LocationType="availability-zone", Filters=[{"Name": "location", "Values": [f"{account.region}a"]}]
        )
        for one in page["InstanceTypeOfferings"]
    }
    assert {name for name, (_, why_not) in types.items() if why_not == "not_in_zones"} == {
        name for name, (about, _) in types.items() if name not in there and "mac" not in about[2]
    }
    assert picking.found("nodes.key_pair") == {"mine": (("ed25519",), "")}
    arn, (cells, why_not) = next(iter(picking.found("nodes.volume_kms_key").items()))
    assert arn.endswith(":alias/nodes")
    assert (cells, why_not) == (("alias/nodes", key), "")


# What each question cannot be told without, besides what only says why not.
READS = {
    "role.cluster.use": "iam:ListRoles",
    "role.node.use": "iam:ListRoles",
    "role.permissions_boundary": "iam:ListPolicies",
    "vpc.use.id": "ec2:DescribeVpcs",
    "vpc.use.subnets": "ec2:DescribeSubnets",
    "vpc.use.connect.vpn_gateway": "ec2:DescribeVpnGateways",
    "vpc.use.connect.transit_gateway": "ec2:DescribeTransitGateways",
    "vpc.create.subnets.zone": "ec2:DescribeAvailabilityZones",
    "vpc.create.connect.vpn_gateway": "ec2:DescribeVpnGateways",
    "vpc.create.connect.transit_gateway": "ec2:DescribeTransitGateways",
    "endpoints.services": "ec2:DescribeVpcEndpointServices",
    "endpoints.security_group.use": "ec2:DescribeSecurityGroups",
    "security_group.use": "ec2:DescribeSecurityGroups",
    "cluster.version": "eks:DescribeClusterVersions",
    "cluster.admins": "iam:ListUsers",
    "cluster.addons": "eks:DescribeAddonVersions",
    "nodes.instance_type": "ec2:DescribeInstanceTypes",
    "nodes.key_pair": "ec2:DescribeKeyPairs",
    "nodes.volume_kms_key": "kms:ListAliases",
}


def refuse(account: Any, action: str) -> None:
    service, operation = action.split(":")
    account.faults({"service": service, "operation": operation, "times": None, "what": "refuse"})


@pytest.mark.parametrize(
    "step",
    # The nodes' many reads of thousands of types take long.
    [pytest.param(name, marks=pytest.mark.long if name == "nodes" else ())
     for name in live_choices.STEPS if name != "account"],
)  # fmt: skip
def test_what_is_refused_is_unknown_and_the_rest_is_told(account: Any, doors: Doors, step: str) -> None:
    paths = list(live_choices.STEPS[step].CHOICES)
    for action in sorted({READS[path] for path in paths}):
        refuse(account, action)
        observed = live_choices.observe(step, doors, account.region, {})
        for path in paths:
            found = live_choices.choices(step, path, observed, {})
            # Without the versions there is no default one to list add-ons for.
            if READS[path] == action or (action, path) == ("eks:DescribeClusterVersions", "cluster.addons"):
                assert isinstance(found, Unknown), (action, path)
                assert found.action == action
                assert found.why
            else:
                assert isinstance(found, tuple), (action, path)
    assert account.writes() == []


@pytest.mark.parametrize("action", ["ec2:DescribeInstanceTypeOfferings", "ec2:DescribeSubnets"])
def test_types_are_told_although_their_zones_are_not(account: Any, doors: Doors, action: str) -> None:
    _, subnet = make_vpc(account, "10.1.0.0/16")
    refuse(account, action)
    types = Picking(account, doors, "nodes", {"vpc": "use", "vpc.use.subnets": subnet}).found("nodes.instance_type")
    assert types["m5.large"][1] == ""
    assert "not_in_zones" not in {why_not for _, why_not in types.values()}


def test_a_question_without_choices_reads_nothing(account: Any, doors: Doors) -> None:
    assert Picking(account, doors, "kubeconfig").observed is None
    assert account.calls() == []


def test_without_credentials_nothing_is_unknown(account: Any, doors: Doors) -> None:
    account.faults({"what": "error", "status": 403, "code": "ExpiredToken", "times": None})
    with pytest.raises(CloudError):
        live_choices.observe("vpc", doors, account.region, {})
