"""Answers are kept wherever the way leads, and whatever ends it."""

from pathlib import Path

import pytest
from conftest import AccountUnderTest
from wizard_run import PREMISES, Wizard, over

from screens.dialogs import LeaveDialog
from screens.exit_codes import Exit
from wizard import drafts
from wizard.places import places


def test_back_next_and_jumps(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        await used.fill("name", "blue")
        await used.press("ctrl+n")
        await used.arrive("role")
        await used.fill("role.node.create", "blue-machines")
        await used.press("ctrl+b")
        await used.arrive("account")
        assert used.at("name").text == "blue"
        await used.press("f2", "down", "enter")
        await used.arrive("role")
        assert used.at("role.node.create").text == "blue-machines"
        await used.press("ctrl+p", *"go to step 1", "enter")
        await used.arrive("account")
        assert used.at("name").text == "blue"
        assert used.app.interview.answers["role.node.create"] == "blue-machines"
        await used.quiet()

    over(account.endpoint_url, act)


def test_what_was_answered_on_the_other_branch(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin("role")
        await used.fill("role.cluster.create", "made-here")
        used.at("role.cluster").focus()
        await used.press("right")
        await used.until(lambda: [each for each in used.step.query("Field") if "cluster.use" in str(each.question)])  # type: ignore[attr-defined]
        arn = "arn:aws:iam::123456789012:role/there"
        await used.fill("role.cluster.use", arn)
        used.at("role.cluster").focus()
        await used.press("left")
        await used.until(lambda: used.app.interview.answers["role.cluster"] == "create")
        await used.pilot.pause()
        assert used.at("role.cluster.create").text == "made-here"
        used.at("role.cluster").focus()
        await used.press("right")
        await used.until(lambda: used.app.interview.answers["role.cluster"] == "use")
        await used.pilot.pause()
        assert used.at("role.cluster.use").text == arn
        await used.quiet()

    over(account.endpoint_url, act)


def test_a_text_that_is_no_answer_stays_in_its_field_alone(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        await used.fill("site.on_premises_cidrs", "10.0.0.0/99")
        assert used.app.interview.answers["site.on_premises_cidrs"] == PREMISES["site.on_premises_cidrs"]
        assert "10.0.0.0/99" in used.text
        assert "is no IPv4 network" in used.text
        await used.press("ctrl+n")
        assert used.app.current_mode == "account"
        await used.press("f5")
        await used.quiet()
        assert used.at("site.on_premises_cidrs").text == "10.0.0.0/99"
        assert "10.0.0.0/99" not in str(used.app.interview.answers)
        assert "10.0.0.0/99" not in "".join(path.read_text() for path in places().state.rglob("*.yaml"))

    over(account.endpoint_url, act)


def test_a_wizard_that_was_killed_goes_on(account: AccountUnderTest) -> None:
    answered: dict[str, str] = {}

    async def answer(used: Wizard) -> None:
        await used.begin()
        await used.fill("name", "blue")
        await used.fill("site.proxy.no_proxy", ".example.internal")
        await used.go("role")
        await used.fill("role.node.create", "blue-machines")
        answered.update(used.app.interview.answers)
        # No goodbye: whatever is on disk now is all there is.

    async def go_on(used: Wizard) -> None:
        await used.quiet()
        assert "Go on with the draft blue (practice" in used.text
        await used.press("enter")
        await used.arrive("account")
        assert used.app.interview.answers == answered
        assert used.at("name").text == "blue"
        await used.fill("name", "green")
        await used.quiet()

    over(account.endpoint_url, answer)
    over(account.endpoint_url, go_on)
    assert [draft.answers for draft in drafts.kept(places())] == [answered | {"name": "green"}]


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q"])
def test_leaving_asks_and_loses_nothing(account: AccountUnderTest, key: str) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        await used.press(key)
        await used.until(lambda: isinstance(used.app.screen, LeaveDialog))
        await used.press(key)
        await used.press("escape")
        await used.until(lambda: len(used.app.screen_stack) == 1)
        assert used.at("site.proxy.url").text == PREMISES["site.proxy.url"]
        await used.press(key)
        await used.until(lambda: isinstance(used.app.screen, LeaveDialog))
        await used.press("tab", "enter")

    app = over(account.endpoint_url, act)
    assert app.return_value is Exit.DONE
    assert [draft.answers for draft in drafts.kept(places())] == [PREMISES]


def test_a_draft_that_cannot_be_written_is_told(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        folder = places().state / "drafts"
        for each in folder.iterdir():
            each.unlink()
        folder.rmdir()
        # A file where the folder has to be: nobody may write there, not even root.
        folder.write_text("")
        await used.fill("name", "blue")
        await used.until(lambda: "can't be written" in used.text)
        assert used.app.interview.answers["name"] == "blue"
        await used.quiet()
        await used.press("ctrl+c")
        await used.until(lambda: isinstance(used.app.screen, LeaveDialog))
        assert "not kept" in used.text
        await used.press("escape")
        folder.unlink()
        await used.fill("name", "green")
        await used.quiet()
        assert used.app.interview.unkept == ""
        await used.press("ctrl+c")
        await used.until(lambda: isinstance(used.app.screen, LeaveDialog))
        assert "are kept in" in used.text

    over(account.endpoint_url, act)
    assert [draft.answers["name"] for draft in drafts.kept(places())] == ["green"]


def test_a_draft_that_no_reader_took(account: AccountUnderTest) -> None:
    """Someone may write into a draft what no field would have taken: it is shown and told, and can be mended."""
    folder: Path = places().state / "drafts"
    folder.mkdir(parents=True)
    wrong = {"cluster.service_cidr": "everywhere", "vpc": "neither", "vpc.create.subnets": "[", "site.proxy": "perhaps"}
    (folder / "20270115-080000-7.yaml").write_text("".join(f"{path}: '{text}'\n" for path, text in wrong.items()))

    async def act(used: Wizard) -> None:
        await used.quiet()
        await used.press("enter")
        await used.arrive("account")
        for step in ("account", "vpc", "cluster"):
            await used.go(step)
            assert "ANSWER" in used.text
        assert used.at("cluster.service_cidr").text == "everywhere"
        await used.fill("cluster.service_cidr", "172.20.0.0/16")
        assert "everywhere" not in used.text

    over(account.endpoint_url, act)
