"""NO_PROXY of the nodes: computed from the target, never typed."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# IMDS and the EKS Pod Identity agent answer on the node itself. Go reads an IPv6 address here without brackets.
_ON_THE_NODE = ("localhost", "127.0.0.1", "169.254.169.254", "fd00:ec2::254", "169.254.170.23", "fd00:ec2::23")
_IN_THE_CLUSTER = (".internal", ".svc", ".cluster.local")

_USER = re.compile(r"^([a-z0-9]+://)?\S*@", re.IGNORECASE)
_PLACE = re.compile(r"(\[[^\]/]*\]|[^:/]*)(?::(\d{1,5}))?")

# These would send services direct that have no endpoint, and so to a timeout.
_TOO_BROAD = frozenset({"*", ".", ".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".com", ".aws", ".cn"})


def no_proxy(
    *,
    vpc_cidrs: Iterable[str],
    service_cidr: str,
    private_dns_names: Iterable[str],
    s3_gateway: bool,
    region: str,
    site: Iterable[str] = (),
) -> tuple[str, ...]:
    """The entries of NO_PROXY, in a fixed order, in lower case and each once.

    ``private_dns_names`` are the PrivateDnsNames that AWS gives for every interface endpoint in the target
    (``*.dkr.ecr.…`` becomes ``.dkr.ecr.…``, which tools that do not know ``*`` read too). The S3 gateway has no such
    name, and its traffic goes to public addresses, so ``s3.`` and ``.s3.`` of the region stand for it.
    ``.eks.amazonaws.com`` is every cluster's endpoint, and not the EKS API, which is ``eks.<region>.amazonaws.com``.
    What is ``too_broad`` is left out, whoever asks for it.
    """
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    entries = (
        *_ON_THE_NODE,
        *vpc_cidrs,
        service_cidr,
        *_IN_THE_CLUSTER,
        f".eks.{suffix}",
        *private_dns_names,
        *((f"s3.{region}.{suffix}", f".s3.{region}.{suffix}") if s3_gateway else ()),
        *site,
    )
    kept = (_plain(entry) for entry in entries if not too_broad(entry))
    return tuple(dict.fromkeys(entry for entry in kept if entry))


def too_broad(entry: str) -> bool:
    """Whether an entry would send all of AWS, or everything, past the proxy (eks-wizard leaves such a one out)."""
    plain = _plain(entry)
    return bool(plain) and (plain in _TOO_BROAD or f".{plain}" in _TOO_BROAD or plain in ("0.0.0.0/0", "::/0"))


def goes_direct(host: str, entries: Iterable[str], port: int = 443) -> bool:
    """Whether Go (kubelet, containerd, nodeadm, the CNI) reaches ``host`` without the proxy.

    ``host`` is a name or an address without brackets, as in a URL. The rules are those of
    golang.org/x/net/http/httpproxy: a name is never resolved, so a CIDR matches written addresses only; ``x.y``
    matches itself and what ends in ``.x.y``, ``.x.y`` and ``*.x.y`` only the latter; an entry may name one port;
    ``*`` alone is everything; localhost and loopback addresses always go direct.
    """
    host = host.strip().lower()
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    return any(_matches(entry.strip().lower(), host, address, str(port)) for entry in entries)


def of_environment(environment: Mapping[str, str]) -> tuple[str | None, tuple[str, ...]]:
    """Host and port of the proxy that Go takes for https:// from these variables, and the entries of NO_PROXY.

    Upper case goes before lower case, and ALL_PROXY is not read (golang.org/x/net/http/httpproxy, FromEnvironment). A
    user's name and password are left out.
    """
    proxy, exempt = (environment.get(name) or environment.get(name.lower(), "") for name in ("HTTPS_PROXY", "NO_PROXY"))
    place = proxy.strip().rstrip("/").rpartition("@")[2].rpartition("//")[2]
    return place or None, tuple(part for entry in exempt.split(",") if (part := entry.strip()))


def host_and_port(url: str) -> tuple[str, int]:
    """Where a URL leads, as far as it says so, in small letters; what can't be a host or a port is left out."""
    scheme, _, place = without_password(url).rpartition("://")
    found = _PLACE.match(place)
    host, port = (found[1].strip("[]").lower(), found[2]) if found else ("", "")
    return host, int(port or 0) or {"https": 443, "socks5": 1080}.get(scheme.lower(), 80)


def without_password(url: str) -> str:
    """The URL without the user and the password in it."""
    return _USER.sub(r"\1", url.strip())


def ends_like(host: str, entries: Iterable[str]) -> bool:
    """Whether a host name ends like an entry, or one is ``*``: so does Bottlerocket's pluto read no-proxy.

    Source: bottlerocket-core-kit, sources/api/pluto/src/proxy.rs.
    """
    plain = [entry.strip() for entry in entries]
    return any(entry == "*" or (entry and host.endswith(entry)) for entry in plain)


def python_goes_direct(host: str, entries: Iterable[str]) -> bool:
    """Whether Python (urllib, and so botocore and the aws command) reaches ``host`` without the proxy.

    An entry is a name or the end of one; networks and ports mean nothing to it.
    """
    plain = [entry.strip().lstrip(".") for entry in entries]
    return plain == ["*"] or any(entry and (host == entry or host.endswith(f".{entry}")) for entry in plain)


def _plain(entry: str) -> str:
    entry = entry.strip().lower()
    return entry[1:] if entry.startswith("*.") else entry


def _matches(entry: str, host: str, address: IPv4Address | IPv6Address | None, port: str) -> bool:
    if entry == "*":
        return True
    network = _network(entry)
    if network is not None:
        return address is not None and address in network
    name, only_port = _split_port(entry)
    if not name or only_port not in (None, port):
        return False
    written = _address(name)
    if written is not None or address is not None:
        return written == address
    name = name[1:] if name.startswith("*.") else name
    if name.startswith("."):
        return host.endswith(name)
    return host == name or host.endswith(f".{name}")


def _split_port(entry: str) -> tuple[str, str | None]:
    """Host and port as Go's net.SplitHostPort tells them apart; what it cannot split is all host."""
    if entry.startswith("["):
        inside, bracket, port = entry[1:].partition("]:")
        return (inside, port) if bracket and ":" not in port else (entry, None)
    host, colon, port = entry.rpartition(":")
    return (host, port) if colon and ":" not in host else (entry, None)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    # Go holds ::ffff:a.b.c.d and a.b.c.d for the same address.
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _network(text: str) -> IPv4Network | IPv6Network | None:
    if "/" not in text:
        return None
    try:
        # ip_network also takes a netmask after the slash; Go takes a length only.
        return ip_network(text, strict=False) if text.partition("/")[2].isdecimal() else None
    except ValueError:
        return None
