"""Facts of somebody whom AWS refuses some reads: any field that may be Unknown, at random."""

import dataclasses
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st
from oracle.right_world import Draw

from wizard.facts import Facts, Unknown

REFUSED = Unknown("service:Operation", "not authorized")


@st.composite
def hidden(draw: Draw[Any], facts: Facts) -> Facts:
    """The facts with one to four of their fields replaced by what a refused read leaves."""
    paths = list(_paths(facts, ()))
    chosen = draw(st.lists(st.sampled_from(range(len(paths))), min_size=1, max_size=4, unique=True))
    for index in chosen:
        facts = _with_refused(facts, paths[index])
    return facts


def _paths(thing: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Every field, however deep, that its type lets be Unknown."""
    if isinstance(thing, tuple):
        for index, one in enumerate(thing):
            yield from _paths(one, (*path, index))
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        types = get_type_hints(type(thing))
        for field in dataclasses.fields(thing):
            # Without a launch nothing is judged.
            if Unknown in get_args(types[field.name]) and field.name != "launches":
                yield (*path, field.name)
            yield from _paths(getattr(thing, field.name), (*path, field.name))


def _with_refused(thing: Any, path: tuple[str | int, ...]) -> Any:
    if not path:
        return REFUSED
    if isinstance(thing, Unknown):
        return thing
    first, rest = path[0], path[1:]
    if isinstance(first, int):
        return (*thing[:first], _with_refused(thing[first], rest), *thing[first + 1 :])
    return dataclasses.replace(thing, **{first: _with_refused(getattr(thing, first), rest)})
