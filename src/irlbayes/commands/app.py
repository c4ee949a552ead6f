"""A page to work in, served on this machine alone."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from irlbayes.options import ScaleOption, SheetOption


def app(
    evidence: Annotated[
        str | None,
        typer.Argument(help="To open first: a bundled name (irl), a folder like data/irl, a file, a ledger."),
    ] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 for any that is free.", min=0, max=65535)] = 0,
    scale: ScaleOption = None,
    sheet: SheetOption = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
) -> None:
    """Open a page to work in: drop a table, mend it, move the priors, see the answer. Ends with Ctrl-C."""
    from irlbayes.app import server

    def ready(address: str) -> None:
        sys.stdout.write(f"irlbayes app: {address} (this machine alone; Ctrl-C ends it)\n")
        sys.stdout.flush()

    server.run(evidence, port, browser, ready, scale, sheet)
