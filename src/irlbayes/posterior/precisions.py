"""A Student t prior of mu as a mixture of normals, so that mu stays normal given tau and a precision."""

from __future__ import annotations

from math import lgamma

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MIXED = 30.0  # log units that the error of the mixture lies below it


def precisions(df: float, looser: float = 1.0) -> tuple[Array, Array]:
    """Return nodes of a Student t as a mixture of normals: factors of its precision, and the logs of their weights.

    Notes
    -----
    ``t(df) = int Normal(0, 1 / lambda) Gamma(lambda | df / 2, rate df / 2) dlambda``, summed at even steps h of
    ``v = log(lambda)``. The integrand is analytic for ``|Im v| < pi / 2``, so that the relative error at any x is at
    most ``2 exp(-2 pi a / h) cos(a) ** (-(df + 1) / 2)`` for each a below pi / 2; h makes that 2e-13.
    """
    angle = np.linspace(0.01, 1.57, 200)
    step = looser * float((2.0 * np.pi * angle / (MIXED - 0.5 * (df + 1.0) * np.log(np.cos(angle)))).max())
    low, high = -2.0 * (MIXED + 10.0) / df - 1.0, float(np.log1p(2.0 * (MIXED + 10.0) / df)) + 1.0
    narrow = 12.0 * float(np.sqrt(2.0 / df))
    low, high = max(low, -narrow - 2.0 * narrow**2), min(high, narrow + 1.0)
    v = step * np.arange(np.ceil(low / step), np.ceil(high / step) + 1.0)
    log_weight = 0.5 * df * (np.log(0.5 * df) + v - np.exp(v)) - lgamma(0.5 * df) + np.log(step)
    return np.exp(v), np.asarray(log_weight - np.logaddexp.reduce(log_weight))
