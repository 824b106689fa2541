"""Observe, check, plan, build, verify: what every face drives."""

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from wizard import made, undo
from wizard import plan as plans
from wizard.apply import apply
from wizard.carry_out import YOUNG_SECONDS, look_patiently
from wizard.doors import Doors, together
from wizard.events import Done, Event
from wizard.facts import Facts
from wizard.findings import Finding, Severity
from wizard.journal import Journal, Record
from wizard.network import Network, planned
from wizard.pace import Pace, Timer
from wizard.plan import Call, Change, Plan, Wait
from wizard.profile import Profile, digest
from wizard.rights import check as rights_check
from wizard.rights import observe as rights_observe
from wizard.steps.account import check as account_check
from wizard.steps.account import observe as account_observe
from wizard.steps.cluster import check as cluster_check
from wizard.steps.cluster import observe as cluster_observe
from wizard.steps.cluster import plan as cluster_plan
from wizard.steps.endpoints import check as endpoints_check
from wizard.steps.endpoints import observe as endpoints_observe
from wizard.steps.endpoints import plan as endpoints_plan
from wizard.steps.kubeconfig import check as kubeconfig_check
from wizard.steps.kubeconfig import observe as kubeconfig_observe
from wizard.steps.kubeconfig import plan as kubeconfig_plan
from wizard.steps.nodes import check as nodes_check
from wizard.steps.nodes import observe as nodes_observe
from wizard.steps.nodes import plan as nodes_plan
from wizard.steps.role import check as role_check
from wizard.steps.role import observe as role_observe
from wizard.steps.role import plan as role_plan
from wizard.steps.security_group import check as security_group_check
from wizard.steps.security_group import observe as security_group_observe
from wizard.steps.security_group import plan as security_group_plan
from wizard.steps.vpc import check as vpc_check
from wizard.steps.vpc import observe as vpc_observe
from wizard.steps.vpc import plan as vpc_plan
from wizard.untold import forbidding, told, untold

Observe = Callable[[Doors, Profile, Facts], Any]
Check = Callable[[Profile, Facts, Network], Iterable[Finding]]
Planning = Callable[[Profile, Facts, Network], Iterable[Change]]


@dataclass(frozen=True)
class Step:
    """One step of the way; ``after`` names the steps whose facts its observe reads."""

    name: str
    observe: Observe
    check: Check
    plan: Planning
    verify: Check
    after: tuple[str, ...]


def _nothing(_profile: Profile, _facts: Facts, _network: Network) -> Iterable[Any]:
    return ()


STEPS = (
    Step("account", account_observe.observe, account_check.check, _nothing, _nothing, ()),
    Step("role", role_observe.observe, role_check.check, role_plan.plan, _nothing, ()),
    Step("vpc", vpc_observe.observe, vpc_check.check, vpc_plan.plan, _nothing, ()),
    Step(
        "endpoints",
        endpoints_observe.observe,
        endpoints_check.check,
        endpoints_plan.plan,
        endpoints_check.verify,
        ("vpc",),
    ),
    Step(
        "security_group",
        security_group_observe.observe,
        security_group_check.check,
        security_group_plan.plan,
        _nothing,
        (),
    ),
    Step("cluster", cluster_observe.observe, cluster_check.check, cluster_plan.plan, cluster_check.verify, ("role",)),
    Step("nodes", nodes_observe.observe, nodes_check.check, nodes_plan.plan, nodes_check.verify, ("cluster",)),
    Step(
        "kubeconfig",
        kubeconfig_observe.observe,
        kubeconfig_check.check,
        kubeconfig_plan.plan,
        kubeconfig_check.verify,
        ("cluster",),
    ),
)
STEP_NAMES = tuple(step.name for step in STEPS)

# AWS seconds that nodes get from the end of the build to Ready: managed node groups give up after 15 minutes.
READY_SECONDS = 900
READY_INTERVAL = 5
UNTOLD_SECONDS = 120


class PlanChanged(Exception):
    """AWS is no longer as it was when the plan was agreed to."""

    def __init__(self, agreed: Plan, now: Plan) -> None:
        super().__init__(f"{agreed.digest} is now {now.digest}")
        self.agreed = agreed
        self.now = now


