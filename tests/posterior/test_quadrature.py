"""The exact engine on any mixture of reports, against brute force that shares nothing with it.

Brute force: likelihoods from SciPy on an equally spaced grid of effects, smoothed by a cosine transform, times
Gauss-Legendre panels in tau from zero. Every marginal is a plain sum.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest
from scipy.fft import dct, idct
from scipy.integrate import quad
from scipy.interpolate import make_interp_spline
from scipy.special import gammaln, ndtr
from scipy.stats import binom, halfcauchy, halfnorm, norm, uniform
from scipy.stats import t as student

from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.curve import Curve, fit_curve, flat_curve, normal_curve
from irlbayes.core.density import Density
from irlbayes.core.registry import leaves
from irlbayes.core.types import Report, Value
from irlbayes.posterior.quadrature import ExactPosterior, solve
from irlbayes.posterior.store import exact_draws

INPUTS = Path(__file__).parents[1] / "reference" / "inputs"
KINDS: dict[str, Any] = leaves("irlbayes.effects.reports")
STANDARD, HALF_NORMAL = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
MOMENT = 1e-8  # of the sd, or relative for an sd
PROBABILITY = 1e-7  # relative
ORDER = 1e-12
GRID = 1e-7  # of a marginal's size
FLOOR = 1e-10  # what brute force itself may be off, in sds
Likelihood = Callable[[np.ndarray], np.ndarray]


# --- likelihoods, straight from SciPy ----------------------------------------------------------------------


def over_chi(n1: float, n2: float, t: float, kernel: Callable[[np.ndarray, float], np.ndarray]) -> Likelihood:
    """Return theta -> integral of kernel(ncp, x) over x = chi(df) / sqrt(df), by a fine trapezoid in log x."""
    df, size = n1 + n2 - 2.0, np.sqrt(n1 * n2 / (n1 + n2))
    spread = 1.0 / np.sqrt(2.0 * df)
    u = np.arange(-9.0 * spread - 40.0 / df, min(9.0 * spread, 3.0), min(0.15 * spread, 0.1 / (1.0 + abs(t))))
    log_density = np.log(2.0) + 0.5 * df * np.log(0.5 * df) - gammaln(0.5 * df) + df * u - 0.5 * df * np.exp(2.0 * u)
    weight = np.exp(log_density) * (u[1] - u[0])

    def likelihood(theta: np.ndarray) -> np.ndarray:
        return sum(w * kernel(theta * size, x) for w, x in zip(weight, np.exp(u), strict=True) if w > 1e-22)

    return likelihood


def p_value(p: float, n1: float, n2: float, signs: Sequence[float]) -> Likelihood:
    """Density of t at plus or minus its quantile."""
    t = float(student.isf(p / 2.0, n1 + n2 - 2.0))
    return over_chi(n1, n2, t, lambda ncp, x: sum(x * norm.pdf(sign * t * x - ncp) for sign in signs))


def not_significant(alpha: float, n1: float, n2: float) -> Likelihood:
    """Probability of |T| below its critical value."""
    t = float(student.isf(alpha / 2.0, n1 + n2 - 2.0))
    return over_chi(n1, n2, t, lambda ncp, x: ndtr(t * x - ncp) - ndtr(-t * x - ncp))


def above(alpha: float, n1: float, n2: float) -> Likelihood:
    """Probability of T above its critical value."""
    t = float(student.isf(alpha / 2.0, n1 + n2 - 2.0))
    return over_chi(n1, n2, t, lambda ncp, x: ndtr(ncp - t * x))


def direction(sign: float, n1: float, n2: float) -> Likelihood:
    """Probability of a sign."""
    return lambda theta: norm.cdf(sign * theta * np.sqrt(n1 * n2 / (n1 + n2)))


def proportion(x: int, n: int) -> Likelihood:
    """Probability of a count."""
    return lambda theta: binom.pmf(x, n, 1.0 / (1.0 + np.exp(-theta)))


def estimate(yi: float, sei: float) -> Likelihood:
    """Density of an estimate."""
    return lambda theta: norm.pdf(yi, theta, sei)


# --- brute force -------------------------------------------------------------------------------------------


class BruteForce:
    """The posterior of (mu, tau) and of every effect on a grid."""

    def __init__(
        self, likelihoods: Sequence[Likelihood], mu: Prior, tau: Prior, reach: float, step: float, most: float
    ) -> None:
        self.x = np.arange(-reach, reach, step) + 0.5 * step
        self.step = step
        self.frequency = np.pi * np.arange(self.x.size) / (self.x.size * step)
        nodes, weights = np.polynomial.legendre.leggauss(16)
        start = tau.parameters[0] if tau.family == "uniform" else 0.0
        self.edges = np.unique(
            np.concatenate([[start], start + (most - start) * np.linspace(0.0, 1.0, 13) ** 2, [0.3]])
        )
        half = 0.5 * np.diff(self.edges)[:, None]
        self.tau = (self.edges[:-1, None] + half * (1.0 + nodes)).ravel()
        frozen = {
            "half_normal": lambda: halfnorm(scale=tau.parameters[0]),
            "uniform": lambda: uniform(tau.parameters[0], tau.parameters[1] - tau.parameters[0]),
        }[tau.family]()
        mass = (half * weights).ravel() * frozen.pdf(self.tau)
        self.own = np.array([likelihood(self.x) for likelihood in likelihoods])
        smooth = [self.smoothed(np.broadcast_to(own, (self.tau.size, self.x.size))) for own in self.own]
        prior = mass[:, None] * norm.pdf(self.x, *mu.parameters)
        self.joint = prior * np.prod(smooth, axis=0)
        self.evidence = float(self.joint.sum() * step)
        others = [np.prod([z for j, z in enumerate(smooth) if j != i], axis=0) for i in range(len(smooth))]
        new = self.smoothed(self.joint).sum(axis=0)
        theta = [own * self.smoothed(prior * other).sum(axis=0) for own, other in zip(self.own, others, strict=True)]
        self.density = {"mu": self.joint.sum(axis=0), "theta_new": new}
        self.density |= {f"theta {i}": values for i, values in enumerate(theta)}
        for name, values in self.density.items():
            self.density[name] = values / (values.sum() * step)
        self.tau_mass = self.joint.sum(axis=1) * step / self.evidence

    def smoothed(self, rows: np.ndarray) -> np.ndarray:
        """Average each row over Normal(0, tau ** 2): a product in the cosine transform, mirrored at the ends."""
        return idct(dct(rows, axis=1) * np.exp(-0.5 * (self.tau[:, None] * self.frequency) ** 2), axis=1)

    def moments(self, name: str) -> tuple[float, float]:
        """Return mean and sd of a marginal on the grid of effects."""
        weight = self.density[name] * self.step
        mean = float(weight @ self.x)
        return mean, float(np.sqrt(weight @ (self.x - mean) ** 2))

    def below(self, name: str, points: np.ndarray) -> np.ndarray:
        """Return P(. <= x) of a marginal on the grid of effects."""
        whole = make_interp_spline(self.x, self.density[name], k=7).antiderivative()
        return np.asarray(whole(points) - whole(self.x[0]))


@dataclass(frozen=True)
class Evidence:
    """One small evidence base: its reports, their likelihoods, its priors and a grid that holds it."""

    rows: tuple[tuple[str, dict[str, Value], Likelihood], ...]
    mu: Prior
    tau: Prior
    reach: float
    step: float
    most: float


MIXTURES = {
    # what is known about disability: hardly anything
    "disability": Evidence(
        (
            ("p_value", {"pval": 0.103, "sign": "?", "n1i": 113.0, "n2i": 79.0}, p_value(0.103, 113, 79, (1, -1))),
            (
                "significance",
                {"verdict": "not_significant", "alpha": 0.05, "n1i": 12.0, "n2i": 32.0},
                not_significant(0.05, 12, 32),
            ),
            (
                "significance",
                {"verdict": "not_significant", "alpha": 0.05, "n1i": 63.0, "n2i": 84.0},
                not_significant(0.05, 63, 84),
            ),
            ("direction", {"sign": "+", "n1i": 42.0, "n2i": 49.0}, direction(1, 42, 49)),
            ("yi_sei", {"yi": 0.35, "sei": 0.3}, estimate(0.35, 0.3)),
        ),
        STANDARD, HALF_NORMAL, 40.0, 0.016, 4.0,
    ),
    "directions only": Evidence(
        (
            ("direction", {"sign": "+", "n1i": 42.0, "n2i": 49.0}, direction(1, 42, 49)),
            ("direction", {"sign": "+", "n1i": 38.0, "n2i": 64.0}, direction(1, 38, 64)),
            ("direction", {"sign": "-", "n1i": 14.0, "n2i": 16.0}, direction(-1, 14, 16)),
        ),
        STANDARD, HALF_NORMAL, 44.0, 0.02, 4.2,
    ),
    "proportions with empty and full cells": Evidence(
        (
            ("proportion", {"xi": 0.0, "ni": 12.0}, proportion(0, 12)),
            ("proportion", {"xi": 13.0, "ni": 66.0}, proportion(13, 66)),
            ("proportion", {"xi": 9.0, "ni": 9.0}, proportion(9, 9)),
            ("proportion", {"xi": 3.0, "ni": 20.0}, proportion(3, 20)),
        ),
        Prior("normal", (0.0, 1.5)), Prior("half_normal", (1.0,)), 90.0, 0.03, 8.5,
    ),
    "a p-value of unknown sign, alone": Evidence(
        (("p_value", {"pval": 0.01, "sign": "?", "n1i": 63.0, "n2i": 84.0}, p_value(0.01, 63, 84, (1, -1))),),
        STANDARD, HALF_NORMAL, 44.0, 0.016, 4.2,
    ),
    "verdicts, with tau known to lie between two values": Evidence(
        (
            (
                "significance",
                {"verdict": "significant_higher", "alpha": 0.05, "n1i": 29.0, "n2i": 33.0},
                above(0.05, 29, 33),
            ),
            (
                "p_value",
                {"pval": 0.05, "sign": "+", "n1i": 14.0, "n2i": 16.0, "pval_relation": "<"},
                above(0.05, 14, 16),
            ),
            ("p_value", {"pval": 0.4, "sign": "-", "n1i": 13.0, "n2i": 53.0}, p_value(0.4, 13, 53, (-1,))),
        ),
        Prior("normal", (0.2, 0.8)), Prior("uniform", (0.1, 1.2)), 24.0, 0.016, 1.2,
    ),
}  # fmt: skip
POINTS = np.array([0.001, 0.025, 0.2, 0.5, 0.8, 0.975, 0.999])


def curve_of(kind: str, cells: dict[str, Value]) -> Curve:
    """Return the engine's curve of a report."""
    return KINDS[kind].curve(Report("r", "r", "r", "o", kind, "primary", "reports.csv", 2, cells))


