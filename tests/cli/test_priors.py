"""`irlbayes priors`, and priors of the library where an analysis takes one."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irlbayes.models.tables import tables


def flat(text: str) -> str:
    return " ".join(text.split())


def test_list(irlbayes: Callable[..., Any]) -> None:
    """Every table with its roles, scales and number of entries."""
    run = irlbayes("priors")
    assert (run.status, run.err) == (0, "")
    for name in tables():
        assert f"\n {name} " in run.out
    assert "81" in run.out
    assert "irlbayes priors NAME" in run.out


def test_table(irlbayes: Callable[..., Any]) -> None:
    """The entries of a table, for one scale where asked; doubtful ones are marked."""
    rhodes = irlbayes("priors", "Rhodes").out
    assert "log_student_t(5, -1.72, 1.295)" in rhodes
    assert rhodes.count("(!)") == 6  # the marginal, four doubtful cells, and what the mark means
    cochrane = irlbayes("priors", "cochrane", "--scale", "log_hr").out
    assert "student_t(2, 0, 0.13)" in cochrane
    assert "Skin" not in cochrane
    assert "Written as sceptical(0.5)" in irlbayes("priors", "sceptical").out


def test_one_prior(irlbayes: Callable[..., Any]) -> None:
    """What it is, what it means for a reader, where it is from and its warnings."""
    out = flat(irlbayes("priors", "turner2015: subjective / pharmacological vs placebo").out)
    for words in (
        "log_normal(-1.35, 0.76) 0.346 0.259 [0.0585, 1.15]",
        "95 % of clinics have a true odds ratio between 0.602 and 1.66",
        "with mu ~ normal(0, 1) and tau ~ log_normal(-1.35, 0.76), the true odds ratio in a new study lies between",
        "log_normal(-2.7, 1.52) on tau squared",
        "doi:10.1002/sim.6381",
        "studies that only observe",
    ):
        assert words in out
    rhodes = flat(irlbayes("priors", "rhodes: marginal").out)
    assert "log_student_t(5, -1.72, 1.295) none 0.179 [0.00642, 5]" in rhodes
    assert "is absurd" in rhodes
    both = flat(irlbayes("priors", "cochrane: multiple sclerosis", "--scale", "log_or").out)
    assert "mu student_t(4, 0, 0.76)" in both
    assert "tau inverse_gamma(2.09, 0.71)" in both
    assert "half_normal(0.353553)" in irlbayes("priors", "unit_information", "--scale", "smd").out
    assert "odds ratio 1.65" in flat(irlbayes("priors", "sceptical(0.5)", "--scale", "log_or").out)
    assert "half_cauchy(0.5)   none" in irlbayes("priors", "half_cauchy(0.5)").out


def test_in_words(irlbayes: Callable[..., Any]) -> None:
    """A statement in words is printed as what it became."""
    out = irlbayes("priors", "95% between 0.5 and 2.0", "--scale", "log_or").out
    assert "normal(0, 0.353653)" in out
    assert "The mean odds ratio lies between 0.50 and 2.00 with probability 0.95" in out
    assert "half_normal(0.408171)" in irlbayes("priors", "95% below 0.8").out


@pytest.mark.parametrize(
    ("arguments", "height"),
    [
        (("turner2015: marginal",), 799),
        (("cochrane: multiple sclerosis", "--scale", "log_or"), 1207),
        (("rhodes2015: marginal",), 852),
        (("half_normal(1)", "--scale", "logit"), 799),
        (("half_cauchy(2)", "--scale", "md"), 391),
    ],
)
def test_picture(irlbayes: Callable[..., Any], tmp_path: Path, arguments: tuple[str, ...], height: int) -> None:
    """A PNG of 8 cm width with a panel for each prior, and one for a new study where a model can say."""
    path = tmp_path / "prior.png"
    run = irlbayes("priors", *arguments, "--figure", path)
    assert (run.status, run.err) == (0, "")
    content = path.read_bytes()
    assert content[:4] == b"\x89PNG"
    width, high = struct.unpack(">II", content[16:24])
    assert (width, high) == (629, height)


BAD = [
    (("nonsense",), "nonsense is not a prior of mu"),
    (("turner2016",), "Nearest: turner2015"),
    (("flat",), "flat is no distribution"),
    (("cochrane: multiple sclerosis",), "differs between log_or, log_rr, rd"),
    (("turner2015: marginal", "--scale", "smd"), "not for smd"),
    (("turner2015: marginal", "--scale", "inches"), "one of none, smd"),
    (("sceptical(x)",), "takes one size"),
    (("--figure", "x.png"), "one prior to draw"),
    (("turner2015", "--figure", "x.png"), "one prior to draw"),
    (("turner2015: marginal", "--figure", "no-such-folder/x.png"), "--figure"),
    (("95% between 2 and 1",), "first bound lies below"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=[" ".join(row[0]) for row in BAD])
def test_bad_input(
    irlbayes: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    """Every refusal says what is wrong, and leaves no file."""
    monkeypatch.chdir(tmp_path)
    run = irlbayes("priors", *arguments)
    assert run.status == 2
    assert words in flat(run.err)
    assert not list(tmp_path.iterdir())


def test_analysis_says_where_its_prior_is_from(irlbayes: Callable[..., Any]) -> None:
    """Reason and warnings stand in the JSON document, and the warnings among the caveats."""
    run = irlbayes("analyze", "--outcome", "relapse", "--prior-tau", "turner: marginal", "--format", "json")
    (result,) = json.loads(run.out)["results"]
    tau = result["model"]["priors"]["tau"]
    assert tau["prior"] == "log_normal(-1.28, 0.87)"
    assert tau["reason"].startswith("given by the user: turner2015: marginal, log_normal(-2.56, 1.74) on tau squared")
    assert tau["warnings"]
    assert set(tau["warnings"]) <= set(result["caveats"])
    assert result["model"]["priors"]["mu"]["warnings"] == []
    plain = irlbayes("analyze", "--outcome", "relapse", "--prior-tau", "log_normal(-1.28, 0.87)", "--format", "json")
    assert json.loads(plain.out)["results"][0]["model"]["fingerprint"] == result["model"]["fingerprint"]


def test_analysis_in_words(irlbayes: Callable[..., Any]) -> None:
    """`--prior-mu "95% between 0.5 and 2.0"` is printed as what it became."""
    run = irlbayes(
        "analyze", "--outcome", "relapse", "--prior-mu", "95% between 0.5 and 2.0", "--prior-tau", "95% below 0.8"
    )
    assert run.status == 0
    assert "mu ~ normal(0, 0.353653): given by the user: asked for as 95% between 0.5 and 2.0" in flat(run.out)
    assert "tau ~ half_normal(0.408171)" in run.out


def test_analysis_refuses_another_scale(irlbayes: Callable[..., Any]) -> None:
    """A prior of log odds ratios on a standardized mean difference is refused, with those that would do."""
    run = irlbayes("analyze", "--outcome", "disability", "--prior-tau", "turner2015: marginal")
    assert run.status == 2
    assert "not for smd" in flat(run.err)
    assert "rhodes2015" in run.err


def test_panel(irlbayes: Callable[..., Any]) -> None:
    """At least eight named priors, those of the library among them; what is not resolved is said, not shown."""
    run = irlbayes(
        "check", "--outcome", "relapse", "--outcome", "high_efficacy_exposure",
        "--outcome", "cognition", "--only", "panel", "--workers", "1", "--format", "json",
    )  # fmt: skip
    panels = {one["outcome"]: one["checks"]["panel"] for one in json.loads(run.out)["checks"]}
    names = {outcome: [row["name"] for row in found["numbers"]["rows"]] for outcome, found in panels.items()}
    assert all(len(set(rows)) == len(rows) >= 8 for rows in names.values())
    assert "turner2015: marginal" in names["relapse"]
    assert "unit_information" not in names["relapse"]  # on log ratios it is the declared one
    assert any(name.startswith("cochrane: Multiple Sclerosis") for name in names["relapse"])
    assert {"rhodes2015: marginal", "unit_information", "cochrane: pooled (all topics), tau"} < set(names["cognition"])
    assert {"sceptical(0.2)", "enthusiastic(-0.2)"} < set(names["cognition"])
    for row in panels["relapse"]["numbers"]["rows"]:
        if not row["name"].startswith("enthusiastic"):
            assert row["prior_p_gt_null"] == pytest.approx(0.5, abs=1e-12)
