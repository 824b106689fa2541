"""What nodeadm reads in user data, what scripts beside it do, how many pods that makes, and who goes by the proxy."""

import base64
import gzip
from collections.abc import Callable

import pytest
from boot_cases import AROUND, document, machine, mime, without

from wizard.practice.boot import max_pods, scripts
from wizard.practice.boot.node_config import UnreadableError, read
from wizard.practice.boot.proxy import for_pluto, metadata_is_proxied, proxy_for
from wizard.practice.boot.sequence import boot


def test_later_parts_win_and_empty_values_do_not() -> None:
    second = (
        "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n"
        "spec: {cluster: {name: other, cidr: ''}, kubelet: {config: {maxPods: 17}}}"
    )
    config = read(mime(document(), second))
    assert (config.name, config.cidr, config.max_pods) == ("other", "172.20.0.0/16", 17)


@pytest.mark.parametrize("encode", [lambda data: data, base64.b64encode], ids=["plain", "base64"])
def test_user_data_may_be_one_bare_document(encode: Callable[[bytes], bytes]) -> None:
    document = b"apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {cluster: {name: n}}"
    assert read(encode(document)).name == "n"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("apiVersion: v1\nkind: Pod", 'no kind "Pod" is registered'),
        ("apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {cluster: {name: 12}}", "cannot unmarshal number"),
        (
            "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {cluster: {certificateAuthority: '%'}}",
            "illegal base64",
        ),
        ("{", "json parse error"),
    ],
)
def test_what_cannot_be_read(document: str, says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        read(mime(document))


@pytest.mark.parametrize(
    ("no_proxy", "host", "direct"),
    [
        ("", "ec2.example.com", False),
        ("example.com", "ec2.example.com", True),
        ("example.com", "notexample.com", False),
        (".example.com", "example.com", False),
        (".example.com", "a.b.example.com", True),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "example.com", False),
        ("EXAMPLE.com", "Example.COM", True),
        ("example.com:443", "example.com", True),
        ("example.com:80", "example.com", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "example.com", False),
        ("10.1.2.3", "10.1.2.3", True),
        (" a.com , b.com ", "b.com", True),
        ("*", "anything", True),
        ("", "localhost", True),
        ("", "127.0.0.1", True),
        (".eks.amazonaws.com", "eks.ap-northeast-1.amazonaws.com", False),
    ],
)
def test_no_proxy_as_go_reads_it(no_proxy: str, host: str, direct: bool) -> None:
    found = proxy_for({"https_proxy": "proxy.internal:3128", "NO_PROXY": no_proxy}, host)
    assert (found is None) == direct


@pytest.mark.parametrize(
    ("direct", "host", "through"),
    [
        ("", "ec2.ap-northeast-1.amazonaws.com", True),
        ("amazonaws.com", "ec2.ap-northeast-1.amazonaws.com", False),
        ("zonaws.com", "ec2.ap-northeast-1.amazonaws.com", False),
        ("*", "ec2.ap-northeast-1.amazonaws.com", False),
        (".ap-northeast-1.amazonaws.com,a", "ec2.ap-northeast-1.amazonaws.com", False),
        ("ec2.amazonaws.com", "ec2.ap-northeast-1.amazonaws.com", True),
    ],
)
def test_no_proxy_as_pluto_reads_it(direct: str, host: str, through: bool) -> None:
    found = for_pluto({"HTTPS_PROXY": "http://p:1", "NO_PROXY": direct}, host)
    assert (found is not None) == through


@pytest.mark.parametrize(
    ("direct", "through"),
    [("169.254.169.254", False), ("169.254.0.0/16", True), (".254", False), ("*", False), ("a, localhost", True)],
)
def test_no_proxy_as_the_aws_command_reads_it(direct: str, through: bool) -> None:
    assert metadata_is_proxied({"HTTP_PROXY": "http://p:1", "NO_PROXY": direct}) == through
    assert not metadata_is_proxied({"HTTPS_PROXY": "http://p:1", "NO_PROXY": direct})
    assert not metadata_is_proxied({"http_proxy": "http://p:1", "NO_PROXY": direct, "no_proxy": "169.254.169.254"})


