"""Figures of an evidence base as files: pictures, interactive pages, and their data."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from irlbayes import terminal
from irlbayes.options import (
    DONE,
    FAILED,
    DropReportOption,
    EngineOption,
    EvidenceArgument,
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

FORMATS = ("png", "svg", "html", "json", "csv")
WIDTHS = ("8cm", "wide")


def figures(
    evidence: EvidenceArgument = "irl",
    outcome: OutcomeOption = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Figure to draw, such as forest; repeat for more. [default: those of one posterior]"),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the files.")] = Path("figures"),
    output_format: Annotated[
        str, typer.Option("--format", help="png, svg, html (interactive), json (of plotly) or csv (the data).")
    ] = "png",
    width: Annotated[str | None, typer.Option(help="8cm or wide (17 cm). [default: each figure's own]")] = None,
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    model: ModelOption = None,
    prior_mu: PriorMuOption = None,
    prior_tau: PriorTauOption = None,
    random_effects: RandomEffectsOption = None,
    engine: EngineOption = "auto",
    level: LevelOption = 0.95,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    replicates: Annotated[int, typer.Option(help="Data sets that predictive checks simulate.")] = 1000,
    workers: WorkersOption = None,
    seed: SeedOption = None,
    progress: ProgressOption = True,
) -> None:
    """Draw figures: forest, drapery, funnels, threshold curve, priors, checks; each with its alternative text."""
    from irlbayes import illustration
    from irlbayes.core.answers import SEED
    from irlbayes.report import figures as sizes
    from irlbayes.report import pictures

    answers = illustration.known()
    there = {name: answer for name, (answer, _) in pictures.known().items() if answer in answers}
    _refuse(only or (), list(there), output, output_format, width)
    chosen = only or [name for name, answer in there.items() if answer not in illustration.BY_NAME]
    with terminal.Progress(progress) as report:
        analysis, gathered = illustration.gather(
            evidence,
            wanted=list(dict.fromkeys(there[name] for name in chosen)),
            outcomes=outcome or (),
            replicates=replicates,
            workers=workers or os.cpu_count() or 1,
            scale=scale,
            sheet=sheet,
            progress=report,
            use=use,
            drop_reports=drop_report or (),
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            random_effects=random_effects,
            engine=engine,
            level=level,
            seed=SEED if seed is None else seed,
        )
    files: dict[str, bytes] = {}
    inches = None if width is None else (sizes.NARROW if width == "8cm" else sizes.WIDE)
    for one in gathered:
        drawn = pictures.figures_of(one.outcome, one.answers, chosen)
        for picture in drawn:
            name, content = picture.file(output_format, inches)
            files[name] = content
            sys.stdout.write(f"{name}: {picture.describe()}\n\n")
        for name in sorted({*(only or ())} - {picture.name for picture in drawn}):
            sys.stderr.write(f"{one.outcome.name}-{name}: not drawn: {pictures.lacking(name, one.skipped)}\n")
    terminal.draw(files, output)
    raise typer.Exit(DONE if analysis.passed and files else FAILED)


def _refuse(only: Sequence[str], known: Sequence[str], output: Path, output_format: str, width: str | None) -> None:
    """Refuse figures, formats, widths and folders that there are none of, before the work starts."""
    from irlbayes.core.errors import InputError, unknown

    problems = unknown("--only", only, known, "a figure of an outcome")
    problems += unknown("--format", [output_format], FORMATS)
    problems += unknown("--width", [] if width is None else [width], WIDTHS)
    try:
        terminal.check_folder(output, "--output")
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
