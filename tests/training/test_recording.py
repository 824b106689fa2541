"""What a recording keeps of a cluster, and what it does not."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from ipaddress import IPv4Network
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wizard.facts import (
    AccessEntry,
    AccountFacts,
    AclEntry,
    Ami,
    Cluster,
    ClusterFacts,
    Endpoint,
    EndpointFacts,
    Facts,
    Instance,
    InstanceType,
    Launch,
    LaunchFacts,
    MappedRole,
    NetworkAcl,
    PrefixList,
    Role,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    State,
    Subnet,
    Unknown,
    Vpc,
    VpcFacts,
)  # fmt: skip
from wizard.findings import stop
from wizard.training.recording import NotRecordable, recording
from wizard.training.recording.disguise import Disguise
from wizard.training.recording.named import Named
from wizard.training.recording.policies import disguised
from wizard.training.scenario import Scenario

SECRET = b"0" * 32
# Stands in every text that only the company knows.
OWN = "canary"
FOUND = (stop("NODE645", "nodes.canary", host=OWN),)
PASSED = datetime(2026, 1, 1, tzinfo=UTC)
USER_DATA = f"""MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
metadata: {{name: {OWN}}}
spec:
  cluster:
    name: {OWN}
    apiServerEndpoint: https://{OWN}.gr7.eu-west-1.eks.amazonaws.com
    certificateAuthority: Y2FuYXJ5
    cidr: 172.20.0.0/16
  instance:
    environment:
      default:
        HTTPS_PROXY: http://{OWN}:{OWN}@proxy.{OWN}.example:3128
        NO_PROXY: localhost,10.9.0.0/16,.{OWN}.example,.dkr.ecr.eu-west-1.amazonaws.com,169.254.169.254
        {OWN}: {OWN}
--x
Content-Type: text/x-shellscript

