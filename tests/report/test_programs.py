"""Programs in plain PyMC: every sort of model is the model that was pooled here, and samples to the same answer."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from irlbayes import workflow
from irlbayes.core.types import ReportTable
from irlbayes.models import graph
from irlbayes.report.document import document
from irlbayes.report.programs import program

# Rows in cohorts, with a moderator; example numbers.
ROWS = (
    ("one", "a", 0.31, 0.14, 2.0), ("two", "a", 0.12, 0.11, 2.0), ("three", "a", 0.25, 0.20, 2.0),
    ("four", "b", -0.10, 0.16, 5.0), ("five", "b", 0.05, 0.12, 5.0), ("six", "c", 0.44, 0.22, 8.0),
    ("seven", "d", 0.52, 0.13, 9.0),
)  # fmt: skip
SORTS: dict[str, Mapping[str, Any]] = {
    "plain": {},
    "moderators": {"moderators": "dose"},
    "within": {"within": "half_normal(0.25)"},
    "correlated": {"within": "half_normal(0.25)", "within_correlation": 0.5},
    "moderators within": {"moderators": "dose", "within": "half_normal(0.25)"},
    "heavy tails": {"random_effects": "student_t(4)"},
    "contaminated": {"random_effects": "contaminated(0.1, 3)"},
    "interaction": {"model": "interaction"},
    "irl_prevalence": {},
    "relapse": {},
    "brain_volume": {},
}
TOLD = ("mean", "ci_low", "ci_high", "p_gt_null", "prior_p_gt_null")
DRAWS = {"draws": 2000, "tune": 2000, "chains": 4, "cores": 1, "target_accept": 0.99, "random_seed": 1}
WRONG = 4.0  # standard errors of the two engines together: 1 of 16,000 comparisons of a true one


BUNDLED = ("irl_prevalence", "relapse", "brain_volume")


def table(sort: str, folder: Path) -> ReportTable:
    """Return what a sort of model needs: the rows above, each its own cohort unless they are pooled within cohorts."""
    if sort in BUNDLED:
        return workflow.read_reports("irl")
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["study", "cohort", "yi", "sei", "dose"])
        out.writerows((name, cohort if "within" in SORTS[sort] else name, *rest) for name, cohort, *rest in ROWS)
    scale = "log_or" if sort == "interaction" else "smd"
    return workflow.read_reports(path, scale, clustered="within" in SORTS[sort])


def written(result: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names that a program defines."""
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(program(result, row, "", "", 0.95, 1), "program", "exec"), names)
    return names


@pytest.mark.parametrize("sort", SORTS)
def test_log_density_is_that_of_our_graph(sort: str, tmp_path: Path) -> None:
    """Up to one constant: differences of the log density between points are the same, likelihood, priors and all."""
    options, rows = dict(SORTS[sort]), table(sort, tmp_path)
    name = sort if sort in BUNDLED else "effect"
    effects = workflow.effect_table(rows, name, moderators=options.get("moderators"), clustered="within" in options)
    model = workflow.load_model(rows.outcomes[name], options.pop("model", None), **options)
    result = SimpleNamespace(posterior=SimpleNamespace(effects=effects, model=model), outcome=effects.outcome)
    size = 0.65 if sort == "irl_prevalence" else 0.01  # as `analyze` says of tau: clearly not 0, or nearly
    row = {"engine": "exact", "mu": dict.fromkeys(TOLD), "tau": {"ci_low": size}}
    theirs, ours = written(result, row)["model"](), graph.build(model, effects)
    direct = "theta" in {one.name for one in theirs.value_vars}
    assert direct == (sort == "irl_prevalence")
    rng = np.random.default_rng(1)
    peaks = [_peak(study.curve) for study in effects.studies]
    there, here = (model.compile_logp(mode="FAST_COMPILE") for model in (theirs, ours))
    start, found = ours.initial_point(), []
    for _ in range(3):
        point = {name: 0.3 * rng.normal(size=np.shape(start[name])) for name in start}
        jacobian, same = 0.0, point
        if sort in BUNDLED:  # where the curves are more than their rounding
            tau = float(np.exp(point["tau_log__"]))
            theta = np.array(peaks) + 0.05 * rng.normal(size=len(peaks))
            point["z"] = (theta - point["mu"]) / tau
            if direct:
                same = {"mu": point["mu"], "tau_log__": point["tau_log__"], "theta": theta}
                jacobian = len(theta) * np.log(tau)
        found.append((float(here(point)), float(there(same)) + jacobian))
    assert np.all(np.isfinite(found))
    ours_differ, theirs_differ = np.diff(np.array(found), axis=0).T
    np.testing.assert_allclose(theirs_differ, ours_differ, rtol=1e-7, atol=1e-7)


def _peak(curve: Any) -> float:
    low, high = curve.span
    places = np.linspace(low, high, 201)
    return float(places[np.argmax(curve.log_value(places))])


@pytest.mark.slow
@pytest.mark.parametrize("sort", SORTS)
def test_sampling_finds_what_was_found_here(sort: str, tmp_path: Path) -> None:
    """The mean of mu, its interval and its probability; where NUTS pooled here too, by both standard errors."""
    import arviz
    import pymc

    rows = table(sort, tmp_path)
    analysis = workflow.analyze(rows, outcomes=[sort] if sort in BUNDLED else (), **SORTS[sort])
    row = document(analysis, workflow.fingerprints(analysis))["results"][0]
    posterior = analysis.results[0].posterior
    names = written(analysis.results[0], row)
    with names["model"]():
        trace = pymc.sample(**DRAWS, progressbar=False)
    assert int(trace.sample_stats["diverging"].sum()) == 0
    mu = trace.posterior["mu"]
    assert float(arviz.ess(mu, method="tail")) > 400.0
    share = 1.0 if posterior.engine == "exact" else 2.0**0.5  # as many draws there
    assert abs(float(mu.mean()) - row["mu"]["mean"]) < WRONG * share * float(arviz.mcse(mu, method="mean"))
    for p, name in ((0.025, "ci_low"), (0.975, "ci_high")):
        error = float(arviz.mcse(mu, method="quantile", prob=p))
        assert abs(float(mu.quantile(p)) - row["mu"][name]) < WRONG * share * error
    if row["mu"]["p_gt_null"] is not None:
        above = (mu > row["null"]).astype(float)
        error = share * float(arviz.mcse(above, method="mean"))
        assert abs(float(above.mean()) - row["mu"]["p_gt_null"]) < WRONG * error
