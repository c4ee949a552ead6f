"""Arguments, options and exit statuses that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DONE, FAILED, BAD_INPUT = 0, 1, 2
FORMATS = ("table", "json", "csv")
EvidenceArgument = Annotated[
    str,
    typer.Argument(
        help="A bundled name (irl), a folder like data/irl, or a CSV, XLSX or RevMan file.", show_default=True
    ),
]
ScaleOption = Annotated[
    str | None,
    typer.Option(
        help="Scale of a file's effects: smd, md, log_or, log_rr, log_irr, logit, ... [default: what its rows say]"
    ),
]
SheetOption = Annotated[str | None, typer.Option(help="Sheet of an XLSX file. [default: the first with a table]")]
RandomEffectsOption = Annotated[
    str | None,
    typer.Option(help="normal, student_t(4) or contaminated(0.1, 5). [default: the model's]"),
]
OutputOption = Annotated[
    Path | None, typer.Option(help="File to write (.csv or .xlsx) instead of CSV on standard output.")
]
OutcomeOption = Annotated[list[str] | None, typer.Option(help="Outcome to answer; repeat for more. [default: all]")]
UseOption = Annotated[str, typer.Option(help="primary, or sensitivity to add rows of cohorts without a primary one.")]
DropReportOption = Annotated[list[str] | None, typer.Option(help="Report kind to leave out; repeat for more.")]
ModelOption = Annotated[str | None, typer.Option(help="Model declared in models/. [default: the outcome's]")]
PriorMuOption = Annotated[
    str | None, typer.Option(help='Prior of the mean effect: "normal(0, 4)", a name of the library, or in words.')
]
PriorTauOption = Annotated[
    str | None, typer.Option(help='Prior of heterogeneity: "half_normal(0.5)", a name of the library, or in words.')
]
EngineOption = Annotated[str, typer.Option(help="auto, exact (quadrature) or nuts (PyMC).")]
LevelOption = Annotated[float, typer.Option(help="Probability of the intervals.")]
FormatOption = Annotated[str, typer.Option("--format", help="table or json.")]
FileOption = Annotated[Path | None, typer.Option(help="File to write instead of standard output.")]
FiguresOption = Annotated[Path | None, typer.Option(help="Folder for a picture of each figure of each outcome.")]
SeedOption = Annotated[int | None, typer.Option(help="Seed of whatever is drawn or simulated.", min=0)]
WorkersOption = Annotated[int | None, typer.Option(help="Processes. [default: one per core]", min=1)]
ProgressOption = Annotated[bool, typer.Option("--progress/--no-progress", help="Show progress on standard error.")]
