"""What a ledger tells as documents: JSON for programs, and Markdown for whoever reads what a watched folder changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from irlbayes.core.errors import Problem
from irlbayes.core.recorded import Change, Difference, Recorded, Verified
from irlbayes.core.types import Finding
from irlbayes.report.ledger import difference as page
from irlbayes.report.ledger import sentences
from irlbayes.report.table import to_text

ENTRIES, DIFFERENCE, VERIFIED = (
    "irlbayes/ledger-entries/1",
    "irlbayes/ledger-difference/1",
    "irlbayes/ledger-verified/1",
)


def entries(found: Sequence[Recorded], findings: Sequence[Finding] = ()) -> dict[str, Any]:
    """Return entries as plain data for a JSON document.

    Parameters
    ----------
    found : sequence of Recorded
    findings : sequence of Finding
        What looks wrong about their rows.
    """
    return {
        "schema": ENTRIES,
        "entries": [_entry(one) for one in found],
        "decision_changed": any(one.turned for one in found if one.kind != "opening"),
        "findings": [{"check": one.check, "reports": list(one.reports), "words": one.words} for one in findings],
    }


def _entry(one: Recorded) -> dict[str, Any]:
    return {
        "number": one.number,
        "at": one.at or None,
        "sha256": one.sha256 or None,
        "kind": one.kind,
        "study": one.study,
        "supersedes": one.supersedes,
        "reason": one.reason or None,
        "source": dict(one.source) or None,
        "reading": list(one.reading),
        "irlbayes": one.irlbayes,
        "data_sha256": one.data_sha256,
        "rows": [row["cells"] for row in one.rows],
        "left_out": [{"id": name, "reason": reason} for name, reason in one.left_out.items()],
        "changes": [_change(change) for change in one.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    outcome = change.outcome
    return {
        "outcome": outcome.name,
        "scale": outcome.scale,
        "unit": outcome.unit or None,
        "null": outcome.null,
        "thresholds": [threshold.value for threshold in outcome.thresholds],
        "model": change.model,
        "prior": change.prior,
        "before": change.before,
        "after": change.after,
        "surprise": dict(change.surprise),
        "decisions": [
            {"rule": words, "met_before": before, "met": after, "changed": words in change.turned}
            for words, before, after in change.decided
        ],
    }


def difference(found: Difference) -> dict[str, Any]:
    """Return what changed between two states of the evidence as plain data."""
    return {
        "schema": DIFFERENCE,
        "first": found.first,
        "second": found.second,
        "added": list(found.added),
        "corrected": list(found.corrected),
        "gone": list(found.gone),
        "changes": [_change(change) for change in found.changes],
        "decision_changed": found.turned,
    }


def watched(
    found: Difference,
    recorded: Sequence[Recorded],
    problems: Mapping[str, Sequence[Problem]],
    behind: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """Return what one look at a folder changed as plain data: the difference, its entries, and files with problems."""
    return {
        **difference(found),
        "entries": entries(recorded)["entries"],
        "problems": [_problem(problem) for of_file in problems.values() for problem in of_file],
        "behind": {name: list(rows) for name, rows in behind.items()},
    }


def markdown(
    found: Difference,
    recorded: Sequence[Recorded],
    problems: Mapping[str, Sequence[Problem]],
    behind: Mapping[str, Sequence[str]],
) -> str:
    """Return what one look at a folder changed as a page of Markdown."""
    lines = ["# What changed", ""]
    for one in recorded:
        lines.append(f"## Entry {one.number}: {one.study}")
        lines += ["", *(f"- {sentences(change, one)}" for change in one.changes)]
        lines += [f"- {name} stays out: {reason}" for name, reason in one.left_out.items()]
        lines += [f"- Corrects entry {one.supersedes}: {one.reason}"] if one.supersedes else []
        lines.append("")
    lines += ["## Before and after", "", "```text", to_text(page(found)).rstrip(), "```", ""]
    if problems:
        lines += ["## Files with problems, of which nothing was added", ""]
        lines += [f"- {problem}" for of_file in problems.values() for problem in of_file]
        lines.append("")
    if behind:
        lines += ["## Files that are behind the ledger", ""]
        lines += [
            f"- {name}: {', '.join(rows)} stand in the file as before a correction" for name, rows in behind.items()
        ]
        lines.append("")
    return "\n".join(lines)


def verified(file: str, found: Verified) -> dict[str, Any]:
    """Return what a ledger was found to be as plain data."""
    return {
        "schema": VERIFIED,
        "file": file,
        "entries": found.entries,
        "head": found.head or None,
        "at": found.at or None,
        "problems": [_problem(problem) for problem in found.problems],
        "recomputed": list(found.recomputed),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.row,
        "column": problem.column or None,
        "value": problem.value or None,
        "rule": problem.rule,
        "fix": problem.fix,
    }
