"""EC2's quotas of vCPUs, which moto does not have."""

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.protocol import Params

STANDARD = "L-1216C47A"
# An account gets these families only when it asks for them.
ON_REQUEST = {
    "L-DB2E81BA": "G and VT",
    "L-417A185B": "P",
    "L-74FC7D96": "F",
    "L-1945791B": "Inf",
    "L-2C3B7624": "Trn",
    "L-6E869C2A": "DL",
    "L-F7808C92": "HPC",
    "L-7295265B": "X",
    "L-43DA4232": "High Memory",
}


def _get(call: Call) -> Params:
    code = call.params["QuotaCode"]
    if call.params["ServiceCode"] != "ec2" or code not in (STANDARD, *ON_REQUEST):
        return aws.moto(call)
    name = ON_REQUEST.get(code, "Standard (A, C, D, H, I, M, R, T, Z)")
    return {
        "Quota": {
            "ServiceCode": "ec2",
            "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
            "QuotaCode": code,
            "QuotaName": f"Running On-Demand {name} instances",
            "Value": float(account.catalogue.standard_vcpus) if code == STANDARD else 0.0,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
    }


HANDLERS: dict[str, Handler] = {"service-quotas.GetServiceQuota": _get}
