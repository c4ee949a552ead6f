"""Correlations as papers print them: r itself, its t, or its p-value with a sign."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells.outcomes import Array, Cells
from irlbayes.effects.conversions.t_and_p import r_from_t, t_from_signed_p


def given_r(cells: Cells, df: Array) -> Array:
    """Return the first of ri, ti and pi (signed) that a study has as a correlation, NaN where it has none.

    Parameters
    ----------
    cells : Mapping
        ``ri``, ``ti`` or ``pi``, dims (study,).
    df : Array
        Degrees of freedom of the test.

    Examples
    --------
    >>> given_r({"ti": np.array([2.0])}, np.array([60.0])).tolist()
    [0.25]
    """
    blank = np.full_like(df, np.nan)
    t = cells.get("ti", blank)
    if "pi" in cells:
        t = np.where(np.isnan(t), t_from_signed_p(cells["pi"], df), t)
    r = cells.get("ri", blank)
    return np.where(np.isnan(r), r_from_t(t, df), r)
