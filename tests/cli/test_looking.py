"""``check``, ``plan``, ``verify`` and what explains: commands that only look."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from screens import inspecting
from wizard.findings import ok, stop, unknown

Run = Callable[..., Any]


def test_check_shows_the_findings_as_its_result(account: Any, at_practice: Run) -> None:
    ran = at_practice("check")
    assert ran.code == 0
    assert "note    ROLE104  role.cluster_policies: " in ran.out
    assert "ok      6 checks passed" in ran.out
    assert "ok      ACC003" in at_practice("check", "-v").out
    assert account.writes() == []


def test_check_ends_with_3_where_a_finding_stops(at_practice: Run) -> None:
    ran = at_practice("check", "--set", "site.on_premises_cidrs=[10.110.0.0/16]")
    assert ran.code == 3
    assert ran.out.startswith("STOP ")


def test_check_ends_with_4_without_rights(account: Any, at_practice: Run) -> None:
    account.faults({"service": "sts", "what": "refuse"})
    assert at_practice("check", "--json").events[-1] == {"type": "end", "exit_code": 4}


def test_plan_as_table_and_document(account: Any, at_practice: Run) -> None:
    table = at_practice("plan")
    assert table.code == 0
    assert table.out.startswith("Plan for cluster eksCluster: ")
    document = json.loads(at_practice("plan", "--as", "json").out)
    assert f"Digest {document['digest']}" in table.out
    assert len(document["changes"]) > 30
    assert document["changes"][0]["operation"] == "CreateRole"
    assert account.writes() == []


def test_plan_tells_by_its_exit_code_whether_there_are_changes(at_practice: Run) -> None:
    options = ("--until", "role")
    assert at_practice("plan", *options).code == 0
    assert at_practice("plan", *options, "--exit-code").code == 7
    assert at_practice("replay", *options, "--yes").code == 0
    assert at_practice("plan", *options, "--exit-code").code == 0


def test_verify_of_what_is_not_there(at_practice: Run) -> None:
    ran = at_practice("verify")
    assert ran.code == 6
    assert "there are changes to make" in ran.err


def test_what_could_not_be_seen_is_not_verified() -> None:
    seen, hidden = ok("KUBE706", "nodes.desired", ready=2), unknown("KUBE705", "nodes.desired", rung="tls", said="no")
    assert inspecting.right([seen])
    assert not inspecting.right([seen, hidden])
    assert not inspecting.right([seen, stop("KUBE707", "nodes.desired")])


def test_explain_lists_and_explains(run: Run) -> None:
    listed = run("explain")
    assert listed.code == 0
    assert any(line.startswith("NODE608") for line in listed.out.splitlines())
    one = run("explain", "node608")
    assert one.code == 0
    assert one.out.startswith("NODE608  ")
    assert "Source: " in one.out
    data = run("explain", "NODE608", "--json").of("explanation")[0]
    assert data["code"] == "NODE608"


def test_explain_tells_a_failure_and_the_findings_of_it(run: Run) -> None:
    assert any(line.startswith("C14 ") for line in run("explain").out.splitlines())
    one = run("explain", "c28")
    assert one.code == 0
    assert one.out.startswith("C28  ")
    assert "Not in what the wizard builds: " in one.out
    assert "END313  " in run("explain", "C05").out
    assert "  eks-wizard practice no-ec2-endpoint" in run("explain", "C01").out
    assert "  C05  " in run("explain", "END313").out
    (data,) = run("explain", "C05", "--json").of("failure")
    assert (data["failure"], data["codes"][:1]) == ("C05", ["END313"])


def test_explain_of_an_unknown_code_names_near_ones(run: Run) -> None:
    ran = run("explain", "NODE6O8")
    assert ran.code == 2
    assert "Did you mean NODE6" in ran.err
    assert "There is no finding or failure 'C99'." in run("explain", "C99").err


def test_c1_is_c01(run: Run) -> None:
    assert run("explain", "c1").out.startswith("C01  ")


def test_schema_is_json_schema_and_takes_the_profiles(run: Run) -> None:
    ran = run("schema")
    assert ran.code == 0
    schema = json.loads(ran.out)
    for profile in (Path(__file__).parents[2] / "profiles").glob("*.yaml"):
        jsonschema.validate(yaml.safe_load(profile.read_text()), schema)


def test_where_names_each_file_and_whether_it_exists(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text("")
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    places = {place["name"]: place for place in run("where", "--json").of("place")}
    assert places["kubeconfig"] | {"type": 0} == {
        "type": 0, "name": "kubeconfig", "use": "writes", "path": str(kubeconfig), "exists": True,
    }  # fmt: skip
    assert places["journals"]["exists"] is False


def test_a_token_is_signed_without_asking_anybody(account: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
    ran = run("token", "--cluster-name", "eksCluster", "--region", "ap-northeast-1")
    assert ran.code == 0
    credential = json.loads(ran.out)
    assert credential["kind"] == "ExecCredential"
    assert credential["status"]["token"].startswith("k8s-aws-v1.")


def test_a_token_without_credentials_ends_with_4(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    ran = run("token", "--cluster-name", "eksCluster", "--region", "ap-northeast-1")
    assert (ran.code, ran.out) == (4, "")
    assert "no AWS credentials" in ran.err


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = "import sys; from screens.cli import main; sys.exit(main())"
    done = subprocess.run(
        ["/bin/sh", "-c", 'python=$1; shift; "$python" -c "$@" | head -n 1', "sh", sys.executable, command, "explain"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_a_reader_who_goes_is_no_bug() -> None:
    command = [sys.executable, "-c", "import sys; from screens.cli import main; sys.exit(main(['explain']))"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait() == 0


def test_a_profile_that_changed_after_the_build_is_not_verified(at_practice: Run) -> None:
    assert at_practice("replay", "--yes").code == 0
    changed = ("--set", "nodes.instance_type=c5.xlarge", "--set", "cluster.deletion_protection=true")
    ran = at_practice("verify", *changed)
    assert ran.code == 6
    assert "NODE619" in ran.out + ran.err
    assert "CLU509" in ran.out + ran.err
    assert at_practice("verify").code == 0
