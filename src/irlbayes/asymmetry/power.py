"""What power did each study have for the pooled effect? Behind the sunset funnel.

References
----------
Kossmeier, M., Tran, U. S., & Voracek, M. (2020). Power-enhanced funnel plots for meta-analysis: the sunset funnel plot.
Zeitschrift für Psychologie, 228(1), 43-49.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Evidence
from irlbayes.core.funnels import Funnel, power
from irlbayes.core.words import shown

Array = NDArray[np.float64]
FEWEST, NEEDS_SIZE, NEEDS_NULL = 1, False, True
LEVELS = (0.3, 0.5, 0.8)
ASKED = (0.33, 0.66)
FARTHEST = 50.0  # standard errors


def answer(funnel: Funnel) -> Evidence:
    """Give each row's power for the pooled effect, their median, and the effects that the median study could find.

    Parameters
    ----------
    funnel : Funnel

    Returns
    -------
    Evidence
        ``effect`` (posterior median of the mean); ``rows``: ``study``, ``kind``, ``yi``, ``sei`` (the design's where
        the row has no size), ``power`` at ``effect``, ``expected`` (power averaged over the posterior of the mean);
        ``median_power``, ``expected_power`` (medians over rows); ``needed``: effect, on the side of the pooled one,
        for which the median power is 0.33 and 0.66; ``bands``: standard error at which the power is 0.3, 0.5 and 0.8.

    Notes
    -----
    Two-sided z tests at 0.05. Power at the pooled estimate is as uncertain as that estimate: with few studies read
    ``expected_power``.
    """
    outcome = funnel.outcome
    null = outcome.null or 0.0
    effect = float(funnel.mu.quantile(0.5))
    spread = np.array([mark.spread for mark in funnel.marks])
    powers = power(effect - null, spread)
    expected = power(funnel.mu.x[None, :] - null, spread[:, None]) @ funnel.mu.mass
    rows: list[dict[str, Any]] = [
        {"study": mark.label, "kind": mark.kind, "yi": mark.yi, "sei": mark.spread, "power": one, "expected": mean}
        for mark, one, mean in zip(funnel.marks, powers.tolist(), expected.tolist(), strict=True)
    ]
    side = 1.0 if effect >= null else -1.0
    needed = {f"{asked:g}": null + side * reach(asked, spread) for asked in ASKED}
    numbers = {
        "effect": effect,
        "null": null,
        "rows": rows,
        "median_power": float(np.median(powers)),
        "expected_power": float(np.median(expected)),
        "needed": needed,
        "bands": [{"power": level, "sei": abs(effect - null) / reach(level, np.ones(1))} for level in LEVELS],
    }
    statement = (
        f"For the pooled mean {shown(effect, outcome)} the median power of {len(rows)}"
        f" {'report' if len(rows) == 1 else 'reports'} is {numbers['median_power']:.0%}"
        f" ({numbers['expected_power']:.0%} when averaged over what is not known of the mean);"
        f" it would be 66 % for {shown(needed['0.66'], outcome)}."
    )
    caveats = ("Power at the pooled mean takes that mean as true; selected reports would have made it too large.",)
    return Evidence("power", statement, numbers, True, caveats)


def reach(wanted: float, sei: Array) -> float:
    """Return the distance from the null at which the median power of two-sided tests at 0.05 is as wanted.

    Parameters
    ----------
    wanted : float
        Above 0.05, below 1.
    sei : Array, dims (study,)

    Examples
    --------
    >>> round(reach(0.8, np.ones(3)), 3)
    2.802
    """
    from scipy.optimize import brentq

    far = FARTHEST * float(np.max(sei))
    return float(brentq(lambda distance: np.median(power(distance, sei)) - wanted, 0.0, far, xtol=1e-12 * far))
