"""User data: a NodeConfig that nodeadm would take, in one MIME part, within the limits."""

import email
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from wizard.user_data import PARAMETER_LIMIT, USER_DATA_LIMIT, Problem, mime, mime_boundary, node_config, problems

CLUSTER = {
    "cluster_name": "eksCluster",
    "api_server_endpoint": "https://0123.gr7.ap-northeast-1.eks.amazonaws.com",
    "certificate_authority": "LS0tLS1CRUdJTg==",
    "service_cidr": "172.20.0.0/16",
}
PROXY = "http://proxy.example.internal:8080"
BOUNDARY = "0123456789abcdef"


def config(**change: Any) -> dict[str, Any]:
    return node_config(**{**CLUSTER, **change})


def closed(schema: Any) -> Any:
    """The schema with every object that lists its properties closed to others."""
    if isinstance(schema, dict):
        inner = {key: closed(value) for key, value in schema.items()}
        return (
            {"additionalProperties": False, **inner}
            if schema.get("type") == "object" and "properties" in schema
            else inner
        )
    return [closed(item) for item in schema] if isinstance(schema, list) else schema


@pytest.fixture(scope="module")
def schema() -> Any:
    text = (Path(__file__).parents[1] / "data" / "nodeconfig-crd.yaml").read_text(encoding="utf-8")
    return closed(yaml.safe_load(text)["spec"]["versions"][0]["schema"]["openAPIV3Schema"])


@pytest.mark.parametrize("change", [{}, {"http_proxy": PROXY, "no_proxy": ["localhost", ".svc"]}])
def test_the_node_config_is_valid(schema: Any, change: dict[str, Any]) -> None:
    jsonschema.validate(config(**change), schema)


def test_the_schema_would_notice_a_misspelt_field(schema: Any) -> None:
    wrong = config()
    wrong["spec"]["cluster"]["apiServer"] = "x"
    with pytest.raises(jsonschema.ValidationError, match="apiServer"):
        jsonschema.validate(wrong, schema)


def test_the_proxy_is_named_in_both_cases() -> None:
    default = config(http_proxy=PROXY, no_proxy=["localhost", ".svc"])["spec"]["instance"]["environment"]["default"]
    assert default == {
        "HTTP_PROXY": PROXY,
        "HTTPS_PROXY": PROXY,
        "NO_PROXY": "localhost,.svc",
        "http_proxy": PROXY,
        "https_proxy": PROXY,
        "no_proxy": "localhost,.svc",
    }


def test_without_a_proxy_nothing_is_said_of_one() -> None:
    assert list(config(no_proxy=["localhost"])["spec"]) == ["cluster"]


def test_a_mail_reader_finds_one_part_with_the_node_config() -> None:
    message = email.message_from_string(mime(config(http_proxy=PROXY), BOUNDARY))
    assert not message.defects
    parts = message.get_payload()
    assert isinstance(parts, list)
    [part] = parts
    assert isinstance(part, email.message.Message)
    assert part.get_content_type() == "application/node.eks.aws"
    text = part.get_payload()
    assert isinstance(text, str)
    assert json.loads(text) == yaml.safe_load(text) == config(http_proxy=PROXY)


def test_a_boundary_is_never_the_same_twice_and_passes_the_template() -> None:
    first, second = mime_boundary(), mime_boundary()
    assert first != second
    assert problems(config(), first, {"MimeBoundary": first}) == ()


def test_what_fits_is_no_problem() -> None:
    parameters = {"NoProxy": "localhost,fd00:ec2::254,.svc", "HttpProxy": PROXY, "Subnets": "subnet-0a,subnet-0b"}
    assert problems(config(http_proxy=PROXY), BOUNDARY, parameters) == ()


def test_sizes_are_bytes_and_the_limit_itself_is_allowed() -> None:
    room = USER_DATA_LIMIT - len(mime(config(certificate_authority=""), BOUNDARY).encode())
    assert problems(config(certificate_authority="A" * room), BOUNDARY, {}) == ()
    assert problems(config(certificate_authority="A" * (room + 1)), BOUNDARY, {}) == (
        Problem("UserData", "too long", USER_DATA_LIMIT + 1, USER_DATA_LIMIT),
    )
    assert problems(config(), BOUNDARY, {"NoProxy": "a" * PARAMETER_LIMIT}) == ()
    assert problems(config(), BOUNDARY, {"NoProxy": "a" * (PARAMETER_LIMIT + 1)}) == (
        Problem("NoProxy", "too long", PARAMETER_LIMIT + 1, PARAMETER_LIMIT),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NoProxy", 'a","x":"'),
        ("NoProxy", "a\n"),
        ("HttpProxy", "http://user:secret@proxy:8080"),
        ("HttpProxy", "proxy:8080"),
        ("ClusterName", "-x"),
        ("Subnets", "subnet-0a,vpc-0b"),
        ("ApiServerEndpoint", "http://0123.gr7.ap-northeast-1.eks.amazonaws.com"),
    ],
)
def test_what_the_template_would_refuse_is_named(name: str, value: str) -> None:
    assert problems(config(), BOUNDARY, {name: value}) == (Problem(name, "not allowed", len(value)),)


def test_a_value_that_holds_the_boundary_is_named() -> None:
    [problem] = problems(config(cluster_name=BOUNDARY), BOUNDARY, {})
    assert (problem.where, problem.reason) == ("UserData", "contains the boundary")
