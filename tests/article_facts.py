"""What AWS says to the article's profile: in an empty account, and where the build is finished."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from wizard.facts import (
    AccessEntry,
    AccountFacts,
    AddOn,
    Ami,
    Cluster,
    ClusterFacts,
    ClusterVersion,
    Endpoint,
    EndpointFacts,
    Facts,
    Gateway,
    Instance,
    InstanceType,
    KubeconfigFacts,
    Node,
    NodeFacts,
    Role,
    RoleFacts,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    SecurityGroupFacts,
    ServiceOffer,
    Stack,
    State,
    Subnet,
    Unknown,
    Vpc,
    VpcFacts,
    Zone,
)
from wizard.profile import Profile, load

ARTICLE: Final[Profile] = load(Path(__file__).parents[1] / "profiles" / "article.yaml")

ACCOUNT: Final = "123456789012"
REGION: Final = "ap-northeast-1"
ZONES: Final = ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")
OPERATOR: Final = f"arn:aws:sts::{ACCOUNT}:assumed-role/network-operator/taro"
ADMIN: Final = f"arn:aws:iam::{ACCOUNT}:role/KubernetesAdministrator"
ADMIN_POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
CLUSTER_ARN: Final = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/eksCluster"
NODE_ROLE_ARN: Final = f"arn:aws:iam::{ACCOUNT}:role/eksNodeRole"
NEWEST_AMI: Final = Ami("ami-0aaaaaaaaaaaaaaaa", "1.35.2-20261110")

HIDDEN: Final = Unknown("service:Operation", "not authorized")


def ours(change: str) -> dict[str, str]:
    """The tags by which the wizard finds again what this change made."""
    return {"eks-wizard:cluster": "eksCluster", "eks-wizard:change": change}


def policies(*names: str) -> tuple[str, ...]:
    """The ARNs of AWS managed policies."""
    return tuple(f"arn:aws:iam::aws:policy/{name}" for name in names)


CLUSTER_POLICIES: Final = policies("AmazonEKSClusterPolicy", "AmazonEKSServicePolicy")
NODE_POLICIES: Final = policies(
    "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"
)


def offer(suffix: str, *private_dns_names: str, kinds: tuple[str, ...] = ("Interface",)) -> ServiceOffer:
    """An endpoint service that the region has in all its zones."""
    return ServiceOffer(suffix, f"com.amazonaws.{REGION}.{suffix}", kinds, ZONES, private_dns_names)


OFFERS: Final = {
    "ec2": offer("ec2", f"ec2.{REGION}.amazonaws.com"),
    "ecr.api": offer("ecr.api", f"api.ecr.{REGION}.amazonaws.com"),
    "ecr.dkr": offer("ecr.dkr", f"dkr.ecr.{REGION}.amazonaws.com", f"*.dkr.ecr.{REGION}.amazonaws.com"),
    "s3": offer("s3", f"s3.{REGION}.amazonaws.com", kinds=("Gateway", "Interface")),
    "sts": offer("sts", f"sts.{REGION}.amazonaws.com"),
}

VERSIONS: Final = (
    ClusterVersion("1.36", "STANDARD_SUPPORT", False, date(2027, 8, 2), date(2028, 8, 2)),
    ClusterVersion("1.35", "STANDARD_SUPPORT", True, date(2027, 3, 27), date(2028, 3, 27)),
    ClusterVersion("1.34", "STANDARD_SUPPORT", False, date(2026, 12, 2), date(2027, 12, 2)),
    ClusterVersion("1.33", "EXTENDED_SUPPORT", False, date(2026, 7, 29), date(2027, 7, 29)),
)

# NetworkInfo of m5.large as DescribeInstanceTypes gives it, in part.
M5_LARGE: Final = InstanceType(
    name="m5.large",
    architectures=("x86_64",),
    vcpus=2,
    memory_mib=8192,
    network={
        "DefaultNetworkCardIndex": 0,
        "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 3}],
        "MaximumNetworkInterfaces": 3,
        "Ipv4AddressesPerInterface": 10,
    },
    zones=ZONES,
)

EMPTY: Final = Facts(
    account=AccountFacts(
        at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
        id=ACCOUNT,
        arn=OPERATOR,
        region=REGION,
        partition="aws",
        zones=(
            Zone("ap-northeast-1a", "apne1-az4"),
            Zone("ap-northeast-1c", "apne1-az1"),
            Zone("ap-northeast-1d", "apne1-az2"),
            Zone("ap-northeast-1-tpe-1a", "apne1-tpe1-az1", "local-zone"),
        ),
    ),
    role=RoleFacts(
        policies=dict.fromkeys((*CLUSTER_POLICIES, *NODE_POLICIES), True),
        service_linked={"AWSServiceRoleForAmazonEKS": True, "AWSServiceRoleForAutoScaling": True},
    ),
    endpoints=EndpointFacts(offers=OFFERS),
    cluster=ClusterFacts(versions=VERSIONS),
    nodes=NodeFacts(instance_type=M5_LARGE, newest_ami=NEWEST_AMI, ami=NEWEST_AMI),
    kubeconfig=KubeconfigFacts(path="/home/taro/.kube/config", aws_cli=True),
)


def role(name: str, change: str, service: str, carries: tuple[str, ...]) -> Role:
    """A role as the wizard makes it."""
    return Role(f"arn:aws:iam::{ACCOUNT}:role/{name}", name, "/", (service,), carries, tags=ours(change))


def subnet(number: int, zone: str, zone_id: str, cidr: str) -> Subnet:
    """A subnet as the wizard makes it, with some addresses taken."""
    identity = f"subnet-{number:017x}"
    return Subnet(identity, VPC.id, zone, zone_id, cidr, 240, State.USABLE, ours(f"vpc.subnet.{cidr}"))


VPC: Final = Vpc(
    id="vpc-00000000000000001",
    cidrs=("10.110.0.0/16",),
    state=State.USABLE,
    name="eksCluster",
    dns_support=True,
    dns_hostnames=True,
    tags=ours("vpc"),
)
SUBNETS: Final = (
    subnet(1, "ap-northeast-1a", "apne1-az4", "10.110.3.0/24"),
    subnet(2, "ap-northeast-1c", "apne1-az1", "10.110.4.0/24"),
)
GATEWAY: Final = Gateway("vgw-00000000000000001", State.USABLE, attached=State.USABLE, tags=ours("vpc.vpn-gateway"))
MAIN_TABLE: Final = RouteTable("rtb-000000000000000ff", True, (), (Route("10.110.0.0/16", "local"),))
TABLE: Final = RouteTable(
    id="rtb-00000000000000001",
    main=False,
    subnets=tuple(one.id for one in SUBNETS),
    routes=(Route("10.110.0.0/16", "local"), Route("10.0.0.0/16", GATEWAY.id)),
    tags=ours("vpc.route-table"),
)


def group(number: int, name: str, change: str, *sources: str) -> SecurityGroup:
    """A security group as the wizard makes it: 443 from these, and AWS's rule for everything outwards."""
    rules = [
        Rule(f"sgr-{number:08x}{index:09x}", False, "tcp", (443, 443), source) for index, source in enumerate(sources)
    ]
    everything = Rule(f"sgr-{number:08x}fffffffff", True, "-1", None, "0.0.0.0/0")
    return SecurityGroup(f"sg-{number:017x}", name, VPC.id, (*rules, everything), ours(change))


