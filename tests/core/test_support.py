"""What a likelihood alone supports: against closed forms, and a root of the binomial likelihood by other code."""

from math import inf, log, sqrt

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from irlbayes import workflow
from irlbayes.core.curve import normal_curve, probit_curve
from irlbayes.core.support import deviance, support

Z = float(norm.ppf(0.975))


def test_a_normal_report_has_its_usual_interval() -> None:
    ((low, high),), top = support(normal_curve(0.4, 0.2), Z)
    assert (low, high) == pytest.approx((0.4 - Z * 0.2, 0.4 + Z * 0.2), rel=1e-14)
    assert top == pytest.approx(norm(0.4, 0.2).logpdf(0.4))
    assert deviance(normal_curve(0.4, 0.2), 1.0) == pytest.approx(9.0)
    assert deviance(normal_curve(0.4, 0.2), 0.4) == 0.0


def test_a_direction_bounds_one_side() -> None:
    """Phi(theta / blur) falls to exp(-z**2 / 2) of its limit where the normal quantile says."""
    rise = probit_curve(np.array([0.0]), np.array([0.3]), np.array([1.0]), 0.0)
    (((low, high),), top) = support(rise, Z)
    assert low == pytest.approx(0.3 * norm.ppf(np.exp(-0.5 * Z**2)), abs=1e-9)
    assert high is None
    assert top == pytest.approx(0.0, abs=1e-9)


def test_bundled_proportions_against_their_binomial_likelihood() -> None:
    table = workflow.effect_table(workflow.read_reports("irl"), "irl_prevalence")
    assert len(table.studies) == 17
    for study in table.studies:
        x, n = study.report.number("xi"), study.report.number("ni")
        peak = log(x / (n - x))

        def gap(theta: float, x: float = x, n: float = n, peak: float = peak) -> float:
            likelihood = [x * at - n * np.logaddexp(0.0, at) for at in (theta, peak)]
            return float(likelihood[0] - likelihood[1] + 0.5 * Z**2)

        ((low, high),), _ = support(study.curve, Z)
        assert low == pytest.approx(brentq(gap, peak - 6.0, peak, xtol=1e-13), abs=1e-9)
        assert high == pytest.approx(brentq(gap, peak, peak + 6.0, xtol=1e-13), abs=1e-9)


def test_reports_of_every_kind_support_where_their_curve_says() -> None:
    """The ends are where the log likelihood is z**2 / 2 below its maximum; between them it is nowhere lower."""
    table = workflow.read_reports("irl")
    kinds = set()
    for outcome in ("disability", "relapse", "lesion_load", "cognition"):
        for study in workflow.effect_table(table, outcome).studies:
            kinds.add(study.report.kind)
            pieces, top = support(study.curve, Z)
            for low, high in pieces:
                for end in (low, high):
                    if end is not None:
                        value = float(study.curve.log_value(np.array([end]))[0])
                        assert top - value == pytest.approx(0.5 * Z**2, abs=1e-8)
                ends = (-3.0 if low is None else low, 3.0 if high is None else high)
                inside = study.curve.log_value(np.linspace(*ends, 101))
                assert inside.min() >= top - 0.5 * Z**2 - 1e-8
                assert inside.max() <= top + 1e-8
    assert {"direction", "significance", "p_value", "medians"} <= kinds
    assert sqrt(Z) < inf
