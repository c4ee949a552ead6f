"""What is added to counts with zeros, and where: escalc's ``add`` and ``to``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WHERE = ("only0", "if0all", "all", "none")
"""Where ``add`` goes: studies with a zero, every study if one has a zero, every study, nowhere."""


def added(zero: NDArray[np.bool_], add: float, to: str) -> NDArray[np.float64]:
    """Return what each study's counts gain.

    Parameters
    ----------
    zero : array of bool, dims (study,)
        Whether a study has a zero count.
    add : float
        Amount for every count.
    to : str
        A name of `WHERE`.

    Examples
    --------
    >>> zero = np.array([False, True])
    >>> [added(zero, 0.5, to).tolist() for to in WHERE]
    [[0.0, 0.5], [0.5, 0.5], [0.5, 0.5], [0.0, 0.0]]
    """
    everywhere = to == "all" or (to == "if0all" and bool(zero.any()))
    gains = np.ones_like(zero) if everywhere else zero & (to == "only0")
    return np.where(gains, add, 0.0)
