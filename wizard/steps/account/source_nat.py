"""Checks with which address pods are seen on the premises: a node's, unless the network plugin is told otherwise."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

import yaml

from wizard.facts import Facts, known
from wizard.findings import Finding, note
from wizard.profile import Profile

CNI = "vpc-cni"
# aws/amazon-vpc-cni-k8s README: the one leaves every address as it is, the other those towards some networks.
EXTERNAL, EXCLUDED = "AWS_VPC_K8S_CNI_EXTERNALSNAT", "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS"


def check(profile: Profile, facts: Facts) -> Iterator[Finding]:
    """A note of the networks that see nodes; a plugin that is not among the add-ons is not looked into."""
    if CNI not in profile.cluster.addons:
        return
    add_ons = facts.cluster.add_ons if known(facts.cluster.add_ons) else ()
    configuration = next((one.configuration for one in add_ons if one.name == CNI), "")
    seen = [str(cidr) for cidr in profile.site.on_premises_cidrs if not _keeps(configuration, cidr)]
    if seen:
        yield note("ACC010", "site.on_premises_cidrs", premises=seen)


def _keeps(configuration: str, cidr: IPv4Network) -> bool:
    """Whether pods keep their own address towards this network."""
    try:
        given: Any = yaml.safe_load(configuration)
    except yaml.YAMLError:
        return False
    environment = given.get("env") if isinstance(given, dict) else None
    if not isinstance(environment, dict):
        return False
    if str(environment.get(EXTERNAL, "")).lower() == "true":
        return True
    excluded = map(_network, re.split(r"[,\s]+", str(environment.get(EXCLUDED, ""))))
    return any(one is not None and cidr.subnet_of(one) for one in excluded)


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text, strict=False)
    except ValueError:
        return None
