"""Who may do what in the practice account: by fault rules, and by the policies of whoever calls.

The account's own operator has no policies, and only fault rules refuse them anything. Users and roles that somebody
made are judged by their policies, inline and managed, their groups' and their permissions boundary. What the policy
simulator says comes from the same function that a call has to pass.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from moto.iam.models import IAMBackend, ManagedPolicy, iam_backends

from wizard.practice.account import account
from wizard.practice.aws import Call
from wizard.practice.faults import denial
from wizard.practice.patches import identity
from wizard.practice.policies import Asked, Context, Document, Judgement, judge
from wizard.practice.process import ACCESS_KEY_ID, ACCOUNT_ID
from wizard.practice.protocol import Params

OPERATOR: Final = f"arn:aws:iam::{ACCOUNT_ID}:user/{identity.USER_NAME}"

# Nobody can be denied to ask who they are (STS API reference, GetCallerIdentity).
_ALWAYS = "sts:GetCallerIdentity"
_ID = re.compile(r"(vpc|subnet|rtb|sg|vpce|vgw|tgw-attach|tgw|lt)-[0-9a-z-]+")
_KINDS = {
    "vpc": "vpc",
    "subnet": "subnet",
    "rtb": "route-table",
    "sg": "security-group",
    "vpce": "vpc-endpoint",
    "vgw": "vpn-gateway",
    "tgw": "transit-gateway",
    "tgw-attach": "transit-gateway-attachment",
    "lt": "launch-template",
}
_OF_IAM = {
    "iam:AWSServiceName": "AWSServiceName",
    "iam:PermissionsBoundary": "PermissionsBoundary",
    "iam:PolicyARN": "PolicyArn",
}
_CREATED = re.compile(r"Create(Vpc|Subnet|RouteTable|SecurityGroup|VpcEndpoint|VpnGateway|LaunchTemplate)")


def decide(principal: str, asked: Asked) -> Judgement | None:
    """What the policies of a user or role say to an action; None for a principal that does not exist."""
    if principal == OPERATOR:
        return Judgement("allowed")
    found = _policies(principal)
    return None if found is None else judge(found[0], found[1], asked)


def require(call: Call, *, on_behalf: bool = False) -> None:
    """Raises the service's denial where the caller may not make this call, or what AWS asks for beside it.

    ``on_behalf`` is a call that another service makes with the caller's rights: no fault rule has met it yet.
    """
    own = f"{call.service.replace('-', '')}:{call.operation}"
    if own == _ALWAYS:
        return
    beside = tuple(_beside(call))
    for action in (*((own,) if on_behalf else ()), *(asked.action for asked in beside)):
        if denies := account.faults.denies(action):
            raise denial(call.service, action, by_company=denies == "forbid")
    if call.access_key == ACCESS_KEY_ID:
        return
    principal = identity.principal_arn(identity.caller(call.access_key).arn)
    for asked in (*(Asked(own, resource, _context(call)) for resource in _resources(call) or ["*"]), *beside):
        judged = decide(principal, asked)
        if judged is not None and judged.decision != "allowed":
            raise denial(call.service, asked.action, user=principal)


def _beside(call: Call) -> Iterator[Asked]:
    """What a call needs beside its own action: to tag what it makes, and to pass roles on."""
    context = _context(call)
    tagging = {"ec2": "ec2:CreateTags", "eks": "eks:TagResource", "iam": "iam:TagRole"}.get(call.service)
    if tagging and call.operation.startswith(("Create", "Authorize")) and "aws:TagKeys" in context:
        more = {"ec2:CreateAction": (call.operation,)} if call.service == "ec2" else {}
        yield Asked(tagging, (_resources(call) or ["*"])[0], {**context, **more})
    passed = {"CreateCluster": "roleArn", "CreateNodegroup": "nodeRole", "CreateAccessEntry": "principalArn"}
    role = call.params.get(passed.get(call.operation, ""))
    if call.service == "eks" and role and call.params.get("type", "EC2_LINUX") == "EC2_LINUX":
        service = "ec2.amazonaws.com" if call.operation == "CreateAccessEntry" else "eks.amazonaws.com"
        yield Asked("iam:PassRole", role, {"iam:PassedToService": (service,)})
    if (call.service, call.operation) == ("iam", "AddRoleToInstanceProfile"):
        arn = identity.role_arn(call.params["RoleName"])
        yield Asked("iam:PassRole", arn, {"iam:PassedToService": ("ec2.amazonaws.com",)})


def _context(call: Call) -> Context:
    found: dict[str, tuple[str, ...]] = {
        "aws:RequestedRegion": ("us-east-1" if call.service in ("iam", "route53") else call.region,)
    }
    tags = _tags(call.params)
    found |= {f"aws:RequestTag/{key}": (value,) for key, value in tags.items()}
    if tags:
        found["aws:TagKeys"] = tuple(tags)
    for key, name in _OF_IAM.items():
        if call.service == "iam" and name in call.params:
            found[key] = (call.params[name],)
    return found


def _tags(params: Params) -> dict[str, str]:
    if isinstance(params.get("tags"), dict):
        return dict(params["tags"])
    listed = [tag for one in params.get("TagSpecifications", []) for tag in one.get("Tags", [])]
    return {tag["Key"]: tag.get("Value", "") for tag in [*listed, *params.get("Tags", [])]}


def _resources(call: Call) -> list[str]:
    """The ARNs that the call is about, that of what it makes first; empty where it names none."""
    where = f"{call.region}:{ACCOUNT_ID}"
    params = call.params
    match call.service:
        case "ec2":
            made = _CREATED.fullmatch(call.operation)
            kind = re.sub(r"(?<!^)(?=[A-Z])", "-", made[1]).lower() if made else ""
            named = list(dict.fromkeys(_ids(params)))
            return [
                *([f"arn:aws:ec2:{where}:{kind}/new"] if kind else []),
                *(f"arn:aws:ec2:{where}:{_KINDS[_ID.fullmatch(one)[1]]}/{one}" for one in named),  # type: ignore[index]
            ]
        case "eks":
            name = params.get("name") or params.get("clusterName")
            return [f"arn:aws:eks:{where}:cluster/{name}"] if name else []
        case "cloudformation":
            name = params.get("StackName")
            return [f"arn:aws:cloudformation:{where}:stack/{name}/new"] if name else []
        case "iam" if "InstanceProfileName" in params:
            return [f"arn:aws:iam::{ACCOUNT_ID}:instance-profile/{params['InstanceProfileName']}"]
        case "iam" if "AWSServiceName" in params:
            return [f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/{params['AWSServiceName']}/new"]
        case "iam" if "RoleName" in params:
            path = params.get("Path", "/")
            new = f"arn:aws:iam::{ACCOUNT_ID}:role{path}{params['RoleName']}"
            return [new if call.operation == "CreateRole" else identity.role_arn(params["RoleName"])]
    return []


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, str) and _ID.fullmatch(value):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key != "Filters":
                yield from _ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner)


def _policies(principal: str) -> tuple[list[Document], Document | None] | None:
    """The documents of a user or role, and that of its permissions boundary; None where there is no such principal."""
    iam: IAMBackend = iam_backends[ACCOUNT_ID]["aws"]
    holders: list[Any]
    boundary: str | None = None
    if ":role/" in principal:
        role = next((one for one in iam.roles.values() if one.arn == principal), None)
        holders = [role]
        boundary = role.permissions_boundary_arn if role else None
    else:
        user = next((one for one in iam.users.values() if one.arn == principal), None)
        holders = [user, *(iam.get_groups_for_user(user.name) if user else [])]
    if holders[0] is None:
        return None
    documents = [_document(text) for holder in holders for text in holder.policies.values()]
    documents += [_current(one) for holder in holders for one in holder.managed_policies.values()]
    bounding = iam.managed_policies.get(boundary) if boundary else None
    return documents, _current(bounding) if bounding else None


def _current(policy: ManagedPolicy) -> Document:
    return _document(next(version.document for version in policy.versions if version.is_default))


def _document(text: Any) -> Document:
    found: Document = text if isinstance(text, dict) else json.loads(text)
    return found
