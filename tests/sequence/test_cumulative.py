"""Each step is the answer of the studies so far; the orders are what they say; surprises against other computations."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import irlbayes
from irlbayes import starting, workflow
from irlbayes.core import cumulative as prior_functions
from irlbayes.core.dates import days
from irlbayes.core.errors import InputError
from irlbayes.core.ordering import TIES, by_entry, by_precision, by_publication, precision
from irlbayes.core.sequence import Followed
from irlbayes.core.types import ReportTable
from irlbayes.sequence import cumulative, published

REFERENCE = Path(__file__).parents[1] / "reference"
MIXED = """study,report,year,published,month,yi,sei,n1i,n2i,sign,pval,verdict,alpha
first,yi_sei,2003,,,0.42,0.30,,,,,,
second,direction,2001,,,,,30,50,+,,,
third,p_value,,2001-05,,,,40,40,?,0.04,,
fourth,significance,2002,,7,,,25,60,?,,not_significant,0.05
fifth,yi_sei,2002,,3,-0.10,0.12,,,,,,
sixth,yi_sei,,2004-02-29,,0.90,0.30,,,,,,
"""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> ReportTable:
    file = tmp_path_factory.mktemp("mixed") / "mixed.csv"
    file.write_text(MIXED, encoding="utf-8")
    return workflow.read_reports(file, scale="smd")


@pytest.fixture(scope="module")
def publication(mixed: ReportTable) -> Followed:
    (found,) = cumulative(mixed).followed
    return found


@pytest.fixture(scope="module")
def precise(mixed: ReportTable) -> Followed:
    (found,) = cumulative(mixed, by="precision").followed
    return found


@pytest.fixture(scope="module")
def steps(publication: Followed) -> list[dict[str, Any]]:
    return list(publication.evidence.numbers["steps"])


def order(steps: list[dict[str, Any]]) -> list[list[str]]:
    return [[one["study"] for one in step["added"]] for step in steps[1:]]


# --- the steps --------------------------------------------------------------------------------------------


def test_the_last_step_is_the_answer_of_analyze(mixed: ReportTable, steps: list[dict[str, Any]]) -> None:
    (result,) = workflow.analyze(mixed).results
    last = steps[-1]
    assert last["mu"] == result.answers["pooled"].numbers
    assert last["new_study"] == result.answers["new_study"].numbers
    assert {name: last["tau"][name] for name in ("mean", "median", "ci_low", "ci_high")} == {
        name: result.answers["heterogeneity"].numbers["tau"][name] for name in ("mean", "median", "ci_low", "ci_high")
    }
    assert last["log_marginal_likelihood"] == result.posterior.log_marginal_likelihood
    assert last["k"] == len(result.posterior.effects.studies) == 6


def test_every_step_is_an_analysis_of_its_studies_alone(mixed: ReportTable, steps: list[dict[str, Any]]) -> None:
    """A table that never had the later rows gives the same numbers, by the whole pipeline."""
    so_far: list[str] = []
    for step in steps[1:]:
        so_far += [one["id"] for one in step["added"]]
        alone = replace(mixed, reports=tuple(one for one in mixed.reports if one.id in so_far))
        (result,) = workflow.analyze(alone).results
        for name, answer in (("mu", "pooled"), ("new_study", "new_study")):
            wanted = result.answers[answer].numbers
            keys = ("mean", "sd", "median", "ci_low", "ci_high", "p_gt_null", "prior_p_gt_null")
            assert [step[name][key] for key in keys] == pytest.approx([wanted[key] for key in keys], abs=1e-9)
        assert step["log_marginal_likelihood"] == pytest.approx(result.posterior.log_marginal_likelihood, abs=1e-9)
        assert step["passed"]


def test_step_zero_is_the_prior(steps: list[dict[str, Any]]) -> None:
    first, z = steps[0], 1.959963984540054
    model = workflow.load_model(workflow.read_reports("irl").outcomes["disability"])
    assert (str(model.mu), str(model.tau)) == ("normal(0, 1)", "half_normal(0.5)")
    assert (first["k"], first["added"], first["log_score"]) == (0, [], None)
    assert [first["mu"][key] for key in ("mean", "sd", "ci_low", "ci_high", "p_gt_null")] == pytest.approx(
        [0.0, 1.0, -z, z, 0.5], abs=1e-9
    )
    assert first["mu"]["p_gt_null"] == first["mu"]["prior_p_gt_null"]
    for key, p in (("median", 0.5), ("ci_low", 0.025), ("ci_high", 0.975)):
        wanted = prior_functions.quantile(model.tau, p)
        assert first["tau"][key] == pytest.approx(wanted, rel=1e-9)
        assert [step["tau"][f"prior_{key}"] for step in steps] == [first["tau"][key]] * len(steps)
    assert len({step["mu"]["prior_p_gt_null"] for step in steps}) == 1


def test_scores_add_up_in_any_order(steps: list[dict[str, Any]], precise: Followed) -> None:
    total = steps[-1]["log_marginal_likelihood"]
    assert sum(step["log_score"] for step in steps[1:]) == pytest.approx(total, abs=1e-12)
    other = precise.evidence.numbers["steps"]
    assert order(other) != order(steps)
    assert sum(step["log_score"] for step in other[1:]) == pytest.approx(total, abs=1e-9)
    assert other[-1]["mu"] == steps[-1]["mu"]


# --- surprise ---------------------------------------------------------------------------------------------


def test_the_tail_of_a_normal_report_is_that_of_its_predictive(tmp_path: Path) -> None:
    """Against dense sums over the prior of tau; the second report given the first by Bayes' theorem for normals."""
    file = tmp_path / "two.csv"
    file.write_text("study,yi,sei\na,0.9,0.2\nb,-0.4,0.3\n", encoding="utf-8")
    _, one, two = cumulative(file, by="entry", scale="smd").followed[0].evidence.numbers["steps"]
    tau = (np.arange(200_000) + 0.5) * 2.5e-5  # to 5, ten times the scale of the prior
    prior = np.exp(-0.5 * (tau / 0.5) ** 2)
    spread = np.sqrt(1.0 + tau**2 + 0.2**2)
    density = np.exp(-0.5 * (0.9 / spread) ** 2) / spread
    upper = np.array([0.5 * math.erfc(z / math.sqrt(2.0)) for z in 0.9 / spread])
    assert one["added"][0]["tail"] == pytest.approx(2.0 * (prior @ upper) / prior.sum(), rel=1e-7)
    scored = np.log(prior @ density / prior.sum() / math.sqrt(2.0 * math.pi))
    assert one["log_score"] == pytest.approx(scored, abs=1e-7)
    gain = 1.0 / spread**2
    middle, spread_of_next = gain * 0.9, np.sqrt(1.0 - gain + tau**2 + 0.3**2)
    weight = prior * density
    lower = np.array([0.5 * math.erfc(z / math.sqrt(2.0)) for z in (middle + 0.4) / spread_of_next])
    assert two["added"][0]["tail"] == pytest.approx(2.0 * (weight @ lower) / weight.sum(), rel=1e-6)
    assert two["added"][0]["tail"] < 0.5


