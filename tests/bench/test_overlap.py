"""Independent changes overlap: the wall time of a build against the longest chain of waits that AWS imposes."""

import os
import shutil
import subprocess
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest

from wizard import engine
from wizard.cloud import Access, Cloud
from wizard.doors import Doors, Machine
from wizard.events import Done
from wizard.facts import known
from wizard.journal import Journal
from wizard.plan import Call
from wizard.practice.process import PracticeAccount, start
from wizard.profile import load

PROFILES = Path(__file__).parents[2] / "profiles"
SCALE = 0.11
# The practice account's own times, in AWS seconds: a new VPC and a new group settle, then the cluster is made.
SETTLE, CLUSTER = 8.0, 600.0
GOAL = 1.05


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl tells when nodes became Ready")
@pytest.mark.timeout(300)
def test_a_build_takes_little_longer_than_its_longest_chain(tmp_path: Path) -> None:
    profile = load(PROFILES / "article.yaml")
    with start(time_scale=SCALE, folder=tmp_path) as account:
        access = Access(
            region=account.region,
            endpoint_url=account.endpoint_url,
            practice=True,
            access_key=account.access_key_id,
            secret_key=account.secret_access_key,
            time_scale=SCALE,
        )
        doors = Doors(Cloud(access), Machine({"PATH": os.environ["PATH"], **account.env}))
        stop = threading.Event()
        plan = engine.look(doors, profile).plan

        started = time.monotonic()
        events = list(engine.build(doors, profile, plan, Journal(tmp_path / "journal"), stop))
        view = list(engine.verify(doors, profile, stop))[-1]
        wall = time.monotonic() - started

        assert [event.change.id for event in events if isinstance(event, Done)]
        assert known(view.facts.kubeconfig.nodes)
        assert all(node.ready for node in view.facts.kubeconfig.nodes)
        told = doors.cloud.read(Call("cloudformation", "DescribeStackEvents", {"StackName": "eksCluster-nodes"}))
        stack_began = min(event["Timestamp"] for event in told["StackEvents"])
        nodes = (last_ready(account) - stack_began).total_seconds()
        chain = (2 * SETTLE + CLUSTER + nodes) * SCALE
    ratio = wall / chain
    print(f"\nwall {wall:.1f} s, longest chain {chain:.1f} s, ratio {ratio:.3f}, of it nodes {nodes:.0f} AWS s")
    assert chain >= 90
    assert ratio <= GOAL


def last_ready(account: PracticeAccount) -> datetime:
    """When the last node became Ready, by the account's clock, as the real kubectl tells it."""
    template = "{range .items[*]}{.status.conditions[?(@.type=='Ready')].lastTransitionTime}{'\\n'}{end}"
    command = ["kubectl", "get", "nodes", "-o", f"jsonpath={template.replace(chr(39), chr(34))}"]
    environment = {**os.environ, **account.env}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return max(datetime.fromisoformat(line) for line in told.stdout.split())
