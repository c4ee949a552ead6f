"""What a single published interval, p-value or "not significant" says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irlbayes import terminal
from irlbayes.options import FileOption, FormatOption

SETTINGS = {"ignore_unknown_options": True}  # so that -0.2 is a number; anything else is refused as no option


def trend(
    numbers: Annotated[
        list[str],
        typer.Argument(
            metavar="ESTIMATE [LOWER UPPER]",
            help="The printed estimate, alone or with its interval; negative numbers as they are.",
        ),
    ],
    scale: Annotated[
        str | None,
        typer.Option(
            help="ratio (any), or, rr, irr, hr, smd, md, rd, ...; log_or and its like for logs."
            " [default: a difference, where a number is not above 0]"
        ),
    ] = None,
    level: Annotated[float, typer.Option(help="Of the printed interval, and of ours.")] = 0.95,
    p: Annotated[
        str | None, typer.Option(help='Two-sided p-value in place of an interval: 0.10, or a bound, "<0.001".')
    ] = None,
    not_significant: Annotated[
        bool, typer.Option("--not-significant", help='The paper says "not significant" and no more.')
    ] = False,
    alpha: Annotated[float, typer.Option(help="Level at which it was not.")] = 0.05,
    n1: Annotated[float | None, typer.Option(help="People in group 1; with --p or --not-significant.")] = None,
    n2: Annotated[float | None, typer.Option(help="People in group 2.")] = None,
    events1: Annotated[
        float | None, typer.Option(help="Events in group 1: a ratio's standard error, with --not-significant.")
    ] = None,
    events2: Annotated[float | None, typer.Option(help="Events in group 2.")] = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option(help="Size of effect to ask about, as the estimate is printed (1.25, 0.2); repeat for more."),
    ] = None,
    prior: Annotated[
        list[str] | None, typer.Option(help='One more prior, normal: "normal(0, 0.5)", by name or in words; repeat.')
    ] = None,
    precision: Annotated[
        list[float] | None,
        typer.Option(help="Of the next study, in units of this one's; repeat for more. [default: 1 2 4]"),
    ] = None,
    output_format: FormatOption = "table",
    output: FileOption = None,
    figure: Annotated[Path | None, typer.Option(help="Picture (PNG) of the threshold curve.")] = None,
) -> None:
    """Answer the reader of one result: how probable is the effect, which prior or next study would change that?"""
    from irlbayes import trend as single
    from irlbayes.report import trend as pages

    terminal.check_format(output_format)
    terminal.check_output(output)
    terminal.check_output(figure, "--figure")
    found, outcome = single.trend(
        *numbers,
        scale=scale,
        level=level,
        p=p,
        not_significant=not_significant,
        alpha=alpha,
        n1=n1,
        n2=n2,
        events1=events1,
        events2=events2,
        thresholds=threshold or (),
        priors=prior or (),
        precisions=precision or single.PRECISIONS,
    )
    terminal.answer(output_format, output, lambda: pages.page(found, outcome), lambda: pages.document(found, outcome))
    if figure is not None:
        terminal.save(pages.picture(found, outcome), figure)
