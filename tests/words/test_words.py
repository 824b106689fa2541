"""The sentences and the code name the same codes and fields, and what is said is fit to be read."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module, resources
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

import pytest
import yaml

import wizard
from wizard import words
from wizard.error_kinds import CREDENTIALS, Kind
from wizard.facts import Rung
from wizard.findings import Finding, Severity, offering, ok, stop, warn

HOUSE = Path(wizard.__file__).parent
CODE = re.compile(r"(ACC|ROLE|VPC|END|SG|CLU|NODE|KUBE|RUN|UNDO)\d{3}")
SENTENCES = ("says", "because", "do", "looks", "source")
LONGEST = 300
# What may begin a sentence although it is written small: fields, programs, and keys of the profile.
LOWER = ("{", "aws", "cluster.admins", "cluster.addons", "endpoints.services", "kubectl", "kubelet", "nodeadm")

# What each error of errors.yaml is told.
ERRORS = {
    "cloud": {"kind", "aws_code", "action", "said"},
    "locked": {"holder"},
    "plan_changed": {"agreed", "now"},
    "stopped": {"resume"},
    "crashed": {"change", "said"},
}


def entries(folder: str, pattern: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(Path(str(resources.files(words) / folder)).glob(pattern)):
        for key, entry in yaml.safe_load(file.read_text("utf-8")).items():
            assert key not in found, f"{key} stands twice"
            found[key] = entry
    return found


FINDINGS = entries("findings", "*.yaml")
ERROR_ENTRIES = entries(".", "errors.yaml")


def sentences(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for said in (entry, *entry.get("cases", {}).values()):
        for part in SENTENCES:
            if part in said:
                yield part, " ".join(said[part].split())


def labels(entry: dict[str, Any]) -> Iterator[str]:
    for said in (entry, *entry.get("cases", {}).values()):
        if "offer" in said:
            yield said["offer"]


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


class Raised(NamedTuple):
    """One place in the code that makes a finding: by which function, and the fields of about that it gives."""

    place: str
    by: str
    about: frozenset[str]


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(HOUSE.rglob("*.py")):
        if "practice" not in path.relative_to(HOUSE).parts:
            yield str(path.relative_to(HOUSE)), ast.parse(path.read_text("utf-8"))


def dictionaries(function: ast.AST) -> dict[str, frozenset[str]]:
    """The keys of the dict literals that a function gives names to."""
    named = {}
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Dict):
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name):
            named[target.id] = frozenset(str(key.value) for key in node.value.keys if isinstance(key, ast.Constant))
    return named


def given(call: ast.Call, named: dict[str, frozenset[str]]) -> frozenset[str]:
    about: set[str] = set()
    for keyword in call.keywords:
        if keyword.arg is not None:
            about.add(keyword.arg)
        else:
            assert isinstance(keyword.value, ast.Name), "an about has to be a name in the same function"
            about |= named[keyword.value.id]
    return frozenset(about)


def raised() -> dict[str, list[Raised]]:
    """All findings that the code makes. A call with a code from elsewhere stands for each other code of its module."""
    found: dict[str, list[Raised]] = defaultdict(list)
    for name, module in modules():
        constants = {node.value for node in ast.walk(module) if isinstance(node, ast.Constant)}
        codes = {value for value in constants if isinstance(value, str) and CODE.fullmatch(value)}
        direct: set[str] = set()
        by_variable: list[Raised] = []
        for function in (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)):
            named = dictionaries(function)
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call) and node.args):
                by = call.func.id if isinstance(call.func, ast.Name) else ""
                first = call.args[0]
                if isinstance(first, ast.Constant) and first.value in codes:
                    direct.add(first.value)
                    found[first.value].append(Raised(f"{name}:{call.lineno}", by, given(call, named)))
                elif by in list(Severity) and isinstance(first, ast.Name):
                    by_variable.append(Raised(f"{name}:{call.lineno}", by, given(call, named)))
        for code in codes - direct:
            assert by_variable, f"{name}: {code} is named, and no finding is made of it"
            found[code] += by_variable
    return found


RAISED = raised()


def test_the_scan_sees_the_code() -> None:
    assert len(RAISED) > 90
    assert Raised("", "stop", frozenset({"subnet", "cidr"}))[1:] in [place[1:] for place in RAISED["VPC201"]]
    assert {"kind", "said", "step"} <= RAISED["RUN002"][0].about
    assert {place.by for place in RAISED["VPC207"]} == {"finding"}


def test_every_code_of_the_code_has_sentences_and_no_other_has() -> None:
    assert set(FINDINGS) == set(RAISED)


def test_the_loader_reads_every_file() -> None:
    assert set(words.codes()) == set(FINDINGS)


@pytest.mark.parametrize("code", sorted(FINDINGS))
def test_every_field_of_a_sentence_is_given_wherever_the_code_is_raised(code: str) -> None:
    entry = FINDINGS[code]
    named = {field for _, text in sentences(entry) for field in fields(text)} | set(entry.get("by", ()))
    # A label may name what is offered.
    named |= {field for text in labels(entry) for field in fields(text)} - {"answer"}
    for place in RAISED[code]:
        assert named <= place.about, f"{place.place} does not give {named - place.about}"


@pytest.mark.parametrize("code", sorted(FINDINGS))
def test_an_entry_is_whole(code: str) -> None:
    entry = FINDINGS[code]
    assert set(entry) <= {"title", "says", "because", "do", "offer", "looks", "source", "by", "cases"}
    assert {"title", "says", "because", "source"} <= set(entry)
    assert not entry["title"].endswith(".")
    assert not fields(entry["title"] + entry["source"] + entry.get("looks", ""))
    assert len(entry["title"]) <= 72
    if any(place.by not in ("ok", "note") for place in RAISED[code]):
        assert entry.get("do")
    if any(place.by not in ("ok", "note", "unknown") for place in RAISED[code]):
        assert entry.get("looks")


@pytest.mark.parametrize("key", sorted({**FINDINGS, **ERROR_ENTRIES}))
def test_a_sentence_is_short_and_ends(key: str) -> None:
    entry = FINDINGS.get(key) or ERROR_ENTRIES[key]
    for part, text in sentences(entry):
        assert text.endswith("."), (part, text)
        assert len(text) <= LONGEST, (part, len(text))
        assert part == "source" or text[0].isupper() or text.startswith(LOWER), text
    assert set(entry.get("cases", {})) == set() or entry["by"]
    for case in entry.get("cases", {}).values():
        assert set(case) <= {"says", "because", "do", "offer"}


@pytest.mark.parametrize("code", sorted(FINDINGS))
def test_explain_gives_the_whole_entry(code: str) -> None:
    entry = words.explain(code)
    assert entry is not None
    assert entry.title == words.title(code)
    assert entry.said.says
    assert entry.source
    assert "{" not in repr(entry)
    assert len(entry.cases) <= len(FINDINGS[code].get("cases", {}))
    assert bool(entry.cases) == ("cases" in FINDINGS[code])


def test_a_label_is_filled_from_the_finding_and_its_offer() -> None:
    finding = stop("END301", "endpoints.services", service="ec2", missing=["ec2", "s3"])
    assert words.offer(offering(finding, {"endpoints.services": "ec2, s3"})) == "Add ec2, s3 to the endpoints"
    finding = warn("NODE606", "nodes.max", nodes=9, taken=90, free=80)
    assert words.offer(offering(finding, {"nodes.max": "8"})) == "Let them be 8 at most"


def test_explain_shows_fields_by_name_and_knows_no_other_code() -> None:
    found = words.explain("VPC201")
    assert found is not None
    assert found.said.says == "The subnet <subnet> does not lie inside the VPC's CIDR <cidr>."
    assert words.explain("VPC299") is None


def test_say_fills_the_sentences_and_joins_lists() -> None:
    said = words.say(stop("VPC213", "vpc", twins=["vpc-1", "vpc-2"]))
    assert said.says == "More than one VPC carries this cluster's tags: vpc-1, vpc-2."
    assert words.say(ok("VPC222", "vpc", vpc="vpc-1")).do == ""


def test_say_keeps_what_comes_from_outside_as_it_is() -> None:
    said = words.say(stop("VPC216", "vpc", gateway="{gateway}\x1b[31m{0.__class__}"))
    assert "{gateway}\x1b[31m{0.__class__}" in said.says


def test_a_full_stop_of_awss_is_not_doubled() -> None:
    about = {"action": "ec2:DescribeVpcs", "said": "You are not authorized."}
    says = words.say(Finding("VPC290", Severity.UNKNOWN, "vpc", about)).says
    assert says.endswith("It said: You are not authorized.")


def test_say_never_raises() -> None:
    assert words.say(stop("NEW999", "vpc")) == words.Said("NEW999", "", "")
    assert "<cidr>" in words.say(stop("VPC201", "vpc", subnet="10.0.0.0/24")).says
    assert "It said: nothing." in words.say(stop("ROLE190", "role", action="iam:GetRole", said="")).says
    assert "Not Ready: none." in words.say(stop("KUBE707", "nodes", ready=0, wanted=2, unready=[])).says


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.REFUSED, Kind.EXISTS)])
def test_a_failed_change_is_said_by_its_kind(kind: Kind) -> None:
    about = {"change": "vpc", "step": "vpc", "action": "ec2:CreateVpc", "aws_code": "X", "said": "No"}
    assert words.say(stop("RUN001", "vpc", kind=kind.value, **about)) != words.say(
        stop("RUN001", "vpc", kind="refused", **about)
    )
    if kind not in (Kind.MISSING, Kind.YOUNG):  # which are answers to a read, or speak of what a change has just made
        assert words.error("cloud", kind=kind.value, **about) != words.error("cloud", kind="refused", **about)


def test_a_refusal_names_the_missing_action_and_the_step() -> None:
    about = {"change": "vpc.subnet", "step": "vpc", "action": "ec2:CreateSubnet", "aws_code": "UnauthorizedOperation"}
    said = words.say(stop("RUN001", "vpc.subnet", kind="denied", said="No", **about))
    assert "ec2:CreateSubnet" in said.says
    assert "step vpc" in said.says
    assert "allow ec2:CreateSubnet" in said.do


def test_the_first_field_of_by_goes_before_the_second() -> None:
    about = {"kind": "credentials", "action": "sts:GetCallerIdentity", "said": "x"}
    assert "aws sso login" in words.error("cloud", aws_code="UnauthorizedSSOTokenError", **about).do
    assert "AWS_CA_BUNDLE" in words.error("cloud", aws_code="SSLError", **{**about, "kind": "unreachable"}).do


def test_cases_are_keyed_by_what_the_code_says() -> None:
    exceptions = import_module("botocore.exceptions")
    assert set(FINDINGS["KUBE705"]["cases"]) <= {rung.value for rung in Rung}
    keys = set(ERROR_ENTRIES["cloud"]["cases"])
    unknown = {key for key in keys - {kind.value for kind in Kind} - CREDENTIALS if not hasattr(exceptions, key)}
    assert not unknown
    assert keys >= CREDENTIALS
    codes = {key for key in FINDINGS["RUN001"]["cases"] if key not in {kind.value for kind in Kind}}
    assert codes == {"UnsupportedAvailabilityZoneException"}


@pytest.mark.parametrize("key", sorted(ERRORS))
def test_an_error_names_only_what_it_is_told(key: str) -> None:
    entry = ERROR_ENTRIES[key]
    named = {field for _, text in sentences(entry) for field in fields(text)} | set(entry.get("by", ()))
    assert named <= ERRORS[key]
    assert "<" not in repr(words.error(key, **dict.fromkeys(ERRORS[key], "x")))


def test_errors_are_those_that_are_known() -> None:
    assert set(ERROR_ENTRIES) == set(ERRORS)
    with pytest.raises(KeyError):
        words.error("no such error")


def told() -> Iterator[tuple[str, str, set[str | None]]]:
    """Where the faces say an error by its key, and what they tell it."""
    for path in sorted((HOUSE.parent / "screens").rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            keys = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
            if name in ("error", "error_of") and keys and keys[0] in ERRORS:
                yield f"{path.name}:{call.lineno}", str(keys[0]), {keyword.arg for keyword in call.keywords}


def test_the_faces_tell_each_error_all_that_its_sentences_name() -> None:
    assert {place: ERRORS[key] - given for place, key, given in told() if ERRORS[key] - given} == {}


def prose(module: ast.Module) -> Iterator[str]:
    """Strings with a space that end with a full stop, docstrings left out."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            text = node.value.strip()
            if " " in text and text.endswith((".", "!", "?")):
                yield text


def test_prose_is_found() -> None:
    source = 'def f():\n    """A docstring."""\n    return g(f"The subnet {x} is wrong.", "a.b", "VPC of x")\n'
    assert list(prose(ast.parse(source))) == ["is wrong."]


def test_no_step_speaks_for_itself() -> None:
    found = {name: list(prose(module)) for name, module in modules() if name.startswith("steps/")}
    assert len(found) > 20
    assert not {name: texts for name, texts in found.items() if texts}


def test_words_need_neither_aws_nor_models() -> None:
    program = "import sys, wizard.words as w; w.explain('VPC201'); print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert "yaml" in loaded
    assert not loaded & {"boto3", "botocore", "pydantic", "wizard.cloud"}
