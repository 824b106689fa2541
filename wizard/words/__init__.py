"""Every sentence about findings and errors, rendered from the YAML files in this folder.

The values that fill a sentence come from AWS and from profiles: they stay as they are, and every face makes them safe
before it shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    # Words are shown before anything is read: the models of what is read are not needed for them.
    from wizard.choices import WhyNot
    from wizard.findings import Finding

# C's reader where PyYAML has it: in Python alone the sentences would take longer to read than the first screen to show.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Said:
    """What is so, why it matters, and what to do; ``do`` is empty where nothing is to be done."""

    says: str
    because: str
    do: str


@dataclass(frozen=True)
class Explanation:
    """A finding's whole entry. A field of the finding stands in its sentences as ``<field>``.

    ``cases`` are the forms that the finding takes besides ``said``; ``looks`` is how it shows when it goes wrong (empty
    where nothing does), ``source`` the document or project that says so.
    """

    code: str
    title: str
    said: Said
    cases: tuple[Said, ...]
    looks: str
    source: str


@dataclass(frozen=True)
class Failure:
    """A way in which private clusters fail, by its number in the catalogue (C14).

    ``codes`` are the findings that tell of it, ``scenarios`` those in which it can be practised. ``impossible`` says
    why what the wizard builds can't have it, and is empty where it can.
    """

    id: str
    title: str
    looks: str
    codes: tuple[str, ...]
    scenarios: tuple[str, ...]
    impossible: str


def say(finding: "Finding") -> Said:
    """The finding's sentences. Never raises: a code without sentences is said as it is."""
    entry = _findings().get(finding.code)
    return Said(finding.code, "", "") if entry is None else _said(entry, finding.about)


def offer(finding: "Finding") -> str:
    """What taking the finding's offer does, in a few words without a full stop; "" where it has none. Never raises.

    ``{answer}`` in a label is the first of the offered answers.
    """
    entry = _findings().get(finding.code)
    if entry is None or not finding.offer:
        return ""
    label = _case(entry, finding.about).get("offer", "")
    return _filled(_line(label), {**finding.about, "answer": next(iter(finding.offer.values()))})


def error(key: str, **about: Any) -> Said:
    """The sentences for an error that is no finding, by its key in errors.yaml. Raises KeyError for another key.

    The keys and what each takes: ``cloud`` (kind, aws_code, action, said: a CloudError's fields), ``locked`` (holder),
    ``plan_changed`` (agreed, now: digests), ``stopped`` (resume: a command line), ``crashed`` (change, said).
    """
    return _said(_load("errors.yaml")[key], about)


def screen(key: str, **about: Any) -> str:
    """A label or a sentence of the wizard's screens; ``file.name`` is in screens/file.yaml. Raises KeyError."""
    file, _, name = key.partition(".")
    found: Any = _load(f"screens/{file}.yaml")[name]
    return _filled(_line(str(found)), about)


def explain(code: str) -> Explanation | None:
    """The whole entry of a code, or None where there is no such code."""
    entry = _findings().get(code)
    if entry is None:
        return None
    cases = dict.fromkeys(_rendered({**entry, **case}, {}) for case in entry.get("cases", {}).values())
    return Explanation(
        code,
        _line(entry["title"]),
        _rendered(entry, {}),
        tuple(cases),
        _line(entry.get("looks", "")),
        _line(entry["source"]),
    )


def codes() -> tuple[str, ...]:
    """The codes of all findings, in the order of the steps."""
    return tuple(_findings())


def failures() -> tuple[Failure, ...]:
    """All failures of the catalogue, in its order."""
    return tuple(
        Failure(
            identity,
            _line(entry["title"]),
            _line(entry["looks"]),
            tuple(entry.get("codes", ())),
            tuple(entry.get("scenarios", ())),
            _line(entry.get("impossible", "")),
        )
        for identity, entry in _load("failures.yaml").items()
    )


def failure(identity: str) -> Failure | None:
    """One failure of the catalogue, or None where there is no such number."""
    return next((one for one in failures() if one.id == identity), None)


def title(code: str) -> str:
    """A short phrase for a code, without a full stop. Raises KeyError for an unknown code."""
    return _line(_findings()[code]["title"])


def headings(path: str) -> tuple[str, ...]:
    """What stands above the cells of a question's choices, one for each; empty where it has nothing to pick from."""
    return tuple(_load("choices.yaml")["headings"].get(path, ()))


def why_not(reason: "WhyNot") -> str:
    """The sentence that says why something can't be chosen. Raises KeyError for a key without a sentence."""
    return _filled(_load("choices.yaml")["why_not"][reason.key], reason.about)


def cell(key: str) -> str:
    """A word of ours in a cell beside a choice. Raises KeyError for another key."""
    text: str = _load("choices.yaml")["cells"][key]
    return text


def purpose(service: str) -> str:
    """What the endpoint of a service is for, by the service's suffix; empty where the wizard does not know."""
    text: str = _load("choices.yaml")["services"].get(service, "")
    return text


# The files of findings/, in the order of the steps; what happens during a build comes last.
_STEPS: Final = (
    "account",
    "role",
    "vpc",
    "endpoints",
    "security_group",
    "cluster",
    "nodes",
    "joining",
    "kubeconfig",
    "run",
    "undo",
)


@cache
def _findings() -> Mapping[str, Mapping[str, Any]]:
    return {code: entry for step in _STEPS for code, entry in _load(f"findings/{step}.yaml").items()}


@cache
def _load(name: str) -> Mapping[str, Mapping[str, Any]]:
    # Not by importlib.resources: it brings zipfile with it, which the first screen would wait for.
    text = (Path(__file__).parent / name).read_text("utf-8")
    found: Mapping[str, Mapping[str, Any]] = yaml.load(text, _LOADER)  # noqa: S506 - both are safe loaders
    return found


def _said(entry: Mapping[str, Any], about: Mapping[str, Any]) -> Said:
    return _rendered(_case(entry, about), about)


def _case(entry: Mapping[str, Any], about: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry, with the sentences of its first case that ``about`` names in place of its own."""
    cases: Mapping[str, Mapping[str, str]] = entry.get("cases", {})
    values = (str(about.get(field)) for field in entry.get("by", ()))
    return {**entry, **next((cases[value] for value in values if value in cases), {})}


def _rendered(entry: Mapping[str, Any], about: Mapping[str, Any]) -> Said:
    return Said(*(_filled(_line(entry.get(part, "")), about) for part in ("says", "because", "do")))


def _filled(sentence: str, about: Mapping[str, Any]) -> str:
    pieces: list[str] = []
    for literal, field, _, _ in Formatter().parse(sentence):
        # AWS's own words often bring the full stop that our sentence has already.
        if literal.startswith(".") and pieces:
            pieces[-1] = pieces[-1].rstrip(". ")
        pieces.append(literal)
        if field is not None:
            pieces.append(_shown(about[field]) if field in about else f"<{field}>")
    return "".join(pieces)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "unknown" if value is None else str(value) or "nothing"


def _line(text: str) -> str:
    return " ".join(text.split())


def reason(why: str, about: Mapping[str, Any]) -> str:
    """The sentence that says why a way is as it is (reachability.yaml). Raises KeyError for another key."""
    return _filled(_line(str(_load("reachability.yaml")[why])), about)


def bill(key: str, about: Mapping[str, Any]) -> str:
    """The sentence about a thing that is billed (billed.yaml). Raises KeyError for another key."""
    return _filled(_line(str(_load("billed.yaml")[key])), about)
