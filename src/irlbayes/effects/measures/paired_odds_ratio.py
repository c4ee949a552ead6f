"""`MPOR`: marginal log odds ratio of matched pairs."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the marginal log odds ratio of matched pairs, and its sampling variance.

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
    p1 and p2 of the two times and shares p12 of b and p21 of c, ``yi = logit(p1) - logit(p2)`` and ``vi = (p12 (1 -
    p12) + p21 (1 - p21) + 2 p12 p21) / (n p1 (1 - p1) p2 (1 - p2))``.

    References
    ----------
    Zou, G. Y. (2007). One relative risk versus two odds ratios: Implications for meta-analyses involving paired
    and unpaired binary data. Clinical Trials, 4(1), 25-31.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[2.679049], [0.092633]]
    """
    t = cells_2x2.tables(cells, add, to, drop00)
    first, second = (t.ai + t.bi) / t.n, (t.ai + t.ci) / t.n
    left, right = t.bi / t.n, t.ci / t.n
    variance = left * (1.0 - left) + right * (1.0 - right) + 2.0 * left * right
    yi = np.log(first / (1.0 - first)) - np.log(second / (1.0 - second))
    return yi, variance / (t.n * first * (1.0 - first) * second * (1.0 - second))


MEASURES = (
    Measure(
        name="MPOR",
        words="marginal log odds ratio of matched pairs",
        scale="log_or",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS",),
        options=cells_2x2.OPTIONS,
        reference="Zou 2007",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    ),
)
