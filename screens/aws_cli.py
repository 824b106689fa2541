"""A plan as a shell script of aws commands, for people who must run them by hand. Pure.

Each call's parameters are one JSON text in single quotes. A value that only an earlier answer tells is asked for as
JSON too (``--output json``), so that its variable holds a JSON literal, and is spliced between the quotes as it is:
nothing is ever read by the shell a second time.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from screens import safe
from wizard.plan import Call, Change, Plan, Ref, Wait, WriteFile, refs

_HEAD = """\
#!/bin/sh
# {title}
# Plan {digest}
# Runs from the top: what exists already is refused by AWS, and the script ends there.
set -eu

export AWS_REGION={region} AWS_DEFAULT_REGION={region} AWS_PAGER=
pause=${{PAUSE_SECONDS:-5}}

# send CHANGE ARGUMENT...: a write, sent once; again only while AWS does not know yet what was made a moment ago.
send() {{
  change=$1; shift
  sent=0
  until said=$(AWS_MAX_ATTEMPTS=1 aws "$@" --output json 2>&1); do
    case $said in
      *'could not be assumed'* | *'nvalid principal'* | *NotFound* | *NoSuchEntity*) ;;
      *) sent=24 ;;
    esac
    sent=$((sent + 1))
    if [ "$sent" -ge 25 ]; then
      printf '%s: %s\\n' "$change" "$said" >&2
      exit 1
    fi
    sleep "$pause"
  done
}}

# keep FILE ARGUMENT...: what AWS says of a thing that failed, before it is deleted.
keep() {{
  file=$1; shift
  (umask 077; aws "$@" --output json >>"$file" 2>&1) || :
}}

# await CHANGE TIMES MISSING ARGUMENT...: reads until the answer is "ready", at most so many times. MISSING is the
# answer where there is no such thing.
await() {{
  change=$1; left=$2; missing=$3; shift 3
  while :; do
    seen=$(aws "$@" --output json 2>&1) || case $seen in
      *NotFound* | *NoSuchEntity* | *'does not exist'*) seen=$missing ;;
      *) seen= ;;
    esac
    case $seen in
      *'"ready"'*) return 0 ;;
      *'"failed"'*) printf '%s: failed\\n' "$change" >&2; exit 1 ;;
    esac
    left=$((left - 1))
    if [ "$left" -le 0 ]; then
      printf '%s: not ready in time\\n' "$change" >&2
      aws "$@" --output json >&2 || :
      exit 1
    fi
    sleep "$pause"
  done
}}

# tell CHANGE ARGUMENT...: one value of an answer, as JSON.
tell() {{
  change=$1; shift
  told=$(aws "$@" --output json)
  if [ -z "$told" ] || [ "$told" = null ]; then
    printf '%s: the answer lacks a value\\n' "$change" >&2
    exit 1
  fi
}}

account=$(aws sts get-caller-identity --query Account --output text)
if [ "$account" != {account} ]; then
  printf 'these credentials are of account %s, the plan is for %s\\n' "$account" {account} >&2
  exit 2
fi
"""
_PAUSE_SECONDS = 5

Names = Mapping[Ref, str]


def script(plan: Plan) -> str:
    """A POSIX shell script that makes what the plan makes, run with ``sh`` and the aws CLI."""
    names = _names(plan)
    title = f"EKS cluster {plan.cluster} in account {plan.account}, region {plan.region}"
    head = _HEAD.format(
        title=safe.line(title), digest=plan.digest, region=shlex.quote(plan.region), account=shlex.quote(plan.account)
    )
    parts = ["\n".join(_change(change, plan, names)) for change in in_order(plan)]
    return "\n".join([head, *(f"{part}\n" for part in parts)])


def in_order(plan: Plan) -> list[Change]:
    """The plan's changes, each after those that it needs, else as they stand."""
    ids = {change.id for change in plan.changes}
    left, done, ordered = list(plan.changes), set[str](), list[Change]()
    while left:
        following = next(change for change in left if change.needs & ids <= done)
        left.remove(following)
        done.add(following.id)
        ordered.append(following)
    return ordered


