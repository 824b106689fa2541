"""Each way in which a profile can be wrong: its file, line, path and sentence."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

import wizard
from wizard.profile import Profile, load, parse
from wizard.profile_problems import Problem, ProfileError, sentences
from wizard.yaml_text import MOST_BYTES

ARTICLE = Path("profiles/article.yaml").read_text("utf-8")


class Case(NamedTuple):
    """``old`` of the article's profile becomes ``new``, whose line ``down`` (from 0) is the one at fault."""

    key: str
    old: str
    new: str
    path: str
    down: int = 0


def line_of(text: str) -> int:
    return ARTICLE[: ARTICLE.index(text)].count("\n") + 1


def problems_of(text: str, *settings: str) -> tuple[Problem, ...]:
    with pytest.raises(ProfileError) as caught:
        parse(text, "mine.yaml", settings)
    return caught.value.problems


def assert_says(problem: Problem, key: str) -> None:
    """The sentence is that of ``key``, with each gap filled."""
    fixed = re.split(r"\{\w+\}", sentences()[key])
    assert re.fullmatch(".+?".join(map(re.escape, fixed)), problem.says), problem.says
    assert problem.says.isprintable()


NODES = "  instance_type: m5.large"
MANY_TAGS = "tags: {" + ", ".join(f"k{i}: v" for i in range(41)) + "}"
PROXY = "url: http://proxy.example.internal:8080"
CLUSTER_ROLE = "cluster: {create: eksClusterRole}"

