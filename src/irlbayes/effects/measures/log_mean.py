"""`MNLN`: log of the mean of one group."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS") -> Pair:
    """Return the log of the mean of one group, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``mi, sdi, ni``: mean, SD and size of one group, dims (study,).
    vtype : str
        ``LS``.

    Notes
    -----
    ``yi = log(m)``, ``vi = sd**2 / (n m**2)``.

    References
    ----------
    Hedges, L. V., Gurevitch, J., & Curtis, P. S. (1999). The meta-analysis of response ratios in experimental
    ecology. Ecology, 80(4), 1150-1156.

    Examples
    --------
    >>> cells = {"mi": np.array([12.0]), "sdi": np.array([3.0]), "ni": np.array([25.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[2.484907], [0.0025]]
    """
    m, sd, n = cells["mi"], cells["sdi"], cells["ni"]
    return np.log(m), sd**2 / (n * m**2)


MEASURES = (
    Measure(
        name="MNLN",
        words="log of the mean of one group",
        scale="",
        null=None,
        columns=("mi", "sdi", "ni"),
        vtypes=("LS",),
        options=(),
        reference="Hedges, Gurevitch & Curtis 1999",
        effect=effect,
    ),
)
