"""`MD`: mean difference."""

from __future__ import annotations

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS") -> Pair:
    """Return the mean difference, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``m1i, sd1i, n1i, m2i, sd2i, n2i``, dims (study,).
    vtype : str
        One of the variances in Notes.

    Notes
    -----
    ``yi = m1 - m2``. Variances: LS and UB ``sd1**2/n1 + sd2**2/n2``; HO ``s**2 (1/n1 + 1/n2)`` with the pooled SD s.

    References
    ----------
    Bond, C. F., Wiitala, W. L., & Richard, F. D. (2003). Meta-analysis of raw mean differences. Psychological
    Methods, 8(4), 406-418.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[2.0], [0.289583]]
    """
    g = two_means.means(cells)
    own = g.sd1**2 / g.n1 + g.sd2**2 / g.n2
    return g.m1 - g.m2, {"LS": own, "UB": own, "HO": g.pooled**2 * g.inverse_sizes}[vtype]


MEASURES = (
    Measure(
        name="MD",
        words="mean difference",
        scale="md",
        null=0.0,
        columns=two_means.COLUMNS,
        vtypes=("LS", "UB", "HO"),
        options=(),
        reference="Bond, Wiitala & Richard 2003",
        effect=effect,
    ),
)
