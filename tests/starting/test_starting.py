"""From a published result through the studies since: three answers side by side, and no study twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irlbayes import starting, workflow
from irlbayes.core.errors import InputError
from irlbayes.core.starts import Beginning, NoStart
from irlbayes.core.types import Published
from irlbayes.starting import Given, Told

Z = 1.959963984540054
USABLE = {"disability": "Motamedgorji 2025", "brain_volume": "Motamedgorji 2025", "lesion_load": "Motamedgorji 2025"}
USABLE |= {"irl_prevalence": "Tranfa 2025"}
NEW = {
    "disability": ["airmm2026"],
    "brain_volume": ["dx7t2025"],
    "lesion_load": ["dx7t2025"],
    "irl_prevalence": ["dx7t2025", "cnrid2025", "klistorner2025", "airmm2026", "ejhm2025"],
}


@pytest.fixture(scope="module")
def bundled() -> Beginning:
    return starting.published("irl", powers=[1.0, 0.25])


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str) -> Path:
        path = tmp_path / "studies.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def row(one: Any, name: str, power: float | None = None) -> Any:
    return next(
        found for found in one.evidence.numbers["answers"] if found["name"] == name and power in (None, found["power"])
    )


def test_the_bundled_evidence(bundled: Beginning) -> None:
    """Four outcomes start, each from its review and with the later studies alone; the others say why not."""
    assert {one.outcome.name: one.start.review for one in bundled.started} == USABLE
    assert bundled.passed
    for one in bundled.started:
        assert row(one, "both")["studies"] == NEW[one.outcome.name]
        assert [found["study"] for found in one.evidence.numbers["later"]] == NEW[one.outcome.name]
    reasons = {item.outcome: item.reason for item in bundled.skipped}
    assert "stands without an interval" in reasons["relapse"]
    assert "a rate ratio has no conversion to the log odds ratio" in reasons["relapse"]
    assert "no published result of it is on file" in reasons["cognition"]


def test_no_study_counts_twice(bundled: Beginning) -> None:
    """Every study with a usable row is in both or left out with its reason, never both."""
    table = workflow.read_reports("irl")
    for one in bundled.started:
        out = {found["study"] for found in one.evidence.numbers["left_out"]}
        rows = {
            report.study for report in table.reports if report.outcome == one.outcome.name and report.use == "primary"
        }
        assert out.isdisjoint(row(one, "both")["studies"])
        assert out | set(row(one, "both")["studies"]) == rows
    prevalence = next(one for one in bundled.started if one.outcome.name == "irl_prevalence")
    status = {found["study"]: found["status"] for found in prevalence.evidence.numbers["left_out"]}
    assert (status["tan2024"], status["choi2024"], status["kim2023"]) == ("unknown", "unknown", "before")


def test_the_answers_are_those_of_their_models(bundled: Beginning) -> None:
    """Published only is a normal product; reports only is the main job's answer; both is one fit of the later rows."""
    table = workflow.read_reports("irl")
    analysis = workflow.analyze(table, outcomes=["disability", "lesion_load"])
    main = {result.outcome.name: result.answers["pooled"].numbers for result in analysis.results}
    for one in (one for one in bundled.started if one.outcome.name in main):
        mean, sd = one.model.mu.parameters
        alone = row(one, "published")["mu"]
        assert (alone["mean"], alone["sd"]) == pytest.approx((mean, sd), rel=1e-6)
        assert row(one, "reports")["mu"]["mean"] == pytest.approx(main[one.outcome.name]["mean"], rel=1e-9)
        assert row(one, "reports")["mu"]["p_gt_null"] == pytest.approx(main[one.outcome.name]["p_gt_null"])
        since = replace(table, reports=tuple(r for r in table.reports if r.study in NEW[one.outcome.name]))
        fitted = workflow.fit(workflow.effect_table(since, one.outcome.name), one.model)
        assert fitted.after.mu is not None
        assert row(one, "both", 1.0)["mu"]["mean"] == pytest.approx(fitted.after.mu.mean, rel=1e-9)


