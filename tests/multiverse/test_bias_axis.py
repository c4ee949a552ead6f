"""Bias models as an axis of the multiverse: what each line pools, and where it makes no sense."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from irlbayes import biased, specifications, workflow
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.examining import Pooled
from irlbayes.core.specified import ZERO
from irlbayes.core.types import EffectTable
from irlbayes.posterior.refit import refit

FEW = {"reading": ["as_printed"], "reports": ["all"], "inclusion": ["primary"], "prior": ["declared"]}


@pytest.fixture(scope="module")
def relapse() -> tuple[EffectTable, ModelSpec]:
    table = workflow.read_reports("irl")
    return workflow.effect_table(table, "relapse"), workflow.load_model(table.outcomes["relapse"])


def pool(effects: EffectTable, model: ModelSpec, *families: str) -> Pooled:
    return biased.pooled(families, {}, effects, model)


@pytest.mark.parametrize("common", [False, True])
def test_no_selection_is_the_ordinary_posterior(relapse: tuple[EffectTable, ModelSpec], common: bool) -> None:
    """Within the error that the coarser rules measure, 1e-5 of an sd here."""
    effects, model = relapse
    ordinary = refit(effects.studies, model, tau_at=0.0 if common else None)
    found = pool(effects, replace(model, tau=ZERO) if common else model, "none")
    assert found.mu is not None
    assert ordinary.mu is not None
    assert found.error_bound < 1e-5
    assert float(found.mu.sf(0.0)) == pytest.approx(float(ordinary.mu.sf(0.0)), abs=1e-5)
    assert found.mu.interval(0.95) == pytest.approx(ordinary.mu.interval(0.95), abs=1e-4)
    assert found.log_marginal_likelihood == pytest.approx(ordinary.log_marginal_likelihood, abs=1e-5)


@pytest.mark.parametrize(("families", "row"), [(("selection",), "selection"), (("PET",), "PET")])
def test_lines_average_to_what_bias_says(
    relapse: tuple[EffectTable, ModelSpec], families: tuple[str, ...], row: str
) -> None:
    """`irlbayes bias` averages over heterogeneity and none of it, each as probable before: so do two lines by hand."""
    effects, model = relapse
    two = [pool(effects, one, *families) for one in (model, replace(model, tau=ZERO))]
    level = np.array([one.log_marginal_likelihood for one in two], dtype=float)
    share = np.exp(level - np.logaddexp.reduce(level))
    chances = [float(one.mu.sf(0.0)) for one in two if one.mu is not None]
    (found,) = biased.bias("irl", outcomes=["relapse"])["results"]
    assert share @ chances == pytest.approx(found["rows"][row]["mu"]["p_gt_null"], abs=1e-5)


def test_the_axis_is_there_on_request_and_says_where_it_makes_no_sense() -> None:
    plain = specifications.multiverse("irl", outcomes=["relapse"], only={**FEW, "model": ["normal"]})
    assert "bias" not in plain.outcomes[0][1].numbers["axes"]
    asked = {**FEW, "model": ["normal", "student_t(4)"], "bias": ["none", "selection"]}
    found = specifications.multiverse("irl", outcomes=["relapse"], only=asked)
    rows = {
        (row["choices"]["model"], row["choices"]["bias"]): row for row in found.outcomes[0][1].numbers["specifications"]
    }
    assert len(rows) == 4
    assert found.passed
    assert rows["student_t(4)", "selection"]["reason"] == "models of selection have no student_t(4) random effects"
    assert rows["normal", "selection"]["p_gt_null"] < rows["normal", "none"]["p_gt_null"]


def test_an_outcome_without_a_null_has_no_selection() -> None:
    only = {**FEW, "model": ["normal"], "bias": ["none", "selection"]}
    found = specifications.multiverse("irl", outcomes=["irl_prevalence", "relapse"], only=only)
    counts = {outcome.name: len(evidence.numbers["specifications"]) for outcome, evidence in found.outcomes}
    assert counts == {"irl_prevalence": 1, "relapse": 2}
