"""Do treatments help IRL-positive patients more: what the bundled evidence cannot say, and what planted rows do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import irlbayes
from irlbayes.core.errors import InputError
from irlbayes.core.registry import leaves
from irlbayes.core.treatment import BEARINGS, Treatment
from irlbayes.core.types import Report
from irlbayes.report.table import to_text
from irlbayes.report.treatment import document, page

FOUR_ARMS = [f"{name}_{group}" for group in ("pos", "neg") for name in ("ai", "n1i", "ci", "n2i")]
# What each row of the bundled evidence that has to do with treatment says about it, by its contrast and outcome.
ROWS = {
    "reeves_dmt2024.new_irl": "treated_vs_control",
    "zinger2022.chi": "treated_vs_control",
    "tolebrutinib2025.rms": "treated_vs_control",
    "tolebrutinib2025.spms": "treated_vs_control",
    "maggi2023.resolved": "one_arm",
    "tan2024.neda_24": "one_arm",
    "tan2024.arr": "one_arm",
    "tan2024.neda3": "prognosis",
    "maggi2023.pira": "prognosis",
    "hemond2022.dmt": "exposure",
    "kim2023.dmt": "exposure",
    "putarim2022.dmt": "exposure",
}


@pytest.fixture(scope="module")
def bundled() -> Treatment:
    """Return the question put to the bundled evidence."""
    return irlbayes.treatment("irl")


def test_the_bundled_evidence_cannot_say(bundled: Treatment) -> None:
    """The answer is the prior's one half, said to be the prior's; no number of a posterior exists."""
    (answer,) = bundled.answers
    assert answer.count == 0
    assert answer.evidence is not None
    numbers = answer.evidence.numbers
    assert numbers["prior_p_helps_more"] == pytest.approx(0.5, abs=1e-9)
    assert numbers["prior_p_helps_more_new"] == pytest.approx(0.5, abs=1e-9)
    for name in ("p_helps_more", "p_helps_more_new", "effect", "new_setting"):
        assert numbers[name] is None
    for words in ("cannot say", "the prior is all there is", "0.50", "normal(0, 0.5)", "not because anything was obs"):
        assert words in answer.evidence.statement
    assert bundled.passed
    assert not bundled.analysis.results


def test_every_row_about_treatment_has_a_reason(bundled: Treatment) -> None:
    """Twelve rows, each under what its contrast and outcome make it; and none about treatment is missing."""
    assert {one.report.id: one.name for one in bundled.bearings} == ROWS
    for one in bundled.bearings:
        assert not one.entered
        assert one.reason == BEARINGS[one.name]
        assert one.compares
    about = ("treatment_response", "high_efficacy_exposure")
    assert {report.id for report in bundled.table.reports if report.outcome in about} <= set(ROWS)


def test_what_the_review_printed_is_not_available(bundled: Treatment) -> None:
    """Both ratios of the reference review are named, and blank."""
    assert [row.measure for row in bundled.published] == ["RR (DMT response)", "RR (high-dose DMT)"]
    assert all(row.estimate is None for row in bundled.published)
    text = to_text(page(bundled))
    assert "RR (DMT response): not available" in text
    for words in (*ROWS, "arm_counts: ai_pos", "four or more rims at baseline", "tau ~ half_normal(0.25)"):
        assert words in text
    assert "significant " not in text.split("what the evidence has")[0]
    assert max(len(line) for line in text.splitlines()) <= 118


def test_the_document_holds_no_posterior(bundled: Treatment) -> None:
    """In the document nothing is answered, and every row is there with its reason."""
    content = document(bundled)
    (answer,) = content["answers"]
    assert (answer["answered"], answer["k"], answer["numbers"]["p_helps_more"]) == (False, 0, None)
    assert {row["id"]: row["bearing"] for row in content["rows"]} == ROWS
    assert all(row["reason"] for row in content["rows"])


def simulated(path: Path, theta: float, k: int = 12, seed: int = 5) -> Path:
    """Write a table of four-arm studies, simulated with a planted log ratio of odds ratios."""
    kind, rng = leaves("irlbayes.effects.reports")["arm_counts"], np.random.default_rng(seed)
    lines = [",".join(["study", *FOUR_ARMS])]
    for i in range(k):
        n = rng.integers(80, 200, 4)
        cells = (0.25 * n[0], n[0], 0.3 * n[1], n[1], 0.2 * n[2], n[2], 0.25 * n[3], n[3])
        values = dict(zip(FOUR_ARMS, (float(round(cell)) for cell in cells), strict=True))
        report = Report("s", "s", "s", "effect", "arm_counts", "primary", "simulated", 2, values)
        values |= {name: float(value) for name, value in kind.simulate(report, rng.normal(theta, 0.1), rng).items()}
        lines.append(",".join([f"simulated {i + 1}", *(f"{values[name]:g}" for name in FOUR_ARMS)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("theta", [-0.7, 0.0, 0.7])
def test_planted_interactions_are_found(theta: float, tmp_path: Path) -> None:
    """Six tables of twelve simulated studies each, whose planted side has 0.95 of every posterior.

    Four intervals or more hold the planted value: six of 95 % hold fewer once in 450 times.
    """
    tables = [simulated(tmp_path / f"{seed}.csv", theta, seed=seed) for seed in range(6)]
    found = [irlbayes.treatment(table, harm="+") for table in tables]
    held = 0
    for one in found:
        evidence = one.answers[0].evidence
        assert evidence is not None
        numbers = evidence.numbers
        helps, effect = numbers["p_helps_more"], numbers["effect"]
        assert theta == 0.0 or (helps if theta < 0.0 else 1.0 - helps) > 0.95
        assert effect["p_gt_null"] == pytest.approx(1.0 - helps, abs=1e-9)
        assert numbers["prior_p_helps_more"] == pytest.approx(0.5, abs=1e-9)
        held += effect["ci_low"] < theta < effect["ci_high"]
        assert all(bearing.entered and not bearing.reason for bearing in one.bearings)
        assert "treatment's odds ratio in IRL-positive patients to that in IRL-negative" in evidence.statement
        assert one.passed
    assert held >= 4


def test_harm_says_the_side(tmp_path: Path) -> None:
    """Where less of the outcome is worse, more help is the other side; the sizes are the same."""
    path = simulated(tmp_path / "t.csv", -0.7)
    worse, better = (irlbayes.treatment(path, harm=harm).answers[0].evidence for harm in ("+", "-"))
    assert worse is not None
    assert better is not None
    assert worse.numbers["p_helps_more"] == pytest.approx(1.0 - better.numbers["p_helps_more"], abs=1e-9)
    assert worse.numbers["effect"] == better.numbers["effect"]
    assert "(below 1)" in worse.statement
    assert "(above 1)" in better.statement


def test_two_groups_are_never_taken_for_two_effects(tmp_path: Path) -> None:
    """Beside four arms, a 2x2 table and a p-value called an interaction stay out, and the answer is the arms' own."""
    alone = simulated(tmp_path / "alone.csv", -0.7, 3)
    header, *rows = alone.read_text(encoding="utf-8").splitlines()
    mixed = tmp_path / "mixed.csv"
    lines = [f"{header},contrast,ai,n1i,ci,n2i,pval,sign", *(f"{row},,,,,,," for row in rows)]
    blank = "," * len(FOUR_ARMS)
    lines += [f"prognosis{blank},irl_ge1_vs_0,10,50,20,60,,", f"p{blank},treatment_by_irl,,50,,60,0.01,-"]
    mixed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    one, two = (irlbayes.treatment(path, harm="+", scale="log_or") for path in (alone, mixed))
    assert one.answers[0].count == two.answers[0].count == 3
    assert one.answers[0].evidence.numbers == two.answers[0].evidence.numbers  # type: ignore[union-attr]
    left = dict(two.analysis.results[0].posterior.effects.left_out)
    assert left == {
        "prognosis": "counts compares two groups of patients, not two effects of treatment",
        "p": "p_value compares two groups of patients, not two effects of treatment",
    }


