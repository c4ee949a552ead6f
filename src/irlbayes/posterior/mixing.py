"""Mixtures of densities: an unknown whose density is known under each of several assumptions.

What is averaged over, values of another parameter on the nodes of its own density or models with their posterior
probabilities, makes no difference here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.building import Plan, build
from irlbayes.core.density import Density, log_slope, to_x

Array = NDArray[np.float64]
TOLERANCE = 1e-8  # likewise
LEAST = -84.0  # log weight, relative to the largest, below which a component is left out
CUT = 20.0  # log units below the peak: an end of a density above this is an end of the support
DEEPEST = 110.0
SHALLOW = 60.0  # densities that end above this depth are cut at the noise of a fit
NOISE = 1e-10  # above that of the components, whose panels do not meet exactly


def mixed(densities: Sequence[Density], log_weights: Array) -> Density:
    """Mix densities of one unknown.

    Parameters
    ----------
    densities : sequence of Density
        Resolved densities on the same support.
    log_weights : Array, dims (density,)
        Up to a constant.

    Returns
    -------
    Density
        With the moments that every component has, mixed from the components' own means and sds.

    Raises
    ------
    ArithmeticError
        When the mixture cannot be resolved.

    Notes
    -----
    ``log p(x) = log sum_k w_k p_k(x)``, resolved on panels of its own to 1e-8.

    Examples
    --------
    >>> from irlbayes.core.building import Plan, build
    >>> normal = [build(lambda x, at=at: -0.5 * (x - at) ** 2, Plan(at, 1.0))[0] for at in (-1.0, 2.0)]
    >>> both = mixed(normal, np.log([0.25, 0.75]))
    >>> round(both.mean, 9), round(both.sd, 9)
    (1.25, 1.639359631)
    """
    log_weights = np.asarray(log_weights, dtype=float)
    kept = np.flatnonzero(log_weights > log_weights.max() + LEAST)
    parts = [densities[int(i)] for i in kept]
    level = log_weights[kept] - np.logaddexp.reduce(log_weights[kept])
    weight = np.exp(level)
    ends, depth = _ends(parts)
    quantiles = np.array([part.quantile(np.array([0.16, 0.5, 0.84])) for part in parts])
    low, middle, high = weight @ quantiles
    unit = float(np.hypot(0.5 * (high - low), np.sqrt(weight @ (quantiles[:, 1] - middle) ** 2)))

    def log_pdf(x: Array) -> Array:
        each = np.stack([part.log_pdf(x) for part in parts]) + level[:, None]
        top = np.maximum(each.max(axis=0), -1e300)
        with np.errstate(under="ignore", divide="ignore"):
            return np.asarray(top + np.log(np.exp(each - top).sum(axis=0)))

    moments = min(part.moments for part in parts)
    shallow = depth < SHALLOW
    origin = float(ends[0]) if np.isfinite(ends[0]) else float(middle)
    plan = Plan(
        origin, unit, ends, moments, min(depth, 27.0) if shallow else depth, TOLERANCE, noise=NOISE if shallow else 0.0
    )
    density, _ = build(log_pdf, plan)
    return replace(density, given=_moments(parts, weight)) if moments == 2 else density


def _moments(parts: Sequence[Density], weight: Array) -> tuple[float, float]:
    mean = np.array([part.mean for part in parts], dtype=float)
    sd = np.array([part.sd for part in parts], dtype=float)
    middle = float(weight @ mean)
    return middle, float(np.sqrt(weight @ (sd**2 + (mean - middle) ** 2)))


def _ends(parts: Sequence[Density]) -> tuple[tuple[float, float], float]:
    """Return the ends of the support (infinite for tails), and how deep every component's tails are known."""
    reach: list[list[float]] = [[], []]
    depth = DEEPEST
    for part in parts:
        x = to_x(part, part.edges[[0, -1]])
        level = part.log_pdf(part.x) + log_slope(part, part.y.ravel())
        for side, place in enumerate((0, -1)):
            below = float(level.max() - level[place])
            if below < CUT:
                reach[side].append(float(x[place]))
            else:
                depth = min(depth, below)
    return (min(reach[0], default=-np.inf), max(reach[1], default=np.inf)), depth
