"""What stands in a practice account before a profile is carried out: the calls of a file, with ids always the same.

A seed is for a profile that uses what exists: profiles/seeds/NAME.yaml is for profiles/NAME.yaml.
"""

from pathlib import Path

import yaml

from wizard.cloud import Cloud
from wizard.plan import Call
from wizard.practice.running import steer

_LOOK = Call("ec2", "DescribeVpcs", {})
# Reads that let a new thing be seen: in an account at time scale 0 only they move the clock.
_SETTLING_READS = 3


class SeedError(Exception):
    """The file is no seed; the message is one sentence."""


def seed_of(profile: Path) -> Path | None:
    """The seed of a profile, if it has one."""
    path = profile.parent / "seeds" / profile.name
    return path if path.is_file() else None


def plant(cloud: Cloud, endpoint_url: str, seed: Path) -> None:
    """Carries out a seed's calls in order.

    Raises CloudError where the account refuses one, SeedError where the file is no seed, and OSError.
    """
    for number, call in enumerate(_calls(seed), start=1):
        # What an account has from the beginning is made at the first look, and has ids, too.
        cloud.read(_LOOK)
        # Whatever was made before, the same step makes the same id.
        steer(endpoint_url, "random", {"seed": number})
        cloud.write(call)
        for _ in range(_SETTLING_READS):
            cloud.read(Call("sts", "GetCallerIdentity", {}))
        steer(endpoint_url, "time", {"seconds": 120})


def _calls(seed: Path) -> list[Call]:
    try:
        steps = yaml.safe_load(seed.read_text("utf-8"))
        named = [next(iter(step.items())) for step in steps]
        words = [(name.split("."), dict(params)) for name, params in named]
        return [Call(service, operation, params) for (service, operation), params in words]
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, ValueError, AttributeError, StopIteration) as error:
        problem = (
            f"{seed} is no seed: it has to be a list of calls, such as 'ec2.CreateVpc: {{CidrBlock: 10.0.0.0/16}}'."
        )
        raise SeedError(problem) from error
