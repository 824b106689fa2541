"""The profile: the answers of one build, read from a file, checked as a whole, and written back."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import Field, ValidationError

from wizard import whole_file, yaml_text
from wizard.answer_types import ProfileName, Section, Whole
from wizard.profile_problems import Problem, ProfileError, Wrong, dotted, in_file, says, wrongs
from wizard.settings import Settings, put
from wizard.steps.account.answers import Account, Site, Tags
from wizard.steps.cluster.answers import Answers as Cluster
from wizard.steps.endpoints.answers import Answers as Endpoints
from wizard.steps.kubeconfig.answers import Answers as Kubeconfig
from wizard.steps.nodes.answers import Answers as Nodes
from wizard.steps.role.answers import Answers as Role
from wizard.steps.security_group.answers import Answers as SecurityGroup
from wizard.steps.vpc.answers import Answers as Vpc
from wizard.yaml_text import Document, Path, Tree

VERSION: Final = 1

# From each old version to the next: the tree of a profile in, that of the next version out.
MIGRATIONS: Final[Mapping[int, Callable[[dict[str, Tree]], dict[str, Tree]]]] = {}

HEADER: Final = "# Written by eks-wizard. Answers changed here are kept; comments are not.\n"

_SETTINGS: Final = "--set"


class Profile(Section):
    """The answers of one build, section by section in the order of the steps."""

    profile_version: Annotated[Literal[1], Whole(VERSION, VERSION)] = 1
    name: ProfileName
    account: Account
    tags: Tags = Field(default_factory=dict)
    site: Site
    role: Role
    vpc: Vpc
    endpoints: Endpoints = Endpoints()
    security_group: SecurityGroup
    cluster: Cluster
    nodes: Nodes = Nodes()
    kubeconfig: Kubeconfig = Kubeconfig()


def load(path: FilePath, settings: Sequence[str] = ()) -> Profile:
    """The profile in the file at ``path``, with ``settings`` (each ``path=value``) put over it. Raises ProfileError."""
    return _checked(yaml_text.read_file(path), str(path), settings)


def parse(text: str, name: str, settings: Sequence[str] = ()) -> Profile:
    """The profile that ``text`` is; ``name`` is what problems call its file. Raises ProfileError."""
    return _checked(yaml_text.read(text), name, settings)


def with_settings(profile: Profile, settings: Sequence[str]) -> Profile:
    """``profile`` with ``settings`` (each ``path=value``) put over it. Raises ProfileError."""
    return _checked(Document(as_tree(profile), {}, ()), profile.name, settings)


def of_tree(tree: Mapping[str, Tree], name: str) -> Profile:
    """The profile that plain data is; all problems are in line 1 of ``name``. Raises ProfileError."""
    return _checked(Document(dict(tree), {}, ()), name, ())


def as_tree(profile: Profile) -> dict[str, Any]:
    """The profile as plain data, every answer in it; what ``save`` writes and ``digest`` reads."""
    return profile.model_dump(mode="json")


def digest(profile: Profile) -> str:
    """SHA-256, in hexadecimal, over the profile's canonical JSON. Equal answers have equal digests."""
    canonical = json.dumps(as_tree(profile), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def text_of(answers: Profile | Mapping[str, Tree]) -> str:
    """The file that a profile, or the answers so far, are kept in."""
    tree = as_tree(answers) if isinstance(answers, Profile) else dict(answers)
    return HEADER + yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=4096)


def save(answers: Profile | Mapping[str, Tree], path: FilePath) -> None:
    """Writes a profile, or the answers so far, to ``path``: wholly or not at all, readable by its owner only.

    Only a file that the wizard wrote is replaced. Raises ProfileError, or OSError from the file system.
    """
    text = text_of(answers)
    if path.exists() and not is_ours(path):
        raise ProfileError((Problem(str(path), 1, "", says("file_not_ours", {})),))
    whole_file.write(path, text)


def is_ours(path: FilePath) -> bool:
    """Whether the wizard wrote the file that is there."""
    try:
        return path.read_bytes().startswith(HEADER.encode().rstrip())
    except OSError:
        return False


def load_draft(path: FilePath) -> dict[str, Tree]:
    """The answers so far that ``save`` wrote. Raises ProfileError where the file can't be read as YAML."""
    document = yaml_text.read_file(path)
    if document.refusals:
        raise ProfileError(in_file(document, str(path)))
    return document.tree if isinstance(document.tree, dict) else {}


def migrated(
    tree: dict[str, Tree], migrations: Mapping[int, Callable[[dict[str, Tree]], dict[str, Tree]]], newest: int
) -> tuple[dict[str, Tree] | None, tuple[Wrong, ...]]:
    """The tree in the form of version ``newest`` (None where it can't be), and what is wrong with its version."""
    at: Path = ("profile_version",)
    given = tree.get("profile_version")
    if "profile_version" not in tree:
        return {**tree, "profile_version": str(newest)}, (Wrong("version_missing", (), {}),)
    oldest = min((*migrations, newest))
    if not re.fullmatch("[1-9][0-9]{0,5}", str(given)) or int(str(given)) < oldest:
        return None, (Wrong("version_not_a_number", at, {"given": given}),)
    if int(str(given)) > newest:
        return None, (Wrong("version_too_new", at, {"given": given, "most": newest}),)
    for version in range(int(str(given)), newest):
        tree = {**migrations[version](tree), "profile_version": str(version + 1)}
    return tree, ()


def _checked(document: Document, name: str, settings: Sequence[str]) -> Profile:
    found = list(in_file(document, name))
    if document.tree is None and found:
        raise ProfileError(tuple(found))
    changed = put(document.tree, settings)
    found += [Problem(_SETTINGS, each.line, dotted(each.path), says(each.key, each.about)) for each in changed.refusals]
    profile, wrong = _judged(changed.tree)
    unread = [each.path for each in document.refusals if each.key in ("yaml_alias", "control_character")]
    found += [
        _placed(each, document, changed, name)
        for each in wrong
        if not any(path and each.path[: len(path)] == path for path in unread)
    ]
    if found or profile is None:
        raise ProfileError(tuple(sorted(found, key=lambda problem: (problem.file == _SETTINGS, problem.line))))
    return profile


def _judged(tree: Tree) -> tuple[Profile | None, tuple[Wrong, ...]]:
    if tree is None:
        return None, (Wrong("file_empty", (), {}),)
    if not isinstance(tree, dict):
        return None, (Wrong("not_a_mapping", (), {"given": tree}),)
    current, wrong = migrated(tree, MIGRATIONS, VERSION)
    if current is None:
        return None, wrong
    try:
        return Profile.model_validate(current), wrong
    except ValidationError as error:
        return None, (*wrong, *wrongs(error, Profile))


def _placed(wrong: Wrong, document: Document, settings: Settings, name: str) -> Problem:
    """The problem with the line that it comes from: a setting, or the nearest thing in the file."""
    sentence = says(wrong.key, wrong.about)
    number = settings.number_of(wrong.path)
    if number is None and wrong.path not in document.lines:
        number = settings.number_below(wrong.path)
    if number is not None:
        return Problem(_SETTINGS, number, dotted(wrong.path), sentence)
    return Problem(name, document.line_of(wrong.path), dotted(wrong.path), sentence)
