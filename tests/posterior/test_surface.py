"""A surface says what the exact engine says of all its reports at once, in any order, and keeps it on file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from irlbayes import workflow
from irlbayes.core.assumptions import ModelSpec, Prior, RandomEffects
from irlbayes.core.curve import Curve, normal_curve
from irlbayes.posterior import surface as surfaces
from irlbayes.posterior.quadrature import ExactPosterior, solve
from irlbayes.posterior.surface_bytes import from_bytes, to_bytes
from irlbayes.posterior.surface_reading import Reading, above, above_new, nodes, read

MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
AT = np.array([0.025, 0.5, 0.975])
ORDERS, MIXTURES = 200, 6
BCG = ((-0.889, 0.571), (-1.585, 0.441), (-1.348, 0.644), (-1.442, 0.141), (-0.218, 0.226))  # example numbers


@cache
def mixtures() -> tuple[tuple[Curve, ...], ...]:
    """Return likelihoods of the bundled evidence: two small outcomes, and draws of several kinds with a normal one."""
    table = workflow.read_reports("irl")

    def curves(*names: str) -> list[Curve]:
        return [one.curve for name in names for one in workflow.effect_table(table, name).studies]

    pools = (curves("disability", "brain_volume", "lesion_load", "cognition"), curves("irl_prevalence"))
    rng = np.random.default_rng(7)
    drawn = [[pools[i % 2][j] for j in rng.choice(len(pools[i % 2]), 3, replace=False)] for i in range(MIXTURES)]
    mixed = [(*one, normal_curve(*BCG[i % 5])) for i, one in enumerate(drawn)]
    return (tuple(curves("relapse")), tuple(curves("cognition")), *mixed)


def quick(curves: Sequence[Curve]) -> np.ndarray:
    """Add reports in the order given, and return every number that is printed of mu and a new study."""
    found = nodes(surfaces.start(MU, TAU).add_all(curves))
    assert found.mean is not None
    assert found.sd is not None
    assert found.sd_new is not None
    return np.array(
        [
            found.mean,
            found.sd,
            found.sd_new,
            *found.mu.above(np.array([0.0, 0.2])),
            *found.theta_new.above(np.array([0.0, 0.2])),
            *found.tau.quantile(AT),
            found.log_marginal_likelihood,
        ]
    )


def gaps(ours: Reading, theirs: ExactPosterior) -> np.ndarray:
    """Return how far a reading is from the exact engine's answer, in posterior sds, and P(> 0) as it is."""
    pairs = [(ours.mu, theirs.mu), (ours.tau, theirs.tau), (ours.theta_new, theirs.theta_new)]
    parts = [
        np.array([one.mean - other.mean, one.sd - other.sd, *(one.quantile(AT) - other.quantile(AT))]) / other.sd
        for one, other in pairs
    ]
    return np.concatenate([*parts, [float(one.sf(0.0) - other.sf(0.0)) for one, other in pairs]])


def test_two_hundred_orders() -> None:
    """The posterior does not know in which order its reports came: 200 orders of mixtures of report kinds."""
    rng = np.random.default_rng(20)
    kept = {}
    worst = 0.0
    for number in range(ORDERS):
        which = number % len(mixtures())
        curves = mixtures()[which]
        if which not in kept:
            kept[which] = quick(curves)
        found = quick([curves[i] for i in rng.permutation(len(curves))])
        worst = max(worst, float(np.abs(found - kept[which]).max()))
    assert worst < 1e-10


@pytest.mark.parametrize("which", [0, 1, 2, 3, 5])
def test_one_by_one_is_all_at_once(which: int) -> None:
    """What is read from a surface is what the exact engine says of all reports from the start."""
    curves = mixtures()[which]
    ours = read(surfaces.start(MU, TAU).add_all(curves))
    theirs = solve(curves, MU, TAU, studies=False)
    assert np.abs(gaps(ours, theirs)).max() < 1e-10
    assert ours.log_marginal_likelihood == pytest.approx(theirs.log_marginal_likelihood, abs=1e-10)


