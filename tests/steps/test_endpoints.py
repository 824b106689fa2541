"""The endpoints step: what a node can't do without, and whether it reaches it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from article_facts import (
    ARTICLE,
    EMPTY,
    ENDPOINT_GROUP,
    ENDPOINTS,
    FINISHED,
    HIDDEN,
    OFFERS,
    SUBNETS,
    TABLE,
    VPC,
    ZONES,
    changed,
    group,
    offer,
    ours,
)
from step_cases import USED_VPC, Findings, Plans, call_of, changes, checked, shown, verified

from wizard.facts import Facts, ServiceOffer, State, Unknown
from wizard.network import planned
from wizard.plan import Ref

EC2 = ENDPOINTS[0]
EC2_GONE = f"endpoints.ec2.gone.{EC2.id}"
MORE = ("endpoints.services=[ec2, ecr.api, ecr.dkr, s3, sts, logs, ssm]",)
THREE_ZONES = ("vpc.create.subnets.2={zone: ap-northeast-1d, cidr: 10.110.5.0/24}",)
TWO_IN_ONE_ZONE = ("vpc.create.subnets.2={zone: ap-northeast-1a, cidr: 10.110.5.0/24}",)
GIVEN = group(11, "company", "", "10.110.0.0/16")
GIVEN_GROUP = ("endpoints.security_group.use=sg-0000000000000000b",)


def offers(base: Facts = EMPTY, **found: ServiceOffer | None) -> Facts:
    """These facts with other offers; a dot is written as two underscores."""
    named = {suffix.replace("__", "."): one for suffix, one in found.items()}
    return changed(base, "endpoints", offers={**OFFERS, **named})


def endpoint(index: int, **fields: Any) -> Facts:
    """The finished build with one endpoint otherwise."""
    found = replace(ENDPOINTS[index], **fields)
    return changed(FINISHED, "endpoints", endpoints=(*ENDPOINTS[:index], found, *ENDPOINTS[index + 1 :]))


def without(suffix: str) -> Facts:
    """The finished build without one endpoint."""
    return changed(FINISHED, "endpoints", endpoints=tuple(one for one in ENDPOINTS if one.suffix != suffix))


def theirs(*admitted: str) -> Facts:
    """The finished build with an endpoint of the company's for ec2, whose group admits these CIDRs."""
    company = group(9, "company", "", *admitted)
    return changed(endpoint(0, groups=(company.id,), tags={}), "endpoints", groups=(replace(company, tags={}),))


def listed(entries: str | Unknown) -> Facts:
    """The finished build with an endpoint of the company's for ec2, whose group admits a prefix list."""
    facts = theirs("10.9.0.0/16")
    (company,) = facts.endpoints.groups  # type: ignore[misc]
    told = (entries,) if isinstance(entries, str) else entries
    rule = replace(company.rules[0], source="pl-1", entries=told)
    return changed(facts, "endpoints", groups=(replace(company, rules=(rule,)),))


def unseen_groups() -> Facts:
    """The same, where AWS does not tell the rules."""
    return changed(theirs(), "endpoints", groups=HIDDEN)


def policy(**statement: Any) -> str:
    """An endpoint policy of one statement."""
    return json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **statement}]}
    )


OPEN_POLICY = policy()
OWN_BUCKETS = policy(Action="s3:*", Resource=["arn:aws:s3:::company-*"])
CONDITIONAL = policy(Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}})


def another_gateway(table: str) -> Facts:
    """The finished build with one more S3 endpoint, for the company's own buckets, on this table."""
    other = replace(ENDPOINTS[3], id="vpce-00000000000000009", route_tables=(table,), policy=OWN_BUCKETS, tags={})
    ours = replace(ENDPOINTS[3], route_tables=() if table == TABLE.id else ENDPOINTS[3].route_tables)
    return changed(FINISHED, "endpoints", endpoints=(*ENDPOINTS[:3], ours, *ENDPOINTS[4:], other))


