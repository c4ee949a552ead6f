"""Rows with a column for IRL-positive and one for IRL-negative patients: what a subgroup says alone, and both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import hypot

from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import by_measure, derivation

GROUPS = {"pos": "IRL-positive", "neg": "IRL-negative"}
DIFFERENCE = "Altman & Bland (2003)"


def columns(of_one: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns of both subgroups: those of one, each with a suffix.

    Parameters
    ----------
    of_one : sequence of Column
        Their meanings have ``{}`` for whose patients.

    Examples
    --------
    >>> [column.name for column in columns([Column("ai", "treated {} patients with the event")])]
    ['ai_pos', 'ai_neg']
    """
    return tuple(
        replace(column, name=f"{column.name}_{group}", meaning=column.meaning.format(people))
        for group, people in GROUPS.items()
        for column in of_one
    )


def subgroup(report: Report, group: str) -> Report:
    """Return a row as if it spoke of one subgroup alone: its cells under their plain names.

    Parameters
    ----------
    report : Report
    group : str
        ``pos`` or ``neg``.
    """
    kept: dict[str, Value] = {}
    for name, value in report.values.items():
        stem, _, suffix = name.rpartition("_")
        if suffix == group:
            kept[stem] = value
        elif suffix not in GROUPS:
            kept[name] = value
    return replace(report, values=kept)


def with_suffix(cells: dict[str, Value], group: str) -> dict[str, Value]:
    """Return cells of one subgroup under the names of its columns."""
    return {f"{name}_{group}": value for name, value in cells.items()}


def difference(pos: tuple[float, float], neg: tuple[float, float]) -> tuple[float, float]:
    """Return effect and standard error of a difference of two effects in different people.

    Examples
    --------
    >>> difference((0.5, 0.3), (0.1, 0.4))
    (0.4, 0.5)
    """
    return pos[0] - neg[0], hypot(pos[1], neg[1])


def yi_sei(report: Report, measure: str) -> tuple[float, float] | None:
    """Return a measure's effect in IRL-positive patients minus that in negative ones, and its standard error.

    Parameters
    ----------
    report : Report
    measure : str
        metafor's name; its defaults are used in each subgroup.
    """
    pos, neg = (by_measure.yi_sei(subgroup(report, group), measure) for group in GROUPS)
    return None if pos is None or neg is None else difference(pos, neg)


def steps_of(
    pos: tuple[float, float], neg: tuple[float, float], effect: str, error: str = "its standard error"
) -> list[Step]:
    """Return the steps from two effects to the normal likelihood of their difference.

    Parameters
    ----------
    pos, neg : tuple of float
        Effect and standard error.
    effect, error : str
        How each came about; ``{}`` in ``effect`` for whose patients.
    """
    found = []
    for (group, people), (y, s) in zip(GROUPS.items(), (pos, neg), strict=True):
        found += [Step(f"y_{group}", effect.format(people), y), Step(f"s_{group}", error, s)]
    yi, sei = difference(pos, neg)
    found += [Step("yi", "y_pos - y_neg", yi), Step("sei", "sqrt(s_pos^2 + s_neg^2)", sei, DIFFERENCE)]
    return [*found, derivation.normal(yi, sei)]