def test_the_tail_of_a_verdict_is_its_predictive_probability() -> None:
    """Of the lowest verdict there is, twice the probability that it scores, as far as 1000 draws tell."""
    (found,) = cumulative("irl", outcomes=["brain_volume"]).followed
    last = found.evidence.numbers["steps"][-1]
    (added,) = last["added"]
    assert (added["study"], added["report"]) == ("dx7t2025", "significance")
    assert added["tail"] == pytest.approx(2.0 * math.exp(last["log_score"]), abs=4.0 * math.sqrt(0.25 / 1000.0))


def test_an_unexpected_report_is_said_to_be(tmp_path: Path) -> None:
    file = tmp_path / "far.csv"
    file.write_text("study,yi,sei\na,0.1,0.1\nb,0.1,0.1\nc,0.1,0.1\nd,4.0,0.1\n", encoding="utf-8")
    steps = cumulative(file, by="entry", scale="smd").followed[0].evidence.numbers["steps"]
    assert [("unexpected" in step["words"]) for step in steps] == [False, False, False, False, True]
    assert "unexpected, given the studies before: d (surprise " in steps[-1]["words"]


# --- of a ledger ------------------------------------------------------------------------------------------


def test_a_ledger_is_followed_entry_by_entry(tmp_path: Path) -> None:
    """In the order of entries, not of years; and what each said then was found another way, on a surface."""
    file = tmp_path / "mine.ledger"
    irlbayes.init_ledger(file, None)
    rows = [("late", 0.4, 0.2, 2020), ("early", 0.1, 0.3, 2010), ("middle", 0.5, 0.25, 2015)]
    with irlbayes.open_ledger(file) as ledger:
        for study, yi, sei, year in rows:
            ledger.add([{"study": study, "scale": "smd", "yi": yi, "sei": sei, "year": year}])
        (outcome,) = ledger.standing.outcomes
        kept = ledger.trajectory(outcome)
    steps = cumulative(file, by="entry").followed[0].evidence.numbers["steps"]
    assert order(steps) == [["late"], ["early"], ["middle"]]
    assert [one["study"] for one in kept] == ["late", "early", "middle"]
    for step, entry in zip(steps[1:], kept, strict=True):
        for name in ("mu", "new_study"):
            for key in ("mean", "ci_low", "ci_high", "p_gt_null"):
                assert step[name][key] == pytest.approx(entry[name][key], abs=1e-9)
        (surprise,) = entry["surprise"].values()
        assert step["log_score"] == pytest.approx(surprise["log_score"], abs=1e-9)
        assert step["added"][0]["tail"] == pytest.approx(surprise["tail"], abs=1e-9)
    assert order(cumulative(file).followed[0].evidence.numbers["steps"]) == [["early"], ["middle"], ["late"]]


