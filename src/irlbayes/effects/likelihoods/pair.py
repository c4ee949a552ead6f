"""Two counts with their baseline integrated out: odds, risk and rate comparisons without a correction for zeros.

Group 1 sees ``a`` events and group 2 sees ``c``; the effect is theta, and what the comparison leaves open, the
baseline eta, is given a stated normal prior and integrated:

    L(theta) = integral of p(a | theta, eta) p(c | theta, eta) Normal(eta; 0, BASELINE_SD ** 2) d eta

For odds (``log_or``) eta is the mean of the two logits, or the logit of group 2 (the two codings of Jackson et al.
2018); for rates likewise with log rates. For risk ratios and differences eta is half the log odds product, which is
free of theta (Richardson et al. 2017) and equal to the mean logit: no probability leaves [0, 1] and none is cut off.

The trapezoid rule over eta converges exponentially: the integrand is analytic, and its step is a share of the
narrowest posterior of eta.

References
----------
Richardson, T. S., Robins, J. M., Wang, L. (2017). On modeling and estimation for the relative risk and risk
difference. J Am Stat Assoc 112, 1121-1130.
Jackson, D., et al. (2018). A comparison of seven random-effects models for meta-analyses that estimate the summary
odds ratio. Stat Med 37, 1059-1085.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BASELINE_SD = 10.0
NEGLIGIBLE = 45.0  # in log units below the peak
IN_CACHE = 32_768  # points of theta by eta worked on at once
WIDEST = 0.25  # step of eta: without events exp(-exp(eta)) is left, whose trapezoid sum is off by exp(-pi**2 / step)

LogRisks = tuple[Array, Array, Array, Array]
"""log p1, log(1 - p1), log p2, log(1 - p2)."""


def odds(theta: Array, eta: Array, share: float = 0.5) -> LogRisks:
    """Return the log risks where theta is a log odds ratio and eta the logit at ``share`` of the way from group 2."""
    return *_log_risk(eta + (1.0 - share) * theta), *_log_risk(eta - share * theta)


def _log_risk(logit: Array) -> tuple[Array, Array]:
    """Return log p and log(1 - p): half the work of `logaddexp` for each."""
    rest = np.log1p(np.exp(-np.abs(logit)))
    return np.minimum(logit, 0.0) - rest, -np.maximum(logit, 0.0) - rest


def ratio(theta: Array, eta: Array) -> LogRisks:
    """Return the log risks where theta is a log risk ratio and eta half the log odds product.

    Notes
    -----
    With ``r = exp(theta)`` and the odds product ``exp(2 eta)``, p2 solves a quadratic whose roots are written here
    without a difference of near numbers.
    """
    log_total, log_small, log_large = _ratio_parts(theta, eta)
    below_one = theta <= 0.0
    log_p2 = np.log(2.0) - np.maximum(theta, 0.0) - log_total
    q1, q2 = np.where(below_one, log_large, log_small), np.where(below_one, log_small, log_large)
    return log_p2 + theta, q1 - log_total, log_p2, q2 - log_total


def _ratio_parts(theta: Array, eta: Array) -> tuple[Array, Array, Array]:
    """Logs of the sums in the roots, all divided by the larger of 1 and the ratio, so that nothing overflows."""
    size = np.abs(theta)
    gap = -np.expm1(-size)
    log_inverse = np.log(4.0) - size - 2.0 * eta
    root = np.sqrt(gap**2 + np.exp(log_inverse))
    return np.log(2.0 - gap + root), log_inverse - np.log(root + gap), np.log(root + gap)


def difference(theta: Array, eta: Array) -> LogRisks:
    """Return the log risks where theta is a risk difference and eta half the log odds product."""
    low_high = _difference(np.abs(theta), eta)
    up = theta >= 0.0
    low_p, low_q, high_p, high_q = low_high
    return (
        np.where(up, high_p, low_p),
        np.where(up, high_q, low_q),
        np.where(up, low_p, high_p),
        np.where(up, low_q, high_q),
    )


def _difference(gap: Array, eta: Array) -> LogRisks:
    """Log risks of the lower and the higher group whose risks differ by ``gap``."""
    half = 0.5 * gap
    with np.errstate(divide="ignore", invalid="ignore"):
        sides = []
        for sign in (1.0, -1.0):  # risks from the odds product, their complements from its inverse
            product = np.exp(sign * 2.0 * eta)
            scale = np.maximum(product, 1.0)  # divided out, so that nothing overflows
            size, one = product / scale, 1.0 / scale
            k = size * (1.0 - half**2) + one * half**2
            root = np.sqrt((size - one) ** 2 * half**2 + size * one)
            below = size * (1.0 - half - half**2) + one * half**2 + half * root
            least = size * (1.0 - gap) * k / ((size + root) * below)
            sides.append((np.log(least), np.log(k / (size + root) + half)))
    (low_p, high_p), (high_q, low_q) = sides
    return low_p, low_q, high_p, high_q


Risks = Callable[[Array, Array], LogRisks]
RISKS: dict[str, Risks] = {"log_or": odds, "log_rr": ratio, "rd": difference}


@dataclass(frozen=True)
class Pair:
    """Two counts as a joint likelihood of the effect and the baseline.

    Parameters
    ----------
    log_joint : callable
        ``log_joint(theta, eta)``, broadcasting; without the baseline's prior.
    middle, information : float
        Where eta roughly lies, and the most information that the counts can hold about it.
    """

    log_joint: Callable[[Array, Array], Array]
    middle: float
    information: float

    def log_value(self, theta: Array) -> Array:
        """Return log L(theta), the baseline integrated by the trapezoid rule."""
        theta = np.asarray(theta, dtype=float)
        eta = self._nodes(theta)
        parts = [_log_sum(self._height(part, eta)) for part in _blocks(theta, eta.size)]
        return np.asarray(np.concatenate(parts) + np.log(eta[1] - eta[0]))

    def draw(self, theta: float, rng: np.random.Generator) -> float:
        """Draw the baseline from its posterior at an effect."""
        eta = self._nodes(np.array([theta]))
        height = self._height(np.array([[theta]]), eta)[0]
        weight = np.exp(height - height.max())
        return float(rng.choice(eta, p=weight / weight.sum()) + (rng.random() - 0.5) * (eta[1] - eta[0]))

    def _nodes(self, theta: Array) -> Array:
        look = self.middle + np.sinh(np.linspace(-7.5, 7.5, 121)) * 0.12
        heights = [self._height(part, look) for part in _blocks(theta, look.size)]
        above = [(height > height.max(axis=1, keepdims=True) - NEGLIGIBLE).any(axis=0) for height in heights]
        alive = np.flatnonzero(np.any(above, axis=0))
        low, high = look[max(alive[0] - 1, 0)], look[min(alive[-1] + 1, look.size - 1)]
        step = min(WIDEST, 0.55 / np.sqrt(self.information + BASELINE_SD**-2))
        return np.asarray(np.arange(low, high + step, step))

    def _height(self, theta: Array, eta: Array) -> Array:
        log_prior = -0.5 * (eta / BASELINE_SD) ** 2 - np.log(BASELINE_SD * np.sqrt(2.0 * np.pi))
        with np.errstate(invalid="ignore"):
            height = self.log_joint(theta, eta) + log_prior
        return np.asarray(np.nan_to_num(height, nan=-np.inf, posinf=-np.inf, neginf=-np.inf))


def _blocks(theta: Array, columns: int) -> list[Array]:
    """Cut effects into columns that, times so many columns, stay in the processor's cache."""
    each = max(1, IN_CACHE // columns)
    return [theta[start : start + each, None] for start in range(0, theta.size, each)]


def _log_sum(height: Array) -> Array:
    top = np.maximum(height.max(axis=1), -1e300)
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log(np.exp(height - top[:, None]).sum(axis=1)))


