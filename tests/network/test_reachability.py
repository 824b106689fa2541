"""What nodes reach and why, by cases of the article's network."""

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from string import Formatter
from typing import Any

import pytest
import yaml
from article_facts import (
    ARTICLE,
    CLUSTER,
    CONTROL_PLANE_GROUP,
    EMPTY,
    ENDPOINT_GROUP,
    ENDPOINTS,
    FINISHED,
    HIDDEN,
    OFFERS,
    SUBNETS,
    TABLE,
    VPC,
    changed,
)
from step_cases import USED_VPC

from wizard import words
from wizard.facts import Endpoint, Facts, Route, Rule, SecurityGroup, VpcFacts
from wizard.network import planned
from wizard.profile import with_settings
from wizard.reachability import CLUSTER_API, INTERNET, PREMISES, Cell, Reachability, Way, Why, reachability

HERE = "10.110.3.0/24"
SERVICES = ("ec2", "ecr.api", "ecr.dkr", "s3", "sts")
NO_PROXY = ("site.proxy=null",)
NOT_ASKED = ("endpoints.services=[ecr.api, ecr.dkr, s3, sts]", *NO_PROXY)
# A VPC of somebody else's: nothing of it is mended, and its endpoints' group is not ours.
USED = (*USED_VPC, "endpoints.security_group={use: sg-00000000000000001}")


def reached(facts: Facts, *settings: str) -> Reachability:
    profile = with_settings(ARTICLE, settings)
    return reachability(profile, facts, planned(profile, facts))


def one(facts: Facts, destination: str, *settings: str, source: str = HERE) -> Cell:
    found = reached(facts, *settings).cell(source, destination)
    assert found is not None
    assert words.reason(found.why, found.about)
    return found


def endpoints(service: str, **fields: Any) -> Facts:
    """The finished account with one endpoint that is otherwise."""
    seen = [replace(each, **fields) if each.suffix == service else each for each in ENDPOINTS]
    return changed(FINISHED, "endpoints", endpoints=tuple(seen))


def without(service: str) -> Facts:
    return changed(FINISHED, "endpoints", endpoints=tuple(each for each in ENDPOINTS if each.suffix != service))


def routed(*routes: Route) -> Facts:
    table = replace(TABLE, routes=(*TABLE.routes, *routes))
    return changed(FINISHED, "vpc", route_tables=(table,))


def vpc(**fields: Any) -> Facts:
    return changed(FINISHED, "vpc", vpc=replace(VPC, **fields))


def cluster(**fields: Any) -> Facts:
    return changed(FINISHED, "cluster", cluster=replace(CLUSTER, **fields))


def group(*sources: str) -> Facts:
    """The finished account with an endpoints' group that admits these only."""
    rules = tuple(Rule(f"sgr-{source}", False, "tcp", (443, 443), source) for source in sources)
    return changed(FINISHED, "endpoints", group=SecurityGroup(ENDPOINT_GROUP.id, "own", VPC.id, rules))


def theirs(*sources: str) -> Facts:
    """The finished account with an endpoint for ec2 whose group is somebody else's and admits these only."""
    rules = tuple(Rule(f"sgr-{source}", False, "tcp", (443, 443), source) for source in sources)
    company = SecurityGroup("sg-00000000000000009", "company", VPC.id, rules)
    return changed(endpoints("ec2", groups=(company.id,)), "endpoints", groups=(company,))


@pytest.mark.parametrize("facts", [EMPTY, FINISHED], ids=["empty", "finished"])
def test_the_article_reaches_all_that_it_needs(facts: Facts) -> None:
    found = reached(facts)
    assert [source.name for source in found.sources] == [HERE, "10.110.4.0/24", PREMISES]
    assert found.destinations == (CLUSTER_API, *SERVICES, INTERNET)
    for subnet in (HERE, "10.110.4.0/24"):
        ways = {name: cell.way for name in found.destinations if (cell := found.cell(subnet, name))}
        assert ways == {CLUSTER_API: Way.DIRECT, INTERNET: Way.PROXY, **dict.fromkeys(SERVICES, Way.ENDPOINT)}
    operator = found.cell(PREMISES, CLUSTER_API)
    assert operator is not None
    assert operator.way is Way.DIRECT
    assert found.cell(PREMISES, "ec2") is None


