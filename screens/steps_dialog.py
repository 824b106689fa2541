"""The list of steps as a dialog."""

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.widgets import Marked
from wizard.words import screen as label


class StepsDialog(ModalScreen[int | None]):
    """Returns the place of the line that was chosen, None for none."""

    BINDINGS = [Binding("escape,f2", "dismiss", label("step.close"))]  # noqa: RUF012 - as Textual has it

    def __init__(self, steps: list[str], here: int) -> None:
        super().__init__()
        self._steps, self._here = steps, here

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title, box.border_subtitle = label("step.steps"), label("step.steps_keys")
            yield Marked(*(Option(Text(f"  {line}")) for line in self._steps), markup=False)

    def on_mount(self) -> None:
        """Puts the cursor on the step in sight."""
        steps = self.query_one(OptionList)
        steps.highlighted = self._here
        steps.focus()

    def on_option_list_option_selected(self, chosen: OptionList.OptionSelected) -> None:
        """Goes there."""
        self.dismiss(chosen.option_index)
