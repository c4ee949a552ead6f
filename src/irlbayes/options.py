"""Arguments, options and exit statuses that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DONE, FAILED = 0, 1
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
