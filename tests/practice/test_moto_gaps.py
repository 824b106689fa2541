"""What moto does not do yet. When one of these fails, moto has caught up and a patch may go."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from wizard.practice import protocol
from wizard.practice.aws import Call
from wizard.practice.protocol import AwsError


def moto(service: str, operation: str, **params: Any) -> Any:
    """A call carried out by moto alone, in a region that no other test uses."""
    call = Call(service, operation, params, region="eu-north-1")
    scope = f"{call.access_key}/20260101/{call.region}/{service}/aws4_request"
    headers = {"Host": "127.0.0.1", "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=x"}
    environ = protocol.environ(service, operation, params, headers)
    started: list[Any] = []
    application = DomainDispatcherApplication(create_backend_app)
    body = b"".join(application(environ, lambda status, found, *_: started.extend((int(status[:3]), dict(found)))))
    return protocol.result(service, operation, protocol.Response(started[0], started[1], body))


@pytest.fixture
def vpc_id() -> str:
    """A VPC of moto's own."""
    return str(moto("ec2", "CreateVpc", CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"])


def test_dry_runs_are_carried_out() -> None:
    assert moto("ec2", "CreateVpc", CidrBlock="10.111.0.0/16", DryRun=True)["Vpc"]["VpcId"]


def test_endpoints_are_available_at_once_and_unchecked(vpc_id: str) -> None:
    asked = {"VpcId": vpc_id, "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-north-1.nothing"}
    made = moto("ec2", "CreateVpcEndpoint", **asked, PrivateDnsEnabled=True, SecurityGroupIds=["sg-00000000"])
    assert made["VpcEndpoint"]["State"] == "available"


def test_private_dns_cannot_be_modified(vpc_id: str) -> None:
    asked = {"VpcId": vpc_id, "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-north-1.ec2"}
    endpoint_id = moto("ec2", "CreateVpcEndpoint", **asked, PrivateDnsEnabled=False)["VpcEndpoint"]["VpcEndpointId"]
    moto("ec2", "ModifyVpcEndpoint", VpcEndpointId=endpoint_id, PrivateDnsEnabled=True)
    [endpoint] = moto("ec2", "DescribeVpcEndpoints", VpcEndpointIds=[endpoint_id])["VpcEndpoints"]
    assert endpoint["PrivateDnsEnabled"] is False


def test_groups_need_no_vpc() -> None:
    assert moto("ec2", "CreateSecurityGroup", VpcId="vpc-00000000", GroupName="x", Description="x")["GroupId"]


def test_only_the_last_rule_is_answered(vpc_id: str) -> None:
    group_id = moto("ec2", "CreateSecurityGroup", VpcId=vpc_id, GroupName="y", Description="y")["GroupId"]
    permissions = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
        for port in (443, 53)
    ]
    answer = moto("ec2", "AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=permissions)
    assert len(answer["SecurityGroupRules"]) == 1


def test_gateways_attach_at_once_and_propagate_nothing(vpc_id: str) -> None:
    gateway_id = moto("ec2", "CreateVpnGateway", Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    attachment = moto("ec2", "AttachVpnGateway", VpnGatewayId=gateway_id, VpcId=vpc_id)["VpcAttachment"]
    assert attachment["State"] == "attached"
    table_id = moto("ec2", "CreateRouteTable", VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    with pytest.raises(NotImplementedError):
        moto("ec2", "EnableVgwRoutePropagation", RouteTableId=table_id, GatewayId=gateway_id)


def test_prefix_lists_have_no_addresses_and_any_id_is_one() -> None:
    named = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.eu-north-1.s3"]}]
    [found] = moto("ec2", "DescribePrefixLists", Filters=named)["PrefixLists"]
    assert not found.get("Cidrs")
    assert moto("ec2", "GetManagedPrefixListEntries", PrefixListId="pl-00000000000000000")["Entries"] == []


def test_roles_are_as_old_as_the_process() -> None:
    trust = json.dumps({"Statement": []})
    made = moto("iam", "CreateRole", RoleName="age", AssumeRolePolicyDocument=trust)["Role"]["CreateDate"]
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)


def test_the_eks_images_are_unknown() -> None:
    name = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended/image_id"
    with pytest.raises(AwsError, match="ParameterNotFound"):
        moto("ssm", "GetParameter", Name=name)


def test_the_caller_is_a_user_of_sts() -> None:
    assert moto("sts", "GetCallerIdentity")["Arn"].startswith("arn:aws:sts::")


def test_what_is_patched_on_import_is_still_missing() -> None:
    untouched = """
from moto.ec2.models import ec2_backends
from moto.iam.models import SERVICE_NAME_CONVERSION, iam_backends
assert not iam_backends["123456789012"]["aws"].managed_policies
assert "eks" not in SERVICE_NAME_CONVERSION
assert ec2_backends["123456789012"]["eu-north-1"].default_vpc.dhcp_options_id == "default"
"""
    done = subprocess.run([sys.executable, "-c", untouched], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_eks_knows_no_access_entries() -> None:
    trust = json.dumps({"Statement": []})
    moto("iam", "CreateRole", RoleName="gap", AssumeRolePolicyDocument=trust)
    with pytest.raises((AwsError, NotImplementedError)):
        moto("eks", "ListAccessEntries", clusterName="none")
