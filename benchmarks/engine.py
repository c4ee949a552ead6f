"""How long the exact engine takes in one process: `uv run python benchmarks/engine.py`.

Each evidence base is fitted RUNS times after a warm-up. Printed are the median milliseconds of `solve`, with and
without the studies' own effects, the error bound it states, and the ratio to a dense grid in plain NumPy on the same
curves, measured in the same run: 300 values of tau by 300 of mu. The grid gives the mean and sd of mu only, to about
three digits; the engine gives mu, tau, a new effect and every study's, and states their error.

Trials given as counts are pooled on their conditional likelihoods, curves included: 13 BCG trials (Colditz 1994) and 18
catheter trials, seven cells without events (Niel-Weise 2007).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

import irlbayes
from irlbayes.core import priors
from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve, normal_curve
from irlbayes.effects.likelihoods.two_by_two import fisher
from irlbayes.posterior.quadrature import solve

RUNS = 7
INPUTS = Path(__file__).parents[1] / "tests" / "reference" / "inputs"
NORMAL_SETS = ("crins2014_ar", "bcg_or", "nicholas2019", "synthetic100")
TABLES = INPUTS.parent / "tables"
TRIALS = ("bcg_rr", "nielweise2007")
OUTCOMES = ("irl_prevalence", "disability")


def reference(name: str) -> list[Curve]:
    """Return the normal curves of a reference data set."""
    with (INPUTS / f"{name}.csv").open(encoding="utf-8") as file:
        return [normal_curve(float(row["yi"]), float(row["sei"])) for row in csv.DictReader(file)]


def trials(path: Path) -> list[Curve]:
    """Return the curves of a table of counts."""
    with path.open(encoding="utf-8") as file:
        rows = [[float(row[name]) for name in ("ai", "n1i", "ci", "n2i")] for row in csv.DictReader(file)]
    return [fisher(*row) for row in rows]


def dense_grid(curves: Sequence[Curve], mu: Prior, tau: Prior) -> tuple[float, float]:
    """Return the posterior mean and sd of mu from a dense grid, as a straightforward program computes them."""
    low, high = min(curve.span[0] for curve in curves), max(curve.span[1] for curve in curves)
    at_mu = np.linspace(low - 1.0, high + 1.0, 300)
    at_tau = np.linspace(1e-4, 5.0 * priors.scale(tau), 300)
    total = priors.log_pdf(mu, at_mu) + priors.log_pdf(tau, at_tau)[:, None]
    for curve in curves:
        total = total + curve.log_smooth(at_mu, at_tau)
    weight = np.exp(total - total.max()).sum(axis=0)
    weight /= weight.sum()
    mean = float(weight @ at_mu)
    return mean, float(np.sqrt(weight @ (at_mu - mean) ** 2))


def milliseconds(run: Callable[[], object]) -> float:
    """Return the median time of repeated runs, after a warm-up."""
    run()
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return 1e3 * median(times)


def evidence_bases() -> dict[str, tuple[list[Curve], Prior, Prior]]:
    """Return what is fitted, by name: curves and priors."""
    mu, tau = Prior("normal", (0.0, 2.0)), Prior("half_normal", (0.5,))
    found = {f"{name} ({len(reference(name))} normal)": (reference(name), mu, tau) for name in NORMAL_SETS}
    table = irlbayes.read_reports("irl")
    for outcome in OUTCOMES:
        studies = irlbayes.effect_table(table, outcome).studies
        model = irlbayes.load_model(table.outcomes[outcome])
        kinds = ", ".join(sorted({study.report.kind for study in studies}))
        found[f"{outcome} ({len(studies)} rows: {kinds})"] = ([study.curve for study in studies], model.mu, model.tau)
    return found


def main() -> None:
    """Measure, and print a line per evidence base."""
    print(f"milliseconds in one process: median of {RUNS} runs, ratio to a dense grid of the same curves")
    mu, tau = Prior("normal", (0.0, 2.0)), Prior("half_normal", (0.5,))
    for path in (TABLES / f"{name}.csv" for name in TRIALS):
        whole = milliseconds(lambda path=path: solve(trials(path), mu, tau))
        pooled = milliseconds(lambda path=path: solve(trials(path), mu, tau, studies=False))
        fits = milliseconds(lambda path=path: trials(path))
        print(
            f"{len(trials(path))} binomial trials ({path.stem}): mu, tau and a new study {pooled:.1f}, of which curves"
            f" {fits:.1f}; with every study's own effect {whole:.1f}"
        )
    print(f"{'evidence':<62}{'solve':>9}{'pooled only':>13}{'dense grid':>12}{'ratio':>8}{'error bound':>13}")
    for name, (curves, mu, tau) in evidence_bases().items():
        whole = milliseconds(lambda curves=curves, mu=mu, tau=tau: solve(curves, mu, tau))
        pooled = milliseconds(lambda curves=curves, mu=mu, tau=tau: solve(curves, mu, tau, studies=False))
        grid = milliseconds(lambda curves=curves, mu=mu, tau=tau: dense_grid(curves, mu, tau))
        bound = solve(curves, mu, tau, studies=False).error_bound
        print(f"{name:<62}{whole:>9.1f}{pooled:>13.1f}{grid:>12.1f}{whole / grid:>8.2f}{bound:>13.1e}")


if __name__ == "__main__":
    main()