CHECKS = (
    Findings("nothing there", EMPTY, ()),
    Findings("all there", FINISHED, ()),
    *(
        Findings(
            f"{suffix} is not asked for",
            changed(EMPTY, "endpoints", offers={name: OFFERS[name] for name in OFFERS if name != suffix}),
            ("END302 warn endpoints.services" if suffix == "sts" else "END301 stop endpoints.services",),
            (f"endpoints.services=[{', '.join(name for name in OFFERS if name != suffix)}]",),
        )
        for suffix in OFFERS
    ),
    Findings(
        "offers can't be looked at",
        changed(EMPTY, "endpoints", offers=HIDDEN),
        ("END303 stop endpoints.services",),
    ),
    Findings("the region has no such service", offers(sts=None), ("END304 stop endpoints.services",)),
    Findings(
        "a service in none of our zones",
        offers(sts=replace(OFFERS["sts"], zones=ZONES[2:])),
        ("END305 stop endpoints.services",),
    ),
    Findings(
        "a service in one of our zones",
        offers(sts=replace(OFFERS["sts"], zones=ZONES[:1])),
        ("END306 warn endpoints.services",),
    ),
    Findings(
        "a service in none of our zones, but in two others",
        offers(sts=replace(OFFERS["sts"], zones=ZONES[1:])),
        ("END305 stop endpoints.services",),
        ("vpc.create.subnets.1.zone=ap-northeast-1a",),
    ),
    Findings(
        "a service in one of our zones, and in another",
        offers(sts=replace(OFFERS["sts"], zones=ZONES[1:])),
        ("END306 warn endpoints.services",),
    ),
    Findings(
        "a service in one of our zones once they stand",
        offers(FINISHED, sts=replace(OFFERS["sts"], zones=ZONES[1:])),
        ("END306 warn endpoints.services",),
    ),
    Findings("a gateway has no zones", offers(s3=replace(OFFERS["s3"], zones=())), ()),
    Findings("an endpoint of ours failed", endpoint(0, state=State.FAILED), ("END317 note endpoints.services",)),
    Findings(
        "somebody else's endpoint failed", endpoint(0, state=State.FAILED, tags={}), ("END307 stop endpoints.services",)
    ),
    Findings(
        "somebody else's endpoint is being deleted",
        endpoint(0, state=State.DELETING, tags={}),
        ("END317 note endpoints.services",),
    ),
    Findings(
        "an endpoint of ours is being deleted while its successor stands",
        changed(FINISHED, "endpoints", endpoints=(*ENDPOINTS, replace(EC2, id="vpce-9", state=State.DELETING))),
        (),
    ),
    Findings(
        "an endpoint that nobody asks for failed",
        changed(
            FINISHED,
            "endpoints",
            endpoints=(*ENDPOINTS, replace(EC2, id="vpce-9", suffix="logs", state=State.FAILED, tags={})),
        ),
        (),
    ),
    Findings(
        "a failed endpoint beside one that works",
        changed(FINISHED, "endpoints", endpoints=(replace(EC2, id="vpce-9", state=State.FAILED, tags={}), *ENDPOINTS)),
        (),
    ),
    Findings(
        "two endpoints with the same tags of ours",
        changed(FINISHED, "endpoints", endpoints=(*ENDPOINTS, replace(EC2, id="vpce-9", suffix="logs"))),
        ("END312 stop endpoints",),
    ),
    Findings("two endpoint groups", changed(FINISHED, "endpoints", twins=("sg-1", "sg-2")), ("END312 stop endpoints",)),
    Findings("an endpoint is under way", endpoint(0, state=State.UNDER_WAY), ()),
    Findings("an endpoint without private DNS", endpoint(0, private_dns=False), ("END308 note endpoints.services",)),
    Findings(
        "an endpoint that lacks a subnet", endpoint(0, subnets=(SUBNETS[0].id,)), ("END308 note endpoints.services",)
    ),
    Findings("an endpoint of the company's that admits nobody", theirs(), ("END308 note endpoints.services",)),
    Findings("an endpoint of the company's that admits the nodes", theirs("10.0.0.0/8"), ()),
    Findings("an endpoint of the company's that admits a list with the nodes", listed("10.110.0.0/16"), ()),
    Findings(
        "an endpoint of the company's that admits a list without the nodes",
        listed("10.9.0.0/16"),
        ("END308 note endpoints.services",),
    ),
    Findings(
        "an endpoint of the company's that admits a list which can't be seen",
        listed(HIDDEN),
        ("END308 note endpoints.services", "END390 unknown endpoints"),
    ),
    Findings("an endpoint of the company's whose groups can't be seen", unseen_groups(), ("END390 unknown endpoints",)),
    Findings(
        "a policy for the company's own buckets",
        endpoint(3, policy=OWN_BUCKETS),
        ("END313 stop endpoints.services",),
    ),
    Findings(
        "the nodes' table leads to another S3 endpoint, whose policy is narrow",
        another_gateway(TABLE.id),
        ("END313 stop endpoints.services",),
    ),
    Findings("another S3 endpoint is on other tables", another_gateway("rtb-9"), ()),
    Findings(
        "a policy with a condition",
        endpoint(0, policy=CONDITIONAL),
        ("END313 warn endpoints.services",),
    ),
    Findings("a policy that allows everything", endpoint(0, policy=OPEN_POLICY), ()),
    Findings(
        "a private hosted zone of an endpoint's name",
        changed(without("ec2"), "endpoints", hosted_zones=("ec2.ap-northeast-1.amazonaws.com", "example.internal")),
        ("END314 stop endpoints.services",),
    ),
    Findings(
        "a private hosted zone beside an endpoint that has private DNS",
        changed(FINISHED, "endpoints", hosted_zones=("ec2.ap-northeast-1.amazonaws.com",)),
        (),
    ),
    Findings(
        "Session Manager without its companions",
        offers(ssm=offer("ssm"), ssmmessages=offer("ssmmessages"), ec2messages=offer("ec2messages")),
        ("END315 warn endpoints.services",),
        ("endpoints.services=[ec2, ecr.api, ecr.dkr, s3, sts, ssm]",),
    ),
    Findings(
        "the Pod Identity agent without its service",
        changed(EMPTY, "endpoints", offers={**OFFERS, "eks-auth": offer("eks-auth")}),
        ("END316 warn endpoints.services",),
        ("cluster.addons=[vpc-cni, kube-proxy, coredns, eks-pod-identity-agent]",),
    ),
    Findings(
        "a second gateway has the table",
        changed(
            FINISHED,
            "endpoints",
            endpoints=(
                *ENDPOINTS[:3],
                replace(ENDPOINTS[3], route_tables=()),
                ENDPOINTS[4],
                replace(ENDPOINTS[3], id="vpce-9", tags={}),
            ),
        ),
        (),
    ),
    Findings("an endpoint with a group more", endpoint(0, groups=("sg-9", ENDPOINT_GROUP.id)), ()),
    Findings("a gateway that lacks our route table", endpoint(3, route_tables=()), ("END308 note endpoints.services",)),
    Findings("a gateway on more route tables", endpoint(3, route_tables=("rtb-9", TABLE.id)), ()),
    Findings("a given group that is not there", EMPTY, ("END309 stop endpoints.security_group",), GIVEN_GROUP),
    Findings("a given group", changed(FINISHED, "endpoints", group=GIVEN), (), GIVEN_GROUP),
    Findings(
        "a given group of another VPC",
        changed(FINISHED, "endpoints", group=replace(GIVEN, vpc_id="vpc-9")),
        ("END309 stop endpoints.security_group",),
        GIVEN_GROUP,
    ),
    Findings(
        "endpoints can't be looked at", changed(FINISHED, "endpoints", endpoints=HIDDEN), ("END390 unknown endpoints",)
    ),
    Findings("the group can't be looked at", changed(EMPTY, "endpoints", group=HIDDEN), ("END390 unknown endpoints",)),
)

