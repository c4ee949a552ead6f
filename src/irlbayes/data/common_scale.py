"""The scale of a plain table that names none: the one that its rows can all speak on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.scales import PRINTED, SCALES, conversion
from irlbayes.core.types import Kind, Report

UNKNOWN = "none"


def common_scale(reports: Sequence[Report], kinds: Mapping[str, Kind]) -> tuple[str, str]:
    """Return the scale that all rows can speak on, and a sentence that says so.

    Parameters
    ----------
    reports : sequence of Report
    kinds : Mapping
        Report kinds by name.

    Returns
    -------
    scale : str
        ``none`` where no row says anything about its scale.
    words : str
        Empty where nothing was inferred.

    Raises
    ------
    InputError
        Rows that speak on no common scale, or rows with and without one.

    Notes
    -----
    The scales of the first kind are tried in its own order: counts speak on the log odds ratio first, means on the SMD.
    Where printed numbers are on one scale and statements on the SMD, the printed one is taken if the others convert.
    """
    offered = {report.line: _scales(report, kinds[report.kind]) for report in reports if report.use == "primary"}
    said = [scales for scales in offered.values() if scales]
    if not said:
        return UNKNOWN, ""
    common = [scale for scale in said[0] if all(scale in scales for scales in said)]
    printed = [scales[0] for scales in said if len(scales) == 1 and scales[0] != "smd"]
    reached = [scale for scale in dict.fromkeys(printed) if all(_reaches(scales, scale) for scales in said)]
    file = reports[0].file
    choices = f"--scale {common[0]}" if common else f"--scale {said[0][0]}"
    silent = [line for line, scales in offered.items() if not scales]
    if silent:
        words = f"every row says its scale, or none does; {len(silent)} of {len(offered)} do not"
        raise InputError(Problem(file, words, f"Fill their scale cells, or give {choices}.", silent[0], "scale"))
    if not common and reached:
        return reached[
            0
        ], f"pooled on the {SCALES[reached[0]].words} ({reached[0]}), which some rows print and others convert to"
    if not common:
        listed = ", ".join(dict.fromkeys("/".join(scales) for scales in said))
        words = f"rows speak on different scales: {listed}"
        raise InputError(
            Problem(file, words, f"Choose the scale to pool on, for example {choices}; what converts will.")
        )
    used = ", ".join(dict.fromkeys(report.kind for report in reports))
    return common[0], f"pooled on the {SCALES[common[0]].words} ({common[0]}), which its rows speak on ({used})"


def _reaches(scales: tuple[str, ...], target: str) -> bool:
    return any(conversion(scale, target) is not None for scale in scales)


def _scales(report: Report, kind: Kind) -> tuple[str, ...]:
    """Return the scales that a row can speak on; none for a number without a scale."""
    if kind.SCALES != ("reported",):
        return kind.SCALES
    named = report.text("scale")
    return (PRINTED[named][0],) if named in PRINTED and PRINTED[named][0] != UNKNOWN else ()
