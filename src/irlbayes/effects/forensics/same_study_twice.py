"""`same_study_twice`: one study that seems to stand in the table under two names.

Rules: rows of one outcome and report kind, of different cohorts, whose numbers are all the same (and hold at least
six significant digits in all, so that chance is no explanation); one DOI or PMID under different study names; study
names of different cohorts that are the same but for case, spaces and punctuation; and names that differ by one
year only (an early and a final publication) where a row of each has the same group sizes.

Limits: a second publication with other numbers and another name is not seen, and neither are numbers that were rounded
differently. One paper may report two cohorts: the DOI then repeats rightly.

References
----------
Tramer, M. R., Reynolds, D. J. M., Moore, R. A., & McQuay, H. J. (1997). Impact of covert duplicate publication on
meta-analysis: a case study. BMJ, 315(7109), 635-640.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations

from irlbayes.core.registry import leaves
from irlbayes.core.types import Finding, Report, ReportTable, Value
from irlbayes.effects.printed_digits import significant_digits
from irlbayes.effects.row_findings import about, listed, numbers

ENOUGH_DIGITS = 6
NOT_NUMBERS_OF_THE_STUDY = ("scale", "unit", "level", "alpha", "pval_relation", "step")
SIZES = ("n1i", "n2i", "ni")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def find(table: ReportTable) -> list[Finding]:
    """Return the rows that may be one study under two names."""
    told: set[frozenset[str]] = set()
    return [*_same_numbers(table, told), *_same_paper(table), *_same_name(table, told)]


def _cells(report: Report) -> Mapping[str, Value]:
    kind = leaves("irlbayes.effects.reports").get(report.kind)
    names = [column.name for column in (*kind.COLUMNS, *kind.OPTIONAL)] if kind else []
    return {name: report.values[name] for name in names if report.has(name) and name not in NOT_NUMBERS_OF_THE_STUDY}


def _same_numbers(table: ReportTable, told: set[frozenset[str]]) -> list[Finding]:
    groups: dict[tuple[str, str, tuple[tuple[str, Value], ...]], list[Report]] = {}
    for report in table.reports:
        cells = _cells(report)
        digits = sum(significant_digits(value) for value in cells.values() if isinstance(value, float))
        if digits >= ENOUGH_DIGITS:
            groups.setdefault((report.outcome, report.kind, tuple(sorted(cells.items()))), []).append(report)
    found = []
    for (_, _, cells_of), reports in groups.items():
        if len({report.cohort for report in reports}) < 2:
            continue
        told.update(frozenset((a.study, b.study)) for a, b in combinations(reports, 2))
        shown = ", ".join(f"{name} {v:g}" if isinstance(v, float) else f"{name} {v}" for name, v in cells_of)
        words = (
            f"{listed([report.id for report in reports])} have the same numbers ({shown}): check whether they are one"
            " study under two names, or a row that was copied and not changed."
        )
        found.append(about("same_study_twice", words, *reports))
    return found


def _paper(report: Report, name: str) -> str:
    text = report.text(name).strip().casefold()
    return re.sub(r"^(https?://)?(dx\.)?(doi\.org/|doi:\s*)|^pmid:?\s*", "", text)


def _same_paper(table: ReportTable) -> list[Finding]:
    found = []
    told: set[frozenset[str]] = set()
    for name, words in (("doi", "DOI"), ("pmid", "PMID")):
        papers: dict[str, list[Report]] = {}
        for report in table.reports:
            if paper := _paper(report, name):
                papers.setdefault(paper, []).append(report)
        for paper, reports in papers.items():
            first = {report.study: report for report in reversed(reports)}
            if len(first) < 2 or frozenset(first) in told:
                continue
            told.add(frozenset(first))
            ordered = sorted(first.values(), key=lambda report: report.line)
            names = listed([report.study for report in ordered])
            text = (
                f"{names} have the same {words}, {paper}: check whether they are one study, and give them one cohort if"
                " they share patients."
            )
            found.append(about("same_study_twice", text, *ordered, column=name))
    return found


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _same_name(table: ReportTable, told: set[frozenset[str]]) -> list[Finding]:
    by_study: dict[str, list[Report]] = {}
    for report in table.reports:
        by_study.setdefault(report.study, []).append(report)
    keys: dict[str, list[str]] = {}
    for study in by_study:
        key = _plain(YEAR.sub("", study)) or _plain(study)
        keys.setdefault(key, []).append(study)
    found = []
    for alike in keys.values():
        for one, other in combinations(alike, 2):
            first, second = by_study[one][0], by_study[other][0]
            if first.cohort == second.cohort or frozenset((one, other)) in told or not _plain(one):
                continue
            if _plain(one) == _plain(other):
                words = f"The names {one!r} and {other!r} differ in case or punctuation only"
            elif _years_apart(one, other) == 1 and (pair := _same_sizes(by_study[one], by_study[other])):
                first, second = pair
                words = f"The names {one!r} and {other!r} differ by one year only, and their groups have the same sizes"
            else:
                continue
            words += ": check whether they are one study."
            found.append(about("same_study_twice", words, first, second, column="study"))
    return found


def _years_apart(one: str, other: str) -> int:
    years = [YEAR.findall(name) for name in (one, other)]
    return abs(int(years[0][0]) - int(years[1][0])) if len(years[0]) == len(years[1]) == 1 else 0


def _same_sizes(ones: list[Report], others: list[Report]) -> tuple[Report, Report] | None:
    for one in ones:
        for other in others:
            sizes = [[numbers(report, name) for name in SIZES] for report in (one, other)]
            if one.outcome == other.outcome and sizes[0] == sizes[1] and any(sizes[0]):
                return one, other
    return None
