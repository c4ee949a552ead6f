"""Resolved densities against SciPy's distributions: moments, quantiles, intervals, modes and tails."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq, minimize_scalar
from scipy.special import logsumexp, ndtr

from irlbayes.core.building import Plan, build
from irlbayes.core.density import Density

LOWER = np.array([1e-12, 1e-9, 1e-6, 1e-3, 0.025, 0.2, 0.5])
UPPER = np.array([0.7, 0.975, 0.999, 1.0 - 1e-6, 1.0 - 1e-9])
LEVELS = (0.5, 0.9, 0.95, 0.99)
RESOLVED = 2e-8  # relative distance of a tail probability: panels are resolved to 1e-9 in the log


@dataclass(frozen=True)
class Mixture:
    """A mixture of two normals, with the methods of a SciPy distribution that are used here."""

    share: float
    first: tuple[float, float]
    second: tuple[float, float]

    def _z(self, x: Any) -> Any:
        return np.stack([(np.asarray(x) - mean) / sd for mean, sd in (self.first, self.second)])

    def logpdf(self, x: Any) -> Any:
        """Log density."""
        ends = [1] * np.ndim(x)
        shares = np.array([self.share, 1.0 - self.share]).reshape(2, *ends)
        sds = np.array([self.first[1], self.second[1]]).reshape(2, *ends)
        return logsumexp(-0.5 * self._z(x) ** 2 - np.log(np.sqrt(2.0 * np.pi) * sds), axis=0, b=shares)

    def pdf(self, x: Any) -> Any:
        """Density."""
        return np.exp(self.logpdf(x))

    def cdf(self, x: Any) -> Any:
        """P(X <= x)."""
        return np.tensordot([self.share, 1.0 - self.share], ndtr(self._z(x)), axes=1)

    def sf(self, x: Any) -> Any:
        """P(X > x)."""
        return np.tensordot([self.share, 1.0 - self.share], ndtr(-self._z(x)), axes=1)

    def _solve(self, p: Any, tail: Callable[[float], float], sign: float) -> Any:
        far = [m + k * s for m, s in (self.first, self.second) for k in (-45.0, 45.0)]
        return np.array(
            [brentq(lambda x, v=v: sign * (tail(x) - v), min(far), max(far), xtol=1e-14) for v in np.atleast_1d(p)]
        ).reshape(np.shape(p))

    def ppf(self, p: Any) -> Any:
        """Quantile."""
        return self._solve(p, self.cdf, 1.0)

    def isf(self, p: Any) -> Any:
        """Upper quantile."""
        return self._solve(p, self.sf, -1.0)

    def mean(self) -> float:
        """Mean."""
        return self.share * self.first[0] + (1.0 - self.share) * self.second[0]

    def std(self) -> float:
        """Standard deviation."""
        gap = self.first[0] - self.second[0]
        within = self.share * self.first[1] ** 2 + (1.0 - self.share) * self.second[1] ** 2
        return float(np.sqrt(within + self.share * (1.0 - self.share) * gap**2))


@dataclass(frozen=True)
class Case:
    """A known distribution, with a rough center and unit as the engine would give, and its mode."""

    truth: Any
    origin: float
    unit: float
    mode: float
    support: tuple[float, float] = (-np.inf, np.inf)
    moments: int = 2


CASES = {
    "normal": Case(stats.norm(3.0, 2.0), 2.5, 1.7, 3.0),
    "normal, rough start": Case(stats.norm(3.0, 2.0), 8.0, 0.5, 3.0),
    "normal, far from zero": Case(stats.norm(-1500.0, 0.02), -1500.0, 0.03, -1500.0),
    "t3": Case(stats.t(3.0, 1.0, 0.5), 0.8, 0.6, 1.0),
    "half-normal": Case(stats.halfnorm(scale=0.5), 0.0, 0.2, 0.0, (0.0, np.inf)),
    "half-cauchy": Case(stats.halfcauchy(scale=25.0), 0.0, 10.0, 0.0, (0.0, np.inf), moments=0),
    "gamma": Case(stats.gamma(2.5, scale=0.4), 0.0, 0.3, 0.6, (0.0, np.inf)),
    "two modes and a gap": Case(Mixture(0.3, (-4.0, 0.5), (5.0, 0.8)), 2.0, 3.0, 5.0),
}


def solved(name: str) -> tuple[Density, Case]:
    """Return a case and its density, built from a log density that lacks its constant."""
    case = CASES[name]
    density, _ = build(
        lambda x: case.truth.logpdf(x) - 12.5, Plan(case.origin, case.unit, support=case.support, moments=case.moments)
    )
    return density, case


def spread(truth: Any) -> float:
    """Return half the width of the middle two thirds."""
    return float(truth.ppf(5.0 / 6.0) - truth.ppf(1.0 / 6.0)) / 2.0


@pytest.mark.parametrize("name", CASES)
def test_integral(name: str) -> None:
    """The log of the integral is what was taken away, and node masses sum to one."""
    case = CASES[name]
    density, log_integral = build(
        lambda x: case.truth.logpdf(x) - 12.5, Plan(case.origin, case.unit, support=case.support)
    )
    assert log_integral == pytest.approx(-12.5, abs=1e-10)
    assert float(density.mass.sum()) == pytest.approx(1.0, abs=1e-13)
    assert (np.diff(density.x) > 0.0).all()


@pytest.mark.parametrize("name", CASES)
def test_moments(name: str) -> None:
    """Mean and sd are SciPy's; None where they do not exist."""
    density, case = solved(name)
    if case.moments == 0:
        assert density.mean is None
        assert density.sd is None
        return
    assert density.mean == pytest.approx(case.truth.mean(), rel=1e-9, abs=1e-9 * case.truth.std())
    assert density.sd == pytest.approx(case.truth.std(), rel=1e-8)


