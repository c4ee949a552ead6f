"""`SMD`: standardized mean difference (Hedges' g)."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, correct: bool = True) -> Pair:
    """Return the standardized mean difference (Hedges' g), and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``m1i, sd1i, n1i, m2i, sd2i, n2i``, or ``di``, ``ti``, ``pi`` (two-sided p with a sign) or ``ri`` with
    the group sizes, dims (study,).
    vtype : str
        One of the variances in Notes.
    correct : bool
        Whether the small-sample bias is taken out.

    Notes
    -----
    ``yi = J d`` with ``d = (m1 - m2)/s``, the pooled SD s and the exact J. Variances: LS ``1/n1 + 1/n2 + yi**2/(2 (n1
    + n2))``; LS2 ``J**2 (1/n1 + 1/n2 + d**2/(2 (n1 + n2)))``; UB ``1/n1 + 1/n2 + (1 - (df - 2)/(df J**2)) yi**2``,
    unbiased; AV as LS with the average of yi over studies, weighted by n1 + n2; H0 ``J**2 (1/n1 + 1/n2) df/(df -
    2)``.

    References
    ----------
    Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related estimators. Journal
    of Educational Statistics, 6(2), 107-128; Hedges, L. V. (1982). Estimation of effect size from a series of
    independent experiments. Psychological Bulletin, 92(2), 490-499. Borenstein, M. (2009). Effect sizes for
    continuous data, equation 12.17 (LS2). Hedges, L. V. (1983). A random effects model for effect sizes.
    Psychological Bulletin, 93(2), 388-395 (UB).

    Examples
    --------
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.859897], [0.063615]]
    """
    g = two_means.means(cells)
    j = two_means.hedges_j(g.df, correct)
    yi = j * g.d
    variance = {
        "LS": g.inverse_sizes + yi**2 / (2.0 * g.n),
        "LS2": j**2 * (g.inverse_sizes + g.d**2 / (2.0 * g.n)),
        "UB": g.inverse_sizes + (1.0 - (g.df - 2.0) / (g.df * j**2)) * yi**2,
        "AV": g.inverse_sizes + weighted_mean(yi, g.n) ** 2 / (2.0 * g.n),
        "H0": np.where(g.df > 2.0, j**2 * g.inverse_sizes * g.df / (g.df - 2.0), np.nan),
    }
    return yi, variance[vtype]


MEASURES = (
    Measure(
        name="SMD",
        words="standardized mean difference (Hedges' g)",
        scale="smd",
        null=0.0,
        columns=two_means.COLUMNS,
        vtypes=("LS", "LS2", "UB", "AV", "H0"),
        options=("correct",),
        reference="Hedges 1981, 1982, 1983; Borenstein 2009",
        effect=effect,
        alternatives=two_means.ALTERNATIVES,
    ),
)
