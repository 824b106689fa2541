"""The Kubernetes API of a practice cluster: TLS, tokens, rights, and what kubectl does with it."""

import base64
import json
import ssl
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.signers import RequestSigner

ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
VIEW_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
AWS_AUTH = """
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::123456789012:role/ops
      username: ops
      groups: [system:masters]
"""


def token(keys: tuple[str, ...], cluster: str, *, seconds: int = 60, region: str = "ap-northeast-1") -> str:
    """A token as `aws eks get-token` makes it."""
    session = botocore.session.Session()
    session.set_credentials(*keys)
    signer = RequestSigner(
        session.get_service_model("sts").service_id,
        region,
        "sts",
        "v4",
        session.get_credentials(),
        session.get_component("event_emitter"),
    )
    request = {
        "method": "GET",
        "url": f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    }
    url = signer.generate_presigned_url(request, region_name=region, expires_in=seconds, operation_name="")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


class Api:
    """A plain client of one cluster."""

    def __init__(self, world: Any) -> None:
        practice = world.account.practice
        self.operator = (practice.access_key_id, practice.secret_access_key)
        self.endpoint = world.cluster["endpoint"]
        authority = base64.b64decode(world.cluster["certificateAuthority"]["data"]).decode()
        self.context = ssl.create_default_context(cadata=authority)
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.context))
        self.opener = urllib.request.build_opener(*handlers)

    def ask(self, path: str, bearer: str | None, method: str = "GET", content: Any = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.endpoint + path, body, headers, method=method)  # noqa: S310 - loopback
        try:
            with self.opener.open(request, timeout=10) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text[:1] == b"{" else text
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


def made(world: Any, mode: str) -> Api:
    world.roles()
    world.network()
    world.make_cluster(mode, entry=False)
    return Api(world)


@pytest.fixture
def api(world: Any) -> Api:
    return made(world, "API_AND_CONFIG_MAP")


def role_keys(world: Any, name: str) -> tuple[str, str, str]:
    """The keys of somebody who has taken a new role on."""
    trusted = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    world.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusted))
    world.account.settled()
    arn = f"arn:aws:iam::123456789012:role/{name}"
    found = world.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


def test_only_version_and_health_are_for_everyone(api: Api) -> None:
    assert api.ask("/version", None)[1]["gitVersion"].startswith("v1.35.")
    assert api.ask("/livez", None) == (200, b"ok")
    status, answer = api.ask("/api/v1/nodes", None)
    assert (status, answer["kind"], answer["reason"]) == (401, "Status", "Unauthorized")


def test_the_certificate_is_of_the_clusters_own_authority(api: Api) -> None:
    strangers = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ssl.create_default_context())
    )
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        strangers.open(api.endpoint + "/version", timeout=10)


def test_tokens_that_are_no_good(world: Any, api: Api) -> None:
    good = token(api.operator, "eksCluster")
    assert api.ask("/api/v1/nodes", good)[0] == 200
    wrong = {
        "of another cluster": token(api.operator, "other"),
        "of another secret": token((api.operator[0], "x" * 40), "eksCluster"),
        "of an unknown key": token(("AKIANOBODY0000000000", "x" * 40), "eksCluster"),
        "without the prefix": good.removeprefix("k8s-aws-v1."),
        "no base64": "k8s-aws-v1.%%%",
        "cut off": good[:-20],
        "valid for too long": token(api.operator, "eksCluster", seconds=7200),
        "empty": "",
        "of a session that is over": token((*role_keys(world, "ops")[:2], "another-session-token"), "eksCluster"),
    }
    assert {name: api.ask("/api/v1/nodes", bearer)[0] for name, bearer in wrong.items()} == dict.fromkeys(wrong, 401)


def test_an_old_token_is_no_good(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    past = datetime.now(UTC) - timedelta(minutes=16)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: past.replace(tzinfo=None))
    assert api.ask("/api/v1/nodes", token(api.operator, "eksCluster"))[0] == 401


def test_access_entries_say_what_one_may(world: Any, api: Api) -> None:
    bearer = token(role_keys(world, "ops"), "eksCluster")
    assert api.ask("/api/v1/nodes", bearer)[0] == 401
    eks, arn = world.client("eks"), "arn:aws:iam::123456789012:role/ops"
    eks.create_access_entry(clusterName="eksCluster", principalArn=arn)
    status, answer = api.ask("/api/v1/nodes", bearer)
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert 'cannot list resource "nodes"' in answer["message"]
    scope = {"type": "cluster"}
    eks.associate_access_policy(clusterName="eksCluster", principalArn=arn, policyArn=VIEW_POLICY, accessScope=scope)
    assert api.ask("/api/v1/nodes", bearer)[0] == 200
    config_map = {"metadata": {"name": "a"}, "data": {"b": "c"}}
    path = "/api/v1/namespaces/default/configmaps"
    assert api.ask(path, bearer, "POST", config_map)[0] == 403
    eks.associate_access_policy(clusterName="eksCluster", principalArn=arn, policyArn=ADMIN_POLICY, accessScope=scope)
    assert api.ask(path, bearer, "POST", config_map)[0] == 201


