"""Random effects as mixtures of normals, against SciPy's distributions."""

import numpy as np
import pytest
from scipy.stats import norm, t

from irlbayes.core.assumptions import RandomEffects
from irlbayes.core.curve import normal_curve
from irlbayes.core.spread import NORMAL, log_smooth_spread, spread_of

X = np.linspace(-40.0, 40.0, 801)


def density(family: RandomEffects) -> np.ndarray:
    spread = spread_of(family)
    return np.asarray(np.exp(spread.log_weight) @ norm.pdf(X, 0.0, spread.ratio[:, None]))


@pytest.mark.parametrize("df", [1.0, 2.0, 3.0, 4.0, 7.0, 30.0, 200.0, 1000.0])
def test_student_t(df: float) -> None:
    error = np.abs(density(RandomEffects("student_t", (df,))) - t.pdf(X, df)).max() / t.pdf(0.0, df)
    assert error < 1e-8


def test_contaminated() -> None:
    found = density(RandomEffects("contaminated", (0.1, 5.0)))
    assert found == pytest.approx(0.9 * norm.pdf(X) + 0.1 * norm.pdf(X, 0.0, 5.0), rel=1e-12)


def test_normal_is_itself() -> None:
    assert spread_of(RandomEffects()) is NORMAL


@pytest.mark.parametrize(
    "family", [RandomEffects("student_t", (4.0,)), RandomEffects("contaminated", (0.2, 3.0))], ids=str
)
def test_variance_and_draws(family: RandomEffects) -> None:
    """The stated variance is the mixture's; 200,000 draws agree with it."""
    spread = spread_of(family)
    assert np.exp(spread.log_weight).sum() == pytest.approx(1.0)
    assert np.exp(spread.log_weight) @ spread.ratio**2 == pytest.approx(spread.variance, rel=1e-3)
    draws = spread.draw((200_000,), np.random.default_rng(1))
    below = np.exp(spread.log_weight) @ norm.cdf(1.0, 0.0, spread.ratio)
    assert (draws < 1.0).mean() == pytest.approx(below, abs=0.004)


def test_smoothing_by_a_student_t() -> None:
    """A nearly exact report leaves the Student-t density itself."""
    mu, tau = np.linspace(-3.0, 3.0, 7)[None, :], np.array([0.5])
    found = log_smooth_spread([normal_curve(0.0, 1e-6)], mu, tau, spread_of(RandomEffects("student_t", (4.0,))))
    assert found[0, 0] == pytest.approx(t.logpdf(mu[0], 4.0, 0.0, 0.5), abs=1e-6)
