"""One boot of a node, from user data to Ready: what AL2023's nodeadm, kubelet, containerd and the CNI do in turn."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

from wizard.practice.boot import bottlerocket, console, node_config
from wizard.practice.boot.console import Line
from wizard.practice.boot.node_config import NodeConfig
from wizard.practice.boot.packets import request
from wizard.practice.boot.snapshot import Cluster, Machine, Surroundings

Outcome = Literal["never appears", "NotReady", "Ready"]

# The registries of the EKS images, by region; everywhere else the default (EKS user guide, add-ons-images).
_REGISTRIES = {
    "af-south-1": "877085696533",
    "ap-east-1": "800184023465",
    "ap-south-2": "900889452093",
    "ap-southeast-3": "296578399912",
    "ap-southeast-4": "491585149902",
    "ca-west-1": "761377655185",
    "cn-north-1": "918309763551",
}
_DEFAULT_REGISTRY = "602401143452"
_NOT_INITIALIZED = (
    '"Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady '
    'message:Network plugin returns error: cni plugin not initialized"'
)


@dataclass(frozen=True)
class Boot:
    """How a boot ends.

    ``reason`` says in one line what decided it, empty when Ready. ``step`` is what the node was at when it ended and
    ``rule`` the name in ``rules.RULES`` of what ended it, both empty when Ready; ``proxied`` tells that it was on the
    way through the proxy. ``flaws`` are the rules that do not keep the node from being Ready, and trouble it later.
    ``registered_at`` and ``ready_at`` are AWS seconds after the instance started running, None for never;
    ``gave_up_at`` is when nodeadm stopped trying. ``cluster`` is the cluster it registered with, as ``node_name``.
    """

    outcome: Outcome
    reason: str
    log: tuple[Line, ...]
    cluster: str = ""
    max_pods: int = 0
    registered_at: float | None = None
    ready_at: float | None = None
    gave_up_at: float | None = None
    node_name: str = ""
    step: str = ""
    rule: str = ""
    proxied: bool = False
    flaws: tuple[str, ...] = ()

    @property
    def console(self) -> tuple[str, ...]:
        """The whole console log."""
        return tuple(line.text for line in self.log)

    def console_until(self, seconds: float) -> tuple[str, ...]:
        """The console log as it stands so many AWS seconds after the instance started running."""
        return tuple(line.text for line in self.log if line.at <= seconds)


class _StoppedError(Exception):
    """The boot goes no further; the text is the reason."""


def boot(machine: Machine, surroundings: Surroundings) -> Boot:
    """What becomes of the machine, and what its console says. Pure: the same snapshot gives the same boot."""
    return _Sequence(machine, surroundings).run()


class _Sequence:
    def __init__(self, machine: Machine, surroundings: Surroundings) -> None:
        self.machine = machine
        self.surroundings = surroundings
        self.log = console.beginning(machine)
        self.registered_at: float | None = None
        self.gave_up_at: float | None = None
        self.cluster: Cluster | None = None
        self.max_pods = 0
        self.node_name = machine.private_dns_name
        # Machines are not all equally fast; the same one always is.
        self.slowness = sha256(machine.id.encode()).digest()[0] / 255 * 12

    def run(self) -> Boot:
        try:
            config = self.configure()
            self.join(config)
            self.start_network(config)
        except _StoppedError as stopped:
            return self.ended("NotReady" if self.registered_at is not None else "never appears", str(stopped))
        ready_at = 58.0 + self.slowness
        self.log.append(
            console.kubelet(ready_at, f'"Fast updating node status as it just became ready" node="{self.node_name}"')
        )
        return self.ended("Ready", "", ready_at)

    def ended(self, outcome: Outcome, reason: str, ready_at: float | None = None) -> Boot:
        return Boot(
            outcome,
            reason,
            tuple(sorted(self.log, key=lambda line: line.at)),
            self.cluster.name if self.cluster else "",
            self.max_pods,
            self.registered_at,
            ready_at,
            self.gave_up_at,
            self.node_name,
        )

    # nodeadm-config

    def configure(self) -> NodeConfig:
        """nodeadm-config: user data, EC2's description of the instance, validation."""
        machine, at = self.machine, 8.2
        if machine.bottlerocket:
            return self.apply_settings(at)
        if not machine.ami_release:
            raise _StoppedError("the image is no EKS AMI: there is no nodeadm on it")
        self.log += [
            console.systemd(at, "Starting nodeadm-config.service - EKS Nodeadm Config..."),
            console.nodeadm(at, "info", "init/init.go:53 Checking user is root.."),
            console.nodeadm(at, "info", "init/init.go:62 Loading configuration..", configSource=["imds://user-data"]),
        ]
        try:
            config = node_config.read(machine.user_data)
        except node_config.UnreadableError as error:
            raise self.nodeadm_failed(at + 0.3, str(error)) from error
        if self.proxy_is_early:
            self.environment_lines(config, at + 0.4)
        self.log.append(console.nodeadm(at + 0.5, "info", "init/init.go:156 Fetching instance details.."))
        if config.feature_gates.get("InstanceIdNodeName"):
            self.node_name = machine.id
        else:
            self.describe_instance(config, at + 0.5)
        self.log.append(console.nodeadm(at + 2.5, "info", "init/init.go:95 Validating configuration.."))
        if problem := node_config.missing(config):
            raise self.nodeadm_failed(at + 2.6, problem)
        if self.proxy_is_supported and not self.proxy_is_early:
            self.environment_lines(config, at + 2.7)
        self.max_pods = config.max_pods or (machine.interfaces * (machine.addresses_per_interface - 1) + 2)
        self.log += [
            console.nodeadm(at + 2.9, "info", "init/init.go:130 Configuring daemons..."),
            console.systemd(at + 3.4, "Finished nodeadm-config.service - EKS Nodeadm Config."),
        ]
        return config

    def apply_settings(self, at: float) -> NodeConfig:
        """Bottlerocket's way: early-boot-config reads user data, pluto asks EC2, thar-be-settings writes the files."""
        machine = self.machine
        self.log.append(console.bottlerocket(at, "early-boot-config", "User data found via IMDS"))
        try:
            config = bottlerocket.read(machine.user_data)
        except node_config.UnreadableError as error:
            raise self.settings_failed(at + 0.3, "early-boot-config", str(error)) from error
        host = f"ec2.{machine.region}.amazonaws.com"
        attempt = request(machine, self.surroundings, self.environment(config, "pluto"), host)
        denied = None if self.allowed("ec2:DescribeInstances") else "UnauthorizedOperation: You are not authorized"
        if problem := attempt.error or denied:
            raise self.settings_failed(
                at + 180, "sundog", f"Setting generator 'pluto private-dns-name' failed: DescribeInstances: {problem}"
            )
        if problem := bottlerocket.missing(config):
            raise self.settings_failed(at + 2.6, "thar-be-settings", problem)
        self.max_pods = config.max_pods or (machine.interfaces * (machine.addresses_per_interface - 1) + 2)
        self.log += [
            console.bottlerocket(at + 2.2, "sundog", "Successfully completed."),
            console.bottlerocket(at + 2.9, "thar-be-settings", "Rendering and writing configuration files..."),
        ]
        return config

    def settings_failed(self, at: float, program: str, error: str) -> _StoppedError:
        self.gave_up_at = at
        self.log += [
            console.bottlerocket(at, program, error),
            console.systemd(at + 0.1, f"{program}.service: Failed with result 'exit-code'."),
            console.systemd(at + 0.2, "Dependency failed for multi-user.target - Bottlerocket final boot."),
        ]
        return _StoppedError(error)

    @property
    def proxy_is_supported(self) -> bool:
        """spec.instance.environment came with v20251007 (amazon-eks-ami PR 2384)."""
        return self.machine.ami_release >= "v20251007"

    @property
    def proxy_is_early(self) -> bool:
        """Before v20251120 nodeadm's own EC2 calls did not get it (amazon-eks-ami PRs 2471 and 2489)."""
        return self.machine.ami_release >= "v20251120"

    def environment_lines(self, config: NodeConfig, at: float) -> None:
        for name, value in config.environment.get("default", {}).items():
            self.log.append(
                console.nodeadm(
                    at, "info", "system/environment.go:62 Set default environment variable", key=name, value=value
                )
            )

    def environment(self, config: NodeConfig, service: str) -> Mapping[str, str]:
        """The environment of a systemd service; DefaultEnvironment= is what its own drop-in overrides."""
        if not (self.proxy_is_supported or self.machine.bottlerocket):
            return {}
        return {**config.environment.get("default", {}), **config.environment.get(service, {})}

    def describe_instance(self, config: NodeConfig, at: float) -> None:
        region = self.machine.region
        host = f"ec2.{region}.amazonaws.com"
        environment = config.environment.get("default", {}) if self.proxy_is_early else {}
        attempt = request(self.machine, self.surroundings, environment, host)
        call = "operation error EC2: DescribeInstances"
        if attempt.error is None and self.allowed("ec2:DescribeInstances"):
            return
        if attempt.error is None:
            raise self.nodeadm_failed(
                at + 1,
                f"{call}, https response error StatusCode: 403, api error UnauthorizedOperation: You are not "
                "authorized to perform this operation.",
            )
        for number in range(2, 9):
            self.log.append(
                console.sdk(at + 30 * (number - 1), f"retrying request EC2/DescribeInstances, attempt {number}")
            )
        raise self.nodeadm_failed(
            at + 240,
            f"{call}, exceeded maximum number of attempts, 30, https response error StatusCode: 0, RequestID: , "
            f'request send failed, Post "https://{host}/": {attempt.error}',
        )

    def nodeadm_failed(self, at: float, error: str) -> _StoppedError:
        self.gave_up_at = at
        self.log += [
            console.nodeadm(at, "fatal", "cli/main.go:43 Command failed", error=error),
            console.systemd(at + 0.1, "nodeadm-config.service: Main process exited, code=exited, status=1/FAILURE"),
            console.systemd(at + 0.1, "nodeadm-config.service: Failed with result 'exit-code'."),
            console.systemd(at + 0.2, "Failed to start nodeadm-config.service - EKS Nodeadm Config."),
        ]
        return _StoppedError(error)

    def allowed(self, action: str) -> bool:
        role = self.machine.role
        return role is not None and any(fnmatchcase(action.lower(), pattern.lower()) for pattern in role.allowed)

    # kubelet

    def join(self, config: NodeConfig) -> None:
        """nodeadm-run: kubelet registers the node with the cluster that user data names."""
        at = 21.0 + self.slowness / 2
        self.log += (
            [console.systemd(at + 1.4, "Started kubelet.service - Kubelet.")]
            if self.machine.bottlerocket
            else [
                console.systemd(at, "Starting nodeadm-run.service - EKS Nodeadm Run..."),
                console.nodeadm(at + 0.2, "info", "init/init.go:205 Ensuring daemon is running..", name="containerd"),
                console.nodeadm(at + 0.9, "info", "init/init.go:205 Ensuring daemon is running..", name="kubelet"),
                console.systemd(at + 1.5, "Finished nodeadm-run.service - EKS Nodeadm Run."),
            ]
        )
        found = self.cluster_named_by(config.endpoint)
        endpoint = found.endpoint if found else config.endpoint.rstrip("/")
        url = f"{endpoint}/api/v1/nodes"
        host = urlsplit(endpoint).hostname or ""
        if found is None:
            raise self.not_registered(at + 3, f'Post "{url}": dial tcp: lookup {host}: no such host')
        attempt = request(self.machine, self.surroundings, self.environment(config, "kubelet"), host)
        if attempt.error is not None:
            raise self.not_registered(at + 3, f'Post "{url}": {attempt.error}')
        if config.certificate_authority != found.certificate_authority:
            raise self.not_registered(
                at + 3,
                f'Post "{url}": tls: failed to verify certificate: x509: certificate signed by unknown authority',
            )
        if config.name != found.name or not self.is_known_to(found):
            raise self.not_registered(at + 3, "Unauthorized")
        self.cluster = found
        self.registered_at = at + 4
        self.log.append(console.kubelet(at + 4, f'"Successfully registered node" node="{self.node_name}"'))

    def cluster_named_by(self, endpoint: str) -> Cluster | None:
        wanted = endpoint.rstrip("/").lower()
        for cluster in self.surroundings.clusters:
            if wanted in {known.rstrip("/").lower() for known in (cluster.endpoint, *cluster.aliases)}:
                return cluster
        return None

    def is_known_to(self, cluster: Cluster) -> bool:
        """The token that kubelet presents names the cluster and the role; the control plane maps the role."""
        role = self.machine.role
        if role is None:
            return False
        entry = next((entry for entry in cluster.access_entries if entry.principal_arn == role.arn), None)
        if cluster.authentication_mode != "CONFIG_MAP" and entry is not None:
            # An entry outlives its role: a role made again under the same name has another id.
            return entry.type == "EC2_LINUX" and entry.role_id in ("", role.id)
        # aws-auth cannot say a role's path: the ARN is compared without one.
        without_path = f"{role.arn.partition('/')[0]}/{role.arn.rpartition('/')[2]}"
        return cluster.authentication_mode != "API" and without_path in cluster.aws_auth_roles

    def not_registered(self, at: float, error: str) -> _StoppedError:
        for again in range(6):
            self.log.append(
                console.kubelet(
                    at + 7 * again,
                    f'"Unable to register node with API server" err="{error.replace(chr(34), chr(92) + chr(34))}" '
                    f'node="{self.node_name}"',
                )
            )
        return _StoppedError(f"kubelet cannot register the node: {error}")

    # images and the network plugin

    def start_network(self, config: NodeConfig) -> None:
        """The CNI's images are pulled and its daemon starts; until then the node is NotReady."""
        at = 31.0 + self.slowness / 2
        self.log.append(console.kubelet(at, _NOT_INITIALIZED))
        cluster = self.cluster
        if cluster is None or not cluster.network_plugin:
            raise self.not_ready(at, "nothing in the cluster puts a network plugin on its nodes")
        self.pull(config, "amazon-k8s-cni", at + 2)
        # aws-node is a pod: it has the node's network and none of the node's environment.
        host = f"ec2.{self.machine.region}.amazonaws.com"
        attempt = request(self.machine, self.surroundings, {}, host)
        if attempt.error is not None:
            raise self.not_ready(at + 20, self.probe_failed(at + 20, f'Post "https://{host}/": {attempt.error}'))
        if not self.allowed("ec2:CreateNetworkInterface"):
            raise self.not_ready(
                at + 20,
                self.probe_failed(
                    at + 20,
                    "operation error EC2: DescribeNetworkInterfaces, api error UnauthorizedOperation: You are not "
                    "authorized to perform this operation.",
                ),
            )

    def probe_failed(self, at: float, error: str) -> str:
        self.log += [
            console.kubelet(
                at,
                '"Probe failed" probeType="Readiness" pod="kube-system/aws-node-x7k2p" containerName="aws-node" '
                'probeResult="failure" output="timeout: failed to connect service \\":50051\\" within 5s"',
            ),
            console.kubelet(at + 0.1, f'"aws-node: ipamd: failed to start" err={json_text(error)}'),
        ]
        return f"aws-node cannot use EC2: {error}"

    def not_ready(self, at: float, reason: str) -> _StoppedError:
        self.log += [console.kubelet(at + 15 * again, _NOT_INITIALIZED) for again in range(1, 4)]
        return _StoppedError(reason)

    def pull(self, config: NodeConfig, image: str, at: float) -> None:
        region = self.machine.region
        registry = f"{_REGISTRIES.get(region, _DEFAULT_REGISTRY)}.dkr.ecr.{region}.amazonaws.com"
        reference = f"{registry}/{image}:v1.21.1-eksbuild.3"
        problem = (
            self.token_problem(config, reference, at)
            or self.manifest_problem(config, registry, image, reference)
            or self.layer_problem(config, reference)
        )
        if problem:
            self.log += [
                console.containerd(
                    at + 12,
                    f'level=error msg="PullImage {json_text(reference)[1:-1]} failed" error={json_text(problem)}',
                ),
                console.kubelet(
                    at + 12.1, f'"Failed to pull image" err={json_text(problem)} image={json_text(reference)}'
                ),
            ]
            raise self.not_ready(at, problem)

    def token_problem(self, config: NodeConfig, reference: str, at: float) -> str | None:
        """kubelet's credential provider asks ECR for a token; without one containerd pulls as nobody."""
        host = f"api.ecr.{self.machine.region}.amazonaws.com"
        attempt = request(self.machine, self.surroundings, self.environment(config, "kubelet"), host)
        error = attempt.error and f'request send failed, Post "https://{host}/": {attempt.error}'
        if error is None and not self.allowed("ecr:GetAuthorizationToken"):
            error = "https response error StatusCode: 400, api error AccessDeniedException: not authorized"
        if error is None:
            return None
        self.log.append(
            console.kubelet(
                at + 10,
                '"Failed getting credential from external registry credential provider" err='
                + json_text(
                    f"error execing credential provider plugin ecr-credential-provider for image {reference}: "
                    f"operation error ECR: GetAuthorizationToken, {error}"
                ),
            )
        )
        return (
            f'failed to resolve reference "{reference}": pull access denied, repository does not exist or may '
            "require authorization: authorization failed: no basic auth credentials"
        )

    def manifest_problem(self, config: NodeConfig, registry: str, image: str, reference: str) -> str | None:
        attempt = request(self.machine, self.surroundings, self.environment(config, "containerd"), registry)
        tag = reference.rpartition(":")[2]
        start = f'failed to resolve reference "{reference}": '
        if attempt.error is not None:
            return f'{start}failed to do request: Head "https://{registry}/v2/{image}/manifests/{tag}": {attempt.error}'
        if not self.allowed("ecr:BatchGetImage"):
            return (
                f"{start}unexpected status from HEAD request to https://{registry}/v2/{image}/manifests/{tag}: "
                "403 Forbidden"
            )
        return None

    def layer_problem(self, config: NodeConfig, reference: str) -> str | None:
        region = self.machine.region
        host = f"prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com"
        attempt = request(self.machine, self.surroundings, self.environment(config, "containerd"), host)
        if attempt.error is None:
            return None
        return (
            f'failed to pull and unpack image "{reference}": failed to copy: httpReadSeeker: failed open: failed '
            f'to do request: Get "https://{host}/{sha256(reference.encode()).hexdigest()[:12]}": {attempt.error}'
        )


def json_text(text: str) -> str:
    """The text in quotes, as structured logs quote it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
