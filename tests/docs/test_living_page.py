"""The how-to about a living review runs as it stands, and what it quotes is printed; its counts are published."""

from __future__ import annotations

import csv
import math
import re
import shlex
import sys
from pathlib import Path

import pytest

from irlbayes import cli

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "a-living-review.md").read_text(encoding="utf-8")
DATE = re.compile(r"\d{4}-\d\d-\d\d")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def lines(text: str) -> list[str]:
    """Return lines with whatever day it is."""
    return [DATE.sub("DAY", line).rstrip() for line in text.splitlines() if line.strip()]


def test_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, table in zip(("bcg.csv", "later.csv"), blocks("csv"), strict=True):
        Path(name).write_text(table, encoding="utf-8")
    Path("inbox").mkdir()
    printed: list[str] = []
    for command in [line for block in blocks("bash") for line in block.splitlines()]:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        assert int(stop.value.code or 0) == 0, command
        assert "error" not in captured.err
        printed += lines(captured.out)
    for block in blocks("text"):
        assert [line for line in lines(block) if line not in printed] == []
    (example,) = blocks("python")
    exec(compile(example, "a-living-review.md", "exec"), {})
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 6 + 2
    assert out[1].startswith("2 Frimodt-Moller 1973 8 0.00")


def test_counts_are_the_published_ones() -> None:
    """The log risk ratios are those of metafor for the trials of Colditz et al. (1994)."""
    with (ROOT / "tests" / "reference" / "inputs" / "bcg_rr.csv").open(encoding="utf-8") as file:
        published = [float(row["yi"]) for row in csv.DictReader(file)]
    for table in blocks("csv"):
        for row in csv.DictReader(table.splitlines()):
            ai, n1i, ci, n2i = (int(row[name]) for name in ("ai", "n1i", "ci", "n2i"))
            assert min(abs(math.log(ai / n1i * n2i / ci) - yi) for yi in published) < 1e-12, row["study"]
