"""How the evidence grew: an outcome answered again after each study."""

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
)


def cumulative(
    evidence: EvidenceArgument = "irl",
    outcome: OutcomeOption = None,
    by: Annotated[
        str, typer.Option(help="publication (columns published or year), precision, or entry (the order of rows).")
    ] = "publication",
    ties: Annotated[
        str, typer.Option(help="Studies that the order does not tell apart: rows (one by one) or together (in a step).")
    ] = "rows",
    start: Annotated[
        str, typer.Option(help="prior, or published: the review on file first, then the studies that came after it.")
    ] = "prior",
    power: Annotated[float, typer.Option(help="With --start published: weight of the review, at most 1.")] = 1.0,
    include: Annotated[
        list[str] | None,
        typer.Option(help="Study of unknown date that is not in the review, on your word; repeat for more."),
    ] = None,
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    model: ModelOption = None,
    prior_mu: PriorMuOption = None,
    prior_tau: PriorTauOption = None,
    random_effects: RandomEffectsOption = None,
    engine: EngineOption = "auto",
    level: LevelOption = 0.95,
    threshold: Annotated[
        list[float] | None,
        typer.Option(help="Size of effect to ask about, on the pooling scale (a log for ratios); repeat for more."),
    ] = None,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    output_format: FormatOption = "table",
    output: FileOption = None,
    figures: FiguresOption = None,
    wide: Annotated[
        bool, typer.Option("--wide", help="With --figures: 17 cm wide, the width of a page, and not 8 cm.")
    ] = False,
    seed: SeedOption = None,
    progress: ProgressOption = True,
) -> None:
    """Answer every outcome again after each study: how the evidence grew, and which study changed it."""
    from irlbayes import sequence, workflow
    from irlbayes.core.answers import SEED
    from irlbayes.report import cumulative as pages
    from irlbayes.report import document

    terminal.check_format(output_format)
    terminal.check_output(output)
    terminal.check_folder(figures, "--figures")
    with terminal.Progress(progress) as report:
        found = sequence.cumulative(
            evidence,
            by=by,
            ties=ties,
            start=start,
            power=power,
            include=include or (),
            outcomes=outcome or (),
            use=use,
            drop_reports=drop_report or (),
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            random_effects=random_effects,
            engine=engine,  # type: ignore[arg-type]  # workflow refuses other words with a message
            level=level,
            thresholds=threshold or (),
            scale=scale,
            sheet=sheet,
            seed=SEED if seed is None else seed,
            progress=report,
        )
    terminal.answer(
        output_format,
        output,
        lambda: pages.page(found),
        lambda: {
            **document.document(found.analysis, workflow.fingerprints(found.analysis)),
            "cumulative": pages.document(found),
        },
    )
    if figures is not None:
        from irlbayes.report.pictures import of_cumulative

        terminal.draw(dict(of_cumulative(found, wide)), figures)
    raise typer.Exit(DONE if found.passed else FAILED)
