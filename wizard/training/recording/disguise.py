"""Other names and addresses for those of a company, each always the same and each relation between them kept. Pure."""

import hashlib
import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from typing import Final

ACCOUNT: Final = "123456789012"
REGION: Final = "ap-northeast-1"
# The zones of that region that the practice account has.
ZONES: Final = tuple(f"{REGION}{letter}" for letter in "acd")
# Networks that keep their first bits: what is private stays so, and what is AWS's or everybody's is nobody's secret.
_KEPT: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")))
_EVERYBODYS: Final = tuple(map(IPv4Network, ("127.0.0.0/8", "169.254.0.0/16")))
_PUBLIC_BITS: Final = 8
# Parts of host names that say nothing of a company.
_LABELS: Final = re.compile(
    r"amazonaws|aws|com|cn|api|dkr|ecr|ec2|s3|sts|eks|eks-auth|logs|autoscaling|elasticloadbalancing|ssm|ssmmessages|"
    r"ec2messages|kms|internal|local|svc|cluster|compute|localhost|\*|"
)
_REGIONS: Final = re.compile(r"[a-z]{2}(-[a-z]+){1,2}-\d")
_API: Final = re.compile(r"\.?[0-9a-z]+\.[0-9a-z]+\.[a-z0-9-]+\.eks\.amazonaws\.com(\.cn)?", re.IGNORECASE)


class Disguise:
    """``secret`` decides the addresses; without it they can't be led back."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._labels: dict[str, str] = {}
        self._zones: dict[str, str] = {}

    def zone(self, zone: str) -> str:
        """A zone of the practice account's region; further ones than it has are its last."""
        return self._zones.setdefault(zone, ZONES[min(len(self._zones), len(ZONES) - 1)])

    def cidr(self, cidr: str) -> str | None:
        """Another network of the same size; one inside of another stays so. None for what is no IPv4 network."""
        try:
            network = IPv4Network(cidr, strict=False)
        except (AddressValueError, NetmaskValueError, ValueError):
            return None
        length = network.prefixlen
        other = IPv4Address(self._mapped(int(network.network_address), length))
        return str(IPv4Network((other, length), strict=False))

    def address(self, address: str) -> str | None:
        """Another address; None for what is no IPv4 address."""
        found = self.cidr(f"{address}/32")
        return found.partition("/")[0] if found else None

    def host(self, name: str) -> str:
        """Another host name, with AWS's parts as they are: names under one domain stay under one."""
        if _API.fullmatch(name):
            # The cluster that is built has another name; all of them end so.
            return ".eks.amazonaws.com"
        return ".".join(self._label(label) for label in name.lower().split("."))

    def proxy(self, url: str) -> str:
        """The proxy's URL with another host; whatever else it holds but the port is left out."""
        found = re.fullmatch(r"(?:(https?)://)?(?:[^@/]*@)?([^@:/\s]+)(?::(\d{1,5}))?/?", url.strip(), re.IGNORECASE)
        if not found:
            return "http://name-0.internal:8080"
        scheme, host, port = found.groups()
        return f"{(scheme or 'http').lower()}://{self.address(host) or self.host(host)}:{port or 80}"

    def no_proxy(self, entries: str) -> str:
        """The entries of NO_PROXY, each by what it is."""
        return ",".join(self._entry(entry.strip()) for entry in entries.split(",") if entry.strip())

    def _entry(self, entry: str) -> str:
        if "/" in entry:
            return self.cidr(entry) or "fd00:ec2::254"
        return self.address(entry) or ("fd00:ec2::254" if entry.count(":") > 1 else self.host(entry.partition(":")[0]))

    def _label(self, label: str) -> str:
        if _LABELS.fullmatch(label):
            return label
        if _REGIONS.fullmatch(label):
            return REGION
        return self._labels.setdefault(label, f"name-{len(self._labels) + 1}")

    def _mapped(self, value: int, length: int) -> int:
        """The first ``length`` bits of an address, each flipped or not by what stands before it."""
        network = IPv4Network((value, length), strict=False)
        if any(network.subnet_of(one) for one in _EVERYBODYS):
            return value
        kept = next((one.prefixlen for one in _KEPT if network.subnet_of(one)), _PUBLIC_BITS)
        found = value
        for bit in range(kept, length):
            before = f"{bit}:{value >> (32 - bit)}".encode()
            flip = hashlib.blake2b(before, key=self._secret, digest_size=1).digest()[0] & 1
            found ^= flip << (31 - bit)
        return found
