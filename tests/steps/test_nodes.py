"""The nodes step: the type, the image, the addresses they will take, their stack and what is in it."""

from dataclasses import replace
from typing import Any

import entry_cases
import launching_cases
import managed_cases
import pytest
from article_facts import (
    CLUSTER,
    CONTROL_PLANE_GROUP,
    EMPTY,
    FINISHED,
    HIDDEN,
    INSTANCES,
    M5_LARGE,
    NEWEST_AMI,
    NODE_ROLE_ARN,
    STACK,
    SUBNETS,
    VPC,
    ZONES,
    changed,
    ours,
)
from jmespath import search
from step_cases import USED_VPC, Findings, Plans, call_of, changes, checked, shown, verified, wait_of

from wizard.facts import Ami, Facts, InstanceType, State
from wizard.plan import Ref
from wizard.steps.nodes.check import release_day
from wizard.steps.nodes.limits import quota_of
from wizard.steps.nodes.observe import stack_name

AMI = ("nodes.ami=ami-0bbbbbbbbbbbbbbbb",)
KEY = ("nodes.key_pair=taro",)
# 15 networks of the premises need 4 rules each with a key pair, and 3 without.
SITES = "site.on_premises_cidrs=[" + ", ".join(f"10.{number}.0.0/16" for number in range(15)) + "]"
NO_PROXY = "site.proxy.no_proxy=[" + ", ".join(f"host-{number}.of-the-company.example" for number in range(120)) + "]"


def nodes(base: Facts = EMPTY, **fields: Any) -> Facts:
    """These facts with other facts of the nodes."""
    return changed(base, "nodes", **fields)


def stack(**fields: Any) -> Facts:
    """The finished build with the stack otherwise."""
    return nodes(FINISHED, stack=replace(STACK, **fields))


def image(release: str) -> Facts:
    """An empty account where this release is the image."""
    return nodes(ami=Ami("ami-0bbbbbbbbbbbbbbbb", release))


def small(interfaces: int, addresses: int) -> InstanceType:
    """A type with few addresses."""
    return replace(M5_LARGE, network={"MaximumNetworkInterfaces": interfaces, "Ipv4AddressesPerInterface": addresses})


def crowded(free: int) -> Facts:
    """No nodes yet, in subnets that exist and have together so many addresses left."""
    subnets = (replace(SUBNETS[0], free_addresses=20), replace(SUBNETS[1], free_addresses=free - 20))
    return changed(nodes(FINISHED, stack=None), "vpc", subnets=subnets)


PODS = "NODE604 ok nodes.instance_type"
IMAGE = "NODE610 ok nodes.ami"

