"""The stacks of the practice account, and how they go on with time.

What a stack does is a generator that yields the account's time at which it goes on. Nothing runs in the background:
whoever looks at stacks or at what they make calls ``advance`` first, and each stack does what it would have done by
now, with the times at which it would have done it.
"""

import secrets
import string
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from wizard.practice.account import account
from wizard.practice.aws import Call
from wizard.practice.cloudformation import intrinsics, resources
from wizard.practice.cloudformation.intrinsics import Scope
from wizard.practice.cloudformation.parameters import Parameters
from wizard.practice.cloudformation.resources import Made, Order, UnstableError
from wizard.practice.cloudformation.template import Template, invalid
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

STACK = "AWS::CloudFormation::Stack"


@dataclass
class Resource:
    """One resource of a stack; ``order`` is what it was made from, ``made`` what came of it."""

    logical_id: str
    type: str
    needs: frozenset[str]
    status: str = ""
    reason: str = ""
    changed: float = 0.0
    order: Order | None = None
    made: Made | None = None


@dataclass
class Stack:
    """One stack. ``started`` is when what it does now began, by the account's clock."""

    call: Call
    id: str
    name: str
    body: str
    template: Template
    parameters: Parameters
    tags: dict[str, str]
    on_failure: str
    token: str
    created: float
    capabilities: list[str]
    description: str
    timeout: int | None = None
    protected: bool = False
    status: str = ""
    reason: str = ""
    updated: float | None = None
    deleted: float | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    events: list[Params] = field(default_factory=list)
    outputs: list[Params] = field(default_factory=list)
    work: Iterator[float] | None = None
    next_at: float = 0.0

    def scope(self) -> Scope:
        """What the template's functions see now."""
        region = self.call.region
        known = {
            **self.parameters.values,
            "AWS::AccountId": ACCOUNT_ID,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": region,
            "AWS::StackId": self.id,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        return Scope(self.template, known, self._ref, self._attribute)

    def _made(self, logical_id: str) -> Made:
        resource = self.resources.get(logical_id)
        if resource is None or resource.made is None:
            raise invalid(f"Unresolved resource dependencies [{logical_id}] in the Resources block of the template")
        return resource.made

    def _ref(self, logical_id: str) -> str:
        return self._made(logical_id).physical_id

    def _attribute(self, logical_id: str, name: str) -> Any:
        made = self._made(logical_id)
        if name not in made.attributes:
            kind = self.resources[logical_id].type
            raise invalid(f"Template error: resource {logical_id} of type {kind} does not support attribute {name}")
        return made.attributes[name]

    def say(self, at: float, status: str, reason: str = "", resource: Resource | None = None) -> None:
        """Sets a status, the stack's or a resource's, and writes the event."""
        self.status_of(resource, status, reason, at)
        event: Params = {
            "StackId": self.id,
            "StackName": self.name,
            "EventId": str(uuid4()) if resource is None else f"{resource.logical_id}-{status}-{uuid4()}",
            "LogicalResourceId": resource.logical_id if resource else self.name,
            "PhysicalResourceId": (resource.made.physical_id if resource.made else "") if resource else self.id,
            "ResourceType": resource.type if resource else STACK,
            "Timestamp": account.moment(at),
            "ResourceStatus": status,
        }
        if self.token:
            event["ClientRequestToken"] = self.token
        if reason:
            event["ResourceStatusReason"] = reason
        self.events.insert(0, event)

    def status_of(self, resource: Resource | None, status: str, reason: str, at: float) -> None:
        """Sets a status without an event."""
        if resource is None:
            self.status, self.reason = status, reason
        else:
            resource.status, resource.reason, resource.changed = status, reason, at

    def begin(self, work: Iterator[float], at: float) -> None:
        """Gives the stack something to do from now on."""
        self.work, self.next_at = work, at

    def go_on(self, now: float) -> None:
        """Does all that is due."""
        while self.work is not None and self.next_at <= now:
            work = self.work
            try:
                self.next_at = next(work)
            except StopIteration:
                if self.work is work:
                    self.work = None


stacks: list[Stack] = []
lock = threading.RLock()
_advancing = False


def advance() -> None:
    """Lets every stack do what it would have done by now."""
    global _advancing  # noqa: PLW0603 - what a stack does may look at stacks again
    if not stacks:
        return
    with lock:
        if _advancing:
            return
        _advancing = True
        try:
            for stack in stacks:
                stack.go_on(account.clock.now())
        finally:
            _advancing = False


def planned(template: Template, scope: Scope) -> dict[str, Resource]:
    """The resources whose conditions hold, with what each must wait for. Raises AwsError for a circle."""
    kept = {
        name: about
        for name, about in template["Resources"].items()
        if "Condition" not in about or intrinsics.holds(about["Condition"], scope)
    }
    found = {}
    for name, about in kept.items():
        depends = about.get("DependsOn", [])
        needs = {depends} if isinstance(depends, str) else set(depends)
        needs |= set(intrinsics.references(about.get("Properties", {}), template))
        found[name] = Resource(name, about["Type"], frozenset(needs & set(kept)))
    left = dict(found)
    while left:
        free = [name for name, resource in left.items() if not resource.needs & set(left)]
        if not free:
            raise invalid(f"Circular dependency between resources: [{', '.join(sorted(left))}]")
        for name in free:
            del left[name]
    return found


def creation(stack: Stack, problem: str | None) -> Iterator[float]:
    """Makes all resources, each when what it needs is there, and rolls back when one fails.

    ``problem`` is what is wrong with the parameters' values, which CloudFormation finds out only now.
    """
    at = stack.created
    stack.say(at, "CREATE_IN_PROGRESS", "User Initiated")
    at += 2.0
    yield at
    if problem:
        stack.say(at, "ROLLBACK_IN_PROGRESS", f"{problem}. Rollback requested by user.")
        yield at + 1
        stack.say(at + 1, "ROLLBACK_COMPLETE")
        return
    waiting = dict(stack.resources)
    running: dict[str, float] = {}
    failed: list[str] = []
    done: set[str] = set()
    while (waiting or running) and not failed:
        for name in [name for name, resource in waiting.items() if resource.needs <= done]:
            resource = waiting.pop(name)
            seconds = _start(stack, resource, at)
            if seconds is None:
                failed.append(name)
            else:
                running[name] = at + seconds
        if failed:
            break
        name = min(running, key=lambda candidate: running[candidate])
        at = running.pop(name)
        yield at
        stack.say(at, "CREATE_COMPLETE", "", stack.resources[name])
        done.add(name)
    if not failed:
        at += 1.0
        yield at
        try:
            stack.outputs = _outputs(stack)
        except AwsError as error:
            stack.say(at, "ROLLBACK_IN_PROGRESS", f"{error.message}. Rollback requested by user.")
            yield from removal(stack, at, "ROLLBACK")
            return
        stack.say(at, "CREATE_COMPLETE")
        return
    for name in running:
        failed.append(name)
        stack.say(at, "CREATE_FAILED", "Resource creation cancelled", stack.resources[name])
    at += 2.0
    yield at
    reason = f"The following resource(s) failed to create: [{', '.join(sorted(failed))}]. "
    if stack.on_failure == "DO_NOTHING":
        stack.say(at, "CREATE_FAILED", reason)
        return
    prefix = "DELETE" if stack.on_failure == "DELETE" else "ROLLBACK"
    stack.say(at, f"{prefix}_IN_PROGRESS", f"{reason}{prefix.capitalize()} requested by user.")
    yield from removal(stack, at, prefix)


def _start(stack: Stack, resource: Resource, at: float) -> float | None:
    """Has a resource made; the seconds that it takes, or None when it was refused."""
    stack.say(at, "CREATE_IN_PROGRESS", "", resource)
    kind = resources.TYPES[resource.type]
    service = resource.type.split("::")[1]
    try:
        resource.order = _order(stack, resource)
        resource.made = kind.make(resource.order)
    except UnstableError as error:
        resource.made = error.made
        stack.say(at, "CREATE_FAILED", error.reason, resource)
        return None
    except AwsError as error:
        template_error = error.code == "ValidationError" and service != "AutoScaling"
        reason = error.message if template_error else resources.failure(error, service)
        stack.say(at, "CREATE_FAILED", reason, resource)
        return None
    stack.say(at, "CREATE_IN_PROGRESS", "Resource creation Initiated", resource)
    return kind.seconds


def _order(stack: Stack, resource: Resource) -> Order:
    about = stack.template["Resources"][resource.logical_id]
    properties = intrinsics.resolve(about.get("Properties", {}), stack.scope())
    kind = resources.TYPES[resource.type]
    if unknown := sorted(set(properties) - kind.required - kind.optional):
        raise invalid(f"Encountered unsupported property {unknown[0]}")
    if missing := sorted(kind.required - set(properties)):
        raise invalid(f"Property {missing[0]} cannot be empty.")
    tags = {
        **stack.tags,
        "aws:cloudformation:stack-name": stack.name,
        "aws:cloudformation:stack-id": stack.id,
        "aws:cloudformation:logical-id": resource.logical_id,
    }
    letters = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(12))
    return Order(stack.call, properties, tags, f"{stack.name}-{resource.logical_id}-{letters}")


