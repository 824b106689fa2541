"""Roles, policies and their absence that end a boot, and those whom a cluster does not know, one at a time."""

from dataclasses import replace

from boot_cases import (
    ACCOUNT,
    ANYWHERE,
    AROUND,
    OF_A_POD,
    PATH_ROLE,
    REGION,
    ROLE,
    SETTINGS,
    TO_PREMISES,
    Failure,
    bottlerocket,
    document,
    machine,
    mime,
    node_config,
    policy,
    routed,
    with_cluster,
    with_endpoint,
)

from wizard.practice.boot.snapshot import AccessEntry, Machine, MappedRole, Route, Surroundings

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


FAILURES = [*ALLOWED, *IDENTITY]
