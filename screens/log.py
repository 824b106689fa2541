"""The log file: always there, in full, rotated; nothing of it on the terminal."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_MOST_BYTES = 2_000_000
_KEPT = 5

logger = logging.getLogger("eks-wizard")


def open_in(state: Path) -> Path | None:
    """Logs to ``state``/log from now on. Returns the file; None where it can't be written."""
    close()
    path = state / "log" / "eks-wizard.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(path, maxBytes=_MOST_BYTES, backupCount=_KEPT, encoding="utf-8")
        path.chmod(0o600)
    except OSError:
        logger.addHandler(logging.NullHandler())
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(threadName)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return path


def path() -> Path | None:
    """The file that is logged to."""
    files = [Path(handler.baseFilename) for handler in logger.handlers if isinstance(handler, RotatingFileHandler)]
    return files[0] if files else None


def close() -> None:
    """Ends the log of this run."""
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
