"""Commands that ask how far the answers may be trusted, and whom treatments help."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from irlbayes import terminal
from irlbayes.options import DONE, FAILED, FORMATS, EvidenceArgument, RandomEffectsOption, ScaleOption, SheetOption

if TYPE_CHECKING:
    from irlbayes.core.examining import Examination


def check(
    evidence: EvidenceArgument = "irl",
    outcome: Annotated[
        list[str] | None, typer.Option(help="Outcome to examine; repeat for more. [default: all]")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Check to run; repeat for more. [default: all]")] = None,
    use: Annotated[
        str, typer.Option(help="primary, or sensitivity to add rows of cohorts without a primary one.")
    ] = "primary",
    drop_report: Annotated[list[str] | None, typer.Option(help="Report kind to leave out; repeat for more.")] = None,
    model: Annotated[str | None, typer.Option(help="Model declared in models/. [default: the outcome's]")] = None,
    prior_mu: Annotated[str | None, typer.Option(help='Prior of the mean effect: "normal(0, 4)".')] = None,
    prior_tau: Annotated[str | None, typer.Option(help='Prior of heterogeneity: "half_normal(0.5)".')] = None,
    random_effects: RandomEffectsOption = None,
    level: Annotated[float, typer.Option(help="Probability of the intervals.")] = 0.95,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    replicates: Annotated[int, typer.Option(help="Data sets that predictive checks simulate.")] = 1000,
    workers: Annotated[
        int | None, typer.Option(help="Processes that share the outcomes. [default: one per core]", min=1)
    ] = None,
    output_format: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
    output: Annotated[Path | None, typer.Option(help="File to write instead of standard output.")] = None,
    figures: Annotated[Path | None, typer.Option(help="Folder for a picture of each figure of each outcome.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of whatever is simulated.", min=0)] = None,
    progress: Annotated[bool, typer.Option("--progress/--no-progress", help="Show progress on standard error.")] = True,
) -> None:
    """Examine the answers: how much is prior, does the model fit, what would change them."""
    from irlbayes import trust
    from irlbayes.core.answers import SEED

    _refuse_format(output_format)
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
    _write_check(found, output_format, output)
    if figures is not None:
        _draw(found, figures)
    raise typer.Exit(DONE if found.passed else FAILED)


def calibrate(
    model: Annotated[list[str] | None, typer.Option(help="Model; repeat for more. [default: all]")] = None,
    k: Annotated[
        list[int] | None, typer.Option(help="Number of studies; repeat for more. [default: 2 3 5 10 30]")
    ] = None,
    datasets: Annotated[int, typer.Option(help="Data sets of each.", min=1)] = 1000,
    workers: Annotated[int | None, typer.Option(help="Processes. [default: one per core]", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the simulation.", min=0)] = None,
    output: Annotated[Path | None, typer.Option(help="File to write instead of standard output.")] = None,
    progress: Annotated[bool, typer.Option("--progress/--no-progress", help="Show progress on standard error.")] = True,
) -> None:
    """Simulate from every model's priors, pool, and count how often the answers are right."""
    from irlbayes import calibration
    from irlbayes.report import calibration as pages

    terminal.check_output(output)
    with terminal.Progress(progress) as report:
        cells = calibration.calibrate(
            model or (),
            k or calibration.COUNTS,
            datasets,
            workers=workers or os.cpu_count() or 1,
            seed=calibration.SEED if seed is None else seed,
            progress=report,
        )
    told = " ".join([*(f"--model {name}" for name in model or ()), *(f"--k {count}" for count in k or ())])
    command = f"irlbayes calibrate --datasets {datasets} {told}".strip()
    _deliver(pages.page(calibration.table(cells), command), output)


