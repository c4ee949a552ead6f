"""`overlapping_cohorts`: rows of one outcome under different cohorts that may share patients.

One row per cohort and outcome enters, so patients are counted twice only where two cohorts share them.

Rules, for rows of one outcome that may enter together (not marked context): one DOI or PMID, one study name, under
different cohorts; a study whose ``why`` cell or whose notes in `studies.csv` speak of sharing (share, overlap, include,
same patients, same cohort) and name another cohort or study of the outcome; the same first author and country in
`studies.csv`, published within two years.

Limits: most overlap cannot be seen here. Recruitment periods and centers are in no column, so a common first
author and country is a hint and no more; other first authors of one center, registries, and trial extensions are
missed. Only a reader who knows the field can settle it; the answer belongs in the ``cohort`` column.

References
----------
Lunny, C., Pieper, D., Thabet, P., & Kanji, S. (2021). Managing overlap of primary study results across systematic
reviews: practical considerations for authors of overviews of reviews. BMC Medical Research Methodology, 21, 140.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations

from irlbayes.core.types import Finding, Report, ReportTable
from irlbayes.effects.row_findings import about, listed

SHARING = re.compile(
    r"\b(shar(e|es|ed|ing)|overlap\w*|includ(e|es|ed|ing)|same (patients|cohort|people|participants)|subset of)\b",
    re.IGNORECASE,
)
YEARS = 2
NO_AUTHOR = ("", "not", "unknown", "anonymous", "na")


def find(table: ReportTable) -> list[Finding]:
    """Return the rows of one outcome that may share patients under different cohorts."""
    outcomes: dict[str, list[Report]] = {}
    for report in table.reports:
        if report.use != "context":
            outcomes.setdefault(report.outcome, []).append(report)
    return [
        finding
        for rows in outcomes.values()
        for finding in (*_same_paper(rows), *_said(rows, table.studies), *_same_author(rows, table.studies))
    ]


def _same_paper(rows: list[Report]) -> list[Finding]:
    by_study: dict[str, list[Report]] = {}
    for report in rows:
        by_study.setdefault(report.study, []).append(report)
    found = []
    for one, other in (pair for alike in by_study.values() for pair in combinations(alike, 2)):
        same = [name for name in ("doi", "pmid") if one.text(name) and one.text(name) == other.text(name)]
        if same and one.cohort != other.cohort:
            words = (
                f"{one.id} and {other.id} come from one paper ({same[0]} {one.text(same[0])}) under the cohorts"
                f" {one.cohort} and {other.cohort}: check that these are different people."
            )
            found.append(about("overlapping_cohorts", words, one, other, column="cohort"))
    return found


def _said(rows: list[Report], studies: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    found = []
    for report in rows:
        text = f"{report.text('why')} {studies.get(report.study, {}).get('notes', '')}"
        if not SHARING.search(text):
            continue
        named = [
            other
            for other in rows
            if other.cohort != report.cohort
            and other.use == "primary"
            and any(re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) for name in (other.cohort, other.study))
        ]
        if named:
            cohorts = listed(list(dict.fromkeys(other.cohort for other in named)))
            words = (
                f"What is noted about {report.study} speaks of shared patients and names {cohorts}, which enter"
                f" {report.outcome} with rows of their own: check whether {report.id} (use = {report.use}) may stand"
                " beside them."
            )
            found.append(about("overlapping_cohorts", words, report, column="cohort"))
    return found


def _first_author(cells: Mapping[str, str]) -> str:
    words = re.findall(r"[^\W\d_][^\s,;]*", cells.get("authors", ""))
    author = words[0].casefold() if words else ""
    return "" if author in NO_AUTHOR else author


def _same_author(rows: list[Report], studies: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    alike: dict[tuple[str, str], dict[str, Report]] = {}
    for report in rows:
        cells = studies.get(report.study, {})
        author, country = _first_author(cells), cells.get("country", "").casefold()
        if author and country and cells.get("year", "").isdigit():
            alike.setdefault((author, country), {}).setdefault(report.study, report)
    found = []
    for one, other in (pair for group in alike.values() for pair in combinations(group.values(), 2)):
        first, second = studies[one.study], studies[other.study]
        if one.cohort != other.cohort and abs(int(first["year"]) - int(second["year"])) <= YEARS:
            words = (
                f"{one.study} ({first['year']}) and {other.study} ({second['year']}) have the same first author and"
                f" country ({first['country']}) under the cohorts {one.cohort} and {other.cohort}: check whether they"
                " share patients."
            )
            found.append(about("overlapping_cohorts", words, one, other, column="cohort"))
    return found
