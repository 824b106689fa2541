"""What is wrong on the company's side, where neither AWS nor Kubernetes sees it; each with the rule that it breaks."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from oracle.node_faults import lead_by_proxy
from oracle.right_world import PREMISES, PROXY_ADDRESS, PROXY_NAME, Draw, one_of, right_world
from oracle.worlds import World

from wizard.practice.boot.snapshot import Premises

BY_RULE: dict[str, Callable[[str], Premises]] = {
    "proxy-refuses": lambda region: Premises(proxy_refuses=(f".{region}.amazonaws.com",)),
    "proxy-not-listening": lambda _: Premises(proxy_ports=(8080,)),
    "proxy-intercepts": lambda _: Premises(proxy_intercepts=True),
    "no-way-back": lambda _: Premises(routes_back=False),
    "name-unknown": lambda _: Premises(names_forwarded=False),
}


@st.composite
def company_worlds(draw: Draw[Any], rule: str) -> World:
    """A world in which nodes need the proxy, and all is right that AWS knows of."""
    world = right_world(draw)
    proxy = PROXY_NAME if rule == "name-unknown" else one_of(draw, PROXY_ADDRESS, PROXY_NAME)
    lead_by_proxy(draw, world, one_of(draw, "ecr.api", "ecr.dkr", "s3"), proxy)
    world.premises = BY_RULE[rule](world.region)
    world.faults.append(f"{rule} beyond {PREMISES}")
    return world
