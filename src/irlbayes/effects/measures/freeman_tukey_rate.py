"""`IRFT`: Freeman-Tukey transformed incidence rate."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.0, to: str = "only0") -> Pair:
    """Return the Freeman-Tukey transformed incidence rate, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``xi, ti``: events and person-time, dims (study,).
    vtype : str
        ``LS``.
    add, to : float, str
        What is added to zeros, and where.

    Notes
    -----
    ``yi = (sqrt(x/t) + sqrt(x/t + 1/t)) / 2``, ``vi = 1/(4 t)``, whatever the rate. Nothing is added to zeros unless
    asked for.

    References
    ----------
    Freeman, M. F., & Tukey, J. W. (1950). Transformations related to the angular and the square root. Annals of
    Mathematical Statistics, 21(4), 607-611.

    Examples
    --------
    >>> cells = {"xi": np.array([5.0]), "ti": np.array([100.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.234278], [0.0025]]
    """
    x, t = cells_counts.one_rate(cells, add, to)
    return 0.5 * (np.sqrt(x / t) + np.sqrt((x + 1.0) / t)), 0.25 / t


MEASURES = (
    Measure(
        name="IRFT",
        words="Freeman-Tukey transformed incidence rate",
        scale="",
        null=None,
        columns=cells_counts.RATE,
        vtypes=("LS",),
        options=("add", "to"),
        reference="Freeman & Tukey 1950",
        effect=effect,
    ),
)
