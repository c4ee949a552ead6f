"""What many specifications come to: decisions, the share that agrees, and which choice moves the answer most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

ABOVE, BELOW, UNDECIDED = "above", "below", "undecided"
Row = Mapping[str, Any]


def decide(p_gt_null: float | None, level: float) -> str:
    """Decide by the probability of an effect above the null; empty where there is none.

    Parameters
    ----------
    p_gt_null : float or None
    level : float
        Probability at which a side is called.

    Examples
    --------
    >>> [decide(p, 0.95) for p in (0.95, 0.5, 0.05)]
    ['above', 'undecided', 'below']
    """
    if p_gt_null is None:
        return ""
    if p_gt_null >= level:
        return ABOVE
    return BELOW if 1.0 - p_gt_null >= level else UNDECIDED


def agreement(rows: Sequence[Row]) -> dict[str, Any]:
    """Count the decisions, and the share of the answered specifications that decide as the first does.

    Parameters
    ----------
    rows : sequence of Mapping
        Answered specifications with ``decision`` and ``key``; the primary one first.

    Examples
    --------
    >>> rows = [{"decision": "above", "key": "a"}, {"decision": "above", "key": "a"}, {"decision": "below", "key": "b"}]
    >>> found = agreement(rows)
    >>> round(found["share"], 4), found["share_of_distinct"], found["decisions"]
    (0.6667, 0.5, {'above': 2, 'undecided': 0, 'below': 1})
    """
    primary = rows[0]["decision"]
    distinct = list({row["key"]: row for row in rows}.values())
    return {
        "decisions": {name: sum(row["decision"] == name for row in rows) for name in (ABOVE, UNDECIDED, BELOW)},
        "share": sum(row["decision"] == primary for row in rows) / len(rows),
        "share_of_distinct": sum(row["decision"] == primary for row in distinct) / len(distinct),
    }


def by_option(rows: Sequence[Row], axis: str, names: Sequence[str], value: str) -> list[dict[str, Any]]:
    """Return median and range of a number, and the share that agrees with the first row, for each option of an axis."""
    told = []
    for name in names:
        here = [row for row in rows if row["choices"][axis] == name]
        numbers = [row[value] for row in here]
        told.append(
            {
                "option": name,
                "specifications": len(here),
                "median": float(np.median(numbers)) if here else None,
                "lowest": min(numbers) if here else None,
                "highest": max(numbers) if here else None,
                "share": sum(row["decision"] == rows[0]["decision"] for row in here) / len(here) if here else None,
            }
        )
    return told


def moved(rows: Sequence[Row], axis: str, value: str) -> dict[str, float | None]:
    """Say how far the choice on one axis moves a number.

    Parameters
    ----------
    rows : sequence of Mapping
        Answered specifications with ``choices``, ``decision`` and the number.
    axis, value : str
        Name of the axis, and of the number.

    Returns
    -------
    dict
        ``variance_share``: variance of the options' means, each with its specifications' weight, over the whole
        variance (the law of total variance, so no model of the specifications is behind it); None where nothing
        varies. ``mean_range`` and ``largest_range``: the range when this choice alone changes, over all settings of
        the others. ``changes_decision``: the share of these settings in which it changes the decision.

    Examples
    --------
    >>> rows = [{"choices": {"a": a, "b": b}, "decision": "", "p": p}
    ...         for a, b, p in (("1", "1", 0.1), ("1", "2", 0.3), ("2", "1", 0.5), ("2", "2", 0.7))]
    >>> {name: round(number, 3) for name, number in moved(rows, "a", "p").items()}
    {'variance_share': 0.8, 'mean_range': 0.4, 'largest_range': 0.4, 'changes_decision': 0.0}
    """
    numbers = np.array([row[value] for row in rows], dtype=float)
    whole = float(numbers.var())
    between = 0.0
    options = [row["choices"][axis] for row in rows]
    for name in dict.fromkeys(options):
        here = numbers[[option == name for option in options]]
        between += here.size / numbers.size * float((here.mean() - numbers.mean()) ** 2)
    settings: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        settings.setdefault(tuple(v for k, v in row["choices"].items() if k != axis), []).append(row)
    ranges = [max(row[value] for row in group) - min(row[value] for row in group) for group in settings.values()]
    changed = [len({row["decision"] for row in group}) > 1 for group in settings.values()]
    return {
        "variance_share": between / whole if whole > 0.0 else None,
        "mean_range": float(np.mean(ranges)),
        "largest_range": float(max(ranges)),
        "changes_decision": sum(changed) / len(changed),
    }
