"""Loading, saving, settings, digests and migrations of whole profiles."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wizard.answer_types import Create, Use, VpnGateway
from wizard.profile import (
    HEADER,
    MIGRATIONS,
    VERSION,
    Profile,
    as_tree,
    digest,
    load,
    load_draft,
    migrated,
    parse,
    save,
    with_settings,
)
from wizard.profile_problems import ProfileError, says
from wizard.profile_schema import json_schema
from wizard.yaml_text import Tree

PROFILES = [Path("profiles/article.yaml"), Path("profiles/three-zones.yaml")]
ARTICLE = load(PROFILES[0])


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_shipped_profiles_say_what_their_yaml_says(path: Path) -> None:
    profile = load(path)
    said = yaml.safe_load(path.read_text("utf-8"))
    tree = as_tree(profile)
    for section, answers in said.items():
        if isinstance(answers, dict):
            assert {key: tree[section][key] for key in answers} == answers
        else:
            assert tree[section] == answers


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_what_is_saved_is_loaded_again(path: Path, tmp_path: Path) -> None:
    profile = load(path)
    saved = tmp_path / "new" / "folder" / "saved.yaml"
    save(profile, saved)
    save(profile, saved)
    assert load(saved) == profile
    assert digest(load(saved)) == digest(profile)
    assert [file.name for file in saved.parent.iterdir()] == ["saved.yaml"]
    assert os.name == "nt" or saved.stat().st_mode & 0o077 == 0


def test_a_file_written_by_hand_is_never_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("# my own comment\nname: x\n")
    with pytest.raises(ProfileError) as caught:
        save(ARTICLE, mine)
    assert caught.value.problems[0].says == says("file_not_ours", {})
    assert mine.read_text() == "# my own comment\nname: x\n"


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    saved = tmp_path / "folder" / "saved.yaml"
    save(ARTICLE, saved)
    before = saved.read_bytes()
    with pytest.raises(yaml.YAMLError):
        save({"name": object()}, saved)  # type: ignore[dict-item]  # no text can be made of it
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_draft_keeps_answers_that_are_no_profile_yet(tmp_path: Path) -> None:
    draft: dict[str, Tree] = {"name": "half", "cluster": {"version": "1.30"}, "vpc": {"use": {"id": None}}}
    save(draft, tmp_path / "draft.yaml")
    assert load_draft(tmp_path / "draft.yaml") == draft


@given(
    st.dictionaries(
        st.text("ab :/=+-@.~é語0", min_size=1, max_size=9), st.text("ab :/=+-@.~é語0", max_size=9), max_size=4
    )
)
def test_any_tags_survive_saving(tags: dict[str, str]) -> None:
    tree = as_tree(ARTICLE) | {"tags": tags}
    try:
        profile = Profile.model_validate(tree)
    except ValueError:
        return
    assert parse(HEADER + yaml.safe_dump(as_tree(profile), allow_unicode=True), "x") == profile


def test_equal_answers_have_equal_digests_however_written() -> None:
    text = PROFILES[0].read_text("utf-8")
    assert digest(
        parse("# another comment\n" + text.replace("{create: eksNodeRole}", "\n    create: 'eksNodeRole'"), "y")
    ) == digest(ARTICLE)
    assert digest(parse(text.replace("desired: 2", "desired: 3"), "y")) != digest(ARTICLE)


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_each_old_version_still_says_the_same(version: int) -> None:
    golden = Path(f"tests/profile/golden/version-{version}")
    assert as_tree(load(golden.with_suffix(".yaml"))) == json.loads(golden.with_suffix(".json").read_text("utf-8"))
    assert version == VERSION or version in MIGRATIONS


def test_migrations_run_one_after_the_other() -> None:
    steps: dict[int, Callable[[dict[str, Tree]], dict[str, Tree]]] = {
        1: lambda tree: {key.replace("pool", "group"): value for key, value in tree.items()},
        2: lambda tree: {**tree, "group": [tree["group"]]},
    }
    old: dict[str, Tree] = {"profile_version": "1", "pool": "a"}
    assert migrated(old, steps, 3) == ({"profile_version": "3", "group": ["a"]}, ())
    assert migrated({"profile_version": "2", "group": "a"}, steps, 3)[0] == {"profile_version": "3", "group": ["a"]}
    assert old == {"profile_version": "1", "pool": "a"}
    for given_version, key in (("4", "version_too_new"), ("0", "version_not_a_number"), (None, "version_not_a_number")):
        tree, wrong = migrated({"profile_version": given_version}, steps, 3)
        assert (tree, wrong[0].key) == (None, key)


def test_settings_are_put_over_the_answers() -> None:
    changed = with_settings(
        ARTICLE,
        [
            "vpc.create.cidr=10.111.0.0/16",
            "vpc.create.subnets.1.cidr=10.111.4.0/24",
            "vpc.create.subnets.2={zone: ap-northeast-1d, cidr: 10.111.5.0/24}",
            "endpoints.services=[ec2, s3]",
            "security_group.use=sg-12345678",
            "site.proxy=null",
            "tags.my.own=a=b",
            "cluster.version=1.30",
        ],
    )
    assert isinstance(changed.vpc, Create)
    assert [str(subnet.cidr) for subnet in changed.vpc.create.subnets] == [
        "10.110.3.0/24",
        "10.111.4.0/24",
        "10.111.5.0/24",
    ]
    assert (str(changed.vpc.create.cidr), changed.endpoints.services) == ("10.111.0.0/16", ("ec2", "s3"))
    assert isinstance(changed.security_group, Use)
    assert changed.site.proxy is None
    assert changed.tags == {"my.own": "a=b"}
    assert changed.cluster.version == "1.30"
    assert isinstance(ARTICLE.security_group, Create)
    assert isinstance(changed.vpc.create.connect, VpnGateway)


@pytest.mark.parametrize(
    ("setting", "path", "sentence"),
    [
        ("foo", "", says("set_form", {"given": "foo"})),
        ("=x", "", says("set_form", {"given": "=x"})),
        ("na\udc80me=x", "", says("set_form", {"given": "na\udc80me=x"})),
        ("vpc..cidr=x", "", says("set_form", {"given": "vpc..cidr=x"})),
        ("name.first=x", "name.first", says("set_inside_value", {"given": "article"})),
        ("vpc.create.subnets.7.cidr=x", "vpc.create.subnets.7.cidr", says("set_no_item", {"given": "7", "count": 2})),
        ("vpc.create.subnets.x=1", "vpc.create.subnets.x", says("set_no_item", {"given": "x", "count": 2})),
        ("cluster.name=&a b", "cluster.name", says("yaml_anchor", {"name": "a"})),
        ("cluster.name=a\tb: c", "cluster.name", says("cluster_name", {"given": "a\tb: c"})),
        ("nodes.desired=9", "nodes.desired", says("desired_outside", {"desired": 9, "min": 2, "max": 4})),
        ("nodez.desired=9", "nodez", says("unknown_key", {"key": "nodez", "known": ", ".join(Profile.model_fields)})),
    ],
)
def test_a_wrong_setting_is_a_problem_of_the_command_line(setting: str, path: str, sentence: str) -> None:
    with pytest.raises(ProfileError) as caught:
        with_settings(ARTICLE, ["cluster.name=fine", setting])
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.path) == ("--set", 2, path)
    if not setting.startswith("cluster.name=a"):
        assert problem.says == sentence


def test_settings_fill_in_what_a_profile_leaves_out() -> None:
    text = PROFILES[0].read_text("utf-8").replace('  id: "123456789012"\n', "")
    assert parse(text, "x", ["account.id=123456789012"]).account == ARTICLE.account


def test_the_schema_on_disk_is_the_models() -> None:
    kept = json.loads(Path("profiles/profile.schema.json").read_text("utf-8"))
    assert kept == json_schema(), "write it anew: eks-wizard schema > profiles/profile.schema.json"


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_shipped_profiles_fit_the_schema_as_text_and_as_editors_read_them(path: Path) -> None:
    check = jsonschema.Draft202012Validator(json_schema())
    check.validate(yaml.safe_load(path.read_text("utf-8")))
    check.validate(as_tree(load(path)))


def test_the_schema_takes_unquoted_numbers_for_text_and_refuses_unknown_keys() -> None:
    check = jsonschema.Draft202012Validator(json_schema())
    tree = as_tree(ARTICLE)
    tree["account"]["id"] = 123456789012
    tree["cluster"]["version"] = 1.35
    tree["nodes"]["desired"] = "2"
    check.validate(tree)
    tree["nodes"]["colour"] = "blue"
    with pytest.raises(jsonschema.ValidationError):
        check.validate(tree)


def test_reading_profiles_loads_no_face_and_no_aws() -> None:
    script = (
        "import sys, wizard.profile, wizard.questions; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "pydantic" in loaded
    assert not {"textual", "questionary", "rich", "prompt_toolkit", "boto3", "botocore"} & set(loaded)
