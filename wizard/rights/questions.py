"""What AWS is asked to tell whether a plan may be carried out: its actions, on their resources, in context. Pure.

A policy may name resources and conditions, so each action is asked about the ARNs that its call will be judged by, and
with the condition keys that the call will carry. What does not exist yet has no id: an id that nobody has stands in its
place, which fits wherever a policy has a wildcard (service authorization reference of each service).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from wizard.facts import Context, Facts, Question, Unknown, known
from wizard.permissions import TAGGING, iam_action, linked, needed
from wizard.plan import CHANGE_TAG, Call, Plan, Ref, refs

# The simulator takes no wildcards.
WITHOUT_WILDCARDS: Final = {"autoscaling:Describe*": "autoscaling:DescribeAutoScalingGroups"}
CLOUDFORMATION: Final = "cloudformation.amazonaws.com"

# What every request to a service carries; the first question is asked with these alone.
ALWAYS: Final = frozenset({"aws:RequestedRegion", "aws:SecureTransport", "ec2:Region"})
# Condition keys that the call itself decides: what a question lacks of these, the call will lack as well.
OF_THE_CALL: Final = (
    "aws:CalledVia",
    "aws:RequestTag/",
    "aws:TagKeys",
    "ec2:CreateAction",
    "iam:AWSServiceName",
    "iam:PassedToService",
    "iam:PermissionsBoundary",
    "iam:PolicyARN",
)
# Where the services without regions are, by partition (IAM user guide, aws:RequestedRegion).
GLOBAL_REGION: Final = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
GLOBAL_SERVICES: Final = ("iam", "route53")

# The kinds of things that EC2 judges an action by (service authorization reference of EC2, resource types).
EC2_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "AssociateRouteTable": ("route-table", "subnet"),
    "AttachVpnGateway": ("vpc", "vpn-gateway"),
    "AuthorizeSecurityGroupEgress": ("security-group",),
    "AuthorizeSecurityGroupIngress": ("security-group",),
    "CreateLaunchTemplate": ("launch-template",),
    "CreateRoute": ("route-table",),
    "CreateRouteTable": ("route-table", "vpc"),
    "CreateSecurityGroup": ("security-group", "vpc"),
    "CreateSubnet": ("subnet", "vpc"),
    "CreateTransitGatewayVpcAttachment": ("subnet", "transit-gateway", "transit-gateway-attachment", "vpc"),
    "CreateVpc": ("vpc",),
    "CreateVpcEndpoint": ("vpc", "vpc-endpoint"),
    "CreateVpnGateway": ("vpn-gateway",),
    "DeleteLaunchTemplate": ("launch-template",),
    "DeleteSecurityGroup": ("security-group",),
    "DeleteTags": ("launch-template",),
    "EnableVgwRoutePropagation": ("route-table", "vpn-gateway"),
    "ModifyVpcAttribute": ("vpc",),
    "ModifyVpcEndpoint": ("vpc-endpoint",),
    "RevokeSecurityGroupEgress": ("security-group",),
    "RevokeSecurityGroupIngress": ("security-group",),
    "RunInstances": ("image", "instance", "launch-template", "network-interface", "security-group", "subnet", "volume"),
}
EC2_IDS: Final = {
    "image": "ami",
    "instance": "i",
    "launch-template": "lt",
    "network-interface": "eni",
    "route-table": "rtb",
    "security-group": "sg",
    "security-group-rule": "sgr",
    "subnet": "subnet",
    "transit-gateway": "tgw",
    "transit-gateway-attachment": "tgw-attach",
    "volume": "vol",
    "vpc": "vpc",
    "vpc-endpoint": "vpce",
    "vpn-gateway": "vgw",
}
# Tags that differ from one thing to the next.
NAMES: Final = (f"aws:RequestTag/{CHANGE_TAG}", "aws:RequestTag/Name")
_ID = re.compile(r"([a-z]+(?:-attach)?)-[0-9a-f]{8,17}")
_NOBODY = "0" * 17


@dataclass(frozen=True)
class Batch:
    """Questions that one call of the simulator answers: of one service, and in one context."""

    context: Context
    questions: tuple[Question, ...]

    @property
    def actions(self) -> list[str]:
        """Each action once."""
        return list(dict.fromkeys(question.action for question in self.questions))

    @property
    def resources(self) -> list[str]:
        """Each resource once."""
        return list(dict.fromkeys(question.resource for question in self.questions))


def questions(plan: Plan, facts: Facts) -> Mapping[Question, tuple[str, ...]]:
    """All that has to be allowed for the plan's calls, each with the steps that need it, in the order of the plan.

    Things of one kind are made under names of their own; the question about the first of them stands for all.
    """
    found: dict[Question, tuple[Question, dict[str, None]]] = {}
    place = _place(plan, facts)
    for change in plan.changes:
        if isinstance(change.action, Call):
            for question in _of_call(change.action, place):
                context = tuple(one for one in question.context if one[0] not in NAMES)
                found.setdefault(replace(question, context=context), (question, {}))[1][change.step] = None
    return {question: tuple(steps) for question, steps in found.values()}


def trials(plan: Plan) -> Mapping[str, Call]:
    """By action, the first of EC2's calls of which everything is known already: EC2 can be asked about it as it is."""
    found: dict[str, Call] = {}
    for change in plan.changes:
        call = change.action
        if isinstance(call, Call) and call.service == "ec2" and not any(refs(call.params)):
            found.setdefault(iam_action(call), call)
    return found


