"""`CVR`: log ratio of coefficients of variation."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, correct: bool = True) -> Pair:
    """Return the log ratio of coefficients of variation, and its sampling variance.

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
    ``yi = log((sd1/m1)/(sd2/m2)) + b1 - b2 - (c1 - c2)/2`` with ``b = 1/(2 (n - 1))`` and ``c = sd**2/(n m**2)``; the
    terms after the first take out the bias. Variances: LS ``b1 + b2 + c1 + c2``; LS2 ``c1 + c2 + (c1**2 + c2**2)/2 +
    (n1/(n1 - 1)**2 + n2/(n2 - 1)**2)/2``.

    References
    ----------
    Nakagawa, S., Poulin, R., Mengersen, K., et al. (2015). Meta-analysis of variation: Ecological and
    evolutionary applications and beyond. Methods in Ecology and Evolution, 6(2), 143-152. Senior, A. M.,
    Viechtbauer, W., & Nakagawa, S. (2020). Revisiting and expanding the meta-analysis of variation: The log
    coefficient of variation ratio. Research Synthesis Methods, 11(4), 553-567.

    Examples
    --------
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.441312], [0.033837]]
    """
    g = two_means.means(cells)
    b1, b2 = 0.5 / (g.n1 - 1.0), 0.5 / (g.n2 - 1.0)
    c1, c2 = g.sd1**2 / (g.n1 * g.m1**2), g.sd2**2 / (g.n2 * g.m2**2)
    variance = {
        "LS": b1 + b2 + c1 + c2,
        "LS2": c1 + c2 + (c1**2 + c2**2) / 2.0 + 2.0 * (g.n1 * b1**2 + g.n2 * b2**2),
    }
    bias = b1 - b2 - 0.5 * (c1 - c2)
    return np.log(g.sd1 / g.m1) - np.log(g.sd2 / g.m2) + (bias if correct else 0.0), variance[vtype]


MEASURES = (
    Measure(
        name="CVR",
        words="log ratio of coefficients of variation",
        scale="log_cvr",
        null=0.0,
        columns=two_means.COLUMNS,
        vtypes=("LS", "LS2"),
        options=("correct",),
        reference="Nakagawa et al. 2015; Senior et al. 2020",
        effect=effect,
    ),
)
