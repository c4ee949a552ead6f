"""`RTET`, `ZTET`: tetrachoric correlation of a 2x2 table, and its Fisher z."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Array, Cells, Pair, fisher_z, outcomes
from irlbayes.effects.measure import Measure

STEPS = 60  # halvings of (-pi/2, pi/2): the last is below rounding
NODES = 200  # of the Gauss rule for a quadrant of the normal distribution


@outcomes
def rtet(cells: Cells, vtype: str = "LS", *, add: float = 0.0, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the tetrachoric correlation, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``ai, bi, ci, di`` or ``ai, n1i, ci, n2i``, dims (study,).
    vtype : str
        ``LS``.
    add, to, drop00 : float, str, bool
        What is added to tables with a zero, where, and whether a table without contrast has no effect.

    Notes
    -----
    The correlation of a bivariate normal pair cut in two at h and k. The model fits any table: its maximum likelihood
    has ``h = Phi^-1(row share)``, ``k = Phi^-1(column share)`` and the correlation at which the quadrant has the
    first cell's share, found by bisection. The variance is the inverse of the information there: with ``s = sqrt(1 -
    yi**2)``, ``A = Phi((k - yi h)/s)``, ``B = Phi((h - yi k)/s)`` and the bivariate density f at (h, k), it is the
    variance of ``[first cell] - A [first row] - B [first column]`` over ``n f**2``. A table with a zero in one
    diagonal only has yi at its bound and no variance; nothing is added to zeros unless asked for.

    References
    ----------
    Pearson, K. (1900). On the correlation of characters not quantitatively measurable. Philosophical Transactions of
    the Royal Society of London, Series A, 195, 1-47; Kirk, D. B. (1973). On the numerical approximation of the
    bivariate normal (tetrachoric) correlation coefficient. Psychometrika, 38(2), 259-268.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in rtet(cells)]
    [[-0.263123], [0.023566]]
    """
    from scipy.special import ndtri

    t = cells_2x2.tables(cells, add, to, drop00)
    h, k = ndtri(t.n1 / t.n), ndtri((t.ai + t.ci) / t.n)
    low, high = np.full_like(h, -np.pi / 2.0), np.full_like(h, np.pi / 2.0)
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        under = _quadrant(h, k, middle) < t.ai / t.n
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    yi = np.sin(0.5 * (low + high))
    perfect = (t.bi == 0) & (t.ci == 0)
    inverse = (t.ai == 0) & (t.di == 0)
    vi = np.where(perfect | inverse, 0.0, _variance(t, h, k, yi))
    return np.where(perfect, 1.0, np.where(inverse, -1.0, yi)), vi


def _quadrant(h: Array, k: Array, angle: Array) -> Array:
    """Return P(X < h, Y < k) of a normal pair with correlation sin(angle), by Plackett's integral over the angle."""
    from scipy.special import ndtr

    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    at = 0.5 * angle * (1.0 + nodes[:, None])
    exponent = -(h**2 + k**2 - 2.0 * h * k * np.sin(at)) / (2.0 * np.cos(at) ** 2)
    return np.asarray(ndtr(h) * ndtr(k) + 0.5 * angle * (weights @ np.exp(exponent)) / (2.0 * np.pi))


def _variance(t: cells_2x2.Tables, h: Array, k: Array, yi: Array) -> Array:
    """Return the inverse information of the correlation at the fitted table; NaN with a zero cell."""
    from scipy.special import ndtr

    root = np.sqrt(1.0 - yi**2)
    row, column = ndtr((k - yi * h) / root), ndtr((h - yi * k) / root)
    density = np.exp(-(h**2 + k**2 - 2.0 * yi * h * k) / (2.0 * root**2)) / (2.0 * np.pi * root)
    values = ((t.ai, 1.0 - row - column), (t.bi, -row), (t.ci, -column), (t.di, np.zeros_like(row)))
    mean = sum(count / t.n * value for count, value in values)
    square = sum(count / t.n * value**2 for count, value in values)
    empty = (t.ai == 0) | (t.bi == 0) | (t.ci == 0) | (t.di == 0)
    return np.where(empty, np.nan, (square - mean**2) / (t.n * density**2))


@outcomes
def ztet(cells: Cells, vtype: str = "LS", *, add: float = 0.0, to: str = "only0", drop00: bool = False) -> Pair:
    """Return Fisher's z of the tetrachoric correlation, and its variance by the delta method; parameters as for `rtet`.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in ztet(cells)]
    [[-0.269461], [0.027203]]
    """
    return fisher_z(*rtet(cells, vtype, add=add, to=to, drop00=drop00))


MEASURES = tuple(
    Measure(
        name=name,
        words=words,
        scale="",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS",),
        options=cells_2x2.OPTIONS,
        reference="Pearson 1900; Kirk 1973",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    )
    for name, words, effect in (
        ("RTET", "tetrachoric correlation", rtet),
        ("ZTET", "Fisher's z of the tetrachoric correlation", ztet),
    )
)
