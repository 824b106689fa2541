"""A world built in the practice account with the calls that an operator's tools would send."""

import base64
import json
import ssl
import urllib.request
from dataclasses import replace
from typing import Any

from oracle.right_world import COMPANY_LIST, ROLE_ID
from oracle.worlds import ACCOUNT, PREFIX_LISTS, Entrance, World

from wizard.cloud import Access, Cloud
from wizard.kube import token
from wizard.practice.boot.snapshot import AclEntry, DhcpOptions, MappedRole, Rule
from wizard.practice.patches.eks_images import bottlerocket_name, image_id, image_name

MODES_WITH_ENTRIES = ("API", "API_AND_CONFIG_MAP")


class Built:
    """The account with the world in it; ``ids`` are AWS's ids by the world's own."""

    def __init__(self, account: Any, world: World) -> None:
        self.account = account
        self.world = world
        self.ids: dict[str, str] = {}
        self.cluster: dict[str, Any] = {}
        self._network()
        self._roles()
        self._make_cluster()
        self._rules()
        self._endpoints()
        self._acls()
        self._dns()
        self._identify()
        self._launch()

    def world_ids(self, text: str) -> str:
        """The text with the world's own ids in place of AWS's."""
        for ours, theirs in self.ids.items():
            text = text.replace(theirs, ours)
        return text

    def _client(self, service: str) -> Any:
        return self.account.client(service)

    def _network(self) -> None:
        ec2, world, ids = self._client("ec2"), self.world, self.ids
        vpc = ids["vpc-1"] = ec2.create_vpc(CidrBlock=str(world.cidrs[0]))["Vpc"]["VpcId"]
        self.account.settled()
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
        for cidr in world.cidrs[1:]:
            ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock=str(cidr))
        for name, place in world.subnets.items():
            made = ec2.create_subnet(VpcId=vpc, CidrBlock=str(place.cidr), AvailabilityZone=place.zone)
            ids[name] = made["Subnet"]["SubnetId"]
        of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
        for name in world.tables:
            if name == "rtb-main":
                [main] = ec2.describe_route_tables(Filters=of_vpc)["RouteTables"]
                ids[name] = main["RouteTableId"]
            else:
                ids[name] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        for name in world.groups:
            if name != "sg-cluster":
                ids[name] = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        self.account.settled()
        for name, place in world.subnets.items():
            if place.table != "rtb-main":
                ec2.associate_route_table(RouteTableId=ids[place.table], SubnetId=ids[name])
        self._routes(vpc)

    def _routes(self, vpc: str) -> None:
        ec2, ids = self._client("ec2"), self.ids
        keys = {"vgw": "GatewayId", "igw": "GatewayId", "tgw": "TransitGatewayId", "nat": "NatGatewayId"}
        for table, routes in self.world.tables.items():
            for route in routes:
                if route.target == "local":
                    continue
                if route.target not in ids:
                    self._gateway(vpc, route.target)
                ec2.create_route(
                    RouteTableId=ids[table],
                    DestinationCidrBlock=str(route.destination),
                    **{keys[route.target[:3]]: ids[route.target]},
                )

    def _gateway(self, vpc: str, name: str) -> None:
        ec2 = self._client("ec2")
        if name.startswith("vgw"):
            self.ids[name] = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
            self.account.settled()
            ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=self.ids[name])
        elif name.startswith("igw"):
            self.ids[name] = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            self.account.settled()
            ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=self.ids[name])
        elif name.startswith("tgw"):
            self.ids[name] = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
            self.account.settled()
            subnets = [self.ids[one] for one in self.world.launch.subnets]
            ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=self.ids[name], VpcId=vpc, SubnetIds=subnets)
        else:
            address = ec2.allocate_address(Domain="vpc")["AllocationId"]
            subnet = self.ids[next(iter(self.world.subnets))]
            made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
            self.ids[name] = made["NatGatewayId"]
        self.account.pass_time(120)

    def _roles(self) -> None:
        iam, role = self._client("iam"), self.world.launch.role
        iam.create_role(RoleName="eksClusterRole", AssumeRolePolicyDocument=_trust("eks.amazonaws.com"))
        if role is not None:
            self._node_role()
        iam.create_instance_profile(InstanceProfileName="eksNodes")
        self.account.settled()
        if role is not None:
            name = role.arn.rpartition("/")[2]
            iam.add_role_to_instance_profile(InstanceProfileName="eksNodes", RoleName=name)

    def _node_role(self) -> None:
        iam, role = self._client("iam"), self.world.launch.role
        assert role is not None
        name, path = role.arn.rpartition("/")[2], f"{role.arn.partition(':role')[2].rpartition('/')[0]}/"
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=_trust(*role.trusted))
        self.account.settled()
        statement = {"Effect": "Allow", "Action": list(role.allowed), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        for number, policy in enumerate((document, *role.policies)):
            iam.put_role_policy(RoleName=name, PolicyName=f"nodes-{number}", PolicyDocument=policy)

    def _make_cluster(self) -> None:
        eks, plane = self._client("eks"), self.world.plane
        cluster = plane.cluster
        eks.create_cluster(
            name=cluster.name,
            version=cluster.version,
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/eksClusterRole",
            resourcesVpcConfig={
                "subnetIds": [self.ids[name] for name in plane.subnets],
                "securityGroupIds": [self.ids[name] for name in plane.groups[1:]],
                "endpointPrivateAccess": cluster.private_access,
                "endpointPublicAccess": cluster.public_access,
            },
            kubernetesNetworkConfig={"serviceIpv4Cidr": plane.service_cidr},
            accessConfig={
                "authenticationMode": cluster.authentication_mode,
                "bootstrapClusterCreatorAdminPermissions": True,
            },
            bootstrapSelfManagedAddons=False,
        )
        self.account.pass_time(700)
        self.cluster = eks.describe_cluster(name=cluster.name)["cluster"]
        self.ids["sg-cluster"] = self.cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
        if cluster.network_plugin:
            eks.create_addon(clusterName=cluster.name, addonName="vpc-cni")
            self.account.pass_time(60)

    def _rules(self) -> None:
        ec2 = self._client("ec2")
        for found in ec2.describe_prefix_lists()["PrefixLists"]:
            service = found["PrefixListName"].rpartition(".")[2]
            if service in PREFIX_LISTS:
                self.ids[PREFIX_LISTS[service]] = found["PrefixListId"]
        entries = [{"Cidr": str(cidr)} for cidr in self.world.prefix_lists[COMPANY_LIST]]
        made = ec2.create_managed_prefix_list(
            PrefixListName="company", Entries=entries, MaxEntries=len(entries), AddressFamily="IPv4"
        )
        self.ids[COMPANY_LIST] = made["PrefixList"]["PrefixListId"]
        for name, group in self.world.groups.items():
            there = ec2.describe_security_groups(GroupIds=[self.ids[name]])["SecurityGroups"][0]
            if there["IpPermissionsEgress"]:
                ec2.revoke_security_group_egress(GroupId=self.ids[name], IpPermissions=there["IpPermissionsEgress"])
            if there["IpPermissions"]:
                ec2.revoke_security_group_ingress(GroupId=self.ids[name], IpPermissions=there["IpPermissions"])
            for rules, authorize in (
                (group.ingress, ec2.authorize_security_group_ingress),
                (group.egress, ec2.authorize_security_group_egress),
            ):
                for permission in dict.fromkeys(json.dumps(self._permission(rule)) for rule in rules):
                    authorize(GroupId=self.ids[name], IpPermissions=[json.loads(permission)])

    def _permission(self, rule: Rule) -> dict[str, Any]:
        permission: dict[str, Any] = {"IpProtocol": rule.protocol}
        if rule.protocol != "-1":
            permission |= {"FromPort": rule.from_port, "ToPort": rule.to_port}
        if rule.cidrs:
            permission["IpRanges"] = [{"CidrIp": str(cidr)} for cidr in rule.cidrs]
        if rule.groups:
            permission["UserIdGroupPairs"] = [{"GroupId": self.ids[name]} for name in rule.groups]
        if rule.prefix_lists:
            permission["PrefixListIds"] = [{"PrefixListId": self.ids[name]} for name in rule.prefix_lists]
        return permission

    def _endpoints(self) -> None:
        ec2 = self._client("ec2")
        for entrance in self.world.endpoints:
            made = ec2.create_vpc_endpoint(
                VpcId=self.ids["vpc-1"],
                ServiceName=f"com.amazonaws.{self.world.region}.{entrance.service}",
                VpcEndpointType=entrance.kind,
                **self._parts(entrance),
                **({"PolicyDocument": entrance.policy} if entrance.policy else {}),
            )
            self.ids[entrance.id] = made["VpcEndpoint"]["VpcEndpointId"]
        self.account.pass_time(120)

    def _parts(self, entrance: Entrance) -> dict[str, Any]:
        if entrance.kind == "Gateway":
            return {"RouteTableIds": [self.ids[name] for name in entrance.tables]}
        return {
            "SubnetIds": [self.ids[name] for name in entrance.subnets],
            "SecurityGroupIds": [self.ids[name] for name in entrance.groups],
            "PrivateDnsEnabled": entrance.private_dns,
        }

    def _acls(self) -> None:
        ec2 = self._client("ec2")
        used = {place.acl for place in self.world.subnets.values()} - {"acl-default"}
        for name in used:
            made = ec2.create_network_acl(VpcId=self.ids["vpc-1"])["NetworkAcl"]["NetworkAclId"]
            self.ids[name] = made
            for entry in self.world.acls[name]:
                ec2.create_network_acl_entry(NetworkAclId=made, **_acl_entry(entry))
        for subnet, place in self.world.subnets.items():
            if place.acl in used:
                filters = [{"Name": "association.subnet-id", "Values": [self.ids[subnet]]}]
                [there] = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
                [association] = [one for one in there["Associations"] if one["SubnetId"] == self.ids[subnet]]
                ec2.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"], NetworkAclId=self.ids[place.acl]
                )

    def _dns(self) -> None:
        ec2, vpc = self._client("ec2"), self.ids["vpc-1"]
        for attribute, on in (
            ("EnableDnsSupport", self.world.dns_support),
            ("EnableDnsHostnames", self.world.dns_hostnames),
        ):
            if not on:
                ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": False}})
        if self.world.dhcp != DhcpOptions():
            configurations = [{"Key": "domain-name-servers", "Values": list(self.world.dhcp.name_servers)}]
            if self.world.dhcp.domain_name:
                configurations.append({"Key": "domain-name", "Values": [self.world.dhcp.domain_name]})
            made = ec2.create_dhcp_options(DhcpConfigurations=configurations)["DhcpOptions"]["DhcpOptionsId"]
            self.account.settled()
            ec2.associate_dhcp_options(DhcpOptionsId=made, VpcId=vpc)

    def _identify(self) -> None:
        cluster, role = self.world.plane.cluster, self.world.launch.role
        eks, iam = self._client("eks"), self._client("iam")
        for entry in cluster.access_entries:
            name = entry.principal_arn.rpartition("/")[2]
            mine = role is not None and entry.principal_arn == role.arn
            if not mine:
                path = f"{entry.principal_arn.partition(':role')[2].rpartition('/')[0]}/"
                iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=_trust("ec2.amazonaws.com"))
                self.account.settled()
            eks.create_access_entry(clusterName=cluster.name, principalArn=entry.principal_arn, type=entry.type)
            if mine and entry.role_id not in ("", ROLE_ID):
                self._remake(name)
        as_documented = ("system:node:{{EC2PrivateDNSName}}", ("system:bootstrappers", "system:nodes"))
        mapped = [MappedRole(arn, *as_documented) for arn in cluster.aws_auth_roles] + [*cluster.aws_auth_others]
        if mapped:
            entries = [{"rolearn": one.arn, "username": one.username, "groups": list(one.groups)} for one in mapped]
            self._config_map(json.dumps(entries))

    def _remake(self, name: str) -> None:
        iam = self._client("iam")
        self.account.pass_time(60)
        iam.remove_role_from_instance_profile(InstanceProfileName="eksNodes", RoleName=name)
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)
        self._node_role()
        iam.add_role_to_instance_profile(InstanceProfileName="eksNodes", RoleName=name)

    def _config_map(self, roles: str) -> None:
        practice = self.account.practice
        access = Access(
            region=self.world.region,
            endpoint_url=self.account.endpoint_url,
            practice=True,
            access_key=practice.access_key_id,
            secret_key=practice.secret_access_key,
        )
        bearer = token(Cloud(access).identity_url(self.world.plane.cluster.name, self.world.region))
        authority = base64.b64decode(self.cluster["certificateAuthority"]["data"]).decode()
        context = ssl.create_default_context(cadata=authority)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        body = {"metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {"mapRoles": roles}}
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.cluster['endpoint']}/api/v1/namespaces/kube-system/configmaps",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {bearer}"},
            method="POST",
        )
        opener.open(request, timeout=10).close()

    def _launch(self) -> None:
        launch, ec2 = self.world.launch, self._client("ec2")
        data: dict[str, Any] = {
            "ImageId": self._image(),
            "InstanceType": "m5.large",
            "IamInstanceProfile": {"Name": "eksNodes"},
            "SecurityGroupIds": [self.ids[name] for name in launch.groups],
            "MetadataOptions": {
                "HttpEndpoint": "enabled" if launch.metadata else "disabled",
                "HttpPutResponseHopLimit": launch.hop_limit,
            },
        }
        if written := self._user_data().written(bottlerocket=bool(launch.bottlerocket)):
            data["UserData"] = base64.b64encode(written).decode()
        ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData=data)
        self.account.settled()
        self._client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName="nodes",
            LaunchTemplate={"LaunchTemplateName": "nodes", "Version": "$Latest"},
            MinSize=len(launch.subnets),
            MaxSize=len(launch.subnets),
            VPCZoneIdentifier=",".join(self.ids[name] for name in launch.subnets),
            Tags=[
                {
                    "Key": f"kubernetes.io/cluster/{self.world.plane.cluster.name}",
                    "Value": "owned",
                    "PropagateAtLaunch": True,
                }
            ],
        )
        self.account.pass_time(700)

    def _user_data(self) -> Any:
        """The world's user data, with the cluster's real endpoint and authority where it has the world's."""
        data, cluster = self.world.launch.user_data, self.world.plane.cluster
        real = {
            cluster.endpoint: self.cluster["endpoint"],
            cluster.certificate_authority: self.cluster["certificateAuthority"]["data"],
        }
        return replace(data, cluster={key: real.get(value, value) for key, value in data.cluster.items()})

    def _image(self) -> str:
        launch, version = self.world.launch, self.world.plane.cluster.version
        if launch.bottlerocket:
            return image_id(self.world.region, bottlerocket_name(version, "x86_64"))
        if not launch.ami_release:
            name = "al2023-ami-2023.9.20260714.0-kernel-6.12-x86_64"
            return str(self._client("ec2").register_image(Name=name, RootDeviceName="/dev/xvda")["ImageId"])
        release = f"1.35.6-{launch.ami_release.removeprefix('v')}"
        self.account.catalogue(releases={version: release})
        return image_id(self.world.region, image_name(version, "x86_64", release))


def _trust(*services: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _acl_entry(entry: AclEntry) -> dict[str, Any]:
    ports = {} if entry.protocol == "-1" else {"PortRange": {"From": entry.from_port, "To": entry.to_port}}
    return {
        "RuleNumber": entry.number,
        "Egress": entry.egress,
        "RuleAction": "allow" if entry.allow else "deny",
        "CidrBlock": str(entry.cidr),
        "Protocol": entry.protocol,
        **ports,
    }
