"""The VPC step's cases of a VPC that the company made."""

from dataclasses import replace
from typing import Any

from article_facts import CLUSTER, EMPTY, FINISHED, GATEWAY, HIDDEN, MAIN_TABLE, SUBNETS, TABLE, VPC, changed
from step_cases import USED_VPC, Findings, Plans

from wizard.facts import AclEntry, Facts, NetworkAcl, PrefixList, Route, Unknown, Zone

SHARED = tuple(
    replace(one, tags={"kubernetes.io/role/internal-elb": "1", "kubernetes.io/cluster/eksCluster": "shared"})
    for one in SUBNETS
)
CONNECTED = (USED_VPC[0].replace("}", ", connect: {vpn_gateway: vgw-00000000000000001}}"),)


def adopted(**fields: Any) -> Facts:
    """A VPC of the company's in which everything is as nodes need it."""
    return changed(FINISHED, "vpc", **{"subnets": SHARED, **fields})


def acl(*passing: tuple[str, bool]) -> NetworkAcl:
    """An ACL of both subnets that lets these CIDRs pass, inwards or (True) outwards."""
    entries = (AclEntry(100 + n, out, True, "-1", None, cidr) for n, (cidr, out) in enumerate(passing))
    return NetworkAcl("acl-1", tuple(one.id for one in SUBNETS), tuple(entries))


def routed(destination: str, active: bool = True) -> Facts:
    """A VPC of the company's before the build, whose table leads to this, too."""
    routes = (*TABLE.routes, Route(destination, "tgw-00000000000000001", active))
    return changed(adopted(route_tables=(MAIN_TABLE, replace(TABLE, routes=routes))), "cluster", cluster=None)


ELB = "kubernetes.io/role/internal-elb"
EMPTY_ELB = {ELB: "", "kubernetes.io/cluster/eksCluster": "shared"}


PRIVATE = (("10.0.0.0/8", False), ("10.0.0.0/8", True))
S3 = PrefixList("pl-1", "com.amazonaws.ap-northeast-1.s3", ("52.216.0.0/15", "2600:1fa0::/40"))


def by_list(entries: str | Unknown) -> Facts:
    """A VPC of the company's that leads to the premises by a route to a prefix list."""
    route = Route("pl-2", "tgw-1", entries=(entries,) if isinstance(entries, str) else entries)
    return adopted(route_tables=(replace(MAIN_TABLE, routes=(*MAIN_TABLE.routes, route)),))


USED_SOUND = "VPC220 ok vpc.use.subnets"
DNS = "VPC222 ok vpc"

