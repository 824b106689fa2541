"""The wizard line by line: for screen readers, serial consoles, sessions that garble, and transcripts.

It only appends lines. What was typed goes into the interview at once, which keeps the draft.
"""

import os
import shlex
from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from screens import lines, report, safe
from screens.arguments import PROGRAM
from screens.exit_codes import Exit
from screens.interview import Interview
from screens.output import Output
from screens.plain_findings import told_findings
from screens.plain_prompts import Leave, keyboard, leaving
from screens.plain_questions import Offered, Turn, Voice, ask, screen
from screens.plain_review import Review, options
from screens.stopping import Stopping
from wizard import drafts, live_choices, words
from wizard.answers import Answers, question_at, step_of
from wizard.engine import STEP_NAMES
from wizard.places import places
from wizard.profile_problems import ProfileError
from wizard.questions import Question

T = TypeVar("T")

# How long a read may be silent.
_SILENT_SECONDS = 10


def run(arguments: Any, output: Output, stop: Stopping) -> Exit:
    """The whole way, from whose AWS it is to Ready nodes. Returns how it ended.

    ``s`` ends it with DONE; Ctrl-C, Ctrl-D and signals at a question with PARTWAY. Both keep the draft. Raises
    ProfileError for the profile of the command line, and process.PracticeUnavailableError.
    """
    arguments = Namespace(**{**vars(arguments), "plain": True})
    with Interview(arguments) as interview:
        way = Way(arguments, output, stop, interview)
        try:
            return way.go()
        except Leave as left:
            way.tell_where_it_is_kept()
            return way.code or (Exit.DONE if left.asked else Exit.PARTWAY)


