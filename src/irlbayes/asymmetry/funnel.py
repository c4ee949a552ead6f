"""The rows as a funnel: size against standard error, with contours of significance around the null.

References
----------
Galbraith, R. F. (1988). A note on graphical presentation of estimated odds ratios from several clinical trials.
Statistics in Medicine, 7(8), 889-894.
Peters, J. L., Sutton, A. J., Jones, D. R., Abrams, K. R., & Rushton, L. (2008). Contour-enhanced meta-analysis funnel
plots help distinguish publication bias from other causes of asymmetry. Journal of Clinical Epidemiology, 61(10),
991-996.
"""

from __future__ import annotations

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.funnels import Funnel
from irlbayes.core.words import shown

FEWEST, NEEDS_SIZE, NEEDS_NULL = 1, False, False
LEVELS = (0.1, 0.05, 0.01)


def answer(funnel: Funnel) -> Evidence:
    """Give what the contour-enhanced funnel shows.

    Parameters
    ----------
    funnel : Funnel

    Returns
    -------
    Evidence
        ``marks``: ``study``, ``kind``, ``yi`` (None without a size) and ``sei`` (then the design's); ``radial``: the
        same of rows with a size, with ``precision`` (1 / sei) and ``z`` (yi / sei), the axes of a radial plot
        (Galbraith 1988), None with fewer than two; ``null``; ``contours``: ``p`` and ``z``, empty where there is no
        null; ``median``, ``ci_low``, ``ci_high`` of the pooled mean from every row.
    """
    from scipy.special import ndtri

    outcome = funnel.outcome
    low, high = funnel.mu.interval(funnel.level)
    middle = float(funnel.mu.quantile(0.5))
    contours = [] if outcome.null is None else [{"p": p, "z": float(-ndtri(p / 2.0))} for p in LEVELS]
    numbers = {
        "marks": [{"study": mark.label, "kind": mark.kind, "yi": mark.yi, "sei": mark.spread} for mark in funnel.marks],
        "radial": [
            {"study": mark.label, "kind": mark.kind, "yi": yi, "sei": sei, "precision": 1.0 / sei, "z": yi / sei}
            for mark, yi, sei in zip(funnel.sized, funnel.yi.tolist(), funnel.sei.tolist(), strict=True)
        ]
        if len(funnel.sized) > 1
        else None,
        "null": outcome.null,
        "contours": contours,
        "median": middle,
        "ci_low": low,
        "ci_high": high,
    }
    sized, k = funnel.sized, len(funnel.marks)
    statement = f"{len(sized)} of {k} {'row has' if k == 1 else 'rows have'} a size"
    if len(sized) > 1:
        above = int(np.sum(funnel.yi > middle))
        statement += f", {above} of them above the pooled mean {shown(middle, outcome)}"
        statement += f"; standard errors {np.min(funnel.sei):.3g} to {np.max(funnel.sei):.3g}"
    statement += "."
    return Evidence("funnel", statement, numbers, True, funnel.limits)
