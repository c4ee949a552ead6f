"""The reference of effect measures says of each what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from irlbayes.effects.measure import Measure, measures

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "effect-measures.md").read_text(encoding="utf-8")
ROWS = {found[1]: found[0] for found in re.finditer(r"^\| `(\w+)` \|.*$", PAGE, re.MULTILINE)}


def test_every_measure_has_one_row() -> None:
    """No measure is missing from the page, and none is there that the code does not know."""
    assert set(ROWS) == set(measures())
    assert len(re.findall(r"^\| `", PAGE, re.MULTILINE)) == len(ROWS)


@pytest.mark.parametrize("measure", measures().values(), ids=lambda measure: measure.name)
def test_row_says_what_the_code_says(measure: Measure) -> None:
    """Words, scale, cells, variances, options and source."""
    _, name, words, scale, cells, vtypes, options, reference, _ = (
        part.strip() for part in ROWS[measure.name].split("|")
    )
    assert name == f"`{measure.name}`"
    assert words == measure.words
    assert scale == (f"`{measure.scale}`" if measure.scale else "–")
    sets = [tuple(re.findall(r"`(\w+)`", part)) for part in cells.split(" or ")]
    assert sets == [measure.columns, *measure.alternatives]
    assert tuple(re.findall(r"`(\w+)`", vtypes)) == measure.vtypes
    assert tuple(re.findall(r"`(\w+)`", options)) == measure.options
    assert reference == measure.reference


def test_defaults_of_add() -> None:
    """The page names every measure to which nothing is added by default."""
    import inspect

    said = re.search(r"or 0 for ([^.]*)\.", PAGE)
    assert said
    none = {
        name
        for name, measure in measures().items()
        if "add" in measure.options and inspect.signature(measure.effect).parameters["add"].default == 0.0
    }
    assert set(re.findall(r"`(\w+)`", said[1])) == none


def test_example_runs() -> None:
    """The example of the page runs."""
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(block, "effect-measures.md", "exec"), {})
