"""Everything that a run finds, as one page."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from irlbayes import terminal
from irlbayes.options import (
    DONE,
    FAILED,
    DropReportOption,
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

FORMATS = ("html", "pdf", "docx")


def report(
    evidence: EvidenceArgument = "irl",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; report.html by default.")
    ] = None,
    output_format: Annotated[
        str | None, typer.Option("--format", help="html, pdf or docx; by the name of the file by default.")
    ] = None,
    exports: Annotated[
        Path | None,
        typer.Option(help="Folder for the tables, pictures, references, the document and the models as programs."),
    ] = None,
    outcome: OutcomeOption = None,
    checks: Annotated[bool, typer.Option("--checks/--no-checks", help="Examine every answer.")] = True,
    bias: Annotated[bool, typer.Option("--bias/--no-bias", help="Answer under selective reporting as well.")] = True,
    cumulative: Annotated[
        bool, typer.Option("--cumulative/--no-cumulative", help="Answer again after each study, by publication.")
    ] = True,
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    model: ModelOption = None,
    prior_mu: PriorMuOption = None,
    prior_tau: PriorTauOption = None,
    random_effects: RandomEffectsOption = None,
    level: LevelOption = 0.95,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    replicates: Annotated[int, typer.Option(help="Data sets that predictive checks simulate.")] = 1000,
    workers: WorkersOption = None,
    seed: SeedOption = None,
    progress: ProgressOption = True,
) -> None:
    """Write a report: a page for clinicians, one for statisticians, and the checklists, in one file."""
    from irlbayes import reporting
    from irlbayes.core.answers import SEED
    from irlbayes.core.registry import leaves

    chosen, output = _form(output_format, output)
    terminal.check_output(output)
    terminal.check_folder(exports, "--exports")
    with terminal.Bar(progress) as told:
        page = reporting.report(
            evidence,
            outcomes=outcome or (),
            checks=checks,
            bias=bias,
            cumulative=cumulative,
            replicates=replicates,
            workers=workers or os.cpu_count() or 1,
            progress=told,
            command=shlex.join(["irlbayes", *sys.argv[1:]]),
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
    with terminal.Bar(progress) as told:
        content = leaves("irlbayes.report.printing")[chosen].write(page, told)
    files = {}
    if exports is not None:
        with terminal.Bar(progress) as told:
            files = leaves("irlbayes.report.printing")["exports"].write(page, told)
    terminal.save(content, output)
    sys.stderr.write(f"report in {output}\n")
    if exports is not None:
        terminal.deposit(files, exports)
    failed = [row["outcome"] for row in page.document["results"] if not row["gate"]["passed"]]
    raise typer.Exit(FAILED if failed or not page.document["results"] else DONE)


def _form(wanted: str | None, output: Path | None) -> tuple[str, Path]:
    """Return the format and the file: each by the other, where it is not named."""
    from irlbayes.core.errors import InputError, Problem

    if wanted is not None:
        terminal.check_format(wanted, FORMATS)
        return wanted, output or Path(f"report.{wanted}")
    if output is None:
        return FORMATS[0], Path("report.html")
    suffix = output.suffix.lower().removeprefix(".")
    if suffix not in FORMATS and not output.is_dir():
        rule = f"a name that ends in {', '.join('.' + one for one in FORMATS)}, or --format beside it"
        raise InputError(Problem("--output", rule, "Name the file so, or name the format.", value=str(output)))
    return suffix, output
