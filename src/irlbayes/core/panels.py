"""Other functions on the panels of a density: the same density computed otherwise, smooth factors of another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.density import AT_NODES, ORDER, TO_COEFFICIENTS, Density, log_slope, shift, to_y

Array = NDArray[np.float64]
LARGEST_CHANGE = 0.5  # of a log density that is still compared; noise far out changes more
UNRESOLVED = 1e-3  # last coefficients of a panel that only its emptiness excuses
RESOLVED = 1e-10  # last coefficients of a function that panels hold


def changed(density: Density, change: Array) -> Density:
    """Return a density with the change of its log at the nodes, resolved two degrees lower.

    How far its summaries move measures both errors: of the formula, and of the panels. Panels that were accepted
    unresolved, because they carry nothing, stay as they are: two degrees lower they could carry anything.
    """
    change = np.clip(np.nan_to_num(change, nan=0.0), -LARGEST_CHANGE, LARGEST_CHANGE)
    values = density.coefficients @ AT_NODES.T + change.reshape(-1, ORDER)
    coefficients = values @ TO_COEFFICIENTS.T
    coefficients[:, -2:] = 0.0
    unresolved = np.abs(density.coefficients[:, -2:]).max(axis=1) > UNRESOLVED
    coefficients[unresolved] = density.coefficients[unresolved]
    found = replace(density, coefficients=coefficients)
    return replace(found, coefficients=shift(coefficients, float(np.log(found.mass.sum()))))


def refined(density: Density) -> Density:
    """Return panels of half the width, for `interpolated`; they hold nothing."""
    middle = 0.5 * (density.edges[1:] + density.edges[:-1])
    return replace(density, edges=np.sort(np.append(density.edges, middle)), coefficients=np.zeros((0, ORDER)))


def interpolated(panels: Density, level: Array, exact: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Return a function of x through its values at the nodes; ``exact`` where the panels do not resolve it."""
    coefficients = (level.reshape(-1, ORDER) + log_slope(panels, panels.y)) @ TO_COEFFICIENTS.T
    rough = np.abs(coefficients[:, -2:]).max(axis=1) > RESOLVED
    series = replace(panels, coefficients=coefficients)

    def at(x: Array) -> Array:
        value = series.log_pdf(x)
        panel = np.searchsorted(panels.edges, to_y(panels, x), side="right") - 1
        missed = np.isinf(value) | rough[np.clip(panel, 0, rough.size - 1)]
        if missed.any():
            value[missed] = exact(x[missed])
        return value

    return at


def distance(a: Density, b: Density) -> float:
    """Largest change of the summaries between two versions of a density, in sds."""
    probabilities = np.array([0.025, 0.5, 0.975])
    ours, theirs = a.quantile(probabilities), b.quantile(probabilities)
    changes = [*(ours - theirs)]
    for left, right in ((a.mean, b.mean), (a.sd, b.sd)):
        if left is not None and right is not None:
            changes.append(left - right)
    return float(np.abs(changes).max()) / (float(ours[-1] - ours[0]) / 4.0)
