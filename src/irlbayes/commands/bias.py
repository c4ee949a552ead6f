"""The answers under other accounts of how the reports came about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irlbayes import terminal
from irlbayes.options import (
    DONE,
    FAILED,
    DropReportOption,
    EvidenceArgument,
    FileOption,
    FormatOption,
    LevelOption,
    ModelOption,
    OutcomeOption,
    PriorMuOption,
    PriorTauOption,
    ProgressOption,
    ScaleOption,
    SheetOption,
    UseOption,
)


def bias(
    evidence: EvidenceArgument = "irl",
    outcome: OutcomeOption = None,
    ensemble: Annotated[str, typer.Option(help="Models to average over: a file of models/ensembles/.")] = "robma_psma",
    cut: Annotated[
        list[float] | None,
        typer.Option(help="One-sided p-value of a weight function in place of the ensemble's; repeat for more."),
    ] = None,
    favoured: Annotated[
        str | None, typer.Option(help="Direction reported more readily: +, - or both. [default: the sign of harm]")
    ] = None,
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    likelihood: Annotated[
        str | None, typer.Option(help="normal, binomial, ...: for the rows that have it. [default: each kind's own]")
    ] = None,
    model: ModelOption = None,
    prior_mu: PriorMuOption = None,
    prior_tau: PriorTauOption = None,
    level: LevelOption = 0.95,
    threshold: Annotated[
        list[float] | None, typer.Option(help="Size of effect to ask about, on the pooling scale; repeat for more.")
    ] = None,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    resume: Annotated[
        Path | None, typer.Option(help="Folder that keeps each outcome's answer, so that a stopped run goes on.")
    ] = None,
    output_format: FormatOption = "table",
    output: FileOption = None,
    progress: ProgressOption = True,
) -> None:
    """What if only the striking results were reported? Averages over models with and without selection."""
    from irlbayes import biased
    from irlbayes.report import bias as pages

    terminal.check_format(output_format)
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
    terminal.answer(output_format, output, lambda: pages.answers(found), lambda: found)
    raise typer.Exit(FAILED if any(item["failed"] for item in found["skipped"]) else DONE)
