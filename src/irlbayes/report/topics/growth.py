"""How the evidence grew: the answer after each study, in the order of publication."""

from __future__ import annotations

from typing import Any

from irlbayes.core.pages import Block, Line, Listing, Paragraph, Section, Table
from irlbayes.core.words import probability, shown
from irlbayes.report.told import COMMA, DASH, One

PLACE = 75


def write(one: One) -> Section | None:
    """Return a row per step and the trajectory; why there are none; None where they were not asked for."""
    section, title = one.id("growth"), "How the evidence grew"
    if one.grown_place is None or one.told.cumulated is None:
        if not one.told.no_cumulated:
            return None
        words = f"Not answered study by study: {one.told.no_cumulated}."
        return Section(section, title, (Paragraph((words,), "note"),), reader="statistician")
    numbers = one.told.cumulated.followed[one.grown_place].evidence.numbers
    caveats = one.told.cumulated.followed[one.grown_place].evidence.caveats
    blocks: list[Block] = [Paragraph((one.said("cumulative", "statement"),)), _steps(one, numbers["steps"])]
    picture = one.picture("trajectory")
    if picture is not None:
        blocks.append(picture)
    if caveats:
        blocks.append(Listing(tuple((one.said("cumulative", "caveats", place),) for place in range(len(caveats)))))
    return Section(section, title, tuple(blocks), reader="statistician")


def _steps(one: One, steps: Any) -> Table:
    def show(value: Any) -> str:
        return shown(value, one.outcome)

    rows: list[tuple[Line, ...]] = []
    for place, step in enumerate(steps):
        keys = ("steps", place)
        added = ", ".join(study["study"] for study in step["added"]) or "(the prior)"
        when = ", ".join(study["published"] or DASH for study in step["added"]) or DASH
        estimate: Line = (DASH,)
        chance: Line = (DASH,)
        if step["mu"] is not None:
            middle = "mean" if step["mu"]["mean"] is not None else "median"
            found, low, high = (one.grown(*keys, "mu", key, show=show) for key in (middle, "ci_low", "ci_high"))
            estimate = (found, " [", low, COMMA, high, "]")
            if one.has_null:
                chance = (one.grown(*keys, "mu", "p_gt_null", show=probability, rest=one.is_below),)
        tails: list[Any] = []
        for number, study in enumerate(step["added"]):
            tails += [", "] if number else []
            tail = one.grown(*keys, "added", number, "tail", show=_surprise)
            tails.append(DASH if study["tail"] is None else tail)
        rows.append(((added,), (str(step["k"]),), (when,), estimate, chance, tuple(tails) or (DASH,)))
    return Table(
        f"{one.outcome.name}-growth",
        f"The mean effect after each study, {one.level} intervals",
        ("Added", "Reports so far", "Published", "Mean effect", f"P({one.side})" if one.has_null else "P", "Surprise"),
        tuple(rows),
        (False, True, False, True, True, True),
        "The first row is the prior, the last the answer of this page. Surprise: how probable a report at least as far"
        " out was, given the studies before.",
    )


def _surprise(value: float) -> str:
    """Say a two-sided tail probability, which can be one: a report in the very middle of what was expected."""
    return "1" if value > 0.9995 else probability(value)
