"""`PHI`, `ZPHI`: phi coefficient of a 2x2 table, and its Fisher z."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Array, Cells, Pair, fisher_z, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def phi(cells: Cells, vtype: str = "LS", *, add: float = 0.0, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the phi coefficient, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``ai, bi, ci, di`` or ``ai, n1i, ci, n2i``, dims (study,).
    vtype : str
        One of the variances in Notes.
    add, to, drop00 : float, str, bool
        What is added to tables with a zero, where, and whether a table without contrast has no effect.

    Notes
    -----
    ``yi = (a d - b c) / sqrt(n1 n2 m1 m2)`` with the totals of rows (n) and columns (m). Variances: LS and CS for
    cross-sectional sampling (Yule 1912, p. 603); ST for group sizes fixed by design, by the delta method from the two
    binomial proportions. Nothing is added to zeros unless asked for.

    References
    ----------
    Yule, G. U. (1912). On the methods of measuring association between two attributes. Journal of the Royal
    Statistical Society, 75(6), 579-652.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in phi(cells)]
    [[-0.100139], [0.003182]]
    """
    t = cells_2x2.tables(cells, add, to, drop00)
    events, others = t.ai + t.ci, t.bi + t.di
    yi = (t.ai * t.di - t.bi * t.ci) / np.sqrt(t.n1 * t.n2 * events * others)
    return yi, _stratified(t) if vtype == "ST" else _cross_sectional(t, yi)


def _cross_sectional(t: cells_2x2.Tables, yi: Array) -> Array:
    """Return the variance where only the total is fixed."""
    row, column = (t.n1 - t.n2) / t.n, (t.ai + t.ci - t.bi - t.di) / t.n
    rows, columns = t.n1 * t.n2 / t.n**2, (t.ai + t.ci) * (t.bi + t.di) / t.n**2
    lean = yi * (1.0 + 0.5 * yi**2) * row * column / np.sqrt(rows * columns)
    return (1.0 - yi**2 + lean - 0.75 * yi**2 * (row**2 / rows + column**2 / columns)) / t.n


def _stratified(t: cells_2x2.Tables) -> Array:
    """Return the variance where the group sizes are fixed: derivatives of phi by each risk, squared, times p q / n."""
    p, q = t.pooled, 1.0 - t.pooled
    size = np.sqrt(t.n1 * t.n2) / t.n
    gap = (t.p1 - t.p2) * (1.0 - 2.0 * p) / (2.0 * p * q * t.n)
    first = size / np.sqrt(p * q) * (1.0 - t.n1 * gap)
    second = -size / np.sqrt(p * q) * (1.0 + t.n2 * gap)
    return first**2 * t.p1 * (1.0 - t.p1) / t.n1 + second**2 * t.p2 * (1.0 - t.p2) / t.n2


@outcomes
def zphi(cells: Cells, vtype: str = "LS", *, add: float = 0.0, to: str = "only0", drop00: bool = False) -> Pair:
    """Return Fisher's z of the phi coefficient, and its variance by the delta method; parameters as for `phi`.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in zphi(cells)]
    [[-0.100476], [0.003247]]
    """
    return fisher_z(*phi(cells, vtype, add=add, to=to, drop00=drop00))


MEASURES = tuple(
    Measure(
        name=name,
        words=words,
        scale="",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS", "CS", "ST"),
        options=cells_2x2.OPTIONS,
        reference="Yule 1912",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    )
    for name, words, effect in (("PHI", "phi coefficient", phi), ("ZPHI", "Fisher's z of the phi coefficient", zphi))
)
