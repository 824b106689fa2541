"""The operations of CloudFormation."""

from uuid import uuid4

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.calls import digest
from wizard.practice.cloudformation import intrinsics, parameters, resources, stacks
from wizard.practice.cloudformation import template as templates
from wizard.practice.cloudformation.parameters import Parameters
from wizard.practice.cloudformation.stacks import Resource, Stack
from wizard.practice.cloudformation.template import Template, invalid
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

_PAGE = 100
# What DescribeX calls the values of an AWS-specific parameter type.
_EXISTING = {
    "AWS::EC2::SecurityGroup::Id": ("DescribeSecurityGroups", "GroupIds"),
    "AWS::EC2::VPC::Id": ("DescribeVpcs", "VpcIds"),
    "AWS::EC2::Subnet::Id": ("DescribeSubnets", "SubnetIds"),
    "AWS::EC2::Image::Id": ("DescribeImages", "ImageIds"),
    "AWS::EC2::KeyPair::KeyName": ("DescribeKeyPairs", "KeyNames"),
}
_NAMES = {"AWS::IAM::InstanceProfile": "InstanceProfileName", "AWS::IAM::Role": "RoleName"}


def _body(call: Call) -> str | None:
    if call.params.get("TemplateURL"):
        raise invalid("The practice account reads no template from S3; give TemplateBody.")
    return call.params.get("TemplateBody")


def _checked(call: Call) -> Template:
    template = templates.load(_body(call))
    intrinsics.check(template)
    types = {about["Type"] for about in template["Resources"].values()}
    if unknown := sorted(types - set(resources.TYPES)):
        raise invalid(
            f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]. The practice account knows "
            f"{', '.join(sorted(resources.TYPES))}."
        )
    return template


def _required_capabilities(template: Template) -> list[str]:
    found = [about for about in template["Resources"].values() if about["Type"] in _NAMES]
    if any(_NAMES[about["Type"]] in about.get("Properties", {}) for about in found):
        return ["CAPABILITY_NAMED_IAM"]
    return ["CAPABILITY_IAM"] if found else []


def _check_capabilities(call: Call, template: Template) -> None:
    given = set(call.params.get("Capabilities", []))
    for needed in _required_capabilities(template):
        if needed not in given and not (needed == "CAPABILITY_IAM" and "CAPABILITY_NAMED_IAM" in given):
            raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")


def _find(call: Call, named: str, *, deleted: bool = True) -> Stack:
    """The stack by name, or by id even after its deletion. Raises AwsError (ValidationError)."""
    for stack in stacks.stacks:
        if stack.call.region == call.region and (
            (stack.name == named and stack.deleted is None) or (deleted and stack.id == named)
        ):
            return stack
    raise invalid(f"Stack with id {named} does not exist")


def _create(call: Call) -> Params:
    asked = call.params
    name = asked["StackName"]
    template = _checked(call)
    _check_capabilities(call, template)
    values = parameters.resolve(template, asked.get("Parameters", []))
    with stacks.lock:
        stacks.advance()
        existing = next((s for s in stacks.stacks if s.name == name and s.deleted is None and _here(s, call)), None)
        if existing:
            token = asked.get("ClientRequestToken")
            if token and token == existing.token and _digest(call) == _digest(existing.call):
                return {"StackId": existing.id}
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
        stack = _new(call, template, values)
        stack.resources = stacks.planned(template, stack.scope())
        stacks.stacks.append(stack)
        stack.begin(stacks.creation(stack, _problem(call, template, values)), stack.created)
        stacks.advance()
    return {"StackId": stack.id}


def _here(stack: Stack, call: Call) -> bool:
    return stack.call.region == call.region


def _digest(call: Call) -> str:
    return digest("cloudformation", call.operation, call.params)


def _new(call: Call, template: Template, values: Parameters) -> Stack:
    asked = call.params
    name = asked["StackName"]
    on_failure = asked.get("OnFailure") or ("DO_NOTHING" if asked.get("DisableRollback") else "ROLLBACK")
    return Stack(
        call=call,
        id=f"arn:aws:cloudformation:{call.region}:{ACCOUNT_ID}:stack/{name}/{uuid4()}",
        name=name,
        body=asked["TemplateBody"],
        template=template,
        parameters=values,
        tags={tag["Key"]: tag["Value"] for tag in asked.get("Tags", [])},
        on_failure=on_failure,
        token=asked.get("ClientRequestToken", ""),
        created=account.clock.now(),
        capabilities=list(asked.get("Capabilities", [])),
        description=str(template.get("Description", "")),
        timeout=asked.get("TimeoutInMinutes"),
        protected=bool(asked.get("EnableTerminationProtection")),
    )


