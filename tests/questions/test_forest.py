"""A forest's numbers: those of other questions again, likelihoods, and p-value functions."""

import numpy as np
import pytest
from scipy.stats import norm

from irlbayes import workflow
from irlbayes.answering import ask, result, usual
from irlbayes.core.answers import Evidence, Posterior
from irlbayes.core.words import KINDS
from irlbayes.effects.table import kinds


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    table = workflow.read_reports("irl")
    return workflow.fit(workflow.effect_table(table, "relapse"), workflow.load_model(table.outcomes["relapse"]))


@pytest.fixture(scope="module")
def forest(posterior: Posterior) -> Evidence:
    return ask(posterior, "forest")


def test_it_repeats_what_other_questions_say(posterior: Posterior, forest: Evidence) -> None:
    numbers = forest.numbers
    for entry, other in zip(numbers["studies"], ask(posterior, "shrinkage").numbers["studies"], strict=True):
        assert all(entry[name] == other[name] for name in ("study", "report", "yi", "share", "ci_low", "ci_high"))
        assert entry["median"] == pytest.approx(other["median"], rel=1e-12)
    for name, question in (("mean", "pooled"), ("new_study", "new_study")):
        other = ask(posterior, question).numbers
        assert all(
            numbers[name][key] == other[key] for key in ("median", "ci_low", "ci_high", "p_gt_null", "prior_p_gt_null")
        )
    assert numbers["prior"]["ci_high"] == pytest.approx(norm.ppf(0.975), rel=1e-9)
    assert numbers["prior"]["median"] == 0.0
    assert forest.passed


def test_curves_of_reports(posterior: Posterior, forest: Evidence) -> None:
    x = np.array(forest.numbers["x"])
    sized, direction = forest.numbers["studies"]
    study = posterior.effects.studies[0]
    assert study.curve.is_normal
    assert study.sei is not None
    z = (x - sized["yi"]) / study.sei
    assert sized["likelihood"] == pytest.approx(np.exp(-0.5 * z**2), abs=1e-9)
    assert sized["p"] == pytest.approx(2.0 * norm.sf(np.abs(z)), abs=1e-9)
    assert direction["pieces"][0][1] is None
    assert np.all(np.diff(direction["likelihood"]) >= 0.0)
    assert direction["likelihood"][-1] <= 1.0


def test_curves_of_the_posterior_cut_at_their_intervals(forest: Evidence) -> None:
    """The curve of p passes 0.05 at the ends of the central 95 % interval, and 1 at the median."""
    x = np.array(forest.numbers["x"])
    mean = forest.numbers["mean"]
    p = np.array(mean["p"])
    rising, falling = x <= mean["median"], x >= mean["median"]
    assert np.interp(0.05, p[rising], x[rising]) == pytest.approx(mean["ci_low"], abs=0.01)
    assert np.interp(-0.05, -p[falling], x[falling]) == pytest.approx(mean["ci_high"], abs=0.01)
    assert p.max() == pytest.approx(1.0, abs=0.02)
    assert x[0] < min(mean["ci_low"], 0.0) < mean["ci_high"] < x[-1]


def test_a_flat_prior_has_no_row(posterior: Posterior) -> None:
    flat = workflow.load_model(posterior.effects.outcome, prior_mu="flat")
    studies = workflow.effect_table(workflow.read_reports("irl"), "irl_prevalence")
    numbers = ask(workflow.fit(studies, workflow.load_model(studies.outcome, prior_mu="flat")), "forest").numbers
    assert flat.mu.proper is False
    assert numbers["prior"] is None
    assert numbers["mean"]["prior_p_gt_null"] is None


def test_it_waits_for_a_request(posterior: Posterior) -> None:
    """An analysis does not pay for curves that only pictures need."""
    assert "forest" not in usual()
    assert "forest" not in result(posterior, 0.95, ()).answers


def test_every_report_kind_has_words() -> None:
    assert set(KINDS) == set(kinds())
    assert all(len(words) <= 20 for words in KINDS.values())
