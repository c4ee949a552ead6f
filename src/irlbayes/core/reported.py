"""What a report carries as numbers, observed or simulated: a size, whether it is significant, on which side it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.types import Study, Value

Array = NDArray[np.float64]
Z_05 = 1.959963984540054
SMALLEST_P = 1e-300  # a p that underflows to zero has no quantile
SIDES = {"significant_higher": 2.0, "significant_lower": -2.0, "+": 1.0, "-": -1.0}


@dataclass(frozen=True)
class Rows:
    """What the rows of one or many data sets carry, dims (..., row); not a number where a row does not carry it.

    Parameters
    ----------
    yi, sei : Array
        Normal approximation, in units of the effect.
    significant : Array
        1 where the report says p < 0.05, else 0.
    above : Array
        1 where the report lies above the null, else 0.
    """

    yi: Array
    sei: Array
    significant: Array
    above: Array


def center(study: Study) -> float:
    """Return the size a study reports, on its kind's own scale; 0 where it reports none."""
    return 0.0 if study.yi is None else study.yi / study.factor


def told(study: Study, names: Mapping[str, Value]) -> dict[str, Value]:
    """Return the reported cells among those that the study's kind simulates."""
    return {name: study.report.values[name] for name in names if name in study.report.values}


def row(study: Study, cells: Mapping[str, Value], null: float | None) -> tuple[float, float, float, float]:
    """Return what one report carries: yi, sei, whether p < 0.05, whether above the null.

    A printed verdict, p-value or sign speaks before the normal approximation does.
    """
    if "pval" in cells:
        cells = {**cells, "pval": max(float(cells["pval"]), SMALLEST_P)}
    report = replace(study.report, values={**study.report.values, **cells})
    pair = study.kind.yi_sei(report)
    if pair and not (np.isfinite(pair).all() and pair[1] > 0.0):
        pair = None
    yi, sei = (pair[0] * study.factor, pair[1] * abs(study.factor)) if pair else (np.nan, np.nan)
    if study.kind.LIKELIHOODS == ("normal",) and study.sei is not None:
        sei = study.sei  # known, and the design's: a p beyond SMALLEST_P does not give it back
    z = (yi - (null or 0.0)) / sei
    significant = above = np.nan
    if "verdict" in cells:
        if report.number("alpha") == 0.05:
            significant = cells["verdict"] != "not_significant"
    elif "pval" in cells:
        p = report.number("pval")
        if report.text("pval_relation", "=") == "=" or p <= 0.05:
            significant = p < 0.05 or report.text("pval_relation") == "<"
    elif pair:
        significant = abs(z) > Z_05
    if cells.get("sign") in ("+", "-"):
        above = (cells["sign"] == "+") == (study.factor > 0)
    elif pair:
        above = z > 0
    return yi, sei, float(significant), float(above)


def sized(yi: Array, sei: float, null: float | None) -> Array:
    """Return what reports of a size alone carry, as `row` does of one: dims (report, field of `Rows`).

    Parameters
    ----------
    yi : Array, dims (report,)
    sei : float
        Their standard error.
    null : float or None
    """
    z = (yi - (null or 0.0)) / sei
    return np.stack([yi, np.full(yi.shape, sei), np.abs(z) > Z_05, z > 0.0], axis=-1)


def order(study: Study, cells: Mapping[str, Value]) -> float:
    """Return where a report lies among those that its design can give, from the lowest effect to the highest.

    Its size where it has one; else its side, and on that side how small its p is; a p without its sign by how small it
    is.
    """
    if "pval" in cells and "estimate" not in cells:
        away = 1.0 if cells.get("pval_relation") == "<" else 1.0 - float(cells["pval"])
    else:
        size = row(study, cells, 0.0)[0]
        if np.isfinite(size):
            return size
        away = 1.0
    unsigned = 0.0 if "verdict" in cells else 1.0
    side = SIDES.get(str(cells.get("verdict")), SIDES.get(str(cells.get("sign")), unsigned))
    return float(side * away * np.sign(study.factor))
