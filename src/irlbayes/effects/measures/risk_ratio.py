"""`RR`: log risk ratio."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the log risk ratio, and its sampling variance.

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
    ``yi = log(p1 / p2)``. Variances: LS ``1/a - 1/n1 + 1/c - 1/n2``; AV ``(1 - p1)/(p1 n1) + (1 - p2)/(p2 n2)`` with
    the averages p1 and p2 over studies, weighted by group size; H0 ``(1/n1 + 1/n2) (1 - p) / p`` with the study's
    pooled risk p.

    References
    ----------
    Fleiss, J. L., & Berlin, J. A. (2009). Effect sizes for dichotomous data. In Cooper, Hedges & Valentine
    (eds.), The handbook of research synthesis and meta-analysis (2nd ed.), 237-253.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.889311], [0.325585]]
    """
    t = cells_2x2.tables(cells, add, to, drop00)
    p1, p2 = weighted_mean(t.p1, t.n1), weighted_mean(t.p2, t.n2)
    variance = {
        "LS": 1.0 / t.ai - 1.0 / t.n1 + 1.0 / t.ci - 1.0 / t.n2,
        "AV": (1.0 - p1) / (p1 * t.n1) + (1.0 - p2) / (p2 * t.n2),
        "H0": (1.0 / t.n1 + 1.0 / t.n2) * (1.0 - t.pooled) / t.pooled,
    }
    return np.log(t.p1) - np.log(t.p2), variance[vtype]


MEASURES = (
    Measure(
        name="RR",
        words="log risk ratio",
        scale="log_rr",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS", "AV", "H0"),
        options=cells_2x2.OPTIONS,
        reference="Fleiss & Berlin 2009",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    ),
)
