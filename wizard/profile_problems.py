"""What is wrong with a profile: each problem with its place, and a sentence from words/profile.yaml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wizard.answer_shape import choices, keys, part
from wizard.answer_types import BRANCH
from wizard.yaml_text import Document, Path

# pydantic's own words for what a model's shape refuses, and the keys of our sentences.
_KEYS: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown_key",
    "model_type": "not_a_mapping",
    "dict_type": "not_a_mapping",
    "tuple_type": "not_a_list",
    "literal_error": "not_a_choice",
}


# What fills a sentence and never comes from a profile; the rest is quoted.
_OURS: Final = frozenset({"branches", "character", "first", "known", "least", "most", "network"})


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: ``line`` counts from 1, ``path`` is dotted (``vpc.create.subnets.0.cidr``)."""

    file: str
    line: int
    path: str
    says: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.path}: {self.says}" if self.path else f"{place}: {self.says}"


class ProfileError(Exception):
    """The profile can't be taken; all that is wrong with it, in the order of its lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@cache
def sentences(kind: str = "profile") -> Mapping[str, str]:
    """The sentences about a kind of file by their keys; one that is no profile has its own beside a profile's."""
    text = resources.files("wizard").joinpath("words", f"{kind}.yaml").read_text("utf-8")
    own = {key: " ".join(sentence.split()) for key, sentence in yaml.safe_load(text).items()}
    return own if kind == "profile" else {**sentences(), **own}


def says(key: str, about: Mapping[str, Any], kind: str = "profile") -> str:
    """The sentence of ``key``, with what it is about shown safely."""
    fill = {name: str(value) if name in _OURS else shown(value) for name, value in about.items()}
    if "why" in about:
        fill["why"] = _printable(str(about["why"]), 400).rstrip(".")
    return sentences(kind)[key].format_map(fill)


def in_file(document: Document, name: str, kind: str = "profile") -> tuple[Problem, ...]:
    """What a document's text is refused for."""
    return tuple(
        Problem(name, each.line, dotted(each.path), says(each.key, each.about, kind)) for each in document.refusals
    )


def shown(value: object) -> str:
    """``value`` as a sentence can hold it: one line, printable, cut, and without a password in a URL."""
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    text = re.sub(r"//\S*@", "//…@", str(value)[:1000])
    return repr(text[:60] + "…" if len(text) > 60 else text)


def dotted(path: Path) -> str:
    """The path as people write it, printable and cut."""
    return ".".join(_printable(str(part)) for part in path)


def _printable(part: str, most: int = 60) -> str:
    cut = part[:most] + "…" if len(part) > most else part
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in cut)


@dataclass(frozen=True)
class Wrong:
    """A problem before it has a file and a line: the key of its sentence, its place, and what fills the sentence."""

    key: str
    path: Path
    about: Mapping[str, Any]


def wrongs(error: ValidationError, model: Any) -> tuple[Wrong, ...]:
    """What ``model``, a section or another type of answer, refused, with the keys of words/profile.yaml."""
    return tuple(_wrong(details, model) for details in error.errors(include_url=False))


def _wrong(details: ErrorDetails, model: Any) -> Wrong:
    path = tuple(name for name in details["loc"] if name != "[key]" and not str(name).startswith(BRANCH))
    given, about = details["input"], dict(details.get("ctx", {}))
    key = _KEYS.get(details["type"], details["type"])
    if details["type"] in _KEYS and key not in ("missing", "unknown_key") and given is None:
        key = "empty"
    if key == "unknown_key":
        about["known"] = ", ".join(keys(part(model, details["loc"][:-1])))
    if key == "not_a_choice":
        about["known"] = ", ".join(choices(part(model, details["loc"])))
    if "at" in about:
        path = (*path, about.pop("at"))
    return Wrong(key, path, {"given": given, "key": path[-1] if path else "", **about})
