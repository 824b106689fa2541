"""The answers given so far, as they were typed: text by the path of its question. Pure.

Every face keeps answers in this one form, and a draft is exactly it. A profile is made of them, and they of a profile.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from wizard import profile as profiles
from wizard.profile import Profile
from wizard.profile_problems import Problem, ProfileError
from wizard.questions import NOTHING, STEPS, Question, questions, spelt
from wizard.yaml_text import Tree

Answers = Mapping[str, str]

# What problems call the answers, in place of a file.
NAME: Final = "answers"


def step_of(path: str) -> str:
    """The step that asks for what stands at ``path`` (``vpc.create.subnets.0.cidr``). Raises KeyError."""
    key = path.partition(".")[0]
    for step, keys in STEPS.items():
        if key in keys:
            return step
    raise KeyError(path)


def question_at(path: str) -> Question | None:
    """The question whose answer holds what stands at ``path``; None where no question is so near."""
    parts = path.split(".")
    known = _by_path()
    found = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((known[name] for name in found if name in known), None)


def asked(step: str, answers: Answers) -> tuple[Question, ...]:
    """The questions of a step that are to be asked after these answers, in their order."""
    return tuple(_asked(step, answers))


def tree(answers: Answers) -> dict[str, Any]:
    """The answers as the profile's plain data, as far as they go. Raises ProfileError for text that can't be read."""
    found: dict[str, Any] = {"profile_version": str(profiles.VERSION)}
    for step in STEPS:
        for question in asked(step, answers):
            if question.path in answers:
                _put(found, question, answers[question.path])
    return found


def to_profile(answers: Answers) -> Profile:
    """The profile that the answers make. Raises ProfileError with all that is wrong or missing, each with its path."""
    return profiles.of_tree(tree(answers), NAME)


def problems(answers: Answers) -> tuple[Problem, ...]:
    """What is wrong with the answers or missing among them. Never raises."""
    try:
        to_profile(answers)
    except ProfileError as error:
        return error.problems
    return ()


def from_profile(profile: Profile) -> dict[str, str]:
    """The answers that make this profile, every one of them."""
    data = profiles.as_tree(profile)
    found: dict[str, str] = {}
    for step in STEPS:
        for question in questions(step):
            if is_asked(question, found):
                found[question.path] = _typed(question, _at(data, question.path))
    return found


@cache
def _by_path() -> Mapping[str, Question]:
    return {question.path: question for step in STEPS for question in questions(step)}


def _asked(step: str, answers: Answers) -> Iterator[Question]:
    active: dict[str, str] = {}
    for question in questions(step):
        if is_asked(question, active):
            active[question.path] = answers.get(question.path, "")
            yield question


def is_asked(question: Question, active: Answers) -> bool:
    """Whether these answers, all of questions that are asked themselves, lead to the question."""
    if question.when is None:
        return True
    path, choice = question.when
    return active.get(path) == choice


def _put(found: dict[str, Any], question: Question, text: str) -> None:
    if question.kind == "create_or_use" or _is_section(question):
        # What the questions behind it leave out is then missing there, and not here.
        named = f"{question.path}.{text}" in _by_path()
        chosen: Tree = {} if question.kind == "yes_no" else {text: None if named else {}}
        _set(found, question.path, None if text in ("", "false") else chosen)
        return
    _set(found, question.path, None if question.optional and text.strip() in NOTHING else spelt(question, text))


def _is_section(question: Question) -> bool:
    """Whether the question is only whether there is a section, whose own questions follow."""
    return question.kind == "yes_no" and any(
        other.when == (question.path, "true") for other in questions(step_of(question.path))
    )


def _set(found: dict[str, Any], path: str, value: Tree) -> None:
    *before, last = path.split(".")
    here = found
    for name in before:
        here = here.setdefault(name, {})
    here[last] = value


def _at(data: Any, path: str) -> Any:
    for name in path.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _typed(question: Question, value: Any) -> str:
    if question.kind == "create_or_use":
        return next(iter(value)) if value else ""
    if question.kind == "yes_no":
        return "true" if value and value != "false" else "false"
    if value is None:
        return ""
    if question.kind == "many":
        # An item that holds what parts items is written as JSON, which the reader takes, too.
        return json.dumps(value) if any(re.search(r"[,\s]", item) for item in value) else ", ".join(value)
    if question.kind == "rows":
        return rows_text(question, [tuple(row.values()) for row in value] if isinstance(value, list) else value.items())
    return str(value)


def rows_text(question: Question, rows: Any) -> str:
    """Rows of cells as they could be typed: one on each line; tags as key=value."""
    if question.path != "tags":
        return "\n".join(" ".join(map(str, row)) for row in rows)
    pairs = dict(rows)
    plain = all("=" not in key and ";" not in key + value and key + value == (key + value).strip()
                and value == value.strip() and key == key.strip() for key, value in pairs.items())  # fmt: skip
    return "\n".join(f"{key}={value}" for key, value in pairs.items()) if plain else json.dumps(pairs)
