"""`SDLN`: log of the SD of one group."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, correct: bool = True) -> Pair:
    """Return the log of the SD of one group, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``sdi, ni``: SD and size of one group, dims (study,).
    vtype : str
        ``LS``.
    correct : bool
        Whether the small-sample bias is taken out.

    Notes
    -----
    ``yi = log(sd) + 1/(2 (n - 1))`` (the last term takes out the bias), ``vi = 1/(2 (n - 1))``.

    References
    ----------
    Nakagawa, S., Poulin, R., Mengersen, K., et al. (2015). Meta-analysis of variation: Ecological and
    evolutionary applications and beyond. Methods in Ecology and Evolution, 6(2), 143-152.

    Examples
    --------
    >>> cells = {"sdi": np.array([3.0]), "ni": np.array([25.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[1.119446], [0.020833]]
    """
    sd, n = cells["sdi"], cells["ni"]
    bias = 0.5 / (n - 1.0)
    return np.log(sd) + (bias if correct else 0.0), bias


MEASURES = (
    Measure(
        name="SDLN",
        words="log of the SD of one group",
        scale="",
        null=None,
        columns=("sdi", "ni"),
        vtypes=("LS",),
        options=("correct",),
        reference="Nakagawa et al. 2015",
        effect=effect,
        alternatives=(("mi", "sdi", "ni"),),
    ),
)
