"""What a boot sees of the account: parts that decide are taken away one after the other, and the console tells."""

import json
from typing import Any

import pytest

NO_PROXY = (
    "10.110.0.0/16,172.20.0.0/16,169.254.169.254,localhost,.eks.amazonaws.com,ec2.ap-northeast-1.amazonaws.com,"
    ".dkr.ecr.ap-northeast-1.amazonaws.com,.s3.ap-northeast-1.amazonaws.com"
)


def document(**statement: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Resource": "*", **statement}]})


def console(world: Any) -> str:
    [instance] = [each for each in world.instances() if each["State"]["Name"] == "running"]
    return str(world.client("ec2").get_console_output(InstanceId=instance["InstanceId"]).get("Output", ""))


@pytest.fixture
def started(ready_for_nodes: Any) -> Any:
    """One node, behind the proxy for ECR's API, whose layers the S3 endpoint's policy refuses."""
    world = ready_for_nodes
    ec2 = world.client("ec2")
    found = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [world.ids["vpc"]]}])["VpcEndpoints"]
    world.ids |= {
        each["ServiceName"].removeprefix("com.amazonaws.ap-northeast-1."): each["VpcEndpointId"] for each in found
    }
    only_own = document(Action="s3:*", Resource="arn:aws:s3:::own/*")
    ec2.modify_vpc_endpoint(VpcEndpointId=world.ids["s3"], PolicyDocument=only_own)
    world.make_stack(DesiredSize="1", MinSize="1", NoProxy=NO_PROXY)
    for _ in range(60):
        if world.instances():
            break
    world.account.pass_time(110)
    return world


@pytest.mark.timeout(180)
def test_everything_that_decides_is_seen(started: Any) -> None:
    world, ec2 = started, started.client("ec2")
    told = console(world)
    assert "unexpected status from GET request to https://prod-ap-northeast-1-starport-layer-bucket.s3" in told
    assert "403 Forbidden" in told
    lines = world.kubectl("get", "pods", "-n", "kube-system").splitlines()[1:]
    assert {line.split()[0].split("-")[0]: line.split()[2] for line in lines} == {
        "aws": "Init:ImagePullBackOff",
        "kube": "ImagePullBackOff",
        "coredns": "Pending",
    }

    ec2.modify_vpc_endpoint(VpcEndpointId=world.ids["ecr.dkr"], PolicyDocument=document(Action="ecr:Describe*"))
    assert "unexpected status from HEAD request" in console(world)

    world.account.control("POST", "premises", {"proxy_intercepts": True})
    assert 'Post \\"https://api.ecr.ap-northeast-1.amazonaws.com/\\": tls: failed to verify certificate' in console(
        world
    )
    world.account.control("POST", "premises", {"names_forwarded": False})
    assert "lookup proxy.example.internal on 10.110.0.2:53: no such host" in console(world)

    nodes = next(
        group["GroupId"]
        for group in ec2.describe_security_groups()["SecurityGroups"]
        if group["VpcId"] == world.ids["vpc"] and "nodes" in group["GroupName"]
    )
    company = ec2.create_managed_prefix_list(
        PrefixListName="vpc", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "10.110.0.0/16"}]
    )["PrefixList"]["PrefixListId"]
    by_list = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": company}]}
    everything = ec2.describe_security_groups(GroupIds=[nodes])["SecurityGroups"][0]["IpPermissionsEgress"]
    ec2.revoke_security_group_egress(GroupId=nodes, IpPermissions=everything)
    ec2.authorize_security_group_egress(GroupId=nodes, IpPermissions=[by_list])
    assert "no such host" in console(world)
    ec2.revoke_security_group_egress(GroupId=nodes, IpPermissions=[by_list])
    assert "retrying request EC2/DescribeInstances" in console(world)
    ec2.authorize_security_group_egress(GroupId=nodes, IpPermissions=everything)
    assert "no such host" in console(world)

    options = ec2.create_dhcp_options(
        DhcpConfigurations=[
            {"Key": "domain-name-servers", "Values": ["10.0.0.53"]},
            {"Key": "domain-name", "Values": ["corp.example"]},
        ]
    )["DhcpOptions"]["DhcpOptionsId"]
    world.account.settled()
    ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=world.ids["vpc"])
    told = console(world)
    assert ".corp.example>" in told
    assert "retrying request EC2/DescribeInstances" in told


def test_a_full_subnet_starts_no_instance(ready_for_nodes: Any) -> None:
    """The group starts its nodes in the other zone, until that is full, too."""
    world, ec2 = ready_for_nodes, ready_for_nodes.client("ec2")
    small = []
    for first, zone in ((0, "a"), (16, "c")):
        block, where = f"10.110.9.{first}/28", f"ap-northeast-1{zone}"
        made = ec2.create_subnet(VpcId=world.ids["vpc"], CidrBlock=block, AvailabilityZone=where)
        small.append(made["Subnet"]["SubnetId"])
    world.account.settled()
    for _ in range(11):
        ec2.create_network_interface(SubnetId=small[0])
    for _ in range(9):
        ec2.create_network_interface(SubnetId=small[1])
    world.make_stack(Subnets=",".join(small), DesiredSize="3", MinSize="3")
    scaling = world.client("autoscaling")
    for _ in range(60):
        activities = scaling.describe_scaling_activities()["Activities"]
        if len([one for one in activities if one["StatusCode"] == "Failed"]) > 3:
            break
    failed = [one["StatusMessage"] for one in activities if one["StatusCode"] == "Failed"]
    assert {
        f"There are not enough free addresses in subnet '{subnet}' to satisfy the requested number of instances. "
        "Launching EC2 instance failed."
        for subnet in small
    } == set(failed)
    assert [each["SubnetId"] for each in world.instances()] == [small[1]] * 2


def test_premises_are_checked(account: Any) -> None:
    for wrong in ({"colour": 1}, {"proxy_intercepts": "yes"}, {"cidrs": ["here"]}, {"cidrs": "10.0.0.0/8"}, []):
        with pytest.raises(AssertionError, match="POST premises"):
            account.control("POST", "premises", wrong)


def test_a_vpn_gateway_propagates_what_the_premises_announce(world: Any) -> None:
    world.network()
    ec2, table = world.client("ec2"), world.ids["table"]
    gateway = ec2.describe_vpn_gateways()["VpnGateways"][0]["VpnGatewayId"]
    announced = {"call": "company.SetPremises", "params": {"cidrs": ["192.168.0.0/20"], "proxy_intercepts": "true"}}
    world.account.control("POST", "stage", {"steps": [announced]})
    ec2.enable_vgw_route_propagation(RouteTableId=table, GatewayId=gateway)
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert {(each.get("DestinationCidrBlock"), each["Origin"]) for each in routes if each["GatewayId"] == gateway} == {
        ("10.0.0.0/16", "CreateRoute"),
        ("192.168.0.0/20", "EnableVgwRoutePropagation"),
    }
