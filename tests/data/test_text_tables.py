"""CSV as people save it: separators, decimal commas and comments are understood and said, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from irlbayes.core.errors import InputError, Problem
from irlbayes.data.evidence import read_evidence
from irlbayes.effects.table import kinds

CELLS = [("a", -2.31, 0.599), ("b", 0.5, 1.25)]
SEMICOLONS = ("columns are separated by semicolons",)
READ = [
    ("commas", "study,yi,sei\na,-2.31,0.599\nb,0.5,1.25\n", ()),
    ("semicolons", "study;yi;sei\na;-2.31;0.599\nb;0.5;1.25\n", ("columns are separated by semicolons",)),
    ("tabs", "study\tyi\tsei\na\t-2.31\t0.599\nb\t0.5\t1.25\n", ("columns are separated by tabs",)),
    (
        "decimal commas",
        "study;yi;sei\na;-2,31;0,599\nb;0,5;1,25\n",
        ("columns are separated by semicolons", "decimals are written with commas: -2,31 is -2.31"),
    ),
    (
        "decimal commas in quotes",
        'study,yi,sei\na,"-2,31","0,599"\nb,"0,5","1,25"\n',
        ("decimals are written with commas: -2,31 is -2.31",),
    ),
    ("a comma in a quoted name", '"study";"yi";"sei";"x,y"\na;-2.31;0.599;1\nb;0.5;1.25;2\n', SEMICOLONS),
    ("comments", "# about, this\nstudy,yi,sei\na,-2.31,0.599\n# a \"quote\n#,,\nb,0.5,1.25\n", ()),
    ("comments as spreadsheets save them", '"# yi: effect, a log",,\nstudy,yi,sei\na,-2.31,0.599\nb,0.5,1.25\n', ()),
    ("windows lines", "study,yi,sei\r\na,-2.31,0.599\r\n\r\nb,0.5,1.25\r\n", ()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_read(tmp_path: Path, text: str, said: tuple[str, ...]) -> None:
    """The same two rows, however they are kept; what was recognized is said, and nothing else."""
    (tmp_path / "t.csv").write_bytes(text.encode())
    table = read_evidence(tmp_path / "t.csv", kinds())
    assert [(r.study, r.number("yi"), r.number("sei")) for r in table.reports] == CELLS
    assert table.reading == said


def refused(tmp_path: Path, text: str) -> tuple[Problem, ...]:
    (tmp_path / "t.csv").write_bytes(text.encode())
    with pytest.raises(InputError) as caught:
        read_evidence(tmp_path / "t.csv", kinds())
    return caught.value.problems


REFUSED = [
    ("both separators", "study,yi;sei\na,0.1;0.2\n", None, "", "one kind of separator"),
    ("points and commas", "study;yi;sei\na;0,1;0.2\n", 2, "yi", "a point for decimals as elsewhere"),
    ("thousands or decimals", "study;yi;sei\na;1,234;2\n", 2, "yi", "decimals or thousands"),
    ("thousands in a count", "xi;ni\n12;1,234\n", 2, "ni", "between thousands"),
    ("points for thousands", "study;yi;sei\na;1.234,5;0,2\n", 2, "yi", "a number"),
    ("decimals cut columns", "study,yi,sei\na,0,1,0,2\n", 2, "", "5 cells"),
]


@pytest.mark.parametrize(("text", "line", "column", "rule"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_refused(tmp_path: Path, text: str, line: int | None, column: str, rule: str) -> None:
    """What could be read in two ways is not read."""
    (problem,) = refused(tmp_path, text)
    assert (problem.row, problem.column) == (line, column)
    assert rule in problem.rule


def test_lines_count_comments(tmp_path: Path) -> None:
    """The line of a problem is the one that an editor shows, comments and quoted line breaks included."""
    text = '# one\nstudy,yi,sei\n# three\n"a\nb",0.1,0.2\n# six\nc,high,0\n'
    assert [(problem.row, problem.column) for problem in refused(tmp_path, text)] == [(7, "yi"), (7, "sei")]


def test_only_comments(tmp_path: Path) -> None:
    """A file of comments is empty."""
    (problem,) = refused(tmp_path, "# nothing\n# here\n")
    assert "empty" in problem.rule


def test_mixed_decimals_are_told_with_everything_else(tmp_path: Path) -> None:
    """Decimals that do not agree do not hide other problems."""
    problems = refused(tmp_path, "study;yi;sei\na;0,1;0.2\nb;0.3;-1\na;0.3;1\n")
    assert [(problem.row, problem.column) for problem in problems] == [(2, "yi"), (3, "sei"), (4, "study")]


def test_fix_for_decimals_that_cut_columns(tmp_path: Path) -> None:
    """Numbers cut in two by the separator suggest semicolons."""
    assert "semicolons" in refused(tmp_path, "yi,sei\n0,1,0,2\n")[0].fix
