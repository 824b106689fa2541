"""Neither the worlds nor what the wizard sees of them is an invention.

Built with real calls in the practice account, nodes boot as they do in the world, and ``check --cluster`` finds in what
it reads there what it finds in the world's translation.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from oracle.built import Built
from oracle.corpus import invented
from oracle.judging import seen
from oracle.right_world import CLUSTER
from oracle.worlds import World

from wizard.facts import Facts, known
from wizard.findings import Finding
from wizard.joining import judge
from wizard.standing.check import state_of
from wizard.standing.observe import observe
from wizard.steps.account.observe import who_and_where

# What of a finding is the same in every account; the rest are AWS's names, addresses and ids.
SAME = (
    "subnets", "by", "services", "service", "action", "actions", "fields", "field", "port", "attributes", "kind",
    "mode",
)  # fmt: skip
STATES = {"Ready": "Ready", "NotReady": "NotReady", "never appears": "no node"}
REGION = ("ap-northeast-1",)
# A sound world, and one for each main family of failures.
CHOSEN = ("", "endpoint_shut", "no_proxy_lacks")
MORE = (
    "entry_changed", "gateway_tables",
    "endpoint_missing", "private_dns_off", "endpoint_rules", "endpoint_policy", "endpoint_moved", "node_egress",
    "node_ingress", "plane_rules", "acl_entries", "acl_lines_gone", "premises_route_gone", "default_route",
    "dns_support_off", "dns_hostnames_off", "dhcp_options", "not_private", "entry_missing", "entry_too",
    "aws_auth_changed", "aws_auth_others", "aws_auth_path", "instance_id_name", "no_network_plugin", "no_role",
    "role_lacks", "role_denies", "role_of_another_service", "metadata_options", "another_image", "older_image",
    "field_missing", "field_wrong", "service_cidr", "form", "no_proxy", "proxy_of_services", "proxy_by_script",
    "proxy_beyond_reach", "image_before_the_proxy", "settings_unreadable",
)  # fmt: skip


def chosen(fault: str) -> World:
    """A world with this fault in which all addresses of a subnet fare alike; one that is not Ready, if there is any."""
    found = [world for world in invented(12, (fault,) if fault else (), 3, REGION) if _is_even(world)]
    found.sort(key=lambda world: all(boot.outcome == "Ready" for boot in world.boots()))
    return found[0]


def _is_even(world: World) -> bool:
    boots = world.boots()
    return all(one.rule == other.rule for one, other in zip(boots[::2], boots[1::2], strict=True))


def compared(findings: tuple[Finding, ...], world_ids: Callable[[str], str]) -> list[str]:
    """The findings with the world's own ids, as far as they are the same in every account."""
    return sorted(
        world_ids(json.dumps([one.code, one.severity, {key: one.about[key] for key in SAME if key in one.about}]))
        for one in findings
    )


def plain(console: str, world_ids: Callable[[str], str]) -> list[str]:
    """The lines of a console without the times, names and addresses that each machine has of its own."""
    text = world_ids(console)
    for pattern, put in (
        (r"^\[ *\d+\.\d+\]", ""),
        (r"ip-\d+-\d+-\d+-\d+\.", "ip-N."),
        (r"\d+\.\d+\.\d+\.\d+(?=[:\-> ])", "ADDRESS"),
        (r"\bi-[0-9a-f]{17}", "i-N"),
        (r"eni-[0-9a-f]+", "eni-N"),
        (r"[0-9A-F]{32}\.gr7", "CLUSTER.gr7"),
        (r"(\d+)->", "->"),
    ):
        text = re.sub(pattern, put, text, flags=re.MULTILINE)
    return text.splitlines()


def hold(account: Any, builder: Any, fault: str) -> None:
    """Builds a world with this fault, looks at it, and compares."""
    world = chosen(fault)
    built = Built(account, world)
    doors = builder().doors
    facts: Facts = observe(doors, CLUSTER, who_and_where(doors))
    assert known(facts.launches.launches)
    launch = facts.launches.launches[0]
    translated, told, _ = seen(world)
    here, there = tuple(judge(launch, facts)), tuple(judge(told, translated))
    assert compared(here, built.world_ids) == compared(there, str), world
    boots = {machine.subnet.id: boot for machine, boot in zip(world.machines, world.boots(), strict=True)}
    assert known(launch.instances)
    if known(facts.kubeconfig.nodes):  # else the premises do not reach the API, and the consoles alone tell
        states = {built.world_ids(one.subnet): state_of(one, facts) for one in launch.instances}
        assert states == {subnet: STATES[boot.outcome] for subnet, boot in boots.items()}
    for one in launch.instances:
        assert isinstance(one.console, str)
        boot = boots[built.world_ids(one.subnet)]
        assert plain(one.console, built.world_ids) == plain("\n".join(boot.console), str)


@pytest.mark.parametrize("fault", CHOSEN)
def test_a_world_is_what_it_would_be_in_the_account(account: Any, builder: Any, fault: str) -> None:
    hold(account, builder, fault)


@pytest.mark.long
@pytest.mark.parametrize("fault", MORE)
def test_so_are_many(account: Any, builder: Any, fault: str) -> None:
    hold(account, builder, fault)