CHECKS = (
    Findings("nothing there", EMPTY, (PODS, IMAGE)),
    Findings("all there", FINISHED, (PODS,)),
    Findings("no such type", nodes(instance_type=None), ("NODE601 stop nodes.instance_type", IMAGE)),
    Findings(
        "no such type, and so no image", nodes(instance_type=None, ami=None), ("NODE601 stop nodes.instance_type",)
    ),
    Findings(
        "the type is not in all our zones",
        nodes(instance_type=replace(M5_LARGE, zones=ZONES[1:])),
        ("NODE602 stop nodes.instance_type", PODS, IMAGE),
    ),
    Findings(
        "the type's zones can't be looked at",
        nodes(instance_type=replace(M5_LARGE, zones=HIDDEN)),
        (PODS, IMAGE, "NODE690 unknown nodes.instance_type"),
    ),
    Findings("four pods", nodes(instance_type=small(2, 2)), ("NODE603 warn nodes.instance_type", IMAGE)),
    Findings("eleven pods", nodes(instance_type=small(3, 4)), (PODS, IMAGE)),
    Findings(
        "the desired nodes take more addresses than there are",
        EMPTY,
        ("NODE605 stop nodes.desired", PODS, IMAGE),
        ("nodes.max=100", "nodes.desired=30"),
    ),
    Findings(
        "only the most nodes take more addresses than there are",
        EMPTY,
        (PODS, "NODE606 warn nodes.max", IMAGE),
        ("nodes.max=30",),
    ),
    # Two /24 hold 502 addresses, and an m5.large takes twenty.
    Findings("as many addresses as there are", EMPTY, (PODS, IMAGE), ("nodes.max=25",)),
    Findings(
        "subnets of the company's have too few addresses left for the nodes",
        crowded(39),
        ("NODE605 stop nodes.desired", PODS, IMAGE),
        USED_VPC,
    ),
    Findings(
        "subnets of the company's have too few left for the most nodes",
        crowded(40),
        ("NODE606 warn nodes.max", PODS, IMAGE),
        USED_VPC,
    ),
    Findings("subnets of the company's have enough left", crowded(80), (PODS, IMAGE), USED_VPC),
    Findings(
        "subnets that are there are not judged again",
        changed(FINISHED, "vpc", subnets=tuple(replace(one, free_addresses=0) for one in SUBNETS)),
        (PODS,),
    ),
    Findings("no image for this version", nodes(ami=None), (PODS, "NODE607 stop nodes.ami")),
    Findings("the given image is not there", nodes(ami=None), (PODS, "NODE607 stop nodes.ami"), AMI),
    Findings("an image that sets the proxy too late", image("20251119"), (PODS, "NODE608 stop nodes.ami"), AMI),
    Findings("the first image that does not", image("1.35.0-20251120"), (PODS, IMAGE), AMI),
    Findings("an image that does not tell its release", image(""), (PODS, "NODE609 warn nodes.ami"), AMI),
    Findings("without a proxy any image will do", image("20240101"), (PODS,), ("site.proxy=null", *AMI)),
    Findings("somebody else's stack", stack(ours=False), (PODS, "NODE611 stop nodes")),
    Findings(
        "the stack rolled back",
        stack(status="ROLLBACK_COMPLETE", state=State.FAILED),
        (PODS, IMAGE, "NODE612 note nodes"),
    ),
    Findings(
        "the stack is being deleted",
        stack(status="DELETE_IN_PROGRESS", state=State.DELETING),
        (PODS, IMAGE, "NODE612 note nodes"),
    ),
    Findings("the stack is under way", stack(status="CREATE_IN_PROGRESS", state=State.UNDER_WAY), (PODS,)),
    Findings(
        "the nodes run an older image", stack(parameters={"ImageId": "ami-0old"}), (PODS, "NODE613 note nodes.ami")
    ),
    Findings(
        "the profile wants another type than the nodes have",
        stack(parameters={"InstanceType": "c5.xlarge", "MinSize": "2"}),
        (PODS, "NODE619 warn nodes"),
    ),
    Findings(
        "the stack was made with other sizes",
        stack(parameters={"MinSize": "5", "DesiredSize": "6", "MaxSize": "7"}),
        (PODS, *("NODE619 warn nodes",) * 3),
    ),
    Findings(
        "the stack was made with a size that no profile takes",
        stack(parameters={"VolumeSize": "8"}),
        (PODS, "NODE619 warn nodes"),
    ),
    Findings("the stack does not tell its image", stack(parameters={}), (PODS,)),
    Findings(
        "NO_PROXY is too long for a parameter", EMPTY, (PODS, IMAGE, "NODE614 stop site.proxy.no_proxy"), (NO_PROXY,)
    ),
    Findings(
        "what the template would refuse",
        EMPTY,
        (PODS, IMAGE),
        ("nodes.volume_kms_key=arn:aws:kms:ap-northeast-1:123456789012:alias/eks/nodes", "nodes.key_pair=my key"),
    ),
    Findings("the key pair is not there", nodes(key_pair=False), (PODS, IMAGE, "NODE617 stop nodes.key_pair"), KEY),
    Findings("the key pair is there", nodes(key_pair=True), (PODS, IMAGE), KEY),
    Findings("the key pair no longer matters once the nodes stand", nodes(FINISHED, key_pair=False), (PODS,), KEY),
    Findings("the key pair can't be looked at", nodes(key_pair=HIDDEN), (PODS, IMAGE, "NODE690 unknown nodes"), KEY),
    Findings(
        "more rules than a group takes",
        nodes(key_pair=True),
        (PODS, IMAGE, "NODE618 warn site.on_premises_cidrs"),
        (SITES, *KEY),
    ),
    Findings("as many networks without SSH", EMPTY, (PODS, IMAGE), (SITES,)),
    Findings("the type can't be looked at", nodes(instance_type=HIDDEN), (IMAGE, "NODE690 unknown nodes")),
    Findings("the recommended image can't be looked at", nodes(ami=HIDDEN), (PODS, "NODE690 stop nodes")),
    Findings("the given image can't be looked at", nodes(ami=HIDDEN), (PODS, "NODE690 unknown nodes"), AMI),
    Findings(
        "the image can't be looked at once the nodes stand",
        nodes(FINISHED, ami=HIDDEN),
        (PODS, "NODE690 unknown nodes"),
    ),
    Findings(
        "stack and instances can't be looked at",
        nodes(stack=HIDDEN, instances=HIDDEN),
        (PODS, IMAGE, "NODE690 unknown nodes", "NODE690 unknown nodes"),
    ),
    *managed_cases.CHECKS,
    *launching_cases.CHECKS,
    *entry_cases.CHECKS,
)

