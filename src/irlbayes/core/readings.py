"""Other readings of an ambiguous row, as an evidence base declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from irlbayes.core.types import Value


@dataclass(frozen=True)
class Reading:
    """What else a row may mean, beside what it is read as.

    Parameters
    ----------
    name : str
        Of the way of reading; rows that are read in the same way share it.
    id : str
        The row.
    kind : str
        Report kind under this reading.
    values : Mapping
        Cells that it fills or changes; the row keeps the others.
    quote : str
        The row's own words that allow it.
    why : str
    line : int
        Of `readings.csv`.
    """

    name: str
    id: str
    kind: str
    values: Mapping[str, Value]
    quote: str
    why: str
    line: int
