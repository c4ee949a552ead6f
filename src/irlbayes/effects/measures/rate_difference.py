"""`IRD`: incidence rate difference."""

from __future__ import annotations

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the incidence rate difference, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``x1i, t1i, x2i, t2i``: events and person-time, dims (study,).
    vtype : str
        ``LS``.
    add, to, drop00 : float, str, bool
        What is added to counts with a zero, where, and whether a study without events has no effect.

    Notes
    -----
    ``yi = x1/t1 - x2/t2``, ``vi = x1/t1**2 + x2/t2**2``.

    References
    ----------
    Rothman, K. J., Greenland, S., & Lash, T. L. (2008). Modern epidemiology (3rd ed.). Lippincott Williams &
    Wilkins.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"x1i": np.array([9.0]), "t1i": np.array([413.0]), "x2i": np.array([19.0]), "t2i": np.array([398.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.025947], [0.000173]]
    """
    x1, t1, x2, t2 = cells_counts.two_rates(cells, add, to, drop00)
    return x1 / t1 - x2 / t2, x1 / t1**2 + x2 / t2**2


MEASURES = (
    Measure(
        name="IRD",
        words="incidence rate difference",
        scale="ird",
        null=0.0,
        columns=cells_counts.RATES,
        vtypes=("LS",),
        options=("add", "to", "drop00"),
        reference="Rothman et al. 2008",
        effect=effect,
    ),
)
