"""Which AWS a command speaks to, and where its files are."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from screens import log
from screens.arguments import PRACTICE_TIME_SCALE, UsageError
from wizard.cloud import Access, Cloud
from wizard.doors import Doors, Machine
from wizard.journal import Journal
from wizard.places import Places, places
from wizard.practice import process
from wizard.practice.running import Running, running
from wizard.profile import Profile, with_settings


@dataclass(frozen=True)
class Session:
    """``practice`` is the practice account in use; ``ends`` tells that it ends with this command."""

    profile: Profile
    doors: Doors
    places: Places
    practice: Running | None
    ends: bool

    @property
    def time_scale(self) -> float:
        """Real seconds per AWS second."""
        return self.doors.cloud.access.time_scale

    def journal(self) -> Journal:
        """The journal of the profile's cluster."""
        account = self.profile.account
        return Journal(self.places.of_cluster(account.id, account.region, self.profile.cluster.name))


@contextmanager
def opened(arguments: Any, profile: Profile) -> Iterator[Session]:
    """The session that the options ask for. Raises UsageError, and process.PracticeUnavailableError."""
    if arguments.region and arguments.region != profile.account.region:
        raise UsageError(f"The profile is made for the region {profile.account.region}, not {arguments.region}.")
    if not arguments.practice:
        yield _session(arguments, profile, running_at(arguments), ends=False)
        return
    scale = PRACTICE_TIME_SCALE if arguments.time_scale is None else arguments.time_scale
    with process.start(time_scale=scale, settle=arguments.settle) as started:
        yield _session(arguments, profile, Running(started.endpoint_url, scale, started.folder), ends=True)


def running_at(arguments: Any) -> Running | None:
    """The practice account that the options or the environment point to, if they point to one."""
    return running(arguments.endpoint_url or os.environ.get("AWS_ENDPOINT_URL", ""))


def access(arguments: Any, region: str | None, practice: Running | None) -> Access:
    """How AWS is reached; a practice account is reached with its own keys, whatever the environment says."""
    if practice is None:
        return Access(region=region, profile=arguments.aws_profile, endpoint_url=arguments.endpoint_url)
    return Access(
        region=region,
        endpoint_url=practice.endpoint_url,
        practice=True,
        access_key=process.ACCESS_KEY_ID,
        secret_key=process.SECRET_ACCESS_KEY,
        time_scale=practice.time_scale,
    )


def kubeconfig_of(practice: Running) -> Path:
    """The practice account's own kubeconfig."""
    return practice.folder / "kubeconfig"


def _session(arguments: Any, profile: Profile, practice: Running | None, *, ends: bool) -> Session:
    cloud = Cloud(access(arguments, profile.account.region, practice))
    if practice is None:
        session = Session(profile, Doors(cloud, Machine()), places(), None, ends)
    else:
        # Nothing of practice may end in the files of real clusters, whatever the profile names.
        if profile.kubeconfig.path is not None:
            profile = with_settings(profile, ["kubeconfig.path=null"])
        machine = Machine({**os.environ, "KUBECONFIG": str(kubeconfig_of(practice))})
        own = replace(places(), state=practice.folder)
        session = Session(profile, Doors(cloud, machine), own, practice, ends)
    log.open_in(session.places.state)
    return session