@pytest.mark.parametrize(
    ("mu", "tau"),
    [
        (MU, Prior("half_cauchy", (0.5,))),
        (MU, Prior("log_normal", (-1.28, 0.87))),
        (Prior("student_t", (4.0, 0.0, 0.7)), TAU),
        (Prior("normal", (0.2, 0.4)), Prior("inverse_gamma", (1.71, 0.4))),
        (MU, Prior("uniform", (0.0, 4.0))),
    ],
    ids=lambda prior: prior.family,
)
def test_priors_of_every_sort(mu: Prior, tau: Prior) -> None:
    """Heavy tails and log axes are read as the exact engine reads them."""
    curves = [normal_curve(*one) for one in BCG]
    ours = read(surfaces.start(mu, tau).add_all(curves))
    theirs = solve(curves, mu, tau, studies=False)
    for one, other in ((ours.mu, theirs.mu), (ours.tau, theirs.tau), (ours.theta_new, theirs.theta_new)):
        spread = float(np.diff(other.quantile(AT[[0, 2]]))[0]) / 4.0
        np.testing.assert_allclose(one.quantile(AT) / spread, other.quantile(AT) / spread, rtol=0.0, atol=1e-9)
    assert ours.log_marginal_likelihood == pytest.approx(theirs.log_marginal_likelihood, abs=1e-10)


def test_a_thousand_studies() -> None:
    """A posterior far narrower than its prior is still what the exact engine says."""
    rng = np.random.default_rng(3)
    sei = rng.uniform(0.1, 0.6, 1000)
    yi = 0.3 + 0.2 * rng.standard_normal(1000) + sei * rng.standard_normal(1000)
    curves = [normal_curve(float(y), float(s)) for y, s in zip(yi, sei, strict=True)]
    ours, theirs = read(surfaces.start(MU, TAU).add_all(curves)), solve(curves, MU, TAU, studies=False)
    assert np.abs(gaps(ours, theirs)).max() < 1e-9
    assert ours.log_marginal_likelihood == pytest.approx(theirs.log_marginal_likelihood, abs=1e-8)
    assert ours.mu.sd < 0.02


def test_no_report_is_the_prior() -> None:
    empty = surfaces.start(MU, TAU)
    assert empty.count == 0
    np.testing.assert_allclose(above(empty, [0.0, 1.0]), [0.5, 0.15865525393145707], atol=1e-10)
    assert read(empty).log_marginal_likelihood == pytest.approx(0.0, abs=1e-12)


def test_the_quick_numbers_are_the_slow_ones() -> None:
    """Probabilities from nodes are those of the resolved densities."""
    surface = surfaces.start(MU, TAU).add_all(mixtures()[0])
    slow = read(surface)
    values = np.array([-0.5, 0.0, 0.7])
    np.testing.assert_allclose(above(surface, values), slow.mu.sf(values), atol=1e-10)
    np.testing.assert_allclose(above_new(surface, values), slow.theta_new.sf(values), atol=1e-10)


def test_on_file_and_back() -> None:
    """A surface comes back from bytes as it was, to the last digit; damaged bytes are refused."""
    surface = surfaces.start(MU, TAU).add_all([*mixtures()[0], normal_curve(0.4, 0.2)])
    data = to_bytes(surface)
    back = from_bytes(data)
    assert to_bytes(back) == data
    assert float(above(back, [0.0])[0]) == float(above(surface, [0.0])[0])
    for damaged in (b"", data[:-1], data[:40], bytes([data[0] ^ 1]) + data[1:]):
        with pytest.raises(ValueError, match=r"."):
            from_bytes(damaged)


def test_what_cannot_be_kept_is_said() -> None:
    """Flat priors have no surface, and a report finer than its nodes is refused, not blurred."""
    flat = ModelSpec("m", "smd", Prior("flat", ()), TAU, RandomEffects())
    assert "flat" in surfaces.applies(flat)
    with pytest.raises(ValueError, match="proper"):
        surfaces.start(Prior("flat", ()), TAU)
    coarse = surfaces.start(MU, TAU, detail=0.1)
    assert not coarse.resolves(normal_curve(0.0, 0.01))
    with pytest.raises(ArithmeticError, match="does not resolve"):
        coarse.add(normal_curve(0.0, 0.01))
