"""YAML as the profile and the scenarios are written in it: nothing but text, lists and mappings, with line numbers.

Nothing is resolved. YAML readers disagree about ``off``, ``1.30`` and ``012345670123``; here they are text, and the
models give them a type. What YAML has beyond that (anchors, aliases, merge keys, tags, several documents) is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final

import yaml
from yaml.composer import Composer
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

Path = tuple[str | int, ...]
Tree = None | str | list["Tree"] | dict[str, "Tree"]

# The largest profile that makes sense has a few kilobytes; the reader takes a second for this much.
MOST_BYTES: Final = 256 * 1024
MOST_LEVELS: Final = 20

# What YAML calls printable, without its exotic line breaks: with them, lines would be counted unlike editors do.
UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# What the reader says, and the key of our sentence for it.
_SYNTAX: Final = (
    ("mapping values are not allowed", "yaml_stray_colon"),
    ("could not find expected ':'", "yaml_no_colon"),
    ("found unexpected end of stream", "yaml_open_quote"),
    ("expected ',' or", "yaml_open_bracket"),
    ("expected <block end>", "yaml_indent"),
    ("cannot start any token", "yaml_bad_start"),
)


@dataclass(frozen=True)
class Refusal:
    """Something that is refused: the key of its sentence in words/profile.yaml, where, and what fills the sentence."""

    key: str
    line: int
    path: Path = ()
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """What a text says. ``lines`` has the line, from 1, of each key and item; ``tree`` lacks refused keys."""

    tree: Tree
    lines: dict[Path, int]
    refusals: tuple[Refusal, ...]

    def line_of(self, path: Path) -> int:
        """The line of ``path``, or of the nearest thing around it; 1 where there is none."""
        near = (path[:end] for end in range(len(path), 0, -1))
        return next((self.lines[found] for found in near if found in self.lines), 1)


def read_file(path: FilePath) -> Document:
    """What the file at ``path`` says; never raises."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return Document(None, {}, (Refusal("file_not_found", 1),))
    except OSError as error:
        return Document(None, {}, (Refusal("file_unreadable", 1, about={"reason": error.strerror or "unknown"}),))
    text = decode(data)
    return Document(None, {}, (text,)) if isinstance(text, Refusal) else read(text)


