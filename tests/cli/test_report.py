"""`irlbayes report` writes one whole file, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irlbayes.report.printing import html

THREE = "study,ai,n1i,ci,n2i\nAronson 1948,4,123,11,139\nFerguson 1949,6,306,29,303\nRosenthal 1960,3,231,11,220\n"


def test_command(irlbayes: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, folder = tmp_path / "studies.csv", tmp_path / "out"
    table.write_text(THREE, encoding="utf-8")  # rows of the BCG trials (Colditz et al. 1994)
    folder.mkdir()
    quick = ("report", table, "--scale", "log_or", "--no-checks", "--no-bias", "--no-cumulative", "-o")
    file = folder / "out.html"
    done = irlbayes(*quick, file)
    assert (done.status, done.out, done.err) == (0, "", f"report in {file}\n")
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert text.endswith("</html>\n")
    assert "--no-checks" in text[text.index("<footer") :]
    refused = irlbayes(*quick, folder / "absent" / "out.html")
    assert refused.status == 2
    assert "--output" in refused.err

    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(html, "write", interrupted)
    assert irlbayes(*quick, folder / "second.html").status == 130
    assert [path.name for path in folder.iterdir()] == ["out.html"], "nothing half-written"
