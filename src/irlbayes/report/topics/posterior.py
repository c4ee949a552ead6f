"""The posterior in numbers, sizes that matter, and before beside after."""

from __future__ import annotations

from irlbayes.core.pages import Block, Line, Section, Table
from irlbayes.report.told import DASH, One

PLACE = 30


def write(one: One) -> Section | None:
    """Return summaries of the unknowns, probabilities beyond thresholds, and pictures."""
    blocks: list[Block] = [_summary(one)]
    if one.row["mu"]["thresholds"]:
        blocks.append(_thresholds(one))
    if one.row["coefficients"]:
        blocks.append(_coefficients(one))
    names = ("prior_posterior", *(("threshold_curve",) if one.count > 1 else ()))
    blocks += [picture for name in names if (picture := one.picture(name)) is not None]
    return Section(one.id("posterior"), "Posterior", tuple(blocks), reader="statistician")


def _summary(one: One) -> Table:
    rows: list[tuple[Line, ...]] = []
    for words, name in (("mean effect", "mu"), ("new study", "new_study")):
        rows.append(
            (
                (words,),
                (one.effect(name, "mean"),),
                (one.effect(name, "median"),),
                (one.effect(name, "mode"),),
                (one.plain(name, "sd"),),
                (one.effect(name, "ci_low"), " to ", one.effect(name, "ci_high")),
                (one.effect(name, "shortest_low"), " to ", one.effect(name, "shortest_high")),
                one.chance_before(name),
            )
        )
    return Table(
        f"{one.outcome.name}-posterior",
        f"Mean effect and new study, {one.level} intervals",
        (
            "Unknown",
            "Mean",
            "Median",
            "Mode",
            "sd, pooling scale",
            "Central interval",
            "Shortest interval",
            f"P({one.side}) (before)" if one.has_null else "P",
        ),
        tuple(rows),
        (False, True, True, True, True, True, True, True),
        "Summaries are taken on the scale of pooling and shown as readers see them; the sd stays on that scale.",
    )


def _thresholds(one: One) -> Table:
    rows: list[tuple[Line, ...]] = []
    for place, entry in enumerate(one.row["mu"]["thresholds"]):
        keys = ("mu", "thresholds", place)
        rows.append(
            (
                (one.effect(*keys, "value"),),
                (one.chance(*keys, "p_gt"), " (", one.chance(*keys, "prior_p_gt"), ")")
                if entry["prior_p_gt"] is not None
                else (one.chance(*keys, "p_gt"),),
                (one.chance(*keys, "p_lt"),),
                (one.chance(*keys, "p_abs_lt"),),
                (one.chance("new_study", "thresholds", place, "p_gt"),),
                (f"{entry['kind']}: {entry['source']}",),
            )
        )
    return Table(
        f"{one.outcome.name}-thresholds",
        "Sizes that matter",
        (
            "Size",
            "P(mean above) (before)",
            "P(mean below)",
            "P(mean within ±)",
            "P(new study above)",
            "Why this size",
        ),
        tuple(rows),
        (True, True, True, True, True, False),
    )


def _coefficients(one: One) -> Table:
    rows: list[tuple[Line, ...]] = []
    for place, entry in enumerate(one.row["coefficients"]):
        keys = ("coefficients", place)
        middle = "mean" if entry["mean"] is not None else "median"
        ends: Line = (one.plain(*keys, "ci_low"), " to ", one.plain(*keys, "ci_high"))
        chance: Line = (DASH,) if entry.get("p_gt_null") is None else (one.chance(*keys, "p_gt_null"),)
        rows.append(((str(entry["name"]),), (one.plain(*keys, middle),), ends, chance))
    return Table(
        f"{one.outcome.name}-coefficients",
        f"Coefficients of the moderators, {one.level} intervals, on the scale of pooling",
        ("Coefficient", "Estimate", "Interval", "P(> 0)"),
        tuple(rows),
        (False, True, True, True),
    )
