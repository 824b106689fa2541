"""What stands in an account, in a form in which two builds of one profile are equal: names and tags, never ids."""

import json
import re
from typing import Any

OURS = "eks-wizard:"


def standing(account: Any) -> dict[str, Any]:
    """Every resource that a build may have made, by kind; ids are replaced by the tag of the change that made them."""
    ec2, iam = account.client("ec2"), account.client("iam")
    vpcs = [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]
    of_vpcs = [{"Name": "vpc-id", "Values": [vpc["VpcId"] for vpc in vpcs] or ["none"]}]
    subnets = ec2.describe_subnets(Filters=of_vpcs)["Subnets"]
    tables = ec2.describe_route_tables(Filters=of_vpcs)["RouteTables"]
    gateways = [one for one in ec2.describe_vpn_gateways()["VpnGateways"] if one["State"] != "deleted"]
    endpoints = [one for one in ec2.describe_vpc_endpoints()["VpcEndpoints"] if one["State"] != "deleted"]
    groups = ec2.describe_security_groups(Filters=of_vpcs)["SecurityGroups"]
    names: dict[str, str] = {}
    for things, key in (
        (vpcs, "VpcId"),
        (subnets, "SubnetId"),
        (tables, "RouteTableId"),
        (gateways, "VpnGatewayId"),
        (endpoints, "VpcEndpointId"),
        (groups, "GroupId"),
    ):
        for thing in things:
            names[thing[key]] = f"<{_tags(thing).get('eks-wizard:change') or thing.get('GroupName') or key}>"
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [g["GroupId"] for g in groups]}])
    found = {
        "roles": sorted(
            _role(iam, role["RoleName"])
            for role in iam.list_roles()["Roles"]
            if not role["Path"].startswith("/aws-service-role/")
        ),
        "vpcs": sorted(_text([vpc["CidrBlock"], _tags(vpc), _dns(ec2, vpc["VpcId"])]) for vpc in vpcs),
        "subnets": sorted(
            _text([one["CidrBlock"], one["AvailabilityZone"], one["VpcId"], _tags(one)]) for one in subnets
        ),
        "route tables": sorted(
            _text(
                [
                    _tags(one),
                    one["VpcId"],
                    sorted(a.get("SubnetId", "main") for a in one["Associations"]),
                    sorted(_route(route) for route in one["Routes"]),
                ]
            )
            for one in tables
        ),
        "gateways": sorted(
            _text([_tags(one), [[a["VpcId"], a["State"]] for a in one["VpcAttachments"]]]) for one in gateways
        ),
        "endpoints": sorted(
            _text(
                [
                    one["ServiceName"],
                    one["State"],
                    one["PrivateDnsEnabled"],
                    _tags(one),
                    sorted(one.get("SubnetIds", [])),
                    sorted(one.get("RouteTableIds", [])),
                    sorted(g["GroupId"] for g in one.get("Groups", [])),
                ]
            )
            for one in endpoints
        ),
        "groups": sorted(_text([_named(one["GroupName"]), one["Description"], _tags(one)]) for one in groups),
        "rules": sorted(
            _text(
                [
                    rule["GroupId"],
                    rule["IsEgress"],
                    rule["IpProtocol"],
                    rule.get("FromPort"),
                    rule.get("ToPort"),
                    rule.get("CidrIpv4"),
                    rule.get("ReferencedGroupInfo", {}).get("GroupId"),
                ]
            )
            for rule in rules["SecurityGroupRules"]
        ),
        "clusters": _clusters(account),
        "stacks": _stacks(account),
        "instances": sorted(
            _text([one["InstanceType"], one["SubnetId"], one["ImageId"]])
            for reservation in ec2.describe_instances()["Reservations"]
            for one in reservation["Instances"]
            # AWS tells of a terminated instance for about an hour more.
            if one["State"]["Name"] != "terminated"
        ),
    }
    return {kind: sorted(_without_ids(thing, names) for thing in things) for kind, things in found.items()}


