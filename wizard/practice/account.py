"""The one practice account of this process: its clock, its log, its rules, its catalogue.

Everything in the process shares ``account``. Whoever keeps state of their own registers a function with
``account.on_reset`` that empties it.
"""

import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wizard.practice.boot.snapshot import Premises
from wizard.practice.calls import CallLog
from wizard.practice.catalogue import Catalogue
from wizard.practice.clock import Clock
from wizard.practice.faults import Faults
from wizard.practice.settle import Settle

SETTLE_SECONDS = 8.0


class Account:
    """``scale`` and ``settle`` as in Clock and Settle; ``folder`` is where files of this account may be written."""

    def __init__(self) -> None:
        self._reset_functions: list[Callable[[], None]] = []
        # Set where nothing but calls from outside makes anything: not while the process still warms up.
        self.at_rest = threading.Event()
        self.at_rest.set()
        self.folder = Path(tempfile.gettempdir())
        self.open(0.0, None, self.folder)

    def open(self, scale: float, settle: float | None, folder: Path) -> None:
        """Starts afresh with other times."""
        self.folder = folder
        self._scale = scale
        clock = Clock(scale)
        # At scale 0 the clock moves by reads: the first read after a creation does not see the new thing yet.
        self._settle = settle if settle is not None else SETTLE_SECONDS if scale else 1.5 * clock.tick
        self.faults = Faults()
        self._begin(clock)

    def _begin(self, clock: Clock) -> None:
        self.clock = clock
        self._opened = datetime.now(UTC).replace(microsecond=0)
        self.calls = CallLog()
        self.settle = Settle(clock, self._settle)
        self.catalogue = Catalogue()
        self.premises = Premises()

    def on_reset(self, function: Callable[[], None]) -> None:
        """Has a function called whenever the account is emptied."""
        self._reset_functions.append(function)

    def reset(self) -> None:
        """Empties the account: nothing is there but what AWS has in a fresh one."""
        self.faults.replace([])
        for function in self._reset_functions:
            function()
        self._begin(Clock(self._scale))

    def moment(self, seconds: float | None = None) -> datetime:
        """An instant of the account's clock (now, by default) as AWS would write it."""
        passed = self.clock.now() if seconds is None else seconds
        return self._opened + timedelta(seconds=round(passed, 3))

    @property
    def time_scale(self) -> float:
        """Real seconds per AWS second."""
        return self._scale


account = Account()
