"""The whole of a private cluster, made by hand over HTTP as the wizard makes it, while time passes by reads."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

YOUNG = {"NoSuchEntity", "InvalidParameterException"}


def patiently(call: Callable[..., Any], **params: Any) -> Any:
    """A call, sent again while AWS does not know yet what was just made."""
    for _ in range(5):
        try:
            return call(**params)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if not code.endswith(".NotFound") and code not in YOUNG:
                raise
            last = error
    raise last


def until(read: Callable[[], Any], wanted: str) -> None:
    """Reads until a state is there."""
    for _ in range(200):
        if read() == wanted:
            return
    pytest.fail(f"never {wanted}")


def role(account: Any, name: str, service: str, *policies: str) -> str:
    """A role with managed policies; returns its ARN."""
    iam = account.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    patiently(iam.get_role, RoleName=name)
    for policy in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    return str(made["Arn"])


def test_a_private_cluster_can_be_built(account: Any) -> None:
    ec2, eks = account.client("ec2"), account.client("eks")
    cluster_role = role(account, "eksClusterRole", "eks.amazonaws.com", "AmazonEKSClusterPolicy")
    node_role = role(account, "eksNodeRole", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy")

    vpc_id = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        patiently(ec2.modify_vpc_attribute, VpcId=vpc_id, **{attribute: {"Value": True}})
    subnets = [
        patiently(
            ec2.create_subnet, VpcId=vpc_id, CidrBlock=f"10.110.{number}.0/24", AvailabilityZone=account.region + zone
        )["Subnet"]["SubnetId"]
        for number, zone in ((3, "a"), (4, "c"))
    ]
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    patiently(ec2.describe_route_tables, RouteTableIds=[table_id])
    for subnet_id in subnets:
        patiently(ec2.associate_route_table, RouteTableId=table_id, SubnetId=subnet_id)
    gateway_id = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    patiently(ec2.describe_vpn_gateways, VpnGatewayIds=[gateway_id])
    ec2.attach_vpn_gateway(VpnGatewayId=gateway_id, VpcId=vpc_id)
    until(lambda: ec2.describe_vpn_gateways()["VpnGateways"][0]["VpcAttachments"][0]["State"], "attached")
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="10.0.0.0/16", GatewayId=gateway_id)
    ec2.enable_vgw_route_propagation(RouteTableId=table_id, GatewayId=gateway_id)

    groups = [
        ec2.create_security_group(VpcId=vpc_id, GroupName=name, Description=name)["GroupId"]
        for name in ("endpoints", "control-plane")
    ]
    for group_id in groups:
        permission = {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "IpRanges": [{"CidrIp": "10.0.0.0/16"}, {"CidrIp": "10.110.0.0/16"}],
        }
        patiently(ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=[permission])
    for service in ("ec2", "ecr.api", "ecr.dkr", "sts"):
        ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{account.region}.{service}",
            SubnetIds=subnets,
            SecurityGroupIds=[groups[0]],
            PrivateDnsEnabled=True,
        )
    ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=f"com.amazonaws.{account.region}.s3", RouteTableIds=[table_id])

    eks.create_cluster(
        name="eksCluster",
        roleArn=cluster_role,
        resourcesVpcConfig={
            "subnetIds": subnets,
            "securityGroupIds": [groups[1]],
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        kubernetesNetworkConfig={"serviceIpv4Cidr": "172.20.0.0/16"},
        accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"},
    )
    until(lambda: eks.describe_cluster(name="eksCluster")["cluster"]["status"], "ACTIVE")
    eks.create_access_entry(clusterName="eksCluster", principalArn=node_role, type="EC2_LINUX")
    eks.create_addon(clusterName="eksCluster", addonName="vpc-cni")
    until(lambda: eks.describe_addon(clusterName="eksCluster", addonName="vpc-cni")["addon"]["status"], "ACTIVE")

    endpoints = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["VpcEndpoints"]
    assert {endpoint["State"] for endpoint in endpoints} == {"available"}
    assert len(endpoints) == 5
    addresses = [
        address["PrivateIpAddress"]
        for interface in ec2.describe_network_interfaces()["NetworkInterfaces"]
        for address in interface["PrivateIpAddresses"]
    ]
    assert len(addresses) == len(set(addresses)) == 10
    assert not [call for call in account.calls() if call["code"] in ("InternalError", "NotImplementedInPractice")]
