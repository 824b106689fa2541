"""``undo`` from end to end, and each way in which it ends."""

import os
from collections.abc import Callable
from typing import Any

from resources import standing

Run = Callable[..., Any]


def tagged(account: Any) -> list[str]:
    """What of EC2's still carries our tags."""
    tags = account.client("ec2").describe_tags(Filters=[{"Name": "key", "Values": ["eks-wizard:cluster"]}])["Tags"]
    return [tag["ResourceId"] for tag in tags]


def test_what_was_built_is_gone_and_can_be_built_again(account: Any, at_practice: Run) -> None:
    before = standing(account)
    assert at_practice("replay", "--yes").code == 0
    built = standing(account)
    assert built != before

    ran = at_practice("undo", "--yes", "eksCluster", "--json")

    assert ran.code == 0, ran.out
    changes = ran.of("change")
    assert {change["verb"] for change in changes} == {"delete"}
    assert sorted(event["change"] for event in ran.of("done")) == sorted(change["id"] for change in changes)
    assert standing(account) == before
    assert "eksCluster" not in (account.practice.folder / "kubeconfig").read_text()

    assert at_practice("replay", "--yes").code == 0
    assert standing(account) == built


def test_nothing_to_undo(account: Any, at_practice: Run) -> None:
    ran = at_practice("undo", "--yes", "eksCluster")
    assert ran.code == 0
    assert "Nothing to undo" in ran.err
    assert account.writes() == []


def test_nobody_is_asked_without_a_terminal(account: Any, at_practice: Run) -> None:
    for options in ((), ("--json",)):
        ran = at_practice("undo", *options)
        assert ran.code == 2
        assert "Nobody can be asked here: add --yes and the cluster's name" in ran.err
    assert account.calls() == []


def test_another_clusters_name_is_no_yes(account: Any, at_practice: Run) -> None:
    ran = at_practice("undo", "--yes", "other")
    assert ran.code == 2
    assert "--yes names other, and the profile's cluster is eksCluster" in ran.err
    assert account.calls() == []


def test_somebody_elses_interface_stops_it_before_anything_is_deleted(account: Any, at_practice: Run) -> None:
    assert at_practice("replay", "--yes", "--until", "endpoints").code == 0
    ec2 = account.client("ec2")
    subnet = ec2.describe_subnets(Filters=[{"Name": "tag:eks-wizard:cluster", "Values": ["eksCluster"]}])["Subnets"][0]
    interface = ec2.create_network_interface(SubnetId=subnet["SubnetId"], Description="ELB net/shop")[
        "NetworkInterface"
    ]
    account.settled()
    after = account.calls()[-1]["number"]

    ran = at_practice("undo", "--yes", "eksCluster")

    assert ran.code == 3
    assert interface["NetworkInterfaceId"] in ran.err
    assert "ELB net/shop" in ran.err
    assert account.writes(after) == []
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert at_practice("undo", "--yes", "eksCluster").code == 0


def test_a_kubeconfig_keeps_what_is_somebody_elses(account: Any, at_practice: Run) -> None:
    assert at_practice("replay", "--yes").code == 0
    path = account.practice.folder / "kubeconfig"
    text = path.read_text().replace("contexts:\n", "contexts:\n- context: {cluster: other, user: me}\n  name: other\n")
    path.write_text(text)
    assert at_practice("undo", "--yes", "eksCluster").code == 0
    assert "name: other" in path.read_text()
    assert "eksCluster" not in path.read_text()
    assert os.access(path, os.R_OK)
