"""Ctrl-C, SIGTERM and a lost terminal: the first asks to stop, the second ends at once."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from screens.exit_codes import Exit

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_SHOW_CURSOR = "\x1b[?25h"


class Declined(KeyboardInterrupt):
    """A stop was asked for while a question was being asked.

    As Ctrl-C itself, so that an event loop that asks the question lets it through: other errors it keeps to itself.
    """


class Stopping:
    """``asked`` is the flag that the engine looks at."""

    def __init__(self, last_words: bytes) -> None:
        self.asked = threading.Event()
        self.say: Callable[[], None] = lambda: None
        self._asking = False
        self._last_words = last_words

    @contextmanager
    def question(self) -> Iterator[None]:
        """While a question is asked, a stop ends it with Declined."""
        self._asking = True
        try:
            if self.asked.is_set():
                # It came a moment before.
                raise Declined
            yield
        finally:
            self._asking = False

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        if self.asked.is_set():
            self._leave()
        self.asked.set()
        if self._asking:
            raise Declined
        self.say()

    def _leave(self) -> None:
        # No cleaning up: threads may wait for AWS for a long time. What the journal holds is enough to go on.
        with suppress(OSError, ValueError):
            if self._last_words:
                os.write(sys.stdout.fileno(), self._last_words)
            if sys.stderr.isatty():
                os.write(sys.stderr.fileno(), f"{_SHOW_CURSOR}\n".encode())
        os._exit(Exit.INTERRUPTED)


@contextmanager
def stopping(last_words: bytes = b"") -> Iterator[Stopping]:
    """Takes the signals over; ``last_words`` go to standard output when the program is interrupted twice."""
    state = Stopping(last_words)
    before = {number: signal.signal(number, state.handle) for number in _SIGNALS}
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
