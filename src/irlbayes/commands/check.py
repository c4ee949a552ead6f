"""How far the answers may be trusted: how much is prior, does the model fit, what would change them."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from irlbayes import terminal
from irlbayes.options import (
    DONE,
    FAILED,
    DropReportOption,
    EvidenceArgument,
    FiguresOption,
    FileOption,
    FormatOption,
    LevelOption,
    ModelOption,
    OutcomeOption,
    PriorMuOption,
    PriorTauOption,
    ProgressOption,
    RandomEffectsOption,
    ScaleOption,
    SeedOption,
    SheetOption,
    UseOption,
    WorkersOption,
)


def check(
    evidence: EvidenceArgument = "irl",
    outcome: OutcomeOption = None,
    only: Annotated[list[str] | None, typer.Option(help="Check to run; repeat for more. [default: all]")] = None,
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    model: ModelOption = None,
    prior_mu: PriorMuOption = None,
    prior_tau: PriorTauOption = None,
    random_effects: RandomEffectsOption = None,
    level: LevelOption = 0.95,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    replicates: Annotated[int, typer.Option(help="Data sets that predictive checks simulate.")] = 1000,
    workers: WorkersOption = None,
    output_format: FormatOption = "table",
    output: FileOption = None,
    figures: FiguresOption = None,
    seed: SeedOption = None,
    progress: ProgressOption = True,
) -> None:
    """Examine the answers: how much is prior, does the model fit, what would change them."""
    from irlbayes import trust, workflow
    from irlbayes.core.answers import SEED
    from irlbayes.report import document
    from irlbayes.report import trust as pages

    terminal.check_format(output_format)
    terminal.check_output(output)
    terminal.check_folder(figures, "--figures")
    with terminal.Progress(progress) as report:
        found = trust.check(
            evidence,
            outcomes=outcome or (),
            only=only or (),
            replicates=replicates,
            workers=workers or os.cpu_count() or 1,
            progress=report,
            scale=scale,
            sheet=sheet,
            use=use,
            drop_reports=drop_report or (),
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            random_effects=random_effects,
            level=level,
            seed=SEED if seed is None else seed,
        )
    terminal.answer(
        output_format,
        output,
        lambda: pages.examination(found),
        lambda: {
            **document.document(found.analysis, workflow.fingerprints(found.analysis)),
            "checks": pages.document(found),
        },
    )
    if figures is not None:
        from irlbayes.report.pictures import pictures

        terminal.draw(dict(pictures(found)), figures)
    raise typer.Exit(DONE if found.passed else FAILED)
