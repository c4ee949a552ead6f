"""`OR2D`, `OR2DL`, `OR2DN`: a log odds ratio as a standardized mean difference."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.conversions.transformations import COX_SNELL, LOGISTIC
from irlbayes.effects.measure import Measure


def _scaled(cells: Cells, vtype: str, add: float, to: str, drop00: bool, unit: float) -> Pair:
    """Return the log odds ratio over a unit, and its variance over the unit's square."""
    t = cells_2x2.tables(cells, add, to, drop00)
    p1, p2 = weighted_mean(t.p1, t.n1), weighted_mean(t.p2, t.n2)
    variance = {
        "LS": 1.0 / t.ai + 1.0 / t.bi + 1.0 / t.ci + 1.0 / t.di,
        "AV": 1.0 / (p1 * (1.0 - p1) * t.n1) + 1.0 / (p2 * (1.0 - p2) * t.n2),
        "H0": (1.0 / t.n1 + 1.0 / t.n2) / (t.pooled * (1.0 - t.pooled)),
    }
    return (np.log(t.ai / t.bi) - np.log(t.ci / t.di)) / unit, variance[vtype] / unit**2


@outcomes
def logistic(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the standardized mean difference of a logistic outcome cut in two, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``ai, bi, ci, di`` or ``ai, n1i, ci, n2i``, dims (study,).
    vtype : str
        As for the log odds ratio: LS, AV or H0.
    add, to, drop00 : float, str, bool
        What is added to tables with a zero, where, and whether a table without contrast has no effect.

    Notes
    -----
    ``yi = log(OR) sqrt(3) / pi``, and the variance of the log odds ratio times ``3 / pi**2``.

    References
    ----------
    Hasselblad, V., & Hedges, L. V. (1995). Meta-analysis of screening and diagnostic tests. Psychological Bulletin,
    117(1), 167-178; Chinn, S. (2000). A simple method for converting an odds ratio to effect size for use in
    meta-analysis. Statistics in Medicine, 19(22), 3127-3131.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in logistic(cells)]
    [[-0.517529], [0.108553]]
    """
    return _scaled(cells, vtype, add, to, drop00, LOGISTIC)


@outcomes
def normal(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the standardized mean difference of a normal outcome cut in two; parameters as for `logistic`.

    Notes
    -----
    ``yi = log(OR) / 1.65``, and the variance of the log odds ratio over ``1.65**2``.

    References
    ----------
    Cox, D. R., & Snell, E. J. (1989). Analysis of binary data (2nd ed.). Chapman & Hall.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in normal(cells)]
    [[-0.568906], [0.131175]]
    """
    return _scaled(cells, vtype, add, to, drop00, COX_SNELL)


MEASURES = tuple(
    Measure(
        name=name,
        words=f"log odds ratio as a standardized mean difference, {outcome} outcome",
        scale="smd",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS", "AV", "H0"),
        options=cells_2x2.OPTIONS,
        reference=reference,
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    )
    for name, outcome, reference, effect in (
        ("OR2D", "logistic", "Hasselblad & Hedges 1995; Chinn 2000", logistic),
        ("OR2DL", "logistic", "Hasselblad & Hedges 1995; Chinn 2000", logistic),
        ("OR2DN", "normal", "Cox & Snell 1989", normal),
    )
)
