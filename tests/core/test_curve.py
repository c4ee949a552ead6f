"""Likelihood curves: closed under smoothing, sums and changes of unit; fitted ones with the error they declare."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import comb, exp, log, pi, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit, gammaln, log_expit, logsumexp
from scipy.stats import norm

from irlbayes.core.curve import (
    Curve,
    fit_curve,
    flat_curve,
    join,
    log_smooth_all,
    normal_curve,
    normal_mixture,
    probit_curve,
)
from irlbayes.core.fitting import OVERLAP, interpolation

THETA = np.linspace(-6.0, 6.0, 241)


def phi(z: float) -> float:
    """Return the standard normal density of one number: SciPy's takes twenty times as long, which `quad` repeats."""
    return exp(-0.5 * z * z) / sqrt(2.0 * pi)


def value(curve: Curve, theta: Any) -> Any:
    """Return L(theta)."""
    return np.exp(curve.log_value(np.asarray(theta)))


def fitted(curve: Curve, truth: Any, theta: Any) -> float:
    """Return the largest distance of a fitted curve, as a share of the maximum."""
    return float(np.abs(value(curve, theta) - truth).max() / truth.max())


# --- exact curves ------------------------------------------------------------------------------------------


def test_normal_curve() -> None:
    """One normal term: its density as a function of theta, and the wider one after smoothing."""
    curve = normal_curve(0.4, 0.2)
    assert curve.is_normal
    assert curve.log_value(THETA) == pytest.approx(norm.logpdf(0.4, THETA, 0.2), abs=1e-10)
    tau = np.array([0.0, 0.3, 5.0])
    smooth = curve.log_smooth(THETA, tau)
    assert smooth.shape == (3, THETA.size)
    assert smooth == pytest.approx(norm.logpdf(0.4, THETA, np.hypot(0.2, tau)[:, None]), abs=1e-9)
    assert curve.peak == pytest.approx(norm.pdf(0.0, scale=0.2))
    assert curve.limits == (0.0, 0.0)
    assert curve.span == (0.4, 0.4)


def test_normal_curve_keeps_its_digits_far_out() -> None:
    """A log likelihood of minus two million is as exact as one of minus two."""
    assert float(normal_curve(0.0, 0.01).log_value(np.array([20.0]))[0]) == pytest.approx(norm.logpdf(20.0, 0.0, 0.01))


def test_log_smooth_takes_a_grid_of_mu_per_tau() -> None:
    """mu may differ between rows, and long rows are cut into blocks without a trace."""
    curve = normal_mixture(np.array([-0.5, 0.7]), np.array([0.3, 0.2]), np.array([0.4, 0.6]))
    tau = np.geomspace(1e-3, 4.0, 40)
    mu = np.linspace(-1.0, 1.0, 30_001) + tau[:, None]
    whole = curve.log_smooth(mu, tau)
    assert whole.shape == (40, 30_001)
    for row in (0, 7, 39):
        assert whole[row, ::5000] == pytest.approx(curve.log_smooth(mu[row, ::5000], tau[row : row + 1])[0], rel=1e-13)


def test_probit_curve() -> None:
    """A rise keeps its place and widens; its limits and its floor stay."""
    curve = probit_curve(np.array([0.3]), np.array([0.5]), np.array([-0.7]), floor=0.9)
    assert not curve.is_normal
    assert value(curve, THETA) == pytest.approx(0.9 - 0.7 * norm.cdf((THETA - 0.3) / 0.5), rel=1e-13)
    smooth = np.exp(curve.log_smooth(THETA, np.array([1.2]))[0])
    assert smooth == pytest.approx(0.9 - 0.7 * norm.cdf((THETA - 0.3) / 1.3), rel=1e-13)
    assert curve.limits == pytest.approx((0.9, 0.2))


def test_a_sum_of_curves_is_their_sum() -> None:
    """join() adds likelihoods: one of several things was reported."""
    first = normal_mixture(np.array([-1.0, 0.2]), np.array([0.3, 0.4]), np.array([0.5, 1.0]))
    second = probit_curve(np.array([0.5]), np.array([0.2]), np.array([0.6]), floor=0.1)
    both = join(first, second)
    assert value(both, THETA) == pytest.approx(value(first, THETA) + value(second, THETA), rel=1e-12)
    assert both.limits == pytest.approx((0.1, 0.7))
    assert both.detail == 0.2
    assert both.span == (-1.0, 0.5)
    assert join(first, replace(second, error=1e-7)).error == 1e-7


