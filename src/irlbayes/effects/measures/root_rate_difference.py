"""`IRSD`: difference of square roots of incidence rates."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.0, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the difference of square roots of incidence rates, and its sampling variance.

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
    ``yi = sqrt(x1/t1) - sqrt(x2/t2)``, ``vi = 1/(4 t1) + 1/(4 t2)``, whatever the rates. Nothing is added to zeros
    unless asked for.

    References
    ----------
    Bagos, P. G., & Nikolopoulos, G. K. (2009). Mixed-effects Poisson regression models for meta-analysis of
    follow-up studies with constant or varying durations. International Journal of Biostatistics, 5(1), 21.

    Examples
    --------
    >>> cells = {"x1i": np.array([9.0]), "t1i": np.array([413.0]), "x2i": np.array([19.0]), "t2i": np.array([398.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.070872], [0.001233]]
    """
    x1, t1, x2, t2 = cells_counts.two_rates(cells, add, to, drop00)
    return np.sqrt(x1 / t1) - np.sqrt(x2 / t2), 0.25 / t1 + 0.25 / t2


MEASURES = (
    Measure(
        name="IRSD",
        words="difference of square roots of incidence rates",
        scale="",
        null=0.0,
        columns=cells_counts.RATES,
        vtypes=("LS",),
        options=("add", "to", "drop00"),
        reference="Bagos & Nikolopoulos 2009",
        effect=effect,
    ),
)
