"""Which engine computed the posterior, and whether it met its own conditions."""

from __future__ import annotations

from irlbayes.core.pages import Block, Cite, Line, Paragraph, Section, Table
from irlbayes.report.told import DASH, One

PLACE = 50


def write(one: One) -> Section | None:
    """Return the engine, its error bound or diagnostics, and the gate."""
    posterior = one.result.posterior
    if posterior.engine == "exact":
        line: Line = (
            "Deterministic quadrature over mu and tau ",
            Cite("rover2020"),
            "; no chains, so no convergence to diagnose. The largest change of any summary of mu, tau or a new study on"
            " a coarser grid, relative to its standard deviation, is ",
            one.plain("error_bound", digits=2),
            ".",
        )
    else:
        line = (
            "NUTS, by PyMC ",
            Cite("pymc2023"),
            " and nutpie; convergence by rank-normalized R-hat and effective sample sizes ",
            Cite("vehtari2021"),
            f"; seed {posterior.seed}.",
        )
    rows: list[tuple[Line, ...]] = []
    for place, check in enumerate(posterior.gate.checks):
        value: Line = (DASH,)
        if check.value is not None:
            value = (one.plain("gate", "checks", place, "value", digits=2),)
        rows.append(((check.name,), value, (check.rule,), ("passed" if check.passed else "FAILED",)))
    blocks: list[Block] = [Paragraph(line)]
    blocks.append(
        Table(
            f"{one.outcome.name}-gate",
            "Conditions that the posterior must meet to be believed",
            ("Condition", "Value", "Rule", "Result"),
            tuple(rows),
            (False, True, False, False),
        )
    )
    log_marginal = one.row["log_marginal_likelihood"]
    if log_marginal is not None:
        found = one.plain("log_marginal_likelihood", digits=5)
        blocks.append(Paragraph(("Log marginal likelihood ", found, "."), "note"))
    if not posterior.gate.passed:
        words = "The posterior failed a condition: read nothing from it before that is mended."
        blocks.append(Paragraph((words,), "caveat"))
    return Section(one.id("engine"), "Engine and its error", tuple(blocks), reader="statistician")
