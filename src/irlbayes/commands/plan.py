"""The next study: what it would show, and the size that settles the question."""

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
    ModelOption,
    OutcomeOption,
    PriorMuOption,
    PriorTauOption,
    ProgressOption,
    RandomEffectsOption,
    ScaleOption,
    SheetOption,
    UseOption,
)


def plan(
    evidence: EvidenceArgument = "irl",
    outcome: OutcomeOption = None,
    n1: Annotated[int | None, typer.Option(help="Patients in group 1, with rims.")] = None,
    n2: Annotated[int | None, typer.Option(help="Patients in group 2, without.")] = None,
    n: Annotated[int | None, typer.Option(help="Patients in all, in place of --n1 and --n2.")] = None,
    prevalence: Annotated[
        float | None, typer.Option(help="Share of them in group 1. [default: the prevalence that the evidence reports]")
    ] = None,
    person_years: Annotated[float | None, typer.Option(help="Observation time of both groups, for rates.")] = None,
    years: Annotated[float | None, typer.Option(help="Follow-up of each patient, in place of --person-years.")] = None,
    events: Annotated[int | None, typer.Option(help="Events of both groups, for hazard ratios.")] = None,
    sei: Annotated[float | None, typer.Option(help="Standard error of its estimate, in place of a size.")] = None,
    risk: Annotated[
        float | None, typer.Option(help="Expected share with the event in group 2, for counts. [default: 0.5]")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Expected events per person-year in group 2, for rates.")] = None,
    sd: Annotated[
        float | None, typer.Option(help="Expected sd within a group, for differences of means and slopes.")
    ] = None,
    report: Annotated[
        str,
        typer.Option(help="How it will be reported: means, counts, rates, ... or estimate. [default: by the scale]"),
    ] = "",
    level: Annotated[float, typer.Option(help="Probability that is to be reached.")] = 0.95,
    target: Annotated[float, typer.Option(help="Probability of reaching it, for which a size is looked for.")] = 0.8,
    threshold: Annotated[
        list[float] | None,
        typer.Option(help="Size of effect to ask about, on the pooling scale (a log for ratios); repeat for more."),
    ] = None,
    above: Annotated[
        bool | None,
        typer.Option("--above/--below", help="Side that is asked about. [default: the one worse for patients]"),
    ] = None,
    new_study: Annotated[
        bool, typer.Option("--new-setting", help="Ask about the effect in a new setting, not the mean of all.")
    ] = False,
    studies: Annotated[int, typer.Option(help="Most further studies to look at.")] = 10,
    loss: Annotated[
        str | None,
        typer.Option(help="Value of the information: linear, or errors:19:1 (cost of acting, of not acting, in vain)."),
    ] = None,
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    model: ModelOption = None,
    prior_mu: PriorMuOption = None,
    prior_tau: PriorTauOption = None,
    random_effects: RandomEffectsOption = None,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    output_format: FormatOption = "table",
    output: FileOption = None,
    figures: FiguresOption = None,
    progress: ProgressOption = True,
) -> None:
    """Plan the next study: the probability that it settles a question, the size that does, and what no study can."""
    from irlbayes import planning, workflow
    from irlbayes.report import plan as pages

    terminal.check_format(output_format)
    terminal.check_output(output)
    terminal.check_folder(figures, "--figures")
    with terminal.Progress(progress) as shown:
        found = planning.plan(
            evidence,
            outcomes=outcome or (),
            n1=n1,
            n2=n2,
            n=n,
            prevalence=prevalence,
            person_years=person_years,
            events=events,
            years=years,
            risk=risk,
            rate=rate,
            sd=sd,
            sei=sei,
            report=report,
            level=level,
            target=target,
            thresholds=threshold or (),
            side=None if above is None else "above" if above else "below",
            new_study=new_study,
            studies=studies,
            loss=loss,
            use=use,
            drop_reports=drop_report or (),
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            random_effects=random_effects,
            scale=scale,
            sheet=sheet,
            progress=shown,
        )
    terminal.answer(
        output_format,
        output,
        lambda: pages.page(found),
        lambda: pages.document(found, workflow.fingerprints(found.analysis)),
    )
    if figures is not None:
        from irlbayes.report.pictures import of_plan

        terminal.draw(dict(of_plan(found)), figures)
    raise typer.Exit(DONE if found.passed else FAILED)
