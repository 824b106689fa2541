"""The practice account's own time."""

import threading
import time


class Clock:
    """Seconds as AWS would live them.

    ``scale`` is real seconds per AWS second: at 0.1 a ten-minute cluster takes one minute. At 0 no real time
    passes at all: every read request, and every write that is refused, moves the clock by ``tick`` AWS seconds, so
    states advance per Describe.
    """

    def __init__(self, scale: float, tick: float = 10.0) -> None:
        self.scale = scale
        self.tick = tick
        self._started = time.monotonic()
        self._ticked = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """AWS seconds since the account was opened."""
        passed = (time.monotonic() - self._started) / self.scale if self.scale else 0.0
        with self._lock:
            return passed + self._ticked

    def advance(self, seconds: float) -> None:
        """Lets AWS seconds pass at once, at any scale."""
        with self._lock:
            self._ticked += seconds

    def read_happened(self) -> None:
        """Called once for each read request that the account answers, and for each write that it refuses."""
        if not self.scale:
            with self._lock:
                self._ticked += self.tick
