"""Reads who asks, in which account and region."""

from dataclasses import replace
from datetime import UTC, datetime

from wizard.doors import Doors
from wizard.facts import AccountFacts, Facts, Unknown, Zone
from wizard.findings import Finding, stop
from wizard.plan import Call
from wizard.profile import Profile


class WrongAccount(Exception):
    """The credentials belong to another account than the profile's, or the region is none of EKS's."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def identify(doors: Doors, profile: Profile) -> AccountFacts:
    """Who asks. One read; raises WrongAccount before anything else is read, and CloudError without credentials."""
    region = profile.account.region
    answer = doors.cloud.read(Call("sts", "GetCallerIdentity", {}))
    if answer["Account"] != profile.account.id:
        about = {"account": answer["Account"], "wanted": profile.account.id, "identity": answer["Arn"]}
        raise WrongAccount(stop("ACC001", "account.id", **about))
    if region not in doors.cloud.regions_of("eks"):
        raise WrongAccount(stop("ACC002", "account.region", region=region))
    return AccountFacts(
        at=datetime.now(UTC),
        id=answer["Account"],
        arn=answer["Arn"],
        region=region,
        partition=answer["Arn"].split(":")[1],
    )


def observe(doors: Doors, _profile: Profile, seen: Facts) -> AccountFacts:
    """The account's facts with the zones of its region."""
    answer = doors.cloud.see("ec2", "DescribeAvailabilityZones")
    if isinstance(answer, Unknown):
        return replace(seen.account, zones=answer)
    zones = (answer or {}).get("AvailabilityZones", [])
    return replace(
        seen.account,
        zones=tuple(
            Zone(zone["ZoneName"], zone["ZoneId"], zone.get("ZoneType", "availability-zone")) for zone in zones
        ),
    )
