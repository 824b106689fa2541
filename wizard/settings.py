"""``--set path=value``: single answers put over those of a profile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wizard import yaml_text
from wizard.yaml_text import Path, Refusal, Tree

# Keys of which a section holds one: setting it takes the others' place.
_ONE_OF: Final = (frozenset({"create", "use"}), frozenset({"vpn_gateway", "transit_gateway"}))


@dataclass(frozen=True)
class Settings:
    """A tree with settings in it: the path of each setting with its number from 1, and what is refused.

    A refusal's line is the number of its setting.
    """

    tree: Tree
    paths: tuple[tuple[Path, int], ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def number_of(self, path: Path) -> int | None:
        """The number of the setting that what stands at ``path`` comes from."""
        return next((number for known, number in reversed(self.paths) if known == path[: len(known)]), None)

    def number_below(self, path: Path) -> int | None:
        """The number of a setting that made the section at ``path``."""
        return next((number for known, number in self.paths if path and known[: len(path)] == path), None)


def put(tree: Tree, settings: Sequence[str]) -> Settings:
    """``tree`` with the settings in it, each ``path=value`` with the value in YAML. ``tree`` itself does not change.

    A path is dotted, with list items by their number from 0: ``vpc.create.subnets.0.cidr``; the next number adds
    an item. Behind ``tags.`` all is the tag's key. Setting one of create and use takes the other out.
    """
    paths: list[tuple[Path, int]] = []
    refusals: list[Refusal] = []
    for number, setting in enumerate(settings, start=1):
        name, equals, text = setting.partition("=")
        path = path_of(name.strip())
        if not equals or not all(path) or not name.isprintable():
            refusals.append(Refusal("set_form", number, (), {"given": setting}))
            continue
        document = yaml_text.read(text)
        empty = [refusal for refusal in document.refusals if refusal.key == "file_empty"]
        if document.refusals and not empty:
            refusals += [Refusal(each.key, number, (*path, *each.path), each.about) for each in document.refusals]
            continue
        try:
            tree = _with(tree, path, document.tree)
        except _RefusedError as error:
            refusals.append(Refusal(error.key, number, path, error.about))
        else:
            paths.append((_located(tree, path), number))
    return Settings(tree, tuple(paths), tuple(refusals))


def path_of(name: str) -> Path:
    """The parts of a dotted path, all of them text."""
    first, *rest = name.split(".")
    return ("tags", ".".join(rest)) if first == "tags" and rest else (first, *rest)


class _RefusedError(Exception):
    def __init__(self, key: str, **about: object) -> None:
        super().__init__(key)
        self.key = key
        self.about = about


def _with(here: Tree, path: Path, value: Tree) -> Tree:
    if not path:
        return value
    name, rest = str(path[0]), path[1:]
    if isinstance(here, list):
        if not name.isascii() or not name.isdigit() or len(name) > 6 or int(name) > len(here):
            raise _RefusedError("set_no_item", given=name, count=len(here))
        index = int(name)
        item = here[index] if index < len(here) else None
        return [*here[:index], _with(item, rest, value), *here[index + 1 :]]
    if isinstance(here, str):
        raise _RefusedError("set_inside_value", given=here)
    rivals = {key for keys in _ONE_OF if name in keys for key in keys if key != name}
    kept = {key: old for key, old in (here or {}).items() if key not in rivals}
    return {**kept, name: _with(kept.get(name), rest, value)}


def _located(tree: Tree, path: Path) -> Path:
    """``path`` with numbers where they count the items of a list."""
    located: Path = ()
    for name in path:
        located = (*located, int(name) if isinstance(tree, list) else name)
        tree = tree[int(name)] if isinstance(tree, list) else tree[str(name)] if isinstance(tree, dict) else None
    return located
