"""Checks that who builds may do what the plan needs, as far as AWS tells. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from wizard.facts import Denier, Facts, Question, Rights, Unknown, Verdict
from wizard.findings import Finding, ok, stop, unknown, warn
from wizard.permissions import TAKING_BACK
from wizard.plan import Plan
from wizard.rights.questions import is_by_cloudformation, is_of_the_call, questions

WHO: Final = "account.id"
READING: Final = ("Describe", "Get", "List")


def check(plan: Plan, facts: Facts) -> Iterator[Finding]:
    """Findings about the plan's actions; none where nothing is to be done, or nobody asked."""
    asked = questions(plan, facts)
    if facts.rights is None or not asked:
        return
    arn, simulated = facts.account.arn, facts.rights.simulated
    denied: frozenset[str] = frozenset()
    if isinstance(simulated, Unknown):
        yield unknown("ACC022", WHO, action=simulated.action, said=simulated.why, who="hidden")
    elif simulated is None:
        # The root user has no policies; whom else there is nothing to ask about has some that nobody can see.
        if not arn.endswith(":root"):
            yield unknown("ACC022", WHO, action="iam:SimulatePrincipalPolicy", said=arn, who="federated")
    else:
        steps = {question: steps for question, steps in asked.items() if _denies(simulated.get(question))}
        disputed = {question: steps for question, steps in steps.items() if not _allowed(facts.rights, question)}
        denied = frozenset(question.action for question in disputed)
        if _looks_only(asked, disputed, facts.rights):
            together = dict.fromkeys(step for some in asked.values() for step in some)
            yield warn("ACC027", WHO, identity=arn, steps=list(together))
            return
        yield from _denied(disputed, simulated)
        if not disputed and all(question in simulated for question in asked):
            yield ok("ACC021", WHO, count=len({question.action for question in asked}), identity=arn)
    for action, said in facts.rights.tried.items():
        if isinstance(said, str) and action not in denied:
            yield stop("ACC024", WHO, action=action, said=said)


def _looks_only(asked: Iterable[Question], disputed: Collection[Question], rights: Rights) -> bool:
    """Whether nothing of the plan is allowed: who looks is not who is to build."""
    writes = [question for question in asked if not question.action.partition(":")[2].startswith(READING)]
    return True not in rights.tried.values() and all(question in disputed for question in writes)


def _denies(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.denier is not None


def _allowed(rights: Rights, question: Question) -> bool:
    """Whether EC2 itself said that it would carry this out, whatever the simulator makes of the policies."""
    return rights.tried.get(question.action) is True and not is_by_cloudformation(question)


def _denied(asked: Mapping[Question, tuple[str, ...]], simulated: Mapping[Question, Verdict]) -> Iterator[Finding]:
    """Findings by step: what stops it, what only taking it back would need, and what can't be told."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    keys: dict[tuple[str, str, str], dict[str, None]] = {}
    for question, steps in asked.items():
        verdict = simulated[question]
        unsaid = [key for key in verdict.missing if not is_of_the_call(key)]
        denier = str(verdict.denier)
        if verdict.denier is Denier.ORGANIZATION:
            code = "ACC026"
        elif unsaid:
            code = "ACC023"
        elif is_by_cloudformation(question) and question.action.partition(":")[2].startswith(TAKING_BACK):
            code = "ACC025"
        else:
            code, denier = "ACC020", "lacking" if verdict.missing else denier
        for step in steps:
            found.setdefault((code, step, denier), {})[question.action] = None
            keys.setdefault((code, step, denier), {}).update(dict.fromkeys(unsaid or verdict.missing))
    for (code, step, denier), named in found.items():
        actions, missing = sorted(named), list(keys[code, step, denier])
        match code:
            case "ACC020":
                yield stop("ACC020", step, step=step, actions=actions, denier=denier, keys=missing)
            case "ACC025":
                yield warn("ACC025", step, step=step, actions=actions)
            case "ACC026":
                yield unknown("ACC026", step, step=step, actions=actions)
            case _:
                yield unknown("ACC023", step, step=step, actions=actions, keys=missing)