def batches(asked: Iterable[Question], *, exact: bool) -> tuple[Batch, ...]:
    """The questions in as few calls as may be; not ``exact``, only with what every request carries."""
    found: dict[tuple[str, bool, Context], list[Question]] = {}
    for question in asked:
        context = question.context if exact else tuple(one for one in question.context if one[0] in ALWAYS)
        service = question.action.partition(":")[0]
        found.setdefault((service, question.resource == "*", context), []).append(question)
    return tuple(Batch(context, tuple(group)) for (_, _, context), group in found.items())


def is_of_the_call(key: str) -> bool:
    """Whether a call that lacks this condition key will lack it when it is made, too."""
    return key.lower().startswith(tuple(one.lower() for one in OF_THE_CALL))


def is_by_cloudformation(question: Question) -> bool:
    """Whether CloudFormation does it, with the caller's rights."""
    return ("aws:CalledVia", (CLOUDFORMATION,)) in question.context


@dataclass(frozen=True)
class _Place:
    """``roles`` are ARNs by name and by the change that makes the role; ``boundaries`` by ARN of the role."""

    partition: str
    region: str
    account: str
    service_linked: Mapping[str, bool | Unknown]
    roles: Mapping[str, str] = field(default_factory=dict)
    boundaries: Mapping[str, str] = field(default_factory=dict)

    def arn(self, service: str, resource: str) -> str:
        region = "" if service in GLOBAL_SERVICES else self.region
        account = "" if service == "route53" or resource.startswith("image/") else self.account
        return f"arn:{self.partition}:{service}:{region}:{account}:{resource}"


def _place(plan: Plan, facts: Facts) -> _Place:
    place = _Place(facts.account.partition, plan.region, plan.account, facts.role.service_linked)
    roles, boundaries = {}, {}
    for role in (facts.role.cluster, facts.role.node):
        if known(role):
            roles[role.name] = role.arn
            boundaries[role.arn] = role.permissions_boundary or ""
    for change in plan.changes:
        call = change.action
        if isinstance(call, Call) and call.operation == "CreateRole":
            arn = place.arn("iam", f"role{call.params['Path']}{call.params['RoleName']}")
            roles[call.params["RoleName"]] = roles[change.id] = arn
            boundaries[arn] = call.params.get("PermissionsBoundary", "")
    kept = {arn: boundary for arn, boundary in boundaries.items() if boundary}
    return _Place(place.partition, place.region, place.account, place.service_linked, roles, kept)


