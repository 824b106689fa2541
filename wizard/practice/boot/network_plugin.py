"""The VPC CNI on a node: its images, its role, its calls to EC2. Until it runs the node is NotReady.

Source: aws/amazon-vpc-cni-k8s, pkg/ipamd/ipamd.go (nodeInit) and pkg/awsutils/awsutils.go. A subnet without free
addresses does not stop it: pods are then left waiting, and the node is Ready.
"""

from wizard.practice.boot import console, images
from wizard.practice.boot.course import Course, Step, StoppedError
from wizard.practice.boot.policy import Request
from wizard.practice.boot.rules import Obstacle, rule
from wizard.practice.boot.snapshot import Cluster, Role

_NOT_INITIALIZED = (
    '"Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady '
    'message:Network plugin returns error: cni plugin not initialized"'
)
# What ipamd calls before it says that it is ready; that an interface more can't be attached does not stop it.
_CALLS = ("ec2:DescribeNetworkInterfaces", "ec2:CreateTags", "ec2:AssignPrivateIpAddresses")


def start(course: Course) -> None:
    """Pulls the images and starts aws-node. Raises StoppedError."""
    at = 31.0 + course.slowness / 2
    course.log.append(console.kubelet(at, _NOT_INITIALIZED))
    try:
        if trouble := no_network_plugin(course.cluster):
            raise StoppedError("network plugin", trouble)
        images.pull(course, "amazon-k8s-cni", at + 2)
        _use_ec2(course, _role(course, at + 20), at + 20)
    except StoppedError:
        course.log += [console.kubelet(at + 15 * again, _NOT_INITIALIZED) for again in range(1, 4)]
        raise


@rule("no-network-plugin")
def no_network_plugin(cluster: Cluster | None) -> str | None:
    """A cluster made without EKS's own add-ons has none until one is added."""
    if cluster is not None and cluster.network_plugin:
        return None
    return "nothing in the cluster puts a network plugin on its nodes"


@rule("service-account-not-trusted")
def service_account_not_trusted(role: Role) -> str | None:
    """A role for a service account is taken on by the cluster's OpenID Connect provider (EKS user guide, IRSA)."""
    if any("oidc-provider/" in one for one in role.trusted):
        return None
    return "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def _role(course: Course, at: float) -> Role:
    """The role that the CNI calls EC2 with: its service account's, which takes STS, or the node's own."""
    own = course.cluster.network_plugin_role if course.cluster else None
    if own is None:
        return course.role
    host = f"sts.{course.machine.region}.amazonaws.com"
    attempt = course.request("aws-node", host)
    if attempt.obstacle is not None:
        error = f'request send failed, Post "https://{host}/": {attempt.obstacle.says}'
        raise _crashed(course, at, "sts", attempt.obstacle, f"operation error STS: AssumeRoleWithWebIdentity, {error}")
    if trouble := service_account_not_trusted(own):
        error = f"https response error StatusCode: 403, api error AccessDenied: {trouble.says}"
        raise _crashed(course, at, "sts", trouble, f"operation error STS: AssumeRoleWithWebIdentity, {error}")
    return own


def _use_ec2(course: Course, role: Role, at: float) -> None:
    region, account = course.machine.region, course.machine.account
    interface = f"arn:aws:ec2:{region}:{account}:network-interface/eni-{course.machine.id.removeprefix('i-')}"
    host = f"ec2.{region}.amazonaws.com"
    asked = [Request(action, "*" if action.startswith("ec2:Describe") else interface) for action in _CALLS]
    called = course.call("aws-node", host, *asked, role=role)
    obstacle = called.obstacle
    if obstacle is None:
        return
    error = f'request send failed, Post "https://{host}/": {obstacle.says}'
    if called.attempt.obstacle is None:
        error = (
            "https response error StatusCode: 403, api error UnauthorizedOperation: You are not authorized to "
            f"perform this operation. {obstacle.says}"
        )
    operation = called.asked.action.removeprefix("ec2:")
    raise _crashed(course, at, "network plugin's ec2", obstacle, f"operation error EC2: {operation}, {error}")


def _crashed(course: Course, at: float, step: Step, obstacle: Obstacle, error: str) -> StoppedError:
    course.log += [
        console.kubelet(
            at,
            '"Probe failed" probeType="Readiness" pod="kube-system/aws-node-x7k2p" containerName="aws-node" '
            'probeResult="failure" output="timeout: failed to connect service \\":50051\\" within 5s"',
        ),
        console.kubelet(at + 0.1, f'"aws-node: ipamd: failed to start" err={console.quoted(error)}'),
    ]
    return StoppedError(step, obstacle, f"aws-node cannot use AWS: {error}")
