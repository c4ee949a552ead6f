"""`irlbayes cumulative` as its user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TRIALS = "study,yi,sei,year\nNorth,0.8,0.7,2015\nSouth,0.9,0.5,2018\nEast,0.5,0.6,2018\n"  # example numbers


@pytest.fixture
def trials(tmp_path: Path) -> Path:
    file = tmp_path / "trials.csv"
    file.write_text(TRIALS, encoding="utf-8")
    return file


def test_page(irlbayes: Callable[..., Any], trials: Path) -> None:
    done = irlbayes("cumulative", trials, "--scale", "log_or", "--threshold", "0.4")
    assert (done.status, done.err) == (0, "")
    rows = [line.split() for line in done.out.splitlines()]
    first, *added = [row for row in rows if row and row[0] in "0123"][:4]
    assert (first[:3], first[-2:]) == (["0", "(the", "prior)"], ["0.50", "0.34"])
    assert [row[1:4] for row in added] == [
        ["North", "2015", "yi_sei"],
        ["South", "2018", "yi_sei"],
        ["East", "2018", "yi_sei"],
    ]
    assert "what each changed" in done.out
    assert "After North the probability that the mean effect is above 1 rose from 0.50 to 0." in done.out
    assert "follow the order of their rows: South, East." in done.out
    assert "Looking again after every study needs no correction" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 118


def test_document_and_figures(irlbayes: Callable[..., Any], trials: Path, tmp_path: Path) -> None:
    file, folder = tmp_path / "grown.json", tmp_path / "figures"
    options = ("--scale", "log_or", "--by", "precision", "--format", "json", "--output", file, "--figures", folder)
    done = irlbayes("cumulative", trials, *options, "--wide")
    assert (done.status, done.out, done.err) == (0, "", f"1 figure in {folder}\n")
    assert (folder / "effect-trajectory.png").read_bytes()[:4] == b"\x89PNG"
    content = json.loads(file.read_text(encoding="utf-8"))
    (one,) = content["cumulative"]
    (result,) = content["results"]
    assert (one["outcome"], one["by"], one["ties"], one["null"]) == ("effect", "precision", "rows", 0.0)
    assert [step["k"] for step in one["steps"]] == [0, 1, 2, 3]
    assert one["steps"][-1]["mu"] == result["mu"]
    assert one["steps"][-1]["new_study"] == result["new_study"]
    assert one["steps"][-1]["log_marginal_likelihood"] == result["log_marginal_likelihood"]
    spread = [step["added"][0]["se"] for step in one["steps"][1:]]
    assert spread == sorted(spread)


def test_all_outcomes_at_once_are_told_shortly(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("cumulative", "--outcome", "relapse", "--outcome", "nfl")
    assert (done.status, done.err) == (1, ""), "an outcome that was asked for has no answer"
    assert "nfl: no answer (no primary rows" in done.out
    both = irlbayes("cumulative", "--outcome", "relapse", "--outcome", "disability_worsening")
    assert both.status == 0
    assert "irlbayes cumulative --outcome NAME" in both.out
    assert "what each changed" not in both.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "size"), "--by"),
        (("--ties", "none"), "--ties"),
        (("--format", "csv"), "--format"),
        (("--figures", "absent/folder"), "--figures"),
        (("--outcome", "none"), "--outcome"),
        (("--level", "95"), "--level"),
    ],
)
def test_bad_options(irlbayes: Callable[..., Any], arguments: tuple[str, ...], said: str) -> None:
    done = irlbayes("cumulative", *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_rows_without_a_year_are_all_named(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "undated.csv"
    file.write_text("study,yi,sei\na,0.1,0.2\nb,0.2,0.2\n", encoding="utf-8")
    done = irlbayes("cumulative", file, "--scale", "smd")
    assert (done.status, done.out) == (2, "")
    assert "2 problems" in done.err
    assert done.err.count("--by entry") == 2
