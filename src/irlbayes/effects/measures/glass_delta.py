"""`SMD1`: standardized mean difference in SDs of group 2 (Glass's delta), equal SDs."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, correct: bool = True) -> Pair:
    """Return the standardized mean difference in SDs of group 2 (Glass's delta), equal SDs, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``m1i, n1i, m2i, sd2i, n2i``, dims (study,).
    vtype : str
        One of the variances in Notes.
    correct : bool
        Whether the small-sample bias is taken out.

    Notes
    -----
    ``yi = J d`` with ``d = (m1 - m2)/sd2``, J at n2 - 1. Variances: LS ``1/n1 + 1/n2 + yi**2/(2 n2)``; LS2 ``J**2
    (1/n1 + 1/n2 + d**2/(2 n2))``; UB ``1/n1 + 1/n2 + (1 - (df - 2)/(df J**2)) yi**2``, df = n2 - 1; AV as LS with the
    average of yi over studies, weighted by n1 + n2; H0 ``J**2 (1/n1 + 1/n2) df/(df - 2)``.

    References
    ----------
    Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related estimators. Journal
    of Educational Statistics, 6(2), 107-128; Hedges, L. V. (1982). Estimation of effect size from a series of
    independent experiments. Psychological Bulletin, 92(2), 490-499.

    Examples
    --------
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.784499], [0.066026]]
    """
    g = two_means.means(cells)
    df = g.n2 - 1.0
    j = two_means.hedges_j(df, correct)
    d = (g.m1 - g.m2) / g.sd2
    yi = j * d
    variance = {
        "LS": g.inverse_sizes + yi**2 / (2.0 * g.n2),
        "LS2": j**2 * (g.inverse_sizes + d**2 / (2.0 * g.n2)),
        "UB": g.inverse_sizes + (1.0 - (df - 2.0) / (df * j**2)) * yi**2,
        "AV": g.inverse_sizes + weighted_mean(yi, g.n) ** 2 / (2.0 * g.n2),
        "H0": np.where(df > 2.0, j**2 * g.inverse_sizes * df / (df - 2.0), np.nan),
    }
    return yi, variance[vtype]


MEASURES = (
    Measure(
        name="SMD1",
        words="standardized mean difference in SDs of group 2 (Glass's delta), equal SDs",
        scale="smd",
        null=0.0,
        columns=("m1i", "n1i", "m2i", "sd2i", "n2i"),
        vtypes=("LS", "LS2", "UB", "AV", "H0"),
        options=("correct",),
        reference="Hedges 1981, 1982",
        effect=effect,
        alternatives=(two_means.COLUMNS,),
    ),
)
