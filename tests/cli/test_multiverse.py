"""`irlbayes multiverse`: what a user sees, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from irlbayes.report import multiverse as pages
from irlbayes.report import table
from irlbayes.specifications import multiverse

SMALL = ("irl", "--outcome", "relapse", "--axis", "model=normal,common_effect", "--axis", "prior=declared,sceptical")
SMALL = (*SMALL, "--workers", "1")


def test_table(irlbayes: Callable) -> None:
    """The number of specifications is said first; then the sentence, the choices, and the curve with its decisions."""
    done = irlbayes("multiverse", *SMALL, "--lines", "5")
    assert done.status == 0
    assert done.err == (
        "relapse: 64 specifications (2 reading x 4 reports x 2 inclusion x 2 model x 2 prior), 12 distinct\n"
        "12 posteriors\n"
    )
    told = " ".join(done.out.split())
    assert "Relapse: over 64 specifications (12 distinct) P(> 1) runs from" in told
    assert "of the distinct) decide the same" in told
    assert "The choice that moves it most is prior" in told
    for words in ("reading: how ambiguous wording is read", "higher_is_significant", "primary", "undecided", "above"):
        assert words in done.out
    assert "Decision: above where P(> null) is at least 0.95, below where it is at most 0.05" in told


def test_every_line_fits(irlbayes: Callable) -> None:
    """All 64 lines are printed when asked for, and nothing is cut off at the width of a page."""
    only = {"model": ["normal", "common_effect"], "prior": ["declared", "sceptical"]}
    text = table.to_text(pages.answers(multiverse("irl", outcomes=["relapse"], only=only), 0), 118)
    assert max(map(len, text.splitlines())) <= 118
    assert "…" not in text
    assert "\n 64 " in text


def test_documents(irlbayes: Callable, tmp_path: Path) -> None:
    """JSON and CSV have every specification, at full precision, and the picture is one."""
    paths = [tmp_path / name for name in ("m.json", "m.csv", "m.png")]
    results = tmp_path / "r.jsonl"
    done = irlbayes("multiverse", *SMALL, "--format", "json", "--output", paths[0], "--resume", results)
    assert (done.status, done.out) == (0, "")
    done = irlbayes(
        "multiverse", *SMALL, "--format", "csv", "--output", paths[1], "--resume", results, "--figure", paths[2]
    )
    assert (done.status, done.out) == (0, "")
    assert "12 posteriors, 12 of them on file" in done.err
    content = json.loads(paths[0].read_text(encoding="utf-8"))
    assert content["schema"] == "irlbayes/multiverse/1"
    (outcome,) = content["outcomes"]
    assert len(outcome["specifications"]) == outcome["count"] == 64
    assert outcome["axes"]["prior"]["options"] == ["declared", "sceptical"]
    assert outcome["decisions"]["above"] + outcome["decisions"]["undecided"] == 64
    rows = list(csv.DictReader(io.StringIO(paths[1].read_text(encoding="utf-8"))))
    assert [float(row["p_gt_null"]) for row in rows] == [one["p_gt_null"] for one in outcome["specifications"]]
    assert sum(int(row["agrees"]) for row in rows) / 64 == outcome["share"]
    assert [row["reading"] for row in rows if row["primary"] == "1"] == ["as_printed"]
    assert paths[2].read_bytes()[:4] == b"\x89PNG"


def test_count_alone(irlbayes: Callable) -> None:
    """`--count` says how many specifications there are, and computes none."""
    done = irlbayes("multiverse", "irl", "--count", "--outcome", "disability", "--outcome", "relapse")
    assert (done.status, done.out) == (0, "")
    lines = done.err.splitlines()
    assert "disability: 1280 specifications (4 reading x 4 reports x 2 inclusion x 4 model x 10 prior)" in done.err
    assert len(lines) == 2 + 1


def test_an_outcome_without_an_answer_fails(irlbayes: Callable) -> None:
    """A specification that could not be fitted is told, and ends the command with status 1."""
    options = [
        "--axis",
        "model=normal,common_effect",
        "--axis",
        "prior=declared",
        "--axis",
        "inclusion=primary",
        "--workers",
        1,
    ]
    done = irlbayes("multiverse", "irl", "--outcome", "irl_prevalence", "--axis", "reports=all", *options)
    assert done.status == 1
    assert "1 of 2 specifications have no answer" in " ".join(done.out.split())


def test_a_table_of_ones_own(irlbayes: Callable, tmp_path: Path) -> None:
    """A plain table has no readings: the axis has no line, and is not counted."""
    path = tmp_path / "mine.csv"
    path.write_text("study,ai,n1i,ci,n2i\nAronson 1948,4,123,11,139\nGras 2008,0,50,3,34\n", encoding="utf-8")
    done = irlbayes(
        "multiverse", path, "--axis", "prior=declared,uniform_tau", "--axis", "model=normal", "--workers", 1
    )
    assert done.status == 0
    assert "effect: 4 specifications (2 reports x 2 prior), 4 distinct" in done.err
    assert "reading" not in done.out


def test_a_unit_of_ones_own_needs_priors(irlbayes: Callable, tmp_path: Path) -> None:
    """Where no prior is declared the user's own are, and the panel departs from them."""
    path = tmp_path / "stay.csv"
    path.write_text("study,yi,sei\na,-3.0,1.5\nb,-1.0,2.0\nc,-2.5,1.0\n", encoding="utf-8")
    command = ("multiverse", path, "--scale", "md", "--axis", "model=normal", "--workers", 1)
    done = irlbayes(*command)
    assert done.status == 2
    assert "--prior-mu" in done.err
    done = irlbayes(*command, "--prior-mu", "normal(0, 10)", "--prior-tau", "half_normal(5)")
    assert done.status == 0
    assert "mu ~ normal(0, 20)" in done.out
    done = irlbayes(
        *command, "--prior-mu", "flat", "--prior-tau", "half_normal(5)", "--axis", "prior=declared,uniform_tau"
    )
    assert done.status == 0
    assert "effect: 2 specifications (2 prior), 2 distinct" in done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--axis", "colour=blue"), "an axis: reading, reports, inclusion, model, prior"),
        (("--axis", "prior=flat"), "an option of prior: declared, mu_twice_as_wide"),
        (("--axis", "prior"), "axis=option, or several with commas"),
        (("--outcome", "nonsense"), "an outcome of irl"),
        (("--outcome", "nfl"), "an outcome with rows"),
        (("--level", "95"), "a probability above 0 and below 1"),
        (("--decision", "0.5"), "above 0.5 and below 1"),
        (("--engine", "magic"), "one of auto, exact, nuts"),
        (("--format", "xml"), "one of table, json, csv"),
        (("--figure", "curve.png"), "one outcome for a picture"),
        (("--outcome", "relapse", "--figure", "/"), "a file, not a folder"),
        (("--resume", "/"), "--resume /"),
    ],
)
def test_refusals(irlbayes: Callable, options: tuple[str, ...], words: str) -> None:
    """What has no answer is refused with the option, the rule and the fix, before anything is computed."""
    done = irlbayes("multiverse", "irl", *options)
    assert (done.status, done.out) == (2, "")
    assert words in " ".join(done.err.split())


def test_all_problems_at_once(irlbayes: Callable) -> None:
    """Problems of several options are listed together."""
    done = irlbayes("multiverse", "irl", "--level", "2", "--decision", "2", "--engine", "x")
    assert (done.status, done.out) == (2, "")
    assert "3 problems" in done.err
