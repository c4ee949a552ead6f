"""Statements about two means as curves, against SciPy's noncentral t, a fine trapezoid, and metafor's numbers."""

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.special import gammaln, ndtr
from scipy.stats import chi2, kstest, nct
from scipy.stats import t as student

from irlbayes.core.curve import Curve
from irlbayes.effects.likelihoods import noncentral_t

REFERENCE = Path(__file__).parents[1] / "reference" / "escalc_smd.csv"
SIZES = [(1, 2), (2, 2), (3, 4), (5, 5), (12, 32), (13, 53), (113, 79), (500, 400), (5000, 3000)]
STATISTICS = [0.0, 0.3, 1.0, -2.0, 3.0, 5.0, -10.0, 30.0]
TOLERANCE = 1e-10  # of the curve's maximum
FAR = 1.2  # |t| / sqrt(2 df): how far a statistic lies for its degrees of freedom

CASES = [(n1, n2, t) for n1, n2 in SIZES for t in STATISTICS]
NEAR = [case for case in CASES if abs(case[2]) <= FAR * np.sqrt(2.0 * (case[0] + case[1] - 2))]
BEYOND = [case for case in CASES if case not in NEAR]


def noncentralities(n1: float, n2: float, t: float) -> np.ndarray:
    """Return a grid of noncentralities over which the likelihood of t rises and falls."""
    reach = 8.0 + 6.0 * abs(t) / np.sqrt(2.0 * (n1 + n2 - 2.0))
    return np.linspace(t - reach, t + reach, 201)


def trapezoid(ncp: np.ndarray, t: float, df: float) -> tuple[np.ndarray, np.ndarray]:
    """Return density and P(T <= t), conditioning on log chi, with steps fine enough for every kernel."""
    spread = 1.0 / np.sqrt(2.0 * df)
    highest = min(9.0 * spread, 3.0)
    step = min(0.2 * spread, 0.2 / (max(abs(t), 1.0) * np.exp(min(highest, 6.0 * spread))))
    u = np.arange(-40.0 / df - 9.0 * spread, highest, step)
    x = np.exp(u)
    log_density = np.log(2.0) + 0.5 * df * np.log(0.5 * df) - gammaln(0.5 * df) + df * u - 0.5 * df * x**2
    weight = np.exp(log_density) * step
    density, below = np.empty(ncp.size), np.empty(ncp.size)
    for i, center in enumerate(ncp):
        gap = t * x - center
        density[i] = weight @ (x * np.exp(-0.5 * gap**2)) / np.sqrt(2.0 * np.pi)
        below[i] = weight @ ndtr(gap)
    return density, below


def distance(curve: Curve, n1: float, n2: float, ncp: np.ndarray, truth: np.ndarray) -> float:
    """Return the largest distance of a curve from the truth, as a share of the truth's maximum."""
    value = np.exp(curve.log_value(ncp / noncentral_t.root_size(n1, n2)))
    return float(np.abs(value - truth).max() / truth.max())


def worst_distance(n1: float, n2: float, t: float) -> float:
    """Return the largest distance over the four statements that a t statistic can make."""
    ncp = noncentralities(n1, n2, t)
    density, below = trapezoid(ncp, t, n1 + n2 - 2.0)
    found = [
        distance(noncentral_t.observed(t, n1, n2), n1, n2, ncp, density),
        distance(noncentral_t.above(t, n1, n2), n1, n2, ncp, 1.0 - below),
        distance(noncentral_t.below(t, n1, n2), n1, n2, ncp, below),
    ]
    if t > 0.0:
        _, below_low = trapezoid(ncp, -t, n1 + n2 - 2.0)
        found.append(distance(noncentral_t.between(-t, t, n1, n2), n1, n2, ncp, below - below_low))
    return max(found)


@pytest.mark.parametrize(("n1", "n2", "t"), NEAR)
def test_curves_are_noncentral_t(n1: int, n2: int, t: float) -> None:
    """Observed, above, below and between are the noncentral t to 1e-10 of their maximum."""
    assert worst_distance(n1, n2, t) < TOLERANCE


@pytest.mark.parametrize(("n1", "n2", "t"), BEYOND)
def test_far_statistics(n1: int, n2: int, t: float) -> None:
    """The same holds for statistics that are far out for their degrees of freedom."""
    assert worst_distance(n1, n2, t) < TOLERANCE


@pytest.mark.parametrize(("n1", "n2", "t"), [case for case in NEAR if sum(case[:2]) < 300])
def test_curves_agree_with_scipy(n1: int, n2: int, t: float) -> None:
    """SciPy's nct says the same wherever it gives a number (it gives none on parts of many grids)."""
    df, ncp = n1 + n2 - 2.0, noncentralities(n1, n2, t)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy warns where it gives no number
        pairs = [
            (noncentral_t.observed(t, n1, n2), nct.pdf(t, df, ncp)),
            (noncentral_t.above(t, n1, n2), nct.sf(t, df, ncp)),
            (noncentral_t.below(t, n1, n2), nct.cdf(t, df, ncp)),
        ]
        if t > 0.0:
            pairs.append((noncentral_t.between(-t, t, n1, n2), nct.cdf(t, df, ncp) - nct.cdf(-t, df, ncp)))
    for curve, truth in pairs:
        known = np.isfinite(truth)
        assert known.sum() > 40
        assert distance(curve, n1, n2, ncp[known], truth[known]) < TOLERANCE


