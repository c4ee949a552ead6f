"""Ledgers of example numbers: rows of every weight, made by a seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irlbayes import workflow
from irlbayes.core.examining import Pooled
from irlbayes.opening import init_ledger

Row = dict[str, Any]


def _rows(count: int, seed: int, kinds: tuple[str, ...] = ("yi_sei", "counts", "p_value", "significance")) -> list[Row]:
    """Return example rows on the odds ratio, every kind in turn."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for i in range(count):
        effect, n = float(rng.normal(0.3, 0.3)), int(rng.integers(25, 90))
        kind = kinds[i % len(kinds)]
        row: Row = {"study": f"s{seed}_{i}", "report": kind}
        if kind == "yi_sei":
            row |= {"yi": round(effect, 3), "sei": round(float(rng.uniform(0.15, 0.5)), 3), "scale": "log_or"}
        elif kind == "counts":
            p = 1.0 / (1.0 + np.exp(1.2 - effect))
            row |= {"ai": int(rng.binomial(n, p)), "n1i": n, "ci": int(rng.binomial(n, 0.23)), "n2i": n}
        else:
            row |= {"n1i": n, "n2i": n + 3}
            row |= {
                "p_value": {"pval": round(float(rng.uniform(0.02, 0.9)), 3), "sign": "+"},
                "significance": {"verdict": "not_significant", "alpha": 0.05},
                "direction": {"sign": "+"},
            }[kind]
        rows.append(row)
    return rows


def _furthest(path: Path, found: Pooled, use: str = "primary") -> float:
    """Return the largest distance of a ledger's posterior from a fit of its rows from the start."""
    table = workflow.read_reports(path)
    (name,) = table.outcomes
    batch = workflow.fit(workflow.effect_table(table, name, use), workflow.load_model(table.outcomes[name]))
    distances = [abs(found.log_marginal_likelihood - batch.log_marginal_likelihood)]
    at = np.array([0.025, 0.5, 0.975])
    for ours, theirs in (
        (found.mu, batch.after.mu),
        (found.tau, batch.after.tau),
        (found.theta_new, batch.after.theta_new),
    ):
        gaps = [ours.mean - theirs.mean, ours.sd - theirs.sd, *(ours.quantile(at) - theirs.quantile(at))]
        distances += [abs(gap) / theirs.sd for gap in gaps]
        distances.append(float(abs(ours.sf(0.1) - theirs.sf(0.1))))
    return max(distances)


@pytest.fixture(scope="session")
def example_rows() -> Callable[..., list[Row]]:
    """Return a function that makes example rows."""
    return _rows


@pytest.fixture(scope="session")
def furthest() -> Callable[..., float]:
    """Return a function that compares a ledger's posterior with a fit of its rows from the start."""
    return _furthest


@pytest.fixture
def plain(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that begins an empty ledger on the odds ratio."""

    def begin(name: str = "plain.ledger", **options: Any) -> Path:
        init_ledger(tmp_path / name, None, empty=True, **{"scale": "log_or", **options})
        return tmp_path / name

    return begin
