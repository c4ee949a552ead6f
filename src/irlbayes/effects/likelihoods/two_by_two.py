"""Exact likelihoods of counts that need no baseline: one binomial, and a 2x2 table given its margins.

References
----------
Fisher, R. A. (1935). The logic of inductive inference. J R Stat Soc 98, 39-54.
Stijnen, T., Hamza, T. H., Özdemir, P. (2010). Random effects meta-analysis of event outcome in the framework of the
generalized linear mixed model with applications in sparse data. Stat Med 29, 3046-3067.
"""

from __future__ import annotations

from collections.abc import Callable
from math import expm1, lgamma, log, log1p

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve, fit_curve, flat_curve
from irlbayes.effects.likelihoods import fitted

Array = NDArray[np.float64]
EVERY = 400  # outcomes of a table that are summed in any case; more are summed within reach of the observed one
THINNED = 2.5  # terms per standard error that are summed
REACH = 26.0  # standard errors: the likelihood is below 1e-30 of its peak where outcomes beyond begin to count


def log_binomial(x: float, n: float, shift: float = 0.0) -> Callable[[Array], Array]:
    """Return log Binomial(x; n, 1 / (1 + exp(-theta - shift))) as a function of theta.

    Notes
    -----
    Where there are events and others, the log is taken by its difference from the mode, which keeps its digits for
    millions of people.
    """
    if not 0 < x < n:
        return lambda theta: np.asarray(-n * np.logaddexp(0.0, np.where(x > 0, -1.0, 1.0) * (theta + shift)))
    share, mode = x / n, log(x / (n - x)) - shift
    ways = lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1)
    highest = ways + x * log(share) + (n - x) * log1p(-share)

    def log_value(theta: Array) -> Array:
        away = np.asarray(theta) - mode
        far = np.logaddexp(log1p(-share), log(share) + away)
        with np.errstate(over="ignore"):
            near = np.log1p(share * np.expm1(away))
        return np.asarray(highest + x * away - n * np.where(np.abs(away) < 1.0, near, far))

    return log_value


def binomial(x: float, n: float, shift: float = 0.0) -> Curve:
    """Return the curve of a binomial count, theta a logit less ``shift``; no trials say nothing.

    Examples
    --------
    >>> binomial(0.0, 12.0).bounded
    (False, True)
    """
    if n == 0:
        return flat_curve()
    log_value = log_binomial(x, n, shift)
    if 0 < x < n:
        return fit_curve(log_value, log(x / (n - x)) - shift, (x * (n - x) / n) ** -0.5)
    half = -log(expm1(log(2.0) / n))  # where all n have the event with probability one half
    return fitted.one_sided(log_value, (half if x else -half) - shift, falls=x == 0)


def standard_error(a: float, n1: float, c: float, n2: float) -> float:
    """Return the standard error of the events in group 1 given the margins, half a person added to each cell."""
    cells = np.array([a, n1 - a, c, n2 - c]) + 0.5
    return float((1.0 / cells).sum() ** -0.5)


def outcomes(a: float, n1: float, c: float, n2: float) -> tuple[Array, Array]:
    """Return the events that group 1 could have had given the margins, and the log number of ways to each.

    Large tables are cut to the events within 26 standard errors of the observed ones.
    """
    from scipy.special import gammaln

    m = a + c
    low, high = max(0.0, m - n2), min(n1, m)
    if high - low > EVERY:
        reach = REACH * standard_error(a, n1, c, n2) + 60.0
        low, high = max(low, a - reach), min(high, a + reach)
    j = a + np.arange(np.ceil(low - a), high - a + 1.0)
    log_ways = -gammaln(j + 1) - gammaln(n1 - j + 1) - gammaln(m - j + 1) - gammaln(n2 - m + j + 1)
    return j, log_ways


def log_fisher(a: float, n1: float, c: float, n2: float) -> Callable[[Array], Array]:
    """Return the log probability of a 2x2 table given its margins, as a function of the log odds ratio.

    Notes
    -----
    Fisher's noncentral hypergeometric distribution:
    ``P(a) = C(n1, a) C(n2, m - a) exp(a theta) / sum_j C(n1, j) C(n2, m - j) exp(j theta)``, ``m = a + c``.
    """
    return log_tilted(*outcomes(a, n1, c, n2), a, standard_error(a, n1, c, n2))


def log_tilted(j: Array, log_ways: Array, a: float, sd: float) -> Callable[[Array], Array]:
    """Return the log of ``ways(a) exp(a theta)`` as a share of its sum over j, as a function of theta.

    Parameters
    ----------
    j, log_ways : Array, dims (outcome,)
        Outcomes, one apart, and the log number of ways to each.
    a : float
        The one that was seen.
    sd : float
        Their standard deviation, roughly, near the effect that they show.

    Notes
    -----
    The terms of a large table change so little from one j to the next that every second, third, ... has the same sum,
    by Poisson's formula to exp(-2 (pi sd / stride) ** 2).
    """
    here = int(np.flatnonzero(j == a)[0])
    stride = max(1, int(sd / THINNED))
    j, log_ways = j[here % stride :: stride], log_ways[here % stride :: stride] - log_ways[here]
    most = float(log_ways.max())

    def log_value(theta: Array) -> Array:
        exponent = np.multiply.outer(np.asarray(theta, dtype=float), j - a)
        exponent += log_ways
        top = 0.0
        if most + np.abs(theta).max(initial=0.0) * j.size > 600.0:  # else nothing can overflow
            top = exponent.max(axis=-1)
            exponent -= top[..., None]
        return np.asarray(-top - np.log(stride * np.exp(exponent, out=exponent).sum(axis=-1)))

    return log_value


def fisher(a: float, n1: float, c: float, n2: float) -> Curve:
    """Return the curve of a 2x2 table given its margins; a table with one possible outcome says nothing.

    Parameters
    ----------
    a, n1, c, n2 : float
        Events and people in groups 1 and 2.

    Examples
    --------
    >>> fisher(0.0, 50.0, 3.0, 34.0).bounded
    (False, True)
    """
    m = a + c
    low, high = max(0.0, m - n2), min(n1, m)
    if low == high:
        return flat_curve()
    log_value = log_fisher(a, n1, c, n2)
    b, d = n1 - a, n2 - c
    near = log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    width = (1.0 / (a + 0.5) + 1.0 / (b + 0.5) + 1.0 / (c + 0.5) + 1.0 / (d + 0.5)) ** 0.5
    if a in (low, high):
        return fitted.one_sided(log_value, near, falls=a == low)
    return fit_curve(log_value, near, width)
