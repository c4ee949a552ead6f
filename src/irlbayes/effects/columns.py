"""Columns that several report kinds share, each with its rule, under metafor's names."""

from __future__ import annotations

from irlbayes.core.types import Column, Report


def _positive(value: float) -> bool:
    return value > 0


N1I = Column(
    "n1i", "people in group 1 (IRL-positive, exposed or treated)", "count", "a whole number of at least 1", _positive
)
N2I = Column("n2i", "people in group 2", "count", "a whole number of at least 1", _positive)
ESTIMATE = Column("estimate", "printed estimate; for a ratio, the ratio itself")
PVAL = Column(
    "pval",
    "two-sided p-value, or its printed bound",
    "number",
    "above 0 and at most 1",
    lambda value: 0 < value <= 1,
    "A p-value printed as 0.000 is a bound: write pval 0.001 with pval_relation <.",
)
PVAL_RELATION = Column(
    "pval_relation",
    "= for an exact p, < for a bound (p < 0.05)",
    "text",
    "one of =, <",
    lambda value: value in ("=", "<"),
)
SIGN = Column(
    "sign",
    "direction: + group 1 higher, - group 1 lower, ? not known",
    "text",
    "one of +, -, ?",
    lambda value: value in ("+", "-", "?"),
)
ALPHA = Column(
    "alpha",
    "two-sided level at which the verdict was given",
    "number",
    "above 0 and below 1",
    lambda value: 0 < value < 1,
)
LEVEL = Column(
    "level", "confidence level of the interval", "number", "above 0 and below 1", lambda value: 0 < value < 1
)
SCALE = Column("scale", "scale of a printed number: smd, or, rr, irr, hr, ratio, md, rd, beta, ...", "text")
UNIT = Column("unit", "unit of a number that has one of its own", "text")


def group_sizes(report: Report) -> tuple[float, float]:
    """Return the sizes of groups 1 and 2."""
    return report.number("n1i"), report.number("n2i")


def two_or_more(report: Report) -> list[tuple[str, str, str]]:
    """Two groups of one person each leave no degrees of freedom."""
    n1, n2 = group_sizes(report)
    if n1 + n2 < 3:
        return [("n1i", "the two groups need at least 3 people in all", "check n1i and n2i")]
    return []
