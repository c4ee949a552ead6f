"""`AS`: difference of arcsine square roots of risks."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.0, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the difference of arcsine square roots of risks, and its sampling variance.

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
    ``yi = asin(sqrt(p1)) - asin(sqrt(p2))``, ``vi = 1/(4 n1) + 1/(4 n2)``, whatever the risks. Nothing is added to
    zeros unless asked for.

    References
    ----------
    Rücker, G., Schwarzer, G., Carpenter, J., & Olkin, I. (2009). Why add anything to nothing? The arcsine
    difference as a measure of treatment effect in meta-analysis with zero cells. Statistics in Medicine, 28(5),
    721-738.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.103836], [0.003831]]
    """
    t = cells_2x2.tables(cells, add, to, drop00)
    return np.arcsin(np.sqrt(t.p1)) - np.arcsin(np.sqrt(t.p2)), 0.25 / t.n1 + 0.25 / t.n2


MEASURES = (
    Measure(
        name="AS",
        words="difference of arcsine square roots of risks",
        scale="",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS",),
        options=cells_2x2.OPTIONS,
        reference="Rücker et al. 2009",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    ),
)
