"""What did each study report, what is believed of it in the light of the others, and what do all of them say?"""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Evidence, Marginal, Posterior
from irlbayes.core.summary import beyond_null, central
from irlbayes.core.support import support
from irlbayes.core.types import Threshold
from irlbayes.core.words import report_kind, shown

Array = NDArray[np.float64]
ON_REQUEST = True  # many curves, for pictures: not every analysis asks
POINTS = 161  # of the axis that all curves share
ROUNDING = 1e-12  # of an interval: a median that close to 0 is 0
BEYOND = 0.6  # of the range of what is believed: the axis ends there, and wider reports run out of it


def answer(posterior: Posterior, level: float = 0.95, thresholds: Sequence[Threshold] = ()) -> Evidence:
    """Answer with everything that a forest holds.

    Parameters
    ----------
    posterior : Posterior
    level : float
        Probability of the intervals.
    thresholds : sequence of Threshold
        Not used; the signature is every question's.

    Returns
    -------
    Evidence
        ``x``: sizes of effect on the scale of pooling, an axis for all curves. ``studies``: one entry each with
        ``study``, ``report`` (its kind), ``words`` (the kind in words), ``yi``, ``share`` (as of `shrinkage`),
        ``median``, ``ci_low``, ``ci_high`` (its effect in the light of the others), ``pieces`` (the intervals of its
        likelihood, an end None where the report does not bound the effect), ``likelihood`` (at ``x``, as a share of
        its maximum) and ``p`` (at ``x``). ``mean``, ``new_study`` and ``prior`` (of the mean; None where it is flat):
        ``median``, ``ci_low``, ``ci_high`` and ``p``; the first two P(> null) beside its prior value. ``level``.

    Notes
    -----
    The interval of a likelihood holds every effect under which the report is at least ``exp(-z**2 / 2)`` times as
    probable as under the best one, with z the normal quantile of ``level``: of a normal report ``yi -+ z * sei``.
    ``p`` of a report is ``2 Phi(-sqrt(D))`` with the deviance ``D = 2 (max log L - log L)``: of a normal report the
    p-value function (Rücker & Schwarzer 2021). Of the mean and of a new study it is twice the smaller tail of the
    posterior.

    References
    ----------
    Rücker, G., & Schwarzer, G. (2021). Beyond the forest plot: the drapery plot. Research Synthesis Methods, 12(1),
    13-19.
    """
    after, before, studies = posterior.after, posterior.prior, posterior.effects.studies
    assert after.mu is not None
    assert after.theta_new is not None
    z = NormalDist().inv_cdf(0.5 + 0.5 * level)
    believed = [_summary(theta, level) for theta in after.theta]
    mean, new = _summary(after.mu, level), _summary(after.theta_new, level)
    supports = [support(study.curve, z) for study in studies]
    null = posterior.effects.outcome.null
    x = _axis([mean, new, *believed], [pieces for pieces, _ in supports], null)
    entries = []
    for i, (study, (pieces, top)) in enumerate(zip(studies, supports, strict=True)):
        deviance = np.maximum(2.0 * (top - study.curve.log_value(x)), 0.0)
        entries.append(
            {
                "study": study.label,
                "report": study.report.kind,
                "words": report_kind(study.report.kind),
                "yi": study.yi,
                "share": None if posterior.share is None else float(posterior.share[i]),
                **believed[i],
                "pieces": pieces,
                "likelihood": np.exp(-0.5 * deviance).tolist(),
                "p": [erfc(sqrt(0.5 * one)) for one in deviance.tolist()],
            }
        )
    numbers: dict[str, Any] = {
        "level": level,
        "x": x.tolist(),
        "studies": entries,
        "mean": {**mean, **beyond_null(after.mu, before.mu, null), "p": _tails(after.mu, x)},
        "new_study": {**new, **beyond_null(after.theta_new, before.theta_new, null), "p": _tails(after.theta_new, x)},
        "prior": None if before.mu is None else {**_summary(before.mu, level), "p": _tails(before.mu, x)},
    }
    k, outcome = len(studies), posterior.effects.outcome
    partial = sum(study.yi is None for study in studies)
    statement = (
        f"{k} {'report' if k == 1 else 'reports'}, {partial} of them without a size; the mean is"
        f" {shown(mean['median'], outcome)}, {level:.0%} interval {shown(mean['ci_low'], outcome)} to"
        f" {shown(mean['ci_high'], outcome)}."
    )
    return Evidence("forest", statement, numbers, posterior.gate.passed)


def _summary(marginal: Marginal, level: float) -> dict[str, float]:
    low, middle, high = central(marginal, level)
    return {"median": 0.0 if abs(middle) < ROUNDING * (high - low) else middle, "ci_low": low, "ci_high": high}


def _tails(marginal: Marginal, x: Array) -> list[float]:
    return [2.0 * min(float(low), float(high)) for low, high in zip(marginal.cdf(x), marginal.sf(x), strict=True)]


def _axis(
    believed: Sequence[dict[str, float]], pieces: Sequence[list[list[float | None]]], null: float | None
) -> Array:
    """Return an axis that holds everything believed, and reports as far as they are not much wider than that."""
    ends = [one[name] for one in believed for name in ("ci_low", "ci_high")]
    ends += [] if null is None else [null]
    low, high = min(ends), max(ends)
    reach = BEYOND * (high - low)
    known = [end for piece in pieces for pair in piece for end in pair if end is not None]
    first = max(min([low, *known]), low - reach)
    last = min(max([high, *known]), high + reach)
    margin = 0.03 * (last - first)
    return np.linspace(first - margin, last + margin, POINTS)
