"""The page on how the evidence grew runs as it stands, and what it quotes is what is printed."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from irlbayes import cli

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "how-the-evidence-grew.md"
TEXT = HOW_TO.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def run(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as stop:
        cli.main()
    captured = capsys.readouterr()
    assert int(stop.value.code or 0) == 0, captured.err
    return captured.out, captured.err


def test_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every quoted text is in the output of a command, and every command is quoted."""
    printed = [flat(run(block.strip(), monkeypatch, capsys)[0]) for block in blocks("bash")]
    quoted = [flat(text) for text in blocks("text")]
    assert (len(printed), len(quoted)) == (3, 5)
    assert all(any(text in out for out in printed) for text in quoted)
    assert all(any(text in out for text in quoted) for out in printed)


@pytest.mark.slow
def test_the_picture_is_the_one_that_the_command_draws(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Of the same size to the pixel, and of the same ink: fonts may differ by a shade from machine to machine."""
    import numpy as np
    from matplotlib.image import imread

    monkeypatch.chdir(tmp_path)
    (command,) = blocks("sh")
    assert run(command.strip(), monkeypatch, capsys)[1] == "1 figure in figures\n"
    shown = imread(HOW_TO.parent / "how-the-evidence-grew-disability.png")
    drawn = imread(tmp_path / "figures" / "disability-trajectory.png")
    assert shown.shape == drawn.shape
    assert np.abs(shown - drawn).mean() < 0.01


def test_python(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("python")
    exec(compile(example, HOW_TO.name, "exec"), {})
    assert capsys.readouterr().out.splitlines() == ["0 [] 0.5", "1 ['kim2023'] 0.79", "2 ['reeves2024'] 0.97"]
