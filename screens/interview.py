"""The answers so far, and what AWS says to them: what the full-screen and the plain wizard drive alike.

``connect`` and ``look`` read AWS and may take long; they change nothing here, so that they can run in a thread, and
what they return is taken in by ``take``. All else is immediate.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from operator import is_
from pathlib import Path
from threading import Lock
from typing import Any

from screens.session import Connection, Session, connected, connection, plant, seed_of
from wizard import answers as given
from wizard import drafts, engine, live_choices, profile, words
from wizard.choices import Choice
from wizard.cloud import CloudError
from wizard.engine import STEP_NAMES, View
from wizard.facts import AccountFacts, Facts, Unknown
from wizard.findings import Finding
from wizard.places import places
from wizard.profile import Profile
from wizard.profile_problems import Problem, ProfileError
from wizard.questions import Question, read
from wizard.steps.account.observe import WrongAccount, who_and_where
from wizard.suggestions import filled
from wizard.words import Said

# Answers that decide which lists are read to choose from.
_SCOPE = ("account.region", "vpc", "vpc.use.id", "vpc.use.subnets", "cluster.version")

# Answers that every step's facts are about.
_OF_ALL_STEPS = ("account.id", "account.region", "cluster.name")


@dataclass(frozen=True)
class Connected:
    """An attempt to reach AWS: whose it is, or why it could not be told."""

    connection: Connection
    account: AccountFacts | None
    error: Said | None
    credentials_from: str = ""


@dataclass(frozen=True)
class Look:
    """What was read for a step.

    ``facts`` are of all steps up to ``until``, None where they could not be read; ``anew`` tells that facts read before
    are not among them. ``wrong`` is why the account is not the profile's, ``error`` why AWS did not answer.
    """

    step: str
    until: str
    at: datetime
    answers: given.Answers
    facts: Facts | None
    wrong: Finding | None = None
    error: Said | None = None
    anew: bool = False


@dataclass(frozen=True)
class Offered:
    """What the account has to choose from in a step, read for ``scope``; None where AWS did not answer."""

    step: str
    scope: tuple[str, ...]
    observed: Any


class Interview:
    """One way through the questions."""

    def __init__(self, arguments: Any) -> None:
        self.arguments = arguments
        self.answers: given.Answers = {}
        self.draft: Path | None = None
        # Why the last answers are not in the draft; "" where they are.
        self.unkept = ""
        self.source: Path | None = None
        self.connection: Connection | None = None
        self.account: AccountFacts | None = None
        self.error: Said | None = None
        self.credentials_from = ""
        # Why there is no connection at all, such as a practice account that does not start.
        self.refused = ""
        # What was opened once, a practice account above all; connections to other regions go beside it.
        self._opened: Connection | None = None
        self._opening = Lock()
        self._planted = False
        self.facts: Facts | None = None
        self.looks: dict[str, Look] = {}
        self.offered: dict[str, Offered] = {}
        # Steps whose facts were read at all, and those read for the answers as they are now.
        self._read: frozenset[str] = frozenset()
        self._fresh: frozenset[str] = frozenset()
        self._views: dict[str, View | None] = {}
        self._views_about: tuple[Any, ...] = ()
        self._exit = ExitStack()

    def __enter__(self) -> "Interview":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends a practice account that was started for it."""
        self._exit.close()

    # Beginning

    def begin(self) -> None:
        """A new way, with nothing answered."""
        self._restart({}, None, None)

    def resume(self, draft: drafts.Draft) -> None:
        """Goes on with a draft, which keeps its file."""
        self._restart(draft.answers, draft.path, None)

    def open(self, path: Path) -> None:
        """Begins with the answers of a profile. Raises ProfileError."""
        self._restart(given.from_profile(profile.load(path, self.arguments.settings)), None, path)

    def _restart(self, answers: given.Answers, draft: Path | None, source: Path | None) -> None:
        self.answers, self.draft, self.source, self.unkept = dict(answers), draft, source, ""
        self.looks, self.offered = {}, {}
        self._forget()

    def _forget(self) -> None:
        self.facts, self._read, self._fresh = None, frozenset(), frozenset()

    # Reading AWS

    def connect(self) -> Connected:
        """Finds out whose AWS this is. May take long.

        Raises process.PracticeUnavailableError, and ProfileError where a profile's seed can't be planted.
        """
        region = self.answers.get("account.region") or self.arguments.region
        # Someone who goes on at once asks again before the first attempt is through.
        with self._opening:
            opened = self._opened
            if opened is None:
                made = self._opened = self._exit.enter_context(connected(self.arguments, region))
            else:
                region = region or opened.doors.cloud.access.region
                made = connection(self.arguments, region, opened.practice, ends=opened.ends)
            if self.lacks_seed and self.source and made.practice:
                plant(self.source, made.practice)
                self._planted = True
        try:
            return Connected(made, who_and_where(made.doors), None, made.doors.cloud.credentials_from)
        except CloudError as error:
            return Connected(made, None, said_of(error))

    @property
    def lacks_seed(self) -> bool:
        """Whether the profile that was opened uses what its seed makes, and the practice account lacks it still."""
        started = self._opened is not None and self._opened.ends
        return started and not self._planted and seed_of(self.source) is not None

    @property
    def is_elsewhere(self) -> bool:
        """Whether the answers name another region than the one that is spoken to."""
        region = self.answers.get("account.region")
        if not region or self.connection is None:
            return False
        return region != (self.account.region if self.account else self.connection.doors.cloud.access.region)

    def take_connection(self, made: Connected) -> None:
        """Works with this AWS from now on."""
        self.connection, self.account, self.error = made.connection, made.account, made.error
        self.credentials_from, self.refused = made.credentials_from, ""
        self.looks, self.offered = {}, {}
        self._forget()

    def refuse(self, says: str) -> None:
        """There is no connection, and this is why: the one before may be another region's."""
        self.connection, self.account, self.error, self.refused = None, None, None, says
        self.looks, self.offered = {}, {}
        self._forget()

    def look(self, step: str, *, again: bool = False, whole: bool = False) -> Look:
        """Reads what a step and those before it need; ``again`` anew, ``whole`` also for those after it. May take long.

        The drawing of the network shows what steps to come will make, and must not claim that it isn't there.
        """
        last = STEP_NAMES[-1] if whole else step
        answers, facts, fresh, made = self.shown(), self.facts, self._fresh, self.connection
        anew = again or facts is None
        if made is None:
            raise RuntimeError("look before connect")
        wrong, error = None, None
        try:
            asked = given.to_profile(answers)
            until = engine.steps_until(last)
            if facts is None or anew:
                facts = engine.observe(made.doors, made.session(asked).profile, last)
            else:
                stale = [each for each in until if each.name not in fresh]
                facts = engine.observe_again(made.doors, made.session(asked).profile, facts, stale)
            if step == STEP_NAMES[-1]:
                # Before the last step the plan is not all of what will be done.
                facts = engine.with_rights(made.doors, made.session(asked).profile, facts)
        except ProfileError:
            facts = None
        except WrongAccount as refused:
            facts, wrong = None, refused.finding
        except CloudError as failed:
            facts, error = None, said_of(failed)
        return Look(step, last, datetime.now().astimezone(), answers, facts, wrong, error, anew)

    def look_for_choices(self, step: str) -> Offered:
        """Reads what a step has to choose from. May take long."""
        answers, made = self.shown(), self.connection
        if made is None:
            raise RuntimeError("look before connect")
        try:
            observed = live_choices.observe(step, made.doors, answers.get("account.region", ""), answers)
        except CloudError:
            # The look beside this one says so.
            observed = None
        return Offered(step, scope_of(answers), observed)

    def has_choices(self, step: str) -> bool:
        """Whether what can be chosen in the step was read, and for the answers as they are now."""
        offered = self.offered.get(step)
        return offered is not None and offered.observed is not None and offered.scope == scope_of(self.shown())

    def take_choices(self, offered: Offered) -> None:
        """Keeps what can be chosen."""
        self.offered[offered.step] = offered

    def take(self, look: Look) -> None:
        """Keeps what was read, unless the answers that it was read for have changed since in what all steps share."""
        self.looks[look.step] = look
        if look.facts is None or any(self.shown().get(path) != look.answers.get(path) for path in _OF_ALL_STEPS):
            return
        self.facts = look.facts
        until = frozenset(STEP_NAMES[: STEP_NAMES.index(look.until) + 1])
        changed = [path for path, text in self.shown().items() if look.answers.get(path) != text]
        first = min((STEP_NAMES.index(given.step_of(path)) for path in changed), default=len(STEP_NAMES))
        self._read = until if look.anew else self._read | until
        self._fresh = (until if look.anew else self._fresh | until) & frozenset(STEP_NAMES[:first])

    def is_fresh(self, step: str) -> bool:
        """Whether the facts of the step were read for the answers as they are now."""
        return step in self._fresh

    def is_stale(self, step: str, *, whole: bool) -> bool:
        """Whether something has to be read for the step, or, ``whole``, for any."""
        last = STEP_NAMES[-1] if whole else step
        return not {*STEP_NAMES[: STEP_NAMES.index(last) + 1]} <= self._fresh or step not in self.looks

    # Answering

    def shown(self) -> given.Answers:
        """What stands in the fields: the answers, and suggestions where none was given."""
        return filled(self.answers, self.account)

    def asked(self, step: str) -> tuple[Question, ...]:
        """The questions of a step, as the answers so far lead to them."""
        return given.asked(step, self.shown())

    def answer(self, question: Question, text: str) -> None:
        """Takes an answer and keeps the draft. Raises ProfileError where the text is no answer, and OSError."""
        read(question, text)
        self.put({question.path: text})

    def put(self, answers: given.Answers) -> None:
        """Takes answers that can be read, such as an offer's, and keeps the draft. Raises OSError."""
        if answers.items() <= self.answers.items():
            # A profile that is only looked through needs no draft.
            return
        before = self.shown()
        self.answers = {**self.answers, **answers}
        changed = [path for path, text in self.shown().items() if before.get(path) != text]
        if any(path in _OF_ALL_STEPS for path in changed):
            # What was read is about another cluster.
            self._forget()
        for path in changed:
            self._fresh &= frozenset(STEP_NAMES[: STEP_NAMES.index(given.step_of(path))])
        self.keep()

    def keep(self) -> None:
        """Writes the draft. Raises OSError."""
        if self.draft is None:
            practice = self.connection is not None and self.connection.practice is not None
            self.draft = drafts.new_path(places(), datetime.now().astimezone(), practice=practice)
        try:
            drafts.keep(self.draft, self.answers)
        except OSError as error:
            self.unkept = error.strerror or str(error)
            raise
        self.unkept = ""

    def accept(self, step: str) -> None:
        """Takes what stands in the fields of a step as answers, suggestions included."""
        shown = self.shown()
        self.put({question.path: shown[question.path] for question in self.asked(step) if question.path in shown})

    # What is so

    def problems(self, step: str | None = None) -> tuple[Problem, ...]:
        """What is wrong with the answers of a step, or of all, or missing among them."""
        found = given.problems(self.shown())
        return tuple(each for each in found if step is None or given.step_of(each.path) == step)

    def profile(self) -> Profile:
        """The profile of the answers. Raises ProfileError."""
        return given.to_profile(self.shown())

    def session(self) -> Session:
        """What the profile is carried out with. Raises ProfileError."""
        if self.connection is None:
            raise RuntimeError("session before connect")
        return self.connection.session(self.profile())

    def view(self, until: str) -> View | None:
        """The findings and the plan for the answers and what was read; None where one of them is missing. Pure."""
        # A screen asks for the same view several times before an answer or a read changes it.
        about = (self.answers, self.facts, self.account, self._read)
        if len(self._views_about) != len(about) or not all(map(is_, self._views_about, about)):
            self._views_about, self._views = about, {}
        if until not in self._views:
            self._views[until] = self._judged(until)
        return self._views[until]

    def _judged(self, until: str) -> View | None:
        if self.facts is None or not {*STEP_NAMES[: STEP_NAMES.index(until) + 1]} <= self._read:
            return None
        try:
            return engine.judge(self.session().profile, self.facts, until)
        except ProfileError:
            return None

    def choices(self, path: str) -> tuple[Choice, ...] | Unknown | None:
        """What the account has to choose from for a question; None where there is nothing to choose or no look yet."""
        step = given.step_of(path)
        offered = self.offered.get(step)
        if offered is None or offered.observed is None:
            return None
        return live_choices.choices(step, path, offered.observed, self.shown())

    def whole_view(self) -> View | None:
        """The view of all steps, once all were read for the account at hand; what they were read for may be older."""
        return self.view(STEP_NAMES[-1])

    def seen(self) -> View | None:
        """The findings of all steps that were read so far, of which the last may be anywhere on the way."""
        read = [step for step in STEP_NAMES if step in self._read]
        return self.view(read[-1]) if read else None

    def can_choose(self, path: str) -> bool:
        """Whether a question has something to choose from that was read; which it is, ``choices`` works out."""
        step = given.step_of(path)
        offered = self.offered.get(step)
        return offered is not None and offered.observed is not None and live_choices.has_choices(step, path)

    # Ending

    def profile_path(self) -> Path:
        """Where the profile is saved: where it came from, if the wizard wrote it, else a name that is free."""
        made = self.profile()
        if self.source is not None and profile.is_ours(self.source):
            return self.source
        folder = places().config / "profiles"
        names = (f"{made.name}{number}.yaml" for number in ("", *(f"-{count}" for count in range(2, 1000))))
        return next(path for name in names if not (path := folder / name).exists() or self._holds(path, made))

    def _holds(self, path: Path, made: Profile) -> bool:
        try:
            return profile.load(path) == made
        except ProfileError:
            return False

    def save(self) -> Path:
        """Writes the profile, and forgets the draft. Returns the file. Raises ProfileError and OSError."""
        path = self.profile_path()
        profile.save(self.profile(), path)
        self.source = path
        if self.draft is not None:
            drafts.drop(self.draft)
            self.draft, self.unkept = None, ""
        return path


def said_of(error: CloudError) -> Said:
    """A refusal or an unreachable AWS as sentences."""
    return words.error("cloud", kind=error.kind.value, aws_code=error.code, action=error.action, said=error.message)


def scope_of(answers: given.Answers) -> tuple[str, ...]:
    """What decides which lists are read to choose from: lists of another scope are of no use."""
    return tuple(answers.get(path, "") for path in _SCOPE)
