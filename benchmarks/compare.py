"""This package beside what else a user would take, in one run: `uv run --group peers python benchmarks/compare.py`.

Every tool does the same tasks on the same data, in turns, and what it finds stands beside an independent reference: a
fast wrong number is worth nothing. A tool that is not there is named with the reason. Options:

    --only fit_13,batch      some tasks
    --without r,pymc         leave tools out
    --keep                   append the ratios to benchmarks/history.csv
    --against last           say what changed since an earlier run on this machine (`last`, or a date)
    --write PAGE             put the table into a page, between its markers

R's packages are timed inside R (from Debian: `apt-get install r-base-core r-cran-metafor r-cran-brms`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from comparison import cases, goals, history, machine, table
from comparison.timing import Measured, Work, in_rounds
from comparison.tools import ours, pymare, pymc, r, statsmodels

PYTHON = {"ours": ours, "pymare": pymare, "statsmodels": statsmodels, "pymc": pymc}
MARKER = "benchmarks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for, and print the table."""
    asked = _parser().parse_args(arguments)
    names = [name for name in cases.tasks() if not asked.only or name in asked.only]
    unknown = {*asked.only} - {*cases.tasks(), "goals"} | {*asked.without} - {*PYTHON, "r"}
    if unknown:
        print(f"not known: {', '.join(sorted(unknown))}; tasks: {', '.join(cases.tasks())}, goals", file=sys.stderr)
        return 2
    begun, busy = datetime.now(UTC), machine.load()
    used, missing = {}, {}
    for name, tool in PYTHON.items():
        reason = "left out" if name in asked.without else tool.absent()
        if reason:
            missing[name] = reason
        else:
            used[name] = tool
    from_r = r.FromR(absent={"R": "left out"}) if "r" in asked.without else r.run(r.PACKAGES)
    missing |= from_r.absent
    parts, lines = [], []
    told = {name: value for tool in used.values() for name, value in tool.versions().items()} | from_r.versions
    versions = ", ".join(f"{name} {value}" for name, value in told.items())
    for name in names:
        measured = _measure(name, used, from_r, missing)
        if not measured:
            continue
        own = next((one.seconds for one in measured if one.tool == ours.NAME), float("nan"))
        parts.append(table.of_task(cases.tasks()[name], measured, own))
        print(parts[-1], end="\n\n", flush=True)
        for one in measured:
            line = history.Line(
                f"{begun:%Y-%m-%d}", machine.name(), versions, f"{name}/{one.tool}", own, one.seconds / own
            )
            lines.append(line)
    if not asked.only or "goals" in asked.only:
        parts.append(goals.measured())
        print(parts[-1], end="\n\n", flush=True)
    said = _foot(begun, busy, versions, missing)
    print(said)
    if asked.against:
        print("", *history.against(lines, history.read(), asked.against), sep="\n")
    if asked.keep:
        history.keep(lines)
    if asked.write:
        table.put(asked.write, MARKER, "\n\n".join([said, *parts]))
    return 0


def _measure(name: str, used: dict[str, object], from_r: r.FromR, missing: dict[str, str]) -> list[Measured]:
    """Return what every tool took for a task, the quickest first; note those that failed."""
    works: dict[str, Work] = {}
    failed: dict[str, str] = {}
    for tool_name, tool in used.items():
        try:
            works |= tool.prepare(name)  # type: ignore[attr-defined]
        except Exception as problem:
            failed[tool_name] = f"{type(problem).__name__}: {problem}"
    measured = [*in_rounds(works, failed=failed), *from_r.measured.get(name, [])]
    missing |= {f"{tool}: {name}": reason for tool, reason in failed.items()}
    return sorted(measured, key=lambda one: one.seconds)


def _foot(begun: datetime, busy: float, versions: str, missing: dict[str, str]) -> str:
    """Say where the figures come from, and what is not in them."""
    said = [
        f"Measured on {begun:%Y-%m-%d %H:%M} UTC in one run on {machine.name()}; {busy:.1f} processes wished to run"
        f" before, {machine.load():.1f} in its last minute, itself included. {versions}.",
        "Times are medians; a ratio above 1 means slower than irlbayes. Errors are distances of mean, sd and ends of"
        " the 95 % interval from the reference, in posterior sds. Those of samplers include Monte Carlo error;"
        " estimators that do not average over tau answer another question.",
    ]
    if missing:
        said.append("Not run: " + "; ".join(f"{name} ({reason})" for name, reason in missing.items()) + ".")
    return "\n\n".join(said)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0], add_help=True)
    several = {"type": lambda text: tuple(text.split(",")), "default": ()}
    parser.add_argument("--only", help="tasks, by commas", **several)
    parser.add_argument("--without", help="tools left out, by commas: pymare, statsmodels, pymc, r", **several)
    parser.add_argument("--keep", action="store_true", help="append the ratios to the history")
    parser.add_argument("--against", help="compare with an earlier run: last, or a date")
    parser.add_argument("--write", type=Path, help="page to put the table into")
    return parser


if __name__ == "__main__":
    sys.exit(main())
