"""`irlbayes together`: what a user sees, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from irlbayes import several
from irlbayes.report import table
from irlbayes.report import together as pages

BERKEY = Path(__file__).parents[1] / "reference" / "inputs" / "berkey1998.csv"
APART = ("irl", "--outcome", "relapse", "--outcome", "brain_volume")
FOUR = ("disability", "brain_volume", "lesion_load", "relapse")


def test_table_of_the_evidence(irlbayes: Callable) -> None:
    """Two outcomes of the bundled evidence: together, alone, their correlation beside its prior, caveats."""
    done = irlbayes("together", *APART)
    assert (done.status, done.err) == (0, "")
    assert "2 outcomes of 6 cohorts, 0 of which report two or more." in done.out
    assert "nothing was borrowed" in done.out
    assert "LKJ(eta = 2)" in done.out
    assert "relapse and brain_volume" in done.out
    assert "Engine: exact (no cohort reports two of the" in done.out
    assert "Lower is worse for brain_volume" in done.out


def test_linked_outcomes_fit_110_columns() -> None:
    """A narrow terminal cuts nothing off: every line within 110 columns, no cell shortened."""
    found = several.together(BERKEY, ["PD", "AL"], correlation=["0.5"], within_correlation=["0.4"], scale="none")
    lines = table.to_text(pages.answers(found), 110).splitlines()
    assert max(map(len, lines)) <= 110
    assert "…" not in "".join(lines)
    told = " ".join("\n".join(lines).split())
    assert "stated 0.50" in told
    assert "stated 0.40" in told
    assert "two outcomes with normal reports" in told
    assert "cohort with several" in told
    assert "is stated here" in told


def test_document(irlbayes: Callable, tmp_path: Path) -> None:
    """The JSON document has everything, at full precision, and nothing that is not a number."""
    path = tmp_path / "together.json"
    done = irlbayes("together", *APART, "--format", "json", "--output", path, "--eta", "1")
    assert (done.status, done.out) == (0, "")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["schema"] == "irlbayes/together/1"
    assert content["between"] == {"stated": None, "prior": "lkj(1)", "reason": content["between"]["reason"]}
    assert content["within"]["stated"] == [[1.0, 0.0], [0.0, 1.0]]
    assert [one["outcome"] for one in content["outcomes"]] == ["relapse", "brain_volume"]
    assert content["outcomes"][0]["together"]["mu"]["p_gt_null"] == content["outcomes"][0]["alone"]["mu"]["p_gt_null"]
    assert content["outcomes"][0]["model"]["mu"]["prior"] == "normal(0, 1)"
    assert content["pairs"][0]["between"]["prior"]["ci_low"] == pytest.approx(-0.95)  # uniform on (-1, 1)
    assert content["cohorts"]["kim2023"] == {"relapse": "direction"}
    assert content["gate"]["passed"] is True


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Name two or more that the same cohorts report"),
        (("--outcome", "nonsense", "--outcome", "relapse"), "an outcome of irl"),
        (("--outcome", "treatment_response", "--outcome", "relapse"), "no report enters"),
        ((*APART[1:], "--eta", "0"), "a number above 0"),
        ((*APART[1:], "--eta", "2", "--correlation", "0.5"), "which --correlation states"),
        ((*APART[1:], "--correlation", "1"), "above -1 and below 1"),
        ((*APART[1:], "--correlation", "relapse:disability=0.5"), "each pair of relapse, brain_volume"),
        ((*APART[1:], "--within-correlation", "much"), "--within-correlation"),
        ((*APART[1:], "--correlation", "0.1", "--correlation", "0.2"), "repeat for more"),
        ((*APART[1:], "--outcome", "cognition", "--correlation", "relapse:cognition=0"), "missing"),
        ((*APART[1:], "--outcome", "cognition", "--correlation", "-0.6"), "positive definite"),
        ((*APART[1:], "--prior-mu", "flat"), "a proper prior of every mean effect"),
        ((*APART[1:], "--engine", "magic"), "one of auto, exact, nuts"),
        ((*APART[1:], "--level", "95"), "a probability above 0 and below 1"),
        ((*APART[1:], "--format", "csv"), "one of table, json"),
    ],
)
def test_refusals(irlbayes: Callable, options: tuple[str, ...], words: str) -> None:
    """What has no answer is refused with the option, the rule and the fix, before anything is computed."""
    done = irlbayes("together", "irl", *options)
    assert (done.status, done.out) == (2, "")
    assert words in " ".join(done.err.split())


def test_all_problems_at_once(irlbayes: Callable) -> None:
    """Problems of several options are listed together."""
    done = irlbayes(
        "together", "irl", "--outcome", "nonsense", "--eta", "-1", "--within-correlation", "x", "--level", "2"
    )
    assert (done.status, done.out) == (2, "")
    assert "4 problems" in done.err


def test_exact_does_not_reach_partial_reports(irlbayes: Callable) -> None:
    """Linked outcomes with partial reports have no exact answer, and the message says which engine has one."""
    done = irlbayes("together", "irl", "--outcome", "disability", "--outcome", "lesion_load", "--engine", "exact")
    assert (done.status, done.out) == (1, "")
    assert "need normal likelihoods" in done.err


@pytest.mark.slow
def test_four_outcomes(irlbayes: Callable) -> None:
    """The command of the how-to: it ends well, and nothing but the answer is printed."""
    options = [word for name in FOUR for word in ("--outcome", name)]
    done = irlbayes("together", "irl", *options)
    assert (done.status, done.err) == (0, "")
    assert "4 outcomes of 11 cohorts, 6 of which report two or more." in done.out
