"""The real program at its controlling pseudo-terminal: keys go in, and what stands on the screen is read."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pyte
from replay_process import PROGRAM, ROOT

Found = TypeVar("Found")

LEAVES_ALTERNATE_SCREEN = "\x1b[?1049l"
SHOWS_CURSOR = "\x1b[?25h"
KEYS = {"enter": "\r", "escape": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
        "left": "\x1b[D", "end": "\x1b[F", "f2": "\x1bOQ",
        **{f"ctrl+{letter}": chr(number) for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 1)}}  # fmt: skip
# Only a controlling terminal hangs up.
_TAKES_CONTROL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
AT_TERMINAL = [*PROGRAM[:-1], f"{_TAKES_CONTROL}; {PROGRAM[-1]}"]
# Sequences that the emulator would take for text.
_KITTY = re.compile(r"\x1b\[[<=>]\d*u")


class Terminal:
    """A terminal of 80 columns and 24 rows, and the program that runs at it."""

    def __init__(self, environment: dict[str, str], *argv: str) -> None:
        self._screen = pyte.Screen(80, 24)
        self._emulator = pyte.Stream(self._screen)
        self.fd, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._before = termios.tcgetattr(self.fd)
        self.process = subprocess.Popen(
            [*AT_TERMINAL, *argv], stdin=other, stdout=other, stderr=other, env=environment, start_new_session=True
        )
        os.close(other)
        self.stream = ""

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def unbroken(self) -> str:
        """The same without any blanks, so that long names and paths are whole."""
        return "".join(self.text.split())

    @property
    def restored(self) -> bool:
        """Whether the terminal is as it was, and not in its second screen."""
        return (
            termios.tcgetattr(self.fd)[:4] == self._before[:4]
            and self.stream.rfind(LEAVES_ALTERNATE_SCREEN) > self.stream.rfind("\x1b[?1049h")
            and self.stream.rfind(SHOWS_CURSOR) > self.stream.rfind("\x1b[?25l")
        )

    def press(self, *keys: str) -> None:
        """Sends keys: names, or text as it is."""
        for key in keys:
            os.write(self.fd, KEYS.get(key, key).encode())

    def until(self, text: str, seconds: float = 60) -> None:
        """Reads on until the text stands on the screen, however its lines are broken."""
        deadline = time.monotonic() + seconds
        while text not in self.text and text not in " ".join(self.text.split()):
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} never came:\n{self.text}"
            assert self._read(left), f"ended before {text!r} came:\n{self.text}"

    def do(self, text: str, *keys: str, seconds: float = 60) -> None:
        """Waits for a text, and then presses keys."""
        self.until(text, seconds)
        self.press(*keys)

    def meanwhile(self, ask: Callable[[], Found]) -> Found:
        """What ``ask`` returns, while the terminal takes in what comes: a full one would stop the program."""
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(ask)
            while not asked.done():
                self._read(0.02)
        return asked.result()

    def end(self, seconds: float = 60) -> int:
        """The exit code, once the program has ended by itself and all was read."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end:\n{self.text}"
            self._read(0.02)
        while self._read(0):
            pass
        return self.process.returncode

    def hang_up(self) -> None:
        """The line is lost."""
        os.close(self.fd)
        self.fd = -1

    def gone(self) -> None:
        """Nothing is left of it."""
        self.process.kill()
        self.process.wait()
        if self.fd >= 0:
            os.close(self.fd)

    def _read(self, seconds: float) -> bool:
        """Takes in what comes within the time; False where nothing will ever come."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return seconds > 0
        read = b""
        with suppress(OSError):
            read = os.read(self.fd, 65536)
        text = read.decode(errors="replace")
        self.stream += text
        # The emulator has one screen: where there was another before, it begins with an empty one.
        self._emulator.feed(_KITTY.sub("", text).replace(LEAVES_ALTERNATE_SCREEN, "\x1bc"))
        return bool(read)


def shell(home: Path, **more: str) -> dict[str, str]:
    """What an operator's shell has set, without any AWS; files go below ``home``."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home), "TERM": "xterm-256color",
        "LANG": "C.UTF-8", **more,
    }  # fmt: skip


def at_account(account: Any, home: Path, **more: str) -> dict[str, str]:
    """The same, with the practice account for AWS."""
    return shell(home, **account.practice.env, **more)


@contextmanager
def terminals() -> Iterator[Any]:
    """Opens terminals, which are gone afterwards."""
    opened: list[Terminal] = []

    def at(environment: dict[str, str], *argv: str) -> Terminal:
        opened.append(Terminal(environment, *argv))
        return opened[-1]

    try:
        yield at
    finally:
        for one in opened:
            one.gone()
