"""Rates of many events against one: a likelihood with a side far steeper than its peak is narrow."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from irlbayes.core.assumptions import Prior
from irlbayes.core.registry import leaves
from irlbayes.core.types import Report
from irlbayes.posterior.quadrature import solve

NEAR_ZERO = Prior("uniform", (0.0, 1e-6))


@pytest.mark.parametrize("cells", [(18.0, 5.0, 1.0, 7.0), (57.0, 100.0, 1.0, 100.0)])
@pytest.mark.parametrize("copies", [1, 2])
def test_against_a_direct_sum(cells: tuple[float, ...], copies: int) -> None:
    """Mean, sd and quantiles of mu where tau is next to nothing: to the bound that is stated."""
    named = dict(zip(("x1i", "t1i", "x2i", "t2i"), cells, strict=True))
    one = leaves("irlbayes.effects.reports")["rates"].curve(
        Report("r", "r", "r", "outcome", "rates", "primary", "test", 2, named, "log_irr")
    )
    found = solve([one] * copies, Prior("normal", (0.0, 1.0)), NEAR_ZERO)
    assert found.error_bound < 1e-6
    assert found.mu.mean is not None
    assert found.mu.sd is not None
    x = found.mu.mean + found.mu.sd * np.linspace(-14.0, 14.0, 8001)
    with np.errstate(under="ignore"):
        height = np.maximum(np.exp(one.log_value(x)), 1e-300) ** copies * np.exp(-0.5 * x**2)
    mass = height / height.sum()
    mean = float(mass @ x)
    sd = float(np.sqrt(mass @ (x - mean) ** 2))
    density = CubicSpline(x, mass / (x[1] - x[0]))
    at = found.mu.quantile(np.array([0.025, 0.5, 0.975]))
    apart = [
        mean - found.mu.mean,
        sd - found.mu.sd,
        *((density.antiderivative()(at) - [0.025, 0.5, 0.975]) / density(at)),
    ]
    assert np.abs(apart).max() / sd <= found.error_bound
