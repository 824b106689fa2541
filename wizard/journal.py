"""The append-only record of what was about to be done and what came of it, and the lock of a cluster."""

import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

log = logging.getLogger("eks-wizard")


@dataclass(frozen=True)
class Record:
    """The last thing written of one change.

    ``outcome`` is None for an intent of which no outcome was written: the process ended, or the answer never came.
    ``look`` is the read, with every value known, that tells whether the change happened.
    """

    change: str
    at: float
    outcome: str | None
    token: str | None
    look: Mapping[str, Any] | None


class Locked(Exception):
    """Another run holds the cluster's lock on this machine; ``holder`` says which."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class Journal:
    """One cluster's journal: a folder with journal.jsonl, the lock, and evidence of what failed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "journal.jsonl"
        self._writing = threading.Lock()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the lock of this cluster on this machine. Raises Locked at once where another run holds it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        holder = self.folder / "lock.holder"
        try:
            # Whoever drains a build may close it from another thread.
            with FileLock(self.folder / "lock", timeout=0, thread_local=False):
                since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
                holder.write_text(f"process {os.getpid()} since {since}", encoding="utf-8")
                yield
        except Timeout as error:
            who = holder.read_text(encoding="utf-8") if holder.exists() else "another process"
            raise Locked(who) from error

    def intent(self, change: str, call: Mapping[str, Any], token: str | None, look: Mapping[str, Any] | None) -> None:
        """Written before a call is sent; on the disk when this returns."""
        self._append({"kind": "intent", "change": change, "call": call, "token": token, "look": look})

    def outcome(self, change: str, outcome: str, **about: Any) -> None:
        """Written after: ``done``, ``found`` (the answer was lost, the effect is there), ``refused`` or ``failed``."""
        self._append({"kind": "outcome", "change": change, "outcome": outcome, **about})

    def records(self) -> dict[str, Record]:
        """The last record of each change. A half-written last line, left by a kill, is passed over."""
        last: dict[str, Record] = {}
        for line in self._lines():
            change = str(line.get("change"))
            if line.get("kind") == "intent":
                last[change] = Record(change, float(line["at"]), None, line.get("token"), line.get("look"))
            elif line.get("kind") == "outcome" and change in last:
                before = last[change]
                last[change] = Record(change, float(line["at"]), str(line["outcome"]), before.token, before.look)
        return last

    def evidence(self, change: str, content: Any) -> Path:
        """Saves what AWS said of a thing that failed, before it is replaced. Returns the file."""
        folder = self.folder / "evidence"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A change's id may hold an ARN, and Windows takes no colon.
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{re.sub('[^A-Za-z0-9._-]', '_', change)}.json"
        with open(folder / name, "x", encoding="utf-8", opener=_private) as file:
            json.dump(content, file, indent=2, default=str)
        return folder / name

    def _append(self, record: Mapping[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Newline first: a line that a kill left half-written must not swallow this one.
        line = "\n" + json.dumps({"at": time.time(), **record}, default=str)
        with self._writing, open(self.path, "a", encoding="utf-8", opener=_private) as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self.path.exists():
            return
        for text in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