VERIFIES = (
    Findings("all there", FINISHED, ("END311 ok endpoints.services",)),
    Findings("nothing there", EMPTY, ("END310 stop endpoints.services",)),
    Findings("one is missing", without("s3"), ("END310 stop endpoints.services",)),
    Findings("one is under way", endpoint(0, state=State.UNDER_WAY), ("END310 stop endpoints.services",)),
    Findings("one failed", endpoint(0, state=State.FAILED), ("END310 stop endpoints.services",)),
    Findings(
        "they can't be looked at", changed(FINISHED, "endpoints", endpoints=HIDDEN), ("END390 unknown endpoints",)
    ),
)

GROUP = (
    "endpoints.group create ec2.CreateSecurityGroup < vpc",
    "endpoints.group.https.10.110.0.0/16 create ec2.AuthorizeSecurityGroupIngress < endpoints.group",
)
DNS = "vpc.dns-hostnames vpc.dns-support"
NEW = "vpc.subnet.10.110.3.0/24 vpc.subnet.10.110.4.0/24"


def made(*suffixes: str, after: str = f"endpoints.group vpc {DNS} {NEW}") -> tuple[str, ...]:
    """These interface endpoints, in an empty account."""
    return tuple(f"endpoints.{suffix} create ec2.CreateVpcEndpoint < {after}" for suffix in suffixes)


