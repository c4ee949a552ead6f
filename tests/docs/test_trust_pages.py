"""The pages about trust run as they stand, and what they quote is what is printed."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from irlbayes import cli

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs" / "how-to"
TABLES = {"a-study-that-does-not-fit": "rejection.csv", "moderators": "bcg.csv"}
PAGES = (
    "a-non-significant-trend",
    "my-reviewer-distrusts-the-prior",
    "two-studies-only",
    "what-if-only-the-striking-was-reported",
    *TABLES,
)


def blocks(page: str, language: str) -> list[str]:
    text = (HOW_TO / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("page", PAGES)
def test_page(page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every command ends as it should (1 where a check raises an alarm), and every quoted text is in its output."""
    for table in blocks(page, "csv"):
        (tmp_path / TABLES[page]).write_text(table, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    printed = []
    commands = blocks(page, "bash")
    assert commands
    for command in commands:
        monkeypatch.setattr(sys, "argv", [*shlex.split(command), *(["--workers", "1"] if " check " in command else [])])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        assert captured.err == "", command
        assert int(stop.value.code or 0) == int("ALARM" in captured.out), command
        printed.append(flat(captured.out))
    quoted = blocks(page, "text")
    assert quoted
    for text in quoted:
        assert any(flat(text) in out for out in printed), text


def test_the_reference_names_every_check() -> None:
    from irlbayes.trust import checks

    page = (ROOT / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, re.M)) == sorted(checks())


def test_the_calibration_page_has_every_model_and_count() -> None:
    from irlbayes.calibration import COUNTS, DESIGNS

    page = (ROOT / "docs" / "why" / "calibration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (\w+) \| (\d+) \| (\d+) \|", page, re.M)
    wanted = {(model, design, str(k)) for model, designs in DESIGNS.items() for design in designs for k in COUNTS}
    assert {(model, design, k) for model, design, k, _ in rows} == wanted
    assert all(int(count) >= 1000 for *_, count in rows)
