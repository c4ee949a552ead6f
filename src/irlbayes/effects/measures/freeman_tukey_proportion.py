"""`PFT`: Freeman-Tukey double arcsine of a proportion."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.0, to: str = "only0") -> Pair:
    """Return the Freeman-Tukey double arcsine of a proportion, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``xi, ni`` or ``xi, mi``: people with the event, and all people or those without, dims (study,).
    vtype : str
        ``LS``.
    add, to : float, str
        What is added to zero and full counts, and where.

    Notes
    -----
    ``yi = (asin(sqrt(x/(n + 1))) + asin(sqrt((x + 1)/(n + 1)))) / 2``, ``vi = 1/(4 n + 2)``. Nothing is added to zeros
    unless asked for.

    References
    ----------
    Freeman, M. F., & Tukey, J. W. (1950). Transformations related to the angular and the square root. Annals of
    Mathematical Statistics, 21(4), 607-611.

    Examples
    --------
    >>> cells = {"xi": np.array([12.0]), "ni": np.array([50.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.517843], [0.00495]]
    """
    x, n = cells_counts.one_proportion(cells, add, to)
    return 0.5 * (np.arcsin(np.sqrt(x / (n + 1.0))) + np.arcsin(np.sqrt((x + 1.0) / (n + 1.0)))), 1.0 / (4.0 * n + 2.0)


MEASURES = (
    Measure(
        name="PFT",
        words="Freeman-Tukey double arcsine of a proportion",
        scale="",
        null=None,
        columns=cells_counts.PROPORTION,
        vtypes=("LS",),
        options=("add", "to"),
        reference="Freeman & Tukey 1950",
        effect=effect,
        alternatives=cells_counts.PROPORTION_ALTERNATIVES,
    ),
)
