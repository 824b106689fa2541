"""What the terminal shows once the full screen is gone: where the answers are, and the command that goes on."""

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from screens import safe
from screens.arguments import PROGRAM
from screens.exit_codes import Exit
from wizard.words import screen as label

if TYPE_CHECKING:
    from screens.finish import Outcome
    from screens.interview import Interview


def told(interview: "Interview", outcome: "Outcome | None") -> Iterator[str]:
    """Lines to read in the terminal; none where nothing was answered, or all is built."""
    from screens.finish import replay_command
    from screens.plain_review import options

    if interview.draft is not None and not interview.unkept and interview.draft.exists():
        command = shlex.join([PROGRAM, *options(interview.arguments)])
        yield safe.line(label("plain.left_draft", path=interview.draft, command=command))
    elif outcome is not None and outcome.code is not Exit.DONE:
        command = replay_command(interview.arguments, interview.source)
        yield safe.line(label("app.left_build", command=command))