def _of_call(call: Call, place: _Place) -> Iterator[Question]:
    for allowed in dict.fromkeys(needed(call, place.service_linked)):
        action = WITHOUT_WILDCARDS.get(allowed, allowed)
        service = action.partition(":")[0]
        via = call.service == "cloudformation" and service != "cloudformation"
        if action == "iam:PassRole":
            role, passed_to = _passed(call, place)
            yield Question(action, role, _context(service, place, {"iam:PassedToService": (passed_to,)}, via=via))
        elif action == "iam:CreateServiceLinkedRole":
            for name, owner in linked(call, place.service_linked):
                resource = place.arn("iam", f"role/aws-service-role/{owner}/{name}")
                yield Question(action, resource, _context(service, place, {"iam:AWSServiceName": (owner,)}, via=via))
        else:
            for resource in _resources(action, call, place):
                keys = _keys(action, call, place, resource)
                yield Question(action, resource, _context(service, place, keys, via=via))


def _context(service: str, place: _Place, of_call: Mapping[str, tuple[str, ...]], *, via: bool) -> Context:
    region = GLOBAL_REGION.get(place.partition, place.region) if service in GLOBAL_SERVICES else place.region
    keys: dict[str, tuple[str, ...]] = {
        "aws:RequestedRegion": (region,),
        "aws:SecureTransport": ("true",),
        "aws:ViaAWSService": ("true" if via else "false",),
        **of_call,
    }
    if service == "ec2":
        keys["ec2:Region"] = (region,)
    if via:
        keys |= dict.fromkeys(("aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"), (CLOUDFORMATION,))
    return tuple(sorted(keys.items()))


def _keys(action: str, call: Call, place: _Place, resource: str) -> dict[str, tuple[str, ...]]:
    """The condition keys that come from the call itself."""
    service, _, operation = action.partition(":")
    found: dict[str, tuple[str, ...]] = {}
    tags = _tags(call)
    tagged = action in (iam_action(call), *TAGGING.values()) or operation.startswith(("Create", "RunInstances"))
    if tags and tagged and call.service in (service, "cloudformation"):
        found |= {f"aws:RequestTag/{key}": (value,) for key, value in tags.items()}
        found["aws:TagKeys"] = tuple(tags)
    if action == "ec2:CreateTags" and call.operation != "CreateTags" and call.service == "ec2":
        found["ec2:CreateAction"] = (call.operation,)
    if service == "iam" and resource in place.boundaries:
        found["iam:PermissionsBoundary"] = (place.boundaries[resource],)
    if "PolicyArn" in call.params:
        found["iam:PolicyARN"] = (call.params["PolicyArn"],)
    if action == "ec2:RunInstances":
        kind = _parameters(call).get("InstanceType") or next(iter(call.params.get("instanceTypes", ())), "")
        found |= {"ec2:InstanceType": (kind,)} if isinstance(kind, str) and kind else {}
    return found


def _tags(call: Call) -> dict[str, str]:
    if isinstance(call.params.get("tags"), Mapping):
        return dict(call.params["tags"])
    listed = [tag for one in call.params.get("TagSpecifications", ()) for tag in one["Tags"]]
    return {tag["Key"]: tag["Value"] for tag in (*listed, *call.params.get("Tags", ()))}


def _parameters(call: Call) -> dict[str, Any]:
    return {one["ParameterKey"]: one["ParameterValue"] for one in call.params.get("Parameters", ())}


def _passed(call: Call, place: _Place) -> tuple[str, str]:
    """The role that a call passes on, and the service that gets it."""
    # In China EC2 goes by a name of its own (IAM user guide, service principals).
    ec2 = "ec2.amazonaws.com.cn" if place.partition == "aws-cn" else "ec2.amazonaws.com"
    match call.operation:
        case "CreateCluster":
            return _role(call.params["roleArn"], place), "eks.amazonaws.com"
        case "CreateNodegroup":
            return _role(call.params["nodeRole"], place), "eks.amazonaws.com"
        case "CreateAccessEntry":
            return _role(call.params["principalArn"], place), ec2
    name = _parameters(call).get("NodeRoleName", "")
    return place.roles.get(name, place.arn("iam", f"role/{name}")), ec2


