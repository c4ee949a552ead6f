"""Whether a study can be in a review: dates as intervals, and what contradicts itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from irlbayes.core.dates import days
from irlbayes.core.errors import InputError
from irlbayes.core.types import Published, Report, ReportTable
from irlbayes.data.files import read_table
from irlbayes.data.published import read_published
from irlbayes.data.standing import reference_searched, searched, standings
from irlbayes.workflow import read_reports

REFERENCE = Published("Ref 2024", "SMD", 0.1, 0.0, 0.2, 5, "Search to 2024-06-10.", line=2)
OTHER = Published("Other 2023", "SMD", 0.1, 0.0, 0.2, 5, "", line=3, search_to="2023-02")


def table(**cells: str) -> ReportTable:
    """Return a table with one study, s, of which these cells are known."""
    report = Report("s.x", "s", "cohort_s", "x", "yi_sei", "primary", "f", 2, {"yi": 0.1, "sei": 0.1})
    return ReportTable("t", "t", "t", "0", (report,), {}, published={"x": (REFERENCE, OTHER)}, studies={"s": cells})


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({"year": "2023"}, "before"),
        ({"year": "2024"}, "unknown"),
        ({"year": "2025"}, "after"),
        ({"published": "2024-06-10"}, "before"),
        ({"published": "2024-06-11"}, "after"),
        ({"published": "2024-06"}, "unknown"),
        ({"published": "2024-07", "year": "2023"}, "after"),
        ({"year": "2024", "after_reference_search": "yes"}, "after"),
        ({"year": "2024", "after_reference_search": "no"}, "before"),
        ({"after_reference_search": "yes"}, "after"),
        ({"after_reference_search": "unclear"}, "unknown"),
        ({"year": "2026", "after_reference_search": "no"}, "unknown"),
        ({"year": "n.d."}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_by_the_reference_review(cells: dict[str, str], status: str) -> None:
    one = standings(table(**cells), date(2024, 6, 10))["s"]
    assert one.status == status
    assert "2024-06-10" in one.reason
    if cells.get("after_reference_search") == "no" and cells["year"] == "2026":
        assert "contradict" in one.reason


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({"year": "2023", "after_reference_search": "no"}, "unknown"),
        ({"year": "2024", "after_reference_search": "no"}, "after"),
        ({"after_reference_search": "yes"}, "after"),
        ({"after_reference_search": "no"}, "unknown"),
    ],
)
def test_by_another_review(cells: dict[str, str], status: str) -> None:
    """What is after the reference search is after an earlier one; what is not may still be."""
    assert standings(table(**cells), date(2023, 2, 28))["s"].status == status


def test_a_year_right_after_the_search_is_a_caveat() -> None:
    assert standings(table(year="2025"), date(2024, 6, 10))["s"].by_year
    assert not standings(table(year="2026"), date(2024, 6, 10))["s"].by_year
    assert not standings(table(published="2025-03-01"), date(2024, 6, 10))["s"].by_year
    assert not standings(table(year="2025", after_reference_search="yes"), date(2024, 6, 10))["s"].by_year


def test_without_a_search_nothing_is_known() -> None:
    assert standings(table(year="2026"), None)["s"].status == "unknown"


def test_a_plain_table_dates_its_own_rows() -> None:
    plain = table()
    (report,) = plain.reports
    dated = replace(plain, studies={}, reports=(replace(report, values={**report.values, "year": 2025.0}),))
    assert standings(dated, date(2024, 6, 10))["s"].status == "after"
    assert standings(dated, date(2024, 6, 10))["s"].cohort == "cohort_s"


def test_search_dates_of_the_bundled_reviews() -> None:
    """From the note of any of a review's rows; the reference review is the first on file."""
    irl = read_reports("irl")
    by_review = {row.review: searched(row, irl) for rows in irl.published.values() for row in rows}
    assert by_review["Motamedgorji 2025"] == date(2024, 6, 10)
    assert by_review["Tranfa 2025"] == date(2024, 2, 8)
    assert by_review["Ng Kee Kwong 2021"] is None
    assert reference_searched(irl) == date(2024, 6, 10)


def test_the_bundled_dates_fit_each_other() -> None:
    """No study of the bundled evidence contradicts itself, and every "no" and "yes" is what its column says."""
    irl = read_reports("irl")
    found = standings(irl, reference_searched(irl))
    wanted = {"yes": "after", "no": "before"}
    for study, cells in irl.studies.items():
        assert "contradict" not in found[study].reason
        assert found[study].status == wanted.get(cells.get("after_reference_search", ""), "unknown"), study


@pytest.mark.parametrize("text", ["2024-13", "2024-02-30", "24", "June 2024", ""])
def test_what_is_no_date(text: str) -> None:
    assert days(text) is None


def test_columns_of_a_review(tmp_path: Path) -> None:
    """What a review prints of heterogeneity and of its search is read, and checked."""
    file = tmp_path / "published_pooled.csv"
    head = "review,outcome,measure,estimate,ci_lb,ci_ub,k,n,scale,search_to,tau,i2,pi_lb,pi_ub\n"
    file.write_text(f"{head}A 2025,x,odds ratio,1.5,1.2,1.9,8,900,or,2024-06,0.2,0.5,0.9,2.4\n", encoding="utf-8")
    (row,) = read_published(read_table(file))["x"]
    assert (row.scale, row.search_to, row.tau, row.i2, row.pi_lb, row.pi_ub) == ("or", "2024-06", 0.2, 0.5, 0.9, 2.4)
    file.write_text(f"{head}A 2025,x,odds ratio,1.5,1.2,1.9,8,900,odds,in June,-1,50,0.9,2.4\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_published(read_table(file))
    assert {problem.column for problem in refused.value.problems} == {"scale", "search_to", "tau", "i2"}
