"""Intrinsic functions: what a template says, worked out with parameters, conditions and resources that exist."""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from wizard.practice.cloudformation.template import Template, invalid

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
_LITERAL = re.compile(r"\$\{!([^}]*)\}")
# What AWS::NoValue becomes; whatever holds it leaves it out.
NOTHING = object()
PSEUDO = (
    "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
    "AWS::StackName", "AWS::URLSuffix",
)  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """``known`` are parameters and pseudo parameters; ``ref`` and ``attribute`` look a resource up."""

    template: Template
    known: dict[str, Any]
    ref: Callable[[str], Any]
    attribute: Callable[[str, str], Any]


def references(value: Any, template: Template) -> Iterator[str]:
    """The logical ids of the resources that a value needs."""
    resources = template["Resources"]
    if isinstance(value, list):
        for item in value:
            yield from references(item, template)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref" and inner in resources:
                yield inner
            elif key == "Fn::GetAtt":
                yield str(_parts(inner)[0])
            elif key == "Fn::Sub":
                text, local = inner if isinstance(inner, list) else (inner, {})
                yield from (
                    name.partition(".")[0]
                    for name in _VARIABLE.findall(text)
                    if name not in local and name.partition(".")[0] in resources
                )
                yield from references(local, template)
            else:
                yield from references(inner, template)


def check(template: Template) -> None:
    """Every name that the template uses must be one that it has. Raises AwsError (ValidationError)."""
    names = {*template["Parameters"], *template["Resources"], *PSEUDO}
    for where, block in (("Resources", template["Resources"]), ("Outputs", template["Outputs"])):
        if unresolved := sorted({name for name in _named(block) if name not in names}):
            raise invalid(
                f"Template format error: Unresolved resource dependencies [{', '.join(unresolved)}] in the {where} "
                "block of the template"
            )
    for condition in _conditions(template):
        if condition not in template["Conditions"]:
            raise invalid(f"Template format error: Unresolved condition dependency {condition} in the template")


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield str(inner)
            elif key == "Fn::GetAtt":
                yield str(_parts(inner)[0])
            elif key == "Fn::Sub":
                text, local = inner if isinstance(inner, list) else (inner, {})
                yield from (name.partition(".")[0] for name in _VARIABLE.findall(text) if name not in local)
                yield from _named(local)
            else:
                yield from _named(inner)


def _conditions(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _conditions(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "Fn::If":
                yield str(inner[0])
            if key == "Condition" and isinstance(inner, str):
                yield inner
            else:
                yield from _conditions(inner)


def holds(name: str, scope: Scope) -> bool:
    """Whether a condition of the template is true."""
    conditions = scope.template["Conditions"]
    if name not in conditions:
        raise invalid(f"Template format error: Unresolved condition dependency {name} in the template")
    return bool(resolve(conditions[name], scope))


def resolve(value: Any, scope: Scope) -> Any:
    """The value with every function worked out. Raises AwsError (ValidationError)."""
    if isinstance(value, list):
        return [found for item in value if (found := resolve(item, scope)) is not NOTHING]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Ref":
            return _ref(argument, scope)
        if name == "Condition" and isinstance(argument, str) and argument in scope.template["Conditions"]:
            return holds(argument, scope)
        if name.startswith("Fn::"):
            function = _FUNCTIONS.get(name)
            if function is None:
                raise invalid(f"Template error: the practice account has no function {name}")
            try:
                return function(argument, scope)
            except (TypeError, ValueError, IndexError, KeyError) as error:
                raise invalid(f"Template error: every {name} object has one form, and this is not it.") from error
    return {key: found for key, inner in value.items() if (found := resolve(inner, scope)) is not NOTHING}


def _ref(name: str, scope: Scope) -> Any:
    if name == "AWS::NoValue":
        return NOTHING
    return scope.known[name] if name in scope.known else scope.ref(name)


def _parts(argument: Any) -> list[Any]:
    return argument.split(".", 1) if isinstance(argument, str) else list(argument)


def _get_att(argument: Any, scope: Scope) -> Any:
    name, attribute = _parts(argument)
    return scope.attribute(name, str(resolve(attribute, scope)))


def _sub(argument: Any, scope: Scope) -> str:
    text, local = argument if isinstance(argument, list) else (argument, {})

    def found(match: re.Match[str]) -> str:
        name = match[1]
        if name in local:
            value = resolve(local[name], scope)
        elif "." in name:
            value = _get_att(name, scope)
        else:
            value = _ref(name, scope)
        return ",".join(value) if isinstance(value, list) else str(value)

    return _LITERAL.sub(r"${\1}", _VARIABLE.sub(found, text))


def _if(argument: Any, scope: Scope) -> Any:
    condition, then, otherwise = argument
    return resolve(then if holds(condition, scope) else otherwise, scope)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    name, first, second = (resolve(part, scope) for part in argument)
    try:
        return scope.template["Mappings"][name][first][second]
    except KeyError:
        raise invalid(f"Template error: Unable to get mapping for {name}::{first}::{second}") from None


def _select(argument: Any, scope: Scope) -> Any:
    index, items = resolve(argument[0], scope), resolve(argument[1], scope)
    if not 0 <= int(index) < len(items):
        raise invalid(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
    return items[int(index)]


def _joined(argument: Any, scope: Scope) -> str:
    return str(argument[0]).join(map(str, resolve(argument[1], scope)))


def _split(argument: Any, scope: Scope) -> list[str]:
    return str(resolve(argument[1], scope)).split(argument[0])


def _equal(argument: Any, scope: Scope) -> bool:
    return str(resolve(argument[0], scope)) == str(resolve(argument[1], scope))


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Fn::And": lambda argument, scope: all(resolve(item, scope) for item in argument),
    "Fn::Base64": lambda argument, scope: base64.b64encode(str(resolve(argument, scope)).encode()).decode(),
    "Fn::Equals": _equal,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::Join": _joined,
    "Fn::Not": lambda argument, scope: not resolve(argument[0], scope),
    "Fn::Or": lambda argument, scope: any(resolve(item, scope) for item in argument),
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
}
