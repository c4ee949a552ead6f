"""The smallest study, and the fewest studies, that reach a target."""

from __future__ import annotations

from collections.abc import Callable


def smallest(
    chance: Callable[[float], float], target: float, start: float, most: float, whole: bool, close: float = 1e-3
) -> float | None:
    """Return the smallest size whose probability reaches a target, or None where no size up to a limit does.

    Parameters
    ----------
    chance : callable
        Probability by size; it may rise and fall.
    target : float
    start, most : float
        Smallest and largest size to look at.
    whole : bool
        Whether sizes are whole numbers; they are found to the last one, or as closely as ``close`` where that is wider.
    close : float
        How closely the size is found, relative to itself.

    Notes
    -----
    Sizes are quadrupled until one reaches the target, and the last interval is halved: a rise and fall in between would
    be missed.

    Examples
    --------
    >>> smallest(lambda size: size / (size + 100.0), 0.8, 4.0, 1e6, True)
    400.0
    """
    low, high = start, start
    while chance(high) < target:
        if high >= most:
            return None
        low, high = high, min(4.0 * high, most)
    while high > start and high - low > max(1.0 if whole else 0.0, close * high):
        middle = 0.5 * (low + high)
        middle = float(int(middle)) if whole else middle
        low, high = (low, middle) if chance(middle) >= target else (middle, high)
    return high
