"""`irlbayes figures`, as its user runs it."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_files_and_alternative_text(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    done = irlbayes("figures", "--outcome", "relapse", "--only", "forest", "--only", "heterogeneity", "-o", folder)
    assert (done.status, done.err) == (0, f"2 figures in {folder}\n")
    assert {path.name for path in folder.iterdir()} == {"relapse-forest.png", "relapse-heterogeneity.png"}
    assert "relapse-forest.png: Relapse: forest of 2 studies" in done.out
    assert "P(mean > 1) is 0.97, 0.50 before the data" in done.out
    assert (folder / "relapse-forest.png").read_bytes()[:4] == b"\x89PNG"


def test_other_formats(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    asked = ("figures", "--outcome", "relapse", "--only", "forest", "-o", tmp_path, "--width", "wide")
    for kind in ("svg", "json", "csv"):
        assert irlbayes(*asked, "--format", kind).status == 0
    assert (tmp_path / "relapse-forest.svg").read_text(encoding="utf-8").count("<svg ") == 1
    document = json.loads((tmp_path / "relapse-forest.json").read_text(encoding="utf-8"))
    assert document["alternative"].startswith("Relapse: forest of 2 studies")
    lines = (tmp_path / "relapse-forest.csv").read_text(encoding="utf-8").splitlines()
    assert "# median: log odds ratio" in lines
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [row["row"] for row in rows] == ["reeves2024", "kim2023", "mean", "new_study", "prior"]
    assert float(rows[2]["ci_low"]) == pytest.approx(-0.0427, abs=1e-3)


def test_what_cannot_be_drawn_is_said(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    done = irlbayes("figures", "--outcome", "relapse", "--only", "radial", "-o", tmp_path)
    assert done.status == 1
    assert "relapse-radial: not drawn: it needs two reports or more with a size" in done.err
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "forests", "--format", "gif", "--width", "3m"), ("--only", "--format", "--width", "drapery")),
        (("--only", "prior"), ("--only",)),
        (("-o", "absent/folder"), ("--output",)),
        (("--outcome", "none"), ("--outcome",)),
    ],
)
def test_bad_options(irlbayes: Callable[..., Any], arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    done = irlbayes("figures", *arguments)
    assert (done.status, done.out) == (2, "")
    assert all(word in done.err for word in said)
