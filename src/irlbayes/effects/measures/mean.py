"""`MN`: mean of one group."""

from __future__ import annotations

from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS") -> Pair:
    """Return the mean of one group, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``mi, sdi, ni``: mean, SD and size of one group, dims (study,).
    vtype : str
        One of the variances in Notes.

    Notes
    -----
    ``yi = m``. Variances: LS ``sd**2 / n``; HO the same with the average of ``sd**2`` over studies, weighted by ``n -
    1``.

    References
    ----------
    Lipsey, M. W., & Wilson, D. B. (2001). Practical meta-analysis. Sage.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"mi": np.array([12.0]), "sdi": np.array([3.0]), "ni": np.array([25.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[12.0], [0.36]]
    """
    m, sd, n = cells["mi"], cells["sdi"], cells["ni"]
    variance = {"LS": sd**2 / n, "HO": weighted_mean(sd**2, n - 1.0) / n}
    return m, variance[vtype]


MEASURES = (
    Measure(
        name="MN",
        words="mean of one group",
        scale="",
        null=None,
        columns=("mi", "sdi", "ni"),
        vtypes=("LS", "HO"),
        options=(),
        reference="Lipsey & Wilson 2001",
        effect=effect,
    ),
)
