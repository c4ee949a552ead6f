"""Several outcomes at once."""

from __future__ import annotations

from typing import Annotated

import typer

from irlbayes import terminal
from irlbayes.options import (
    DONE,
    FAILED,
    DropReportOption,
    EngineOption,
    EvidenceArgument,
    FileOption,
    FormatOption,
    LevelOption,
    ProgressOption,
    ScaleOption,
    SeedOption,
    SheetOption,
    UseOption,
)


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
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    likelihood: Annotated[
        str | None, typer.Option(help="normal (the field's approximation), ...: for the rows that have it.")
    ] = None,
    prior_mu: Annotated[str | None, typer.Option(help="Prior of every mean effect. [default: each model's]")] = None,
    prior_tau: Annotated[str | None, typer.Option(help="Prior of every tau. [default: each model's]")] = None,
    engine: EngineOption = "auto",
    level: LevelOption = 0.95,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    output_format: FormatOption = "table",
    output: FileOption = None,
    seed: SeedOption = None,
    progress: ProgressOption = True,
) -> None:
    """Pool several outcomes at once, so that they borrow strength from the cohorts that report more than one."""
    from irlbayes import several
    from irlbayes.core.answers import SEED

    terminal.check_format(output_format)
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
    from irlbayes.report import together as pages

    terminal.answer(
        output_format,
        output,
        lambda: pages.answers(found),
        lambda: pages.document(found, several.fingerprints(found)),
    )
    raise typer.Exit(DONE if found.passed else FAILED)
