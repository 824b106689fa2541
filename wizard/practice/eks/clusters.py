"""Clusters: made, described, listed, deleted."""

import base64
import hashlib
import secrets

from wizard.practice import aws, protocol
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.calls import digest
from wizard.practice.eks import rules, state
from wizard.practice.eks.access_entries import admin_entry
from wizard.practice.eks.paging import page
from wizard.practice.eks.state import Cluster
from wizard.practice.patches import identity, service_linked_roles
from wizard.practice.patches.network_interfaces import make, remove
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

_SECURITY_GROUP = (
    "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any "
    "managed workloads."
)


def create(call: Call) -> Params:
    """CreateCluster. The checks are AWS's; the cluster is ACTIVE after about ten minutes."""
    asked = call.params
    name = str(asked.get("name", ""))
    rules.check_name(name)
    protocol.validate("eks", "CreateCluster", asked)
    with state.lock:
        if existing := state.find(call.region, name):
            return {"cluster": described(_same(existing, asked))}
        vpc_config = asked["resourcesVpcConfig"]
        rules.check_endpoint_access(vpc_config)
        rules.check_access(asked.get("accessConfig", {}))
        version = rules.checked_version(asked.get("version"))
        vpc = rules.check_subnets(call, name, vpc_config.get("subnetIds", []))
        rules.check_security_groups(call, vpc["VpcId"], vpc_config.get("securityGroupIds", []))
        cidr = rules.service_cidr(asked.get("kubernetesNetworkConfig", {}).get("serviceIpv4Cidr"), vpc)
        rules.check_role(call, asked["roleArn"])
        service_linked_roles.ensure(call, "eks.amazonaws.com")
        cluster = _new(call, name, vpc["VpcId"], version, cidr)
        state.clusters[call.region, name] = cluster
    return {"cluster": described(cluster)}


def _same(existing: Cluster, asked: Params) -> Cluster:
    """A call that is sent again finds its cluster; any other finds the name taken."""
    name = existing.name
    token = asked.get("clientRequestToken")
    if token and token == existing.asked.get("clientRequestToken"):
        if digest("eks", "CreateCluster", asked) == digest("eks", "CreateCluster", existing.asked):
            return existing
        message = "The client request token was used before with other parameters"
        raise AwsError("InvalidRequestException", message, clusterName=name)
    raise AwsError("ResourceInUseException", f"Cluster already exists with name: {name}", clusterName=name)


def _new(call: Call, name: str, vpc_id: str, version: str, cidr: str) -> Cluster:
    asked = call.params
    config = asked["resourcesVpcConfig"]
    access = asked.get("accessConfig", {})
    creator = identity.principal_arn(identity.caller(call.access_key).arn)
    unique = hashlib.sha256(f"{call.region}/{name}/{secrets.token_hex(8)}".encode()).hexdigest().upper()[:32]
    group_id = _security_group(call, name, vpc_id)
    public = config.get("endpointPublicAccess", True)
    now = account.clock.now()
    cluster = Cluster(
        name=name,
        region=call.region,
        asked=asked,
        creator_arn=creator,
        aws_endpoint=f"https://{unique}.gr7.{call.region}.eks.amazonaws.com",
        created=now,
        described={
            "name": name,
            "arn": f"arn:aws:eks:{call.region}:{ACCOUNT_ID}:cluster/{name}",
            "createdAt": account.moment(now),
            "version": version,
            "roleArn": asked["roleArn"],
            "resourcesVpcConfig": {
                "subnetIds": config["subnetIds"],
                "securityGroupIds": config.get("securityGroupIds", []),
                "clusterSecurityGroupId": group_id,
                "vpcId": vpc_id,
                "endpointPublicAccess": public,
                "endpointPrivateAccess": config.get("endpointPrivateAccess", False),
                "publicAccessCidrs": config.get("publicAccessCidrs", ["0.0.0.0/0"]) if public else [],
                "controlPlaneEgressMode": config.get("controlPlaneEgressMode", "AWS_MANAGED"),
            },
            "kubernetesNetworkConfig": {
                "serviceIpv4Cidr": cidr,
                "ipFamily": "ipv4",
                "elasticLoadBalancing": {"enabled": False},
            },
            "logging": _logging(asked.get("logging", {})),
            "identity": {"oidc": {"issuer": f"https://oidc.eks.{call.region}.amazonaws.com/id/{unique}"}},
            "platformVersion": "eks.8",
            "tags": asked.get("tags", {}),
            "encryptionConfig": asked.get("encryptionConfig"),
            "accessConfig": {
                "authenticationMode": access.get("authenticationMode", "CONFIG_MAP"),
                "bootstrapClusterCreatorAdminPermissions": access.get("bootstrapClusterCreatorAdminPermissions", True),
            },
            "upgradePolicy": {"supportType": asked.get("upgradePolicy", {}).get("supportType", "EXTENDED")},
            "zonalShiftConfig": {"enabled": asked.get("zonalShiftConfig", {}).get("enabled", False)},
            "deletionProtection": asked.get("deletionProtection", False),
            "controlPlaneScalingConfig": asked.get("controlPlaneScalingConfig", {"tier": "standard"}),
            "computeConfig": {"enabled": False},
            "storageConfig": {"blockStorage": {"enabled": False}},
        },
    )
    cluster.interfaces = _interfaces(call, cluster, [group_id, *config.get("securityGroupIds", [])])
    if access.get("authenticationMode", "CONFIG_MAP") != "CONFIG_MAP" and access.get(
        "bootstrapClusterCreatorAdminPermissions", True
    ):
        cluster.access_entries[creator] = admin_entry(cluster, creator)
    return cluster


