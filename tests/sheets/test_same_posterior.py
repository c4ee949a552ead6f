"""The same studies under any program's names, in any kind of file, have the same posterior to 1e-12.

BCG trials (Colditz 1994), strokes on warfarin (Hart 1999), length of stay (Normand 1999): inputs of `tests/reference`.
Headers are written by hand from each program's documentation, not by `irlbayes convert`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

import irlbayes

REFERENCE = Path(__file__).parents[1] / "reference"
BCG = ("ai", "n1i", "ci", "n2i")
HART = ("x1i", "t1i", "x2i", "t2i")
NORMAND = ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")

Rows = list[dict[str, str]]


def inputs(name: str, columns: Sequence[str], k: int) -> Rows:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8") as file:
        rows = [{name: row[name] for name in ("study", *columns)} for row in csv.DictReader(file)]
    assert len(rows) == k
    return rows


def others(row: Mapping[str, str], events: str, size: str) -> str:
    """People without the event."""
    return str(int(row[size]) - int(row[events]))


# Data set, its columns and k, and each program's header with the cell that goes under it.
Cell = str | Callable[[Mapping[str, str]], str]
DIALECTS: dict[str, tuple[str, tuple[str, ...], int, dict[str, Cell]]] = {
    "metafor, 2x2 table": (
        "tables/bcg_rr", BCG, 13,
        {"slab": "study", "ai": "ai", "bi": lambda row: others(row, "ai", "n1i"), "ci": "ci",
         "di": lambda row: others(row, "ci", "n2i")},
    ),
    "meta, metabin": (
        "tables/bcg_rr", BCG, 13, {"studlab": "study", "event.e": "ai", "n.e": "n1i", "event.c": "ci", "n.c": "n2i"},
    ),
    "RoBMA, BiBMA": (
        "tables/bcg_rr", BCG, 13, {"study_names": "study", "x1": "ai", "x2": "ci", "n1": "n1i", "n2": "n2i"},
    ),
    "JASP, binomial": (
        "tables/bcg_rr", BCG, 13,
        {"Study label": "study", "Successes group 1": "ai", "Sample size group 1": "n1i", "Successes group 2": "ci",
         "Sample size group 2": "n2i"},
    ),
    "meta, metainc": (
        "tables/hart1999_irr", HART, 6,
        {"studlab": "study", "event.e": "x1i", "time.e": "t1i", "event.c": "x2i", "time.c": "t2i"},
    ),
    "meta, metacont": (
        "tables/normand1999", NORMAND, 9,
        {"studlab": "study", "n.e": "n1i", "mean.e": "m1i", "sd.e": "sd1i", "n.c": "n2i", "mean.c": "m2i",
         "sd.c": "sd2i"},
    ),
    "meta, metagen": ("inputs/normand1999_smd", ("yi", "sei"), 9, {"studlab": "study", "TE": "yi", "seTE": "sei"}),
    "RoBMA, d": ("inputs/normand1999_smd", ("yi", "sei"), 9, {"study_names": "study", "d": "yi", "se": "sei"}),
    "JASP, effect size": (
        "inputs/normand1999_smd", ("yi", "sei"), 9,
        {"Study label": "study", "Effect size": "yi", "Standard error": "sei"},
    ),
}  # fmt: skip


def text(rows: Sequence[Sequence[str]], separator: str, comma: bool) -> bytes:
    lines = [
        separator.join(cell.replace(".", ",") if comma and number and place else cell for place, cell in enumerate(row))
        for number, row in enumerate(rows)
    ]
    return ("\n".join(lines) + "\n").encode()


def workbook(rows: Sequence[Sequence[str]], path: Path, as_text: bool) -> None:
    """Write a sheet by hand: numbers as numbers, or as the text that a European spreadsheet shows."""
    book = Workbook()
    sheet = book.worksheets[0]
    for number, row in enumerate(rows):
        plain = not number
        sheet.append(
            [
                cell if plain or not place else (cell.replace(".", ",") if as_text else float(cell))
                for place, cell in enumerate(row)
            ]
        )
    book.save(path)


def write(rows: Sequence[Sequence[str]], how: str, folder: Path) -> Path:
    path = folder / f"table.{'xlsx' if how.startswith('xlsx') else 'csv'}"
    if how.startswith("xlsx"):
        workbook(rows, path, as_text=how == "xlsx, decimal commas")
        return path
    separator, comma = {"commas": (",", False), "semicolons, decimal commas": (";", True), "tabs": ("\t", False)}[how]
    # study names of the inputs have commas of their own, which only quotation marks keep whole
    safe = [[cell.replace(", ", " ") for cell in row] for row in rows]
    path.write_bytes(text(safe, separator, comma))
    return path


def answers(path: Path) -> list[float]:
    """Every number of mu, tau and a new study, and of each study."""
    (result,) = irlbayes.analyze(path, scale=None).results
    found = []
    for question in ("pooled", "new_study"):
        numbers = result.answers[question].numbers
        found += [numbers[name] for name in ("mean", "sd", "median", "ci_low", "ci_high", "p_gt_null")]
    tau = result.answers["heterogeneity"].numbers["tau"]
    studies = result.answers["shrinkage"].numbers["studies"]
    found += [tau[name] for name in ("mean", "sd", "median", "ci_low", "ci_high")]
    return found + [study[name] for study in studies for name in ("mean", "sd")]


@pytest.mark.parametrize("how", ["commas", "semicolons, decimal commas", "tabs", "xlsx", "xlsx, decimal commas"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_posterior_is_that_of_the_tidy_table(dialect: str, how: str, tmp_path: Path) -> None:
    """Mean, sd, quantiles and probabilities of mu, tau, a new study and every study, to 1e-12."""
    name, columns, k, header = DIALECTS[dialect]
    rows = inputs(name, columns, k)
    tidy = [["study", *columns], *([row["study"], *(row[column] for column in columns)] for row in rows)]
    theirs = [
        list(header),
        *([cell(row) if callable(cell) else row[cell] for cell in header.values()] for row in rows),
    ]
    (tmp_path / "tidy").mkdir()
    expected = answers(write(tidy, "commas", tmp_path / "tidy"))
    assert answers(write(theirs, how, tmp_path)) == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_an_ambiguous_effect_explains_itself(tmp_path: Path) -> None:
    """The name that baggr gives an effect is the heterogeneity everywhere else: nothing is guessed."""
    path = tmp_path / "baggr.csv"
    path.write_text("group,tau,se\nA,0.1,0.2\n", encoding="utf-8")
    with pytest.raises(irlbayes.InputError) as refused:
        irlbayes.read_reports(path)
    (problem,) = [problem for problem in refused.value.problems if problem.column == "tau"]
    assert "baggr" in str(problem)
    assert "yi" in problem.fix
