"""Every defensible way to answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from irlbayes import terminal
from irlbayes.options import (
    DONE,
    FAILED,
    FORMATS,
    EngineOption,
    EvidenceArgument,
    FileOption,
    LevelOption,
    ModelOption,
    OutcomeOption,
    ProgressOption,
    ScaleOption,
    SeedOption,
    SheetOption,
    WorkersOption,
)

if TYPE_CHECKING:
    from irlbayes.core.specified import Table


def multiverse(
    evidence: EvidenceArgument = "irl",
    outcome: OutcomeOption = None,
    axis: Annotated[
        list[str] | None,
        typer.Option(help="Options of an axis to keep: prior=declared,sceptical; repeat for more axes. [default: all]"),
    ] = None,
    model: ModelOption = None,
    prior_mu: Annotated[
        str | None, typer.Option(help="Declared prior of the mean effect. [default: the model's]")
    ] = None,
    prior_tau: Annotated[
        str | None, typer.Option(help="Declared prior of heterogeneity. [default: the model's]")
    ] = None,
    level: LevelOption = 0.95,
    decision: Annotated[
        float, typer.Option(help="Probability at which an effect is called above the null, or below.")
    ] = 0.95,
    engine: EngineOption = "auto",
    resume: Annotated[
        Path | None,
        typer.Option(help="File that keeps every result as it is found; what is there is not computed again."),
    ] = None,
    count: Annotated[bool, typer.Option("--count", help="Say how many specifications there are, and stop.")] = False,
    lines: Annotated[
        int, typer.Option(help="Lines of the specification curve in the table; 0 prints all.", min=0)
    ] = 15,
    figure: Annotated[
        Path | None, typer.Option(help="Picture (PNG) of the specification curve of one outcome.")
    ] = None,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    workers: WorkersOption = None,
    output_format: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    output: FileOption = None,
    seed: SeedOption = None,
    progress: ProgressOption = True,
) -> None:
    """Answer in every defensible way, and say which choice moves the answer."""
    from irlbayes import specifications
    from irlbayes.core.answers import SEED

    _refuse(outcome or (), output_format, output, figure)
    only = specifications.parse_only(axis or ())
    with terminal.Bar(progress) as report:
        found = specifications.multiverse(
            evidence,
            outcomes=outcome or (),
            only=only,
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            level=level,
            decision=decision,
            engine=engine,  # type: ignore[arg-type]  # refused with a message where it is another word
            workers=workers or os.cpu_count() or 1,
            resume=resume,
            scale=scale,
            sheet=sheet,
            seed=SEED if seed is None else seed,
            announce=_stop_after(_announce) if count else _announce,
            progress=report,
        )
    from irlbayes.report import multiverse as pages

    if output_format == "csv":
        terminal.deliver(pages.csv_of(found), output)
    else:
        terminal.answer(output_format, output, lambda: pages.answers(found, lines), lambda: pages.document(found))
    if figure is not None:
        terminal.save(pages.picture(found), figure)
    raise typer.Exit(DONE if found.passed else FAILED)


def _refuse(outcomes: Sequence[str], output_format: str, output: Path | None, figure: Path | None) -> None:
    """Refuse formats and files that there are none of, before the work starts."""
    from irlbayes.core.errors import InputError, Problem, unknown

    problems = unknown("--format", [output_format], FORMATS)
    if figure is not None and len(set(outcomes)) != 1:
        problems.append(Problem("--figure", "one outcome for a picture", "Name it with --outcome.", value=str(figure)))
    for file, option in ((output, "--output"), (figure, "--figure")):
        try:
            terminal.check_output(file, option)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _announce(tables: Sequence[Table], distinct: int, there: int) -> None:
    """Say on standard error what is going to be computed."""
    for one in tables:
        varied = [f"{len(options)} {axis}" for axis, (_, options) in one.axes.items() if len(options) > 1]
        made = " x ".join(varied) or "1"
        count = len(one.specifications)
        noun = "specification" if count == 1 else "specifications"
        typer.echo(f"{one.outcome.name}: {count} {noun} ({made}), {len(one.works)} distinct", err=True)
    kept = f", {there} of them on file" if there else ""
    typer.echo(f"{distinct} posteriors{kept}", err=True)


def _stop_after(announce: Callable[[Sequence[Table], int, int], None]) -> Callable[[Sequence[Table], int, int], None]:
    def stop(tables: Sequence[Table], distinct: int, there: int) -> None:
        announce(tables, distinct, there)
        raise typer.Exit(DONE)

    return stop
