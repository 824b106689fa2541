"""Which Kubernetes versions EKS has on offer, and until when."""

from datetime import UTC, datetime

from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.eks.paging import page
from wizard.practice.protocol import Params


def _describe(call: Call) -> Params:
    asked = call.params
    names, status = asked.get("clusterVersions"), asked.get("versionStatus")
    if status is None and asked.get("status"):
        status = str(asked["status"]).upper().replace("-", "_")
    found = [
        {
            "clusterVersion": version.version,
            "clusterType": "eks",
            "defaultPlatformVersion": "eks.8",
            "defaultVersion": version.version == account.catalogue.default_version,
            "releaseDate": _day(version.released),
            "endOfStandardSupportDate": _day(version.end_of_standard_support),
            "endOfExtendedSupportDate": _day(version.end_of_extended_support),
            "status": version.status.lower().replace("_", "-"),
            "versionStatus": version.status,
            "kubernetesPatchVersion": version.patch,
        }
        for version in account.catalogue.versions
        if (not names or version.version in names) and (not status or version.status == status)
    ]
    if asked.get("defaultOnly"):
        found = [version for version in found if version["defaultVersion"]]
    return page(found, "clusterVersions", asked)


def _day(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


HANDLERS: dict[str, Handler] = {"eks.DescribeClusterVersions": _describe}
