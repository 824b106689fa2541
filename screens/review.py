"""The review: everything that was found and all that will be done, to be agreed to before anything is made."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Footer, OptionList, Static, TabbedContent, TabPane
from textual.widgets.option_list import Option

from screens import lines, review_pages, safe
from screens.dialogs import ConfirmDialog, Push, TypeNameDialog
from screens.findings import Findings
from screens.interview import Interview
from screens.widgets import TooSmall, Whereabouts, wizard_app
from wizard import words
from wizard.answers import question_at, step_of
from wizard.engine import STEP_NAMES, View
from wizard.findings import Finding, Severity
from wizard.profile_problems import ProfileError
from wizard.questions import words as asked_in_words
from wizard.words import screen as label

LAST = STEP_NAMES[-1]
TABS = ("findings", "plan", "commands", "permissions", "bill", "network", "profile")
# What nobody should overlook: warnings, and what AWS would not let us see.
_ACCEPTED = (Severity.WARN, Severity.UNKNOWN)
_BORDERS = 4


class Page(VerticalScroll):
    """Lines of text to scroll through."""

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)

    def show(self, found: list[str]) -> None:
        """Shows safe lines in place of those before."""
        self.query_one(Static).update(Text("\n".join(found)))


class AcceptDialog(ConfirmDialog):
    """Lists what is not as it should be, a line each, and asks whether to build all the same."""

    def __init__(self, findings: list[Finding]) -> None:
        title = label("review.accept_title", count=len(findings))
        super().__init__(title, "", label("review.accept_yes"), label("review.accept_no"))
        self._findings = findings

    def on_mount(self) -> None:
        """Shows each on lines of its own."""
        listed = [f"{lines.severity_word(each.severity)} {each.code}  {safe.line(words.say(each).says)}"
                  for each in self._findings]  # fmt: skip
        self.query_one(".dialog-text", Static).update(Text("\n".join(listed)))


class ReviewScreen(Screen[None]):
    """Everything before the build; each visit reads all of it anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "build", label("review.build")),
        Binding("ctrl+b", "back", label("review.back")),
        Binding("ctrl+a", "accept", label("review.accept")),
        Binding("f1", "explain", label("review.explain")),
        Binding("f4", "offer", label("review.offer"), show=False),
        *(Binding(str(number), f"tab('{name}')", label(f"review.{name}"), show=False)
          for number, name in enumerate(TABS, 1)),
    ]  # fmt: skip
    DEFAULT_CSS = """
    ReviewScreen .title, ReviewScreen #heads { text-wrap: nowrap; text-overflow: ellipsis; }
    ReviewScreen .title { padding: 0 1; }
    ReviewScreen TabbedContent { height: 1fr; }
    ReviewScreen TabPane { height: 1fr; padding: 0 1; }
    ReviewScreen Page { height: 1fr; }
    ReviewScreen Findings { height: 1fr; }
    ReviewScreen .finding-list { height: 1fr; max-height: 100%; }
    ReviewScreen Findings.-by-the-way .finding-detail { display: block; }
    ReviewScreen #changes { height: 2fr; border: none; padding: 0; }
    ReviewScreen #change { height: 1fr; border-top: solid $foreground-muted; }
    ReviewScreen #heads { height: 1; text-style: bold; }
    ReviewScreen #actions { height: auto; }
    ReviewScreen #actions Button:disabled { border: none !important; height: 1 !important; }
    ReviewScreen #why { height: auto; max-height: 3; padding: 0 1; width: 1fr; }
    ReviewScreen #why.-alone { max-height: 8; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._accepted: frozenset[str] = frozenset()
        self._look_wanted = True
        self._left = True
        self._problem = ""

    @property
    def interview(self) -> Interview:
        """The answers and what AWS said."""
        return wizard_app(self).interview

    @property
    def view(self) -> View | None:
        """What follows from the answers and from what was read, fresh or not."""
        return self.interview.view(LAST)

    def compose(self) -> ComposeResult:
        yield TooSmall()
        yield Whereabouts()
        yield Static("", classes="title", id="header", markup=False)
        with TabbedContent(initial="findings"):
            for number, name in enumerate(TABS, 1):
                with TabPane(Content(f"{number} {label(f'review.{name}')}"), id=name):
                    if name == "findings":
                        yield Findings()
                    elif name == "plan":
                        yield Static("", id="heads", markup=False)
                        yield OptionList(id="changes", markup=False, compact=True)
                        with VerticalScroll(id="change"):
                            yield Static("", id="detail", markup=False)
                    else:
                        yield Page()
        with Horizontal(id="actions"):
            yield Push(label("review.build"), "build")
            yield Push(label("review.verify"), "verify")
            yield Push(label("review.accept"), "accept")
            yield Static("", id="why", markup=False)
        yield Footer(show_command_palette=True)

    def on_mount(self) -> None:
        """Begins with the findings."""
        self.query_one(Findings).list.focus()

    def on_screen_suspend(self) -> None:
        """A dialog over this screen is no leaving."""
        self._left = self not in self.app.screen_stack

    def on_screen_resume(self) -> None:
        """Whoever comes here sees what is so now."""
        if self._left:
            self._left, self._look_wanted, self._problem = False, True, ""
        self.show_now()

    def on_resize(self) -> None:
        """Tables and drawings fit the width."""
        self.show_now()

    # Reading

    @work(exclusive=True, group="look-at-all", exit_on_error=False)
    async def _look(self) -> None:
        await wizard_app(self).look(LAST, again=True)
        self.show_now()

    def findings(self) -> tuple[Finding, ...]:
        """What was found in all steps."""
        look = self.interview.looks.get(LAST)
        if look is not None and look.wrong is not None:
            return (look.wrong,)
        return self.view.findings if self.view else ()

    def to_accept(self) -> list[Finding]:
        """The findings that someone has to accept and nobody has yet."""
        return [finding for finding in self.findings()
                if finding.severity in _ACCEPTED and _as_agreed_to(finding) not in self._accepted]  # fmt: skip

    def why_not(self) -> str:
        """Why nothing can be built now; "" where it can."""
        app, interview = wizard_app(self), self.interview
        look = interview.looks.get(LAST)
        if app.connecting or interview.connection is None:
            return interview.refused or label("app.asking")
        if app.reading or self._look_wanted:
            return label("review.reading")
        if interview.error is not None:
            return label("review.unreachable", why=interview.error.says)
        if look is not None and look.error is not None:
            return label("review.unreachable", why=look.error.says)
        if missing := interview.problems():
            return label("review.unanswered", count=len(missing))
        stops = sum(finding.severity is Severity.STOP for finding in self.findings())
        if stops:
            return label("review.stopped", count=stops)
        if self.view is None:
            return label("review.not_read")
        if not all(map(interview.is_fresh, STEP_NAMES)):
            return label("review.stale")
        if self.view.plan.changes and (open_ := self.to_accept()):
            return label("review.not_accepted", count=len(open_))
        return ""

    # Showing

    def show_now(self) -> None:
        """Shows what is so now, of the page in sight; begins to read where that is wanted."""
        if not self.is_mounted:
            return
        app = wizard_app(self)
        if self._look_wanted and not app.connecting and self.interview.connection is not None:
            self._look_wanted = False
            # Until AWS is asked, too, what stands here is not fresh.
            app.call_later(self._look)
        self.query_one(Whereabouts).tell(self.interview, asking=app.connecting)
        self._show_header()
        self._show_page()

    def _show_header(self) -> None:
        view, why = self.view, self.why_not()
        head = label("review.title") if view is None else review_pages.header(view.plan, view.findings)
        self.query_one("#header", Static).update(_one_line(head))
        nothing = view is not None and not view.plan.changes
        for name, shown in (("build", not nothing), ("verify", nothing)):
            button = self.query_one(f"#{name}", Button)
            button.display, button.disabled = shown, bool(why)
        self.query_one("#accept").display = bool(self.to_accept()) and not nothing
        ready = label("review.nothing_to_do" if nothing else "review.ready")
        said = self._problem or (label("review.not_yet", why=why) if why else ready)
        reason = self.query_one("#why", Static)
        # Without findings there is room for all of it.
        reason.set_class(view is None, "-alone")
        reason.update(Text(safe.line(said)))
        self.refresh_bindings()

    def _show_page(self) -> None:
        view, name = self.view, self.query_one(TabbedContent).active
        if name == "findings":
            missing = [(each.path, safe.line(_to_answer(each.path, each.says))) for each in self.interview.problems()]
            self.query_one(Findings).show(missing, self.findings() or None)
        elif name == "plan":
            self._show_plan(view)
        elif name == "profile":
            self.query_one("#profile Page", Page).show(review_pages.profile(self.interview))
        elif view is None:
            self.query_one(f"#{name} Page", Page).show([label("review.waits")])
        else:
            width = max(40, self.size.width - _BORDERS)
            pages: dict[str, Callable[[], list[str]]] = {
                "commands": partial(review_pages.commands, view.plan),
                "permissions": partial(review_pages.permissions, view),
                "bill": partial(review_pages.bill, self.interview, view),
                "network": partial(review_pages.network, self.interview, view, width),
            }
            self.query_one(f"#{name} Page", Page).show(pages[name]())

    def _show_plan(self, view: View | None) -> None:
        heads, changes = self.query_one("#heads", Static), self.query_one("#changes", OptionList)
        chosen = changes.highlighted
        if view is None or not view.plan.changes:
            heads.update(label("review.waits" if view is None else "review.nothing"))
            changes.clear_options()
            self.query_one("#detail", Static).update("")
            return
        head, *rows = lines.plan_table(view.plan, max(40, self.size.width - _BORDERS))
        heads.update(_one_line(head))
        changes.set_options([Option(_one_line(row)) for row in rows])
        changes.highlighted = min(chosen or 0, len(rows) - 1)

    @on(OptionList.OptionHighlighted, "#changes")
    def _show_change(self, chosen: OptionList.OptionHighlighted) -> None:
        if self.view is not None and chosen.option_index < len(self.view.plan.changes):
            change = self.view.plan.changes[chosen.option_index]
            self.query_one("#detail", Static).update(Text(review_pages.change_detail(change)))
            self.query_one("#change", VerticalScroll).scroll_home(animate=False)

    @on(TabbedContent.TabActivated)
    def _turned(self) -> None:
        self._show_page()

    def action_tab(self, name: str) -> None:
        """Turns to a page, ready to be read with the arrow keys."""
        self.query_one(TabbedContent).active = name
        self.query_one(f"#{name}", TabPane).query("OptionList, Page").first().focus()

    # Going back

    def action_back(self) -> None:
        """To the last step."""
        wizard_app(self).go(LAST)

    @on(OptionList.OptionSelected, ".finding-list")
    def _ask_about(self) -> None:
        found = self.query_one(Findings)
        where = found.where
        if where is None:
            return
        try:
            step_of(where)
        except KeyError:
            step = lines.step_of(found.finding) if found.finding else ""
            if step in STEP_NAMES:
                wizard_app(self).go(step)
        else:
            wizard_app(self).ask_about(where)

    def action_explain(self) -> None:
        """The whole of the chosen finding."""
        from screens.findings import explanation

        if (finding := self.query_one(Findings).finding) is not None:
            self.app.push_screen(explanation(finding))

    def action_offer(self) -> None:
        """Takes the answers that the chosen finding offers, and looks again."""
        finding = self.query_one(Findings).finding
        if finding is None or not finding.offer:
            return
        try:
            self.interview.put(finding.offer)
        except OSError as error:
            self._problem = label("review.not_saved", why=error.strerror or str(error))
        self._look_wanted = True
        self.show_now()

    # Agreeing

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """The keys do what the buttons do."""
        if action == "build":
            return None if self.why_not() else True
        return bool(self.to_accept()) if action == "accept" else True

    @on(Button.Pressed, "#accept")
    @work(exclusive=True, group="accept", exit_on_error=False)
    async def action_accept(self) -> None:
        """Lists what has to be accepted, and asks."""
        open_ = self.to_accept()
        if await self.app.push_screen_wait(AcceptDialog(open_)):
            self._accepted |= {_as_agreed_to(finding) for finding in open_}
        self.show_now()

    @on(Button.Pressed, "#build")
    @on(Button.Pressed, "#verify")
    @work(exclusive=True, group="build", exit_on_error=False)
    async def action_build(self) -> None:
        """Asks for the cluster's name where something will be made, saves the profile, and begins."""
        view = self.view
        if view is None or self.why_not():
            return
        plan = view.plan
        about = {"account": plan.account, "region": plan.region, "count": len(plan.changes)}
        text = label("review.agree", **about, digest=plan.digest[:12])
        dialog = TypeNameDialog(label("review.agree_title", cluster=plan.cluster), text, plan.cluster)
        # Nothing is made by looking: only a plan with changes has to be agreed to.
        if plan.changes and not await self.app.push_screen_wait(dialog):
            return
        try:
            self.interview.save()
        except OSError as error:
            self._problem = label("review.not_saved", why=error.strerror or str(error))
        except ProfileError as error:
            self._problem = label("review.not_saved", why=error.problems[0].says)
        else:
            wizard_app(self).start_build(plan)
            return
        self.show_now()


def _as_agreed_to(finding: Finding) -> str:
    """All that was read before it was accepted: the same code may say something else after other answers."""
    return f"{finding.code} {finding.where} {words.say(finding)}"


def _to_answer(path: str, says: str) -> str:
    question = question_at(path)
    return f"{asked_in_words()[question.path].prompt}: {says}" if question else f"{path}: {says}"


def _one_line(text: str) -> Text:
    return Text(safe.line(text), no_wrap=True, overflow="ellipsis")