ENDPOINT_GROUP: Final = group(1, "eksCluster-endpoints", "endpoints.group", "10.110.0.0/16")
CONTROL_PLANE_GROUP: Final = group(2, "eksCluster-control-plane", "security_group", "10.0.0.0/16")


def endpoint(number: int, suffix: str) -> Endpoint:
    """An endpoint as the wizard makes it."""
    gateway = suffix == "s3"
    return Endpoint(
        id=f"vpce-{number:017x}",
        suffix=suffix,
        kind="Gateway" if gateway else "Interface",
        state=State.USABLE,
        subnets=() if gateway else tuple(one.id for one in SUBNETS),
        route_tables=(TABLE.id,) if gateway else (),
        groups=() if gateway else (ENDPOINT_GROUP.id,),
        private_dns=not gateway,
        tags=ours(f"endpoints.{suffix}"),
    )


ENDPOINTS: Final = tuple(endpoint(number, suffix) for number, suffix in enumerate(OFFERS, start=1))

CLUSTER: Final = Cluster(
    name="eksCluster",
    arn=CLUSTER_ARN,
    status="ACTIVE",
    state=State.USABLE,
    version="1.35",
    role=f"arn:aws:iam::{ACCOUNT}:role/eksClusterRole",
    vpc_id=VPC.id,
    subnets=tuple(one.id for one in SUBNETS),
    groups=(CONTROL_PLANE_GROUP.id,),
    security_group="sg-000000000000000ee",
    endpoint=f"https://0123456789ABCDEF0123456789ABCDEF.gr7.{REGION}.eks.amazonaws.com",
    certificate_authority="LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==",
    service_cidr="172.20.0.0/16",
    public_access=False,
    private_access=True,
    authentication="API_AND_CONFIG_MAP",
    support="STANDARD",
    deletion_protection=False,
    logs=(),
    tags=ours("cluster"),
)
ADD_ONS: Final = tuple(
    AddOn(name, "v1.2.3-eksbuild.1", "ACTIVE", State.USABLE) for name in ("vpc-cni", "kube-proxy", "coredns")
)
STACK: Final = Stack(
    name="eksCluster-nodes",
    id=f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/eksCluster-nodes/00000000-0000-0000-0000-000000000001",
    status="CREATE_COMPLETE",
    state=State.USABLE,
    reason="",
    ours=True,
    parameters={"ImageId": NEWEST_AMI.id, "ClusterName": "eksCluster"},
)
INSTANCES: Final = tuple(
    Instance(f"i-{number:017x}", "running", one.zone, f"ip-10-110-{3 + number}-10.{REGION}.compute.internal", "ami-0")
    for number, one in enumerate(SUBNETS)
)
NODES: Final = tuple(
    Node(one.private_dns_name, True, "", (), "v1.35.2-eks-1", datetime(2026, 11, 23, 8, 30, tzinfo=UTC))
    for one in INSTANCES
)

