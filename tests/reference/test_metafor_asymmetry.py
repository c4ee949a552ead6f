"""Tests of asymmetry against metafor: every row of `metafor_asymmetry.csv`."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from irlbayes.asymmetry import begg, egger, excess_significance, henmi_copas, trim_and_fill
from irlbayes.core.funnels import Z_05, power
from irlbayes.core.least_squares import line

ROWS = Path(__file__).parent / "metafor_asymmetry.csv"
CLOSE = {"rel": 1e-8, "abs": 1e-12}
# metafor's trimfill pools the filled table by REML with its default threshold: a change of tau2 below 1e-5.
REML_THRESHOLD = 1e-5
# metafor's hc looks for its quantile with uniroot's default tolerance.
UNIROOT = float(np.finfo(float).eps ** 0.25)
COUNTS = {"crins2014_ar_rct": 29, "normand1999_md": 84}  # of the others 90: two studies; a left REML fill that failed
Inputs = Callable[[str], tuple[dict[str, str], ...]]
Group = dict[str, str]


def reference() -> dict[tuple[str, str], Group]:
    groups: dict[tuple[str, str], Group] = defaultdict(dict)
    with ROWS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            groups[row["dataset"], row["model"]][row["quantity"]] = row["value"]
    return groups


GROUPS = reference()


def arrays(inputs_of: Inputs, dataset: str) -> tuple[np.ndarray, np.ndarray]:
    rows = inputs_of(dataset)
    return np.array([float(row["yi"]) for row in rows]), np.array([float(row["sei"]) for row in rows])


MODELS = {
    "egger": r"egger\(.*",
    "peese": r"PEESE.*",
    "regression": r"rma.*regtest\(rma.*",
    "rank": r"ranktest.*",
    "trimfill": r"rma.*trimfill.*",
    "excess": r"tes",
    "henmi_copas": r"hc\(.*",
}


def groups(name: str) -> list[tuple[str, str]]:
    found = [key for key in GROUPS if re.fullmatch(MODELS[name], key[1])]
    assert found
    return found


def same(found: dict[str, float], wanted: Group, names: dict[str, str]) -> None:
    """Compare every quantity of a group; ``names`` maps the reference's names to ours."""
    assert set(wanted) == set(names)
    for theirs, ours in names.items():
        assert found[ours] == pytest.approx(float(wanted[theirs]), **CLOSE), theirs


def test_every_row_is_there() -> None:
    counts = Counter(dataset for (dataset, _), group in GROUPS.items() for _ in group)
    assert len(counts) == 17
    assert all(count == COUNTS.get(dataset, 90) for dataset, count in counts.items())
    assert sum(counts.values()) == 1463
    compared = {key for name in MODELS for key in groups(name)}
    assert compared == set(GROUPS)


@pytest.mark.parametrize(("dataset", "model"), groups("egger"))
def test_egger(dataset: str, model: str, inputs_of: Inputs) -> None:
    names = {"tval": "t", "dof": "df", "pval": "p", "bias_slope_on_sei": "slope", "bias_se": "slope_se"}
    found = egger.classical(*arrays(inputs_of, dataset))
    same(found, GROUPS[dataset, model], {**names, "intercept": "limit", "intercept_se": "limit_se"})


@pytest.mark.parametrize(("dataset", "model"), groups("peese"))
def test_peese(dataset: str, model: str, inputs_of: Inputs) -> None:
    names = {"slope": "slope", "slope_se": "slope_se", "intercept": "limit", "intercept_se": "limit_se"}
    found = egger.classical(*arrays(inputs_of, dataset), "vi")
    same(found, GROUPS[dataset, model], {**names, "p_intercept": "limit_p"})


@pytest.mark.parametrize(("dataset", "model"), groups("regression"))
def test_regression_with_random_effects(dataset: str, model: str, inputs_of: Inputs) -> None:
    method, predictor = model.removeprefix("rma.uni(").split(",")[0], model[:-1].rpartition(",")[2]
    names = {"zval": "z", "pval": "p", "slope": "slope", "slope.se": "slope_se", "intercept_limit_est": "limit"}
    found = egger.random(*arrays(inputs_of, dataset), predictor, method)
    same(found, GROUPS[dataset, model], {**names, "limit.ci.lb": "limit_low", "limit.ci.ub": "limit_high"})


