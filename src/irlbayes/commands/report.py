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


def report(
    evidence: EvidenceArgument = "irl",
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = Path("report.html"),
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
    """Write a report: a page for clinicians, one for statisticians, and the checklists, in one HTML file."""
    from irlbayes import reporting
    from irlbayes.core.answers import SEED
    from irlbayes.report.printing import html

    terminal.check_output(output)
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
        content = html.write(page, told)
    terminal.save(content, output)
    sys.stderr.write(f"report in {output}\n")
    failed = [row["outcome"] for row in page.document["results"] if not row["gate"]["passed"]]
    raise typer.Exit(FAILED if failed or not page.document["results"] else DONE)