# --- from a review ----------------------------------------------------------------------------------------


def test_a_review_starts_and_only_later_studies_follow() -> None:
    """The last step is what `published` calls both; the first is the prior before the review; the second the review."""
    (one,) = cumulative("irl", outcomes=["lesion_load"], start="published").followed
    (wanted,) = starting.published("irl", outcomes=["lesion_load"], powers=(1.0,)).started
    answers = {row["name"]: row for row in wanted.evidence.numbers["answers"]}
    zero, review, last = one.evidence.numbers["steps"]
    for step, name in ((zero, "prior"), (review, "published"), (last, "both")):
        assert step["mu"]["mean"] == pytest.approx(answers[name]["mu"]["mean"], abs=1e-9)
        assert step["mu"]["p_gt_null"] == pytest.approx(answers[name]["mu"]["p_gt_null"], abs=1e-9)
        assert step["mu"]["prior_p_gt_null"] == pytest.approx(0.5, abs=1e-12)
        assert step["tau"]["median"] == pytest.approx(answers[name]["tau"]["median"], abs=1e-9)
    assert order([zero, review, last]) == [["Motamedgorji 2025"], ["dx7t2025"]]
    assert [step["k"] for step in (zero, review, last)] == [0, 0, 1]
    assert (one.evidence.numbers["review"], one.evidence.numbers["left_out"]) == (
        "Motamedgorji 2025",
        wanted.evidence.numbers["left_out"],
    )
    # printed 0.52 (0.01 to 1.03), against normal(0, 1): a mean so far out by the normal distribution of their sum
    z = 0.52 / math.sqrt(1.0 + ((1.03 - 0.01) / (2.0 * 1.959963984540054)) ** 2)
    assert review["added"][0]["tail"] == pytest.approx(math.erfc(z / math.sqrt(2.0)), rel=1e-9)
    assert "After Motamedgorji 2025 and 1 report since" in one.evidence.statement


def test_what_a_review_cannot_start_is_left_out() -> None:
    found = cumulative("irl", outcomes=["relapse", "cognition"], start="published")
    assert [item.outcome for item in found.analysis.skipped] == ["relapse", "cognition"]
    assert not found.passed
    with pytest.raises(InputError, match="--start published"):
        cumulative("irl", power=0.5)
    with pytest.raises(InputError, match="--random-effects"):
        cumulative("irl", start="published", random_effects="student_t(4)")


