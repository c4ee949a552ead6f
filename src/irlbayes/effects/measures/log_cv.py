"""`CVLN`: log coefficient of variation of one group."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, correct: bool = True) -> Pair:
    """Return the log coefficient of variation of one group, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``mi, sdi, ni``: mean, SD and size of one group, dims (study,).
    vtype : str
        ``LS``.
    correct : bool
        Whether the small-sample bias is taken out.

    Notes
    -----
    ``yi = log(sd/m) + 1/(2 (n - 1))`` (the last term takes out the bias), ``vi = 1/(2 (n - 1)) + sd**2/(n m**2)``.

    References
    ----------
    Nakagawa, S., Poulin, R., Mengersen, K., et al. (2015). Meta-analysis of variation: Ecological and
    evolutionary applications and beyond. Methods in Ecology and Evolution, 6(2), 143-152.

    Examples
    --------
    >>> cells = {"mi": np.array([12.0]), "sdi": np.array([3.0]), "ni": np.array([25.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-1.365461], [0.023333]]
    """
    m, sd, n = cells["mi"], cells["sdi"], cells["ni"]
    bias = 0.5 / (n - 1.0)
    return np.log(sd / m) + (bias if correct else 0.0), bias + sd**2 / (n * m**2)


MEASURES = (
    Measure(
        name="CVLN",
        words="log coefficient of variation of one group",
        scale="",
        null=None,
        columns=("mi", "sdi", "ni"),
        vtypes=("LS",),
        options=("correct",),
        reference="Nakagawa et al. 2015",
        effect=effect,
    ),
)
