"""`SMN`: standardized mean of one group."""

from __future__ import annotations

from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.cells.two_means import hedges_j
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, correct: bool = True) -> Pair:
    """Return the standardized mean of one group, and its sampling variance.

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
    ``yi = J m/sd``, J at n - 1; ``vi = 1/n + yi**2/(2 n)``.

    References
    ----------
    Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related estimators. Journal
    of Educational Statistics, 6(2), 107-128; Hedges, L. V. (1982). Estimation of effect size from a series of
    independent experiments. Psychological Bulletin, 92(2), 490-499.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"mi": np.array([12.0]), "sdi": np.array([3.0]), "ni": np.array([25.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[3.873461], [0.340074]]
    """
    m, sd, n = cells["mi"], cells["sdi"], cells["ni"]
    yi = hedges_j(n - 1.0, correct) * m / sd
    return yi, 1.0 / n + yi**2 / (2.0 * n)


MEASURES = (
    Measure(
        name="SMN",
        words="standardized mean of one group",
        scale="",
        null=None,
        columns=("mi", "sdi", "ni"),
        vtypes=("LS",),
        options=("correct",),
        reference="Hedges 1981, 1982",
        effect=effect,
    ),
)
