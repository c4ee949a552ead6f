"""The models as programs: whoever has PyMC can run them without irlbayes."""

from __future__ import annotations

from irlbayes.core.pages import Block, Paragraph, Script, Section
from irlbayes.report.programs import program
from irlbayes.report.told import Told

PLACE = 80
READER = "statistician"


def write(told: Told) -> Section | None:
    """Return one program per outcome."""
    if not told.outcomes:
        return None
    words = (
        "Every model with its data as a program that needs PyMC and NumPy only. A report with a normal likelihood"
        " stands in it as an effect and a standard error, every other report as the curve that was pooled here."
    )
    settings = told.analysis.settings
    found: list[Block] = [Paragraph((words,))]
    for one in told.outcomes:
        name = one.outcome.name
        text = program(one.result, one.row, told.fingerprints[name], told.version, settings.level, settings.seed)
        found.append(Script(f"{name}.py", "python", text))
    return Section("programs", "The models in PyMC", tuple(found), (), "statistician")