#!/bin/bash
echo {OWN}
--x--
"""
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Id": OWN,
        "Statement": [
            {
                "Sid": OWN,
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:aws:iam::999999999999:role/{OWN}", "999999999999"]},
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*", f"arn:aws:s3:::{OWN}/{OWN}*"],
                "Condition": {
                    "StringEquals": {"aws:PrincipalOrgID": [f"o-{OWN}"], f"aws:PrincipalTag/{OWN}": [OWN]},
                    OWN: {OWN: OWN},
                },
            }
        ],
    }
)


def everything() -> Facts:
    """A cluster with something in every field."""
    tags = {OWN: OWN}
    rules = (
        Rule(OWN, False, "tcp", (443, 443), "10.9.3.0/24"),
        Rule(OWN, False, "tcp", (443, 443), "sg-canary2"),
        Rule(OWN, True, "tcp", (443, 443), "pl-canary"),
        Rule(OWN, True, "udp", None, "203.0.113.0/24"),
    )
    group = SecurityGroup("sg-canary", OWN, "vpc-canary", rules, tags)
    role = Role(
        f"arn:aws:iam::999999999999:role/{OWN}/{OWN}", OWN, f"/{OWN}/", ("ec2.amazonaws.com", OWN),
        ("arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy", f"arn:aws:iam::999999999999:policy/{OWN}"),
        f"arn:aws:iam::999999999999:policy/{OWN}", tags, PASSED, ("ec2:Describe*",), ("ec2:Run*",), OWN,
    )  # fmt: skip
    cluster = Cluster(
        name=OWN, arn=f"arn:aws:eks:eu-west-1:999999999999:cluster/{OWN}", status="ACTIVE", state=State.USABLE,
        version="1.35", role=f"arn:aws:iam::999999999999:role/{OWN}", vpc_id="vpc-canary", subnets=("subnet-canary",),
        groups=("sg-canary",), security_group="sg-canary3", endpoint=f"https://{OWN}.gr7.eu-west-1.eks.amazonaws.com",
        certificate_authority="Y2FuYXJ5", service_cidr="172.20.0.0/16", public_access=False, private_access=True,
        authentication="API_AND_CONFIG_MAP", support="STANDARD", deletion_protection=True, logs=(OWN,), health=(OWN,),
        tags=tags, dns_name=f"{OWN}.gr7.eu-west-1.eks.amazonaws.com",
    )  # fmt: skip
    instance = replace(Instance("i-canary", "running", "eu-west-1a", f"{OWN}.internal", "ami-canary"), console=OWN)
    launch = Launch(
        name=OWN, kind="Auto Scaling group", subnets=("subnet-canary",), groups=("sg-canary",), role=role,
        image=Ami("ami-canary", "", "x86_64", "amazon-eks-node-al2023-x86_64-standard-1.35-v20251106"),
        instance_type=InstanceType("m5.large", ("x86_64",), 2, 8192, {}, ()), user_data=USER_DATA, hop_limit=1,
        desired=9, instances=(instance,), issues=(OWN,),
    )  # fmt: skip
    return Facts(
        AccountFacts(PASSED, "999999999999", f"arn:aws:iam::999999999999:user/{OWN}", "eu-west-1", "aws"),
        vpc=VpcFacts(
            Vpc("vpc-canary", ("10.9.0.0/16",), State.USABLE, OWN, True, False, ("10.9.0.2", OWN), tags, f"{OWN}.corp"),
            (Subnet("subnet-canary", "vpc-canary", "eu-west-1a", "euw1-az1", "10.9.3.0/24", 9, State.USABLE, tags),),
            (
                RouteTable(
                    "rtb-canary", True, (), (Route("10.7.0.0/16", "vgw-canary"), Route("10.9.0.0/16", "local"),
                    Route("10.6.0.0/16", "pcx-canary"), Route("0.0.0.0/0", "nat-canary")), ("vgw-canary",), tags,
                ),
            ),
            network_acls=(
                NetworkAcl("acl-canary", ("subnet-canary",), (AclEntry(1, True, False, "6", (1, 9), "10.7.0.0/16"),)),
            ),
            prefix_lists=(PrefixList("pl-canary", OWN, ("10.8.0.0/16",)),),
        ),
        endpoints=EndpointFacts(
            endpoints=(
                Endpoint(
                    "vpce-canary", "s3", "Gateway", State.USABLE, (), ("rtb-canary",), (), False, POLICY, OWN, tags,
                ),
                Endpoint("vpce-canary2", f"svc-{OWN}", "Interface", State.USABLE, ("subnet-canary",), (), (), True),
            ),
            groups=(group,),
        ),
        cluster=ClusterFacts(
            cluster=cluster, groups=(group, SecurityGroup("sg-canary3", OWN, "vpc-canary", rules, tags)),
            access_entries=(AccessEntry(role.arn, "EC2_LINUX", (OWN,), PASSED, OWN, (OWN,)),),
            aws_auth=(MappedRole(f"arn:aws:iam::999999999999:role/{OWN}", OWN, (OWN, "system:nodes")),),
        ),
        launches=LaunchFacts((launch,), (group,)),
    )  # fmt: skip


def test_nothing_of_the_companys_own_is_in_it() -> None:
    text = recording(everything(), FOUND, SECRET).lower()
    for secret in (OWN, "999999999999", "eu-west-1", "10.9.", "10.7.", "10.6.", "203.0.113", "3128@", "y2fuyxj5"):
        assert secret not in text, secret


@pytest.mark.parametrize(
    ("username", "groups", "shown"),
    [
        ("system:node:{{SessionName}}", (), "system:node:{{SessionName}}"),
        ("canary:{{SessionName}}", (), "recorded"),
        ("system:node:canary", (), "system:node:recorded"),
        ("recorded", ("system:nodes", "system:canary", "x]\n- canary: [y"), "system:nodes"),
    ],
)
def test_of_aws_auth_only_what_kubernetes_calls_so_is_kept(username: str, groups: tuple[str, ...], shown: str) -> None:
    seen = everything()
    line = MappedRole(f"arn:aws:iam::999999999999:role/{OWN}", username, groups)
    text = recording(replace(seen, cluster=replace(seen.cluster, aws_auth=(line,))), FOUND, SECRET)
    assert OWN not in text
    assert shown in text


def test_of_whom_a_role_trusts_only_services_are_kept() -> None:
    seen = everything()
    [launch] = seen.launches.launches  # type: ignore[misc]
    owned = f"arn:aws:iam::999999999999:oidc-provider/{OWN}.amazonaws.com"
    launch = replace(launch, role=replace(launch.role, trusts=("ec2.amazonaws.com", owned)))  # type: ignore[type-var]
    text = recording(replace(seen, launches=replace(seen.launches, launches=(launch,))), FOUND, SECRET)
    assert OWN not in text
    assert "ec2.amazonaws.com" in text


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("arn:aws:ecr:eu-west-1:602401143452:repository/eks/pause", True),
        ("arn:aws:ecr:eu-west-1:999999999999:repository/eks/canary", False),
        ("arn:aws:ecr:*:*:repository/amazon-k8s-cni-canary", False),
        ("arn:aws:ecr:*:*:repository/eks/*", True),
        ("ec2.amazonaws.com", True),
        ("canary.s3.amazonaws.com", False),
        ("canary.s3.eu-west-1.amazonaws.com", False),
    ],
)
def test_what_is_awss_in_a_policy_is_kept_and_what_is_the_companys_is_not(value: str, kept: bool) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": value}
    found = disguised(json.dumps({"Statement": [statement]}), Named(Disguise(SECRET), "999999999999"))
    assert found is not None
    shown = found["Statement"][0]["Resource"]
    assert shown.rpartition(":")[2] == value.rpartition(":")[2] if kept else OWN not in shown


def test_every_text_of_the_facts_was_tried() -> None:
    """The canary stands in every text field of what is recorded, so that a new field can't slip through unseen."""
    told_without = {
        (type(thing).__name__, field.name)
        for thing in _things(replace(everything(), kubeconfig=None))
        for field in fields(thing)
        if isinstance(getattr(thing, field.name), str) and OWN not in getattr(thing, field.name)
    }
    assert told_without == NO_SECRETS


