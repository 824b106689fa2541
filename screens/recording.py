"""``check --record FILE``: a failure kept as a scenario for the training room."""

import secrets
from pathlib import Path

from screens.arguments import UsageError
from screens.output import Output
from wizard import whole_file, words
from wizard.standing.check import Look
from wizard.training.recording import NotRecordable, recording


def to_be_written(name: str) -> Path:
    """The path of a file that is not there yet. Raises UsageError where it is."""
    path = Path(name)
    if path.exists() or path.is_symlink():
        raise UsageError(words.screen("recording.exists", file=name))
    return path


def record(path: Path, seen: Look, output: Output) -> None:
    """Writes what was seen as a scenario, whole or not at all. Raises UsageError."""
    try:
        text = recording(seen.facts, seen.findings, secrets.token_bytes(32))
        # Whatever has come to stand there meanwhile is not written over.
        whole_file.write(to_be_written(str(path)), text)
    except NotRecordable as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(words.screen("recording.not_written", file=str(path), why=why)) from error
    output.event({"type": "recording", "file": str(path)})
    output.say(words.screen("recording.written", file=str(path)))
