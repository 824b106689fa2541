"""What a question is: one answer of a step's model, how it is asked, and how what is typed becomes a value.

Nothing is said twice: paths, kinds, choices and defaults come from the models; prompts and whys from
words/questions.yaml, keyed by path.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from wizard import answer_shape as shape
from wizard import yaml_text
from wizard.answer_types import Kind, YesNo
from wizard.profile import Profile
from wizard.profile_problems import Problem, ProfileError, dotted, says, wrongs
from wizard.yaml_text import Tree

# The steps, and the keys of the profile that each asks for.
STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("name", "account", "tags", "site"),
    "role": ("role",),
    "vpc": ("vpc",),
    "endpoints": ("endpoints",),
    "security_group": ("security_group",),
    "cluster": ("cluster",),
    "nodes": ("nodes",),
    "kubeconfig": ("kubeconfig",),
}


# What stands for no answer where a question may have none.
NOTHING: Final = ("", "null", "~")


@dataclass(frozen=True)
class Question:
    """One question.

    ``when`` says that it is asked only if the question at a path was answered with a choice: ("vpc", "create"), or
    ("site.proxy", "true"). ``default`` is text as it could be typed; None where there is none. ``columns`` are the
    questions of each row, their paths without the row's number. ``choices`` of a create-or-use question are its keys.
    ``answer`` is the type of the value.
    """

    path: str
    kind: Kind
    optional: bool
    default: str | None
    answer: Any = field(repr=False, compare=False)
    choices: tuple[str, ...] = ()
    when: tuple[str, str] | None = None
    columns: tuple["Question", ...] = ()


@dataclass(frozen=True)
class Words:
    """What a question says: the prompt in a few words, and why it is asked."""

    prompt: str
    why: str


@cache
def words() -> Mapping[str, Words]:
    """The prompt and the why of each question, by its path."""
    text = resources.files("wizard").joinpath("words", "questions.yaml").read_text("utf-8")
    return {path: Words(said["prompt"], " ".join(said["why"].split())) for path, said in yaml.safe_load(text).items()}


@cache
def questions(step: str) -> tuple[Question, ...]:
    """The questions of a step in the order they are asked; a condition stands before what depends on it."""
    asked = [each for each in shape.fields(Profile) if each.name in STEPS[step]]
    return tuple(question for each in asked for question in _of_field(each, each.name, None))


def read(question: Question, text: str) -> Any:
    """The value that ``text`` is as an answer, typed as the model keeps it; None where nothing is the answer.

    Items of a list are parted by commas or spaces; rows by a new line or a semicolon, their columns by spaces, tags
    written key=value. Lists and rows may also be YAML in brackets. For a create-or-use question the value is the key
    chosen, for an optional section (a yes/no question) whether there is one. Rules that need other answers, such as
    min <= max, are wizard.profile.problems' business. Raises ProfileError with a problem for each mistake.
    """
    if found := yaml_text.UNPRINTABLE.search(text):
        sentence = says("control_character", {"character": f"U+{ord(found[0]):04X}"})
        raise ProfileError((Problem("answer", 1, question.path, sentence),))
    text = text.strip()
    if question.optional and text in NOTHING:
        return None
    try:
        return TypeAdapter(question.answer).validate_python(spelt(question, text))
    except ValidationError as error:
        start = tuple(question.path.split("."))
        problems = [
            Problem("answer", 1, dotted((*start, *wrong.path)), says(wrong.key, wrong.about))
            for wrong in wrongs(error, question.answer)
        ]
        raise ProfileError(tuple(problems)) from None


def spelt(question: Question, text: str) -> Tree:
    """What ``text`` is as YAML would hold it: text, a list or rows. Raises ProfileError for bad YAML in brackets."""
    text = text.strip()
    if question.kind not in ("many", "rows"):
        # An empty line is no answer; only the value of a tag may be nothing.
        return text if text or question.path == "tags.value" else None
    if text.startswith(("[", "{")):
        document = yaml_text.read(text)
        if document.refusals:
            raise ProfileError(
                tuple(
                    Problem("answer", each.line, question.path, says(each.key, each.about))
                    for each in document.refusals
                )
            )
        return document.tree
    if question.kind == "many":
        return [item for item in re.split(r"[,\s]+", text) if item]
    rows = [row.strip() for row in re.split(r"[;\n]", text) if row.strip()]
    if question.path == "tags":
        return {key.strip(): value.strip() for key, _, value in (row.partition("=") for row in rows)}
    names = [column.path.rpartition(".")[2] for column in question.columns]
    # A cell too many keeps its number for a key, and is refused by it.
    return [
        dict(zip((*names, *map(str, range(len(names) + 1, 9))), re.split(r"[,\s]+", row), strict=False)) for row in rows
    ]


def _of_field(asked: shape.Field, path: str, when: tuple[str, str] | None) -> Iterator[Question]:
    kind = shape.bare(asked.type)
    can_miss = shape.optional(asked.type)
    if section := shape.section(kind):
        if can_miss:
            yield Question(path, "yes_no", False, "false", YesNo, when=when)
            when = (path, "true")
        yield from _of_section(section, path, when)
    elif ways := shape.branches(kind):
        names = tuple(ways)
        yield Question(path, "create_or_use", can_miss, None, Literal[names], names, when)
        for name, way in ways.items():
            yield from _of_section(way, path, (path, name))
    else:
        columns = tuple(_columns(kind, path))
        answers = shape.choices(kind)
        yield Question(path, _kind(asked.type), can_miss, _as_text(asked.default), asked.type, answers, when, columns)


def _of_section(section: type[BaseModel], path: str, when: tuple[str, str] | None) -> Iterator[Question]:
    for each in shape.fields(section):
        yield from _of_field(each, f"{path}.{each.name}", when)


def _columns(kind: Any, path: str) -> Iterator[Question]:
    if get_origin(kind) is dict:
        for name, answer in zip(("key", "value"), get_args(kind), strict=True):
            yield Question(f"{path}.{name}", "text", False, None, answer)
    elif get_origin(kind) is tuple and (section := shape.section(get_args(kind)[0])):
        yield from _of_section(section, path, None)


def _kind(annotation: Any) -> Kind:
    kind = shape.bare(annotation)
    if get_origin(kind) is dict or (get_origin(kind) is tuple and shape.section(get_args(kind)[0])):
        return "rows"
    if get_origin(kind) is tuple:
        return "many"
    if shape.choices(kind):
        return "choice"
    form = shape.form(annotation)
    return form.kind if form else "text"


def _as_text(default: Any) -> str | None:
    if default is None or isinstance(default, dict):
        return None
    if isinstance(default, tuple):
        return ", ".join(map(str, default))
    return str(default).lower() if isinstance(default, bool) else str(default)
