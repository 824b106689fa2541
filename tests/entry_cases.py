"""Cases of the nodes step for the access entry of the nodes' role; the tables of test_nodes.py hold them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from article_facts import FINISHED, NODE_ROLE_ARN, changed
from step_cases import Findings, Plans

from wizard.facts import AccessEntry, Facts

MADE_AT: Final = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
OLD: Final = MADE_AT - timedelta(hours=1)
PODS: Final = "NODE604 ok nodes.instance_type"
GONE: Final = "nodes.access-entry.gone"


def entry(created_at: datetime | None = OLD, kind: str = "EC2_LINUX", **fields: Any) -> Facts:
    """The finished build, with a role that was made after the entry."""
    made = AccessEntry(NODE_ROLE_ARN, kind, (), created_at=created_at, **fields)
    node = replace(FINISHED.role.node, created_at=MADE_AT)  # type: ignore[type-var]
    return changed(changed(FINISHED, "role", node=node), "cluster", access_entries=(made,))


def without_role(**fields: Any) -> Facts:
    """The same, where somebody deleted the role and nobody made another."""
    return changed(entry(**fields), "role", node=None)


CHECKS: Final = (
    Findings("an entry of ours is for an earlier role", entry(ours=True), (PODS, "NODE633 note role.node")),
    Findings("an entry of ours is for a role that is gone", without_role(ours=True), (PODS, "NODE633 note role.node")),
    Findings("somebody else's entry is for an earlier role", entry(), (PODS, "NODE634 stop role.node")),
    Findings("the entry is as old as the role", entry(MADE_AT), (PODS,)),
    Findings("the entry's age is not known", entry(None), (PODS,)),
    Findings("the entry is for people", entry(MADE_AT, kind="STANDARD"), (PODS, "NODE661 stop role.node")),
)
MAKE: Final = "nodes.access-entry create eks.CreateAccessEntry"
PLANS: Final = (
    Plans(
        "an entry of ours is for an earlier role",
        entry(ours=True),
        (f"{GONE} replace eks.DeleteAccessEntry", f"{MAKE} < {GONE}"),
    ),
    Plans(
        "an entry of ours is for a role that is gone",
        without_role(ours=True),
        (f"{GONE} replace eks.DeleteAccessEntry", f"{MAKE} < {GONE} role.node"),
    ),
    Plans("somebody else's entry is for an earlier role", entry(), ()),
    Plans("the entry is as old as the role", entry(MADE_AT, ours=True), ()),
    Plans("the entry's age is not known", entry(None, ours=True), ()),
)
