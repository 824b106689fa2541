"""What is asked about the account, the tags, and the company's side of the network."""

from typing import Annotated

from pydantic import AfterValidator

from wizard.answer_types import AccountId, Cidr, NoProxy, ProxyUrl, Region, Section, TagKey, TagValue, Unique, refused

# AWS takes 50 tags on a resource; the wizard's own and those that EKS and CloudFormation add need room.
MOST_TAGS = 40


def _not_too_many(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MOST_TAGS:
        raise refused("too_many_tags", most=MOST_TAGS)
    return tags


def _at_least_one(cidrs: tuple[Cidr, ...]) -> tuple[Cidr, ...]:
    if not cidrs:
        raise refused("no_on_premises_cidr")
    return cidrs


Tags = Annotated[dict[TagKey, TagValue], AfterValidator(_not_too_many)]


class Account(Section):
    """The one account and region that the profile is made for."""

    id: AccountId
    region: Region


class Proxy(Section):
    """The HTTP proxy that the nodes reach the internet through; ``no_proxy`` adds to what is computed."""

    url: ProxyUrl
    no_proxy: Unique[NoProxy] = ()


class Site(Section):
    """The company's side: the networks that reach the VPC, and the proxy, if there is one."""

    on_premises_cidrs: Annotated[Unique[Cidr], AfterValidator(_at_least_one)]
    proxy: Proxy | None = None