def priors(
    name: Annotated[
        str | None,
        typer.Argument(help='A table of the library, or any prior: "cochrane: skin", "95% below 0.8". [default: list]'),
    ] = None,
    scale: Annotated[str | None, typer.Option(help="Scale of the effect: smd, log_or, log_rr, logit, ...")] = None,
    figure: Annotated[Path | None, typer.Option(help="PNG file to draw the prior in.")] = None,
) -> None:
    """List the library of priors, or show one: what it is, what it means, where it is from."""
    from irlbayes import known_priors
    from irlbayes.core.errors import InputError, Problem
    from irlbayes.report import figures
    from irlbayes.report import priors as pages
    from irlbayes.report.figures import prior as drawing

    terminal.check_output(figure, "--figure")
    table = None if name is None else known_priors.table_named(name)
    if figure is not None and (name is None or (table is not None and known_priors.several(table, scale))):
        raise InputError(Problem("--figure", "one prior to draw", 'Name it, such as "turner2015: marginal".'))
    if name is None:
        terminal.show(pages.tables(known_priors.listing()))
    elif table is not None and known_priors.several(table, scale):
        rows = known_priors.entry_rows(table, scale)
        written = known_priors.written(table)
        terminal.show(pages.entries(table.title, table.source, table.warnings, rows, written))
    else:
        found, outcome = known_priors.describe(name, scale)
        if figure is not None:
            terminal.save(figures.png(drawing.draw(found, outcome)), figure)
        terminal.show(pages.card(found, outcome, known_priors.clinics))


def treatment(
    evidence: EvidenceArgument = "irl",
    outcome: Annotated[
        list[str] | None,
        typer.Option(help="Outcome that compares effects of treatment; repeat for more. [default: all]"),
    ] = None,
    harm: Annotated[
        str | None, typer.Option(help="Of a plain table: + where more of the outcome is worse for patients, else -.")
    ] = None,
    use: Annotated[
        str, typer.Option(help="primary, or sensitivity to add rows of cohorts without a primary one.")
    ] = "primary",
    drop_report: Annotated[list[str] | None, typer.Option(help="Report kind to leave out; repeat for more.")] = None,
    model: Annotated[str | None, typer.Option(help="Model declared in models/. [default: interaction]")] = None,
    prior_mu: Annotated[str | None, typer.Option(help='Prior of the mean: "normal(0, 0.5)".')] = None,
    prior_tau: Annotated[str | None, typer.Option(help='Prior of heterogeneity: "half_normal(0.25)".')] = None,
    random_effects: RandomEffectsOption = None,
    engine: Annotated[str, typer.Option(help="auto, exact (quadrature) or nuts (PyMC).")] = "auto",
    level: Annotated[float, typer.Option(help="Probability of the intervals.")] = 0.95,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    output_format: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
    output: Annotated[Path | None, typer.Option(help="File to write instead of standard output.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the draws.", min=0)] = None,
    progress: Annotated[bool, typer.Option("--progress/--no-progress", help="Show progress on standard error.")] = True,
) -> None:
    """Ask whether treatments help IRL-positive patients more, and which rows can say so."""
    from irlbayes import interaction
    from irlbayes.core.answers import SEED
    from irlbayes.report import document, table
    from irlbayes.report import treatment as pages

    _refuse_format(output_format)
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
    if output_format == "json":
        _deliver(document.to_json(pages.document(found)), output)
    elif output is None:
        terminal.show(pages.page(found))
    else:
        _deliver(table.to_text(pages.page(found)), output)
    raise typer.Exit(DONE if found.passed else FAILED)


def _refuse_format(output_format: str) -> None:
    from irlbayes.core.errors import InputError, Problem

    if output_format not in FORMATS[:2]:
        raise InputError(Problem("--format", "table or json", "Choose one of them.", value=output_format))


def _write_check(found: Examination, output_format: str, output: Path | None) -> None:
    from irlbayes import workflow
    from irlbayes.report import document, table, trust

    if output_format == "table":
        if output is None:
            terminal.show(trust.examination(found))
            return
        text = table.to_text(trust.examination(found))
    else:
        content = document.document(found.analysis, workflow.fingerprints(found.analysis))
        text = document.to_json({**content, "checks": trust.document(found)})
    _deliver(text, output)


def _draw(found: Examination, folder: Path) -> None:
    """Write every figure, and say on standard error where."""
    from irlbayes.report.pictures import pictures

    folder.mkdir(exist_ok=True)
    drawn = dict(pictures(found))
    for name, picture in drawn.items():
        terminal.save(picture, folder / name)
    typer.echo(f"{len(drawn)} {'figure' if len(drawn) == 1 else 'figures'} in {folder}", err=True)


def _deliver(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        terminal.save(text, output)
