"""A ledger as text: what an entry changed, every entry in a line, and what changed between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes.core.recorded import Change, Difference, Recorded, Said, Verified
from irlbayes.core.types import Finding, Outcome
from irlbayes.core.words import measure, measure_short, null_shown, probability, shown
from irlbayes.report.table import problems

NOTHING = "–"
FIRST = ("id", "study", "cohort", "outcome", "report", "use")


def added(entries: Sequence[Recorded], findings: Sequence[Finding], written: bool) -> RenderableType:
    """Return what new entries changed.

    Parameters
    ----------
    entries : sequence of Recorded
    findings : sequence of Finding
        What looks wrong about their rows.
    written : bool
        False for a dry run.
    """
    parts: list[RenderableType] = [] if written else [Text("Dry run: nothing was written.", style="bold"), Text("")]
    for one in entries:
        parts += [entry(one), Text("")]
    if findings:
        parts += [Text("what looks wrong", style="bold"), *(_bullet(one.words) for one in findings), Text("")]
    parts.append(_decisions(entries))
    return Group(*parts)


def entry(one: Recorded, cells: bool = False) -> RenderableType:
    """Return one entry: where it is from, and what it changed.

    Parameters
    ----------
    one : Recorded
    cells : bool
        Whether its rows are shown cell by cell.
    """
    parts: list[RenderableType] = [Text(_title(one), style="bold"), *(Text(line, style="dim") for line in _facts(one))]
    if one.kind == "opening":
        parts += [Text(""), *_opening(one)]
    else:
        for change in one.changes:
            parts += [Text(""), Text(sentences(change, one)), _numbers(change)]
        parts += [_bullet(f"{name} stays out: {reason}") for name, reason in one.left_out.items()]
    if cells:
        parts += [Text(""), *(_cells(row) for row in one.rows)]
    return Group(*parts)


def _title(one: Recorded) -> str:
    what = {"opening": "opened", "correction": f"corrects entry {one.supersedes}"}.get(one.kind, one.study)
    named = f"{what}: {one.study}" if one.kind == "correction" else what
    number = "entry" if one.number is None else f"entry {one.number}"
    return f"{number}, {named}" + (f", {one.at[:10]}" if one.at else "")


def _facts(one: Recorded) -> list[str]:
    count = len(one.rows)
    facts = [f"{count} {'row' if count == 1 else 'rows'}"]
    if one.source:
        facts.append(f"from {one.source['file']} (sha256 {one.source['sha256'][:12]})")
    if one.sha256:
        facts.append(f"hash {one.sha256[:12]}")
    lines = [", ".join(facts), *(f"read: {sentence}" for sentence in one.reading)]
    return [*lines, f"reason: {one.reason}"] if one.reason else lines


def sentences(change: Change, one: Recorded) -> str:
    """Say in two sentences what an entry changed of one outcome: who came and how unexpected, and what is said now."""
    outcome, after, before = change.outcome, change.after, change.before
    verb = "corrects" if one.kind == "correction" else "adds to"
    first = f"{one.study} {verb} {outcome.label.lower()}, which now rests on {_studies(after)}"
    if before is not None:
        first += f" (before: {before['k']})"
    tails = [found["tail"] for found in change.surprise.values() if found["tail"] is not None]
    if tails:
        far = " and ".join(probability(tail) for tail in tails)
        given = "the other studies so far" if after["k"] > len(tails) else "the prior alone"
        first += f"; given {given}, a report of its kind at least this far out had a probability of {far}"
    if "reason" in after:
        return f"{first}. There is no answer: {after['reason']}."
    return f"{first}. {_statement(change)}" + ("" if after["passed"] else " It failed its checks: do not use it.")


def _statement(change: Change) -> str:
    """Say the mean effect with its interval, its probability before and after, and the model."""
    outcome, after = change.outcome, change.after
    words = f"The mean effect ({measure(outcome)}) is {_estimate(after['mu'], outcome)}, {after['level']:.0%} interval"
    earlier = [
        (said, when)
        for said, when in ((change.before, "before it"), (change.prior, "before any data"))
        if said is not None and "mu" in said and (when == "before any data" or said["k"])
    ]
    if outcome.null is None:
        words += "".join(f"; {when} {_estimate(said['mu'], outcome)}" for said, when in earlier)
    else:
        words += f"; the probability that it is above {null_shown(outcome)} is {probability(after['mu']['p_gt_null'])}"
        words += "".join(f", {probability(said['mu']['p_gt_null'])} {when}" for said, when in earlier)
    return f"{words}. Model {change.model}."


def _studies(said: Said) -> str:
    return f"{said['k']} {'study' if said['k'] == 1 else 'studies'}"


def _estimate(numbers: Mapping[str, Any], outcome: Outcome) -> str:
    middle = numbers["mean"] if numbers["mean"] is not None else numbers["median"]
    return f"{shown(middle, outcome)} [{shown(numbers['ci_low'], outcome)}, {shown(numbers['ci_high'], outcome)}]"


def _numbers(change: Change, first: str = "before", second: str = "now") -> Table:
    """Return what was said before any data, before and after, side by side."""
    outcome = change.outcome
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column(f"{outcome.label}, {measure_short(outcome)}", overflow="fold")
    for name in ("before any data", first, second):
        table.add_column(name, justify="right", no_wrap=True)
    columns = [_column(said, outcome) for said in (change.prior, change.before, change.after)]
    level = f"{change.after['level']:.0%}"
    for name in columns[-1]:
        table.add_row(name.replace("LEVEL", level), *(column.get(name, NOTHING) for column in columns))
    return table


def _column(said: Said | None, outcome: Outcome) -> dict[str, str]:
    """Return what is said of an outcome, in words, by what it is."""
    found = {"studies": "0" if said is None else str(said["k"])}
    if said is None or "mu" not in said:
        return found
    for name, numbers in (("mean", said["mu"]), ("new study", said["new_study"])):
        found[f"{name} [LEVEL interval]"] = _estimate(numbers, outcome)
        if outcome.null is not None:
            found[f"P({name} > {null_shown(outcome)})"] = probability(numbers["p_gt_null"])
        for threshold, p in zip(outcome.thresholds, numbers["p_gt"], strict=False):
            found[f"P({name} > {shown(threshold.value, outcome)})"] = probability(p)
    tau = said["tau"]
    found["tau, median [LEVEL interval]"] = f"{tau['median']:.2f} [{tau['ci_low']:.2f}, {tau['ci_high']:.2f}]"
    return found


def _opening(one: Recorded) -> list[RenderableType]:
    """Return what is said of every outcome at the start, in a row each."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("outcome", overflow="fold")
    table.add_column("k", justify="right", no_wrap=True)
    table.add_column("mean effect", no_wrap=True)
    table.add_column("P(> null) (prior)", justify="right", no_wrap=True)
    for change in one.changes:
        after = change.after
        name = Text(change.outcome.label).append(f", {measure_short(change.outcome)}", style="dim")
        if "mu" in after:
            prior = change.prior["mu"]["p_gt_null"] if change.prior and "mu" in change.prior else None
            chance = NOTHING
            if change.outcome.null is not None:
                chance = f"{probability(after['mu']['p_gt_null'])} ({probability(prior)})"
            table.add_row(name, str(after["k"]), _estimate(after["mu"], change.outcome), chance)
        else:
            table.add_row(name, str(after["k"]), Text(after["reason"]), NOTHING)
    if one.changes:
        return [table]
    return [Text("No row yet.", style="dim")]


