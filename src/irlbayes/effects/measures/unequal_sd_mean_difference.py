"""`SMDH`: standardized mean difference in the root of the average variance."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, correct: bool = True) -> Pair:
    """Return the standardized mean difference in the root of the average variance, and its sampling variance.

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
    ``yi = J (m1 - m2)/s`` with ``s**2 = (sd1**2 + sd2**2)/2``, J at n1 + n2 - 2. With
    ``A(k) = sd1**2/(n1 - k) + sd2**2/(n2 - k)`` and ``B(k) = sd1**4/(n1 - k) + sd2**4/(n2 - k)``, the variance is
    ``A/s**2 + yi**2 B/(8 s**4)``: A(1), B(1) for LS, A(0), B(0) for LS2, A(0), B(1) for LS3.

    References
    ----------
    Bonett, D. G. (2008). Confidence intervals for standardized linear contrasts of means. Psychological Methods,
    13(2), 99-109, equation 8; Bonett, D. G. (2009). Meta-analytic interval estimation for standardized and
    unstandardized mean differences. Psychological Methods, 14(3), 225-238, equation 5.

    Examples
    --------
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.873666], [0.063825]]
    """
    g = two_means.means(cells)
    square = (g.sd1**2 + g.sd2**2) / 2.0
    yi = two_means.hedges_j(g.df, correct) * (g.m1 - g.m2) / np.sqrt(square)
    less_a, less_b = {"LS": (1.0, 1.0), "LS2": (0.0, 0.0), "LS3": (0.0, 1.0)}[vtype]
    a = g.sd1**2 / (g.n1 - less_a) + g.sd2**2 / (g.n2 - less_a)
    b = g.sd1**4 / (g.n1 - less_b) + g.sd2**4 / (g.n2 - less_b)
    return yi, a / square + yi**2 * b / (8.0 * square**2)


MEASURES = (
    Measure(
        name="SMDH",
        words="standardized mean difference in the root of the average variance",
        scale="smd",
        null=0.0,
        columns=two_means.COLUMNS,
        vtypes=("LS", "LS2", "LS3"),
        options=("correct",),
        reference="Bonett 2008, 2009",
        effect=effect,
    ),
)