def test_a_mean_may_exist_without_an_sd() -> None:
    """With one moment declared the mean is given and the sd is None."""
    density, _ = build(stats.t(1.8).logpdf, Plan(0.0, 1.0, moments=1))
    assert density.mean == pytest.approx(0.0, abs=1e-9)
    assert density.sd is None


@pytest.mark.parametrize("name", CASES)
def test_quantiles(name: str) -> None:
    """Quantiles from 1e-12 to 1 - 1e-9, to 1e-8 of the local scale."""
    density, case = solved(name)
    low, high = density.quantile(LOWER), density.quantile(UPPER)
    expected = case.truth.ppf(LOWER), case.truth.isf(1.0 - UPPER)
    # an error of e in a tail probability p moves its quantile by e p / density
    unit_low = LOWER / case.truth.pdf(expected[0])
    unit_high = (1.0 - UPPER) / case.truth.pdf(expected[1])
    steps = 1e-12 * case.unit + 1e-12 * np.abs(np.concatenate(expected))  # what the search for a quantile leaves
    assert (np.abs(low - expected[0]) < RESOLVED * unit_low + steps[: LOWER.size]).all()
    assert (np.abs(high - expected[1]) < RESOLVED * unit_high + steps[LOWER.size :]).all()


@pytest.mark.parametrize("name", CASES)
def test_tails(name: str) -> None:
    """Both tail probabilities keep their digits where they are small, down to 1e-12."""
    density, case = solved(name)
    x = np.concatenate([case.truth.ppf(LOWER), case.truth.isf(1.0 - UPPER), case.truth.isf(np.array([1e-12]))])
    assert density.cdf(x) == pytest.approx(case.truth.cdf(x), rel=RESOLVED, abs=0.0)
    assert density.sf(x) == pytest.approx(case.truth.sf(x), rel=RESOLVED, abs=0.0)
    assert density.cdf(x) + density.sf(x) == pytest.approx(np.ones(x.size), abs=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_log_pdf(name: str) -> None:
    """The density itself, and nothing outside the support."""
    density, case = solved(name)
    x = case.truth.ppf(np.linspace(1e-9, 1.0 - 1e-9, 101))
    assert density.log_pdf(x) == pytest.approx(case.truth.logpdf(x), abs=1e-8)
    if case.support[0] == 0.0:
        assert (density.log_pdf(np.array([-1.0, -1e-9])) == -np.inf).all()
        assert float(density.cdf(-1.0)) == 0.0
        assert float(density.sf(-1.0)) == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_mode(name: str) -> None:
    """The highest point, which is an end of the support where the density falls from it."""
    density, case = solved(name)
    assert density.mode == pytest.approx(case.mode, rel=1e-12, abs=1e-7 * spread(case.truth))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", CASES)
def test_central_interval(name: str, level: float) -> None:
    """Equal tails."""
    density, case = solved(name)
    expected = float(case.truth.ppf(0.5 - 0.5 * level)), float(case.truth.ppf(0.5 + 0.5 * level))
    assert density.interval(level) == pytest.approx(expected, rel=1e-8, abs=1e-8 * spread(case.truth))


def shortest_by_search(truth: Any, level: float) -> tuple[float, float]:
    """Find the shortest interval by trying lower tails: a dense grid, then a bounded search around the best."""
    tails = np.linspace(0.0, 1.0 - level, 401)
    lengths = [float(truth.ppf(tail + level) - truth.ppf(tail)) for tail in tails]
    best = int(np.nanargmin(lengths))
    ends = tails[max(best - 1, 0)], tails[min(best + 1, 400)]
    found = minimize_scalar(
        lambda tail: float(truth.ppf(tail + level) - truth.ppf(tail)), bounds=ends, method="bounded",
        options={"xatol": 1e-12},
    )  # fmt: skip
    tail = min((found.x, *ends), key=lambda tail: float(truth.ppf(tail + level) - truth.ppf(tail)))
    return float(truth.ppf(tail)), float(truth.ppf(tail + level))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", [name for name in CASES if name != "two modes and a gap"])
def test_shortest_interval(name: str, level: float) -> None:
    """No search finds a shorter one, and ends agree as closely as a flat optimum lets a search find them."""
    density, case = solved(name)
    low, high = density.shortest(level)
    expected = shortest_by_search(case.truth, level)
    unit = spread(case.truth)
    assert float(case.truth.cdf(high) - case.truth.cdf(low)) == pytest.approx(level, abs=1e-9)
    assert high - low <= (expected[1] - expected[0]) * (1.0 + 1e-9) + 1e-12 * abs(expected[0])
    assert (low, high) == pytest.approx(expected, rel=1e-12, abs=3e-5 * unit)


@pytest.mark.parametrize("level", LEVELS)
def test_shortest_interval_with_two_modes(level: float) -> None:
    """One interval, around the heavier mode or across the gap, whichever is shorter."""
    density, case = solved("two modes and a gap")
    low, high = density.shortest(level)
    expected = shortest_by_search(case.truth, level)
    assert float(case.truth.cdf(high) - case.truth.cdf(low)) == pytest.approx(level, abs=1e-9)
    assert high - low == pytest.approx(expected[1] - expected[0], rel=1e-8)
    assert (low, high) == pytest.approx(expected, abs=1e-4)


def test_shortest_interval_of_exactly_one_mode() -> None:
    """Two equal modes and a level of one half: every shift from one to the other is 4 wide, and none is shorter."""
    truth = Mixture(0.5, (-2.0, 0.25), (2.0, 0.25))
    density, _ = build(truth.logpdf, Plan(truth.mean(), truth.std()))
    low, high = density.shortest(0.5)
    assert float(truth.cdf(high) - truth.cdf(low)) == pytest.approx(0.5, abs=1e-9)
    assert high - low == pytest.approx(4.0, abs=1e-6)


def test_bounded_support() -> None:
    """A flat density between two ends: moments, quantiles and intervals of the uniform distribution."""
    density, log_integral = build(lambda x: np.zeros_like(x), Plan(0.0, 1.0, support=(0.5, 4.5)))
    assert log_integral == pytest.approx(np.log(4.0), abs=1e-12)
    assert density.mean == pytest.approx(2.5, abs=1e-11)
    assert density.sd == pytest.approx(4.0 / np.sqrt(12.0), abs=1e-11)
    assert density.quantile(np.array([0.0, 0.25, 1.0])) == pytest.approx([0.5, 1.5, 4.5], abs=1e-10)
    assert float(density.sf(5.0)) == 0.0
    low, high = density.interval(0.9)
    assert (low, high) == pytest.approx((0.7, 4.3), abs=1e-10)


def test_rising_to_an_end() -> None:
    """A density that rises to its upper end has its mode there, and its shortest interval ends there."""
    truth = stats.beta(3.0, 1.0)
    density, _ = build(lambda x: 2.0 * np.log(np.maximum(x, 1e-300)), Plan(0.5, 0.3, support=(0.0, 1.0)))
    assert density.mean == pytest.approx(truth.mean(), rel=1e-9)
    assert density.mode == pytest.approx(1.0, abs=1e-12)
    assert density.shortest(0.9) == pytest.approx((truth.ppf(0.1), 1.0), rel=1e-8)


@pytest.mark.parametrize(
    ("log_pdf", "support"),
    [
        (lambda x: np.zeros_like(x), (-np.inf, np.inf)),
        (lambda x: -np.log1p(np.abs(x)), (0.0, np.inf)),
        (lambda x: np.full_like(x, -np.inf), (-np.inf, np.inf)),
    ],
    ids=["flat", "too heavy a tail", "nowhere positive"],
)
def test_what_cannot_be_normalized_is_refused(log_pdf: Callable[[Any], Any], support: tuple[float, float]) -> None:
    """An improper density raises instead of answering."""
    with pytest.raises(ArithmeticError):
        build(log_pdf, Plan(0.0, 1.0, support=support))


def test_what_is_too_rough_is_refused() -> None:
    """A density that no panel resolves raises instead of answering."""
    with pytest.raises(ArithmeticError, match="too rough"):
        build(lambda x: -0.5 * x**2 + 0.1 * np.sin(1e9 * x), Plan(0.0, 1.0))


mixtures = st.builds(
    Mixture,
    st.floats(0.05, 0.95),
    st.tuples(st.floats(-5.0, 5.0), st.floats(0.1, 3.0)),
    st.tuples(st.floats(-5.0, 5.0), st.floats(0.1, 3.0)),
)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(mixtures, st.floats(1e-8, 1.0 - 1e-8), st.floats(0.3, 0.99))
def test_any_mixture_keeps_its_promises(truth: Mixture, p: float, level: float) -> None:
    """quantile and cdf are inverse, tails sum to one, intervals hold their probability, the shortest is shortest."""
    assume(min(abs(truth.share - level), abs(1.0 - truth.share - level)) > 1e-3)  # exactly one mode: see above
    density, log_integral = build(truth.logpdf, Plan(truth.mean(), truth.std()))
    assert log_integral == pytest.approx(0.0, abs=1e-7)
    x = float(density.quantile(p))
    assert float(density.cdf(x)) == pytest.approx(p, rel=1e-9)
    assert float(truth.cdf(x)) == pytest.approx(p, rel=1e-6)
    assert float(density.cdf(x) + density.sf(x)) == pytest.approx(1.0, abs=1e-9)
    assert density.mean == pytest.approx(truth.mean(), abs=1e-7 * truth.std())
    assert density.sd == pytest.approx(truth.std(), rel=1e-7)
    central, shortest = density.interval(level), density.shortest(level)
    for low, high in (central, shortest):
        assert float(density.cdf(high) - density.cdf(low)) == pytest.approx(level, abs=1e-9)
    assert shortest[1] - shortest[0] <= (central[1] - central[0]) * (1.0 + 1e-8)
    assert truth.logpdf(np.array([density.mode]))[0] >= truth.logpdf(np.linspace(-8.0, 8.0, 2001)).max() - 1e-6
