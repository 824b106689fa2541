"""The name servers that a VPC's DHCP options hand out. Pure."""

from collections.abc import Iterable
from ipaddress import ip_network

# Amazon's resolver in every VPC. Instances of a VPC without any DHCP option set ask it by this address (VPC user guide,
# "DHCP option set concepts", for instances on Nitro).
LINK_LOCAL = "169.254.169.253"
# The same by IPv6.
LINK_LOCAL_6 = "fd00:ec2::253"


def is_amazons(server: str, cidrs: Iterable[str]) -> bool:
    """Whether a name server is Amazon's: it also answers two above the first address of each of the VPC's CIDRs."""
    return server in ("AmazonProvidedDNS", LINK_LOCAL, LINK_LOCAL_6, *(str(ip_network(cidr)[2]) for cidr in cidrs))