def _decisions(entries: Sequence[Recorded]) -> Text:
    turned = [(change, words) for one in entries for change in one.changes for words in change.turned]
    if not turned:
        return Text("No decision changed.", style="bold")
    return Text("Decision changed: " + "; ".join(_turn(*item) for item in turned) + ".", style="bold")


def _turn(change: Change, words: str) -> str:
    met = change.after["decided"][words]
    state = "is now met" if met["met"] else "is no longer met"
    return f"{change.outcome.name}: {words} {state} ({probability(met['p'])})"


def _cells(row: Mapping[str, Any]) -> RenderableType:
    """Return a row cell by cell, with how cells came about."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    cells = row["cells"]
    for name in dict.fromkeys([*FIRST, *cells]):
        value = cells[name]
        origin = row.get("origins", {}).get(name, "")
        text = f"{value:g}" if isinstance(value, float) else str(value)
        grid.add_row(name, text + (f"  ({origin})" if origin else ""))
    return Padding(grid, (0, 0, 1, 2))


def _bullet(text: str) -> Padding:
    return Padding(Text(f"- {text}"), (0, 0, 0, 2))


def log(entries: Sequence[Recorded]) -> RenderableType:
    """Return every entry, a line for each outcome that it changed."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("no.", justify="right", no_wrap=True)
    table.add_column("date", no_wrap=True)
    table.add_column("study", overflow="fold")
    table.add_column("outcome", overflow="fold")
    table.add_column("what", overflow="fold")
    table.add_column("k", justify="right", no_wrap=True)
    table.add_column("P(> null)\nbefore", justify="right", no_wrap=True)
    table.add_column("\nafter", justify="right", no_wrap=True)
    table.add_column("\nsurprise", justify="right", no_wrap=True)
    for one in entries:
        lines = _lines(one)
        for place, line in enumerate(lines):
            known = (str(one.number), one.at[:10], "" if one.kind == "opening" else one.study)
            table.add_row(*(known if place == 0 else ("", "", "")), *line)
    notes = (
        "k: studies after the entry. P(> null): probability that the mean effect is above no effect. surprise: how"
        " probable, before it, a report of this kind was that lies at least as far out, on either side; small is"
        " surprising."
    )
    return Group(table, Text(notes, style="dim"))


