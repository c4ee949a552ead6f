"""`PCOR`, `ZPCOR`: partial correlation, and its Fisher z."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells.correlations import given_r
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes, weighted_mean
from irlbayes.effects.measure import Measure


@outcomes
def pcor(cells: Cells, vtype: str = "LS") -> Pair:
    """Return the partial correlation, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``ri, mi, ni``: partial correlation, number of predictors in the model, people; or ``ti`` or ``pi`` (two-sided p
        with a sign) of the coefficient with ``mi, ni``. Dims (study,).
    vtype : str
        One of the variances in Notes.

    Notes
    -----
    ``yi = r``, from t as ``t / sqrt(t**2 + n - m - 1)``. Variances: LS ``(1 - r**2)**2/(n - m)``; AV the same with the
    average of r over studies, weighted by n.

    References
    ----------
    Aloe, A. M. (2014). An empirical investigation of partial effect sizes in meta-analysis of correlational data.
    Journal of General Psychology, 141(1), 47-64.

    Examples
    --------
    >>> cells = {"ri": np.array([0.3]), "mi": np.array([2.0]), "ni": np.array([50.0])}
    >>> [values.round(6).tolist() for values in pcor(cells)]
    [[0.3], [0.017252]]
    """
    m, n = cells["mi"], cells["ni"]
    r = given_r(cells, n - m - 1.0)
    shown = np.full_like(r, weighted_mean(r, n)) if vtype == "AV" else r
    return r, (1.0 - shown**2) ** 2 / (n - m)


@outcomes
def zpcor(cells: Cells, vtype: str = "LS") -> Pair:
    """Return Fisher's z of the partial correlation, and its sampling variance ``1/(n - m - 2)``; cells as for `pcor`.

    References
    ----------
    Fisher, R. A. (1924). The distribution of the partial correlation coefficient. Metron, 3, 329-332.

    Examples
    --------
    >>> cells = {"ri": np.array([0.3]), "mi": np.array([2.0]), "ni": np.array([50.0])}
    >>> [values.round(6).tolist() for values in zpcor(cells)]
    [[0.30952], [0.021739]]
    """
    m, n = cells["mi"], cells["ni"]
    return np.arctanh(np.clip(given_r(cells, n - m - 1.0), -1.0, 1.0)), 1.0 / (n - m - 2.0)


MEASURES = tuple(
    Measure(
        name=name,
        words=words,
        scale="",
        null=0.0,
        columns=("ri", "mi", "ni"),
        vtypes=vtypes,
        options=(),
        reference=reference,
        effect=effect,
        alternatives=(("ti", "mi", "ni"), ("pi", "mi", "ni")),
    )
    for name, words, vtypes, reference, effect in (
        ("PCOR", "partial correlation", ("LS", "AV"), "Aloe 2014", pcor),
        ("ZPCOR", "Fisher's z of a partial correlation", ("LS",), "Fisher 1924", zpcor),
    )
)