@pytest.mark.parametrize(("dataset", "model"), groups("rank"))
def test_begg(dataset: str, model: str, inputs_of: Inputs) -> None:
    tau, p, exact = begg.rank_correlation(*arrays(inputs_of, dataset))
    same({"tau": tau, "p": p}, GROUPS[dataset, model], {"tau": "tau", "pval": "p"})
    assert exact == (dataset not in ("raudenbush1985", "eightschools_rounded"))  # the two with tied values


@pytest.mark.parametrize(("dataset", "model"), groups("trimfill"))
def test_trim_and_fill(dataset: str, model: str, inputs_of: Inputs) -> None:
    method, side = model.removeprefix("rma.uni(").split(",")[0], model.partition("trimfill(")[2].split(",")[0]
    wanted = GROUPS[dataset, model]
    yi, sei = arrays(inputs_of, dataset)
    found = trim_and_fill.fill(yi, sei**2, side, "L0", method)
    names = {"k0": "k0", "beta": "estimate", "se": "se", "ci.lb": "ci_low", "ci.ub": "ci_high", "tau2": "tau2"}
    if method == "REML" and found["k0"] > 0:  # the rest follows from tau2, and is compared at metafor's
        tau2 = float(wanted["tau2"])
        assert found["tau2"] == pytest.approx(tau2, abs=REML_THRESHOLD)
        images = [(one["yi"], one["sei"]) for one in found["images"]]
        filled = np.array([*zip(yi, sei, strict=True), *images])
        fit = line(filled[:, 0], filled[:, 1] ** 2 + tau2)
        middle, se = float(fit.beta[0]), fit.se(0)
        at_theirs = {"estimate": middle, "se": se, "ci_low": middle - Z_05 * se, "ci_high": middle + Z_05 * se}
        same({**found, **at_theirs, "tau2": tau2}, wanted, names)
    else:
        same(found, wanted, names)
    assert len(found["images"]) == found["k0"]


@pytest.mark.parametrize(("dataset", "model"), groups("excess"))
def test_excess_significance(dataset: str, model: str, inputs_of: Inputs) -> None:
    """Exact up to about 20 studies in metafor; its chi-squared form beyond, which is compared as such."""
    yi, sei = arrays(inputs_of, dataset)
    theta = line(yi, sei**2).beta[0]
    found = excess_significance.excess(np.abs(yi) / sei > Z_05, power(theta, sei))
    wanted = dict(GROUPS[dataset, model])
    names = {"O": "observed", "E": "expected", "OEratio": "ratio", "pval": "p"}
    if wanted["X2"] == "NA":
        assert yi.size < 20
        del wanted["X2"]
    else:
        found["x2"], found["p"] = excess_significance.chi_squared(found["observed"], found["expected"], yi.size)
        names["X2"] = "x2"
    same(found, wanted, names)


@pytest.mark.parametrize(("dataset", "model"), groups("henmi_copas"))
def test_henmi_copas(dataset: str, model: str, inputs_of: Inputs) -> None:
    wanted = {name: float(value) for name, value in GROUPS[dataset, model].items()}
    found = henmi_copas.interval(*arrays(inputs_of, dataset))
    for theirs, ours in (("beta", "estimate"), ("se", "se"), ("tau2", "tau2")):
        assert found[ours] == pytest.approx(wanted.pop(theirs), **CLOSE)
    weight = arrays(inputs_of, dataset)[1] ** -2.0
    unit = found["se"] ** 2 * float(weight.sum()) ** 0.5  # of the quantile that both look for, in units of the effect
    for theirs, ours in (("ci.lb", "ci_low"), ("ci.ub", "ci_high")):
        assert abs(found[ours] - wanted.pop(theirs)) <= UNIROOT * unit
    assert not wanted
