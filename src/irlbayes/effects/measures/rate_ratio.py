"""`IRR`: log incidence rate ratio."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the log incidence rate ratio, and its sampling variance.

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
    ``yi = log((x1/t1) / (x2/t2))``, ``vi = 1/x1 + 1/x2``.

    References
    ----------
    Bagos, P. G., & Nikolopoulos, G. K. (2009). Mixed-effects Poisson regression models for meta-analysis of
    follow-up studies with constant or varying durations. International Journal of Biostatistics, 5(1), 21.

    Examples
    --------
    >>> cells = {"x1i": np.array([9.0]), "t1i": np.array([413.0]), "x2i": np.array([19.0]), "t2i": np.array([398.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.78421], [0.163743]]
    """
    x1, t1, x2, t2 = cells_counts.two_rates(cells, add, to, drop00)
    return np.log(x1 / t1) - np.log(x2 / t2), 1.0 / x1 + 1.0 / x2


MEASURES = (
    Measure(
        name="IRR",
        words="log incidence rate ratio",
        scale="log_irr",
        null=0.0,
        columns=cells_counts.RATES,
        vtypes=("LS",),
        options=("add", "to", "drop00"),
        reference="Bagos & Nikolopoulos 2009",
        effect=effect,
    ),
)
