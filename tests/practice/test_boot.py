"""How boots end: Ready in many ways, or not for one reason each, which a rule by name stands for."""

import ast
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import boot_failures_of_identity
import boot_failures_of_networks
import boot_failures_of_user_data
import pytest
from boot_cases import (
    ACCOUNT,
    ALL,
    ALL_BACK,
    ANYWHERE,
    AROUND,
    BY_NAME,
    CLUSTER,
    MACHINE,
    NO_PROXY,
    NODE_GROUP,
    OF_A_POD,
    OTHER,
    PATH_ROLE,
    PREMISES,
    REGION,
    ROLE,
    STARPORT,
    SUBNET,
    TO_INTERNET,
    TO_PREMISES,
    VPC,
    Failure,
    acl,
    document,
    endpoint,
    https,
    letting_out,
    machine,
    mime,
    node_config,
    policy,
    proxied,
    routed,
    text,
    with_cluster,
    with_endpoint,
    with_name_servers,
    with_premises,
    without,
)

import wizard.practice.boot
from wizard.practice.boot import rules
from wizard.practice.boot.sequence import boot
from wizard.practice.boot.snapshot import (
    AccessEntry,
    DhcpOptions,
    Group,
    Machine,
    MappedRole,
    PrefixList,
    Route,
    Rule,
    Surroundings,
)

FAILURES = [
    *boot_failures_of_user_data.FAILURES,
    *boot_failures_of_networks.FAILURES,
    *boot_failures_of_identity.FAILURES,
]
NOT_READY = {"network plugin", "registry token", "manifest", "layers", "sts", "network plugin's ec2"}


def test_everything_there_is_a_ready_node() -> None:
    found = boot(MACHINE, AROUND)
    assert (found.outcome, found.reason, found.cluster, found.max_pods) == ("Ready", "", "eksCluster", 29)
    assert (found.step, found.rule, found.flaws) == ("", "", ())
    assert found.registered_at is not None
    assert found.ready_at is not None
    assert found.registered_at < found.ready_at
    assert 55 <= found.ready_at <= 90
    assert "Successfully registered node" in text(found)


def test_the_console_grows_with_time() -> None:
    found = boot(MACHINE, AROUND)
    assert "Successfully registered" not in "\n".join(found.console_until(10))
    assert found.console_until(1000) == found.console
    stamps = [float(line.split("]")[0].strip("[ ")) for line in found.console]
    assert stamps == sorted(stamps)


@pytest.mark.parametrize("case", FAILURES, ids=lambda case: case.name)
def test_what_ends_a_boot(case: Failure) -> None:
    found = boot(case.machine, case.around)
    assert (found.step, found.rule, found.proxied) == (case.step, case.rule, case.proxied)
    assert case.says in found.reason
    assert found.outcome == ("NotReady" if case.step in NOT_READY else "never appears")
    assert (found.registered_at is not None) == (found.outcome == "NotReady")
    assert found.ready_at is None


