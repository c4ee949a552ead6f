"""The main job at the command line: what it prints, where, and with which exit status."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import irlbayes as package
from irlbayes.core.scales import SCALES

SUMMARY = {"mean", "sd", "median", "mode", "ci_low", "ci_high", "shortest_low", "shortest_high"}
THRESHOLD = {"value", "kind", "source", "p_gt", "p_lt", "p_abs_lt", "prior_p_gt"}
RESULT = {
    "outcome",
    "scale",
    "null",
    "harm",
    "k",
    "model",
    "engine",
    "error_bound",
    "gate",
    "mu",
    "tau",
    "i2",
    "new_study",
    "studies",
    "log_marginal_likelihood",
    "statement",
    "caveats",
}
ANSWERED = {
    "disability": 7,
    "disability_worsening": 1,
    "relapse": 2,
    "brain_volume": 4,
    "lesion_load": 5,
    "cognition": 3,
    "irl_prevalence": 17,
    "high_efficacy_exposure": 2,
}

SIX = Path(__file__).parents[1] / "reference" / "inputs" / "crins2014_ar.csv"


def no_constants(name: str) -> float:
    raise AssertionError(f"the document holds {name}")


def load(text: str) -> Any:
    return json.loads(text, parse_constant=no_constants)


@pytest.fixture(scope="module")
def bundled() -> dict[str, Any]:
    """Return the JSON document of the bundled evidence, made once in a fresh process."""
    command = [sys.executable, "-m", "irlbayes.cli", "analyze", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return load(done.stdout)


def test_document(bundled: dict[str, Any]) -> None:
    """The document has the schema's keys, every outcome with primary rows, and says why the others are not there."""
    assert bundled["schema"] == "irlbayes/analysis/1"
    assert bundled["irlbayes"] == package.__version__
    assert bundled["evidence"]["name"] == "irl"
    assert bundled["evidence"]["reports"] == 140
    assert len(bundled["evidence"]["sha256"]) == 64
    assert {result["outcome"]: result["k"] for result in bundled["results"]} == ANSWERED
    skipped = {item["outcome"]: item["reason"] for item in bundled["skipped"]}
    assert set(skipped) == {"nfl", "treatment_response", "treatment_effect"}
    assert "irlbayes treatment" in skipped.pop("treatment_effect")
    assert all("sensitivity" in reason for reason in skipped.values())


def test_every_result_is_whole(bundled: dict[str, Any]) -> None:
    """Every result carries every key; intervals hold their medians; probabilities are probabilities."""
    for result in bundled["results"]:
        assert set(result) >= RESULT
        assert result["engine"] == "exact"
        assert result["error_bound"] < 1e-6
        assert result["gate"]["passed"] is True
        assert len(result["studies"]) == result["k"]
        assert math.isfinite(result["log_marginal_likelihood"])
        assert result["null"] == SCALES[result["scale"]].null
        assert set(result["model"]["priors"]) == {"mu", "tau"}
        assert all(prior["reason"] for prior in result["model"]["priors"].values())
        for summary in (result["mu"], result["tau"], result["new_study"], *result["studies"]):
            assert set(summary) >= SUMMARY
            assert summary["ci_low"] < summary["median"] < summary["ci_high"]
            width = summary["ci_high"] - summary["ci_low"]
            assert summary["shortest_high"] - summary["shortest_low"] <= width * (1 + 1e-9)
            for entry in summary["thresholds"]:
                assert set(entry) == THRESHOLD
                assert entry["p_gt"] + entry["p_lt"] == pytest.approx(1.0, abs=1e-9)
        for entry in result["studies"]:
            assert set(entry) >= {"study", "report", "yi", "sei"}
        if result["null"] is not None:
            assert 0.0 < result["mu"]["p_gt_null"] < 1.0
            assert result["mu"]["prior_p_gt_null"] == pytest.approx(0.5, abs=1e-9)
            assert result["new_study"]["prior_p_gt_null"] == pytest.approx(0.5, abs=1e-9)
        else:
            assert result["mu"]["p_gt_null"] is None


def test_published_stands_beside(bundled: dict[str, Any]) -> None:
    """The reference review's printed result is in the document and is not our answer."""
    disability = next(result for result in bundled["results"] if result["outcome"] == "disability")
    (published,) = disability["published"]
    assert (published["review"], published["estimate"]) == ("Motamedgorji 2025", 0.77)
    assert disability["mu"]["mean"] != pytest.approx(0.77, abs=0.01)
    relapse = next(result for result in bundled["results"] if result["outcome"] == "relapse")
    assert relapse["published"][0]["ci_low"] is None, "an interval that was not seen stays blank"


