"""`PLN`: log of a proportion."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0") -> Pair:
    """Return the log of a proportion, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``xi, ni`` or ``xi, mi``: people with the event, and all people or those without, dims (study,).
    vtype : str
        One of the variances in Notes.
    add, to : float, str
        What is added to zero and full counts, and where.

    Notes
    -----
    ``yi = log(x/n)``. Variances: LS ``1/x - 1/n``; AV ``1/(p n) - 1/n`` with the average p over studies, weighted by n.

    References
    ----------
    Fleiss, J. L., Levin, B., & Paik, M. C. (2003). Statistical methods for rates and proportions (3rd ed.).
    Wiley.

    Examples
    --------
    >>> cells = {"xi": np.array([12.0]), "ni": np.array([50.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-1.427116], [0.063333]]
    """
    x, n = cells_counts.one_proportion(cells, add, to)
    p = weighted_mean(x / n, n)
    variance = {"LS": 1.0 / x - 1.0 / n, "AV": 1.0 / (p * n) - 1.0 / n}
    return np.log(x / n), variance[vtype]


MEASURES = (
    Measure(
        name="PLN",
        words="log of a proportion",
        scale="",
        null=None,
        columns=cells_counts.PROPORTION,
        vtypes=("LS", "AV"),
        options=("add", "to"),
        reference="Fleiss et al. 2003",
        effect=effect,
        alternatives=cells_counts.PROPORTION_ALTERNATIVES,
    ),
)
