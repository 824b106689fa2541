"""A cluster that is built and can't be reached from the operator's machine: what stands in the way is named.

One build is shared. Each case breaks one thing, for the wizard and for a real kubectl alike, and mends it afterwards.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import Builder
from conftest import builder_at

from wizard import engine, words
from wizard.cloud import Cloud
from wizard.doors import Doors
from wizard.engine import STEPS
from wizard.facts import Facts
from wizard.findings import Finding, Severity
from wizard.network import planned

PREMISES = "10.0.0.0/16"
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": PREMISES}]}
# The kubeconfig's entry, and the nodes: that the rest is right does not change by what a case breaks.
LOOKED_AT = tuple(step for step in STEPS if step.name in ("cluster", "kubeconfig"))


class Built:
    """The article's cluster in the practice account, and the ids of what a case may break."""

    def __init__(self, account: Any, operator: Builder) -> None:
        self.account = account
        self.operator = operator
        self.facts: Facts = engine.observe(operator.doors, operator.profile)
        network = planned(operator.profile, self.facts)
        self.group = str(network.control_plane_group)
        self.table = str(network.route_tables[0])
        self.subnets = [str(subnet.id) for subnet in network.subnets]

    @property
    def ec2(self) -> Any:
        return self.account.client("ec2")

    def operators(self, **settings: Any) -> None:
        """Changes the operator's side; without anything it is as by default."""
        self.account.control("POST", "operator", settings)

    def findings(self, doors: Doors | None = None, arn: str | None = None) -> dict[str, Finding]:
        """What the verification finds amiss with the kubeconfig and the nodes, by code; for whoever has this ARN."""
        profile = self.operator.profile
        before = replace(self.facts, account=replace(self.facts.account, arn=arn or self.facts.account.arn))
        facts = engine.observe_again(doors or self.operator.doors, profile, before, LOOKED_AT)
        (step,) = (step for step in LOOKED_AT if step.name == "kubeconfig")
        found = step.verify(profile, facts, planned(profile, facts))
        return {finding.code: finding for finding in found if finding.severity is not Severity.OK}

    def causes(self, doors: Doors | None = None, arn: str | None = None) -> dict[str, Finding]:
        """What is found amiss, but for what the nodes' consoles show."""
        return {code: finding for code, finding in self.findings(doors, arn).items() if code != "KUBE719"}

    def kubectl(self, kubeconfig: str | None = None) -> str:
        """What the real kubectl prints instead of nodes; "" where it lists them."""
        ours = self.operator.doors.machine.environment["KUBECONFIG"]
        environment = {**self.account.practice.env, "PATH": os.environ["PATH"], "HOME": str(Path(ours).parent)}
        environment["KUBECONFIG"] = kubeconfig or ours
        command = ("kubectl", "get", "nodes", "--request-timeout=2s")
        ran = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)
        return ran.stderr if ran.returncode else ""


kubectl = pytest.mark.skipif(not shutil.which("kubectl") or not shutil.which("aws"), reason="kubectl is not installed")


