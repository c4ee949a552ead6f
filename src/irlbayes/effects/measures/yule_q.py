"""`YUQ`: Yule's Q."""

from __future__ import annotations

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the Yule's Q, and its sampling variance.

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
    ``yi = (OR - 1) / (OR + 1)``, ``vi = (1 - yi**2)**2 (1/a + 1/b + 1/c + 1/d) / 4``.

    References
    ----------
    Yule, G. U. (1900). On the association of attributes in statistics. Philosophical Transactions of the Royal
    Society of London, Series A, 194, 257-319; Yule, G. U. (1912). On the methods of measuring association between
    two attributes. Journal of the Royal Statistical Society, 75(6), 579-652.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.437672], [0.058353]]
    """
    t = cells_2x2.tables(cells, add, to, drop00)
    odds = (t.ai / t.bi) / (t.ci / t.di)
    yi = (odds - 1.0) / (odds + 1.0)
    return yi, 0.25 * (1.0 - yi**2) ** 2 * (1.0 / t.ai + 1.0 / t.bi + 1.0 / t.ci + 1.0 / t.di)


MEASURES = (
    Measure(
        name="YUQ",
        words="Yule's Q",
        scale="",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS",),
        options=cells_2x2.OPTIONS,
        reference="Yule 1900, 1912",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    ),
)
