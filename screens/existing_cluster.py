"""``check --cluster``: a cluster that exists, without a profile."""

import json
from collections.abc import Iterator
from typing import Any

from screens import report
from screens.arguments import UsageError
from screens.exit_codes import Exit
from screens.output import Output
from screens.recording import record, to_be_written
from screens.session import connected
from screens.stopping import Stopping
from wizard import permissions
from wizard.facts import Facts, Instance, Launch, known
from wizard.pace import StopAsked
from wizard.standing.check import look, node_of, state_of
from wizard.standing.observe import observe
from wizard.steps.account.observe import known_region, who_and_where


def check(arguments: Any, output: Output, stop: Stopping) -> Exit:
    """Shows what starts the cluster's nodes, what became of these, and why some don't join."""
    if arguments.form == "iam-policy":
        output.document(json.dumps(permissions.reading_what_stands(), indent=2) + "\n")
        return Exit.DONE
    path = to_be_written(arguments.record) if arguments.record else None
    with connected(arguments, arguments.region) as connection:
        if connection.doors.cloud.region is None:
            raise UsageError("A cluster's name is known in its region only: add --region, or set AWS_REGION.")
        known_region(connection.doors, connection.doors.cloud.region)
        account = who_and_where(connection.doors)
        report.header(output, connection, account)
        found = look(arguments.cluster, observe(connection.doors, arguments.cluster, account))
        if stop.asked.is_set():
            raise StopAsked
        launches = found.facts.launches.launches
        for launch in launches if known(launches) else ():
            output.event(_launch_data(launch, found.facts))
            output.result(*_launch_lines(launch))
            output.table(*_instance_rows(launch, found.facts), "")
        # Where nothing stops nodes, what was seen to be right is the answer.
        report.findings(output, found.findings, result=True, ok_too=not found.stops)
        if path:
            record(path, found, output)
        return Exit.FINDINGS if found.stops else Exit.DONE


def _launch_lines(launch: Launch) -> Iterator[str]:
    """What starts the nodes, how many, and from what."""
    kind = launch.instance_type.name if known(launch.instance_type) else "of unknown type"
    image = (launch.image.name or launch.image.id) if known(launch.image) else "an image that is not known"
    if launch.kind == "instances":
        yield f"Instance {launch.name} that no group started: {kind}, from {image}"
    else:
        count = len(launch.instances) if known(launch.instances) else "unknown"
        yield f"{launch.kind[0].upper()}{launch.kind[1:]} {launch.name}"
        yield f"  {count} of {launch.desired} instances, {kind}, from {image}"


def _instance_rows(launch: Launch, facts: Facts) -> Iterator[str]:
    """A table of the launch's instances; nothing where there are none."""
    instances = launch.instances if known(launch.instances) else ()
    rows = [("INSTANCE", "NODE", "ADDRESS", "SUBNET")]
    rows += [(one.id, state_of(one, facts), one.address, one.subnet) for one in instances]
    if len(rows) > 1:
        widths = [max(len(row[column]) for row in rows) + 2 for column in range(3)]
        for row in rows:
            yield "  " + "".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)).rstrip()


def _launch_data(launch: Launch, facts: Facts) -> dict[str, Any]:
    """The JSON event of what starts nodes."""
    instances = launch.instances if known(launch.instances) else ()
    return {
        "type": "launch",
        "name": launch.name,
        "kind": launch.kind,
        "desired": launch.desired,
        "instance_type": launch.instance_type.name if known(launch.instance_type) else None,
        "image": launch.image.id if known(launch.image) else None,
        "role": launch.role.arn if known(launch.role) else None,
        "subnets": list(launch.subnets),
        "security_groups": list(launch.groups) if known(launch.groups) else None,
        "instances": [_instance_data(one, facts) for one in instances],
    }


def _instance_data(instance: Instance, facts: Facts) -> dict[str, Any]:
    node = node_of(instance, facts.kubeconfig.nodes) if known(facts.kubeconfig.nodes) else None
    return {
        "id": instance.id,
        "state": instance.state,
        "node": node.name if node else None,
        "node_state": state_of(instance, facts),
        "address": instance.address,
        "subnet": instance.subnet,
        "zone": instance.zone,
    }