def test_two_normal_terms_keep_their_digits_far_out() -> None:
    """A p-value without its sign: the log likelihood 60 standard errors out is that of the nearer term."""
    curve = join(normal_curve(-1.0, 0.1), normal_curve(1.0, 0.1))
    assert float(curve.log_value(np.array([7.0]))[0]) == pytest.approx(norm.logpdf(7.0, 1.0, 0.1), rel=1e-12)


def test_peak_bounds_the_likelihood() -> None:
    """The largest value, found at the curve's own places or bounded by its steps."""
    two = normal_mixture(np.array([-2.0, 1.0]), np.array([0.3, 0.4]), np.array([0.2, 1.0]))
    assert two.peak == pytest.approx(value(two, THETA).max(), rel=1e-3)
    hump = join(probit_curve(np.zeros(1), np.ones(1), np.ones(1)), probit_curve(np.ones(1), np.ones(1), -np.ones(1)))
    assert hump.peak >= value(hump, THETA).max()


finite = st.floats(-4.0, 4.0)
width = st.floats(0.05, 3.0)
weights = st.floats(0.05, 5.0)
mixtures = st.lists(st.tuples(finite, width, weights), min_size=1, max_size=5).map(
    lambda terms: normal_mixture(*(np.array(column) for column in zip(*terms, strict=True)))
)
rises = st.lists(st.tuples(finite, width, weights), min_size=1, max_size=4).map(
    lambda terms: probit_curve(*(np.array(column) for column in zip(*terms, strict=True)), floor=0.3)
)
curves = st.one_of(mixtures, rises, st.tuples(mixtures, rises).map(lambda pair: join(*pair)))
spreads = st.one_of(st.just(0.0), st.floats(1e-6, 4.0))
checked = settings(max_examples=60, deadline=None, derandomize=True)


@checked
@given(curves, st.floats(-5.0, 5.0), spreads)
def test_smoothing_is_the_integral(curve: Curve, mu: float, tau: float) -> None:
    """log_smooth(mu, tau) is the integral of L(theta) Normal(theta | mu, tau ** 2), by SciPy's quad."""
    found = float(np.exp(curve.log_smooth(np.array([mu]), np.array([tau]))[0, 0]))
    if tau == 0.0:
        assert found == pytest.approx(float(value(curve, [mu])[0]), rel=1e-12)
        return
    places = [float(place) for place in np.unique(np.clip((np.append(curve.center, curve.at) - mu) / tau, -9.0, 9.0))]
    direct, _ = quad(
        lambda z: float(value(curve, [mu + tau * z])[0]) * phi(z),
        -9.0, 9.0, points=places, epsabs=1e-12, epsrel=1e-11, limit=400,
    )  # fmt: skip
    assert found == pytest.approx(direct, rel=1e-9, abs=1e-10 * curve.peak)


@checked
@given(curves, spreads, spreads)
def test_smoothing_twice_is_smoothing_once(curve: Curve, first: float, second: float) -> None:
    """Variances add: smoothing by tau1 and then by tau2 is smoothing by their hypotenuse."""
    widened = replace(curve, width=np.hypot(curve.width, first), blur=np.hypot(curve.blur, first))
    twice = widened.log_smooth(THETA, np.array([second]))
    assert twice == pytest.approx(curve.log_smooth(THETA, np.array([np.hypot(first, second)])), abs=1e-8)


@checked
@given(curves, st.floats(0.05, 20.0), spreads)
def test_change_of_unit(curve: Curve, factor: float, tau: float) -> None:
    """The curve of factor * theta at factor * theta, smoothed by factor * tau, is the old one."""
    scaled = curve.scaled(factor)
    found = scaled.log_smooth(factor * THETA, np.array([factor * tau]))
    assert np.exp(found) == pytest.approx(np.exp(curve.log_smooth(THETA, np.array([tau]))), rel=1e-9, abs=1e-13)
    assert scaled.limits == pytest.approx(curve.limits, rel=1e-12)
    assert scaled.detail == pytest.approx(factor * curve.detail)


@checked
@given(curves, spreads)
def test_smoothing_stays_between_the_extremes(curve: Curve, tau: float) -> None:
    """An average of a likelihood lies between its limits and its maximum, and is finite."""
    smooth = np.exp(curve.log_smooth(THETA, np.array([tau]))[0])
    highest = value(curve, np.linspace(-40.0, 40.0, 16_001)).max()
    assert np.isfinite(smooth).all()
    assert smooth.max() <= highest * (1.0 + 2e-3)  # the grid is a tenth of the narrowest width
    assert smooth.min() >= 0.0


# --- fitted curves -----------------------------------------------------------------------------------------

