"""`MPRR`: log risk ratio of matched pairs."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the log risk ratio of matched pairs, and its sampling variance.

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
    A table of pairs: a with the event both times, b the first time only, c the second only, d never. With the risks
    p1 and p2 of the two times, ``yi = log(p1 / p2)`` and ``vi = (b + c) / (n**2 p1 p2)``.

    References
    ----------
    Zou, G. Y. (2007). One relative risk versus two odds ratios: Implications for meta-analyses involving paired
    and unpaired binary data. Clinical Trials, 4(1), 25-31.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[2.104134], [0.070461]]
    """
    t = cells_2x2.tables(cells, add, to, drop00)
    first, second = (t.ai + t.bi) / t.n, (t.ai + t.ci) / t.n
    return np.log(first) - np.log(second), (t.bi + t.ci) / t.n / (t.n * first * second)


MEASURES = (
    Measure(
        name="MPRR",
        words="log risk ratio of matched pairs",
        scale="log_rr",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS",),
        options=cells_2x2.OPTIONS,
        reference="Zou 2007",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    ),
)
