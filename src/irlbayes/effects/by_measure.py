"""The normal approximation of a row by its effect measure: what the field pools."""

from __future__ import annotations

from math import sqrt

import numpy as np

from irlbayes.core.types import Report, Step
from irlbayes.effects.derivation import normal
from irlbayes.effects.measure import escalc, measures


def yi_sei(report: Report, name: str) -> tuple[float, float] | None:
    """Return a measure's effect and standard error for one row; None where it has no finite ones.

    Parameters
    ----------
    report : Report
    name : str
        metafor's name of the measure; its defaults are used (half an event is added where a cell is zero).
    """
    columns = [column for column in measures()[name].known if report.has(column)]
    yi, vi = escalc(name, {column: np.array([report.number(column)]) for column in columns})
    if not (np.isfinite(yi[0]) and np.isfinite(vi[0]) and vi[0] > 0):
        return None
    return float(yi[0]), sqrt(float(vi[0]))


def steps(report: Report, name: str) -> list[Step]:
    """Return the steps to the normal likelihood of a measure."""
    measure = measures()[name]
    pair = yi_sei(report, name)
    if pair is None:
        return []
    yi, sei = pair
    return [
        Step("yi", f"{measure.words}, metafor's {name}", yi, measure.reference),
        Step("sei", f"its standard error, vtype {measure.vtypes[0]}" if measure.vtypes else "its standard error", sei),
        normal(yi, sei),
    ]
