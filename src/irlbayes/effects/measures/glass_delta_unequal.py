"""`SMD1H`: standardized mean difference in SDs of group 2 (Glass's delta), unequal SDs."""

from __future__ import annotations

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, correct: bool = True) -> Pair:
    """Return the standardized mean difference in SDs of group 2, unequal SDs, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``m1i, sd1i, n1i, m2i, sd2i, n2i``, dims (study,).
    vtype : str
        ``LS``.
    correct : bool
        Whether the small-sample bias is taken out.

    Notes
    -----
    ``yi = J (m1 - m2)/sd2``, J at n2 - 1; ``vi = (sd1/sd2)**2/(n1 - 1) + 1/(n2 - 1) + yi**2/(2 (n2 - 1))``.

    References
    ----------
    Bonett, D. G. (2008). Confidence intervals for standardized linear contrasts of means. Psychological Methods,
    13(2), 99-109, equation 12.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.784499], [0.0556]]
    """
    g = two_means.means(cells)
    yi = two_means.hedges_j(g.n2 - 1.0, correct) * (g.m1 - g.m2) / g.sd2
    own = (g.sd1 / g.sd2) ** 2 / (g.n1 - 1.0)
    return yi, own + 1.0 / (g.n2 - 1.0) + yi**2 / (2.0 * (g.n2 - 1.0))


MEASURES = (
    Measure(
        name="SMD1H",
        words="standardized mean difference in SDs of group 2 (Glass's delta), unequal SDs",
        scale="smd",
        null=0.0,
        columns=two_means.COLUMNS,
        vtypes=("LS",),
        options=("correct",),
        reference="Bonett 2008",
        effect=effect,
    ),
)