def _outputs(stack: Stack) -> list[Params]:
    scope = stack.scope()
    found = []
    for name, about in stack.template["Outputs"].items():
        if "Condition" in about and not intrinsics.holds(about["Condition"], scope):
            continue
        one: Params = {"OutputKey": name, "OutputValue": str(intrinsics.resolve(about["Value"], scope))}
        if "Description" in about:
            one["Description"] = str(about["Description"])
        if "Export" in about:
            one["ExportName"] = str(intrinsics.resolve(about["Export"]["Name"], scope))
        found.append(one)
    return found


def deletion(stack: Stack, at: float) -> Iterator[float]:
    """Deletes everything, at a user's wish."""
    stack.say(at, "DELETE_IN_PROGRESS", "User Initiated")
    at += 1.0
    yield at
    yield from removal(stack, at, "DELETE")


def removal(stack: Stack, at: float, prefix: str) -> Iterator[float]:
    """Deletes what is there, each before what it needs. ``prefix`` begins the stack's status: DELETE or ROLLBACK."""
    left = {name: resource for name, resource in stack.resources.items() if resource.made is not None}
    failed = []
    while left:
        free = [name for name in left if not any(name in other.needs for other in left.values())]
        if not free:
            break
        for name in free:
            stack.say(at, "DELETE_IN_PROGRESS", "", left[name])
        at += 15.0 if any(left[name].type.startswith("AWS::AutoScaling") for name in free) else 3.0
        yield at
        for name in free:
            resource = left.pop(name)
            if problem := _remove(stack, resource, at):
                failed.append(name)
                stack.say(at, "DELETE_FAILED", problem, resource)
                # What it needs stays too.
                left = {other: kept for other, kept in left.items() if other not in resource.needs}
    if failed:
        stack.say(
            at, f"{prefix}_FAILED", f"The following resource(s) failed to delete: [{', '.join(sorted(failed))}]. "
        )
        return
    if prefix == "DELETE":
        stack.deleted = at
    stack.say(at, f"{prefix}_COMPLETE")


