"""nodeadm-config on AL2023: user data, EC2's description of the instance, validation.

Source: awslabs/amazon-eks-ami, nodeadm/cmd/nodeadm/init/init.go and nodeadm/internal (mid 2026).
"""

from wizard.practice.boot import console, max_pods, node_config
from wizard.practice.boot.course import Course, StoppedError, no_instance_profile
from wizard.practice.boot.node_config import NodeConfig, UnreadableError
from wizard.practice.boot.policy import Request
from wizard.practice.boot.rules import Obstacle, rule
from wizard.practice.boot.snapshot import Machine

_BEGINS = 8.2
# AWS seconds until thirty attempts are over.
_PATIENCE = 240.0
_CALL = "operation error EC2: DescribeInstances"


def configure(course: Course) -> None:
    """Fills in the configuration and the node's name. Raises StoppedError."""
    at = _BEGINS
    if trouble := no_eks_image(course.machine):
        raise StoppedError("image", trouble)
    course.log += [
        console.systemd(at, "Starting nodeadm-config.service - EKS Nodeadm Config..."),
        console.nodeadm(at, "info", "init/init.go:53 Checking user is root.."),
        console.nodeadm(at, "info", "init/init.go:62 Loading configuration..", configSource=["imds://user-data"]),
    ]
    course.config = _loaded(course, at + 0.3)
    _say_environment(course, at + 0.4, early=True)
    course.log.append(console.nodeadm(at + 0.5, "info", "init/init.go:156 Fetching instance details.."))
    course.node_name = _named(course, at + 0.5)
    course.log.append(console.nodeadm(at + 2.5, "info", "init/init.go:95 Validating configuration.."))
    if trouble := node_config_incomplete(course.config) or service_cidr_unusable(course.config):
        raise _failed(course, at + 2.6, trouble)
    _say_environment(course, at + 2.7, early=False)
    course.max_pods = _most_pods(course, at + 2.8)
    course.log += [
        console.nodeadm(at + 2.9, "info", "init/init.go:130 Configuring daemons..."),
        console.systemd(at + 3.4, "Finished nodeadm-config.service - EKS Nodeadm Config."),
    ]


@rule("no-eks-image")
def no_eks_image(machine: Machine) -> str | None:
    """Only the EKS AMIs have nodeadm."""
    return None if machine.ami_release else "the image is no EKS AMI: there is no nodeadm on it"


@rule("metadata-off")
def metadata_off(machine: Machine) -> str | None:
    """HttpEndpoint "disabled": IMDS answers 403 to everything (EC2 user guide, instance metadata options)."""
    if machine.metadata:
        return None
    return "operation error ec2imds: GetUserData, http response error StatusCode: 403, request to EC2 IMDS failed"


@rule("user-data-unreadable")
def user_data_unreadable(machine: Machine) -> str | None:
    """User data must be a NodeConfig, or MIME parts of which one is."""
    try:
        node_config.read(machine.user_data)
    except UnreadableError as error:
        return str(error)
    return None


@rule("node-config-incomplete")
def node_config_incomplete(config: NodeConfig) -> str | None:
    """Name, endpoint, certificate authority and service CIDR of the cluster are all needed (C25)."""
    return node_config.missing(config)


@rule("service-cidr-unusable")
def service_cidr_unusable(config: NodeConfig) -> str | None:
    """kubelet's address is of the family of the service CIDR."""
    return node_config.unusable_cidr(config)


def _loaded(course: Course, at: float) -> NodeConfig:
    if trouble := metadata_off(course.machine):
        raise _failed(course, at, trouble, f"config provider at index 0 failed: {trouble.says}")
    if trouble := user_data_unreadable(course.machine):
        course.log.append(
            console.nodeadm(
                at, "warn", "configprovider/chain.go:31 Encountered error in config provider", error=trouble.says
            )
        )
        raise _failed(course, at, trouble, "no config in chain")
    try:
        return node_config.read(course.machine.user_data)
    except UnreadableError:
        return NodeConfig()


def _say_environment(course: Course, at: float, *, early: bool) -> None:
    """nodeadm logs each variable that it sets, in clear."""
    release = course.machine.ami_release
    if early != (release >= "v20251120") or release < "v20251007":
        return
    for name, value in sorted(course.config.environment.get("default", {}).items()):
        where = "system/environment.go:57 Set nodeadm environment variable"
        course.log.append(console.nodeadm(at, "info", where, key=name, value=value))


