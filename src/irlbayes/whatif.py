"""Commands that ask what the answers would be under other accounts of how the reports came about."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from irlbayes import terminal
from irlbayes.options import DONE, FAILED, FORMATS, EvidenceArgument, ScaleOption, SheetOption


def bias(
    evidence: EvidenceArgument = "irl",
    outcome: Annotated[
        list[str] | None, typer.Option(help="Outcome to answer; repeat for more. [default: all]")
    ] = None,
    ensemble: Annotated[str, typer.Option(help="Models to average over: a file of models/ensembles/.")] = "robma_psma",
    cut: Annotated[
        list[float] | None,
        typer.Option(help="One-sided p-value of a weight function in place of the ensemble's; repeat for more."),
    ] = None,
    favoured: Annotated[
        str | None, typer.Option(help="Direction reported more readily: +, - or both. [default: the sign of harm]")
    ] = None,
    use: Annotated[
        str, typer.Option(help="primary, or sensitivity to add rows of cohorts without a primary one.")
    ] = "primary",
    drop_report: Annotated[list[str] | None, typer.Option(help="Report kind to leave out; repeat for more.")] = None,
    likelihood: Annotated[
        str | None, typer.Option(help="normal, binomial, ...: for the rows that have it. [default: each kind's own]")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model declared in models/. [default: the outcome's]")] = None,
    prior_mu: Annotated[str | None, typer.Option(help='Prior of the mean effect: "normal(0, 4)".')] = None,
    prior_tau: Annotated[str | None, typer.Option(help='Prior of heterogeneity: "half_normal(0.5)".')] = None,
    level: Annotated[float, typer.Option(help="Probability of the intervals.")] = 0.95,
    threshold: Annotated[
        list[float] | None, typer.Option(help="Size of effect to ask about, on the pooling scale; repeat for more.")
    ] = None,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    resume: Annotated[
        Path | None, typer.Option(help="Folder that keeps each outcome's answer, so that a stopped run goes on.")
    ] = None,
    output_format: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
    output: Annotated[Path | None, typer.Option(help="File to write instead of standard output.")] = None,
    progress: Annotated[bool, typer.Option("--progress/--no-progress", help="Show progress on standard error.")] = True,
) -> None:
    """What if only the striking results were reported? Averages over models with and without selection."""
    from irlbayes import biased
    from irlbayes.core.errors import InputError, Problem
    from irlbayes.report import bias as pages
    from irlbayes.report import document, table

    if output_format not in FORMATS[:2]:
        raise InputError(Problem("--format", "table or json", "Choose one of them.", value=output_format))
    terminal.check_output(output)
    terminal.check_folder(resume, "--resume")
    with terminal.Progress(progress) as report:
        found = biased.bias(
            evidence,
            outcomes=outcome or (),
            ensemble=ensemble,
            cuts=cut or (),
            favoured=favoured,
            use=use,
            drop_reports=drop_report or (),
            likelihood=likelihood,
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            level=level,
            thresholds=threshold or (),
            scale=scale,
            sheet=sheet,
            resume=resume,
            progress=report,
        )
    if output_format == "table" and output is None:
        terminal.show(pages.answers(found))
    else:
        text = table.to_text(pages.answers(found)) if output_format == "table" else document.to_json(found)
        if output is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            terminal.save(text, output)
    raise typer.Exit(FAILED if any(item["failed"] for item in found["skipped"]) else DONE)
