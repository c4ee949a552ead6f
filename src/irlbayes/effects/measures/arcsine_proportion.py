"""`PAS`: arcsine square root of a proportion."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.0, to: str = "only0") -> Pair:
    """Return the arcsine square root of a proportion, and its sampling variance.

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
    ``yi = asin(sqrt(x/n))``, ``vi = 1/(4 n)``, whatever the proportion. Nothing is added to zeros unless asked for.

    References
    ----------
    Rücker, G., Schwarzer, G., Carpenter, J., & Olkin, I. (2009). Why add anything to nothing? The arcsine
    difference as a measure of treatment effect in meta-analysis with zero cells. Statistics in Medicine, 28(5),
    721-738.

    Examples
    --------
    >>> cells = {"xi": np.array([12.0]), "ni": np.array([50.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.511973], [0.005]]
    """
    x, n = cells_counts.one_proportion(cells, add, to)
    return np.arcsin(np.sqrt(x / n)), 0.25 / n


MEASURES = (
    Measure(
        name="PAS",
        words="arcsine square root of a proportion",
        scale="",
        null=None,
        columns=cells_counts.PROPORTION,
        vtypes=("LS",),
        options=("add", "to"),
        reference="Rücker et al. 2009",
        effect=effect,
        alternatives=cells_counts.PROPORTION_ALTERNATIVES,
    ),
)
