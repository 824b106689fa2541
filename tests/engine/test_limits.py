"""The longest and oddest answers that a profile takes still make calls that AWS takes."""

import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from article_facts import ARTICLE, EMPTY
from botocore.validate import ParamValidator
from builders import PROFILES

from wizard import engine
from wizard.plan import Call, Ref
from wizard.profile import load, with_settings

PATH = "/" + "/".join(["department" * 6] * 8) + "/"
ODD = (
    "cluster.name=1" + "x" * 98 + "_",
    "role.path=" + PATH,
    "role.cluster.create=" + "c" * 64,
    "role.node.create=" + "n" * 64,
    "security_group.create=" + "g" * 255,
    f"cluster.admins=[arn:aws:iam::123456789012:role{PATH}Administrator]",
    "tags={owner: 'Åsa @ example+1=2', empty: '', Name: mine, " + "k" * 128 + ": " + "v" * 256 + "}",
)
PREFIXED = ("cluster.name=sg-1",)
SESSION = botocore.session.get_session()


@pytest.mark.parametrize("settings", [(), ODD, PREFIXED], ids=["article", "odd", "prefixed"])
def test_every_call_keeps_awss_limits(settings: tuple[str, ...]) -> None:
    assert problems(settings) == []


def test_the_second_shipped_profile_keeps_them_too() -> None:
    assert problems((), "three-zones.yaml") == []


def problems(settings: tuple[str, ...], name: str = "article.yaml") -> list[str]:
    """What AWS would refuse of the plan for an empty account."""
    profile = with_settings(load(PROFILES / name) if name != "article.yaml" else ARTICLE, settings)
    found = []
    for change in engine.judge(profile, EMPTY).plan.changes:
        if isinstance(change.action, Call):
            model = SESSION.get_service_model(change.action.service)
            shape = model.operation_model(change.action.operation).input_shape
            params = known(dict(change.action.params))
            report = ParamValidator().validate(params, shape).generate_report()
            found += [f"{change.id}: {report}"] if report else []
            found += [f"{change.id}: {problem}" for problem in beyond(shape, params)]
    return found


def known(value: Any) -> Any:
    """The value with something in the place of every Ref."""
    if isinstance(value, Ref):
        return "arn:aws:iam::123456789012:role/x" if value.path.endswith("Arn") else "told-later"
    if isinstance(value, dict):
        return {key: known(inner) for key, inner in value.items()}
    return [known(inner) for inner in value] if isinstance(value, list | tuple) else value


def beyond(shape: Any, value: Any) -> Iterator[str]:
    """Lengths and patterns of the service's model that the value breaks, and EC2's, whose model has none."""
    if shape.type_name == "structure":
        for key, inner in value.items():
            yield from beyond(shape.members[key], inner)
            if key == "GroupName" and (inner.startswith("sg-") or len(inner) > 255):
                yield f"group name {inner}"
        tag = {"Key", "Value"} == set(value)
        if tag and (len(value["Key"]) > 128 or len(value["Value"]) > 256):
            yield f"tag too long: {value['Key'][:20]}={value['Value'][:40]}"
    elif shape.type_name == "list":
        for inner in value:
            yield from beyond(shape.member, inner)
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from beyond(shape.key, key)
            yield from beyond(shape.value, inner)
    elif shape.type_name == "string":
        most, pattern = shape.metadata.get("max"), shape.metadata.get("pattern")
        if most is not None and len(value) > most:
            yield f"{shape.name} of {len(value)}, most {most}"
        # The model has no pattern for it; the API reference of CreateStack has.
        pattern = "[a-zA-Z][-a-zA-Z0-9]{0,127}" if shape.name == "StackName" else pattern
        if pattern and shape.name in ("StackName", "roleNameType", "ClusterName") and not re.fullmatch(pattern, value):
            yield f"{shape.name} {value!r} is not {pattern}"
