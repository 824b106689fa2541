"""NO_PROXY: what is in it, and what Go makes of it."""

import pytest

from wizard.no_proxy import goes_direct, no_proxy, of_environment, too_broad

ARTICLE = {
    "vpc_cidrs": ["10.110.0.0/16"],
    "service_cidr": "172.20.0.0/16",
    "private_dns_names": [
        "ec2.ap-northeast-1.amazonaws.com",
        "api.ecr.ap-northeast-1.amazonaws.com",
        "*.dkr.ecr.ap-northeast-1.amazonaws.com",
        "sts.ap-northeast-1.amazonaws.com",
    ],
    "s3_gateway": True,
    "region": "ap-northeast-1",
    "site": [".example.internal"],
}


def article(**change: object) -> tuple[str, ...]:
    return no_proxy(**{**ARTICLE, **change})  # type: ignore[arg-type]


def test_the_article_in_full() -> None:
    assert article() == (
        "localhost",
        "127.0.0.1",
        "169.254.169.254",
        "fd00:ec2::254",
        "169.254.170.23",
        "fd00:ec2::23",
        "10.110.0.0/16",
        "172.20.0.0/16",
        ".internal",
        ".svc",
        ".cluster.local",
        ".eks.amazonaws.com",
        "ec2.ap-northeast-1.amazonaws.com",
        "api.ecr.ap-northeast-1.amazonaws.com",
        ".dkr.ecr.ap-northeast-1.amazonaws.com",
        "sts.ap-northeast-1.amazonaws.com",
        "s3.ap-northeast-1.amazonaws.com",
        ".s3.ap-northeast-1.amazonaws.com",
        ".example.internal",
    )


def test_an_entry_stands_once_where_it_came_first() -> None:
    entries = article(vpc_cidrs=["10.110.0.0/16", "10.110.0.0/16"], site=[" .SVC ", "10.110.0.0/16", "", "x.example"])
    assert len(set(entries)) == len(entries)
    assert entries[-1] == "x.example"


def test_without_the_gateway_s3_takes_the_proxy() -> None:
    assert not goes_direct("prod-bucket.s3.ap-northeast-1.amazonaws.com", article(s3_gateway=False))
    assert goes_direct("prod-bucket.s3.ap-northeast-1.amazonaws.com", article())


def test_china_has_its_own_suffix() -> None:
    entries = article(region="cn-north-1", private_dns_names=[])
    assert {".eks.amazonaws.com.cn", "s3.cn-north-1.amazonaws.com.cn"} <= set(entries)


@pytest.mark.parametrize(
    "entry", [".amazonaws.com", "amazonaws.com", "*.AMAZONAWS.com", "*", "0.0.0.0/0", "::/0", "com"]
)
def test_what_would_send_all_of_aws_direct_is_left_out(entry: str) -> None:
    assert too_broad(entry)
    assert article(site=[entry]) == article(site=[])
    assert article(private_dns_names=[entry], site=[]) == article(private_dns_names=[], site=[])


@pytest.mark.parametrize("entry", ["", ".example.com", "10.0.0.0/8", "s3.ap-northeast-1.amazonaws.com"])
def test_what_is_narrow_is_kept(entry: str) -> None:
    assert not too_broad(entry)


@pytest.mark.parametrize(
    ("host", "direct"),
    [
        ("0123456789ABCDEF.gr7.ap-northeast-1.eks.amazonaws.com", True),
        ("eks.ap-northeast-1.amazonaws.com", False),  # the EKS API has no endpoint here
        ("ec2.ap-northeast-1.amazonaws.com", True),
        ("autoscaling.ap-northeast-1.amazonaws.com", False),
        ("602401143452.dkr.ecr.ap-northeast-1.amazonaws.com", True),
        ("registry-1.docker.io", False),
        ("169.254.169.254", True),
        ("fd00:ec2::254", True),
        ("10.110.3.7", True),
        ("172.20.0.1", True),
        ("10.0.0.1", False),
        ("mirror.example.internal", True),
        ("localhost", True),
        ("127.0.0.53", True),
        ("::1", True),
    ],
)
def test_where_a_node_of_the_article_goes(host: str, direct: bool) -> None:
    assert goes_direct(host, article()) is direct


@pytest.mark.parametrize(
    ("host", "port", "entry", "direct"),
    [
        ("foo.com", 443, "foo.com", True),
        ("bar.foo.com", 443, "foo.com", True),
        ("barfoo.com", 443, "foo.com", False),
        ("foo.com", 443, ".foo.com", False),
        ("bar.foo.com", 443, ".foo.com", True),
        ("foo.com", 443, "*.foo.com", False),
        ("a.bar.foo.com", 443, "*.foo.com", True),
        ("FOO.com", 443, " Foo.COM ", True),
        ("foo.com", 443, "foo.com:443", True),
        ("foo.com", 80, "foo.com:443", False),
        ("10.1.2.3", 443, "10.0.0.0/8", True),
        ("10.1.2.3", 443, "10.9.9.9/8", True),
        ("10.1.2.3", 443, "10.0.0.0/255.0.0.0", False),
        ("10.1.2.3", 443, "10.1.2.3:80", False),
        ("10.1.2.3", 80, "10.1.2.3:80", True),
        ("ten.example", 443, "10.0.0.0/8", False),
        ("10.1.2.3", 443, ".3", False),
        ("fd00::1", 443, "fd00::/8", True),
        ("fd00::1", 443, "[fd00::1]", False),  # brackets need a port
        ("fd00::1", 443, "[fd00::1]:443", True),
        ("::ffff:10.1.2.3", 443, "10.1.2.3", True),
        ("anything.example", 443, "*", True),
        ("anything.example", 443, "", False),
        ("anything.example", 443, ":443", False),
    ],
)
def test_the_rules_of_go(host: str, port: int, entry: str, direct: bool) -> None:
    assert goes_direct(host, [entry], port) is direct


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, (None, ())),
        ({"HTTPS_PROXY": "http://proxy:8080"}, ("proxy:8080", ())),
        ({"https_proxy": "http://proxy:8080/", "no_proxy": "a, .b ,,c"}, ("proxy:8080", ("a", ".b", "c"))),
        ({"HTTPS_PROXY": "proxy:1", "https_proxy": "other:2"}, ("proxy:1", ())),
        ({"HTTPS_PROXY": "", "https_proxy": "other:2"}, ("other:2", ())),
        ({"NO_PROXY": "a", "no_proxy": "b"}, (None, ("a",))),
        ({"HTTPS_PROXY": "http://taro:secret@proxy:8080"}, ("proxy:8080", ())),
        ({"HTTP_PROXY": "http://proxy:8080", "ALL_PROXY": "http://proxy:8080"}, (None, ())),
    ],
)
def test_the_environment_is_read_as_go_reads_it(environment: dict[str, str], found: object) -> None:
    assert of_environment(environment) == found