def test_less_weight_brings_both_nearer_to_the_later_reports(bundled: Beginning) -> None:
    disability = bundled.started[0]
    means = [row(disability, "both", power)["mu"]["mean"] for power in (1.0, 0.25)]
    assert means[0] > means[1] > row(disability, "later")["mu"]["mean"]
    assert row(disability, "both", 0.25)["mu"]["prior_p_gt_null"] == pytest.approx(0.5)


def test_a_review_and_reports_that_lie_apart_are_named(bundled: Beginning) -> None:
    by_name = {one.outcome.name: one for one in bundled.started}
    assert by_name["disability"].evidence.numbers["apart"] < 0.05
    assert any("lie apart" in words for words in by_name["disability"].evidence.caveats)
    assert not any("lie apart" in words for words in by_name["lesion_load"].evidence.caveats)


def test_against_independent_quadrature(csv: Callable[..., Path]) -> None:
    """Both, of normal reports, on a grid: prior times published times later rows, with tau from I squared."""
    path = csv("study,year,yi,sei\nold,2019,0.9,0.1\nA,2022,0.10,0.20\nB,2023,0.45,0.25\n")
    given = Given(0.4, (0.1, 0.7))
    told = Told(k=8, i2=0.6, search_date="2020")
    found = starting.published(path, given=given, told=told, scale="smd", powers=[0.5]).started[0]
    assert row(found, "both")["studies"] == ["A", "B"]
    mu, tau = np.linspace(-3.0, 3.0, 601)[:, None], np.linspace(1e-4, 6.0, 2001)[None, :]
    log_mu, log_sigma = found.model.tau.parameters
    assert found.model.tau.family == "log_normal"
    se = 0.6 / (2.0 * Z)
    height = -0.5 * mu**2 - 0.5 * 0.5 * ((mu - 0.4) / se) ** 2
    height = height - np.log(tau) - 0.5 * ((np.log(tau) - log_mu) / log_sigma) ** 2
    for y, s in ((0.10, 0.20), (0.45, 0.25)):
        height = height - 0.5 * np.log(s**2 + tau**2) - 0.5 * (y - mu) ** 2 / (s**2 + tau**2)
    mass = np.exp(height - height.max())
    mass /= mass.sum()
    mean = float((mass * mu).sum())
    assert row(found, "both")["mu"]["mean"] == pytest.approx(mean, abs=2e-5)
    assert row(found, "both")["mu"]["sd"] == pytest.approx(float(np.sqrt((mass * (mu - mean) ** 2).sum())), abs=2e-5)


def test_scales_are_converted_or_refused() -> None:
    """An SMD becomes a log odds ratio and says so; a rate ratio does not."""
    table = workflow.read_reports("irl")
    smd = starting.given_start(table, "relapse", Given(0.3, (0.1, 0.5), scale="smd"), Told(tau=0.2))
    factor = np.pi / np.sqrt(3.0)
    assert (smd.estimate, smd.se) == pytest.approx((0.3 * factor, 0.4 * factor / (2 * Z)))
    assert smd.heterogeneity is not None
    assert smd.heterogeneity.tau == pytest.approx(0.2 * factor)
    assert any("Chinn" in words for words in smd.caveats)
    ratio = starting.given_start(table, "relapse", Given(1.5, (1.0, 2.25)))
    assert (ratio.estimate, ratio.se) == pytest.approx((log(1.5), log(2.25) / (2 * Z)))
    with pytest.raises(InputError, match="a scale with a conversion to log_or"):
        starting.given_start(table, "relapse", Given(1.10, (0.84, 1.44), scale="irr"))


