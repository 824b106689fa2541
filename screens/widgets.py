"""What every screen shows: whose AWS this is, and that the window is too small. Imports little: it comes first."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from rich.text import Text
from textual.dom import DOMNode
from textual.message import Message
from textual.strip import Strip
from textual.widgets import OptionList, Static

from screens import safe
from wizard.words import screen as label

if TYPE_CHECKING:
    from screens.app import WizardApp
    from screens.interview import Interview


def wizard_app(node: DOMNode) -> "WizardApp":
    """The app that shows this screen or widget, which knows the interview."""
    return cast("WizardApp", node.app)


class Marked(OptionList):
    """A list that shows the cursor by a mark in its first cell, which its lines leave free."""

    def render_line(self, y: int) -> Strip:
        """One line of the window."""
        strip = super().render_line(y)
        style = next(iter(strip)).style if strip else None
        under_cursor = (
            style is not None and self.highlighted is not None and style.meta.get("option") == self.highlighted
        )
        return Strip.join([Strip([Segment("▸", style)]), strip.crop(1)]) if under_cursor else strip


class TooSmall(Static):
    """The one sentence of a window in which nothing else fits; the style sheet shows it there and only there."""

    class Gone(Message):
        """The window is large enough again. What had the cursor lost it when it was hidden."""

    def __init__(self) -> None:
        super().__init__(label("app.too_small"), classes="too-small", markup=False)

    def on_hide(self) -> None:
        """Tells the screen."""
        self.post_message(self.Gone())


class Whereabouts(Static):
    """The first line of every screen: account, region and identity, and PRACTICE where it is not AWS."""

    def __init__(self) -> None:
        super().__init__("", classes="whereabouts", markup=False)

    def begin(self) -> None:
        """Shows what is known before anything is."""
        self.update(f"eks-wizard · {label('app.asking')}")

    def tell(self, interview: "Interview", *, asking: bool) -> None:
        """Shows whose AWS is spoken to, as far as that is known."""
        self.update(Text(" · ".join(_whereabouts(interview, asking)), no_wrap=True, overflow="ellipsis"))


def _whereabouts(interview: "Interview", asking: bool) -> Iterable[str]:
    yield "eks-wizard"
    connection, account = interview.connection, interview.account
    if connection is not None and connection.practice is not None:
        yield label("app.practice")
    if account is not None:
        yield safe.line(account.id)
        yield safe.line(account.region)
        yield safe.line(account.arn.split(":", 5)[-1])
    else:
        yield label("app.asking") if asking else label("app.nobody")
