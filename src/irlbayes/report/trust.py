"""An examination as text: a verdict, what each check said, and the tables behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes.core.answers import Evidence
from irlbayes.core.examining import Examination, Examined
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure_short, null_shown, probability, shown

CURVE_ROWS = 9


def examination(found: Examination) -> RenderableType:
    """Return every outcome's verdict, checks and tables."""
    parts: list[RenderableType] = []
    for one in found.examined:
        parts += [_outcome(one), Text("")]
    for item in found.analysis.skipped:
        parts.append(Text(f"{item.outcome}: no answer to check ({item.reason})", style="dim"))
    alarms = sum(bool(one.alarms) for one in found.examined)
    parts.append(
        Text(
            f"{len(found.examined)} outcomes examined, {alarms} with an alarm. An alarm is set so that a clean outcome"
            " raises one in fewer than 5 of 100 cases; the other lines inform and never fail.",
            style="dim",
        )
    )
    return Group(*parts)


def _outcome(one: Examined) -> RenderableType:
    outcome = one.result.outcome
    model = one.result.posterior.model
    count = len(one.result.posterior.effects.studies)
    title = Text(f"{outcome.label}, {measure_short(outcome)}", style="bold")
    title.append(f"  {count} {'report' if count == 1 else 'reports'}, mu ~ {model.mu}, tau ~ {model.tau}", style="dim")
    parts: list[RenderableType] = [title, Text(one.verdict), _checks(one)]
    for name, draw in TABLES.items():
        if name in one.checks:
            parts.append(Padding(draw(one.checks[name], outcome), (0, 0, 0, 2)))
    if "threshold_curve" in one.result.answers and outcome.null is not None:
        parts.append(Padding(_curve(one.result.answers["threshold_curve"], outcome), (0, 0, 0, 2)))
    return Group(*parts)


def _checks(one: Examined) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("what it says", overflow="fold")
    for name, found in one.checks.items():
        mark = Text("ok", style="green") if found.passed else Text("ALARM", style="bold red")
        words = " ".join((found.statement, *found.caveats))
        table.add_row(name, mark, Text(words))
    for name, reason in one.skipped.items():
        table.add_row(Text(name, style="dim"), Text("–", style="dim"), Text(reason, style="dim"))
    return table


def _panel(found: Evidence, outcome: Outcome) -> RenderableType:
    null = null_shown(outcome)
    table = _table("prior panel", "prior", "mu ~", "tau ~", "mean effect", f"P(> {null})" if null else "", "before")
    for row in found.numbers["rows"]:
        chance = "–" if row["p_gt_null"] is None else probability(row["p_gt_null"])
        table.add_row(
            row["name"], row["mu"], row["tau"], _estimate(row, outcome), chance, probability(row["prior_p_gt_null"])
        )
    return table


def _leave_one_out(found: Evidence, outcome: Outcome) -> RenderableType:
    null = null_shown(outcome)
    table = _table(
        "without one study", "study", "mean effect", f"P(> {null})" if null else "", "log score", "p of its report"
    )
    for row in found.numbers["studies"]:
        chance = "–" if row["p_gt_null"] is None else probability(row["p_gt_null"])
        score = "–" if row["log_score"] is None else f"{row['log_score']:.2f}".replace("-", "−")
        table.add_row(Text(row["study"]), _estimate(row, outcome), chance, score, probability(row["tail"]))
    for row in found.numbers["cohorts"]:
        table.add_row(Text(f"cohort {row['cohort']}"), _estimate(row, outcome), probability(row["p_gt_null"]), "", "")
    return table


def _curve(found: Evidence, outcome: Outcome) -> RenderableType:
    table = _table("threshold curve", "P(above)", "mean effect", "new study", "prior, mean", "prior, new study")
    numbers = found.numbers
    step = (len(numbers["delta"]) - 1) // (CURVE_ROWS - 1)
    for i in range(0, len(numbers["delta"]), step):
        cells = [
            "–" if numbers[name] is None else probability(numbers[name][i])
            for name in ("mu", "theta_new", "prior_mu", "prior_theta_new")
        ]
        table.add_row(shown(numbers["delta"][i], outcome), *cells)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="dim", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1)
    )
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place == 0 else "right", overflow="fold")
    return table


def _estimate(row: Mapping[str, Any], outcome: Outcome) -> str:
    return f"{shown(row['median'], outcome)} [{shown(row['ci_low'], outcome)}, {shown(row['ci_high'], outcome)}]"


TABLES = {"panel": _panel, "leave_one_out": _leave_one_out}


def document(found: Examination) -> list[dict[str, Any]]:
    """Return what the checks said, as plain data for the JSON document."""
    return [
        {
            "outcome": one.result.outcome.name,
            "verdict": one.verdict,
            "alarms": list(one.alarms),
            "checks": {
                name: {
                    "passed": answer.passed,
                    "statement": answer.statement,
                    "caveats": list(answer.caveats),
                    "numbers": dict(answer.numbers),
                }
                for name, answer in one.checks.items()
            },
            "skipped": dict(one.skipped),
            "threshold_curve": dict(one.result.answers["threshold_curve"].numbers),
        }
        for one in found.examined
    ]
