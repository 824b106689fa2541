"""Service-linked roles have the names that AWS gives them; moto makes names up for services it does not know."""

from moto.iam.models import SERVICE_NAME_CONVERSION

from wizard.practice import aws, rights
from wizard.practice.aws import Call, Handler
from wizard.practice.protocol import AwsError, Params

SERVICE_NAME_CONVERSION.update(
    {
        "autoscaling": "AutoScaling",
        "eks": "AmazonEKS",
        "eks-fargate": "AmazonEKSForFargate",
        "eks-nodegroup": "AmazonEKSNodegroup",
        "elasticloadbalancing": "ElasticLoadBalancing",
        "spot": "EC2Spot",
    }
)


def _create(call: Call) -> Params:
    try:
        return aws.moto(call)
    except AwsError as error:
        if error.code != "EntityAlreadyExists":
            raise
        name = error.message.split()[3] if len(error.message.split()) > 3 else ""
        message = f"Service role name {name} has been taken in this account, please try a different suffix."
        raise AwsError("InvalidInput", message, 400) from error


def ensure(call: Call, service_name: str) -> None:
    """Makes a service's role where it is missing, as services do on first use with the rights of their caller.

    Raises AwsError where the caller may not have it made.
    """
    asked = call.asking("CreateServiceLinkedRole", "iam", AWSServiceName=service_name)
    name = f"AWSServiceRoleFor{SERVICE_NAME_CONVERSION[service_name.partition('.')[0]]}"
    try:
        aws.moto(call.asking("GetRole", "iam", RoleName=name))
    except AwsError:
        rights.require(asked, on_behalf=True)
        aws.moto(asked)


HANDLERS: dict[str, Handler] = {"iam.CreateServiceLinkedRole": _create}
