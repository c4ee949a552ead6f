"""Small-study effects: funnels, tests, and where they say nothing."""

from __future__ import annotations

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
    ScaleOption,
    SheetOption,
    UseOption,
)


def asymmetry(
    evidence: EvidenceArgument = "irl",
    outcome: OutcomeOption = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Picture or test, such as egger; repeat for more. [default: all]")
    ] = None,
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    model: ModelOption = None,
    prior_mu: PriorMuOption = None,
    prior_tau: PriorTauOption = None,
    level: LevelOption = 0.95,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    output_format: FormatOption = "table",
    output: FileOption = None,
    figures: FiguresOption = None,
    progress: ProgressOption = True,
) -> None:
    """Look for small-study effects: funnels, Egger, Begg, trim and fill, power; each says where it says nothing."""
    from irlbayes import small_studies, workflow
    from irlbayes.report import asymmetry as pages
    from irlbayes.report import document

    terminal.check_format(output_format)
    terminal.check_output(output)
    terminal.check_folder(figures, "--figures")
    with terminal.Progress(progress) as report:
        found = small_studies.look(
            evidence,
            outcomes=outcome or (),
            only=only or (),
            scale=scale,
            sheet=sheet,
            use=use,
            drop_reports=drop_report or (),
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            level=level,
            progress=report,
        )
    terminal.answer(
        output_format,
        output,
        lambda: pages.look(found),
        lambda: {
            **document.document(found.analysis, workflow.fingerprints(found.analysis)),
            "asymmetry": pages.document(found),
        },
    )
    if figures is not None:
        from irlbayes.report.pictures import of_asymmetry

        terminal.draw(dict(of_asymmetry(found)), figures)
    raise typer.Exit(DONE if found.analysis.passed else FAILED)
