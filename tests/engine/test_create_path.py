"""A profile goes in, nodes are Ready, and a second time there is nothing to do."""

from collections.abc import Callable
from typing import Any

import pytest
from builders import builds_once
from resources import standing

from wizard.findings import Severity


@pytest.mark.parametrize("profile", ["article.yaml", pytest.param("three-zones.yaml", marks=pytest.mark.long)])
def test_builds_to_ready_nodes_and_then_has_nothing_to_do(
    builder: Callable[..., Any], account: Any, profile: str
) -> None:
    builds_once(builder(profile), account)


def test_a_newer_ami_and_a_newer_version_are_notes_and_no_changes(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    operator.build()
    stood = standing(account)
    account.catalogue(
        releases={"1.35": "1.35.7-20261101"},
        versions=[version("1.36", default=True), version("1.35", default=False)],
    )

    view = operator.look()

    notes = {finding.code for finding in view.findings if finding.severity is Severity.NOTE}
    assert {"CLU506", "NODE613"} <= notes
    assert not view.stops
    assert view.plan.changes == ()
    assert operator.build() == []
    assert standing(account) == stood


def version(name: str, *, default: bool) -> dict[str, Any]:
    """A Kubernetes version on offer in the practice account."""
    return {
        "version": name,
        "status": "STANDARD_SUPPORT",
        "released": "2026-06-10",
        "end_of_standard_support": "2027-08-10",
        "end_of_extended_support": "2028-08-10",
        "patch": f"{name}.2",
        "default": default,
    }
