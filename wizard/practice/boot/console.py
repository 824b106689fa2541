"""The words of a node's console: kernel, systemd, nodeadm, kubelet and containerd."""

import json
from dataclasses import dataclass

from wizard.practice.boot.snapshot import DhcpOptions, Machine


@dataclass(frozen=True)
class Line:
    """One line, and the AWS seconds after the instance started running at which it is written."""

    at: float
    text: str


def systemd(at: float, text: str) -> Line:
    """A line of systemd's."""
    return Line(at, f"[{at:12.6f}] systemd[1]: {text}")


def nodeadm(at: float, level: str, message: str, **fields: object) -> Line:
    """A line of nodeadm's log, which its units send to the console too."""
    extra = f" {json.dumps(fields)}" if fields else ""
    return Line(at, f"[{at:12.6f}] nodeadm[1583]: {level} {message}{extra}")


def sdk(at: float, text: str) -> Line:
    """A line that the AWS SDK inside nodeadm writes about its retries."""
    return Line(at, f"[{at:12.6f}] nodeadm[1583]: SDK DEBUG {text}")


def bottlerocket(at: float, program: str, text: str) -> Line:
    """A line of one of Bottlerocket's own programs."""
    return Line(at, f"[{at:12.6f}] {program}[1203]: {text}")


def kubelet(at: float, text: str) -> Line:
    """A line of kubelet's journal."""
    return Line(at, f"[{at:12.6f}] kubelet[1912]: {text}")


def containerd(at: float, text: str) -> Line:
    """A line of containerd's journal."""
    return Line(at, f"[{at:12.6f}] containerd[1874]: {text}")


def beginning(machine: Machine, dhcp: DhcpOptions) -> list[Line]:
    """What every boot begins with. The system's own name has the domain of the DHCP options, if they have one."""
    if machine.bottlerocket:
        return _bottlerocket_beginning(machine)
    name, _, domain = machine.private_dns_name.partition(".")
    # Linux takes several domains for one (VPC user guide, DHCP option sets).
    hostname = f"{name}.{dhcp.domain_name.replace(' ', '') or domain}"
    minor = machine.kubelet_version.removeprefix("v").rsplit(".", 1)[0]
    made_by_eks = f" (EKS AMI {minor} {machine.ami_release})" if machine.ami_release else ""
    return [
        Line(0.0, f"[{0.0:12.6f}] Linux version 6.12.73-95.123.amzn2023.x86_64 (mockbuild@ip-10-0-33-179)"),
        Line(0.4, f"[{0.4:12.6f}] DMI: Amazon EC2 {machine.instance_type}/, BIOS 1.0 10/16/2017"),
        systemd(2.1, "Detected virtualization amazon."),
        systemd(2.1, f"Hostname set to <{hostname}>."),
        Line(3.9, f"[{3.9:12.6f}] Amazon Linux 2023{made_by_eks}"),
        systemd(6.8, "Started systemd-networkd.service - Network Configuration."),
    ]


def _bottlerocket_beginning(machine: Machine) -> list[Line]:
    minor = machine.kubelet_version.removeprefix("v").rsplit(".", 1)[0]
    release = machine.bottlerocket.partition("-")[0]
    return [
        Line(0.0, f"[{0.0:12.6f}] Linux version 6.12.66 (builder@buildkitsandbox)"),
        Line(0.4, f"[{0.4:12.6f}] DMI: Amazon EC2 {machine.instance_type}/, BIOS 1.0 10/16/2017"),
        systemd(1.3, "Detected virtualization amazon."),
        systemd(1.4, f"Welcome to Bottlerocket OS {release} (aws-k8s-{minor})!"),
    ]


def quoted(text: str) -> str:
    """The text in quotes, as structured logs quote it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
