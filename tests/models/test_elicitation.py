"""Priors in words: what was asked is met, by quadrature of the density; what cannot be met is refused."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from irlbayes.core import priors
from irlbayes.core.assumptions import Prior
from irlbayes.core.errors import InputError
from irlbayes.models import elicit
from irlbayes.models.parse import parse_prior


def probability(prior: Prior, low: float, high: float) -> float:
    """Integrate a prior's density over a range."""
    total, _ = integrate.quad(
        lambda x: float(np.exp(priors.log_pdf(prior, np.array([x]))[0])),
        low,
        high,
        epsabs=1e-11,
        epsrel=1e-11,
        limit=200,
    )
    return total


LOG2 = float(np.log(2.0))
ASKED = [
    ("95% between 0.5 and 2.0", "mu", "log_or", (-LOG2, LOG2), 0.95),
    ("95 % between 0.5 and 2.0 , student_t(4)", "mu", "log_or", (-LOG2, LOG2), 0.95),
    ("80% BETWEEN −0.5 and 2", "mu", "smd", (-0.5, 2.0), 0.8),
    ("90% between 0.1 and 0.3", "mu", "logit", (float(np.log(1 / 9)), float(np.log(3 / 7))), 0.9),
    ("95% between -0.2 and 0.5", "mu", "fisher_z", (float(np.arctanh(-0.2)), float(np.arctanh(0.5))), 0.95),
    ("95% between -10 and 10", "mu", "md", (-10.0, 10.0), 0.95),
    ("95% below 0.8", "tau", "log_or", (0.0, 0.8), 0.95),
    ("50% below 0.3, half_cauchy", "tau", "smd", (0.0, 0.3), 0.5),
    ("99.9% below 1e-6, half_student_t(3)", "tau", "smd", (0.0, 1e-6), 0.999),
    ("95% between 0.1 and 0.8", "tau", "smd", (0.1, 0.8), 0.95),
    ("95% between 0.1 and 0.8, inverse_gamma", "tau", "smd", (0.1, 0.8), 0.95),
]


@pytest.mark.parametrize(("text", "role", "scale", "ends", "mass"), ASKED, ids=[row[0] for row in ASKED])
def test_met(text: str, role: str, scale: str, ends: tuple[float, float], mass: float) -> None:
    """The density of what a statement becomes has the stated probability in the stated range, to 1e-6."""
    prior = parse_prior(text, role, scale=scale)
    assert probability(prior, *ends) == pytest.approx(mass, abs=elicit.MET)
    assert " ".join(text.split()) in prior.reason
    assert "PreliZ" in prior.reason


def test_symmetric_families_have_closed_forms() -> None:
    """Where the answer is known: the middle of the range, and the range over the quantile."""
    normal = parse_prior("95% between 0.5 and 2.0", "mu", scale="log_or")
    assert normal.parameters == pytest.approx((0.0, LOG2 / stats.norm.ppf(0.975)), rel=1e-9, abs=1e-15)
    assert str(normal) == "normal(0, 0.353653)"
    t = parse_prior("90% between 1 and 2, student_t(4)", "mu", scale="smd")
    assert t.parameters == pytest.approx((4.0, 1.5, 0.5 / stats.t(4).ppf(0.95)), rel=1e-9)
    half = parse_prior("95% below 0.8, half_cauchy", "tau")
    assert half.parameters == pytest.approx((0.8 / stats.halfcauchy.ppf(0.95),), rel=1e-9)


def distribution(family: str, shape: float, scale: float) -> stats.rv_continuous:
    return stats.lognorm(shape, scale=scale) if family == "log_normal" else stats.invgamma(shape, scale=scale)


@pytest.mark.parametrize("family", ["log_normal", "inverse_gamma"])
def test_entropy_is_largest(family: str) -> None:
    """Two parameters and one condition leave a curve of priors: none of them beside ours has more entropy."""
    found = parse_prior(f"95% between 0.1 and 0.8, {family}", "tau", scale="smd")
    shape, scale = found.parameters
    if family == "log_normal":
        shape, scale = scale, float(np.exp(shape))
    best = distribution(family, shape, scale).entropy()
    compared = 0
    for other in shape * np.array([0.9, 0.97, 0.995, 1.005, 1.03, 1.1]):

        def gap(log_scale: float, other: float = other) -> float:
            one = distribution(family, other, float(np.exp(log_scale)))
            return float(one.cdf(0.8) - one.cdf(0.1)) - 0.95

        grid = np.log(scale) + np.linspace(-0.5, 0.5, 201)
        for low, high in pairwise(grid):
            if gap(low) * gap(high) < 0.0:
                one = distribution(family, other, float(np.exp(optimize.brentq(gap, low, high))))
                assert one.entropy() < best + 1e-7
                compared += 1
    assert compared >= 4


REFUSED = [
    ("95% between -1 and 2", "mu", "log_or", "odds ratio, which lies above 0; -1 does not"),
    ("95% between 0.5 and 1", "mu", "logit", "proportion, which lies between 0 and 1"),
    ("95% between 0 and 1", "mu", "fisher_z", "correlation, which lies between -1 and 1"),
    ("95% between 2 and 1", "mu", "log_or", "first bound lies below"),
    ("95% below 2", "mu", "log_or", "needs two bounds"),
    ("100% below 2", "tau", "log_or", "from 1% to 99.9%"),
    ("0% below 2", "tau", "log_or", "from 1% to 99.9%"),
    ("95% below 0", "tau", "log_or", "lies above 0"),
    ("95% below -0.8", "tau", "log_or", "lies above 0"),
    ("95% below 1e300", "tau", "smd", "at most"),
    ("95% between 0.1 and 0.8, half_normal", "tau", "log_or", "not a family for a prior of tau between"),
    ("95% between 0.5 and 2, half_normal", "mu", "log_or", "not a family for a prior of mu between"),
    ("95% below 0.8, half_student_t", "tau", "log_or", r"Write half_student_t\(4\)"),
    ("95% between 0.5 and 2, normal(3)", "mu", "smd", "takes no number"),
    ("95% between 0.5 and 2, student_t(0.5)", "mu", "smd", "between 1 and 1000"),
    ("95% betwixt 1 and 2", "mu", "smd", "a percentage between two bounds"),
    ("95%", "mu", "smd", "a percentage between two bounds"),
    ("95% between __import__('os') and 2", "mu", "smd", "a percentage between two bounds"),
]


@pytest.mark.parametrize(("text", "role", "scale", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(text: str, role: str, scale: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be is refused before PreliZ is asked."""
    monkeypatch.setattr(elicit, "_by_preliz", None)
    with pytest.raises(InputError, match=words):
        parse_prior(text, role, scale=scale)


def test_where_preliz_does_not_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that no near scale mends is refused, with the probability that it has."""
    monkeypatch.setattr(elicit, "_by_preliz", lambda *_: Prior("half_normal", (1.0,)))
    with pytest.raises(InputError, match=r"PreliZ finds no half_normal prior.*the nearest has 0\.683"):
        parse_prior("95% below 0.8", "tau")