class Way:
    """One operator's way through the steps."""

    def __init__(self, arguments: Any, output: Output, stop: Stopping, interview: Interview) -> None:
        self.arguments, self.output, self.stop, self.interview = arguments, output, stop, interview
        self.voice = Voice(self.tell, keyboard(arguments, stop, os.environ))
        # How a build ended that was not finished.
        self.code = Exit.DONE
        self._told_unkept = False

    def go(self) -> Exit:
        """From the welcome to the end. Raises Leave."""
        self.tell(screen("welcome"), screen("nothing_yet"), "", screen("how"), "")
        self.reach()
        start, path = self._begin()
        review = Review(self)
        while True:
            if start < len(STEP_NAMES):
                self._steps(start, path)
            came = review.go()
            if isinstance(came, Exit):
                return came
            start, path = came, None

    def tell(self, *told: str) -> None:
        """Lines to read or to hear."""
        self.output.tell(*told)

    def choice(self, ways: str) -> str:
        """What is typed after hearing what can be typed; consoles wrap long prompts badly, so the prompt is short."""
        self.tell("", ways)
        return self.voice.keyboard.line(screen("choice")).strip()

    # AWS

    def reach(self) -> None:
        """Tells whose AWS this is, or why that can't be told. Raises Leave."""
        while True:
            self.tell(screen("reading_account"))
            self.interview.take_connection(self.reading(self.interview.connect))
            connection, account, error = self.interview.connection, self.interview.account, self.interview.error
            if connection is not None and account is not None:
                report.header(self.output, connection, account)
                return
            if error is not None:
                report.error(self.output, error.says, error.because, error.do)
            self.tell(screen("not_connected"))
            typed = self.choice(screen("not_connected_ask"))
            if typed == "s":
                raise Leave(asked=True)
            if typed != "r":
                return

    def reach_again(self) -> None:
        """Asks once more whose AWS this is where that could not be told. Raises Leave."""
        if not self.reached:
            self.reach()

    @property
    def reached(self) -> bool:
        """Whether AWS told whose it is."""
        return self.interview.account is not None

    def reading(self, read: Callable[[], T]) -> T:
        """What is read, with a line now and then while it takes long. Raises Leave, and what reading raises."""
        started = monotonic()
        pool = ThreadPoolExecutor(1)
        running = pool.submit(read)
        try:
            while True:
                if self.stop.asked.is_set():
                    raise Leave(asked=False)
                try:
                    with leaving(self.stop):
                        return running.result(_SILENT_SECONDS)
                except StillRunning:
                    self.tell(screen("still_reading", took=lines.duration(monotonic() - started)))
        finally:
            pool.shutdown(wait=False)

    def look(self, step: str, *, again: bool = False) -> None:
        """Reads what a step needs, and says so."""
        title = words.screen(f"steps.{step}_title")
        self.tell("", screen("reading", title=title))
        started = monotonic()
        look = self.reading(partial(self.interview.look, step, again=again))
        self.interview.take(look)
        if look.error is not None:
            report.error(self.output, look.error.says, look.error.because, look.error.do)
        else:
            took = monotonic() - started
            self.tell(screen("read", took=lines.duration(took)) if took >= 1 else screen("read_at_once"))

    # Beginning

    def _begin(self) -> tuple[int, str | None]:
        """The step and the question to begin with. Raises Leave, and ProfileError."""
        given = Path(self.arguments.profile) if self.arguments.profile else None
        kept = drafts.kept(places())
        folder = places().config / "profiles"
        own = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
        if given is not None and not kept:
            return self._open(given)
        if given is None and not kept and not own:
            self.interview.begin()
            return 0, None
        ways: list[tuple[str, Callable[[], tuple[int, str | None]]]] = []
        if given is not None:
            ways.append((screen("begin_profile", path=given), partial(self._open, given)))
        else:
            ways.append((screen("begin_new"), self._new))
        ways += [(_told_draft(draft), partial(self._resume, draft)) for draft in kept]
        ways += [(screen("begin_profile", path=path), partial(self._open, path)) for path in own if path != given]
        if given is not None:
            ways.append((screen("begin_new"), self._new))
        self.tell("", screen("begin"), *(f"  {number}  {says}" for number, (says, _) in enumerate(ways, 1)))
        while True:
            typed = self.choice(screen("begin_ask")) or "1"
            if typed == "s":
                raise Leave(asked=True)
            if typed.isdecimal() and 0 < int(typed) <= len(ways):
                try:
                    return ways[int(typed) - 1][1]()
                except ProfileError as error:
                    self.tell(*(safe.line(problem) for problem in error.problems))
            self.tell(screen("begin_refused", count=len(ways)))

    def _new(self) -> tuple[int, str | None]:
        self.interview.begin()
        return 0, None

    def _open(self, path: Path) -> tuple[int, str | None]:
        self.interview.open(path)
        self.tell(screen("opened", path=path))
        if self.interview.lacks_seed:
            self.reach()
        return self._where(0), None

    def _resume(self, draft: drafts.Draft) -> tuple[int, str | None]:
        self.interview.resume(draft)
        self.tell(screen("resumed"))
        for index, step in enumerate(STEP_NAMES):
            for question in self.interview.asked(step):
                if question.path not in self.interview.answers:
                    return index, question.path
        return self._where(len(STEP_NAMES) - 1), None

    def _where(self, usual: int) -> int:
        """The index of the step to begin with; that of none for the review."""
        while True:
            typed = self.choice(screen("where", count=len(STEP_NAMES), number=usual + 1))
            if typed == "s":
                raise Leave(asked=True)
            if not typed:
                return usual
            if typed == "review":
                return len(STEP_NAMES)
            if typed.isdecimal() and 0 < int(typed) <= len(STEP_NAMES):
                return int(typed) - 1
            self.tell(screen("where_refused"))

    # The steps

    def _steps(self, index: int, path: str | None) -> None:
        """From a step, or a question of it, to the end of the last one."""
        at = path
        while index < len(STEP_NAMES):
            if self._step(STEP_NAMES[index], at) is Turn.BACK:
                if index == 0:
                    self.tell(screen("first"))
                    at = None
                else:
                    index -= 1
                    at = self.interview.asked(STEP_NAMES[index])[-1].path
            else:
                index, at = index + 1, None

    def _step(self, step: str, at: str | None) -> Turn | None:
        """Asks a step's questions, from ``at`` or the first, and tells what AWS says to the answers."""
        number = STEP_NAMES.index(step) + 1
        title = words.screen(f"steps.{step}_title")
        self.tell("", "", screen("step", number=number, count=len(STEP_NAMES), title=title))
        self.tell(safe.line(words.screen(f"steps.{step}")))
        here = at or self.interview.asked(step)[0].path
        while True:
            asked = {question.path: question for question in self.interview.asked(step)}
            turn = self._ask(asked[here])
            paths = [question.path for question in self.interview.asked(step)]
            place = paths.index(here) + (-1 if turn is Turn.BACK else 1)
            if place < 0:
                return Turn.BACK
            if place == len(paths):
                again = self._end_of(step)
                if again is None:
                    return None
                place = paths.index(again) if again in paths else len(paths) - 1
                paths = [question.path for question in self.interview.asked(step)]
                place = min(place, len(paths) - 1)
            here = paths[place]

    def _ask(self, question: Question) -> Turn | None:
        standing = self.interview.shown().get(question.path)
        typed = ask(self.voice, question, standing, partial(self._offered, question))
        if isinstance(typed, Turn):
            return typed
        self.put({question.path: typed})
        return None

    def put(self, answers: Answers) -> None:
        """Takes answers that can be read. Tells once when the draft can't be kept."""
        try:
            self.interview.put(answers)
        except OSError as error:
            if not self._told_unkept:
                self._told_unkept = True
                self.tell(screen("not_kept", why=error))

    def _offered(self, question: Question, path: str) -> Offered:
        """What can be picked at a path, read now if it was not read for these answers."""
        step = step_of(question.path)
        if not live_choices.has_choices(step, path) or not self.reached or self._other_region():
            return None
        tried = self.interview.offered.get(step)
        unanswered = tried is not None and tried.observed is None
        if not unanswered and not self.interview.has_choices(step):
            self.tell("", screen("reading_choices", title=words.screen(f"steps.{step}_title")))
            self.interview.take_choices(self.reading(partial(self.interview.look_for_choices, step)))
            if self.interview.choices(path) is None:
                self.tell(screen("no_choices"))
        return self.interview.choices(path)

    def _other_region(self) -> bool:
        connection, region = self.interview.connection, self.interview.answers.get("account.region")
        return connection is not None and bool(region) and connection.doors.cloud.access.region != region

    def _end_of(self, step: str) -> str | None:
        """Checks the answers of a step. Returns the path of the question to go back to; None to go on."""
        if problems := self.interview.problems(step):
            for problem in problems:
                self.tell(screen("problem", path=problem.path, why=problem.says))
            question = question_at(problems[0].path)
            return question.path if question else ""
        again = False
        while True:
            if (
                self.interview.connection is None
                or (step == STEP_NAMES[0] and not self.reached)
                or self._other_region()
            ):
                self.reach()
            if not self.reached:
                self.tell("", screen("not_read"))
            elif again or not self.interview.is_fresh(step):
                self.look(step, again=again)
            came = told_findings(self, step)
            if came != "again":
                return "" if came is Turn.BACK else None
            again = True

    # Leaving

    def tell_where_it_is_kept(self) -> None:
        """Where the answers are, and how to go on."""
        draft, source = self.interview.draft, self.interview.source
        words_ = [PROGRAM, "--plain", *options(self.arguments)]
        self.tell("")
        if draft is not None and draft.exists():
            self.tell(screen("left_draft", path=draft, command=shlex.join(words_)))
        elif source is not None:
            self.tell(screen("left_profile", path=source, command=shlex.join([*words_, str(source)])))
        else:
            self.tell(screen("left_nothing"))
        if self.arguments.practice:
            self.tell(screen("left_practice"))
        if not self.code:
            self.tell(screen("nothing_written"))


def _told_draft(draft: drafts.Draft) -> str:
    key = "begin_draft_practice" if draft.practice else "begin_draft"
    at = f"{draft.at.astimezone():%Y-%m-%d %H:%M}"
    return screen(key, at=at, count=len(draft.answers), name=draft.answers.get("cluster.name", screen("none")))
