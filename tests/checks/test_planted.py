"""What `irlbayes check` finds in simulated evidence: an outlier, a conflict, a subgroup; and nothing in clean data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irlbayes import trust
from irlbayes.core.examining import Examined

ALARMING = ("conflict", "leave_one_out", "predictive", "subgroups")
SEED = 20261123
STUDIES = 10


def simulated(path: Path, rng: np.random.Generator, **planted: float) -> Path:
    """Write normal reports from the default model's own priors, as a plain table with a column of groups."""
    mu = planted.get("mu", float(rng.normal(0.0, 1.0)))
    tau = planted.get("tau", abs(float(rng.normal(0.0, 0.5))))
    lines = ["study,yi,sei,field"]
    for i in range(STUDIES):
        sei = float(rng.uniform(0.1, 0.4))
        theta = rng.normal(mu, tau) + planted.get("group", 0.0) * (i % 2)
        if i == 3:
            theta += planted.get("outlier", 0.0)
        lines.append(f"study{i + 1},{rng.normal(theta, sei):.6f},{sei:.6f},{'7T' if i % 2 else '3T'}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def examined(path: Path, only: tuple[str, ...] = ALARMING, **options: str) -> Examined:
    (one,) = trust.check(path, only=only, scale="smd", **options).examined
    return one


def test_an_outlier(tmp_path: Path) -> None:
    path = simulated(tmp_path / "e.csv", np.random.default_rng(SEED), mu=0.3, tau=0.1, outlier=3.0)
    one = examined(path)
    assert "leave_one_out" in one.alarms
    assert one.checks["leave_one_out"].statement.startswith("study4 (p ")
    assert one.verdict.startswith("Look before you lean on it: ")
    assert one.result.alarms == (one.checks["leave_one_out"].statement,)  # analyze says it in a line


def test_a_prior_data_conflict(tmp_path: Path) -> None:
    path = simulated(tmp_path / "e.csv", np.random.default_rng(SEED), mu=1.5, tau=0.1)
    one = examined(path, prior_mu="normal(0, 0.3)", prior_tau="half_normal(0.1)")
    assert "conflict" in one.alarms
    assert "the prior of the mean effect, normal(0, 0.3)" in one.verdict


def test_a_subgroup(tmp_path: Path) -> None:
    path = simulated(tmp_path / "e.csv", np.random.default_rng(SEED), mu=0.1, tau=0.05, group=1.2)
    one = examined(path)
    assert "subgroups" in one.alarms
    assert "The studies divide by field: " in one.verdict


def alarms(count: int, tmp_path: Path, seed: int) -> int:
    """Count clean data sets that raise any alarm."""
    found = 0
    for i in range(count):
        path = simulated(tmp_path / "e.csv", np.random.default_rng((seed, i)))
        found += bool(examined(path).alarms)
    return found


def test_clean_evidence_is_quiet(tmp_path: Path) -> None:
    """20 data sets: more than 4 with an alarm would be seen once in 400 times at a rate of 5 %."""
    assert alarms(20, tmp_path, 1) <= 4


@pytest.mark.slow
def test_clean_evidence_is_quiet_in_95_of_100(tmp_path: Path) -> None:
    assert alarms(100, tmp_path, 2) <= 5
