"""The entries of prefix lists, which rules and routes name by an id."""

from collections.abc import Iterable, Mapping
from functools import partial

from wizard.doors import Doors, together
from wizard.facts import PrefixList, Unknown

Entries = tuple[str, ...] | Unknown


def entries_of(doors: Doors, names: Iterable[str]) -> Mapping[str, Entries]:
    """The CIDRs of each of these that is a prefix list, AWS's own or a customer's; one that is gone has none."""
    lists = sorted({name for name in names if name.startswith("pl-")})
    return dict(zip(lists, together(*(partial(_entries, doors, name) for name in lists)), strict=True))


def _entries(doors: Doors, name: str) -> Entries:
    answer = doors.cloud.see("ec2", "GetManagedPrefixListEntries", PrefixListId=name)
    if isinstance(answer, Unknown):
        return answer
    return tuple(entry["Cidr"] for entry in (answer or {}).get("Entries", []))


def of_gateways(doors: Doors) -> tuple[PrefixList, ...] | Unknown:
    """AWS's own lists of the services that have gateway endpoints: their public addresses in the region."""
    answer = doors.cloud.see("ec2", "DescribePrefixLists")
    if isinstance(answer, Unknown):
        return answer
    return tuple(
        PrefixList(one["PrefixListId"], one["PrefixListName"], tuple(one.get("Cidrs", [])))
        for one in (answer or {}).get("PrefixLists", [])
    )
