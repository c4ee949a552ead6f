"""The how-to about the report runs as it stands; the long commands are slow tests."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from irlbayes import cli

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "a-report.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def write(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(command)
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code, command
    assert Path(words[-1]).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_quick_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trials.csv").write_text(blocks("csv")[0], encoding="utf-8")
    write(blocks("bash")[0].strip(), monkeypatch)
    capsys.readouterr()
    exec(compile(blocks("python")[0], PAGE.name, "exec"), {})
    assert float(capsys.readouterr().out) < 0.1, "vaccination lowers the odds"


@pytest.mark.slow
def test_whole_pages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for command in blocks("bash")[1].splitlines():
        write(command.replace(" -o", " --workers 1 -o"), monkeypatch)
