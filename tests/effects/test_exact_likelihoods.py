"""Every exact likelihood against SciPy's distributions, or against an integral written out from its definition.

Distances are shares of the curve's maximum: curves that are fitted state 1e-10 between their nodes.
"""

import warnings
from collections.abc import Callable
from itertools import pairwise
from math import comb, exp, expm1, log, pi, sqrt
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit, logsumexp
from scipy.stats import binom, f, nchypergeom_fisher, nct, norm, poisson

from irlbayes.core.registry import leaves
from irlbayes.core.types import Value
from irlbayes.effects.likelihoods import pair

KINDS = leaves("irlbayes.effects.reports")
TOLERANCE = 1e-10


def distance(
    report_of: Any, kind: str, cells: dict[str, Value], scale: str, theta: np.ndarray, truth: np.ndarray
) -> float:
    """Return the largest distance of a curve from the truth, as a share of the curve's maximum.

    The maximum is that of 2001 points over the grid, where the truth is known on fewer.
    """
    curve = KINDS[kind].curve(report_of(kind, cells, scale))
    highest = np.exp(curve.log_value(np.linspace(theta[0], theta[-1], 2001))).max()
    return float(np.abs(np.exp(curve.log_value(theta)) - truth).max() / highest)


def around(center: float, width: float, points: int = 241) -> np.ndarray:
    return center + width * np.linspace(-7.0, 7.0, points)


# --- means -------------------------------------------------------------------------------------------------

MEANS = [
    (55.0, 47.0, 155.0, 75.0, 64.0, 156.0),
    (14.0, 8.0, 8.0, 18.0, 11.0, 13.0),
    (19.0, 4.0, 2.0, 11.0, 2.5, 3.0),
    (-3.0, 1.0, 900.0, -3.1, 1.4, 40.0),
]


def means(row: tuple[float, ...]) -> dict[str, Value]:
    return dict(zip(("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"), row, strict=True))


