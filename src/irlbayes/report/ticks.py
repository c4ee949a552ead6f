"""Ticks of an axis of effects: places on the scale of pooling, labeled with what readers see."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10

import numpy as np

from irlbayes.core.scales import SCALES

PROPORTIONS = (0.5, 0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.05, 0.95, 0.01, 0.99, 0.02, 0.98, 0.4, 0.6)
CORRELATIONS = (0.0, 0.5, -0.5, 0.8, -0.8, 0.9, -0.9, 0.2, -0.2, 0.99, -0.99)


def ends_of(values: Sequence[float | None], margin: float = 0.05) -> tuple[float, float]:
    """Return the ends of an axis that holds every value, with a margin as a share of their range.

    Examples
    --------
    >>> ends_of([1.0, None, 3.0], 0.1)
    (0.8, 3.2)
    """
    known = [value for value in values if value is not None and np.isfinite(value)]
    low, high = min(known, default=-1.0), max(known, default=1.0)
    reach = margin * (high - low) or 0.5 * abs(high) or 1.0
    return low - reach, high + reach


def ticks(scale: str, low: float, high: float, count: int = 5) -> tuple[list[float], list[str]]:
    """Return places between the ends of an axis, and their labels.

    Parameters
    ----------
    scale : str
        Name of the scale of pooling; ``none`` for a plain number.
    low, high : float
        Ends, on the scale of pooling.
    count : int
        How many there should be, about.

    Returns
    -------
    list of float
        On the scale of pooling.
    list of str
        Back-transformed where readers see a ratio, a proportion or a correlation.

    Examples
    --------
    >>> ticks("log_or", np.log(0.4), np.log(12.0))[1]
    ['0.5', '1', '2', '5', '10']
    >>> ticks("log_or", np.log(0.6), np.log(2.2))[1]
    ['0.7', '1', '1.5', '2']
    >>> ticks("smd", -0.55, 1.1)[1]
    ['−0.5', '0', '0.5', '1']
    """
    one = SCALES[scale]
    if one.transform == "none":
        places = even(low, high, count)
        return places, _labels(places)
    shown = [one.show(low), one.show(high)]
    fallback = even(shown[0], shown[1], count)
    candidates: Sequence[float] = fallback
    if one.transform == "exp" and shown[1] > 3.0 * shown[0]:
        powers = [10.0**power for power in range(floor(log10(shown[0])), ceil(log10(shown[1])) + 1)]
        candidates = [1.0, *powers, *(m * p for ms in ((2.0, 5.0), (3.0,), (1.5, 7.0)) for m in ms for p in powers)]
    elif one.transform == "expit" and high - low > 2.0:
        candidates = PROPORTIONS
    elif one.transform == "tanh" and high - low > 1.5:
        candidates = CORRELATIONS
    kept: dict[float, float] = {}
    for value in candidates:
        place = one.read(value)
        if place is None or not low <= place <= high:
            continue
        if all(abs(place - other) > (high - low) / (1.6 * count) for other in kept):
            kept[place] = value
    places = sorted(kept)
    return places, [_plain(kept[place]) for place in places]


def even(low: float, high: float, count: int = 5) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten between two ends.

    Examples
    --------
    >>> even(0.0, 1.0)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / count
    power = 10.0 ** floor(log10(rough))
    step = next(m for m in (1.0, 2.0, 5.0, 10.0) if m * power >= 0.8 * rough) * power
    first = ceil(low / step - 1e-9)
    return [round(number * step, 12) for number in range(first, floor(high / step + 1e-9) + 1)]


def _labels(places: Sequence[float]) -> list[str]:
    return [_plain(place) for place in places]


def _plain(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")