@pytest.mark.parametrize(
    ("measure", "scale"),
    [
        ("SMD (EDSS)", "smd"),
        ("relapse rate ratio", "irr"),
        ("OR (PIRA)", "or"),
        ("RR (DMT response)", "rr"),
        ("hazard ratio", "hr"),
        ("patient-level prevalence", "proportion"),
        ("incidence", ""),
    ],
)
def test_the_scale_of_a_measure_in_words(measure: str, scale: str) -> None:
    from irlbayes.data.startable import printed_scale

    assert printed_scale(Published("A", measure, 1.0, 0.5, 2.0, None, "")) == scale


def test_a_row_says_what_it_prints_of_heterogeneity() -> None:
    """Tau before a prediction interval before I squared; what is told overrides what is on file."""
    table = workflow.read_reports("irl")
    (beside,) = table.outcomes["lesion_load"].reference
    full = replace(beside, k=9, tau=0.3, i2=0.5, pi_lb=-0.6, pi_ub=1.6)
    outcomes = {**table.outcomes, "lesion_load": replace(table.outcomes["lesion_load"], reference=(full,))}
    changed = replace(table, outcomes=outcomes)
    start = starting.start_of(changed, "lesion_load")
    assert start.heterogeneity is not None
    assert (start.heterogeneity.tau, start.heterogeneity.k) == (0.3, 9)
    told = starting.start_of(changed, "lesion_load", Told(i2=0.5))
    assert told.heterogeneity is not None
    assert "I²" in told.heterogeneity.words
    no_tau = replace(outcomes["lesion_load"], reference=(replace(full, tau=None),))
    predicted = starting.start_of(replace(table, outcomes={**outcomes, "lesion_load": no_tau}), "lesion_load")
    assert predicted.heterogeneity is not None
    assert "prediction interval" in predicted.heterogeneity.words


def test_a_study_is_included_on_the_users_word_alone_where_its_date_is_open() -> None:
    found = starting.published("irl", outcomes=["irl_prevalence"], include=["tan2024"], powers=[1.0]).started[0]
    assert "tan2024" in row(found, "both")["studies"]
    assert any("tan2024 is added on your word" in words for words in found.evidence.caveats)
    with pytest.raises(InputError) as refused:
        starting.published("irl", outcomes=["irl_prevalence"], include=["kim2023", "nobody"])
    said = str(refused.value)
    assert "no study counts twice: it may be in Tranfa 2025 (published in 2023" in said
    assert "a study with a report" in said


def test_a_cohorts_later_paper_is_not_displaced_by_an_earlier_one(csv: Callable[..., Path]) -> None:
    """One row of a cohort enters, and in both it is the later one; that patients overlap is said."""
    path = csv(
        "id,study,cohort,outcome,report,use,year,yi,sei\n"
        "a,first,shared,x,yi_sei,primary,2018,0.2,0.2\n"
        "b,second,shared,x,yi_sei,sensitivity,2023,0.5,0.2\n"
    )
    given, told = Given(0.3, (0.1, 0.5)), Told(search_date="2020-01-01")
    found = starting.published(path, given=given, told=told, use="sensitivity", scale="smd").started[0]
    assert row(found, "reports")["studies"] == ["first"]
    assert row(found, "both")["studies"] == ["second"]
    assert any("reports on cohort shared, as first did before it" in words for words in found.evidence.caveats)


def test_nothing_later_leaves_the_review(csv: Callable[..., Path]) -> None:
    path = csv("study,year,yi,sei\nA,2018,0.2,0.2\n")
    found = starting.published(path, given=Given(0.3, (0.1, 0.5)), told=Told(search_date="2020"), scale="smd").started[
        0
    ]
    assert row(found, "both")["mu"] == row(found, "published")["mu"]
    assert "both is the review" in found.evidence.statement
    unknown = starting.published(path, given=Given(0.3, (0.1, 0.5)), scale="smd").started[0]
    assert any("--search-date" in words for words in unknown.evidence.caveats)