def _names(plan: Plan) -> dict[Ref, str]:
    """A shell variable for each value that one change tells another."""
    wanted = dict.fromkeys(ref for change in plan.changes for ref in _refs_of(change))
    return {ref: f"{re.sub('[^a-z0-9]+', '_', ref.change.lower())}_{number}"
            for number, ref in enumerate(wanted, start=1)}  # fmt: skip


def _refs_of(change: Change) -> Iterator[Ref]:
    if isinstance(change.action, Call):
        yield from refs(change.action.params)
    if change.wait:
        yield from refs(change.wait.read.params)


def _change(change: Change, plan: Plan, names: Names) -> Iterator[str]:
    label = shlex.quote(safe.line(change.id))
    yield f"# {safe.line(change.id)}"
    match change.action:
        case Call() as call:
            if change.verb == "replace" and change.wait:
                kept = f"evidence-{re.sub('[^A-Za-z0-9._-]', '_', change.id)}.json"
                yield from (f"keep {kept} {_command(read, names)}" for read in change.wait.evidence)
            yield f"send {label} {_command(call, names)}"
        case WriteFile(path, entry):
            yield _update_kubeconfig(path, entry, plan)
    if change.wait is None:
        return
    wait, read = change.wait, _command(change.wait.read, names)
    times, missing = max(2, wait.limit // _PAUSE_SECONDS), shlex.quote('"ready"' if wait.gone else "")
    yield f"await {label} {times} {missing} {read} --query {shlex.quote(_state(wait))}"
    for ref, name in names.items():
        if ref.change == change.id:
            yield f"tell {label} {read} --query {shlex.quote(ref.path)}"
            yield f"{name}=$told"


def _state(wait: Wait) -> str:
    """A JMESPath expression that says of an answer: "failed", "ready", or neither."""
    there = f"!({wait.items})" if wait.gone else f"({wait.items})"
    ready = f"{there} && ({wait.ready}) && 'ready'" if wait.ready else f"{there} && 'ready'"
    return f"(({wait.items}) && ({wait.failed}) && 'failed') || ({ready})" if wait.failed else ready


def _command(call: Call, names: Names) -> str:
    service = shlex.quote(call.service)
    return f"{service} {kebab(call.operation)} --cli-input-json {_json(call.params, names)}"


def kebab(operation: str) -> str:
    """The aws CLI's name of an operation: DescribeVpcs is describe-vpcs."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1-\2", operation))
    return shlex.quote(spaced.lower())


def _json(params: Mapping[str, Any], names: Names) -> str:
    """The parameters as one word of the shell; Refs are variables between the quotes."""
    pieces: list[str] = []
    literal = ""
    for piece in _pieces(params, names):
        if isinstance(piece, Ref):
            pieces += [shlex.quote(literal), f'"${{{names[piece]}}}"']
            literal = ""
        else:
            literal += piece
    return "".join([*pieces, shlex.quote(literal)])


def _pieces(value: Any, names: Names) -> Iterator[str | Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for index, key in enumerate(sorted(value)):
            yield f"{',' if index else '{'}{json.dumps(key)}:"
            yield from _pieces(value[key], names)
        yield "}" if value else "{}"
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield "," if index else "["
            yield from _pieces(inner, names)
        yield "]" if value else "[]"
    else:
        # Escapes keep control characters out of the script, and it all in ASCII.
        yield json.dumps(value)


def _update_kubeconfig(path: str, entry: Mapping[str, Any], plan: Plan) -> str:
    words = ["aws", "eks", "update-kubeconfig", "--name", plan.cluster, "--region", plan.region, "--kubeconfig", path]
    alias = entry.get("contexts", {}).get("name")
    return shlex.join([*words, *(["--alias", alias] if isinstance(alias, str) else [])])
