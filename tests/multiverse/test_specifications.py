"""Every specification is the analysis that it names; each distinct posterior is computed once; shares add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from irlbayes import computing, specifications, workflow
from irlbayes.core import priors
from irlbayes.core.answers import Evidence
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.decomposition import moved
from irlbayes.core.errors import InputError
from irlbayes.core.examining import Pooled
from irlbayes.core.rivals import panel
from irlbayes.core.specified import Option, Work
from irlbayes.core.types import EffectTable
from irlbayes.data.readings import read_as
from irlbayes.models import library
from irlbayes.posterior.refit import refit
from irlbayes.specifications import multiverse, parse_only

TINY = 1e-6  # of the scale of tau's declared prior: the main job has no prior at zero itself
FEW = {"model": ["normal", "common_effect"], "prior": ["declared", "sceptical", "enthusiastic"]}
REPORTS: dict[str, dict[str, Any]] = {
    "all": {},
    "no_direction": {"drop_reports": ["direction"]},
    "no_direction_no_significance": {"drop_reports": ["direction", "significance"]},
    "normal": {"likelihood": "normal"},
}
INCLUSION = {"primary": "primary", "primary_and_sensitivity": "sensitivity"}


def only(outcome: str, **options: Any) -> Evidence:
    """Return the one outcome's answer."""
    ((_, evidence),) = multiverse("irl", outcomes=[outcome], **options).outcomes
    return evidence


@pytest.fixture(scope="module")
def relapse() -> Evidence:
    return only("relapse", only=FEW)


def exactly(prior: Prior) -> str:
    """Write a prior with all its digits."""
    return f"{prior.family}({', '.join(map(repr, prior.parameters))})"


def same_by_analyze(outcome: str, choices: dict[str, str]) -> dict[str, Any]:
    """Answer a specification by the main job, from its choices alone."""
    table = workflow.read_reports("irl")
    model = workflow.load_model(table.outcomes[outcome])
    sized = library.sized(table.outcomes[outcome], True)
    everyone = [*panel(model), *(replace(model, name=name, mu=prior) for name, _, prior in sized)]
    rivals = {one.name.replace(" ", "_").replace("-", "_"): one for one in everyone}
    rival = rivals[choices["prior"]]
    common = choices["model"] == "common_effect"
    tau = Prior("uniform", (0.0, TINY * priors.scale(model.tau))) if common else rival.tau
    analysis = workflow.analyze(
        table if choices["reading"] == "as_printed" else read_as(table, choices["reading"]),
        outcomes=[outcome],
        use=INCLUSION[choices["inclusion"]],
        **REPORTS[choices["reports"]],
        random_effects="normal" if common else choices["model"],
        prior_mu=exactly(rival.mu),
        prior_tau=exactly(tau),
    )
    (result,) = analysis.results
    return dict(result.answers["pooled"].numbers)


@pytest.mark.parametrize(
    ("outcome", "restrict", "step"),
    [
        ("relapse", {"prior": ["declared", "enthusiastic", "heavy_tailed_tau"]}, 17),
        ("cognition", {"model": ["normal", "common_effect"], "prior": ["declared"]}, 4),
    ],
)
def test_a_specification_is_the_analysis_that_it_names(outcome: str, restrict: dict[str, list[str]], step: int) -> None:
    """Across all axes, each number is what `analyze` says with the same options, to 1e-10."""
    restrict = {"model": ["normal", "contaminated(0.1, 5)", "common_effect"], **restrict}
    rows = only(outcome, only=restrict).numbers["specifications"]
    sample = [row for row in rows if row["engine"]][::step]
    assert len(sample) >= 7
    for row in sample:
        expected = same_by_analyze(outcome, row["choices"])
        for name in ("mean", "median", "ci_low", "ci_high", "p_gt_null", "prior_p_gt_null"):
            assert row[name] == pytest.approx(expected[name], rel=1e-10, abs=1e-10), (row["choices"], name)


def test_a_common_effect_is_the_limit_of_small_tau() -> None:
    """Tau held at zero says what a prior of tau says that leaves it a millionth of its declared scale."""
    table = workflow.read_reports("irl")
    for outcome in ("relapse", "disability_worsening", "brain_volume"):
        effects, model = workflow.effect_table(table, outcome), workflow.load_model(table.outcomes[outcome])
        tau = Prior("uniform", (0.0, TINY * priors.scale(model.tau)))
        found, held = refit(effects.studies, replace(model, tau=tau)), refit(effects.studies, model, tau_at=0.0)
        assert found.mu is not None
        assert held.mu is not None
        sd = held.mu.sd
        assert sd is not None
        ends = [np.array(one.mu.interval(0.95)) for one in (found, held) if one.mu is not None]
        assert np.abs(ends[0] - ends[1]).max() < 1e-9 * sd


