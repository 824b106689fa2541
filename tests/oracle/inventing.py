"""Invents worlds: right ones, and such with faults in them."""

from typing import Any

from hypothesis import strategies as st
from oracle import network_faults, node_faults
from oracle.faults import FAULTS
from oracle.right_world import REGIONS, Draw, one_of, right_world
from oracle.worlds import World

assert network_faults.__name__ != node_faults.__name__  # imported for what they register


@st.composite
def worlds(draw: Draw[Any], faults: tuple[str, ...] | None = None, regions: tuple[str, ...] = REGIONS) -> World:
    """A world with none to three faults in it; with exactly these where they are given."""
    world = right_world(draw, regions)
    if faults is None:
        number = one_of(draw, 0, 0, 1, 1, 1, 1, 2, 2, 3)
        names = st.sampled_from(tuple(FAULTS))
        faults = tuple(draw(st.lists(names, min_size=number, max_size=number, unique=True)))
    for name in faults:
        FAULTS[name](draw, world)
        world.faults.append(name)
    return world
