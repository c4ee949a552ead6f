"""A statement about two group means, cut by the p-value of their t test.

With cuts of the one-sided p-value at t_1 > t_2 > ..., the regions of a statement fall into pieces between them, each an
exact curve (`noncentral_t`). A t on a cut belongs to the more extreme side, as a p-value equal to its level is called
significant.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from irlbayes.core.curve import Curve, join
from irlbayes.core.publication import Statement
from irlbayes.effects.likelihoods import noncentral_t

TOUCHING = 1e-9  # t within this share of a cut lies on it


def edges(partition: Sequence[float], df: float) -> list[float]:
    """Return the t statistics at one-sided p-values, falling, with both infinite ends."""
    from scipy.special import stdtrit

    return [np.inf, *(-float(stdtrit(df, p)) if p != 0.5 else 0.0 for p in partition), -np.inf]


def passes(statement: Statement, partition: Sequence[float]) -> tuple[Curve, ...]:
    """Return, by cut, the probability that a study of this design has a smaller p-value."""
    ends = edges(partition, statement.n1 + statement.n2 - 2.0)[1:-1]
    return tuple(noncentral_t.above(t, statement.n1, statement.n2) for t in ends)


def observed(statement: Statement, partition: Sequence[float]) -> tuple[Curve | None, ...]:
    """Return, by interval, the likelihood of what was stated with the p-value there; None where that cannot be."""
    ends = edges(partition, statement.n1 + statement.n2 - 2.0)
    return tuple(_within(statement, low, high) for high, low in pairwise(ends))


def _within(statement: Statement, low: float, high: float) -> Curve | None:
    parts = []
    for start, stop in statement.pieces:
        if start == stop:
            if _holds(start, low, high):
                parts.append(noncentral_t.observed(start, statement.n1, statement.n2))
            continue
        first, last = max(start, low), min(stop, high)
        if last > first and not (np.isfinite(first) and _same(first, last)):
            parts.append(_region(first, last, statement.n1, statement.n2))
    return join(*parts) if parts else None


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= TOUCHING * max(abs(a), abs(b), 1e-3) if np.isfinite(b) else a == b


def _holds(t: float, low: float, high: float) -> bool:
    """Whether t lies between two cuts; on a cut, whether this is its extreme side (the upper one at zero)."""
    if _same(t, low):
        return low >= 0.0
    if _same(t, high):
        return high < 0.0
    return low < t < high


def _region(low: float, high: float, n1: float, n2: float) -> Curve:
    if np.isinf(high):
        return noncentral_t.above(low, n1, n2)
    if np.isinf(low):
        return noncentral_t.below(high, n1, n2)
    return noncentral_t.between(low, high, n1, n2)