@pytest.mark.parametrize(("mode", "status"), [("API", 401), ("API_AND_CONFIG_MAP", 200), ("CONFIG_MAP", 200)])
def test_aws_auth_counts_where_the_mode_lets_it(world: Any, mode: str, status: int) -> None:
    api = made(world, mode)
    bearer = token(role_keys(world, "ops"), "eksCluster")
    assert api.ask("/api/v1/nodes", bearer)[0] == 401
    data = {"mapRoles": "- {rolearn: 'arn:aws:iam::123456789012:role/ops', username: ops, groups: [system:masters]}"}
    mapping = {"metadata": {"name": "aws-auth"}, "data": data}
    mine = token(api.operator, "eksCluster")
    assert api.ask("/api/v1/namespaces/kube-system/configmaps", mine, "POST", mapping)[0] == 201
    assert api.ask("/api/v1/nodes", bearer)[0] == status


def test_config_maps(api: Api) -> None:
    bearer, path = token(api.operator, "eksCluster"), "/api/v1/namespaces/kube-system/configmaps"
    config_map = {"metadata": {"name": "a"}, "data": {"b": "c"}}
    assert api.ask(f"{path}/a", bearer)[0] == 404
    status, first = api.ask(path, bearer, "POST", config_map)
    assert (status, first["data"]) == (201, {"b": "c"})
    assert api.ask(path, bearer, "POST", config_map)[1]["reason"] == "AlreadyExists"
    status, second = api.ask(f"{path}/a", bearer, "PUT", {**config_map, "data": {"b": "d"}})
    assert (status, second["data"]) == (200, {"b": "d"})
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert second["metadata"]["resourceVersion"] != first["metadata"]["resourceVersion"]
    assert api.ask(f"{path}/a", bearer, "PUT", {**config_map, "data": {"b": 1}})[0] == 400
    assert [item["metadata"]["name"] for item in api.ask(path, bearer)[1]["items"]] == ["a"]
    assert api.ask("/api/v1/namespaces/nowhere/configmaps", bearer, "POST", config_map)[0] == 404
    assert api.ask(f"{path}/a", bearer, "DELETE")[0] == 200
    assert api.ask(path, bearer)[1]["items"] == []
    assert api.ask("/api/v1/nodes", bearer, "POST", config_map)[0] == 405
    assert api.ask("/apis/apps/v1/deployments", bearer)[0] == 404


def test_logs_are_asked_of_the_pods_node(api: Api) -> None:
    bearer, path = token(api.operator, "eksCluster"), "/api/v1/namespaces/kube-system/pods"
    name = api.ask(path, bearer)[1]["items"][0]["metadata"]["name"]
    status, answer = api.ask(f"{path}/{name}/log", bearer)
    assert (status, answer["message"]) == (400, f"pod {name} does not have a host assigned")
    assert api.ask(f"{path}/nobody/log", bearer)[0] == 404
    assert api.ask(f"{path}/{name}/log", None)[0] == 401


@pytest.mark.timeout(180)
def test_kubectl(world: Any, api: Api) -> None:
    assert "Server Version: v1.35." in world.kubectl("version")
    assert world.kubectl("get", "nodes") == ""
    assert [line.split()[0] for line in world.kubectl("get", "ns").splitlines()[1:]] == [
        "default",
        "kube-node-lease",
        "kube-public",
        "kube-system",
    ]
    pods = [line.split()[1:4] for line in world.kubectl("get", "pods", "-A").splitlines()[1:]]
    assert [(name.split("-")[0], ready, status) for name, ready, status in pods] == [("coredns", "0/1", "Pending")] * 2
    assert world.kubectl("apply", "-f", "-", text=AWS_AUTH) == "configmap/aws-auth created\n"
    assert world.kubectl("apply", "-f", "-", text=AWS_AUTH) == "configmap/aws-auth unchanged\n"
    other = AWS_AUTH.replace("role/ops", "role/dev")
    assert world.kubectl("apply", "-f", "-", text=other) == "configmap/aws-auth configured\n"
    printed = world.kubectl("get", "configmap", "aws-auth", "-n", "kube-system", "-o", "yaml")
    assert "role/dev" in printed
    applied = world.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=AWS_AUTH)
    assert applied == "configmap/aws-auth serverside-applied\n"


def test_a_deleted_cluster_answers_no_more(world: Any, api: Api) -> None:
    world.client("eks").delete_cluster(name="eksCluster")
    with pytest.raises(urllib.error.URLError, match="refused"):
        api.ask("/version", None)


def test_daemon_sets_are_told_by_their_names(world: Any, api: Api) -> None:
    bearer = token(api.operator, "eksCluster")
    path = "/apis/apps/v1/namespaces/kube-system/daemonsets"
    names = [item["metadata"]["name"] for item in api.ask(path, bearer)[1]["items"]]
    assert names == ["aws-node", "kube-proxy"]
    assert api.ask(f"{path}/aws-node", bearer)[1]["kind"] == "DaemonSet"
    status, answer = api.ask(f"{path}/calico-node", bearer)
    assert (status, answer["message"]) == (404, 'daemonsets.apps "calico-node" not found')


def test_kubectl_lists_daemon_sets(world: Any, api: Api) -> None:
    lines = world.kubectl("get", "daemonsets", "-A").splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [
        ["kube-system", "aws-node", "0"],
        ["kube-system", "kube-proxy", "0"],
    ]