# log likelihood, rough center and width, limits
SMOOTH: dict[str, tuple[Callable[[Any], Any], float, float, tuple[float, float]]] = {
    "normal": (lambda t: norm.logpdf(t, 1.3, 0.4), 1.3, 0.4, (0.0, 0.0)),
    "normal, rough start": (lambda t: norm.logpdf(t, 1.3, 0.4), 1.5, 0.3, (0.0, 0.0)),
    "13 of 66": (lambda t: log(comb(66, 13)) + 13.0 * log_expit(t) + 53.0 * log_expit(-t), -1.4, 0.3, (0.0, 0.0)),
    "1 of 2": (lambda t: log_expit(t) + log_expit(-t), 0.0, 1.4, (0.0, 0.0)),
    "5 of 5": (lambda t: 5.0 * log_expit(t), 1.9, 1.5, (0.0, 1.0)),
    "0 of 40": (lambda t: 40.0 * log_expit(-t), -4.0, 1.5, (1.0, 0.0)),
    "rise from 0.2 to 1": (lambda t: np.log(0.2 + 0.8 * expit(t)), 0.0, 1.7, (0.2, 1.0)),
    "skewed": (lambda t: 3.0 * t - np.exp(np.minimum(t, 100.0)), 1.1, 0.6, (0.0, 0.0)),
    "tiny": (lambda t: norm.logpdf(t, 1.3, 0.4) - 500.0, 1.3, 0.4, (0.0, 0.0)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_fitted_curve(name: str) -> None:
    """The fit reaches its tolerance everywhere, and says truly how far it is off."""
    log_likelihood, center, unit, limits = SMOOTH[name]
    curve = fit_curve(log_likelihood, center, unit, limits)
    theta = np.linspace(center - 40.0 * unit, center + 40.0 * unit, 8001)
    offset = float(log_likelihood(np.array([center]))[0]) if name == "tiny" else 0.0
    truth = np.exp(log_likelihood(theta) - offset)
    error = float(np.abs(np.exp(curve.log_value(theta) - offset) - truth).max() / truth.max())
    assert 0.0 < curve.error < 1e-10
    assert error < 1.5 * curve.error + 4e-15
    assert curve.limits == pytest.approx(limits, abs=1e-15)


@pytest.mark.parametrize("name", ["13 of 66", "5 of 5", "rise from 0.2 to 1"])
def test_fitted_curve_is_smoothed_exactly(name: str) -> None:
    """Smoothing the fit is smoothing the curve: the integral of the original agrees."""
    log_likelihood, center, unit, limits = SMOOTH[name]
    curve = fit_curve(log_likelihood, center, unit, limits)
    for mu in (center - 2.0 * unit, center + unit):
        for tau in (0.2 * unit, 3.0 * unit):
            direct, _ = quad(
                lambda z, mu=mu, tau=tau: float(np.exp(log_likelihood(np.array([mu + tau * z]))[0])) * phi(z),
                -9.0, 9.0, epsabs=1e-13, epsrel=1e-12, limit=400,
            )  # fmt: skip
            found = float(np.exp(curve.log_smooth(np.array([mu]), np.array([tau]))[0, 0]))
            assert found == pytest.approx(direct, abs=3e-10 * curve.peak)


def test_a_looser_tolerance_is_kept() -> None:
    """The tolerance is what the caller asks for, and a rougher one needs fewer terms."""
    log_likelihood, center, unit, _ = SMOOTH["13 of 66"]
    rough, fine = fit_curve(log_likelihood, center, unit, tolerance=1e-5), fit_curve(log_likelihood, center, unit)
    assert fine.error < 1e-10 < rough.error < 1e-5
    assert sum(part.coefficient.size for part in rough.packets) < sum(part.coefficient.size for part in fine.packets)


@pytest.mark.parametrize(
    ("log_likelihood", "words"),
    [
        (lambda t: np.where(t >= 0.0, -t, -np.inf), "could not be fitted"),
        (lambda t: -np.log1p(t**2), "does not fall off"),
        (lambda t: np.zeros_like(t), "does not fall off"),
    ],
    ids=["a jump", "a heavy tail", "flat without limits"],
)
def test_what_cannot_be_fitted_is_refused(log_likelihood: Callable[[Any], Any], words: str) -> None:
    """A curve that is not smooth, or falls off too slowly, raises instead of answering roughly."""
    with pytest.raises(ArithmeticError, match=words):
        fit_curve(log_likelihood, 0.0, 1.0)


def test_fitted_tail_is_noise_that_is_held_at_a_floor() -> None:
    """Far out a fitted curve is 1e-15 of its peak, never negative, infinite or not a number."""
    log_likelihood, center, unit, _ = SMOOTH["13 of 66"]
    curve = fit_curve(log_likelihood, center, unit)
    far = value(curve, np.array([-300.0, -60.0, 60.0, 300.0]))
    assert (far >= 0.99e-15 * curve.peak).all()
    assert (far <= 1e-10 * curve.peak).all()


@pytest.mark.parametrize("count", [5, 40, 300])
def test_interpolation_matrix(count: int) -> None:
    """Normal terms with these weights pass through the samples."""
    samples = np.sin(np.linspace(0.0, 9.0, count)) + 2.0
    terms = interpolation(count) @ samples
    nodes = np.arange(count)
    through = norm.pdf(nodes[:, None], nodes, OVERLAP) @ terms
    assert through == pytest.approx(samples, abs=1e-11)


# --- packets, kinks, noise, flat curves --------------------------------------------------------------------


def fisher(a: int, n1: int, c: int, n2: int) -> Callable[[Any], Any]:
    """Return the log probability of a table given its margins, as a function of the log odds ratio."""
    j = np.arange(max(0, a + c - n2), min(n1, a + c) + 1)
    weight = gammaln([n1 + 1, n2 + 1]).sum() - gammaln(j + 1) - gammaln(n1 - j + 1)
    weight = weight - gammaln(a + c - j + 1) - gammaln(n2 - a - c + j + 1)
    own = float(weight[a - j[0]])
    return lambda t: own - logsumexp(weight + np.multiply.outer(np.asarray(t), j - a), axis=-1)


def binomial(x: int, n: int) -> Callable[[Any], Any]:
    """Return the log probability of a count, up to a constant."""
    return lambda t: x * log_expit(np.asarray(t)) + (n - x) * log_expit(-np.asarray(t))


# log likelihood, rough center and width, limits
COUNTS: dict[str, tuple[Callable[[Any], Any], float, float, tuple[float, float]]] = {
    "1 of 2": (binomial(1, 2), 0.0, 1.4, (0.0, 0.0)),
    "1 of 1000": (binomial(1, 1000), -6.9, 1.0, (0.0, 0.0)),
    "3 of 7": (binomial(3, 7), -0.3, 0.8, (0.0, 0.0)),
    "500 of 1000": (binomial(500, 1000), 0.0, 0.063, (0.0, 0.0)),
    "0 of 1": (binomial(0, 1), 0.0, 1.5, (1.0, 0.0)),
    "0 of 400": (binomial(0, 400), -6.4, 1.5, (1.0, 0.0)),
    "table 4/123, 11/139": (fisher(4, 123, 11, 139), -0.94, 0.6, (0.0, 0.0)),
    "table 62/13598, 248/12867": (fisher(62, 13598, 248, 12867), -1.46, 0.14, (0.0, 0.0)),
    "table 0/20, 3/20": (fisher(0, 20, 3, 20), -1.5, 1.5, (1.0, 0.0)),
    "table 7/50, 0/50": (fisher(7, 50, 0, 50), 2.0, 1.5, (0.0, 1.0)),
}


def integral(log_likelihood: Callable[[Any], Any], mu: float, tau: float, places: list[float]) -> float:
    """Return the integral of L(theta) Normal(theta | mu, tau ** 2), over pieces that show quad every feature."""
    cuts = sorted({float(np.clip((place - mu) / tau, -9.0, 9.0)) for place in places} | {-9.0, -3.0, 0.0, 3.0, 9.0})
    pieces = pairwise(cuts)
    return sum(
        quad(lambda z: exp(log_likelihood(mu + tau * z)) * phi(z), *piece, epsabs=0.0, epsrel=1e-12)[0]
        for piece in pieces
        if piece[0] < piece[1]
    )


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("ratio", [0.0, 1e-3, 0.1, 1.0, 7.0, 100.0])
def test_fitted_counts_are_smoothed_exactly(name: str, ratio: float) -> None:
    """Counts are fitted by packets, and their smoothing is SciPy's quad of the original, from no tau to 100 widths."""
    log_likelihood, center, unit, limits = COUNTS[name]
    curve = fit_curve(log_likelihood, center, unit, limits)
    assert curve.packets
    assert curve.center.size == 0
    assert curve.error < 1e-11
    tau = ratio * unit
    for mu in (center - 1.5 * unit, center, center + 2.0 * unit):
        found = float(np.exp(curve.log_smooth(np.array([mu]), np.array([tau]))[0, 0]))
        places = [center + k * unit for k in (-24, -12, -6, -3, -1.5, 0, 1.5, 3, 6, 12, 24)]
        truth = integral(log_likelihood, mu, tau, places) if tau else float(np.exp(log_likelihood(mu)))
        assert found == pytest.approx(truth, rel=1e-9, abs=1e-11 * curve.peak)


@pytest.mark.parametrize("name", COUNTS)
def test_packets_change_unit_and_join(name: str) -> None:
    """Packets follow a change of unit, and add up in a sum."""
    curve = fit_curve(*COUNTS[name])
    tau, center, unit = np.array([0.0, 0.4, 3.0]), COUNTS[name][1], COUNTS[name][2]
    mu = center + unit * np.linspace(-2.0, 2.0, 9)
    here = curve.log_smooth(mu, unit * tau)
    assert curve.scaled(1.8).log_smooth(1.8 * mu, 1.8 * unit * tau) == pytest.approx(here, abs=1e-9)
    both = join(curve, normal_curve(center, 2.0 * unit))
    other = normal_curve(center, 2.0 * unit).log_smooth(mu, unit * tau)
    assert np.exp(both.log_smooth(mu, unit * tau)) == pytest.approx(np.exp(here) + np.exp(other), rel=1e-9)
    together = log_smooth_all([curve, normal_curve(0.0, 1.0), both], np.broadcast_to(mu, (3, 9)), unit * tau)
    assert together[0] == pytest.approx(here, abs=1e-12)
    assert together[2] == pytest.approx(both.log_smooth(mu, unit * tau), abs=1e-12)


def kinked(t: Any) -> Any:
    """Return the log of (1 - t) ** 20 above zero and (1 + t) ** 30 below, zero beyond one."""
    inside = np.log1p(-np.minimum(np.abs(t), 1.0 - 1e-16))
    return np.where(np.abs(t) < 1.0, np.where(np.asarray(t) >= 0.0, 20.0, 30.0) * inside, -np.inf)


@pytest.mark.parametrize(
    ("log_likelihood", "center", "unit", "places"),
    [
        (kinked, 0.0, 0.05, [-1.0, -0.3, -0.1, 0.0, 0.1, 0.3, 1.0]),
        (lambda t: -3.0 * np.abs(np.asarray(t) - 0.123456), 0.0, 0.4, [-5.0, -1.0, 0.123456, 1.0, 5.0]),
    ],
    ids=["risk difference", "Laplace"],
)
def test_kinks_are_fitted(
    log_likelihood: Callable[[Any], Any], center: float, unit: float, places: list[float]
) -> None:
    """A kink is found and fitted to 1e-7 of the peak, with the error measured; its smoothing is the integral."""
    curve = fit_curve(log_likelihood, center, unit)
    assert 0.0 < curve.error < 1e-7
    assert curve.center.size + sum(packet.coefficient.size for packet in curve.packets) < 2000
    theta = np.concatenate([np.linspace(-1.5, 1.5, 3001), 0.123456 + np.linspace(-1e-3, 1e-3, 101)])
    assert np.abs(np.exp(curve.log_value(theta)) - np.exp(log_likelihood(theta))).max() < 2.0 * curve.error
    assert curve.peak == pytest.approx(1.0, abs=0.02)
    assert 0.0 < curve.detail < unit
    for tau in (0.1 * unit, unit, 20.0 * unit):
        truth = integral(log_likelihood, 0.5 * unit, tau, places)
        found = float(np.exp(curve.log_smooth(np.array([0.5 * unit]), np.array([tau]))[0, 0]))
        assert found == pytest.approx(truth, abs=2.0 * curve.error)


def test_the_noise_of_a_curve_is_measured() -> None:
    """A curve that is noisy to 1e-9 is fitted to no better; one that is noisy to 1e-5 is refused."""

    def noisy(size: float) -> Callable[[Any], Any]:
        return lambda t: norm.logpdf(t) + size * np.sin(1e9 * np.asarray(t))

    assert 1e-10 < fit_curve(noisy(1e-9), 0.0, 1.0).error < 2e-8
    with pytest.raises(ArithmeticError, match="noise"):
        fit_curve(noisy(1e-5), 0.0, 1.0)


def test_flat_curve() -> None:
    """A study that says nothing has likelihood one everywhere, and bounds nothing."""
    flat = flat_curve()
    assert flat.is_flat
    assert not flat.is_normal
    assert (flat.peak, flat.limits, flat.bounded, flat.span) == (1.0, (1.0, 1.0), (False, False), (0.0, 0.0))
    tau = np.array([0.0, 1.0])
    for curve in (flat, flat.scaled(3.0), replace(flat, floor=0.5)):
        assert (curve.log_smooth(THETA, tau) == np.log(curve.floor)).all()
    assert join(flat, normal_curve(0.0, 1.0)).limits == (1.0, 1.0)