def _logging(asked: Params) -> Params:
    every = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    on = [kind for setup in asked.get("clusterLogging", []) if setup.get("enabled") for kind in setup.get("types", [])]
    off = [kind for kind in every if kind not in on]
    both = [{"types": on, "enabled": True}, {"types": off, "enabled": False}]
    return {"clusterLogging": [setup for setup in both if setup["types"]]}


def _security_group(call: Call, name: str, vpc_id: str) -> str:
    number = int.from_bytes(secrets.token_bytes(4), "big")
    group_name = f"eks-cluster-sg-{name}-{number}"
    tags = {"Name": group_name, f"kubernetes.io/cluster/{name}": "owned"}
    made = aws.carry_out(
        call.asking("CreateSecurityGroup", "ec2", GroupName=group_name, Description=_SECURITY_GROUP, VpcId=vpc_id)
    )
    group_id = str(made["GroupId"])
    aws.carry_out(call.asking("CreateTags", "ec2", Resources=[group_id], Tags=_tag_list(tags)))
    itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}
    aws.carry_out(call.asking("AuthorizeSecurityGroupIngress", "ec2", GroupId=group_id, IpPermissions=[itself]))
    return group_id


def _interfaces(call: Call, cluster: Cluster, group_ids: list[str]) -> list[str]:
    """The cross-account network interfaces: one in each subnet, two to four in all."""
    subnet_ids = cluster.described["resourcesVpcConfig"]["subnetIds"][:4]
    return [make(call.region, subnet_id, f"Amazon EKS {cluster.name}", group_ids) for subnet_id in subnet_ids]


def _tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def described(cluster: Cluster) -> Params:
    """What DescribeCluster says of a cluster now: endpoint and CA appear once it is up."""
    answer = {
        **cluster.described,
        "status": cluster.status,
        "health": {"issues": [] if cluster.status == "CREATING" else list(cluster.health.issues)},
        "certificateAuthority": {},
    }
    if cluster.is_up:
        endpoint, authority = _opened(cluster)
        answer["endpoint"] = endpoint
        answer["certificateAuthority"] = {"data": authority}
    return answer


def _opened(cluster: Cluster) -> tuple[str, str]:
    kubernetes = state.kubernetes_module()
    if kubernetes is None:
        return cluster.aws_endpoint, base64.b64encode(b"no certificate authority").decode()
    endpoint, authority = kubernetes.open_cluster(cluster.name)
    return str(endpoint), str(authority)


def _describe(call: Call) -> Params:
    return {"cluster": described(state.named(call.region, call.params["name"]))}


def _list(call: Call) -> Params:
    names = [cluster.name for cluster in state.all_in(call.region)]
    return page(names, "clusters", call.params)


def _delete(call: Call) -> Params:
    name = call.params["name"]
    cluster = state.named(call.region, name)
    if cluster.described["deletionProtection"]:
        message = f"Cluster {name} cannot be deleted because deletion protection is enabled."
        raise AwsError("InvalidRequestException", message, clusterName=name)
    if cluster.status in ("CREATING", "UPDATING"):
        message = f"Cluster {name} has status {cluster.status} and cannot be deleted."
        raise AwsError("ResourceInUseException", message, clusterName=name)
    if state.node_groups(cluster):
        raise AwsError("ResourceInUseException", "Cluster has nodegroups attached", clusterName=name)
    if cluster.fargate_profiles:
        raise AwsError("ResourceInUseException", "Cluster has Fargate profiles attached", clusterName=name)
    with state.lock:
        if cluster.deleted is None:
            cluster.deleted = account.clock.now()
            for interface in cluster.interfaces:
                remove(call.region, interface)
            _quietly(call.asking("DeleteSecurityGroup", "ec2", GroupId=cluster.security_group_id))
    kubernetes = state.kubernetes_module()
    if kubernetes:
        kubernetes.close_cluster(name)
    return {"cluster": described(cluster)}


def _quietly(call: Call) -> None:
    """EKS leaves behind what others still use, as AWS does."""
    try:
        aws.carry_out(call)
    except AwsError:
        return


HANDLERS: dict[str, Handler] = {
    "eks.CreateCluster": create,
    "eks.DescribeCluster": _describe,
    "eks.ListClusters": _list,
    "eks.DeleteCluster": _delete,
}
