"""The parameters of a template and the values given for them."""

import re
from dataclasses import dataclass
from typing import Any

from wizard.practice.cloudformation.template import Template, invalid
from wizard.practice.protocol import Params

MAX_VALUE = 4096
_LISTS = ("CommaDelimitedList", "List<")
_TYPE = re.compile(
    r"String|Number|CommaDelimitedList|List<(?:Number|String|AWS::[\w:]+)>|AWS::EC2::[\w:]+|AWS::SSM::Parameter::Name"
)


@dataclass(frozen=True)
class Parameters:
    """``values`` as the template sees them (text, or a list of it), ``shown`` as DescribeStacks lists them."""

    values: dict[str, str | list[str]]
    shown: tuple[Params, ...]


def declared(template: Template) -> list[Params]:
    """The parameters as GetTemplateSummary and ValidateTemplate list them."""
    found = []
    for name, about in template["Parameters"].items():
        one: Params = {
            "ParameterKey": name,
            "ParameterType": about.get("Type", "String"),
            "NoEcho": str(about.get("NoEcho", False)).lower() == "true",
        }
        if "Default" in about:
            one["DefaultValue"] = _text(about["Default"])
        if "Description" in about:
            one["Description"] = str(about["Description"])
        if "AllowedValues" in about:
            one["ParameterConstraints"] = {"AllowedValues": [_text(value) for value in about["AllowedValues"]]}
        found.append(one)
    return found


def resolve(template: Template, given: list[Params], before: dict[str, str] | None = None) -> Parameters:
    """Checks the given values against the template. ``before`` are the stack's values, for UsePreviousValue.

    Raises AwsError (ValidationError).
    """
    about = template["Parameters"]
    values = {}
    for one in given:
        key = one["ParameterKey"]
        values[key] = (before or {}).get(key, "") if one.get("UsePreviousValue") else one.get("ParameterValue", "")
    if unknown := [key for key in values if key not in about]:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [key for key in about if key not in values and "Default" not in about[key]]
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    found: dict[str, str | list[str]] = {}
    shown: list[Params] = []
    for key, rules in about.items():
        text = values[key] if key in values else _text(rules["Default"])
        kind = rules.get("Type", "String")
        if not _TYPE.fullmatch(kind):
            raise invalid(f"Template format error: Unrecognized parameter type: {kind}")
        items = [item.strip() for item in text.split(",")] if kind.startswith(_LISTS) else [text]
        if len(text.encode()) > MAX_VALUE:
            raise invalid(
                f"1 validation error detected: Value at 'parameters.member.{len(shown) + 1}.parameterValue' failed to "
                f"satisfy constraint: Member must have length less than or equal to {MAX_VALUE}"
            )
        for item in items:
            _check(key, item, kind, rules)
        found[key] = items if kind.startswith(_LISTS) else text
        hidden = str(rules.get("NoEcho", False)).lower() == "true"
        shown.append({"ParameterKey": key, "ParameterValue": "****" if hidden else text})
    return Parameters(found, tuple(shown))


def _check(key: str, value: str, kind: str, rules: dict[str, Any]) -> None:
    described = rules.get("ConstraintDescription")

    def refuse(what: str) -> None:
        raise invalid(f"Parameter '{key}' must {described}" if described else f"Parameter '{key}' {what}")

    if kind in ("Number", "List<Number>"):
        try:
            number = float(value)
        except ValueError:
            raise invalid(f"Parameter '{key}' must be a number.") from None
        if "MinValue" in rules and number < float(rules["MinValue"]):
            refuse(f"must be a number not less than {rules['MinValue']}")
        if "MaxValue" in rules and number > float(rules["MaxValue"]):
            refuse(f"must be a number not greater than {rules['MaxValue']}")
    elif kind not in ("String", "CommaDelimitedList", "List<String>") and not value:
        raise invalid(f"Parameter validation failed: parameter value  for parameter name {key} does not exist.")
    if "AllowedValues" in rules and value not in [_text(allowed) for allowed in rules["AllowedValues"]]:
        refuse("must be one of AllowedValues")
    if "AllowedPattern" in rules and not re.fullmatch(str(rules["AllowedPattern"]), value):
        refuse(f"must match pattern {rules['AllowedPattern']}")
    if "MinLength" in rules and len(value) < int(rules["MinLength"]):
        refuse(f"must contain at least {rules['MinLength']} characters")
    if "MaxLength" in rules and len(value) > int(rules["MaxLength"]):
        refuse(f"must contain at most {rules['MaxLength']} characters")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
