"""One printed result that stands in no table: its scale, the rules of its report kind, its standard error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, sqrt
from typing import Any

from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.scales import PRINTED, SCALES
from irlbayes.core.types import Report, Value
from irlbayes.effects.forensics import lopsided_interval
from irlbayes.effects.printed import transformation
from irlbayes.effects.reports import estimate_ci, estimate_p

KINDS: dict[str, Any] = {"estimate_ci": estimate_ci, "estimate_p": estimate_p}
RATIO = "ratio"  # any ratio whose log is normal


@dataclass(frozen=True)
class Printed:
    """How a result is printed.

    Parameters
    ----------
    name : str
        As given.
    scale : str
        Of `core.scales.SCALES`, for priors of the library and for showing.
    transformation : str
        From what is printed to the scale: ``none``, ``log`` or ``atanh``.
    words : str
        What readers see: odds ratio, ratio, standardized mean difference.
    """

    name: str
    scale: str
    transformation: str
    words: str

    @property
    def null(self) -> float:
        """Value of no effect, on the scale."""
        return float(SCALES[self.scale].null or 0.0)


def printed_on(scale: str | None, values: Sequence[float]) -> Printed:
    """Return how the numbers are printed; refuse a scale that is none, and numbers that leave it open."""
    known = [name for name, (on, _) in PRINTED.items() if SCALES[on].null is not None]
    if scale is None:
        if min(values) > 0.0:
            rule = "numbers that are all above 0 may be a ratio (no effect is 1) or a difference (no effect is 0)"
            fix = "Say which: --scale ratio, or --scale smd, md, rd, ..."
            raise InputError(Problem("--scale", rule, fix, value=" ".join(f"{value:g}" for value in values)))
        return Printed("none", "none", "none", "difference")
    if scale in PRINTED and scale not in known:
        fix = "A proportion or a rate has none to ask about."
        raise InputError(Problem("--scale", "a scale with a value of no effect", fix, value=scale))
    refuse_unknown("--scale", [scale], known)
    if scale == RATIO:
        return Printed(RATIO, "log_or", "log", "ratio")
    on, transformation = PRINTED[scale]
    return Printed(scale, on, transformation, SCALES[on].printed or SCALES[on].words)


def one_result(kind: str, cells: Mapping[str, Value], names: Mapping[str, str]) -> Report:
    """Return a printed result as a report that keeps every rule of its kind.

    Parameters
    ----------
    kind : str
        ``estimate_ci`` or ``estimate_p``.
    cells : Mapping
        By the column names of the kind.
    names : Mapping
        What a cell is called where it was given, for messages; its column by default.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        With every rule that a cell, or several together, break.

    Examples
    --------
    >>> report = one_result("estimate_ci", {"estimate": 0.77, "ci_lb": 0.34, "ci_ub": 1.21, "scale": "smd"}, {})
    >>> [round(value, 4) for value in yi_sei(report)]
    [0.77, 0.2219]
    """
    module = KINDS[kind]
    report = Report("given", "given", "given", "", kind, "primary", "", 0, cells)
    problems = []
    for column in (*module.COLUMNS, *module.OPTIONAL):
        if not report.has(column.name) or (column.type == "text" and not column.rule):
            continue
        name, value = names.get(column.name, column.name), cells[column.name]
        if isinstance(value, float) and not isfinite(value):
            problems.append(Problem(name, "a finite number", f"Correct it: {column.meaning}.", value=f"{value}"))
        elif isinstance(value, float) and column.type == "count" and not value.is_integer():
            problems.append(Problem(name, "a whole number", f"Give a count: {column.meaning}.", value=f"{value:g}"))
        elif not column.accepts(value):
            fix = column.fix or f"Correct it: {column.meaning}."
            problems.append(Problem(name, column.rule, fix, value=f"{value:g}" if isinstance(value, float) else value))
    if not problems:
        problems = [
            Problem(names.get(column, column), rule, f"{fix[0].upper()}{fix[1:]}.", value=_said(report, column))
            for column, rule, fix in module.check(report)
        ]
    if problems:
        raise InputError(problems)
    return report


def yi_sei(report: Report) -> tuple[float, float]:
    """Return the estimate and its standard error, on the scale of pooling."""
    yi, sei = KINDS[report.kind].yi_sei(report)
    return float(yi), float(sei)


def looks_otherwise(report: Report, printed: Sequence[str] = ()) -> str:
    """Say on which other scale an interval that is lopsided on its own is symmetric.

    Parameters
    ----------
    report : Report
    printed : sequence of str
        Lower end, estimate and upper end as they were written, whose last zeros tell of their rounding.

    Returns
    -------
    str
        ``log`` or ``none``; ``nowhere`` where it is lopsided on either; empty where it is not lopsided.
    """
    cells = [report.number(name) for name in lopsided_interval.CELLS]
    halves = [0.5 * 10.0 ** min(Decimal(text).as_tuple().exponent, 0) for text in printed] or [None, None, None]  # type: ignore[operator]
    own = transformation(report)

    def lopsided(on: str) -> bool | None:
        return lopsided_interval.lopsided(cells[0], cells[1], cells[2], on, halves)

    if not lopsided(own):
        return ""
    return next((other for other in ("none", "log") if other != own and lopsided(other) is False), "nowhere")


def _said(report: Report, column: str) -> str:
    return f"{report.number(column):g}" if report.has(column) else ""


def lopsided_words(report: Report, texts: Sequence[str], option: str) -> list[str]:
    """Refuse an interval that is symmetric on another scale than its own, which ``option`` names; say where on none."""
    elsewhere = looks_otherwise(report, texts)
    if not elsewhere:
        return []
    low, middle, high = texts
    on = "on the log scale" if transformation(report) == "log" else "as printed"
    if elsewhere == "nowhere":
        return [
            f"The interval {low} to {high} is lopsided around {middle} {on} by more than rounding explains, and its"
            " width was used: check the three numbers, and whether it is a bootstrap or an exact interval."
        ]
    if elsewhere == "log":
        rule, fix = (
            "it is symmetric on the log scale, so it looks like a ratio",
            f"Write {option} ratio, or which one it is.",
        )
    else:
        rule, fix = "it is symmetric as printed, so it looks like a difference or a log", "Name that scale."
    rule = f"the interval is lopsided around the estimate by more than rounding explains {on}; {rule}"
    raise InputError(Problem(option, rule, fix, value=f"{middle} {low} {high}"))


def design_se(
    printed: Printed, yi: float, people: Sequence[float | None], events: Sequence[float | None]
) -> tuple[float, str] | None:
    """Return the standard error that a design implies, and its formula; None where sizes and events give none.

    Parameters
    ----------
    printed : Printed
    yi : float
        Estimate, on the scale.
    people, events : sequence of float or None
        Of group 1 and of group 2; None where they are not known.

    Raises
    ------
    InputError
        One group without the other, counts that are none, more events than people, events of what is no ratio.

    Notes
    -----
    Variances: SMD ``1/n1 + 1/n2 + yi^2 / (2 (n1 + n2))`` (Hedges & Olkin 1985); a ratio ``1/x1 + 1/x2`` of its events
    (exact for rates, the usual approximation for hazards); with group sizes the four counts of an odds ratio
    (Woolf 1955), and ``1/x1 - 1/n1 + 1/x2 - 1/n2`` of a risk ratio.

    Examples
    --------
    >>> design_se(printed_on("or", [1.1]), 0.095, (50.0, 50.0), (10.0, 10.0))
    (0.5, 'sqrt(1/a + 1/b + 1/c + 1/d) of the four counts')
    """
    known = [None not in pair for pair in (people, events)]
    of_ratio = SCALES[printed.scale].transform == "exp"
    problems = [*_halves(people, "--n1", "--n2"), *_halves(events, "--events1", "--events2")]
    if known[1] and not of_ratio:
        rule = f"events give a standard error for ratios, not for a {printed.words}"
        problems.append(Problem("--events1, --events2", rule, "Leave them out, or name the ratio with --scale."))
    if all(known) and not problems:
        problems += [
            Problem(f"--events{number}", "fewer events than people", "Check both counts.", value=f"{count:g}")
            for number, (count, size) in enumerate(zip(events, people, strict=True), start=1)
            if count is not None and size is not None and count >= size
        ]
    if problems:
        raise InputError(problems)
    n1, n2 = (size or 0.0 for size in people)
    x1, x2 = (count or 0.0 for count in events)
    if known[1]:
        variance, words = 1.0 / x1 + 1.0 / x2, "sqrt(1/events1 + 1/events2)"
        if known[0] and printed.name in ("or", "log_or"):
            variance += 1.0 / (n1 - x1) + 1.0 / (n2 - x2)
            words = "sqrt(1/a + 1/b + 1/c + 1/d) of the four counts"
        elif known[0] and printed.name in ("rr", "log_rr"):
            variance -= 1.0 / n1 + 1.0 / n2
            words = "sqrt(1/events1 - 1/n1 + 1/events2 - 1/n2)"
        return sqrt(variance), words
    if known[0] and printed.scale == "smd":
        return sqrt(1.0 / n1 + 1.0 / n2 + yi**2 / (2.0 * (n1 + n2))), "sqrt(1/n1 + 1/n2 + SMD^2 / (2 (n1 + n2)))"
    return None


def _halves(pair: Sequence[float | None], *names: str) -> list[Problem]:
    """Return what is wrong with the counts of two groups."""
    problems = [
        Problem(name, "a count of at least 1", "Give the number of people or events.", value=f"{value:g}")
        for name, value in zip(names, pair, strict=True)
        if value is not None and not (value >= 1.0 and float(value).is_integer())
    ]
    if (pair[0] is None) != (pair[1] is None):
        problems.append(Problem(", ".join(names), "both groups, or neither", "Give the other one too."))
    return problems
