"""Other programs' names and other programs' files read back to exactly the same cells."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irlbayes.core.errors import InputError
from irlbayes.core.types import Column, Report, ReportTable, Value
from irlbayes.data.aliases import ALIASES, AMBIGUOUS, plain
from irlbayes.data.evidence import read_evidence
from irlbayes.data.files import RawTable
from irlbayes.data.reports import vocabulary
from irlbayes.data.sources import ours, read_source
from irlbayes.data.write import DIALECTS, Rows, dialect, tidy, to_csv, to_xlsx
from irlbayes.effects.table import kinds

# --- to extend when report kinds are added -------------------------------------------------------------------
# Cells of one report per kind. A kind of `effects/reports/` that is named in END_TO_END is also read to reports.
CELLS: dict[str, dict[str, Value]] = {
    "yi_sei": {"yi": -0.8893113339202054, "sei": 0.3255784628747806},
    "estimate_ci": {"estimate": 0.75, "ci_lb": 0.5, "ci_ub": 1.125, "scale": "or"},
    "medians": {
        "median1i": 5.5,
        "q1_1i": 4.25,
        "q3_1i": 7.0,
        "min1i": 1.0,
        "max1i": 12.5,
        "n1i": 21.0,
        "median2i": 6.5,
        "q1_2i": 5.0,
        "q3_2i": 8.75,
        "min2i": 2.0,
        "max2i": 13.0,
        "n2i": 24.0,
    },
    "proportion": {"xi": 12.0, "ni": 52.0},
    "counts": {"ai": 4.0, "n1i": 123.0, "ci": 11.0, "n2i": 139.0},
    "means": {"m1i": 55.5, "sd1i": 47.25, "n1i": 155.0, "m2i": 75.0, "sd2i": 64.0, "n2i": 156.0},
    "rates": {"x1i": 7.0, "t1i": 1344.5, "x2i": 11.0, "t2i": 1988.25},
    "correlation": {"ri": 0.5625, "ni": 32.0},
    "rate": {"xi": 3.0, "ti": 120.5},
}
END_TO_END = tuple(CELLS)
# --------------------------------------------------------------------------------------------------------------

KNOWN: dict[str, Column] = {
    **{
        name: Column(name, "", "text" if isinstance(value, str) else "number")
        for cells in CELLS.values()
        for name, value in cells.items()
    },
    **{name: Column(name, "", "text") for name in ("id", "study", "cohort", "outcome", "report", "use", "scale")},
    **{name: Column(name, "", "number") for name in ("vi", "pval", "level", "bi", "di")},
}


def table_of(kind: str, rows: list[dict[str, Value]]) -> ReportTable:
    reports = tuple(
        Report(f"s{i}", f"Study {i}", f"s{i}", "effect", kind, "primary", "t.csv", i + 1, cells)
        for i, cells in enumerate(rows, start=1)
    )
    return ReportTable("t", "t", "t.csv", "", reports, {})


def as_file(rows: Rows, how: str, path: Path) -> Path:
    """Write rows as people keep them."""
    numbers = [
        name
        for index, name in enumerate(rows[0])
        if all(row[index].lstrip("-")[:1].isdigit() for row in rows[1:] if row[index])
    ]
    commas = [
        [
            cell.replace(".", ",") if number and name in numbers else cell
            for name, cell in zip(rows[0], row, strict=True)
        ]
        for number, row in enumerate(rows)
    ]
    target = path / f"table-{how}.{'xlsx' if 'xlsx' in how else 'csv'}"
    if how == "comma":
        target.write_text(to_csv(rows), encoding="utf-8")
    elif how == "semicolon":
        target.write_text("\n".join(";".join(row) for row in commas) + "\n", encoding="utf-8")
    elif how == "tab":
        target.write_text("\n".join("\t".join(row) for row in rows) + "\n", encoding="utf-8")
    elif how == "xlsx-numbers":
        target.write_bytes(to_xlsx(rows, numbers))
    else:
        target.write_bytes(to_xlsx(commas))
    return target


HOW = ("comma", "semicolon", "tab", "xlsx-numbers", "xlsx-text")


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("kind", CELLS)
def test_every_dialect_reads_back(kind: str, name: str, how: str, tmp_path: Path) -> None:
    """A table in any program's names and any kind of file has the same cells, to the last bit."""
    rows, _ = dialect(table_of(kind, [CELLS[kind], CELLS[kind]]), name)
    raw, _ = read_source(as_file(rows, how, tmp_path))
    read, problems = ours(raw, KNOWN)
    assert problems == []
    for _, cells in read.rows:
        for column, value in CELLS[kind].items():
            assert (float(cells[column]) if isinstance(value, float) else cells[column]) == value, column


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4), st.sampled_from(DIALECTS), st.sampled_from(HOW))
def test_any_number_reads_back(tmp_path: Path, pairs: list[tuple[float, float]], name: str, how: str) -> None:
    """Any finite number survives every program's names and every kind of file, or is refused in words."""
    table = table_of("yi_sei", [{"yi": yi, "sei": sei} for yi, sei in pairs])
    raw, _ = read_source(as_file(dialect(table, name)[0], how, tmp_path))
    read, problems = ours(raw, KNOWN)
    if problems:  # only thousands and decimals that look alike
        assert how in ("semicolon", "xlsx-text")
        assert all("decimals" in problem.rule or "a point" in problem.rule for problem in problems)
        return
    assert [(float(cells["yi"]), float(cells["sei"])) for _, cells in read.rows] == pairs


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("kind", END_TO_END)
def test_tidy_reads_to_the_same_reports(kind: str, how: str, tmp_path: Path) -> None:
    """What `tidy` writes is read to the same reports."""
    table = table_of(kind, [CELLS[kind], CELLS[kind]])
    read = read_evidence(as_file(tidy(table, list(vocabulary(kinds()))), how, tmp_path), kinds())
    assert [{name: report.values[name] for name in CELLS[kind]} for report in read.reports] == [CELLS[kind]] * 2
    assert [report.id for report in read.reports] == ["s1", "s2"]


