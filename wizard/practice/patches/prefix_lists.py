"""Prefix lists as AWS tells of them: those of gateways with their addresses, and nothing of one that is not there."""

from wizard.practice import aws
from wizard.practice.aws import Call, Handler
from wizard.practice.patches import backend
from wizard.practice.protocol import AwsError, Params

# The services of which DescribePrefixLists tells: those with gateway endpoints (EC2 API reference).
_OF_GATEWAYS = (".s3", ".dynamodb")


def _describe(call: Call) -> Params:
    answer = aws.moto(call)
    told = [one for one in answer.get("PrefixLists", []) if one["PrefixListName"].endswith(_OF_GATEWAYS)]
    for one in told:
        entries = aws.moto(call.asking("GetManagedPrefixListEntries", PrefixListId=one["PrefixListId"]))["Entries"]
        one["Cidrs"] = [entry["Cidr"] for entry in entries]
    return {**answer, "PrefixLists": told}


def _entries(call: Call) -> Params:
    name = call.params["PrefixListId"]
    if name not in backend.ec2(call.region).managed_prefix_lists:
        raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{name}' does not exist")
    return aws.moto(call)


HANDLERS: dict[str, Handler] = {
    "ec2.DescribePrefixLists": _describe,
    "ec2.GetManagedPrefixListEntries": _entries,
}
