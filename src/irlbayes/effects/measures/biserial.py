"""`RBIS`, `ZBIS`: biserial correlation of two groups cut from one normal variable, and its Fisher z."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, fisher_z, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def rbis(cells: Cells, vtype: str = "LS") -> Pair:
    """Return the biserial correlation, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``m1i, sd1i, n1i, m2i, sd2i, n2i``, or ``di``, ``ti``, ``pi`` (two-sided p with a sign) or ``ri`` with
        the group sizes, dims (study,).
    vtype : str
        ``LS``.

    Notes
    -----
    With the point-biserial r, the share p of group 1, q = 1 - p, ``z = Phi^-1(q)`` and the normal density f at z:
    ``yi = r sqrt(p q) / f`` and ``vi = (p q/f**2 - (3/2 + (1 - p z/f)(1 + q z/f)) yi**2 + yi**4) / (n - 1)`` (Soper),
    yi taken as 1 or -1 beyond those.

    References
    ----------
    Soper, H. E. (1914). On the probable error of the bi-serial expression for the correlation coefficient. Biometrika,
    10(2/3), 384-390; Jacobs, P., & Viechtbauer, W. (2017). Estimation of the biserial correlation and its sampling
    variance for use in meta-analysis. Research Synthesis Methods, 8(2), 161-180.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in rbis(cells)]
    [[0.504436], [0.014702]]
    """
    from scipy.special import ndtri

    g = two_means.means(cells)
    d, h = g.d, g.df * g.inverse_sizes
    p, q = g.n1 / g.n, g.n2 / g.n
    z = -ndtri(p)
    f = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    yi = np.sqrt(p * q) / f * d / np.sqrt(d**2 + h)
    bounded = np.clip(yi, -1.0, 1.0)
    skew = 1.5 + (1.0 - p * z / f) * (1.0 + q * z / f)
    return yi, (p * q / f**2 - skew * bounded**2 + bounded**4) / (g.n - 1.0)


@outcomes
def zbis(cells: Cells, vtype: str = "LS") -> Pair:
    """Return Fisher's z of the biserial correlation, and its variance by the delta method; parameters as for `rbis`.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in zbis(cells)]
    [[0.555238], [0.026451]]
    """
    return fisher_z(*rbis(cells, vtype))


MEASURES = tuple(
    Measure(
        name=name,
        words=words,
        scale="",
        null=0.0,
        columns=two_means.COLUMNS,
        vtypes=("LS",),
        options=(),
        reference="Soper 1914; Jacobs & Viechtbauer 2017",
        effect=effect,
        alternatives=two_means.ALTERNATIVES,
    )
    for name, words, effect in (
        ("RBIS", "biserial correlation", rbis),
        ("ZBIS", "Fisher's z of the biserial correlation", zbis),
    )
)