def _role(value: str | Ref, place: _Place) -> str:
    return place.roles.get(value.change, "*") if isinstance(value, Ref) else value


def _resources(action: str, call: Call, place: _Place) -> list[str]:
    service, _, operation = action.partition(":")
    if operation.startswith(("Describe", "List")):
        return ["*"]
    match service:
        case "ec2":
            return _ec2_resources(operation, call, place)
        case "eks":
            return [place.arn("eks", _eks_resource(operation, call, place))]
        case "cloudformation":
            return [place.arn("cloudformation", f"stack/{call.params['StackName']}/{_uuid()}")]
        case "autoscaling":
            name = f"{call.params['StackName']}-AutoScalingGroup-{_NOBODY}"
            return [place.arn("autoscaling", f"autoScalingGroup:{_uuid()}:autoScalingGroupName/{name}")]
        case "route53":
            return [place.arn("route53", f"hostedzone/Z{_NOBODY}")]
        case "iam" if "InstanceProfile" in operation:
            return [place.arn("iam", f"instance-profile/{call.params['StackName']}-InstanceProfile-{_NOBODY}")]
        case "iam" if "RoleName" in call.params:
            name = call.params["RoleName"]
            return [place.roles.get(name, place.arn("iam", f"role/{name}"))]
    return ["*"]


def _eks_resource(operation: str, call: Call, place: _Place) -> str:
    """What an action is judged by: what gets the tags or the policy, and the cluster where something is made in it."""
    cluster = call.params.get("name") or call.params["clusterName"]
    match call.operation:
        case "CreateAddon" if operation == "TagResource":
            return f"addon/{cluster}/{call.params['addonName']}/{_uuid()}"
        case "CreateNodegroup" if operation == "TagResource":
            return f"nodegroup/{cluster}/{call.params['nodegroupName']}/{_uuid()}"
        case "AssociateAccessPolicy" | "CreateAccessEntry" if operation in ("TagResource", "AssociateAccessPolicy"):
            kind, _, name = _role(call.params["principalArn"], place).rpartition(":")[2].partition("/")
            return f"access-entry/{cluster}/{kind}/{place.account}/{name}/{_uuid()}"
    return f"cluster/{cluster}"


def _ec2_resources(operation: str, call: Call, place: _Place) -> list[str]:
    told: dict[str, list[str]] = {}
    for identity in dict.fromkeys(_ids(call.params)):
        told.setdefault(identity.rpartition("-")[0], []).append(identity)
    kinds: list[str]
    if operation == "CreateTags" == call.operation:
        kinds = [kind for kind, prefix in EC2_IDS.items() if prefix in told]
    elif operation == "CreateTags":
        # What a call makes has no id yet, whatever else the call names.
        told = {}
        made = [one["ResourceType"] for one in call.params.get("TagSpecifications", ())]
        kinds = made or ["instance" if call.service == "eks" else "launch-template"]
    else:
        named = ("route-table", "security-group", "subnet") if operation.endswith("VpcEndpoint") else ()
        # Which image it will be may be EKS's choice, and a policy may name each that it allows.
        always = (kind for kind in EC2_KINDS.get(operation, ()) if kind != "image" or EC2_IDS[kind] in told)
        kinds = [*always, *(kind for kind in named if EC2_IDS[kind] in told)]
    return [
        place.arn("ec2", f"{kind}/{identity}")
        for kind in kinds
        for identity in told.get(EC2_IDS[kind]) or [f"{EC2_IDS[kind]}-{_NOBODY}"]
    ] or ["*"]


def _ids(value: Any) -> Iterator[str]:
    """The ids of EC2's in a call's parameters; a stack's may be lists in one text."""
    if isinstance(value, str):
        yield from (part for part in value.split(",") if _ID.fullmatch(part))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _ids(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _ids(inner)


def _uuid() -> str:
    return "00000000-0000-0000-0000-000000000000"
