"""One normal estimate as several readers see it: each holds a prior, and every number follows in closed form.

Plain data for the document and the page, in units of the effect (a log for ratios).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from irlbayes.core import one_normal
from irlbayes.core.assumptions import Prior
from irlbayes.core.one_normal import Belief

LEVELS = (0.95, 0.975)
POINTS = 121
SAME = 1e-3  # of a z and the quantile of a level
REACH = 3.5  # standard errors on either side of the estimate, of a threshold curve


@dataclass(frozen=True)
class Reader:
    """A prior, and who holds it."""

    name: str
    prior: Prior
    belief: Belief


@dataclass(frozen=True)
class Asked:
    """What is asked of an effect.

    Parameters
    ----------
    null : float
    above : bool
        Whether the estimate lies above the null: the side whose probability is given first.
    thresholds : tuple of float
        Sizes; of one below the null the probability is that of a smaller effect.
    """

    null: float
    above: bool
    thresholds: tuple[float, ...] = ()


def known(reader: Reader, yi: float, sei: float, asked: Asked, level: float) -> dict[str, Any]:
    """Return what a reader believes after an estimate, beside what they believed before."""
    before, after = reader.belief, one_normal.updated(reader.belief, yi, sei)
    low, high = after.interval(level)
    return {
        **_told(reader),
        "mean": after.mean,
        "sd": after.sd,
        "ci_low": low,
        "ci_high": high,
        "p_gt_null": after.above(asked.null),
        "prior_p_gt_null": before.above(asked.null),
        "p_side": after.beyond(asked.null, asked.above),
        "prior_p_side": before.beyond(asked.null, asked.above),
        "thresholds": [
            {
                "value": value,
                "above": value > asked.null,
                "p_beyond": after.beyond(value, value > asked.null),
                "prior_p_beyond": before.beyond(value, value > asked.null),
            }
            for value in asked.thresholds
        ],
        "log_bf10": one_normal.log_bayes_factor(before, yi, sei, asked.null),
    }


def ranged(reader: Reader, yi: float, bounds: tuple[float, float], asked: Asked) -> dict[str, Any]:
    """Return the range of what a reader may believe where the standard error is known within bounds only."""
    before = reader.belief
    side = one_normal.chances(before, yi, bounds, asked.null, asked.above)
    return {
        **_told(reader),
        "p_side_low": side.lowest,
        "p_side_high": side.highest,
        "p_side_at_smallest_se": side.at_least,
        "p_side_at_largest_se": side.at_most,
        "prior_p_side": before.beyond(asked.null, asked.above),
        "thresholds": [
            {
                "value": value,
                "above": value > asked.null,
                "p_beyond_low": found.lowest,
                "p_beyond_high": found.highest,
                "prior_p_beyond": before.beyond(value, value > asked.null),
            }
            for value in asked.thresholds
            for found in [one_normal.chances(before, yi, bounds, value, value > asked.null)]
        ],
    }


def _told(reader: Reader) -> dict[str, Any]:
    belief = reader.belief
    flat = belief.sd == inf
    return {
        "name": reader.name,
        "prior": str(reader.prior),
        "prior_mean": None if flat else belief.mean,
        "prior_sd": None if flat else belief.sd,
        "reason": reader.prior.reason,
    }


def reverse_bayes(yi: float, sei: float, asked: Asked) -> list[dict[str, Any]]:
    """Return, per level, the prior at which P(effect on its side) passes it: a sceptic's, else an enthusiast's.

    Returns
    -------
    list of dict
        ``level``; ``at_level`` (whether the estimate is there by itself, to a thousandth of its z: any sceptic then
        takes it below, and no enthusiast is disappointed); ``sceptical_sd`` (of a prior around the null; None where
        the estimate does not reach the level even under a wide prior); ``enthusiastic_mean`` and ``enthusiastic_sd``
        (None where it does, or lies on the null).
    """
    rows = []
    z = abs(yi - asked.null) / sei
    for level in LEVELS:
        at_level = abs(z / one_normal.quantile(level) - 1.0) < SAME
        believer = None if at_level else one_normal.enthusiast(yi, sei, asked.null, level)
        rows.append(
            {
                "level": level,
                "at_level": at_level,
                "sceptical_sd": None if at_level else one_normal.sceptical_sd(yi, sei, asked.null, level),
                "enthusiastic_mean": None if believer is None else believer.mean,
                "enthusiastic_sd": None if believer is None else believer.sd,
            }
        )
    return rows


def next_study(
    readers: Sequence[Reader], yi: float, sei: float, asked: Asked, precisions: Sequence[float]
) -> list[dict[str, Any]]:
    """Return what a next study of the same effect would have to show.

    Parameters
    ----------
    readers : sequence of Reader
    yi, sei : float
        Of this study.
    asked : Asked
    precisions : sequence of float
        Of the next study over this one's: inverse variances.

    Returns
    -------
    list of dict
        Per precision, reader and level: the ``estimate`` that takes P(effect on its side) to exactly the level,
        ``there`` (whether it is at the level already, so that the estimate is what would take it below) and ``chance``
        (predictive probability of an estimate at least as far on that side).
    """
    rows = []
    for times in precisions:
        next_sei = sei * times**-0.5
        for reader in readers:
            after = one_normal.updated(reader.belief, yi, sei)
            for level in LEVELS:
                estimate = one_normal.needed(after, next_sei, asked.null, level, asked.above)
                rows.append(
                    {
                        "precision": times,
                        "se": next_sei,
                        "reader": reader.name,
                        "level": level,
                        "estimate": estimate,
                        "there": after.beyond(asked.null, asked.above) >= level,
                        "chance": one_normal.chance(after, next_sei, estimate, asked.above),
                    }
                )
    return rows


def threshold_curve(readers: Sequence[Reader], yi: float, sei: float, asked: Asked) -> dict[str, Any]:
    """Return P(effect > delta) for every size, after and before the estimate, by reader."""
    places = (yi - REACH * sei, yi + REACH * sei, asked.null, *asked.thresholds)
    low, high = min(places), max(places)
    x = [low + (high - low) * i / (POINTS - 1) for i in range(POINTS)]
    lines = {}
    for reader in readers:
        after = one_normal.updated(reader.belief, yi, sei)
        lines[reader.name] = {
            "posterior": [after.above(value) for value in x],
            "prior": [reader.belief.above(value) for value in x],
        }
    return {"of": "delta", "x": x, "lines": lines}


def curve_of_p(
    readers: Sequence[Reader], yi: float, asked: Asked, ends: tuple[float, float], se_of: Callable[[float], float]
) -> dict[str, Any]:
    """Return P(effect on its side) for every two-sided p-value that a paper may have had, by reader.

    Parameters
    ----------
    readers : sequence of Reader
    yi : float
        Off the null.
    asked : Asked
    ends : tuple of float
        Smallest and largest p.
    se_of : callable
        Standard error that a p-value implies.
    """
    x = [ends[0] + (ends[1] - ends[0]) * i / (POINTS - 1) for i in range(POINTS)]
    errors = [se_of(p) for p in x]
    lines = {
        reader.name: {
            "posterior": [_on_side(reader, yi, sei, asked) for sei in errors],
            "prior": [reader.belief.beyond(asked.null, asked.above)] * POINTS,
        }
        for reader in readers
    }
    return {"of": "p", "x": x, "lines": lines}


def examples_of_p(
    readers: Sequence[Reader], yi: float, asked: Asked, values: Sequence[float], se_of: Callable[[float], float]
) -> list[dict[str, Any]]:
    """Return what each reader would believe if the paper had printed a p-value; arguments as of `curve_of_p`."""
    return [
        {"p": p, "se": se_of(p), "p_side": {one.name: _on_side(one, yi, se_of(p), asked) for one in readers}}
        for p in values
    ]


def _on_side(reader: Reader, yi: float, sei: float, asked: Asked) -> float:
    return one_normal.updated(reader.belief, yi, sei).beyond(asked.null, asked.above)


def by_name(rows: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """Return the row of a reader; None where there is none."""
    return next((row for row in rows if row["name"] == name), None)
