"""The command that pools several outcomes at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from irlbayes import terminal
from irlbayes.options import DONE, FAILED, FORMATS, EvidenceArgument, ScaleOption, SheetOption


def together(
    evidence: EvidenceArgument = "irl",
    outcome: Annotated[list[str] | None, typer.Option(help="Outcome to pool with the others; repeat.")] = None,
    within_correlation: Annotated[
        list[str] | None,
        typer.Option(
            help="Correlation of the sampling errors of one cohort's normal reports: 0.5, a:b=0.5 for each pair, or"
            " estimated. [default: 0]"
        ),
    ] = None,
    correlation: Annotated[
        list[str] | None,
        typer.Option(help="Correlation of true effects, stated: 0.5, or a:b=0.5 for each pair. [default: estimated]"),
    ] = None,
    eta: Annotated[
        float | None, typer.Option(help="LKJ prior of the correlations of true effects; 1 is uniform. [default: 2]")
    ] = None,
    use: Annotated[
        str, typer.Option(help="primary, or sensitivity to add rows of cohorts without a primary one.")
    ] = "primary",
    drop_report: Annotated[list[str] | None, typer.Option(help="Report kind to leave out; repeat for more.")] = None,
    likelihood: Annotated[
        str | None, typer.Option(help="normal (the field's approximation), ...: for the rows that have it.")
    ] = None,
    prior_mu: Annotated[str | None, typer.Option(help="Prior of every mean effect. [default: each model's]")] = None,
    prior_tau: Annotated[str | None, typer.Option(help="Prior of every tau. [default: each model's]")] = None,
    engine: Annotated[str, typer.Option(help="auto, exact (quadrature) or nuts (PyMC).")] = "auto",
    level: Annotated[float, typer.Option(help="Probability of the intervals.")] = 0.95,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    output_format: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
    output: Annotated[Path | None, typer.Option(help="File to write instead of standard output.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the draws.", min=0)] = None,
    progress: Annotated[bool, typer.Option("--progress/--no-progress", help="Show progress on standard error.")] = True,
) -> None:
    """Pool several outcomes at once, so that they borrow strength from the cohorts that report more than one."""
    from irlbayes import several
    from irlbayes.core.answers import SEED
    from irlbayes.core.errors import InputError, Problem

    if output_format not in FORMATS[:2]:
        raise InputError(Problem("--format", "table or json", "Choose one of them.", value=output_format))
    terminal.check_output(output)
    with terminal.Progress(progress) as report:
        found = several.together(
            evidence,
            outcome or (),
            correlation=correlation or (),
            eta=eta,
            within_correlation=within_correlation or (),
            use=use,
            drop_reports=drop_report or (),
            likelihood=likelihood,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            engine=engine,  # type: ignore[arg-type]  # refused with a message where it is another word
            level=level,
            scale=scale,
            sheet=sheet,
            seed=SEED if seed is None else seed,
            progress=report,
        )
    from irlbayes.report import document, table
    from irlbayes.report import together as pages

    if output_format == "table" and output is None:
        terminal.show(pages.answers(found))
    else:
        content = pages.document(found, several.fingerprints(found)) if output_format == "json" else None
        text = table.to_text(pages.answers(found)) if content is None else document.to_json(content)
        if output is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            terminal.save(text, output)
    raise typer.Exit(DONE if found.passed else FAILED)
