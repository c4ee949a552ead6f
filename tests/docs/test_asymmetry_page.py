"""The pages about asymmetry run as they stand, and name every picture and test."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from irlbayes import cli
from irlbayes.small_studies import looks

DOCS = Path(__file__).parents[2] / "docs"
HOW_TO = (DOCS / "how-to" / "funnel-and-asymmetry.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference" / "asymmetry.md").read_text(encoding="utf-8")
RUNS = 3


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_how_to(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every command ends well, every quoted text is in an output, and every picture it names is there."""
    (table,) = blocks(HOW_TO, "csv")
    (tmp_path / "expectancy.csv").write_text(table, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    printed = []
    commands = blocks(HOW_TO, "bash")
    assert len(commands) == RUNS
    for command in commands:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        assert int(stop.value.code or 0) == 0, command
        printed.append(flat(capsys.readouterr().out))
    quoted = blocks(HOW_TO, "text")
    assert len(quoted) >= 6
    for text in quoted:
        assert any(flat(text) in out for out in printed), text
    named = {f"effect{name}" for name in re.findall(r"`…(-\w+\.png)`", HOW_TO)}
    assert named == {path.name for path in (tmp_path / "figures").iterdir()}


def test_the_reference_names_every_picture_and_test() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", REFERENCE, re.M)
    assert sorted(rows) == sorted(looks())


def test_the_reference_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks(REFERENCE, "python")
    names: dict[str, Any] = {}
    exec(compile(example, "asymmetry.md", "exec"), names)
    out = capsys.readouterr().out
    assert out.startswith("1 report has a size, and a test of asymmetry needs at least 10")
    assert 0.05 < float(out.splitlines()[1]) < 1.0
