"""What a page is told, as plain data: it writes every text as text, so that nothing of a file is ever run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from irlbayes import working
from irlbayes.core.answers import Evidence
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.scales import SCALES
from irlbayes.core.types import EffectTable, Outcome, ReportTable
from irlbayes.core.words import measure, null_shown, probability, report_kind, shown
from irlbayes.report.figures import NARROW, WIDE, forest, plotly_json, threshold_curve
from irlbayes.working import Answer, Session

CELLS = ("id", "study", "cohort", "outcome", "report", "use")
UNNEEDED = ("outcome", "report", "id", "cohort", "use")  # of a new row: filled in


def problems(found: Sequence[Problem], session: Session | None) -> list[dict[str, Any]]:
    """Return problems with the cell that each is in, where it can be written in place."""
    names = {} if session is None else working.names(session)
    header = () if session is None else session.rows.header
    lines = {} if session is None else dict(session.rows.rows)
    rows = []
    for one in found:
        asked = one.column.split(" or ")[0]  # where one of two is needed, the first can be written
        column = asked if asked in header else names.get(asked, "")
        cell = column if one.row in lines and column else ""
        value = lines[one.row].get(cell, "") if cell and one.row is not None else one.value
        rows.append(
            {"file": one.file, "line": one.row, "column": one.column, "value": value, "rule": one.rule, "fix": one.fix,
             "cell": cell}
        )  # fmt: skip
    return rows


def standing(table: ReportTable | None, found: Sequence[Problem]) -> str:
    """Say in a sentence how the rows stand."""
    if table is None:
        return f"{_count(len(found), 'problem')} to mend before it can be pooled."
    return f"{_count(len(table.reports), 'report')}, all valid."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def evidence(session: Session, table: ReportTable | None, found: Sequence[Problem], can_undo: bool) -> dict[str, Any]:
    """Return the rows in hand: those of the outcome, or all where they have problems."""
    rows = session.rows.rows
    if table is not None:
        lines = {one.line for one in table.reports if one.outcome == session.outcome}
        rows = tuple(row for row in rows if row[0] in lines)
    else:
        lines = {one.row for one in found if one.row is not None}
        rows = tuple(row for row in rows if row[0] in lines) or rows
    filled = [name for name in session.rows.header if any(name in cells for _, cells in rows)]
    return {
        "name": session.name,
        "title": "" if table is None else table.title,
        "problems": problems(found, session),
        "reading": [] if table is None else list(table.reading),
        "columns": filled,
        "rows": [[line, {name: cells[name] for name in filled if name in cells}] for line, cells in rows],
        "undo": can_undo,
        "sheet": session.rows.sheet,
        "sheets": list(session.rows.sheets) if len(session.rows.sheets) > 1 else [],
        "scale": session.scale,
        "scales": [] if working.is_declared(session) or session.rows.scales else scales(),
    }


def controls(session: Session, table: ReportTable, effects: EffectTable | None) -> dict[str, Any]:
    """Return what can be chosen: outcomes, models, priors and how far these move."""
    outcome = table.outcomes[session.outcome]
    kinds = sorted({one.kind for one in table.reports if one.outcome == session.outcome})
    there = {one.outcome for one in table.reports}
    priors: dict[str, Any] = {}
    name = ""
    try:
        spec = working.model_of(session, table)
    except InputError:
        pass
    else:
        name = spec.name
        priors = {role: {"written": str(one), "family": one.family, "parameters": list(one.parameters),
                         "reason": one.reason, "warnings": list(one.warnings)}
                  for role, one in (("mu", spec.mu), ("tau", spec.tau))}  # fmt: skip
    return {
        "outcomes": [
            [name, one.label] for name, one in table.outcomes.items() if name in there or name == outcome.name
        ],
        "outcome": session.outcome,
        "measure": measure(outcome),
        "scale": SCALES[outcome.scale].words,
        "models": working.models_for(table, session.outcome),
        "model": session.model,
        "model_name": name,
        "priors": priors,
        "given": {"mu": session.prior_mu, "tau": session.prior_tau},
        "library": working.library_for(table, session.outcome),
        "reach": None if effects is None else working.reach(session, table, effects),
        "kinds": [[kind, report_kind(kind)] for kind in working.kinds()],
        "kinds_here": kinds,
    }


def scales() -> list[list[str]]:
    """Return the scales that a plain table can be on, with their words; first none, for what the rows say."""
    return [["", "what the rows say"], *([name, f"{name}: {one.words}"] for name, one in SCALES.items())]


def form(session: Session, table: ReportTable, kind: str) -> dict[str, Any]:
    """Return the cells of a new row of a report kind, each with what it holds and whether it must be filled."""
    return {
        "kind": kind,
        "cells": [
            {"name": column.name, "meaning": column.meaning, "rule": column.rule, "type": column.type, "needed": needed}
            for column, needed in working.cells_of(kind, table.outcomes[session.outcome])
            if column.name not in UNNEEDED
        ],
    }


def read_size(text: str, outcome: Outcome) -> float:
    """Read a size of effect as readers see it: a ratio, not its log."""
    try:
        value = SCALES[outcome.scale].read(float(text.replace(",", ".").replace("−", "-")))
    except (ValueError, OverflowError):
        value = None
    if value is None or value != value or abs(value) == float("inf"):
        raise InputError(
            Problem("size of effect", f"a number that the {measure(outcome)} can be", "Write one such as 0.3 or 1.5.",
                    value=text)
        )  # fmt: skip
    return value


# --- an answer ----------------------------------------------------------------------------------------------


def answer(found: Answer | None, wish: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return an answer: words, numbers in full, and pictures as plotly's JSON."""
    if found is None:
        return None
    result, dark = found.result, bool(wish.get("dark"))
    outcome = result.outcome
    curve = result.answers["threshold_curve"]
    width = WIDE if wish.get("wide") else NARROW
    gate = result.posterior.gate
    return {
        "statement": result.statement,
        "sentences": sentences(found),
        "passed": result.passed,
        "checks": [{"name": one.name, "passed": one.passed, "rule": one.rule} for one in gate.checks],
        "alarms": list(result.alarms),
        "caveats": [one for one in result.caveats if one not in result.alarms],
        "engine": result.posterior.engine,
        "chances": chances(found),
        "estimates": estimates(found),
        "pictures": {
            "forest": _picture(forest, found.forest, outcome, width, dark),
            "curve": _picture(threshold_curve, curve, outcome, NARROW, dark),
        },
    }


