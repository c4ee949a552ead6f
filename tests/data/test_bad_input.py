"""Every kind of bad input is refused whole, with file, line, column, value, rule and fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from irlbayes.core.bundle import folder
from irlbayes.core.errors import InputError, Problem
from irlbayes.workflow import read_reports

GOOD = "study,yi,sei\na,0.1,0.2\nb,0.3,0.1\n"


def refused(path: Path, scale: str | None = None) -> tuple[Problem, ...]:
    """Read a file that must be refused, and return what was said."""
    with pytest.raises(InputError) as caught:
        read_reports(path, scale)
    for problem in caught.value.problems:
        assert problem.file, "every problem names its file"
        assert problem.rule, "every problem names its rule"
        assert problem.fix, "every problem names a fix"
    return caught.value.problems


def write(tmp_path: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# (name, text, line, column, value, words of the rule)
CELLS = [
    ("text in a number", "study,yi,sei\na,high,0.2\n", 2, "yi", "high", "a number"),
    ("decimal comma", 'study,yi,sei\na,"0,1",0.2\n', 2, "yi", "0,1", "a number"),
    ("thousands", 'study,yi,sei\na,"1,000",0.2\n', 2, "yi", "1,000", "a number"),
    ("hexadecimal", "study,yi,sei\na,0x1F,0.2\n", 2, "yi", "0x1F", "a number"),
    ("underscore", "study,yi,sei\na,1_0,0.2\n", 2, "yi", "1_0", "a number"),
    ("not a number", "study,yi,sei\na,NaN,0.2\n", 2, "yi", "NaN", "finite"),
    ("infinity", "study,yi,sei\na,0.1,inf\n", 2, "sei", "inf", "finite"),
    ("minus infinity", "study,yi,sei\na,-Infinity,0.1\n", 2, "yi", "-Infinity", "finite"),
    ("overflow", "study,yi,sei\na,1e999,0.1\n", 2, "yi", "1e999", "finite"),
    ("formula", "study,yi,sei\na,=A1+1,0.2\n", 2, "yi", "=A1+1", "not a formula"),
    ("formula in text", 'study,yi,sei\n"=HYPERLINK(""x"")",0.1,0.2\n', 2, "study", '=HYPERLINK("x")', "not a formula"),
    ("at formula", "study,yi,sei\n@SUM(A1),0.1,0.2\n", 2, "study", "@SUM(A1)", "not a formula"),
    ("plus formula", "study,yi,sei\n+cmd|x,0.1,0.2\n", 2, "study", "+cmd|x", "not a formula"),
    ("zero sei", "study,yi,sei\na,0.1,0\n", 2, "sei", "0", "above 0"),
    ("negative sei", "study,yi,sei\na,0.1,-0.2\n", 2, "sei", "-0.2", "above 0"),
    ("negative vi", "study,yi,vi\na,0.1,-0.2\n", 2, "vi", "-0.2", "above 0"),
    ("sei and vi disagree", "study,yi,sei,vi\na,0.1,0.2,0.2\n", 2, "vi", "0.2", "disagree"),
    ("p above 1", "estimate,pval\n0.5,1.2\n", 2, "pval", "1.2", "at most 1"),
    ("p of zero", "estimate,pval\n0.5,0\n", 2, "pval", "0", "above 0"),
    ("p printed as 0.000", "estimate,pval\n0.5,0.000\n", 2, "pval", "0.000", "above 0"),
    ("p of one", "estimate,pval\n0.5,1\n", 2, "pval", "1", "no standard error"),
    ("no effect with p below 1", "estimate,pval\n0,0.5\n", 2, "estimate", "0", "contradicts"),
    ("bound for an estimate", "estimate,pval,pval_relation\n0.5,0.05,<\n", 2, "pval_relation", "<", "exact p-value"),
    ("unknown relation", "estimate,pval,pval_relation\n0.5,0.05,~\n", 2, "pval_relation", "~", "one of"),
    ("outside its interval", "estimate,ci_lb,ci_ub\n3,0.5,2\n", 2, "estimate", "3", "inside its interval"),
    ("interval upside down", "estimate,ci_lb,ci_ub\n1,2,0.5\n", 2, "ci_lb", "2", "below the upper"),
    ("negative ratio", "estimate,ci_lb,ci_ub,scale\n1,-2,2,or\n", 2, "ci_lb", "-2", "ratio"),
    ("ratio of zero", "estimate,pval,scale\n0,0.5,or\n", 2, "estimate", "0", "ratio"),
    ("proportion above 1", "estimate,ci_lb,ci_ub,scale\n0.4,0.3,50,proportion\n", 2, "ci_ub", "50", "between 0 and 1"),
    ("unknown printed scale", "estimate,pval,scale\n1,0.5,odd\n", 2, "scale", "odd", "one of"),
    ("events above total", "xi,ni\n11,10\n", 2, "xi", "11", "exceed"),
    ("negative events", "xi,ni\n-1,10\n", 2, "xi", "-1", "at least 0"),
    ("fraction of a person", "xi,ni\n1.5,10\n", 2, "xi", "1.5", "whole number"),
    ("nobody", "xi,ni\n0,0\n", 2, "ni", "0", "at least 1"),
    ("group size missing", "pval,sign,n1i,n2i\n0.1,+,10,\n", 2, "n2i", "", "p_value needs n2i"),
    ("no degrees of freedom", "sign,n1i,n2i\n+,1,1\n", 2, "n1i", "1", "at least 3 people"),
    ("unknown sign", "sign,n1i,n2i\nup,10,10\n", 2, "sign", "up", "one of +, -, ?"),
    ("direction without one", "report,sign,n1i,n2i\ndirection,?,10,10\n", 2, "sign", "?", "needs + or -"),
    ("unknown verdict", "verdict,alpha,n1i,n2i\nns,0.05,10,10\n", 2, "verdict", "ns", "one of"),
    ("alpha of one", "verdict,alpha,n1i,n2i\nnot_significant,1,10,10\n", 2, "alpha", "1", "below 1"),
    (
        "sign against verdict",
        "report,verdict,sign,alpha,n1i,n2i\nsignificance,significant_higher,-,0.05,9,9\n",
        2,
        "sign",
        "-",
        "contradicts",
    ),
    (
        "unordered range",
        "median1i,min1i,max1i,median2i,min2i,max2i,n1i,n2i\n5,6,9,5,1,9,9,9\n",
        2,
        "median1i",
        "5",
        "at most",
    ),
    ("half a pair", "median1i,q1_1i,median2i,q1_2i,q3_2i,n1i,n2i\n5,4,5,4,6,9,9\n", 2, "q3_1i", "", "pair"),
    ("no spread given", "median1i,median2i,min2i,max2i,n1i,n2i\n5,4,1,9,9,9\n", 2, "q1_1i", "", "needs quartiles"),
    ("no spread", "median1i,min1i,max1i,median2i,min2i,max2i,n1i,n2i\n5,5,5,5,1,9,9,9\n", 2, "max1i", "5", "no spread"),
    ("unknown report kind", "report,yi,sei\nyisei,0.1,0.2\n", 2, "report", "yisei", "known report kind"),
    ("unknown use", "use,yi,sei\nmaybe,0.1,0.2\n", 2, "use", "maybe", "one of"),
    ("same study twice", "study,yi,sei\na,0.1,0.2\na,0.3,0.1\n", 3, "study", "a", "unique; line 2"),
    ("same id twice", "id,yi,sei\na,0.1,0.2\na,0.3,0.1\n", 3, "id", "a", "unique; line 2"),
    ("same cohort twice", "id,cohort,yi,sei\na,x,0.1,0.2\nb,x,0.3,0.1\n", 3, "cohort", "x", "one primary row"),
    ("two kinds in a row", "yi,sei,xi,ni\n0.1,0.2,3,10\n", 2, "", "", "2 report kinds: proportion, yi_sei"),
    ("standard error missing", "study,yi,sei\na,0.1,0.2\nb,0.1,\n", 3, "sei or vi", "", "needs sei or vi"),
    ("ragged row", "study,yi,sei\na,0.1\n", 2, "", "", "2 cells and the header 3"),
    ("too long a row", "study,yi,sei\na,0.1,0.2,0.3\n", 2, "", "", "4 cells and the header 3"),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "value", "rule"), [case[1:] for case in CELLS], ids=[c[0] for c in CELLS]
)
def test_cell(tmp_path: Path, text: str, line: int, column: str, value: str, rule: str) -> None:
    """A bad cell is named by line, column and value, with its rule; nothing else is complained about."""
    problems = refused(write(tmp_path, text))
    assert len(problems) == 1, [str(problem) for problem in problems]
    problem = problems[0]
    assert (problem.row, problem.column, problem.value) == (line, column, value)
    assert rule in problem.rule
    assert problem.file.endswith("table.csv")


FILES = [
    ("empty", b"", "empty"),
    ("blank", b"\n \n", "empty"),
    ("header only", b"study,yi,sei\n", "no rows"),
    ("binary", b"study,yi,sei\na,0.1\x00,0.2\n", "binary"),
    ("zip", b"PK\x03\x04rest", "spreadsheet"),
    ("not utf-8", "study,yi,sei\nMüller,0.1,0.2\n".encode("latin-1"), "not UTF-8"),
    ("utf-16", "study,yi,sei\na,0.1,0.2\n".encode("utf-16"), "binary"),
    ("mixed separators", b"study,yi;sei\na,0.1;0.2\n", "one kind of separator"),
    ("open quote", b'study,yi,sei\n"a,0.1,0.2\n', "cannot be read"),
    ("repeated column", b"study,yi,sei,yi\na,0.1,0.2,0.3\n", "occurs twice"),
    ("nameless column", b"study,yi,sei,\na,0.1,0.2,\n", "no name"),
    ("wrong columns", b"study,effect,error\na,0.1,0.2\n", "no report kind has all its columns"),
    ("misspelled column", b"study,yi,seii\na,0.1,0.2\n", "no report kind has all its columns"),
]


@pytest.mark.parametrize(("data", "rule"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_file(tmp_path: Path, data: bytes, rule: str) -> None:
    """A bad file is refused in one clear sentence."""
    problems = refused(write(tmp_path, data))
    assert any(rule in problem.rule for problem in problems), [str(problem) for problem in problems]


def test_missing_file(tmp_path: Path) -> None:
    """A path that leads nowhere lists what is bundled."""
    (problem,) = refused(tmp_path / "nowhere.csv")
    assert "no such file" in problem.rule
    assert "irl" in problem.fix


def test_hundred_megabytes(tmp_path: Path) -> None:
    """A huge file is refused by its size, before it is read."""
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    (problem,) = refused(path)
    assert "20 MB" in problem.rule
    assert problem.value == "100 MB"


def test_misspelled_column_is_guessed(tmp_path: Path) -> None:
    """The fix says which known column a misspelled one looks like."""
    problems = refused(write(tmp_path, "study,estimat,ci_lb,ci_ub\na,1,0.5,2\n"))
    assert "'estimat' looks like 'estimate'" in problems[0].fix


def test_all_failures_at_once(tmp_path: Path) -> None:
    """Five bad cells in four rows are five problems, in the order of the file."""
    text = "study,yi,sei\na,x,0\nb,0.1,-1\nb,0.1,0.2\nc,inf,0.1\n"
    problems = refused(write(tmp_path, text))
    assert [(problem.row, problem.column) for problem in problems] == [
        (2, "yi"),
        (2, "sei"),
        (3, "sei"),
        (4, "study"),
        (5, "yi"),
    ]


def test_unknown_scale(tmp_path: Path) -> None:
    """A scale that does not exist is refused with the list of those that do."""
    (problem,) = refused(write(tmp_path, GOOD), scale="odds")
    assert problem.file == "--scale"
    assert "log_or" in problem.rule


def test_scale_without_conversion(tmp_path: Path) -> None:
    """A primary row on a scale that cannot reach the outcome's is refused."""
    (problem,) = refused(write(tmp_path, "study,estimate,pval,scale\na,2,0.01,irr\n"), scale="smd")
    assert "no conversion" in problem.rule