NAT = Route("0.0.0.0/0", "nat-00000000000000001")
THROUGH = Route("0.0.0.0/0", "vgw-00000000000000001")

CASES: Mapping[str, tuple[Facts, str, tuple[str, ...], Way, Why]] = {
    "an endpoint in another zone will do":
        (endpoints("ec2", subnets=(SUBNETS[1].id,)), "ec2", NOT_ASKED, Way.ENDPOINT, Why.OTHER_ZONE),
    "the plan adds the zone": (endpoints("ec2", subnets=(SUBNETS[1].id,)), "ec2", (), Way.ENDPOINT, Why.OWN_ZONE),
    "an endpoint to be made, in no zone of ours":
        (changed(EMPTY, "endpoints", offers={**OFFERS, "ec2": replace(OFFERS["ec2"], zones=())}), "ec2", (),
         Way.NOTHING, Why.NO_SUBNET),
    "private DNS is off": (endpoints("ec2", private_dns=False), "ec2", NOT_ASKED, Way.NOTHING, Why.PRIVATE_DNS_OFF),
    "the plan switches private DNS on": (endpoints("ec2", private_dns=False), "ec2", (), Way.ENDPOINT, Why.OWN_ZONE),
    "private DNS is off, but there is a way out":
        (changed(routed(NAT), "endpoints", endpoints=endpoints("ec2", private_dns=False).endpoints.endpoints), "ec2",
         NOT_ASKED, Way.DIRECT, Why.NAT),
    "its group admits others only":
        (theirs(), "ec2", NOT_ASKED, Way.NOTHING, Why.NOT_ADMITTED),
    "the plan adds the rule": (theirs(), "ec2", (), Way.ENDPOINT, Why.OWN_ZONE),
    "its group was not read":
        (endpoints("ec2", groups=("sg-0000000000000dead",)), "ec2", (), Way.UNKNOWN, Why.GROUP_NOT_SEEN),
    "one of its groups admits, whatever the other says":
        (endpoints("ec2", groups=("sg-0000000000000dead", ENDPOINT_GROUP.id)), "ec2", (), Way.ENDPOINT, Why.OWN_ZONE),
    "our group has no rule yet": (group(), "ec2", (), Way.ENDPOINT, Why.OWN_ZONE),
    "somebody's group has no rule, and gets one": (group(), "ec2", USED, Way.ENDPOINT, Why.OWN_ZONE),
    "somebody's group admits half a subnet":
        (theirs("10.110.3.0/25"), "ec2", NOT_ASKED, Way.NOTHING, Why.NOT_ADMITTED),
    "somebody's group admits both halves":
        (theirs("10.110.3.0/25", "10.110.3.128/25"), "ec2", NOT_ASKED, Way.ENDPOINT, Why.OWN_ZONE),
    "somebody's group admits another group":
        (theirs("sg-00000000000000bad"), "ec2", NOT_ASKED, Way.UNKNOWN, Why.BY_GROUP),
    "DNS of somebody's VPC is switched on": (vpc(dns_hostnames=False), "ec2", USED, Way.ENDPOINT, Why.OWN_ZONE),
    "DNS of our VPC is switched on by the plan": (vpc(dns_hostnames=False), "ec2", (), Way.ENDPOINT, Why.OWN_ZONE),
    "another resolver": (vpc(domain_name_servers=("10.0.0.2",)), "ec2", (), Way.NOTHING, Why.NAME_SERVERS),
    "S3 is not on the route table":
        (endpoints("s3", route_tables=()), "s3", ("endpoints.services=[ec2, ecr.api, ecr.dkr, sts]", *NO_PROXY),
         Way.NOTHING, Why.NO_ROUTE_TABLE),
    "the plan puts S3 on the route table": (endpoints("s3", route_tables=()), "s3", (), Way.ENDPOINT, Why.GATEWAY),
    "no service that is not asked for, but a proxy":
        (EMPTY, "sts", ("endpoints.services=[ec2, ecr.api, ecr.dkr, s3]",), Way.PROXY, Why.BY_PROXY),
    "no service that is not asked for, and no proxy":
        (EMPTY, "sts", ("endpoints.services=[ec2, ecr.api, ecr.dkr, s3]", *NO_PROXY), Way.NOTHING, Why.NO_ENDPOINT),
    "the site sends it past the proxy, to nowhere":
        (EMPTY, "sts", ("endpoints.services=[ec2, ecr.api, ecr.dkr, s3]",
                        "site.proxy.no_proxy=[.ap-northeast-1.amazonaws.com]"), Way.NOTHING, Why.NO_ENDPOINT),
    "an endpoint that the profile does not name serves without a proxy":
        (FINISHED, "sts", ("endpoints.services=[ec2, ecr.api, ecr.dkr, s3]", *NO_PROXY), Way.ENDPOINT, Why.OWN_ZONE),
    "no internet": (EMPTY, INTERNET, NO_PROXY, Way.NOTHING, Why.NO_WAY_OUT),
    "a NAT gateway": (routed(NAT), INTERNET, NO_PROXY, Way.DIRECT, Why.NAT),
    "a default route to the premises": (routed(THROUGH), INTERNET, NO_PROXY, Way.UNKNOWN, Why.DEFAULT_ROUTE),
    "a proxy to which no route leads":
        (EMPTY, INTERNET, ("site.proxy.url=http://192.168.7.7:3128",), Way.NOTHING, Why.NO_ROUTE_TO_PROXY),
    "a proxy on the premises":
        (EMPTY, INTERNET, ("site.proxy.url=http://10.0.9.9:3128",), Way.PROXY, Why.INTERNET),
    "a cluster without a private endpoint":
        (cluster(private_access=False, public_access=True), CLUSTER_API, (), Way.NOTHING, Why.NOT_PRIVATE),
    "a cluster with another group":
        (cluster(groups=("sg-0000000000000dead",)), CLUSTER_API, (), Way.UNKNOWN, Why.GROUP_NOT_SEEN),
    "the VPC is hidden": (replace(EMPTY, vpc=VpcFacts(HIDDEN)), "ec2", (), Way.UNKNOWN, Why.NOT_TOLD),
    "the offers are hidden": (changed(EMPTY, "endpoints", offers=HIDDEN), "ec2", (), Way.UNKNOWN, Why.NOT_TOLD),
    "the endpoints are hidden": (changed(FINISHED, "endpoints", endpoints=HIDDEN), "s3", (), Way.UNKNOWN, Why.NOT_TOLD),
    "the group is hidden": (changed(FINISHED, "endpoints", group=HIDDEN), "ec2", (), Way.UNKNOWN, Why.NOT_TOLD),
    "the route tables are hidden": (changed(FINISHED, "vpc", route_tables=HIDDEN), "s3", (), Way.UNKNOWN, Why.NOT_TOLD),
    "a DNS attribute is hidden": (vpc(dns_support=HIDDEN), "ec2", (), Way.UNKNOWN, Why.NOT_TOLD),
    "the cluster is hidden": (changed(FINISHED, "cluster", cluster=HIDDEN), CLUSTER_API, (), Way.UNKNOWN, Why.NOT_TOLD),
}  # fmt: skip


