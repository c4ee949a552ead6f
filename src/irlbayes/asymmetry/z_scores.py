"""How far from the null do reports lie, in standard errors? Every row counts: a verdict is an interval of ``|z|``.

This is a picture and no estimate: it does not fit the mixture of z-curve, whose rates need many significant results of
a literature.

References
----------
Brunner, J., & Schimmack, U. (2020). Estimating population mean power under conditions of heterogeneity and selection
for significance. Meta-Psychology, 4, MP.2018.874.
Bartoš, F., & Schimmack, U. (2022). Z-curve 2.0: estimating replication rates and discovery rates. Meta-Psychology, 6,
MP.2021.2720.
Schimmack, U., & Bartoš, F. (2023). Estimating the false discovery risk of (randomized) clinical trials in medical
journals based on published p-values. PLoS ONE, 18(8), e0290084.
"""

from __future__ import annotations

from math import isinf

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Evidence
from irlbayes.core.funnels import Z_05, Funnel

Array = NDArray[np.float64]
FEWEST, NEEDS_SIZE, NEEDS_NULL = 1, False, True
FARTHEST, STEP = 6.0, 0.05
LIMIT = (
    "A picture, not an estimate: replication and discovery rates of z-curve 2.0 (Bartoš & Schimmack 2022) need many"
    " significant results, and are not computed."
)


def answer(funnel: Funnel) -> Evidence:
    """Bound the distribution of ``|z|`` that the rows imply, and set beside it what the pooled effect would give.

    Parameters
    ----------
    funnel : Funnel

    Returns
    -------
    Evidence
        ``rows``: ``study``, ``kind``, ``low``, ``high`` (ends of ``|z|``; ``high`` None where it is not bounded);
        ``significant``, ``not_significant``, ``undecided``: rows at 0.05; ``grid`` of ``|z|`` with the share of rows
        at most as far, ``least`` and ``most`` (by the intervals' upper and lower ends) and ``expected`` (at the
        posterior medians of mean and heterogeneity, and each row's standard error); ``expected_significant``: rows with
        p < 0.05 that these give.
    """
    from scipy.special import ndtr

    null = funnel.outcome.null or 0.0
    ends = np.array([mark.z for mark in funnel.marks], dtype=float)
    low, high = ends.T
    spread = np.array([mark.spread for mark in funnel.marks])
    center = (float(funnel.mu.quantile(0.5)) - null) / spread
    width = np.sqrt(1.0 + (float(funnel.tau.quantile(0.5)) / spread) ** 2)

    def expected(z: Array) -> Array:
        at = z[:, None]
        return np.asarray((ndtr((at - center) / width) - ndtr((-at - center) / width)).mean(axis=1))

    grid = np.unique([*np.arange(0.0, FARTHEST + STEP / 2.0, STEP), *ends[ends < FARTHEST]])
    verdicts = [mark.significant for mark in funnel.marks]
    sure, ruled_out = verdicts.count(True), verdicts.count(False)
    k = len(funnel.marks)
    numbers = {
        "rows": [
            {"study": mark.label, "kind": mark.kind, "low": below, "high": None if isinf(above) else above}
            for mark, (below, above) in zip(funnel.marks, ends.tolist(), strict=True)
        ],
        "significant": sure,
        "not_significant": ruled_out,
        "undecided": k - sure - ruled_out,
        "grid": grid.tolist(),
        "least": [float(np.mean(high <= z)) for z in grid],
        "most": [float(np.mean(low <= z)) for z in grid],
        "expected": expected(grid).tolist(),
        "expected_significant": float(k * (1.0 - expected(np.array([Z_05]))[0])),
    }
    statement = (
        f"Of {k} {'report' if k == 1 else 'reports'} {sure} {'has' if sure == 1 else 'have'} p < 0.05, {ruled_out} not,"
        f" {k - sure - ruled_out} do not say; {numbers['expected_significant']:.1f} with p < 0.05 expected from the"
        " pooled mean and heterogeneity."
    )
    return Evidence("z_scores", statement, numbers, True, (LIMIT,))
