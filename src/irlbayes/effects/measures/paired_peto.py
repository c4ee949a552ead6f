"""`MPPETO`: conditional log odds ratio of matched pairs by Peto's method."""

from __future__ import annotations

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the conditional log odds ratio of matched pairs by Peto's method, and its sampling variance.

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
    A table of pairs: a with the event both times, b the first time only, c the second only, d never.
    ``yi = (b - (b + c)/2) / V`` and ``vi = 1 / V`` with ``V = (b + c) / 4``.

    References
    ----------
    Elbourne, D. R., Altman, D. G., Higgins, J. P. T., Curtin, F., Worthington, H. V., & Vail, A. (2002). Meta-
    analyses involving cross-over trials: Methodological issues. International Journal of Epidemiology, 31(1),
    140-149.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[1.661538], [0.030769]]
    """
    t = cells_2x2.tables(cells, add, to, drop00)
    both = t.bi + t.ci
    return (t.bi - both / 2.0) / (both / 4.0), 4.0 / both


MEASURES = (
    Measure(
        name="MPPETO",
        words="conditional log odds ratio of matched pairs by Peto's method",
        scale="log_or",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS",),
        options=cells_2x2.OPTIONS,
        reference="Elbourne et al. 2002",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    ),
)
