"""A CloudFormation template as text -> plain data, with every short intrinsic in its long form."""

import json
from typing import Any

import yaml

from wizard.practice.protocol import AwsError

Template = dict[str, Any]

MAX_BODY = 51_200
_SECTIONS = {
    "AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata", "Outputs", "Parameters",
    "Resources", "Rules", "Transform",
}  # fmt: skip
_RESOURCE_KEYS = {
    "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdatePolicy",
    "UpdateReplacePolicy",
}  # fmt: skip


def invalid(message: str) -> AwsError:
    """CloudFormation's answer to nearly everything."""
    return AwsError("ValidationError", message)


class _Loader(yaml.SafeLoader):
    """Knows the short intrinsics; a date stays text, as CloudFormation has it."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    value: Any = None
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    if len(set(map(str, keys))) != len(keys):
        raise yaml.constructor.ConstructorError(None, None, "found duplicate key", node.start_mark)
    return loader.construct_mapping(node, deep=True)


def _date(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!", _intrinsic)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date)


def load(body: str | None) -> Template:
    """The template as plain data, its sections checked. Raises AwsError (ValidationError)."""
    if not body:
        raise invalid("Either Template URL or Template Body must be specified.")
    if len(body.encode()) > MAX_BODY:
        raise invalid(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have "
            f"length less than or equal to {MAX_BODY}"
        )
    try:
        template = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, _Loader)  # noqa: S506 - safe
    except json.JSONDecodeError as error:
        raise invalid(
            f"Template format error: JSON not well-formed. (line {error.lineno}, column {error.colno})"
        ) from error
    except (yaml.YAMLError, TypeError) as error:
        where = getattr(error, "problem_mark", None)
        at = f" (line {where.line + 1}, column {where.column + 1})" if where else ""
        raise invalid(f"Template format error: YAML not well-formed.{at}") from error
    if not isinstance(template, dict):
        raise invalid("Template format error: unsupported structure.")
    _check(template)
    return template


def _check(template: Template) -> None:
    if unknown := sorted(set(map(str, template)) - _SECTIONS):
        raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
    if "Transform" in template:
        raise invalid("The practice account runs no template with transforms.")
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise invalid("Template format error: At least one Resources member must be defined.")
    for section in ("Parameters", "Conditions", "Mappings", "Outputs"):
        if not isinstance(template.setdefault(section, {}), dict):
            raise invalid(f"Template format error: {section} must be a map.")
    for name, resource in resources.items():
        if not str(name).isalnum():
            raise invalid(f"Template format error: Resource name {name} is non alphanumeric.")
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise invalid(
                f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
            )
        if unknown := sorted(set(resource) - _RESOURCE_KEYS):
            raise invalid(f"Invalid template resource property '{unknown[0]}'")
        depends = resource.get("DependsOn", [])
        for other in [depends] if isinstance(depends, str) else depends:
            if other not in resources:
                raise invalid(
                    f"Template format error: Unresolved resource dependencies [{other}] in the Resources block"
                )
