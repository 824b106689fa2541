"""Setting a stage: calls that are carried out one after the other, each with what earlier ones gave.

A step is plain data: ``call`` (such as "ec2.CreateVpc"), ``params`` in botocore's shape with every value as text,
``keep`` (names for parts of the answer, by JMESPath) and ``passes`` (AWS seconds that go by afterwards). ``$name`` as a
whole value stands for what was kept, ``${name}`` inside of a text for its text, and ``{base64: TEXT}`` for the text
encoded. kubernetes.ApplyConfigMap is a call, too, and company.SetPremises, with the parameters of snapshot.Premises.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

import jmespath
from botocore.model import ListShape, MapShape, OperationNotFoundError, Shape, StructureShape
from jmespath.exceptions import JMESPathError
from moto.core.utils import get_service_model
from moto.moto_api._internal import mock_random

from wizard.practice import aws, control_planes, premises, protocol
from wizard.practice.account import account
from wizard.practice.aws import Call
from wizard.practice.calls import is_write
from wizard.practice.cloudformation import stacks
from wizard.practice.eks import state
from wizard.practice.kubernetes import config_maps
from wizard.practice.kubernetes.status import StatusError
from wizard.practice.process import REGION
from wizard.practice.protocol import AwsError, Params

SERVICES = ("autoscaling", "cloudformation", "ec2", "eks", "iam", "ssm", "sts")
# AWS seconds until what a write began is done, where the step does not say.
PASSES = 120.0
_MOST_SECONDS = 1e6
_NAMED = re.compile(r"\$\{([a-z][a-z0-9_]*)\}")
_WHOLE = re.compile(r"\$([a-z][a-z0-9_]*)")


class StageError(ValueError):
    """A step can't be carried out. ``number`` counts from 0."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


def play(steps: list[Params], values: Mapping[str, Any], *, seeded: bool) -> dict[str, Any]:
    """Carries the steps out. Returns ``values`` and what was kept. Raises StageError.

    ``seeded`` steps make the same ids whatever was made before.
    """
    known = dict(values)
    account.at_rest.wait(30)
    # What an account has from the beginning is made at the first look, and has ids, too.
    aws.carry_out(Call("ec2", "DescribeVpcs"))
    for number, step in enumerate(steps):
        if seeded:
            mock_random.seed(number + 1)
        try:
            known.update(_played(step, known))
        except AwsError as error:
            raise StageError(number, f"{step['call']} is refused: {error.code}: {error.message}") from error
        except (StatusError, ValueError, JMESPathError) as error:
            raise StageError(number, f"{step['call']} can't be carried out: {error}") from error
    return known


def _played(step: Params, known: Mapping[str, Any]) -> dict[str, Any]:
    service, _, operation = str(step["call"]).partition(".")
    params = filled(step.get("params") or {}, known)
    match service:
        case "kubernetes":
            answer = _in_kubernetes(operation, params)
        case "company":
            answer = _at_the_company(operation, params)
        case _:
            answer = _at_aws(service, operation, params)
    passes = step.get("passes")
    wait = float(passes) if passes is not None else PASSES if is_write(operation) else 0.0
    if not 0 <= wait <= _MOST_SECONDS:
        raise ValueError(f"{passes} is no number of seconds")
    # In two parts: what began at first may begin something else.
    for _ in range(2):
        account.clock.advance(wait / 2)
        stacks.advance()
    return {name: _kept(answer, filled(path, known)) for name, path in (step.get("keep") or {}).items()}


def _kept(answer: Params, path: str) -> Any:
    found = jmespath.search(str(path), answer)
    if found is None:
        raise ValueError(f"the answer has no {path}")
    return found


def _at_aws(service: str, operation: str, params: Params) -> Params:
    return aws.carry_out(typed_call(service, operation, params))


def typed_call(service: str, operation: str, params: Params) -> Call:
    """The call with its parameters, which are all text, as AWS takes them. Raises ValueError and AwsError."""
    if service not in SERVICES:
        raise ValueError(f"the service is none of {', '.join(SERVICES)}, kubernetes and company")
    try:
        model = get_service_model(service).operation_model(operation)
    except OperationNotFoundError as error:
        raise ValueError("there is no such operation") from error
    typed = _typed(params, model.input_shape, "") if model.input_shape else {}
    protocol.validate(service, operation, typed, "ValidationError")
    return Call(service, operation, typed)


def filled(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with names in it replaced by what they stand for. Raises ValueError for an unknown one."""
    if isinstance(value, dict):
        if set(value) == {"base64"}:
            return base64.b64encode(str(filled(value["base64"], known)).encode()).decode()
        return {key: filled(inner, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, known) for inner in value]
    if not isinstance(value, str):
        return value
    if whole := _WHOLE.fullmatch(value):
        return _known(whole[1], known)
    return _NAMED.sub(lambda found: str(_known(found[1], known)), value)


def _known(name: str, known: Mapping[str, Any]) -> Any:
    if name not in known:
        raise ValueError(f"nothing was kept as {name}")
    return known[name]


def _typed(value: Any, shape: Shape, where: str) -> Any:
    """A value of a file, where everything is text, as botocore's shape has it. Raises ValueError."""
    if isinstance(shape, StructureShape):
        members = shape.members
        if not isinstance(value, dict):
            raise ValueError(f"{where or 'params'} has to be a mapping")
        if unknown := set(value) - set(members):
            raise ValueError(f"there is no parameter {where}{sorted(unknown)[0]}")
        return {key: _typed(inner, members[key], f"{where}{key}.") for key, inner in value.items()}
    if isinstance(shape, ListShape):
        items = value if isinstance(value, list) else [value]
        return [_typed(inner, shape.member, where) for inner in items]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            raise ValueError(f"{where} has to be a mapping")
        return {key: _typed(inner, shape.value, where) for key, inner in value.items()}
    return _scalar(value, shape.type_name, where.rstrip("."))


def _scalar(value: Any, kind: str, where: str) -> Any:
    if isinstance(value, dict | list):
        raise ValueError(f"{where} has to be one value")
    if not isinstance(value, str):
        return value
    if kind == "boolean":
        if value not in ("true", "false"):
            raise ValueError(f"{where} has to be true or false")
        return value == "true"
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    return value.encode() if kind == "blob" else value


def _at_the_company(operation: str, params: Params) -> Params:
    if operation != "SetPremises":
        raise ValueError("there is no such operation")
    account.premises = premises.parsed(params)
    return {}


def _in_kubernetes(operation: str, params: Params) -> Params:
    if operation not in ("ApplyConfigMap", "DeleteConfigMap"):
        raise ValueError("there is no such operation")
    if missing := {"cluster", "name"} - set(params):
        raise ValueError(f"{sorted(missing)[0]} is missing")
    cluster = state.active(REGION, str(params["cluster"]))
    kubernetes = state.kubernetes_module()
    kubernetes.open_cluster(cluster.name)
    name, namespace = str(params["name"]), str(params.get("namespace", "kube-system"))
    method, kind = ("PATCH", "application/apply-patch+yaml") if operation == "ApplyConfigMap" else ("DELETE", "")
    write = config_maps.Write(method, namespace, name, {"data": params.get("data") or {}}, kind, dry=False)
    _, answer = config_maps.carry_out(cluster, control_planes.opened[cluster.name], write)
    return answer
