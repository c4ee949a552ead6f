"""How much true effects differ between studies."""

from __future__ import annotations

from irlbayes.core.pages import Block, Cite, Line, Paragraph, Section, Table
from irlbayes.core.scales import SCALES
from irlbayes.report.told import DASH, One

PLACE = 40


def write(one: One) -> Section | None:
    """Return tau, I squared, and how probable a large tau is."""
    scale = SCALES[one.outcome.scale]
    names = [("tau", "tau"), *([("omega", "omega, within cohorts")] if one.row["omega"] else [])]
    rows: list[tuple[Line, ...]] = [
        ((words,), (one.plain(name, "median"),), (one.plain(name, "ci_low"), " to ", one.plain(name, "ci_high")))
        for name, words in names
    ]
    if one.row["i2"] is not None:
        rows.append(
            (
                ("I²",),
                (one.percent("i2", "median"),),
                (one.percent("i2", "ci_low"), " to ", one.percent("i2", "ci_high")),
            )
        )
    blocks: list[Block] = [
        Table(
            f"{one.outcome.name}-heterogeneity",
            f"Heterogeneity: posterior medians and {one.level} intervals",
            ("Unknown", "Median", "Interval"),
            tuple(rows),
            (False, True, True),
            f"tau is on the scale of the {scale.words}.",
        )
    ]
    if one.row["i2"] is not None:
        words = "I² is the share of the variance of estimates that is due to tau "
        blocks.append(
            Paragraph((words, Cite("higgins2002"), ", from the standard errors that the designs imply."), "note")
        )
    if one.row["tau"]["thresholds"]:
        blocks.append(Paragraph(_large(one)))
    picture = one.picture("heterogeneity")
    if picture is not None:
        blocks.append(picture)
    return Section(one.id("heterogeneity"), "Heterogeneity", tuple(blocks), reader="statistician")


def _large(one: One) -> Line:
    line: list[object] = []
    for place, entry in enumerate(one.row["tau"]["thresholds"]):
        keys = ("tau", "thresholds", place)
        line += [
            "; " if place else "",
            f"P(tau > {entry['value']:g}) is ",
            one.chance(*keys, "p_gt"),
            " (",
            one.chance(*keys, "prior_p_gt") if entry["prior_p_gt"] is not None else DASH,
            " before the data)",
        ]
    return (*line, ".")  # type: ignore[arg-type]