def test_a_study_that_does_not_fit_the_review_is_named(csv: Callable[..., Path]) -> None:
    path = csv("study,year,yi,sei\nA,2022,-3.0,0.2\nB,2022,0.4,0.2\n")
    told = Told(search_date="2020", tau=0.2, k=8)
    found = starting.published(path, given=Given(0.4, (0.2, 0.6)), told=told, scale="smd").started[0]
    p = {one["study"]: one["p"] for one in found.evidence.numbers["later"]}
    assert p["A"] < 0.001 < 0.9 < p["B"]
    assert any(words.startswith("A does not fit what the review predicts") for words in found.evidence.caveats)


def test_a_flat_prior_starts_from_the_review_alone(csv: Callable[..., Path]) -> None:
    """The start is proper where the reports by themselves are not, and says so."""
    path = csv("study,year,yi,sei\nA,2022,0.2,0.2\n")
    found = starting.published(
        path, given=Given(0.3, (0.1, 0.5)), told=Told(search_date="2020"), scale="smd", prior_mu="flat", powers=[1.0]
    ).started[0]
    names = [one["name"] for one in found.evidence.numbers["answers"]]
    assert names == ["published", "both"]
    assert set(found.evidence.numbers["without"]) == {"reports", "later"}
    assert row(found, "published")["mu"]["mean"] == pytest.approx(0.3, abs=1e-6)
    assert row(found, "both")["mu"]["prior_p_gt_null"] is None


def test_a_proportion_is_seen_as_one(bundled: Beginning) -> None:
    prevalence = next(one for one in bundled.started if one.outcome.name == "irl_prevalence")
    assert 1.0 / (1.0 + exp(-prevalence.start.estimate)) == pytest.approx(0.52)
    assert row(prevalence, "both")["mu"]["p_gt_null"] is None
    assert "0.52" in prevalence.evidence.statement


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"outcomes": ["nothing"]}, "--outcome"),
        ({"given": Given(0.3, (0.1, 0.5))}, "one outcome, where numbers of one published result are given"),
        ({"told": Told(k=5)}, "one outcome, where numbers"),
        ({"told": Told(review="Nobody 1999")}, "a published result on file"),
        ({"told": Told(review="Tranfa 2025", measure="none")}, "a published result on file"),
        ({"outcomes": ["disability"], "given": Given(1.3, (0.1, 0.5))}, "--estimate: the estimate lies inside"),
        ({"outcomes": ["relapse"], "given": Given(-1.3, (0.1, 0.5))}, "is above 0"),
        ({"outcomes": ["disability"], "given": Given(0.3, (0.1, 0.5), 95.0)}, "--ci-level"),
        ({"outcomes": ["disability"], "given": Given(0.3, (0.1, 0.5), scale="log")}, "--published-scale"),
        ({"outcomes": ["disability"], "told": Told(search_date="June")}, "--search-date"),
        ({"outcomes": ["disability"], "told": Told(prediction=(1.0, 0.5))}, "--prediction"),
        ({"outcomes": ["disability"], "powers": [2.0]}, "--power"),
        ({"outcomes": ["disability"], "powers": []}, "--power"),
        ({"outcomes": ["disability"], "prior_mu": "student_t(4, 0, 1)"}, "a normal or flat prior of mu"),
        ({"level": 95.0}, "--level"),
    ],
)
def test_what_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        starting.published("irl", **options)
    assert said in str(refused.value)


def test_a_review_by_name() -> None:
    table = workflow.read_reports("irl")
    start = starting.start_of(table, "irl_prevalence", Told(review="Ng Kee Kwong 2021"))
    assert (start.measure, start.searched) == ("patient-level prevalence, rim lesions", None)
    lesions = starting.start_of(table, "irl_prevalence", Told(review="Tranfa 2025", measure="lesion-level prevalence"))
    assert lesions.k == 32
    with pytest.raises(NoStart, match="no published result of it by Tranfa 2025"):
        starting.start_of(table, "disability", Told(review="Tranfa 2025"))
