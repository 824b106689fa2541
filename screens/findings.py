"""A step's findings: a list to choose from, and the chosen one in full."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens import lines, safe
from screens.widgets import Marked
from wizard import words
from wizard.findings import Finding, Severity
from wizard.words import screen as label

if TYPE_CHECKING:
    from screens.dialogs import WhyDialog


class Findings(Vertical):
    """Findings, one on a line and the chosen one in full below; those that are right are counted."""

    # Some of it follows the window's height, which is a class of the screen.
    SCOPED_CSS = False
    DEFAULT_CSS = """
    Findings { height: auto; }
    Findings .finding-list { height: auto; max-height: 5; border: none; padding: 0; text-wrap: nowrap; }
    Findings .finding-list { text-overflow: ellipsis; }
    Findings .finding-list:focus { border: none; }
    Findings .finding-detail { height: auto; max-height: 5; color: $text-muted; }
    Findings.-by-the-way .finding-detail { display: none; }
    Findings.-by-the-way:focus-within .finding-detail, .-high Findings.-by-the-way .finding-detail { display: block; }
    .-high Findings .finding-list { max-height: 10; }
    .-high Findings .finding-detail { max-height: 8; }
    """

    def compose(self) -> ComposeResult:
        yield Marked(classes="finding-list", markup=False)
        yield Static("", classes="finding-detail", markup=False)

    def show(self, waiting: Iterable[tuple[str, str]], findings: Iterable[Finding] | None) -> None:
        """Shows answers still to be given (path and sentence), and what was found; None while nothing was checked."""
        checked, findings = findings is not None, findings or ()
        self._waiting = list(waiting)
        self._findings = [finding for finding in lines.ordered(findings) if finding.severity is not Severity.OK]
        right = sum(finding.severity is Severity.OK for finding in findings)
        chosen = self.list.highlighted
        options = [Option(Text(f" ANSWER  {says}", no_wrap=True, overflow="ellipsis")) for _, says in self._waiting]
        options += [Option(_line(finding)) for finding in self._findings]
        if right:
            options.append(Option(Text(f" {label('step.passed', count=right)}")))
        if checked and not options:
            options.append(Option(Text(f" {label('step.nothing')}")))
        self.list.set_options(options)
        if chosen is not None and options:
            self.list.highlighted = min(chosen, len(options) - 1)
        self._tell_detail()

    _waiting: list[tuple[str, str]] = []  # noqa: RUF012 - replaced as a whole, never changed
    _findings: list[Finding] = []  # noqa: RUF012 - as above

    @property
    def list(self) -> OptionList:
        """The list itself."""
        return self.query_one(OptionList)

    @property
    def finding(self) -> Finding | None:
        """The finding that is chosen."""
        index = (self.list.highlighted or 0) - len(self._waiting)
        return self._findings[index] if 0 <= index < len(self._findings) else None

    @property
    def where(self) -> str | None:
        """The path of the answer that the chosen line is about."""
        index = self.list.highlighted or 0
        if index < len(self._waiting):
            return self._waiting[index][0]
        return self.finding.where if self.finding else None

    def on_option_list_option_highlighted(self) -> None:
        """Shows the chosen one in full."""
        self._tell_detail()

    def _tell_detail(self) -> None:
        detail = self.query_one(".finding-detail", Static)
        finding = self.finding
        if finding is None:
            detail.update("")
            return
        # In a low window what need not be mended leaves the room to the questions, until someone turns to it.
        self.set_class(finding.severity in (Severity.WARN, Severity.NOTE), "-by-the-way")
        said = words.say(finding)
        # What to do comes before why: a low window shows four or five lines.
        parts = [said.says, said.do and label("step.do", do=said.do)]
        if finding.offer:
            parts.append(label("step.offer", offer=words.offer(finding)))
        parts.append(said.because)
        detail.update(Text("\n".join(safe.line(part) for part in parts if part)))


def _line(finding: Finding) -> Text:
    said = words.say(finding)
    head = f"{lines.severity_word(finding.severity)} {finding.code}"
    text = Text(f" {head}  {safe.line(said.says)}", no_wrap=True, overflow="ellipsis")
    text.stylize(lines.STYLES[finding.severity], 1, 8)
    return text


def explanation(finding: Finding) -> "WhyDialog":
    """What a finding says, and the whole entry of its code."""
    from screens.dialogs import WhyDialog

    said, entry = words.say(finding), words.explain(finding.code)
    parts = [said.says, said.because, said.do and label("step.do", do=said.do)]
    if finding.offer:
        parts.append(label("step.offer", offer=words.offer(finding)))
    if entry is not None:
        parts += [entry.looks and label("step.looks", looks=entry.looks), label("step.source", source=entry.source)]
    title = entry.title if entry else ""
    return WhyDialog(f"{finding.code}  {title}", [safe.line(part) for part in parts if part])
