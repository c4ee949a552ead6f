"""Trim and fill: how many mirror images make the funnel symmetric, and the mean with them. For comparison only.

References
----------
Duval, S., & Tweedie, R. (2000a). Trim and fill: a simple funnel-plot-based method of testing and adjusting for
publication bias in meta-analysis. Biometrics, 56(2), 455-463.
Duval, S., & Tweedie, R. (2000b). A nonparametric "trim and fill" method of accounting for publication bias in
meta-analysis. Journal of the American Statistical Association, 95(449), 89-98.
Peters, J. L., et al. (2007). Performance of the trim and fill method in the presence of publication bias and
between-study heterogeneity. Statistics in Medicine, 26(25), 4544-4562.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Evidence
from irlbayes.core.funnels import Z_05, Funnel
from irlbayes.core.least_squares import line
from irlbayes.core.words import shown

Array = NDArray[np.float64]
FEWEST, NEEDS_SIZE, NEEDS_NULL = 3, True, False
ESTIMATORS = ("L0", "R0")
ROUNDS = 100
ROUNDING = 1e-12
LIMIT = (
    "Trim and fill is for comparison only: it assumes that the most extreme results, and no others, are missing, and"
    " invents studies where effects differ (Peters et al. 2007)."
)


def answer(funnel: Funnel) -> Evidence:
    """Trim and fill by both estimators, with the between-study variance by REML.

    Parameters
    ----------
    funnel : Funnel

    Returns
    -------
    Evidence
        ``side`` on which studies would be missing; ``untrimmed`` and, by estimator, ``L0`` and ``R0``: each as
        `fill`; ``ours``: mean and interval from every row.

    Raises
    ------
    ArithmeticError
        All standard errors are alike, REML does not converge, or the rounds do not end.
    """
    yi, vi, outcome = funnel.yi, funnel.sei**2, funnel.outcome
    side = missing_side(yi, vi)
    filled = {name: fill(yi, vi, side, name) for name in ESTIMATORS}
    low, high = funnel.mu.interval(funnel.level)
    ours = {"median": float(funnel.mu.quantile(0.5)), "ci_low": low, "ci_high": high}
    said = "; ".join(
        f"{name} adds {found['k0']} and gives {shown(found['estimate'], outcome)}"
        f" [{shown(found['ci_low'], outcome)}, {shown(found['ci_high'], outcome)}]"
        for name, found in filled.items()
    )
    statement = (
        f"Trim and fill on the {side}, REML: {said}. Ours, from every row: {shown(ours['median'], outcome)}"
        f" [{shown(low, outcome)}, {shown(high, outcome)}]."
    )
    untrimmed = _pooled(yi, vi, "REML")
    numbers = {"k": int(yi.size), "side": side, "method": "REML", "untrimmed": untrimmed, **filled, "ours": ours}
    return Evidence("trim_and_fill", statement, numbers, True, (LIMIT, *funnel.limits))


def missing_side(yi: Array, vi: Array, method: str = "REML") -> str:
    """Return the side on which studies would be missing: ``right`` where effects fall as standard errors grow.

    Parameters
    ----------
    yi, vi : Array, dims (study,)
    method : str
        Of the between-study variance.
    """
    return "right" if line(yi, vi, np.sqrt(vi), method).beta[1] < 0.0 else "left"


def fill(yi: Array, vi: Array, side: str, estimator: str = "L0", method: str = "REML") -> dict[str, Any]:
    """Trim the funnel until it is symmetric, add the mirror images, and pool.

    Parameters
    ----------
    yi, vi : Array, dims (study,)
    side : str
        ``left`` or ``right``: where studies would be missing.
    estimator : str
        Of the number of missing studies: ``L0`` (from the sum of ranks) or ``R0`` (from the length of the extreme run).
    method : str
        Of the between-study variance: ``EE``, ``DL`` or ``REML``.

    Returns
    -------
    dict
        ``k0`` studies added, their ``images`` (``yi``, ``sei``); ``estimate``, ``se``, ``ci_low``, ``ci_high`` (95 %)
        and ``tau2`` with them.

    Raises
    ------
    ArithmeticError
        All effects are alike, or the rounds do not end.

    Examples
    --------
    >>> fill(np.array([0.0, 0.1, 0.2, 0.9]), np.array([0.01, 0.02, 0.03, 0.2]), "left")["k0"]
    2
    """
    if np.ptp(yi) <= ROUNDING * np.max(np.abs(yi)):
        raise ArithmeticError("all effects are alike, so there is nothing to trim")
    mirrored = -yi if side == "right" else yi
    order = np.argsort(mirrored, kind="stable")
    effects, variances = mirrored[order], vi[order]
    count, before, k = 0, -1, yi.size
    center = 0.0
    for _ in range(ROUNDS):
        if count == before:
            break
        before = count
        kept = slice(0, k - count)
        center = float(line(effects[kept], variances[kept], method=method).beta[0])
        count = min(k - 1, _missing(effects - center, estimator))
    else:
        raise ArithmeticError(f"trim and fill did not settle in {ROUNDS} rounds")
    extreme = slice(k - count, k)
    images = 2.0 * center - effects[extreme]
    images = -images if side == "right" else images
    found = _pooled(np.concatenate([yi, images]), np.concatenate([vi, variances[extreme]]), method)
    added = [{"yi": float(y), "sei": float(v) ** 0.5} for y, v in zip(images, variances[extreme], strict=True)]
    return {"k0": count, "images": added, **found}


def _missing(centered: Array, estimator: str) -> int:
    """Estimate how many studies are missing on the left of centered, sorted effects."""
    k = centered.size
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(centered), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        run = k - np.max(ranks, where=centered < 0.0, initial=0.0)
        return max(0, round(float(run) - 1.0))
    above = float(np.sum(ranks[centered > 0.0]))
    return max(0, round((4.0 * above - k * (k + 1)) / (2.0 * k - 1.0)))


def _pooled(yi: Array, vi: Array, method: str) -> dict[str, Any]:
    fit = line(yi, vi, method=method)
    estimate, se = float(fit.beta[0]), fit.se(0)
    return {
        "estimate": estimate,
        "se": se,
        "ci_low": estimate - Z_05 * se,
        "ci_high": estimate + Z_05 * se,
        "tau2": fit.tau2,
    }
