"""User data, images and proxies that end a boot, one at a time."""

from dataclasses import replace

from boot_cases import (
    AROUND,
    NOTHING_DIRECT,
    REGION,
    SETTINGS,
    THROUGH,
    Failure,
    bottlerocket,
    document,
    machine,
    mime,
    node_config,
    proxied,
    with_premises,
    without,
)

from wizard.practice.boot.snapshot import Machine

HOOK = "#!/bin/bash\nPROXY=http://10.0.9.9:3128\necho HTTPS_PROXY=$PROXY >> /etc/environment\n"


def scripted(script: str, *, release: str = "v20260714") -> Machine:
    """The machine with a boothook beside its NodeConfig."""
    return machine(user_data=mime(document(), cloud_boothook=script), ami_release=release)


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


FAILURES = [*USER_DATA, *PROXIES]
