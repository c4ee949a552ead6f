"""`VR`: log ratio of SDs."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, correct: bool = True) -> Pair:
    """Return the log ratio of SDs, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``sd1i, n1i, sd2i, n2i``, dims (study,).
    vtype : str
        One of the variances in Notes.
    correct : bool
        Whether the small-sample bias is taken out.

    Notes
    -----
    ``yi = log(sd1/sd2) + 1/(2 (n1 - 1)) - 1/(2 (n2 - 1))``; the last terms take out the bias. Variances: LS
    ``1/(2 (n1 - 1)) + 1/(2 (n2 - 1))``; LS2 ``(n1/(n1 - 1)**2 + n2/(n2 - 1)**2)/2``.

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
    [[-0.218723], [0.030062]]
    """
    sd1, n1, sd2, n2 = (cells[name] for name in ("sd1i", "n1i", "sd2i", "n2i"))
    b1, b2 = 0.5 / (n1 - 1.0), 0.5 / (n2 - 1.0)
    variance = {"LS": b1 + b2, "LS2": 2.0 * (n1 * b1**2 + n2 * b2**2)}
    return np.log(sd1 / sd2) + (b1 - b2 if correct else 0.0), variance[vtype]


MEASURES = (
    Measure(
        name="VR",
        words="log ratio of SDs",
        scale="log_vr",
        null=0.0,
        columns=("sd1i", "n1i", "sd2i", "n2i"),
        vtypes=("LS", "LS2"),
        options=("correct",),
        reference="Nakagawa et al. 2015; Senior et al. 2020",
        effect=effect,
        alternatives=(two_means.COLUMNS,),
    ),
)
