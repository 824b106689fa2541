"""Fargate profiles: made, described, listed, deleted. No pod ever runs on them here."""

from wizard.practice import protocol
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.eks import state
from wizard.practice.eks.paging import page
from wizard.practice.protocol import AwsError, Params


def _create(call: Call) -> Params:
    asked = call.params
    protocol.validate("eks", "CreateFargateProfile", asked)
    cluster = state.active(call.region, asked["clusterName"])
    name = asked["fargateProfileName"]
    with state.lock:
        if name in cluster.fargate_profiles:
            message = f"A Fargate Profile already exists with this name in this cluster: {name}."
            raise AwsError("ResourceInUseException", message, clusterName=cluster.name)
        cluster.fargate_profiles[name] = {
            "fargateProfileName": name,
            "fargateProfileArn": f"{cluster.arn.replace(':cluster/', ':fargateprofile/')}/{name}",
            "clusterName": cluster.name,
            "createdAt": account.moment(),
            "podExecutionRoleArn": asked["podExecutionRoleArn"],
            "subnets": asked.get("subnets", []),
            "selectors": asked.get("selectors", []),
            "status": "ACTIVE",
            "tags": asked.get("tags", {}),
        }
    return {"fargateProfile": cluster.fargate_profiles[name]}


def _named(call: Call) -> Params:
    cluster = state.named(call.region, call.params["clusterName"])
    name = call.params["fargateProfileName"]
    found = cluster.fargate_profiles.get(name)
    if found is None:
        message = f"No Fargate Profile found with name: {name}."
        raise AwsError("ResourceNotFoundException", message, clusterName=cluster.name)
    return found


def _describe(call: Call) -> Params:
    return {"fargateProfile": _named(call)}


def _list(call: Call) -> Params:
    cluster = state.named(call.region, call.params["clusterName"])
    return page(sorted(cluster.fargate_profiles), "fargateProfileNames", call.params)


def _delete(call: Call) -> Params:
    found = _named(call)
    state.named(call.region, call.params["clusterName"]).fargate_profiles.pop(found["fargateProfileName"], None)
    return {"fargateProfile": {**found, "status": "DELETING"}}


HANDLERS: dict[str, Handler] = {
    "eks.CreateFargateProfile": _create,
    "eks.DescribeFargateProfile": _describe,
    "eks.ListFargateProfiles": _list,
    "eks.DeleteFargateProfile": _delete,
}
