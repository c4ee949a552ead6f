"""The data of a figure as a frame: named columns, units in ``attrs``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.core.words import with_interval

if TYPE_CHECKING:
    import pandas as pd


def frame_of(
    rows: Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]], outcome: Outcome, units: Mapping[str, str]
) -> pd.DataFrame:
    """Return rows, or columns, as a frame that knows its outcome and its units.

    Parameters
    ----------
    rows : sequence of Mapping, or Mapping of sequence
    outcome : Outcome
    units : Mapping
        By column; kept for columns that are there, in ``attrs["units"]``.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd

    found = pd.DataFrame(rows if isinstance(rows, Mapping) else list(rows))
    found.attrs = {
        "outcome": outcome.name,
        "label": outcome.label,
        "units": {name: units[name] for name in found.columns if name in units},
    }
    return found


def effect_unit(outcome: Outcome) -> str:
    """Name the unit of an effect on the scale of pooling.

    Examples
    --------
    >>> effect_unit(Outcome("x", "x", "md", 0.0, "+", unit="points"))
    'mean difference (points)'
    """
    words = SCALES[outcome.scale].words
    return f"{words} ({outcome.unit})" if outcome.unit else words


def estimate(row: Mapping[str, Any], outcome: Outcome, joint: str = " ") -> str:
    """Say a row's ``median`` with ``ci_low`` and ``ci_high`` as readers see them: ``0.40 [0.10, 0.70]``."""
    return with_interval({**row, "mean": None}, outcome, f"{{}}{joint}[{{}}, {{}}]")


def peak(x: Sequence[float], height: Sequence[float]) -> float:
    """Return the place of the highest point of a curve.

    Examples
    --------
    >>> peak([0.0, 1.0, 2.0], [0.1, 0.5, 0.2])
    1.0
    """
    return x[max(range(len(height)), key=height.__getitem__)]


def csv_of(frame: pd.DataFrame) -> str:
    """Return a frame as CSV, after a comment line for the unit of each column that has one."""
    units = "".join(f"# {name}: {unit}\n" for name, unit in frame.attrs["units"].items())
    return units + str(frame.to_csv(index=False, lineterminator="\n"))
