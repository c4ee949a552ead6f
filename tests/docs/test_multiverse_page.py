"""The page about the multiverse runs as it stands, and what it quotes is what is printed."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from irlbayes import cli, workflow
from irlbayes.core.bundle import folder
from irlbayes.specifications import axes

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "every-defensible-choice.md"
TEXT = PAGE.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def run(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], workers: int = 1
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", [*shlex.split(command), "--workers", str(workers)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The short runs say what is quoted, and the count is the one that is shown."""
    relapse, count, selected = blocks("bash")
    first, _, last = blocks("text")
    for command, quoted in ((relapse, first), (selected, last)):
        status, out, _ = run(command, monkeypatch, capsys)
        assert status == 0
        assert flat(quoted) in flat(out)
    status, out, err = run(count, monkeypatch, capsys)
    assert (status, out, err) == (0, "", blocks("console")[0])


@pytest.mark.slow
def test_disability(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The long run (some 20 minutes of computing) says what is quoted, and draws the figure."""
    (command,) = blocks("sh")
    monkeypatch.chdir(tmp_path)
    status, out, _ = run(command, monkeypatch, capsys, os.cpu_count() or 1)
    assert status == 0
    assert flat(blocks("text")[1]) in flat(out)
    assert (tmp_path / "disability.png").read_bytes()[:4] == b"\x89PNG"


def test_python(capsys: pytest.CaptureFixture[str]) -> None:
    """The Python example runs."""
    (example,) = blocks("python")
    exec(compile(example, PAGE.name, "exec"), {})
    assert "Relapse: over" in capsys.readouterr().out


def test_readings_are_those_of_the_evidence(tmp_path: Path) -> None:
    """The lines that the page shows are accepted beside the bundled rows, and say what the bundled readings say."""
    source = folder("data") / "irl"
    for path in source.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "readings.csv").write_text(blocks("csv")[0], encoding="utf-8")
    bundled = {(one.id, one.name): (one.kind, one.values) for one in workflow.read_reports("irl").readings}
    shown = {(one.id, one.name): (one.kind, one.values) for one in workflow.read_reports(tmp_path).readings}
    assert len(shown) == 2
    assert shown.items() <= bundled.items()


def test_the_page_has_every_axis() -> None:
    assert re.findall(r"^\| `(\w+)` \|", TEXT, re.M) == list(axes())
