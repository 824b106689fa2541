"""Whether a program of a node goes through the proxy: each language has rules of its own.

Go's (golang.org/x/net/http/httpproxy) hold for nodeadm, kubelet and containerd, Python's (urllib.request's
proxy_bypass_environment, which botocore asks) for the aws command that makes kubelet's token, and Bottlerocket's pluto
has its own (bottlerocket-core-kit, sources/api/pluto/src/proxy.rs).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Proxy:
    """Where the proxy listens."""

    host: str
    port: int


def proxy_for(environment: Mapping[str, str], host: str, port: int = 443) -> Proxy | None:
    """The proxy that an HTTPS request to a host takes, or None when it goes direct."""
    url = environment.get("HTTPS_PROXY") or environment.get("https_proxy") or ""
    if not url or not _proxied(environment.get("NO_PROXY") or environment.get("no_proxy") or "", host, port):
        return None
    return _listening(url)


def for_pluto(environment: Mapping[str, str], host: str) -> Proxy | None:
    """The proxy that Bottlerocket's pluto takes to an AWS API: an entry is the end of a name, and "*" is all."""
    url = environment.get("HTTPS_PROXY", "")
    direct = [entry.strip() for entry in environment.get("NO_PROXY", "").split(",")]
    if not url or any(entry == "*" or (entry and host.endswith(entry)) for entry in direct):
        return None
    return _listening(url)


def metadata_is_proxied(environment: Mapping[str, str]) -> bool:
    """Whether a Python program asks the proxy for the instance metadata, which are http://169.254.169.254.

    Python knows no networks in NO_PROXY, and lower-case names count before upper-case ones.
    """
    url = environment.get("http_proxy") or environment.get("HTTP_PROXY") or ""
    direct = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    host = "169.254.169.254"
    if not url or direct == "*":
        return False
    entries = (entry.strip().lstrip(".") for entry in direct.split(","))
    return not any(entry and (host == entry or host.endswith(f".{entry}")) for entry in entries)


def _listening(url: str) -> Proxy | None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        listening = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    return Proxy(parts.hostname, listening or {"https": 443, "socks5": 1080}.get(parts.scheme, 80))


def _proxied(no_proxy: str, host: str, port: int) -> bool:
    host = host.strip().lower().rstrip(".")
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return False
    return not any(_covers(entry.strip().lower(), host, port) for entry in no_proxy.split(","))


def _covers(entry: str, host: str, port: int) -> bool:
    if entry in ("", "*"):
        return entry == "*"
    address = _address(host)
    network = _network(entry)
    if network is not None:
        return address is not None and address in network
    name, colon, digits = entry.rpartition(":")
    if colon and digits.isdigit() and _address(entry) is None:
        if int(digits) != port:
            return False
        entry = name
    entry = entry.strip("[]")
    if _address(entry) is not None:
        return _address(entry) == address
    domain = entry.removeprefix("*")
    return host.endswith(domain) if domain.startswith(".") else host == domain or host.endswith(f".{domain}")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    if "/" not in text:
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