@cache
def solved(name: str) -> tuple[ExactPosterior, BruteForce]:
    """Return both posteriors of a mixture."""
    evidence = MIXTURES[name]
    exact = solve([curve_of(kind, cells) for kind, cells, _ in evidence.rows], evidence.mu, evidence.tau)
    likelihoods = [likelihood for _, _, likelihood in evidence.rows]
    return exact, BruteForce(likelihoods, evidence.mu, evidence.tau, evidence.reach, evidence.step, evidence.most)


def marginals(exact: ExactPosterior) -> dict[str, Density]:
    """Return the engine's marginals of effects under the names of the brute force."""
    return {"mu": exact.mu, "theta_new": exact.theta_new} | {f"theta {i}": d for i, d in enumerate(exact.theta)}


@pytest.mark.parametrize("name", MIXTURES)
def test_brute_force_smooths_as_an_integral(name: str) -> None:
    """The check of the check: the cosine transform is the integral over a normal, by a fine trapezoid."""
    _, brute = solved(name)
    likelihood = MIXTURES[name].rows[0][2]
    smooth = brute.smoothed(np.broadcast_to(brute.own[0], (brute.tau.size, brute.x.size)))
    z = np.linspace(-9.0, 9.0, 6001)
    for row, spot in ((3, 0.52), (brute.tau.size // 2, 0.503), (brute.tau.size - 60, 0.49)):
        column = int(spot * brute.x.size)
        direct = float(likelihood(brute.x[column] + brute.tau[row] * z) @ norm.pdf(z)) * (z[1] - z[0])
        assert smooth[row, column] == pytest.approx(direct, abs=1e-11)


@pytest.mark.parametrize("name", MIXTURES)
def test_moments(name: str) -> None:
    """Mean and sd of mu, a new effect, every study's effect and tau."""
    exact, brute = solved(name)
    for label, density in marginals(exact).items():
        mean, sd = brute.moments(label)
        assert density.mean == pytest.approx(mean, abs=MOMENT * sd), label
        assert density.sd == pytest.approx(sd, rel=MOMENT), label
    mean = float(brute.tau_mass @ brute.tau)
    sd = float(np.sqrt(brute.tau_mass @ (brute.tau - mean) ** 2))
    assert exact.tau.mean == pytest.approx(mean, rel=MOMENT)
    assert exact.tau.sd == pytest.approx(sd, rel=MOMENT)


@pytest.mark.parametrize("name", MIXTURES)
def test_probabilities_and_quantiles(name: str) -> None:
    """Probabilities beyond zero and other points, and brute-force probabilities at the engine's quantiles."""
    exact, brute = solved(name)
    for label, density in marginals(exact).items():
        quantiles = density.quantile(POINTS)
        points = np.concatenate([[0.0, 0.2, -0.5], quantiles])
        truth = brute.below(label, points)
        assert density.cdf(points) == pytest.approx(truth, rel=PROBABILITY, abs=PROBABILITY * 1e-3), label
        assert density.sf(points) == pytest.approx(1.0 - truth, rel=PROBABILITY, abs=PROBABILITY * 1e-3), label
        assert truth[3:] == pytest.approx(POINTS, rel=PROBABILITY), label
    for edge in brute.edges[1:-1]:
        beyond = float(brute.tau_mass[brute.tau > edge].sum())
        assert float(exact.tau.sf(edge)) == pytest.approx(beyond, rel=PROBABILITY, abs=1e-12)


@pytest.mark.parametrize("name", MIXTURES)
def test_modes_and_shortest_intervals(name: str) -> None:
    """The mode is the highest point, and the shortest interval holds 95 % with no shorter one beside it."""
    exact, brute = solved(name)
    for label in ("mu", "theta_new"):
        density = marginals(exact)[label]
        highest = brute.x[brute.density[label].argmax()]
        assert density.mode == pytest.approx(highest, abs=brute.step) or density.mode == pytest.approx(
            -highest, abs=brute.step  # two equal modes
        )  # fmt: skip
        low, high = density.shortest(0.95)
        assert float(np.diff(brute.below(label, np.array([low, high])))[0]) == pytest.approx(0.95, abs=1e-7)
        tails = np.linspace(1e-6, 0.05 - 1e-6, 501)
        lengths = density.quantile(tails + 0.95) - density.quantile(tails)
        assert high - low <= lengths.min() * (1.0 + 1e-9)


@pytest.mark.parametrize("name", MIXTURES)
def test_log_marginal_likelihood(name: str) -> None:
    """The probability of all reports under the model, constants included."""
    exact, brute = solved(name)
    assert exact.log_marginal_likelihood == pytest.approx(np.log(brute.evidence), abs=1e-8)


@pytest.mark.parametrize("name", MIXTURES)
def test_error_bound_is_a_bound(name: str) -> None:
    """No summary of mu, tau or a new effect is further from brute force than the engine says it may be."""
    exact, brute = solved(name)
    worst = 0.0
    for label in ("mu", "theta_new"):
        density = marginals(exact)[label]
        mean, sd = brute.moments(label)
        size = float(np.diff(density.interval(0.68))[0]) / 2.0
        slope = np.exp(density.log_pdf(density.quantile(np.array([0.025, 0.5, 0.975]))))
        missed = brute.below(label, density.quantile(np.array([0.025, 0.5, 0.975]))) - np.array([0.025, 0.5, 0.975])
        worst = max(worst, abs(density.mean - mean) / size, abs(density.sd - sd) / size)
        worst = max(worst, float(np.abs(missed / slope).max()) / size)
    mean = float(brute.tau_mass @ brute.tau)
    worst = max(worst, abs(exact.tau.mean - mean) / float(np.diff(exact.tau.interval(0.68))[0]) * 2.0)
    assert exact.error_bound < 1e-6
    assert worst <= exact.error_bound + FLOOR


# --- properties of every solution --------------------------------------------------------------------------


def summary(exact: ExactPosterior) -> np.ndarray:
    """Return the summaries of every marginal as one array."""
    found = []
    for density in (exact.mu, exact.tau, exact.theta_new, *exact.theta):
        found += [*density.quantile(POINTS), density.mode, *density.shortest(0.95)]
        found += [value for value in (density.mean, density.sd) if value is not None]
    return np.array([*found, *exact.share])


def study_curves(name: str) -> list[Curve]:
    """Return the engine's curves of a mixture."""
    return [curve_of(kind, cells) for kind, cells, _ in MIXTURES[name].rows]


def dataset(name: str) -> list[Curve]:
    """Return the normal curves of a reference data set."""
    with (INPUTS / f"{name}.csv").open(encoding="utf-8") as file:
        return [normal_curve(float(row["yi"]), float(row["sei"])) for row in csv.DictReader(file)]


@pytest.mark.parametrize("name", ["disability", "proportions with empty and full cells"])
def test_order_of_studies_does_not_matter(name: str) -> None:
    """Reversed studies give the same pooled numbers, and each study keeps its own."""
    curves, evidence = study_curves(name), MIXTURES[name]
    there, back = solve(curves, evidence.mu, evidence.tau), solve(curves[::-1], evidence.mu, evidence.tau)
    turned = replace(back, theta=back.theta[::-1], share=back.share[::-1])
    assert summary(turned) == pytest.approx(summary(there), rel=ORDER, abs=ORDER)
    assert turned.log_marginal_likelihood == pytest.approx(there.log_marginal_likelihood, rel=ORDER)


def test_order_of_normal_studies_does_not_matter() -> None:
    """The same for the closed form."""
    curves = dataset("bcg_or")
    there, back = solve(curves, STANDARD, HALF_NORMAL), solve(curves[::-1], STANDARD, HALF_NORMAL)
    turned = replace(back, theta=back.theta[::-1], share=back.share[::-1])
    assert summary(turned) == pytest.approx(summary(there), rel=ORDER, abs=ORDER)


class NotNormal(Curve):
    """A normal curve that does not say so, so that the engine takes its grid."""

    @property
    def is_normal(self) -> bool:
        """Deny it."""
        return False


@pytest.mark.parametrize(
    ("name", "mu", "tau"),
    [
        ("crins2014_ar", Prior("normal", (0.0, 4.0)), HALF_NORMAL),
        ("crins2014_ar", Prior("flat"), HALF_NORMAL),
        ("crins2014_srr", STANDARD, Prior("uniform", (0.0, 4.0))),
        ("rubin1981", Prior("normal", (0.0, 50.0)), Prior("half_normal", (10.0,))),
        ("rubin1981", Prior("normal", (0.0, 50.0)), Prior("half_cauchy", (25.0,))),
        ("crins2014_ar_rct", STANDARD, Prior("half_cauchy", (0.5,))),
        ("bcg_rd", STANDARD, HALF_NORMAL),
    ],
)
def test_closed_form_equals_grid(name: str, mu: Prior, tau: Prior) -> None:
    """Normal reports through the grid for any curve give what the closed form gives."""
    curves = dataset(name)
    hidden = [NotNormal(**{field: getattr(curve, field) for field in curve.__dataclass_fields__}) for curve in curves]
    closed, grid = solve(curves, mu, tau), solve(hidden, mu, tau)
    for one, other in zip(
        (closed.mu, closed.tau, closed.theta_new, *closed.theta),
        (grid.mu, grid.tau, grid.theta_new, *grid.theta),
        strict=True,
    ):
        size = float(np.diff(one.interval(0.68))[0]) / 2.0
        assert other.quantile(POINTS) == pytest.approx(one.quantile(POINTS), abs=GRID * size)
        assert other.mode == pytest.approx(one.mode, abs=1e2 * GRID * size)
        assert other.shortest(0.95) == pytest.approx(one.shortest(0.95), abs=1e1 * GRID * size)
        assert (other.mean is None, other.sd is None) == (one.mean is None, one.sd is None)
        if one.mean is not None:
            assert other.mean == pytest.approx(one.mean, abs=GRID * size)
        if one.sd is not None:
            assert other.sd == pytest.approx(one.sd, rel=GRID)
    assert grid.share == pytest.approx(closed.share, abs=GRID)
    if closed.log_marginal_likelihood is None:
        assert grid.log_marginal_likelihood is None
    else:
        assert grid.log_marginal_likelihood == pytest.approx(closed.log_marginal_likelihood, abs=GRID)


def test_exchanging_all_groups_mirrors_the_posterior() -> None:
    """With every sign flipped, and the prior of mu with them, every effect changes its sign and tau stays."""
    flipped = {"+": "-", "-": "+", "?": "?"}
    rows = MIXTURES["disability"].rows
    curves = study_curves("disability")
    mirror = []
    for (kind, cells, _), curve in zip(rows, curves, strict=True):
        if kind == "yi_sei":
            mirror.append(normal_curve(-float(curve.center[0]), float(curve.width[0])))
        else:
            mirror.append(curve_of(kind, {**cells, "sign": flipped[str(cells.get("sign", "?"))]}))
    there = solve(curves, Prior("normal", (0.3, 1.0)), HALF_NORMAL)
    back = solve(mirror, Prior("normal", (-0.3, 1.0)), HALF_NORMAL)
    for one, other in zip(
        (there.mu, there.theta_new, *there.theta), (back.mu, back.theta_new, *back.theta), strict=True
    ):
        assert -other.quantile(1.0 - POINTS) == pytest.approx(one.quantile(POINTS), abs=1e-9)
    assert back.tau.quantile(POINTS) == pytest.approx(there.tau.quantile(POINTS), abs=1e-9)


def test_change_of_unit() -> None:
    """Curves and priors in another unit give the same posterior in that unit."""
    curves, factor = study_curves("disability"), 1.8137993642342178
    one = solve(curves, STANDARD, HALF_NORMAL)
    other = solve(
        [curve.scaled(factor) for curve in curves],
        Prior("normal", (0.0, factor)),
        Prior("half_normal", (0.5 * factor,)),
    )
    for a, b in zip((one.mu, one.tau, one.theta_new), (other.mu, other.tau, other.theta_new), strict=True):
        assert b.quantile(POINTS) / factor == pytest.approx(a.quantile(POINTS), abs=1e-8)
    assert other.share == pytest.approx(one.share, abs=1e-8)


def test_shares_of_information_leave_a_part_to_the_prior() -> None:
    """Shares are those of a precise study, of a weak one and of the prior, in that order."""
    exact = solve(
        [normal_curve(0.3, 0.1), curve_of("direction", {"sign": "+", "n1i": 9.0, "n2i": 9.0})], STANDARD, HALF_NORMAL
    )
    assert exact.share[0] > 5.0 * exact.share[1] > 0.0
    assert 0.0 < 1.0 - exact.share.sum() < 1.0


# --- priors, moments, refusals -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tau", "truth"),
    [
        (Prior("half_normal", (0.5,)), halfnorm(scale=0.5)),
        (Prior("half_cauchy", (0.5,)), halfcauchy(scale=0.5)),
        (Prior("uniform", (0.1, 2.0)), uniform(0.1, 1.9)),
    ],
    ids=["half_normal", "half_cauchy", "uniform"],
)
def test_no_studies_give_the_prior(tau: Prior, truth: Any) -> None:
    """Without reports mu, tau and a new effect are as the prior says."""
    exact = solve([], Prior("normal", (0.3, 1.2)), tau)
    assert exact.mu.quantile(POINTS) == pytest.approx(norm.ppf(POINTS, 0.3, 1.2), abs=1e-9)
    assert exact.tau.quantile(POINTS) == pytest.approx(truth.ppf(POINTS), rel=1e-8)
    assert exact.mu.sd == pytest.approx(1.2, rel=1e-9)
    assert exact.log_marginal_likelihood == pytest.approx(0.0, abs=1e-9)
    assert exact.theta == ()
    assert exact.share.size == 0
    direct, _ = quad(lambda p: norm.cdf(1.5, 0.3, np.hypot(1.2, truth.ppf(p))), 0.0, 1.0, epsabs=1e-10, limit=200)
    assert float(exact.theta_new.cdf(1.5)) == pytest.approx(direct, abs=1e-8)
    if tau.family == "half_cauchy":
        assert (exact.tau.mean, exact.tau.sd, exact.theta_new.mean, exact.theta_new.sd) == (None, None, None, None)
    else:
        assert exact.theta_new.sd == pytest.approx(np.sqrt(1.44 + truth.var() + truth.mean() ** 2), rel=1e-8)


@pytest.mark.parametrize(
    ("studies", "mu", "expected"),
    [
        # tau falls as tau ** -(2 + studies), one power less for a flat prior of mu: a mean needs 2, an sd needs 3
        (0, STANDARD, (False, False)),
        (1, STANDARD, (True, False)),
        (2, STANDARD, (True, True)),
        (2, Prior("flat"), (True, False)),
        (3, Prior("flat"), (True, True)),
    ],
)
def test_moments_that_do_not_exist_are_none(studies: int, mu: Prior, expected: tuple[bool, bool]) -> None:
    """Under a half-Cauchy prior the moments of tau and of a new effect exist only with enough studies."""
    curves = [normal_curve(0.1 * i, 0.3) for i in range(studies)]
    exact = solve(curves, mu, Prior("half_cauchy", (0.5,)))
    for density in (exact.tau, exact.theta_new):
        assert (density.mean is not None, density.sd is not None) == expected
    assert exact.mu.mean is not None
    assert (exact.mu.sd is not None) == (expected[1] or mu.family == "normal")
    for density in exact.theta:
        assert density.mean is not None
        assert density.sd is not None


def test_a_direction_does_not_bound_tau() -> None:
    """Reports that are open on one side lend no moments: tau keeps the tail of its prior."""
    curves = [curve_of("direction", {"sign": sign, "n1i": 20.0, "n2i": 20.0}) for sign in "++-"]
    exact = solve(curves, STANDARD, Prior("half_cauchy", (0.5,)))
    assert (exact.tau.mean, exact.tau.sd, exact.theta_new.mean, exact.theta_new.sd) == (None, None, None, None)
    assert exact.mu.sd is not None


def test_one_study_without_a_prior_is_refused() -> None:
    """A flat prior of mu that nothing bounds once the only study is left out raises instead of answering."""
    with pytest.raises(ArithmeticError):
        solve([normal_curve(0.1, 0.2)], Prior("flat"), HALF_NORMAL)


def test_directions_of_one_sign_without_a_prior_are_refused() -> None:
    """A flat prior of mu that no report bounds from above raises instead of answering."""
    with pytest.raises(ArithmeticError):
        solve([curve_of("direction", {"sign": "+", "n1i": 20.0, "n2i": 20.0})] * 3, Prior("flat"), HALF_NORMAL)


def test_studies_are_left_out_on_request() -> None:
    """studies=False gives the same pooled numbers: the grid lies elsewhere, and shares are differences on it."""
    curves = study_curves("directions only")
    whole, short = solve(curves, STANDARD, HALF_NORMAL), solve(curves, STANDARD, HALF_NORMAL, studies=False)
    assert short.theta == ()
    assert summary(short) == pytest.approx(summary(replace(whole, theta=())), rel=1e-8)
    assert 0.0 < short.error_bound < 1e-9


@pytest.mark.parametrize("scale", [0.3, 0.2, 0.05])
def test_a_conflict_with_a_tight_prior_is_covered_by_the_bound(scale: float) -> None:
    """5 and 95 of 100 under a prior that hardly lets them differ: far in the tails of both, the bound grows."""
    mu, tau = Prior("normal", (0.0, 1.5)), Prior("half_normal", (scale,))
    exact = solve([curve_of("proportion", {"xi": x, "ni": 100.0}) for x in (5.0, 95.0)], mu, tau)
    if scale < 0.1:  # nothing is left of the digits, of brute force either, and the engine says so
        assert exact.error_bound > 0.01
        return
    brute = BruteForce([proportion(5, 100), proportion(95, 100)], mu, tau, 60.0, 0.02, 2.0 + 7.0 * scale)
    sd = brute.moments("mu")[1]
    assert abs(exact.mu.sd - sd) < exact.error_bound * sd


# --- studies that say nothing, hopeless conflicts, huge counts ---------------------------------------------


def test_a_flat_curve_changes_nothing() -> None:
    """A study that says nothing has share 0 and the effect of a new study; the rest is as without it."""
    curves = study_curves("disability")
    plain = solve(curves, STANDARD, HALF_NORMAL)
    exact = solve([curves[0], flat_curve(), *curves[1:]], STANDARD, HALF_NORMAL)
    assert summary(replace(exact, theta=(), share=exact.share[[0, 2, 3, 4, 5]])) == pytest.approx(
        summary(replace(plain, theta=())), rel=ORDER, abs=ORDER
    )
    assert exact.share[1] == 0.0
    assert exact.theta[1].quantile(POINTS) == pytest.approx(plain.theta_new.quantile(POINTS), abs=ORDER)
    assert exact.log_marginal_likelihood == pytest.approx(plain.log_marginal_likelihood, abs=ORDER)


def test_flat_curves_alone_give_the_prior() -> None:
    """Nothing but studies that say nothing: the prior, and draws of it."""
    mu = Prior("normal", (0.3, 1.2))
    exact = solve([flat_curve(), flat_curve()], mu, HALF_NORMAL)
    assert exact.mu.quantile(POINTS) == pytest.approx(norm.ppf(POINTS, 0.3, 1.2), abs=1e-9)
    assert exact.log_marginal_likelihood == pytest.approx(0.0, abs=1e-9)
    assert list(exact.share) == [0.0, 0.0]
    draws = exact_draws([flat_curve(), flat_curve()], ModelSpec("test", "smd", mu, HALF_NORMAL), exact.tau, seed=1)
    assert draws["theta"].shape == (4, 1000, 2)
    assert draws["theta"].std() == pytest.approx(np.sqrt(1.44 + 0.25), rel=0.05)


def test_a_flat_curve_does_not_bound_a_flat_prior() -> None:
    """With a flat prior of mu a study that says nothing bounds it on no side."""
    with pytest.raises(ArithmeticError):
        solve([normal_curve(0.1, 0.2), flat_curve()], Prior("flat"), HALF_NORMAL)
    one = solve([normal_curve(0.1, 0.2), normal_curve(0.3, 0.2)], Prior("flat"), HALF_NORMAL)
    two = solve([normal_curve(0.1, 0.2), flat_curve(), normal_curve(0.3, 0.2)], Prior("flat"), HALF_NORMAL)
    assert two.mu.quantile(POINTS) == pytest.approx(one.mu.quantile(POINTS), abs=ORDER)


def test_a_hopeless_conflict_is_told_fast() -> None:
    """5 and 95 of 100 under a prior that forbids the difference: refused, or a bound that fails the gate, soon."""
    curves = [curve_of("proportion", {"xi": x, "ni": 100.0}) for x in (5.0, 95.0)]
    start = process_time()
    try:
        bound = solve(curves, Prior("normal", (0.0, 1.5)), Prior("half_normal", (0.1,))).error_bound
    except ArithmeticError:
        bound = np.inf
    assert bound > 1e-6
    assert process_time() - start < 2.0


def test_no_error_bound_below_rounding() -> None:
    """The bound of a closed form is never stated as nothing."""
    assert solve(dataset("bcg_or"), STANDARD, HALF_NORMAL).error_bound >= 1e-12


@pytest.mark.parametrize(("x", "n"), [(500_000.0, 1_000_000.0), (5_000_000.0, 10_000_000.0), (3.0, 10_000_000.0)])
def test_counts_of_millions(x: float, n: float) -> None:
    """Counts of millions lose no digits: the curve is the normal that they make it, or Poisson's."""
    curve = curve_of("proportion", {"xi": x, "ni": n})
    sei = (x * (n - x) / n) ** -0.5
    center = float(np.log(x / (n - x)))
    assert curve.error < 1e-10
    theta = center + sei * np.linspace(-2.0, 2.0, 41)
    direct = x * (theta - center) - n * np.log1p(x / n * np.expm1(theta - center))
    assert curve.log_value(theta) - curve.log_value(np.array([center])) == pytest.approx(direct, abs=1e-8)


def test_a_kink_is_pooled() -> None:
    """A risk difference without events, whose curve has a kink, beside others: the mean of mu by brute force."""

    def kinked(theta: np.ndarray) -> np.ndarray:
        inside = np.log1p(-np.minimum(np.abs(theta), 1.0 - 1e-16))
        return np.where(np.abs(theta) < 1.0, np.where(theta >= 0.0, 20.0, 30.0) * inside, -np.inf)

    others = [normal_curve(0.1, 0.05), normal_curve(-0.05, 0.08), normal_curve(0.2, 0.1)]
    mu, tau = Prior("normal", (0.0, 0.5)), Prior("half_normal", (0.1,))
    exact = solve([fit_curve(kinked, 0.0, 0.05), *others], mu, tau)
    likelihoods = [lambda t: np.exp(kinked(t)), estimate(0.1, 0.05), estimate(-0.05, 0.08), estimate(0.2, 0.1)]
    brute = BruteForce(likelihoods, mu, tau, 2.0, 0.00025, 0.85)
    mean, sd = brute.moments("mu")
    assert exact.mu.mean == pytest.approx(mean, abs=1e-6 * sd)
    assert exact.mu.sd == pytest.approx(sd, rel=1e-6)
    assert exact.error_bound < 1e-4


def test_a_heavy_tailed_tau_on_mixed_evidence_keeps_its_bound() -> None:
    """Lesion load under a half-Cauchy: a far panel that carries nothing once blew the bound up to thousands of sds."""
    from irlbayes import workflow

    table = workflow.read_reports("irl")
    curves = [study.curve for study in workflow.effect_table(table, "lesion_load").studies]
    for sd in (0.3, 0.5, 1.0):
        assert solve(curves, Prior("normal", (0.0, sd)), Prior("half_cauchy", (0.3,)), False).error_bound < 1e-6
