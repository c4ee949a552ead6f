"""What the command line does with a table besides pooling it: validate, explain, template, convert, escalc."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any

import pytest

from irlbayes.core.registry import leaves
from irlbayes.data.files import read_table

KINDS = leaves("irlbayes.effects.reports")
BCG = "study,ai,n1i,ci,n2i\nAronson 1948,4,123,11,139\nFerguson 1949,6,306,29,303\n"
# metafor 5.0-1: escalc(measure="OR") of the first two BCG trials, as in tests/reference/escalc.csv
OR = {
    "Aronson 1948": (-0.93869414087039216, 0.35712495225362872),
    "Ferguson 1949": (-1.6661907290265496, 0.208132393657186),
}
Runner = Callable[..., Any]


@pytest.fixture
def bcg(tmp_path: Path) -> Path:
    path = tmp_path / "bcg.csv"
    path.write_text(BCG, encoding="utf-8")
    return path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- validate ------------------------------------------------------------------------------------------------


def test_validate_says_what_was_read_and_what_looks_wrong(irlbayes: Runner, tmp_path: Path) -> None:
    """Semicolons, other names and the scale are said; a p that its interval contradicts is a finding, not an error."""
    path = tmp_path / "odd.csv"
    path.write_text("studlab;OR;lower;upper;pval\nA;1,50;1,10;2,05;0,90\nB;0,80;0,60;1,07;0,13\n", encoding="utf-8")
    done = irlbayes("validate", path)
    assert (done.status, done.err) == (0, "")
    assert "2 reports, all valid" in done.out
    assert "read: columns are separated by semicolons" in done.out
    assert "'studlab' is study" in done.out
    assert "odd.csv, line 2" in done.out
    assert "p_and_interval" in done.out
    assert "1 thing looks wrong; nothing was changed" in done.out


def test_validate_finds_nothing_in_clean_tables(irlbayes: Runner, bcg: Path) -> None:
    """Two published trials raise no finding."""
    assert "nothing looks wrong" in irlbayes("validate", bcg).out


# --- explain -------------------------------------------------------------------------------------------------


def test_explain_shows_every_number(irlbayes: Runner) -> None:
    """The odds ratio of Reeves 2024: its cells, the log, the z of its p, the standard error, the likelihood."""
    done = irlbayes("explain", "--study", "reeves2024.relapse_or")
    assert (done.status, done.err) == (0, "")
    for words in ("3.472; p = 0.009", f"{log(3.472):.6g}", "2.61205", "0.476533", "Normal(1.24473; theta, 0.476533^2)"):
        assert words in done.out


def test_explain_says_why_a_row_stays_out(irlbayes: Runner) -> None:
    """A contrast that is not pooled is a reason, not an error."""
    done = irlbayes("explain", "--study", "reeves2024.pira")
    assert done.status == 0
    assert "does not enter: contrast per_lesion" in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--study", "reves2024"], "Did you mean reeves2024"),
        (["--study", "reeves2024", "--outcome", "nothing"], "an outcome of irl"),
        (["--study", "reeves2024", "--outcome", "cognition"], "this one has rows of"),
        (["--study", "reeves2024", "--likelihood", "gaussian"], "a likelihood that a report kind has"),
    ],
)
def test_explain_refuses_in_words(irlbayes: Runner, arguments: list[str], words: str) -> None:
    """A name that is not there gets the names that are."""
    done = irlbayes("explain", *arguments)
    assert (done.status, done.out) == (2, "")
    assert words in " ".join(done.err.split())


def test_a_named_likelihood_is_explained(irlbayes: Runner, bcg: Path) -> None:
    """`normal` gives metafor's log odds ratio and says so."""
    done = irlbayes("explain", bcg, "--study", "Aronson 1948", "--likelihood", "normal")
    assert "metafor's OR" in done.out
    assert f"{OR['Aronson 1948'][0]:.6g}".replace("-", "−") in done.out


# --- template ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_template_of_every_kind_has_its_columns(irlbayes: Runner, kind: str) -> None:
    """The last line is the header; every column is commented; the comments are not read."""
    done = irlbayes("template", kind)
    assert (done.status, done.err) == (0, "")
    *comments, header = done.out.splitlines()
    columns = header.split(",")
    assert {column.name for column in KINDS[kind].COLUMNS} <= set(columns)
    assert all(line.startswith("# ") for line in comments)
    assert all(any(line.startswith(f"# {column} (") for line in comments) for column in columns)


