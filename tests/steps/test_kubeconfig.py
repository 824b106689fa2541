"""The kubeconfig step: the entry, and the nodes as Kubernetes shows them."""

from dataclasses import replace
from typing import Any

import pytest
from article_facts import CLUSTER, CLUSTER_ARN, EMPTY, FINISHED, NODES, changed
from step_cases import USED_VPC, Findings, Plans, changes, checked, shown, verified

from wizard.facts import Facts, Rung, Unknown, Unreached
from wizard.plan import Ref, WriteFile


def seen(base: Facts = FINISHED, **fields: Any) -> Facts:
    """These facts with other facts of the kubeconfig."""
    return changed(base, "kubeconfig", **fields)


CURRENT = "KUBE703 ok kubeconfig.path"

CHECKS = (
    Findings("nothing there", EMPTY, ()),
    Findings("all there", FINISHED, (CURRENT,)),
    Findings(
        "the file is none of ours to read",
        seen(problem="not YAML", entry_current=False),
        ("KUBE701 stop kubeconfig.path",),
    ),
    Findings("no aws CLI", seen(EMPTY, aws_cli=False), ("KUBE702 note kubeconfig",)),
    Findings("no aws CLI after the build", seen(aws_cli=False), ("KUBE702 note kubeconfig", CURRENT)),
    Findings("the entry is another one", seen(entry_current=False), ()),
    Findings("kubectl would ask the proxy", seen(EMPTY, proxy="proxy:8080"), ("KUBE718 warn kubeconfig",)),
    Findings(
        "the EKS API goes past the proxy, and no cluster",
        seen(EMPTY, proxy="proxy:8080", no_proxy=("eks.ap-northeast-1.amazonaws.com", "10.110.0.0/16")),
        ("KUBE718 warn kubeconfig",),
    ),
    *(
        Findings(f"kubectl goes past the proxy by {entry}", seen(EMPTY, proxy="proxy:8080", no_proxy=(entry,)), ())
        for entry in (".eks.amazonaws.com", "eks.amazonaws.com", "*.amazonaws.com", "*")
    ),
    Findings("no proxy", seen(EMPTY, no_proxy=("localhost",)), ()),
    Findings("a name is not found", seen(EMPTY, public_name="eks.x.amazonaws.com"), ("KUBE721 note kubeconfig",)),
    Findings("credentials of the environment", seen(EMPTY, credentials_from="env"), ("KUBE722 note kubeconfig",)),
    Findings("credentials of a profile", seen(EMPTY, credentials_from="sso"), ()),
    Findings(
        "this one cluster goes past the proxy",
        seen(proxy="proxy:8080", no_proxy=(str(CLUSTER.endpoint).removeprefix("https://").lower(),)),
        (CURRENT,),
    ),
    Findings(
        "on this machine stands a practice account",
        changed(seen(proxy="proxy:8080"), "cluster", cluster=replace(CLUSTER, endpoint="https://127.0.0.1:4")),
        (CURRENT, "KUBE718 warn kubeconfig"),
    ),
)

