"""What the commands have in common to say: whose AWS this is, findings, plans, nodes, and errors."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from screens import lines, safe
from screens.output import Output
from screens.session import Connection
from wizard import words
from wizard.facts import AccountFacts, Facts, known
from wizard.findings import Finding, Severity
from wizard.kube import node_table
from wizard.plan import Plan

_HOUR = 3600


def header(output: Output, session: Connection, account: AccountFacts) -> None:
    """Account, region and identity; and that it is practice, where it is."""
    url = session.doors.cloud.access.endpoint_url
    output.event(lines.account_data(account, session.practice is not None, url))
    if session.practice:
        scale = session.time_scale
        pace = f"an hour of AWS takes {lines.duration(_HOUR * scale)}" if scale else "time passes with each read"
        output.say(f"PRACTICE — NOT AWS: {session.practice.endpoint_url}, on this machine; {pace}", style="bold")
    elif url:
        output.say(f"Endpoint {url}", style="bold")
    output.say(f"Account {account.id}, region {account.region}, as {account.arn}")


def findings(output: Output, found: Iterable[Finding], *, result: bool = False, ok_too: bool = False) -> None:
    """The findings, those that need somebody first; those that are right are counted, or shown with --verbose."""
    write = output.result if result else output.say
    shown = lines.ordered(found)
    right = 0
    for finding in shown:
        output.event(lines.finding_data(finding))
        if finding.severity is Severity.OK and not (output.verbose or ok_too):
            right += 1
            continue
        # With --quiet, too, nobody shall miss why nothing is built.
        tell = output.insist if not result and finding.severity in (Severity.STOP, Severity.WARN) else write
        if not output.as_json:
            tell(*lines.finding_lines(finding), style=lines.STYLES[finding.severity])
    counts = Counter(finding.severity for finding in shown)
    if right:
        write(f"ok      {right} {'check' if right == 1 else 'checks'} passed", style="green")
    if result:
        told = ", ".join(f"{counts[severity]} {severity.value}" for severity in lines.ORDER if counts[severity])
        if right < len(shown) or not shown:
            many = "1 finding" if len(shown) == 1 else f"{len(shown)} findings"
            write(f"{many}: {told}" if shown else "No findings.")


def plan(output: Output, planned: Plan, *, result: bool = False) -> None:
    """The plan as a table, and its digest."""
    output.event(lines.plan_data(planned))
    for change in planned.changes:
        output.event(lines.change_data(change))
    write = output.result if result else output.say
    if not planned.changes:
        write("Nothing to do: all that the profile makes is there.")
        return
    many = len(planned.changes)
    write(f"Plan for cluster {safe.line(planned.cluster)}: {many} {'change' if many == 1 else 'changes'}")
    write(*lines.plan_table(planned, output.table_width(result=result)))
    write(f"Digest {planned.digest}")


def nodes(output: Output, facts: Facts) -> None:
    """The nodes as ``kubectl get node`` prints them, where Kubernetes told them."""
    seen = facts.kubeconfig.nodes
    if known(seen):
        for node in seen:
            output.event(lines.node_data(node))
        # The practice account's clock runs ahead of this machine's.
        now = max([datetime.now(UTC), *(node.created_at for node in seen)])
        output.table(*node_table(seen, now).splitlines())


def error(output: Output, says: str, because: str = "", do: str = "", **more: Any) -> None:
    """An error that is no finding: what happened, why, and what to do."""
    output.event({"type": "error", "says": says, "because": because, "do": do, **more})
    output.insist(f"ERROR   {safe.line(says)}", style="bold red")
    for line in (because, do and f"Do: {do}"):
        if line:
            output.insist(f"        {safe.line(line)}")


def error_of(output: Output, key: str, **about: Any) -> None:
    """An error whose sentences stand in words/errors.yaml."""
    said = words.error(key, **about)
    error(output, said.says, said.because, said.do, **{"error": key})
