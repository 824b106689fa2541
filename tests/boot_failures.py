"""One thing wrong at a time: which rule ends the boot, at what, and in which words. Every rule has its cases."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from boot_cases import (
    ACCOUNT,
    ALL_OUT,
    ANYWHERE,
    AROUND,
    CLUSTER,
    ENDPOINT_GROUP,
    OTHER,
    PREMISES,
    REGION,
    ROLE,
    S3_CIDR,
    SETTINGS,
    SUBNET,
    TO_PREMISES,
    VPC,
    behind,
    bottlerocket,
    document,
    letting_out,
    machine,
    mime,
    node_config,
    policy,
    proxied,
    routed,
    with_cluster,
    with_endpoint,
    with_name_servers,
    with_premises,
    without,
)

from wizard.practice.boot.course import Step
from wizard.practice.boot.snapshot import (
    AccessEntry,
    AclEntry,
    Group,
    Machine,
    MappedRole,
    Role,
    Route,
    Rule,
    Surroundings,
)


@dataclass(frozen=True)
class Failure:
    """A boot that fails: where, by which rule, and some of the words of its reason."""

    name: str
    step: Step
    rule: str
    machine: Machine
    around: Surroundings
    says: str
    proxied: bool = False


def https(*cidrs: IPv4Network, **to: tuple[str, ...]) -> Rule:
    """A rule for port 443 alone."""
    return Rule("tcp", 443, 443, cidrs, **to)


def acl(*entries: tuple[bool, bool, IPv4Network, str, int, int]) -> Machine:
    """The machine behind an ACL of these lines: outward, allow, CIDR, protocol, first and last port."""
    return behind(
        *(
            AclEntry(100 + number, outward, allow, cidr, protocol, first, last)
            for number, (outward, allow, cidr, protocol, first, last) in enumerate(entries)
        )
    )


def scripted(script: str, *, release: str = "v20260714") -> Machine:
    """The machine with a boothook beside its NodeConfig."""
    return machine(user_data=mime(document(), cloud_boothook=script), ami_release=release)


ALL = (True, True, ANYWHERE, "-1", 0, 65535)
ALL_BACK = (False, True, ANYWHERE, "-1", 0, 65535)
NOTHING_DIRECT = ".eks.amazonaws.com,169.254.169.254"
BY_NAME = "http://proxy.example.internal:3128"
THROUGH = machine(user_data=proxied(NOTHING_DIRECT))
CLOSED = Group("sg-closed", egress=ALL_OUT)
FROM_OTHERS = Group("sg-others", ingress=(https(PREMISES), https(groups=("sg-nobody",))))
HOOK = "#!/bin/bash\nPROXY=http://10.0.9.9:3128\necho HTTPS_PROXY=$PROXY >> /etc/environment\n"
PATH_ROLE = replace(ROLE, arn=f"arn:aws:iam::{ACCOUNT}:role/eks/nodes/eksNodeRole")
OF_A_POD = Role(f"arn:aws:iam::{ACCOUNT}:role/cni", "AROA2", ("ec2:*",), trusted=("oidc-provider/oidc.eks/id/1",))
STARPORT = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"
OWN = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


def role(*allowed: str, **changes: object) -> Machine:
    """The machine with a role that may do only this."""
    return machine(role=replace(ROLE, allowed=allowed, **changes))  # type: ignore[arg-type]


def known_as(*entries: AccessEntry, **changes: object) -> Surroundings:
    """The surroundings with a cluster of other access entries."""
    return with_cluster(access_entries=entries, **changes)


def mapped(arn: str, mode: str = "CONFIG_MAP", **entry: object) -> Surroundings:
    """The surroundings with a cluster whose aws-auth maps this ARN."""
    if entry:
        others = (MappedRole(arn, **{"username": "system:node:x", "groups": ("system:nodes",), **entry}),)  # type: ignore[arg-type]
        return known_as(authentication_mode=mode, aws_auth_others=others)
    return known_as(authentication_mode=mode, aws_auth_roles=(arn,))


USER_DATA = [
    Failure("no EKS AMI", "image", "no-eks-image", machine(ami_release=""), AROUND, "no EKS AMI"),
    Failure("no metadata", "configuration", "metadata-off", machine(metadata=False), AROUND, "StatusCode: 403"),
    Failure("nothing", "configuration", "user-data-unreadable", machine(user_data=b""), AROUND, "json parse error"),
    Failure(
        "a shell script",
        "configuration",
        "user-data-unreadable",
        machine(user_data=mime(x_shellscript="#!/bin/sh\n/etc/eks/bootstrap.sh eksCluster")),
        AROUND,
        "could not find NodeConfig within UserData",
    ),
    *(
        Failure(f"no {field}", "configuration", "node-config-incomplete", machine(user_data=data), AROUND, says)
        for field, data, says in (
            ("name", node_config(name=""), "Name is missing"),
            ("endpoint", node_config(apiServerEndpoint=""), "Apiserver endpoint is missing"),
            ("CA", node_config(certificateAuthority=""), "Certificate authority is missing"),
            ("service CIDR", node_config(cidr=""), "CIDR is missing in cluster configuration"),
        )
    ),
    Failure(
        "a service CIDR that is text",
        "configuration",
        "service-cidr-unusable",
        machine(user_data=node_config(cidr="services")),
        AROUND,
        "invalid CIDR address: services",
    ),
    Failure(
        "settings that are none",
        "configuration",
        "settings-unreadable",
        bottlerocket("[settings"),
        AROUND,
        "Unable to parse user data as TOML",
    ),
    Failure(
        "settings without the cluster's name",
        "configuration",
        "settings-incomplete",
        bottlerocket(SETTINGS.replace("cluster-name", "cluster-domain")),
        AROUND,
        "Variable 'settings.kubernetes.cluster-name' not found",
    ),
]

NAMES = [
    Failure(
        "no DNS support",
        "ec2",
        "dns-support-off",
        machine(),
        replace(AROUND, dns_support=False),
        f"lookup ec2.{REGION}.amazonaws.com on 10.110.0.2:53: read udp 10.110.3.20:41583->10.110.0.2:53: i/o timeout",
    ),
    Failure(
        "no DNS hostnames", "ec2", "dns-hostnames-off", machine(), replace(AROUND, dns_hostnames=False), "dial tcp"
    ),
    Failure(
        "the company's name servers",
        "ec2",
        "other-name-server",
        machine(),
        with_name_servers("10.0.0.53"),
        "i/o timeout",
    ),
    Failure(
        "the company's name server first, Amazon's second",
        "ec2",
        "other-name-server",
        machine(),
        with_name_servers("10.0.0.53", "AmazonProvidedDNS"),
        "i/o timeout",
    ),
    Failure(
        "a name server in the VPC",
        "ec2",
        "other-name-server",
        machine(),
        with_name_servers("10.110.5.5"),
        "i/o timeout",
    ),
    Failure(
        "name servers without a way there",
        "ec2",
        "name-server-unreachable",
        routed(),
        with_name_servers("10.0.0.53"),
        "on 10.0.0.53:53: read udp",
    ),
    Failure(
        "name servers that no rule lets the node ask",
        "ec2",
        "name-server-unreachable",
        letting_out(https(ANYWHERE)),
        with_name_servers("10.0.0.53"),
        "on 10.0.0.53:53: read udp",
    ),
    Failure(
        "no name servers in the DHCP options", "ec2", "no-name-server", machine(), with_name_servers(), "misbehaving"
    ),
    Failure(
        "name servers that know the company alone",
        "ec2",
        "name-unknown",
        machine(),
        with_premises(with_name_servers("10.0.0.53"), public_names=False),
        "on 10.0.0.53:53: no such host",
    ),
    Failure(
        "the proxy's name, which nobody forwards",
        "ec2",
        "name-unknown",
        machine(user_data=proxied(NOTHING_DIRECT, BY_NAME)),
        with_premises(names_forwarded=False),
        "proxyconnect tcp: dial tcp: lookup proxy.example.internal on 10.110.0.2:53: no such host",
        proxied=True,
    ),
    Failure(
        "an endpoint that is pending",
        "ec2",
        "endpoint-not-available",
        machine(),
        with_endpoint("ec2", state="pending"),
        "i/o timeout",
    ),
    Failure(
        "an endpoint that failed",
        "manifest",
        "endpoint-not-available",
        machine(),
        with_endpoint("ecr.dkr", state="failed"),
        "failed to do request: Head",
    ),
    Failure(
        "a gateway endpoint that is being deleted",
        "layers",
        "endpoint-not-available",
        machine(),
        with_endpoint("s3", state="deleting"),
        "failed to do request: Get",
    ),
    Failure(
        "an endpoint without private DNS",
        "ec2",
        "private-dns-off",
        machine(),
        with_endpoint("ec2", private_dns=False),
        "i/o timeout",
    ),
    Failure(
        "an endpoint without a subnet",
        "ec2",
        "no-interface",
        machine(),
        with_endpoint("ec2", subnets=()),
        "no such host",
    ),
    Failure(
        "a cluster without a private endpoint",
        "cluster",
        "private-access-off",
        machine(),
        with_cluster(private_access=False, public_access=True),
        "i/o timeout",
    ),
    Failure(
        "a public and private cluster, asked elsewhere",
        "cluster",
        "other-name-server",
        machine(user_data=proxied("169.254.169.254,.eks.amazonaws.com")),
        replace(with_name_servers("10.0.0.53"), clusters=(replace(CLUSTER, public_access=True),)),
        "i/o timeout",
    ),
    Failure(
        "the name of a cluster that there is not",
        "cluster",
        "cluster-unknown",
        machine(user_data=node_config(apiServerEndpoint="https://X.gr7.eu-west-1.eks.amazonaws.com")),
        AROUND,
        "no such host",
    ),
]

ROUTES = [
    Failure("no ec2 endpoint", "ec2", "no-route", machine(), without("ec2"), "i/o timeout"),
    Failure("no s3 endpoint", "layers", "no-route", machine(), without("s3"), "starport-layer-bucket"),
    Failure("no ecr.dkr endpoint", "manifest", "no-route", machine(), without("ecr.dkr"), "failed to do request: Head"),
    Failure(
        "no ecr.api endpoint", "registry token", "no-route", machine(), without("ecr.api"), "no basic auth credentials"
    ),
    Failure(
        "the S3 gateway on another route table",
        "layers",
        "gateway-not-routed",
        machine(),
        with_endpoint("s3", route_tables=("rtb-2",)),
        "starport-layer-bucket",
    ),
    Failure(
        "a NAT gateway that is gone",
        "ec2",
        "no-route",
        routed(TO_PREMISES, Route(ANYWHERE, "blackhole")),
        without("ec2"),
        "i/o timeout",
    ),
    Failure(
        "an internet gateway without a public address",
        "ec2",
        "no-route",
        routed(TO_PREMISES, Route(ANYWHERE, "igw-1")),
        without("ec2"),
        "i/o timeout",
    ),
    Failure(
        "everything routed to the premises, which let nothing out",
        "ec2",
        "no-route",
        routed(Route(ANYWHERE, "tgw-1")),
        without("ec2"),
        "i/o timeout",
    ),
    Failure(
        "a proxy without a route",
        "ec2",
        "no-route",
        replace(THROUGH, subnet=replace(SUBNET, routes=SUBNET.routes[:1])),
        AROUND,
        "proxyconnect tcp: dial tcp 10.0.9.9:3128: i/o timeout",
        proxied=True,
    ),
    Failure(
        "a proxy behind a more precise route that is gone",
        "ec2",
        "no-route",
        replace(
            THROUGH,
            subnet=replace(SUBNET, routes=(*SUBNET.routes, Route(IPv4Network("10.0.9.0/24"), "blackhole"))),
        ),
        AROUND,
        "proxyconnect tcp: dial tcp 10.0.9.9:3128: i/o timeout",
        proxied=True,
    ),
    Failure(
        "premises that know no way back",
        "ec2",
        "no-way-back",
        THROUGH,
        with_premises(routes_back=False),
        "proxyconnect tcp: dial tcp 10.0.9.9:3128: i/o timeout",
        proxied=True,
    ),
    Failure(
        "a cluster in another VPC",
        "cluster",
        "no-route",
        machine(),
        with_cluster(subnets=tuple(replace(one, vpc="vpc-2", cidr=IPv4Network("10.120.0.0/24")) for one in (SUBNET,))),
        "dial tcp 10.120.0.",
    ),
    Failure(
        "a group's name beyond a transit gateway",
        "cluster",
        "ingress-refused",
        routed(TO_PREMISES, Route(IPv4Network("10.120.0.0/16"), "tgw-1")),
        with_cluster(subnets=(replace(SUBNET, vpc="vpc-2", cidr=IPv4Network("10.120.0.0/24")),)),
        "i/o timeout",
    ),
]

GROUPS = [
    Failure(
        "an endpoint group that is closed",
        "ec2",
        "ingress-refused",
        machine(),
        with_endpoint("ec2", groups=(CLOSED,)),
        "timeout",
    ),
    Failure(
        "an endpoint group for others",
        "manifest",
        "ingress-refused",
        machine(),
        with_endpoint("ecr.dkr", groups=(FROM_OTHERS,)),
        "i/o timeout",
    ),
    Failure(
        "an endpoint group for UDP",
        "ec2",
        "ingress-refused",
        machine(),
        with_endpoint("ec2", groups=(Group("sg", (Rule("17", 443, 443, (VPC,)),)),)),
        "i/o timeout",
    ),
    Failure(
        "a control plane that is closed",
        "cluster",
        "ingress-refused",
        machine(),
        with_cluster(groups=(CLOSED,)),
        "timeout",
    ),
    Failure(
        "a custom group, unknown to the cluster's (C43)",
        "cluster",
        "ingress-refused",
        machine(groups=(Group("sg-custom", egress=ALL_OUT),)),
        AROUND,
        "i/o timeout",
    ),
    Failure("no egress", "ec2", "egress-refused", letting_out(), AROUND, "i/o timeout"),
    Failure(
        "egress to the VPC, not to S3",
        "layers",
        "egress-refused",
        letting_out(https(VPC)),
        AROUND,
        "starport-layer-bucket",
    ),
    Failure(
        "egress to another prefix list than S3's",
        "layers",
        "egress-refused",
        letting_out(https(VPC), https(prefix_lists=("pl-2",))),
        AROUND,
        "starport-layer-bucket",
    ),
    Failure(
        "egress to the endpoints' group, not to the cluster's",
        "cluster",
        "egress-refused",
        letting_out(https(groups=(ENDPOINT_GROUP.id,))),
        AROUND,
        "i/o timeout",
    ),
    Failure(
        "egress that leaves the proxy out (C15)",
        "ec2",
        "egress-refused",
        replace(letting_out(https(ANYWHERE)), user_data=proxied(NOTHING_DIRECT)),
        AROUND,
        "proxyconnect tcp",
        proxied=True,
    ),
    Failure(
        "egress of ICMP alone",
        "ec2",
        "egress-refused",
        letting_out(Rule("icmp", 0, 65535, (ANYWHERE,))),
        AROUND,
        "timeout",
    ),
]

ACLS = [
    Failure(
        "answers are refused",
        "layers",
        "acl-refused",
        acl(ALL, (False, True, VPC, "-1", 0, 65535), (False, True, ANYWHERE, "6", 443, 443)),
        AROUND,
        "i/o timeout",
    ),
    Failure(
        "answers only to half of the client's ports",
        "layers",
        "acl-refused",
        acl(ALL, (False, True, VPC, "-1", 0, 65535), (False, True, ANYWHERE, "6", 49152, 65535)),
        AROUND,
        "i/o timeout",
    ),
    Failure(
        "a port in the middle that is refused",
        "layers",
        "acl-refused",
        acl(ALL, (False, False, ANYWHERE, "6", 40000, 40000), ALL_BACK),
        AROUND,
        "i/o timeout",
    ),
    Failure(
        "nothing to S3's addresses",
        "layers",
        "acl-refused",
        acl((True, False, S3_CIDR, "6", 443, 443), ALL, ALL_BACK),
        AROUND,
        "dial tcp 52.219.",
    ),
    Failure(
        "a first line that refuses what a later one allows",
        "ec2",
        "acl-refused",
        acl((True, False, OTHER.cidr, "6", 443, 443), ALL, ALL_BACK),
        with_endpoint("ec2", subnets=(OTHER,)),
        "i/o timeout",
    ),
    Failure(
        "the endpoint's own ACL",
        "ec2",
        "acl-refused",
        machine(),
        with_endpoint("ec2", subnets=(replace(OTHER, acl=(AclEntry(100, True, True, ANYWHERE),)),)),
        "i/o timeout",
    ),
    Failure(
        "the way to the proxy",
        "ec2",
        "acl-refused",
        replace(THROUGH, subnet=acl((True, True, VPC, "-1", 0, 65535), ALL_BACK).subnet),
        AROUND,
        "proxyconnect tcp",
        proxied=True,
    ),
]

PROXIES = [
    Failure(
        "a port that the proxy is not at",
        "ec2",
        "proxy-not-listening",
        THROUGH,
        with_premises(proxy_ports=(8080,)),
        "proxyconnect tcp: dial tcp 10.0.9.9:3128: connect: connection refused",
        proxied=True,
    ),
    Failure(
        "a proxy that refuses AWS",
        "ec2",
        "proxy-refuses",
        THROUGH,
        with_premises(proxy_refuses=(".amazonaws.com",)),
        f'Post "https://ec2.{REGION}.amazonaws.com/": Forbidden',
        proxied=True,
    ),
    Failure(
        "a proxy that refuses the registry",
        "manifest",
        "proxy-refuses",
        machine(user_data=proxied(f"{NOTHING_DIRECT},ec2.{REGION}.amazonaws.com,api.ecr.{REGION}.amazonaws.com")),
        with_premises(proxy_refuses=(f"dkr.ecr.{REGION}.amazonaws.com",)),
        "Forbidden",
        proxied=True,
    ),
    Failure(
        "a proxy that intercepts (C12)",
        "ec2",
        "proxy-intercepts",
        THROUGH,
        with_premises(proxy_intercepts=True),
        "x509: certificate signed by unknown authority",
        proxied=True,
    ),
    Failure(
        "the cluster through the proxy (C14)",
        "cluster",
        "private-through-proxy",
        machine(user_data=proxied(f"ec2.{REGION}.amazonaws.com")),
        AROUND,
        "Forbidden",
        proxied=True,
    ),
    Failure(
        "the metadata through the proxy (C14)",
        "token",
        "metadata-through-proxy",
        machine(user_data=node_config({"HTTP_PROXY": "http://10.0.9.9:3128", "NO_PROXY": "169.254.0.0/16"})),
        AROUND,
        "getting credentials: exec: executable aws failed with exit code 253",
    ),
    Failure(
        "an AMI that knows no environment",
        "ec2",
        "proxy-unsupported",
        replace(THROUGH, ami_release="v20250920"),
        without("ec2"),
        "dial tcp 52.",
    ),
    *(
        Failure(
            f"an AMI that sets it too late, {release}",
            "ec2",
            "proxy-too-late",
            replace(THROUGH, ami_release=release),
            without("ec2"),
            "dial tcp 52.",
        )
        for release in ("v20251007", "v20251016", "v20251023", "v20251112")
    ),
    Failure("a script that sets it (C13)", "ec2", "proxy-by-script", scripted(HOOK), without("ec2"), "dial tcp 52."),
    Failure(
        "a script that writes kubelet's drop-in, too late for nodeadm",
        "ec2",
        "proxy-by-script",
        scripted(HOOK + "cp x /etc/systemd/system/kubelet.service.d/proxy.conf"),
        without("ec2"),
        "dial tcp 52.",
    ),
    Failure(
        "a script that only writes /etc/environment",
        "registry token",
        "proxy-by-script",
        scripted(HOOK),
        without("ecr.api"),
        "no basic auth credentials",
    ),
    Failure(
        "a pod without the node's proxy",
        "network plugin's ec2",
        "proxy-not-for-pods",
        THROUGH,
        without("ec2"),
        "dial tcp 52.",
    ),
    Failure(
        "pluto has rules of its own",
        "ec2",
        "no-route",
        bottlerocket(
            f'{SETTINGS}[settings.network]\nhttps-proxy = "http://10.0.9.9:3128"\nno-proxy = ["zonaws.com"]\n'
        ),
        without("ec2"),
        "pluto: Error describing instance",
    ),
]

ALLOWED = [
    Failure("no instance profile", "ec2", "no-instance-profile", machine(role=None), AROUND, "no EC2 IMDS role found"),
    Failure(
        "a role that EC2 may not take on",
        "ec2",
        "no-instance-profile",
        machine(role=replace(ROLE, trusted=("eks.amazonaws.com",))),
        AROUND,
        "no EC2 IMDS role found",
    ),
    Failure(
        "no instance profile, and no call to EC2",
        "token",
        "no-instance-profile",
        machine(role=None, user_data=mime(document(featureGates={"InstanceIdNodeName": True}))),
        AROUND,
        "exit code 253",
    ),
    Failure(
        "no worker policy",
        "ec2",
        "role-refused",
        role("ecr:*"),
        AROUND,
        "is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows",
    ),
    Failure(
        "an explicit deny",
        "ec2",
        "role-refused",
        role("*", policies=(policy({"Effect": "Deny", "Action": "ec2:Describe*"}),)),
        AROUND,
        "with an explicit deny in an identity-based policy",
    ),
    Failure(
        "a boundary",
        "ec2",
        "role-refused",
        role("*", boundary=policy({"Action": "ecr:*"})),
        AROUND,
        "because no permissions boundary allows",
    ),
    Failure("no ECR policy", "registry token", "role-refused", role("ec2:*"), AROUND, "no basic auth credentials"),
    Failure(
        "a token, and nothing to do with it",
        "manifest",
        "role-refused",
        role("ec2:*", "ecr:GetAuthorizationToken"),
        AROUND,
        "unexpected status from HEAD request",
    ),
    Failure(
        "no CNI policy",
        "network plugin's ec2",
        "role-refused",
        role("ec2:Describe*", "ecr:*"),
        AROUND,
        "operation error EC2: CreateTags, https response error StatusCode: 403, api error UnauthorizedOperation",
    ),
    Failure(
        "the ec2 endpoint's policy",
        "ec2",
        "endpoint-refused",
        machine(),
        with_endpoint("ec2", policy=policy({"Action": "ec2:RunInstances"})),
        "because no VPC endpoint policy allows the ec2:DescribeInstances action",
    ),
    Failure(
        "the ec2 endpoint's policy, for the CNI alone",
        "network plugin's ec2",
        "endpoint-refused",
        machine(),
        with_endpoint("ec2", policy=policy({"Action": "ec2:Describe*"})),
        "because no VPC endpoint policy allows the ec2:CreateTags action",
    ),
    Failure(
        "the ec2 endpoint's policy, for another role",
        "ec2",
        "endpoint-refused",
        machine(),
        with_endpoint(
            "ec2", policy=policy({"Action": "*", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}})
        ),
        "because no VPC endpoint policy",
    ),
    Failure(
        "an endpoint policy that denies",
        "registry token",
        "endpoint-refused",
        machine(),
        with_endpoint("ecr.api", policy=policy({"Action": "*"}, {"Effect": "Deny", "Action": "ecr:Get*"})),
        "no basic auth credentials",
    ),
    Failure(
        "an endpoint policy for one's own repositories",
        "manifest",
        "endpoint-refused",
        machine(),
        with_endpoint(
            "ecr.dkr", policy=policy({"Action": "*", "Resource": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*"})
        ),
        "403 Forbidden",
    ),
    Failure(
        "an S3 policy without the layers' bucket (C05)",
        "layers",
        "endpoint-refused",
        machine(),
        with_endpoint("s3", policy=policy({"Action": "s3:*", "Resource": "arn:aws:s3:::own/*"})),
        "403 Forbidden",
    ),
    Failure(
        "an S3 policy for one's own account",
        "layers",
        "endpoint-refused",
        machine(),
        with_endpoint("s3", policy=policy({"Action": "s3:*", "Condition": OWN})),
        "403 Forbidden",
    ),
    Failure(
        "an S3 policy that denies what is of other accounts",
        "layers",
        "endpoint-refused",
        machine(),
        with_endpoint(
            "s3",
            policy=policy(
                {"Action": "*"},
                {
                    "Effect": "Deny",
                    "Action": "*",
                    "Condition": {"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}},
                },
            ),
        ),
        "403 Forbidden",
    ),
    Failure(
        "a service account's role, and no sts endpoint (C36)",
        "sts",
        "no-route",
        machine(),
        with_cluster(network_plugin_role=OF_A_POD),
        "AssumeRoleWithWebIdentity",
    ),
    Failure(
        "a service account's role that trusts nobody",
        "sts",
        "service-account-not-trusted",
        routed(TO_PREMISES, Route(ANYWHERE, "nat-1")),
        with_cluster(network_plugin_role=replace(OF_A_POD, trusted=("ec2.amazonaws.com",))),
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ),
    Failure(
        "a service account's role that may do nothing",
        "network plugin's ec2",
        "role-refused",
        routed(TO_PREMISES, Route(ANYWHERE, "nat-1")),
        with_cluster(network_plugin_role=replace(OF_A_POD, allowed=())),
        "ec2:DescribeNetworkInterfaces",
    ),
]

IDENTITY = [
    Failure(
        "another cluster's CA",
        "cluster",
        "certificate-mismatch",
        machine(user_data=node_config(certificateAuthority="bm8=")),
        AROUND,
        "x509: certificate signed by unknown authority",
    ),
    Failure(
        "another cluster's name",
        "authentication",
        "wrong-cluster-name",
        machine(user_data=node_config(name="other")),
        AROUND,
        "Unauthorized",
    ),
    Failure("no access entry", "authentication", "role-not-mapped", machine(), known_as(), "Unauthorized"),
    Failure(
        "an entry in mode CONFIG_MAP",
        "authentication",
        "role-not-mapped",
        machine(),
        with_cluster(authentication_mode="CONFIG_MAP"),
        "Unauthorized",
    ),
    Failure(
        "the instance profile's ARN in aws-auth",
        "authentication",
        "role-not-mapped",
        machine(),
        mapped(ROLE.arn.replace(":role/", ":instance-profile/")),
        "Unauthorized",
    ),
    Failure(
        "a role made again",
        "authentication",
        "role-recreated",
        machine(),
        known_as(AccessEntry(ROLE.arn, "EC2_LINUX", "AROA0")),
        "Unauthorized",
    ),
    Failure(
        "aws-auth in mode API", "authentication", "aws-auth-ignored", machine(), mapped(ROLE.arn, "API"), "Unauthorized"
    ),
    Failure(
        "the path of the role in aws-auth",
        "authentication",
        "aws-auth-path",
        machine(role=PATH_ROLE),
        mapped(PATH_ROLE.arn),
        "Unauthorized",
    ),
    Failure(
        "an entry of type STANDARD",
        "authorization",
        "not-a-node",
        machine(),
        known_as(AccessEntry(ROLE.arn, "STANDARD")),
        'cannot create resource "nodes"',
    ),
    Failure(
        "a STANDARD entry before a right aws-auth",
        "authorization",
        "not-a-node",
        machine(),
        known_as(
            AccessEntry(ROLE.arn, "STANDARD"),
            authentication_mode="API_AND_CONFIG_MAP",
            aws_auth_roles=(ROLE.arn,),
        ),
        'cannot create resource "nodes"',
    ),
    Failure(
        "aws-auth without the nodes' group",
        "authorization",
        "not-a-node",
        machine(),
        mapped(ROLE.arn, username="system:node:{{EC2PrivateDNSName}}", groups=("system:bootstrappers",)),
        'cannot create resource "nodes"',
    ),
    Failure(
        "aws-auth with another user name",
        "authorization",
        "node-name-refused",
        machine(),
        mapped(ROLE.arn, username="system:node:{{SessionName}}"),
        'is forbidden: node "i-0123456789abcdef0" is not allowed to modify node "ip-10-110-3-20',
    ),
    Failure(
        "the instance's id as name, and an entry of type EC2_LINUX",
        "authorization",
        "node-name-refused",
        machine(user_data=mime(document(featureGates={"InstanceIdNodeName": True}))),
        AROUND,
        'nodes "i-0123456789abcdef0" is forbidden',
    ),
    Failure(
        "a name given by hand",
        "authorization",
        "node-name-refused",
        machine(user_data=mime(document(kubelet={"flags": ["--hostname-override=node-1"]}))),
        AROUND,
        'nodes "node-1" is forbidden',
    ),
    Failure(
        "a name given by hand, in settings",
        "authorization",
        "node-name-refused",
        bottlerocket(f'{SETTINGS}hostname-override = "node-1"\n'),
        AROUND,
        'nodes "node-1" is forbidden',
    ),
    Failure(
        "no network plugin",
        "network plugin",
        "no-network-plugin",
        machine(),
        with_cluster(network_plugin=False),
        "network plugin",
    ),
]

FAILURES = [*USER_DATA, *NAMES, *ROUTES, *GROUPS, *ACLS, *PROXIES, *ALLOWED, *IDENTITY]