def _named(course: Course, at: float) -> str:
    """EC2's PrivateDnsName, or the instance's id where the feature gate says so.

    The domain of the VPC's DHCP options is not in that name: it is only the operating system's own, which kubelet does
    not use since amazon-eks-ami PRs 1264 and 1715 (issues 1263 and 1711).
    """
    machine = course.machine
    if course.config.feature_gates.get("InstanceIdNodeName"):
        return course.config.node_name or machine.id
    _describe_instance(course, at)
    return course.config.node_name or machine.private_dns_name


def _describe_instance(course: Course, at: float) -> None:
    machine = course.machine
    host = f"ec2.{machine.region}.amazonaws.com"
    if trouble := no_instance_profile(machine):
        said = (
            f"{_CALL}, get identity: get credentials: failed to refresh cached credentials, {trouble.says}, "
            "operation error ec2imds: GetMetadata, http response error StatusCode: 404, request to EC2 IMDS failed"
        )
        raise _describe_failed(course, at + 60, trouble, said)
    called = course.call("nodeadm", host, Request("ec2:DescribeInstances"))
    obstacle, attempt = called.obstacle, called.attempt
    if obstacle is None:
        return
    if attempt.obstacle is None:
        for number in range(2, 6):
            course.log.append(
                console.sdk(at + 45 * (number - 1), f"attempting waiter request, attempt count: {number}")
            )
        reason = (
            f"{_CALL}, https response error StatusCode: 403, api error UnauthorizedOperation: You are not authorized "
            f"to perform this operation. {obstacle.says}"
        )
        said = "exceeded max wait time for InstanceCondition waiter"
        raise _failed(course, at + _PATIENCE, obstacle, said, reason=reason)
    for number in range(2, 9):
        course.log.append(
            console.sdk(at + 30 * (number - 1), f"retrying request EC2/DescribeInstances, attempt {number}")
        )
    said = (
        f"{_CALL}, exceeded maximum number of attempts, 30, https response error StatusCode: 0, RequestID: , "
        f'request send failed, Post "https://{host}/": {obstacle.says}'
    )
    raise _describe_failed(course, at + _PATIENCE, obstacle, said, proxied=attempt.proxied)


def _describe_failed(
    course: Course, at: float, obstacle: Obstacle, said: str, *, proxied: bool = False
) -> StoppedError:
    """The waiter gives up at an error that is not of EC2's own making, and says so around it."""
    wrapped = f"expected err to be of type smithy.APIError, got {said}"
    return _failed(course, at, obstacle, wrapped, step="ec2", reason=said, proxied=proxied)


def _failed(
    course: Course,
    at: float,
    obstacle: Obstacle,
    said: str = "",
    *,
    step: str = "",
    reason: str = "",
    proxied: bool = False,
) -> StoppedError:
    course.gave_up_at = at
    course.log += [
        console.nodeadm(at, "fatal", "cli/main.go:43 Command failed", error=said or obstacle.says),
        console.systemd(at + 0.1, "nodeadm-config.service: Main process exited, code=exited, status=1/FAILURE"),
        console.systemd(at + 0.1, "nodeadm-config.service: Failed with result 'exit-code'."),
        console.systemd(at + 0.2, "Failed to start nodeadm-config.service - EKS Nodeadm Config."),
    ]
    at_ec2 = step == "ec2" or "DescribeInstances" in reason
    return StoppedError("ec2" if at_ec2 else "configuration", obstacle, reason, proxied=proxied)


def _most_pods(course: Course, at: float) -> int:
    """kubelet's own configuration wins, then the expression, then the instance type's interfaces.

    A type that the AMI does not know yet is asked of EC2; where that fails, kubelet's own default stays.
    """
    machine, config = course.machine, course.config
    if config.max_pods is not None:
        return config.max_pods
    if not machine.known_type:
        host = f"ec2.{machine.region}.amazonaws.com"
        obstacle = course.call("nodeadm", host, Request("ec2:DescribeInstanceTypes")).obstacle
        if obstacle is not None:
            said = "kubelet/config.go:276 Failed to retrieve instance info, falling back to default"
            course.log.append(console.nodeadm(at, "warn", said, error=obstacle.says))
            return max_pods.KUBELET_DEFAULT
    interfaces, addresses = machine.interfaces, machine.addresses_per_interface
    standard = max_pods.standard(interfaces, addresses)
    # The expression came in October 2025; before, the field is unknown and ignored.
    if not config.max_pods_expression or machine.ami_release < "v20251007":
        return standard
    found = max_pods.by_expression(config.max_pods_expression, interfaces, addresses)
    if found is None:
        said = "kubelet/eni_max_pods.go:73 Failed to evaluate custom expression, using standard max pods value"
        course.log.append(console.nodeadm(at, "warn", said))
    return standard if found is None else found
