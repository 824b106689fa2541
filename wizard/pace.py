"""Waiting in AWS seconds: real ones on AWS, scaled ones in the practice account."""

import threading
import time
from dataclasses import dataclass


class StopAsked(Exception):
    """Someone asked to stop while something was being waited for."""


@dataclass(frozen=True)
class Pace:
    """``scale`` is real seconds per AWS second; at 0 nothing is waited for, and a timer counts the pauses asked for."""

    scale: float
    stop: threading.Event


class Timer:
    """Counts AWS seconds from its making; pauses that end at once when a stop is asked for."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._started = time.monotonic()
        self._paused = 0.0

    @property
    def elapsed(self) -> float:
        """AWS seconds since the timer was made."""
        if not self._pace.scale:
            return self._paused
        return (time.monotonic() - self._started) / self._pace.scale

    def pause(self, seconds: float) -> None:
        """Waits that many AWS seconds. Raises StopAsked as soon as a stop is asked for."""
        self._paused += seconds
        if self._pace.stop.wait(seconds * self._pace.scale):
            raise StopAsked
