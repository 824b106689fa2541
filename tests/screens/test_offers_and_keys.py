"""What the keys do in a step: offers, findings, whys, lists, the drawing."""

import pytest
from conftest import AccountUnderTest
from textual.widgets import Footer
from textual.widgets._footer import FooterKey
from wizard_run import NARROW, WIDE, Wizard, over

from screens.dialogs import ChooseDialog, WhyDialog
from screens.drawing import NetworkDialog
from screens.rows import Rows
from wizard.engine import STEP_NAMES
from wizard.questions import words


def test_an_offer_is_taken(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin("endpoints", **{"endpoints.services": "ec2, ecr.api, s3"})
        assert used.codes[:2] == ["END301", "END302"]
        await used.choose_finding("END301")
        await used.press("f4")
        await used.quiet()
        assert used.at("endpoints.services").text == "ec2, ecr.api, ecr.dkr, s3"
        assert used.app.interview.answers["endpoints.services"] == "ec2, ecr.api, ecr.dkr, s3"
        assert "END301" not in used.codes
        # No offer, no change.
        before = used.app.interview.answers
        await used.press("f4")
        await used.quiet()
        await used.press("f4")
        await used.until(lambda: "Choose a finding that has an offer" in used.text)
        assert used.app.interview.answers == {**before, "endpoints.services": "ec2, ecr.api, ecr.dkr, s3, sts"}

    over(account.endpoint_url, act)


def test_enter_on_a_finding_goes_to_its_question(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin(**{"site.proxy.url": ""})
        used.findings.list.focus()
        await used.press("home", "enter")
        assert used.path == "site.proxy.url"
        await used.fill("site.proxy.url", "http://proxy.example.internal:8080")
        await used.quiet()
        # A finding about an answer of another step is shown where it was found, too.
        await used.choose_finding("ACC007")
        await used.press("enter")
        await used.arrive("cluster")
        await used.until(lambda: used.path == "cluster.admins")
        await used.quiet()

    over(account.endpoint_url, act)


def test_why(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin("endpoints", **{"endpoints.services": "ec2, ecr.api, s3"})
        used.at("endpoints.services").focus()
        await used.press("f1")
        assert isinstance(used.app.screen, WhyDialog)
        assert words()["endpoints.services"].why.split(".")[0][:30] in used.text
        await used.press("escape")
        await used.choose_finding("END301")
        await used.press("f1")
        await used.golden("step-why-finding")
        await used.press("escape")
        assert used.app.current_mode == "endpoints"

    over(account.endpoint_url, act)


def test_an_answer_is_chosen_from_a_list(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin("cluster")
        used.at("cluster.version").focus()
        await used.press("f4")
        await used.until(lambda: isinstance(used.app.screen, ChooseDialog))
        await used.press(*"1.34", "enter")
        await used.until(lambda: len(used.app.screen_stack) == 1)
        assert used.at("cluster.version").text == "1.34"
        await used.quiet()
        assert used.app.interview.answers["cluster.version"] == "1.34"
        await used.go("vpc")
        field = used.at("vpc.create.subnets")
        field.focus()
        await used.press("f4")
        await used.until(lambda: isinstance(used.app.screen, ChooseDialog))
        await used.golden("step-choose-zone")
        await used.press(*"1d", "enter")
        await used.until(lambda: len(used.app.screen_stack) == 1)
        assert field.query_one(Rows).text.splitlines()[0] == "ap-northeast-1d 10.110.0.0/24"
        await used.press("tab", "tab")
        await used.until(lambda: "ap-northeast-1d" in used.app.interview.answers.get("vpc.create.subnets", ""))
        await used.quiet()

    over(account.endpoint_url, act)


def test_a_list_that_aws_refuses(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        account.faults({"service": "eks", "what": "refuse"})
        await used.begin("cluster")
        used.at("cluster.version").focus()
        await used.press("f4")
        await used.until(lambda: isinstance(used.app.screen, ChooseDialog))
        assert "eks:DescribeClusterVersions" in used.text.replace("\n", " ")
        await used.press("escape")

    over(account.endpoint_url, act)


def test_the_network_is_drawn(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        await used.press("f3")
        assert isinstance(used.app.screen, NetworkDialog)
        assert "from step 3 on" in used.text.replace("\n", " ")
        await used.press("f3")
        await used.go("endpoints")
        await used.press("f3")
        await used.golden("step-network")
        before = used.text
        await used.press("pagedown")
        await used.until(lambda: used.text != before)
        await used.press("escape")
        assert used.app.current_mode == "endpoints"

    over(account.endpoint_url, act)


@pytest.mark.parametrize("size", [(60, 16), NARROW, WIDE])
def test_the_footer_shows_five_keys_at_most_and_all_of_them(account: AccountUnderTest, size: tuple[int, int]) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        for step in STEP_NAMES[:2]:
            await used.show(step)
            keys = [key for key in used.step.query_one(Footer).query(FooterKey) if key.key != "ctrl+p"]
            assert [key.key for key in keys] == ["ctrl+n", "ctrl+b", "f1", "f2", "f3"]
            assert all(key.description in used.text.splitlines()[-1] for key in keys)
        await used.quiet()

    over(account.endpoint_url, act, size=size)


def test_what_is_sought_has_the_cursor_though_the_step_begins_elsewhere(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin("cluster")
        used.at("cluster.name").focus()
        await used.until(lambda: used.path == "cluster.name")
        used.step.focus_question("cluster.admins")
        # The news that the first question has the cursor may come only now.
        used.step.on_descendant_focus()
        await used.quiet()
        assert used.path == "cluster.admins"

    over(account.endpoint_url, act)


def test_the_steps_are_listed(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin("role", **{"vpc.create.cidr": "10.0.0.0/16"})
        await used.go("vpc")
        await used.press("f2")
        await used.golden("step-steps")
        await used.press("end", "enter")
        await used.arrive("review")
        await used.quiet()

    over(account.endpoint_url, act)
