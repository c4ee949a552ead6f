"""Printed estimates on the scale they are pooled on: logs of ratios, logits of proportions."""

from __future__ import annotations

from math import exp, tanh

from irlbayes.core.scales import PRINTED, to_analysis
from irlbayes.core.types import Report, Step


def transformation(report: Report) -> str:
    """Return ``none``, ``log``, ``logit`` or ``atanh``, from the row's printed scale."""
    return PRINTED.get(report.text("scale"), ("", "none"))[1]


def value(report: Report, column: str) -> float:
    """Return a printed number on the scale it is pooled on."""
    return to_analysis(report.number(column), transformation(report))


def back(report: Report, analysis: float) -> float:
    """Return a number of the scale of pooling as the paper would print it."""
    kind = transformation(report)
    if kind == "log":
        return exp(analysis)
    if kind == "atanh":
        return tanh(analysis)
    return 1.0 / (1.0 + exp(-analysis)) if kind == "logit" else analysis


def out_of_range(report: Report, *columns: str) -> list[tuple[str, str, str]]:
    """A ratio must be above 0; a proportion must lie between 0 and 1."""
    kind = transformation(report)
    broken = []
    for column in columns:
        if not report.has(column):
            continue
        number = report.number(column)
        if kind == "log" and number <= 0:
            scale = report.text("scale")
            broken.append(
                (
                    column,
                    f"a ratio (scale {scale!r}) is above 0",
                    "give the ratio itself; a log ratio goes in yi with sei",
                )
            )
        if kind == "logit" and not 0 < number < 1:
            broken.append((column, "a proportion lies between 0 and 1", "divide percentages by 100"))
        if kind == "atanh" and not -1 < number < 1:
            broken.append((column, "a correlation lies between -1 and 1", "check the number"))
    return broken


def steps(report: Report, *columns: str) -> list[Step]:
    """Return the change from what is printed to the scale of pooling, where there is one."""
    kind = transformation(report)
    words = {"log": "log({})", "logit": "log({0} / (1 - {0}))", "atanh": "atanh({0})"}
    names = {"estimate": "yi", "ci_lb": "lower", "ci_ub": "upper"}
    if kind not in words:
        return []
    return [
        Step(names[column], words[kind].format(f"{report.number(column):g}"), value(report, column))
        for column in columns
    ]
