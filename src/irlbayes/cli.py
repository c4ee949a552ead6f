"""The command line: a thin door on `workflow`. Numbers go to standard output, messages for people to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from irlbayes import __version__, terminal
from irlbayes.core.registry import leaves
from irlbayes.options import (
    BAD_INPUT,
    DONE,
    FAILED,
    FORMATS,
    DropReportOption,
    EngineOption,
    EvidenceArgument,
    FileOption,
    LevelOption,
    ModelOption,
    OutcomeOption,
    OutputOption,
    PriorMuOption,
    ProgressOption,
    RandomEffectsOption,
    ScaleOption,
    SeedOption,
    SheetOption,
    UseOption,
)

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the matrices are small: threads would only spin
INTERRUPTED = 130

app = typer.Typer(
    name="irlbayes",
    help="Published results on iron rim lesions in multiple sclerosis, as probabilities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts in half the time
)


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
    outcome: OutcomeOption = None,
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    likelihood: Annotated[
        str | None,
        typer.Option(help="normal (the field's approximation), binomial, ...: for the rows that have it."),
    ] = None,
    model: ModelOption = None,
    prior_mu: PriorMuOption = None,
    prior_tau: Annotated[
        str | None,
        typer.Option(help='Prior of heterogeneity: "half_normal(0.5)", "half_cauchy(0.5)" or "uniform(0, 4)".'),
    ] = None,
    random_effects: RandomEffectsOption = None,
    moderators: Annotated[
        str | None,
        typer.Option(help='Formula over columns of the table or of its studies: "year + design", "0 + design".'),
    ] = None,
    prior_beta: Annotated[
        str | None, typer.Option(help="Prior of the moderators' coefficients. [default: mu's, around 0]")
    ] = None,
    within: Annotated[
        str | None,
        typer.Option(
            help='Pool every row of a cohort: prior of the sd between rows of one cohort, "half_normal(0.25)".'
        ),
    ] = None,
    within_correlation: Annotated[
        float, typer.Option(help="With --within: correlation of the sampling errors of one cohort's normal rows.")
    ] = 0.0,
    engine: EngineOption = "auto",
    level: LevelOption = 0.95,
    threshold: Annotated[
        list[float] | None,
        typer.Option(help="Size of effect to ask about, on the pooling scale (a log for ratios); repeat for more."),
    ] = None,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    output_format: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    output: FileOption = None,
    seed: SeedOption = None,
    progress: ProgressOption = True,
) -> None:
    """From reports to probabilities: pool every outcome of an evidence base."""
    from irlbayes import workflow
    from irlbayes.core.answers import SEED

    terminal.check_format(output_format, FORMATS)
    terminal.check_output(output)
    with terminal.Progress(progress) as report:
        analysis = workflow.analyze(
            evidence,
            outcomes=outcome or (),
            use=use,
            drop_reports=drop_report or (),
            likelihood=likelihood,
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            random_effects=random_effects,
            moderators=moderators,
            prior_beta=prior_beta,
            within=within,
            within_correlation=within_correlation,
            engine=engine,  # type: ignore[arg-type]  # workflow refuses other words with a message
            level=level,
            thresholds=threshold or (),
            scale=scale,
            sheet=sheet,
            seed=SEED if seed is None else seed,
            progress=report,
        )
    terminal.sampled({result.outcome.name: result.posterior.took for result in analysis.results})
    if output_format == "table":
        from irlbayes.report import table as tables

        terminal.page(tables.analysis(analysis), output)
    else:
        from irlbayes.report import document

        content = document.document(analysis, workflow.fingerprints(analysis))
        terminal.deliver(document.to_json(content) if output_format == "json" else document.to_csv(content), output)
    raise typer.Exit(DONE if analysis.passed else FAILED)


for _name, _module in leaves("irlbayes.commands").items():
    _found = getattr(_module, _name)
    if isinstance(_found, typer.Typer):
        app.add_typer(_found, name=_name)
    else:
        app.command(_name, context_settings=getattr(_module, "SETTINGS", None))(_found)


@app.command()
def validate(
    evidence: Annotated[
        str, typer.Argument(help="A CSV, XLSX or RevMan file, a folder like data/irl, or a bundled name.")
    ],
    scale: ScaleOption = None,
    sheet: SheetOption = None,
) -> None:
    """Check an evidence base: every row, all failures at once; then what looks wrong, without changing anything."""
    from irlbayes import sheets, workflow
    from irlbayes.report import derivation

    table = workflow.read_reports(evidence, scale, sheet)
    count = len(table.reports)
    typer.echo(
        f"{table.source}: {count} {'report' if count == 1 else 'reports'}, all valid (sha256 {table.sha256[:12]})"
    )
    terminal.show(derivation.reading(table, sheets.findings(table)))


@app.command()
def outcomes(evidence: EvidenceArgument = "irl") -> None:
    """List the outcomes of an evidence base."""
    from irlbayes import workflow
    from irlbayes.report import table as tables

    table = workflow.read_reports(evidence)
    terminal.show(tables.outcomes(table))


@app.command()
def explain(
    study: Annotated[str, typer.Option(help="Study, cohort or id of a row.")],
    evidence: EvidenceArgument = "irl",
    outcome: Annotated[str | None, typer.Option(help="One outcome. [default: all]")] = None,
    likelihood: Annotated[
        str | None, typer.Option(help="Explain the row under this likelihood, such as normal. [default: its own]")
    ] = None,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
) -> None:
    """Show how a study's row became a likelihood: its cells, every formula with its numbers, what looks wrong."""
    from irlbayes import sheets
    from irlbayes.report import derivation

    found = sheets.explain(evidence, study, outcome=outcome, likelihood=likelihood, scale=scale, sheet=sheet)
    terminal.show(derivation.explanations(found))


