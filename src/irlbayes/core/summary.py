"""The summaries every unknown gets, under the names of the JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from irlbayes.core.answers import Marginal
from irlbayes.core.types import Threshold

POINTS = 161  # of a density that is drawn


def summarize(marginal: Marginal, level: float) -> dict[str, Any]:
    """Summarize one unknown.

    Parameters
    ----------
    marginal : Marginal
    level : float
        Probability of the intervals.

    Returns
    -------
    dict
        mean, sd, median, mode, ci_low, ci_high (central), shortest_low, shortest_high; None where a
        moment does not exist.
    """
    low, median, high = central(marginal, level)
    short_low, short_high = marginal.shortest(level)
    return {
        "mean": marginal.mean,
        "sd": marginal.sd,
        "median": median,
        "mode": marginal.mode,
        "ci_low": low,
        "ci_high": high,
        "shortest_low": short_low,
        "shortest_high": short_high,
    }


def central(marginal: Marginal, level: float) -> tuple[float, float, float]:
    """Return the lower end of the central interval, the median and the upper end, all found at once."""
    low, median, high = marginal.quantile(np.array([0.5 - 0.5 * level, 0.5, 0.5 + 0.5 * level]))
    return float(low), float(median), float(high)


def describe(
    marginal: Marginal, prior: Marginal | None, null: float | None, level: float, thresholds: Sequence[Threshold]
) -> dict[str, Any]:
    """Return everything that is said of an effect: `summarize`, P(> null) and P(> d), each beside its prior value."""
    return {
        **summarize(marginal, level),
        **beyond_null(marginal, prior, null),
        "thresholds": beyond_thresholds(marginal, prior, thresholds),
    }


def beyond_null(marginal: Marginal, prior: Marginal | None, null: float | None) -> dict[str, float | None]:
    """Return P(> null) after and before the data; None where there is no null or no proper prior."""
    if null is None:
        return {"p_gt_null": None, "prior_p_gt_null": None}
    return {
        "p_gt_null": float(marginal.sf(null)),
        "prior_p_gt_null": None if prior is None else float(prior.sf(null)),
    }


def beyond_thresholds(
    marginal: Marginal, prior: Marginal | None, thresholds: Sequence[Threshold]
) -> list[dict[str, Any]]:
    """Return P(> d), P(< d) and P(|.| < |d|) for every declared threshold, and the prior's P(> d)."""
    return [
        {
            "value": threshold.value,
            "kind": threshold.kind,
            "source": threshold.source,
            "p_gt": float(marginal.sf(threshold.value)),
            "p_lt": float(marginal.cdf(threshold.value)),
            "p_abs_lt": _inside(marginal, abs(threshold.value)),
            "prior_p_gt": None if prior is None else float(prior.sf(threshold.value)),
        }
        for threshold in thresholds
    ]


def _inside(marginal: Marginal, reach: float) -> float:
    """Return P(-reach < X < reach), from the tails so that a small remainder keeps its digits."""
    outside = float(marginal.cdf(-reach)) + float(marginal.sf(reach))
    return 1.0 - outside if outside < 0.5 else float(marginal.cdf(reach)) - float(marginal.cdf(-reach))


def densities(before: Marginal, after: Marginal) -> dict[str, list[float]]:
    """Return both densities over the central 99.8 % of the posterior and 90 % of the prior; of draws by kernels.

    Parameters
    ----------
    before, after : Marginal

    Returns
    -------
    dict
        ``x``, ``prior`` and ``posterior``.
    """
    ends = [*after.quantile(np.array([0.001, 0.999])), *before.quantile(np.array([0.05, 0.95]))]
    low, high, least = max(min(ends), before.support[0]), max(ends), after.support[0]
    if low < least < low + (high - low) / POINTS:  # draws start a little above the end of their support
        low = least
    x = np.linspace(low, high, POINTS)
    curves = {"prior": before, "posterior": after}
    return {"x": x.tolist(), **{name: np.exp(one.log_pdf(x)).tolist() for name, one in curves.items()}}
