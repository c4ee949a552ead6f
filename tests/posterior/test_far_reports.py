"""A report far from the rest keeps its digits: the engine is right there, or says that it is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_ndtr, logsumexp

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve, normal_curve
from irlbayes.effects.likelihoods import noncentral_t
from irlbayes.posterior.quadrature import solve

MU, TAU = Prior("normal", (0.0, 5.0)), Prior("half_normal", (0.05,))
N1, N2 = 63.0, 84.0


def brute_force(estimate: float, sei: float, sign: float) -> float:
    """Return the posterior mean of mu for one estimate and one direction, by a dense grid in logs."""
    blur = 1.0 / noncentral_t.root_size(N1, N2)
    mu = np.linspace(-4.0, 4.0, 8001)
    tau = np.linspace(0.0, 0.8, 1601)[:, None]
    log_normal = -0.5 * (estimate - mu) ** 2 / (sei**2 + tau**2) - 0.5 * np.log(sei**2 + tau**2)
    log_direction = log_ndtr(sign * mu / np.sqrt(blur**2 + tau**2))
    log_height = log_normal + log_direction - 0.5 * (mu / 5.0) ** 2 - 0.5 * (tau / 0.05) ** 2
    weight = np.exp(log_height - logsumexp(log_height))
    weight[0] *= 0.5  # the end of the trapezoid in tau
    return float((weight * mu).sum() / weight.sum())


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_direction_against_a_precise_estimate(sign: float) -> None:
    """-2 (0.1) with "higher", and its mirror image: the mean of mu to 1e-6 of a dense grid, and a bound that holds."""
    direction = (noncentral_t.above if sign > 0 else noncentral_t.below)(0.0, N1, N2)
    exact = solve([normal_curve(-2.0 * sign, 0.1), direction], MU, TAU)
    assert exact.mu.mean == pytest.approx(brute_force(-2.0 * sign, 0.1, sign), abs=1e-6)
    assert exact.error_bound < 1e-7


def test_mirror_images_agree() -> None:
    """Turning every report around turns the answer around, far tails included."""
    here = solve([normal_curve(-2.0, 0.1), noncentral_t.above(0.0, N1, N2)], MU, TAU)
    there = solve([normal_curve(2.0, 0.1), noncentral_t.below(0.0, N1, N2)], MU, TAU)
    assert here.mu.mean == pytest.approx(-there.mu.mean, rel=1e-9)
    assert here.log_marginal_likelihood == pytest.approx(there.log_marginal_likelihood, abs=1e-9)


def tail(curve: Curve, theta: float) -> float:
    return float(curve.log_value(np.array([theta]))[0])


def test_falling_edges_keep_their_digits() -> None:
    """ "T < t" ten widths to the right is 1e-24 and not rounding; "within" falls like its nearer edge."""
    blur = 1.0 / noncentral_t.root_size(N1, N2)
    assert tail(noncentral_t.below(0.0, N1, N2), 10.0 * blur) == pytest.approx(float(log_ndtr(-10.0)), rel=1e-9)
    within = noncentral_t.between(-2.0, 2.0, N1, N2)
    assert tail(within, 12.0 * blur) == pytest.approx(tail(within, -12.0 * blur), rel=1e-9)
    assert tail(within, 12.0 * blur) == pytest.approx(tail(noncentral_t.below(2.0, N1, N2), 12.0 * blur), rel=1e-9)
