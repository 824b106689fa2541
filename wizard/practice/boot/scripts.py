"""Proxies that the shell scripts of user data set, as far as a reader can tell without running them.

cloud-init runs boothooks and scripts, both after nodeadm-config and before nodeadm-run (amazon-eks-ami, systemd
units). What reaches kubelet or containerd is a drop-in for its unit that has the variables or reads a file of them;
/etc/environment alone and exported variables reach no service.
"""

import re
from collections.abc import Mapping

KINDS = ("text/cloud-boothook", "text/x-shellscript")
_ASSIGNMENT = re.compile(
    r"""(?:^|[\s"';])(?:export\s+)?(?!Environment=)([A-Za-z_][A-Za-z0-9_]*)="""
    r"""(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"';]*))""",
    re.MULTILINE,
)
_PROXY = re.compile(r"(?:https?|no)_proxy", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_SERVICES = ("kubelet", "containerd")


def environments(scripts: tuple[str, ...]) -> Mapping[str, Mapping[str, str]]:
    """What the scripts set, by the service that gets it; under the empty name what reaches none."""
    found: dict[str, dict[str, str]] = {}
    for script in scripts:
        given = _assigned(script)
        if not any(name.lower() in ("http_proxy", "https_proxy") for name in given):
            continue
        reached = [service for service in _SERVICES if ".service.d" in script and service in script]
        for service in reached or [""]:
            found.setdefault(service, {}).update(given)
    return found


def _assigned(script: str) -> dict[str, str]:
    """The variables of a proxy; a value that only the shell would know is left out."""
    values: dict[str, str] = {}
    for match in _ASSIGNMENT.finditer(script):
        name, value = match[1], next((group for group in match.groups()[1:] if group is not None), "")
        values[name] = _VARIABLE.sub(lambda variable: values.get(variable[1], variable[0]), value)
    return {
        name: value
        for name, value in values.items()
        if _PROXY.fullmatch(name) and (name.lower() == "no_proxy" or "$" not in value) and value
    }
