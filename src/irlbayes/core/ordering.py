"""The order in which studies are taken: by publication, by precision, or as they were entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from irlbayes.core.dates import Days
from irlbayes.core.types import Study

ORDERS = {
    "publication": "order of publication",
    "precision": "order of precision, the most precise first",
    "entry": "order of entry",
}
TIES = {
    "rows": "studies whose dates do not tell them apart follow the order of their rows",
    "together": "studies whose dates do not tell them apart enter in one step",
}
Groups = tuple[tuple[Study, ...], ...]


def precision(study: Study) -> tuple[float, str]:
    """Return a study's standard error, and whether it is that of its ``report`` or of its ``design``.

    A report without a size or a sign is as precise as its design would have been with one.
    """
    return (study.design_sei, "design") if study.sei is None else (study.sei, "report")


def by_publication(studies: Sequence[Study], dates: Mapping[str, Days], together: bool = False) -> Groups:
    """Return studies in groups, the earliest first.

    Parameters
    ----------
    studies : sequence of Study
    dates : Mapping
        First and last day on which each study may have been published, by label.
    together : bool
        Whether studies whose days overlap, so that nothing says which came first, are one group; else each is one, in
        the order of their first day, then of their rows.

    Returns
    -------
    tuple of tuple of Study
    """
    groups: list[list[Study]] = []
    last = date.min
    for study in sorted(studies, key=lambda one: (dates[one.label][0], one.report.line)):
        first, end = dates[study.label]
        if groups and together and first <= last:
            groups[-1].append(study)
        else:
            groups.append([study])
        last = max(last, end)
    return tuple(map(tuple, groups))


def by_precision(studies: Sequence[Study], together: bool = False) -> Groups:
    """Return studies in groups, the smallest standard error first; equal ones are one group if ``together``."""
    groups: list[list[Study]] = []
    for study in sorted(studies, key=lambda one: (precision(one)[0], one.report.line)):
        if groups and together and precision(groups[-1][0])[0] == precision(study)[0]:
            groups[-1].append(study)
        else:
            groups.append([study])
    return tuple(map(tuple, groups))


def by_entry(studies: Sequence[Study]) -> Groups:
    """Return studies one by one, in the order of their rows."""
    return tuple((study,) for study in sorted(studies, key=lambda one: one.report.line))
