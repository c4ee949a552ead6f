"""The command that looks at an evidence base for small-study effects."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from irlbayes import terminal
from irlbayes.options import DONE, FAILED, FORMATS, EvidenceArgument, ScaleOption, SheetOption

if TYPE_CHECKING:
    from irlbayes.core.funnels import Look


def asymmetry(
    evidence: EvidenceArgument = "irl",
    outcome: Annotated[
        list[str] | None, typer.Option(help="Outcome to look at; repeat for more. [default: all]")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Picture or test, such as egger; repeat for more. [default: all]")
    ] = None,
    use: Annotated[
        str, typer.Option(help="primary, or sensitivity to add rows of cohorts without a primary one.")
    ] = "primary",
    drop_report: Annotated[list[str] | None, typer.Option(help="Report kind to leave out; repeat for more.")] = None,
    model: Annotated[str | None, typer.Option(help="Model declared in models/. [default: the outcome's]")] = None,
    prior_mu: Annotated[str | None, typer.Option(help='Prior of the mean effect: "normal(0, 4)".')] = None,
    prior_tau: Annotated[str | None, typer.Option(help='Prior of heterogeneity: "half_normal(0.5)".')] = None,
    level: Annotated[float, typer.Option(help="Probability of our intervals.")] = 0.95,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    output_format: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
    output: Annotated[Path | None, typer.Option(help="File to write instead of standard output.")] = None,
    figures: Annotated[
        Path | None,
        typer.Option(help="Folder for pictures of each outcome: funnel, sunset funnel, |z| of the reports."),
    ] = None,
    progress: Annotated[bool, typer.Option("--progress/--no-progress", help="Show progress on standard error.")] = True,
) -> None:
    """Look for small-study effects: funnels, Egger, Begg, trim and fill, power; each says where it says nothing."""
    from irlbayes import small_studies
    from irlbayes.core.errors import InputError, Problem

    if output_format not in FORMATS[:2]:
        raise InputError(Problem("--format", "table or json", "Choose one of them.", value=output_format))
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
    _write(found, output_format, output)
    if figures is not None:
        _draw(found, figures)
    raise typer.Exit(DONE if found.analysis.passed else FAILED)


def _write(found: Look, output_format: str, output: Path | None) -> None:
    from irlbayes import workflow
    from irlbayes.report import asymmetry, document, table

    if output_format == "table":
        if output is None:
            terminal.show(asymmetry.look(found))
            return
        text = table.to_text(asymmetry.look(found))
    else:
        content = document.document(found.analysis, workflow.fingerprints(found.analysis))
        text = document.to_json({**content, "asymmetry": asymmetry.document(found)})
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        terminal.save(text, output)


def _draw(found: Look, folder: Path) -> None:
    """Write every figure, and say on standard error where."""
    from irlbayes.report.pictures import of_asymmetry

    drawn = dict(of_asymmetry(found))
    folder.mkdir(exist_ok=True)
    for name, picture in drawn.items():
        terminal.save(picture, folder / name)
    typer.echo(f"{len(drawn)} {'figure' if len(drawn) == 1 else 'figures'} in {folder}", err=True)