# --- names ---------------------------------------------------------------------------------------------------


def raw(header: str, *rows: str) -> RawTable:
    names = tuple(header.split(","))
    return RawTable(
        "t.csv",
        names,
        tuple(
            (line, {name: cell for name, cell in zip(names, row.split(","), strict=True) if cell})
            for line, row in enumerate(rows, start=2)
        ),
    )


READ = [
    ("metafor with slab", "slab,ai,bi,ci,di", "A,4,119,11,128", {"study": "A", "n1i": "123", "n2i": "139"}),
    ("author and year", "author,year,ai,bi,ci,di", "Aronson,1948,4,119,11,128", {"study": "Aronson, 1948"}),
    ("metabin", "studlab,event.e,n.e,event.c,n.c", "A,4,123,11,139", {"ai": "4", "n1i": "123", "ci": "11"}),
    ("metainc", "studlab,event.e,time.e,event.c,time.c", "A,7,1344,11,1988", {"x1i": "7", "t1i": "1344", "x2i": "11"}),
    ("metacont", "n.e,mean.e,sd.e,n.c,mean.c,sd.c", "155,55,47,156,75,64", {"m1i": "55", "sd2i": "64", "n2i": "156"}),
    ("metacont medians", "median.e,q1.e,q3.e,min.e,max.e,n.e", "5,4,7,1,9,20", {"q1_1i": "4", "max1i": "9"}),
    ("metagen", "studlab,TE,seTE", "A,-0.5,0.2", {"yi": "-0.5", "sei": "0.2"}),
    ("metagen with sm", "studlab,TE,seTE,sm", "A,-0.5,0.2,HR", {"yi": "-0.5", "scale": "log_hr"}),
    ("metagen with limits", "TE,lower,upper", "-0.5,-1,0", {"estimate": "-0.5", "ci_lb": "-1", "ci_ub": "0"}),
    ("metacor", "cor,n", "0.5,30", {"ri": "0.5", "ni": "30"}),
    ("metaprop", "event,n", "3,30", {"xi": "3", "ni": "30"}),
    ("metarate", "event,time", "3,30.5", {"xi": "3", "ti": "30.5"}),
    ("RoBMA d", "study_names,d,se", "A,0.5,0.2", {"study": "A", "yi": "0.5", "sei": "0.2", "scale": "smd"}),
    ("RoBMA logOR", "logOR,v", "0.5,0.04", {"yi": "0.5", "vi": "0.04", "scale": "log_or"}),
    ("RoBMA OR", "OR,lCI,uCI", "2,1,4", {"estimate": "2", "ci_lb": "1", "ci_ub": "4", "scale": "or"}),
    ("RoBMA y", "y,se", "0.5,0.2", {"yi": "0.5", "sei": "0.2"}),
    ("RoBMA r", "r,n", "0.5,30", {"ri": "0.5", "ni": "30"}),
    ("BiBMA", "x1,n1,x2,n2", "4,123,11,139", {"ai": "4", "n1i": "123", "ci": "11", "n2i": "139"}),
    ("JASP", "Study label,Effect Size,Standard Error", "A,0.5,0.2", {"study": "A", "yi": "0.5", "sei": "0.2"}),
    ("JASP option names", "effectSize,effectSizeSe", "0.5,0.2", {"yi": "0.5", "sei": "0.2"}),
    ("esc with standard errors", "grp1m,grp1se,grp1n", "7,1.5,16", {"m1i": "7", "sd1i": "6", "n1i": "16"}),
    ("RevMan 5 CSV", "Events 1,Total 1,Events 2,Total 2", "4,123,11,139", {"ai": "4", "n2i": "139"}),
    ("plain groups", "Events treatment,N treatment,Events control,N control", "4,123,11,139", {"ai": "4"}),
    ("plain, other order", "Treatment_mean,treatment_SD", "5,2", {"m1i": "5", "sd1i": "2"}),
    ("variances", "m1i,var1i", "5,4", {"sd1i": "2"}),
    ("total and one group", "n_total,n1i", "30,14", {"n2i": "16"}),
    ("one of ours, misspelled", "YI,Sei,N_1i", "0.5,0.2,12", {"yi": "0.5", "sei": "0.2", "n1i": "12"}),
    ("ours wins", "study,studlab,yi,TE,sei", "A,B,0.5,9,0.2", {"study": "A", "studlab": "B", "yi": "0.5", "TE": "9"}),
    ("n beside both groups stays", "n,n.e,n.c,event.e,event.c", "30,14,16,1,2", {"n": "30", "n1i": "14", "n2i": "16"}),
    ("tau beside an effect stays", "yi,sei,tau", "0.5,0.2,0.1", {"tau": "0.1", "yi": "0.5"}),
    ("moderators stay", "yi,sei,x1,x2,time,r", "0.5,0.2,a,b,c,e", {"x1": "a", "time": "c", "r": "e"}),
    ("p beside an interval stays", "RR,lower,upper,p", "2,1,4,0.05", {"estimate": "2", "ci_lb": "1", "p": "0.05"}),
    ("p without one", "RR,p", "2,0.05", {"estimate": "2", "pval": "0.05", "scale": "rr"}),
    ("ci of metafor", "ai,n1i,ci,n2i", "4,123,11,139", {"ci": "11"}),
]  # fmt: skip


