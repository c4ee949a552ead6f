"""The quick pass and the pandera schema are one set of rules, read twice."""

from __future__ import annotations

import pandas as pd
import pandera.errors
from hypothesis import given
from hypothesis import strategies as st

from irlbayes.data.files import RawTable
from irlbayes.data.reports import vocabulary
from irlbayes.data.rules import cell_rules, check_cells
from irlbayes.data.schema import schema
from irlbayes.effects.table import kinds

COLUMNS = {name: column for name, column in vocabulary(kinds()).items() if column.rule or column.type != "text"}
CELLS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.integers(-3, 300).map(str),
    st.sampled_from(
        ["+", "-", "?", "<", "=", "primary", "or", "not_significant", "0.05", "1e-3", "nan", "=1+1", "0,5"]
    ),
    st.text(min_size=1, max_size=8).map(str.strip).filter(bool),
)


@given(st.sampled_from(sorted(COLUMNS)), CELLS)
def test_quick_pass_accepts_what_pandera_accepts(name: str, cell: str) -> None:
    """For any cell, every rule is kept exactly when the pandera schema validates it."""
    column = COLUMNS[name]
    quick = all(rule.keeps(cell) for rule in cell_rules(column))
    try:
        schema([column]).validate(pd.DataFrame({name: [cell]}, dtype=object), lazy=True)
    except pandera.errors.SchemaErrors:
        assert not quick
    else:
        assert quick


@given(st.sampled_from(sorted(COLUMNS)), CELLS)
def test_every_refusal_is_reported(name: str, cell: str) -> None:
    """What the quick pass refuses comes back as exactly one problem, with the cell in it."""
    column = COLUMNS[name]
    problems = check_cells(RawTable("t.csv", (name,), ((2, {name: cell}),)), [column])
    quick = all(rule.keeps(cell) for rule in cell_rules(column))
    assert len(problems) == (0 if quick else 1)
    assert all((problem.row, problem.column, problem.value) == (2, name, cell) for problem in problems)