def test_counts_and_posteriors(relapse: Evidence) -> None:
    """2 readings x 4 kinds x 2 inclusions x 2 models x 3 priors; each distinct posterior once, shared by the rest.

    Studies of relapse: an odds ratio with its p, and a side. The odds ratio is normal as it is, sensitivity rows have
    no likelihood: the sets are both rows as printed, both with the side read as significant, and the odds ratio alone.
    """
    numbers = relapse.numbers
    assert numbers["count"] == len(numbers["specifications"]) == 2 * 4 * 2 * 2 * 3
    assert numbers["distinct"] == 3 * 2 * 3
    choices = {tuple(row["choices"].values()) for row in numbers["specifications"]}
    assert choices == set(product(*(axis["options"] for axis in numbers["axes"].values())))
    by_key: dict[str, set[float]] = {}
    for row in numbers["specifications"]:
        by_key.setdefault(row["key"], set()).add(row["p_gt_null"])
    assert len(by_key) == numbers["distinct"]
    assert all(len(values) == 1 for values in by_key.values())


def test_a_common_effect_has_no_prior_of_tau() -> None:
    """Priors that differ in tau alone are one posterior under a common effect."""
    found = only("relapse", only={"model": ["common_effect"], "prior": ["declared", "uniform_tau", "heavy_tailed_tau"],
                                  "reading": ["as_printed"], "reports": ["all"], "inclusion": ["primary"]})  # fmt: skip
    assert (found.numbers["count"], found.numbers["distinct"]) == (3, 1)


def test_shares(relapse: Evidence) -> None:
    """Decisions, the share that agrees, and the range of each option are what the rows say, counted here again."""
    numbers = relapse.numbers
    rows = numbers["specifications"]
    assert [row["p_gt_null"] for row in rows] == sorted(row["p_gt_null"] for row in rows)
    (primary,) = [row for row in rows if row["number"] == 0]
    assert set(primary["choices"].values()) == {"as_printed", "all", "primary", "normal", "declared"}
    counted = {"above": 0, "undecided": 0, "below": 0}
    for row in rows:
        p = row["p_gt_null"]
        counted["above" if p >= 0.95 else "below" if p <= 0.05 else "undecided"] += 1
    assert numbers["decisions"] == counted
    assert min(counted["above"], counted["undecided"]) > 0
    assert numbers["share"] == counted[primary["decision"]] / len(rows)
    for axis, one in numbers["axes"].items():
        for told in one["by_option"]:
            here = [row["p_gt_null"] for row in rows if row["choices"][axis] == told["option"]]
            assert (told["lowest"], told["highest"]) == (min(here), max(here))
            assert told["median"] == np.median(here)
    stricter = only("relapse", only=FEW, decision=0.9999).numbers
    assert stricter["decisions"] == {"above": 0, "undecided": len(rows), "below": 0}
    assert stricter["share"] == 1.0


def test_a_common_effect_that_the_reports_contradict() -> None:
    """Seventeen prevalences from 0.20 to 0.87 have no common one: the specification says so, the others answer."""
    restrict = {
        "reports": ["all"],
        "inclusion": ["primary"],
        "prior": ["declared"],
        "model": ["normal", "common_effect"],
    }
    found = only("irl_prevalence", only=restrict)
    assert [row["engine"] for row in found.numbers["specifications"]] == ["exact", ""]
    assert not found.passed
    assert "contradict a common effect" in found.caveats[0]


def test_variance_is_shared_out_exactly() -> None:
    """Of an additive answer the shares of the axes add to one; an interaction is left over."""
    effects = {"a": {"1": 0.0, "2": 0.3, "3": -0.1}, "b": {"1": 0.0, "2": 0.05}}
    rows = [
        {"choices": {"a": a, "b": b}, "decision": "", "p": 0.5 + effects["a"][a] + effects["b"][b]}
        for a, b in product("123", "12")
    ]
    shares = [moved(rows, axis, "p")["variance_share"] for axis in "ab"]
    a, b = np.var([0.0, 0.3, -0.1]), np.var([0.0, 0.05])
    assert shares == pytest.approx([a / (a + b), b / (a + b)], rel=1e-12)
    assert moved(rows, "b", "p")["mean_range"] == pytest.approx(0.05)
    crossed = [
        {"choices": {"a": a, "b": b}, "decision": a if a == b else "", "p": float(a == b)}
        for a, b in product("12", "12")
    ]
    assert moved(crossed, "a", "p") == {
        "variance_share": 0.0, "mean_range": 1.0, "largest_range": 1.0, "changes_decision": 1.0,
    }  # fmt: skip


