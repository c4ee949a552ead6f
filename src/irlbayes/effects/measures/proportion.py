"""`PR`: proportion."""

from __future__ import annotations

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0") -> Pair:
    """Return the proportion, and its sampling variance.

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
    ``yi = p = x/n``. Variances: LS ``p (1 - p)/n``; UB ``p (1 - p)/(n - 1)``, unbiased; AV as LS with the average of
    p over studies, weighted by n.

    References
    ----------
    Fleiss, J. L., Levin, B., & Paik, M. C. (2003). Statistical methods for rates and proportions (3rd ed.).
    Wiley.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"xi": np.array([12.0]), "ni": np.array([50.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.24], [0.003648]]
    """
    x, n = cells_counts.one_proportion(cells, add, to)
    p = x / n
    average = weighted_mean(p, n)
    variance = {
        "LS": p * (1.0 - p) / n,
        "UB": p * (1.0 - p) / (n - 1.0),
        "AV": average * (1.0 - average) / n,
    }
    return p, variance[vtype]


MEASURES = (
    Measure(
        name="PR",
        words="proportion",
        scale="",
        null=None,
        columns=cells_counts.PROPORTION,
        vtypes=("LS", "UB", "AV"),
        options=("add", "to"),
        reference="Fleiss et al. 2003",
        effect=effect,
        alternatives=cells_counts.PROPORTION_ALTERNATIVES,
    ),
)
