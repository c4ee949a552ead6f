"""`IRLN`: log incidence rate."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0") -> Pair:
    """Return the log incidence rate, and its sampling variance.

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
    ``yi = log(x/t)``, ``vi = 1/x``.

    References
    ----------
    Rothman, K. J., Greenland, S., & Lash, T. L. (2008). Modern epidemiology (3rd ed.). Lippincott Williams &
    Wilkins.

    Examples
    --------
    >>> cells = {"xi": np.array([5.0]), "ti": np.array([100.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-2.995732], [0.2]]
    """
    x, t = cells_counts.one_rate(cells, add, to)
    return np.log(x / t), 1.0 / x


MEASURES = (
    Measure(
        name="IRLN",
        words="log incidence rate",
        scale="log_rate",
        null=None,
        columns=cells_counts.RATE,
        vtypes=("LS",),
        options=("add", "to"),
        reference="Rothman et al. 2008",
        effect=effect,
    ),
)