GATEWAY = "endpoints.s3 create ec2.CreateVpcEndpoint < vpc vpc.route-table"

PLANS = (
    Plans("nothing there", EMPTY, (*GROUP, *made("ec2", "ecr.api", "ecr.dkr"), GATEWAY, *made("sts"))),
    Plans("all there", FINISHED, ()),
    Plans(
        "an endpoint of ours failed",
        endpoint(0, state=State.FAILED),
        (f"{EC2_GONE} replace ec2.DeleteVpcEndpoints", f"endpoints.ec2 create ec2.CreateVpcEndpoint < {EC2_GONE}"),
    ),
    Plans(
        "somebody else's endpoint failed, which forbids the build",
        endpoint(0, state=State.FAILED, tags={}),
        ("endpoints.ec2 create ec2.CreateVpcEndpoint",),
    ),
    Plans(
        "an endpoint is being deleted, whosever it is",
        endpoint(0, state=State.DELETING, tags={}),
        (f"{EC2_GONE} wait nothing", f"endpoints.ec2 create ec2.CreateVpcEndpoint < {EC2_GONE}"),
    ),
    Plans(
        "the gateway of ours failed",
        endpoint(3, state=State.FAILED),
        (
            f"endpoints.s3.gone.{ENDPOINTS[3].id} replace ec2.DeleteVpcEndpoints",
            f"endpoints.s3 create ec2.CreateVpcEndpoint < endpoints.s3.gone.{ENDPOINTS[3].id}",
        ),
    ),
    Plans("a VPC of the company's", FINISHED, (), USED_VPC),
    Plans("a VPC that is not there", EMPTY, (), USED_VPC),
    Plans(
        "a given group",
        changed(without("ec2"), "endpoints", group=GIVEN),
        ("endpoints.ec2 create ec2.CreateVpcEndpoint",),
        GIVEN_GROUP,
    ),
    Plans(
        "a given group that does not admit the VPC",
        changed(without("ec2"), "endpoints", group=replace(GIVEN, rules=())),
        (
            "endpoints.group.https.10.110.0.0/16 create ec2.AuthorizeSecurityGroupIngress",
            "endpoints.ec2 create ec2.CreateVpcEndpoint",
        ),
        GIVEN_GROUP,
    ),
    Plans(
        "an endpoint without private DNS, in one of two zones",
        endpoint(0, private_dns=False, subnets=(SUBNETS[0].id,)),
        (
            "endpoints.ec2.subnets modify ec2.ModifyVpcEndpoint",
            "endpoints.ec2.private-dns modify ec2.ModifyVpcEndpoint < endpoints.ec2.subnets",
        ),
    ),
    Plans(
        "an endpoint of the company's in another subnet of the zone",
        changed(
            endpoint(0, subnets=("subnet-9", SUBNETS[1].id)),
            "vpc",
            subnets=(*SUBNETS, replace(SUBNETS[0], id="subnet-9", cidr="10.110.9.0/24", tags={})),
        ),
        (),
    ),
    Plans(
        "the gateway lacks the nodes' table",
        endpoint(3, route_tables=()),
        ("endpoints.s3.route-tables modify ec2.ModifyVpcEndpoint",),
    ),
    Plans(
        "an endpoint of the company's that admits nobody",
        theirs(),
        (
            "endpoints.https.sg-00000000000000009.10.110.3.0/24 create ec2.AuthorizeSecurityGroupIngress",
            "endpoints.https.sg-00000000000000009.10.110.4.0/24 create ec2.AuthorizeSecurityGroupIngress",
        ),
    ),
    Plans(
        "private DNS waits for the VPC's",
        changed(endpoint(0, private_dns=False), "vpc", vpc=replace(VPC, dns_hostnames=False)),
        ("endpoints.ec2.private-dns modify ec2.ModifyVpcEndpoint < vpc.dns-hostnames",),
    ),
    Plans(
        "more services",
        offers(logs=offer("logs"), ssm=offer("ssm")),
        (*GROUP, *made("ec2", "ecr.api", "ecr.dkr"), GATEWAY, *made("sts", "logs", "ssm")),
        MORE,
    ),
    Plans(
        "more services later",
        offers(FINISHED, logs=offer("logs"), ssm=offer("ssm")),
        ("endpoints.logs create ec2.CreateVpcEndpoint", "endpoints.ssm create ec2.CreateVpcEndpoint"),
        MORE,
    ),
    Plans(
        "a service that the region lacks is not planned",
        offers(FINISHED, logs=None, ssm=offer("ssm")),
        ("endpoints.ssm create ec2.CreateVpcEndpoint",),
        MORE,
    ),
    Plans("without offers there is nothing to plan from", changed(EMPTY, "endpoints", offers=HIDDEN), GROUP),
    Plans("one is missing", without("ec2"), ("endpoints.ec2 create ec2.CreateVpcEndpoint",)),
    Plans("the gateway is missing", without("s3"), ("endpoints.s3 create ec2.CreateVpcEndpoint",)),
    Plans("one is under way", endpoint(0, state=State.UNDER_WAY), ("endpoints.ec2 wait nothing",)),
    Plans(
        "one is missing, and host names are off",
        changed(without("sts"), "vpc", vpc=replace(VPC, dns_hostnames=False)),
        ("endpoints.sts create ec2.CreateVpcEndpoint < vpc.dns-hostnames",),
    ),
    Plans(
        "the gateway needs no DNS",
        changed(without("s3"), "vpc", vpc=replace(VPC, dns_hostnames=False, dns_support=False)),
        ("endpoints.s3 create ec2.CreateVpcEndpoint",),
    ),
    Plans(
        "the group lost its rule",
        changed(FINISHED, "endpoints", group=replace(ENDPOINT_GROUP, rules=ENDPOINT_GROUP.rules[1:])),
        ("endpoints.group.https.10.110.0.0/16 create ec2.AuthorizeSecurityGroupIngress",),
    ),
    Plans(
        "a second CIDR on our VPC",
        changed(FINISHED, "vpc", vpc=replace(VPC, cidrs=(*VPC.cidrs, "10.99.0.0/16"))),
        ("endpoints.group.https.10.99.0.0/16 create ec2.AuthorizeSecurityGroupIngress",),
    ),
    Plans(
        "three zones",
        EMPTY,
        (
            *GROUP,
            *made("ec2", "ecr.api", "ecr.dkr", after=f"endpoints.group vpc {DNS} {NEW} vpc.subnet.10.110.5.0/24"),
            GATEWAY,
            *made("sts", after=f"endpoints.group vpc {DNS} {NEW} vpc.subnet.10.110.5.0/24"),
        ),
        THREE_ZONES,
    ),
    Plans(
        "two subnets in one zone: an endpoint takes one",
        EMPTY,
        (*GROUP, *made("ec2", "ecr.api", "ecr.dkr"), GATEWAY, *made("sts")),
        TWO_IN_ONE_ZONE,
    ),
    Plans(
        "a service that one zone lacks",
        offers(sts=replace(OFFERS["sts"], zones=ZONES[:1])),
        (
            *GROUP,
            *made("ec2", "ecr.api", "ecr.dkr"),
            GATEWAY,
            *made("sts", after=f"endpoints.group vpc {DNS} vpc.subnet.10.110.3.0/24"),
        ),
    ),
    Plans(
        "S3 without a gateway",
        offers(s3=replace(OFFERS["s3"], kinds=("Interface",))),
        (*GROUP, *made("ec2", "ecr.api", "ecr.dkr", "s3", "sts")),
    ),
)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_check(case: Findings) -> None:
    assert checked("endpoints", case) == case.found


