"""`ROM`: log ratio of means."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, correct: bool = True) -> Pair:
    """Return the log ratio of means, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``m1i, sd1i, n1i, m2i, sd2i, n2i``, dims (study,).
    vtype : str
        One of the variances in Notes.
    correct : bool
        Whether the small-sample bias is taken out.

    Notes
    -----
    ``yi = log(m1/m2) + (c1 - c2)/2`` with ``c = sd**2/(n m**2)``; the second term takes out the bias. Variances: LS
    ``c1 + c2``; LS2 ``c1 + c2 + (c1**2 + c2**2)/2``; HO as LS with the pooled SD; AV with each group's average of
    ``sd/m`` over studies, weighted by its size; AVHO with the average over both groups.

    References
    ----------
    Hedges, L. V., Gurevitch, J., & Curtis, P. S. (1999). The meta-analysis of response ratios in experimental
    ecology. Ecology, 80(4), 1150-1156; Lajeunesse, M. J. (2015). Bias and correction for the log response ratio
    in ecological meta-analysis. Ecology, 96(8), 2056-2063, equations 8 and 9.

    Examples
    --------
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.22259], [0.003775]]
    """
    g = two_means.means(cells)
    cv1, cv2 = g.sd1 / g.m1, g.sd2 / g.m2
    c1, c2 = cv1**2 / g.n1, cv2**2 / g.n2
    known = np.where(np.isnan(cv1 + cv2 + g.n), np.nan, 0.0)
    both = weighted_mean(np.concatenate([cv1 + known, cv2 + known]), np.concatenate([g.n1, g.n2]))
    variance = {
        "LS": c1 + c2,
        "LS2": c1 + c2 + (c1**2 + c2**2) / 2.0,
        "HO": g.pooled**2 * (1.0 / (g.n1 * g.m1**2) + 1.0 / (g.n2 * g.m2**2)),
        "AV": weighted_mean(cv1, g.n1) ** 2 / g.n1 + weighted_mean(cv2, g.n2) ** 2 / g.n2,
        "AVHO": both**2 * g.inverse_sizes,
    }
    return np.log(g.m1 / g.m2) + (0.5 * (c1 - c2) if correct else 0.0), variance[vtype]


MEASURES = (
    Measure(
        name="ROM",
        words="log ratio of means",
        scale="rom",
        null=0.0,
        columns=two_means.COLUMNS,
        vtypes=("LS", "LS2", "HO", "AV", "AVHO"),
        options=("correct",),
        reference="Hedges, Gurevitch & Curtis 1999; Lajeunesse 2015",
        effect=effect,
    ),
)
