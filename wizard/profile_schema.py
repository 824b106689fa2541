"""The JSON Schema of a profile, for editors that complete and check YAML."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from wizard.profile import Profile
from wizard.questions import words


def json_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12. Scalars are taken as text or as what a YAML editor makes of them.

    It is no stricter than ``wizard.profile.load``, which judges more: host bits, repeated items, min <= max.
    """
    schema = Profile.model_json_schema(mode="validation")
    plain = _plain(schema, schema.get("$defs", {}), "")
    plain["required"] = ["profile_version", *plain["required"]]
    return {"$schema": GenerateJsonSchema.schema_dialect, "title": "A profile of eks-wizard", **plain}


def _plain(part: Any, sections: dict[str, Any], path: str) -> Any:
    """The schema without references and class names, each answer described by the words of its question."""
    if isinstance(part, list):
        return [_plain(item, sections, path) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        rest = {key: value for key, value in part.items() if key != "$ref"}
        return _plain({**sections[part["$ref"].removeprefix("#/$defs/")], **rest}, sections, path)
    done = {}
    for key, value in part.items():
        if key == "properties":
            done[key] = {name: _answer(each, sections, f"{path}.{name}".lstrip(".")) for name, each in value.items()}
        elif key not in ("$defs", "title", "description"):
            done[key] = _plain(value, sections, path)
    return done


def _answer(part: Any, sections: dict[str, Any], path: str) -> Any:
    plain, said = _plain(part, sections, path), words().get(path)
    if said is None:
        return plain
    stop = "" if said.prompt.endswith("?") else "."
    return {"description": f"{said.prompt}{stop} {said.why}", **plain}
