"""The network of the practice account, where moto alone is thinner than AWS."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def ec2(account: Any) -> Any:
    """An EC2 client of the empty account."""
    return account.client("ec2")


@pytest.fixture
def network(account: Any, ec2: Any) -> dict[str, Any]:
    """A settled VPC with DNS on, a subnet in each of two zones, a route table and a group."""
    vpc_id = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc_id, **{attribute: {"Value": True}})
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.110.{number}.0/24", AvailabilityZone=account.region + zone)
        for number, zone in ((3, "a"), (4, "c"), (5, "c"))
    ]
    made = {
        "vpc": vpc_id,
        "subnets": [subnet["Subnet"]["SubnetId"] for subnet in subnets],
        "table": ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"],
        "group": ec2.create_security_group(VpcId=vpc_id, GroupName="endpoints", Description="endpoints")["GroupId"],
    }
    account.settled()
    return made


def interface_endpoint(ec2: Any, network: dict[str, Any], service: str = "ec2", **changes: Any) -> Any:
    """CreateVpcEndpoint with what an interface endpoint needs, and changes to it."""
    asked = {
        "VpcId": network["vpc"],
        "VpcEndpointType": "Interface",
        "ServiceName": f"com.amazonaws.ap-northeast-1.{service}",
        "SubnetIds": network["subnets"][:2],
        "SecurityGroupIds": [network["group"]],
        **changes,
    }
    return ec2.create_vpc_endpoint(**asked)["VpcEndpoint"]


def test_an_interface_endpoint_is_pending_then_available_with_its_names(
    account: Any, ec2: Any, network: dict[str, Any]
) -> None:
    made = interface_endpoint(ec2, network, "ecr.dkr")
    assert made["State"] == "pending"
    account.pass_time(80)
    [endpoint] = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [network["vpc"]]}])["VpcEndpoints"]
    assert endpoint["State"] == "available"
    assert endpoint["PrivateDnsEnabled"] is True
    assert [group["GroupId"] for group in endpoint["Groups"]] == [network["group"]]
    assert endpoint["SubnetIds"] == network["subnets"][:2]
    assert "*.dkr.ecr.ap-northeast-1.amazonaws.com" in {entry["DnsName"] for entry in endpoint["DnsEntries"]}
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])
    addresses = sorted(each["PrivateIpAddress"] for each in interfaces["NetworkInterfaces"])
    assert [address.rpartition(".")[0] for address in addresses] == ["10.110.3", "10.110.4"]
    assert {each["InterfaceType"] for each in interfaces["NetworkInterfaces"]} == {"vpc_endpoint"}
    assert {each["Groups"][0]["GroupId"] for each in interfaces["NetworkInterfaces"]} == {network["group"]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ServiceName": "com.amazonaws.ap-northeast-1.nothing"}, "InvalidServiceName"),
        ({"SecurityGroupIds": ["sg-00000000000000000"]}, "InvalidGroup.NotFound"),
        ({"SubnetIds": ["subnet-00000000000000000"]}, "InvalidSubnetID.NotFound"),
        ({"VpcId": "vpc-00000000000000000"}, "InvalidVpcID.NotFound"),
    ],
)
def test_what_create_vpc_endpoint_refuses(
    ec2: Any, network: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as error:
        interface_endpoint(ec2, network, **changes)
    assert error.value.response["Error"]["Code"] == code
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_two_subnets_of_one_zone_are_refused(ec2: Any, network: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="Found another VPC endpoint subnet in the availability zone of"):
        interface_endpoint(ec2, network, SubnetIds=network["subnets"])


def test_private_dns_needs_both_attributes(ec2: Any, network: dict[str, Any]) -> None:
    ec2.modify_vpc_attribute(VpcId=network["vpc"], EnableDnsHostnames={"Value": False})
    with pytest.raises(ClientError, match="Enabling private DNS requires both enableDnsSupport and enableDnsHostnames"):
        interface_endpoint(ec2, network)
    assert interface_endpoint(ec2, network, PrivateDnsEnabled=False)["PrivateDnsEnabled"] is False


def test_a_private_name_belongs_to_one_endpoint(account: Any, ec2: Any, network: dict[str, Any]) -> None:
    interface_endpoint(ec2, network)
    with pytest.raises(ClientError, match=r"already a conflicting DNS domain for ec2\.ap-northeast-1\.amazonaws\.com"):
        interface_endpoint(ec2, network)
    other = interface_endpoint(ec2, network, PrivateDnsEnabled=False)["VpcEndpointId"]
    account.settled()
    with pytest.raises(ClientError, match="conflicting DNS domain"):
        ec2.modify_vpc_endpoint(VpcEndpointId=other, PrivateDnsEnabled=True)


def test_private_dns_can_be_modified(account: Any, ec2: Any, network: dict[str, Any]) -> None:
    endpoint_id = interface_endpoint(ec2, network, PrivateDnsEnabled=False)["VpcEndpointId"]
    account.settled()
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, PrivateDnsEnabled=True)
    [endpoint] = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"]
    assert endpoint["PrivateDnsEnabled"] is True
    assert "ec2.ap-northeast-1.amazonaws.com" in {entry["DnsName"] for entry in endpoint["DnsEntries"]}


def test_a_client_token_makes_one_endpoint(ec2: Any, network: dict[str, Any]) -> None:
    first = interface_endpoint(ec2, network, ClientToken="one")
    assert interface_endpoint(ec2, network, ClientToken="one")["VpcEndpointId"] == first["VpcEndpointId"]
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        interface_endpoint(ec2, network, "sts", ClientToken="one")


def test_a_gateway_endpoint_routes_once_in_a_table(account: Any, ec2: Any, network: dict[str, Any]) -> None:
    asked = {
        "VpcId": network["vpc"],
        "ServiceName": "com.amazonaws.ap-northeast-1.s3",
        "RouteTableIds": [network["table"]],
    }
    made = ec2.create_vpc_endpoint(**asked)["VpcEndpoint"]
    assert (made["State"], made["VpcEndpointType"], made["PrivateDnsEnabled"]) == ("available", "Gateway", False)
    with pytest.raises(ClientError, match="RouteAlreadyExists"):
        ec2.create_vpc_endpoint(**asked)
    account.settled()
    second = ec2.create_route_table(VpcId=network["vpc"])["RouteTable"]["RouteTableId"]
    account.settled()
    ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], AddRouteTableIds=[second])
    for table_id in (network["table"], second):
        [table] = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
        assert made["VpcEndpointId"] in {route.get("GatewayId") for route in table["Routes"]}
    ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], RemoveRouteTableIds=[second])
    [table] = ec2.describe_route_tables(RouteTableIds=[second])["RouteTables"]
    assert made["VpcEndpointId"] not in {route.get("GatewayId") for route in table["Routes"]}


def test_a_deleted_endpoint_lingers_and_is_gone(account: Any, ec2: Any, network: dict[str, Any]) -> None:
    endpoint_id = interface_endpoint(ec2, network)["VpcEndpointId"]
    account.pass_time(80)
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])["Unsuccessful"] == []
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"][0]["State"] == "deleting"
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=network["group"])
    account.pass_time(60)
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    ec2.delete_security_group(GroupId=network["group"])
    [failed] = ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])["Unsuccessful"]
    assert failed["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"


def test_endpoint_services_say_their_names_and_zones(account: Any, ec2: Any) -> None:
    names = [f"com.amazonaws.ap-northeast-1.{each}" for each in ("ecr.api", "ecr.dkr", "s3")]
    filters = [{"Name": "service-name", "Values": names}, {"Name": "service-type", "Values": ["Interface"]}]
    details = ec2.describe_vpc_endpoint_services(Filters=filters)["ServiceDetails"]
    said = {each["ServiceName"].partition("-1.")[2]: each["PrivateDnsNames"][0]["PrivateDnsName"] for each in details}
    assert said == {
        "ecr.api": "api.ecr.ap-northeast-1.amazonaws.com",
        "ecr.dkr": "*.dkr.ecr.ap-northeast-1.amazonaws.com",
        "s3": "*.s3.ap-northeast-1.amazonaws.com",
    }
    assert "ap-northeast-1a" in details[0]["AvailabilityZones"]
    account.catalogue(missing_endpoint_services=["eks"])
    with pytest.raises(ClientError, match="InvalidServiceName"):
        ec2.describe_vpc_endpoint_services(ServiceNames=["com.amazonaws.ap-northeast-1.eks"])


def test_endpoint_services_come_in_pages(ec2: Any) -> None:
    pages = list(ec2.get_paginator("describe_vpc_endpoint_services").paginate(PaginationConfig={"PageSize": 100}))
    assert len(pages) > 1
    names = [each["ServiceName"] for page in pages for each in page["ServiceDetails"]]
    assert names.count("com.amazonaws.ap-northeast-1.s3") == 2  # the gateway and the interface
    assert len(names) == sum(len(page["ServiceDetails"]) for page in pages) > 200


def test_a_vpn_gateway_attaches_before_it_routes(account: Any, ec2: Any, network: dict[str, Any]) -> None:
    gateway_id = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    account.settled()
    route = {"RouteTableId": network["table"], "DestinationCidrBlock": "10.0.0.0/16", "GatewayId": gateway_id}
    with pytest.raises(ClientError, match="belong to different networks"):
        ec2.create_route(**route)
    made = ec2.attach_vpn_gateway(VpnGatewayId=gateway_id, VpcId=network["vpc"])
    assert made["VpcAttachment"]["State"] == "attaching"
    with pytest.raises(ClientError, match=r"Gateway\.NotAttached"):
        ec2.enable_vgw_route_propagation(RouteTableId=network["table"], GatewayId=gateway_id)
    account.pass_time(40)
    [gateway] = ec2.describe_vpn_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [network["vpc"]]}])[
        "VpnGateways"
    ]
    assert gateway["VpcAttachments"] == [{"VpcId": network["vpc"], "State": "attached"}]
    ec2.create_route(**route)
    ec2.enable_vgw_route_propagation(RouteTableId=network["table"], GatewayId=gateway_id)
    [table] = ec2.describe_route_tables(RouteTableIds=[network["table"]])["RouteTables"]
    assert table["PropagatingVgws"] == [{"GatewayId": gateway_id}]
    with pytest.raises(ClientError, match="IncorrectState"):
        ec2.delete_vpn_gateway(VpnGatewayId=gateway_id)
    ec2.detach_vpn_gateway(VpnGatewayId=gateway_id, VpcId=network["vpc"])
    account.pass_time(40)
    assert ec2.describe_vpn_gateways()["VpnGateways"][0]["VpcAttachments"][0]["State"] == "detached"
    ec2.delete_vpn_gateway(VpnGatewayId=gateway_id)
    assert ec2.describe_vpn_gateways()["VpnGateways"] == []


def test_a_group_needs_its_vpc_and_rules_are_all_answered(ec2: Any, network: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match=r"InvalidVpcID\.NotFound"):
        ec2.create_security_group(VpcId="vpc-00000000000000000", GroupName="x", Description="x")
    ranges = [{"CidrIp": "10.0.0.0/16"}, {"CidrIp": "10.110.0.0/16", "Description": "the VPC"}]
    permissions = [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": ranges},
        {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": ranges[:1]},
    ]
    answer = ec2.authorize_security_group_ingress(GroupId=network["group"], IpPermissions=permissions)
    said = {(rule["FromPort"], rule["CidrIpv4"]) for rule in answer["SecurityGroupRules"]}
    assert said == {(443, "10.0.0.0/16"), (443, "10.110.0.0/16"), (53, "10.0.0.0/16")}
    with pytest.raises(ClientError, match=r"InvalidPermission\.Duplicate"):
        ec2.authorize_security_group_ingress(GroupId=network["group"], IpPermissions=permissions[:1])


def test_a_group_that_another_names_cannot_be_deleted(account: Any, ec2: Any, network: dict[str, Any]) -> None:
    other = ec2.create_security_group(VpcId=network["vpc"], GroupName="other", Description="other")["GroupId"]
    account.settled()
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "UserIdGroupPairs": [{"GroupId": network["group"]}],
    }
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[permission])
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=network["group"])
    ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=[permission])
    ec2.delete_security_group(GroupId=network["group"])


def test_a_vpc_has_the_regions_dhcp_options(account: Any, ec2: Any, network: dict[str, Any]) -> None:
    [vpc] = ec2.describe_vpcs(VpcIds=[network["vpc"]])["Vpcs"]
    [options] = ec2.describe_dhcp_options(DhcpOptionsIds=[vpc["DhcpOptionsId"]])["DhcpOptions"]
    said = {each["Key"]: [value["Value"] for value in each["Values"]] for each in options["DhcpConfigurations"]}
    assert said == {
        "domain-name-servers": ["AmazonProvidedDNS"],
        "domain-name": ["ap-northeast-1.compute.internal"],
    }


def test_the_two_dns_attributes_are_two_calls(ec2: Any, network: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidParameterCombination"):
        ec2.modify_vpc_attribute(
            VpcId=network["vpc"], EnableDnsSupport={"Value": True}, EnableDnsHostnames={"Value": True}
        )


def test_a_subnet_has_one_route_table(account: Any, ec2: Any, network: dict[str, Any]) -> None:
    first = ec2.associate_route_table(RouteTableId=network["table"], SubnetId=network["subnets"][0])
    again = ec2.associate_route_table(RouteTableId=network["table"], SubnetId=network["subnets"][0])
    assert again["AssociationId"] == first["AssociationId"]
    other = ec2.create_route_table(VpcId=network["vpc"])["RouteTable"]["RouteTableId"]
    account.settled()
    with pytest.raises(ClientError, match=r"Resource\.AlreadyAssociated"):
        ec2.associate_route_table(RouteTableId=other, SubnetId=network["subnets"][0])


def test_a_transit_gateway_is_known_where_the_vpc_hangs_on_it(ec2: Any, network: dict[str, Any]) -> None:
    gateway_id = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    route = {
        "RouteTableId": network["table"],
        "DestinationCidrBlock": "10.0.0.0/16",
        "TransitGatewayId": gateway_id,
    }
    with pytest.raises(ClientError, match=r"InvalidTransitGatewayID\.NotFound"):
        ec2.create_route(**route)
    ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway_id, VpcId=network["vpc"], SubnetIds=network["subnets"][:1]
    )
    ec2.create_route(**route)
    [table] = ec2.describe_route_tables(RouteTableIds=[network["table"]])["RouteTables"]
    assert gateway_id in {each.get("TransitGatewayId") for each in table["Routes"]}


@pytest.mark.parametrize(
    ("kind", "make", "listed"),
    [
        ("vpc", lambda ec2, _, tags: ec2.create_vpc(CidrBlock="10.1.0.0/16", **tags), ("describe_vpcs", "Vpcs")),
        (
            "subnet",
            lambda ec2, vpc, tags: ec2.create_subnet(VpcId=vpc, CidrBlock="10.110.9.0/24", **tags),
            ("describe_subnets", "Subnets"),
        ),
        (
            "route-table",
            lambda ec2, vpc, tags: ec2.create_route_table(VpcId=vpc, **tags),
            ("describe_route_tables", "RouteTables"),
        ),
        (
            "security-group",
            lambda ec2, vpc, tags: ec2.create_security_group(VpcId=vpc, GroupName="x", Description="x", **tags),
            ("describe_security_groups", "SecurityGroups"),
        ),
        (
            "vpn-gateway",
            lambda ec2, _, tags: ec2.create_vpn_gateway(Type="ipsec.1", **tags),
            ("describe_vpn_gateways", "VpnGateways"),
        ),
        (
            "vpc-endpoint",
            lambda ec2, vpc, tags: ec2.create_vpc_endpoint(
                VpcId=vpc, ServiceName="com.amazonaws.ap-northeast-1.s3", **tags
            ),
            ("describe_vpc_endpoints", "VpcEndpoints"),
        ),
    ],
)
def test_things_are_tagged_as_they_are_made_and_found_by_their_tags(
    account: Any, ec2: Any, network: dict[str, Any], kind: str, make: Any, listed: tuple[str, str]
) -> None:
    tags = [{"Key": "eks-wizard:cluster", "Value": "priv"}, {"Key": "eks-wizard:change", "Value": "one"}]
    make(ec2, network["vpc"], {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]})
    account.settled()
    filters = [{"Name": f"tag:{tag['Key']}", "Values": [tag["Value"]]} for tag in tags]
    [found] = getattr(ec2, listed[0])(Filters=filters)[listed[1]]
    assert sorted(found["Tags"], key=str) == sorted(tags, key=str)
    assert getattr(ec2, listed[0])(Filters=[{"Name": "tag:eks-wizard:change", "Values": ["two"]}])[listed[1]] == []


def test_rules_are_tagged_as_they_are_made(ec2: Any, network: dict[str, Any]) -> None:
    tags = [{"Key": "eks-wizard:change", "Value": "one"}]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    [made] = ec2.authorize_security_group_ingress(
        GroupId=network["group"],
        IpPermissions=[permission],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": tags}],
    )["SecurityGroupRules"]
    assert made["Tags"] == tags
    [found] = ec2.describe_security_group_rules(Filters=[{"Name": "tag:eks-wizard:change", "Values": ["one"]}])[
        "SecurityGroupRules"
    ]
    assert found["SecurityGroupRuleId"] == made["SecurityGroupRuleId"]
    ec2.revoke_security_group_ingress(GroupId=network["group"], SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])
    [group] = ec2.describe_security_groups(GroupIds=[network["group"]])["SecurityGroups"]
    assert group["IpPermissions"] == []


@pytest.mark.parametrize(
    ("operation", "params", "listed"),
    [
        ("create_vpc", {"CidrBlock": "10.1.0.0/16"}, ("describe_vpcs", "Vpcs")),
        ("create_vpn_gateway", {"Type": "ipsec.1"}, ("describe_vpn_gateways", "VpnGateways")),
    ],
)
def test_a_dry_run_makes_nothing(ec2: Any, operation: str, params: dict[str, Any], listed: tuple[str, str]) -> None:
    before = len(getattr(ec2, listed[0])()[listed[1]])
    with pytest.raises(ClientError) as error:
        getattr(ec2, operation)(**params, DryRun=True)
    assert error.value.response["Error"]["Code"] == "DryRunOperation"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert len(getattr(ec2, listed[0])()[listed[1]]) == before


def test_an_acl_ends_with_what_denies_the_rest(account: Any) -> None:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    made = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]
    assert [(one["RuleNumber"], one["RuleAction"]) for one in made["Entries"]] == [(32767, "deny")] * 2
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        ec2.delete_network_acl_entry(NetworkAclId=made["NetworkAclId"], RuleNumber=32767, Egress=True)