CASES = [
    Case("control_character", NODES, "  instance_type: m5\x07.large", ""),
    Case("control_character", NODES, "  instance_type: m5\x00.large", ""),
    Case("control_character", "name: eksCluster", 'name: "a\\u202Eb\\0"', "cluster.name"),
    Case("yaml_tab", NODES, "\tinstance_type: m5.large", ""),
    Case("yaml_tab", NODES, "  instance_type:\tm5.large", ""),
    Case("yaml_stray_colon", NODES, "  instance_type: m5: large", ""),
    Case("yaml_no_colon", "kubeconfig: {path", "oops\nkubeconfig: {path", "", 1),
    Case("yaml_open_quote", "context: null}", "context: 'x}", ""),
    Case("yaml_open_bracket", "services: [ec2, ecr.api, ecr.dkr, s3, sts]", "services: [ec2, ecr.api", ""),
    Case("yaml_indent", "  os: al2023", " os: al2023", ""),
    Case("yaml_bad_start", NODES, "  instance_type: @m5", ""),
    Case("yaml_syntax", "name: article", 'name: "\\U00110000"', ""),
    Case("yaml_documents", "kubeconfig: {path", "---\nkubeconfig: {path", ""),
    Case("yaml_too_deep", "tags: {}", "tags: " + "[" * 30 + "]" * 30, ""),
    Case("yaml_alias", NODES, "  instance_type: *type", "nodes.instance_type"),
    Case("yaml_anchor", NODES, "  instance_type: &type m5.large", "nodes.instance_type"),
    Case("yaml_tag", NODES, "  instance_type: !!python/object:os.system m5.large", "nodes.instance_type"),
    Case("yaml_merge", NODES, "  <<: {ami: null}\n" + NODES, "nodes"),
    Case("yaml_duplicate", NODES, NODES + "\n  instance_type: m5.xlarge", "nodes.instance_type", 1),
    Case("yaml_key", "tags: {}", "tags: {[a, b]: c}", "tags"),
    Case("version_not_a_number", "profile_version: 1", "profile_version: one", "profile_version"),
    Case("version_not_a_number", "profile_version: 1", "profile_version: 0", "profile_version"),
    Case("version_too_new", "profile_version: 1", "profile_version: 2", "profile_version"),
    Case("missing", '  id: "123456789012"\n', "", "account.id", -1),
    Case("empty", NODES, "  instance_type: null", "nodes.instance_type"),
    Case("empty", NODES, "  instance_type:", "nodes.instance_type"),
    Case("empty", "tags: {}", "tags: ~", "tags"),
    Case("unknown_key", NODES, NODES + "\n  instance_typ: m5.large", "nodes.instance_typ", 1),
    Case("not_a_mapping", "tags: {}", "tags: []", "tags"),
    Case("not_a_list", "services: [ec2, ecr.api, ecr.dkr, s3, sts]", "services: ec2", "endpoints.services"),
    Case("not_one_value", NODES, "  instance_type: [m5.large]", "nodes.instance_type"),
    Case("not_a_choice", "kind: stack", "kind: fleet", "nodes.kind"),
    Case("not_whole", "desired: 2", "desired: 2.0", "nodes.desired"),
    Case("not_whole", "desired: 2", "desired: 0x2", "nodes.desired"),
    Case("not_whole", "desired: 2", "desired: ²", "nodes.desired"),
    Case("not_true_or_false", "  admins: []", "  deletion_protection: off", "cluster.deletion_protection"),
    Case("too_long", "name: eksCluster", "name: " + "x" * 300, "cluster.name"),
    Case("repeated", "s3, sts]", "s3, s3]", "endpoints.services.4"),
    Case("no_branch", CLUSTER_ROLE, "cluster: eksClusterRole", "role.cluster"),
    Case("no_branch", "connect: {vpn_gateway: create}", "connect: {}", "vpc.create.connect"),
    Case("both_branches", CLUSTER_ROLE, "cluster: {create: a, use: b}", "role.cluster"),
    Case("cidr", "cidr: 10.110.3.0/24", "cidr: 10.110.300.0/24", "vpc.create.subnets.0.cidr"),
    Case("cidr_host_bits", "cidr: 10.110.3.0/24", "cidr: 10.110.3.1/24", "vpc.create.subnets.0.cidr"),
    Case("service_cidr", "172.20.0.0/16", "100.64.0.0/16", "cluster.service_cidr"),
    Case("service_cidr", "172.20.0.0/16", "172.20.0.0/25", "cluster.service_cidr"),
    Case("no_on_premises_cidr", "[10.0.0.0/16]", "[]", "site.on_premises_cidrs"),
    Case("too_few_subnets", "      - {zone: ap-northeast-1c, cidr: 10.110.4.0/24}\n", "", "vpc.create.subnets", -2),
    Case("zone", "zone: ap-northeast-1a", "zone: a", "vpc.create.subnets.0.zone"),
    Case("vpn_gateway", "vpn_gateway: create", "vpn_gateway: new", "vpc.create.connect.vpn_gateway"),
    Case("transit_gateway", "vpn_gateway: create", "transit_gateway: create", "vpc.create.connect.transit_gateway"),
    Case("service", "[ec2, ", "[com.amazonaws.ap-northeast-1.vpce.svc.ec2, ", "endpoints.services.0"),
    Case("proxy_url", PROXY, "url: proxy.example.internal", "site.proxy.url"),
    Case("proxy_url", PROXY, "url: http://proxy.example.internal:8080/x", "site.proxy.url"),
    Case("proxy_url", PROXY, "url: http://proxy.example.internal:80800", "site.proxy.url"),
    Case("proxy_url", PROXY, 'url: "http://$(id):8080"', "site.proxy.url"),
    Case("proxy_https", PROXY, "url: https://proxy.example.internal:8080", "site.proxy.url"),
    Case("proxy_password", PROXY, "url: http://user:secret@proxy.example.internal:8080", "site.proxy.url"),
    Case("no_proxy", "[.example.internal]", '["*.example.internal,a"]', "site.proxy.no_proxy.0"),
    Case("no_proxy_too_wide", "[.example.internal]", "[.amazonaws.com]", "site.proxy.no_proxy.0"),
    Case("account_id", '"123456789012"', "12345678901", "account.id"),
    Case("region", "region: ap-northeast-1", "region: tokyo", "account.region"),
    Case("profile_name", "name: article", "name: ../article", "name"),
    Case("tag_key", "tags: {}", 'tags: {"a<b": c}', "tags.a<b"),
    Case("tag_key_reserved", "tags: {}", "tags: {AWS:x: c}", "tags.AWS:x"),
    Case("tag_key_reserved", "tags: {}", "tags: {eks-wizard:cluster: c}", "tags.eks-wizard:cluster"),
    Case("tag_value", "tags: {}", 'tags: {a: "`id`"}', "tags.a"),
    Case("too_many_tags", "tags: {}", MANY_TAGS, "tags"),
    Case("role_name", CLUSTER_ROLE, "cluster: {create: 'a;b'}", "role.cluster.create"),
    Case("role_arn", CLUSTER_ROLE, "cluster: {use: eksClusterRole}", "role.cluster.use"),
    Case("role_path", "  path: /", "  path: eks", "role.path"),
    Case("policy", "[AmazonEKSClusterPolicy, ", "['a b', ", "role.cluster_policies.0"),
    Case("policy_arn", "permissions_boundary: null", "permissions_boundary: 'null'", "role.permissions_boundary"),
    Case("principal", "  admins: []", "  admins: [arn:aws:iam::123456789012:root]", "cluster.admins.0"),
    Case("security_group_id", "{create: eksCluster-control-plane}", "{use: mine}", "security_group.use"),
    Case("security_group_name", "{create: eksCluster-control-plane}", "{create: $HOME}", "security_group.create"),
    Case(
        "security_group_name_is_an_id", "{create: eksCluster-control-plane}", "{create: sg-1}", "security_group.create"
    ),
    Case("cluster_name", "name: eksCluster", "name: '[bold red]x[/]'", "cluster.name"),
    Case("cluster_name", "name: eksCluster", "name: $(rm -rf ~)", "cluster.name"),
    Case("cluster_name", "name: eksCluster", "name: ékscluster", "cluster.name"),
    Case("kubernetes_version", "version: null", "version: 1.3", "cluster.version"),
    Case(
        "authentication_config_map",
        "authentication: API_AND_CONFIG_MAP",
        "authentication: CONFIG_MAP",
        "cluster.authentication",
    ),
    Case("addon", "  admins: []", "  addons: [VPC CNI]", "cluster.addons.0"),
    Case("instance_type", NODES, "  instance_type: large", "nodes.instance_type"),
    Case("max_below_min", "  min: 2\n  max: 4", "  min: 3\n  max: 2", "nodes.max", 1),
    Case("desired_outside", "desired: 2", "desired: 5", "nodes.desired"),
    Case("image_id", "ami: null", "ami: latest", "nodes.ami"),
    Case("key_pair", "ami: null", "key_pair: a|b", "nodes.key_pair"),
    Case("kms_key", "ami: null", "volume_kms_key: alias/aws/ebs", "nodes.volume_kms_key"),
    Case("file_path", "{path: null", '{path: "a\\nb"', "kubeconfig.path"),
    Case("context", "context: null", "context: a b", "kubeconfig.context"),
]