def _remove(stack: Stack, resource: Resource, at: float) -> str | None:
    if stack.template["Resources"][resource.logical_id].get("DeletionPolicy") == "Retain":
        stack.say(at, "DELETE_SKIPPED", "", resource)
        return None
    try:
        if resource.order and resource.made:
            resources.TYPES[resource.type].remove(resource.order, resource.made)
    except AwsError as error:
        if "NotFound" not in error.code and error.code != "NoSuchEntity":
            return resources.failure(error, resource.type.split("::")[1])
    stack.say(at, "DELETE_COMPLETE", "", resource)
    return None


def update(stack: Stack, at: float) -> Iterator[float]:
    """Changes in place what would be made otherwise now, each after what it needs: a new version of a launch template
    changes the group that takes its latest."""
    stack.say(at, "UPDATE_IN_PROGRESS", "User Initiated")
    at += 2.0
    yield at
    for name in _needed_first(stack):
        resource = stack.resources[name]
        order = _order(stack, resource)
        if resource.order is not None and order.properties == resource.order.properties:
            continue
        stack.say(at, "UPDATE_IN_PROGRESS", "", resource)
        try:
            resource.made = resources.change(resource.type, order, resource.made)
        except AwsError as error:
            stack.say(at, "UPDATE_FAILED", resources.failure(error, resource.type.split("::")[1]), resource)
            failed = f"The following resource(s) failed to update: [{name}]. "
            stack.say(at, "UPDATE_ROLLBACK_IN_PROGRESS", failed)
            yield at + 3
            stack.say(at + 3, "UPDATE_ROLLBACK_COMPLETE")
            return
        at += 8.0
        yield at
        resource.order = order
        stack.say(at, "UPDATE_COMPLETE", "", resource)
    stack.outputs = _outputs(stack)
    stack.say(at, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    yield at + 1
    stack.say(at + 1, "UPDATE_COMPLETE")


def _needed_first(stack: Stack) -> list[str]:
    """The resources, each after those that it needs."""
    found: list[str] = []
    while len(found) < len(stack.resources):
        found += [
            name for name, resource in stack.resources.items() if name not in found and resource.needs <= {*found}
        ]
    return found


def order_again(stack: Stack, resource: Resource) -> Order:
    """What the resource would be made from now."""
    return _order(stack, resource)


def _empty() -> None:
    with lock:
        stacks.clear()


account.on_reset(_empty)
