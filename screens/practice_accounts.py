"""Practice accounts for exercises: one is kept ready, so that nobody waits for a program to start."""

import threading
from concurrent.futures import Future
from typing import Any

from screens.arguments import PRACTICE_TIME_SCALE
from wizard.practice import process
from wizard.practice.process import PracticeAccount


class Accounts:
    """Whoever takes an account discards it; ``end`` discards the one that nobody took."""

    def __init__(self, arguments: Any) -> None:
        self._scale = PRACTICE_TIME_SCALE if arguments.time_scale is None else arguments.time_scale
        self._settle = arguments.settle
        self._ready: Future[PracticeAccount] | None = None
        self._ended = False

    def prepare(self) -> None:
        """Starts one in a thread."""
        if self._ready is not None or self._ended:
            return
        ready = self._ready = Future()

        def start() -> None:
            try:
                ready.set_result(process.start(time_scale=self._scale, settle=self._settle))
            except Exception as error:
                ready.set_exception(error)
            if self._ended:
                self._stop(ready)

        threading.Thread(target=start, name="account", daemon=True).start()

    def take(self) -> PracticeAccount:
        """One that runs; waits for it. Raises PracticeUnavailableError."""
        self.prepare()
        ready, self._ready = self._ready, None
        if ready is None:
            return process.start(time_scale=self._scale, settle=self._settle)
        return ready.result()

    def end(self) -> None:
        """Discards what nobody took."""
        self._ended = True
        if self._ready is not None and self._ready.done():
            self._stop(self._ready)

    def _stop(self, ready: "Future[PracticeAccount]") -> None:
        if ready is self._ready and ready.exception() is None:
            self._ready = None
            ready.result().discard()
