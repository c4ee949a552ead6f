"""What reviews printed about the same outcome."""

from __future__ import annotations

from irlbayes.core.pages import Block, Line, Section, Table
from irlbayes.report.told import DASH, One, line_of

PLACE = 90


def write(one: One) -> Section | None:
    """Return published pooled results beside ours; None where there are none."""
    rows: list[tuple[Line, ...]] = []
    for place, entry in enumerate(one.outcome.reference):
        keys = ("published", place)
        estimate: Line = (one.plain(*keys, "estimate"),) if entry.estimate is not None else ("not available",)
        ends: Line = ("not available",)
        if entry.ci_lb is not None and entry.ci_ub is not None:
            ends = (one.plain(*keys, "ci_low"), " to ", one.plain(*keys, "ci_high"))
        count: Line = (one.plain(*keys, "k"),) if entry.k is not None else (DASH,)
        where = f"doi:{entry.doi}" if entry.doi else line_of(entry.file, entry.line)
        rows.append(((f"{entry.review}, {entry.measure}",), count, estimate, ends, (where,), (entry.note or DASH,)))
    if not rows:
        return None
    rows.append((("This page",), (one.plain("k"),), one.middle("mu"), one.interval("mu"), (DASH,), (DASH,)))
    blocks: tuple[Block, ...] = (
        Table(
            f"{one.outcome.name}-published",
            "What reviews printed, as they printed it",
            ("Result", "Studies", "Estimate", "Interval", "Source", "Note"),
            tuple(rows),
            (False, True, True, True, False, False),
            f"Published results stand beside ours and are never mixed in. The interval of this page holds {one.level}.",
        ),
    )
    return Section(one.id("published"), "Published results beside ours", blocks, reader="statistician")