def test_a_filled_template_is_read(irlbayes: Runner, tmp_path: Path) -> None:
    """The sheet with a row under its header is a table."""
    path = tmp_path / "sheet.csv"
    assert irlbayes("template", "counts", "--output", path).status == 0
    with path.open("a", encoding="utf-8") as file:
        file.write("Aronson 1948,counts,4,123,11,139\n")
    assert "1 report, all valid" in irlbayes("validate", path).out


def test_a_workbook_template_opens(irlbayes: Runner, tmp_path: Path) -> None:
    """The XLSX sheet has the same header, and a second sheet that explains it."""
    from openpyxl import load_workbook

    path = tmp_path / "sheet.xlsx"
    assert irlbayes("template", "rates", "--output", path).status == 0
    book = load_workbook(path)
    assert book.sheetnames == ["rates", "columns"]
    assert [cell.value for cell in next(book["rates"].rows)][:3] == ["study", "report", "x1i"]


def test_template_of_another_kind_is_refused(irlbayes: Runner) -> None:
    """The kinds that exist are named."""
    done = irlbayes("template", "meens")
    assert (done.status, done.out) == (2, "")
    assert "means" in done.err


# --- convert -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("to", ["tidy", "metafor", "meta", "RoBMA", "JASP"])
def test_convert_there_and_back(irlbayes: Runner, bcg: Path, tmp_path: Path, to: str, suffix: str) -> None:
    """A table in another program's names is read back to the same rows."""
    there = tmp_path / f"there.{suffix}"
    assert irlbayes("convert", bcg, "--to", to, "--output", there).status == 0
    back = irlbayes("convert", there)
    assert back.status == 0
    assert back.out == irlbayes("convert", bcg).out


def test_convert_says_what_has_no_name(irlbayes: Runner, bcg: Path) -> None:
    """Columns without a name in the other program are listed on standard error, the table alone on standard output."""
    done = irlbayes("convert", bcg, "--to", "meta")
    assert rows(done.out)[0]["event.e"] == "4"
    assert "note: meta has no name of its own for id" in done.err


def test_convert_to_another_program_is_refused(irlbayes: Runner, bcg: Path, tmp_path: Path) -> None:
    """Nothing is written."""
    done = irlbayes("convert", bcg, "--to", "stata", "--output", tmp_path / "x.csv")
    assert done.status == 2
    assert "RoBMA" in done.err
    assert not (tmp_path / "x.csv").exists()


# --- escalc --------------------------------------------------------------------------------------------------


def test_escalc_is_metafors(irlbayes: Runner, bcg: Path) -> None:
    """yi and vi of the first BCG trials, to 1e-12."""
    done = irlbayes("escalc", bcg, "--measure", "OR")
    assert done.status == 0
    for row in rows(done.out):
        assert (float(row["yi"]), float(row["vi"])) == pytest.approx(OR[row["study"]], rel=1e-12)


def test_escalc_output_is_a_table(irlbayes: Runner, bcg: Path, tmp_path: Path) -> None:
    """What escalc writes can be pooled, on the scale that its measure says."""
    path = tmp_path / "yi.csv"
    assert irlbayes("escalc", bcg, "--measure", "RR", "--output", path).status == 0
    assert read_table(path).header == ("id", "study", "outcome", "yi", "vi", "measure")
    done = irlbayes("analyze", path)
    assert done.status == 0
    assert "effect, RR" in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--measure", "ORR"], "an effect measure is one of"),
        (["--measure", "OR", "--vtype", "XX"], "variances of OR are LS"),
        (["--measure", "SMD"], "SMD needs"),
        (["--measure", "OR", "--to", "some"], "to"),
        (["--measure", "OR", "--no-correct"], "options of OR are"),
    ],
)
def test_escalc_refuses_in_words(irlbayes: Runner, bcg: Path, arguments: list[str], words: str) -> None:
    """An unknown measure, variance or option gets the known ones; cells that are missing are named."""
    done = irlbayes("escalc", bcg, *arguments)
    assert (done.status, done.out) == (2, "")
    assert words in " ".join(done.err.split())


def test_rows_without_the_effect_are_counted(irlbayes: Runner) -> None:
    """The bundled evidence has proportions in some rows only."""
    done = irlbayes("escalc", "irl", "--measure", "PLO")
    assert done.status == 0
    table = rows(done.out)
    assert f"note: {140 - len(table)} of 140 rows have no PLO and are left out" in done.err
    assert all(float(row["vi"]) > 0 for row in table)
