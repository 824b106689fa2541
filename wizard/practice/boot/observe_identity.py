"""Roles with what they may do, and clusters with whom they know, as they are in the practice account now."""

import json
from ipaddress import IPv4Network
from urllib.parse import unquote

from wizard.practice import control_planes
from wizard.practice.boot import policy
from wizard.practice.boot.observe_network import Networks
from wizard.practice.boot.reader import Reader
from wizard.practice.boot.snapshot import AccessEntry, Cluster, MappedRole, Role
from wizard.practice.eks import state
from wizard.practice.policies import listed

_NODE_NAME = "system:node:{{EC2PrivateDNSName}}"


def role_of_profile(reader: Reader, profile: str) -> Role | None:
    """The role of an instance profile; None without either."""
    if not profile:
        return None
    found = reader.once("iam", "GetInstanceProfile", InstanceProfileName=profile)
    roles = found.get("InstanceProfile", {}).get("Roles") or []
    return role(reader, roles[0]["RoleName"]) if roles else None


def role(reader: Reader, name: str) -> Role | None:
    """A role with its policies; None when there is none of that name."""
    found = reader.once("iam", "GetRole", RoleName=name).get("Role")
    if not found:
        return None
    attached = reader.once("iam", "ListAttachedRolePolicies", RoleName=name).get("AttachedPolicies", [])
    inline = reader.once("iam", "ListRolePolicies", RoleName=name).get("PolicyNames", [])
    documents = [_managed(reader, each["PolicyArn"]) for each in attached]
    documents += [
        _text(reader.once("iam", "GetRolePolicy", RoleName=name, PolicyName=each).get("PolicyDocument"))
        for each in inline
    ]
    boundary = (found.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", "")
    return Role(
        found["Arn"],
        found["RoleId"],
        policies=tuple(documents),
        boundary=_managed(reader, boundary) if boundary else "",
        trusted=_trusted(_text(found.get("AssumeRolePolicyDocument"))),
    )


def _managed(reader: Reader, arn: str) -> str:
    found = reader.once("iam", "GetPolicy", PolicyArn=arn).get("Policy", {})
    version = reader.once("iam", "GetPolicyVersion", PolicyArn=arn, VersionId=found.get("DefaultVersionId", "v1")).get(
        "PolicyVersion", {}
    )
    return _text(version.get("Document"))


def _text(document: object) -> str:
    """A policy document as JSON text, whichever way it was answered."""
    if isinstance(document, str):
        return document if document.lstrip().startswith("{") else unquote(document)
    return json.dumps(document) if document else ""


def _trusted(document: str) -> tuple[str, ...]:
    found: list[str] = []
    for statement in policy.statements(document):
        principal = statement.get("Principal")
        if statement.get("Effect") == "Allow" and isinstance(principal, dict):
            found += listed(principal.get("Service")) + listed(principal.get("Federated"))
    return tuple(found)


def cluster(reader: Reader, networks: Networks, found: state.Cluster) -> Cluster:
    """A cluster as its own control plane knows it."""
    config = found.described["resourcesVpcConfig"]
    plane = control_planes.opened.get(found.name)
    mapped = [MappedRole(*each) for each in control_planes.mapped_roles(found.name)]
    as_documented = [each for each in mapped if each.username == _NODE_NAME and "system:nodes" in each.groups]
    network_plugin = found.addons.get("vpc-cni")
    own_role = network_plugin.asked.get("serviceAccountRoleArn", "") if network_plugin else ""
    return Cluster(
        name=found.name,
        endpoint=found.aws_endpoint,
        certificate_authority=plane.authority if plane else "",
        aliases=(plane.endpoint,) if plane else (),
        version=found.described["version"],
        private_access=bool(config["endpointPrivateAccess"]),
        public_access=bool(config["endpointPublicAccess"]),
        groups=networks.named_groups([found.security_group_id, *config.get("securityGroupIds", [])]),
        subnets=networks.named_subnets(config["subnetIds"]),
        authentication_mode=found.authentication_mode,
        access_entries=tuple(
            AccessEntry(entry.principal_arn, entry.type, entry.role_id, entry.username)
            for entry in found.access_entries.values()
        ),
        aws_auth_roles=tuple(each.arn for each in as_documented),
        aws_auth_others=tuple(each for each in mapped if each not in as_documented),
        network_plugin=bool(found.asked.get("bootstrapSelfManagedAddons", True)) or network_plugin is not None,
        network_plugin_role=role(reader, own_role.rpartition("/")[2]) or Role(own_role, "", trusted=())
        if own_role
        else None,
        service_cidr=IPv4Network(found.described["kubernetesNetworkConfig"]["serviceIpv4Cidr"]),
    )
