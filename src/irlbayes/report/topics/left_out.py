"""Rows that stayed out, what looks wrong in those that entered, and caveats."""

from __future__ import annotations

from irlbayes.core.pages import Block, Listing, Section, Table
from irlbayes.report.told import One

PLACE = 100


def write(one: One) -> Section | None:
    """Return caveats, findings and rows left out; None where there is nothing of the kind."""
    blocks: list[Block] = []
    if one.result.caveats:
        caveats = range(len(one.result.caveats))
        blocks.append(Listing(tuple((one.said("results", "caveats", place),) for place in caveats)))
    findings = one.result.posterior.effects.findings
    if findings:
        rows = tuple(
            (
                (found.check.replace("_", " "),),
                (", ".join(found.reports) or "a published result",),
                (one.said("results", "findings", place, "words"),),
            )
            for place, found in enumerate(findings)
        )
        blocks.append(
            Table(f"{one.outcome.name}-findings", "What looks wrong in the input", ("Check", "Rows", "Finding"), rows)
        )
    left = one.result.posterior.effects.left_out
    if left:
        rows = tuple(
            ((identity,), (one.said("results", "left_out", place, "reason"),))
            for place, (identity, _) in enumerate(left)
        )
        blocks.append(
            Table(
                f"{one.outcome.name}-left-out",
                "Rows left out, each with its reason",
                ("Row", "Reason"),
                rows,
                tone="long",
            )
        )
    if not blocks:
        return None
    return Section(one.id("left-out"), "Caveats, findings and rows left out", tuple(blocks), reader="statistician")