def test_good_table_is_read(tmp_path: Path) -> None:
    """The table that the bad ones are variations of is read, byte-order mark and blank lines included."""
    table = read_reports(write(tmp_path, b"\xef\xbb\xbf" + GOOD.encode() + b"\n\n"), "smd")
    assert [(report.study, report.kind, report.number("yi")) for report in table.reports] == [
        ("a", "yi_sei", 0.1),
        ("b", "yi_sei", 0.3),
    ]
    assert table.outcomes["effect"].scale == "smd"


# --- folders ------------------------------------------------------------------------------------------------


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return a copy of the bundled evidence base."""
    source = folder("data") / "irl"
    for name in ("evidence.toml", "reports.csv", "studies.csv", "published_pooled.csv"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the bundled {path.name} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


FOLDERS = [
    ("evidence.toml", 'schema = "irlbayes/evidence/1"', 'schema = "other"', "schema ="),
    ("evidence.toml", "[outcomes.disability]", "[outcomes.disability", "TOML"),
    ("evidence.toml", 'scale = "smd"', 'scale = "d"', "scale is one of"),
    ("evidence.toml", 'harm = "+"', 'harm = "up"', "harm is"),
    ("evidence.toml", 'unit = "EDSS points per year"', 'unit = ""', "needs a unit"),
    ("evidence.toml", 'label = "Disability"', 'lable = "Disability"', "no key lable"),
    ("evidence.toml", '"irl_ge1_vs_0", "irl_ge2_vs_le1"', '"irl_ge9", "irl_ge2_vs_le1"', "names a contrast"),
    ("evidence.toml", '"SMD (EDSS)"', '"SMD (MSSS)"', "row of published_pooled.csv"),
    ("evidence.toml", 'kind = "conventional"', 'kind = "felt"', "thresholds have"),
    ("reports.csv", ",disability,EDSS,", ",disabilty,EDSS,", "an outcome that evidence.toml declares"),
    ("reports.csv", "irl_ge1_vs_0", "irl_ge1", "a contrast that evidence.toml declares"),
    ("reports.csv", "blindenbacher2020.edss,blindenbacher2020,", "blindenbacher2020.edss,blindenbach,", "a study of"),
    (
        "reports.csv",
        "blindenbacher2020.edss,blindenbacher2020,berlin",
        "blindenbacher2020.edss,blindenbacher2020,rome",
        "cohort",
    ),
    ("reports.csv", "id,study,", "ident,study,", "column id is missing"),
    ("studies.csv", "study,cohort,", "name,cohort,", "columns study are missing"),
    ("studies.csv", ",66,13,53,", ",66,13.5,53,", "whole number"),
    ("published_pooled.csv", "0.77,0.34,1.21", "1.77,0.34,1.21", "inside its interval"),
]


@pytest.mark.parametrize(("file", "old", "new", "rule"), FOLDERS, ids=[case[3] for case in FOLDERS])
def test_folder(base: Path, file: str, old: str, new: str, rule: str) -> None:
    """One wrong word in an evidence folder is found, in the file it stands in."""
    edit(base / file, old, new)
    problems = refused(base)
    assert any(rule in problem.rule and Path(problem.file).name == file for problem in problems), [
        str(p) for p in problems
    ]


@pytest.mark.parametrize("file", ["evidence.toml", "reports.csv"])
def test_folder_without_a_file(base: Path, file: str) -> None:
    """A folder that misses a file it needs says which."""
    (base / file).unlink()
    (problem,) = refused(base)
    assert problem.file.endswith(file)


def test_folder_declares_its_scales(base: Path) -> None:
    """``--scale`` and a folder contradict each other."""
    (problem,) = refused(base, scale="smd")
    assert problem.file == "--scale"
