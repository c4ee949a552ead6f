"""The command line: a thin door on `workflow`. Numbers go to standard output, messages for people to standard error."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from irlbayes import __version__

if TYPE_CHECKING:
    from irlbayes.core.answers import Analysis
    from irlbayes.core.errors import InputError

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the matrices are small: threads would only spin
DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
FORMATS = ("table", "json", "csv")

app = typer.Typer(
    name="irlbayes",
    help="Published results on iron rim lesions in multiple sclerosis, as probabilities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts in half the time
)
EvidenceArgument = Annotated[
    str, typer.Argument(help="A bundled name (irl), a folder like data/irl, or a CSV file.", show_default=True)
]
ScaleOption = Annotated[
    str | None,
    typer.Option(
        help="Scale of a CSV file's effects: none, smd, md, log_or, log_rr, log_irr, logit, ... [default: none]"
    ),
]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"irlbayes {__version__}")
        raise typer.Exit


@app.callback()
def _irlbayes(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def analyze(
    evidence: EvidenceArgument = "irl",
    outcome: Annotated[
        list[str] | None, typer.Option(help="Outcome to answer; repeat for more. [default: all]")
    ] = None,
    use: Annotated[
        str, typer.Option(help="primary, or sensitivity to add rows of cohorts without a primary one.")
    ] = "primary",
    drop_report: Annotated[list[str] | None, typer.Option(help="Report kind to leave out; repeat for more.")] = None,
    likelihood: Annotated[
        str | None,
        typer.Option(help="normal (the field's approximation), binomial, ...: for the rows that have it."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model declared in models/. [default: the outcome's]")] = None,
    prior_mu: Annotated[str | None, typer.Option(help='Prior of the mean effect: "normal(0, 4)" or flat.')] = None,
    prior_tau: Annotated[
        str | None,
        typer.Option(help='Prior of heterogeneity: "half_normal(0.5)", "half_cauchy(0.5)" or "uniform(0, 4)".'),
    ] = None,
    engine: Annotated[str, typer.Option(help="auto, exact (quadrature) or nuts (PyMC).")] = "auto",
    level: Annotated[float, typer.Option(help="Probability of the intervals.")] = 0.95,
    threshold: Annotated[
        list[float] | None,
        typer.Option(help="Size of effect to ask about, on the pooling scale (a log for ratios); repeat for more."),
    ] = None,
    scale: ScaleOption = None,
    output_format: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    output: Annotated[Path | None, typer.Option(help="File to write instead of standard output.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the draws.", min=0)] = None,
    progress: Annotated[bool, typer.Option("--progress/--no-progress", help="Show progress on standard error.")] = True,
) -> None:
    """From reports to probabilities: pool every outcome of an evidence base."""
    from irlbayes import workflow
    from irlbayes.core.answers import SEED
    from irlbayes.core.errors import InputError, Problem

    if output_format not in FORMATS:
        raise InputError(
            Problem("--format", f"one of {', '.join(FORMATS)}", "Choose one of them.", value=output_format)
        )
    _check_output(output)
    with _progress(progress) as report:
        analysis = workflow.analyze(
            evidence,
            outcomes=outcome or (),
            use=use,
            drop_reports=drop_report or (),
            likelihood=likelihood,
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            engine=engine,  # type: ignore[arg-type]  # workflow refuses other words with a message
            level=level,
            thresholds=threshold or (),
            scale=scale,
            seed=SEED if seed is None else seed,
            progress=report,
        )
    _write(analysis, output_format, output)
    raise typer.Exit(DONE if analysis.passed else FAILED)


@app.command()
def validate(
    evidence: Annotated[str, typer.Argument(help="A CSV file, a folder like data/irl, or a bundled name.")],
) -> None:
    """Check an evidence base: every row, all failures at once."""
    from irlbayes import workflow

    table = workflow.read_reports(evidence)
    count = len(table.reports)
    typer.echo(
        f"{table.source}: {count} {'report' if count == 1 else 'reports'}, all valid (sha256 {table.sha256[:12]})"
    )


@app.command()
def outcomes(evidence: EvidenceArgument = "irl") -> None:
    """List the outcomes of an evidence base."""
    from irlbayes import workflow
    from irlbayes.report import table as tables

    table = workflow.read_reports(evidence)
    _print(tables.outcomes(table))


@app.command()
def explain(
    evidence: EvidenceArgument = "irl",
    study: Annotated[str, typer.Option(help="Study, cohort or id of a row.")] = "",
    outcome: Annotated[str | None, typer.Option(help="One outcome. [default: all]")] = None,
    likelihood: Annotated[
        str | None, typer.Option(help="Explain the row under this likelihood, such as normal. [default: its own]")
    ] = None,
    scale: ScaleOption = None,
) -> None:
    """Show how a study's row became a likelihood: its cells, every formula with its numbers, what looks wrong."""
    from irlbayes import sheets
    from irlbayes.report import derivation

    _print(
        derivation.explanations(sheets.explain(evidence, study, outcome=outcome, likelihood=likelihood, scale=scale))
    )


