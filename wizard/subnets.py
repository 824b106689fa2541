"""Subnets to be made, put where AWS and EKS take them. Pure.

``standing`` are those that exist already, their zones by their CIDRs: these can't be moved.
"""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network
from itertools import chain

from wizard.free_networks import free
from wizard.steps.vpc.answers import Subnet

# From a /16 to a /28 (VPC user guide, subnet CIDR blocks); a /28 has eleven free addresses.
WIDEST, NARROWEST = 16, 28
_USUAL = 24


def typed(subnets: Iterable[Subnet]) -> str:
    """The subnets as an answer could be typed."""
    return "\n".join(f"{subnet.zone} {subnet.cidr}" for subnet in subnets)


def in_zones(subnets: Sequence[Subnet], zones: Sequence[str], standing: Mapping[str, str]) -> tuple[Subnet, ...] | None:
    """The subnets, each in one of ``zones``, in two zones or more; None where that can't be.

    Those that lie in such a zone stay there, unless all lie in one; the others go where there is none yet.
    """
    kept = [standing.get(str(subnet.cidr), subnet.zone) for subnet in subnets]
    movable = [index for index, subnet in enumerate(subnets) if str(subnet.cidr) not in standing]
    moved = [index for index in movable if kept[index] not in zones]
    if not moved and movable and len(set(kept)) < 2:
        moved = movable[-1:]
    for index in moved:
        others = [zone for number, zone in enumerate(kept) if number != index and zone in zones]
        kept[index] = min(zones, key=others.count, default="")
    if len(set(kept)) < 2 or "" in kept:
        return None
    return tuple(Subnet(zone=zone, cidr=subnet.cidr) for zone, subnet in zip(kept, subnets, strict=True))


def apart(
    subnets: Sequence[Subnet],
    within: IPv4Network,
    standing: Mapping[str, str],
    narrowest: int = NARROWEST,
) -> tuple[Subnet, ...] | None:
    """The subnets, each inside ``within``, apart from the others, and no smaller than ``narrowest``; None where they
    don't fit.

    What is right stays. What lies outside or overlaps goes to the first free part of its size; what is too small is
    made as large as the largest of the others, around its old place where that is free.
    """
    there = [IPv4Network(cidr) for cidr in standing]
    kept: dict[int, IPv4Network] = {}
    for index, subnet in enumerate(subnets):
        used = [*kept.values(), *(cidr for cidr in there if cidr != subnet.cidr)]
        fits = WIDEST <= subnet.cidr.prefixlen <= narrowest or str(subnet.cidr) in standing
        if fits and subnet.cidr.subnet_of(within) and not _overlaps(subnet.cidr, used):
            kept[index] = subnet.cidr
    usual = min((cidr.prefixlen for cidr in kept.values()), default=max(_USUAL, within.prefixlen + 1))
    for index, subnet in enumerate(subnets):
        if index not in kept:
            length = usual if subnet.cidr.prefixlen > narrowest else subnet.cidr.prefixlen
            found = _place(subnet.cidr, within, [*kept.values(), *there], max(length, WIDEST), narrowest)
            if found is None:
                return None
            kept[index] = found
    return tuple(Subnet(zone=subnet.zone, cidr=kept[index]) for index, subnet in enumerate(subnets))


def _place(
    cidr: IPv4Network, within: IPv4Network, used: list[IPv4Network], length: int, narrowest: int
) -> IPv4Network | None:
    """Room for the subnet: of this prefix length, or the next longer one that has some."""
    for prefixlen in range(length, narrowest + 1):
        around = [cidr.supernet(new_prefix=prefixlen)] if prefixlen < cidr.prefixlen else []
        near = (one for one in around if one.subnet_of(within) and not _overlaps(one, used))
        if found := next(chain(near, free(within, used, prefixlen)), None):
            return found
    return None


def _overlaps(cidr: IPv4Network, used: Iterable[IPv4Network]) -> bool:
    return any(cidr.overlaps(other) for other in used)