@pytest.fixture(scope="module")
def once(steered: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    steered.reset()
    operator = builder_at(steered, tmp_path_factory.mktemp("operator"))(connect_seconds=0.3)
    operator.build()
    operator.verify()
    built = Built(steered, operator)
    yield built
    assert built.findings() == {}, "a case has left something broken"
    steered.reset()


@pytest.fixture
def built(once: Built) -> Iterator[Built]:
    """The build, with the operator's side as by default before and after each case."""
    yield once
    once.operators()


def says(finding: Finding) -> str:
    said = words.say(finding)
    return f"{said.says} {said.because} {said.do}"


@contextmanager
def no_rule(built: Built) -> Iterator[None]:
    built.ec2.revoke_security_group_ingress(GroupId=built.group, IpPermissions=[HTTPS])
    try:
        yield
    finally:
        built.ec2.authorize_security_group_ingress(GroupId=built.group, IpPermissions=[HTTPS])


def gateway(built: Built) -> str:
    (found,) = built.ec2.describe_vpn_gateways()["VpnGateways"]
    return str(found["VpnGatewayId"])


@contextmanager
def no_route(built: Built) -> Iterator[None]:
    built.ec2.delete_route(RouteTableId=built.table, DestinationCidrBlock=PREMISES)
    try:
        yield
    finally:
        built.ec2.create_route(RouteTableId=built.table, DestinationCidrBlock=PREMISES, GatewayId=gateway(built))


@contextmanager
def shut_acl(built: Built) -> Iterator[None]:
    """The default ACL of the VPC drops answers to the ports of Windows' clients."""
    (acl,) = built.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": built.subnets}])[
        "NetworkAcls"
    ]
    entry = {"NetworkAclId": acl["NetworkAclId"], "RuleNumber": 50, "Egress": True}
    ports = {"From": 49152, "To": 65535}
    built.ec2.create_network_acl_entry(**entry, Protocol="6", RuleAction="deny", CidrBlock=PREMISES, PortRange=ports)
    try:
        yield
    finally:
        built.ec2.delete_network_acl_entry(**entry)


def test_a_rule_that_is_gone(built: Built) -> None:
    with no_rule(built):
        found = built.causes()
        assert set(found) == {"KUBE710", "KUBE711", "KUBE712"}
        assert built.group in says(found["KUBE711"])
        assert PREMISES in says(found["KUBE711"])
        # There is no VPN connection in the account, and that may be why as well.
        assert found["KUBE712"].about["cause"] == "no_connection"
        assert f"the route {PREMISES} to {gateway(built)}, the network ACLs" in says(found["KUBE710"])


def test_a_route_that_is_gone(built: Built) -> None:
    with no_route(built):
        found = built.causes()
        assert set(found) == {"KUBE710", "KUBE712"}
        assert (found["KUBE712"].about["cause"], found["KUBE712"].about["things"]) == ("route", [built.table])
        assert f"a rule for {PREMISES} on 443" in says(found["KUBE710"])


def test_answers_that_an_acl_drops(built: Built) -> None:
    with shut_acl(built):
        found = built.causes()
        assert set(found) == {"KUBE710", "KUBE712"}
        assert "1024-65535" in says(found["KUBE712"])


def test_a_firewall_that_drops_and_a_vpn_that_is_down(built: Built) -> None:
    customer = built.ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.7", BgpAsn=65000)
    made = built.ec2.create_vpn_connection(
        Type="ipsec.1",
        CustomerGatewayId=customer["CustomerGateway"]["CustomerGatewayId"],
        VpnGatewayId=gateway(built),
    )
    connection = made["VpnConnection"]["VpnConnectionId"]
    built.operators(firewall="drops")
    found = built.causes()
    assert (set(found), found["KUBE710"].about["cause"]) == ({"KUBE710"}, "right")
    assert f"a tunnel of {connection} is up" in says(found["KUBE710"])
    built.operators(vpn=False)
    found = built.causes()
    assert set(found) == {"KUBE710", "KUBE712"}
    assert (found["KUBE712"].about["cause"], found["KUBE712"].about["things"]) == ("down", [connection])
    built.ec2.delete_vpn_connection(VpnConnectionId=connection)


def test_a_firewall_that_refuses(built: Built) -> None:
    built.operators(firewall="refuses")
    found = built.causes()
    assert set(found) == {"KUBE705"}
    assert "AWS drops what it does not admit and refuses nothing" in says(found["KUBE705"])


def test_a_resolver_that_strips_private_answers(built: Built) -> None:
    built.operators(resolver="strips private answers")
    found = built.causes()
    # The name that stands for the one that is not found is another one than the kubeconfig has.
    assert set(found) == {"KUBE704", "KUBE708"}
    assert found["KUBE708"].about["cause"] == "stripped"


def test_an_interceptor_is_named(built: Built) -> None:
    built.operators(interceptor=True)
    found = built.causes()
    assert set(found) == {"KUBE714"}
    assert "commonName=Example Company TLS Inspection" in says(found["KUBE714"])


