"""Security groups: only in a VPC that exists, not deleted while in use, and every new rule is answered."""

from wizard.practice import aws
from wizard.practice.aws import Call, Handler
from wizard.practice.patches import backend
from wizard.practice.patches.network_interfaces import using
from wizard.practice.protocol import AwsError, Params


def _create(call: Call) -> Params:
    if call.params.get("VpcId"):
        backend.vpc(call.region, call.params["VpcId"])
    return aws.moto(call)


def _authorize(call: Call) -> Params:
    group_id = call.params.get("GroupId")
    if not group_id:
        return aws.moto(call)
    with aws.moto_lock:
        before = {rule["SecurityGroupRuleId"] for rule in _rules(call, group_id)}
        answer = aws.moto(call)
        answer["SecurityGroupRules"] = [
            rule for rule in _rules(call, group_id) if rule["SecurityGroupRuleId"] not in before
        ]
    return answer


def _rules(call: Call, group_id: str) -> list[Params]:
    filters = [{"Name": "group-id", "Values": [group_id]}]
    found: list[Params] = aws.moto(call.asking("DescribeSecurityGroupRules", Filters=filters))["SecurityGroupRules"]
    return found


def _delete(call: Call) -> Params:
    group_id = call.params.get("GroupId", "")
    with aws.moto_lock:
        group = backend.ec2(call.region).get_security_group_from_id(group_id)
        if group is not None and group.name == "default":
            raise AwsError(
                "CannotDelete", f'the specified group: "{group_id}" name: "default" cannot be deleted by a user'
            )
        if group is not None and (using(call.region, group_id=group_id) or _named_elsewhere(call.region, group_id)):
            raise AwsError("DependencyViolation", f"resource {group_id} has a dependent object")
        return aws.moto(call)


def _named_elsewhere(region: str, group_id: str) -> bool:
    """Whether a rule of another group names this one."""
    return any(
        (rule.source_group or {}).get("GroupId") == group_id
        for groups in backend.ec2(region).groups.values()
        for group in groups.values()
        if group.id != group_id
        for rule in [*group.ingress_rules, *group.egress_rules]
    )


HANDLERS: dict[str, Handler] = {
    "ec2.CreateSecurityGroup": _create,
    "ec2.AuthorizeSecurityGroupIngress": _authorize,
    "ec2.AuthorizeSecurityGroupEgress": _authorize,
    "ec2.DeleteSecurityGroup": _delete,
}
