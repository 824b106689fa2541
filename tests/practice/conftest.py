"""A private cluster made by hand with boto3, everything that nodes need included, for a test to take parts away."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

NAME = "eksCluster"
TEMPLATE = Path(__file__).parents[2] / "wizard" / "templates" / "nodes.yaml"
NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")
ENDPOINTS = ("ec2", "ecr.api", "ecr.dkr", "sts")
NO_PROXY = (
    "10.110.0.0/16,172.20.0.0/16,169.254.169.254,localhost,.eks.amazonaws.com,ec2.ap-northeast-1.amazonaws.com,"
    ".ecr.ap-northeast-1.amazonaws.com,.s3.ap-northeast-1.amazonaws.com"
)


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass
class World:
    """The account under test, and the ids of what was made in it."""

    account: Any
    folder: Path
    ids: dict[str, str] = field(default_factory=dict)
    subnets: list[str] = field(default_factory=list)
    cluster: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return self.account.client(service)

    def network(self) -> None:
        """A VPC with two subnets, a route to the premises, and groups for endpoints and control plane."""
        ec2 = self.client("ec2")
        vpc = self.ids["vpc"] = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
        self.account.settled()
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
        for cidr, zone in (("10.110.3.0/24", "a"), ("10.110.4.0/24", "c")):
            made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{self.account.region}{zone}")
            self.subnets.append(made["Subnet"]["SubnetId"])
        table = self.ids["table"] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        for name in ("endpoints", "plane"):
            self.ids[name] = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        self.account.settled()
        ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
        self.account.pass_time(120)
        for subnet in self.subnets:
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.0.0/16", GatewayId=gateway)
        https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.110.0.0/16"}]}
        ec2.authorize_security_group_ingress(GroupId=self.ids["endpoints"], IpPermissions=[https])
        https["IpRanges"] = [{"CidrIp": "10.0.0.0/16"}]
        ec2.authorize_security_group_ingress(GroupId=self.ids["plane"], IpPermissions=[https])

    def endpoints(self, services: tuple[str, ...]) -> None:
        """Interface endpoints for the services, and the gateway for S3, all available."""
        ec2, region = self.client("ec2"), self.account.region
        for service in services:
            ec2.create_vpc_endpoint(
                VpcId=self.ids["vpc"],
                ServiceName=f"com.amazonaws.{region}.{service}",
                VpcEndpointType="Interface",
                SubnetIds=self.subnets,
                SecurityGroupIds=[self.ids["endpoints"]],
                PrivateDnsEnabled=True,
            )
        ec2.create_vpc_endpoint(
            VpcId=self.ids["vpc"],
            ServiceName=f"com.amazonaws.{region}.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=[self.ids["table"]],
        )
        self.account.pass_time(120)

    def roles(self) -> None:
        """The cluster's role and the nodes' role with the policies that EKS asks for."""
        iam = self.client("iam")
        iam.create_role(RoleName="eksClusterRole", AssumeRolePolicyDocument=trust("eks.amazonaws.com"))
        iam.create_role(RoleName="eksNodeRole", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
        self.account.settled()
        attached = [("eksClusterRole", "AmazonEKSClusterPolicy"), *(("eksNodeRole", name) for name in NODE_POLICIES)]
        for role, policy in attached:
            iam.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")

    def make_cluster(self, mode: str = "API_AND_CONFIG_MAP", *, entry: bool = True) -> None:
        """The private cluster, ACTIVE, with an access entry for the nodes' role."""
        eks = self.client("eks")
        eks.create_cluster(
            name=NAME,
            version="1.35",
            roleArn="arn:aws:iam::123456789012:role/eksClusterRole",
            resourcesVpcConfig={
                "subnetIds": self.subnets,
                "securityGroupIds": [self.ids["plane"]],
                "endpointPrivateAccess": True,
                "endpointPublicAccess": False,
            },
            kubernetesNetworkConfig={"serviceIpv4Cidr": "172.20.0.0/16"},
            accessConfig={"authenticationMode": mode, "bootstrapClusterCreatorAdminPermissions": True},
        )
        self.account.pass_time(700)
        self.cluster = eks.describe_cluster(name=NAME)["cluster"]
        if entry:
            role = "arn:aws:iam::123456789012:role/eksNodeRole"
            eks.create_access_entry(clusterName=NAME, principalArn=role, type="EC2_LINUX")

    def parameters(self, **changes: str) -> list[dict[str, str]]:
        """The parameters of nodes.yaml for two nodes behind the proxy."""
        image = self.client("ssm").get_parameter(
            Name="/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended/image_id"
        )
        values = {
            "ClusterName": NAME,
            "ApiServerEndpoint": self.cluster["endpoint"],
            "CertificateAuthorityData": self.cluster["certificateAuthority"]["data"],
            "ServiceCidr": "172.20.0.0/16",
            "ControlPlaneSecurityGroup": self.ids["plane"],
            "NodeRoleName": "eksNodeRole",
            "VpcId": self.ids["vpc"],
            "Subnets": ",".join(self.subnets),
            "ImageId": image["Parameter"]["Value"],
            "InstanceType": "m5.large",
            "DesiredSize": "2",
            "MinSize": "2",
            "MaxSize": "4",
            "HttpProxy": "http://proxy.example.internal:8080",
            "NoProxy": NO_PROXY,
            "MimeBoundary": "b0undary0123456789",
            **changes,
        }
        return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]

    def make_stack(self, name: str = "nodes", **changes: str) -> str:
        """Asks for the stack of nodes.yaml and answers its id at once."""
        made = self.client("cloudformation").create_stack(
            StackName=name,
            TemplateBody=TEMPLATE.read_text(),
            Parameters=self.parameters(**changes),
            Capabilities=["CAPABILITY_IAM"],
            Tags=[{"Key": "team", "Value": "platform"}],
        )
        return str(made["StackId"])

    def instances(self) -> list[dict[str, Any]]:
        """The instances of the account, however they are."""
        reservations = self.client("ec2").describe_instances()["Reservations"]
        return [instance for reservation in reservations for instance in reservation["Instances"]]

    def run(self, *command: str, text: str | None = None) -> "subprocess.CompletedProcess[str]":
        """A real command-line tool, with the environment that the practice account asks for."""
        practice = self.account.practice
        kept = {name: value for name, value in os.environ.items() if name not in practice.unset}
        environment = {**kept, **practice.env, "KUBECONFIG": str(self.folder / "kubeconfig")}
        return subprocess.run(
            command, env=environment, input=text, capture_output=True, text=True, timeout=60, check=False
        )

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """What kubectl prints, after aws eks update-kubeconfig."""
        if not (self.folder / "kubeconfig").exists():
            self.run("aws", "eks", "update-kubeconfig", "--name", NAME)
        found = self.run("kubectl", *arguments, text=text)
        assert found.returncode == 0, found.stderr
        return found.stdout


@pytest.fixture
def world(account: Any, tmp_path: Path) -> World:
    """An empty account; the test makes of it what it needs."""
    return World(account, tmp_path)


@pytest.fixture
def ready_for_nodes(world: World) -> World:
    """An account in which only the nodes' stack is missing."""
    world.roles()
    world.network()
    world.endpoints(ENDPOINTS)
    world.make_cluster()
    return world