# Texts that are AWS's own words, numbers or networks; the latter are looked for by themselves.
NO_SECRETS = {
    ("AccessEntry", "kind"), ("AccountFacts", "id"), ("AccountFacts", "partition"), ("AccountFacts", "region"),
    ("AclEntry", "cidr"), ("AclEntry", "protocol"), ("Ami", "architecture"), ("Ami", "name"), ("Ami", "release"),
    ("Cluster", "authentication"), ("Cluster", "certificate_authority"), ("Cluster", "service_cidr"),
    ("Cluster", "state"), ("Cluster", "status"), ("Cluster", "support"), ("Cluster", "version"), ("Endpoint", "error"),
    ("Endpoint", "kind"), ("Endpoint", "state"), ("Endpoint", "suffix"), ("Instance", "state"), ("Instance", "zone"),
    ("Instance", "address"), ("Instance", "subnet"),
    ("InstanceType", "hypervisor"), ("InstanceType", "name"), ("Launch", "kind"),
    ("Route", "destination"), ("Route", "target"), ("Rule", "protocol"), ("Rule", "source"), ("Subnet", "cidr"),
    ("Subnet", "state"), ("Subnet", "zone"), ("Subnet", "zone_id"), ("Vpc", "state"),
}  # fmt: skip


def _things(value: Any) -> list[Any]:
    """Every dataclass in the facts."""
    if is_dataclass(value) and not isinstance(value, type):
        return [value, *(found for field in fields(value) for found in _things(getattr(value, field.name)))]
    if isinstance(value, Mapping):
        return [found for one in value.values() for found in _things(one)]
    return [found for one in value for found in _things(one)] if isinstance(value, tuple) else []


def test_it_is_a_scenario() -> None:
    read = yaml.load(recording(everything(), FOUND, SECRET), yaml.BaseLoader)  # noqa: S506 - a loader of texts only
    assert Scenario.model_validate(read).solved.nodes == 2


def test_what_was_not_shown_is_said() -> None:
    seen = replace(everything(), endpoints=EndpointFacts(endpoints=Unknown("ec2:DescribeVpcEndpoints", OWN)))
    text = recording(seen, FOUND, SECRET)
    assert "ec2:DescribeVpcEndpoints" in text
    assert OWN not in text
    assert "was not shown everything" not in recording(everything(), FOUND, SECRET)


@pytest.mark.parametrize(
    "hidden",
    [
        lambda seen: replace(seen, cluster=replace(seen.cluster, cluster=Unknown("eks:DescribeCluster", "no"))),
        lambda seen: replace(seen, cluster=replace(seen.cluster, cluster=None)),
        lambda seen: Facts(seen.account, cluster=ClusterFacts(cluster=seen.cluster.cluster)),
        lambda seen: replace(seen, launches=LaunchFacts(Unknown("ec2:DescribeInstances", "no"))),
        lambda seen: replace(seen, vpc=replace(seen.vpc, subnets=Unknown("ec2:DescribeSubnets", "no"))),
    ],
)
def test_what_aws_hides_is_no_recording(hidden: Any) -> None:
    with pytest.raises(NotRecordable, match="AWS does not tell enough"):
        recording(hidden(everything()), FOUND, SECRET)


networks = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)


@given(networks, networks, st.binary(min_size=16, max_size=32))
def test_networks_keep_their_size_and_what_lies_in_what(one: IPv4Network, other: IPv4Network, secret: bytes) -> None:
    disguise = Disguise(secret)
    first, second = (IPv4Network(disguise.cidr(str(each)) or "") for each in (one, other))
    assert (first.prefixlen, second.prefixlen) == (one.prefixlen, other.prefixlen)
    assert first.subnet_of(second) == one.subnet_of(other)
    assert first.overlaps(second) == one.overlaps(other)
    assert first.is_private or not one.is_private or one.prefixlen < 16 or str(one)[:3] not in ("10.", "172", "192")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ec2.eu-west-1.amazonaws.com", "ec2.ap-northeast-1.amazonaws.com"),
        (".dkr.ecr.us-gov-west-1.amazonaws.com", ".dkr.ecr.ap-northeast-1.amazonaws.com"),
        ("ABC123.gr7.eu-west-1.eks.amazonaws.com", ".eks.amazonaws.com"),
        (".eks.amazonaws.com", ".eks.amazonaws.com"),
        ("localhost", "localhost"),
        (".corp.example", ".name-1.name-2"),
    ],
)
def test_host_names(name: str, shown: str) -> None:
    assert Disguise(SECRET).host(name) == shown


def test_a_policy_says_who_may_what_and_not_who_it_is() -> None:
    named = Named(Disguise(SECRET), "999999999999")
    found = disguised(POLICY, named)
    assert found is not None
    [statement] = found["Statement"]
    assert statement["Action"] == ["s3:GetObject"]
    assert statement["Resource"][0] == "arn:aws:s3:::prod-ap-northeast-1-starport-layer-bucket/*"
    assert statement["Principal"]["AWS"][1] == "123456789012"
    assert list(statement["Condition"]) == ["StringEquals"]
    assert OWN not in json.dumps(found)
    assert disguised("no json", named) is None
