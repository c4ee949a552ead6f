"""`COR`: correlation of two variables."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells.correlations import given_r
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.measure import Measure


def effect(cells: Cells, vtype: str = "LS") -> Pair:
    """Return the correlation, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``ri, ni``, or ``ti`` or ``pi`` (two-sided p with a sign) with ``ni``, dims (study,).
    vtype : str
        One of the variances in Notes.

    Notes
    -----
    ``yi = r``. Variances: LS ``(1 - r**2)**2/(n - 1)``; AV the same with the average of r over studies, weighted by n;
    H0 ``(1 - r**2)/(n - 2)``. No variance with three people or fewer.

    References
    ----------
    Hedges, L. V., & Olkin, I. (1985). Statistical methods for meta-analysis. Academic Press.

    Examples
    --------
    >>> cells = {"ri": np.array([0.3]), "ni": np.array([50.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.3], [0.0169]]
    """
    yi, vi = _effect(cells, vtype)
    return yi, np.where(cells["ni"] > 3.0, vi, np.nan)


@outcomes
def _effect(cells: Cells, vtype: str) -> Pair:
    """Return the correlation and its variance, for any number of people."""
    n = np.maximum(cells["ni"], 3.0)
    r = given_r(cells, cells["ni"] - 2.0)
    average = weighted_mean(r, cells["ni"])
    variance = {
        "LS": (1.0 - r**2) ** 2 / (n - 1.0),
        "AV": (1.0 - average**2) ** 2 / (n - 1.0),
        "H0": (1.0 - r**2) / (n - 2.0),
    }
    return r, variance[vtype]


MEASURES = (
    Measure(
        name="COR",
        words="correlation",
        scale="",
        null=0.0,
        columns=("ri", "ni"),
        vtypes=("LS", "AV", "H0"),
        options=(),
        reference="Hedges & Olkin 1985",
        effect=effect,
        alternatives=(("ti", "ni"), ("pi", "ni")),
    ),
)
