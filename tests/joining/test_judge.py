"""One case for each thing that keeps a node of a cluster that stands from joining, and for what does not."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from article_facts import CLUSTER, CONTROL_PLANE_GROUP, ENDPOINT_GROUP, HIDDEN, NODE_ROLE_ARN, SUBNETS, TABLE, changed
from standing import (
    AMI,
    AMONG_NODES,
    CLUSTER_GROUP,
    EVERYTHING,
    FROM_CONTROL_PLANE,
    LAUNCH,
    MADE,
    NO_PROXY,
    NODE_GROUP,
    OPEN_ACL,
    PROXY,
    ROLE,
    S3_LIST,
    STANDING,
    user_data,
    with_endpoint,
    with_routes,
    without_endpoint,
)

from wizard import words
from wizard.facts import (
    AccessEntry,
    AclEntry,
    AddOn,
    Facts,
    Instance,
    Launch,
    MappedRole,
    NetworkAcl,
    Route,
    Rule,
    SecurityGroup,
    State,
)
from wizard.findings import Finding, Severity
from wizard.joining import judge
from wizard.joining.mapped import BY_DNS_NAME, BY_INSTANCE_ID, NODES

PLUGIN_ROLE = replace(
    ROLE, arn="arn:aws:iam::123456789012:role/cni", name="cni",
    trusts=("arn:aws:iam::123456789012:oidc-provider/oidc.eks.ap-northeast-1.amazonaws.com/id/0A1B",),
)  # fmt: skip
LOCAL, TO_PREMISES = Route("10.110.0.0/16", "local"), Route("10.0.0.0/16", "vgw-1")
TO_NAT = Route("0.0.0.0/0", "nat-1")
OTHERS = Rule("sgr-2", False, "-1", None, "10.1.0.0/16")


def launched(**fields: Any) -> Launch:
    return replace(LAUNCH, **fields)


def cluster(**fields: Any) -> Facts:
    current = STANDING.cluster.cluster
    return changed(STANDING, "cluster", cluster=replace(current, **fields))  # type: ignore[type-var]


def vpc(**fields: Any) -> Facts:
    return changed(STANDING, "vpc", vpc=replace(STANDING.vpc.vpc, **fields))  # type: ignore[type-var]


def dns(*servers: str) -> Any:
    return replace(STANDING.vpc.vpc, domain_name_servers=servers)  # type: ignore[type-var]


def mapped(arn: str, username: str = BY_DNS_NAME, groups: tuple[str, ...] = (NODES,)) -> Facts:
    """The cluster with this line in aws-auth, and no access entry."""
    line = MappedRole(arn, username, groups)
    return changed(cluster(authentication="CONFIG_MAP"), "cluster", access_entries=(), aws_auth=(line,))


def entry(**fields: Any) -> Facts:
    return changed(
        STANDING, "cluster", access_entries=(replace(AccessEntry(NODE_ROLE_ARN, "EC2_LINUX", ()), **fields),)
    )


def node_rules(*rules: Rule) -> Facts:
    return changed(STANDING, "launches", groups=(replace(NODE_GROUP, rules=rules),))


def out(protocol: str, ports: tuple[int, int] | None, source: str) -> Rule:
    return Rule("sgr-1", True, protocol, ports, source)


def acl(*entries: AclEntry) -> Facts:
    return changed(STANDING, "vpc", network_acls=(NetworkAcl("acl-1", OPEN_ACL.subnets, entries),))


def named_by_id() -> str:
    """User data by which nodeadm names the node after its instance."""
    return user_data(proxy=None).replace('"spec": {', '"spec": {"featureGates": {"InstanceIdNodeName": true},')


def scripted(text: str, *services: str) -> str:
    """User data with a boothook, too, that writes a proxy into drop-ins for these services."""
    lines = [f"mkdir -p /etc/systemd/system/{one}.service.d" for one in services]
    lines += [f"echo https_proxy={PROXY} no_proxy=169.254.169.254,.eks.amazonaws.com,.s3.ap-northeast-1.amazonaws.com"]
    return text.replace(
        "--boundary--", "--boundary\nContent-Type: text/cloud-boothook\n\n" + "\n".join(lines) + "\n\n--boundary--"
    )


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": list(statements)})


def allowing(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": "*", **more}


def told(facts: Facts, launch: Launch = LAUNCH, severity: Severity = Severity.STOP) -> list[str]:
    """The codes of one severity, in order."""
    return [finding.code for finding in judge(launch, facts) if finding.severity is severity]


def only(facts: Facts, launch: Launch = LAUNCH) -> Finding:
    (found,) = (finding for finding in judge(launch, facts) if finding.severity is Severity.STOP)
    return found


def test_a_node_of_the_article_joins() -> None:
    assert [(finding.code, finding.severity) for finding in judge(LAUNCH, STANDING)] == [("NODE671", Severity.OK)]


def test_without_a_proxy_too() -> None:
    assert told(STANDING, launched(user_data=user_data(proxy=None))) == []


WITHOUT_ENDPOINT = {suffix: without_endpoint(suffix) for suffix in ("ec2", "ecr.api", "ecr.dkr", "s3")}
NARROW_OUT = (
    out("tcp", (443, 443), "10.110.0.0/16"),
    out("tcp", (443, 443), S3_LIST.id),
    out("tcp", (3128, 3128), "10.0.0.0/8"),
)
ALLOW_ALL = (AclEntry(100, True, True, "-1", None, "0.0.0.0/0"), AclEntry(100, False, True, "-1", None, "0.0.0.0/0"))

# What is changed about the facts, and the one stop that says so.
BROKEN_NETWORKS: dict[str, tuple[Facts, str, dict[str, Any]]] = {
    **{
        f"no endpoint for {suffix}": (facts, "NODE654", {"service": suffix})
        for suffix, facts in WITHOUT_ENDPOINT.items()
        if suffix != "ec2"
    },
    "the ec2 endpoint's private DNS is off": (with_endpoint("ec2", private_dns=False), "NODE645", {"service": "ec2"}),
    "the ecr.api endpoint failed": (with_endpoint("ecr.api", state=State.FAILED), "NODE673", {"state": "failed"}),
    "the ecr.dkr endpoint is pending": (with_endpoint("ecr.dkr", state=State.UNDER_WAY), "NODE673", {}),
    "the S3 endpoint is on another table": (
        with_endpoint("s3", route_tables=("rtb-2",)), "NODE649", {"table": TABLE.id},
    ),
    "DNS support is off": (vpc(dns_support=False), "NODE646", {"attributes": ["enableDnsSupport"]}),
    "DNS hostnames are off": (vpc(dns_hostnames=False), "NODE646", {"attributes": ["enableDnsHostnames"]}),
    "DHCP names other servers": (vpc(domain_name_servers=("10.0.0.2",)), "VPC221", {"servers": ["10.0.0.2"]}),
    "the endpoints' group admits somebody else": (
        changed(STANDING, "endpoints", group=replace(ENDPOINT_GROUP, rules=(OTHERS,))),
        "NODE647", {"service": "ec2"},
    ),
    "the control plane's groups do not admit the nodes": (
        changed(STANDING, "cluster", groups=(CLUSTER_GROUP, replace(CONTROL_PLANE_GROUP, rules=(EVERYTHING,)))),
        "NODE656", {"own": [NODE_GROUP.id]},
    ),
    "the nodes may not go out to S3": (
        node_rules(out("tcp", (443, 443), "10.110.0.0/16"), out("tcp", (3128, 3128), "10.0.0.0/8")),
        "NODE648", {"to": f"s3 ({S3_LIST.id})"},
    ),
    "the network ACL drops the answers": (
        acl(ALLOW_ALL[0], AclEntry(100, False, True, "6", (443, 443), "0.0.0.0/0")), "VPC227", {},
    ),
    "the endpoint policy of s3 is for the company's buckets": (
        with_endpoint("s3", policy=policy(allowing("s3:*", Resource="arn:aws:s3:::company-*"))), "END313",
        {"action": "s3:GetObject"},
    ),
    **{
        f"the endpoint policy of s3 is for the account: {name}": (
            with_endpoint("s3", policy=policy(*statements)), "END313", {"action": "s3:GetObject"},
        )
        for name, statements in {
            "allow": [allowing("s3:*", Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}})],
            "deny": [
                allowing("s3:*"),
                allowing("s3:*", Effect="Deny", Condition={"StringNotEquals": {"aws:ResourceAccount": "123456789012"}}),
            ],
        }.items()
    },
    "the endpoint policy of ecr.api is for another role": (
        with_endpoint("ecr.api", policy=policy(allowing("ecr:*", Principal={"AWS": "arn:aws:iam::1:role/x"}))),
        "END313", {"service": "ecr.api"},
    ),
    "the cluster is public only": (cluster(private_access=False, public_access=True), "NODE655", {}),
    "no access entry, mode API": (
        changed(mapped(NODE_ROLE_ARN), "cluster", cluster=replace(CLUSTER, authentication="API")), "NODE660",
        {"mode": "API"},
    ),
    "no line in aws-auth": (cluster(authentication="CONFIG_MAP"), "NODE660", {"mode": "CONFIG_MAP"}),
    "an entry of another type": (entry(kind="STANDARD"), "NODE661", {"kind": "STANDARD"}),
    "a line in aws-auth without the nodes' group": (
        mapped(NODE_ROLE_ARN, groups=("dev",)), "NODE678", {"groups": ["dev"]},
    ),
    "a line in aws-auth for nodes named by id": (
        mapped(NODE_ROLE_ARN, BY_INSTANCE_ID), "NODE675", {"wanted": BY_DNS_NAME},
    ),
    "no network plugin": (changed(STANDING, "cluster", network_plugin=False), "NODE674", {}),
    "a role of the network plugin that nobody may take": (
        changed(STANDING, "cluster", network_plugin_role=replace(PLUGIN_ROLE, trusts=("ec2.amazonaws.com",))),
        "NODE677", {},
    ),
    "a role of the network plugin, and no way to STS": (
        changed(without_endpoint("sts"), "cluster", network_plugin_role=PLUGIN_ROLE), "NODE644", {"service": "sts"},
    ),
    "the endpoint policy of ec2 does not let the network plugin tag": (
        with_endpoint("ec2", policy=policy(allowing("ec2:Describe*", "ec2:Assign*"))), "END313",
        {"action": "ec2:CreateTags"},
    ),
    "an endpoint in no subnet": (with_endpoint("ec2", subnets=()), "NODE673", {"state": "in no subnet"}),
    "DHCP names no server": (vpc(domain_name_servers=()), "VPC221", {}),
    "DHCP names the company's DNS first": (vpc(domain_name_servers=("10.0.0.53", "AmazonProvidedDNS")), "VPC221", {}),
    "an entry of an earlier role": (entry(created_at=MADE - timedelta(days=1)), "NODE662", {}),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN_NETWORKS)
def test_what_is_broken_around_the_node_is_a_stop_that_names_it(case: str) -> None:
    facts, code, about = BROKEN_NETWORKS[case]
    found = [finding for finding in judge(LAUNCH, facts) if finding.severity is Severity.STOP]
    assert {finding.code for finding in found} == {code}
    assert about.items() <= found[0].about.items()
    assert "<" not in words.say(found[0]).says


def test_the_ec2_endpoint_is_missed_by_two_programs_and_said_of_each() -> None:
    """nodeadm goes past the proxy by NO_PROXY, and aws-node has no proxy at all."""
    found = [finding for finding in judge(LAUNCH, WITHOUT_ENDPOINT["ec2"]) if finding.severity is Severity.STOP]
    assert [(finding.code, finding.about["by"]) for finding in found] == [
        ("NODE654", ["nodeadm"]), ("NODE644", ["aws-node"]),
    ]  # fmt: skip


def test_a_fault_of_one_subnet_names_that_subnet() -> None:
    there = replace(TABLE, subnets=(SUBNETS[0].id,))
    other = replace(TABLE, id="rtb-2", subnets=(SUBNETS[1].id,))
    facts = changed(STANDING, "vpc", route_tables=(there, other))
    assert only(facts).about["subnets"] == [SUBNETS[1].id]


GOING_ROUND: dict[str, tuple[Facts, Launch]] = {
    "an image registry by the proxy": (
        without_endpoint("ecr.dkr"),
        launched(user_data=user_data(no_proxy=tuple(one for one in NO_PROXY if ".dkr." not in one))),
    ),
    "everything by NAT": (
        changed(with_routes(LOCAL, TO_NAT), "endpoints", endpoints=()), launched(user_data=user_data(proxy=None)),
    ),
    "by the internet gateway with a public address": (
        changed(with_routes(LOCAL, Route("0.0.0.0/0", "igw-1")), "endpoints", endpoints=()),
        launched(user_data=user_data(proxy=None), public_address=True),
    ),
    "a route table narrowed to what is needed": (node_rules(*NARROW_OUT), LAUNCH),
    "no DHCP options": (vpc(domain_name_servers=("169.254.169.253",)), LAUNCH),
    "the company's DNS first, where no route leads to it": (
        changed(with_routes(LOCAL), "vpc", vpc=dns("10.0.0.53", "AmazonProvidedDNS")),
        launched(user_data=user_data(proxy=None)),
    ),
    "the company's DNS, a private cluster, and NAT for the rest": (
        changed(with_routes(LOCAL, TO_PREMISES, TO_NAT), "vpc", vpc=dns("10.0.0.53")),
        launched(user_data=user_data(proxy=None)),
    ),
    "hosted zones that are not told, and every endpoint": (changed(STANDING, "endpoints", hosted_zones=HIDDEN), LAUNCH),
    "a hosted zone of another name": (
        changed(STANDING, "endpoints", hosted_zones=("corp.example", "2.ap-northeast-1.amazonaws.com")), LAUNCH,
    ),
    "Amazon's DNS by its IPv6 address": (vpc(domain_name_servers=("fd00:ec2::253",)), LAUNCH),
    "Amazon's DNS by its address": (vpc(domain_name_servers=("10.110.0.2",)), LAUNCH),
    "by aws-auth": (mapped(NODE_ROLE_ARN), LAUNCH),
    "by an entry for Windows nodes": (entry(kind="EC2_WINDOWS"), LAUNCH),
    "named by its id, and mapped so": (mapped(NODE_ROLE_ARN, BY_INSTANCE_ID), launched(user_data=named_by_id())),
    "user data that are base64 once more": (
        STANDING, launched(user_data=base64.b64encode(user_data().encode()).decode()),
    ),
    "the proxy by drop-ins that a script writes": (
        without_endpoint("ecr.dkr"), launched(user_data=scripted(user_data(proxy=None), "containerd")),
    ),
    "a role with a path in aws-auth": (
        mapped(NODE_ROLE_ARN),
        launched(role=replace(ROLE, arn=NODE_ROLE_ARN.replace("role/", "role/team/"), path="/team/")),
    ),
    "a public cluster by the proxy": (
        cluster(private_access=False, public_access=True),
        launched(user_data=user_data(no_proxy=tuple(one for one in NO_PROXY if ".eks." not in one))),
    ),
    "an old image where nothing needs the proxy": (
        STANDING, launched(image=replace(AMI, name="amazon-eks-node-al2023-x86_64-standard-1.35-v20251001")),
    ),
    "a policy for the node's own role": (
        with_endpoint("ec2", policy=policy(allowing("ec2:*", Principal={"AWS": NODE_ROLE_ARN}))), LAUNCH,
    ),
    "a policy for the node's own account": (
        with_endpoint(
            "ec2",
            policy=policy(allowing("*", Condition={"StringEquals": {"AWS:principalaccount": ["1", "123456789012"]}})),
        ),
        LAUNCH,
    ),
    "a network plugin with a role of its own": (
        changed(STANDING, "cluster", network_plugin_role=PLUGIN_ROLE),
        launched(role=replace(ROLE, allowed=("ec2:DescribeInstances", "ecr:*"))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GOING_ROUND)
def test_another_way_is_as_good(case: str) -> None:
    facts, launch = GOING_ROUND[case]
    assert [words.say(finding).says for finding in judge(launch, facts) if finding.severity is Severity.STOP] == []


MADE_OTHERWISE: dict[str, tuple[Facts, Launch]] = {
    "an image of the company's that reads something else": (
        STANDING, launched(image=replace(AMI, name="golden-node-7"), user_data="#!/bin/bash\n/opt/join eksCluster\n"),
    ),
    "EKS's image of Amazon Linux 2": (
        STANDING,
        launched(
            image=replace(AMI, name="amazon-eks-node-1.32-v20251001"),
            user_data="#!/bin/bash\n/etc/eks/bootstrap.sh eksCluster\n",
        ),
    ),
    "EKS's image of Windows": (
        STANDING,
        launched(
            image=replace(AMI, name="Windows_Server-2022-English-Core-EKS_Optimized-1.35-2026.10.15"),
            user_data="<powershell>\n[string]$EKSBinDir\n</powershell>",
        ),
    ),
    "an image that is hidden, and a script": (STANDING, launched(image=HIDDEN, user_data="#!/bin/bash\n")),
    "a cluster of IPv6": (
        cluster(service_cidr=None, ipv6=True),
        launched(user_data=user_data(cidr="fd12:3456:789a::/108"), role=replace(ROLE, allowed=("ecr:*",))),
    ),
    "a name server by its IPv6 address": (
        changed(STANDING, "vpc", vpc=dns("2001:db8::53")), launched(user_data=user_data(proxy=None)),
    ),
    "an endpoint in another VPC, by a hosted zone": (
        changed(without_endpoint("ec2"), "endpoints", hosted_zones=("ec2.ap-northeast-1.amazonaws.com",)), LAUNCH,
    ),
    "hosted zones that are not told, and no endpoint": (
        changed(without_endpoint("ec2"), "endpoints", hosted_zones=HIDDEN), LAUNCH,
    ),
    "a proxy by its IPv6 address": (
        without_endpoint("ecr.api"),
        launched(user_data=user_data("http://[2001:db8::9]:3128", tuple(one for one in NO_PROXY if "ecr" not in one))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MADE_OTHERWISE)
def test_what_is_made_in_a_way_that_is_not_judged_is_unknown(case: str) -> None:
    facts, launch = MADE_OTHERWISE[case]
    found = list(judge(launch, facts))
    assert {Severity.UNKNOWN} == {finding.severity for finding in found} - {Severity.WARN}
    assert all(words.say(finding).says for finding in found)


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {cluster: {name: 2026-13-45}}\n",
        user_data(proxy="http://[proxy]:3128"),
        user_data(proxy="http://proxy:port"),
    ],
)
def test_odd_user_data_is_judged_and_ends_nothing(text: str) -> None:
    assert list(judge(launched(user_data=text), without_endpoint("ecr.api")))


def test_the_proxys_password_is_not_shown() -> None:
    closed = user_data(proxy="http://node:canary@10.0.9.9:3128", no_proxy=("10.110.0.0/16",))
    for facts in (STANDING, with_routes(LOCAL)):
        found = list(judge(launched(user_data=closed), facts))
        assert {"NODE650", "NODE652", "NODE679"} & {finding.code for finding in found}
        assert "canary" not in repr(found)
        assert "10.0.9.9:3128" in repr(found)


BROKEN_LAUNCHES: dict[str, tuple[Launch, str]] = {
    "no user data": (launched(user_data=""), "NODE640"),
    "a shell script alone": (launched(user_data="#!/bin/bash\n/etc/eks/bootstrap.sh eksCluster\n"), "NODE640"),
    "user data that is no YAML": (launched(user_data="{"), "NODE640"),
    "user data without the service CIDR": (launched(user_data=user_data(cidr="")), "NODE641"),
    "user data for an earlier cluster": (
        launched(user_data=user_data(apiServerEndpoint="https://FFFF.gr7.ap-northeast-1.eks.amazonaws.com")), "NODE643",
    ),
    "user data with an earlier CA": (launched(user_data=user_data(certificateAuthority="b2xk")), "NODE643"),
    "user data with another name": (launched(user_data=user_data(name="other")), "NODE643"),
    "a service CIDR that is none": (launched(user_data=user_data(cidr="10.100")), "NODE643"),
    "the metadata by the proxy": (
        launched(user_data=user_data(no_proxy=("169.254.0.0/16", *NO_PROXY[1:]))), "NODE679",
    ),
    "metadata switched off": (launched(metadata=False), "NODE657"),
    "named by its id, and an entry for nodes": (launched(user_data=named_by_id()), "NODE675"),
    "subnets of another VPC": (launched(subnets=(*LAUNCH.subnets, "subnet-other")), "NODE651"),
    "no role": (launched(role=None), "NODE658"),
    "a role that may not tag": (launched(role=replace(ROLE, denied=("ec2:CreateTags",))), "NODE659"),
    "a role that trusts another service": (launched(role=replace(ROLE, trusts=("eks.amazonaws.com",))), "NODE658"),
    "a role without ECR": (launched(role=replace(ROLE, allowed=("ec2:*",))), "NODE659"),
    "a role that is denied EC2": (launched(role=replace(ROLE, denied=("ec2:DescribeInst*",))), "NODE659"),
    "the API by the proxy": (
        launched(user_data=user_data(no_proxy=tuple(one for one in NO_PROXY if ".eks." not in one))), "NODE652",
    ),
    "a plain image": (launched(image=replace(AMI, name="al2023-ami-2023.6.20260101-kernel-6.1-x86_64")), "NODE667"),
    "no image": (launched(image=None), "NODE607"),
    "an image for another processor": (launched(image=replace(AMI, architecture="arm64")), "NODE625"),
    "a type that no zone has": (
        launched(instance_type=replace(LAUNCH.instance_type, zones=("ap-northeast-1d",))), "NODE602",  # type: ignore[type-var]
    ),
    "instances that do not start": (
        launched(instances=(), issues=("Client.InternalError: Client error on launch",)), "NODE670",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN_LAUNCHES)
def test_what_is_broken_about_the_launch_is_a_stop_that_names_it(case: str) -> None:
    launch, code = BROKEN_LAUNCHES[case]
    found = [finding for finding in judge(launch, STANDING) if finding.severity is Severity.STOP]
    assert {finding.code for finding in found} == {code}
    assert all("<" not in words.say(finding).says for finding in found)


def test_an_old_image_that_needs_the_proxy_is_told_from_a_proxy_that_does_not_help() -> None:
    by_proxy = user_data(no_proxy=tuple(one for one in NO_PROXY if not one.startswith("api.ecr")))
    old = replace(AMI, name="amazon-eks-node-al2023-x86_64-standard-1.35-v20251001")
    facts = without_endpoint("ecr.api")
    assert told(facts, launched(user_data=by_proxy)) == []
    found = only(facts, launched(user_data=by_proxy, image=old))
    assert (found.code, found.about["release"]) == ("NODE608", "20251001")


@pytest.mark.parametrize(
    ("route", "severity"),
    [(Route("0.0.0.0/0", "tgw-1"), Severity.UNKNOWN), (Route("0.0.0.0/0", "igw-1"), Severity.STOP)],
)
def test_what_is_behind_a_gateway_of_the_companys_is_not_known(route: Route, severity: Severity) -> None:
    facts = changed(with_routes(LOCAL, TO_PREMISES, route), "endpoints", endpoints=())
    found = list(judge(launched(user_data=user_data(proxy=None)), facts))
    assert {finding.severity for finding in found} == {severity}


PROXIES: dict[str, tuple[Facts, str, list[str]]] = {
    "an address without a route": (with_routes(LOCAL, Route("10.9.0.0/16", "vgw-1")), PROXY, ["NODE650"]),
    "a blackhole": (with_routes(LOCAL, replace(TO_PREMISES, active=False)), PROXY, ["NODE650"]),
    "a name without any route": (with_routes(LOCAL), "http://proxy.example.internal:8080", ["NODE650"]),
    "a name, a route": (STANDING, "http://proxy.example.internal:8080", []),
    "a port that is not let out": (node_rules(*NARROW_OUT), "http://10.0.9.9:8080", ["NODE648"]),
    "a name, a port that is not let out": (node_rules(*NARROW_OUT), "http://proxy.internal:8080", ["NODE648"]),
    "an ACL before it": (
        acl(AclEntry(50, True, False, "6", (3128, 3128), "10.0.0.0/16"), *ALLOW_ALL), PROXY, ["VPC227", "VPC227"],
    ),
    "inside the VPC": (STANDING, "http://10.110.3.77:3128", []),
}  # fmt: skip


@pytest.mark.parametrize("case", PROXIES)
def test_the_way_to_the_proxy(case: str) -> None:
    facts, proxy, codes = PROXIES[case]
    direct = tuple(one for one in NO_PROXY if not one.startswith("api.ecr"))
    launch = launched(user_data=user_data(proxy=proxy, no_proxy=direct))
    assert told(facts, launch) == codes


@pytest.mark.parametrize(
    ("launch", "facts", "code"),
    [
        (launched(hop_limit=1), STANDING, "NODE665"),
        (launched(user_data=user_data(no_proxy=tuple(one for one in NO_PROXY if "/" not in one))), STANDING, "NODE653"),
        (launched(user_data=user_data(cidr="10.100.0.0/16")), STANDING, "NODE643"),
        (launched(issues=("an old one",)), STANDING, "NODE670"),
        (LAUNCH, node_rules(EVERYTHING, AMONG_NODES), "NODE663"),
        (LAUNCH, node_rules(EVERYTHING, FROM_CONTROL_PLANE), "NODE698"),
        (launched(role=replace(ROLE, denied=("ec2:AttachNetworkInterface",))), STANDING, "NODE676"),
    ],
)
def test_what_comes_after_ready_is_a_warning(launch: Launch, facts: Facts, code: str) -> None:
    assert told(facts, launch, Severity.STOP) == []
    assert told(facts, launch, Severity.WARN) == [code]


HIDDEN_THINGS: dict[str, tuple[Launch, Facts]] = {
    "user data": (launched(user_data=HIDDEN), STANDING),
    "role": (launched(role=HIDDEN), STANDING),
    "what it may do": (launched(role=replace(ROLE, allowed=HIDDEN)), STANDING),
    "image": (launched(image=HIDDEN), STANDING),
    "type": (launched(instance_type=HIDDEN), STANDING),
    "groups of the launch": (launched(groups=HIDDEN), STANDING),
    "groups of nodes": (LAUNCH, changed(STANDING, "launches", groups=HIDDEN)),
    "groups of the cluster": (LAUNCH, changed(STANDING, "cluster", groups=HIDDEN)),
    "group of the endpoints": (LAUNCH, changed(STANDING, "endpoints", group=HIDDEN)),
    "endpoints": (LAUNCH, changed(STANDING, "endpoints", endpoints=HIDDEN)),
    "VPC": (LAUNCH, changed(STANDING, "vpc", vpc=HIDDEN)),
    "subnets": (LAUNCH, changed(STANDING, "vpc", subnets=HIDDEN)),
    "route tables": (LAUNCH, changed(STANDING, "vpc", route_tables=HIDDEN)),
    "network ACLs": (LAUNCH, changed(STANDING, "vpc", network_acls=HIDDEN)),
    "DNS servers": (LAUNCH, vpc(domain_name_servers=HIDDEN)),
    "cluster": (LAUNCH, changed(STANDING, "cluster", cluster=HIDDEN)),
    "access entries": (LAUNCH, changed(STANDING, "cluster", access_entries=HIDDEN)),
    "aws-auth": (LAUNCH, changed(cluster(authentication="CONFIG_MAP"), "cluster", aws_auth=HIDDEN)),
    "network plugin": (LAUNCH, changed(STANDING, "cluster", network_plugin=HIDDEN)),
    "its role": (LAUNCH, changed(STANDING, "cluster", network_plugin_role=HIDDEN)),
    "a role of the plugin that was not read": (
        LAUNCH, changed(STANDING, "cluster", add_ons=(AddOn("vpc-cni", "v1", "ACTIVE", State.USABLE, role="a-1"),)),
    ),
    "prefix lists": (LAUNCH, changed(node_rules(*NARROW_OUT), "vpc", prefix_lists=HIDDEN)),
    "a policy with a condition": (
        LAUNCH, with_endpoint("ec2", policy=policy(allowing("ec2:*", Condition={"Bool": {"x": "y"}}))),
    ),
    "an image of the company's": (launched(image=replace(AMI, name="golden-node-7")), STANDING),
}  # fmt: skip


@pytest.mark.parametrize("case", HIDDEN_THINGS)
def test_what_is_not_told_is_unknown_and_nothing_is_ok(case: str) -> None:
    launch, facts = HIDDEN_THINGS[case]
    severities = {finding.severity for finding in judge(launch, facts)}
    assert Severity.UNKNOWN in severities
    assert not {Severity.OK, Severity.STOP} & severities


def test_two_owned_groups_and_full_subnets() -> None:
    tag = {"kubernetes.io/cluster/eksCluster": "owned"}
    other = SecurityGroup("sg-b", "b", "vpc-1", (), tag)
    facts = changed(STANDING, "launches", groups=(replace(NODE_GROUP, tags=tag), other))
    assert told(facts, launched(groups=(NODE_GROUP.id, other.id)), Severity.WARN) == ["NODE666"]
    for free, severity in ((0, Severity.STOP), (3, Severity.WARN)):
        full = changed(STANDING, "vpc", subnets=tuple(replace(one, free_addresses=free) for one in SUBNETS))
        assert told(full, severity=severity) == ["NODE664"]


def test_bottlerocket_is_read_by_its_own_rules() -> None:
    standing = STANDING.cluster.cluster
    text = (
        "[settings.kubernetes]\n"
        f'cluster-name = "eksCluster"\napi-server = "{standing.endpoint}"\n'  # type: ignore[union-attr]
        f'cluster-certificate = "{standing.certificate_authority}"\n'  # type: ignore[union-attr]
    )
    image = replace(AMI, name="bottlerocket-aws-k8s-1.35-x86_64-v1.42.0-abcdef12")
    assert told(STANDING, launched(image=image, user_data=text)) == []
    assert told(STANDING, launched(image=image, user_data=text.replace("cluster-name", "other"))) == ["NODE641"]
    assert told(STANDING, launched(image=image, user_data="[")) == ["NODE640"]
    proxied = text + '[settings.network]\nhttps-proxy = "http://10.0.9.9:3128"\nno-proxy = ["10.110.0.0/16"]\n'
    # The API server's host is in NO_PROXY without anybody's doing, the endpoints' names are not.
    assert told(STANDING, launched(image=image, user_data=proxied)) == []
    assert told(with_routes(LOCAL), launched(image=image, user_data=proxied)) == ["NODE650"]


def test_a_proxy_that_a_script_gives_to_kubelet_is_asked_for_the_cluster() -> None:
    drop_in = "printf 'Environment=HTTPS_PROXY=http://10.0.9.9:3128' > /etc/systemd/system/kubelet.service.d/p.conf"
    script = user_data(proxy=None).replace(
        "--boundary--", f"--boundary\nContent-Type: text/x-shellscript\n\n{drop_in}\n\n--boundary--"
    )
    assert told(STANDING, launched(user_data=script)) == ["NODE652"]


def test_a_script_that_sets_the_proxy_comes_too_late() -> None:
    script = user_data(proxy=None).replace(
        "--boundary--", "--boundary\nContent-Type: text/x-shellscript\n\nexport HTTPS_PROXY=http://p:1\n\n--boundary--"
    )
    assert told(STANDING, launched(user_data=script), Severity.WARN) == ["NODE642"]


def test_a_name_by_instance_id_needs_no_ec2_from_nodeadm() -> None:
    facts = changed(without_endpoint("ec2"), "cluster", **vars(mapped(NODE_ROLE_ARN, BY_INSTANCE_ID).cluster))
    found = [one for one in judge(launched(user_data=named_by_id()), facts) if one.severity is Severity.STOP]
    assert [(finding.code, finding.about["by"]) for finding in found] == [("NODE644", ["aws-node"])]


def test_instances_that_run_are_no_reason() -> None:
    instance = Instance("i-1", "running", "z", "n", "ami-1", console=HIDDEN)
    assert told(STANDING, launched(instances=(instance, instance))) == []