@pytest.mark.parametrize(("facts", "destination", "settings", "way", "why"), CASES.values(), ids=CASES)
def test_a_way(facts: Facts, destination: str, settings: tuple[str, ...], way: Way, why: Why) -> None:
    found = one(facts, destination, *settings)
    assert (found.way, found.why) == (way, why)


FROM_PREMISES: Mapping[str, tuple[Facts, tuple[str, ...], Way, Why]] = {
    "the gateway is hidden": (changed(FINISHED, "vpc", gateway=HIDDEN), (), Way.UNKNOWN, Why.NOT_TOLD),
    "the gateway is not there":
        (EMPTY, ("vpc.create.connect={vpn_gateway: vgw-00000000000000009}",), Way.NOTHING, Why.NO_GATEWAY),
    "a route that is a black hole":
        (changed(FINISHED, "vpc", route_tables=(replace(TABLE, routes=(Route("10.0.0.0/16", "vgw-1", False),)),)),
         (), Way.NOTHING, Why.NO_ROUTE_BACK),
    "a VPC without routes to them": (changed(FINISHED, "vpc", route_tables=()), USED, Way.NOTHING, Why.NO_ROUTE_BACK),
    "a way to the internet does not lead back to them":
        (changed(FINISHED, "vpc", route_tables=(replace(TABLE, routes=(TABLE.routes[0], NAT)),)), USED,
         Way.NOTHING, Why.NO_ROUTE_BACK),
    "the plan lets them into somebody's group":
        (changed(FINISHED, "security_group", group=replace(CONTROL_PLANE_GROUP, rules=())),
         ("security_group={use: sg-00000000000000002}",), Way.DIRECT, Why.PREMISES),
    "a public cluster": (cluster(private_access=False), (), Way.NOTHING, Why.NOT_PRIVATE),
}  # fmt: skip