@pytest.mark.parametrize(("n1", "n2", "t"), CASES)
def test_chi_rule_is_a_probability_rule(n1: int, n2: int, t: float) -> None:
    """Weights are positive and sum to one; nodes are positive and have the mean square of chi(df) / sqrt(df)."""
    nodes, weights = noncentral_t.chi_rule(n1 + n2 - 2.0, t)
    assert (weights > 0.0).all()
    assert (nodes > 0.0).all()
    assert float(weights.sum()) == pytest.approx(1.0, abs=1e-13)
    assert float(weights @ nodes**2) == pytest.approx(1.0, abs=1e-10)


def test_chi_rule_stays_small() -> None:
    """A verdict of the smallest studies is a short sum too: the engine's time and memory grow with its terms."""
    for n1, n2 in SIZES:
        df = n1 + n2 - 2.0
        assert noncentral_t.chi_rule(df, noncentral_t.critical(0.05, df))[0].size <= 500


@pytest.mark.parametrize("df", [1.0, 2.0, 5.0, 42.0, 190.0, 8000.0])
def test_chi_rule_has_the_moments_of_chi(df: float) -> None:
    """Moments one to eight of chi(df) / sqrt(df) are exact."""
    nodes, weights = noncentral_t.chi_rule(df, 2.0)
    for power in range(1, 9):
        log_moment = 0.5 * power * np.log(2.0 / df) + gammaln(0.5 * (df + power)) - gammaln(0.5 * df)
        assert float(weights @ nodes**power) == pytest.approx(np.exp(log_moment), rel=1e-10)


@pytest.mark.parametrize(("n1", "n2"), SIZES)
def test_sides_add_up(n1: int, n2: int) -> None:
    """Below -t, between and above t exhaust what can happen, at every effect."""
    theta = np.linspace(-3.0, 3.0, 41)
    parts = (noncentral_t.below(-1.7, n1, n2), noncentral_t.between(-1.7, 1.7, n1, n2), noncentral_t.above(1.7, n1, n2))
    assert sum(np.exp(part.log_value(theta)) for part in parts) == pytest.approx(np.ones(41), abs=1e-13)


@pytest.mark.parametrize("df", [1.0, 5.0, 42.0, 1000.0])
@pytest.mark.parametrize("p", [1e-6, 0.009, 0.05, 0.5, 0.999])
def test_critical_and_p_value_are_inverse(df: float, p: float) -> None:
    """critical() is SciPy's two-sided quantile, and two_sided_p() leads back."""
    t = noncentral_t.critical(p, df)
    assert t == pytest.approx(student.isf(p / 2.0, df), rel=1e-12)
    assert noncentral_t.two_sided_p(t, df) == pytest.approx(p, rel=1e-11)
    assert noncentral_t.two_sided_p(-t, df) == noncentral_t.two_sided_p(t, df)


def test_draw_is_noncentral_t() -> None:
    """4,000 draws follow SciPy's noncentral t (Kolmogorov-Smirnov)."""
    rng = np.random.default_rng(20)
    draws = [noncentral_t.draw(0.4, 12.0, 32.0, rng) for _ in range(4000)]
    ncp = 0.4 * noncentral_t.root_size(12.0, 32.0)
    assert kstest(draws, lambda t: nct.cdf(t, 42.0, ncp)).pvalue > 0.001


def statistic(cells: dict[str, float]) -> float:
    """Return the t statistic of a row of `escalc`: given, from d, or from means and SDs."""
    n1, n2 = cells["n1i"], cells["n2i"]
    size = np.sqrt(n1 * n2 / (n1 + n2))
    if "ti" in cells:
        return cells["ti"]
    if "di" in cells:
        return cells["di"] * size
    pooled = ((n1 - 1.0) * cells["sd1i"] ** 2 + (n2 - 1.0) * cells["sd2i"] ** 2) / (n1 + n2 - 2.0)
    return (cells["m1i"] - cells["m2i"]) / np.sqrt(pooled) * size


def test_hedges_is_what_escalc_gives() -> None:
    """Hedges' g and its variance equal metafor's SMD on all 20 rows, tiny groups included."""
    compared = 0
    with REFERENCE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            cells = {name: float(value) for name, value in (pair.split("=") for pair in row["inputs"].split(";"))}
            g, sei = noncentral_t.hedges(statistic(cells), cells["n1i"], cells["n2i"])
            assert g == pytest.approx(float(row["yi"]), rel=1e-12, abs=1e-15)
            assert sei**2 == pytest.approx(float(row["vi"]), rel=1e-12)
            compared += 1
    assert compared == 20


@pytest.mark.parametrize(("n1", "n2"), [(5, 5), (12, 32), (113, 79)])
def test_hedges_is_unbiased(n1: int, n2: int) -> None:
    """The mean of g over the noncentral t is the effect itself: J is the exact correction."""
    df, theta = n1 + n2 - 2.0, 0.6
    # E[T] = ncp E[1 / x], x = chi(df) / sqrt(df)
    x = np.sqrt(chi2.ppf((np.arange(200_000) + 0.5) / 200_000, df) / df)
    mean_t = theta * noncentral_t.root_size(n1, n2) * float(np.mean(1.0 / x))
    assert noncentral_t.hedges(mean_t, n1, n2)[0] == pytest.approx(theta, rel=2e-4)
