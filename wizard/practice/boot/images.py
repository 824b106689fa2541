"""Images from ECR: kubelet's credential provider gets a token, containerd the manifest, and the layers are in S3.

Sources: ECR user guide, "Amazon ECR interface VPC endpoints" (the bucket behind the layers); EKS user guide, add-on
images (the registries).
"""

from dataclasses import replace
from hashlib import sha256

from wizard.practice.boot import connection, console
from wizard.practice.boot.course import Course, Step, StoppedError
from wizard.practice.boot.policy import Request
from wizard.practice.boot.rules import Obstacle

# The registries of the EKS images, by region; everywhere else the default.
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
_COPYING = 'failed to pull and unpack image "{}": failed to copy: httpReadSeeker: failed open: '


def reference(region: str, image: str) -> str:
    """One of EKS's own images, as a pod in a region names it."""
    account = _REGISTRIES.get(region, _DEFAULT_REGISTRY)
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{image}:v1.21.1-eksbuild.3"


def pull(course: Course, image: str, at: float) -> None:
    """Pulls one of EKS's own images. Raises StoppedError."""
    region = course.machine.region
    named = reference(region, image)
    registry = named.partition("/")[0]
    account = registry.partition(".")[0]
    repository = Request(
        "ecr:BatchGetImage",
        f"arn:aws:ecr:{region}:{account}:repository/{image}",
        context={"aws:ResourceAccount": account},
    )
    _token(course, named, at)
    _manifest(course, registry, named, repository, at)
    _layers(course, named, at)


def _token(course: Course, named: str, at: float) -> None:
    """Without a token containerd pulls as nobody."""
    host = f"api.ecr.{course.machine.region}.amazonaws.com"
    called = course.call("kubelet", host, Request("ecr:GetAuthorizationToken"))
    obstacle, attempt = called.obstacle, called.attempt
    if obstacle is None:
        return
    error = f'request send failed, Post "https://{host}/": {obstacle.says}'
    if attempt.obstacle is None:
        error = f"https response error StatusCode: 400, api error AccessDeniedException: {obstacle.says}"
    course.log.append(
        console.kubelet(
            at + 10,
            '"Failed getting credential from external registry credential provider" err='
            + console.quoted(
                f"error execing credential provider plugin ecr-credential-provider for image {named}: "
                f"operation error ECR: GetAuthorizationToken, {error}"
            ),
        )
    )
    problem = (
        f'failed to resolve reference "{named}": pull access denied, repository does not exist or may '
        "require authorization: authorization failed: no basic auth credentials"
    )
    raise _failed(course, at, "registry token", obstacle, named, problem, proxied=attempt.proxied)


def _manifest(course: Course, registry: str, named: str, repository: Request, at: float) -> None:
    """Asks for the manifest, and for the way to the layers that it names."""
    layers = replace(repository, action="ecr:GetDownloadUrlForLayer")
    called = course.call("containerd", registry, repository, layers)
    if called.obstacle is None:
        return
    image, tag = named.removeprefix(f"{registry}/").rsplit(":", 1)
    url = f"https://{registry}/v2/{image}/manifests/{tag}"
    start = f'failed to resolve reference "{named}": '
    if called.attempt.obstacle is not None:
        problem = f'{start}failed to do request: Head "{url}": {called.obstacle.says}'
    elif called.asked == repository:
        problem = f"{start}unexpected status from HEAD request to {url}: 403 Forbidden"
    else:
        blob = f"https://{registry}/v2/{image}/blobs/sha256:{_digest(named)}"
        problem = f"{_COPYING.format(named)}unexpected status from GET request to {blob}: 403 Forbidden"
    raise _failed(course, at, "manifest", called.obstacle, named, problem, proxied=called.attempt.proxied)


def _layers(course: Course, named: str, at: float) -> None:
    """ECR answers with a URL of S3's that it has signed itself: the node's role is not who asks S3 (C05)."""
    region = course.machine.region
    bucket, key = f"prod-{region}-starport-layer-bucket", _digest(named)[:12]
    host = f"{bucket}.s3.{region}.amazonaws.com"
    attempt = course.request("containerd", host)
    if attempt.obstacle is not None:
        problem = f'{_COPYING.format(named)}failed to do request: Get "https://{host}/{key}": {attempt.obstacle.says}'
        raise _failed(course, at, "layers", attempt.obstacle, named, problem, proxied=attempt.proxied)
    # Whoever signed it is an account of AWS's, and the bucket is AWS's too.
    asked = Request("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", context={"aws:ResourceAccount": "aws"})
    obstacle = connection.refused_to_strangers(course.machine, course.surroundings, attempt, asked)
    if obstacle is not None:
        problem = f"{_COPYING.format(named)}unexpected status from GET request to https://{host}/{key}: 403 Forbidden"
        raise _failed(course, at, "layers", obstacle, named, problem)


def _digest(named: str) -> str:
    return sha256(named.encode()).hexdigest()


def _failed(
    course: Course, at: float, step: Step, obstacle: Obstacle, named: str, problem: str, *, proxied: bool = False
) -> StoppedError:
    pulled = f'level=error msg="PullImage {console.quoted(named)[1:-1]} failed" error={console.quoted(problem)}'
    course.log += [
        console.containerd(at + 12, pulled),
        console.kubelet(
            at + 12.1, f'"Failed to pull image" err={console.quoted(problem)} image={console.quoted(named)}'
        ),
    ]
    return StoppedError(step, obstacle, problem, proxied=proxied)
