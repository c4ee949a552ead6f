"""Example reports of every kind, so that a kind is tested on arrival.

A test that asks for ``example`` runs once per example report; SUBSETS names the examples that other arguments stand
for. A new file in `effects/reports/` whose columns have familiar names is composed from CELLS; otherwise it needs a
row of its own in EXAMPLES.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from irlbayes.core.registry import leaves
from irlbayes.core.types import Kind, Report, Value

KINDS: dict[str, Any] = leaves("irlbayes.effects.reports")

EXAMPLES: dict[str, tuple[dict[str, Value], ...]] = {
    "direction": (
        {"sign": "+", "n1i": 42.0, "n2i": 49.0},
        {"sign": "-", "n1i": 14.0, "n2i": 16.0},
        {"sign": "+", "n1i": 1.0, "n2i": 3.0},
    ),
    "estimate_ci": (
        {"estimate": 1.45, "ci_lb": 0.9, "ci_ub": 2.34, "scale": "or"},
        {"estimate": -0.3, "ci_lb": -0.62, "ci_ub": 0.02, "level": 0.9, "scale": "smd"},
        {"estimate": 0.42, "ci_lb": 0.33, "ci_ub": 0.52, "scale": "proportion"},
    ),
    "estimate_p": (
        {"estimate": 3.472, "pval": 0.009, "scale": "or"},
        {"estimate": 0.045, "pval": 0.01, "scale": "beta", "unit": "points per year"},
        {"estimate": -0.4, "pval": 0.3, "scale": "smd", "n1i": 13.0, "n2i": 9.0},
    ),
    "medians": (
        {
            "median1i": 2.0, "q1_1i": 1.0, "q3_1i": 3.0, "n1i": 13.0,
            "median2i": 1.5, "q1_2i": 0.5, "q3_2i": 2.5, "n2i": 53.0,
        },
        {
            "median1i": 52.0, "min1i": 30.0, "max1i": 68.0, "n1i": 19.0,
            "median2i": 60.0, "min2i": 35.0, "max2i": 80.0, "n2i": 69.0,
        },
        {
            "median1i": 5.0, "min1i": 1.0, "q1_1i": 3.5, "q3_1i": 6.5, "max1i": 10.0, "n1i": 38.0,
            "median2i": 4.0, "min2i": 0.5, "q1_2i": 2.5, "q3_2i": 5.5, "max2i": 9.0, "n2i": 64.0,
        },
    ),
    "p_value": (
        {"pval": 0.103, "sign": "?", "n1i": 113.0, "n2i": 79.0},
        {"pval": 0.031, "sign": "-", "n1i": 13.0, "n2i": 53.0, "pval_relation": "="},
        {"pval": 0.4, "sign": "+", "n1i": 4.0, "n2i": 3.0},
        {"pval": 0.05, "sign": "+", "n1i": 12.0, "n2i": 32.0, "pval_relation": "<"},
        {"pval": 0.01, "sign": "?", "n1i": 63.0, "n2i": 84.0, "pval_relation": "<"},
    ),
    "proportion": (
        {"xi": 13.0, "ni": 66.0},
        {"xi": 96.0, "ni": 110.0, "scale": "logit"},
        {"xi": 0.0, "ni": 12.0},
        {"xi": 9.0, "ni": 9.0},
        {"xi": 1.0, "ni": 40.0},
    ),
    "significance": (
        {"verdict": "not_significant", "alpha": 0.05, "n1i": 12.0, "n2i": 32.0},
        {"verdict": "not_significant", "alpha": 0.05, "n1i": 63.0, "n2i": 84.0, "sign": "?"},
        {"verdict": "not_significant", "alpha": 0.1, "n1i": 19.0, "n2i": 69.0, "sign": "+"},
        {"verdict": "significant_higher", "alpha": 0.05, "n1i": 14.0, "n2i": 16.0, "sign": "+"},
        {"verdict": "significant_lower", "alpha": 0.01, "n1i": 29.0, "n2i": 33.0, "sign": "-"},
    ),
    "yi_sei": (
        {"yi": 0.31, "sei": 0.12},
        {"yi": -1.4, "vi": 0.25, "scale": "log_or"},
    ),
}  # fmt: skip

# Cells of columns that new kinds may bring, under metafor's names.
CELLS: dict[str, Value] = {
    "n1i": 42.0, "m1i": 2.4, "sd1i": 1.3, "n2i": 49.0, "m2i": 1.9, "sd2i": 1.1,
    "ai": 14.0, "bi": 28.0, "ci": 10.0, "di": 39.0, "x1i": 12.0, "t1i": 120.5, "x2i": 9.0, "t2i": 150.0,
    "ti": 1.7, "di_smd": 0.4, "ri": 0.2, "ni": 88.0,
}  # fmt: skip

FLIPPED = {
    "sign": {"+": "-", "-": "+"},
    "verdict": {"significant_higher": "significant_lower", "significant_lower": "significant_higher"},
}
PARTNERS = {"ai": "ci", "ci": "ai", "bi": "di", "di": "bi"}


@dataclass(frozen=True)
class Example:
    """One report of one kind."""

    name: str
    kind: Kind
    report: Report


def make_report(kind: str, cells: Mapping[str, Value]) -> Report:
    """Return a report of a kind with these cells."""
    return Report("example", "example", "example", "outcome", kind, "primary", "reports.csv", 2, dict(cells))


def rows_of(kind: str) -> tuple[dict[str, Value], ...]:
    """Return the example rows of a kind: its own, or one composed from familiar columns; none if that fails."""
    if kind in EXAMPLES:
        return EXAMPLES[kind]
    names = [column.name for column in KINDS[kind].COLUMNS]
    return ({name: CELLS[name] for name in names},) if all(name in CELLS for name in names) else ()


def partner_of(name: str) -> str:
    """Return the column that holds the same of the other group."""
    if name in PARTNERS:
        return PARTNERS[name]
    found = re.fullmatch(r"(.*\D)([12])i", name)
    return f"{found[1]}{3 - int(found[2])}i" if found else name


def swap_groups(cells: Mapping[str, Value]) -> dict[str, Value]:
    """Return the same row with groups 1 and 2 exchanged."""
    return {partner_of(name): FLIPPED.get(name, {}).get(str(value), value) for name, value in cells.items()}


def compares_groups(kind: str) -> bool:
    """Whether a kind needs a column of each group."""
    names = {column.name for column in KINDS[kind].COLUMNS}
    return any(partner_of(name) != name and partner_of(name) in names for name in names)


def is_discrete(example: Example) -> bool:
    """Whether the report is one of finitely many, so that its likelihood is a probability."""
    bound = example.name.startswith("p_value") and example.report.text("pval_relation") == "<"
    return bound or example.report.kind in ("direction", "significance", "proportion")


# Medians speak through a mean and an SD that are estimated from them, so their likelihood is an approximation.
APPROXIMATE = ("medians",)

ALL = [
    Example(f"{kind}-{i}", KINDS[kind], make_report(kind, cells))
    for kind in KINDS
    for i, cells in enumerate(rows_of(kind), start=1)
]
SUBSETS: dict[str, list[Example]] = {
    "example": ALL,
    "group_example": [example for example in ALL if compares_groups(example.report.kind)],
    "discrete_example": [example for example in ALL if is_discrete(example)],
    "exact_example": [example for example in ALL if example.report.kind not in APPROXIMATE],
    "normal_example": [example for example in ALL if example.kind.curve(example.report).is_normal],
    "exact_p_example": [x for x in ALL if x.report.kind == "p_value" and x.report.text("pval_relation", "=") == "="],
    "median_example": [example for example in ALL if example.report.kind == "medians"],
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once per example of the subset it asks for, or once per kind."""
    for name, examples in SUBSETS.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, examples, ids=[example.name for example in examples])
    if "kind_name" in metafunc.fixturenames:
        metafunc.parametrize("kind_name", list(KINDS))


@pytest.fixture(scope="session")
def report_of() -> Callable[[str, Mapping[str, Value]], Report]:
    """Make a report of a kind from its cells."""
    return make_report


@pytest.fixture(scope="session")
def swapped() -> Callable[[Mapping[str, Value]], dict[str, Value]]:
    """Exchange the two groups of a row."""
    return swap_groups


@pytest.fixture(scope="session")
def examples_of() -> Callable[[str], list[Example]]:
    """All examples of a kind by name."""
    return lambda kind: [example for example in ALL if example.report.kind == kind]
