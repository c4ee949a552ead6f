"""`CLESN`, `AUCN`: probability that one of group 1 is above one of group 2, both normal."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure

ALTERNATIVES = (("di", "n1i", "n2i"), ("ti", "n1i", "n2i"), ("pi", "n1i", "n2i"), ("ai", "n1i", "n2i"))


@outcomes
def effect(cells: Cells, vtype: str = "LS") -> Pair:
    """Return the probability of superiority under normality, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``m1i, sd1i, n1i, m2i, sd2i, n2i``, or ``di``, ``ti``, ``pi`` (two-sided p with a sign) or ``ai`` (the
        probability itself) with the group sizes, dims (study,).
    vtype : str
        One of the variances in Notes; HO for every study without two SDs.

    Notes
    -----
    ``yi = Phi(d / sqrt(2))`` with ``d = (m1 - m2)/s``, ``s**2 = (sd1**2 + sd2**2)/2``, or the pooled SD for HO. With
    ``v1 = sd1**2/(sd1**2 + sd2**2)``, ``v2 = 1 - v1`` and
    ``V(j, k) = d**2 (v1**2/(n1 - j) + v2**2/(n2 - j)) + 4 (v1/(n1 - k) + v2/(n2 - k))``, the variance is
    ``exp(-d**2/2)/(8 pi)`` times V(1, 1) for LS, V(0, 0) for LS2, V(1, 0) for LS3; HO is
    ``exp(-d**2/2)/(4 pi) (1/n1 + 1/n2 + d**2/(2 (n1 + n2)))``; H0 is LS at d = 0.

    References
    ----------
    McGraw, K. O., & Wong, S. P. (1992). A common language effect size statistic. Psychological Bulletin, 111(2),
    361-365; Bonett, D. G. (2008). Confidence intervals for standardized linear contrasts of means. Psychological
    Methods, 13(2), 99-109 (variance of d).

    Examples
    --------
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.733914], [0.003445]]
    """
    from scipy.special import ndtr, ndtri

    n1, n2 = cells["n1i"], cells["n2i"]
    blank = np.full_like(n1, np.nan)
    m1, sd1, m2, sd2, share = (cells.get(name, blank) for name in ("m1i", "sd1i", "m2i", "sd2i", "ai"))
    given = two_means.given_d({name: cell for name, cell in cells.items() if name != "ri"})
    equal = ~np.isnan(given) | np.isnan(sd1) | np.isnan(sd2) | (vtype == "HO")
    square = np.where(equal, ((n1 - 1.0) * sd1**2 + (n2 - 1.0) * sd2**2) / (n1 + n2 - 2.0), (sd1**2 + sd2**2) / 2.0)
    d = np.where(np.isnan(given), (m1 - m2) / np.sqrt(square), given)
    yi = np.where(np.isnan(share), ndtr(d / np.sqrt(2.0)), share)
    d = np.where(np.isnan(d), ndtri(yi) * np.sqrt(2.0), d)
    v1, shown = sd1**2 / (sd1**2 + sd2**2), np.where(vtype == "H0", 0.0, d)
    j, k = {"LS": (1.0, 1.0), "LS2": (0.0, 0.0), "LS3": (1.0, 0.0), "H0": (1.0, 1.0), "HO": (0.0, 0.0)}[vtype]
    spread = shown**2 * (v1**2 / (n1 - j) + (1.0 - v1) ** 2 / (n2 - j)) + 4.0 * (v1 / (n1 - k) + (1.0 - v1) / (n2 - k))
    own = np.exp(-0.5 * shown**2) / (8.0 * np.pi) * spread
    one = np.exp(-0.5 * d**2) / (4.0 * np.pi) * (1.0 / n1 + 1.0 / n2 + d**2 / (2.0 * (n1 + n2)))
    return yi, np.where(equal, one, own)


MEASURES = tuple(
    Measure(
        name=name,
        words=words,
        scale="",
        null=0.5,
        columns=two_means.COLUMNS,
        vtypes=("LS", "LS2", "LS3", "HO", "H0"),
        options=(),
        reference="McGraw & Wong 1992; Bonett 2008",
        effect=effect,
        alternatives=ALTERNATIVES,
    )
    for name, words in (
        ("CLESN", "common language effect size under normality"),
        ("AUCN", "area under the curve under normality"),
    )
)
