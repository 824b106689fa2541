"""Text with long lines in front of a screen: the consoles of nodes, and what another terminal is told."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from screens import safe
from screens.dialogs import Dialog, Push
from wizard.words import screen as label


class ConsoleDialog(Dialog[None]):
    """Texts with their names, one at a time. What decided stands at the end, and is seen first."""

    DEFAULT_CSS = """
    ConsoleDialog > .dialog-box { width: 100%; max-width: 100%; height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("n", "other", show=False)]

    def __init__(self, texts: Sequence[tuple[str, tuple[str, ...]]], *, from_top: bool = False) -> None:
        super().__init__()
        self._texts, self._place, self._from_top = texts, 0, from_top

    def compose(self) -> ComposeResult:
        with self.box(""):
            with VerticalScroll(classes="console-box"):
                yield Static("", classes="console-text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Push(label("practice.close"), "leave")
                if len(self._texts) > 1:
                    yield Push(label("practice.other"), "other")
                yield Static(label("dialogs.why_hint"), classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        self._show()
        self.query_one(".console-box").focus()

    def _show(self) -> None:
        name, lines = self._texts[self._place]
        self.query_one(".dialog-box").border_title = Content(safe.line(name))
        text = "\n".join(map(safe.line, lines)) or label("practice.console_empty")
        self.query_one(".console-text", Static).update(Content(text))
        if not self._from_top:
            self.query_one(".console-box").scroll_end(animate=False)

    def action_other(self) -> None:
        """The next node's console."""
        self._place = (self._place + 1) % len(self._texts)
        self._show()

    @on(Button.Pressed, "#other")
    def _other(self) -> None:
        self.action_other()

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)
