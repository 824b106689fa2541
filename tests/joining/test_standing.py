"""What a look at a cluster that stands says of it: states, consoles, Kubernetes, and what is beside joining."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from article_facts import HIDDEN, VERSIONS, changed
from standing import LAUNCH, STANDING, with_routes, without_endpoint

from wizard.facts import (
    AddOn,
    Facts,
    Instance,
    Launch,
    LaunchFacts,
    Node,
    Route,
    Rung,
    State,
    Unknown,
    Unreached,
    VolumeKey,
)
from wizard.findings import Severity
from wizard.standing import aws_auth, roles
from wizard.standing.check import Look, look, state_of
from wizard.standing.launches import names
from wizard.steps.role.observe import trusted_services

NAME = "eksCluster"
UNAUTHORIZED = 'kubelet[1]: "Unable to register node with API server" err="Unauthorized"'


def codes(found: Look, severity: Severity) -> list[str]:
    return [finding.code for finding in found.findings if finding.severity is severity]


def cluster(**fields: Any) -> Facts:
    current = STANDING.cluster.cluster
    return changed(STANDING, "cluster", cluster=replace(current, **fields))  # type: ignore[type-var]


def started(launch: Launch, facts: Facts = STANDING) -> Facts:
    return replace(facts, launches=replace(facts.launches, launches=(launch,)))


def showing(console: str | Unknown, facts: Facts = STANDING) -> Facts:
    """The facts with one instance that is no node, whose console this is."""
    instance = Instance("i-1", "running", "z", "ip-10-9-9-9", "ami", console=console)
    return started(replace(LAUNCH, instances=(instance, instance)), facts)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (changed(STANDING, "cluster", cluster=None), "NODE691"),
        (changed(STANDING, "cluster", cluster=HIDDEN), "CLU590"),
        (cluster(status="CREATING", state=State.UNDER_WAY), "NODE692"),
        (cluster(status="CREATING", state=State.UNDER_WAY, endpoint=None, certificate_authority=None), "NODE692"),
        (changed(replace(STANDING, launches=LaunchFacts()), "kubeconfig", nodes=()), "NODE694"),
    ],
)
def test_what_there_has_to_be_first(facts: Facts, code: str) -> None:
    found = look(NAME, facts)
    assert codes(found, Severity.STOP) == [code]
    assert found.stops


@pytest.mark.parametrize(
    ("facts", "severity", "code"),
    [
        (replace(cluster(auto_mode=True), launches=LaunchFacts()), Severity.UNKNOWN, "NODE682"),
        (replace(STANDING, launches=LaunchFacts(fargate=("pods",))), Severity.UNKNOWN, "NODE682"),
        (replace(STANDING, launches=LaunchFacts(fargate=HIDDEN)), Severity.UNKNOWN, "NODE690"),
        (
            changed(
                replace(STANDING, launches=LaunchFacts()),
                "kubeconfig",
                nodes=(Node("ip-10-1-1-1.x", True, "", (), "v1", datetime(2026, 11, 23, tzinfo=UTC)),),
            ),
            Severity.WARN,
            "NODE694",
        ),
    ],
)
def test_where_nodes_may_be_there_by_other_means_nothing_that_starts_them_is_no_stop(
    facts: Facts, severity: Severity, code: str
) -> None:
    found = look(NAME, facts)
    assert codes(found, severity) == [code]
    assert not found.stops


def test_a_node_group_that_eks_could_not_make_is_told_with_its_issues() -> None:
    hidden = Unknown("autoscaling:DescribeAutoScalingGroups", "CREATE_FAILED")
    failed = replace(
        LAUNCH, kind="managed node group", groups=hidden, role=hidden, image=hidden, instance_type=hidden,
        user_data=hidden, instances=(), issues=("Ec2LaunchTemplateNotFound: gone",), is_made=False,
    )  # fmt: skip
    found = look(NAME, started(failed))
    assert (codes(found, Severity.STOP), codes(found, Severity.UNKNOWN)) == (["NODE670"], [])
    creating = look(NAME, started(replace(failed, issues=())))
    assert (codes(creating, Severity.STOP), codes(creating, Severity.UNKNOWN)) == ([], ["NODE682"])


@pytest.mark.parametrize(
    ("text", "of_cluster"),
    [
        ("/etc/eks/bootstrap.sh dev", True),
        ("name: dev\n", True),
        ('cluster-name = "dev"', True),
        ("/etc/eks/bootstrap.sh dev-2 > /dev/null", False),
        ("hostname: box.dev.example\nname: developers", False),
        (HIDDEN, False),
    ],
)
def test_user_data_names_a_cluster_by_its_whole_name(text: str | Unknown, of_cluster: bool) -> None:
    assert names(text, "dev") == of_cluster


def test_a_cluster_that_runs_elsewhere_is_not_judged() -> None:
    found = look(NAME, replace(cluster(vpc_id="", subnets=()), launches=LaunchFacts()))
    assert (codes(found, Severity.UNKNOWN), codes(found, Severity.STOP)) == (["NODE682"], [])


def test_what_only_kubernetes_tells_is_not_said_to_be_refused_by_aws() -> None:
    hidden = changed(STANDING, "cluster", network_plugin=Unknown("", "timed out"))
    launches = (LAUNCH, replace(LAUNCH, name="other"))
    found = look(NAME, replace(hidden, launches=replace(STANDING.launches, launches=launches)))
    assert codes(found, Severity.UNKNOWN) == ["NODE682"]


def test_a_sound_cluster_is_said_to_be_sound() -> None:
    found = look(NAME, STANDING)
    assert not found.stops
    assert codes(found, Severity.OK) == ["NODE671", "NODE696"]
    assert codes(look(NAME, changed(STANDING, "launches", launches=HIDDEN)), Severity.UNKNOWN) == ["NODE690"]


def test_the_finding_that_the_console_shows_comes_first_with_its_line() -> None:
    facts = changed(showing(UNAUTHORIZED, without_endpoint("s3")), "cluster", access_entries=())
    facts = changed(facts, "cluster", cluster=replace(facts.cluster.cluster, authentication="API"))  # type: ignore[type-var]
    first = look(NAME, facts).findings[0]
    assert (first.code, first.seen) == ("NODE660", (f"i-1: {UNAUTHORIZED}",))
    assert "NODE654" in codes(look(NAME, facts), Severity.STOP)


def test_a_console_that_nothing_explains_is_a_finding_of_its_own() -> None:
    found = look(NAME, showing(UNAUTHORIZED))
    assert codes(found, Severity.STOP) == ["NODE695", "NODE695"]
    assert found.findings[0].about["line"] == UNAUTHORIZED


def test_a_console_that_is_not_told_is_no_reason() -> None:
    found = look(NAME, showing(HIDDEN))
    assert codes(found, Severity.STOP) == []
    assert codes(found, Severity.WARN) == ["NODE697"]
    assert codes(found, Severity.UNKNOWN) == ["NODE690"]


def test_what_is_refused_is_said_once_for_all_launches() -> None:
    hidden = replace(LAUNCH, user_data=HIDDEN)
    facts = replace(STANDING, launches=replace(STANDING.launches, launches=(hidden, replace(hidden, name="other"))))
    assert codes(look(NAME, facts), Severity.UNKNOWN) == ["NODE690"]


def test_the_state_of_an_instance_is_that_of_its_node() -> None:
    instance = Instance("i-7", "running", "z", "ip-10-1-1-1.x", "ami")
    at = datetime(2026, 11, 23, tzinfo=UTC)
    for nodes, state in (
        ((), "no node"),
        ((Node("i-7", True, "", (), "v1", at),), "Ready"),
        ((Node("ip-10-1-1-1.x", False, "", (), "v1", at),), "NotReady"),
        ((Node("ip-10-1-1-1.x", None, "", (), "v1", at),), "NotReady"),
        (HIDDEN, "not seen"),
    ):
        assert state_of(instance, changed(STANDING, "kubeconfig", nodes=nodes)) == state


def test_what_is_beside_joining_is_told_and_stops_nothing() -> None:
    facts = with_routes(Route("10.110.0.0/16", "local"), Route("10.0.0.0/16", "vgw-1"), Route("172.16.0.0/12", "tgw-1"))
    assert "VPC209" in codes(look(NAME, facts), Severity.WARN)
    old = cluster(version="1.33")
    assert codes(look(NAME, changed(old, "cluster", versions=VERSIONS)), Severity.NOTE) == ["CLU503"]
    soon = replace(STANDING, account=replace(STANDING.account, at=datetime(2027, 3, 1, tzinfo=UTC)))
    assert codes(look(NAME, changed(soon, "cluster", versions=VERSIONS)), Severity.NOTE) == ["CLU504"]
    degraded = (AddOn("coredns", "v1", "DEGRADED", State.USABLE),)
    assert codes(look(NAME, changed(STANDING, "cluster", add_ons=degraded)), Severity.NOTE) == ["CLU513"]
    ill = cluster(health=("IamRoleNotFound: gone",))
    assert codes(look(NAME, ill), Severity.WARN) == ["NODE693"]
    assert VERSIONS[1].end_of_standard_support == date(2027, 3, 27)


def test_why_kubernetes_is_not_reached_is_told_without_a_profile() -> None:
    unreached = Unreached(Rung.REFUSED, "refused", addresses=("10.110.3.5",), own_address="10.0.0.9")
    facts = changed(STANDING, "kubeconfig", nodes=Unknown("", "refused"), unreached=unreached)
    found = look(NAME, facts)
    assert codes(found, Severity.UNKNOWN) == ["KUBE705"]
    assert not found.stops
    lost = replace(unreached, rung=Rung.TIMEOUT)
    assert "KUBE710" in codes(look(NAME, changed(facts, "kubeconfig", unreached=lost)), Severity.UNKNOWN)


def test_aws_auth_is_read_as_kubernetes_has_it() -> None:
    text = "- rolearn: arn:aws:iam::1:role/n\n  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:nodes]\n"
    (mapped,) = aws_auth.roles({"mapRoles": text})
    assert (mapped.arn, mapped.groups) == ("arn:aws:iam::1:role/n", ("system:nodes",))
    for nothing in (None, {}, {"mapRoles": "{"}, {"mapRoles": "- 1\n- {groups: x}"}, {"mapRoles": "a"}):
        assert aws_auth.roles(nothing) == ()


def test_what_keeps_missing_instances_from_being_started() -> None:
    few = replace(LAUNCH, instances=LAUNCH.instances[:1], vcpu_quota=3.0, volume_key=VolumeKey("key-1", "Disabled"))  # type: ignore[index]
    assert codes(look(NAME, started(few)), Severity.STOP) == ["NODE626", "NODE628"]
    untold = replace(few, vcpu_quota=HIDDEN, volume_key=None)
    assert codes(look(NAME, started(untold)), Severity.UNKNOWN) == ["NODE690"]


ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
POLICIES: dict[str, tuple[list[dict[str, Any]], dict[str, Any] | None, str]] = {
    "everything": ([ALL], None, "all"),
    "nothing": ([], None, "none"),
    "all but IAM": ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], None, "all"),
    "a boundary": ([ALL], {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, "none"),
    "a deny": ([ALL, {"Effect": "Deny", "Action": ["ec2:*", "ecr:*"], "Resource": "*"}], None, "none"),
    "a deny of one thing": ([ALL, {"Effect": "Deny", "Action": "ec2:*", "Resource": "arn:x"}], None, "all"),
    "a deny of all but one thing": (
        [ALL, {"Effect": "Deny", "Action": "ecr:*", "NotResource": "arn:aws:ecr:*:*:repository/ours"}],
        None,
        "unknown",
    ),
    "a deny of all repositories": (
        [ALL, {"Effect": "Deny", "Action": "ecr:*", "Resource": "arn:aws:ecr:*:*:repository/*"}],
        None,
        "unknown",
    ),
    "a condition": ([{**ALL, "Condition": {"Bool": {"x": "true"}}}], None, "unknown"),
    "a deny with a condition": (
        [ALL, {**ALL, "Effect": "Deny", "Condition": {"Bool": {"x": "true"}}}],
        None,
        "unknown",
    ),
}


@pytest.mark.parametrize(
    ("action", "trusts"),
    [
        ("sts:AssumeRole", ("ec2.amazonaws.com",)),
        ("sts:assumerole", ("ec2.amazonaws.com",)),
        ("sts:Assume*", ("ec2.amazonaws.com",)),
        ("sts:TagSession", ()),
    ],
)
def test_actions_of_a_trust_policy_are_read_as_iam_does(action: str, trusts: tuple[str, ...]) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": action}
    assert trusted_services({"Statement": statement}) == trusts


@pytest.mark.parametrize("case", POLICIES)
def test_what_policies_allow_of_what_nodes_need(case: str) -> None:
    statements, boundary, wanted = POLICIES[case]
    told = roles.allowed([{"Statement": statements}], {"Statement": boundary} if boundary else None)
    if wanted == "unknown":
        assert isinstance(told, Unknown)
    else:
        assert told == (roles.ACTIONS if wanted == "all" else ())
