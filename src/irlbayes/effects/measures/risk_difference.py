"""`RD`: risk difference."""

from __future__ import annotations

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the risk difference, and its sampling variance.

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
    ``yi = p1 - p2``. Variances: LS ``p1 (1 - p1)/n1 + p2 (1 - p2)/n2``; UB the same over ``n1 - 1`` and ``n2 - 1``,
    unbiased; AV as LS with the averages of p1 and p2 over studies, weighted by group size; H0
    ``(1/n1 + 1/n2) p (1 - p)`` with the study's pooled risk p.

    References
    ----------
    Fleiss, J. L., & Berlin, J. A. (2009). Effect sizes for dichotomous data. In Cooper, Hedges & Valentine
    (eds.), The handbook of research synthesis and meta-analysis (2nd ed.), 237-253.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.046616], [0.00078]]
    """
    t = cells_2x2.tables(cells, add, to, drop00)
    p1, p2 = weighted_mean(t.p1, t.n1), weighted_mean(t.p2, t.n2)
    own1, own2 = t.p1 * (1.0 - t.p1), t.p2 * (1.0 - t.p2)
    variance = {
        "LS": own1 / t.n1 + own2 / t.n2,
        "UB": own1 / (t.n1 - 1.0) + own2 / (t.n2 - 1.0),
        "AV": p1 * (1.0 - p1) / t.n1 + p2 * (1.0 - p2) / t.n2,
        "H0": (1.0 / t.n1 + 1.0 / t.n2) * t.pooled * (1.0 - t.pooled),
    }
    return t.p1 - t.p2, variance[vtype]


MEASURES = (
    Measure(
        name="RD",
        words="risk difference",
        scale="rd",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS", "UB", "AV", "H0"),
        options=cells_2x2.OPTIONS,
        reference="Fleiss & Berlin 2009",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    ),
)
