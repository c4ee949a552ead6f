"""The gallery shows every figure of the folder, small, with its words; one command makes it as it is."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from irlbayes.core.registry import leaves

FOLDER = Path(__file__).parents[2] / "docs" / "gallery"
PAGE = (FOLDER / "index.md").read_text(encoding="utf-8")
LARGEST = 60_000  # bytes of a picture


def test_every_figure_is_shown() -> None:
    shown = dict(re.findall(r"^!\[(.+)\]\((\w+)\.png\)$", PAGE, re.M))
    figures = leaves("irlbayes.report.figures")
    assert sorted(shown.values()) == sorted(figures)
    assert {path.stem for path in FOLDER.glob("*.png")} == {*figures}
    for said, name in shown.items():
        assert f"## {figures[name].TITLE}\n" in PAGE
        assert re.search(r"\d", said), "alternative text tells numbers"
        assert len(said) > 60
        assert "]" not in re.sub(r"\[[^\]]*\]", "", said), "brackets inside come in pairs"
        assert (FOLDER / f"{name}.png").stat().st_size < LARGEST


@pytest.mark.slow
def test_the_page_is_what_its_command_writes() -> None:
    made = runpy.run_path(str(FOLDER / "make.py"))
    assert made["page"](made["pictures"]()) == PAGE