FINISHED: Final = replace(
    EMPTY,
    role=replace(
        EMPTY.role,
        cluster=role("eksClusterRole", "role.cluster", "eks.amazonaws.com", CLUSTER_POLICIES),
        node=role("eksNodeRole", "role.node", "ec2.amazonaws.com", NODE_POLICIES),
    ),
    vpc=VpcFacts(vpc=VPC, subnets=SUBNETS, route_tables=(MAIN_TABLE, TABLE), gateway=GATEWAY),
    endpoints=EndpointFacts(offers=OFFERS, endpoints=ENDPOINTS, group=ENDPOINT_GROUP),
    security_group=SecurityGroupFacts(CONTROL_PLANE_GROUP),
    cluster=ClusterFacts(
        versions=VERSIONS,
        cluster=CLUSTER,
        access_entries=(AccessEntry(NODE_ROLE_ARN, "EC2_LINUX", ()),),
        add_ons=ADD_ONS,
    ),
    nodes=replace(EMPTY.nodes, stack=STACK, instances=INSTANCES),
    kubeconfig=replace(EMPTY.kubeconfig, entry_current=True, nodes=NODES),
)


def changed(facts: Facts, step: str, **fields: Any) -> Facts:
    """The facts with these fields of one step's."""
    return replace(facts, **{step: replace(getattr(facts, step), **fields)})
