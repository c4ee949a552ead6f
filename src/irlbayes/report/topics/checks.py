"""Does the model fit? The verdict, and every check in a line."""

from __future__ import annotations

from irlbayes.core.pages import Block, Line, Paragraph, Section, Table
from irlbayes.report.told import One

PLACE = 60
PICTURES = ("predictive", "loo_pit")


def write(one: One) -> Section | None:
    """Return the verdict and the checks; that there were none, where they were not asked for."""
    section = one.id("checks")
    if one.examined is None:
        words = "No checks were run for this page: irlbayes report without --no-checks runs them."
        return Section(section, "Checks", (Paragraph((words,), "caveat"),), reader="statistician")
    alarms = one.examined.alarms
    rows: list[tuple[Line, ...]] = []
    for name, found in one.examined.checks.items():
        keys = ("checks", "checks", name)
        said: list[object] = [one.said(*keys, "statement")]
        for place in range(len(found.caveats)):
            said += [" ", one.said(*keys, "caveats", place)]
        rows.append(((name.replace("_", " "),), ("no alarm" if found.passed else "ALARM",), tuple(said)))  # type: ignore[arg-type]
    for name in one.examined.skipped:
        rows.append(((name.replace("_", " "),), ("not run",), (one.said("checks", "skipped", name),)))
    blocks: list[Block] = [
        Paragraph((one.said("checks", "verdict"),), "caveat" if alarms else "statement"),
        Table(
            f"{one.outcome.name}-checks",
            "Every check",
            ("Check", "Result", "What it says"),
            tuple(rows),
            note="Alarms are set so that a clean outcome raises one in fewer than 5 of 100 cases; the other lines"
            " inform and never fail.",
        ),
    ]
    blocks += [picture for name in PICTURES if (picture := one.picture(name)) is not None]
    return Section(section, "Checks", tuple(blocks), reader="statistician")
