"""The composer of bias models: what it is told, keeps, refuses and says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from irlbayes import biased, workflow
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.errors import InputError
from irlbayes.core.publication import Bias, Ensemble, WeightFunction
from irlbayes.models.ensembles import choose, ensembles, read_ensemble
from irlbayes.report.bias import answers, sentence
from irlbayes.report.table import to_text

SIX = "study,yi,sei\nA,0.45,0.2\nB,0.8,0.35\nC,0.1,0.12\nD,0.62,0.3\nE,-0.2,0.25\nF,0.7,0.33\n"
SMD = ModelSpec("smd", "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))


@pytest.fixture
def six(tmp_path: Path) -> Path:
    path = tmp_path / "six.csv"
    path.write_text(SIX, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def irl() -> dict[str, Any]:
    return biased.bias("irl", outcomes=["relapse", "disability"])


def test_irl_answers(irl: dict[str, Any]) -> None:
    """The ordinary row is the answer of `analyze`; allowing for selection moves both towards no effect."""
    relapse, disability = irl["results"]
    plain = {r.outcome.name: r for r in workflow.analyze("irl", outcomes=["relapse", "disability"]).results}
    for row in (relapse, disability):
        expected = plain[row["outcome"]].answers["pooled"].numbers
        found = row["rows"]["ordinary"]["mu"]
        for name in ("mean", "ci_low", "ci_high", "p_gt_null"):
            assert found[name] == pytest.approx(expected[name], abs=1e-5)
        new = plain[row["outcome"]].answers["new_study"].numbers
        assert row["rows"]["ordinary"]["theta_new"]["p_gt_null"] == pytest.approx(new["p_gt_null"], abs=1e-5)
        assert 0.0 < row["rows"]["conditional"]["mu"]["mean"] < found["mean"]
        assert row["favoured"] == "+"
    assert any("next to nothing" in words for words in relapse["caveats"])
    assert "Taken at face value: OR" in sentence(relapse)


def test_the_text_fits_a_terminal(irl: dict[str, Any]) -> None:
    text = to_text(answers(irl))
    assert max(len(line) for line in text.splitlines()) <= 118
    assert "averaged over all models" in text


def test_an_outcome_without_a_null_is_skipped_with_the_reason() -> None:
    found = biased.bias("irl", outcomes=["irl_prevalence"])
    assert found["results"] == []
    assert found["skipped"][0]["failed"]
    assert "no value of no effect" in found["skipped"][0]["reason"]


def test_resuming_computes_nothing_twice(six: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept answer is read back as it was; another question, or a broken file, is computed anew."""
    keep = tmp_path / "keep"
    first = biased.bias(six, scale="smd", resume=keep)
    calls: list[str] = []
    true = biased.average
    monkeypatch.setattr(biased, "average", lambda *args: calls.append("once") or true(*args))
    assert biased.bias(six, scale="smd", resume=keep)["results"] == json.loads(json.dumps(first["results"]))
    assert calls == []
    biased.bias(six, scale="smd", resume=keep, favoured="-")
    assert calls == ["once"]
    (file,) = keep.glob("*.json")
    file.write_text("{", encoding="utf-8")
    biased.bias(six, scale="smd", resume=keep, favoured="-")
    assert calls == ["once", "once"]


def test_cuts_replace_the_weight_functions(six: Path) -> None:
    found = biased.bias(six, scale="smd", favoured="+", cuts=[0.025])["results"][0]
    names = {model["bias"] for model in found["models"]}
    assert names == {"no bias", "selection by one-sided p 0.025", "PET", "PEESE"}
    assert found["families"]["selection"]["prior"] == pytest.approx(0.25)
    assert [cell["p_to"] for cell in found["omega"]] == pytest.approx([0.025, 0.975, 1.0])
    assert [sum(s["intervals"] == [i] for s in found["studies"]) for i in range(3)] == [4, 2, 0]


def test_without_a_direction_both_are_favoured(six: Path) -> None:
    """A table says no harm: one-sided weight functions leave their prior probability to the two-sided ones."""
    found = biased.bias(six, scale="smd")["results"][0]
    assert found["favoured"] == "both"
    assert found["families"]["selection"]["prior"] == pytest.approx(0.25)
    assert len(found["models"]) == 20


def test_one_sided_cuts_become_two_sided_where_no_other_is_there() -> None:
    ensemble = Ensemble("one", 0.5, 0.5, (Bias("none", 0.5), Bias("selection", 0.5, WeightFunction(1, (0.025, 0.5)))))
    found = biased.for_outcome(ensemble, "both", "smd", SMD)
    assert [str(bias.weights) for bias in found.biases if bias.weights] == ["two-sided p 0.05"]
    assert sum(bias.prior for bias in found.biases) == pytest.approx(1.0)


