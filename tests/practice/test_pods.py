"""What kubectl shows of kube-system, for the ways in which a boot ends."""

from dataclasses import replace

import pytest
from boot_cases import AROUND, MACHINE, NODE_GROUP, ROLE, SUBNET, machine, with_cluster, without

from wizard.practice.boot.fleet import Booted
from wizard.practice.boot.sequence import boot
from wizard.practice.boot.snapshot import Machine, Surroundings
from wizard.practice.eks.state import Cluster
from wizard.practice.kubernetes import logs, pods, tables
from wizard.practice.kubernetes.status import StatusError

CLUSTER = Cluster("eksCluster", "ap-northeast-1", {"arn": "arn:aws:eks:::cluster/eksCluster"}, {}, "", "", 0.0)
BARE = replace(CLUSTER, asked={"bootstrapSelfManagedAddons": False})


def shown(cluster: Cluster, *nodes: Booted) -> list[tuple[str, str, str]]:
    """Application, READY and STATUS of each pod."""
    rows = tables.table("Pod", pods.kube_system(cluster, list(nodes)), "1")["rows"]
    return [(row["cells"][0].rsplit("-", 1)[0].removesuffix("-node"), *row["cells"][1:3]) for row in rows]


def booted(node: Machine = MACHINE, around: Surroundings = AROUND, elapsed: float = 1000.0) -> Booted:
    return Booted(node, boot(node, around), "ap-northeast-1a", 0.0, elapsed)


def by_app(cluster: Cluster, *nodes: Booted) -> dict[str, str]:
    return {name.partition("-")[0]: f"{ready} {status}" for name, ready, status in shown(cluster, *nodes)}


PENDING = "0/1 Pending"


@pytest.mark.parametrize(
    ("node", "aws", "proxy", "coredns"),
    [
        (booted(), "2/2 Running", "1/1 Running", "1/1 Running"),
        (booted(elapsed=40.0), "0/2 Init:0/1", "1/1 Running", PENDING),
        (booted(around=without("s3")), "0/2 Init:ImagePullBackOff", "0/1 ImagePullBackOff", PENDING),
        (
            booted(machine(role=replace(ROLE, allowed=("ec2:DescribeInstances", "ecr:*")))),
            "1/2 CrashLoopBackOff",
            "1/1 Running",
            PENDING,
        ),
        (
            booted(machine(subnet=replace(SUBNET, free_addresses=0))),
            "2/2 Running",
            "1/1 Running",
            "0/1 ContainerCreating",
        ),
    ],
    ids=["Ready", "not yet", "no layers", "no rights", "no addresses"],
)
def test_what_kubectl_shows(node: Booted, aws: str, proxy: str, coredns: str) -> None:
    assert by_app(CLUSTER, node) == {"aws": aws, "kube": proxy, "coredns": coredns}


def test_a_cluster_without_add_ons_has_no_pods() -> None:
    assert shown(BARE, booted(around=with_cluster(network_plugin=False))) == []


def test_why_a_pod_waits_is_said() -> None:
    [aws, proxy, coredns, _] = pods.kube_system(CLUSTER, [booted(around=without("ecr.dkr"))])
    message = aws["status"]["initContainerStatuses"][0]["state"]["waiting"]["message"]
    assert message.startswith(
        'Back-off pulling image "602401143452.dkr.ecr.ap-northeast-1.amazonaws.com/amazon-k8s-cni'
    )
    assert "failed to do request: Head" in message
    assert [each["state"]["waiting"]["reason"] for each in aws["status"]["containerStatuses"]] == [
        "PodInitializing"
    ] * 2
    assert proxy["status"]["phase"] == "Pending"
    assert "untolerated taint" in coredns["status"]["conditions"][0]["message"]


def test_a_node_without_addresses_says_so_on_its_console() -> None:
    found = boot(machine(subnet=replace(SUBNET, free_addresses=0)), AROUND)
    assert found.outcome == "Ready"
    assert "failed to assign an IP address to container" in "\n".join(found.console)


def log(node: Booted, app: str = "aws-node", container: str | None = None) -> str:
    """What kubectl logs prints of the first pod of an application."""
    found = pods.kube_system(CLUSTER, [node])
    return logs.text(next(pod for pod in found if pod["metadata"]["name"].startswith(app)), container, [node])


def test_what_containers_have_written() -> None:
    assert "Successfully copied CNI plugin binary" in log(booted())
    assert "Finished copying" in log(booted(), container="aws-vpc-cni-init")
    assert "CoreDNS" in log(booted(), "coredns")
    crashing = booted(machine(role=replace(ROLE, allowed=("ec2:DescribeInstances", "ecr:*"))))
    assert "Retrying waiting for IPAM-D" in log(crashing)


UNREACHED = booted(machine(groups=(replace(NODE_GROUP, ingress=NODE_GROUP.ingress[:1]),)))


@pytest.mark.parametrize(
    ("node", "app", "container", "says"),
    [
        (UNREACHED, "kube-proxy", None, "dial tcp 10.110.3.20:10250: i/o timeout"),
        (booted(around=without("s3")), "coredns", None, "does not have a host assigned"),
        (booted(around=without("s3")), "kube-proxy", None, "waiting to start: trying and failing to pull image"),
        (booted(around=without("s3")), "aws-node", None, "waiting to start: PodInitializing"),
        (booted(), "kube-proxy", "other", "container other is not valid for pod kube-proxy"),
    ],
)
def test_logs_that_nobody_gets(node: Booted, app: str, container: str | None, says: str) -> None:
    with pytest.raises(StatusError, match=says):
        log(node, app, container)
