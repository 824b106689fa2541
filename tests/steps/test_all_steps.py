"""What holds of all steps' tables together: every code has its cases, every plan is one that AWS can be asked for."""

import ast
import importlib.util
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session
import jmespath
import pytest
from article_facts import EMPTY, FINISHED, changed
from botocore.validate import ParamValidator
from step_cases import Findings, Plans, profile_of

from wizard import engine
from wizard.facts import Gateway, State
from wizard.plan import Call, Change, Ref, Wait, WriteFile

STEPS = Path(engine.__file__).parent / "steps"
SEVERITIES = ("stop", "warn", "note", "ok", "unknown")
# Raised before anything else is read; tested with the account's observe.
BEFORE_ALL = {"ACC001", "ACC002"}


def table(name: str) -> ModuleType:
    """The case tables of a step."""
    path = Path(__file__).parent / f"test_{name}.py"
    spec = importlib.util.spec_from_file_location(f"table_of_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLES = {name: table(name) for name in engine.STEP_NAMES}
FINDINGS: dict[str, tuple[Findings, ...]] = {
    name: (*module.CHECKS, *getattr(module, "VERIFIES", ())) for name, module in TABLES.items()
}
# Why Kubernetes is not reached has a table of its own.
FINDINGS["kubeconfig"] += table("unreached").CASES
PLANS: list[Plans] = [case for module in TABLES.values() for case in getattr(module, "PLANS", ())]


def written() -> Iterator[tuple[str, str | None]]:
    """Every finding that the steps' code can make: its code, and its severity where the call names one."""
    for path in sorted(STEPS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                code = node.args[0].value
                if isinstance(code, str) and code[-3:].isdigit() and code[:-3].isalpha() and code.isupper():
                    named = isinstance(node.func, ast.Name) and node.func.id in SEVERITIES
                    yield code, node.func.id if named and isinstance(node.func, ast.Name) else None


WRITTEN = sorted({(code, severity or "") for code, severity in written() if code not in BEFORE_ALL})
FOUND: dict[str, set[str]] = defaultdict(set)
for cases in FINDINGS.values():
    for case in cases:
        for line in case.found:
            FOUND[line.split()[0]].add(line.split()[1])


def test_the_scan_sees_the_codes() -> None:
    assert {code for code, _ in written()} >= BEFORE_ALL | {"VPC207", "NODE690", "KUBE707", "CLU503"}


@pytest.mark.parametrize(("code", "severity"), WRITTEN)
def test_every_code_is_found_in_a_case(code: str, severity: str) -> None:
    assert FOUND[code] if not severity else severity in FOUND[code]


@pytest.mark.parametrize("code", sorted({code for code, _ in WRITTEN}))
def test_every_code_is_absent_from_a_case(code: str) -> None:
    (cases,) = [cases for cases in FINDINGS.values() if any(code in line for case in cases for line in case.found)]
    assert any(all(code not in line for line in case.found) for case in cases) or code == "ACC003"


def test_the_tables_name_no_code_that_is_gone() -> None:
    assert set(FOUND) == {code for code, _ in WRITTEN}


SESSION = botocore.session.Session()


def plain(value: Any) -> Any:
    """The value with something in the place of every Ref."""
    if isinstance(value, Ref):
        return "told-while-the-plan-runs"
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def refused(call: Call) -> str:
    """What botocore would refuse about the call, as it would say it."""
    model = SESSION.get_service_model(call.service).operation_model(call.operation)
    if model.input_shape is None:
        return "" if not call.params else "takes nothing"
    report: str = ParamValidator().validate(plain(dict(call.params)), model.input_shape).generate_report()
    return report


def expressions(wait: Wait) -> list[str]:
    """The JMESPath of a wait."""
    return [one for one in (wait.items, wait.ready, wait.failed, wait.reasons) if one]


def whole_plan(case: Plans) -> tuple[Change, ...]:
    """The plan of all steps for the case."""
    return engine.judge(profile_of(case), case.facts).plan.changes


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_every_plan_is_made_of_calls_that_aws_has(case: Plans) -> None:
    for change in whole_plan(case):
        calls = [change.action] if isinstance(change.action, Call) else []
        if change.wait is not None:
            calls += [change.wait.read, *change.wait.evidence]
            assert all(jmespath.compile(one) for one in expressions(change.wait))
        assert [(call, why) for call in calls if (why := refused(call))] == []


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_every_plan_has_an_order_and_unequal_ids(case: Plans) -> None:
    changes = whole_plan(case)
    planned = [change.id for change in changes]
    assert len(set(planned)) == len(planned)
    finished: set[str] = set()
    waiting = list(changes)
    while waiting:
        ready = [change for change in waiting if change.needs & set(planned) <= finished]
        assert ready, f"these wait for each other: {[change.id for change in waiting]}"
        finished |= {change.id for change in ready}
        waiting = [change for change in waiting if change.id not in finished]


BUILDABLE = [case for case in PLANS if not engine.judge(profile_of(case), case.facts).stops]


@pytest.mark.parametrize("case", BUILDABLE, ids=lambda case: case.name)
def test_no_ref_is_to_a_change_that_is_not_planned(case: Plans) -> None:
    changes = whole_plan(case)
    planned = {change.id for change in changes}
    for change in changes:
        assert change.needs - set(change.after) <= planned, change.id


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_every_change_that_calls_can_be_seen(case: Plans) -> None:
    for change in whole_plan(case):
        assert isinstance(change.action, WriteFile) or change.wait is not None
        assert (change.action is None) == (change.verb == "wait")


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_equal_facts_give_equal_plans(case: Plans) -> None:
    profile = profile_of(case)
    one, other = engine.judge(profile, case.facts).plan, engine.judge(profile, case.facts).plan
    assert (one, one.digest) == (other, other.digest)


def needed(changes: tuple[Change, ...], change: str) -> set[str]:
    """All that has to finish before the change starts."""
    by_id = {one.id: one for one in changes}
    found: set[str] = set()
    pending = [change]
    while pending:
        for need in by_id[pending.pop()].needs & by_id.keys():
            if need not in found:
                found.add(need)
                pending.append(need)
    return found


INTERFACES = ("endpoints.ec2", "endpoints.ecr.api", "endpoints.ecr.dkr", "endpoints.sts")
ROUTE = "vpc.route.10.0.0.0/16"
CLUSTER_POLICIES = tuple(f"role.cluster.policy.{name}" for name in ("AmazonEKSClusterPolicy", "AmazonEKSServicePolicy"))
NODE_POLICIES = tuple(
    f"role.node.policy.{name}"
    for name in ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")
)
SUBNETS = ("10.110.3.0/24", "10.110.4.0/24")
# What comes first, and what comes after it.
ORDER: list[tuple[str, tuple[str, ...]]] = [
    ("vpc.dns-support", ("vpc.dns-hostnames", *INTERFACES, "cluster")),
    ("vpc.dns-hostnames", (*INTERFACES, "cluster")),
    ("vpc.vpn-gateway", ("vpc.vpn-gateway.attachment",)),
    ("vpc.vpn-gateway.attachment", (ROUTE,)),
    ("vpc.route-table", ("endpoints.s3", ROUTE, *(f"vpc.route-table.association.{cidr}" for cidr in SUBNETS))),
    ("role.cluster", (*CLUSTER_POLICIES, "cluster")),
    *((policy, ("cluster",)) for policy in CLUSTER_POLICIES),
    *((f"vpc.subnet.{cidr}", (*INTERFACES, "cluster", "nodes.stack")) for cidr in SUBNETS),
    ("security_group", ("cluster", "security_group.https.10.0.0.0/16")),
    ("endpoints.group", INTERFACES),
    ("role.node", (*NODE_POLICIES, "nodes.access-entry", "nodes.stack")),
    *((policy, ("nodes.stack",)) for policy in NODE_POLICIES),
    ("nodes.access-entry", ("nodes.stack",)),
    *((endpoint, ("nodes.stack",)) for endpoint in (*INTERFACES, "endpoints.s3")),
    ("endpoints.group.https.10.110.0.0/16", ("nodes.stack",)),
    *((f"vpc.route-table.association.{cidr}", ("nodes.stack",)) for cidr in SUBNETS),
    (ROUTE, ("nodes.stack",)),
    ("security_group.https.10.0.0.0/16", ("nodes.stack",)),
    (
        "cluster",
        ("cluster.addon.vpc-cni", "cluster.addon.kube-proxy", "nodes.access-entry", "nodes.stack", "kubeconfig"),
    ),
    ("cluster.addon.vpc-cni", ("nodes.stack",)),
    ("cluster.addon.kube-proxy", ("nodes.stack",)),
    ("nodes.stack", ("nodes.addon.coredns",)),
]
# What takes long starts beside each other.
BESIDE = [
    ("cluster", "endpoints.ec2"),
    ("cluster", "endpoints.s3"),
    ("cluster", ROUTE),
    ("cluster", "vpc.vpn-gateway.attachment"),
    ("cluster", "role.node"),
    ("cluster", "endpoints.group.https.10.110.0.0/16"),
    ("endpoints.ec2", "endpoints.sts"),
    ("endpoints.s3", "vpc.dns-hostnames"),
    ("vpc", "role.cluster"),
    ("vpc", "vpc.vpn-gateway"),
]


@pytest.mark.parametrize(("first", "then"), [(first, one) for first, after in ORDER for one in after])
def test_the_order_that_aws_needs(first: str, then: str) -> None:
    assert first in needed(whole_plan(Plans("", EMPTY, ())), then)


@pytest.mark.parametrize(("one", "other"), BESIDE)
def test_what_need_not_wait_does_not(one: str, other: str) -> None:
    changes = whole_plan(Plans("", EMPTY, ()))
    assert one not in needed(changes, other)
    assert other not in needed(changes, one)


def test_a_transit_gateway_is_attached_before_routes_and_routes_come_before_nodes() -> None:
    facts = changed(EMPTY, "vpc", gateway=Gateway("tgw-0000000000000000a", State.USABLE))
    settings = ("vpc.create.connect.transit_gateway=tgw-0000000000000000a",)
    changes = whole_plan(Plans("", facts, (), settings))
    assert "vpc.transit-gateway.attachment" in needed(changes, ROUTE)
    assert ROUTE in needed(changes, "nodes.stack")


def test_a_finished_build_has_nothing_to_do() -> None:
    view = engine.judge(profile_of(Plans("", FINISHED, ())), FINISHED)
    assert view.plan.changes == ()
    assert not view.stops


def test_a_build_without_a_proxy_and_one_with_everything_have_nothing_to_stop_them() -> None:
    assert not engine.judge(profile_of(Plans("", EMPTY, (), ("site.proxy=null",))), EMPTY).stops
