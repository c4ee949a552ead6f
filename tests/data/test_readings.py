"""Other readings of ambiguous rows: those of the bundled evidence, and what is refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from irlbayes.core.bundle import folder
from irlbayes.core.errors import InputError, Problem
from irlbayes.data.readings import read_as
from irlbayes.workflow import effect_table, read_reports

HEADER = "id,reading,report,verdict,alpha,quote,why\n"
GOOD = 'weber2022.edss,strict,significance,significant_higher,0.05,bare wording,"may mean a test"\n'


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return a copy of the bundled evidence base without its readings."""
    for path in (folder("data") / "irl").glob("*.*"):
        if path.name != "readings.csv":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def refused(base: Path, lines: str, header: str = HEADER) -> tuple[Problem, ...]:
    (base / "readings.csv").write_text(header + lines, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_reports(base)
    for problem in caught.value.problems:
        assert problem.file
        assert problem.rule
        assert problem.fix
    return caught.value.problems


def test_the_bundled_readings_follow_from_their_rows() -> None:
    """A bare side may be significant; a level that was assumed may be another; nothing else is read otherwise."""
    table = read_reports("irl")
    rows = {report.id: report for report in table.reports}
    names = {name: {r.id for r in table.readings if r.name == name} for name in {r.name for r in table.readings}}
    assert set(names) == {"higher_is_significant", "alpha_0.10", "alpha_0.01"}
    bare = {r.id for r in table.reports if r.kind == "direction" and r.use == "primary"}
    assert bare <= names["higher_is_significant"]
    assert {rows[id].kind for id in names["higher_is_significant"]} == {"direction"}
    assumed = {
        r.id
        for r in table.reports
        if r.kind == "significance" and r.use == "primary" and "0.05 assumed" in r.text("why")
    }
    assert names["alpha_0.10"] == names["alpha_0.01"] == assumed
    assert {r.id for r in table.reports if "P <= 0.05" in r.text("numbers")}.isdisjoint(assumed)
    for reading in table.readings:
        assert reading.quote in rows[reading.id].text("why")
        if reading.name == "higher_is_significant":
            side = {"+": "significant_higher", "-": "significant_lower"}[rows[reading.id].text("sign")]
            assert reading.values == {"verdict": side, "alpha": 0.05}
        else:
            assert reading.values == {"alpha": float(reading.name.removeprefix("alpha_"))}


def test_read_as_changes_only_what_is_declared() -> None:
    """Under a reading the same studies enter, those that have it by the kind it gives, the others as they stand."""
    table = read_reports("irl")
    other = read_as(table, "higher_is_significant")
    kinds = Counter(study.report.kind for study in effect_table(other, "disability").studies)
    assert kinds == {"medians": 1, "p_value": 1, "significance": 5}
    assert len([1 for a, b in zip(table.reports, other.reports, strict=True) if a != b]) == 14
    assert [r.line for r in other.reports] == [r.line for r in table.reports]
    assert read_as(table, "nothing has this name").reports == table.reports


def test_readings_are_part_of_the_evidence(base: Path) -> None:
    """The hash of an evidence base covers its readings; without the file there are none."""
    without = read_reports(base)
    assert without.readings == ()
    (base / "readings.csv").write_text(HEADER + GOOD, encoding="utf-8")
    within = read_reports(base)
    assert [reading.name for reading in within.readings] == ["strict"]
    assert within.sha256 != without.sha256


LINES = [
    ("unknown row", "weber.edss,strict,significance,significant_higher,0.05,bare,x\n", "id", "id of a row"),
    ("unknown kind", "weber2022.edss,strict,significant,significant_higher,0.05,bare,x\n", "report", "report kind"),
    ("cells missing", "weber2022.edss,strict,significance,significant_higher,,bare,x\n", "alpha", "needs alpha"),
    ("nothing changes", "weber2022.edss,strict,direction,,,bare,x\n", "reading", "changes the report kind or a cell"),
    (
        "the primary reading",
        "weber2022.edss,as_printed,significance,significant_higher,0.05,bare,x\n",
        "reading",
        "not",
    ),
    ("a comma in a name", 'weber2022.edss,"a,b",significance,significant_higher,0.05,bare,x\n', "reading", "commas"),
    ("words of nobody", "weber2022.edss,strict,significance,significant_higher,0.05,very clear,x\n", "quote", "quote"),
    ("no reason", "weber2022.edss,strict,significance,significant_higher,0.05,bare,\n", "why", "filled in every row"),
    ("no level", "weber2022.edss,strict,significance,significant_higher,2,bare,x\n", "alpha", "below 1"),
    ("against its sign", "weber2022.edss,strict,significance,significant_lower,0.05,bare,x\n", "sign", "contradicts"),
    ("twice", GOOD + GOOD, "reading", "one line for a row and a reading"),
    (
        "context",
        "marcille2022.edss_interaction,s,significance,significant_higher,0.05,the p is,x\n",
        "id",
        "marked context",
    ),
]


@pytest.mark.parametrize(("name", "line", "column", "rule"), LINES, ids=[case[0] for case in LINES])
def test_refused(base: Path, name: str, line: str, column: str, rule: str) -> None:
    """A wrong reading is refused with its line, column, rule and fix."""
    (problem,) = refused(base, line)
    assert Path(problem.file).name == "readings.csv"
    assert (problem.column, problem.row) == (column, 3 if name == "twice" else 2)
    assert rule in problem.rule


def test_unknown_and_missing_columns(base: Path) -> None:
    """Columns that no kind reads are refused, and those that every line needs are asked for."""
    (problem,) = refused(base, GOOD.replace("\n", ",1\n"), HEADER.replace("\n", ",weight\n"))
    assert (problem.column, problem.row) == ("weight", 1)
    (problem,) = refused(base, "weber2022.edss,strict\n", "id,reading\n")
    assert "report, quote, why are missing" in problem.rule


def test_all_at_once(base: Path) -> None:
    """Every line's problems are told together, with those of the other files."""
    studies = base / "studies.csv"
    studies.write_text(studies.read_text(encoding="utf-8").replace("futurems", "future", 1), encoding="utf-8")
    problems = refused(base, "".join(line for _, line, _, _ in LINES[:4]))
    assert {Path(problem.file).name for problem in problems} == {"readings.csv", "reports.csv"}
    assert [problem.row for problem in problems if problem.file.endswith("readings.csv")] == [2, 3, 4, 5]


def test_a_reading_must_be_poolable(base: Path) -> None:
    """A reading whose kind has no way to the outcome's scale is refused, and named."""
    (base / "readings.csv").write_text(
        "id,reading,report,xi,ni,quote,why\nweber2022.edss,odd,proportion,3,10,bare wording,x\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_reports(base)
    assert any(problem.rule.startswith("read as odd: ") for problem in caught.value.problems)
