"""Standard output and error as the faces use them."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any, cast


class Lasting:
    """A stream whose writes never fail: a terminal that is gone must not keep the build from ending in order.

    RuntimeError is what Python's streams raise when a signal's handler writes in the middle of a write.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError, RuntimeError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError, RuntimeError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def lasting(stream: IO[str]) -> IO[str]:
    """The stream, with writes that never fail."""
    return cast("IO[str]", Lasting(stream))


def writable() -> None:
    """Lets both streams take any text, whatever the locale: what has no code there is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def give_up_output() -> None:
    """After a broken pipe: nobody reads on, and Python's last flush must not complain."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def can_ask() -> bool:
    """True when someone sits at a terminal, who sees a question and can answer it."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def can_repaint(environment: Mapping[str, str]) -> bool:
    """True when lines on standard error can be painted over: a real terminal, and no log of a pipeline."""
    return sys.stderr.isatty() and environment.get("TERM", "") not in ("", "dumb") and not environment.get("CI")


def flush() -> None:
    """Writes out what is buffered. Raises BrokenPipeError while that can still be told."""
    sys.stdout.flush()
    with suppress(OSError, ValueError):
        sys.stderr.flush()


def ask(prompt: str) -> str:
    """What is typed after the prompt, on standard error; empty at the end of input."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    answered = False
    try:
        line = sys.stdin.readline()
        answered = line.endswith("\n")
        return line.rstrip("\n")
    finally:
        if not answered:
            sys.stderr.write("\n")
