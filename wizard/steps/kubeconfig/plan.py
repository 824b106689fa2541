"""Plans the kubeconfig's entry for the cluster."""

from collections.abc import Iterator
from typing import Any

from wizard import kubeconfig
from wizard.facts import Facts
from wizard.network import Id, Network, has_place
from wizard.plan import Change, WriteFile
from wizard.profile import Profile


def plan(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    """The entry, where the file does not hold it as it has to be."""
    if facts.kubeconfig.entry_current or facts.kubeconfig.problem or not has_place(profile, facts):
        return
    cluster = network.cluster
    seen = facts.kubeconfig
    content = entry(
        profile, cluster.arn, cluster.endpoint, cluster.certificate_authority, seen.aws_cli, seen.aws_profile
    )
    yield Change("kubeconfig", "kubeconfig", "create", WriteFile(seen.path, content))


def entry(
    profile: Profile, arn: Id, endpoint: Id, certificate_authority: Id, aws_cli: bool, aws_profile: str | None
) -> dict[str, Any]:
    """The entry as ``aws eks update-kubeconfig`` would write it; our own token where there is no aws CLI."""
    return kubeconfig.entry(
        profile.cluster.name,
        arn,
        endpoint,
        certificate_authority,
        profile.account.region,
        profile.kubeconfig.context,
        "aws" if aws_cli else "eks-wizard",
        aws_profile,
    )