def _write(analysis: Analysis, output_format: str, output: Path | None) -> None:
    from irlbayes import workflow
    from irlbayes.report import document

    if output_format == "table":
        from irlbayes.report import table as tables

        if output is None:
            _print(tables.analysis(analysis))
            return
        text = tables.to_text(tables.analysis(analysis))
    else:
        content = document.document(analysis, workflow.fingerprints(analysis))
        text = document.to_json(content) if output_format == "json" else document.to_csv(content)
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        _save(text, output)


def _check_output(output: Path | None) -> None:
    """Refuse an output that cannot be written before the work starts."""
    from irlbayes.core.errors import InputError, Problem

    if output is None:
        return
    if output.is_dir():
        raise InputError(Problem("--output", "a file, not a folder", "Name the file.", value=str(output)))
    if not output.resolve().parent.is_dir():
        raise InputError(
            Problem("--output", "a file in a folder that exists", "Make the folder first.", value=str(output))
        )


def _save(text: str, output: Path) -> None:
    """Write a file whole or not at all."""
    from irlbayes.core.errors import InputError, Problem

    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=output.resolve().parent, delete=False) as part:
            part.write(text)
        Path(part.name).chmod(0o666 & ~_umask())
        os.replace(part.name, output)
    except OSError as error:
        Path(part.name).unlink(missing_ok=True)
        raise InputError(
            Problem(
                "--output",
                f"the file cannot be written: {error.strerror or error}",
                "Choose another place.",
                value=str(output),
            )
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _print(content: Any) -> None:
    """Print to standard output: with color to a terminal, as plain text of a fixed width elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(content)
    else:
        from irlbayes.report.table import to_text

        sys.stdout.write(to_text(content))
        sys.stdout.flush()


class _progress:
    """Progress on standard error, when a person watches; it leaves nothing behind."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted and sys.stderr.isatty()

    def __enter__(self) -> Any:
        return self._show if self.wanted else None

    def _show(self, name: str, number: int, count: int) -> None:
        sys.stderr.write(f"\r\033[K{number}/{count} {name}")
        sys.stderr.flush()

    def __exit__(self, *exception: object) -> None:
        if self.wanted:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def _explain(error: InputError) -> None:
    """Print every problem of an input on standard error."""
    from rich.console import Console

    from irlbayes.report.table import problems, to_text

    count = len(error.problems)
    sys.stderr.write(f"error: {count} {'problem' if count == 1 else 'problems'} in the input; nothing was computed\n")
    if sys.stderr.isatty():
        Console(stderr=True).print(problems(error.problems))
    else:
        sys.stderr.write(to_text(problems(error.problems), width=160))


def main() -> None:
    """Run the command line; no traceback reaches its user."""
    from irlbayes.core.errors import InputError, IrlbayesError

    try:
        app()
    except InputError as error:
        _explain(error)
        sys.exit(BAD_INPUT)
    except IrlbayesError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except Exception as error:  # the last door: a defect of ours is said in a line, its traceback on request
        if os.environ.get("IRLBAYES_TRACEBACK"):
            raise
        sys.stderr.write(
            f"error: irlbayes failed ({type(error).__name__}: {error}). This is a defect of irlbayes; "
            "please report it with the command you ran. IRLBAYES_TRACEBACK=1 shows where.\n"
        )
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
