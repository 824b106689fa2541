"""The IAM actions that a plan and the looks before it need, as a list and as a policy. Pure.

An action is named after its call, but many calls need others beside their own; those are data here, with their source.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from wizard.facts import Unknown
from wizard.plan import Call, Plan

# An action is named after its operation but for these (service authorization reference).
ACTIONS: Final = {"HeadBucket": "ListBucket"}
# A service's actions begin with its name but for these.
PREFIXES: Final = {"service-quotas": "servicequotas"}

# What the steps read, whatever the profile says (tests compare it with what practice is asked for, and with the code).
READS: Final = (
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeKeyPairs",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribePrefixLists",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:DescribeTransitGateways",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpointServices",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ec2:DescribeVpnConnections",
    "ec2:DescribeVpnGateways",
    "ec2:GetEbsDefaultKmsKeyId",
    "ec2:GetManagedPrefixListEntries",
    "ec2:GetSubnetCidrReservations",
    "eks:DescribeAccessEntry",
    "eks:DescribeAddon",
    "eks:DescribeCluster",
    "eks:DescribeClusterVersions",
    "eks:DescribeNodegroup",
    "eks:ListAssociatedAccessPolicies",
    "iam:GetPolicy",
    "iam:GetRole",
    "iam:GetUser",
    "iam:ListAttachedRolePolicies",
    "iam:SimulatePrincipalPolicy",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:ListGrants",
    "route53:ListHostedZonesByVPC",
    "route53resolver:ListResolverRuleAssociations",
    "route53resolver:ListResolverRules",
    "servicequotas:GetServiceQuota",
    "ssm:GetParameter",
    "sts:GetCallerIdentity",
)

# What looking at a cluster that stands reads, beside READS, where there is no profile (tests compare it with the code).
STANDING_READS: Final = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeLaunchConfigurations",
    "autoscaling:DescribeScalingActivities",
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetConsoleOutput",
    "eks:ListAddons",
    "eks:ListFargateProfiles",
    "eks:ListNodegroups",
    "iam:GetInstanceProfile",
    "iam:GetPolicyVersion",
    "iam:GetRolePolicy",
    "iam:ListRolePolicies",
)

# What the look before an undo reads.
UNDO_READS: Final = (
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:DescribeVpnConnections",
    "ec2:DescribeVpnGateways",
    "eks:DescribeAccessEntry",
    "eks:DescribeAddon",
    "eks:DescribeCluster",
    "eks:DescribeNodegroup",
    "eks:ListAccessEntries",
    "eks:ListAddons",
    "eks:ListClusters",
    "eks:ListFargateProfiles",
    "eks:ListNodegroups",
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "sts:GetCallerIdentity",
)

# Tags given in the call that creates a thing need an action of their own: by the service, the call's parameter that
# holds them (EC2 user guide, "Grant permission to tag resources during creation"; EKS user guide, "Tagging your
# resources"; IAM user guide, "Tags for IAM resources"; service authorization reference of CloudFormation).
TAGGING: Final = {
    ("ec2", "TagSpecifications"): "ec2:CreateTags",
    ("eks", "tags"): "eks:TagResource",
    ("iam", "Tags"): "iam:TagRole",
    ("cloudformation", "Tags"): "cloudformation:TagResource",
}

# What a call needs beside its own action.
COMPANIONS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    # EKS user guide, "Create an Amazon EKS cluster".
    ("eks", "CreateCluster"): ("iam:PassRole",),
    # EKS user guide, "Create access entries": an entry for nodes passes their role.
    ("eks", "CreateAccessEntry"): ("iam:PassRole",),
    # EKS user guide, "Customize managed nodes with launch templates": EKS tries the template with the caller's rights.
    ("eks", "CreateNodegroup"): (
        "ec2:CreateTags",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:RunInstances",
        "iam:PassRole",
    ),
    # Service authorization reference of EC2, dependent actions; for private DNS.
    ("ec2", "CreateVpcEndpoint"): ("route53:AssociateVPCWithHostedZone",),
    ("ec2", "ModifyVpcEndpoint"): ("route53:AssociateVPCWithHostedZone",),
}

# What CloudFormation does with the caller's own rights for each type of a template: to create it, and to take it back
# when the stack fails (the types' schemas, "handlers"; of those of the Auto Scaling group, what our template asks for,
# and EC2 Auto Scaling user guide, "Control launch template usage").
RESOURCE_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::IAM::InstanceProfile": (
        "iam:AddRoleToInstanceProfile",
        "iam:CreateInstanceProfile",
        "iam:DeleteInstanceProfile",
        "iam:GetInstanceProfile",
        "iam:PassRole",
        "iam:RemoveRoleFromInstanceProfile",
    ),
    "AWS::EC2::LaunchTemplate": (
        "ec2:CreateLaunchTemplate",
        "ec2:CreateTags",
        "ec2:DeleteLaunchTemplate",
        "ec2:DeleteTags",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:DescribeLaunchTemplates",
    ),
    "AWS::AutoScaling::AutoScalingGroup": (
        "autoscaling:CreateAutoScalingGroup",
        "autoscaling:CreateOrUpdateTags",
        "autoscaling:DeleteAutoScalingGroup",
        "autoscaling:Describe*",
        "autoscaling:UpdateAutoScalingGroup",
        "ec2:CreateTags",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:RunInstances",
        "iam:PassRole",
    ),
    "AWS::EC2::SecurityGroup": (
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateSecurityGroup",
        "ec2:CreateTags",
        "ec2:DeleteSecurityGroup",
        "ec2:DescribeInstances",
        "ec2:DescribeSecurityGroups",
        "ec2:RevokeSecurityGroupEgress",
    ),
    "AWS::EC2::SecurityGroupIngress": (
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:DescribeSecurityGroupRules",
        "ec2:RevokeSecurityGroupIngress",
    ),
}

# How the actions begin that CloudFormation needs to delete what it made; a group is emptied before.
TAKING_BACK: Final = ("Delete", "Describe", "Get", "Remove", "Revoke", "UpdateAutoScalingGroup")

# The role that AWS makes for itself at the first such call of an account, and the service that it belongs to.
SERVICE_LINKED: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    # EKS user guide, "Using roles for Amazon EKS clusters".
    ("eks", "CreateCluster"): ("AWSServiceRoleForAmazonEKS", "eks.amazonaws.com"),
    # EKS user guide, "Using roles for Amazon EKS node groups".
    ("eks", "CreateNodegroup"): ("AWSServiceRoleForAmazonEKSNodegroup", "eks-nodegroup.amazonaws.com"),
    # EC2 Auto Scaling user guide, "Service-linked roles".
    ("cloudformation", "CreateStack"): ("AWSServiceRoleForAutoScaling", "autoscaling.amazonaws.com"),
    # Transit gateway guide, "Service-linked roles".
    ("ec2", "CreateTransitGatewayVpcAttachment"): (
        "AWSServiceRoleForVPCTransitGateway",
        "transitgateway.amazonaws.com",
    ),
}

_TYPE = re.compile(r"^ +Type: (AWS::(?:[A-Za-z0-9]+)::(?:[A-Za-z0-9]+))$", re.MULTILINE)


def iam_action(call: Call) -> str:
    """The IAM action that allows the call, such as ec2:DescribeVpcs."""
    return f"{PREFIXES.get(call.service, call.service)}:{ACTIONS.get(call.operation, call.operation)}"


def reads() -> tuple[str, ...]:
    """The actions that looking needs, in order: enough for check, plan and verify."""
    return READS


def actions(plan: Plan, service_linked: Mapping[str, bool | Unknown] | None = None) -> tuple[str, ...]:
    """The actions that carrying out the plan needs, in order: its calls and reads, and what AWS asks for beside them.

    ``service_linked`` tells by name whether a service-linked role exists (facts.role.service_linked); of one that it
    does not tell, the action to make it is needed.
    """
    return tuple(sorted({action for call in _calls(plan) for action in needed(call, service_linked or {})}))


def policy(plan: Plan, service_linked: Mapping[str, bool | Unknown] | None = None) -> dict[str, Any]:
    """An IAM policy that allows what looking and this plan need: one statement for each service.

    Roles may be passed to EC2 and EKS alone, and service-linked roles made for the services that need one. All other
    actions are for every resource: who knows the names of what is made may narrow them.
    """
    wanted = {*reads(), *actions(plan, service_linked)} - {"iam:PassRole", "iam:CreateServiceLinkedRole"}
    statements = _by_service(wanted)
    if "iam:PassRole" in actions(plan, service_linked):
        # In China EC2 goes by a name of its own (IAM user guide, service principals).
        ec2 = "ec2.amazonaws.com.cn" if plan.region.startswith("cn-") else "ec2.amazonaws.com"
        passed = {"iam:PassedToService": [ec2, "eks.amazonaws.com"]}
        statements.append(_statement("PassRole", ["iam:PassRole"], passed))
    services = sorted({service for call in _calls(plan) for _, service in linked(call, service_linked or {})})
    if services:
        made = {"iam:AWSServiceName": services}
        statements.append(_statement("ServiceLinkedRoles", ["iam:CreateServiceLinkedRole"], made))
    return {"Version": "2012-10-17", "Statement": statements}


def reading() -> dict[str, Any]:
    """An IAM policy that allows what check, plan and verify read, and no write."""
    return {"Version": "2012-10-17", "Statement": _by_service(reads())}


def reading_what_stands() -> dict[str, Any]:
    """An IAM policy that allows what looking at a cluster without a profile reads, and no write."""
    return {"Version": "2012-10-17", "Statement": _by_service({*READS, *STANDING_READS})}


def undoing(plan: Plan) -> dict[str, Any]:
    """An IAM policy that allows looking at what a profile made, and deleting what this plan deletes.

    What a build made a moment ago is looked for as that build would: its reads are among them.
    """
    return {"Version": "2012-10-17", "Statement": _by_service({*READS, *UNDO_READS, *actions(plan)})}


def _by_service(allowed: Iterable[str]) -> list[dict[str, Any]]:
    services: dict[str, list[str]] = {}
    for action in sorted(allowed):
        services.setdefault(action.partition(":")[0], []).append(action)
    return [_statement(service.capitalize(), actions) for service, actions in services.items()]


def _statement(sid: str, allowed: list[str], condition: Mapping[str, list[str]] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": allowed, "Resource": "*"}
    return {**statement, "Condition": {"StringEquals": condition}} if condition else statement


def _calls(plan: Plan) -> Iterator[Call]:
    for change in plan.changes:
        if isinstance(change.action, Call):
            yield change.action
        if change.wait is not None:
            yield change.wait.read
            yield from change.wait.evidence


def needed(call: Call, service_linked: Mapping[str, bool | Unknown]) -> Iterator[str]:
    """The actions that a call needs: its own, and what AWS asks for beside it. Some may come twice."""
    yield iam_action(call)
    for (service, parameter), action in TAGGING.items():
        if call.service == service and call.params.get(parameter):
            yield action
    if not _spared(call):
        yield from COMPANIONS.get((call.service, call.operation), ())
    if (call.service, call.operation) == ("cloudformation", "CreateStack"):
        for kind in _TYPE.findall(_resources(str(call.params.get("TemplateBody", "")))):
            yield from RESOURCE_TYPES[kind]
    if any(linked(call, service_linked)):
        yield "iam:CreateServiceLinkedRole"
    if (call.service, call.operation) == ("cloudformation", "DeleteStack"):
        # Which template it was is not told: all that one of ours may have made.
        for allowed in RESOURCE_TYPES.values():
            yield from (action for action in allowed if action.partition(":")[2].startswith(TAKING_BACK))


def _spared(call: Call) -> bool:
    """Whether this call is one of the kind that needs nothing beside its action: no role is passed, no zone made."""
    if call.operation == "CreateAccessEntry":
        return call.params.get("type") == "STANDARD"
    endpoint = call.operation in ("CreateVpcEndpoint", "ModifyVpcEndpoint")
    return endpoint and not call.params.get("PrivateDnsEnabled")


def linked(call: Call, service_linked: Mapping[str, bool | Unknown]) -> Iterator[tuple[str, str]]:
    """The service-linked roles, each with its service, that AWS makes for itself at this call and may be missing."""
    name, service = SERVICE_LINKED.get((call.service, call.operation), ("", ""))
    if service and service_linked.get(name) is not True:
        yield name, service


def _resources(template: str) -> str:
    """The part of a template that makes things; parameters have types of that form, too."""
    return template.partition("\nResources:\n")[2]
