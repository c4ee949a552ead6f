"""A published meta-analysis as a starting point, and the studies since."""

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


def published(
    evidence: EvidenceArgument = "irl",
    outcome: OutcomeOption = None,
    review: Annotated[
        str | None, typer.Option(help="Review on file to start from. [default: the one set beside the outcome]")
    ] = None,
    measure: Annotated[str | None, typer.Option(help="Which of its results, as it stands on file.")] = None,
    estimate: Annotated[float | None, typer.Option(help="A published mean in place of those on file.")] = None,
    ci: Annotated[tuple[float, float] | None, typer.Option(help="Its interval: two numbers.")] = None,
    ci_level: Annotated[float, typer.Option(help="Level of that interval.")] = 0.95,
    published_scale: Annotated[
        str | None, typer.Option(help="How they are printed: or, rr, irr, hr, smd, ... [default: as the outcome's]")
    ] = None,
    k: Annotated[int | None, typer.Option(help="Studies that the review pooled.")] = None,
    tau: Annotated[float | None, typer.Option(help="Its tau, on the scale of pooling.")] = None,
    i2: Annotated[float | None, typer.Option(help="Its I squared, as a share.")] = None,
    prediction: Annotated[
        tuple[float, float] | None, typer.Option(help="Its 95 % prediction interval: two numbers.")
    ] = None,
    within_variance: Annotated[
        float | None, typer.Option(help="Typical sampling variance of one study, for I squared. [default: from --k]")
    ] = None,
    search_date: Annotated[
        str | None, typer.Option(help="Last day of its search: 2024-06-10. [default: what is on file]")
    ] = None,
    power: Annotated[
        list[float] | None,
        typer.Option(help="Weight of the published result; the first leads; repeat. [default: 1 0.5 0.25]"),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(help="Study of unknown date that is not in the review, on your word; repeat for more."),
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
    """Start from a published meta-analysis: its answer, that of the reports, and both; no study counts twice."""
    from irlbayes import starting
    from irlbayes.core.errors import InputError, Problem
    from irlbayes.report import published as pages

    terminal.check_format(output_format)
    terminal.check_output(output)
    terminal.check_folder(figures, "--figures")
    if (estimate is None) != (ci is None):
        rule = "an estimate and its interval: one without the other has no weight"
        raise InputError(Problem("--estimate, --ci", rule, "Give both: --estimate 0.77 --ci 0.34 1.21."))
    given = None
    if estimate is not None and ci is not None:
        given = starting.Given(estimate, ci, ci_level, published_scale, review or "the published result")
    told = starting.Told(
        k, tau, i2, prediction, within_variance, search_date, None if given else review, None if given else measure
    )
    with terminal.Progress(progress) as report:
        found = starting.published(
            evidence,
            outcomes=outcome or (),
            given=given,
            told=told,
            powers=power or starting.POWERS,
            include=include or (),
            use=use,
            drop_reports=drop_report or (),
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            level=level,
            scale=scale,
            sheet=sheet,
            progress=report,
        )
    terminal.answer(output_format, output, lambda: pages.page(found), lambda: pages.document(found))
    if figures is not None:
        terminal.draw(dict(pages.pictures(found)), figures)
    raise typer.Exit(DONE if found.passed else FAILED)
