"""Applies a plan: what does not depend on each other runs at once, and every face drains the same events."""

import queue
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

from wizard.carry_out import ChangeFailed, Run, carry_out, failure
from wizard.cloud import Cloud, CloudError
from wizard.events import Crashed, Done, Event, Failed, Started, Stopped
from wizard.journal import Journal
from wizard.pace import Pace, StopAsked
from wizard.plan import Change, Plan

AT_ONCE = 16


class _Finished:
    """The mark in the queue that a change's thread has ended."""

    def __init__(self, change: Change, succeeded: bool) -> None:
        self.change = change
        self.succeeded = succeeded


def apply(plan: Plan, cloud: Cloud, journal: Journal, stop: threading.Event) -> Generator[Event]:
    """Carries out the plan and yields what happens.

    When a change fails, what runs finishes and nothing new starts. ``stop`` means: no new call, calls in flight finish,
    waits are dropped. Closing the generator does the same and joins its threads.
    """
    said: queue.Queue[Event | _Finished] = queue.Queue()
    run = Run(cloud, journal, Pace(cloud.access.time_scale, stop), said.put)
    waiting = {change.id: change for change in plan.changes}
    finished: set[str] = set()
    running = 0
    failed = False
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="change") as pool:
        try:
            while True:
                if not failed and not stop.is_set():
                    # No more than there are threads: what a queue holds would start after a stop or a failure.
                    for change in _startable(waiting, finished, plan)[: AT_ONCE - running]:
                        del waiting[change.id]
                        running += 1
                        pool.submit(_work, change, run, said)
                if not running:
                    break
                event = said.get()
                if isinstance(event, _Finished):
                    running -= 1
                    failed = failed or not event.succeeded
                    if event.succeeded:
                        finished.add(event.change.id)
                    continue
                yield event
            if stop.is_set() and len(finished) < len(plan.changes):
                yield Stopped()
        finally:
            if running:
                stop.set()


def _startable(waiting: dict[str, Change], finished: set[str], plan: Plan) -> list[Change]:
    planned = {change.id for change in plan.changes}
    return [change for change in waiting.values() if (change.needs & planned) <= finished]


def _work(change: Change, run: Run, said: "queue.Queue[Event | _Finished]") -> None:
    started = time.monotonic()
    succeeded = False
    try:
        said.put(Started(change))
        found = carry_out(change, run)
        succeeded = True
        said.put(Done(change, time.monotonic() - started, found))
    except ChangeFailed as error:
        said.put(Failed(change, error.finding, str(error.evidence) if error.evidence else None))
    except CloudError as error:
        said.put(Failed(change, failure(error, change)))
    except StopAsked:
        pass
    except Exception as error:  # a bug of ours must reach the face, and must not leave the queue waiting for ever
        said.put(Crashed(change, error))
    finally:
        said.put(_Finished(change, succeeded))
