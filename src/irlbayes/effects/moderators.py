"""Moderators: columns of the rows, or of their studies, as a design matrix by a formula.

formulae (and with it pandas) is imported when a design is asked for, not with this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from irlbayes.core.design import Design
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.types import Report, Study

FUNCTIONS = ("C", "center", "scale", "standardize")
WORD = re.compile(r"[A-Za-z_]\w*")
ALLOWED = re.compile(r"^[\w\s+\-*:()~]*$")
WHERE = "--moderators"


def design(formula: str, studies: Sequence[Study], of_studies: Mapping[str, Mapping[str, str]]) -> Design:
    """Build the design matrix of studies.

    Parameters
    ----------
    formula : str
        Right side of a formula in the grammar of formulae: ``ablat + year``, ``0 + alloc``, ``center(year)``.
    studies : sequence of Study
    of_studies : Mapping
        Cells of `studies.csv` by study, read where a row has no column of the name.

    Returns
    -------
    Design

    Raises
    ------
    InputError
        A formula that cannot be read, unknown columns, blank cells, columns that do not vary or determine each other.

    Notes
    -----
    A formula is parsed, never run as code: it may hold names of columns, numbers, ``+ - * : ( )`` and the functions C
    (categories), center, scale and standardize.
    """
    formula = formula.split("~")[-1].strip() if formula.strip().startswith("~") else formula.strip()
    columns = sorted({name for study in studies for name in _cells(study.report, of_studies)})
    names = _names(formula, columns)
    problems, values = [], {}
    for name in names:
        cells = [_cells(study.report, of_studies).get(name, "") for study in studies]
        problems += [
            Problem(
                study.report.file,
                f"{name} is a moderator and this cell is blank",
                f"Fill {name}.",
                study.report.line,
                name,
            )
            for study, cell in zip(studies, cells, strict=True)
            if cell == ""
        ]
        values[name] = _numbers_or_text(cells)
    problems += [
        Problem(WHERE, f"{name} is {cells[0]!s} in every study, so it cannot moderate", "Leave it out.", value=name)
        for name, cells in values.items()
        if cells and all(cell == cells[0] for cell in cells)
    ]
    if problems:
        raise InputError(problems)
    import pandas as pd
    from formulae import design_matrices

    try:
        common = design_matrices(formula, pd.DataFrame(values, index=range(len(studies)))).common
        frame = common.as_dataframe()
    except Exception as error:  # whatever the parser of formulae raises: it has no base class of its own
        raise InputError(
            Problem(WHERE, f"a formula such as year + design ({error})", "Correct it.", value=formula)
        ) from error
    matrix = np.asarray(frame.to_numpy(), dtype=float)
    coefficients = tuple(str(name) for name in frame.columns)
    if np.linalg.matrix_rank(matrix / np.sqrt((matrix**2).sum(axis=0))) < len(coefficients):
        words = (
            f"{len(coefficients)} coefficients that {len(studies)} studies can tell apart: {', '.join(coefficients)}"
        )
        raise InputError(Problem(WHERE, words, "Use fewer moderators.", value=formula))
    return Design(formula, coefficients, matrix)


def _names(formula: str, columns: Sequence[str]) -> list[str]:
    """Return the columns that a formula names; refuse everything else."""
    if not formula or not ALLOWED.match(formula):
        raise InputError(
            Problem(
                WHERE, "names of columns joined by + - * : and ( )", "Write, for example, year + design.", value=formula
            )
        )
    called = set(re.findall(r"([A-Za-z_]\w*)\s*\(", formula))
    names = [name for name in dict.fromkeys(WORD.findall(formula)) if name not in called]
    problems = [
        Problem(WHERE, f"a function among {', '.join(FUNCTIONS)}", "Leave it out.", value=name)
        for name in sorted(called - {*FUNCTIONS})
    ]
    problems += [
        Problem(
            WHERE, f"a column of the table or of studies.csv: {', '.join(columns)}", "Correct the name.", value=name
        )
        for name in names
        if name not in columns
    ]
    if problems:
        raise InputError(problems)
    return names


def _cells(report: Report, of_studies: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {**of_studies.get(report.study, {}), **{name: _plain(value) for name, value in report.values.items()}}


def _plain(value: float | str) -> str:
    return repr(value) if isinstance(value, float) else value


def _numbers_or_text(cells: Sequence[str]) -> list[float] | list[str]:
    """Return cells as numbers where all of them are, else as text."""
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        return list(cells)
    return numbers if all(np.isfinite(numbers)) else list(cells)
