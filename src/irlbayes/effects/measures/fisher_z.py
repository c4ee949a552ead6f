"""`ZCOR`: Fisher's z of a correlation."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells.correlations import given_r
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


def effect(cells: Cells, vtype: str = "LS") -> Pair:
    """Return Fisher's z of the correlation, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``ri, ni``, or ``ti`` or ``pi`` (two-sided p with a sign) with ``ni``, dims (study,).
    vtype : str
        ``LS``.

    Notes
    -----
    ``yi = atanh(r)``, ``vi = 1/(n - 3)``; no variance with three people or fewer.

    References ---------- Fisher, R. A. (1921). On the "probable error" of a coefficient of correlation deduced from a
    small sample. Metron, 1, 1-32.

    Examples
    --------
    >>> cells = {"ri": np.array([0.3]), "ni": np.array([50.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[0.30952], [0.021277]]
    """
    yi, vi = _effect(cells)
    return yi, np.where(cells["ni"] > 3.0, vi, np.nan)


@outcomes
def _effect(cells: Cells) -> Pair:
    """Return z and its variance, that of four people for fewer."""
    r = np.clip(given_r(cells, cells["ni"] - 2.0), -1.0, 1.0)
    return np.arctanh(r), 1.0 / np.maximum(cells["ni"] - 3.0, 1.0)


MEASURES = (
    Measure(
        name="ZCOR",
        words="Fisher's z of a correlation",
        scale="fisher_z",
        null=0.0,
        columns=("ri", "ni"),
        vtypes=("LS",),
        options=(),
        reference="Fisher 1921",
        effect=effect,
        alternatives=(("ti", "ni"), ("pi", "ni")),
    ),
)