def test_two_effects_are_never_taken_for_two_groups() -> None:
    """Four arms in an outcome that compares patients stay out, with the reason."""
    table = irlbayes.read_reports("irl")
    cells = {"ai_pos": 3.0, "n1i_pos": 9.0, "ci_pos": 4.0, "n2i_pos": 9.0}
    cells |= {"ai_neg": 2.0, "n1i_neg": 9.0, "ci_neg": 4.0, "n2i_neg": 9.0}
    row = Report("new", "new", "new", "relapse", "arm_counts", "primary", "reports.csv", 999, cells)
    added = replace(table, reports=(*table.reports, row))
    left = dict(irlbayes.effect_table(added, "relapse").left_out)
    assert left["new"] == "it compares two effects of treatment, not two groups of patients"
    moved = replace(table, reports=(*table.reports, replace(row, outcome="treatment_effect")))
    found = irlbayes.treatment(moved)
    assert found.answers[0].count == 1
    assert found.bearings[0].entered
    assert len(found.bearings) == len(ROWS) + 1


def test_measures_are_named_for_what_they_are(tmp_path: Path) -> None:
    """A difference of SMDs says so, in the question and in the pooled answer."""
    names = [f"{name}_{group}" for group in ("pos", "neg") for name in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")]
    path = tmp_path / "means.csv"
    path.write_text(
        f"study,{','.join(names)}\nsimulated 1,2.1,1.3,40,2.9,1.4,42,1.6,1.1,60,1.9,1.2,55\n", encoding="utf-8"
    )
    found = irlbayes.treatment(path, harm="+")
    evidence = found.answers[0].evidence
    assert evidence is not None
    assert "The difference between the treatment's standardized mean difference in IRL-positive" in evidence.statement
    assert "difference of standardized mean differences" in found.analysis.results[0].answers["pooled"].statement
    assert not any("ratio" in caveat.lower() for caveat in evidence.caveats)


@pytest.mark.parametrize(
    ("options", "where", "words"),
    [
        ({}, "--harm", "which sign of effect is worse"),
        ({"harm": "worse"}, "--harm", "+ or -"),
        ({"harm": "+", "outcomes": ["relapse"]}, "--outcome", "compares effects of treatment: effect"),
        ({"harm": "+", "level": 2.0}, "--level", "above 0 and below 1"),
        ({"harm": "+", "engine": "magic"}, "--engine", "exact"),
        ({"harm": "+", "model": "edss_slope"}, "--model", "declares priors on beta"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], where: str, words: str, tmp_path: Path) -> None:
    """Each with its option, the rule and what to do."""
    path = simulated(tmp_path / "t.csv", 0.0, 2)
    with pytest.raises(InputError) as refused:
        irlbayes.treatment(path, **options)  # type: ignore[arg-type]
    (problem,) = refused.value.problems
    assert problem.file == where
    assert words in problem.rule
    assert problem.fix


def test_harm_of_a_folder_is_declared() -> None:
    """The bundled evidence declares its harm, and an option does not overrule it."""
    with pytest.raises(InputError, match="declares the harm"):
        irlbayes.treatment("irl", harm="-")


def test_a_table_of_patients_is_no_answer(tmp_path: Path) -> None:
    """Rows that compare patients alone are refused, with the rows that would answer."""
    path = tmp_path / "t.csv"
    path.write_text("study,ai,n1i,ci,n2i\na,3,20,5,22\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        irlbayes.treatment(path, harm="+")
    (problem,) = refused.value.problems
    assert "no row compares the effect of treatment" in problem.rule
    assert "arm_counts: ai_pos" in problem.fix
    assert "treatment_by_irl" in problem.fix