@app.command()
def template(
    kind: Annotated[str, typer.Argument(help="Report kind, such as counts.")], output: OutputOption = None
) -> None:
    """Write an empty sheet for a report kind, with a comment on every column."""
    from irlbayes import sheets

    terminal.check_output(output)
    _deliver(sheets.template(kind, _format_of(output)), (), output)


@app.command()
def convert(
    evidence: EvidenceArgument,
    to: Annotated[str, typer.Option(help="tidy (our names), metafor, meta, RoBMA or JASP.")] = "tidy",
    output: OutputOption = None,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
) -> None:
    """Write a table under our names, or under another program's; numbers are kept to the last digit."""
    from irlbayes import sheets

    terminal.check_output(output)
    content, notes = sheets.convert(evidence, to, path_format=_format_of(output), scale=scale, sheet=sheet)
    _deliver(content, notes, output)


@app.command()
def escalc(
    evidence: EvidenceArgument,
    measure: Annotated[str, typer.Option(help="Effect measure by metafor's name: SMD, OR, RR, IRR, ZCOR, ...")],
    vtype: Annotated[str | None, typer.Option(help="Variance by metafor's name: LS, UB, AV, ...")] = None,
    add: Annotated[
        float | None, typer.Option(help="What cells gain where one is zero. [default: the measure's]")
    ] = None,
    to: Annotated[str | None, typer.Option(help="Where: only0, all, if0all or none.")] = None,
    drop00: Annotated[bool | None, typer.Option(help="No effect where neither group has the event.")] = None,
    correct: Annotated[bool | None, typer.Option(help="Take the small-sample bias out.")] = None,
    output: OutputOption = None,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
) -> None:
    """Write effects and sampling variances by an effect measure, as metafor's escalc computes them."""
    from irlbayes import sheets

    terminal.check_output(output)
    options = {"add": add, "to": to, "drop00": drop00, "correct": correct}
    content, notes = sheets.effect_sizes(
        evidence,
        measure,
        vtype,
        path_format=_format_of(output),
        scale=scale,
        sheet=sheet,
        **{name: value for name, value in options.items() if value is not None},
    )
    _deliver(content, notes, output)


def _format_of(output: Path | None) -> str:
    """Return the format that a file's name asks for."""
    return "xlsx" if output is not None and output.suffix.lower() == ".xlsx" else "csv"


def _deliver(content: str | bytes, notes: Sequence[str], output: Path | None) -> None:
    """Write a table, and on standard error what a person should know about it."""
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    if output is not None:
        terminal.save(content, output)
    elif isinstance(content, str):
        sys.stdout.write(content)
        sys.stdout.flush()


def main() -> None:
    """Run the command line; no traceback reaches its user."""
    from irlbayes.core.errors import InputError, IrlbayesError

    try:
        app()
    except InputError as error:
        terminal.problems(error)
        sys.exit(BAD_INPUT)
    except IrlbayesError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(FAILED)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # Typer leaves it at that
            sys.stderr.write("interrupted\n")
        raise
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
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
