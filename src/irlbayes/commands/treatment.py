"""Whether treatments help IRL-positive patients more."""

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
    RandomEffectsOption,
    ScaleOption,
    SeedOption,
    SheetOption,
    UseOption,
)


def treatment(
    evidence: EvidenceArgument = "irl",
    outcome: Annotated[
        list[str] | None,
        typer.Option(help="Outcome that compares effects of treatment; repeat for more. [default: all]"),
    ] = None,
    harm: Annotated[
        str | None, typer.Option(help="Of a plain table: + where more of the outcome is worse for patients, else -.")
    ] = None,
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    model: Annotated[str | None, typer.Option(help="Model declared in models/. [default: interaction]")] = None,
    prior_mu: Annotated[str | None, typer.Option(help='Prior of the mean: "normal(0, 0.5)".')] = None,
    prior_tau: Annotated[str | None, typer.Option(help='Prior of heterogeneity: "half_normal(0.25)".')] = None,
    random_effects: RandomEffectsOption = None,
    engine: EngineOption = "auto",
    level: LevelOption = 0.95,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    output_format: FormatOption = "table",
    output: FileOption = None,
    seed: SeedOption = None,
    progress: ProgressOption = True,
) -> None:
    """Ask whether treatments help IRL-positive patients more, and which rows can say so."""
    from irlbayes import interaction
    from irlbayes.core.answers import SEED
    from irlbayes.report import treatment as pages

    terminal.check_format(output_format)
    terminal.check_output(output)
    with terminal.Progress(progress) as report:
        found = interaction.treatment(
            evidence,
            outcomes=outcome or (),
            harm=harm,
            use=use,
            drop_reports=drop_report or (),
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            random_effects=random_effects,
            engine=engine,  # type: ignore[arg-type]  # refused with a message where it is another word
            level=level,
            scale=scale,
            sheet=sheet,
            seed=SEED if seed is None else seed,
            progress=report,
        )
    terminal.answer(output_format, output, lambda: pages.page(found), lambda: pages.document(found))
    raise typer.Exit(DONE if found.passed else FAILED)
