"""A 2x2 table per study, with what is added to its zeros."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irlbayes.effects.cells.added import added
from irlbayes.effects.cells.outcomes import Array, Cells

COLUMNS = ("ai", "bi", "ci", "di")
ALTERNATIVES = (("ai", "n1i", "ci", "n2i"),)
OPTIONS = ("add", "to", "drop00")


@dataclass(frozen=True)
class Tables:
    """2x2 tables, dims (study,): events and non-events of group 1 (ai, bi) and of group 2 (ci, di)."""

    ai: Array
    bi: Array
    ci: Array
    di: Array

    @property
    def n1(self) -> Array:
        """Size of group 1."""
        return self.ai + self.bi

    @property
    def n2(self) -> Array:
        """Size of group 2."""
        return self.ci + self.di

    @property
    def n(self) -> Array:
        """People in the table."""
        return self.n1 + self.n2

    @property
    def p1(self) -> Array:
        """Risk of group 1."""
        return self.ai / self.n1

    @property
    def p2(self) -> Array:
        """Risk of group 2."""
        return self.ci / self.n2

    @property
    def pooled(self) -> Array:
        """Risk of both groups together."""
        return (self.ai + self.ci) / self.n


def tables(cells: Cells, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Tables:
    """Read the tables, completed from the group sizes where those are given, and add to zeros.

    Parameters
    ----------
    cells : Mapping
        ``ai, bi, ci, di`` or ``ai, n1i, ci, n2i`` (either for each study; NaN where not given), dims (study,).
    add, to : float, str
        What is added to all four cells, and where (`irlbayes.effects.cells.added.WHERE`).
    drop00 : bool
        Whether a study without events, or with nothing but events, in both groups has no effect.

    Examples
    --------
    >>> cells = {name: np.array([value]) for name, value in {"ai": 0.0, "n1i": 9.0, "ci": 3.0, "n2i": 9.0}.items()}
    >>> read = tables(cells)
    >>> read.ai.tolist(), read.bi.tolist(), read.n1.tolist()
    ([0.5], [9.5], [10.0])
    """
    a, c = cells["ai"], cells["ci"]
    b, d = _others(cells, "bi", "n1i", a), _others(cells, "di", "n2i", c)
    if drop00:
        flat = ((a == 0) & (c == 0)) | ((b == 0) & (d == 0))
        a, b, c, d = (np.where(flat, np.nan, count) for count in (a, b, c, d))
    gain = added((a == 0) | (b == 0) | (c == 0) | (d == 0), add, to)
    return Tables(a + gain, b + gain, c + gain, d + gain)


def _others(cells: Cells, name: str, size: str, events: Array) -> Array:
    """Return the count without the event: as given, else the group's size less the events."""
    given = cells.get(name)
    if size not in cells:
        return cells[name]
    rest = cells[size] - events
    return rest if given is None else np.where(np.isnan(given), rest, given)