@pytest.mark.parametrize("case", VERIFIES, ids=lambda case: case.name)
def test_verify(case: Findings) -> None:
    assert verified("endpoints", case) == case.found


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_plan(case: Plans) -> None:
    assert shown(changes("endpoints", case)) == case.changes


def test_an_interface_endpoint_has_private_dns_our_group_and_our_tags() -> None:
    call = call_of("endpoints", "endpoints.ecr.api", Plans("", EMPTY, (), ("tags.Department=network",)))
    assert call.params == {
        "VpcEndpointType": "Interface",
        "VpcId": Ref("vpc", "Vpcs[0].VpcId"),
        "ServiceName": "com.amazonaws.ap-northeast-1.ecr.api",
        "SubnetIds": [
            Ref("vpc.subnet.10.110.3.0/24", "Subnets[0].SubnetId"),
            Ref("vpc.subnet.10.110.4.0/24", "Subnets[0].SubnetId"),
        ],
        "SecurityGroupIds": [Ref("endpoints.group", "SecurityGroups[0].GroupId")],
        "PrivateDnsEnabled": True,
        "TagSpecifications": [
            {
                "ResourceType": "vpc-endpoint",
                "Tags": [
                    {"Key": "Department", "Value": "network"},
                    {"Key": "Name", "Value": "eksCluster-ecr.api"},
                    {"Key": "eks-wizard:cluster", "Value": "eksCluster"},
                    {"Key": "eks-wizard:change", "Value": "endpoints.ecr.api"},
                ],
            }
        ],
    }


