"""A cluster that stands, with nodes that join it: the article's, seen as ``check --cluster`` sees it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from article_facts import (
    CLUSTER,
    CONTROL_PLANE_GROUP,
    ENDPOINTS,
    FINISHED,
    M5_LARGE,
    NODE_POLICIES,
    NODE_ROLE_ARN,
    REGION,
    SUBNETS,
    TABLE,
    VPC,
)

from wizard.facts import (
    AccessEntry,
    AclEntry,
    Ami,
    ClusterFacts,
    Facts,
    Instance,
    Launch,
    LaunchFacts,
    NetworkAcl,
    PrefixList,
    Role,
    Rule,
    SecurityGroup,
)
from wizard.user_data import mime, node_config

PROXY: Final = "http://10.0.9.9:3128"
NO_PROXY: Final = (
    "169.254.169.254", "10.110.0.0/16", "172.20.0.0/16", ".eks.amazonaws.com", f"ec2.{REGION}.amazonaws.com",
    f"api.ecr.{REGION}.amazonaws.com", f".dkr.ecr.{REGION}.amazonaws.com", f".s3.{REGION}.amazonaws.com",
)  # fmt: skip
S3_LIST: Final = PrefixList("pl-00000001", f"com.amazonaws.{REGION}.s3", ("52.219.0.0/20", "3.5.152.0/21"))
EVERYTHING: Final = Rule("sgr-out", True, "-1", None, "0.0.0.0/0")
NODES: Final = "sg-000000000000000aa"
AMONG_NODES: Final = Rule("sgr-self", False, "-1", None, NODES)
FROM_CONTROL_PLANE: Final = Rule("sgr-plane", False, "tcp", (1025, 65535), CONTROL_PLANE_GROUP.id)
NODE_GROUP: Final = SecurityGroup(NODES, "nodes", VPC.id, (EVERYTHING, AMONG_NODES, FROM_CONTROL_PLANE))
FROM_NODES: Final = Rule("sgr-in", False, "tcp", (443, 443), NODE_GROUP.id)
CLUSTER_GROUP: Final = SecurityGroup("sg-000000000000000ee", "eks-cluster-sg-eksCluster-1", VPC.id, (EVERYTHING,))
OPEN_ACL: Final = NetworkAcl(
    "acl-1",
    tuple(subnet.id for subnet in SUBNETS),
    (AclEntry(100, True, True, "-1", None, "0.0.0.0/0"), AclEntry(100, False, True, "-1", None, "0.0.0.0/0")),
)
MADE: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROLE: Final = Role(
    NODE_ROLE_ARN, "eksNodeRole", "/", ("ec2.amazonaws.com",), NODE_POLICIES,
    created_at=MADE, allowed=("ec2:*", "ecr:*"),
)  # fmt: skip
AMI: Final = Ami(
    "ami-0aaaaaaaaaaaaaaaa", "1.35-20260714", "x86_64", "amazon-eks-node-al2023-x86_64-standard-1.35-v20260714"
)


def user_data(proxy: str | None = PROXY, no_proxy: tuple[str, ...] = NO_PROXY, **changes: str) -> str:
    """User data for the cluster, with these fields in place of its own; one that is empty is left out."""
    said = {
        "name": CLUSTER.name,
        "apiServerEndpoint": CLUSTER.endpoint or "",
        "certificateAuthority": CLUSTER.certificate_authority or "",
        "cidr": CLUSTER.service_cidr or "",
        **changes,
    }
    config = node_config(
        cluster_name=said["name"],
        api_server_endpoint=said["apiServerEndpoint"],
        certificate_authority=said["certificateAuthority"],
        service_cidr=said["cidr"],
        http_proxy=proxy,
        no_proxy=no_proxy,
    )
    config["spec"]["cluster"] = {name: value for name, value in config["spec"]["cluster"].items() if value}
    return mime(json.loads(json.dumps(config)), "boundary")


LAUNCH: Final = Launch(
    name="nodes-asg",
    kind="Auto Scaling group",
    subnets=tuple(subnet.id for subnet in SUBNETS),
    groups=(NODE_GROUP.id,),
    role=ROLE,
    image=AMI,
    instance_type=M5_LARGE,
    user_data=user_data(),
    hop_limit=2,
    desired=2,
    instances=tuple(
        Instance(
            f"i-{number:017x}", "running", subnet.zone, f"ip-10-110-{3 + number}-10.{REGION}.compute.internal", AMI.id
        )
        for number, subnet in enumerate(SUBNETS)
    ),
)
STANDING: Final[Facts] = replace(
    FINISHED,
    vpc=replace(FINISHED.vpc, network_acls=(OPEN_ACL,), prefix_lists=(S3_LIST,)),
    cluster=ClusterFacts(
        cluster=CLUSTER,
        access_entries=(AccessEntry(NODE_ROLE_ARN, "EC2_LINUX", (), MADE),),
        add_ons=FINISHED.cluster.add_ons,
        groups=(replace(CONTROL_PLANE_GROUP, rules=(*CONTROL_PLANE_GROUP.rules, FROM_NODES)), CLUSTER_GROUP),
    ),
    launches=LaunchFacts((LAUNCH,), (NODE_GROUP,)),
)


def without_endpoint(suffix: str, facts: Facts = STANDING) -> Facts:
    """The facts without the endpoint of this service."""
    kept = tuple(one for one in ENDPOINTS if one.suffix != suffix)
    return replace(facts, endpoints=replace(facts.endpoints, endpoints=kept))


def with_endpoint(suffix: str, **changes: Any) -> Facts:
    """The facts with the endpoint of this service changed."""
    changed = tuple(replace(one, **changes) if one.suffix == suffix else one for one in ENDPOINTS)
    return replace(STANDING, endpoints=replace(STANDING.endpoints, endpoints=changed))


def with_routes(*routes: Any) -> Facts:
    """The facts with these routes in the nodes' table."""
    tables = (replace(TABLE, routes=routes),)
    return replace(STANDING, vpc=replace(STANDING.vpc, route_tables=tables))