def decode(data: bytes) -> str | Refusal:
    """The text of ``data``, with ``\\n`` as its only line break; or why it is none."""
    if len(data) > MOST_BYTES:
        return Refusal("file_too_large", 1, about={"most": f"{MOST_BYTES // 1024} KiB"})
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Refusal("file_utf_16", 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Refusal("file_not_utf_8", data.count(b"\n", 0, error.start) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(text: str) -> Document:
    """What ``text`` says; never raises. A text that can't be read to its end has the tree None and a refusal."""
    if len(text) > MOST_BYTES:
        return Document(None, {}, (Refusal("file_too_large", 1, about={"most": f"{MOST_BYTES // 1024} KiB"}),))
    if early := tuple(_unreadable(text)):
        return Document(None, {}, early)
    reader = _Reader(text)
    try:
        node = reader.get_node() if reader.check_node() else None
        rest = () if not reader.check_node() else (Refusal("yaml_documents", reader.line_of_next()),)
    except _TooDeepError as error:
        return Document(None, {}, (Refusal("yaml_too_deep", error.line, about={"most": MOST_LEVELS}),))
    except yaml.MarkedYAMLError as error:
        return Document(None, {}, (_syntax(error, text),))
    except (yaml.YAMLError, ValueError, OverflowError):
        # An escape that names no character, or a directive's number of a thousand digits.
        return Document(None, {}, (Refusal("yaml_syntax", reader.line + 1),))
    finally:
        reader.dispose()
    walk = _Walk(reader.refused)
    tree = walk.value(node, ()) if node is not None else None
    return Document(tree, walk.lines, (*walk.refusals, *rest))


def _unreadable(text: str) -> Iterator[Refusal]:
    for number, line in enumerate(text.split("\n"), start=1):
        if found := UNPRINTABLE.search(line):
            yield Refusal("control_character", number, about={"character": f"U+{ord(found[0]):04X}"})
        elif "\t" in line[: len(line) - len(line.lstrip())] and line.strip():
            yield Refusal("yaml_tab", number)


def _syntax(error: yaml.MarkedYAMLError, text: str) -> Refusal:
    said = f"{error.context} {error.problem}"
    key = next((key for words, key in _SYNTAX if words in said), "yaml_syntax")
    mark = error.problem_mark or error.context_mark
    if key in ("yaml_open_quote", "yaml_open_bracket"):
        mark = error.context_mark or mark
    if mark is None:
        return Refusal(key, 1)
    if key == "yaml_bad_start" and text[mark.index : mark.index + 1] == "\t":
        key = "yaml_tab"
    # At the end of the text the reader points behind its last line.
    return Refusal(key, min(mark.line, text.rstrip("\n").count("\n")) + 1)


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Reader(Reader, Scanner, Parser, Composer, BaseResolver):
    """PyYAML's reader, which here resolves nothing, and remembers at each node what is refused about it."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self.level = 0
        self.refused: dict[Node, list[tuple[str, dict[str, Any]]]] = {}

    def line_of_next(self) -> int:
        """The line of what comes next."""
        return int(self.peek_event().start_mark.line) + 1  # type: ignore[no-untyped-call]  # PyYAML's stubs

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs
        if self.level >= MOST_LEVELS:
            raise _TooDeepError(event.start_mark.line + 1)
        if isinstance(event, AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs
            node: Node = ScalarNode("", "", event.start_mark, event.end_mark)  # type: ignore[arg-type]  # as above
            self.refused[node] = [("yaml_alias", {"name": event.anchor})]
            return node
        refused = []
        if event.anchor is not None:
            refused.append(("yaml_anchor", {"name": event.anchor}))
            event.anchor = None
        if event.tag is not None:
            refused.append(("yaml_tag", {"name": event.tag}))
            event.tag = None
            event.implicit = (True, True)
        self.level += 1
        composed = super().compose_node(parent, index)
        self.level -= 1
        if composed is not None and refused:
            self.refused[composed] = refused
        return composed


class _Walk:
    """From nodes to a tree, with the line of each path and what is refused on the way."""

    def __init__(self, refused: dict[Node, list[tuple[str, dict[str, Any]]]]) -> None:
        self.refused = refused
        self.lines: dict[Path, int] = {}
        self.refusals: list[Refusal] = []

    def value(self, node: Node, path: Path) -> Tree:
        line = node.start_mark.line + 1
        for key, about in self.refused.get(node, ()):
            self.refusals.append(Refusal(key, line, path, about))
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, ScalarNode):
            if node.style is None and node.value in ("", "~", "null"):
                return None
            self.lines[path] = line
            return self.text(node, path)
        items: list[Tree] = []
        for index, item in enumerate(node.value):
            self.lines[*path, index] = item.start_mark.line + 1
            items.append(self.value(item, (*path, index)))
        return items

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Tree]:
        tree: dict[str, Tree] = {}
        for key_node, item in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self.refusals.append(Refusal("yaml_key", line, path))
                continue
            refused = self.refused.get(key_node, [])
            self.refusals += [Refusal(refusal, line, path, about) for refusal, about in refused]
            key = self.text(key_node, path)
            here = (*path, key)
            if UNPRINTABLE.search(key_node.value) or any(refusal == "yaml_alias" for refusal, _ in refused):
                continue
            if key == "<<" and key_node.style is None:
                self.refusals.append(Refusal("yaml_merge", line, path))
            elif key in tree:
                self.refusals.append(Refusal("yaml_duplicate", line, here, {"first": self.lines[here]}))
            else:
                self.lines[here] = line
                tree[key] = self.value(item, here)
        return tree

    def text(self, node: ScalarNode, path: Path) -> str:
        # An escape in quotes can write what the text itself must not hold, half a character among it.
        if found := UNPRINTABLE.search(node.value):
            about = {"character": f"U+{ord(found[0]):04X}"}
            self.refusals.append(Refusal("control_character", node.start_mark.line + 1, path, about))
        return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", node.value)
