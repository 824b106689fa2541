"""Names that others gave steer nothing on the screen: not the terminal, not the style, not the layout."""

import pytest
from conftest import AccountUnderTest
from textual.content import Content
from wizard_run import WIDE, Wizard, over

from screens.dialogs import ChooseDialog
from screens.drawing import NetworkDialog
from screens.welcome import WelcomeScreen
from wizard.facts import AccountFacts

NAMES = {
    "markup": "[red]x[/red]",
    "unclosed": "[/] [bold",
    "control": "a\x9b31mb",
    "escape": "a\x1b[31mb\x1b]0;title\x07c\x9b2J",
    "reversed": "a\u202eb\u200bc",
    "wide": "漢" * 256,
    "lines": "a\nb\rc\td",
}
SOME = [
    "markup",
    "escape",
    *(pytest.param(kind, marks=pytest.mark.long) for kind in ("unclosed", "control", "reversed", "wide", "lines")),
]
# XML has no way to write an escape character.
OF_VPCS = {kind: name for kind, name in NAMES.items() if "\x1b" not in name}


def make_vpcs(account: AccountUnderTest) -> dict[str, str]:
    """VPCs with each of the names, and one with none. Returns the ids by the name's kind."""
    ec2 = account.client("ec2")
    made = {}
    for number, kind in enumerate([*OF_VPCS, "none"]):
        tags = [{"Key": "Name", "Value": NAMES[kind]}] if kind in NAMES else []
        named = [{"ResourceType": "vpc", "Tags": tags}] if tags else []
        vpc = ec2.create_vpc(CidrBlock=f"10.{100 + number}.0.0/16", TagSpecifications=named)["Vpc"]["VpcId"]
        made[kind] = vpc
    account.settled()
    return made


def assert_harmless(used: Wizard) -> None:
    """Nothing that steers reached the screen, and each line fits."""
    width = used.app.size.width
    for line in used.text.splitlines():
        assert line.isprintable(), ascii(line)
        assert Content(line).cell_length <= width


def styles_of(used: Wizard, text: str) -> set[str]:
    """The styles in which a text stands on the screen."""
    found = set()
    for strip in used.app.screen._compositor.render_strips():
        for segment in strip:
            if text in segment.text and segment.style is not None:
                found.add(f"{segment.style.color and segment.style.color.name} {segment.style.bold}")
    return found


def test_in_the_list_of_vpcs_in_the_field_and_in_the_drawing(account: AccountUnderTest) -> None:
    made = make_vpcs(account)

    async def act(used: Wizard) -> None:
        await used.begin("vpc", vpc="use")
        used.at("vpc.use.id").focus()
        await used.press("f4")
        await used.until(lambda: isinstance(used.app.screen, ChooseDialog))
        await used.until(lambda: "[red]x[/red]" in used.text)
        assert_harmless(used)
        assert "\\x9b31mb" in used.text
        assert "\\u202eb\\u200bc" in used.text
        styles = styles_of(used, "[red]x[/red]")
        assert styles
        assert not any("red" in each for each in styles)
        await used.press(*made["markup"], "enter")
        await used.until(lambda: len(used.app.screen_stack) == 1)
        assert used.at("vpc.use.id").text == made["markup"]
        for kind in ("markup", "control", "wide", "none"):
            used.app.interview.put({"vpc.use.id": made[kind]})
            await used.press("f5")
            await used.quiet()
            assert_harmless(used)
            used.findings.list.focus()
            for _ in used.codes:
                await used.press("down")
                assert_harmless(used)
            await used.press("f3")
            assert isinstance(used.app.screen, NetworkDialog)
            assert_harmless(used)
            await used.press("escape")

    over(account.endpoint_url, act)


@pytest.mark.parametrize("kind", SOME)
def test_in_what_an_answer_says(account: AccountUnderTest, kind: str) -> None:
    """A draft may hold anything."""

    async def act(used: Wizard) -> None:
        await used.begin("account")
        used.app.interview.answers = {**used.app.interview.answers, "name": NAMES[kind], "tags": f"{NAMES[kind]}=x"}
        used.step.show_now()
        await used.pilot.pause()
        assert_harmless(used)
        used.findings.list.focus()
        await used.press("home", "down", "end")
        assert_harmless(used)

    over(account.endpoint_url, act)


@pytest.mark.parametrize("kind", SOME)
def test_in_the_identity(account: AccountUnderTest, kind: str) -> None:
    async def act(used: Wizard) -> None:
        await used.quiet()
        found = used.app.interview.account
        assert found is not None
        arn = f"arn:aws:sts::123456789012:assumed-role/{NAMES[kind]}/me"
        used.app.interview.account = AccountFacts(**{**vars(found), "arn": arn})
        assert isinstance(used.app.screen, WelcomeScreen)
        used.app.screen.show_now()
        await used.pilot.pause()
        assert_harmless(used)
        if kind == "markup":
            assert used.text.count("assumed-role/[red]x[/red]") == 2

    over(account.endpoint_url, act, size=WIDE)


def test_in_what_aws_says_when_it_fails(account: AccountUnderTest) -> None:
    said = f"[red]x[/red] {NAMES['reversed']} {NAMES['lines']}"
    account.faults({"service": "iam", "what": "error", "status": 400, "code": "Broken[/]", "message": said})

    async def act(used: Wizard) -> None:
        await used.begin("role")
        assert_harmless(used)
        used.findings.list.focus()
        await used.press("home", "f1")
        assert_harmless(used)
        assert "[red]x[/red]" in used.text.replace("\n", " ")
        await used.press("escape")

    over(account.endpoint_url, act)
