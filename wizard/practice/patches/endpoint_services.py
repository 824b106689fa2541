"""The services that a region offers VPC endpoints for, with the DNS names that AWS gives them."""

import hashlib
from typing import Any

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES

from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.patches.backend import filter_values
from wizard.practice.protocol import AwsError, Params

_PRIVATE_DNS = {
    "ecr.api": ["api.ecr.{}.amazonaws.com"],
    "ecr.dkr": ["*.dkr.ecr.{}.amazonaws.com"],
    "eks-auth": ["eks-auth.{}.api.aws"],
    "oidc-eks": ["oidc.eks.{}.amazonaws.com"],
    "s3": ["*.s3.{}.amazonaws.com", "s3.{}.amazonaws.com"],
    "kinesis-streams": ["kinesis.{}.amazonaws.com"],
    "kinesis-firehose": ["firehose.{}.amazonaws.com"],
    "iot.data": ["data.iot.{}.amazonaws.com"],
    "sagemaker.api": ["api.sagemaker.{}.amazonaws.com"],
    "sagemaker.runtime": ["runtime.sagemaker.{}.amazonaws.com"],
}
_SUFFIXES = sorted({*AWS_ENDPOINT_SERVICES, "dynamodb", "ecr.api", "ecr.dkr", "eks", "eks-auth", "oidc-eks", "s3"})
_GATEWAYS = ("s3", "dynamodb")
# AWS has interface endpoints for DynamoDB without private DNS.
_WITHOUT_PRIVATE_DNS = ("dynamodb",)


def offered(region: str) -> list[Params]:
    """The services as ServiceDetails of DescribeVpcEndpointServices, by name."""
    zones = [zone.name for zone in RegionsAndZonesBackend.zones.get(region, [])]
    missing = account.catalogue.missing_endpoint_services
    found = []
    for suffix in _SUFFIXES:
        if suffix not in missing:
            if suffix in _GATEWAYS:
                found.append(_detail(region, suffix, "Gateway", zones))
            found.append(_detail(region, suffix, "Interface", zones))
    return found


def _detail(region: str, suffix: str, kind: str, zones: list[str]) -> Params:
    name = f"com.amazonaws.{region}.{suffix}"
    detail: Params = {
        "ServiceName": name,
        "ServiceId": f"vpce-svc-{hashlib.sha256(f'{name}/{kind}'.encode()).hexdigest()[:17]}",
        "ServiceType": [{"ServiceType": kind}],
        "ServiceRegion": region,
        "AvailabilityZones": zones,
        "Owner": "amazon",
        "BaseEndpointDnsNames": [f"{suffix}.{region}.vpce.amazonaws.com"],
        "VpcEndpointPolicySupported": suffix != "oidc-eks",
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "Tags": [],
        "SupportedIpAddressTypes": ["ipv4"],
    }
    if kind == "Interface" and suffix not in _WITHOUT_PRIVATE_DNS:
        names = [each.format(region) for each in _PRIVATE_DNS.get(suffix, [f"{suffix}.{{}}.amazonaws.com"])]
        detail["PrivateDnsName"] = names[0]
        detail["PrivateDnsNames"] = [{"PrivateDnsName": each} for each in names]
        detail["PrivateDnsNameVerificationState"] = "verified"
    return detail


def service(region: str, name: str, kind: str) -> Params:
    """One service. Raises InvalidServiceName, and InvalidParameter when there is none of that endpoint type."""
    found = [each for each in offered(region) if each["ServiceName"] == name]
    if not found:
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    for each in found:
        if each["ServiceType"][0]["ServiceType"] == kind:
            return each
    raise AwsError("InvalidParameter", f"Endpoint type ({kind}) does not match available service types.")


def _describe(call: Call) -> Params:
    every = offered(call.region)
    wanted = call.params.get("ServiceNames", [])
    names = {each["ServiceName"] for each in every}
    for name in wanted:
        if name not in names:
            raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    found = [each for each in every if not wanted or each["ServiceName"] in wanted]
    for name, values in filter_values(call.params).items():
        found = [each for each in found if _passes(each, name, values)]
    return _page(found, call.params)


def _passes(detail: Params, name: str, values: list[str]) -> bool:
    match name:
        case "service-name":
            return detail["ServiceName"] in values
        case "service-type":
            return detail["ServiceType"][0]["ServiceType"] in values
        case "owner":
            return detail["Owner"] in values
        case "service-region":
            return detail["ServiceRegion"] in values
    if name.startswith("tag"):
        return False
    raise AwsError("InvalidFilter", f"The filter '{name}' is invalid")


def _page(found: list[Params], params: Params) -> Params:
    token = params.get("NextToken") or "0"
    if not token.isdigit():
        raise AwsError("InvalidNextToken", "The token is not valid.")
    start, size = int(token), int(params.get("MaxResults") or 1000)
    details: list[Any] = found[start : start + size]
    answer: Params = {"ServiceDetails": details, "ServiceNames": sorted({each["ServiceName"] for each in details})}
    if start + size < len(found):
        answer["NextToken"] = str(start + size)
    return answer


HANDLERS: dict[str, Handler] = {"ec2.DescribeVpcEndpointServices": _describe}
