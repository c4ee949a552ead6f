"""The how-to about spreadsheets runs as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from irlbayes import cli
from irlbayes.data.write import to_xlsx

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "spreadsheets.md"
FILES = ROOT / "tests" / "data" / "files"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the files that the page speaks of."""
    tables = blocks("csv")
    for name, text in zip(("transplants.csv", "aspirin.csv"), tables, strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    rows = [line.split(";") for line in tables[0].splitlines()[1:]]
    (tmp_path / "transplants.xlsx").write_bytes(to_xlsx(rows))
    text = (FILES / "bcg_stay.rm5").read_text(encoding="utf-8")
    for name in ("DICH_OUTCOME", "CONT_OUTCOME"):
        text = text[: text.index(f"<{name}")] + text[text.index(f"</{name}>") + len(f"</{name}>") :]
    (tmp_path / "review.rm5").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command ends well, and the spreadsheet answers as the text does."""
    answers = {}
    for block in blocks("bash"):
        monkeypatch.setattr(sys, "argv", shlex.split(block))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        assert (int(stop.value.code or 0), captured.err) == (0, ""), block
        answers[shlex.split(block)[2]] = captured.out
    assert len(answers) == 4
    assert "-1.6" in answers["transplants.csv"] or "odds ratio" in answers["transplants.csv"]
    numbers = {name: re.findall(r"\d+\.\d+", answers[name]) for name in ("transplants.csv", "transplants.xlsx")}
    assert numbers["transplants.csv"] == numbers["transplants.xlsx"]


def test_python(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example prints what the page shows."""
    (example,) = blocks("python")
    exec(compile(example, PAGE.name, "exec"), {})
    (shown,) = blocks("text")
    assert capsys.readouterr().out == shown


def test_cochrane_pair(folder: Path) -> None:
    """Data rows find the settings that lie beside them."""
    from irlbayes.data.sources import read_source

    for name in ("bcg_stay-data-rows.csv", "bcg_stay-overall-estimates-and-settings.csv"):
        shutil.copy(FILES / name, folder / name)
    table, _ = read_source(folder / "bcg_stay-data-rows.csv")
    assert set(table.scales.values()) == {"log_or", "md"}
