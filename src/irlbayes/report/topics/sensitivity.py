"""Would another prior, or one study fewer, have said something else?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irlbayes.core.pages import Block, Code, Line, Section, Table
from irlbayes.core.words import probability, shown
from irlbayes.report.told import COMMA, DASH, One, figures

PLACE = 70
PICTURES = {"panel": "panel", "leave_one_out": "leave_one_out", "tipping": "tipping"}


def write(one: One) -> Section | None:
    """Return the prior panel, the answer without each study, and the priors that would tip it."""
    if one.examined is None:
        return None
    blocks: list[Block] = []
    for name, tell in (("panel", _panel), ("leave_one_out", _without), ("tipping", _tipping)):
        if name in one.examined.checks:
            blocks.append(tell(one, one.examined.checks[name].numbers))
            picture = one.picture(PICTURES[name])
            if picture is not None:
                blocks.append(picture)
    if not blocks:
        return None
    return Section(one.id("sensitivity"), "Sensitivity", tuple(blocks), reader="statistician")


def _estimate(one: One, *keys: str | int) -> Line:
    def show(value: Any) -> str:
        return shown(value, one.outcome)

    middle, low, high = (
        one.checked(*(str(keys[0]), *keys[1:], name), show=show) for name in ("median", "ci_low", "ci_high")
    )
    return (middle, " [", low, COMMA, high, "]")


def _chance(one: One, row: Mapping[str, Any], name: str, *keys: str | int) -> Line:
    if row.get(name) is None:
        return (DASH,)
    return (one.checked(*(str(keys[0]), *keys[1:], name), show=probability, rest=one.is_below),)


def _panel(one: One, numbers: Mapping[str, Any]) -> Table:
    rows = [
        (
            (str(row["name"]),),
            (Code(row["mu"]),),
            (Code(row["tau"]),),
            _estimate(one, "panel", "rows", place),
            _chance(one, row, "p_gt_null", "panel", "rows", place),
            _chance(one, row, "prior_p_gt_null", "panel", "rows", place),
        )
        for place, row in enumerate(numbers["rows"])
    ]
    return Table(
        f"{one.outcome.name}-panel",
        f"The answer under other priors: medians and {one.level} intervals of the mean effect",
        ("Prior", "mu ~", "tau ~", "Mean effect", f"P({one.side})" if one.has_null else "P", "Before"),
        tuple(rows),
        (False, False, False, True, True, True),
    )


def _without(one: One, numbers: Mapping[str, Any]) -> Table:
    rows: list[tuple[Line, ...]] = []
    for place, row in enumerate(numbers["studies"]):
        keys = ("leave_one_out", "studies", place)
        score: Line = (DASH,)
        if row["log_score"] is not None:
            score = (one.checked(*keys, "log_score", show=lambda value: f"{value:.2f}".replace("-", "−")),)
        tail = (one.checked(*keys, "tail", show=probability),)
        rows.append(((row["study"],), _estimate(one, *keys), _chance(one, row, "p_gt_null", *keys), score, tail))
    for place, row in enumerate(numbers["cohorts"]):
        keys = ("leave_one_out", "cohorts", place)
        rows.append(
            (
                (f"cohort {row['cohort']}",),
                _estimate(one, *keys),
                _chance(one, row, "p_gt_null", *keys),
                (DASH,),
                (DASH,),
            )
        )
    return Table(
        f"{one.outcome.name}-leave-one-out",
        f"The answer without each study: medians and {one.level} intervals of the mean effect",
        ("Left out", "Mean effect", f"P({one.side})" if one.has_null else "P", "Log score", "p of its report"),
        tuple(rows),
        (False, True, True, True, True),
        "Log score: log probability (density) of the left-out report given the others.",
    )


def _tipping(one: One, numbers: Mapping[str, Any]) -> Table:
    rows: list[tuple[Line, ...]] = []
    for name, words in (("sceptical", "sd of a sceptic's prior of mu"), ("tau", "scale of the prior of tau")):
        for place, row in enumerate(numbers[name]):
            at: Line = (f"always {row['always']}",)
            if row["at"] is not None:
                at = (one.checked("tipping", name, place, "at", show=lambda value: figures(value, 3)),)
            rows.append(((words,), (f"{row['level']:g}",), at))
    side = "above" if numbers["side"] == ">" else "below"
    return Table(
        f"{one.outcome.name}-tipping",
        f"Where a prior tips the answer: the scale at which P({side} no effect) passes a level",
        ("Which scale", "Level", "Passed at"),
        tuple(rows),
        (False, True, True),
    )
