"""Which studies can be in a review: their dates of publication against the last day of its search."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta

from irlbayes.core.dates import days
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.starts import Standing, Start
from irlbayes.core.types import Published, ReportTable

IN_A_NOTE = re.compile(r"\b[Ss]earch(?:ed)? to (\d{4}(?:-\d{2}){0,2})\b")
AFTER_REFERENCE = {"yes": True, "no": False}


def searched(row: Published, table: ReportTable) -> date | None:
    """Return the last day of a review's search: of its ``search_to``, or of "Search to DATE" in a note of its rows."""
    rows = [one for beside in table.published.values() for one in beside if one.review == row.review]
    for one in sorted(rows, key=lambda other: (other is not row, other.line or 0)):
        found = IN_A_NOTE.search(one.note)
        ends = days(one.search_to or (found.group(1) if found else ""))
        if ends is not None:
            return ends[1]
    return None


def reference_searched(table: ReportTable) -> date | None:
    """Return the last day of search of the reference review, the first one of `published_pooled.csv`."""
    rows = sorted((row for beside in table.published.values() for row in beside), key=lambda row: row.line or 0)
    return searched(rows[0], table) if rows else None


def standings(table: ReportTable, end_of_search: date | None) -> dict[str, Standing]:
    """Return where every study of an evidence base stands to a review.

    Parameters
    ----------
    table : ReportTable
    end_of_search : date or None
        Last day of the review's search.

    Returns
    -------
    dict
        By study.

    Notes
    -----
    A study's date lies where its ``published`` (a day, a month or a year), else its ``year``, allows, and its
    ``after_reference_search`` (of the reference review). Where these contradict each other nothing is known.
    """
    reference = reference_searched(table)
    cells: dict[str, dict[str, str]] = {study: dict(found) for study, found in table.studies.items()}
    for report in table.reports:
        own = cells.setdefault(report.study, {})
        own.setdefault("cohort", report.cohort)
        for name in ("published", "year"):
            if report.has(name):
                own.setdefault(name, report.text(name).removesuffix(".0"))
    return {study: _standing(study, found, end_of_search, reference) for study, found in cells.items()}


def _standing(study: str, cells: Mapping[str, str], search: date | None, reference: date | None) -> Standing:
    cohort = cells.get("cohort", study)
    if search is None:
        return Standing(study, cohort, "unknown", "the last day of the review's search is not known")
    dated = days(cells.get("published", "")) or days(cells.get("year", ""))
    first, last = dated or (date.min, date.max)
    after = AFTER_REFERENCE.get(cells.get("after_reference_search", ""))
    by_year = days(cells.get("published", "")) is None and first.year == search.year + 1
    if reference is not None and after is not None:
        by_year = by_year and not (after and reference >= search)
        first, last = (max(first, reference + timedelta(1)), last) if after else (first, min(last, reference))
    said = f"the search ended on {search}"
    if first > last:
        return Standing(study, cohort, "unknown", f"its year and after_reference_search contradict each other; {said}")
    if first > search:
        return Standing(study, cohort, "after", f"published {_when(first, last)}; {said}", by_year)
    if last <= search:
        return Standing(study, cohort, "before", f"published {_when(first, last)}; {said}")
    return Standing(study, cohort, "unknown", f"published {_when(first, last)}; {said}")


def _when(first: date, last: date) -> str:
    """Say when a study was published, as far as is known.

    Examples
    --------
    >>> _when(date(2024, 1, 1), date(2024, 12, 31)), _when(date.min, date(2024, 6, 10)), _when(date.min, date.max)
    ('in 2024', 'by 2024-06-10', 'on a date that is not known')
    """
    if first == last:
        return f"on {first}"
    if (first, last) == (date(last.year, 1, 1), date(last.year, 12, 31)):
        return f"in {last.year}"
    if first == date.min:
        return "on a date that is not known" if last == date.max else f"by {last}"
    return f"after {first - timedelta(1)}" if last == date.max else f"between {first} and {last}"


def left_out(
    table: ReportTable, outcome: str, where: Mapping[str, Standing], include: Collection[str], uses: Collection[str]
) -> list[dict[str, str]]:
    """Return the studies with rows of an outcome that may be in the review, each with the reason."""
    rows = [report for report in table.reports if report.outcome == outcome and report.use in uses]
    studies = dict.fromkeys(report.study for report in rows)
    return [
        {"study": study, "status": where[study].status, "reason": where[study].reason}
        for study in studies
        if where[study].status != "after" and study not in include
    ]


def refuse_inclusions(table: ReportTable, starts: Mapping[str, Start], include: Collection[str]) -> None:
    """Refuse to count a study twice, and names that are none."""
    problems = []
    known = list(dict.fromkeys(report.study for report in table.reports))
    for study in include:
        if study not in known:
            fix = f"Studies: {', '.join(known)}."
            problems.append(Problem("--include", "a study with a report", fix, value=study))
            continue
        for start in starts.values():
            one = standings(table, start.searched)[study]
            if one.status == "before":
                rule = f"no study counts twice: it may be in {start.review} ({one.reason})"
                fix = "Leave it out; the answer from the reports alone has it."
                problems.append(Problem("--include", rule, fix, value=study))
    if problems:
        raise InputError(problems)