ELSEWHERE = {
    *("file_not_found", "file_unreadable", "file_too_large", "file_not_utf_8", "file_utf_16", "file_empty"),
    *("file_not_ours", "version_missing", "set_form", "set_inside_value", "set_no_item", "vpc_id", "subnet_id"),
}


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case.key}" for number, case in enumerate(CASES)])
def test_a_mistake_is_said_once_with_its_place(case: Case) -> None:
    assert ARTICLE.count(case.old) >= 1
    found = problems_of(ARTICLE.replace(case.old, case.new, 1))
    here = [problem for problem in found if problem.path == case.path]
    assert here, found
    assert (here[0].file, here[0].line) == ("mine.yaml", line_of(case.old) + case.down), here
    assert_says(here[0], case.key)
    assert len(found) == 1, found


def test_every_sentence_has_a_case() -> None:
    assert {case.key for case in CASES} | ELSEWHERE == set(sentences())


def test_every_key_in_the_code_has_its_sentence() -> None:
    folder = Path(wizard.__file__).parent
    names = ("answer_types", "profile", "profile_problems", "settings", "yaml_text")
    files = [folder / f"{name}.py" for name in names] + sorted(folder.glob("steps/*/answers.py"))
    used = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "refused",
                "Text",
                "Refusal",
                "Wrong",
                "says",
            ):
                used |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    assert len(used) > 60
    assert used <= set(sentences())


