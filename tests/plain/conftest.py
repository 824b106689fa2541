"""The plain wizard in this process: lines typed into questionary's prompts, and all that was said."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from screens import plain
from screens.arguments import parse
from screens.output import Output
from screens.stopping import stopping


@dataclass(frozen=True)
class Told:
    """How the wizard ended, and all that it said; ``out`` is its standard output."""

    code: int
    said: str
    out: str


Wizard = Callable[..., Told]


@pytest.fixture
def wizard(account: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Wizard:
    """Runs the plain wizard at the practice account with these lines typed, then Ctrl-D."""
    monkeypatch.setenv("TERM", "xterm")

    def run(*typed: str, options: tuple[str, ...] = (), keys: str = "\x04", endpoint: bool = True) -> Told:
        capsys.readouterr()
        where = ["--endpoint-url", account.endpoint_url] if endpoint else []
        arguments: Namespace = parse(["--plain", *where, *options])
        output = Output(as_json=False, quiet=False, verbose=arguments.verbose, color=False)
        with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()), stopping() as stop:
            pipe.send_text("".join(f"{line}\r" for line in typed) + keys)
            code = plain.run(arguments, output, stop)
        out, said = capsys.readouterr()
        return Told(code, said, out)

    return run
