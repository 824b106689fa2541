"""Windows of every size, terminals without colour, and what the keyboard and the mouse reach."""

from collections.abc import Iterable

import pytest
from conftest import AccountUnderTest
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets._footer import FooterKey
from wizard_run import NARROW, Wizard, over

from screens.dialogs import ChooseDialog, WhyDialog
from screens.drawing import NetworkDialog
from screens.rows import AddRow, Mark
from screens.steps_dialog import StepsDialog
from wizard.engine import STEP_NAMES

LONG = pytest.mark.long


@pytest.mark.parametrize(
    "size", [(59, 24), (80, 15), pytest.param((20, 5), marks=LONG), pytest.param((1, 1), marks=LONG)]
)
def test_one_sentence_where_nothing_else_fits(account: AccountUnderTest, size: tuple[int, int]) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        await used.fill("name", "blue")
        await used.quiet()
        whole = used.text
        await used.size(size)
        if size[0] >= 20:
            said = " ".join(used.text.split())
            assert "The window is too small".startswith(said[:23])
            assert "Step 1" not in used.text
        await used.size(NARROW)
        await used.until(lambda: used.text == whole)
        assert used.at("name").text == "blue"
        await used.quiet()

    over(account.endpoint_url, act)


@pytest.mark.parametrize("size", [(60, 16), (200, 60)])
def test_the_smallest_and_a_large_window(account: AccountUnderTest, size: tuple[int, int]) -> None:
    async def act(used: Wizard) -> None:
        await used.quiet()
        assert "Begin a new cluster" in used.text
        await used.begin("vpc")
        await used.size(size)
        assert used.app.size == Size(*size)
        await used.golden("step-vpc-sized", size)
        await used.size(size)
        for key in ("f1", "f2", "f3"):
            await used.press(key)
            assert len(used.app.screen_stack) == 2
            await used.press("escape")
        used.at("vpc.create.connect.vpn_gateway").focus()
        await used.pilot.pause()
        assert "▸ VPN gateway" in used.text

    over(account.endpoint_url, act, size=size)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TEXTUAL_THEME", "ansi-light")])
def test_colours_change_nothing_that_is_said(
    account: AccountUnderTest, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    async def act(used: Wizard) -> None:
        await used.begin("role")
        await used.golden("step-role-ok", NARROW)

    over(account.endpoint_url, act)


def test_themes_from_the_palette(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin("role")
        await used.press("ctrl+p", *"light", "enter")
        await used.until(lambda: used.app.theme == "ansi-light")
        await used.golden("step-role-ok", NARROW)

    over(account.endpoint_url, act)


def reachable(used: Wizard) -> set[Widget]:
    """What in sight can have the cursor."""
    return {each for each in used.step.query("*").results(Widget) if each.focusable and each.display}


@pytest.mark.parametrize("step", ["vpc", *(pytest.param(step, marks=LONG) for step in STEP_NAMES if step != "vpc")])
def test_tab_reaches_everything(account: AccountUnderTest, step: str) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        await used.show(step)
        wanted = reachable(used)
        seen: set[Widget] = set()
        for _ in range(len(wanted) + 2):
            if used.app.focused is not None:
                seen.add(used.app.focused)
            await used.press("tab")
        assert seen == wanted
        await used.quiet()

    over(account.endpoint_url, act)


def footer_keys(used: Wizard) -> Iterable[FooterKey]:
    """The keys that the footer offers to click on."""
    return used.step.query(FooterKey).results(FooterKey)


def test_everything_by_mouse(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        async def click(key: str) -> None:
            await used.pilot.click(next(each for each in footer_keys(used) if each.key == key))
            await used.pilot.pause()

        await used.quiet()
        await used.pilot.click("#begin", offset=(5, 1))
        await used.arrive("account")
        await used.begin("account")
        await click("f1")
        assert isinstance(used.app.screen, WhyDialog)
        await used.pilot.click("#leave")
        await click("f3")
        assert isinstance(used.app.screen, NetworkDialog)
        await used.pilot.click(".dialog", offset=(used.app.size.width - 8, used.app.size.height - 1))
        await click("f2")
        assert isinstance(used.app.screen, StepsDialog)
        await used.pilot.click(used.app.screen.query_one("OptionList"), offset=(5, 2))
        await used.arrive("vpc")
        await used.quiet()
        await used.pilot.click(used.at("vpc.create.subnets").query(AddRow).first())
        await used.pilot.pause()
        assert used.text.count("[remove]") == 3
        await used.pilot.click(used.at("vpc.create.subnets").query("Mark.row-remove").results(Mark).__next__())
        await used.pilot.pause()
        await click("ctrl+b")
        await used.arrive("role")
        await click("ctrl+n")
        await used.arrive("vpc")
        await used.quiet()
        await used.go("cluster")
        field = used.at("cluster.version")
        await used.pilot.click(next(each for each in field.query(Mark) if each.display))
        await used.until(lambda: isinstance(used.app.screen, ChooseDialog))
        await used.pilot.click("#leave")
        await click("ctrl+p")
        await used.until(lambda: len(used.app.screen_stack) == 2)
        await used.press("escape")

    over(account.endpoint_url, act)


def test_a_finding_by_mouse(account: AccountUnderTest) -> None:
    """What F4 and Enter do for a finding, a click or the palette does."""

    async def act(used: Wizard) -> None:
        await used.begin("endpoints", **{"endpoints.services": "ec2, ecr.api, s3"})
        await used.choose_finding("END301")
        await used.press("ctrl+p", *"take the offer", "enter")
        await used.until(lambda: "ecr.dkr" in used.app.interview.answers["endpoints.services"])
        await used.quiet()
        await used.pilot.click(used.findings.list, offset=(5, 0))
        await used.until(lambda: used.path == "endpoints.services")

    over(account.endpoint_url, act)
