"""The full-screen wizard at 80 by 24 from the welcome to Ready nodes, by keyboard alone."""

from pathlib import Path
from typing import Any

import pytest
from article_typed import FIELDS
from builders import PROFILES
from keyboard import Operator, at_screen

from screens.cli import main
from screens.exit_codes import Exit
from wizard.drafts import kept
from wizard.places import places
from wizard.profile import digest, load

STEPS = (*FIELDS, "review")


@pytest.mark.long
def test_from_the_welcome_to_ready_nodes(account: Any, capsys: Any) -> None:
    async def way(operator: Operator) -> None:
        await operator.quiet()
        assert "PRACTICE" in operator.text.splitlines()[0]
        await operator.press("enter")
        for number, fields in enumerate(FIELDS.values(), 1):
            await operator.quiet()
            assert f"Step {number} of {len(FIELDS)}" in operator.text
            for path, text in fields.items():
                await operator.answer(path, text)
            await operator.quiet()
            assert "ANSWER" not in operator.text
            await operator.next(STEPS[number])
        assert account.writes() == []
        assert len(kept(places())) == 1
        await operator.build("eksCluster")
        assert "verified" in operator.text or "Ready" in operator.text
        nodes = [line for line in operator.text.splitlines() if line.lstrip().startswith("ip-")]
        assert [line.split()[1] for line in nodes] == ["Ready", "Ready"], operator.text

    app = at_screen(way, "--endpoint-url", account.endpoint_url)
    assert app.outcome is not None
    assert (app.outcome.code, app.outcome.built) == (Exit.DONE, True)
    assert kept(places()) == ()
    saved: Path = places().config / "profiles" / "article.yaml"
    assert digest(load(saved)) == digest(load(PROFILES / "article.yaml"))

    before = account.calls()[-1]["number"]
    code = main(["replay", str(saved), "--endpoint-url", account.endpoint_url, "--yes"])
    told = capsys.readouterr()
    assert code == Exit.DONE
    assert "Nothing to do" in told.err
    assert account.writes(before) == []
