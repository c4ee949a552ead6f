"""The library of priors, and one prior in numbers and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irlbayes import terminal


def priors(
    name: Annotated[
        str | None,
        typer.Argument(help='A table of the library, or any prior: "cochrane: skin", "95% below 0.8". [default: list]'),
    ] = None,
    scale: Annotated[str | None, typer.Option(help="Scale of the effect: smd, log_or, log_rr, logit, ...")] = None,
    figure: Annotated[Path | None, typer.Option(help="PNG file to draw the prior in.")] = None,
) -> None:
    """List the library of priors, or show one: what it is, what it means, where it is from."""
    from irlbayes import known_priors
    from irlbayes.core.errors import InputError, Problem
    from irlbayes.report import figures
    from irlbayes.report import priors as pages
    from irlbayes.report.figures import prior as drawing

    terminal.check_output(figure, "--figure")
    table = None if name is None else known_priors.table_named(name)
    if figure is not None and (name is None or (table is not None and known_priors.several(table, scale))):
        raise InputError(Problem("--figure", "one prior to draw", 'Name it, such as "turner2015: marginal".'))
    if name is None:
        terminal.show(pages.tables(known_priors.listing()))
    elif table is not None and known_priors.several(table, scale):
        rows = known_priors.entry_rows(table, scale)
        written = known_priors.written(table)
        terminal.show(pages.entries(table.title, table.source, table.warnings, rows, written))
    else:
        found, outcome = known_priors.describe(name, scale)
        if figure is not None:
            terminal.save(figures.png(drawing.draw(found, outcome), drawing.describe(found, outcome)), figure)
        terminal.show(pages.card(found, outcome, known_priors.clinics))
