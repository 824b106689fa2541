"""Proxies that scripts in the user data give to services, as far as one can read them without running them. Pure.

cloud-init runs boothooks and scripts after nodeadm-config and before nodeadm-run (awslabs/amazon-eks-ami, units of
systemd). To kubelet or containerd only a drop-in for its unit brings variables; /etc/environment alone is for logins.
"""

import re
from collections.abc import Iterable, Mapping

SERVICES = ("kubelet", "containerd")
_ASSIGNED = re.compile(r"\b(https?_proxy|no_proxy)=[\"']?([^\s\"';]*)", re.IGNORECASE)


def drop_ins(scripts: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """The proxy's variables by the service that gets them; a URL that only the shell would know is left out."""
    found: dict[str, dict[str, str]] = {}
    for script in scripts:
        values = {
            name: value
            for name, value in _ASSIGNED.findall(script)
            if value and (name.lower() == "no_proxy" or "$" not in value)
        }
        for service in SERVICES:
            if f"{service}.service.d" in script and any(name.lower() != "no_proxy" for name in values):
                found.setdefault(service, {}).update(values)
    return found
