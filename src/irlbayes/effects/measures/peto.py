"""`PETO`: log odds ratio by Peto's method."""

from __future__ import annotations

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the log odds ratio by Peto's method, and its sampling variance.

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
    ``yi = (a - E) / V`` and ``vi = 1 / V``, with the hypergeometric mean ``E = (a + c) n1 / n`` and variance
    ``V = (a + c)(b + d) n1 n2 / (n**2 (n - 1))``.

    References
    ----------
    Yusuf, S., Peto, R., Lewis, J., Collins, R., & Sleight, P. (1985). Beta blockade during and after myocardial
    infarction: An overview of the randomized trials. Progress in Cardiovascular Diseases, 27(5), 335-371.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.860383], [0.282836]]
    """
    t = cells_2x2.tables(cells, add, to, drop00)
    events, others = t.ai + t.ci, t.bi + t.di
    spread = events * others * (t.n1 / t.n) * (t.n2 / t.n) / (t.n - 1.0)
    return (t.ai - events * t.n1 / t.n) / spread, 1.0 / spread


MEASURES = (
    Measure(
        name="PETO",
        words="log odds ratio by Peto's method",
        scale="log_or",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS",),
        options=cells_2x2.OPTIONS,
        reference="Yusuf et al. 1985",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    ),
)
