"""The node template under AWS's own linter, and what it says about the network."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.api import lint_all  # type: ignore[import-untyped]

from wizard.node_template import node_template
from wizard.user_data import mime, node_config

RENDERINGS: list[dict[str, Any]] = [
    {},
    {"on_premises_cidrs": ["10.0.0.0/16"]},
    {"on_premises_cidrs": ["10.0.0.0/16", "192.168.8.0/21", "fd12::/48"], "ssh": True},
    {"tags": {"team": "platform: a", "Name": "never twice"}},
    {"kind": "managed"},
    {"kind": "managed", "on_premises_cidrs": ["10.0.0.0/16"], "tags": {"team": "platform"}},
    {"kind": "managed", "own_image": True},
    {"os": "bottlerocket"},
    {"kind": "managed", "os": "bottlerocket"},
    {"kind": "managed", "os": "bottlerocket", "own_image": True},
]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.ScalarNode)
        value = loader.construct_scalar(node)
    if tag == "GetAtt":
        value = value.split(".")
    return {tag if tag == "Ref" else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def parsed(**options: Any) -> dict[str, Any]:
    return yaml.load(node_template(**options), Loader=_Loader)  # type: ignore[no-any-return]  # noqa: S506


def ingress(**options: Any) -> list[dict[str, Any]]:
    found = parsed(**options)["Resources"]["NodeSecurityGroup"]["Properties"].get("SecurityGroupIngress", [])
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("options", RENDERINGS, ids=str)
def test_cfn_lint_has_nothing_to_say(options: dict[str, Any]) -> None:
    # I… is advice on documentation, switched off in cfn-lint itself unless asked for.
    found = [str(match) for match in lint_all(node_template(**options))]
    assert [match for match in found if not match.startswith("[I")] == []


def test_the_premises_reach_node_ports_ping_and_ssh_but_not_the_kubelet() -> None:
    rules = ingress(on_premises_cidrs=["10.0.0.0/16"], ssh=True)
    assert [(rule["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in rules] == [
        ("10.0.0.0/16", "tcp", 30000, 32767),
        ("10.0.0.0/16", "udp", 30000, 32767),
        ("10.0.0.0/16", "icmp", -1, -1),
        ("10.0.0.0/16", "tcp", 22, 22),
    ]
    assert "22" not in {str(rule["FromPort"]) for rule in ingress(on_premises_cidrs=["10.0.0.0/16"])}


def test_an_ipv6_network_gets_ipv6_rules() -> None:
    assert [rule["IpProtocol"] for rule in ingress(on_premises_cidrs=["fd12::/48"])] == ["tcp", "udp", "icmpv6"]
    assert {rule["CidrIpv6"] for rule in ingress(on_premises_cidrs=["fd12::/48"])} == {"fd12::/48"}


def test_order_and_repetition_of_networks_do_not_change_the_text() -> None:
    assert node_template(on_premises_cidrs=["10.9.0.0/16", "10.0.0.0/16", "10.9.0.0/16"]) == node_template(
        on_premises_cidrs=["10.0.0.0/16", "10.9.0.0/16"]
    )


def test_twenty_networks_fit_into_one_call() -> None:
    """CreateStack takes 51,200 bytes of template; a group takes 60 rules by default, so no more than these."""
    text = node_template(on_premises_cidrs=[f"10.{second}.0.0/16" for second in range(20)], ssh=True)
    assert text.isascii()
    assert len(text) < 51_200


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/16"):
        node_template(on_premises_cidrs=["10.0.0.1/16"])


def test_no_egress_rule_takes_back_the_allow_all_of_the_control_plane() -> None:
    text = json.dumps(parsed(on_premises_cidrs=["10.0.0.0/16"]))
    assert "SecurityGroupEgress" not in text


def test_one_group_of_a_node_carries_the_cluster_tag() -> None:
    resources = parsed()["Resources"]
    groups = resources["LaunchTemplate"]["Properties"]["LaunchTemplateData"]["SecurityGroupIds"]
    assert groups == [{"Fn::GetAtt": ["NodeSecurityGroup", "GroupId"]}]
    tagged = [name for name, resource in resources.items() if "kubernetes.io/cluster/" in json.dumps(resource)]
    assert sorted(tagged) == ["AutoScalingGroup", "LaunchTemplate", "NodeSecurityGroup"]


def test_nodes_start_after_every_rule() -> None:
    resources = parsed()["Resources"]
    rules = {name for name, resource in resources.items() if resource["Type"] == "AWS::EC2::SecurityGroupIngress"}
    assert set(resources["AutoScalingGroup"]["DependsOn"]) == rules


def test_every_type_is_one_that_a_small_emulator_knows() -> None:
    assert {resource["Type"] for resource in parsed()["Resources"].values()} == {
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::EC2::LaunchTemplate",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::IAM::InstanceProfile",
    }


@pytest.mark.parametrize("hostile", ['"', "\\", "\n", "\r", "${", "--\n", "\u2028"])
def test_no_parameter_admits_what_could_leave_its_json_string(hostile: str) -> None:
    parameters = parsed()["Parameters"]
    for name, parameter in parameters.items():
        if parameter["Type"] != "Number":
            pattern = re.compile(parameter["AllowedPattern"])
            for good in ("x", "http://proxy:8080", "https://x", "sg-1", "10.0.0.0/16", "abcdefgh", "m5.large"):
                assert not pattern.fullmatch(good + hostile), (name, good, hostile)


PARAMETERS = {
    "ClusterName": "eksCluster",
    "ApiServerEndpoint": "https://0123.gr7.ap-northeast-1.eks.amazonaws.com",
    "CertificateAuthorityData": "LS0tLS1CRUdJTg==",
    "ServiceCidr": "172.20.0.0/16",
    "HttpProxy": "http://proxy.example.internal:8080",
    "NoProxy": "localhost,169.254.169.254,.eks.amazonaws.com",
    "MimeBoundary": "0123456789abcdef",
}


def evaluated(value: Any, parameters: dict[str, str]) -> Any:
    """What CloudFormation makes of the intrinsics that the user data uses."""
    match value:
        case {"Fn::Base64": inner}:
            return evaluated(inner, parameters)
        case {"Fn::Join": [separator, parts]}:
            listed = parts if isinstance(parts, list) else evaluated(parts, parameters)
            return separator.join(evaluated(part, parameters) for part in listed)
        case {"Fn::If": ["HasHttpProxy", yes, no]}:
            return evaluated(yes if parameters["HttpProxy"] else no, parameters)
        case {"Fn::Split": [separator, text]}:
            return evaluated(text, parameters).split(separator)
        case {"Ref": "AWS::NoValue"}:
            return None
        case {"Ref": name}:
            return parameters[name]
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{(\w+)\}", lambda found: parameters[found[1]], text)
    return value


@pytest.mark.parametrize("http_proxy", ["", PARAMETERS["HttpProxy"]], ids=["without proxy", "with proxy"])
def test_the_user_data_is_what_the_wizard_shows_beforehand(http_proxy: str) -> None:
    parameters = PARAMETERS | {"HttpProxy": http_proxy}
    config = node_config(
        cluster_name=parameters["ClusterName"],
        api_server_endpoint=parameters["ApiServerEndpoint"],
        certificate_authority=parameters["CertificateAuthorityData"],
        service_cidr=parameters["ServiceCidr"],
        http_proxy=http_proxy,
        no_proxy=parameters["NoProxy"].split(","),
    )
    user_data = parsed()["Resources"]["LaunchTemplate"]["Properties"]["LaunchTemplateData"]["UserData"]
    assert evaluated(user_data, parameters) == mime(config, parameters["MimeBoundary"])


def test_the_template_stands_in_the_package() -> None:
    source = Path(__file__).parents[2] / "wizard" / "templates" / "nodes.yaml"
    assert node_template() == source.read_text(encoding="utf-8")


def user_data(parameters: dict[str, str], **options: Any) -> str | None:
    """The user data of the launch template, as CloudFormation renders them."""
    data = parsed(**options)["Resources"]["LaunchTemplate"]["Properties"]["LaunchTemplateData"]["UserData"]
    found = evaluated(data, parameters)
    assert found is None or isinstance(found, str)
    return found


def test_managed_nodes_are_told_the_proxy_and_nothing_of_the_cluster() -> None:
    text = user_data(PARAMETERS, kind="managed")
    assert text is not None
    config = json.loads(text.partition("node.eks.aws\n\n")[2].partition("\n--")[0])
    upper = {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
    assert set(config["spec"]) == {"instance"}
    assert set(config["spec"]["instance"]["environment"]["default"]) == upper | {name.lower() for name in upper}
    assert user_data(PARAMETERS | {"HttpProxy": ""}, kind="managed") is None


def test_managed_nodes_with_an_image_of_their_own_are_told_all() -> None:
    assert user_data(PARAMETERS, kind="managed", own_image=True) == user_data(PARAMETERS)


@pytest.mark.parametrize("options", [{}, {"kind": "managed", "own_image": True}], ids=str)
def test_bottlerocket_is_told_the_cluster_and_the_proxy(options: dict[str, Any]) -> None:
    parameters = PARAMETERS | {"ClusterDnsIp": "172.20.0.10"}
    text = user_data(parameters, os="bottlerocket", **options)
    assert text is not None
    settings = tomllib.loads(text)["settings"]
    assert settings["kubernetes"] == {
        "cluster-name": "eksCluster",
        "api-server": PARAMETERS["ApiServerEndpoint"],
        "cluster-certificate": "LS0tLS1CRUdJTg==",
        "cluster-dns-ip": "172.20.0.10",
    }
    assert settings["network"] == {
        "https-proxy": PARAMETERS["HttpProxy"],
        "no-proxy": PARAMETERS["NoProxy"].split(","),
    }
    text = user_data(parameters | {"HttpProxy": ""}, os="bottlerocket", **options)
    assert text is not None
    assert set(tomllib.loads(text)["settings"]) == {"kubernetes"}


def test_managed_bottlerocket_is_told_the_proxy_alone() -> None:
    text = user_data(PARAMETERS, kind="managed", os="bottlerocket")
    assert text is not None
    assert set(tomllib.loads(text)["settings"]) == {"network"}
    assert user_data(PARAMETERS | {"HttpProxy": ""}, kind="managed", os="bottlerocket") is None


def test_bottlerocket_has_two_volumes_and_no_boundary() -> None:
    template = parsed(os="bottlerocket")
    data = template["Resources"]["LaunchTemplate"]["Properties"]["LaunchTemplateData"]
    assert [one["DeviceName"] for one in data["BlockDeviceMappings"]] == ["/dev/xvda", "/dev/xvdb"]
    assert ["VolumeSize" in one["Ebs"] for one in data["BlockDeviceMappings"]] == [False, True]
    assert "MimeBoundary" not in template["Parameters"]


def test_managed_nodes_carry_the_clusters_own_group_beside_ours() -> None:
    resources = parsed(kind="managed")["Resources"]
    data = resources["LaunchTemplate"]["Properties"]["LaunchTemplateData"]
    assert data["SecurityGroupIds"] == [
        {"Ref": "ClusterSecurityGroup"},
        {"Fn::GetAtt": ["NodeSecurityGroup", "GroupId"]},
    ]
    assert "kubernetes.io/cluster/" not in json.dumps(resources)
    assert not {"IamInstanceProfile", "ImageId", "InstanceType"} & set(data)


def test_instances_and_volumes_carry_the_profiles_tags() -> None:
    for kind in ("stack", "managed"):
        data = parsed(kind=kind, tags={"team": "a: b"})["Resources"]["LaunchTemplate"]["Properties"]
        for specification in data["LaunchTemplateData"]["TagSpecifications"]:
            assert {"Key": "team", "Value": "a: b"} in specification["Tags"]
