"""Reads who asks, in which account and region."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from wizard.doors import Doors, together
from wizard.facts import AccountFacts, Facts, Unknown, Zone
from wizard.findings import Finding, stop
from wizard.plan import Call
from wizard.profile import Profile
from wizard.rights.observe import principal


class WrongAccount(Exception):
    """The credentials belong to another account than the profile's, or the region is none of EKS's."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def identify(doors: Doors, profile: Profile) -> AccountFacts:
    """Who asks. One read; raises WrongAccount before anything else is read, and CloudError without credentials."""
    region = profile.account.region
    account = _caller(doors, region)
    if account.id != profile.account.id:
        about = {"account": account.id, "wanted": profile.account.id, "identity": account.arn}
        raise WrongAccount(stop("ACC001", "account.id", **about))
    known_region(doors, region)
    return account


def known_region(doors: Doors, region: str) -> None:
    """Asks nothing of AWS. Raises WrongAccount where EKS is not known in the region."""
    if region not in doors.cloud.regions_of("eks"):
        raise WrongAccount(stop("ACC002", "account.region", region=region))


def who_and_where(doors: Doors) -> AccountFacts:
    """Who asks and where, with no profile yet: the region in force and its zones. Raises CloudError."""
    account = _caller(doors, doors.cloud.region or "")
    return replace(account, zones=_zones(doors))


def observe(doors: Doors, _profile: Profile, seen: Facts) -> AccountFacts:
    """The account's facts with the zones of its region, and whose policies count; two reads at once."""
    zones, who = together(partial(_zones, doors), partial(principal, doors, seen.account.arn))
    return replace(seen.account, zones=zones, principal=who)


def _caller(doors: Doors, region: str) -> AccountFacts:
    answer = doors.cloud.read(Call("sts", "GetCallerIdentity", {}))
    partition = answer["Arn"].split(":")[1]
    return AccountFacts(datetime.now(UTC), answer["Account"], answer["Arn"], region, partition)


def _zones(doors: Doors) -> tuple[Zone, ...] | Unknown:
    answer = doors.cloud.see("ec2", "DescribeAvailabilityZones")
    if isinstance(answer, Unknown):
        return answer
    return tuple(
        Zone(zone["ZoneName"], zone["ZoneId"], zone.get("ZoneType", "availability-zone"))
        for zone in (answer or {}).get("AvailabilityZones", [])
    )
