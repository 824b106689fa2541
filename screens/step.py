"""The screen of one step: its questions, what AWS says to the answers, and what can be done about it."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from screens import safe
from screens.drawing import NetworkDialog, drawn
from screens.fields import Field, field
from screens.findings import Findings, explanation
from screens.interview import Interview
from screens.standing import belongs, step_lines
from screens.widgets import Marked, TooSmall, Whereabouts, wizard_app
from wizard import words
from wizard.answers import question_at, step_of
from wizard.engine import STEP_NAMES
from wizard.findings import Finding, Severity
from wizard.profile import Profile
from wizard.profile_problems import Problem, ProfileError
from wizard.questions import Question
from wizard.questions import words as asked_in_words
from wizard.words import screen as label

# The drawing's cells below the questions; a screen of 80 columns shows as many.
_DRAWING = 76
# Steps in which the network is decided about; a high screen draws it below their questions.
_DRAWN = ("vpc", "endpoints", "security_group", "cluster", "nodes")


class StepScreen(Screen[None]):
    """Made once for each step; what it shows comes from the interview each time."""

    CSS_PATH = "step.tcss"
    AUTO_FOCUS = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "next", label("step.next")),
        Binding("ctrl+b", "back", label("step.back")),
        Binding("f1", "why", label("step.why")),
        Binding("f2", "steps", label("step.steps")),
        Binding("f3", "network", label("step.network")),
        Binding("f4", "offer", label("step.take_offer"), show=False),
    ]

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step
        self._shown_paths: tuple[str, ...] = ()
        self._sought = ""
        self._cursor: Widget | None = None

    @property
    def interview(self) -> Interview:
        """The answers and what AWS said."""
        return wizard_app(self).interview

    def compose(self) -> ComposeResult:
        number = STEP_NAMES.index(self.step) + 1
        yield TooSmall()
        yield Whereabouts()
        with Horizontal(classes="step"):
            yield Marked(id="steps", markup=False, compact=True)
            with Vertical(classes="middle"):
                title = label(
                    "step.title", number=number, count=len(STEP_NAMES), title=label(f"steps.{self.step}_title")
                )
                yield Static(title, classes="title", markup=False)
                yield Static(label(f"steps.{self.step}"), classes="about", markup=False)
                with VerticalScroll(id="form", can_focus=False):
                    shown, asked = self.interview.shown(), self.interview.asked(self.step)
                    self._shown_paths = tuple(question.path for question in asked)
                    yield from (field(question, shown.get(question.path)) for question in asked)
                    yield Static("", id="drawing", markup=False)
                yield Static("", id="question-why", markup=False)
                yield Findings(id="findings")
                yield Static("", id="status", markup=False)
        yield Footer(show_command_palette=True)

    def on_mount(self) -> None:
        """Shows the questions."""
        self.query_one("#findings", Findings).border_title = label("step.findings")
        self.show_now()

    def on_screen_resume(self) -> None:
        """Shows what has changed while other screens were in sight, and reads what is not fresh."""
        self.show_now()
        if self.focused is None:
            self.call_after_refresh(self._begin)
        wizard_app(self).look_again_here()

    def on_resize(self) -> None:
        """The drawing comes where there is room for it, and goes where there is none."""
        if self.is_mounted:
            self.call_after_refresh(self._show_drawing)

    def on_too_small_gone(self) -> None:
        """Puts the cursor back where it was."""
        if self.focused is None and self._cursor is not None and self._cursor.is_attached:
            self.call_after_refresh(self._cursor.focus)

    def _begin(self) -> None:
        """Puts the cursor on the question that was sought, else the first without an answer, else the first."""
        near = self._fields_near(self._sought) if self._sought else []
        if not near and self.focused is not None:
            return
        fields = list(self.query(Field))
        open_ = {question.path for each in self.interview.problems(self.step) if (question := question_at(each.path))}
        for one in near or [each for each in fields if each.question.path in open_] or fields:
            one.focus()
            break

    # Showing

    def show_now(self) -> None:
        """Shows answers, findings and the state of the read as they are now."""
        if not self.is_mounted:
            return
        app = wizard_app(self)
        self.query_one(Whereabouts).tell(self.interview, asking=app.connecting)
        self._show_form()
        self._show_findings()
        self._show_steps()
        self._show_drawing()
        self.query_one("#status", Static).update(Text(safe.line(self._status()), no_wrap=True, overflow="ellipsis"))

    def _show_form(self) -> None:
        """Brings the fields in line with the questions that are asked now; those that stay keep what is typed."""
        form = self.query_one("#form", VerticalScroll)
        asked = self.interview.asked(self.step)
        shown = self.interview.shown()
        paths = tuple(question.path for question in asked)
        standing = {each.question.path: each for each in form.query(Field)}
        if paths != self._shown_paths:
            for path, old in standing.items():
                if path not in paths:
                    old.remove()
            previous: Field | None = None
            for question in asked:
                if question.path not in standing:
                    made = field(question, shown.get(question.path))
                    standing[question.path] = made
                    form.mount(made, after=previous) if previous else form.mount(
                        made, before=0 if form.children else None
                    )
                previous = standing[question.path]
            self._shown_paths = paths
        for question in asked:
            one = standing[question.path]
            if not one.has_focus_within and question.path in shown:
                one.show(shown[question.path])
            one.can_choose(self.interview.can_choose(question.path))

    def _show_findings(self) -> None:
        waiting = [(each.path, self._to_answer(each)) for each in self.interview.problems(self.step)]
        self.query_one("#findings", Findings).show(waiting, self.findings())

    def _to_answer(self, problem: Problem) -> str:
        """What an answer lacks, with the question's own words."""
        question = question_at(problem.path)
        if question is None:
            return safe.line(f"{problem.path}: {problem.says}")
        missing = not self.interview.shown().get(question.path, "").strip()
        says = label("step.missing") if missing else problem.says
        return safe.line(f"{asked_in_words()[question.path].prompt}: {says}")

    def findings(self) -> list[Finding] | None:
        """What the checks of this step say to the answers; None while AWS was not read."""
        look = self.interview.looks.get(self.step)
        if look is not None and look.wrong is not None:
            return [look.wrong]
        # A later step may have found what an answer of this one causes.
        view = self.interview.seen() if self.interview.view(self.step) else None
        return [finding for finding in view.findings if belongs(finding, self.step)] if view else None

    def _status(self) -> str:
        app = wizard_app(self)
        look = self.interview.looks.get(self.step)
        if app.connecting or self.interview.connection is None:
            return self.interview.refused or label("app.asking")
        if app.reading:
            return label("step.reading")
        if self.interview.error is not None:
            return label("step.not_read", why=self.interview.error.says)
        if look is not None and look.error is not None:
            return label("step.not_read", why=look.error.says)
        if look is None:
            return label("step.not_asked")
        if look.wrong is not None:
            return label("step.wrong_account")
        at = f"{look.at:%H:%M:%S}"
        if look.facts is None:
            elsewhere = [step_of(each.path) for each in self.interview.problems()]
            if elsewhere and self.step not in elsewhere:
                return label("step.waits_for", title=label(f"steps.{elsewhere[0]}_title"))
            return label("step.waits")
        if not self.interview.is_fresh(self.step):
            return label("step.stale", at=at)
        account = self.interview.account
        return label("step.read", at=at, account=account.id if account else "")

    def _show_steps(self) -> None:
        steps = self.query_one("#steps", OptionList)
        steps.set_options(
            [Option(Text(f" {line}", no_wrap=True, overflow="ellipsis")) for line in step_lines(self.interview)]
        )
        steps.highlighted = STEP_NAMES.index(self.step)

    def _show_drawing(self) -> None:
        """Draws the network below the questions, where there is room for it and it is what they decide about."""
        drawing = self.query_one("#drawing", Static)
        profile, view = self._profile_or_none(), self.interview.whole_view()
        if self.step not in _DRAWN or view is None or profile is None or not self.has_class("-high"):
            drawing.update("")
            return
        drawing.update(Text("\n".join(drawn(view, profile, _DRAWING))))

    # Answering

    @on(Field.Answered)
    def _answered(self, told: Field.Answered) -> None:
        self._take({told.question.path: told.text})

    def _take(self, answers: dict[str, str]) -> None:
        try:
            for path, text in answers.items():
                question = question_at(path)
                if question is not None:
                    self.interview.answer(question, text)
        except ProfileError as error:
            self.notify(safe.line(error.problems[0].says), severity="error", markup=False)
        except OSError as error:
            self.notify(label("step.not_kept", why=safe.line(error.strerror)), severity="error", markup=False)
        wizard_app(self).answered(self.step)

    @on(Field.ChooseAsked)
    @work(exclusive=True, group="choose", exit_on_error=False)
    async def _choose(self, told: Field.ChooseAsked) -> None:
        from screens.dialogs import ChooseDialog

        path = told.question.path
        found = self.interview.choices(path)
        if found is None:
            self.notify(label("step.no_list"), markup=False)
            return
        rows = question_at(path) is not told.question
        dialog = ChooseDialog(
            told.question, words.headings(path), found, "" if rows else told.field.text, told.question.kind == "many"
        )
        chosen = await self.app.push_screen_wait(dialog)
        if chosen is None:
            return
        if rows:
            told.field.show_cell(chosen)
        else:
            told.field.show(chosen)
            self._take({path: chosen})

    def take_typed(self) -> None:
        """Takes what was typed last: a jump to another screen leaves the cursor where it is."""
        typed = {each.question.path: each.text for each in self.query(Field) if each.is_new and each.accept()}
        if typed:
            self._take(typed)

    def action_next(self) -> None:
        """To the next step, once every question has an answer."""
        unread = [each for each in self.query(Field) if not each.accept()]
        if unread:
            unread[0].focus()
            return
        try:
            # What was typed last is still on its way as a message.
            self.interview.put({each.question.path: each.text for each in self.query(Field)})
            self.interview.accept(self.step)
        except OSError as error:
            self.notify(label("step.not_kept", why=safe.line(error.strerror)), severity="error", markup=False)
        if missing := self.interview.problems(self.step):
            self.notify(self._to_answer(missing[0]), title=label("step.first"), markup=False)
            self.focus_question(missing[0].path)
            return
        place = STEP_NAMES.index(self.step) + 1
        wizard_app(self).go(STEP_NAMES[place] if place < len(STEP_NAMES) else "review")

    def action_back(self) -> None:
        """To the step before, or to the first screen."""
        place = STEP_NAMES.index(self.step)
        wizard_app(self).go(STEP_NAMES[place - 1] if place else "welcome")

    # Looking closer

    def focus_question(self, path: str) -> None:
        """Puts the cursor on the question that holds what stands at ``path``, as soon as it is there."""
        self._sought = path
        self.call_after_refresh(self._begin)

    def _fields_near(self, path: str) -> list[Field]:
        question = question_at(path)
        found = [each for each in self.query(Field) if question and each.question.path == question.path]
        # An optional part that nobody asked for has no field; the question before it decides about it.
        return found or [each for each in self.query(Field) if path.startswith(each.question.path)][-1:]

    def question(self) -> Question | None:
        """The question under the cursor."""
        for widget in self.focused.ancestors_with_self if self.focused else ():
            if isinstance(widget, Field):
                return widget.question
        return None

    def on_descendant_focus(self) -> None:
        """Shows the whole prompt, which may be cut beside its field, and why it is asked where there is room for it."""
        self._cursor = self.focused
        question = self.question()
        # What this screen begins with may get the cursor a moment before what is sought does.
        if self._sought and any(each.question is question for each in self._fields_near(self._sought)):
            self._sought = ""
        form = self.query_one("#form", VerticalScroll)
        form.border_title = ""
        if question is not None:
            said = asked_in_words()[question.path]
            form.border_title = Text(label("step.question", prompt=said.prompt)).markup
            self.query_one("#question-why", Static).update(Text(said.why))

    def action_why(self) -> None:
        """F1: why this is asked; on a finding, the whole of what is known of it."""
        from screens.dialogs import WhyDialog

        panel = self.query_one("#findings", Findings)
        if panel.list.has_focus and panel.finding is not None:
            self.app.push_screen(explanation(panel.finding))
            return
        question = self.question()
        if question is None:
            self.app.push_screen(WhyDialog(label(f"steps.{self.step}_title"), [label(f"steps.{self.step}")]))
            return
        said = asked_in_words()[question.path]
        self.app.push_screen(WhyDialog(said.prompt, [said.why, label("step.path", path=question.path)]))

    def action_offer(self) -> None:
        """F4: takes the offer of the chosen finding into the answers."""
        finding = self.query_one("#findings", Findings).finding
        if finding is None or not finding.offer:
            self.notify(label("step.no_offer"), markup=False)
            return
        self._take(dict(finding.offer))
        for each in self.query(Field):
            if each.question.path in finding.offer:
                each.show(finding.offer[each.question.path])

    @on(OptionList.OptionSelected, ".finding-list")
    def _to_question(self) -> None:
        where = self.query_one("#findings", Findings).where
        if where is not None:
            wizard_app(self).ask_about(where)

    @on(OptionList.OptionSelected, "#steps")
    def _to_step(self, chosen: OptionList.OptionSelected) -> None:
        wizard_app(self).go([*STEP_NAMES, "review"][chosen.option_index])

    def action_steps(self) -> None:
        """F2: the list of steps, for screens too narrow to show it all the time."""
        from screens.steps_dialog import StepsDialog

        self.app.push_screen(StepsDialog(step_lines(self.interview), STEP_NAMES.index(self.step)), self._go_to)

    def _go_to(self, place: int | None) -> None:
        if place is not None:
            wizard_app(self).go([*STEP_NAMES, "review"][place])

    def action_network(self) -> None:
        """F3: the network as it will be, and what reaches what."""
        self.app.push_screen(NetworkDialog(self.interview.whole_view(), self._profile_or_none()))

    def _profile_or_none(self) -> Profile | None:
        try:
            return self.interview.profile()
        except ProfileError:
            return None

    def commands(self) -> Iterable[SystemCommand]:
        """What the palette offers here."""
        yield SystemCommand(label("step.next"), label("step.next_help"), self.action_next)
        yield SystemCommand(label("step.back"), label("step.back_help"), self.action_back)
        yield SystemCommand(label("step.why"), label("step.why_help"), self.action_why)
        yield SystemCommand(label("step.steps"), label("step.steps_help"), self.action_steps)
        yield SystemCommand(label("step.network"), label("step.network_help"), self.action_network)
        chosen = self.query_one("#findings", Findings).finding
        if chosen is not None and chosen.offer:
            title = label("step.take_offer")
            yield SystemCommand(title, safe.line(words.offer(chosen)), self.action_offer)
        for finding in self.findings() or ():
            if finding.severity is not Severity.OK:
                title = label("step.explain", code=finding.code)
                yield SystemCommand(
                    title, words.title(finding.code), partial(self.app.push_screen, explanation(finding))
                )
