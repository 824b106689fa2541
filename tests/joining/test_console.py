"""What consoles show: real lines, the findings that they are of, and what is nobody's."""

import pytest

from wizard import words
from wizard.findings import stop, warn
from wizard.standing import console

EC2 = 'dial tcp 52.94.8.1:443: i/o timeout"'
KUBELET = '[   31.204113] kubelet[1912]: "Unable to register node with API server" err='
LINES = {
    "nodeadm asks EC2": ('[  188.2] nodeadm[1583]: SDK DEBUG retrying request EC2/DescribeInstances, attempt 6', "ec2"),
    "pluto asks EC2": ("sundog[1203]: Setting generator 'pluto private-dns-name' failed: DescribeInstances: x", "ec2"),
    "nodeadm may not": ('nodeadm: fatal {"error":"exceeded max wait time for InstanceCondition waiter"}', "NODE659"),
    "no CIDR": ('[  8.1] nodeadm[1583]: fatal {"error":"CIDR is missing in cluster configuration"}', "NODE641"),
    "no NodeConfig": ('[  8.1] nodeadm[1583]: fatal {"error":"could not find NodeConfig within UserData"}', "NODE640"),
    "unauthorized": (f'{KUBELET}"Unauthorized" node="ip-10-0-0-1"', "NODE660"),
    "an earlier role": (f'{KUBELET}"Unauthorized" node="ip-10-0-0-1"', "NODE662"),
    "the proxy says 403": (f'{KUBELET}"Post \\"https://x.eks.amazonaws.com/api/v1/nodes\\": Forbidden"', "NODE652"),
    "the proxy is silent": (f'{KUBELET}"Post: proxyconnect tcp: {EC2}', "NODE650"),
    "the API is silent": (f'{KUBELET}"Post: {EC2}', "NODE656"),
    "another CA": (f'{KUBELET}"tls: x509: certificate signed by unknown authority"', "NODE643"),
    "the token of ECR": ('kubelet: operation error ECR: GetAuthorizationToken, request send failed', "ecr.api"),
    "the manifest": ('containerd: Head "https://602401143452.dkr.ecr.x.amazonaws.com/v2/": i/o timeout', "ecr.dkr"),
    "the layers": ('containerd: Get "https://prod-x-starport-layer-bucket.s3.x.amazonaws.com/1": i/o timeout', "s3"),
    "the layers, by a policy": ('https://prod-x-starport-layer-bucket.s3.x.amazonaws.com/1: 403 Forbidden', "END313"),
    "the plugin asks EC2": ('kubelet: "aws-node: ipamd: failed to start" err="dial tcp: i/o timeout"', "ec2"),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
def test_a_line_is_of_its_finding_and_of_no_other(case: str) -> None:
    line, wanted = LINES[case]
    shown = console.read(f"[    0.0] Linux version 6.12\n{line}\n[  200.0] systemd[1]: Reached target\n")
    assert shown is not None
    assert not shown.line.startswith("[")
    of_it = stop(wanted, "nodes") if wanted.isupper() else stop("NODE644", "nodes", services=[wanted])
    assert console.explains(of_it, shown)
    assert not console.explains(warn(of_it.code, "nodes", **of_it.about), shown)
    assert not console.explains(stop("NODE667", "nodes", services=["sts"]), shown)


def test_what_comes_last_in_a_boot_counts() -> None:
    early = "nodeadm: retrying request EC2/DescribeInstances, attempt 2"
    late = 'kubelet: "Unable to register node with API server" err="Unauthorized"'
    for text in (f"{early}\n{late}", f"{late}\n{early}"):
        assert (shown := console.read(text)) is not None
        assert shown.line == late


def test_a_console_of_a_node_that_became_ready_shows_nothing() -> None:
    text = (
        'nodeadm: retrying request EC2/DescribeInstances\nkubelet: "Fast updating node status as it just became ready"'
    )
    assert console.read(text) is None
    assert console.read("") is None
    assert console.read("[ 0.0] Linux version 6.12\n\x1b[31mlogin:") is None


def test_a_long_line_keeps_who_says_it_and_what_it_tells() -> None:
    shown = console.read(f"kubelet[1]: {'x' * 500} GetAuthorizationToken: i/o timeout {'y' * 5000}")
    assert shown is not None
    assert shown.line.startswith("kubelet[1]: … GetAuthorizationToken: i/o timeout y")
    assert len(shown.line) == console.LONGEST
    shown = console.read("GetAuthorizationToken " + "x" * 5000)
    assert shown is not None
    assert len(shown.line) == console.LONGEST


def test_the_patterns_name_findings_that_there_are() -> None:
    codes = {code for entry in console.patterns() for code in entry.get("codes", ())}
    assert codes <= set(words.codes())
    assert all(set(entry) <= {"pattern", "codes", "service"} for entry in console.patterns())