PROXY = "http://10.0.9.9:3128"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo hello", {}),
        (f"export HTTPS_PROXY={PROXY}", {"": {"HTTPS_PROXY": PROXY}}),
        (f'echo "https_proxy={PROXY}" >> /etc/environment', {"": {"https_proxy": PROXY}}),
        (
            f'P={PROXY}\ncat > /etc/systemd/system/kubelet.service.d/p.conf\nEnvironment="HTTPS_PROXY=${{P}}"\n',
            {"kubelet": {"HTTPS_PROXY": PROXY}},
        ),
        (
            f"mkdir /etc/systemd/system/{{containerd,kubelet}}.service.d\nHTTP_PROXY='{PROXY}'\nNO_PROXY=$CIDR,.svc",
            {
                "kubelet": {"HTTP_PROXY": PROXY, "NO_PROXY": "$CIDR,.svc"},
                "containerd": {"HTTP_PROXY": PROXY, "NO_PROXY": "$CIDR,.svc"},
            },
        ),
        ("HTTPS_PROXY=$(lookup)\n", {}),
        ("NO_PROXY=.svc\n", {}),
    ],
)
def test_what_scripts_set(script: str, found: dict[str, dict[str, str]]) -> None:
    assert scripts.environments((script,)) == found


def test_scripts_beside_a_node_config_are_read() -> None:
    config = read(mime(document(), x_shellscript=f"export HTTPS_PROXY={PROXY}"))
    assert config.scripted == {"": {"HTTPS_PROXY": PROXY}}
    assert read(mime(document())).scripted == {}


def test_a_compressed_part_is_read() -> None:
    packed = base64.b64encode(gzip.compress(document().encode())).decode()
    assert read(mime(packed)).name == "eksCluster"
    with pytest.raises(UnreadableError, match="failed to decompress"):
        read(b"\x1f\x8b\x00")


@pytest.mark.parametrize(
    ("expression", "pods"),
    [
        ("((default_enis - 1) * (ips_per_eni - 1)) + 2", 20),
        ("max_pods + 2", 31),
        ("(default_enis * ((ips_per_eni - 1) * 16)) + 2", 434),
        ("max_pods < 30 ? max_pods : 30", 29),
        ("max_pods > 20 ? 20 : max_pods", 20),
        ("max_pods / 2", 14),
        ("max_pods % 10", 9),
        ("-7 / 2 + 10", 7),
        ("math.least(max_pods, 20)", None),
        ("max_pods < 30", None),
        ("0", None),
        ("max_pods / 0", None),
        ("max_pods +", None),
        ("pods", None),
        ("2147483647", None),
    ],
)
def test_max_pods_expressions(expression: str, pods: int | None) -> None:
    assert max_pods.by_expression(expression, 3, 10) == pods


@pytest.mark.parametrize(
    ("kubelet", "pods"),
    [
        ({}, 29),
        ({"maxPodsExpression": "max_pods + 2"}, 31),
        ({"maxPodsExpression": "nonsense("}, 29),
        ({"maxPodsExpression": "max_pods + 2", "config": {"maxPods": 17}}, 17),
        ({"config": {"maxPods": 17}, "flags": ["--max-pods=8"]}, 8),
    ],
)
def test_how_many_pods_kubelet_takes(kubelet: dict[str, object], pods: int) -> None:
    node = machine(user_data=mime(document(kubelet=kubelet)))
    assert boot(node, AROUND).max_pods == pods


def test_an_unknown_type_is_asked_of_ec2() -> None:
    by_id = document(featureGates={"InstanceIdNodeName": True})
    assert boot(machine(known_type=False), AROUND).max_pods == 29
    assert boot(machine(known_type=False, user_data=mime(by_id)), without("ec2")).max_pods == 110


@pytest.mark.parametrize(
    ("interfaces", "addresses", "vcpus", "prefixes", "pods"),
    [(3, 10, 2, False, 29), (3, 10, 2, True, 110), (15, 50, 96, False, 250), (8, 30, 16, False, 110)],
)
def test_how_many_pods_eks_tells_managed_nodes(
    interfaces: int, addresses: int, vcpus: int, prefixes: bool, pods: int
) -> None:
    assert max_pods.managed(interfaces, addresses, vcpus, prefixes=prefixes) == pods
