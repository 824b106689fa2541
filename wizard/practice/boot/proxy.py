"""Whether a Go program goes through the proxy: the rules of golang.org/x/net/http/httpproxy, which nodeadm, kubelet
and containerd all follow."""

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
