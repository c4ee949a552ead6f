"""The living evidence on file: studies are added, and everything that was said is kept."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from irlbayes import terminal
from irlbayes.options import (
    BAD_INPUT,
    DONE,
    FAILED,
    DropReportOption,
    EngineOption,
    FileOption,
    FormatOption,
    LevelOption,
    ModelOption,
    OutcomeOption,
    PriorMuOption,
    PriorTauOption,
    RandomEffectsOption,
    ScaleOption,
    SheetOption,
    UseOption,
)

if TYPE_CHECKING:
    from irlbayes.watching import Watched

TURNED = 10
LedgerArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The ledger.", show_default=False)]

ledger = typer.Typer(
    help="Keep the evidence as it grows: add studies, see what changed, and what was said when.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@ledger.command("init")
def init(
    file: LedgerArgument,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="Evidence to begin with: a bundled name, folder, file or ledger. [default: irl]"),
    ] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="No rows; without --from nothing is declared, the rows to come do.")
    ] = False,
    one_by_one: Annotated[
        bool, typer.Option("--one-by-one", help="An entry per study, in order of publication. [default: one for all]")
    ] = False,
    decide: Annotated[
        list[str] | None,
        typer.Option(
            help='Decision to watch: "relapse: P(> null) >= 0.95"; repeat for more. [default: P(> null) at 0.05, 0.95]'
        ),
    ] = None,
    outcome: OutcomeOption = None,
    use: UseOption = "primary",
    drop_report: DropReportOption = None,
    likelihood: Annotated[str | None, typer.Option(help="normal, binomial, ...: for the rows that have it.")] = None,
    model: ModelOption = None,
    prior_mu: PriorMuOption = None,
    prior_tau: PriorTauOption = None,
    random_effects: RandomEffectsOption = None,
    within: Annotated[
        str | None, typer.Option(help='Pool every row of a cohort: prior of the sd between them, "half_normal(0.25)".')
    ] = None,
    engine: EngineOption = "auto",
    level: LevelOption = 0.95,
    threshold: Annotated[
        list[float] | None, typer.Option(help="Size of effect to ask about, on the pooling scale; repeat for more.")
    ] = None,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    output_format: FormatOption = "table",
) -> None:
    """Begin a ledger with everything known now. How it pools is fixed then."""
    from irlbayes import opening
    from irlbayes.report import ledger as pages
    from irlbayes.report import ledger_files

    terminal.check_format(output_format)
    found = opening.init_ledger(
        file,
        from_ or (None if empty else "irl"),
        empty=empty,
        one_by_one=one_by_one,
        decide=decide or (),
        sheet=sheet,
        outcomes=outcome or (),
        use=use,
        drop_reports=drop_report or (),
        likelihood=likelihood,
        model=model,
        prior_mu=prior_mu,
        prior_tau=prior_tau,
        random_effects=random_effects,
        within=within,
        engine=engine,
        level=level,
        thresholds=threshold or (),
        scale=scale,
    )
    terminal.answer(
        output_format,
        None,
        lambda: pages.log(found) if one_by_one else pages.entry(found[0]),
        lambda: ledger_files.entries(found),
    )


@ledger.command("add")
def add(
    file: LedgerArgument,
    rows: Annotated[
        Path | None, typer.Argument(metavar="ROWS", help="A CSV, XLSX or RevMan file.", show_default=False)
    ] = None,
    row: Annotated[
        list[str] | None,
        typer.Option(help='A row as cells: "study=smith2026 outcome=relapse ai=9 n1i=40 ci=4 n2i=41"; repeat.'),
    ] = None,
    studies: Annotated[
        Path | None, typer.Option(help="A table like studies.csv: year, authors, country of new studies.")
    ] = None,
    supersedes: Annotated[
        int | None, typer.Option(help="Entry that these rows correct: those with its ids take their place.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; needed with --supersedes.")] = "",
    expected_head: Annotated[
        str, typer.Option(help="First digits of the hash that the ledger must end with, or nothing is added.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")] = False,
    sheet: SheetOption = None,
    output_format: FormatOption = "table",
) -> None:
    """Add studies: every row checked, then pooled before and after, and what changed is shown and kept."""
    from irlbayes import living, receiving
    from irlbayes.core.errors import InputError, Problem
    from irlbayes.report import ledger as pages
    from irlbayes.report import ledger_files

    terminal.check_format(output_format)
    if (rows is None) == (not row):
        raise InputError(Problem("ROWS", "a file of rows, or --row", "Give one of the two."))
    given = rows if rows is not None else receiving.cells_given(row or ())
    with living.open_ledger(file) as opened:
        found = opened.add(
            given,
            supersedes=supersedes,
            reason=reason,
            expected_head=expected_head,
            sheet=sheet,
            studies=studies,
            dry_run=dry_run,
        )
        findings = opened.findings(found)
    terminal.answer(
        output_format,
        None,
        lambda: pages.added(found, findings, not dry_run),
        lambda: ledger_files.entries(found, findings),
    )


@ledger.command("log")
def log(
    file: LedgerArgument,
    outcome: Annotated[str | None, typer.Option(help="One outcome. [default: all]")] = None,
    output_format: FormatOption = "table",
) -> None:
    """List every entry: study, outcome, P(> null) before and after, surprise."""
    from irlbayes import living
    from irlbayes.report import ledger as pages
    from irlbayes.report import ledger_files

    terminal.check_format(output_format)
    with living.open_ledger(file, write=False) as opened:
        found = opened.log(outcome)
    terminal.answer(output_format, None, lambda: pages.log(found), lambda: ledger_files.entries(found))


@ledger.command("show")
def show(
    file: LedgerArgument,
    number: Annotated[int, typer.Argument(metavar="N", help="Number of the entry.", show_default=False)],
    output_format: FormatOption = "table",
) -> None:
    """Show one entry: its rows cell by cell, where they came from, and what they changed."""
    from irlbayes import living
    from irlbayes.report import ledger as pages
    from irlbayes.report import ledger_files

    terminal.check_format(output_format)
    with living.open_ledger(file, write=False) as opened:
        found = opened.entry(number)
    terminal.answer(output_format, None, lambda: pages.entry(found, True), lambda: ledger_files.entries([found]))


@ledger.command("verify")
def verify(
    file: LedgerArgument,
    head: Annotated[str, typer.Option(help="Hash of an entry that was published; one with it must be there.")] = "",
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Pool every outcome again and compare with what the ledger says.")
    ] = False,
    output_format: FormatOption = "table",
) -> None:
    """Check that nothing was changed: every byte, every entry, the chain of hashes."""
    from irlbayes import auditing
    from irlbayes.report import ledger as pages
    from irlbayes.report import ledger_files

    terminal.check_format(output_format)
    found = auditing.verify(file, head, recompute)
    terminal.answer(
        output_format, None, lambda: pages.verified(str(file), found), lambda: ledger_files.verified(str(file), found)
    )
    raise typer.Exit(FAILED if found.problems else DONE)


@ledger.command("export")
def export(file: LedgerArgument, output: FileOption = None) -> None:
    """Write the ledger as JSON Lines: the same bytes from every copy of it."""
    from irlbayes import auditing

    terminal.check_output(output)
    if output is None:
        auditing.export(file, sys.stdout.buffer)
        sys.stdout.flush()
        return
    count = auditing.export(file, output)
    typer.echo(f"{count} {'entry' if count == 1 else 'entries'} in {output}", err=True)


@ledger.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="LINES", help="JSON Lines of an export.", show_default=False)],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new ledger.", show_default=False)],
) -> None:
    """Make a ledger of JSON Lines, once their chain and every row were found to hold."""
    from irlbayes import auditing

    table = auditing.load(source, file)
    typer.echo(f"{file}: {table.reading[0]}", err=True)


@ledger.command("diff")
def diff(
    file: LedgerArgument,
    first: Annotated[int | None, typer.Argument(metavar="A", help="Entry. [default: the last]")] = None,
    second: Annotated[int | None, typer.Argument(metavar="B", help="Entry. [default: the last]")] = None,
    other: Annotated[Path | None, typer.Option("--with", help="Another ledger, in which B is.")] = None,
    output_format: FormatOption = "table",
) -> None:
    """Show what changed from entry A to entry B, or to another ledger: rows, and what was said."""
    from irlbayes import auditing
    from irlbayes.report import ledger as pages
    from irlbayes.report import ledger_files

    terminal.check_format(output_format)
    found = auditing.difference(file, first, second, other)
    terminal.answer(output_format, None, lambda: pages.difference(found), lambda: ledger_files.difference(found))


@ledger.command("watch")
def watch(
    file: LedgerArgument,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder with files of rows.", show_default=False)],
    once: Annotated[bool, typer.Option("--once", help="Look once and stop; so without --every.")] = False,
    every: Annotated[
        float | None, typer.Option(help="Look again after so many seconds, until stopped.", min=0.1)
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for what changed, as Markdown and JSON. [default: FOLDER]")
    ] = None,
) -> None:
    """Add what is new or changed in a folder; exit status 10: a decision changed, 2: a file with problems, else 0."""
    from irlbayes import watching
    from irlbayes.core.errors import InputError, Problem

    if once and every is not None:
        raise InputError(Problem("--every", "not with --once", "Leave one of them out."))
    terminal.check_folder(output, "--output")
    turned = broken = False
    try:
        while True:
            found = watching.look(file, folder)
            _tell(found, output or folder)
            turned, broken = turned or found.turned, bool(found.problems)
            if every is None:
                break
            time.sleep(every)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
    raise typer.Exit(TURNED if turned else BAD_INPUT if broken else DONE)


def _tell(found: Watched, folder: Path) -> None:
    """Tell what one look found: entries on standard output and in files, problems on standard error."""
    from irlbayes.report import document, ledger_files, table
    from irlbayes.report import ledger as pages

    parts = (found.difference, found.recorded, found.problems, found.behind)
    if found.recorded:
        folder.mkdir(exist_ok=True)
        name = f"ledger-{found.recorded[0].number:04}-{found.recorded[-1].number:04}"
        terminal.save(ledger_files.markdown(*parts), folder / f"{name}.md")
        terminal.save(document.to_json(ledger_files.watched(*parts)), folder / f"{name}.json")
        terminal.show(pages.added(found.recorded, (), True))
    for name, problems in found.problems.items():
        count = f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}"
        typer.echo(f"{name}: {count}; nothing of it was added", err=True)
        sys.stderr.write(table.to_text(table.problems(problems), width=160))
    for name, rows in found.behind.items():
        typer.echo(f"{name} is behind the ledger, which was corrected otherwise: {', '.join(rows)}", err=True)
    sys.stderr.flush()
