"""The first screen: whose AWS this is, and where one can begin."""

import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import AccountUnderTest
from wizard_run import ARTICLE, NOBODY, Wizard, over, wizard

from screens.interview import Interview
from screens.path_dialog import PathDialog
from wizard.places import places
from wizard.practice import process

ANSWERS = {"name": "blue", "cluster.name": "blue", "account.id": "123456789012"}


def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials as the environment gives them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")


def test_before_aws_has_answered(account: AccountUnderTest) -> None:
    account.faults({"what": "hold"})

    async def act(used: Wizard) -> None:
        await used.until(lambda: used.app.is_loaded and used.app.connecting)
        await used.golden("welcome-asking")
        account.faults()
        await used.quiet()
        await used.golden("welcome-practice")

    over(account.endpoint_url, act)


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")

    async def act(used: Wizard) -> None:
        await used.quiet()
        await used.golden("welcome-no-credentials")
        await used.press("end", "enter")
        await used.until(lambda: isinstance(used.app.screen, PathDialog))
        await used.golden("welcome-path")

    wizard(act, "wizard")


def test_aws_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    keys(monkeypatch)

    async def act(used: Wizard) -> None:
        await used.quiet()
        await used.golden("welcome-unreachable")
        # It says that one can go on, and one can.
        await used.press("enter")
        await used.arrive("account")

    over(NOBODY, act)


def test_no_practice_account(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(**_options: object) -> None:
        raise process.PracticeUnavailableError("The practice account needs: pip install 'eks-wizard[practice]'")

    monkeypatch.setattr(process, "start", without)

    async def act(used: Wizard) -> None:
        await used.quiet()
        await used.golden("welcome-no-practice")

    wizard(act, "wizard", "--practice")


def keep_draft(name: str, text: str, seconds: int = 0) -> Path:
    """A draft as a wizard leaves it."""
    folder = places().state / "drafts"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    os.utime(path, (1_800_000_000 + seconds, 1_800_000_000 + seconds))
    return path


def test_drafts_and_profiles(account: AccountUnderTest, tmp_path: Path) -> None:
    keep_draft("20270115-080000-7.yaml", "name: blue\ncluster.name: blue\naccount.id: '123456789012'\n")
    keep_draft("20270115-080001-8-practice.yaml", "cluster.name: green\n", 60)
    keep_draft("20270115-080002-9.yaml", "site.on_premises_cidrs: 10.0.0.0/16\n", 120)
    keep_draft("broken.yaml", "- no draft")
    profiles = places().config / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "article.yaml").write_text(ARTICLE.read_text())

    async def act(used: Wizard) -> None:
        await used.quiet()
        listed = ["without a name.*no account yet", "green.*practice", "blue.*123456789012", "Begin", "Open the"]
        assert re.search(".*\n.*".join(listed), used.text)
        await used.press("down", "enter")
        await used.arrive("account")
        assert used.app.interview.answers == {"cluster.name": "green"}
        await used.quiet()

    over(account.endpoint_url, act)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_drafts_as_they_are_listed(account: AccountUnderTest, size: tuple[int, int]) -> None:
    keep_draft("20270115-080000-7.yaml", "name: blue\ncluster.name: blue\naccount.id: '123456789012'\n")
    keep_draft("20270115-080001-8-practice.yaml", "cluster.name: green\n", 60)

    async def act(used: Wizard) -> None:
        await used.quiet()
        await used.golden("welcome-drafts", size)

    over(account.endpoint_url, act, size=size)


def test_a_broken_profile(account: AccountUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = ARTICLE.read_text().replace("cidr: 10.110.0.0/16", "cidr: 10.110.0.0/33").replace("name: article", "nam: a")
    Path("broken.yaml").write_text(text)

    async def act(used: Wizard) -> None:
        await used.quiet()
        await used.press("enter")
        assert used.app.current_mode == "welcome"
        await used.golden("welcome-broken")
        assert "10.110.0.0/33" in used.text
        assert "nam" in used.text

    over(account.endpoint_url, act, "broken.yaml")


@pytest.mark.parametrize("name", ["nowhere.yaml", ".", "\x1b[31m.yaml", "[red]x[/].yaml"])
def test_another_profile_that_is_not_there(account: AccountUnderTest, name: str) -> None:
    async def act(used: Wizard) -> None:
        await used.quiet()
        await used.press("end", "enter")
        await used.until(lambda: isinstance(used.app.screen, PathDialog))
        used.app.screen.query_one("Input").value = name  # type: ignore[attr-defined]
        await used.press("enter")
        assert used.app.current_mode == "welcome"
        assert name.removesuffix(".yaml").replace("\x1b", "\\x1b") in used.text
        assert "\x1b" not in used.text

    over(account.endpoint_url, act)


def test_the_path_of_another_profile_is_typed(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.quiet()
        await used.press("end", "enter")
        await used.until(lambda: isinstance(used.app.screen, PathDialog))
        await used.press("escape")
        assert used.app.current_mode == "welcome"
        await used.press("enter")
        await used.until(lambda: isinstance(used.app.screen, PathDialog))
        await used.press(*str(ARTICLE), "enter")
        await used.arrive("account")
        assert used.app.interview.answers["cluster.name"] == "eksCluster"
        await used.quiet()

    over(account.endpoint_url, act)


def test_what_is_chosen_before_the_program_is_loaded_is_done_then(
    account: AccountUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list looks as if one could choose, so one can."""
    go_on = threading.Event()

    def held(arguments: Any) -> Interview:
        assert go_on.wait(30)
        return Interview(arguments)

    monkeypatch.setattr("screens.interview.Interview", held)

    async def act(used: Wizard) -> None:
        await used.press("enter")
        assert not used.app.is_loaded
        assert used.app.current_mode == "welcome"
        go_on.set()
        await used.arrive("account")

    over(account.endpoint_url, act)