def test_outcomes_without_rows_or_null() -> None:
    """Without a null the curve is of the median; where kinds leave no study, the specification says so."""
    restrict = {"model": ["normal"], "prior": ["declared"]}
    prevalence = only("irl_prevalence", only=restrict).numbers
    assert prevalence["value"] == "median"
    assert "share" not in prevalence
    assert {row["decision"] for row in prevalence["specifications"]} == {""}
    exposure = only("high_efficacy_exposure", only=restrict)
    reasons = {row["reason"] for row in exposure.numbers["specifications"] if row["choices"]["reports"] == "all"}
    assert reasons == {""}
    assert exposure.numbers["unanswered"] == 3  # without direction as printed, and without both under either reading
    assert any("left out on request" in caveat for caveat in exposure.caveats)
    assert exposure.passed
    with pytest.raises(InputError, match="an outcome with rows"):
        multiverse("irl", outcomes=["nfl"])


def test_same_answers_from_processes(relapse: Evidence) -> None:
    """Two processes say what one says, bit for bit, and tell of every posterior."""
    told: list[tuple[str, int, int]] = []

    def progress(name: str, number: int, count: int) -> None:
        told.append((name, number, count))

    found = only("relapse", only=FEW, workers=2, progress=progress)
    assert found.numbers == relapse.numbers
    assert told == [("relapse", number, 18) for number in range(1, 19)]


def halved(effects: EffectTable, model: ModelSpec) -> Pooled:
    """Stand in for a bias model: it believes half as much in every effect beforehand."""
    return refit(effects.studies, replace(model, mu=Prior("normal", (0.0, 0.5 * model.mu.parameters[1]))))


def test_an_axis_is_added_in_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bias axis brings its own way of pooling; it doubles the specifications and reads like any other axis."""
    pooling = SimpleNamespace(
        PLACE=6,
        WORDS="how the literature was selected",
        options=lambda plan: (
            Option("none", "as published", lambda plan: plan),
            Option("shrunk", "a test's own", lambda plan: replace(plan, bias="shrunk", pool=halved)),
        ),
    )
    known = specifications.axes()
    monkeypatch.setattr(specifications, "axes", lambda: {**known, "bias": pooling})
    restrict = {"reading": ["as_printed"], "reports": ["all"], "inclusion": ["primary"], "model": ["normal"],
                "prior": ["declared", "mu_half_as_wide"]}  # fmt: skip
    rows = {
        (row["choices"]["bias"], row["choices"]["prior"]): row
        for row in only("relapse", only=restrict).numbers["specifications"]
    }
    assert len(rows) == 4
    assert rows["shrunk", "declared"]["key"] != rows["none", "mu_half_as_wide"]["key"]
    assert rows["shrunk", "declared"]["p_gt_null"] == rows["none", "mu_half_as_wide"]["p_gt_null"]


def test_what_cannot_be_computed_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed posterior is one row without an answer, and the answer as a whole does not pass."""
    table = workflow.read_reports("irl")
    effects, model = workflow.effect_table(table, "relapse"), workflow.load_model(table.outcomes["relapse"])
    work = Work("key", effects, replace(model, mu=Prior("flat")), None, 0.95, "exact", 1)
    failed = computing.compute(work)
    assert "improper" in failed.failure
    assert (failed.p_gt_null, failed.passed) == (None, False)
    real: Callable[[Work], Any] = computing.compute

    def refusing(work: Work) -> Any:
        return replace(failed, key=work.key) if work.model.mu.parameters[1] == 0.5 else real(work)

    scarce = {"reading": ["as_printed"], "reports": ["all"], "inclusion": ["primary"], "model": ["normal"]}
    monkeypatch.setattr(computing, "compute", refusing)
    found = only("relapse", only={**scarce, "prior": ["declared", "mu_half_as_wide"]})
    assert not found.passed
    assert found.numbers["unanswered"] == 1
    assert "1 of 2 specifications have no answer" in found.caveats[0]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["prior"], "axis=option"),
        (["prior=declared,"], "axis=option"),
        (["prior=declared", "prior=sceptical"], "prior once"),
    ],
)
def test_restrictions_are_read(texts: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_only(texts)


@pytest.mark.slow
def test_nuts_agrees() -> None:
    """The general engine answers a specification as quadrature does, within its Monte Carlo error."""
    restrict = {axis: [options] for axis, options in (("reading", "as_printed"), ("reports", "all"),
                ("inclusion", "primary"), ("model", "normal"), ("prior", "declared"))}  # fmt: skip
    (exact,) = only("relapse", only=restrict).numbers["specifications"]
    (sampled,) = only("relapse", only=restrict, engine="nuts").numbers["specifications"]
    assert (exact["engine"], sampled["engine"]) == ("exact", "nuts")
    assert sampled["median"] == pytest.approx(exact["median"], abs=0.05)
    assert sampled["p_gt_null"] == pytest.approx(exact["p_gt_null"], abs=0.02)
