"""Offers: answers that would mend a finding. Made here, so that none is offered that a profile would not take. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Final

from wizard.answers import from_profile, question_at, to_profile
from wizard.findings import Finding, offering
from wizard.profile import Profile
from wizard.profile_problems import ProfileError
from wizard.questions import spelt
from wizard.yaml_text import Tree

# What YAML reads as text without quotes wherever it stands, lists in brackets included.
_PLAIN: Final = re.compile(r"[A-Za-z0-9./](?:[A-Za-z0-9./_+=@-]|:(?=[A-Za-z0-9/:]))*")


def mended(finding: Finding, profile: Profile, answers: Mapping[str, str] | None) -> Finding:
    """The finding with ``answers`` as its offer; as it is where there are none, or the profile would not take them."""
    if not answers:
        return finding
    try:
        taken(profile, answers)
    except ProfileError:
        return finding
    return offering(finding, answers)


def taken(profile: Profile, answers: Mapping[str, str]) -> Profile:
    """The profile with these answers, as they could be typed, in the place of its own. Raises ProfileError."""
    return to_profile({**from_profile(profile), **answers})


def settings(answers: Mapping[str, str]) -> tuple[str, ...]:
    """The answers as ``--set`` takes them, ``path=value`` each, not quoted for a shell."""
    return tuple(f"{path}={_yaml(_tree(path, text))}" for path, text in answers.items())


def _tree(path: str, text: str) -> Tree:
    question = question_at(path)
    if question is None:
        return text
    return None if question.optional and text in ("", "null", "~") else spelt(question, text)


def _yaml(tree: Tree) -> str:
    """The tree in one line of YAML, as a person would write it."""
    if isinstance(tree, list):
        return f"[{', '.join(map(_yaml, tree))}]"
    if isinstance(tree, dict):
        return f"{{{', '.join(f'{_yaml(key)}: {_yaml(value)}' for key, value in tree.items())}}}"
    if tree is None:
        return "null"
    return tree if _PLAIN.fullmatch(tree) and tree != "null" else json.dumps(tree)