VERIFIES = (
    Findings("all run", FINISHED, ("NODE615 ok nodes.desired",)),
    Findings("none runs", EMPTY, ("NODE616 stop nodes.desired",)),
    Findings("one of two runs", nodes(FINISHED, instances=INSTANCES[:1]), ("NODE616 stop nodes.desired",)),
    Findings(
        "the least number is enough",
        nodes(FINISHED, instances=INSTANCES[:1]),
        ("NODE615 ok nodes.desired",),
        ("nodes.min=1",),
    ),
    Findings(
        "one is pending",
        nodes(FINISHED, instances=(INSTANCES[0], replace(INSTANCES[1], state="pending"))),
        ("NODE616 stop nodes.desired",),
    ),
    Findings("they can't be looked at", nodes(FINISHED, instances=HIDDEN), ("NODE690 unknown nodes.desired",)),
    *managed_cases.VERIFIES,
)

ENTRY = "nodes.access-entry create eks.CreateAccessEntry"
MADE = "nodes.stack create cloudformation.CreateStack"
COREDNS = "nodes.addon.coredns create eks.CreateAddon"
ALL_BEFORE = (
    "cluster cluster.addon.kube-proxy cluster.addon.vpc-cni endpoints.ec2 endpoints.ecr.api endpoints.ecr.dkr"
    " endpoints.group endpoints.group.https.10.110.0.0/16 endpoints.s3 endpoints.sts nodes.access-entry role.cluster"
    " role.cluster.policy.AmazonEKSClusterPolicy role.cluster.policy.AmazonEKSServicePolicy role.node"
    " role.node.policy.AmazonEC2ContainerRegistryPullOnly role.node.policy.AmazonEKSWorkerNodePolicy"
    " role.node.policy.AmazonEKS_CNI_Policy security_group security_group.https.10.0.0.0/16 vpc vpc.dns-hostnames"
    " vpc.dns-support vpc.route-table vpc.route-table.association.10.110.3.0/24"
    " vpc.route-table.association.10.110.4.0/24 vpc.route.10.0.0.0/16 vpc.subnet.10.110.3.0/24"
    " vpc.subnet.10.110.4.0/24 vpc.vpn-gateway vpc.vpn-gateway.attachment"
)
NO_NODES = nodes(FINISHED, stack=None, instances=())
NO_ENTRY = changed(NO_NODES, "cluster", access_entries=())
CREATING = changed(
    NO_NODES,
    "cluster",
    cluster=replace(CLUSTER, status="CREATING", state=State.UNDER_WAY, endpoint=None, certificate_authority=None),
    access_entries=(),
    add_ons=(),
)

PLANS = (
    Plans(
        "nothing there",
        EMPTY,
        (f"{ENTRY} < cluster role.node", f"{MADE} < {ALL_BEFORE}", f"{COREDNS} < cluster nodes.stack"),
    ),
    Plans("all there", FINISHED, ()),
    Plans("a VPC of the company's", FINISHED, (), USED_VPC),
    Plans("a group of the company's", FINISHED, (), ("security_group.use=sg-00000000000000002",)),
    Plans(
        "the stack rolled back",
        stack(status="ROLLBACK_COMPLETE", state=State.FAILED),
        (
            "nodes.stack.gone replace cloudformation.DeleteStack",
            f"{MADE} < nodes.stack.gone",
        ),
    ),
    Plans(
        "the stack is being deleted",
        stack(status="DELETE_IN_PROGRESS", state=State.DELETING),
        ("nodes.stack.gone wait nothing", f"{MADE} < nodes.stack.gone"),
    ),
    Plans("somebody else's stack failed", stack(ours=False, status="ROLLBACK_COMPLETE", state=State.FAILED), ()),
    Plans("only the stack is missing", NO_NODES, (MADE,)),
    Plans("the stack and the entry are missing", NO_ENTRY, (ENTRY, f"{MADE} < nodes.access-entry")),
    Plans(
        "the cluster is under way",
        CREATING,
        (
            f"{ENTRY} < cluster",
            f"{MADE} < cluster cluster.addon.kube-proxy cluster.addon.vpc-cni nodes.access-entry",
            f"{COREDNS} < cluster nodes.stack",
        ),
    ),
    Plans(
        "the stack is under way",
        stack(status="CREATE_IN_PROGRESS", state=State.UNDER_WAY),
        ("nodes.stack wait nothing",),
    ),
    Plans(
        "CoreDNS waits for the stack that is under way",
        changed(stack(state=State.UNDER_WAY), "cluster", add_ons=()),
        ("nodes.stack wait nothing", f"{COREDNS} < nodes.stack"),
    ),
    Plans("CoreDNS alone is missing", changed(FINISHED, "cluster", add_ons=()), (COREDNS,)),
    Plans(
        "every add-on that needs nodes waits for them",
        EMPTY,
        (
            f"{ENTRY} < cluster role.node",
            f"{MADE} < {ALL_BEFORE}",
            f"{COREDNS} < cluster nodes.stack",
            "nodes.addon.metrics-server create eks.CreateAddon < cluster nodes.stack",
        ),
        ("cluster.addons=[vpc-cni, kube-proxy, coredns, metrics-server]",),
    ),
    Plans("a newer image changes nothing", stack(parameters={"ImageId": "ami-0old"}), ()),
    Plans("another size changes nothing", FINISHED, (), ("nodes.max=9", "nodes.instance_type=m5.xlarge")),
    *managed_cases.PLANS,
    *entry_cases.PLANS,
)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_check(case: Findings) -> None:
    assert checked("nodes", case) == tuple(sorted(case.found))