def _lines(one: Recorded) -> list[tuple[str, ...]]:
    """Return an entry's lines: outcome, what happened, studies, P before and after, surprise."""
    lines: list[tuple[str, ...]] = []
    what = {"opening": "opened", "correction": f"corrects {one.supersedes}"}.get(one.kind, "added")
    for change in one.changes:
        tails = [found["tail"] for found in change.surprise.values() if found["tail"] is not None]
        flags = [
            *(["decision changed"] if change.turned and one.kind != "opening" else []),
            *([] if change.after.get("passed", True) else ["failed its checks"]),
        ]
        lines.append(
            (
                change.outcome.name,
                "; ".join([what, *flags]),
                str(change.after["k"]),
                _above_null(change.before),
                _above_null(change.after),
                ", ".join(probability(tail) for tail in tails) or NOTHING,
            )
        )
    told = {change.outcome.name for change in one.changes}
    silent = dict.fromkeys(str(row["cells"]["outcome"]) for row in one.rows)
    if one.kind != "opening":
        lines += [(name, "stays out", *[NOTHING] * 4) for name in silent if name not in told]
    return lines or [("", "opened, no rows", *[NOTHING] * 4)]


def _above_null(said: Said | None) -> str:
    return NOTHING if said is None or "mu" not in said else probability(said["mu"]["p_gt_null"])


def difference(found: Difference) -> RenderableType:
    """Return what changed between two states of the evidence."""
    parts: list[RenderableType] = [Text(f"From {found.first} to {found.second}", style="bold")]
    rows = (("added", found.added), ("corrected", found.corrected), ("not there any more", found.gone))
    parts += [_bullet(f"{what}: {', '.join(names)}") for what, names in rows if names]
    if not any(names for _, names in rows):
        parts.append(Text("The rows are the same."))
    for change in found.changes:
        parts += [Text(""), _numbers(change, "first", "second")]
    if not found.changes:
        parts.append(Text("What the evidence says is the same."))
    turned = [_turn(change, words) for change in found.changes for words in change.turned]
    last = f"Decision changed: {'; '.join(turned)}." if turned else "No decision changed."
    return Group(*parts, Text(""), Text(last, style="bold"))


def verified(file: str, found: Verified) -> RenderableType:
    """Return what a ledger was found to be."""
    count = f"{found.entries} {'entry' if found.entries == 1 else 'entries'}"
    if found.problems:
        wrong = len(found.problems)
        title = f"{file}: {wrong} {'problem' if wrong == 1 else 'problems'}; {count} can be read"
        return Group(Text(title, style="bold"), problems(found.problems))
    parts = [Text(f"{file}: {count}, every byte and every link as it was written", style="bold")]
    if found.recomputed:
        parts.append(Text(f"pooled again, with the same numbers: {', '.join(found.recomputed)}"))
    parts.append(Text(f"last entry: {found.at[:10]}, hash {found.head}"))
    note = "The hash stands for everything before it: publish it, and anyone can check a copy with --head."
    return Group(*parts, Text(note, style="dim"))