@pytest.mark.parametrize(
    ("data", "key", "line"),
    [
        (b"", "file_empty", 1),
        (b"# nothing\n\n", "file_empty", 1),
        (b"null\n", "file_empty", 1),
        (b"x" * (10 * 1024 * 1024), "file_too_large", 1),
        (b"a: " + b"b" * MOST_BYTES, "file_too_large", 1),
        (b"name: a\n\x89PNG\r\n\x1a\n\xff", "file_not_utf_8", 2),
        ("name: a\n".encode("utf-16"), "file_utf_16", 1),
        (b"name: a\nb: \x00\n", "control_character", 2),
        (b"just words\n", "not_a_mapping", 1),
        (b"- a\n- b\n", "not_a_mapping", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_profile(tmp_path: Path, data: bytes, key: str, line: int) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(data)
    with pytest.raises(ProfileError) as caught:
        load(file)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (str(file), line)
    assert_says(problem, key)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path, key in ((tmp_path / "none.yaml", "file_not_found"), (tmp_path, "file_unreadable")):
        with pytest.raises(ProfileError) as caught:
            load(path)
        assert_says(caught.value.problems[0], key)


def test_windows_line_ends_and_a_byte_order_mark_are_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + ARTICLE.replace("\n", "\r\n").encode())
    assert load(file) == parse(ARTICLE, "x")


def test_a_vpc_that_exists_is_judged_by_its_own_keys() -> None:
    start, end = ARTICLE.index("vpc:\n"), ARTICLE.index("endpoints:")
    found = problems_of(
        ARTICLE[:start] + "vpc:\n  use: {id: vpc-1, subnets: [subnet-1, subnet-12345678]}\n" + ARTICLE[end:]
    )
    assert [problem.path for problem in found] == ["vpc.use.id", "vpc.use.subnets.0"]
    for problem, key in zip(found, ("vpc_id", "subnet_id"), strict=True):
        assert_says(problem, key)


def test_a_missing_version_is_said_beside_the_other_mistakes() -> None:
    first, second = problems_of(ARTICLE.replace("profile_version: 1\n", "").replace("m5.large", "large"))
    assert_says(first, "version_missing")
    assert_says(second, "instance_type")


def test_all_mistakes_are_said_at_once_in_the_order_of_lines() -> None:
    text = (
        ARTICLE.replace("m5.large", "large")
        .replace("10.0.0.0/16", "10.0.0.1/16")
        .replace("path: /\n", "path: x\n  path: /\n")
    )
    assert [problem.path for problem in problems_of(text)] == [
        "site.on_premises_cidrs.0", "role.path", "role.path", "nodes.instance_type",
    ]  # fmt: skip


def test_scalars_stay_what_was_written() -> None:
    text = (
        ARTICLE.replace('"123456789012"', "012345670123")
        .replace("version: null", "version: 1.30")
        .replace("tags: {}", "tags: {a: off, b: 'null', c: 0x1F, d: 2020-01-01}")
    )
    profile = parse(text, "x")
    assert (profile.account.id, profile.cluster.version) == ("012345670123", "1.30")
    assert profile.tags == {"a": "off", "b": "null", "d": "2020-01-01", "c": "0x1F"}


def test_a_password_is_never_repeated() -> None:
    for old, new in (
        (PROXY, "url: http://u:hunter2@p:80"),
        ("name: eksCluster", "name: http://u:hunter2@p"),
        (PROXY, "url: https://u:hunter2@p:80"),
    ):
        assert "hunter2" not in "".join(map(str, problems_of(ARTICLE.replace(old, new, 1))))


def test_what_is_shown_is_cut_and_printable() -> None:
    (problem,) = problems_of(ARTICLE.replace("name: eksCluster", "name: \u202e" + "あ" * 90))
    assert "\\u202e" in problem.says
    assert len(problem.says) < 250


def test_sections_with_defaults_may_be_left_out() -> None:
    kept = re.sub(r"(?ms)^(endpoints|nodes|kubeconfig|tags):.*?(?=^\w|^#|\Z)", "", ARTICLE)
    profile = parse(kept, "x")
    assert profile.nodes.desired == 2
    assert isinstance(profile, Profile)


def test_the_session_of_a_role_becomes_the_role() -> None:
    text = ARTICLE.replace("admins: []", "admins: [arn:aws:sts::123456789012:assumed-role/Admin/me@example.com]")
    assert parse(text, "x").cluster.admins == ("arn:aws:iam::123456789012:role/Admin",)