@pytest.mark.parametrize("case", VERIFIES, ids=lambda case: case.name)
def test_verify(case: Findings) -> None:
    assert verified("nodes", case) == case.found


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_plan(case: Plans) -> None:
    assert shown(changes("nodes", case)) == case.changes


@pytest.mark.parametrize(
    ("release", "day"),
    [("1.35.2-20260714", 20260714), ("20251120", 20251120), ("", None), ("1.35", None), ("120251120", None)],
)
def test_the_day_of_a_release(release: str, day: int | None) -> None:
    assert release_day(release) == day


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("m5.large", "L-1216C47A"),
        ("t3.micro", "L-1216C47A"),
        ("im4gn.large", "L-1216C47A"),
        ("is4gen.large", "L-1216C47A"),
        ("d3en.xlarge", "L-1216C47A"),
        ("g5.xlarge", "L-DB2E81BA"),
        ("gr6.4xlarge", "L-DB2E81BA"),
        ("vt1.3xlarge", "L-DB2E81BA"),
        ("p5.48xlarge", "L-417A185B"),
        ("f2.6xlarge", "L-74FC7D96"),
        ("inf2.xlarge", "L-1945791B"),
        ("trn1.2xlarge", "L-2C3B7624"),
        ("dl1.24xlarge", "L-6E869C2A"),
        ("hpc7g.4xlarge", "L-F7808C92"),
        ("x2idn.16xlarge", "L-7295265B"),
        ("u-6tb1.56xlarge", "L-43DA4232"),
        ("u7i-12tb.224xlarge", "L-43DA4232"),
        ("mac2.metal", None),
    ],
)
def test_the_quota_of_a_type(kind: str, code: str | None) -> None:
    assert quota_of(kind) == code


def parameters(facts: Facts, *settings: str) -> dict[str, Any]:
    """The stack's parameters by name."""
    call = call_of("nodes", "nodes.stack", Plans("", facts, (), settings))
    return {one["ParameterKey"]: one["ParameterValue"] for one in call.params["Parameters"]}


def test_what_only_the_running_plan_knows_reaches_the_stack_as_refs() -> None:
    found = parameters(EMPTY)
    assert {name: value for name, value in found.items() if isinstance(value, Ref)} == {
        "ApiServerEndpoint": Ref("cluster", "cluster.endpoint"),
        "CertificateAuthorityData": Ref("cluster", "cluster.certificateAuthority.data"),
        "ControlPlaneSecurityGroup": Ref("security_group", "SecurityGroups[0].GroupId"),
        "VpcId": Ref("vpc", "Vpcs[0].VpcId"),
        "Subnets": Ref("cluster", "join(',', cluster.resourcesVpcConfig.subnetIds)"),
    }


