"""Rows become reports: the kind of each row is known, its cells keep their rules, or all failures are told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.scales import PRINTED
from irlbayes.core.types import Column, Kind, Report
from irlbayes.data.files import RawTable
from irlbayes.data.rules import check_cells, parse, required, unique

USES = ("primary", "sensitivity", "context")
BOOKKEEPING = (
    Column("id", "name of the row, unique", "text"),
    Column("study", "name of the study", "text"),
    Column(
        "cohort",
        "patients behind the study; one row of each cohort and outcome enters, or all of them on request",
        "text",
    ),
    Column("outcome", "what was compared", "text"),
    Column("report", "report kind: what the paper printed", "text"),
    Column("use", "primary, sensitivity or context", "text", f"one of {', '.join(USES)}", lambda value: value in USES),
    Column(
        "scale",
        "scale of a printed number",
        "text",
        f"one of {', '.join(sorted(PRINTED))}",
        lambda value: value in PRINTED,
    ),
    Column("instrument", "measure behind the outcome", "text"),
    Column("contrast", "what group 1 and group 2 are", "text"),
    Column("unit", "unit of a number that has one of its own", "text"),
    Column("likelihood", "likelihood of the row by name; its kind's own where blank", "text"),
)
EVERY_ROW = ("id", "study", "cohort", "outcome", "report", "use")


def vocabulary(kinds: Mapping[str, Kind]) -> dict[str, Column]:
    """Return every column that is known, by name: bookkeeping and those of the report kinds."""
    columns = {column.name: column for column in BOOKKEEPING}
    for kind in kinds.values():
        for column in (*kind.COLUMNS, *kind.OPTIONAL):
            columns.setdefault(column.name, column)
    return columns


def make_reports(
    table: RawTable,
    kinds: Mapping[str, Kind],
    outcomes: Collection[str] | None = None,
    cells: Sequence[Problem] = (),
) -> tuple[Report, ...]:
    """Turn a raw table into reports.

    Parameters
    ----------
    table : RawTable
    kinds : Mapping
        Report kinds by name.
    outcomes : collection of str, optional
        Outcomes that are declared. Given for an evidence folder, whose bookkeeping columns are then required; without
        it a plain table is read, where only a kind's own columns are.
    cells : sequence of Problem
        Problems of cells that are known already, to be told with all others.

    Returns
    -------
    tuple of Report

    Raises
    ------
    InputError
        With every problem of the table.
    """
    columns = vocabulary(kinds)
    problems = _columns_problems(table, kinds, columns, strict=outcomes is not None)
    if problems:
        raise InputError(problems)
    told = {(problem.row, problem.column) for problem in cells}
    problems = [*cells, *(p for p in check_cells(table, list(columns.values())) if (p.row, p.column) not in told)]
    problems += unique(table, "id")
    if outcomes is not None:
        problems += required(table, EVERY_ROW)
    elif "id" not in table.header:
        problems += unique(table, "study", lambda cells: f"{cells.get('study')}\n{cells.get('outcome')}")
    broken_lines = {problem.row for problem in problems}
    told_lines = {row for row, _ in told}
    reports = []
    for number, (line, row) in enumerate(table.rows, start=1):
        kind = _kind(table, line, row, kinds)
        if isinstance(kind, Problem):
            if line not in told_lines:
                problems.append(kind)
            continue
        if line in broken_lines:
            continue
        report = _report(table, line, number, row, kind, columns)
        if outcomes is not None and report.outcome not in outcomes:
            known = ", ".join(outcomes)
            problems.append(
                Problem(
                    table.file,
                    f"an outcome that evidence.toml declares: {known}",
                    f"{_near(report.outcome, outcomes)}Correct it, or declare it.",
                    line,
                    "outcome",
                    report.outcome,
                )
            )
        if report.use == "primary":
            problems += _kind_problems(table, report, kinds[kind])
        reports.append(report)
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.row or 0))
    return tuple(reports)


def _columns_problems(
    table: RawTable, kinds: Mapping[str, Kind], columns: Mapping[str, Column], strict: bool
) -> list[Problem]:
    if strict:
        missing = [name for name in EVERY_ROW if name not in table.header]
        return [
            Problem(table.file, f"the column {name} is missing", f"Add the column {name}: {columns[name].meaning}.")
            for name in missing
        ]
    if "report" in table.header:
        return []
    header = set(table.header)
    if any({column.name for column in kind.COLUMNS} <= header and _has_one_of(kind, header) for kind in kinds.values()):
        return []
    needs = "; ".join(f"{name}: {', '.join(_needed(kind))}" for name, kind in kinds.items())
    near = [
        f"{column!r} looks like {match[0]!r}"
        for column in table.header
        if column not in columns and (match := get_close_matches(column, list(columns), 1, 0.8))
    ]
    hint = f"{' and '.join(near)}. " if near else ""
    return [
        Problem(
            table.file,
            "no report kind has all its columns here",
            f"{hint}Columns by report kind: {needs}.",
            1,
            value=", ".join(table.header),
        )
    ]


def _needed(kind: Kind) -> list[str]:
    one_of = getattr(kind, "ONE_OF", ())
    return [*(column.name for column in kind.COLUMNS), *([" or ".join(one_of)] if one_of else [])]


def _has_one_of(kind: Kind, names: Collection[str]) -> bool:
    one_of = getattr(kind, "ONE_OF", ())
    return not one_of or any(name in names for name in one_of)


def _kind(table: RawTable, line: int, cells: Mapping[str, str], kinds: Mapping[str, Kind]) -> str | Problem:
    """Return the kind of a row: what its report column says, or the one kind whose columns it fills."""
    known = ", ".join(kinds)
    if "report" in cells:
        if cells["report"] in kinds:
            return cells["report"]
        hint = _near(cells["report"], kinds)
        return Problem(
            table.file, f"a known report kind: {known}", f"{hint}Correct it.", line, "report", cells["report"]
        )
    full = [
        name
        for name, kind in kinds.items()
        if all(column.name in cells for column in kind.COLUMNS) and _has_one_of(kind, cells)
    ]
    full = [name for name in full if not any(_within(kinds[name], kinds[other]) for other in full if other != name)]
    if len(full) == 1:
        return full[0]
    if full:
        return Problem(
            table.file,
            f"the row fills the columns of {len(full)} report kinds: {', '.join(full)}",
            "Keep the columns of one, or add a column report that names it.",
            line,
        )
    started = {
        name: [c for c in _needed(kind) if not any(part in cells for part in c.split(" or "))]
        for name, kind in kinds.items()
        if any(column.name in cells for column in kind.COLUMNS)
    }
    if not started:
        return Problem(table.file, "the row fills no report kind's columns", f"Report kinds: {known}.", line)
    name, missing = min(started.items(), key=lambda item: len(item[1]) / len(_needed(kinds[item[0]])))
    return Problem(
        table.file, f"{name} needs {', '.join(missing)} in this row", f"Fill {', '.join(missing)}.", line, missing[0]
    )


def _within(kind: Kind, other: Kind) -> bool:
    """Whether another kind reads all that a kind needs, and more: a p-value with its sign is no bare direction."""
    return {column.name for column in kind.COLUMNS} < {column.name for column in (*other.COLUMNS, *other.OPTIONAL)}


def _report(
    table: RawTable, line: int, number: int, cells: Mapping[str, str], kind: str, columns: Mapping[str, Column]
) -> Report:
    study = cells.get("study") or cells.get("id") or f"study {number}"
    identity = cells.get("id", study)
    return Report(
        id=identity,
        study=study,
        cohort=cells.get("cohort", identity),
        outcome=cells.get("outcome", "effect"),
        kind=kind,
        use=cells.get("use", "primary"),
        file=table.file,
        line=line,
        values={name: parse(cell, columns.get(name)) for name, cell in cells.items()},
        origins=table.origins.get(line, {}),
    )


def _kind_problems(table: RawTable, report: Report, kind: Kind) -> list[Problem]:
    missing = [column for column in kind.COLUMNS if not report.has(column.name)]
    if missing:
        return [
            Problem(
                table.file,
                f"{report.kind} needs {column.name}: {column.meaning}",
                f"Fill {column.name}, or use a report kind that does without it.",
                report.line,
                column.name,
            )
            for column in missing
        ]
    found = [
        Problem(table.file, rule, f"{fix[:1].upper()}{fix[1:]}.", report.line, column, _shown(report, column))
        for column, rule, fix in kind.check(report)
    ]
    likelihood = report.text("likelihood")
    if likelihood and likelihood not in kind.LIKELIHOODS:
        words, fix = (
            f"a likelihood that {report.kind} has: {', '.join(kind.LIKELIHOODS)}",
            "Correct it, or leave it blank.",
        )
        found.append(Problem(table.file, words, fix, report.line, "likelihood", likelihood))
    return found


def _shown(report: Report, column: str) -> str:
    value = report.values.get(column, "")
    return f"{value:g}" if isinstance(value, float) else value


def _near(word: str, known: Collection[str]) -> str:
    match = get_close_matches(word, list(known), 1)
    return f"Did you mean {match[0]}? " if match else ""
