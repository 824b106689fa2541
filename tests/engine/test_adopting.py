"""A company's own VPC, with what is in it, is used: what is wrong is mended by changes of their own, and stays."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from builders import PROFILES, builds_once

from wizard import engine
from wizard.events import Failed
from wizard.findings import Severity
from wizard.mending import taken
from wizard.plan import Plan
from wizard.profile import with_settings
from wizard.training import staging

PROFILE = "adopt-existing-vpc.yaml"
PREMISES = "10.0.0.0/16"
# What the seed's calls make, always by these names.
VPC = "vpc-4283fefc63f0cd0e8"
SUBNETS = ("subnet-122b598615dcbe810", "subnet-74bf20f876ffc474c")
TABLE = "rtb-793cf4220c917b853"
GROUP = "sg-eee65f53e9421ce50"


@pytest.fixture
def operator(builder: Callable[..., Any], account: Any) -> Any:
    """Who carries out the profile in an account that holds its seed."""
    found = builder(PROFILE)
    staging.plant(account.endpoint_url, PROFILES / "seeds" / PROFILE)
    return found


def ids(plan: Plan) -> set[str]:
    return {change.id for change in plan.changes if change.step in ("vpc", "endpoints")}


def test_a_company_s_vpc_is_mended_and_used(operator: Any, account: Any) -> None:
    view = operator.look()
    assert not [finding for finding in view.findings if finding.severity == "stop"]
    assert ids(view.plan) == {
        *(f"vpc.subnet-tags.{subnet}" for subnet in SUBNETS),
        f"vpc.route.{TABLE}.{PREMISES}",
        "endpoints.ec2.subnets",
        "endpoints.ec2.private-dns",
        "endpoints.s3.route-tables",
        f"endpoints.https.{GROUP}.10.110.3.0/24",
        f"endpoints.https.{GROUP}.10.110.4.0/24",
        "endpoints.group",
        "endpoints.group.https.10.110.0.0/16",
        "endpoints.ecr.dkr",
        "endpoints.sts",
    }

    builds_once(operator, account)


def test_a_second_vpn_gateway_is_told_before_aws_refuses_it(operator: Any, account: Any) -> None:
    ec2 = account.client("ec2")
    there = ec2.describe_vpn_gateways()["VpnGateways"][0]["VpnGatewayId"]
    other = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    account.settled()
    with pytest.raises(ClientError, match="AttachmentLimitExceeded"):
        ec2.attach_vpn_gateway(VpcId=VPC, VpnGatewayId=other)

    operator.profile = with_settings(operator.profile, ("vpc.use.connect={vpn_gateway: create}",))
    [told] = [finding for finding in operator.look().findings if finding.severity is Severity.STOP]

    assert (told.code, told.about["there"]) == ("VPC234", there)
    operator.profile = taken(operator.profile, told.offer)
    assert not operator.look().stops


def test_a_company_s_transit_gateway_is_used_as_it_is_attached(operator: Any, account: Any) -> None:
    """AWS makes no second attachment of a VPC to a transit gateway; the one that stands is used, whoever made it."""
    ec2 = account.client("ec2")
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    account.settled()
    attachment = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=transit, VpcId=VPC, SubnetIds=SUBNETS[:1])
    identity = attachment["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    account.settled()
    with pytest.raises(ClientError, match="DuplicateTransitGatewayAttachment"):
        ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=transit, VpcId=VPC, SubnetIds=SUBNETS[1:])
    operator.profile = with_settings(operator.profile, (f"vpc.use.connect={{transit_gateway: {transit}}}",))

    [told] = [finding for finding in operator.look().findings if finding.severity is Severity.STOP]
    assert (told.code, told.about["zones"]) == ("VPC235", ["ap-northeast-1c"])
    ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=identity, AddSubnetIds=SUBNETS[1:])
    view = operator.look(until="vpc")
    assert not view.stops
    assert "vpc.transit-gateway.attachment" not in {change.id for change in view.plan.changes}
    assert f"vpc.route.{TABLE}.{PREMISES}" in {change.id for change in view.plan.changes}
    assert not [event for event in operator.build(until="vpc") if isinstance(event, Failed)]
    assert operator.look(until="vpc").plan.changes == ()


def test_an_acl_for_private_addresses_shuts_s3_out(operator: Any, account: Any) -> None:
    assert not operator.look().stops
    ec2 = account.client("ec2")
    of_vpc = [{"Name": "vpc-id", "Values": [VPC]}]
    [acl] = ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"]
    for egress in (False, True):
        entry = {"NetworkAclId": acl["NetworkAclId"], "RuleNumber": 100, "Egress": egress, "Protocol": "-1"}
        ec2.replace_network_acl_entry(**entry, RuleAction="allow", CidrBlock="10.0.0.0/8")
    account.settled()

    told = [finding for finding in operator.look().findings if finding.severity is Severity.STOP]
    assert {finding.code for finding in told} == {"VPC227"}
    assert {finding.about["subnet"] for finding in told} == set(SUBNETS)
    s3 = [{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{account.region}.s3"]}]
    [addresses] = ec2.describe_prefix_lists(Filters=s3)["PrefixLists"]
    assert addresses["Cidrs"]
    for finding in told:
        assert finding.about["shut"] == [f"port 443 to {cidr} (S3)" for cidr in addresses["Cidrs"]]

    account.faults({"operation": "DescribePrefixLists", "what": "refuse"})
    found = {finding.code: finding for finding in operator.look().findings if finding.code.startswith("VPC2")}
    assert "VPC227" not in found
    assert found["VPC290"].about["action"] == "ec2:DescribePrefixLists"


def test_a_company_s_prefix_list_is_read(operator: Any, account: Any) -> None:
    """The way to the premises and the endpoints' rules are written for a list of the company's."""
    ec2 = account.client("ec2")
    made = ec2.create_managed_prefix_list(
        PrefixListName="private", MaxEntries=3, AddressFamily="IPv4", Entries=[{"Cidr": "10.0.0.0/8"}]
    )["PrefixList"]["PrefixListId"]
    account.settled()
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": made}]}
    ec2.authorize_security_group_ingress(GroupId=GROUP, IpPermissions=[https])
    gateway = ec2.describe_vpn_gateways()["VpnGateways"][0]["VpnGatewayId"]
    ec2.create_route(RouteTableId=TABLE, DestinationPrefixListId=made, GatewayId=gateway)
    account.settled()

    planned = ids(operator.look().plan)

    assert f"vpc.route.{TABLE}.{PREMISES}" not in planned
    assert not [change for change in planned if change.startswith("endpoints.https.")]
    account.faults({"operation": "GetManagedPrefixListEntries", "what": "refuse"})
    view = operator.look()
    hidden = {(finding.code, finding.about.get("action")) for finding in view.findings if finding.severity == "unknown"}
    assert ("END390", "ec2:GetManagedPrefixListEntries") in hidden
    assert [change for change in ids(view.plan) if change.startswith("endpoints.https.")]


def test_undo_leaves_what_is_the_company_s(operator: Any, account: Any) -> None:
    ec2 = account.client("ec2")
    before = {one["VpcEndpointId"] for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    assert len(before) == 3
    operator.build()

    plan = engine.look_to_undo(operator.doors, operator.profile).plan
    stop = threading.Event()
    events = list(engine.take_back(operator.doors, operator.profile, plan, operator.journal, stop))

    assert not [event for event in events if isinstance(event, Failed)]
    assert ec2.describe_vpcs(VpcIds=[VPC])["Vpcs"]
    left = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [VPC]}])["VpcEndpoints"]
    living = {one["VpcEndpointId"] for one in left if one["State"].lower() not in ("deleted", "deleting")}
    assert living == before
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [GROUP]}])
    assert not [rule for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]


def test_what_of_the_company_s_carries_our_group_stops_an_undo(operator: Any, account: Any) -> None:
    operator.build(until="security_group")
    ec2 = account.client("ec2")
    mine = [{"Name": "tag:eks-wizard:change", "Values": ["security_group"]}]
    [group] = ec2.describe_security_groups(Filters=mine)["SecurityGroups"]
    assert not engine.look_to_undo(operator.doors, operator.profile).stops
    subnet = operator.look().network.subnets[0].id
    made = ec2.create_network_interface(SubnetId=subnet, Groups=[group["GroupId"]], Description="db")
    account.settled()
    found = engine.look_to_undo(operator.doors, operator.profile).findings
    [told] = [one for one in found if one.code == "UNDO801"]
    assert (told.about["id"], told.about["place"]) == (
        made["NetworkInterface"]["NetworkInterfaceId"],
        f"security group {group['GroupId']}",
    )


def test_a_company_s_cluster_that_knows_only_the_config_map_takes_nodes(operator: Any, account: Any) -> None:
    operator.build(until="security_group")
    ec2, eks = account.client("ec2"), account.client("eks")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["eksCluster-control-plane"]}])
    group = groups["SecurityGroups"][0]["GroupId"]
    eks.create_cluster(
        name="eksCluster",
        roleArn=account.client("iam").get_role(RoleName="eksClusterRole")["Role"]["Arn"],
        resourcesVpcConfig={
            "subnetIds": list(SUBNETS),
            "securityGroupIds": [group],
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        kubernetesNetworkConfig={"serviceIpv4Cidr": "172.20.0.0/16"},
        accessConfig={"authenticationMode": "CONFIG_MAP"},
        upgradePolicy={"supportType": "STANDARD"},
    )
    while eks.describe_cluster(name="eksCluster")["cluster"]["status"] != "ACTIVE":
        account.pass_time(60)

    found = {finding.code: finding.severity for finding in operator.look().findings}
    assert (found["CLU519"], found["CLU520"]) == (Severity.NOTE, Severity.WARN)
    assert Severity.STOP not in found.values()
    events = operator.build()

    assert not [event for event in events if isinstance(event, Failed)]
    mode = eks.describe_cluster(name="eksCluster")["cluster"]["accessConfig"]["authenticationMode"]
    assert mode == "API_AND_CONFIG_MAP"
    assert not operator.look().plan.changes
    # The cluster is its creator's: this operator is not let in to see the nodes.
    hidden = {one.code: one for one in operator.verify().findings if one.severity is not Severity.OK}
    assert set(hidden) == {"KUBE716", "KUBE719"}
    assert (hidden["KUBE716"].severity, hidden["KUBE716"].about["cause"]) == (Severity.UNKNOWN, "no_entry")
