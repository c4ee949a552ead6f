"""`irlbayes plan` as its user runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from irlbayes import planning, workflow
from irlbayes.core.errors import InputError

DESIGN = ("--n1", "100", "--n2", "100")
FEW = ("--studies", "2")
CRINS = Path(__file__).parents[1] / "reference" / "inputs" / "crins2014_srr.csv"


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_a_level_that_is_passed(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("plan", "irl", "--outcome", "relapse", *DESIGN, *FEW)
    assert (done.status, done.err) == (0, "")
    told = flat(done.out)
    assert "P(odds ratio > 1) is at least 0.95 already (0.97 now, 0.50 before any report)" in told
    assert "the probability is 0.87 that it stays there" in told
    assert "mu ~ normal(0, 1), tau ~ half_normal(0.5)" in told
    assert "no risk was given: half of group 2" in told
    assert "100 patients with at least one rim lesion and 100 with none" in told
    assert re.search(r"P\(OR > 1\)\s+0.97 \(0.50\)\s+0.87\s+0.89\s+0.97\s+passed\s+≥ 1.23", done.out)


def test_the_document_and_the_figure(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    file, folder = tmp_path / "plan.json", tmp_path / "figures"
    asked = ("--loss", "linear", "--target", "0.2", "--level", "0.995", "--below", "--threshold", "-0.5", *FEW)
    study = ("--n", "60", "--prevalence", "0.52", "--risk", "0.3")
    files = ("--format", "json", "--output", file, "--figures", folder)
    done = irlbayes("plan", CRINS, "--scale", "log_or", *study, *asked, *files)
    assert (done.status, done.out, done.err) == (0, "", f"1 figure in {folder}\n")
    assert [path.name for path in folder.iterdir()] == ["effect-assurance.png"]
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["schema"] == "irlbayes/plan/1"
    (one,) = document["plans"]
    page = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    keys = {*one, *one["design"], *one["goals"][0], *one["sizes"], *one["studies"], *one["studies"]["sizes"][0]}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []
    first = one["goals"][0]
    assert first["prior"] == pytest.approx(0.5)
    assert first["now"] < 0.995
    assert 0.01 < abs(first["assurance"] - first["assurance_normal"]) < 0.1  # few events
    assert any(words.startswith("the normal approximation") for words in one["caveats"])
    assert first["needed"]["assurance"] >= 0.2
    assert 4 < first["needed"]["total"] < 120
    ((low, high),) = first["passing"]  # a ratio too far below 1 speaks for heterogeneity
    assert low < -4.0 < high < 0.0
    assert "further out it speaks for heterogeneity" in first["statement"]
    assert 0.0 <= first["value_of_information"]["evsi"] <= first["value_of_information"]["evpi"]
    assert one["design"]["size1"] == 31.0  # 0.52 of 60
    assert one["goals"][1]["value"] == -0.5
    infinite = one["studies"]["sizes"][-1]
    assert infinite["sei"] == 0.0
    assert infinite["assurance"][0] == pytest.approx(first["ceiling_one"], abs=1e-3)


def test_every_outcome_of_a_study(irlbayes: Callable[..., Any]) -> None:
    """Outcomes that the design does not suit say why, and are no failure where they were not named."""
    done = irlbayes("plan", "--outcome", "disability", "--outcome", "disability_worsening", *DESIGN)
    assert (done.status, done.out) == (2, "")
    assert "--sd" in done.err
    table = workflow.read_reports("irl")
    outcomes = {name: table.outcomes[name] for name in ("disability_worsening", "irl_prevalence")}
    outcomes["disability_worsening"] = replace(outcomes["disability_worsening"], harm="-")
    found = planning.plan(replace(table, outcomes=outcomes), n=200, sd=0.4)
    assert [item.outcome for item in found.skipped] == ["irl_prevalence"]
    answer = found.answers["disability_worsening"]
    assert answer.numbers["goals"][0]["side"] == -1
    assert answer.numbers["studies"] is None
    assert answer.numbers["design"]["size1"] == 104.0
    assert answer.caveats[0].startswith("no prevalence was given: 0.52")
    assert answer.caveats[1].startswith("with 1 report the heterogeneity")
    assert found.passed


def test_a_table_of_ones_own(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("plan", CRINS, "--scale", "log_or", "--n1", "300", "--n2", "300", "--risk", "0.05", "--below", *FEW)
    assert (done.status, done.err) == (0, "")
    assert "300 patients in group 1 and 300 in group 2" in flat(done.out)
    assert "of 300 with the event against 15 of 300" in flat(done.out)
    assert "P(OR < 1)" in done.out


def test_a_stated_standard_error(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("plan", "--outcome", "disability_worsening", "--sei", "0.1", "--above", *FEW)
    assert (done.status, done.err) == (0, "")
    assert "If the next study has a standard error of 0.1" in flat(done.out)
    assert "No precision of one study makes it 0.8" in flat(done.out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "size of the next study"),
        (("--n1", "10"), "--n1, --n2"),
        ((*DESIGN, "--n", "30"), "more than once"),
        ((*DESIGN, "--level", "95"), "--level"),
        ((*DESIGN, "--target", "1"), "--target"),
        ((*DESIGN, "--loss", "quadratic"), "--loss"),
        ((*DESIGN, "--loss", "errors:1"), "--loss"),
        ((*DESIGN, "--loss", "linear", "--new-setting"), "--loss"),
        ((*DESIGN, "--studies", "0"), "--studies"),
        ((*DESIGN, "--report", "novel"), "--report"),
        ((*DESIGN, "--outcome", "none"), "--outcome"),
        ((*DESIGN, "--format", "csv"), "--format"),
        ((*DESIGN, "--figures", "absent/folder"), "--figures"),
        ((*DESIGN, "--outcome", "irl_prevalence"), "--threshold"),
        (("--person-years", "400", "--prevalence", "0.4", "--outcome", "relapse"), "said in patients"),
    ],
)
def test_bad_options(irlbayes: Callable[..., Any], arguments: tuple[str, ...], said: str) -> None:
    done = irlbayes("plan", *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_no_prevalence_to_be_had() -> None:
    with pytest.raises(InputError, match="which this evidence base does not report"):
        planning.plan(CRINS, scale="log_or", n=200)


def test_models_that_cannot_be_foreseen() -> None:
    """Flat priors leave no prior to update, and heavy tails no several studies; each is said."""
    found = planning.plan(CRINS, scale="log_or", outcomes=["effect"], n1=100, n2=100, prior_mu="flat")
    assert "flat prior" in found.skipped[0].reason
    assert not found.passed
    wide = planning.plan(
        CRINS, scale="log_or", n1=100, n2=100, report="estimate", random_effects="contaminated(0.1, 4)", studies=3
    )
    answer = wide.answers["effect"]
    assert answer.numbers["studies"] is None
    assert any("contaminated" in words for words in answer.caveats)
