"""What is asked about the VPC, its subnets and its way to the premises.

Only the form of each value is judged here. Whether the subnets lie in the VPC, apart from each other and in two zones
is a finding of the step's checks.
"""

from typing import Annotated, TypeVar

from pydantic import AfterValidator

from wizard.answer_types import Cidr, Connect, Create, OneBranch, Section, SubnetId, Unique, Use, VpcId, Zone, refused

T = TypeVar("T")


def _two_or_more(subnets: tuple[T, ...]) -> tuple[T, ...]:
    if len(subnets) < 2:
        raise refused("too_few_subnets")
    return subnets


class Subnet(Section):
    """One subnet to be made."""

    zone: Zone
    cidr: Cidr


class NewVpc(Section):
    """A VPC to be made, with its subnets."""

    cidr: Cidr
    subnets: Annotated[tuple[Subnet, ...], AfterValidator(_two_or_more)]
    connect: Connect


class ExistingVpc(Section):
    """A VPC that exists; without ``connect`` its way to the premises is taken as it stands."""

    id: VpcId
    subnets: Annotated[Unique[SubnetId], AfterValidator(_two_or_more)]
    connect: Connect | None = None


# The whole section is the choice: {create: NewVpc} or {use: ExistingVpc}.
Answers = Annotated[Create[NewVpc] | Use[ExistingVpc], OneBranch()]
