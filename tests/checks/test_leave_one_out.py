"""Leaving one out: a planted outlier is found, its absence is told, log scores are what they claim."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from irlbayes.core.agreement import disagreement
from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import flat_curve, normal_curve, probit_curve
from irlbayes.posterior.quadrature import solve

MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
CLEAN = ((0.35, 0.2), (0.2, 0.25), (0.5, 0.2), (0.4, 0.3), (0.25, 0.2), (0.3, 0.25), (0.45, 0.3))  # simulated


def test_an_outlier_is_named(checks: SimpleNamespace) -> None:
    case = checks.case(checks.normal_rows([*CLEAN, (3.4, 0.25)]), MU, TAU)
    found = checks.ask("leave_one_out", case)
    assert not found.passed
    assert found.statement.startswith("study8 (p < 0.001) does not fit what the others predict; without it")
    assert [row["study"] for row in found.numbers["studies"] if row["tail"] < found.numbers["alarm_below"]] == [
        "study8"
    ]


def test_clean_studies_raise_nothing(checks: SimpleNamespace) -> None:
    found = checks.ask("leave_one_out", checks.case(checks.normal_rows(CLEAN), MU, TAU))
    assert found.passed
    assert found.statement.startswith("No study stands out")


def test_scores_and_tails_are_predictive(checks: SimpleNamespace) -> None:
    """Against the others' predictive distribution, summed over its nodes: density and tail of the report."""
    rows = checks.normal_rows(CLEAN)
    found = checks.ask("leave_one_out", checks.case(rows, MU, TAU)).numbers
    for i, row in enumerate(found["studies"]):
        others = solve([normal_curve(*pair) for j, pair in enumerate(CLEAN) if j != i], MU, TAU).theta_new
        y, s = CLEAN[i]
        assert row["log_score"] == pytest.approx(np.log(others.mass @ norm.pdf(y, others.x, s)), abs=1e-8)
        below = others.mass @ norm.cdf(y, others.x, s)
        assert row["tail"] == pytest.approx(2.0 * min(below, 1.0 - below), abs=1e-8)
    assert found["elpd"] == pytest.approx(sum(row["log_score"] for row in found["studies"]))


def test_distance_and_influence_are_what_they_claim(checks: SimpleNamespace) -> None:
    """The axes of a Baujat plot: the part of Cochran's Q around the pooled median, and the squared shift without it."""
    case = checks.case(checks.normal_rows(CLEAN), MU, TAU)
    found = checks.ask("leave_one_out", case).numbers
    middle = float(case.posterior.after.mu.quantile(0.5))
    assert found["all"]["median"] == middle
    assert (found["all"]["ci_low"], found["all"]["ci_high"]) == case.posterior.after.mu.interval(0.95)
    assert found["all"]["p_gt_null"] == float(case.posterior.after.mu.sf(0.0))
    for i, row in enumerate(found["studies"]):
        y, s = CLEAN[i]
        others = solve([normal_curve(*pair) for j, pair in enumerate(CLEAN) if j != i], MU, TAU).mu
        assert row["deviance"] == pytest.approx((y - middle) ** 2 / s**2, abs=1e-9)
        shift = (middle - float(others.quantile(0.5))) / others.sd
        assert row["influence"] == pytest.approx(shift**2, rel=1e-6, abs=1e-12)


def test_cohorts_of_several_rows_are_left_out_whole(checks: SimpleNamespace) -> None:
    """The pooled answer without a cohort is that of the other rows."""
    case = checks.case(checks.normal_rows(CLEAN), MU, TAU)
    studies = case.posterior.effects.studies
    report = checks.case_with(studies[0].report, cohort=studies[1].report.cohort)
    together = checks.case_with(
        case.posterior.effects, studies=(checks.case_with(studies[0], report=report), *studies[1:])
    )
    found = checks.ask(
        "leave_one_out", checks.case_with(case, posterior=checks.case_with(case.posterior, effects=together))
    )
    (cohort,) = found.numbers["cohorts"]
    others = solve([normal_curve(*pair) for pair in CLEAN[2:]], MU, TAU).mu
    assert cohort["cohort"] == "study2"
    assert cohort["p_gt_null"] == pytest.approx(float(others.sf(0.0)), rel=1e-9)


def test_one_study_has_no_others(checks: SimpleNamespace) -> None:
    assert checks.answer("leave_one_out", checks.case(checks.normal_rows(CLEAN[:1]), MU, TAU)) is None


def test_disagreement_of_every_sort_of_curve() -> None:
    others = solve([normal_curve(0.0, 0.3)], Prior("normal", (0.0, 1e6)), Prior("half_normal", (1e-9,))).mu
    assert disagreement(normal_curve(1.0, 0.4), others) == pytest.approx(2.0 * norm.sf(1.0 / 0.5), rel=1e-6)
    assert disagreement(flat_curve(), others) == 1.0
    rise = probit_curve(np.array([2.0]), np.array([0.4]), np.array([1.0]))
    assert disagreement(rise, others) == pytest.approx(norm.sf(2.0 / 0.5), rel=1e-6)
