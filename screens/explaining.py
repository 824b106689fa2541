"""``explain`` and ``schema``: what stands in the program itself."""

import json
import re
from difflib import get_close_matches
from typing import Any

from screens.arguments import PROGRAM, UsageError
from screens.exit_codes import Exit
from screens.output import Output
from screens.stopping import Stopping
from wizard import words
from wizard.profile_schema import json_schema
from wizard.words import Explanation, Failure

# C1 is C01.
_SHORT = re.compile("^C([1-9])$")


def explain(arguments: Any, output: Output, _stop: Stopping) -> Exit:
    """One finding's entry, one failure with its findings, or the list of all."""
    if arguments.code is None:
        for code in words.codes():
            output.event({"type": "code", "code": code, "title": words.title(code)})
            output.result(f"{code:<8} {words.title(code)}")
        for one in words.failures():
            output.event({"type": "failure", "failure": one.id, "title": one.title})
            output.result(f"{one.id:<8} {one.title}")
        return Exit.DONE
    given = _SHORT.sub(r"C0\1", arguments.code.upper())
    failure = words.failure(given)
    if failure is not None:
        output.event({"type": "failure", "failure": failure.id, "title": failure.title, "looks": failure.looks,
                      "codes": list(failure.codes), "scenarios": list(failure.scenarios),
                      "impossible": failure.impossible})  # fmt: skip
        output.result(*_failure_lines(failure), style="bold")
        return Exit.DONE
    entry = words.explain(given)
    if entry is None:
        known = [*words.codes(), *(one.id for one in words.failures())]
        near = get_close_matches(given, known, n=3)
        meant = f" Did you mean {' or '.join(near)}?" if near else " eks-wizard explain lists them all."
        raise UsageError(f"There is no finding or failure {arguments.code[:20]!r}.{meant}")
    output.event({"type": "explanation", "code": entry.code, "title": entry.title, "cases": [
        {"says": said.says, "because": said.because, "do": said.do} for said in (entry.said, *entry.cases)
    ], "looks": entry.looks, "failures": _failures_of(entry.code), "source": entry.source})  # fmt: skip
    output.result(*_lines(entry), style="bold")
    return Exit.DONE


def schema(_arguments: Any, output: Output, _stop: Stopping) -> Exit:
    """JSON Schema of a profile."""
    output.document(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    return Exit.DONE


def _failure_lines(failure: Failure) -> list[str]:
    text = [f"{failure.id}  {failure.title}", "", f"  How it looks: {failure.looks}"]
    if failure.impossible:
        text += ["", f"  Not in what the wizard builds: {failure.impossible}"]
    if failure.codes:
        text += ["", "  Findings that tell of it:"]
        text += [f"  {code}  {words.title(code)}" for code in failure.codes]
    if failure.scenarios:
        text += ["", "  To practise it:", *(f"  {PROGRAM} practice {name}" for name in failure.scenarios)]
    return text


def _lines(entry: Explanation) -> list[str]:
    text = [f"{entry.code}  {entry.title}"]
    for said in (entry.said, *entry.cases):
        text += ["", f"  {said.says}"]
        text += [f"  {said.because}"] if said.because else []
        text += [f"  Do: {said.do}"] if said.do else []
    if entry.looks:
        text += ["", f"  How it looks: {entry.looks}"]
    failures = _failures_of(entry.code)
    if failures:
        text += ["", "  Failures of the catalogue that it tells of:"]
        text += [f"  {one.id}  {one.title}" for one in words.failures() if one.id in failures]
    return [*text, "", f"  Source: {entry.source}"]


def _failures_of(code: str) -> list[str]:
    return [one.id for one in words.failures() if code in one.codes]