def test_a_proxy_that_answers_in_its_place(built: Built) -> None:
    built.operators(proxy=True)
    found = built.causes()
    assert set(found) == {"KUBE715"}
    assert "403 Forbidden. Who answers: squid/6.10, 1.1 proxy.example.internal (squid/6.10)." in says(found["KUBE715"])


def with_environment(built: Built, **environment: str) -> Doors:
    doors = built.operator.doors
    return replace(doors, machine=replace(doors.machine, environment={**doors.machine.environment, **environment}))


def test_a_proxy_that_only_kubectl_would_ask(built: Built) -> None:
    doors = with_environment(built, HTTPS_PROXY="http://proxy.example.internal:8080", NO_PROXY="localhost")
    found = built.causes(doors)
    assert {code: finding.severity for code, finding in found.items()} == {"KUBE718": Severity.NOTE}
    assert "NO_PROXY=localhost,.eks.amazonaws.com" in says(found["KUBE718"])
    view = engine.look(doors, built.operator.profile)
    assert {finding.code: finding.severity for finding in view.findings}["KUBE718"] is Severity.WARN


def test_an_identity_without_an_entry_and_one_without_rights(built: Built) -> None:
    iam, doors = built.account.client("iam"), built.operator.doors
    arn = iam.create_user(UserName="hanako")["User"]["Arn"]
    iam.attach_user_policy(UserName="hanako", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    key = iam.create_access_key(UserName="hanako")["AccessKey"]
    access = replace(doors.cloud.access, access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])
    hers = replace(doors, cloud=Cloud(access))
    found = built.causes(hers, arn)
    assert set(found) == {"KUBE716"}
    assert found["KUBE716"].about["cause"] == "no_entry"
    assert arn in says(found["KUBE716"])
    built.account.client("eks").create_access_entry(clusterName="eksCluster", principalArn=arn)
    found = built.causes(hers, arn)
    assert set(found) == {"KUBE717"}
    assert "AmazonEKSClusterAdminPolicy" in says(found["KUBE717"])


@kubectl
@pytest.mark.parametrize(
    ("settings", "printed"),
    [
        ({}, ""),
        ({"interceptor": True}, "x509: certificate signed by unknown authority"),
        pytest.param({"proxy": True}, "server gave HTTP response to HTTPS client", marks=pytest.mark.long),
        pytest.param({"firewall": "refuses"}, "was refused", marks=pytest.mark.long),
        pytest.param({"vpn": False}, "Client.Timeout exceeded while awaiting headers", marks=pytest.mark.long),
    ],
)
def test_a_real_kubectl_meets_the_same(built: Built, settings: dict[str, Any], printed: str) -> None:
    built.operators(**settings)
    said = built.kubectl()
    assert printed in said
    assert bool(printed) == bool(said)


@kubectl
@pytest.mark.long
def test_a_real_kubectl_does_not_find_the_name(built: Built, tmp_path: Path) -> None:
    built.operators(resolver="strips private answers")
    theirs = {**built.account.practice.env, "PATH": os.environ["PATH"], "KUBECONFIG": str(tmp_path / "theirs")}
    command = ("aws", "eks", "update-kubeconfig", "--name", "eksCluster")
    subprocess.run(command, env=theirs, check=True, timeout=60)
    assert "no such host" in built.kubectl(str(tmp_path / "theirs"))


def test_the_whole_verification_ends_with_it(built: Built) -> None:
    with no_rule(built):
        view = next(engine.verify(built.operator.doors, built.operator.profile, threading.Event()))
    codes = {finding.code: finding.severity for finding in view.findings}
    assert (codes["KUBE710"], codes["KUBE711"]) == (Severity.UNKNOWN, Severity.WARN)
    # What AWS's side shows is told all the same.
    assert (codes["CLU515"], codes["NODE615"]) == (Severity.OK, Severity.OK)
    (consoles,) = (finding for finding in view.findings if finding.code == "KUBE719")
    there = view.facts.nodes.instances
    assert isinstance(there, tuple)
    assert (consoles.about["cause"], consoles.about["instances"]) == ("ready", sorted(one.id for one in there))
