"""S3 is offered as a gateway and as an interface, and a VPC may have both: one never counts as the other."""

from dataclasses import replace

from article_facts import ARTICLE, FINISHED

from wizard import engine
from wizard.facts import Endpoint, State

THEIRS = Endpoint(
    id="vpce-0ffffffffffffffff",
    suffix="s3",
    kind="Interface",
    state=State.USABLE,
    subnets=(),
    route_tables=(),
    groups=(),
    private_dns=False,
)


def test_somebody_elses_s3_interface_beside_our_gateway_changes_nothing() -> None:
    assert isinstance(FINISHED.endpoints.endpoints, tuple)
    both = replace(FINISHED.endpoints, endpoints=(*FINISHED.endpoints.endpoints, THEIRS))
    view = engine.judge(ARTICLE, replace(FINISHED, endpoints=both))
    assert not view.stops
    assert view.plan.changes == engine.judge(ARTICLE, FINISHED).plan.changes


def test_an_s3_interface_is_no_gateway() -> None:
    assert isinstance(FINISHED.endpoints.endpoints, tuple)
    others = tuple(one for one in FINISHED.endpoints.endpoints if one.suffix != "s3")
    view = engine.judge(ARTICLE, replace(FINISHED, endpoints=replace(FINISHED.endpoints, endpoints=(*others, THEIRS))))
    assert "endpoints.s3" in {change.id for change in view.plan.changes}