def test_table_names_every_outcome(irlbayes: Callable[..., Any]) -> None:
    """The table has a row per answered outcome, the published results, and the reason for each unanswered one."""
    run = irlbayes("analyze")
    assert run.status == 0
    assert run.err == ""
    for words in ("Disability", "Relapse", "Brain volume", "P(> null)", "(prior)", "Motamedgorji", "0.77 [0.34, 1.21]"):
        assert words in run.out
    for name in ("nfl", "treatment_response", "treatment_effect"):
        assert name in run.out.split("outcomes without an answer")[1]


def test_one_outcome_in_full(irlbayes: Callable[..., Any]) -> None:
    """One outcome brings its studies, thresholds, priors with reasons, caveats and left-out rows."""
    run = irlbayes("analyze", "--outcome", "disability", "--threshold", "0.5")
    assert run.status == 0
    for words in (
        "blindenbacher2020",
        "in the light of the others",
        "Cohen",
        "given",
        "caveats",
        "rows left out",
        "half_normal(0.5)",
    ):
        assert words in run.out


def test_csv_needs_no_more_than_yi_and_sei(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    """A table with two columns is an evidence base; `vi` serves as well as `sei`."""
    by_sei, by_vi = tmp_path / "a.csv", tmp_path / "b.csv"
    by_sei.write_text("yi,sei\n0.1,0.2\n0.4,0.25\n")
    by_vi.write_text("yi,vi\n0.1,0.04\n0.4,0.0625\n")
    first, second = (load(irlbayes("analyze", path, "--format", "json").out) for path in (by_sei, by_vi))
    assert [entry["study"] for entry in first["results"][0]["studies"]] == ["study 1", "study 2"]
    assert first["results"][0]["scale"] == "none"
    assert first["results"][0]["mu"]["mean"] == pytest.approx(second["results"][0]["mu"]["mean"], rel=1e-12)


def test_golden_number_at_the_command_line(irlbayes: Callable[..., Any]) -> None:
    """Crins 2014 with mu ~ normal(0, 4), tau ~ half_normal(0.5): the posterior mean is -1.5764253673."""
    run = irlbayes(
        "analyze",
        SIX,
        "--scale",
        "log_or",
        "--prior-mu",
        "normal(0, 4)",
        "--prior-tau",
        "half_normal(0.5)",
        "--format",
        "json",
    )
    (result,) = load(run.out)["results"]
    assert result["mu"]["mean"] == pytest.approx(-1.5764253673, abs=1e-10)
    assert result["model"]["priors"]["mu"]["prior"] == "normal(0, 4)"


def test_priors_change_the_fingerprint(irlbayes: Callable[..., Any]) -> None:
    """Another prior is another model."""
    prints = {
        load(irlbayes("analyze", SIX, "--scale", "log_or", "--prior-tau", prior, "--format", "json").out)["results"][0][
            "model"
        ]["fingerprint"]
        for prior in ("half_normal(0.5)", "half_cauchy(0.5)", "uniform(0, 4)")
    }
    assert len(prints) == 3


def test_level_and_threshold(irlbayes: Callable[..., Any]) -> None:
    """A narrower level narrows the interval; a given threshold is answered for mu, the new study and each study."""
    wide, narrow = (
        load(irlbayes("analyze", SIX, "--level", level, "--threshold", "-1", "--format", "json").out)["results"][0]
        for level in ("0.95", "0.5")
    )
    assert narrow["mu"]["ci_high"] - narrow["mu"]["ci_low"] < wide["mu"]["ci_high"] - wide["mu"]["ci_low"]
    for summary in (wide["mu"], wide["new_study"], *wide["studies"]):
        (entry,) = summary["thresholds"]
        assert entry["value"] == -1.0
        assert entry["kind"] == "given"


def test_drop_report_is_the_answer_without(irlbayes: Callable[..., Any]) -> None:
    """Without directions disability rests on five reports, and the answer is another."""
    run = irlbayes("analyze", "--outcome", "disability", "--drop-report", "direction", "--format", "json")
    (result,) = load(run.out)["results"]
    assert result["k"] == 5
    assert "direction" not in {entry["report"] for entry in result["studies"]}
    assert any("left out on request" in item["reason"] for item in result["left_out"])


def test_sensitivity_rows_on_request(irlbayes: Callable[..., Any]) -> None:
    """Neurofilament has no primary rows, and one sensitivity row that can be pooled."""
    run = irlbayes("analyze", "--outcome", "nfl", "--use", "sensitivity", "--format", "json")
    (result,) = load(run.out)["results"]
    assert run.status == 0
    assert result["k"] == 1
    assert any("sensitivity row" in caveat for caveat in result["caveats"])
    assert any("One study" in caveat for caveat in result["caveats"])


def test_csv_format(irlbayes: Callable[..., Any]) -> None:
    """`--format csv` is a table with a row for mu, tau, the new study and each study."""
    rows = list(csv.DictReader(io.StringIO(irlbayes("analyze", SIX, "--format", "csv").out)))
    assert [row["quantity"] for row in rows][:3] == ["mu", "tau", "new_study"]
    assert len(rows) == 9
    assert float(rows[0]["ci_low"]) < float(rows[0]["mean"]) < float(rows[0]["ci_high"])


def test_output_file(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    """`--output` writes the whole document and prints nothing; what stood there is replaced, nothing is left beside."""
    target = tmp_path / "answer.json"
    target.write_text("old")
    run = irlbayes("analyze", SIX, "--format", "json", "--output", target)
    assert (run.status, run.out, run.err) == (0, "", "")
    assert load(target.read_text())["results"][0]["k"] == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.json"]
    assert target.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_exit_status_one_when_an_outcome_has_no_answer(irlbayes: Callable[..., Any]) -> None:
    """An outcome that was asked for and has no rows is a failure; the others are still reported."""
    run = irlbayes("analyze", "--outcome", "nfl", "--outcome", "relapse", "--format", "json")
    document = load(run.out)
    assert run.status == 1
    assert [result["outcome"] for result in document["results"]] == ["relapse"]
    assert [item["outcome"] for item in document["skipped"]] == ["nfl"]


def test_exit_status_one_when_a_flat_prior_leaves_some_out(irlbayes: Callable[..., Any]) -> None:
    """Under a flat prior outcomes with fewer than three studies are refused, and the others answered."""
    run = irlbayes(
        "analyze", "--prior-mu", "flat", "--outcome", "relapse", "--outcome", "irl_prevalence", "--format", "json"
    )
    document = load(run.out)
    assert run.status == 1
    (result,) = document["results"]
    assert result["outcome"] == "irl_prevalence"
    assert result["mu"]["prior_p_gt_null"] is None
    assert result["log_marginal_likelihood"] is None
    assert "improper" in document["skipped"][0]["reason"]


def test_same_bytes_twice(irlbayes: Callable[..., Any]) -> None:
    """The same command prints the same bytes."""
    first, second = (irlbayes("analyze", SIX, "--format", "json").out for _ in range(2))
    assert first == second


# (name, arguments, words of the message)
REFUSED = [
    ("unknown outcome", ["--outcome", "happiness"], "an outcome of irl"),
    ("unknown use", ["--use", "all"], "primary, sensitivity"),
    ("unknown report kind", ["--drop-report", "rumour"], "a report kind"),
    ("unknown model", ["--model", "magic"], "a declared model"),
    ("model of another scale", ["--outcome", "relapse", "--model", "smd"], "declares priors on smd"),
    ("unknown engine", ["--engine", "guess"], "one of auto, exact, nuts"),
    ("unknown format", ["--format", "xml"], "one of table, json, csv"),
    ("level of one", ["--level", "1"], "above 0 and below 1"),
    ("level not a number", ["--level", "nan"], "above 0 and below 1"),
    ("malformed prior", ["--prior-mu", "normal(0 4)"], "takes mean, sd"),
    ("prior with code", ["--prior-mu", "__import__('os').system('true')"], "not a prior of mu"),
    ("prior of the other kind", ["--prior-mu", "half_normal(1)"], "not a prior of mu"),
    ("unknown prior", ["--prior-tau", "half_magic(1)"], "not a prior of tau"),
    ("negative scale", ["--prior-tau", "half_normal(-1)"], "above 0"),
    ("zero scale", ["--prior-mu", "normal(0, 0)"], "above 0"),
    ("infinite prior", ["--prior-mu", "normal(0, inf)"], "plain numbers"),
    ("huge prior", ["--prior-mu", "normal(0, 1e300)"], "at most"),
    ("improper uniform", ["--prior-tau", "uniform"], "improper"),
    ("reversed uniform", ["--prior-tau", "uniform(4, 1)"], "up to a larger"),
    ("flat tau", ["--prior-tau", "flat"], "not a prior of tau"),
    ("improper posterior", ["--outcome", "relapse", "--prior-mu", "flat"], "at least 3 studies"),
    ("no such folder for the output", ["--output", "/nowhere/at/all.json"], "folder that exists"),
    ("threshold not a number", ["--threshold", "big"], "valid number"),
    ("threshold not finite", ["--threshold", "nan"], "finite"),
]


@pytest.mark.parametrize(("arguments", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_options(irlbayes: Callable[..., Any], arguments: list[str], words: str) -> None:
    """A bad option is one clear message on standard error, status 2 and no number."""
    run = irlbayes("analyze", *arguments)
    assert run.status == 2
    assert run.out == ""
    assert words in " ".join(run.err.split()), run.err


def test_bad_table_is_shown_whole(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    """All problems of a table come at once on standard error, naming line, column, value, rule and fix."""
    path = tmp_path / "bad.csv"
    path.write_text("study,yi,sei\na,x,0.2\nb,0.1,-1\n")
    for command in ("analyze", "validate"):
        run = irlbayes(command, path)
        assert run.status == 2
        assert run.out == ""
        assert "2 problems" in run.err
        for words in ("line", "column", "value", "rule", "fix", "x", "-1", "above 0"):
            assert words in run.err


def test_control_characters_are_shown_not_sent(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    """A cell with a terminal escape is printed as text."""
    path = tmp_path / "bad.csv"
    path.write_bytes(b"study,yi,sei\na,\x1b[31mred,0.2\n")
    run = irlbayes("validate", path)
    assert run.status == 2
    assert "\x1b" not in run.err
    assert "\\x1b[31mred" in run.err


def test_flat_prior_with_directions_alone(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    """Three directions to one side bound nothing: a flat prior is refused, a proper one answered with the caveat."""
    path = tmp_path / "signs.csv"
    path.write_text("study,sign,n1i,n2i\na,+,20,20\nb,+,30,30\nc,+,10,12\n")
    refused = irlbayes("analyze", path, "--scale", "smd", "--prior-mu", "flat")
    assert refused.status == 2
    assert "improper" in refused.err
    answered = load(irlbayes("analyze", path, "--scale", "smd", "--format", "json").out)["results"][0]
    assert answered["mu"]["p_gt_null"] > 0.5
    assert any("No report gives a size" in caveat for caveat in answered["caveats"])


def test_unit_of_its_own_needs_priors(irlbayes: Callable[..., Any]) -> None:
    """`--scale md` has no default prior; with both priors given it is answered."""
    refused = irlbayes("analyze", SIX, "--scale", "md")
    assert refused.status == 2
    assert "no default priors" in " ".join(refused.err.split())
    run = irlbayes("analyze", SIX, "--scale", "md", "--prior-mu", "normal(0, 10)", "--prior-tau", "half_normal(5)")
    assert run.status == 0


def test_prior_far_from_the_data_is_said(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    """Effects near 160 under a default prior of N(0, 1) bring a caveat about the scale."""
    path = tmp_path / "large.csv"
    path.write_text("yi,sei\n160,3\n155,4\n150,5\n")
    (result,) = load(irlbayes("analyze", path, "--format", "json").out)["results"]
    assert any("is the scale right" in caveat for caveat in result["caveats"])


def test_interrupt_and_broken_pipe_are_quiet() -> None:
    """A reader that stops reading gets no traceback."""
    command = f"{sys.executable} -m irlbayes.cli outcomes irl | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_validate_and_outcomes_and_version(irlbayes: Callable[..., Any]) -> None:
    """The three small commands answer."""
    assert "140 reports, all valid" in irlbayes("validate", "irl").out
    listed = irlbayes("outcomes").out
    for name in (*ANSWERED, "nfl", "treatment_response", "treatment_effect"):
        assert name in listed
    assert irlbayes("--version").out == f"irlbayes {package.__version__}\n"


def test_defect_is_said_in_a_line(irlbayes: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours is one line that asks for a report, never a traceback."""

    def fail(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr("irlbayes.workflow.analyze", fail)
    run = irlbayes("analyze")
    assert run.status == 1
    assert run.err.startswith("error: irlbayes failed (ZeroDivisionError: deep inside)")
