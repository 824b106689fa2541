"""The instances of the practice account on their way to becoming nodes.

A boot is computed when somebody looks. Until it is decided it is computed again each time, as a real node tries
again: what is mended in time still helps. Once a node is Ready, or nodeadm has given up, it stays so.
"""

import threading
from dataclasses import dataclass

from wizard.practice.account import account
from wizard.practice.boot import observe
from wizard.practice.boot.sequence import Boot, boot
from wizard.practice.boot.snapshot import Machine

# AWS seconds from launch to the state "running".
PENDING = 25.0


@dataclass(frozen=True)
class Booted:
    """One running instance: ``running_since`` by the account's clock, ``elapsed`` AWS seconds ago."""

    machine: Machine
    boot: Boot
    zone: str
    running_since: float
    elapsed: float

    @property
    def node_name(self) -> str:
        """What Kubernetes calls it."""
        return self.boot.node_name

    @property
    def is_registered(self) -> bool:
        """Whether the cluster has a node of it by now."""
        return self.boot.registered_at is not None and self.elapsed >= self.boot.registered_at

    @property
    def is_ready(self) -> bool:
        """Whether that node is Ready by now."""
        return self.boot.ready_at is not None and self.elapsed >= self.boot.ready_at


_launched: dict[str, tuple[str, float]] = {}
_decided: dict[str, Booted] = {}
_lock = threading.Lock()


def launched(region: str, instance_id: str) -> None:
    """Notes that an instance was launched just now."""
    with _lock:
        _launched[instance_id] = (region, account.clock.now())


def age(instance_id: str) -> float | None:
    """AWS seconds since an instance was launched; None for one that no Auto Scaling group launched."""
    with _lock:
        known = _launched.get(instance_id)
    return account.clock.now() - known[1] if known else None


def booted(region: str) -> list[Booted]:
    """Every running instance of the region that a group launched, with how its boot goes."""
    with _lock:
        running = {
            name: at + PENDING
            for name, (where, at) in _launched.items()
            if where == region and account.clock.now() >= at + PENDING
        }
    if not running:
        return []
    snapshot = observe.snapshot(region, sorted(running))
    found = []
    for machine, zone in snapshot.machines:
        since = running[machine.id]
        elapsed = account.clock.now() - since
        with _lock:
            decided = _decided.get(machine.id)
        outcome = decided.boot if decided else boot(machine, snapshot.surroundings[machine.id])
        one = Booted(decided.machine if decided else machine, outcome, zone, since, elapsed)
        if one.is_ready or (outcome.gave_up_at is not None and elapsed >= outcome.gave_up_at):
            with _lock:
                _decided.setdefault(machine.id, one)
        found.append(one)
    return found


def _empty() -> None:
    with _lock:
        _launched.clear()
        _decided.clear()


account.on_reset(_empty)
