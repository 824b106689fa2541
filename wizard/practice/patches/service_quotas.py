"""EC2's quota of vCPUs, which moto does not have."""

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.protocol import Params

STANDARD_VCPUS = "L-1216C47A"


def _get(call: Call) -> Params:
    if (call.params["ServiceCode"], call.params["QuotaCode"]) != ("ec2", STANDARD_VCPUS):
        return aws.moto(call)
    return {
        "Quota": {
            "ServiceCode": "ec2",
            "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
            "QuotaCode": STANDARD_VCPUS,
            "QuotaName": "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
            "Value": float(account.catalogue.standard_vcpus),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
    }


HANDLERS: dict[str, Handler] = {"service-quotas.GetServiceQuota": _get}
