"""Events in people or in person-time, one group or two, with what is added to zeros."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells.added import added
from irlbayes.effects.cells.outcomes import Array, Cells

RATES = ("x1i", "t1i", "x2i", "t2i")
RATE = ("xi", "ti")
PROPORTION = ("xi", "ni")
PROPORTION_ALTERNATIVES = (("xi", "mi"),)


def two_rates(
    cells: Cells, add: float = 0.5, to: str = "only0", drop00: bool = False
) -> tuple[Array, Array, Array, Array]:
    """Return events and person-time of group 1, then of group 2, dims (study,).

    Parameters
    ----------
    cells : Mapping
        ``x1i, t1i, x2i, t2i``.
    add, to : float, str
        What is added to both counts, and where (`irlbayes.effects.cells.added.WHERE`).
    drop00 : bool
        Whether a study without events in both groups has no effect.
    """
    x1, x2 = cells["x1i"], cells["x2i"]
    if drop00:
        flat = (x1 == 0) & (x2 == 0)
        x1, x2 = np.where(flat, np.nan, x1), np.where(flat, np.nan, x2)
    gain = added((x1 == 0) | (x2 == 0), add, to)
    return x1 + gain, cells["t1i"], x2 + gain, cells["t2i"]


def one_rate(cells: Cells, add: float = 0.5, to: str = "only0") -> tuple[Array, Array]:
    """Return events and person-time of one group, from ``xi, ti``."""
    x = cells["xi"]
    return x + added(x == 0, add, to), cells["ti"]


def one_proportion(cells: Cells, add: float = 0.5, to: str = "only0") -> tuple[Array, Array]:
    """Return events and people of one group, from ``xi, ni`` or ``xi, mi`` (people without the event).

    Examples
    --------
    >>> x, n = one_proportion({"xi": np.array([0.0, 3.0]), "ni": np.array([9.0, 9.0])})
    >>> x.tolist(), n.tolist()
    ([0.5, 3.0], [10.0, 9.0])
    """
    x, others = cells["xi"], cells.get("mi", np.full_like(cells["xi"], np.nan))
    if "ni" in cells:
        others = np.where(np.isnan(others), cells["ni"] - x, others)
    gain = added((x == 0) | (others == 0), add, to)
    return x + gain, x + others + 2.0 * gain