@pytest.mark.parametrize("case", FAILURES, ids=lambda case: case.name)
def test_it_is_that_rule_and_no_other(case: Failure, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rule switched off the boot gets further, or another rule takes its place."""
    monkeypatch.setitem(rules.RULES, case.rule, rules.off)
    found = boot(case.machine, case.around)
    assert found.rule != case.rule


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in FAILURES} | set(FLAWS) == set(rules.RULES)


SEEN = (
    "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:CreateTags", "ec2:AssignPrivateIpAddresses",
)  # fmt: skip
IRSA = with_cluster(network_plugin_role=OF_A_POD)
DROP_INS = """#!/bin/bash
for unit in containerd kubelet; do
  mkdir -p /etc/systemd/system/$unit.service.d
  cat > /etc/systemd/system/$unit.service.d/http-proxy.conf <<EOF
[Service]
Environment="HTTPS_PROXY=http://10.0.9.9:3128" "NO_PROXY=169.254.169.254,.eks.amazonaws.com"
EOF
done
"""
JOINS: list[tuple[str, Machine, Surroundings]] = [
    (
        "the loopback endpoint in user data",
        machine(user_data=node_config(apiServerEndpoint=CLUSTER.aliases[0])),
        AROUND,
    ),
    ("a proxy with everything local direct", machine(user_data=proxied()), AROUND),
    ("a proxy by a name that the company forwards", machine(user_data=proxied(NO_PROXY, BY_NAME)), AROUND),
    (
        "layers through the proxy",
        machine(user_data=proxied(NO_PROXY.rpartition(",")[0])),
        without("s3"),
    ),
    (
        "the registry and the layers through the proxy",
        machine(user_data=proxied(f".eks.amazonaws.com,ec2.{REGION}.amazonaws.com")),
        without("ecr.api", "ecr.dkr", "s3"),
    ),
    (
        "a proxy that refuses and intercepts what goes direct",
        machine(user_data=proxied()),
        with_premises(proxy_refuses=("*",), proxy_intercepts=True),
    ),
    (
        "an old AMI whose proxy nodeadm does not need",
        machine(user_data=proxied(f".eks.amazonaws.com,ec2.{REGION}.amazonaws.com"), ami_release="v20251023"),
        without("s3"),
    ),
    (
        "a drop-in that a boothook writes for kubelet and containerd",
        machine(
            user_data=mime(
                document(),
                cloud_boothook=DROP_INS,
            )
        ),
        without("ecr.api", "ecr.dkr", "s3"),
    ),
    (
        "a proxy for one service alone",
        machine(
            user_data=mime(
                document(
                    instance={
                        "environment": {"containerd": {"HTTPS_PROXY": "http://10.0.9.9:3128", "NO_PROXY": ".dkr.ecr."}}
                    }
                )
            )
        ),
        without("s3"),
    ),
    ("NAT instead of endpoints", routed(TO_INTERNET), replace(AROUND, endpoints=())),
    (
        "an internet gateway and a public address",
        replace(routed(Route(ANYWHERE, "igw-1")), public_address=True),
        replace(AROUND, endpoints=()),
    ),
    (
        "an interface endpoint for S3",
        machine(),
        replace(without("s3"), endpoints=(*without("s3").endpoints, endpoint("s3"))),
    ),
    (
        "the VPC in a prefix list of the company's",
        machine(),
        replace(
            with_endpoint("ec2", groups=(Group("sg", (https(prefix_lists=("pl-vpc",)),)),)),
            prefix_lists=(*AROUND.prefix_lists, PrefixList("pl-vpc", "vpc", (VPC,))),
        ),
    ),
    ("endpoints in the other zone alone", machine(), with_endpoint("ec2", subnets=(OTHER,))),
    (
        "one interface of two that works",
        machine(),
        with_endpoint("ec2", subnets=(replace(OTHER, acl=acl(ALL).subnet.acl), SUBNET)),
    ),
    (
        "a private cluster, asked of the world's DNS",
        routed(TO_PREMISES, TO_INTERNET),
        with_name_servers("10.0.0.53"),
    ),
    ("Amazon's resolver by its address", machine(), with_name_servers("10.110.0.2")),
    ("Amazon's resolver by its link-local address", machine(), with_name_servers("169.254.169.253")),
    (
        "a name server that does not answer before Amazon's",
        routed(),
        with_name_servers("10.0.0.53", "AmazonProvidedDNS"),
    ),
    (
        "another domain in the DHCP options (C19)",
        machine(),
        replace(AROUND, dhcp=DhcpOptions("corp.example internal", ("AmazonProvidedDNS",))),
    ),
    (
        "egress to the S3 prefix list and the VPC only",
        letting_out(https(VPC), https(prefix_lists=("pl-1",))),
        AROUND,
    ),
    (
        "egress to the addresses of S3 and to groups",
        letting_out(https(IPv4Network("52.219.0.0/16")), https(groups=("sg-endpoint", "sg-plane"))),
        AROUND,
    ),
    (
        "protocols by number",
        letting_out(Rule("6", 443, 443, (ANYWHERE,))),
        with_endpoint("ec2", groups=(Group("sg", (Rule("6", 0, 65535, (VPC,)),)),)),
    ),
    (
        "the cluster's own group on the node",
        machine(groups=(Group("sg-cluster", (Rule(groups=("sg-cluster",)),), NODE_GROUP.egress),)),
        with_cluster(groups=(Group("sg-cluster", (Rule(groups=("sg-cluster",)),), NODE_GROUP.egress),)),
    ),
    (
        "an ACL that admits answers",
        acl((True, True, ANYWHERE, "6", 443, 443), (False, True, ANYWHERE, "6", 1024, 65535)),
        AROUND,
    ),
    (
        "an ACL that refuses after it allowed",
        acl(ALL, ALL_BACK, (True, False, ANYWHERE, "-1", 0, 65535), (False, False, ANYWHERE, "-1", 0, 65535)),
        AROUND,
    ),
    (
        "a peered VPC's cluster",
        routed(TO_PREMISES, Route(IPv4Network("10.120.0.0/16"), "pcx-1")),
        with_cluster(subnets=(replace(SUBNET, vpc="vpc-2", cidr=IPv4Network("10.120.0.0/24")),)),
    ),
    (
        "the least that policies must allow",
        machine(
            role=replace(
                ROLE, allowed=(*SEEN, "ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
            )
        ),
        AROUND,
    ),
    (
        "the least that the S3 endpoint's policy must allow",
        machine(),
        with_endpoint("s3", policy=policy({"Action": "s3:GetObject", "Resource": STARPORT})),
    ),
    (
        "an endpoint policy for one's own account and VPC",
        machine(),
        with_endpoint(
            "ec2",
            policy=policy(
                {
                    "Action": "*",
                    "Principal": {"AWS": ACCOUNT},
                    "Condition": {
                        "StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:SourceVpc": ["vpc-0", "vpc-1"]},
                        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/eks*"},
                    },
                }
            ),
        ),
    ),
    (
        "a policy of an endpoint that is not on the way",
        machine(user_data=proxied(NO_PROXY.rpartition(",")[0])),
        with_endpoint("s3", policy=policy({"Action": "s3:*", "Resource": "arn:aws:s3:::own/*"})),
    ),
    (
        "a service account's role for the CNI, and STS",
        machine(role=replace(ROLE, allowed=("ec2:DescribeInstances", "ecr:*"))),
        replace(IRSA, endpoints=(*IRSA.endpoints, replace(AROUND.endpoints[0], id="vpce-sts", service="sts"))),
    ),
    (
        "aws-auth",
        machine(),
        with_cluster(authentication_mode="API_AND_CONFIG_MAP", access_entries=(), aws_auth_roles=(ROLE.arn,)),
    ),
    (
        "a path that aws-auth leaves out",
        machine(role=PATH_ROLE),
        with_cluster(authentication_mode="CONFIG_MAP", aws_auth_roles=(ROLE.arn,)),
    ),
    (
        "an access entry with the path",
        machine(role=PATH_ROLE),
        with_cluster(access_entries=(AccessEntry(PATH_ROLE.arn, "EC2_LINUX"),)),
    ),
    (
        "aws-auth with the session's name, and nodes called so",
        machine(user_data=mime(document(featureGates={"InstanceIdNodeName": True}))),
        with_cluster(
            authentication_mode="CONFIG_MAP",
            aws_auth_others=(MappedRole(ROLE.arn, "system:node:{{SessionName}}", ("system:nodes",)),),
        ),
    ),
    (
        "the instance's id as name, and an entry of type EC2",
        machine(user_data=mime(document(featureGates={"InstanceIdNodeName": True}))),
        with_cluster(access_entries=(AccessEntry(ROLE.arn, "EC2", "AROA1"),)),
    ),
]


@pytest.mark.parametrize(("node", "around"), [case[1:] for case in JOINS], ids=[case[0] for case in JOINS])
def test_joins(node: Machine, around: Surroundings) -> None:
    found = boot(node, around)
    assert (found.outcome, found.step, found.rule, found.reason) == ("Ready", "", "", "")


FLAWS: dict[str, tuple[Machine, Surroundings]] = {
    "kubelet-unreachable": (machine(groups=(replace(NODE_GROUP, ingress=NODE_GROUP.ingress[:1]),)), AROUND),
    "nodes-apart": (machine(groups=(replace(NODE_GROUP, ingress=NODE_GROUP.ingress[1:]),)), AROUND),
    "no-pod-addresses": (machine(subnet=replace(SUBNET, free_addresses=0)), AROUND),
    "hop-limit": (machine(hop_limit=1), AROUND),
    "service-cidr-differs": (machine(user_data=node_config(cidr="10.100.0.0/16")), AROUND),
    "premises-hidden": (MACHINE, with_premises(cidrs=(IPv4Network("172.16.0.0/12"), PREMISES))),
}


@pytest.mark.parametrize("name", FLAWS)
def test_what_troubles_a_ready_node(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = boot(*FLAWS[name])
    assert (found.outcome, found.flaws) == ("Ready", (name,))
    monkeypatch.setitem(rules.RULES, name, rules.off)
    assert boot(*FLAWS[name]).flaws == ()


def test_a_control_plane_that_may_not_call_kubelet() -> None:
    """The control plane's group lost its egress, as when CloudFormation revokes it (C26)."""
    plane = tuple(replace(group, egress=()) for group in CLUSTER.groups)
    assert boot(MACHINE, with_cluster(groups=plane)).flaws == ("kubelet-unreachable",)


def test_a_proxy_in_the_service_cidr_is_reached_all_the_same() -> None:
    """kube-proxy takes the addresses of services that there are, and the proxy is none of them (C30)."""
    around = with_premises(cidrs=(IPv4Network("172.20.0.0/16"),))
    node = routed(Route(IPv4Network("172.20.0.0/16"), "vgw-1"))
    found = boot(replace(node, user_data=proxied(NO_PROXY, "http://172.20.9.9:3128")), around)
    assert (found.outcome, found.flaws) == ("Ready", ("premises-hidden",))


def test_the_console_tells_of_retries() -> None:
    console = text(boot(MACHINE, without("ec2")))
    assert "retrying request EC2/DescribeInstances, attempt 8" in console
    assert "Failed to start nodeadm-config.service" in console
    assert f'Post \\"https://ec2.{REGION}.amazonaws.com/\\"' in console


def test_the_console_has_the_systems_own_name_and_kubelet_ec2s() -> None:
    found = boot(MACHINE, replace(AROUND, dhcp=DhcpOptions("corp.example")))
    assert "Hostname set to <ip-10-110-3-20.corp.example>" in text(found)
    assert found.node_name == MACHINE.private_dns_name


def test_a_role_without_rights_only_makes_nodeadm_wait() -> None:
    """EC2's refusal is no reason for its waiter to give up, and it does not say it at the end."""
    console = text(boot(machine(role=replace(ROLE, allowed=("ecr:*",))), AROUND))
    assert "exceeded max wait time for InstanceCondition waiter" in console
    assert "attempting waiter request, attempt count: 5" in console


def test_a_boot_knows_nothing_of_the_wizard() -> None:
    """Otherwise the wizard's checks would be judged by themselves."""
    files = list(Path(wizard.practice.boot.__path__[0]).glob("*.py"))
    assert len(files) > 5
    modules = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                modules.add(node.module or "")
            elif isinstance(node, ast.Import):
                modules.update(alias.name for alias in node.names)
    own = {module for module in modules if module.split(".")[0] == "wizard"}
    assert own
    assert {module for module in own if not module.startswith("wizard.practice")} == set()
