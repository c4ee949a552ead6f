"""`irlbayes asymmetry` as its user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irlbayes.small_studies import looks

BCG = Path(__file__).parents[1] / "reference" / "inputs" / "bcg_or.csv"


def test_table_of_a_published_set(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("asymmetry", BCG, "--scale", "log_or")
    assert (done.status, done.err) == (0, "")
    assert all(f" {name} " in done.out for name in looks())
    assert "t = -1.51 with 11 df, p = 0.16" in done.out
    assert "Tests of asymmetry may be read for: effect (of 1)." in done.out
    assert "trim_and_fill: Trim and fill is for comparison only" in done.out


def test_the_bundled_evidence(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("asymmetry", "--outcome", "disability", "--outcome", "brain_volume")
    assert (done.status, done.err) == (0, "")
    assert done.out.count("The tests say nothing here: ") == 2
    assert "begg, egger, trim_and_fill: needs at least 3 rows with a size; here 1" in done.out
    assert "may be read for: no outcome (of 2)" in done.out


def test_document_and_figures(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    file, folder = tmp_path / "look.json", tmp_path / "figures"
    done = irlbayes("asymmetry", BCG, "--scale", "log_or", "--format", "json", "--output", file, "--figures", folder)
    assert (done.status, done.out, done.err) == (0, "", f"4 figures in {folder}\n")
    assert {path.name for path in folder.iterdir()} == {
        f"effect-{name}.png" for name in ("funnel", "radial", "sunset", "z_scores")
    }
    (one,) = json.loads(file.read_text(encoding="utf-8"))["asymmetry"]
    assert set(one["answers"]) == set(looks())
    assert one["answers"]["egger"]["numbers"]["random"]["vi"]["p"] == pytest.approx(0.668, abs=1e-3)
    assert one["obstacles"] == []
    assert one["with_size"] == one["rows"] == 13


def test_only(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("asymmetry", BCG, "--scale", "log_or", "--only", "begg")
    assert " begg " in done.out
    assert "egger " not in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "eggers"), "--only"),
        (("--format", "csv"), "--format"),
        (("--figures", "absent/folder"), "--figures"),
        (("--outcome", "none"), "--outcome"),
        (("--level", "95"), "--level"),
    ],
)
def test_bad_options(irlbayes: Callable[..., Any], arguments: tuple[str, ...], said: str) -> None:
    done = irlbayes("asymmetry", *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
