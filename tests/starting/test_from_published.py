"""A published mean and heterogeneity as priors: closed forms, the product by quadrature, and what is refused."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest

from irlbayes.core import priors
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.cumulative import cdf, quantile
from irlbayes.core.errors import InputError
from irlbayes.core.starts import Heterogeneity, Start
from irlbayes.models.from_published import heterogeneity, log_likelihood, matched, prior_from

MODEL = ModelSpec("smd", "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
START = Start("disability", "A 2025", "SMD", "0.77 [0.34, 1.21]", 0.77, 0.222)
SE = 0.2


@pytest.mark.parametrize("power", [1.0, 0.5, 0.25])
def test_the_mean_is_the_normal_product(power: float) -> None:
    """Precisions add, the published one times its power."""
    found = prior_from(MODEL, START, power)
    own, theirs = 1.0, power / 0.222**2
    assert found.mu.family == "normal"
    assert found.mu.parameters == pytest.approx(
        ((own * 0.0 + theirs * 0.77) / (own + theirs), (own + theirs) ** -0.5), rel=1e-12
    )
    assert found.tau == MODEL.tau
    assert "A 2025" in found.mu.reason


def test_a_flat_prior_leaves_the_published_result() -> None:
    flat = ModelSpec("flat", "smd", Prior("flat"), MODEL.tau)
    assert prior_from(flat, START, 0.25).mu.parameters == pytest.approx((0.77, 0.444))


def test_half_twice_is_whole() -> None:
    """Two reviews at half their weight say what one does: powers add."""
    twice = prior_from(prior_from(MODEL, START, 0.5), START, 0.5)
    assert twice.mu.parameters == pytest.approx(prior_from(MODEL, START).mu.parameters, rel=1e-12)


@pytest.mark.parametrize("power", [0.0, -1.0, 1.5, float("nan")])
def test_a_power_is_a_share(power: float) -> None:
    with pytest.raises(InputError, match="--power"):
        prior_from(MODEL, START, power)


def test_a_student_t_prior_is_refused() -> None:
    heavy = ModelSpec("t", "smd", Prior("student_t", (4.0, 0.0, 1.0)), MODEL.tau)
    with pytest.raises(InputError, match="a normal or flat prior of mu"):
        prior_from(heavy, START)


def test_tau_from_a_prediction_interval() -> None:
    """Half-width t_{k-2} sqrt(tau^2 + se^2); the normal quantile where k is not known."""
    tau = 0.4
    t = 2.364624252  # 0.975 of t with 7 degrees of freedom, to ten digits
    found = heterogeneity(SE, 9, reach=t * sqrt(tau**2 + SE**2))
    assert found is not None
    assert found.tau == pytest.approx(tau, rel=1e-8)
    without = heterogeneity(SE, None, reach=1.959963984540054 * sqrt(tau**2 + SE**2))
    assert without is not None
    assert (without.tau, without.k) == (pytest.approx(tau, rel=1e-12), None)


def test_tau_from_i_squared() -> None:
    """With a stated sampling variance, or from k studies of equal size, which is the same thing."""
    k, within = 10, 0.25
    tau = 0.5
    se = sqrt((tau**2 + within) / k)
    share = tau**2 / (tau**2 + within)
    for found in (
        heterogeneity(se, k, i2=share),
        heterogeneity(se, k, tau=tau),
        heterogeneity(se, None, i2=share, within_variance=within),
    ):
        assert found is not None
        assert found.tau == pytest.approx(tau, rel=1e-12)
    by_k = heterogeneity(se, k, i2=share)
    assert by_k is not None
    assert by_k.within_variance == pytest.approx(within, rel=1e-9)


def test_the_likelihood_of_tau_is_that_of_q() -> None:
    """Q simulated from k studies of equal size has the density that the likelihood says, at several tau."""
    k, within, q = 8, 0.3, 11.0
    printed = sqrt(within * (q / (k - 1) - 1.0))
    said = log_likelihood(Heterogeneity(printed, k, within, ""))
    rng = np.random.default_rng(27)
    taus = np.array([0.1, 0.4, 0.8, 1.5])
    share = []
    for tau in taus:
        y = rng.normal(0.0, sqrt(within + tau**2), (400_000, k))
        qs = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / within
        share.append(float((np.abs(qs - q) < 0.5).mean()))
    expected = np.exp(said(taus) - said(taus)[1])
    assert np.array(share) / share[1] == pytest.approx(expected, rel=0.05)


def test_a_printed_zero_is_a_q_of_at_most_k_minus_1() -> None:
    k, within = 6, 0.3
    said = log_likelihood(Heterogeneity(0.0, k, within, ""))
    rng = np.random.default_rng(28)
    taus = np.array([0.0, 0.3, 0.8])
    shares = []
    for tau in taus:
        y = rng.normal(0.0, sqrt(within + tau**2), (400_000, k))
        qs = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / within
        shares.append(float((qs <= k - 1).mean()))
    assert np.exp(said(taus)) == pytest.approx(shares, abs=0.004)


CASES: list[tuple[dict[str, Any], int | None, str]] = [
    ({"tau": 0.5}, None, "log_normal"),
    ({"i2": 0.75}, 10, "log_normal"),
    ({"i2": 0.2}, 10, "half_normal"),
    ({"i2": 0.0}, 10, "half_normal"),
]


@pytest.mark.parametrize(("printed", "k", "family"), CASES)
@pytest.mark.parametrize("base", ["half_normal(0.5)", "half_cauchy(0.3)", "log_normal(-1.28, 0.87)", "uniform(0, 4)"])
def test_the_matched_prior_is_near_the_product(printed: dict[str, Any], k: int | None, family: str, base: str) -> None:
    """Its largest distance is what an independent quadrature finds, and small."""
    from irlbayes.models.parse import parse_prior

    prior = parse_prior(base, "tau")
    found = heterogeneity(SE, k, **printed)
    assert found is not None
    said = log_likelihood(found)
    chosen, gap = matched(prior, said, found.tau)
    if base == "half_normal(0.5)":
        assert chosen.family == family
    tau = np.linspace(1e-6, 12.0, 240_001)
    with np.errstate(divide="ignore"):
        density = np.exp(priors.log_pdf(prior, tau) + said(tau))
    below = np.cumsum(density) / density.sum()
    picked = slice(0, None, 600)
    measured = max(abs(cdf(chosen, float(at)) - share) for at, share in zip(tau[picked], below[picked], strict=True))
    assert measured == pytest.approx(gap, abs=0.006)
    assert gap < 0.1


def test_less_weight_comes_nearer_to_the_models_own_prior() -> None:
    found = heterogeneity(SE, 10, i2=0.9)
    assert found is not None
    said = log_likelihood(found)
    medians = [quantile(matched(MODEL.tau, said, found.tau, power)[0], 0.5) for power in (1.0, 0.25, 0.01)]
    own = quantile(MODEL.tau, 0.5)
    assert medians[0] > medians[1] > medians[2]
    assert medians[2] == pytest.approx(own, rel=0.1)


def test_three_fold_without_the_number_of_studies() -> None:
    """95 % of what a tau without k says lies within a factor of three."""
    said = log_likelihood(Heterogeneity(0.4, None, None, ""))
    u = np.linspace(log(0.4) - 4.0, log(0.4) + 4.0, 80_001)
    height = np.exp(said(np.exp(u)))
    inside = np.abs(u - log(0.4)) < log(3.0)
    assert height[inside].sum() / height.sum() == pytest.approx(0.95, abs=1e-3)


def test_a_zero_without_k_leaves_the_prior() -> None:
    start = Start("x", "A", "SMD", "", 0.2, 0.1, heterogeneity=heterogeneity(0.1, None, tau=0.0))
    assert prior_from(MODEL, start).tau == MODEL.tau


@pytest.mark.parametrize(
    ("k", "options", "said"),
    [
        (None, {"i2": 0.5}, "a tau follows only with a sampling variance"),
        (8, {"i2": 75.0}, "Write 0.75 for 75 %"),
        (8, {"i2": 1.0}, "at least 0 and below 1"),
        (8, {"tau": -0.1}, "an sd: 0 or more"),
        (8, {"tau": 0.3, "i2": 0.5}, "one statement about heterogeneity"),
        (1, {"tau": 0.3}, "at least 2 studies"),
        (2, {"reach": 3.0}, "at least 3 studies behind a prediction interval"),
        (8, {"reach": 0.3}, "at least as wide as the interval of the mean"),
        (4, {"tau": 3.0}, "give a wider one"),
        (8, {"i2": 0.5, "within_variance": -1.0}, "a variance above 0"),
    ],
)
def test_what_is_refused(k: int | None, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        heterogeneity(SE, k, **options)
    assert said in str(refused.value)


def test_a_prior_of_tau_that_is_written_is_the_one_that_is_used() -> None:
    """The string of the start is parsed to the same prior, so that it can be given elsewhere."""
    from irlbayes.models.parse import parse_prior

    found = prior_from(MODEL, Start("x", "A", "SMD", "", 0.2, 0.1, heterogeneity=heterogeneity(0.1, 10, i2=0.8)))
    assert parse_prior(str(found.tau), "tau") == found.tau
    assert exp(found.tau.parameters[0]) == pytest.approx(sqrt(0.8 * 10 * 0.1**2), rel=0.1)
