"""Printed quantiles of one normal group: which speak, at which ranks, and their joint density.

A printed quantile is an order statistic at a (possibly fractional) rank: the minimum has rank 1, the maximum n, the
quantile p the rank ``1 + (n - 1) p``. In a normal group with mean mu and SD sigma, the values x_1 <= ... <= x_k at the
ranks r_1 < ... < r_k have, with ``z_i = (x_i - mu) / sigma``, a density proportional to

    Phi(z_1)^(r_1 - 1)  (1 - Phi(z_k))^(n - r_k)  prod_i phi(z_i) / sigma
        prod_i (Phi(z_{i+1}) - Phi(z_i))^(r_{i+1} - r_i - 1)

which is log-concave in ``beta = 1 / sigma`` and ``nu = mu / sigma``.

References
----------
David, H. A. & Nagaraja, H. N. (2003). Order Statistics, 3rd ed., section 2.2. Wiley.
Stigler, S. M. (1977). Fractional order statistics, with applications. J Am Stat Assoc 72(359), 544-550.
Hyndman, R. J. & Fan, Y. (1996). Sample quantiles in statistical packages. Am Stat 50(4), 361-365 (type 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import LOG_2PI

Array = NDArray[np.float64]
Five = Sequence[float | None]
PROBABILITIES = (0.0, 0.25, 0.5, 0.75, 1.0)
CLOSE = 0.5  # gap in standard units below which a probability is integrated and not subtracted
LEGENDRE = np.polynomial.legendre.leggauss(12)


@dataclass(frozen=True)
class Printed:
    """Printed quantiles of one group.

    Parameters
    ----------
    value, rank : Array, dims (quantile,)
        Ascending; values may be tied, ranks may not.
    n : float
        Size of the group.
    """

    value: Array
    rank: Array
    n: float

    @property
    def powers(self) -> Array:
        """Powers of the probabilities below, between and above the values, dims (quantile + 1,)."""
        inside = np.diff(self.rank) - 1.0
        return np.concatenate([[self.rank[0] - 1.0], inside, [self.n - self.rank[-1]]])


def printed(five: Five, n: float) -> Printed:
    """Return the quantiles that speak, with their ranks.

    Parameters
    ----------
    five : sequence of float or None
        Minimum, lower quartile, median, upper quartile, maximum; None where not printed.
    n : float
        Size of the group.

    Returns
    -------
    Printed

    Raises
    ------
    ValueError
        With fewer than two distinct values.

    Notes
    -----
    In the smallest groups quantiles repeat each other: of ranks less than 1 apart the outer ones stay, then the median.
    Values that equal the minimum (or the maximum) are a floor (ceiling) of the instrument, where the extreme
    says nothing: the innermost of them stays.

    Examples
    --------
    >>> printed((0.0, None, 2.0, None, 3.0), 13.0).rank
    array([ 1.,  7., 13.])
    >>> printed((0.0, 0.0, 2.0, 3.0, 5.0), 41.0).rank
    array([11., 21., 31., 41.])
    >>> printed((1.0, 2.0, 3.0, 4.0, 5.0), 3.0).value
    array([1., 3., 5.])
    """
    given = [(float(x), 1.0 + (n - 1.0) * p) for x, p in zip(five, PROBABILITIES, strict=True) if x is not None]
    if len({value for value, _ in given}) < 2:
        raise ValueError("a group needs two different quantiles")
    if five[0] is not None:
        while given[1][0] == given[0][0]:
            del given[0]
    if five[4] is not None:
        while given[-2][0] == given[-1][0]:
            del given[-1]
    kept = [given[0], given[-1]]
    inner = sorted(given[1:-1], key=lambda pair: abs(pair[1] - 0.5 * (n + 1.0)))
    kept += [pair for pair in inner if all(abs(pair[1] - end) >= 1.0 for _, end in kept[:2])]
    kept = [pair for i, pair in enumerate(kept) if all(abs(pair[1] - other[1]) >= 1.0 for other in kept[2:i])]
    kept.sort(key=lambda pair: pair[1])
    return Printed(np.array([value for value, _ in kept]), np.array([rank for _, rank in kept]), float(n))


def log_between(beta: Array, gap: float, left: Array) -> Array:
    """Return the log of the normal probability from ``left`` to ``left + beta * gap``.

    Parameters
    ----------
    beta : Array, dims (beta, 1)
    gap : float
        Distance of the two values; for a tie (0), the limit of the probability over the gap is returned.
    left : Array, dims (beta, nu)
        Lower end in standard units.

    Notes
    -----
    Wide gaps are subtracted on the side where they keep their digits; narrow ones are integrated (Gauss-Legendre),
    where a difference would lose them.
    """
    from scipy.special import log_ndtr

    width = beta * gap
    out = np.empty_like(left)
    narrow = width[:, 0] < CLOSE
    if narrow.any():
        half = 0.5 * width[narrow]
        middle = left[narrow] + half
        total = np.zeros_like(middle)
        for node, weight in zip(*LEGENDRE, strict=True):
            move = node * half
            total += weight * np.exp(-move * (middle + 0.5 * move))
        out[narrow] = np.log(0.5 * total * beta[narrow] * (gap or 1.0)) - 0.5 * (middle**2 + LOG_2PI)
    if not narrow.all():
        a, b = left[~narrow], left[~narrow] + width[~narrow]
        right = a + b > 0.0
        near = log_ndtr(np.where(right, -a, b))
        far = log_ndtr(np.where(right, -b, a))
        out[~narrow] = near + np.log(-np.expm1(far - near))
    return out


def log_density(group: Printed, beta: Array, nu: Array) -> Array:
    """Return the log density of a group's quantiles, up to a constant.

    Parameters
    ----------
    group : Printed
    beta : Array, dims (beta, 1)
        Reciprocals of sigma.
    nu : Array, dims (beta, nu)
        ``mu / sigma``.

    Returns
    -------
    Array, dims (beta, nu)
    """
    from scipy.special import log_ndtr

    below, *inside, above = group.powers
    z = [beta * value - nu for value in group.value]
    total = -0.5 * sum(one**2 for one in z) + group.value.size * np.log(beta)
    if below > 0.0:
        total = total + below * log_ndtr(z[0])
    if above > 0.0:
        total = total + above * log_ndtr(-z[-1])
    for power, gap, left in zip(inside, np.diff(group.value), z[:-1], strict=True):
        if power != 0.0:
            total = total + power * log_between(beta, float(gap), left)
    return np.asarray(total)


def on_own_scale(five1: Five, n1: float, five2: Five, n2: float) -> tuple[list[Printed], float]:
    """Return the two groups, each from its own origin and in a common unit, and how far apart the origins are."""
    groups, origin = [], []
    for five, n in ((five1, n1), (five2, n2)):
        group = printed(five, n)
        origin.append(float(np.median(group.value)))
        groups.append(replace(group, value=group.value - origin[-1]))
    unit = min(float(np.ptp(group.value)) for group in groups)
    groups = [replace(group, value=group.value / unit) for group in groups]
    return groups, (origin[0] - origin[1]) / unit
