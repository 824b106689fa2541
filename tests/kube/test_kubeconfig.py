"""The kubeconfig: merged without loss, refused in one way, replaced at once."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wizard.kubeconfig import KubeconfigError, entry, holds, merged, path, put, read, write

ARN = "arn:aws:eks:ap-northeast-1:123456789012:cluster/eksCluster"
ENDPOINT = "https://0123.gr7.ap-northeast-1.eks.amazonaws.com"
ENTRY = entry("eksCluster", ARN, ENDPOINT, "LS0tLS1CRUdJTg==", "ap-northeast-1")


def loaded(existing: str | None, new: dict[str, Any] = ENTRY) -> Any:
    return yaml.safe_load(merged(existing, new))


def test_a_new_file_is_what_the_aws_cli_writes() -> None:
    assert (
        merged(None, ENTRY)
        == f"""\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTg==
    server: {ENDPOINT}
  name: {ARN}
contexts:
- context:
    cluster: {ARN}
    user: {ARN}
  name: {ARN}
current-context: {ARN}
kind: Config
preferences: {{}}
users:
- name: {ARN}
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - ap-northeast-1
      - eks
      - get-token
      - --cluster-name
      - eksCluster
      - --output
      - json
      command: aws
"""
    )


def test_without_the_aws_cli_our_own_command_gives_the_token() -> None:
    new = entry("eksCluster", ARN, ENDPOINT, "x", "ap-northeast-1", "work", "eks-wizard", "company")
    assert new["users"]["user"]["exec"] == {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "args": ["token", "--cluster-name", "eksCluster", "--region", "ap-northeast-1"],
        "command": "eks-wizard",
        "env": [{"name": "AWS_PROFILE", "value": "company"}],
    }
    assert (new["contexts"]["name"], loaded(None, new)["current-context"]) == ("work", "work")


OTHERS = """\
# mine
apiVersion: v1
kind: Config
current-context: dev
preferences: {colors: yes}
extensions: [{name: minikube, extension: {since: 2024-01-01, octal: 012}}]
clusters:
- &dev {name: dev, cluster: {server: "https://10.0.0.1", extensions: [{name: x, extension: on}]}}
contexts:
- {name: dev, context: {cluster: dev, user: dev, namespace: kube-system}}
users: null
"""


def test_what_others_wrote_keeps_its_spelling() -> None:
    text = merged(OTHERS, ENTRY)
    for kept in ("colors: yes", "since: 2024-01-01", "octal: 012", "extension: on", "namespace: kube-system"):
        assert kept in text
    found, before = yaml.safe_load(text), yaml.safe_load(OTHERS)
    assert found["current-context"] == ARN
    assert found["clusters"] == [before["clusters"][0], ENTRY["clusters"]]
    assert found["contexts"] == [before["contexts"][0], ENTRY["contexts"]]
    assert found["users"] == [ENTRY["users"]]
    assert [found[key] for key in ("extensions", "preferences")] == [
        before[key] for key in ("extensions", "preferences")
    ]


def test_an_entry_of_the_same_name_is_replaced_in_its_place() -> None:
    old = merged(OTHERS, entry("eksCluster", ARN, "https://old.example", "old", "ap-northeast-1"))
    later = merged(old, entry("other", "arn:other", ENDPOINT, "x", "ap-northeast-1"))
    found = loaded(later)
    assert [one["name"] for one in found["clusters"]] == ["dev", ARN, "arn:other"]
    assert found["clusters"][1] == ENTRY["clusters"]


def test_the_same_entry_again_changes_nothing() -> None:
    text = merged(OTHERS, ENTRY)
    assert merged(text, ENTRY) == text


def test_holds_looks_at_the_entry_and_not_at_the_current_context() -> None:
    text = merged(OTHERS, ENTRY)
    assert not holds(None, ENTRY)
    assert not holds(OTHERS, ENTRY)
    assert holds(text, ENTRY)
    assert holds(text.replace(f"current-context: {ARN}", "current-context: dev"), ENTRY)
    assert not holds(text, entry("eksCluster", ARN, "https://new.example", "LS0tLS1CRUdJTg==", "ap-northeast-1"))


@pytest.mark.parametrize(
    ("hostile", "says"),
    [
        ("{", "not YAML"),
        ("a: 1\n---\nb: 2\n", "not YAML"),
        ("\0", "not YAML"),
        ("[" * 5000, "nested too deep"),
        ("- a\n", "no mapping"),
        ("just text", "no mapping"),
        ("clusters: {name: dev}\n", "clusters"),
        ("users: [dev]\n", "users"),
        ("contexts: dev\n", "contexts"),
        ("!!python/object/apply:os.system [echo]\n", "no mapping"),
        ("x: !!python/object/apply:os.system [echo]\n", "python/object"),
        ("x: !secret y\n", "tag !secret"),
        ("clusters: []\nclusters: []\n", "twice"),
        ("x: *nowhere\n", "not YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(hostile: str, says: str) -> None:
    with pytest.raises(KubeconfigError) as refused:
        merged(hostile, ENTRY, "/home/x/.kube/config")
    assert says in str(refused.value)
    assert str(refused.value).startswith("/home/x/.kube/config: ")


@pytest.mark.parametrize("empty", [None, "", "# nothing yet\n", "null\n", "---\n"])
def test_an_empty_file_is_a_new_one(empty: str | None) -> None:
    assert merged(empty, ENTRY) == merged(None, ENTRY)


def test_aliases_neither_grow_nor_loop() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\nself: &self [*self]\n"
    assert len(merged(bomb, ENTRY)) < 2000


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
OWN = frozenset({"clusters", "contexts", "users", "current-context"})


@given(
    st.dictionaries(TEXT.filter(lambda key: key not in OWN), VALUES, max_size=4),
    st.lists(st.fixed_dictionaries({"name": TEXT, "cluster": VALUES}), max_size=3),
    st.sampled_from([None, True, False]),
)
def test_nothing_of_others_is_lost(rest: dict[str, Any], clusters: list[Any], flow: bool | None) -> None:
    before = {**rest, "clusters": clusters}
    found = loaded(yaml.safe_dump(before, default_flow_style=flow))
    assert found == {
        **rest,
        "clusters": [*clusters, ENTRY["clusters"]],
        "contexts": [ENTRY["contexts"]],
        "users": [ENTRY["users"]],
        "current-context": ARN,
    }


@given(st.text(max_size=60))
def test_any_text_is_merged_or_refused(text: str) -> None:
    try:
        found = merged(text, ENTRY)
    except KubeconfigError:
        return
    assert holds(found, ENTRY)


def test_path_without_kubeconfig_is_in_the_home() -> None:
    assert path({"HOME": "/home/x"}, windows=False) == Path("/home/x/.kube/config")
    assert path({"HOME": "/home/x", "KUBECONFIG": " "}, windows=False) == Path("/home/x/.kube/config")
    assert path({"HOME": "/nowhere", "USERPROFILE": "/users/x"}, windows=True) == Path("/users/x/.kube/config")
    assert path({"HOMEDRIVE": "/c", "HOMEPATH": "/users/x"}, windows=True) == Path("/c/users/x/.kube/config")
    assert path({"KUBECONFIG": "~/k"} | {"HOME": "/home/x"}, windows=False) == Path("/home/x/k")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def test_of_several_files_the_one_that_has_the_cluster_comes_first(folder: Path) -> None:
    first, second, third, broken = (folder / name for name in ("first", "second", "third", "broken"))
    environment = {"KUBECONFIG": f":{broken}:{first}:{second}:{third}"}
    assert path(environment, cluster=ARN, windows=False) == broken
    second.write_text("", encoding="utf-8")
    assert path(environment, cluster=ARN, windows=False) == second
    broken.write_bytes(b"\xff{")
    third.write_text(merged(None, ENTRY), encoding="utf-8")
    assert path(environment, cluster=ARN, windows=False) == third
    assert path({"KUBECONFIG": f"{second};{third}"}, cluster=ARN, windows=True) == third


def test_put_makes_the_directory_and_keeps_the_file_private(folder: Path) -> None:
    target = folder / "new" / ".kube" / "config"
    put(target, ENTRY)
    assert holds(read(target), ENTRY)
    assert os.name == "nt" or stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [one.name for one in target.parent.iterdir()] == ["config"]


def test_the_file_as_it_was_stands_beside_it(folder: Path) -> None:
    target = folder / "config"
    target.write_text(OTHERS, encoding="utf-8")
    put(target, ENTRY)
    put(target, ENTRY)
    assert (folder / "config.backup").read_text(encoding="utf-8") == OTHERS
    assert sorted(one.name for one in folder.iterdir()) == ["config", "config.backup"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_are_followed_and_stay(folder: Path) -> None:
    real, link = folder / "real" / "config", folder / "link"
    real.parent.mkdir()
    real.write_text(OTHERS, encoding="utf-8")
    link.symlink_to(real)
    put(link, ENTRY)
    assert link.is_symlink()
    assert holds(real.read_text(encoding="utf-8"), ENTRY)
    circle = folder / "circle"
    circle.symlink_to(circle)
    with pytest.raises((KubeconfigError, OSError)):
        put(circle, ENTRY)


def test_what_is_refused_stays_as_it_was(folder: Path) -> None:
    target = folder / "config"
    target.write_bytes(b"\xff\xfe")
    with pytest.raises(KubeconfigError, match="not UTF-8"):
        put(target, ENTRY)
    target.write_text("[", encoding="utf-8")
    with pytest.raises(KubeconfigError, match="not YAML"):
        put(target, ENTRY)
    assert target.read_text(encoding="utf-8") == "["
    assert [one.name for one in folder.iterdir()] == ["config"]


def test_a_write_that_fails_leaves_nothing_behind(folder: Path) -> None:
    (folder / "config").mkdir()
    with pytest.raises(OSError, match="config"):
        write(folder / "config", "x")
    assert [one.name for one in folder.iterdir()] == ["config"]
