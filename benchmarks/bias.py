"""How long the 36 models of RoBMA-PSMA take on the 13 BCG trials: together, one by one, and beside one plain fit.

uv run python benchmarks/bias.py
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import normal_curve
from irlbayes.effects.selection import wald
from irlbayes.models.ensembles import choose
from irlbayes.posterior.averaging import average
from irlbayes.posterior.bias_likelihoods import Case
from irlbayes.posterior.bias_models import fit_models
from irlbayes.posterior.quadrature import solve

INPUTS = Path(__file__).parents[1] / "tests" / "reference" / "inputs" / "bcg_rr.csv"
RUNS = 11
MU, TAU = Prior("normal", (0.0, 1.0)), Prior("inverse_gamma", (1.0, 0.15))


def seconds(run: Callable[[], object]) -> float:
    """Return the median time of repeated runs, after a warm-up."""
    run()
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return median(times)


def main() -> None:
    """Measure, and print a line each."""
    ensemble = choose("robma_psma")
    with INPUTS.open(encoding="utf-8") as file:
        pairs = [(float(row["yi"]), float(row["sei"])) for row in csv.DictReader(file)]
    curves = [normal_curve(*pair) for pair in pairs]
    studies = tuple(
        wald(f"{i}", curve, *pair, ensemble.partition)
        for i, (curve, pair) in enumerate(zip(curves, pairs, strict=True))
    )
    case = Case(studies, MU, TAU, 0.0, "-", ensemble.partition)
    alone = [
        replace(ensemble, effect=effect, heterogeneity=spread, biases=(replace(bias, prior=1.0),))
        for effect in (1.0, 0.0)
        for spread in (1.0, 0.0)
        for bias in ensemble.biases
    ]
    whole = seconds(lambda: average(case, ensemble))
    models = seconds(lambda: fit_models(case, ensemble))
    each = seconds(lambda: [fit_models(case, one) for one in alone])
    plain = seconds(lambda: solve(curves, MU, TAU, studies=False))
    print(f"{len(pairs)} studies, {ensemble.size} models; seconds, median of {RUNS} warm runs in one process")
    print(f"whole answer (models, coarser rules for the error bound, estimates side by side) {whole:.3f}")
    print(f"the models alone {models:.3f}; fitted one by one {each:.3f}: {each / models:.1f} times as long")
    print(f"one plain fit with all its densities {plain:.3f}: the whole answer takes {whole / plain:.1f} times as long")
    print(f"error bound {average(case, ensemble)['error_bound']:.1e}")


if __name__ == "__main__":
    main()
