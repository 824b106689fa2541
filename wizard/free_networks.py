"""Networks that nobody uses yet. Pure."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Final

from wizard.answer_types import PRIVATE

# The two that EKS chooses between where a cluster names no service CIDR (EKS API reference, KubernetesNetworkConfig).
_EKS_OWN: Final = (IPv4Network("172.20.0.0/16"), IPv4Network("10.100.0.0/16"))
# Docker's bridge on many machines of the premises (EKS user guide, network requirements).
_DOCKER: Final = IPv4Network("172.17.0.0/16")


def free(within: IPv4Network, taken: Iterable[IPv4Network], prefixlen: int) -> Iterator[IPv4Network]:
    """The networks of this prefix length inside ``within`` that overlap none of ``taken``, lowest address first.

    They are found as they are asked for: the first of a /8 costs no more than that of a /24.
    """
    if not within.prefixlen <= prefixlen <= within.max_prefixlen:
        return
    size = 1 << (within.max_prefixlen - prefixlen)
    start = int(within.network_address)
    end = start + within.num_addresses
    for busy in sorted(taken, key=lambda network: int(network.network_address)):
        yield from _row(start, min(int(busy.network_address), end), prefixlen)
        behind = int(busy.broadcast_address) + 1
        start = max(start, -(-behind // size) * size)
    yield from _row(start, end, prefixlen)


def service_cidr(taken: Iterable[IPv4Network]) -> IPv4Network | None:
    """A service CIDR as EKS takes it that overlaps none of ``taken``: a /16 where there is one, else a /20."""
    used = (*taken, _DOCKER)
    places = ((place, 16) for place in (*_EKS_OWN, *reversed(PRIVATE), *PRIVATE))
    smaller = ((place, 20) for place in PRIVATE)
    return next((found for place, length in (*places, *smaller) for found in free(place, used, length)), None)


def _row(start: int, end: int, prefixlen: int) -> Iterator[IPv4Network]:
    """The networks of this prefix length from ``start``, where one may begin, up to ``end``."""
    size = 1 << (32 - prefixlen)
    while start + size <= end:
        yield IPv4Network((start, prefixlen))
        start += size
