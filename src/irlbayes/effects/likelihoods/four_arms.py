"""Events in four arms: treated and untreated patients, with rims and without, by one conditional likelihood.

Given what leaves no baseline (a 2x2 table's margins, or the total of two rates), the events ``a`` of a subgroup's
treated arm have probability proportional to ``ways(a) exp(a * effect)``, the effect being its log odds or rate ratio.
With theta the effect in IRL-positive patients minus that in negative ones, and S the events of both treated arms,

    P(a_pos | S) = ways_pos(a_pos) ways_neg(S - a_pos) exp(a_pos theta) / the same summed over a_pos

is free of the effect in negative patients too: no baseline, no mean effect, no prior for either, and nothing is added
to a zero. It is Zelen's exact distribution of two odds ratios, away from their equality; for rates it is Fisher's.

References
----------
Zelen, M. (1971). The analysis of several 2x2 contingency tables. Biometrika, 58, 129-137.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve, fit_curve, flat_curve
from irlbayes.effects.likelihoods import fitted, two_by_two

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Arms:
    """The events of a subgroup's treated arm, given what leaves no baseline.

    Parameters
    ----------
    low, seen, high : float
        The fewest that could have been, those that were, the most.
    log_ways : callable
        Log weight of each number of events at an effect of zero, up to a constant.
    variance : float
        Of the effect, roughly: half an event added to each cell.
    """

    low: float
    seen: float
    high: float
    log_ways: Callable[[Array], Array]
    variance: float


def counts(a: float, n1: float, c: float, n2: float) -> Arms:
    """Return the events among treated patients given the margins of a subgroup's 2x2 table.

    Parameters
    ----------
    a, n1, c, n2 : float
        Events and patients, treated and untreated.
    """
    from scipy.special import gammaln

    m = a + c

    def log_ways(j: Array) -> Array:
        return np.asarray(-gammaln(j + 1) - gammaln(n1 - j + 1) - gammaln(m - j + 1) - gammaln(n2 - m + j + 1))

    return Arms(max(0.0, m - n2), a, min(n1, m), log_ways, _variance(a, n1 - a, c, n2 - c))


def rates(x1: float, t1: float, x2: float, t2: float) -> Arms:
    """Return the events among treated patients given a subgroup's total.

    Parameters
    ----------
    x1, t1, x2, t2 : float
        Events and person-time, treated and untreated.
    """
    from scipy.special import gammaln

    total, offset = x1 + x2, float(np.log(t1 / t2))

    def log_ways(j: Array) -> Array:
        return np.asarray(j * offset - gammaln(j + 1) - gammaln(total - j + 1))

    return Arms(0.0, x1, total, log_ways, _variance(x1, x2))


def _variance(*cells: float) -> float:
    return float((1.0 / (np.array(cells) + 0.5)).sum())


def outcomes(pos: Arms, neg: Arms) -> tuple[Array, Array]:
    """Return the events that treated IRL-positive patients could have had, and the log weight of each.

    Parameters
    ----------
    pos, neg : Arms

    Notes
    -----
    Where there are many they are cut as in `two_by_two.outcomes`.
    """
    low, high = _bounds(pos, neg)
    if high - low > two_by_two.EVERY:
        reach = two_by_two.REACH * _sd(pos, neg) + 60.0
        low, high = max(low, pos.seen - reach), min(high, pos.seen + reach)
    j = pos.seen + np.arange(np.ceil(low - pos.seen), high - pos.seen + 1.0)
    return j, pos.log_ways(j) + neg.log_ways(pos.seen + neg.seen - j)


def log_value(pos: Arms, neg: Arms) -> Callable[[Array], Array]:
    """Return the log probability of the events as a function of theta.

    Parameters
    ----------
    pos, neg : Arms

    Examples
    --------
    Four arms of one patient each: 1/1 against 0/1 with rims, 0/1 against 1/1 without; two outcomes are possible.

    >>> value = log_value(counts(1.0, 1.0, 0.0, 1.0), counts(0.0, 1.0, 1.0, 1.0))
    >>> [round(float(np.exp(x)), 12) for x in value(np.array([0.0, np.log(3.0)]))]
    [0.5, 0.75]
    """
    return two_by_two.log_tilted(*outcomes(pos, neg), pos.seen, _sd(pos, neg))


def curve(pos: Arms, neg: Arms, near: float) -> Curve:
    """Return the curve; events that could not have been others say nothing.

    Parameters
    ----------
    pos, neg : Arms
    near : float
        Roughly where theta lies.
    """
    low, high = _bounds(pos, neg)
    if low == high:
        return flat_curve()
    log_likelihood = log_value(pos, neg)
    if pos.seen in (low, high):
        return fitted.one_sided(log_likelihood, near, falls=pos.seen == low)
    return fit_curve(log_likelihood, near, 1.0 / _sd(pos, neg))


def draw(pos: Arms, neg: Arms, theta: float, rng: np.random.Generator) -> tuple[float, float]:
    """Draw the events of both treated arms, their sum being what it was.

    Parameters
    ----------
    pos, neg : Arms
    theta : float
    rng : numpy.random.Generator
    """
    j, log_ways = outcomes(pos, neg)
    log_weight = log_ways + j * theta
    weight = np.exp(log_weight - log_weight.max())
    drawn = float(rng.choice(j, p=weight / weight.sum()))
    return drawn, pos.seen + neg.seen - drawn


def _bounds(pos: Arms, neg: Arms) -> tuple[float, float]:
    total = pos.seen + neg.seen
    return max(pos.low, total - neg.high), min(pos.high, total - neg.low)


def _sd(pos: Arms, neg: Arms) -> float:
    """Return the standard deviation of the events given their sum: one over that of theta."""
    return float((pos.variance + neg.variance) ** -0.5)
