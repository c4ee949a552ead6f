"""The exact engine as a posterior: what it fills in, what it refuses, what it does not load."""

import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.errors import FitError
from irlbayes.core.types import EffectTable, Outcome, Report, ReportTable
from irlbayes.effects.table import effect_table
from irlbayes.posterior import exact

INPUTS = Path(__file__).parents[1] / "reference" / "inputs"
NORMAL = Prior("normal", (0.0, 1.0))
FLAT = Prior("flat")
HALF_NORMAL = Prior("half_normal", (0.5,))


def effects_of(rows: Sequence[tuple[str, dict[str, float | str]]], scale: str = "smd") -> EffectTable:
    """Turn (kind, cells) rows into the studies of one outcome."""
    reports = tuple(
        Report(f"s{i}", f"s{i}", f"s{i}", "outcome", kind, "primary", "test", i + 2, cells)
        for i, (kind, cells) in enumerate(rows)
    )
    outcome = Outcome("outcome", "outcome", scale, 0.0, "+")
    return effect_table(ReportTable("test", "test", "test", "", reports, {"outcome": outcome}), outcome)


def reference(dataset: str) -> EffectTable:
    """Return a reference data set as studies with normal likelihoods."""
    with (INPUTS / f"{dataset}.csv").open(encoding="utf-8") as file:
        rows = [("yi_sei", {"yi": float(r["yi"]), "sei": float(r["sei"])}) for r in csv.DictReader(file)]
    return effects_of(rows, "none")


def direction(sign: str) -> tuple[str, dict[str, float | str]]:
    return "direction", {"sign": sign, "n1i": 42.0, "n2i": 49.0}


def estimate(yi: float) -> tuple[str, dict[str, float | str]]:
    return "yi_sei", {"yi": yi, "sei": 0.2, "scale": "smd"}


def model(mu: Prior = NORMAL, tau: Prior = HALF_NORMAL) -> ModelSpec:
    return ModelSpec("test", "smd", mu, tau)


def test_a_published_posterior() -> None:
    """Crins 2014: the golden numbers of the reference, through the whole posterior."""
    posterior = exact.fit(reference("crins2014_ar"), model(Prior("normal", (0.0, 4.0))))
    assert posterior.after.mu is not None
    assert posterior.after.theta_new is not None
    assert posterior.after.mu.mean == pytest.approx(-1.5764253673, rel=1e-9)
    assert posterior.after.mu.sd == pytest.approx(0.3293681545, rel=1e-9)
    assert float(posterior.after.tau.quantile(0.5)) == pytest.approx(0.3445023039, rel=1e-9)
    assert posterior.after.theta_new.interval(0.95) == pytest.approx((-2.7730270504, -0.4172994418), rel=1e-9)
    assert posterior.engine == "exact"
    assert posterior.gate.passed
    assert posterior.error_bound is not None
    assert posterior.error_bound < 1e-9
    assert posterior.log_marginal_likelihood is not None
    assert posterior.share is not None
    assert posterior.share.shape == (6,)
    assert len(posterior.after.theta) == 6
    assert posterior.prior.theta == ()


def test_the_prior_stands_beside() -> None:
    posterior = exact.fit(effects_of([estimate(0.5), direction("+")]), model())
    assert posterior.prior.mu is not None
    assert posterior.prior.theta_new is not None
    assert posterior.prior.mu.sd == pytest.approx(1.0, rel=1e-9)
    assert posterior.prior.theta_new.sd == pytest.approx(np.sqrt(1.25), rel=1e-9)
    assert float(posterior.prior.tau.sf(0.5)) == pytest.approx(0.31731050786291415, rel=1e-9)


def test_a_flat_prior_has_no_marginal() -> None:
    posterior = exact.fit(effects_of([estimate(0.1), estimate(0.5), estimate(0.3)]), model(FLAT))
    assert posterior.prior.mu is None
    assert posterior.prior.theta_new is None
    assert float(posterior.prior.tau.sf(0.5)) == pytest.approx(0.31731050786291415, rel=1e-9)
    assert posterior.log_marginal_likelihood is None
    assert "prior" not in posterior.tree.children


def test_applies_to_any_proper_prior() -> None:
    assert exact.applies(effects_of([direction("+")]), model()) == ""


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([direction("+"), direction("+"), direction("+")], "from above"),
        ([direction("-"), direction("-"), direction("-")], "from below"),
        ([estimate(0.1)], "without s0"),
        ([estimate(0.1), direction("+"), direction("+")], "without s0 no report bounds it from above"),
        ([direction("+"), direction("-"), direction("+")], "without s1"),
    ],
)
def test_a_flat_prior_needs_bounds_without_any_one_study(
    rows: list[tuple[str, dict[str, float | str]]], says: str
) -> None:
    effects = effects_of(rows)
    assert says in exact.applies(effects, model(FLAT))
    with pytest.raises(FitError, match="flat prior"):
        exact.fit(effects, model(FLAT))


def test_a_flat_prior_bounded_by_directions() -> None:
    rows = [direction("+"), direction("-"), direction("+"), direction("-")]
    assert exact.applies(effects_of(rows), model(FLAT)) == ""


def test_an_unknown_family_does_not_apply() -> None:
    effects = effects_of([estimate(0.1)])
    assert "laplace" in exact.applies(effects, model(Prior("laplace", (0.0, 1.0))))


def test_arithmetic_failure_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ArithmeticError("a density is too rough to resolve")

    monkeypatch.setattr(exact, "solve", fail)
    with pytest.raises(FitError, match="could not be computed by quadrature: a density is too rough"):
        exact.fit(effects_of([estimate(0.123)]), model(Prior("normal", (0.0, 1.2345))))


def test_the_tree_grows_on_first_use_and_from_the_seed() -> None:
    effects = effects_of([estimate(0.5), direction("+")])
    first, again, other = (exact.fit(effects, model(), seed=seed) for seed in (1, 1, 2))
    assert "tree" not in vars(first)
    assert first.tree is first.tree
    assert first.tree["posterior"].to_dataset().identical(again.tree["posterior"].to_dataset())
    assert not first.tree["posterior"].to_dataset().identical(other.tree["posterior"].to_dataset())
    assert first.after.mu is not None
    assert other.after.mu is not None
    assert first.after.mu.mean == other.after.mu.mean


def test_a_fit_loads_nothing_heavy() -> None:
    program = """
import sys
from irlbayes.core.assumptions import ModelSpec, Prior, RandomEffects
from irlbayes.core.types import EffectTable, Outcome, Report, ReportTable
from irlbayes.effects.table import effect_table
from irlbayes.posterior import exact
cells = {"sign": "+", "n1i": 42.0, "n2i": 49.0}, {"sign": "-", "n1i": 38.0, "n2i": 64.0}
reports = tuple(Report(f"s{i}", f"s{i}", f"s{i}", "o", "direction", "primary", "f", 2, c) for i, c in enumerate(cells))
outcome = Outcome("o", "o", "smd", 0.0, "+")
effects = effect_table(ReportTable("t", "t", "t", "", reports, {"o": outcome}), outcome)
exact.fit(effects, ModelSpec("m", "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))))
heavy = {"pymc", "pytensor", "nutpie", "numba", "arviz", "xarray", "pandas", "scipy.stats", "matplotlib"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