def test_what_is_known_reaches_the_stack_as_it_is() -> None:
    found = parameters(NO_NODES)
    boundary, no_proxy = found.pop("MimeBoundary"), found.pop("NoProxy")
    assert len(boundary) == 32
    assert no_proxy.startswith("localhost,127.0.0.1,")
    assert found == {
        "ClusterName": "eksCluster",
        "ApiServerEndpoint": CLUSTER.endpoint,
        "CertificateAuthorityData": CLUSTER.certificate_authority,
        "ServiceCidr": "172.20.0.0/16",
        "ControlPlaneSecurityGroup": CONTROL_PLANE_GROUP.id,
        "NodeRoleName": "eksNodeRole",
        "VpcId": VPC.id,
        "Subnets": ",".join(one.id for one in SUBNETS),
        "ImageId": NEWEST_AMI.id,
        "InstanceType": "m5.large",
        "DesiredSize": "2",
        "MinSize": "2",
        "MaxSize": "4",
        "VolumeSize": "20",
        "VolumeKmsKey": "",
        "KeyName": "",
        "HttpProxy": "http://proxy.example.internal:8080",
    }


KMS = "arn:aws:kms:ap-northeast-1:123456789012:key/0000"


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("nodes.key_pair=taro", "KeyName", "taro"),
        (f"nodes.volume_kms_key={KMS}", "VolumeKmsKey", KMS),
        ("nodes.volume_size=50", "VolumeSize", "50"),
        ("nodes.max=9", "MaxSize", "9"),
        ("role.node.use=arn:aws:iam::123456789012:role/platform/theirs", "NodeRoleName", "theirs"),
        ("site.proxy=null", "HttpProxy", ""),
        ("site.proxy=null", "NoProxy", ""),
    ],
)
def test_answers_reach_the_stack(setting: str, name: str, value: str) -> None:
    assert parameters(EMPTY, setting)[name] == value


def test_a_given_image_that_can_not_be_looked_at_is_used_as_given() -> None:
    assert parameters(nodes(ami=HIDDEN), *AMI)["ImageId"] == "ami-0bbbbbbbbbbbbbbbb"


def test_the_service_cidr_is_the_clusters_own_where_it_has_one() -> None:
    facts = changed(NO_NODES, "cluster", cluster=replace(CLUSTER, service_cidr="10.100.0.0/16"))
    assert parameters(facts)["ServiceCidr"] == "10.100.0.0/16"


def test_the_boundary_is_equal_for_equal_plans_and_follows_the_user_data() -> None:
    assert parameters(EMPTY)["MimeBoundary"] == parameters(EMPTY)["MimeBoundary"]
    assert parameters(EMPTY)["MimeBoundary"] != parameters(EMPTY, "site.proxy=null")["MimeBoundary"]


@pytest.mark.parametrize(("settings", "there"), [((), False), (KEY, True)])
def test_ssh_is_admitted_from_the_premises_with_a_key_pair_only(settings: tuple[str, ...], there: bool) -> None:
    template = call_of("nodes", "nodes.stack", Plans("", EMPTY, (), settings)).params["TemplateBody"]
    assert '"10.0.0.0/16"' in template
    assert ("FromPort: 22\n" in template) == there


def test_the_stack_is_tagged_and_may_make_an_instance_profile() -> None:
    params = call_of("nodes", "nodes.stack", Plans("", EMPTY, (), ("tags.Department=network",))).params
    assert {tag["Key"]: tag["Value"] for tag in params["Tags"]} == {**ours("nodes.stack"), "Department": "network"}
    assert params["Capabilities"] == ["CAPABILITY_IAM"]


@pytest.mark.parametrize(("cluster", "stack"), [("eksCluster", "eksCluster-nodes"), ("a_b", "a-b-nodes")])
def test_stacks_have_no_underscore(cluster: str, stack: str) -> None:
    assert stack_name(cluster) == stack


def test_the_access_entry_is_for_the_nodes_role() -> None:
    assert call_of("nodes", "nodes.access-entry", Plans("", NO_ENTRY, ())).params == {
        "clusterName": "eksCluster",
        "principalArn": NODE_ROLE_ARN,
        "type": "EC2_LINUX",
        "tags": ours("nodes.access-entry"),
    }


def test_the_stacks_failure_is_told_by_its_events() -> None:
    wait = wait_of("nodes", "nodes.stack", Plans("", EMPTY, ()))
    assert [read.operation for read in wait.evidence] == ["DescribeStackEvents"]
    events = [
        {"LogicalResourceId": "LaunchTemplate", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "no"},
        {"LogicalResourceId": "InstanceProfile", "ResourceStatus": "CREATE_COMPLETE"},
        {"LogicalResourceId": "NodeGroup", "ResourceStatus": "CREATE_FAILED"},
    ]
    assert search(wait.reasons or "", {"evidence": [{"StackEvents": events}]}) == [
        "LaunchTemplate CREATE_FAILED no",
        "NodeGroup CREATE_FAILED ",
    ]
