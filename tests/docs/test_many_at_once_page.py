"""The how-to of many data sets prints what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "many-at-once.md"
FENCE = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_many_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Every block runs on its own, chunks of dask among them, and is followed by what it prints."""
    blocks = FENCE.findall(PAGE.read_text(encoding="utf-8"))
    assert [language for language, _ in blocks] == ["python", "text"] * 3
    for (_, example), (_, shown) in zip(blocks[::2], blocks[1::2], strict=True):
        exec(compile(example, PAGE.name, "exec"), {})
        assert capsys.readouterr().out == shown
