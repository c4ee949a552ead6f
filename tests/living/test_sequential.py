"""A ledger says what an analysis of all its rows says, whatever the order in which they came."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import gammaln, ndtr

from irlbayes import workflow
from irlbayes.living import open_ledger

SAME = 1e-10  # relative to the posterior sd; log marginal likelihoods and probabilities as they are
MIXTURE = ("yi_sei", "counts", "p_value", "significance", "direction")


@pytest.fixture
def in_order(
    plain: Callable[..., Path], example_rows: Callable[..., Any], furthest: Callable[..., float]
) -> Callable[..., float]:
    """Return a function that adds rows in a random order, and says how far the end is from a fit of all of them."""

    def run(seed: int, count: int, kinds: tuple[str, ...]) -> float:
        rows = example_rows(count, seed, kinds)
        path = plain(f"{seed}.ledger")
        with open_ledger(path) as ledger:
            for i in np.random.default_rng(seed).permutation(count):
                ledger.add([rows[i]])
            found = ledger.posterior("effect")
        return furthest(path, found)

    return run


@pytest.mark.parametrize("seed", range(2))
def test_one_after_another_equals_all_at_once(in_order: Callable[..., float], seed: int) -> None:
    assert in_order(seed, 6, MIXTURE) < SAME


def test_normal_rows_in_any_order(in_order: Callable[..., float]) -> None:
    assert in_order(11, 12, ("yi_sei",)) < SAME


@pytest.mark.slow
def test_many_random_orders(in_order: Callable[..., float]) -> None:
    """Sixty ledgers of three to twelve rows of every weight, each in an order of its own."""
    rng = np.random.default_rng(5)
    found = [in_order(100 + i, int(rng.integers(3, 13)), MIXTURE) for i in range(60)]
    assert max(found) < SAME


def test_entries_say_what_a_fit_says(plain: Callable[..., Path], example_rows: Callable[..., Any]) -> None:
    """The numbers that an entry keeps are those of the posterior; its surprise is that of its row given the rest."""
    path = plain()
    rows = example_rows(4, 3, ("yi_sei",))
    with open_ledger(path) as ledger:
        entries = [ledger.add([row])[0] for row in rows]
        (change,) = entries[-1].changes
        mu = ledger.posterior("effect").mu
        assert mu is not None
    table = workflow.read_reports(path)
    earlier = replace(table, reports=table.reports[:-1])
    before = workflow.fit(workflow.effect_table(earlier, "effect"), workflow.load_model(table.outcomes["effect"]))
    assert change.after["mu"]["mean"] == pytest.approx(mu.mean, abs=1e-12)
    assert change.after["mu"]["p_gt_null"] == pytest.approx(float(mu.sf(0.0)), abs=1e-12)
    assert change.before is not None
    assert change.before["mu"]["p_gt_null"] == pytest.approx(float(before.after.mu.sf(0.0)), abs=1e-10)
    (surprise,) = change.surprise.values()
    whole = workflow.fit(workflow.effect_table(table, "effect"), workflow.load_model(table.outcomes["effect"]))
    assert surprise["log_score"] == pytest.approx(
        whole.log_marginal_likelihood - before.log_marginal_likelihood, abs=1e-10
    )
    new = before.after.theta_new  # the predictive distribution of an estimate with this standard error, integrated
    below = float(new.mass @ ndtr((rows[-1]["yi"] - new.x) / rows[-1]["sei"]))
    assert surprise["tail"] == pytest.approx(2.0 * min(below, 1.0 - below), abs=1e-9)


def test_surprise_of_counts_is_that_of_simulated_tables(
    plain: Callable[..., Path], example_rows: Callable[..., Any]
) -> None:
    """Tables of the same margins at true effects drawn from what was known, by other code than the report kind's."""
    path = plain()
    row = {"study": "far", "ai": 30, "n1i": 60, "ci": 14, "n2i": 60}
    with open_ledger(path) as ledger:
        for known in example_rows(3, 4, ("yi_sei",)):
            ledger.add([known])
        before = ledger.posterior("effect").theta_new
        assert before is not None
        (entry,) = ledger.add([row])
    rng = np.random.default_rng(9)
    effects = before.quantile(rng.uniform(1e-9, 1.0 - 1e-9, 3000))
    events = np.arange(0, 45)
    log_weight = gammaln(61) * 2 - (
        gammaln(events + 1) + gammaln(61 - events) + gammaln(45 - events) + gammaln(17 + events)
    )
    weight = np.exp(log_weight + effects[:, None] * events)
    weight /= weight.sum(axis=1, keepdims=True)
    as_high = float(weight[:, 30:].sum(axis=1).mean())
    as_low = float(weight[:, :31].sum(axis=1).mean())
    (found,) = entry.changes[0].surprise.values()
    expected = min(1.0, 2.0 * min(as_high, as_low))
    error = 2.0 * math.sqrt(expected / 2.0 / 1000)  # of a thousand simulated tables
    assert found["tail"] == pytest.approx(expected, abs=4.0 * error)