# --- orders -----------------------------------------------------------------------------------------------


def test_order_of_publication(mixed: ReportTable, steps: list[dict[str, Any]]) -> None:
    """Days, months and years; 2001 may lie before or after May 2001, so that its row stands first."""
    dates = {report.study: published(mixed, report) for report in mixed.reports}
    assert dates == {
        "first": "2003",
        "second": "2001",
        "third": "2001-05",
        "fourth": "2002-07",
        "fifth": "2002-03",
        "sixth": "2004-02-29",
    }
    assert order(steps) == [["second"], ["third"], ["fifth"], ["fourth"], ["first"], ["sixth"]]
    together, alone = cumulative(mixed, ties="together").followed[0].evidence.numbers["steps"], steps
    assert order(together) == [["second", "third"], ["fifth"], ["fourth"], ["first"], ["sixth"]]
    for key in ("mean", "sd", "ci_low", "ci_high", "p_gt_null"):
        assert together[1]["mu"][key] == pytest.approx(alone[2]["mu"][key], abs=1e-12)
    assert together[1]["log_score"] == pytest.approx(alone[1]["log_score"] + alone[2]["log_score"], abs=1e-12)


def test_what_the_dates_do_not_tell_is_said(mixed: ReportTable, publication: Followed) -> None:
    apart = " ".join(publication.evidence.caveats)
    assert "do not tell these apart, so that they follow the order of their rows: second, third." in apart


def test_order_of_precision(mixed: ReportTable, precise: Followed) -> None:
    """A report without a size stands where its design puts it: sqrt(1/n1 + 1/n2) of an SMD of 0."""
    studies = workflow.effect_table(mixed, "effect").studies
    found = {study.label: precision(study) for study in studies}
    for label, n1, n2 in (("second", 30, 50), ("third", 40, 40), ("fourth", 25, 60)):
        assert found[label] == (pytest.approx(math.sqrt(1 / n1 + 1 / n2), rel=0.03), "design")
    assert found["fifth"] == (0.12, "report")
    wanted = [["fifth"], ["third"], ["second"], ["fourth"], ["first"], ["sixth"]]
    assert order(precise.evidence.numbers["steps"]) == wanted
    groups = by_precision(studies, together=True)
    assert [[study.label for study in group] for group in groups] == [*wanted[:-2], ["first", "sixth"]]
    assert precise.evidence.caveats[0].endswith("they say less: third, second, fourth.")


def test_order_of_entry_is_that_of_the_rows(mixed: ReportTable) -> None:
    studies = workflow.effect_table(mixed, "effect").studies
    groups = by_entry(tuple(reversed(studies)))
    assert [study.report.study for group in groups for study in group] == [report.study for report in mixed.reports]
    assert {len(group) for group in groups} == {1}


def test_metafor_takes_the_trials_in_the_same_steps(tmp_path: Path) -> None:
    """The mode of tau under a flat prior of tau (and a nearly flat one of mu) is the REML estimate.

    With it the weighted mean of each step is metafor's, whose own iteration stops some 1e-6 short of the mode.
    """
    with (REFERENCE / "inputs" / "bcg_rr.csv").open(encoding="utf-8") as file:
        trials = {row["study"]: (float(row["yi"]), float(row["vi"])) for row in csv.DictReader(file)}
    table = tmp_path / "bcg.csv"
    rows = [f'"{study}",{yi},{vi},{study.rsplit(", ", 1)[1]}' for study, (yi, vi) in trials.items()]
    table.write_text("\n".join(["study,yi,vi,year", *rows]) + "\n", encoding="utf-8")
    with (REFERENCE / "metafor_cumul.csv").open(encoding="utf-8") as file:
        printed = list(csv.DictReader(file))
    flat = {"prior_mu": "normal(0, 1000)", "prior_tau": "uniform(0, 10)"}
    (one,) = cumulative(table, scale="log_rr", **flat).followed
    found, so_far = [], []
    for step in one.evidence.numbers["steps"][1:]:
        so_far += [trials[added["study"]] for added in step["added"]]
        yi, vi = np.array(so_far).T
        weight = 1.0 / (vi + step["tau"]["mode"] ** 2)
        found.append(weight @ yi / weight.sum())
    estimates = {ties: [float(row["estimate"]) for row in printed if row["ties"] == ties] for ties in TIES}
    assert found == pytest.approx(estimates["rows"], abs=5e-6)
    studies = one.result.posterior.effects.studies
    groups = by_publication(studies, {study.label: days(study.label[-4:]) for study in studies}, together=True)
    ends = np.cumsum([len(group) for group in groups])
    assert (len(groups), int(ends[-1])) == (12, 13)
    assert np.exp(np.array(found)[ends - 1]) == pytest.approx(estimates["together"], abs=5e-6)


