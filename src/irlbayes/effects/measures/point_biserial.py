"""`RPB`, `ZPB`: point-biserial correlation of group and outcome, and its Fisher z."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, fisher_z, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def rpb(cells: Cells, vtype: str = "LS") -> Pair:
    """Return the point-biserial correlation, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``m1i, sd1i, n1i, m2i, sd2i, n2i``, or ``di``, ``ti``, ``pi`` (two-sided p with a sign) or ``ri`` with
        the group sizes, dims (study,).
    vtype : str
        One of the variances in Notes.

    Notes
    -----
    ``yi = d / sqrt(d**2 + h)`` with ``h = (n - 2)(1/n1 + 1/n2)`` and n = n1 + n2. Variances: LS and ST for group sizes
    fixed by design, ``h**2/(h + d**2)**3 (1/n1 + 1/n2 + d**2/(2 n))``; CS for group sizes that are drawn,
    ``(1 - yi**2)**2 (n yi**2/(4 n1 n2) + (2 - 3 yi**2)/(2 n))``.

    References ---------- Tate, R. F. (1954). Correlation between a discrete and a continuous variable: Point-biserial
    correlation. Annals of Mathematical Statistics, 25(3), 603-607; Jacobs, P., & Viechtbauer, W. (2017). Estimation
    of the biserial correlation and its sampling variance for use in meta-analysis. Research Synthesis Methods, 8(2),
    161-180.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in rpb(cells)]
    [[0.400117], [0.00952]]
    """
    g = two_means.means(cells)
    d, h = g.d, g.df * g.inverse_sizes
    yi = d / np.sqrt(d**2 + h)
    fixed = h**2 / (h + d**2) ** 3 * (g.inverse_sizes + d**2 / (2.0 * g.n))
    drawn = (1.0 - yi**2) ** 2 * (g.n * yi**2 / (4.0 * g.n1 * g.n2) + (2.0 - 3.0 * yi**2) / (2.0 * g.n))
    return yi, {"LS": fixed, "ST": fixed, "CS": drawn}[vtype]


@outcomes
def zpb(cells: Cells, vtype: str = "LS") -> Pair:
    """Return Fisher's z of the point-biserial correlation, and its variance by the delta method; as for `rpb`.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in zpb(cells)]
    [[0.423788], [0.013495]]
    """
    return fisher_z(*rpb(cells, vtype))


MEASURES = tuple(
    Measure(
        name=name,
        words=words,
        scale="",
        null=0.0,
        columns=two_means.COLUMNS,
        vtypes=("LS", "ST", "CS"),
        options=(),
        reference="Tate 1954; Jacobs & Viechtbauer 2017",
        effect=effect,
        alternatives=two_means.ALTERNATIVES,
    )
    for name, words, effect in (
        ("RPB", "point-biserial correlation", rpb),
        ("ZPB", "Fisher's z of the point-biserial correlation", zpb),
    )
)
