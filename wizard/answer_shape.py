"""The shape of the answers: which keys a part of the profile has, and of what type each is."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from wizard.answer_types import BRANCH, Text, TrueOrFalse, Whole
from wizard.yaml_text import Path


def bare(annotation: Any) -> Any:
    """The type without what is annotated to it, and without its None."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        some = [part for part in get_args(annotation) if part is not type(None)]
        if len(some) == 1:
            return bare(some[0])
    return annotation


def optional(annotation: Any) -> bool:
    """Whether the type takes None."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return type(None) in get_args(annotation)


def form(annotation: Any) -> Text | Whole | TrueOrFalse | None:
    """How one value of the type is read; None for a choice, a list or a section."""
    if get_origin(annotation) is Annotated:
        first, *rest = get_args(annotation)
        candidates = [item for item in rest if isinstance(item, Text | Whole | TrueOrFalse)]
        return candidates[0] if candidates else form(first)
    if get_origin(annotation) in (Union, UnionType):
        return next((found for found in map(form, get_args(annotation)) if found), None)
    return None


def branches(annotation: Any) -> dict[str, Any]:
    """For a choice between sections of one key each: these sections by their keys; else nothing."""
    kind = bare(annotation)
    parts = (
        [part for part in get_args(kind) if part is not type(None)] if get_origin(kind) in (Union, UnionType) else []
    )
    return {next(iter(part.model_fields)): part for part in map(bare, parts)}


def choices(annotation: Any) -> tuple[str, ...]:
    """The values of a Literal, or of a list of them; else nothing."""
    kind = bare(annotation)
    if get_origin(kind) is tuple:
        return choices(get_args(kind)[0])
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


class Field(NamedTuple):
    """One key of a section."""

    name: str
    type: Any
    default: Any
    required: bool


def fields(section: type[BaseModel]) -> Iterator[Field]:
    """The keys of a section in their order, with their types; the default of a required one is None."""
    for name, info in section.model_fields.items():
        required = info.is_required()
        default = None if required else info.get_default(call_default_factory=True)
        yield Field(name, info.rebuild_annotation(), default, required)


def section(annotation: Any) -> type[BaseModel] | None:
    """The section that the type is; None where it is something else."""
    kind = bare(annotation)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def part(annotation: Any, loc: Path) -> Any:
    """The type at pydantic's location ``loc`` inside ``annotation``; None where there is none."""
    for step in loc:
        kind = bare(annotation)
        origin = get_origin(kind)
        if str(step).startswith(BRANCH):
            annotation = branches(kind).get(str(step)[len(BRANCH) :])
        elif origin is tuple:
            annotation = get_args(kind)[0]
        elif origin is dict:
            annotation = get_args(kind)[1]
        elif (model := section(kind)) and step in model.model_fields:
            annotation = model.model_fields[str(step)].rebuild_annotation()
        else:
            return None
    return annotation


def keys(annotation: Any) -> tuple[str, ...]:
    """The keys that a section or a choice between sections knows."""
    model = section(annotation)
    return tuple(model.model_fields if model else branches(annotation))