class StopsFound(Exception):
    """A look just before the first write found what forbids it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(", ".join(finding.code for finding in findings))
        self.findings = findings


@dataclass(frozen=True)
class View:
    """One look at everything: what AWS said, what the checks found in it, and the plan that follows."""

    facts: Facts
    network: Network
    findings: tuple[Finding, ...]
    plan: Plan

    @property
    def stops(self) -> bool:
        """True when a finding forbids the build."""
        return any(finding.severity is Severity.STOP for finding in self.findings)


def steps_until(last: str | None) -> tuple[Step, ...]:
    """The steps up to and with ``last``; all of them for None."""
    return STEPS if last is None else STEPS[: STEP_NAMES.index(last) + 1]


def observe(doors: Doors, profile: Profile, until: str | None = None) -> Facts:
    """Reads AWS for the steps up to ``until``; steps that don't build on each other are read at once.

    Raises CloudError where AWS could not be asked at all, and account.observe.WrongAccount before anything else is
    read of an account that the profile is not made for.
    """
    return observe_again(doors, profile, Facts(account_observe.identify(doors, profile)), steps_until(until))


def observe_again(doors: Doors, profile: Profile, facts: Facts, wanted: Iterable[Step]) -> Facts:
    """``facts`` with what these steps read in place of what they had. Raises CloudError."""
    with ThreadPoolExecutor(max_workers=len(STEPS)) as pool:
        running: dict[str, Future[Any]] = {}

        def read(step: Step) -> Any:
            seen = facts
            for name in step.after:
                seen = replace(seen, **{name: running[name].result()}) if name in running else seen
            return step.observe(doors, profile, seen)

        for step in wanted:
            running[step.name] = pool.submit(read, step)
        return replace(facts, **{name: result.result() for name, result in running.items()})


def look(doors: Doors, profile: Profile, until: str | None = None) -> View:
    """Observes, checks and plans, and asks whether who looks may carry the plan out. Only reads."""
    return judge(profile, with_rights(doors, profile, observe(doors, profile, until), until), until)


def with_rights(doors: Doors, profile: Profile, facts: Facts, until: str | None = None) -> Facts:
    """The facts with what AWS says to the actions of the plan that follows from them; nobody is asked for nothing.

    Raises CloudError without credentials that AWS takes.
    """
    plan = judge(profile, facts, until).plan
    writes = any(isinstance(change.action, Call) for change in plan.changes)
    return replace(facts, rights=rights_observe.observe(doors, plan, facts) if writes else None)


def judge(profile: Profile, facts: Facts, until: str | None = None) -> View:
    """The findings and the plan for these facts. Pure."""
    network = planned(profile, facts)
    steps = steps_until(until)
    missing = untold(profile, facts)
    findings = tuple(
        finding for step in steps for finding in forbidding(step.name, step.check(profile, facts, network), missing)
    )
    changes = told((change for step in STEPS for change in step.plan(profile, facts, network)), missing)
    plan = Plan(
        account=facts.account.id,
        region=facts.account.region,
        cluster=profile.cluster.name,
        profile_digest=digest(profile),
        changes=plans.until(changes, frozenset(step.name for step in steps)),
    )
    return View(facts, network, (*findings, *rights_check.check(plan, facts)), plan)


def recover(doors: Doors, journal: Journal, stop: threading.Event) -> tuple[str, ...]:
    """Waits until what an interrupted run made a moment ago can be seen, so that nothing is made twice. Only reads.

    AWS may take a minute or two to show a new thing everywhere. An intent without outcome may or may not have been
    carried out: it is looked for as patiently. Returns the ids of the changes that were looked for.
    """
    pace = Pace(doors.cloud.access.time_scale, stop)
    recent = [record for record in journal.records().values() if _recent(record)]
    waits = [
        Wait(Call(record.look["service"], record.look["operation"], record.look["params"]), record.look["items"])
        for record in recent
        if record.look is not None
    ]
    together(*(partial(look_patiently, doors.cloud, wait, pace) for wait in waits))
    return tuple(record.change for record in recent)


def _recent(record: Record) -> bool:
    young = time.time() - record.at < YOUNG_SECONDS
    return young and record.look is not None and record.outcome in (None, "done", "found")


def build(
    doors: Doors, profile: Profile, agreed: Plan, journal: Journal, stop: threading.Event, until: str | None = None
) -> Generator[Event]:
    """Applies the plan that someone agreed to, under the cluster's lock, and yields what happens.

    Raises journal.Locked, and when a fresh look just before the first write gives another plan PlanChanged, or
    StopsFound when it finds what forbids the build; CloudError when that look gets no answer, and pace.StopAsked when a
    stop is asked for during it.
    """
    with journal.lock():
        recover(doors, journal, stop)
        # Whoever agreed to the plan was told whether they may: what has changed since, AWS itself says.
        view = judge(profile, observe(doors, profile, until), until)
        if view.stops:
            raise StopsFound(tuple(finding for finding in view.findings if finding.severity is Severity.STOP))
        if not plans.carries_on(view.plan, agreed):
            raise PlanChanged(agreed, view.plan)
        left = {change.id for change in view.plan.changes}
        for change in agreed.changes:
            if change.id not in left:
                # It was under way when the plan was agreed to, and has ended meanwhile.
                yield Done(change, 0.0, found=True)
        yield from apply(view.plan, doors.cloud, journal, stop)


@dataclass(frozen=True)
class Undoing:
    """One look at what a profile made: what there is, what was found about deleting it, and the plan that does."""

    made: made.Made
    findings: tuple[Finding, ...]
    plan: Plan

    @property
    def stops(self) -> bool:
        """True when a finding forbids the deletion."""
        return any(finding.severity is Severity.STOP for finding in self.findings)


def look_to_undo(doors: Doors, profile: Profile) -> Undoing:
    """Looks at what the profile made. Only reads. Raises CloudError, and account.observe.WrongAccount."""
    seen = made.observe(doors, profile, account_observe.identify(doors, profile))
    return Undoing(seen, undo.check(seen), undo.plan(profile, seen))


def take_back(
    doors: Doors, profile: Profile, agreed: Plan, journal: Journal, stop: threading.Event
) -> Generator[Event]:
    """Deletes what someone agreed to, under the cluster's lock, and yields what happens. Raises as ``build`` does."""
    with journal.lock():
        recover(doors, journal, stop)
        now = look_to_undo(doors, profile)
        if now.stops:
            raise StopsFound(tuple(finding for finding in now.findings if finding.severity is Severity.STOP))
        if not plans.carries_on(now.plan, agreed):
            raise PlanChanged(agreed, now.plan)
        left = {change.id for change in now.plan.changes}
        for change in agreed.changes:
            if change.id not in left:
                yield Done(change, 0.0, found=True)
        yield from apply(now.plan, doors.cloud, journal, stop)


def verify(
    doors: Doors, profile: Profile, stop: threading.Event, until: str | None = None, patience: float = READY_SECONDS
) -> Iterator[View]:
    """Looks at what was built until it is right or ``patience`` AWS seconds have passed; yields each view.

    The findings of a view are those of the steps' verify; only steps that are not right yet are read again. What only
    can't be told is asked again for two minutes: a private name may take that long to reach the premises. Raises
    StopAsked.
    """
    timer = Timer(Pace(doors.cloud.access.time_scale, stop))
    steps = steps_until(until)
    facts = observe(doors, profile, until)
    while True:
        view = judge(profile, facts, until)
        found = {step: tuple(step.verify(profile, facts, view.network)) for step in steps}
        yield replace(view, findings=tuple(finding for findings in found.values() for finding in findings))
        severities = {finding.severity for findings in found.values() for finding in findings}
        wait = patience if Severity.STOP in severities else UNTOLD_SECONDS if Severity.UNKNOWN in severities else 0
        if timer.elapsed >= wait:
            return
        timer.pause(READY_INTERVAL)
        for step, findings in found.items():
            if any(finding.severity is not Severity.OK for finding in findings):
                facts = replace(facts, **{step.name: step.observe(doors, profile, facts)})
