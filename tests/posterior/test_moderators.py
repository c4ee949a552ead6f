"""Moderators: the exact engine and NUTS, formulas that are read and those that are refused."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from irlbayes import workflow
from irlbayes.core.errors import FitError, InputError
from irlbayes.core.types import EffectTable

REFERENCE = Path(__file__).parents[1] / "reference"
MOST_ERRORS = 4.0


@pytest.fixture
def bcg(tmp_path: Path) -> Path:
    """BCG trials (Colditz et al. 1994) with latitude and allocation."""
    with (REFERENCE / "moderators.csv").open(encoding="utf-8") as file:
        moderators = {row["study"]: row for row in csv.DictReader(file) if row["dataset"] == "bcg_rr"}
    lines = ["study,yi,sei,ablat,alloc,blank,same"]
    with (REFERENCE / "inputs" / "bcg_rr.csv").open(encoding="utf-8") as file:
        for i, row in enumerate(csv.DictReader(file)):
            more = moderators[row["study"]]
            blank = "" if i == 3 else "x"
            lines.append(f'"{row["study"]}",{row["yi"]},{row["sei"]},{more["ablat"]},{more["alloc"]},{blank}{i % 2},7')
    lines[4] = lines[4].replace(",1,7", ",,7")
    path = tmp_path / "bcg.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def fitted(path: Path, moderators: str, engine: str = "exact", **priors: str):
    table = workflow.read_reports(path, scale="log_rr")
    effects = workflow.effect_table(table, "effect", moderators=moderators)
    model = workflow.load_model(table.outcomes["effect"], moderators=moderators, **priors)
    return workflow.fit(effects, model, engine)  # type: ignore[arg-type]


def test_nuts_agrees(bcg: Path) -> None:
    """Mean, median and 5 % and 95 % quantiles of coefficients, mu, tau, a new study and every effect."""
    import arviz as az

    known, sampled = (fitted(bcg, "center(ablat) + alloc", engine) for engine in ("exact", "nuts"))
    assert sampled.gate.passed, sampled.gate
    assert list(known.after.beta) == list(sampled.after.beta)
    assert list(known.after.beta) == ["Intercept", "center(ablat)", "alloc[random]", "alloc[systematic]"]
    pairs = {name: (known.after.beta[name], sampled.after.beta[name]) for name in known.after.beta}
    for name in ("mu", "tau", "theta_new"):
        pairs[name] = getattr(known.after, name), getattr(sampled.after, name)
    pairs |= {f"theta{i}": pair for i, pair in enumerate(zip(known.after.theta, sampled.after.theta, strict=True))}
    errors = {}
    for name, (one, draws) in pairs.items():
        errors[name] = (draws.mean - one.mean) / float(az.mcse(draws.values, method="mean"))
        for p in (0.05, 0.5, 0.95):
            error = float(az.mcse(draws.values, method="quantile", prob=p))
            errors[f"{name} {p}"] = (float(draws.quantile(p)) - float(one.quantile(p))) / error
    assert len(errors) == 4 * 20
    assert {name: round(error, 2) for name, error in errors.items() if abs(error) > MOST_ERRORS} == {}


def test_draws_agree_with_the_densities(bcg: Path) -> None:
    """4,000 independent draws: a probability within 4 standard errors, 0.029."""
    posterior = fitted(bcg, "ablat")
    tree = posterior.tree["posterior"]
    assert tree["beta"].dims == ("chain", "draw", "coefficient")
    assert (tree["mu"].values < float(posterior.after.mu.quantile(0.3))).mean() == pytest.approx(0.3, abs=0.029)
    slope = tree["beta"].sel(coefficient="ablat").values
    assert (slope < float(posterior.after.beta["ablat"].quantile(0.7))).mean() == pytest.approx(0.7, abs=0.029)
    for i, marginal in enumerate(posterior.after.theta):
        below = (tree["theta"].values[:, :, i] < float(marginal.quantile(0.4))).mean()
        assert below == pytest.approx(0.4, abs=0.029)


def test_units_of_a_moderator_do_not_matter(bcg: Path) -> None:
    """Latitude in radians, under a flat prior: the coefficient changes its unit, and nothing else changes."""
    from dataclasses import replace

    table = workflow.read_reports(bcg, scale="log_rr")
    effects = workflow.effect_table(table, "effect", moderators="ablat")
    model = workflow.load_model(table.outcomes["effect"], moderators="ablat", prior_beta="flat")
    assert effects.design is not None
    radians = replace(effects.design, matrix=effects.design.matrix * np.array([1.0, np.pi / 180.0]))
    one, other = (workflow.fit(e, model, "exact") for e in (effects, replace(effects, design=radians)))
    assert other.after.beta["ablat"].mean == pytest.approx(one.after.beta["ablat"].mean * 180.0 / np.pi, rel=1e-9)
    assert other.after.tau.mean == pytest.approx(one.after.tau.mean, rel=1e-9)
    assert other.after.theta_new.sd == pytest.approx(one.after.theta_new.sd, rel=1e-9)


def test_only_an_intercept_is_the_ordinary_model(bcg: Path) -> None:
    table = workflow.read_reports(bcg, scale="log_rr")
    plain = workflow.fit(workflow.effect_table(table, "effect"), workflow.load_model(table.outcomes["effect"]))
    same = fitted(bcg, "1")
    assert same.after.mu.mean == pytest.approx(plain.after.mu.mean, rel=1e-9)
    assert same.after.theta_new.sd == pytest.approx(plain.after.theta_new.sd, rel=1e-9)
    assert same.log_marginal_likelihood == pytest.approx(plain.log_marginal_likelihood, rel=1e-9)


def test_partial_reports_go_to_nuts(tmp_path: Path) -> None:
    """A direction has no normal likelihood: exact refuses, auto samples and passes its gate."""
    path = tmp_path / "mixed.csv"
    path.write_text(
        "study,yi,sei,sign,n1i,n2i,dose\na,0.4,0.2,,,,1\nb,0.3,0.2,,,,2\nc,0.6,0.25,,,,3\nd,,,+,30,30,2\ne,0.7,0.3,,,,4\n",
        encoding="utf-8",
    )
    table = workflow.read_reports(path, scale="smd")
    effects: EffectTable = workflow.effect_table(table, "effect", moderators="dose")
    model = workflow.load_model(table.outcomes["effect"], moderators="dose")
    with pytest.raises(FitError, match="moderators need normal likelihoods, and d has another"):
        workflow.fit(effects, model, "exact")
    posterior = workflow.fit(effects, model)
    assert (posterior.engine, posterior.gate.passed) == ("nuts", True)
    assert set(posterior.after.beta) == {"Intercept", "dose"}


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("latitude", "a column of the table or of studies.csv: ablat, alloc"),
        ("ablat + blank", "blank is a moderator and this cell is blank"),
        ("same", "same is 7.0 in every study"),
        ("ablat + center(ablat)", "3 coefficients that 13 studies can tell apart"),
        ("ablat +", "a formula such as year"),
        ("__import__('os').getcwd()", "names of columns joined by"),
        ("exec(ablat)", "a function among C, center, scale, standardize"),
        ("(1|alloc)", "names of columns joined by"),
    ],
)
def test_formulas_that_are_refused(bcg: Path, formula: str, words: str) -> None:
    table = workflow.read_reports(bcg, scale="log_rr")
    with pytest.raises(InputError) as refused:
        workflow.effect_table(table, "effect", moderators=formula)
    assert words in str(refused.value)
    if "blank" in words:
        (problem,) = refused.value.problems
        assert (problem.row, problem.column) == (5, "blank")


def test_priors_that_are_refused(bcg: Path) -> None:
    outcome = workflow.read_reports(bcg, scale="log_rr").outcomes["effect"]
    with pytest.raises(InputError, match="moderators whose coefficients it is for"):
        workflow.load_model(outcome, prior_beta="normal(0, 1)")


def test_columns_of_studies_csv_moderate() -> None:
    """The bundled evidence: year of publication is in studies.csv."""
    table = workflow.read_reports("irl")
    effects = workflow.effect_table(table, "disability", moderators="center(year)")
    assert effects.design is not None
    assert effects.design.names == ("Intercept", "center(year)")
    assert effects.design.matrix[:, 1].sum() == pytest.approx(0.0, abs=1e-9)
