"""The network as it will be, and what each node subnet reaches how, as a dialog."""

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from screens import safe
from wizard.engine import View
from wizard.profile import Profile
from wizard.words import screen as label

_BORDER = 6


def drawn(view: View, profile: Profile, width: int) -> list[str]:
    """The diagram and the matrix in lines of at most ``width`` cells."""
    from wizard.diagram import diagram, matrix
    from wizard.reachability import reachability

    return [
        *diagram(profile, view.facts, view.network, view.findings, width, safe.line),
        "",
        *matrix(reachability(profile, view.facts, view.network), width, safe.line),
    ]


class NetworkDialog(ModalScreen[None]):
    """Shows what is planned and what exists; while AWS was not read, says so."""

    BINDINGS = [Binding("escape,enter,f3", "dismiss", label("step.close"))]  # noqa: RUF012 - as Textual has it

    def __init__(self, view: View | None, profile: Profile | None) -> None:
        super().__init__()
        self._view, self._profile = view, profile

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog full") as box:
            box.border_title = label("step.network")
            box.border_subtitle = f"[@click=screen.dismiss]{label('step.close_how')}[/]"
            yield Static("", id="lines", markup=False)

    def on_mount(self) -> None:
        """Draws."""
        self.query_one(".dialog").focus()
        self._draw()

    def on_resize(self) -> None:
        """Draws anew for the new width."""
        self._draw()

    def _draw(self) -> None:
        if self._view is None or self._profile is None:
            text = label("step.not_drawn")
        else:
            text = "\n".join(drawn(self._view, self._profile, max(40, self.size.width - _BORDER)))
        self.query_one("#lines", Static).update(Text(text))
