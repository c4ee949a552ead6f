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


def test_forms_and_exports(irlbayes: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, exports = tmp_path / "studies.csv", tmp_path / "files"
    table.write_text(THREE, encoding="utf-8")
    quick = ("report", table, "--scale", "log_or", "--no-checks", "--no-bias")
    for wrong, name in (
        (("-o", tmp_path / "report.txt"), "--output"),
        (("--format", "odt"), "--format"),
        (("-o", tmp_path / "a.pdf", "--exports", table), "--exports"),
    ):
        refused = irlbayes(*quick, *wrong)
        assert (refused.status, name in refused.err) == (2, True), refused.err
    file = tmp_path / "report.PDF"
    done = irlbayes(*quick, "-o", file, "--exports", exports)
    count = len(list(exports.iterdir()))
    assert (done.status, done.err) == (0, f"report in {file}\n{count} files in {exports}\n")
    assert file.read_bytes().startswith(b"%PDF-")
    assert {"document.json", "references.bib", "effect.py", "effect-forest.png"} <= {
        one.name for one in exports.iterdir()
    }
    monkeypatch.chdir(tmp_path)
    assert irlbayes(*quick, "--format", "docx").status == 0
    assert (tmp_path / "report.docx").read_bytes().startswith(b"PK")