CHECKS = (
    Findings("a VPC that is not there", EMPTY, ("VPC214 stop vpc.use.id",), USED_VPC),
    Findings("a VPC of the company's", adopted(), (USED_SOUND, DNS), USED_VPC),
    Findings(
        "a subnet that is not there",
        adopted(subnets=SHARED[:1]),
        (DNS, "VPC203 stop vpc.use.subnets", "VPC226 stop vpc.use.subnets.1"),
        USED_VPC,
    ),
    Findings(
        "the premises are inside a VPC of the company's",
        adopted(vpc=replace(VPC, cidrs=("10.0.0.0/8",))),
        ("VPC207 stop site.on_premises_cidrs", USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "subnets of the company's have few addresses left",
        changed(
            adopted(subnets=(replace(SHARED[0], free_addresses=4), replace(SHARED[1], free_addresses=9))),
            "cluster",
            cluster=None,
        ),
        ("VPC211 stop vpc.use.subnets", "VPC212 warn vpc.use.subnets", USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "a subnet of the company's without room for an upgrade",
        adopted(subnets=(replace(SHARED[0], free_addresses=4), SHARED[1])),
        (USED_SOUND, DNS, "VPC271 note vpc"),
        USED_VPC,
    ),
    Findings(
        "a subnet of the company's that keeps load balancers out",
        adopted(subnets=(replace(SHARED[0], tags={**SHARED[0].tags, ELB: "0"}), replace(SHARED[1], tags=EMPTY_ELB))),
        (USED_SOUND, DNS, "VPC272 note vpc.use.subnets"),
        USED_VPC,
    ),
    Findings(
        "the services' addresses are routed to another network",
        routed("172.16.0.0/12"),
        (USED_SOUND, DNS, "VPC270 warn cluster.service_cidr"),
        USED_VPC,
    ),
    Findings(
        "the services' addresses are routed away, and the cluster stands",
        changed(routed("172.20.8.0/24"), "cluster", cluster=CLUSTER),
        (USED_SOUND, DNS, "VPC270 warn cluster.service_cidr"),
        USED_VPC,
    ),
    Findings("other addresses are routed away", routed("172.21.0.0/16"), (USED_SOUND, DNS), USED_VPC),
    Findings(
        "a route of the services' addresses that is a black hole",
        routed("172.20.0.0/16", active=False),
        (USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings("a route to a prefix list", routed("pl-63a5400a"), (USED_SOUND, DNS), USED_VPC),
    Findings("a default route leads to no certain network", routed("0.0.0.0/0"), (USED_SOUND, DNS), USED_VPC),
    Findings(
        "what the profile calls premises is told once",
        routed("172.16.0.0/12"),
        (USED_SOUND, DNS, "VPC209 warn cluster.service_cidr"),
        (*USED_VPC, "site.on_premises_cidrs=[10.0.0.0/16, 172.16.0.0/12]"),
    ),
    Findings(
        "an ACL that lets nothing in but from the VPC",
        adopted(network_acls=(acl(("10.110.0.0/16", False), ("0.0.0.0/0", True)),)),
        ("VPC227 stop vpc.use.subnets", "VPC227 stop vpc.use.subnets", USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "an ACL that lets everything pass",
        adopted(network_acls=(acl(("0.0.0.0/0", False), ("0.0.0.0/0", True)),)),
        (USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "an ACL that lets private addresses pass shuts S3 out",
        adopted(network_acls=(acl(*PRIVATE),), prefix_lists=(S3,)),
        ("VPC227 stop vpc.use.subnets", "VPC227 stop vpc.use.subnets", USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "an ACL that lets S3 pass, too",
        adopted(network_acls=(acl(*PRIVATE, ("52.216.0.0/15", False), ("52.216.0.0/15", True)),), prefix_lists=(S3,)),
        (USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "S3's addresses can't be looked at",
        adopted(network_acls=(acl(*PRIVATE),), prefix_lists=HIDDEN),
        (USED_SOUND, DNS, "VPC290 unknown vpc"),
        USED_VPC,
    ),
    Findings("the premises are in a prefix list of the company's", by_list("10.0.0.0/8"), (USED_SOUND, DNS), USED_VPC),
    Findings(
        "the premises are not in a prefix list of the company's",
        by_list("192.168.0.0/16"),
        ("VPC228 stop vpc.use.connect", USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "a prefix list of the company's can't be looked at",
        by_list(HIDDEN),
        (USED_SOUND, DNS, "VPC290 unknown vpc.use.connect"),
        USED_VPC,
    ),
    Findings(
        "an ACL that forbids the proxy",
        adopted(network_acls=(acl(("0.0.0.0/0", False), ("10.110.0.0/16", True)),)),
        ("VPC227 stop vpc.use.subnets", "VPC227 stop vpc.use.subnets", USED_SOUND, DNS),
        (*USED_VPC, "site.proxy.url=http://10.0.0.8:8080"),
    ),
    Findings(
        "no way back to the premises",
        adopted(route_tables=(replace(MAIN_TABLE, propagating=(GATEWAY.id,)),)),
        ("VPC228 stop vpc.use.connect", USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "a way to the internet does not lead to the premises",
        adopted(route_tables=(replace(MAIN_TABLE, routes=(*MAIN_TABLE.routes, Route("0.0.0.0/0", "nat-1"))),)),
        ("VPC228 stop vpc.use.connect", "VPC229 note vpc.use.subnets", USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "a default route to the transit gateway leads to the premises",
        adopted(route_tables=(replace(MAIN_TABLE, routes=(*MAIN_TABLE.routes, Route("0.0.0.0/0", "tgw-1"))),)),
        (USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "DNS attributes are off in a VPC of the company's",
        adopted(vpc=replace(VPC, dns_support=False, dns_hostnames=False)),
        ("VPC230 note vpc.use.id", USED_SOUND),
        USED_VPC,
    ),
    Findings(
        "subnets of the company's without Kubernetes' tags",
        adopted(subnets=SUBNETS),
        ("VPC231 note vpc.use.subnets", USED_SOUND, DNS),
        USED_VPC,
    ),
    Findings(
        "a route of the company's that is a black hole is not added to",
        adopted(route_tables=(replace(MAIN_TABLE, routes=(Route("10.0.0.0/16", GATEWAY.id, active=False),)),)),
        ("VPC219 stop vpc.use.connect", USED_SOUND, DNS),
        CONNECTED,
    ),
    Findings(
        "the company's VPC has another VPN gateway than the profile wants",
        adopted(route_tables=(MAIN_TABLE,), gateway=None, vpn_gateways=("vgw-00000000000000009",)),
        ("VPC232 note vpc.use.connect", "VPC234 stop vpc.use.connect.vpn_gateway", USED_SOUND, DNS),
        (USED_VPC[0].replace("}", ", connect: {vpn_gateway: create}}"),),
    ),
    Findings(
        "routes are added to a table of the company's",
        adopted(route_tables=(MAIN_TABLE,)),
        ("VPC232 note vpc.use.connect", USED_SOUND, DNS),
        CONNECTED,
    ),
    Findings(
        "a zone where EKS puts no control plane, in a VPC of the company's",
        replace(
            adopted(),
            account=replace(
                EMPTY.account, zones=(Zone("ap-northeast-1a", "use1-az3"), Zone("ap-northeast-1c", "use1-az4"))
            ),
        ),
        ("VPC205 stop vpc.use.subnets", DNS),
        USED_VPC,
    ),
    Findings(
        "ACLs can't be looked at", adopted(network_acls=HIDDEN), (USED_SOUND, DNS, "VPC290 unknown vpc"), USED_VPC
    ),
)

ATTACH = "vpc.vpn-gateway.attachment create ec2.AttachVpnGateway"
PLANS = (
    Plans("a VPC that is not there", EMPTY, (), USED_VPC),
    Plans("a VPC of the company's as nodes need it", adopted(), (), USED_VPC),
    Plans(
        "subnets of the company's without Kubernetes' tags",
        adopted(subnets=(SHARED[0], SUBNETS[1])),
        ("vpc.subnet-tags.subnet-00000000000000002 modify ec2.CreateTags",),
        USED_VPC,
    ),
    Plans(
        "DNS attributes are off in a VPC of the company's",
        adopted(vpc=replace(VPC, dns_support=False, dns_hostnames=False)),
        (
            "vpc.dns-support modify ec2.ModifyVpcAttribute",
            "vpc.dns-hostnames modify ec2.ModifyVpcAttribute < vpc.dns-support",
        ),
        USED_VPC,
    ),
    Plans(
        "no route in a table of the company's",
        adopted(route_tables=(MAIN_TABLE,)),
        ("vpc.route.rtb-000000000000000ff.10.0.0.0/16 create ec2.CreateRoute",),
        CONNECTED,
    ),
    Plans(
        "the gateway propagates a wider route",
        adopted(route_tables=(replace(MAIN_TABLE, routes=(*MAIN_TABLE.routes, Route("10.0.0.0/8", GATEWAY.id))),)),
        (),
        CONNECTED,
    ),
    Plans(
        "a gateway that is not attached to the company's VPC",
        adopted(route_tables=(MAIN_TABLE,), gateway=replace(GATEWAY, attached=None)),
        (ATTACH, "vpc.route.rtb-000000000000000ff.10.0.0.0/16 create ec2.CreateRoute < vpc.vpn-gateway.attachment"),
        CONNECTED,
    ),
)
