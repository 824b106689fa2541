"""One boot of a node, from user data to Ready: nodeadm or Bottlerocket, kubelet, containerd and the CNI, in turn.

Which things can stop it is in ``rules.RULES``, each by a name; importing this module fills that in.
"""

from dataclasses import dataclass
from typing import Literal

from wizard.practice.boot import bottlerocket, console, flaws, network_plugin, nodeadm, registration
from wizard.practice.boot.console import Line
from wizard.practice.boot.course import Course, StoppedError
from wizard.practice.boot.snapshot import Machine, Surroundings

Outcome = Literal["never appears", "NotReady", "Ready"]


@dataclass(frozen=True)
class Boot:
    """How a boot ends.

    ``reason`` says in one line what decided it, empty when Ready. ``step`` is what the node was at when it ended
    (``course.Step``) and ``rule`` the name in ``rules.RULES`` of what ended it, both empty when Ready; ``proxied``
    tells that it was on the way through the proxy. ``flaws`` are the rules that do not keep the node from being Ready,
    and trouble it later. ``registered_at`` and ``ready_at`` are AWS seconds after the instance started running, None
    for never; ``gave_up_at`` is when the node stopped trying. ``cluster`` is the cluster it registered with, as
    ``node_name``.
    """

    outcome: Outcome
    reason: str
    log: tuple[Line, ...]
    cluster: str = ""
    max_pods: int = 0
    registered_at: float | None = None
    ready_at: float | None = None
    gave_up_at: float | None = None
    node_name: str = ""
    step: str = ""
    rule: str = ""
    proxied: bool = False
    flaws: tuple[str, ...] = ()

    @property
    def console(self) -> tuple[str, ...]:
        """The whole console log."""
        return tuple(line.text for line in self.log)

    def console_until(self, seconds: float) -> tuple[str, ...]:
        """The console log as it stands so many AWS seconds after the instance started running."""
        return tuple(line.text for line in self.log if line.at <= seconds)


def boot(machine: Machine, surroundings: Surroundings) -> Boot:
    """What becomes of the machine, and what its console says. Pure: the same snapshot gives the same boot."""
    course = Course(machine, surroundings, console.beginning(machine, surroundings.dhcp), node_name=machine.id)
    try:
        if machine.bottlerocket:
            bottlerocket.configure(course)
        else:
            nodeadm.configure(course)
        registration.join(course)
        network_plugin.start(course)
    except StoppedError as stopped:
        return _ended(course, stopped)
    return _ended(course)


def _ended(course: Course, stopped: StoppedError | None = None) -> Boot:
    ready_at = None
    troubles = flaws.found(course)
    if stopped is None:
        ready_at = 58.0 + course.slowness
        said = f'"Fast updating node status as it just became ready" node="{course.node_name}"'
        course.log += [console.kubelet(ready_at, said), *flaws.told(troubles, ready_at)]
    registered = course.registered_at is not None
    return Boot(
        outcome="Ready" if stopped is None else "NotReady" if registered else "never appears",
        reason=stopped.reason if stopped else "",
        log=tuple(sorted(course.log, key=lambda line: line.at)),
        cluster=course.cluster.name if course.cluster else "",
        max_pods=course.max_pods,
        registered_at=course.registered_at,
        ready_at=ready_at,
        gave_up_at=course.gave_up_at,
        node_name=course.node_name,
        step=stopped.step if stopped else "",
        rule=stopped.rule if stopped else "",
        proxied=stopped.proxied if stopped else False,
        flaws=troubles,
    )
