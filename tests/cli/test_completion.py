"""The completion scripts, in the shells that read them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from screens.arguments import SHELLS
from screens.cli import main

BASH, ZSH = shutil.which("bash"), shutil.which("zsh")


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    written = capsys.readouterr()
    assert written.err == ""
    return written.out


def completed(text: str, *words: str) -> set[str]:
    """What a real bash offers for the last of the words."""
    line = " ".join(f"'{word}'" for word in words)
    ask = f"""{text}
COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}
function_of=$(complete -p eks-wizard | sed -E 's/.*-F ([^ ]+).*/\\1/')
"$function_of" eks-wizard '{words[-1]}' '{words[-2]}'
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    ran = subprocess.run(
        [BASH or "bash", "--norc", "--noprofile", "-c", ask], capture_output=True, text=True, timeout=60, check=True
    )
    return {line.strip() for line in ran.stdout.splitlines() if line.strip()}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_each_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)
    assert "eks-wizard" in text
    assert all(character.isprintable() or character in "\n\t" for character in text)


@pytest.mark.skipif(BASH is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("eks-wizard", "re"), {"replay"}),
        (("eks-wizard", "ch"), {"check"}),
        (("eks-wizard", "plan", "--exit"), {"--exit-code"}),
        (("eks-wizard", "plan", "--as", "j"), {"json"}),
        (("eks-wizard", "check", "--until", "vp"), {"vpc"}),
        (("eks-wizard", "completion", "z"), {"zsh"}),
    ],
)
def test_bash_completes(words: tuple[str, ...], offered: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert completed(script("bash", capsys), *words) == offered


@pytest.mark.skipif(BASH is None, reason="bash is not installed")
def test_bash_completes_the_profile_s_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("")
    assert completed(script("bash", capsys), "eks-wizard", "check", "mi") == {"mine.yaml"}


@pytest.mark.skipif(ZSH is None, reason="zsh is not installed")
def test_zsh_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run([ZSH or "zsh", "-n"], input=script("zsh", capsys), text=True, check=True, timeout=20)


def test_another_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "fish"]) == 2
    assert "fish" in capsys.readouterr().err