@pytest.mark.parametrize("row", MEANS)
def test_means_are_noncentral_t(row: tuple[float, ...], report_of: Any) -> None:
    """On the SMD: the density of t, variances pooled, with noncentrality theta over the root of 1/n1 + 1/n2."""
    m1, sd1, n1, m2, sd2, n2 = row
    df, root = n1 + n2 - 2.0, sqrt(1.0 / n1 + 1.0 / n2)
    pooled = sqrt(((n1 - 1.0) * sd1**2 + (n2 - 1.0) * sd2**2) / df)
    t = (m1 - m2) / (pooled * root)
    theta = around((m1 - m2) / pooled, root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy warns where it gives no number, far above t
        truth = nct.pdf(t, df, theta / root)
    known = np.isfinite(truth)
    assert known.mean() > 0.9
    assert distance(report_of, "means", means(row), "smd", theta[known], truth[known]) < TOLERANCE


@pytest.mark.parametrize("row", MEANS)
def test_spreads_are_f(row: tuple[float, ...], report_of: Any) -> None:
    """On the log variability ratio: F of the ratio of the variances over its true value.

    As a density of the log ratio of the SDs, which has a factor of twice the F statistic.
    """
    _, sd1, n1, _, sd2, n2 = row
    theta = around(log(sd1 / sd2), sqrt(0.5 / (n1 - 1.0) + 0.5 / (n2 - 1.0)))
    ratio = (sd1 / sd2 * np.exp(-theta)) ** 2
    truth = 2.0 * ratio * f.pdf(ratio, n1 - 1.0, n2 - 1.0)
    assert distance(report_of, "means", means(row), "log_vr", theta, truth) < TOLERANCE


# --- counts and rates --------------------------------------------------------------------------------------

TABLES = [
    (4, 123, 11, 139),
    (180, 1541, 372, 1451),
    (62, 13598, 248, 12867),
    (0, 50, 3, 34),
    (3, 34, 0, 50),
    (20, 20, 17, 25),
    (17, 25, 20, 20),
    (0, 9, 11, 11),
    (1, 1, 0, 1),
    (1, 2, 1, 3),
]


@pytest.mark.parametrize("table", TABLES)
def test_counts_are_fisher_s_noncentral_hypergeometric(table: tuple[int, ...], report_of: Any) -> None:
    """On the log odds ratio, zero and full cells included."""
    a, n1, c, n2 = table
    near = log((a + 0.5) * (n2 - c + 0.5) / ((n1 - a + 0.5) * (c + 0.5)))
    theta = around(near, sqrt(sum(1.0 / (x + 0.5) for x in (a, n1 - a, c, n2 - c))))
    # SciPy's evaluation overflows for odds of e^30 and more in large tables
    theta = theta[np.abs(theta) < 12.0]
    truth = np.array([nchypergeom_fisher.pmf(a, n1 + n2, n1, a + c, odds) for odds in np.exp(theta)])
    cells: dict[str, Value] = dict(zip(("ai", "n1i", "ci", "n2i"), map(float, table), strict=True))
    assert distance(report_of, "counts", cells, "log_or", theta, truth) < TOLERANCE


def test_a_large_table_is_summed_within_reach(report_of: Any) -> None:
    """With 200,000 events only the outcomes near the observed one are summed: a normal curve to third order."""
    a, n1, c, n2 = 100_000, 500_000, 100_400, 500_000
    theta = around(log(a * (n2 - c) / (c * (n1 - a))), sqrt(1 / a + 1 / c + 1 / (n1 - a) + 1 / (n2 - c)), 15)
    truth = np.array([nchypergeom_fisher.pmf(a, n1 + n2, n1, a + c, odds) for odds in np.exp(theta)])
    cells: dict[str, Value] = {"ai": float(a), "n1i": float(n1), "ci": float(c), "n2i": float(n2)}
    # log factorials of a million carry 1e-16 of 1e7
    assert distance(report_of, "counts", cells, "log_or", theta, truth) < 1e-8


FOUR_ARMS = [
    (12, 40, 20, 42, 15, 60, 18, 55),
    (0, 20, 4, 22, 6, 30, 9, 28),
    (20, 20, 4, 22, 3, 30, 1, 28),
    (0, 9, 9, 9, 7, 7, 0, 8),
    (1, 1, 0, 1, 0, 1, 1, 1),
    (2, 5, 1, 60, 40, 50, 1, 3),
]


def four(names: str, row: tuple[float, ...]) -> dict[str, Value]:
    """Cells in patients with rims, then without."""
    columns = [f"{name}_{group}" for group in ("pos", "neg") for name in names.split()]
    return dict(zip(columns, map(float, row), strict=True))


@pytest.mark.parametrize("row", FOUR_ARMS)
@pytest.mark.parametrize("nuisance", [(0.0, 0.0, 0.0), (-1.5, 0.8, 1.1)])
def test_four_arms_are_binomials_given_their_margins(
    row: tuple[int, ...], nuisance: tuple[float, ...], report_of: Any
) -> None:
    """Every table with these margins and treated events, by four binomials each; baselines and the mean effect cancel.

    ``nuisance`` has the logits of untreated patients with and without rims, and the log odds ratio without.
    """
    a, n1, c, n2, b, o1, d, o2 = row
    base_pos, base_neg, effect = nuisance
    theta = np.linspace(-6.0, 6.0, 61)

    def two(x: int, n: int, y: int, m: int, base: float, by: Any) -> Any:
        return binom.pmf(x, n, expit(base + by)) * binom.pmf(y, m, expit(base))

    def table(j: int) -> Any:
        neg = two(a + b - j, o1, b + d - (a + b - j), o2, base_neg, effect)
        return two(j, n1, a + c - j, n2, base_pos, effect + theta) * neg

    truth = table(a) / sum(table(j) for j in range(n1 + 1))
    assert distance(report_of, "arm_counts", four("ai n1i ci n2i", row), "", theta, truth) < TOLERANCE


def test_large_arms_are_the_same_normal_curve(report_of: Any) -> None:
    """With 100,000 events the terms are thinned and cut: the curve is Woolf's normal one to a thousandth."""
    row = (120000, 400000, 200000, 420000, 150000, 600000, 180000, 550000)
    report = report_of("arm_counts", four("ai n1i ci n2i", row))
    yi, sei = KINDS["arm_counts"].yi_sei(report)
    theta = around(yi, 0.5 * sei, 41)
    found = KINDS["arm_counts"].curve(report).log_value(theta)
    normal = norm.logpdf(theta, yi, sei)
    assert found - found.max() == pytest.approx(normal - normal.max(), abs=1e-3)


def test_conditioning_loses_little(report_of: Any) -> None:
    """Both baselines and the mean effect integrated under flat priors instead: the curves differ by under 2 %.

    Logits of each subgroup by a trapezoid sum, then the mean of the two log odds ratios by another.
    """
    row = (36, 120, 60, 126, 45, 180, 54, 165)
    step = 0.02
    eta, effects = np.arange(-4.0, 4.0, step), np.arange(-4.0, 4.0, step)

    def marginal(x: int, n: int, y: int, m: int) -> np.ndarray:
        one, two = eta[:, None] + 0.5 * effects, eta[:, None] - 0.5 * effects
        return np.asarray((binom.pmf(x, n, expit(one)) * binom.pmf(y, m, expit(two))).sum(axis=0))

    pos, neg = marginal(*row[:4]), marginal(*row[4:])
    theta = np.arange(-1.8, 1.0, 2.0 * step)
    integrated = np.array(
        [(np.interp(effects + 0.5 * t, effects, pos) * np.interp(effects - 0.5 * t, effects, neg)).sum() for t in theta]
    )
    found = np.exp(KINDS["arm_counts"].curve(report_of("arm_counts", four("ai n1i ci n2i", row))).log_value(theta))
    difference = np.abs(found / found.max() - integrated / integrated.max()).max()
    assert difference < 0.02


FOUR_RATES = [
    (9, 80.0, 19, 79.0, 12, 130.0, 15, 128.0),
    (0, 41.0, 3, 39.0, 5, 80.0, 4, 78.0),
    (7, 30.0, 0, 39.0, 5, 40.0, 9, 35.0),
]


@pytest.mark.parametrize("row", FOUR_RATES)
@pytest.mark.parametrize("nuisance", [(0.0, 0.0, 0.0), (-1.5, 0.8, 1.1)])
def test_four_rates_are_poisson_given_their_totals(
    row: tuple[float, ...], nuisance: tuple[float, ...], report_of: Any
) -> None:
    """Every split of both totals with these treated events, by four Poisson counts each."""
    x1, t1, x2, t2, y1, u1, y2, u2 = row
    base_pos, base_neg, effect = nuisance
    near = log((x1 + 0.5) * t2 * (y2 + 0.5) * u1 / ((x2 + 0.5) * t1 * (y1 + 0.5) * u2))
    theta = around(near, 1.0, 61)

    def two(x: float, t: float, y: float, u: float, base: float, by: Any) -> Any:
        return poisson.logpmf(x, t * np.exp(base + by)) + poisson.logpmf(y, u * np.exp(base))

    def split(j: float) -> Any:
        neg = two(x1 + y1 - j, u1, y1 + y2 - (x1 + y1 - j), u2, base_neg, effect)
        return two(j, t1, x1 + x2 - j, t2, base_pos - 0.5 * theta, effect + theta) + neg

    every = [split(float(j)) for j in range(int(min(x1 + x2, x1 + y1)) + 1)]  # the rest have probability 0
    truth = np.exp(split(x1) - logsumexp(every, axis=0))
    assert distance(report_of, "arm_rates", four("x1i t1i x2i t2i", row), "", theta, truth) < TOLERANCE


def test_two_estimates_are_their_difference(report_of: Any) -> None:
    """Means of four arms, the two mean differences with intervals, and the printed interaction are one likelihood."""
    row = (2.1, 1.3, 40, 2.9, 1.4, 42, 1.6, 1.1, 60, 1.9, 1.2, 55)
    names = "m1i sd1i n1i m2i sd2i n2i"
    four_means = report_of("arm_means", four(names, row), "md")
    z = norm.ppf(0.975)
    ends: list[float] = []
    for m1, sd1, n1, m2, sd2, n2 in (row[:6], row[6:]):
        y, s = m1 - m2, sqrt(sd1**2 / n1 + sd2**2 / n2)
        ends += [y, y - z * s, y + z * s]
    two = report_of("subgroup_estimates", four("estimate ci_lb ci_ub", tuple(ends)) | {"scale": "md"})
    y, s = ends[0] - ends[3], sqrt(((ends[2] - ends[1]) ** 2 + (ends[5] - ends[4]) ** 2) / (2.0 * z) ** 2)
    one = report_of("estimate_ci", {"estimate": y, "ci_lb": y - z * s, "ci_ub": y + z * s, "scale": "md"})
    found = [KINDS[report.kind].yi_sei(report) for report in (four_means, two, one)]
    assert found[0] == pytest.approx((y, s), rel=1e-12)
    assert found[1] == pytest.approx(found[0], rel=1e-12)
    assert found[2] == pytest.approx(found[0], rel=1e-12)


RATES = [
    (9, 413.0, 19, 398.0),
    (3, 487.0, 13, 435.0),
    (0, 100.0, 3, 120.0),
    (4, 60.0, 0, 71.0),
    (1, 2.0, 300, 500.0),
    (1, 1000.0, 0, 0.01),
]


@pytest.mark.parametrize("row", RATES)
def test_rates_are_binomial(row: tuple[float, ...], report_of: Any) -> None:
    """On the log rate ratio: x1 out of all events, with probability t1 exp(theta) / (t1 exp(theta) + t2)."""
    x1, t1, x2, t2 = row
    near = log((x1 + 0.5) * t2 / ((x2 + 0.5) * t1))
    theta = around(near, sqrt(1.0 / (x1 + 0.5) + 1.0 / (x2 + 0.5)))
    truth = binom.pmf(x1, x1 + x2, t1 * np.exp(theta) / (t1 * np.exp(theta) + t2))
    cells: dict[str, Value] = dict(zip(("x1i", "t1i", "x2i", "t2i"), map(float, row), strict=True))
    assert distance(report_of, "rates", cells, "log_irr", theta, truth) < TOLERANCE


@pytest.mark.parametrize(("x", "t"), [(0, 87.5), (0, 1e-3), (1, 0.4), (13, 435.0), (640, 1204.0), (40_000, 7.0)])
def test_rate_is_poisson(x: int, t: float, report_of: Any) -> None:
    theta = around(log((x + 0.5) / t), (x + 0.5) ** -0.5)
    truth = poisson.pmf(x, t * np.exp(theta))
    assert distance(report_of, "rate", {"xi": float(x), "ti": t}, "", theta, truth) < TOLERANCE


@pytest.mark.parametrize(("x", "n"), [(0, 12), (9, 9), (1, 40), (13, 66), (500, 1439)])
def test_proportion_is_binomial(x: int, n: int, report_of: Any) -> None:
    theta = around(log((x + 0.5) / (n - x + 0.5)), sqrt(1.0 / (x + 0.5) + 1.0 / (n - x + 0.5)))
    truth = binom.pmf(x, n, expit(theta))
    assert distance(report_of, "proportion", {"xi": float(x), "ni": float(n)}, "", theta, truth) < TOLERANCE


# --- correlation -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("r", "n"), [(0.0, 4), (0.41, 88), (-0.93, 9), (0.999, 5), (0.6, 25), (0.12, 2400)])
def test_correlation_is_fisher_s_integral(r: float, n: int, report_of: Any) -> None:
    """The density of r from bivariate normal pairs as the integral of Fisher (1915, Biometrika 10:507), by `quad`.

    ``f(r) = (n - 2) / pi (1 - rho^2)^((n-1)/2) (1 - r^2)^((n-4)/2) * integral of dw / (cosh w - rho r)^(n-1)``, from 0.
    """
    theta = around(np.arctanh(r), 1.0 / sqrt(n - 3.0), 29)

    def density(z: float) -> float:
        rho = float(np.tanh(z))
        gap = 1.0 - rho * r
        factor = (n - 2.0) / np.pi * (1.0 - rho**2) ** (0.5 * (n - 1.0)) * (1.0 - r**2) ** (0.5 * (n - 4.0))
        end = 12.0 * sqrt(gap / (n - 1.0)) if n > 100 else 40.0

        def relative(w: float) -> float:
            return float((1.0 + 2.0 * np.sinh(0.5 * w) ** 2 / gap) ** (1.0 - n))

        middle = min(3.0 * sqrt(gap), end)
        whole = sum(
            quad(relative, *ends, epsabs=0.0, epsrel=1e-12, limit=200)[0] for ends in ((0, middle), (middle, end))
        )
        return factor * float(np.exp((1.0 - n) * np.log(gap))) * whole

    truth = np.array([density(z) for z in theta])
    assert distance(report_of, "correlation", {"ri": r, "ni": float(n)}, "", theta, truth) < TOLERANCE


def test_correlation_integrates_to_one_over_what_could_be_seen(report_of: Any) -> None:
    """Over r from -1 to 1, at any true correlation, it is a density of r; Gauss-Legendre in atanh(r)."""
    node, weight = np.polynomial.legendre.leggauss(48)
    for n, z in ((8, 0.4), (30, -1.2)):
        reach = 9.0 / sqrt(n - 3.0)
        seen = z + reach * node
        rows = [report_of("correlation", {"ri": float(r), "ni": float(n)}) for r in np.tanh(seen)]
        density = np.array([np.exp(KINDS["correlation"].curve(row).log_value(np.array([z]))[0]) for row in rows])
        total = float((weight * reach * density / np.cosh(seen) ** 2).sum())
        assert total == pytest.approx(1.0, abs=1e-8)


# --- two counts, the baseline integrated -------------------------------------------------------------------


def risks_by_root(scale: str, theta: float, eta: float) -> tuple[float, float]:
    """Return p1 and p2 with this effect and half log odds product eta, by Brent's method.

    The lower of the two limits leaves one free number in (0, 1), written as a logit so that its ends are reached.
    """
    size = abs(theta)
    least = exp(-size) if scale == "log_rr" else 1.0 - size

    def pieces(x: float) -> tuple[float, float, float, float]:
        """Higher risk and lower risk, each with its complement, free of cancellation."""
        s, not_s = float(expit(x)), float(expit(-x))
        if scale == "log_rr":
            return s, not_s, least * s, -expm1(-size) + least * not_s
        return size + least * s, least * not_s, least * s, size + least * not_s

    def odds_product(x: float) -> float:
        high, not_high, low, not_low = pieces(x)
        return log(high) - log(not_high) + log(low) - log(not_low) - 2.0 * eta

    high, _, low, _ = pieces(brentq(odds_product, -400.0, 400.0, xtol=1e-14, rtol=1e-14))
    return (high, low) if theta >= 0.0 else (low, high)


def integral(joint: Callable[[float], float], near: float, width: float) -> float:
    """Return the integral over eta of a joint likelihood under Normal(0, 10^2)."""
    edges = near + np.array([-60.0, -20.0, -6.0 * width, 0.0, 6.0 * width, 20.0, 60.0])
    edges = np.unique(edges)
    parts = [
        quad(lambda eta: joint(eta) * exp(-0.005 * eta**2), low, high, epsabs=1e-15, epsrel=1e-11, limit=200)[0]
        for low, high in pairwise(edges)
    ]
    return float(sum(parts)) / (10.0 * sqrt(2.0 * pi))


@pytest.mark.parametrize("scale", ["log_rr", "rd"])
@pytest.mark.parametrize("table", [(4, 123, 11, 139), (14, 61, 15, 20), (5, 9, 2, 8)])
def test_risks_with_their_baseline_integrated(scale: str, table: tuple[int, ...], report_of: Any) -> None:
    """Risk ratio and difference: binomial times binomial times normal, risks by root finding, by `quad`."""
    a, n1, c, n2 = table
    cells: dict[str, Value] = dict(zip(("ai", "n1i", "ci", "n2i"), map(float, table), strict=True))
    report = report_of("counts", cells, scale)
    yi, sei = KINDS["counts"].yi_sei(report)
    theta = yi + sei * np.array([-2.4, -1.0, 0.0, 0.3, 1.7])
    truth = []
    for effect in theta:

        def joint(eta: float, effect: float = effect) -> float:
            p1, p2 = risks_by_root(scale, effect, eta)
            return float(binom_pmf(a, n1, p1) * binom_pmf(c, n2, p2))

        near = 0.5 * (log((a + 0.5) / (n1 - a + 0.5)) + log((c + 0.5) / (n2 - c + 0.5)))
        truth.append(integral(joint, near, 0.7))
    assert distance(report_of, "counts", cells, scale, theta, np.array(truth)) < TOLERANCE


def binom_pmf(x: int, n: int, p: float) -> float:
    """Binomial probability of one count, without the overhead of `scipy.stats`."""
    return comb(n, x) * p**x * (1.0 - p) ** (n - x)


@pytest.mark.parametrize("likelihood", ["binomial", "binomial_control"])
@pytest.mark.parametrize("table", [(4, 123, 11, 139), (0, 50, 3, 34), (0, 20, 0, 25), (0, 9, 11, 11)])
def test_odds_with_their_baseline_integrated(likelihood: str, table: tuple[int, ...], report_of: Any) -> None:
    """The log odds ratio with the mean of the logits, or group 2's, integrated, zero cells included."""
    a, n1, c, n2 = table
    share = 0.5 if likelihood == "binomial" else 0.0
    theta = np.array([-60.0, -25.0, -9.0, -3.0, -1.2, 0.0, 1.1, 6.0, 30.0])
    truth = [
        trapezoid(
            lambda eta, effect=effect: (
                binom.pmf(a, n1, expit(eta + (1.0 - share) * effect)) * binom.pmf(c, n2, expit(eta - share * effect))
            )
        )
        for effect in theta
    ]
    cells: dict[str, Value] = dict(zip(("ai", "n1i", "ci", "n2i"), map(float, table), strict=True))
    found = distance(report_of, "counts", {**cells, "likelihood": likelihood}, "log_or", theta, np.array(truth))
    assert found < TOLERANCE


@pytest.mark.parametrize("likelihood", ["poisson", "poisson_control"])
@pytest.mark.parametrize("row", [(9, 413.0, 19, 398.0), (0, 100.0, 3, 120.0), (0, 10.0, 0, 12.0), (1, 3.0, 0, 900.0)])
def test_rates_with_their_baseline_integrated(likelihood: str, row: tuple[float, ...], report_of: Any) -> None:
    """The log rate ratio with the mean of the log rates, or group 2's, integrated, zero cells included."""
    x1, t1, x2, t2 = row
    share = 0.5 if likelihood == "poisson" else 0.0
    theta = np.array([-60.0, -25.0, -9.0, -3.0, -1.2, 0.0, 1.1, 6.0, 30.0])
    with np.errstate(over="ignore"):
        truth = [
            trapezoid(
                lambda eta, effect=effect: (
                    poisson.pmf(x1, t1 * np.exp(eta + (1.0 - share) * effect))
                    * poisson.pmf(x2, t2 * np.exp(eta - share * effect))
                )
            )
            for effect in theta
        ]
    cells: dict[str, Value] = dict(zip(("x1i", "t1i", "x2i", "t2i"), map(float, row), strict=True))
    found = distance(report_of, "rates", {**cells, "likelihood": likelihood}, "log_irr", theta, np.array(truth))
    assert found < TOLERANCE


def trapezoid(joint: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return the integral over eta under Normal(0, 10^2) by 20,001 points: 100 for each unit."""
    eta = np.linspace(-100.0, 100.0, 20_001)
    return float((joint(eta) * norm.pdf(eta, 0.0, 10.0)).sum() * 0.01)


@pytest.mark.parametrize("scale", list(pair.RISKS))
@pytest.mark.parametrize("theta", [-0.9, -0.2, 0.0, 0.55])
def test_probabilities_of_all_tables_sum_to_one(scale: str, theta: float) -> None:
    """Whatever the effect, six and five people show one of 42 tables: nothing is lost, zero and full cells included."""
    n1, n2 = 6, 5
    total = sum(
        np.exp(pair.binomial(float(a), n1, float(c), n2, pair.RISKS[scale]).log_value(np.array([theta]))[0])
        for a in range(n1 + 1)
        for c in range(n2 + 1)
    )
    assert total == pytest.approx(1.0, abs=1e-11)


@pytest.mark.parametrize("scale", ["log_rr", "rd"])
def test_risks_keep_their_effect_and_odds_product(scale: str) -> None:
    """Both closed forms give the effect and the odds product back, and agree with the root finder far out."""
    rng = np.random.default_rng(3)
    theta = rng.uniform(-0.98, 0.98, 200) * (1.0 if scale == "rd" else 8.0)
    eta = rng.uniform(-12.0, 12.0, 200)
    p1, q1, p2, q2 = pair.RISKS[scale](theta, eta)
    assert np.exp(p1) + np.exp(q1) == pytest.approx(np.ones(200), rel=1e-13)
    assert np.exp(p2) + np.exp(q2) == pytest.approx(np.ones(200), rel=1e-13)
    assert 0.5 * (p1 - q1 + p2 - q2) == pytest.approx(eta, abs=1e-10)
    effect = p1 - p2 if scale == "log_rr" else np.exp(p1) - np.exp(p2)
    assert effect == pytest.approx(theta, abs=1e-12)
    for i in range(0, 200, 10):
        assert (np.exp(p1[i]), np.exp(p2[i])) == pytest.approx(risks_by_root(scale, theta[i], eta[i]), rel=1e-10)