def twins(account: Any) -> list[str]:
    """The pairs of cluster and change that more than one thing carries: what was made twice."""
    ec2 = account.client("ec2")
    kinds = ("vpc", "subnet", "route-table", "vpn-gateway", "security-group", "vpc-endpoint")
    tagged = ec2.describe_tags(
        Filters=[{"Name": "key", "Values": [f"{OURS}change"]}, {"Name": "resource-type", "Values": list(kinds)}]
    )["Tags"]
    changes = [tag["Value"] for tag in tagged]
    return sorted({change for change in changes if changes.count(change) > 1})


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _tags(thing: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", []) if not tag["Key"].startswith("aws:")}


def _named(group: str) -> str:
    return group.rsplit("-", 1)[0] if group.startswith(("eks-cluster-sg-", "eksCluster-nodes-")) else group


def _role(iam: Any, name: str) -> str:
    role = iam.get_role(RoleName=name)["Role"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return _text([role["Arn"], role["AssumeRolePolicyDocument"], _tags(role), sorted(p["PolicyArn"] for p in attached)])


def _dns(ec2: Any, vpc: str) -> list[bool]:
    return [
        ec2.describe_vpc_attribute(VpcId=vpc, Attribute=name)[name[0].upper() + name[1:]]["Value"]
        for name in ("enableDnsSupport", "enableDnsHostnames")
    ]


def _route(route: Any) -> str:
    target = next((str(route[key]) for key in ("GatewayId", "TransitGatewayId") if route.get(key)), "")
    target = "<endpoint>" if target.startswith("vpce-") else target
    return f"{route.get('DestinationCidrBlock') or '<prefix list>'} -> {target} {route['State']}"


def _clusters(account: Any) -> list[str]:
    eks = account.client("eks")
    found = []
    for name in eks.list_clusters()["clusters"]:
        cluster = eks.describe_cluster(name=name)["cluster"]
        config = cluster["resourcesVpcConfig"]
        entries = [
            [
                eks.describe_access_entry(clusterName=name, principalArn=arn)["accessEntry"][key]
                for key in ("principalArn", "type", "kubernetesGroups", "tags")
            ]
            for arn in sorted(eks.list_access_entries(clusterName=name)["accessEntries"])
        ]
        add_ons = [
            [
                eks.describe_addon(clusterName=name, addonName=add_on)["addon"][key]
                for key in ("addonName", "addonVersion", "status", "tags")
            ]
            for add_on in sorted(eks.list_addons(clusterName=name)["addons"])
        ]
        found.append(
            _text(
                [
                    name,
                    cluster["version"],
                    cluster["status"],
                    cluster["roleArn"],
                    cluster["tags"],
                    cluster["accessConfig"],
                    cluster["kubernetesNetworkConfig"],
                    cluster["upgradePolicy"],
                    sorted(config["subnetIds"]),
                    sorted(config["securityGroupIds"]),
                    config["endpointPublicAccess"],
                    config["endpointPrivateAccess"],
                    entries,
                    add_ons,
                ]
            )
        )
    return sorted(found)


def _stacks(account: Any) -> list[str]:
    stacks = account.client("cloudformation").describe_stacks()["Stacks"]
    # What differs between two clusters of one profile: endpoint, CA and the boundary made of them.
    own = ("ApiServerEndpoint", "CertificateAuthorityData", "MimeBoundary", "Subnets")
    return sorted(
        _text(
            [
                stack["StackName"],
                stack["StackStatus"],
                _tags(stack),
                sorted(
                    [p["ParameterKey"], p["ParameterValue"]]
                    for p in stack["Parameters"]
                    if p["ParameterKey"] not in own
                ),
            ]
        )
        for stack in stacks
    )


def _without_ids(text: str, names: dict[str, str]) -> str:
    for identity, name in names.items():
        text = text.replace(identity, name)
    # EKS and CloudFormation end the names of what they make by chance.
    text = re.sub(r"(eks-cluster-sg-eksCluster|eks-cluster-sg-orders)-[0-9]+", r"\1", text)
    return _text(_in_order(json.loads(text)))


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_order(inner) for key, inner in value.items()}
    if isinstance(value, list) and all(isinstance(inner, str) for inner in value):
        return sorted(value)
    return [_in_order(inner) for inner in value] if isinstance(value, list) else value
