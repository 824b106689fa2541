"""Tags of clusters, access entries, node groups and add-ons, by ARN."""

from wizard.practice.aws import Call, Handler
from wizard.practice.eks import state
from wizard.practice.protocol import AwsError, Params


def _tags(call: Call) -> dict[str, str]:
    """The tags themselves, to be changed in place."""
    arn = call.params["resourceArn"]
    for cluster in state.all_in(call.region):
        if cluster.arn == arn:
            found: dict[str, str] = cluster.described["tags"]
            return found
        for entry in cluster.access_entries.values():
            if entry.arn == arn:
                return entry.tags
        for group in cluster.nodegroups.values():
            if group.described["nodegroupArn"] == arn:
                given: dict[str, str] = group.described["tags"]
                return given
        for addon in cluster.addons.values():
            if addon.arn == arn:
                tags: dict[str, str] = addon.asked.setdefault("tags", {})
                return tags
    raise AwsError("NotFoundException", f"The specified resource {arn} could not be found", 404)


def _tag(call: Call) -> Params:
    _tags(call).update(call.params["tags"])
    return {}


def _untag(call: Call) -> Params:
    tags = _tags(call)
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


def _list(call: Call) -> Params:
    return {"tags": _tags(call)}


HANDLERS: dict[str, Handler] = {
    "eks.TagResource": _tag,
    "eks.UntagResource": _untag,
    "eks.ListTagsForResource": _list,
}