UNREADY = replace(NODES[1], ready=False, reason="KubeletNotReady")
VERIFIES = (
    Findings("all there", FINISHED, ("KUBE706 ok nodes.desired",)),
    Findings("nothing there", EMPTY, ("KUBE704 stop kubeconfig.path",)),
    Findings("kubectl asks the proxy", seen(proxy="p:1"), ("KUBE706 ok nodes.desired", "KUBE718 note kubeconfig")),
    Findings(
        "the entry is another one",
        seen(entry_current=False),
        ("KUBE704 stop kubeconfig.path", "KUBE706 ok nodes.desired"),
    ),
    Findings(
        "Kubernetes can't be reached from here",
        seen(nodes=Unknown("", "EOF"), unreached=Unreached(Rung.TLS, "EOF")),
        ("KUBE705 unknown nodes.desired",),
    ),
    Findings("one node is not Ready", seen(nodes=(NODES[0], UNREADY)), ("KUBE707 stop nodes.desired",)),
    Findings(
        "one node never said", seen(nodes=(NODES[0], replace(NODES[1], ready=None))), ("KUBE707 stop nodes.desired",)
    ),
    Findings("one of two nodes joined", seen(nodes=NODES[:1]), ("KUBE707 stop nodes.desired",)),
    Findings("the least number is enough", seen(nodes=NODES[:1]), ("KUBE706 ok nodes.desired",), ("nodes.min=1",)),
    Findings(
        "one beyond the least number is not Ready",
        seen(nodes=(NODES[0], UNREADY)),
        ("KUBE707 stop nodes.desired",),
        ("nodes.min=1",),
    ),
    Findings("no node joined", seen(nodes=()), ("KUBE707 stop nodes.desired",)),
    Findings("none is wanted", seen(nodes=()), ("KUBE706 ok nodes.desired",), ("nodes.min=0", "nodes.desired=0")),
)

PLANS = (
    Plans("nothing there", EMPTY, ("kubeconfig create file < cluster",)),
    Plans("all there", FINISHED, ()),
    Plans("a VPC of the company's", EMPTY, (), USED_VPC),
    Plans("the entry is another one", seen(entry_current=False), ("kubeconfig create file",)),
    Plans("a file that is none of ours to read", seen(entry_current=False, problem="not YAML"), ()),
)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_check(case: Findings) -> None:
    assert checked("kubeconfig", case) == case.found


@pytest.mark.parametrize("case", VERIFIES, ids=lambda case: case.name)
def test_verify(case: Findings) -> None:
    assert verified("kubeconfig", case) == case.found


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_plan(case: Plans) -> None:
    assert shown(changes("kubeconfig", case)) == case.changes


def file(facts: Facts, *settings: str) -> WriteFile:
    """The file that the step would write."""
    (change,) = changes("kubeconfig", Plans("", facts, (), settings))
    assert isinstance(change.action, WriteFile)
    return change.action


def test_the_entry_of_a_cluster_to_come() -> None:
    written = file(EMPTY)
    arn = Ref("cluster", "cluster.arn")
    assert written.path == "/home/taro/.kube/config"
    assert written.entry == {
        "clusters": {
            "name": arn,
            "cluster": {
                "server": Ref("cluster", "cluster.endpoint"),
                "certificate-authority-data": Ref("cluster", "cluster.certificateAuthority.data"),
            },
        },
        "contexts": {"name": arn, "context": {"cluster": arn, "user": arn}},
        "users": {
            "name": arn,
            "user": {
                "exec": {
                    "apiVersion": "client.authentication.k8s.io/v1beta1",
                    "command": "aws",
                    "args": [
                        "--region", "ap-northeast-1", "eks", "get-token",
                        "--cluster-name", "eksCluster", "--output", "json",
                    ],
                }
            },
        },
    }  # fmt: skip


def test_the_entry_of_a_cluster_that_is_there() -> None:
    entry = file(seen(entry_current=False)).entry
    assert entry["clusters"] == {
        "name": CLUSTER_ARN,
        "cluster": {"server": CLUSTER.endpoint, "certificate-authority-data": CLUSTER.certificate_authority},
    }


def test_the_context_has_the_profiles_name() -> None:
    assert file(EMPTY, "kubeconfig.context=orders").entry["contexts"]["name"] == "orders"


def test_without_the_aws_cli_the_wizard_gives_the_token() -> None:
    exec_ = file(seen(EMPTY, aws_cli=False)).entry["users"]["user"]["exec"]
    assert (exec_["command"], exec_["args"][0]) == ("eks-wizard", "token")


def test_the_operators_aws_profile_is_kept() -> None:
    exec_ = file(seen(EMPTY, aws_profile="work")).entry["users"]["user"]["exec"]
    assert exec_["env"] == [{"name": "AWS_PROFILE", "value": "work"}]