def binomial(a: float, n1: float, c: float, n2: float, risks: Risks) -> Pair:
    """Return two binomial counts.

    Parameters
    ----------
    a, n1, c, n2 : float
        Events and people in groups 1 and 2.
    risks : callable
        `odds`, `ratio` or `difference`.

    Examples
    --------
    >>> found = binomial(3.0, 40.0, 9.0, 38.0, odds)
    >>> bool(found.log_value(np.array([-1.3]))[0] > found.log_value(np.array([0.4]))[0])
    True
    """
    constant = sum(lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1) for x, n in ((a, n1), (c, n2)))

    def log_joint(theta: Array, eta: Array) -> Array:
        p1, q1, p2, q2 = risks(theta, eta)
        pairs = ((a, p1), (n1 - a, q1), (c, p2), (n2 - c, q2))
        with np.errstate(invalid="ignore"):
            return np.asarray(constant + sum(count * log_risk for count, log_risk in pairs if count))

    information = sum((x + 0.5) * (n - x + 0.5) / (n + 1.0) for x, n in ((a, n1), (c, n2)))
    middle = 0.5 * sum(np.log((x + 0.5) / (n - x + 0.5)) for x, n in ((a, n1), (c, n2)))
    return Pair(log_joint, float(middle), information)


def poisson(x1: float, t1: float, x2: float, t2: float, share: float) -> Pair:
    """Return two Poisson counts over times t1 and t2; theta is a log rate ratio, eta a log rate."""
    constant = x1 * np.log(t1) + x2 * np.log(t2) - lgamma(x1 + 1) - lgamma(x2 + 1)

    def log_joint(theta: Array, eta: Array) -> Array:
        one, two = eta + (1.0 - share) * theta, eta - share * theta
        with np.errstate(over="ignore"):
            return np.asarray(constant + x1 * one + x2 * two - t1 * np.exp(one) - t2 * np.exp(two))

    middle = 0.5 * (np.log((x1 + 0.5) / t1) + np.log((x2 + 0.5) / t2))
    return Pair(log_joint, float(middle), x1 + x2 + 1.0)