def test_the_coefficient_of_peese_has_the_unit_of_the_scale() -> None:
    ensemble = Ensemble("one", 0.5, 0.5, (Bias("PET", 0.5, scale=1.0), Bias("PEESE", 0.5, scale=5.0)))
    assert [b.scale for b in biased.for_outcome(ensemble, "+", "smd", SMD).biases] == pytest.approx([1.0, 5.0])
    ratios = biased.for_outcome(ensemble, "+", "log_or", SMD)
    assert [b.scale for b in ratios.biases] == pytest.approx([1.0, 5.0 / 2.0**0.5])
    points = ModelSpec("x", "md", Prior("normal", (0.0, 10.0)), Prior("half_normal", (5.0,)))
    assert [b.scale for b in biased.for_outcome(ensemble, "+", "md", points).biases] == pytest.approx([1.0, 0.5])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ensemble": "mine"}, "robma_psma"),
        ({"favoured": "up"}, "+, -, both"),
        ({"cuts": [0.5, 0.025]}, "rising p-values"),
        ({"cuts": [0.0]}, "rising p-values"),
        ({"level": 1.5}, "probability"),
        ({"thresholds": [float("nan")]}, "finite"),
        ({"prior_mu": "flat"}, "proper prior"),
        ({"outcomes": ["nothing"]}, "an outcome of"),
    ],
)
def test_options_are_refused_with_a_reason(six: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as refused:
        biased.bias(six, scale="smd", **options)
    assert words in str(refused.value)


def test_silent_cohorts_of_a_folder(tmp_path: Path) -> None:
    """``measured`` in studies.csv makes a cohort known; one without a row speaks through its silence."""
    folder = tmp_path / "quiet"
    folder.mkdir()
    (folder / "evidence.toml").write_text(
        'schema = "irlbayes/evidence/1"\nname = "quiet"\ntitle = "Two that spoke"\nas_of = 2026-11-25\nnotes = []\n'
        '[outcomes.disability]\nlabel = "Disability"\nscale = "smd"\nharm = "+"\ninstruments = ["EDSS"]\n'
        'contrasts = ["rims"]\n[contrasts]\nrims = "rims against none"\n',
        encoding="utf-8",
    )
    source = Path(__file__).parents[2] / "data" / "irl"
    header = (source / "reports.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    cells = {
        "outcome": "disability",
        "instrument": "EDSS",
        "contrast": "rims",
        "report": "significance",
        "scale": "smd",
    }
    cells |= {"verdict": "significant_higher", "alpha": "0.05", "n1i": "30", "n2i": "40", "read_twice": "yes"}
    cells |= {"use": "primary", "location": "abstract", "doi": "10.1/x"}
    lines = [",".join(header)]
    for name in ("a", "b"):
        row = cells | {"id": f"{name}.edss", "study": name, "cohort": name}
        lines.append(",".join(row.get(column, "") for column in header))
    (folder / "reports.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    studies = "study,cohort,measured,n1i,n2i\na,a,disability,30,40\nb,b,disability,30,40\nc,c,disability,25,35\n"
    (folder / "studies.csv").write_text(studies, encoding="utf-8")
    found = biased.bias(folder)["results"][0]
    assert [study["role"] for study in found["studies"]] == ["known", "known"]
    assert "Measured, and not reported: c." in found["caveats"]
    (folder / "studies.csv").write_text(studies.replace("c,c,disability,25,35\n", ""), encoding="utf-8")
    without = biased.bias(folder)["results"][0]
    assert found["rows"]["selection"]["mu"]["mean"] < without["rows"]["selection"]["mu"]["mean"]


def test_shipped_ensembles() -> None:
    known = ensembles()
    assert set(known) == {"robma_psma", "equal"}
    families = {bias.family: 0.0 for bias in known["robma_psma"].biases}
    for bias in known["robma_psma"].biases:
        families[bias.family] += bias.prior
    assert families == pytest.approx({"none": 0.5, "selection": 0.25, "PET": 0.125, "PEESE": 0.125})
    assert {bias.prior for bias in choose("equal").biases} == {1.0 / 9.0}


def test_every_problem_of_a_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        'schema = "x"\nname = "other"\n[effect]\nprior = 2\n[heterogeneity]\nprior = 0.5\n'
        '[[bias]]\nfamily = "tides"\nodds = 1\n[[bias]]\nfamily = "selection"\nsides = 3\ncuts = [2]\nodds = 0\n'
        '[[bias]]\nfamily = "PET"\nodds = 1\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        read_ensemble(path)
    rules = [problem.rule for problem in refused.value.problems]
    assert len(rules) == 9
    for words in ("schema", "file's name", "reason", "probability", "family", "odds", "sides", "cuts", "scale"):
        assert any(words in rule for rule in rules), words