def sentences(found: Answer) -> str:
    """Say the answer in two sentences, for readers who hear the page while a slider moves."""
    answers = found.result.answers
    return f"{answers['pooled'].statement} {answers['new_study'].statement}"


def _picture(leaf: Any, of: Evidence, outcome: Outcome, width: float, dark: bool) -> dict[str, str]:
    said = leaf.describe(of, outcome)
    return {"figure": plotly_json(leaf.draw(of, outcome, "plain", width), said, dark), "said": said}


def _number(value: float | None, words: str) -> dict[str, Any]:
    return {"value": value, "words": words if value is not None else "not there"}


def estimates(found: Answer) -> list[dict[str, Any]]:
    """Return the estimates: the mean, a new study and the spread between studies, each with its interval."""
    outcome, answers = found.result.outcome, found.result.answers
    rows = []
    for name, words in (("pooled", "Mean of all studies"), ("new_study", "True effect in a new study")):
        one = answers[name].numbers
        rows.append(_estimate(name, words, one, lambda value: shown(value, outcome)))
    tau = answers["heterogeneity"].numbers["tau"]
    rows.append(_estimate("tau", "Spread between studies (tau)", tau, lambda value: f"{value:.2f}"))
    return rows


def _estimate(name: str, words: str, one: Mapping[str, Any], say: Any) -> dict[str, Any]:
    middle = "mean" if one.get("mean") is not None else "median"
    keys = (middle, "ci_low", "ci_high")
    told = [_number(one[key], "" if one[key] is None else say(one[key])) for key in keys]
    return {"name": name, "words": words, "numbers": dict(zip(("middle", "ci_low", "ci_high"), told, strict=True))}


def chances(found: Answer) -> list[dict[str, Any]]:
    """Return P(effect > size) for no effect and every threshold, of the mean and of a new study, beside the prior's."""
    outcome, answers = found.result.outcome, found.result.answers
    mean, new = answers["pooled"].numbers, answers["new_study"].numbers
    rows = []
    if outcome.null is not None:
        keys = ("p_gt_null", "prior_p_gt_null")
        rows.append(_chance(f"above {null_shown(outcome)} (no effect)", mean, new, keys))
    for one, other in zip(mean["thresholds"], new["thresholds"], strict=True):
        label = f"above {shown(one['value'], outcome)} ({one['kind']})"
        rows.append({**_chance(label, one, other, ("p_gt", "prior_p_gt")), "source": one["source"]})
    return rows


def _chance(label: str, mean: Mapping[str, Any], new: Mapping[str, Any], keys: tuple[str, str]) -> dict[str, Any]:
    after, before = keys
    return {
        "label": label,
        "mean": _number(mean[after], probability(mean[after])),
        "mean_prior": _number(mean[before], probability(mean[before])),
        "new": _number(new[after], probability(new[after])),
        "new_prior": _number(new[before], probability(new[before])),
        "source": "",
    }


def compared(before: Answer, after: Answer) -> dict[str, Any] | None:
    """Return two answers about one outcome side by side; None where they are of two."""
    if before.result.outcome.name != after.result.outcome.name:
        return None
    rows = []
    for one, other in zip(estimates(before), estimates(after), strict=True):
        cells = [
            f"{each['numbers']['middle']['words']}, {each['numbers']['ci_low']['words']}"
            f" to {each['numbers']['ci_high']['words']}"
            for each in (one, other)
        ]
        rows.append({"words": f"{one['words']}, 95% interval", "before": cells[0], "after": cells[1]})
    known = {one["label"]: one for one in chances(before)}
    for other in chances(after):
        if other["label"] in known:
            one = known[other["label"]]
            for key, words in (("mean", "the mean"), ("new", "a new study")):
                label = f"Probability that {words} is {other['label']} (prior {other[f'{key}_prior']['words']})"
                rows.append({"words": label, "before": one[key]["words"], "after": other[key]["words"]})
    counts = [len(each.result.posterior.effects.studies) for each in (before, after)]
    return {"counts": [_count(count, "study").replace("studys", "studies") for count in counts], "rows": rows}