def test_the_gateway_has_route_tables_and_no_private_dns() -> None:
    params = dict(call_of("endpoints", "endpoints.s3", Plans("", without("s3"), ())).params)
    del params["TagSpecifications"]
    assert params == {
        "VpcEndpointType": "Gateway",
        "VpcId": VPC.id,
        "ServiceName": "com.amazonaws.ap-northeast-1.s3",
        "RouteTableIds": [TABLE.id],
    }


def test_of_two_subnets_in_a_zone_an_endpoint_takes_the_first() -> None:
    params = call_of("endpoints", "endpoints.sts", Plans("", EMPTY, (), TWO_IN_ONE_ZONE)).params
    assert [one.change for one in params["SubnetIds"]] == ["vpc.subnet.10.110.3.0/24", "vpc.subnet.10.110.4.0/24"]


def test_services_are_called_by_the_name_that_the_region_gives_them() -> None:
    china = ServiceOffer("ec2", "cn.com.amazonaws.cn-north-1.ec2", ("Interface",), ZONES, ())
    params = call_of("endpoints", "endpoints.ec2", Plans("", offers(ec2=china), ())).params
    assert params["ServiceName"] == "cn.com.amazonaws.cn-north-1.ec2"


def test_no_proxy_has_the_names_of_all_planned_endpoints() -> None:
    assert planned(ARTICLE, EMPTY).no_proxy == (
        "localhost",
        "127.0.0.1",
        "169.254.169.254",
        "fd00:ec2::254",
        "169.254.170.23",
        "fd00:ec2::23",
        "10.110.0.0/16",
        "172.20.0.0/16",
        ".internal",
        ".svc",
        ".cluster.local",
        ".eks.amazonaws.com",
        "ec2.ap-northeast-1.amazonaws.com",
        "api.ecr.ap-northeast-1.amazonaws.com",
        "dkr.ecr.ap-northeast-1.amazonaws.com",
        ".dkr.ecr.ap-northeast-1.amazonaws.com",
        "sts.ap-northeast-1.amazonaws.com",
        "s3.ap-northeast-1.amazonaws.com",
        ".s3.ap-northeast-1.amazonaws.com",
        ".example.internal",
    )


def test_no_proxy_is_the_same_before_and_after_the_build() -> None:
    assert planned(ARTICLE, FINISHED).no_proxy == planned(ARTICLE, EMPTY).no_proxy


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ((), "eksCluster-endpoints"),
        (("endpoints.security_group.create=shared-endpoints",), "shared-endpoints"),
        (("cluster.name=orders",), "orders-endpoints"),
    ],
)
def test_the_group_is_named_by_the_profile_or_after_the_cluster(settings: tuple[str, ...], name: str) -> None:
    params = call_of("endpoints", "endpoints.group", Plans("", EMPTY, (), settings)).params
    assert params["GroupName"] == name
    tags = {tag["Key"]: tag["Value"] for tag in params["TagSpecifications"][0]["Tags"]}
    assert tags["eks-wizard:change"] == ours("endpoints.group")["eks-wizard:change"]
