"""Simulation-based calibration: shipped models pass it, and a wrong likelihood does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from irlbayes import calibration
from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.errors import InputError
from irlbayes.core.uniformity import chi_square, inside_envelope
from irlbayes.models.declare import declarations
from irlbayes.posterior.quadrature import solve

ONE_IN_A_THOUSAND = 1e-3


def test_every_shipped_model_has_a_design() -> None:
    assert set(calibration.DESIGNS) == set(declarations())


@pytest.mark.parametrize("model", calibration.DESIGNS)
def test_ranks_are_uniform(model: str) -> None:
    """The cheap design of each model with 2 and 5 studies: 100 data sets of each."""
    design = next(iter(calibration.DESIGNS[model]))
    cells = calibration.calibrate([model], (2, 5), 100, [design])
    for row, cell in zip(calibration.table(cells), cells, strict=True):
        assert cell.failed == 0
        for unknown in calibration.UNKNOWNS:
            assert chi_square(cell.ranks[unknown], 5) > ONE_IN_A_THOUSAND
            assert row[f"{unknown}.inside"]


@pytest.mark.slow
def test_ranks_are_uniform_everywhere() -> None:
    """As the page in docs/why: every model, design and number of studies, 1,000 data sets each (minutes)."""
    cells = calibration.calibrate(datasets=1000, workers=2)
    rows = calibration.table(cells)
    assert len(rows) == 50
    outside = sum(not row[f"{unknown}.inside"] for row in rows for unknown in calibration.UNKNOWNS)
    assert outside <= 5  # more would be seen once in 200 times at 1 of 100
    assert min(float(row[f"{u}.chi_square"]) for row in rows for u in calibration.UNKNOWNS) > 1e-3 / 150


def ranks_of(wrong: float, count: int = 300) -> np.ndarray:
    """Ranks of mu where the engine is told standard errors ``wrong`` times the true ones."""
    model = calibration.model_of("smd")
    found = []
    for i in range(count):
        rng = np.random.default_rng((5, i))
        truth, studies = calibration.simulate(model, calibration.DESIGNS["smd"]["normal"], 5, rng)
        curves: list[Curve] = [normal_curve(study.yi or 0.0, wrong * (study.sei or 1.0)) for study in studies]
        found.append(float(solve(curves, model.mu, model.tau, studies=False).tau.cdf(truth["tau"])))
    return np.array(found)


def test_a_wrong_likelihood_is_caught() -> None:
    """Standard errors 30 % too small: both checks fail; told truly, both pass on the same data."""
    wrong, right = ranks_of(0.7), ranks_of(1.0)
    assert chi_square(right) > ONE_IN_A_THOUSAND
    assert inside_envelope(right)
    assert chi_square(wrong) < ONE_IN_A_THOUSAND
    assert not inside_envelope(wrong)


def test_a_flipped_sign_is_caught() -> None:
    """A direction read the wrong way round: 100 data sets of three."""
    model = calibration.model_of("smd")
    found = []
    for i in range(100):
        rng = np.random.default_rng((6, i))
        truth, studies = calibration.simulate(model, _directions, 3, rng)
        curves = [_mirror(study.curve) for study in studies]
        found.append(float(solve(curves, model.mu, model.tau, studies=False).mu.cdf(truth["mu"])))
    assert chi_square(np.array(found), 10) < ONE_IN_A_THOUSAND
    assert not inside_envelope(np.array(found))


def _directions(i: int, size: float, rng: np.random.Generator) -> tuple[str, dict[str, float | str]]:
    return "direction", {"n1i": 42.0, "n2i": 49.0, "sign": "+"}


def _mirror(curve: Curve) -> Curve:
    from dataclasses import replace

    return replace(curve, at=-curve.at, step=-curve.step, floor=curve.limits[1])


def test_chi_square_is_scipys() -> None:
    ranks = np.random.default_rng(1).random(500)
    counts, _ = np.histogram(ranks, bins=20, range=(0.0, 1.0))
    assert chi_square(ranks) == pytest.approx(float(chisquare(counts).pvalue))


def test_the_envelope_is_wrong_as_often_as_it_says() -> None:
    """600 uniform samples of 200 ranks: at 90 % about 60 leave the band, within four standard errors of 7.3."""
    rng = np.random.default_rng(2)
    outside = sum(not inside_envelope(rng.random(200), 0.9) for _ in range(600))
    assert 31 <= outside <= 89


def test_workers_do_not_change_the_numbers() -> None:
    one, two = (calibration.calibrate(["unitless"], (2,), 12, workers=workers)[0] for workers in (1, 2))
    assert np.array_equal(one.ranks["mu"], two.ranks["mu"])
    assert np.array_equal(one.side, two.side)


def test_mixed_reports_are_pooled_as_by_the_general_engine() -> None:
    """Six data sets of three reports, simulated by two processes: the ranks of the general engine, one by one."""
    (cell,) = calibration.calibrate(["smd"], (3,), 6, ["mixed"], workers=2)
    model = calibration.model_of("smd")
    for i in range(6):
        truth, curves = calibration._replicate("smd", "mixed", 3, calibration.SEED, i)
        whole = solve(curves, model.mu, model.tau, studies=False)
        for unknown in calibration.UNKNOWNS:
            rank = float(getattr(whole, unknown).cdf(truth[unknown]))
            assert cell.ranks[unknown][i] == pytest.approx(rank, abs=1e-7)
        assert cell.side[i] == pytest.approx(max(whole.mu.sf(0.0), whole.mu.cdf(0.0)), abs=1e-7)


def test_called_and_coverage() -> None:
    cell = calibration.Cell(
        "m",
        "d",
        2,
        {"mu": np.array([0.05, 0.5, 0.96, 0.2])},
        np.array([0.9, 0.6, 0.87, 0.99]),
        np.array([1, 0, 0, 1]),
        0,
    )
    assert cell.called() == (2, pytest.approx(0.885), 0.5)
    assert cell.coverage("mu", 0.9) == 0.75


def test_unknown_models_are_refused() -> None:
    with pytest.raises(InputError, match="a model with a design"):
        calibration.calibrate(["nonsense"])
    with pytest.raises(InputError, match="at least 1"):
        calibration.calibrate(datasets=0)
