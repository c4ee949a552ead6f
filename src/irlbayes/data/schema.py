"""The rules as a pandera schema: all failures of a table at once."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from irlbayes.core.errors import Problem
from irlbayes.core.types import Column
from irlbayes.data.files import RawTable
from irlbayes.data.rules import cell_rules


def schema(columns: Sequence[Column]) -> pa.DataFrameSchema:
    """Return the pandera schema of a table whose cells are still text (blank cells are missing).

    Examples
    --------
    >>> from irlbayes.core.types import Column
    >>> list(schema([Column("yi", "effect")]).columns)
    ['yi']
    """
    return pa.DataFrameSchema(
        {
            column.name: pa.Column(
                object,
                [
                    pa.Check(rule.keeps, element_wise=True, name=str(index), error=rule.words)
                    for index, rule in enumerate(cell_rules(column))
                ],
                nullable=True,
                description=column.meaning,
            )
            for column in columns
        }
    )


def failures(table: RawTable, columns: Sequence[Column]) -> list[Problem]:
    """Return every broken rule of a table, one problem per cell: the first rule that the cell breaks."""
    names = [column.name for column in columns]
    frame = pd.DataFrame([[cells.get(name) for name in names] for _, cells in table.rows], columns=names, dtype=object)
    try:
        schema(columns).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return []
    by_name = {column.name: cell_rules(column) for column in columns}
    words = {name: {rule.words: rule for rule in rules} for name, rules in by_name.items()}
    worst: dict[tuple[int, str], Problem] = {}
    for case in cases.itertuples():
        column, index = str(case.column), int(case.index)
        rule = words[column][str(case.check)]
        line, cells = table.rows[index]
        worst.setdefault((line, column), Problem(table.file, rule.words, rule.fix, line, column, cells.get(column, "")))
    return [worst[key] for key in sorted(worst, key=lambda key: (key[0], names.index(key[1])))]