# --- what cannot be answered ------------------------------------------------------------------------------


def test_every_row_without_a_date_is_named(tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text("study,yi,sei,year\na,0.1,0.1,\nb,0.1,0.1,2001\nc,0.2,0.1,in press\nd,0.2,0.1,2001-13\n")
    with pytest.raises(InputError) as caught:
        cumulative(file, scale="smd")
    assert [(one.row, one.column, one.value) for one in caught.value.problems] == [
        (2, "year", ""),
        (4, "year", "in press"),
        (5, "year", "2001-13"),
    ]
    assert all("--by entry" in one.fix for one in caught.value.problems)


def test_wrong_orders_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        cumulative("irl", by="size", ties="all", start="now")
    assert [(one.file, one.value) for one in caught.value.problems] == [
        ("--by", "size"),
        ("--ties", "all"),
        ("--start", "now"),
    ]


def test_under_a_flat_prior_the_first_steps_have_no_answer_yet(tmp_path: Path) -> None:
    file = tmp_path / "four.csv"
    file.write_text("study,yi,sei\na,0.1,0.1\nb,0.3,0.2\nc,0.2,0.1\nd,0.25,0.15\n", encoding="utf-8")
    found = cumulative(file, by="entry", scale="smd", prior_mu="flat")
    steps = found.followed[0].evidence.numbers["steps"]
    assert [step["mu"] is None for step in steps] == [True, True, False, False, False]
    assert found.passed, "too early is no failure"
    assert "no answer yet" in steps[1]["words"]
    assert "the first that can be given" in steps[2]["words"]
    assert [step["log_score"] is None for step in steps] == [True, True, True, False, False]


def test_a_proportion_has_no_null_to_rise_above(tmp_path: Path) -> None:
    file = tmp_path / "shares.csv"
    file.write_text("study,xi,ni,year\na,10,40,2001\nb,30,50,2002\n", encoding="utf-8")
    (one,) = cumulative(file, scale="logit").followed
    steps = one.evidence.numbers["steps"]
    assert [step["mu"]["p_gt_null"] for step in steps] == [None, None, None]
    assert "After b the mean effect (proportion) moved from" in steps[2]["words"]
    assert "probability" not in one.evidence.statement


@pytest.mark.slow
def test_nuts_takes_the_same_steps() -> None:
    """Means and probabilities within Monte Carlo error of the exact engine's."""
    exact, drawn = (
        cumulative("irl", outcomes=["relapse"], engine=engine).followed[0].evidence.numbers["steps"]
        for engine in ("exact", "nuts")
    )
    assert order(exact) == order(drawn)
    for ours, theirs in zip(exact[1:], drawn[1:], strict=True):
        assert theirs["passed"]
        assert theirs["mu"]["mean"] == pytest.approx(ours["mu"]["mean"], abs=5.0 * ours["mu"]["sd"] / math.sqrt(400.0))
        assert theirs["mu"]["p_gt_null"] == pytest.approx(ours["mu"]["p_gt_null"], abs=5.0 * 0.5 / math.sqrt(400.0))
        assert theirs["log_score"] == pytest.approx(ours["log_score"], abs=0.1)
