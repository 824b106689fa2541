"""A company's own VPC, with what is in it, is used: what is wrong is mended by changes of their own, and stays."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from article_facts import ARTICLE

from wizard import engine
from wizard.events import Failed
from wizard.findings import Severity
from wizard.plan import Plan
from wizard.profile import with_settings

REGION = "ap-northeast-1"
PREMISES = "10.0.0.0/16"


@dataclass(frozen=True)
class Company:
    """What a company has already: a VPC with a VPN, and half of the endpoints, two of them wrong."""

    vpc: str
    subnets: tuple[str, ...]
    table: str
    gateway: str
    group: str
    endpoints: Mapping[str, str]

    @property
    def settings(self) -> tuple[str, ...]:
        subnets = ", ".join(self.subnets)
        return (f"vpc.use={{id: {self.vpc}, subnets: [{subnets}], connect: {{vpn_gateway: {self.gateway}}}}}",)


@pytest.fixture
def company(account: Any) -> Company:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    subnets = tuple(
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for cidr, zone in (("10.110.3.0/24", f"{REGION}a"), ("10.110.4.0/24", f"{REGION}c"))
    )
    account.settled()
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    account.settled()
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    account.settled()
    ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    group = ec2.create_security_group(GroupName="company", Description="endpoints", VpcId=vpc)["GroupId"]
    account.settled()

    def endpoint(service: str, **params: Any) -> str:
        made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", **params)
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    interface = {"VpcEndpointType": "Interface", "SecurityGroupIds": [group]}
    endpoints = {
        # In one of two zones, without private DNS, and its group admits nobody.
        "ec2": endpoint("ec2", SubnetIds=[subnets[0]], PrivateDnsEnabled=False, **interface),
        "ecr.api": endpoint("ecr.api", SubnetIds=list(subnets), PrivateDnsEnabled=True, **interface),
        "s3": endpoint("s3", VpcEndpointType="Gateway"),
    }
    account.settled()
    return Company(vpc, subnets, table, gateway, group, endpoints)


def ids(plan: Plan) -> set[str]:
    return {change.id for change in plan.changes if change.step in ("vpc", "endpoints")}


def test_a_company_s_vpc_is_mended_and_used(builder: Callable[..., Any], account: Any, company: Company) -> None:
    operator = builder(with_settings(ARTICLE, company.settings))
    view = operator.look()
    assert not [finding for finding in view.findings if finding.severity == "stop"]
    assert ids(view.plan) == {
        *(f"vpc.subnet-tags.{subnet}" for subnet in company.subnets),
        f"vpc.route.{company.table}.{PREMISES}",
        "endpoints.ec2.subnets",
        "endpoints.ec2.private-dns",
        "endpoints.s3.route-tables",
        f"endpoints.https.{company.group}.10.110.3.0/24",
        f"endpoints.https.{company.group}.10.110.4.0/24",
        "endpoints.group",
        "endpoints.group.https.10.110.0.0/16",
        "endpoints.ecr.dkr",
        "endpoints.sts",
    }

    events = operator.build()

    assert not [event for event in events if isinstance(event, Failed)]
    assert not operator.look().plan.changes
    view = operator.verify()
    assert not [finding for finding in view.findings if finding.severity is not Severity.OK]
    assert all(node.ready for node in view.facts.kubeconfig.nodes)
    before = account.calls()[-1]["number"]
    assert operator.build() == []
    assert account.writes(after=before) == []


def test_undo_leaves_what_is_the_company_s(builder: Callable[..., Any], account: Any, company: Company) -> None:
    ec2 = account.client("ec2")
    operator = builder(with_settings(ARTICLE, company.settings))
    operator.build()

    plan = engine.look_to_undo(operator.doors, operator.profile).plan
    stop = threading.Event()
    events = list(engine.take_back(operator.doors, operator.profile, plan, operator.journal, stop))

    assert not [event for event in events if isinstance(event, Failed)]
    assert ec2.describe_vpcs(VpcIds=[company.vpc])["Vpcs"]
    left = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [company.vpc]}])["VpcEndpoints"]
    living = {one["VpcEndpointId"] for one in left if one["State"].lower() not in ("deleted", "deleting")}
    assert living == set(company.endpoints.values())
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [company.group]}])
    assert not [rule for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]


def test_a_company_s_cluster_that_knows_only_the_config_map_takes_nodes(
    builder: Callable[..., Any], account: Any, company: Company
) -> None:
    first = builder(with_settings(ARTICLE, company.settings))
    first.build(until="security_group")
    ec2, eks = account.client("ec2"), account.client("eks")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["eksCluster-control-plane"]}])
    group = groups["SecurityGroups"][0]["GroupId"]
    eks.create_cluster(
        name="eksCluster",
        roleArn=account.client("iam").get_role(RoleName="eksClusterRole")["Role"]["Arn"],
        resourcesVpcConfig={
            "subnetIds": list(company.subnets),
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

    operator = builder(with_settings(ARTICLE, company.settings))
    found = {finding.code: finding.severity for finding in operator.look().findings}
    assert (found["CLU519"], found["CLU520"]) == (Severity.NOTE, Severity.WARN)
    assert Severity.STOP not in found.values()
    events = operator.build()

    assert not [event for event in events if isinstance(event, Failed)]
    mode = eks.describe_cluster(name="eksCluster")["cluster"]["accessConfig"]["authenticationMode"]
    assert mode == "API_AND_CONFIG_MAP"
    assert not operator.look().plan.changes
    # The cluster is its creator's: this operator is not let in to see the nodes.
    (hidden,) = [finding for finding in operator.verify().findings if finding.severity is not Severity.OK]
    assert (hidden.code, hidden.severity, hidden.about["rung"]) == ("KUBE705", Severity.UNKNOWN, "authentication")
