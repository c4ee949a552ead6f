"""`IR`: incidence rate."""

from __future__ import annotations

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0") -> Pair:
    """Return the incidence rate, and its sampling variance.

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
    ``yi = x/t``, ``vi = x/t**2``.

    References
    ----------
    Rothman, K. J., Greenland, S., & Lash, T. L. (2008). Modern epidemiology (3rd ed.). Lippincott Williams &
    Wilkins.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"xi": np.array([5.0]), "ti": np.array([100.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.05], [0.0005]]
    """
    x, t = cells_counts.one_rate(cells, add, to)
    return x / t, x / t**2


MEASURES = (
    Measure(
        name="IR",
        words="incidence rate",
        scale="",
        null=None,
        columns=cells_counts.RATE,
        vtypes=("LS",),
        options=("add", "to"),
        reference="Rothman et al. 2008",
        effect=effect,
    ),
)
