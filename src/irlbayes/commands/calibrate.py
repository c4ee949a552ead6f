"""How often the answers are right, by simulation."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from irlbayes import terminal
from irlbayes.options import FileOption, ProgressOption, SeedOption, WorkersOption


def calibrate(
    model: Annotated[list[str] | None, typer.Option(help="Model; repeat for more. [default: all]")] = None,
    k: Annotated[
        list[int] | None, typer.Option(help="Number of studies; repeat for more. [default: 2 3 5 10 30]")
    ] = None,
    datasets: Annotated[int, typer.Option(help="Data sets of each.", min=1)] = 1000,
    workers: WorkersOption = None,
    seed: SeedOption = None,
    output: FileOption = None,
    progress: ProgressOption = True,
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
    terminal.deliver(pages.page(calibration.table(cells), command), output)
