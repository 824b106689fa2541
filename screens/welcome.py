"""The first screen: whose AWS this is, and where to begin."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens import safe
from screens.widgets import Marked, TooSmall, Whereabouts, wizard_app
from wizard.words import screen as label

if TYPE_CHECKING:
    from screens.interview import Interview
    from wizard.drafts import Draft
    from wizard.profile_problems import Problem


class WelcomeScreen(Screen[None]):
    """Begin, go on with a draft, or open a profile."""

    def compose(self) -> ComposeResult:
        yield TooSmall()
        yield Whereabouts()
        with VerticalScroll(id="welcome", can_focus=False):
            yield Static(label("welcome.what"), classes="about", markup=False)
            yield Static("", id="account", markup=False)
        yield Static(label("welcome.begin_how"), id="begin-how", classes="heading", markup=False)
        yield Marked(id="begin", markup=False)
        yield Static(label("welcome.keys"), classes="keys", markup=False)

    def on_mount(self) -> None:
        """Shows what can be begun with at once; drafts and profiles follow."""
        self._drafts: tuple[Draft, ...] | None = None
        self._profiles: list[Path] = []
        self._chosen_early = ""
        self._offer([("new", label("welcome.new")), ("other", label("welcome.other"))])
        self.query_one("#begin").focus()
        self.show_now()

    def _list(self) -> None:
        """Lists drafts and profiles; reads files only."""
        from wizard import drafts
        from wizard.places import places

        given = wizard_app(self).arguments.profile
        self._drafts = drafts.kept(places())
        self._profiles = [*([Path(given)] if given else []), *sorted((places().config / "profiles").glob("*.yaml"))]
        opened = [(f"profile-{number}", label("welcome.open", path=path)) for number, path in enumerate(self._profiles)]
        resumed = [(f"draft-{number}", _resume(draft)) for number, draft in enumerate(self._drafts)]
        first = [opened.pop(0)] if given else []
        self._offer([*first, *resumed, ("new", label("welcome.new")), *opened, ("other", label("welcome.other"))])

    def _offer(self, options: list[tuple[str, str]]) -> None:
        begin = self.query_one("#begin", OptionList)
        place, chosen = begin.highlighted, begin.highlighted_option
        begin.set_options([Option(_prompt(text), id=name) for name, text in options])
        # Whoever comes back from a dialog finds the cursor where it was.
        names = [name for name, _ in options]
        begin.highlighted = names.index(chosen.id) if place and chosen and chosen.id in names else 0

    def on_screen_resume(self) -> None:
        """Drafts may have come and gone; the first time, the rest of the program is loaded behind what is painted."""
        app = wizard_app(self)
        if app.is_loaded:
            self._list()
        else:
            self.call_after_refresh(app.load)

    def show_now(self) -> None:
        """Shows whose AWS this is, as far as it is known by now."""
        app = wizard_app(self)
        if not app.is_loaded:
            self.query_one(Whereabouts).begin()
            self.query_one("#account", Static).update(label("app.asking"))
            return
        if self._drafts is None:
            self._list()
        if self._chosen_early:
            # Once whoever loads has also begun to ask whose AWS this is.
            self.call_later(self._begin_with, self._chosen_early)
            self._chosen_early = ""
        self.query_one(Whereabouts).tell(app.interview, asking=app.connecting)
        self.query_one("#account", Static).update(Text("\n".join(_account(app.interview, app.connecting))))

    def on_too_small_gone(self) -> None:
        """The cursor comes back."""
        self.query_one("#begin").focus()

    @on(OptionList.OptionSelected, "#begin")
    def _begin(self, chosen: OptionList.OptionSelected) -> None:
        if wizard_app(self).is_loaded:
            self._begin_with(chosen.option.id or "")
        else:
            self._chosen_early = chosen.option.id or ""

    def _begin_with(self, choice: str) -> None:
        kind, _, number = choice.partition("-")
        app = wizard_app(self)
        if kind == "other":
            self._ask_path()
            return
        if kind == "new":
            app.interview.begin()
        elif kind == "draft":
            app.interview.resume((self._drafts or ())[int(number)])
        elif not self._opened(self._profiles[int(number)]):
            return
        app.begun()

    @work(exclusive=True, group="path")
    async def _ask_path(self) -> None:
        from screens.path_dialog import PathDialog

        path = await self.app.push_screen_wait(PathDialog())
        if path and self._opened(Path(path).expanduser()):
            wizard_app(self).begun()

    def _opened(self, path: Path) -> bool:
        from screens.dialogs import WhyDialog
        from wizard.profile_problems import ProfileError

        app = wizard_app(self)
        try:
            app.interview.open(path)
        except ProfileError as error:
            self.app.push_screen(WhyDialog(label("welcome.not_opened"), [str(path), *map(_told, error.problems)]))
            return False
        return True


def _resume(draft: "Draft") -> str:
    name = draft.answers.get("cluster.name") or draft.answers.get("name") or label("welcome.unnamed")
    account = draft.answers.get("account.id") or label("welcome.no_account")
    kind = label("welcome.in_practice") if draft.practice else account
    return label("welcome.resume", name=name, at=f"{draft.at.astimezone():%Y-%m-%d %H:%M}", kind=kind)


def _told(problem: "Problem") -> str:
    return label("welcome.problem", line=problem.line, path=problem.path or "-", says=problem.says)


def _prompt(text: str) -> Text:
    return Text(f"  {safe.line(text)}")


def _account(interview: "Interview", asking: bool) -> list[str]:
    """Whose AWS this is, or why that is not known, in lines."""
    if interview.refused:
        return [safe.line(interview.refused)]
    account, error = interview.account, interview.error
    if account is not None:
        told = [
            _row("account", account.id),
            _row("region", account.region or label("welcome.no_region")),
            _row("identity", account.arn),
        ]
        if interview.connection is not None and interview.connection.practice is not None:
            told.append(label("welcome.practice", url=interview.connection.practice.endpoint_url))
        else:
            told.append(label("welcome.credentials", source=interview.credentials_from))
        return [safe.line(line) for line in told]
    if asking or error is None:
        return [label("app.asking")]
    return [safe.line(line) for line in (error.says, error.because, error.do, label("welcome.without")) if line]


def _row(name: str, value: str) -> str:
    return f"{label(f'welcome.{name}'):<10}{value}"