def _problem(call: Call, template: Template, values: Parameters) -> str | None:
    """The first value of an AWS-specific parameter type that the account does not have."""
    for name, about in template["Parameters"].items():
        kind = about.get("Type", "String").removeprefix("List<").removesuffix(">")
        if kind not in _EXISTING:
            continue
        operation, parameter = _EXISTING[kind]
        given = values.values[name]
        for value in given if isinstance(given, list) else [given]:
            try:
                aws.carry_out(call.asking(operation, "ec2", **{parameter: [value]}))
            except AwsError:
                return f"Parameter validation failed: parameter value {value} for parameter name {name} does not exist"
    return None


def _described(stack: Stack) -> Params:
    found: Params = {
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": stack.description or None,
        "Parameters": list(stack.parameters.shown),
        "CreationTime": account.moment(stack.created),
        "LastUpdatedTime": account.moment(stack.updated) if stack.updated is not None else None,
        "DeletionTime": account.moment(stack.deleted) if stack.deleted is not None else None,
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason or None,
        "DisableRollback": stack.on_failure == "DO_NOTHING",
        "NotificationARNs": [],
        "TimeoutInMinutes": stack.timeout,
        "Capabilities": stack.capabilities,
        "Outputs": stack.outputs if stack.status.endswith("_COMPLETE") and stack.deleted is None else [],
        "Tags": resources.tag_list(stack.tags),
        "EnableTerminationProtection": stack.protected,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    return {key: value for key, value in found.items() if value is not None}


def _describe(call: Call) -> Params:
    stacks.advance()
    if named := call.params.get("StackName"):
        return {"Stacks": [_described(_find(call, named))]}
    return {"Stacks": [_described(stack) for stack in stacks.stacks if _here(stack, call) and stack.deleted is None]}


def _list(call: Call) -> Params:
    stacks.advance()
    wanted = call.params.get("StackStatusFilter")
    found = []
    for stack in reversed(stacks.stacks):
        if _here(stack, call) and (not wanted or stack.status in wanted):
            described = _described(stack)
            kept = ("StackId", "StackName", "CreationTime", "LastUpdatedTime", "DeletionTime", "StackStatus")
            found.append({key: described[key] for key in (*kept, "StackStatusReason") if key in described})
    return {"StackSummaries": found}


def _events(call: Call) -> Params:
    stacks.advance()
    events = _find(call, call.params["StackName"]).events
    token = call.params.get("NextToken") or "0"
    if not token.isdigit():
        raise invalid("The specified NextToken is not valid.")
    start = int(token)
    answer: Params = {"StackEvents": events[start : start + _PAGE]}
    if start + _PAGE < len(events):
        answer["NextToken"] = str(start + _PAGE)
    return answer


def _resource(stack: Stack, resource: Resource, *, when: str = "Timestamp") -> Params:
    found: Params = {
        "LogicalResourceId": resource.logical_id,
        "ResourceType": resource.type,
        when: account.moment(resource.changed),
        "ResourceStatus": resource.status,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }
    if resource.made:
        found["PhysicalResourceId"] = resource.made.physical_id
    if resource.reason:
        found["ResourceStatusReason"] = resource.reason
    return found if when != "Timestamp" else {**found, "StackName": stack.name, "StackId": stack.id}


def _started(stack: Stack) -> list[Resource]:
    return [resource for resource in stack.resources.values() if resource.status]


def _describe_resources(call: Call) -> Params:
    stacks.advance()
    physical, logical = call.params.get("PhysicalResourceId"), call.params.get("LogicalResourceId")
    if named := call.params.get("StackName"):
        stack = _find(call, named)
    else:
        stack = next(
            (s for s in stacks.stacks for r in _started(s) if r.made and r.made.physical_id == physical), None
        ) or _find(call, str(physical))
    found = [_resource(stack, resource) for resource in _started(stack) if logical in (None, resource.logical_id)]
    return {"StackResources": found}


def _describe_resource(call: Call) -> Params:
    stacks.advance()
    stack, logical = _find(call, call.params["StackName"]), call.params["LogicalResourceId"]
    for resource in _started(stack):
        if resource.logical_id == logical:
            detail = _resource(stack, resource, when="LastUpdatedTimestamp")
            return {"StackResourceDetail": {**detail, "StackName": stack.name, "StackId": stack.id}}
    raise invalid(f"Resource {logical} does not exist for stack {stack.name}")


def _list_resources(call: Call) -> Params:
    stacks.advance()
    stack = _find(call, call.params["StackName"])
    found = [_resource(stack, resource, when="LastUpdatedTimestamp") for resource in _started(stack)]
    return {"StackResourceSummaries": found}


def _update(call: Call) -> Params:
    asked = call.params
    with stacks.lock:
        stacks.advance()
        stack = _find(call, asked["StackName"], deleted=False)
        if not stack.status.endswith("_COMPLETE") or stack.status == "ROLLBACK_COMPLETE":
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        template = stack.template if asked.get("UsePreviousTemplate") else _checked(call)
        _check_capabilities(call, template)
        before = {one["ParameterKey"]: one["ParameterValue"] for one in stack.parameters.shown}
        values = parameters.resolve(template, asked.get("Parameters", []), before)
        tags = {tag["Key"]: tag["Value"] for tag in asked["Tags"]} if "Tags" in asked else stack.tags
        old = (stack.template, stack.parameters)
        stack.template, stack.parameters = template, values
        try:
            if set(stacks.planned(template, stack.scope())) != set(stack.resources):
                message = "The practice account cannot add or remove resources of a stack by an update."
                raise AwsError("NotImplementedInPractice", message, 501)
            changes = any(
                stacks.order_again(stack, resource).properties != _properties(resource)
                for resource in stack.resources.values()
            )
            if not changes and tags == stack.tags:
                raise invalid("No updates are to be performed.")
        except AwsError:
            stack.template, stack.parameters = old
            raise
        stack.tags, stack.updated, stack.body = tags, account.clock.now(), asked.get("TemplateBody", stack.body)
        stack.begin(stacks.update(stack, stack.updated), stack.updated)
        stacks.advance()
    return {"StackId": stack.id}


def _properties(resource: Resource) -> Params:
    return resource.order.properties if resource.order else {}


def _delete(call: Call) -> Params:
    with stacks.lock:
        stacks.advance()
        try:
            stack = _find(call, call.params["StackName"])
        except AwsError:
            return {}  # deleting what is not there is no mistake
        if stack.protected:
            raise invalid(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if stack.deleted is None and stack.status != "DELETE_IN_PROGRESS":
            now = account.clock.now()
            stack.begin(stacks.deletion(stack, now), now)
            stacks.advance()
    return {}


def _summary(call: Call) -> Params:
    if named := call.params.get("StackName"):
        stacks.advance()
        template = _find(call, named).template
    else:
        template = _checked(call)
    capabilities = _required_capabilities(template)
    return {
        "Parameters": parameters.declared(template),
        "Description": str(template.get("Description", "")),
        "Capabilities": capabilities,
        "CapabilitiesReason": _reason(template) if capabilities else None,
        "ResourceTypes": sorted({about["Type"] for about in template["Resources"].values()}),
        "Version": str(template.get("AWSTemplateFormatVersion", "2010-09-09")),
    }


def _reason(template: Template) -> str:
    types = sorted({about["Type"] for about in template["Resources"].values() if about["Type"] in _NAMES})
    return f"The following resource(s) require capabilities: [{', '.join(types)}]"


def _validate(call: Call) -> Params:
    template = _checked(call)
    capabilities = _required_capabilities(template)
    kept = ("ParameterKey", "DefaultValue", "NoEcho", "Description")
    return {
        "Parameters": [{key: one[key] for key in kept if key in one} for one in parameters.declared(template)],
        "Description": str(template.get("Description", "")),
        "Capabilities": capabilities,
        "CapabilitiesReason": _reason(template) if capabilities else None,
    }


def _get_template(call: Call) -> Params:
    stacks.advance()
    stack = _find(call, call.params["StackName"])
    return {"TemplateBody": stack.body, "StagesAvailable": ["Original", "Processed"]}


HANDLERS: dict[str, Handler] = {
    "cloudformation.CreateStack": _create,
    "cloudformation.DeleteStack": _delete,
    "cloudformation.DescribeStackEvents": _events,
    "cloudformation.DescribeStackResource": _describe_resource,
    "cloudformation.DescribeStackResources": _describe_resources,
    "cloudformation.DescribeStacks": _describe,
    "cloudformation.GetTemplate": _get_template,
    "cloudformation.GetTemplateSummary": _summary,
    "cloudformation.ListStackResources": _list_resources,
    "cloudformation.ListStacks": _list,
    "cloudformation.UpdateStack": _update,
    "cloudformation.ValidateTemplate": _validate,
}
