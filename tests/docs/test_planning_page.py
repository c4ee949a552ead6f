"""The page on the next study runs as it stands, and every text that it quotes is in an output."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from irlbayes import cli

DOCS = Path(__file__).parents[2] / "docs"
HOW_TO = (DOCS / "how-to" / "plan-the-next-study.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", HOW_TO, re.MULTILINE | re.DOTALL)


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_how_to(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    commands = blocks("bash")
    assert len(commands) == 1
    for command in commands:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        assert int(stop.value.code or 0) == 0, command
        printed.append(flat(capsys.readouterr().out))
    (example,) = blocks("python")
    exec(compile(example, "plan-the-next-study.md", "exec"), {})
    printed.append(flat(capsys.readouterr().out))
    assert printed[-1].startswith("So far, from 2 reports, the mean effect (odds ratio) is 2.67")
    assert "0.0 0.87 0.89 0.97" in printed[-1]
    quoted = blocks("text")
    assert len(quoted) == 5
    for text in quoted:
        assert any(flat(text) in out for out in printed), text