@pytest.mark.parametrize(("header", "row", "cells"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_names_are_read(header: str, row: str, cells: dict[str, str]) -> None:
    """Each program's table is read under our names, and every cell that is not the file's says where it is from."""
    before = raw(header, row)
    table, problems = ours(before, KNOWN)
    assert problems == []
    ((line, found),) = table.rows
    assert {name: found.get(name) for name in cells} == cells
    assert set(found) - set(before.header) == set(table.origins.get(line, {}))
    assert set(found) <= set(table.header)


REFUSED = [
    ("tau", "study,tau,se", "A,0.5,0.2", "tau", "baggr"),
    ("n beside one group", "n,n1i,ai", "30,14,1", "n", "total"),
    ("se alone", "estimate,se", "2,0.2", "se", "without an effect"),
    ("OR with se", "OR,se", "2,0.2", "se", "without an effect"),
    ("sd", "mean.e,mean.c,sd,n.e,n.c", "5,4,2,20,20", "sd", "whose"),
    ("interval in ci", "estimate,ci", "2,1 to 4", "ci", "confidence interval"),
    ("interval in CI", "OR,CI", "2,[1; 4]", "CI", "confidence interval"),
    ("interval in one cell", "OR,95% CI", "2,1-4", "95% CI", "one cell"),
    ("v alone", "study,v", "A,0.2", "v", "RoBMA"),
    ("variance", "yi,variance", "0.5,0.2", "variance", "of what"),
    ("z", "z,n", "0.5,30", "z", "Fisher"),
    ("mean", "mean,sd,n", "5,2,30", "mean", "group"),
    ("two names for one", "slab,studlab,yi,sei", "A,B,0.5,0.2", "studlab", "'slab' and 'studlab'"),
    ("two effects", "d,OR,se", "0.5,2,0.2", "OR", "'d' and 'OR'"),
]


@pytest.mark.parametrize(
    ("header", "row", "column", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_ambiguous_names_are_refused(header: str, row: str, column: str, words: str) -> None:
    """A name that could mean two things is refused with both meanings and what to do."""
    with pytest.raises(InputError) as caught:
        ours(raw(header, row), KNOWN)
    assert [
        problem
        for problem in caught.value.problems
        if problem.column == column and words in problem.rule and problem.fix
    ], str(caught.value)


def test_origins_have_their_numbers() -> None:
    """A made cell says the formula, then the numbers, then the result."""
    table, _ = ours(raw("event.e,bi,m1i,se.treatment", "4,12,5,0.5"), KNOWN)
    assert table.origins[2]["ai"] == "column 'event.e'"
    assert table.origins[2]["n1i"] == "n1i = ai + bi = 4 + 12 = 16"
    assert table.origins[2]["sd1i"] == "sd1i = se1i * sqrt(n1i) = 0.5 * sqrt(16) = 2"
    assert any("'event.e' is ai" in note for note in table.notes)


def test_contradictory_total_is_refused() -> None:
    """A total that is not the sum of its parts is a problem of its row, as is a part that is no number."""
    _, problems = ours(raw("ai,bi,n1i", "4,119,124", "4,x,"), KNOWN)
    assert [(problem.row, problem.column) for problem in problems] == [(3, "bi"), (2, "n1i")]
    assert "123" in problems[1].rule


def test_scale_of_a_named_effect_is_used(tmp_path: Path) -> None:
    """RoBMA's OR with lCI and uCI is pooled as log odds ratios without being told, and origins reach the report."""
    path = tmp_path / "t.csv"
    path.write_text("study_names,OR,lCI,uCI\na,2,1,4\nb,3,1,9\n")
    table = read_evidence(path, kinds())
    assert table.outcomes["effect"].scale == "log_or"
    assert table.reports[0].origins["estimate"] == "column 'OR'"
    assert any("log_or" in note for note in table.reading)
    assert read_evidence(path, kinds(), "smd").outcomes["effect"].scale == "smd"


def test_columns_without_a_name_are_listed() -> None:
    """What a program has no name for keeps ours, and is said."""
    rows, notes = dialect(table_of("estimate_ci", [CELLS["estimate_ci"]]), "JASP")
    assert "estimate" in rows[0]
    assert "estimate" in notes[0]
    rows, notes = dialect(table_of("estimate_ci", [CELLS["estimate_ci"]]), "RoBMA")
    assert rows[0][-3:] == ["OR", "lCI", "uCI"]
    with pytest.raises(InputError, match="one of metafor"):
        dialect(table_of("yi_sei", []), "excel")


def test_aliases_are_one_to_one() -> None:
    """No name stands for two of our columns, and none of ours is another's alias for something else."""
    seen: dict[str, str] = {}
    for alias in ALIASES:
        assert seen.setdefault(plain(alias.theirs), alias.ours) == alias.ours, alias
    assert len({plain(entry.theirs) for entry in AMBIGUOUS}) == len(AMBIGUOUS)


def test_page_names_every_alias() -> None:
    """The reference of column names has every alias, what it is read as, and every ambiguous name."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "column-names.md").read_text(encoding="utf-8")
    for alias in ALIASES:
        line = [line for line in page.splitlines() if f"`{alias.theirs}`" in line and f"`{alias.ours}`" in line]
        assert line, alias
    for entry in AMBIGUOUS:
        assert f"`{entry.theirs}`" in page, entry
