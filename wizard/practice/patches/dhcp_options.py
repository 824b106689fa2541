"""Every region has a default DHCP options set, and a VPC has that unless told otherwise. moto says "default"."""

import hashlib
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.dhcp_options import DHCPOptionsSet
from moto.ec2.models.vpcs import VPC

from wizard.practice import aws
from wizard.practice.aws import Call, Handler
from wizard.practice.patches.backend import ec2
from wizard.practice.protocol import Params


def default_options(backend: EC2Backend) -> DHCPOptionsSet:
    """The region's default set: Amazon's resolver and the region's own domain."""
    region = backend.region_name
    options_id = f"dopt-{hashlib.sha256(region.encode()).hexdigest()[:17]}"
    options = backend.dhcp_options_sets.get(options_id)
    if options is None:
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        # moto's type hint says one name; its answer lists whatever it is given.
        options = DHCPOptionsSet(backend, ["AmazonProvidedDNS"], [domain])  # type: ignore[arg-type]
        options.id = options_id
        backend.dhcp_options_sets[options_id] = options
    return options


def _options_id(vpc: Any) -> str:
    return str((vpc.dhcp_options or default_options(vpc.ec2_backend)).id)


def _describe(call: Call) -> Params:
    with aws.moto_lock:
        default_options(ec2(call.region))
    return aws.moto(call)


setattr(VPC, "dhcp_options_id", property(_options_id))  # noqa: B010 - mypy refuses to assign a property
HANDLERS: dict[str, Handler] = {"ec2.DescribeDhcpOptions": _describe}