@pytest.mark.parametrize(("facts", "settings", "way", "why"), FROM_PREMISES.values(), ids=FROM_PREMISES)
def test_the_operators_way(facts: Facts, settings: tuple[str, ...], way: Way, why: Why) -> None:
    found = one(facts, CLUSTER_API, *settings, source=PREMISES)
    assert (found.way, found.why) == (way, why)


def test_every_further_service_of_the_profile_has_a_row() -> None:
    assert reached(EMPTY, "endpoints.services=[ec2, ecr.api, ecr.dkr, s3, logs]").destinations == (
        CLUSTER_API, *SERVICES, "logs", INTERNET,
    )  # fmt: skip


def test_every_way_has_a_sentence_and_every_sentence_a_way() -> None:
    said = yaml.safe_load((resources.files(words) / "reachability.yaml").read_text("utf-8"))
    assert set(said) == {str(why) for why in Why}
    assert all(sentence.strip().endswith(".") for sentence in said.values())


def test_the_sentences_name_nothing_that_the_ways_do_not_tell() -> None:
    said = yaml.safe_load((resources.files(words) / "reachability.yaml").read_text("utf-8"))
    cells = [one(facts, destination, *settings) for facts, destination, settings, _, _ in CASES.values()]
    cells += [one(facts, CLUSTER_API, *settings, source=PREMISES) for facts, settings, _, _ in FROM_PREMISES.values()]
    cells += reached(FINISHED).cells
    assert {cell.why for cell in cells} == set(Why)
    for cell in cells:
        fields = {field for _, field, _, _ in Formatter().parse(said[cell.why]) if field}
        assert fields <= set(cell.about), cell.why


def test_an_existing_gateway_of_a_used_vpc_counts_by_the_subnets_own_table() -> None:
    gateway: Endpoint = next(each for each in ENDPOINTS if each.suffix == "s3")
    assert gateway.route_tables == (TABLE.id,)
    assert one(FINISHED, "s3", *USED).why is Why.GATEWAY
    elsewhere = changed(FINISHED, "vpc", route_tables=(replace(TABLE, id="rtb-000000000000000aa"),))
    assert one(elsewhere, "s3", *USED, "endpoints.services=[ec2]", *NO_PROXY).why is Why.NO_ROUTE_TABLE
