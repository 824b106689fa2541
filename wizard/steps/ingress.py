"""Security groups that we make, and their rules for HTTPS, for the steps that plan one."""

from collections.abc import Iterable, Iterator

from wizard.facts import SecurityGroup, Unknown, known
from wizard.network import Id
from wizard.plan import Call, Change, Wait, tag_filters, tag_specifications, tags
from wizard.profile import Profile

HTTPS = 443


def admitted(group: SecurityGroup) -> frozenset[str]:
    """What a rule of its own lets in on 443: CIDRs, and ids of groups and prefix lists."""
    return frozenset(
        rule.source
        for rule in group.rules
        if not rule.egress and rule.protocol == "tcp" and rule.ports == (HTTPS, HTTPS)
    )


def group_with_https(
    profile: Profile,
    step: str,
    change: str,
    group: SecurityGroup | Unknown | None,
    *,
    group_id: Id,
    name: str,
    description: str,
    vpc: Id,
    sources: Iterable[str],
) -> Iterator[Change]:
    """The changes that make the group, where it is not there, and admit 443 from each of the CIDRs."""
    cluster = profile.cluster.name
    if not known(group):
        yield Change(
            change,
            step,
            "create",
            Call(
                "ec2",
                "CreateSecurityGroup",
                {
                    "GroupName": name,
                    "Description": description,
                    "VpcId": vpc,
                    "TagSpecifications": tag_specifications(
                        "security-group", tags(cluster, change, profile.tags, Name=name)
                    ),
                },
            ),
            Wait(
                Call("ec2", "DescribeSecurityGroups", {"Filters": tag_filters(cluster, change)}),
                "SecurityGroups[].GroupId",
            ),
        )
    there = admitted(group) if known(group) else frozenset()
    for source in sources:
        if source in there:
            continue
        rule_change = f"{change}.https.{source}"
        yield Change(
            rule_change,
            step,
            "create",
            Call(
                "ec2",
                "AuthorizeSecurityGroupIngress",
                {
                    "GroupId": group_id,
                    "IpPermissions": [
                        {
                            "IpProtocol": "tcp",
                            "FromPort": HTTPS,
                            "ToPort": HTTPS,
                            "IpRanges": [{"CidrIp": source}],
                        }
                    ],
                    "TagSpecifications": tag_specifications(
                        "security-group-rule", tags(cluster, rule_change, profile.tags)
                    ),
                },
            ),
            Wait(
                Call(
                    "ec2",
                    "DescribeSecurityGroupRules",
                    {
                        "Filters": [{"Name": "group-id", "Values": [group_id]}],
                    },
                ),
                f"SecurityGroupRules[?!IsEgress && FromPort==`{HTTPS}` && ToPort==`{HTTPS}` && IpProtocol=='tcp'"
                f" && CidrIpv4=='{source}'].SecurityGroupRuleId",
            ),
        )
