"""Which AWS a command speaks to, and where its files are."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
class Connection:
    """An AWS that is spoken to. ``practice`` is the practice account, if it is one; ``ends`` with this command."""

    doors: Doors
    places: Places
    practice: Running | None
    ends: bool

    @property
    def time_scale(self) -> float:
        """Real seconds per AWS second."""
        return self.doors.cloud.access.time_scale

    def session(self, profile: Profile) -> "Session":
        """What a profile is carried out with. Nothing of practice may end in the files of real clusters."""
        if self.practice is not None and profile.kubeconfig.path is not None:
            profile = with_settings(profile, ["kubeconfig.path=null"])
        return Session(self.doors, self.places, self.practice, self.ends, profile)


@dataclass(frozen=True)
class Session(Connection):
    """A connection, and the profile that is carried out."""

    profile: Profile

    def journal(self) -> Journal:
        """The journal of the profile's cluster."""
        account = self.profile.account
        return Journal(self.places.of_cluster(account.id, account.region, self.profile.cluster.name))


@contextmanager
def opened(arguments: Any, profile: Profile) -> Iterator[Session]:
    """The session that the options ask for. Raises UsageError, and process.PracticeUnavailableError."""
    if arguments.region and arguments.region != profile.account.region:
        raise UsageError(f"The profile is made for the region {profile.account.region}, not {arguments.region}.")
    with connected(arguments, profile.account.region) as connection:
        if connection.ends and connection.practice:
            plant(Path(arguments.profile), connection.practice)
        yield connection.session(profile)


def seed_of(profile: Path | None) -> Path | None:
    """The file of what a practice account holds before this profile is carried out; None where it needs nothing."""
    path = profile.parent / "seeds" / profile.name if profile else None
    return path if path and path.is_file() else None


def plant(profile: Path, practice: Running) -> None:
    """Puts into an account that was just started what the profile's seed makes, if it has one. Raises ProfileError."""
    seed = seed_of(profile)
    if seed is None:
        return
    # A wizard that asks about AWS needs none of it.
    from wizard.training import staging

    staging.plant(practice.endpoint_url, seed)


@contextmanager
def connected(arguments: Any, region: str | None) -> Iterator[Connection]:
    """The AWS that the options ask for, in a region (None: where botocore finds one, or the practice account's).

    Raises process.PracticeUnavailableError, and UsageError where the endpoint is no URL.
    """
    if not arguments.practice:
        _check_url(arguments.endpoint_url or os.environ.get("AWS_ENDPOINT_URL", ""))
        running = running_at(arguments)
        yield connection(arguments, region or (process.REGION if running else None), running, ends=False)
        return
    scale = PRACTICE_TIME_SCALE if arguments.time_scale is None else arguments.time_scale
    with process.start(time_scale=scale, settle=arguments.settle) as started:
        running = Running(started.endpoint_url, scale, started.folder)
        yield connection(arguments, region or started.region, running, ends=True)


def _check_url(url: str) -> None:
    """botocore takes anything, and then fails in ways that nobody understands."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if url and not usable:
        raise UsageError(f"{url} is no URL of an endpoint, such as http://127.0.0.1:4611.")


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


def connection(arguments: Any, region: str | None, practice: Running | None, *, ends: bool) -> Connection:
    """AWS or a practice account that runs, in this region; from now on the log is kept where its files are."""
    doors = Doors(Cloud(access(arguments, region, practice)), Machine())
    found = Connection(doors, places(), None, ends)
    if practice is not None:
        # kubectl asks no proxy for what is on this machine (golang.org/x/net/http/httpproxy).
        kept = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
        machine = Machine({**kept, "KUBECONFIG": str(kubeconfig_of(practice))})
        found = Connection(Doors(doors.cloud, machine), replace(places(), state=practice.folder), practice, ends)
    log.open_in(found.places.state)
    return found
