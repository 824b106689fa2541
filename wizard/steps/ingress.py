"""Security groups that we make, and their rules for HTTPS, for the steps that plan one."""

from collections.abc import Iterable, Iterator

from wizard.facts import SecurityGroup, Unknown, known
from wizard.network import Id
from wizard.packets import Peer, admits
from wizard.plan import Call, Change, Wait, tag_filters, tag_specifications, tags
from wizard.profile import Profile

HTTPS = 443
# Where the control plane reaches the kubelets.
KUBELET = 10250


def admits_https(group: SecurityGroup, cidr: str) -> bool:
    """Whether the group's rules let in every address of the CIDR on 443."""
    return admits([group], "tcp", HTTPS, Peer(cidr)).admitted


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
    for source in sources:
        if not known(group) or not admits_https(group, source):
            yield https_rule(profile, step, f"{change}.https.{source}", group_id, source)


def https_rule(profile: Profile, step: str, change: str, group: Id, source: str) -> Change:
    """The change that admits 443 from a CIDR into a group. The rule carries our tags, whosever the group is."""
    permission = {"IpProtocol": "tcp", "FromPort": HTTPS, "ToPort": HTTPS, "IpRanges": [{"CidrIp": source}]}
    named = tags(profile.cluster.name, change, profile.tags)
    return Change(
        change,
        step,
        "create",
        Call(
            "ec2",
            "AuthorizeSecurityGroupIngress",
            {
                "GroupId": group,
                "IpPermissions": [permission],
                "TagSpecifications": tag_specifications("security-group-rule", named),
            },
        ),
        Wait(
            Call("ec2", "DescribeSecurityGroupRules", {"Filters": [{"Name": "group-id", "Values": [group]}]}),
            f"SecurityGroupRules[?!IsEgress && FromPort==`{HTTPS}` && ToPort==`{HTTPS}` && IpProtocol=='tcp'"
            f" && CidrIpv4=='{source}'].SecurityGroupRuleId",
        ),
    )
