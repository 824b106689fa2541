"""Asks for the file of a profile."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from wizard.words import screen as label


class PathDialog(ModalScreen[str | None]):
    """Returns what was typed, None for nothing."""

    BINDINGS = [Binding("escape", "dismiss", label("step.close"))]  # noqa: RUF012 - as Textual has it

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(label("welcome.path"), classes="heading", markup=False)
            yield Input(compact=True)
            yield Static(label("welcome.path_keys"), markup=False)

    def on_input_submitted(self, given: Input.Submitted) -> None:
        """Ends with it."""
        self.dismiss(given.value.strip() or None)
