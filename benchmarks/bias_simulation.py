"""What averaging over models of selection gains where results were selected, and costs where they were not.

Data sets are simulated with and without selection, pooled with the ordinary model and with the whole ensemble, and
compared with the truth: `docs/why/bias.md` holds the table that this prints.

    uv run python benchmarks/bias_simulation.py --datasets 500 --workers 2
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import normal_curve
from irlbayes.effects.selection import wald
from irlbayes.models.ensembles import choose
from irlbayes.posterior.averaging import estimates
from irlbayes.posterior.bias_likelihoods import Case
from irlbayes.posterior.bias_models import fit_models

SEED = 20251125
ROWS = ("ordinary", "selection", "PET-PEESE", "conditional", "averaged")
LABELS = ("ordinary", "selection", "PET-PEESE rule", "averaged, given an effect", "averaged over all models")
TRUTHS = ((0.0, 0.2), (0.3, 0.2))  # mean effect and sd between studies, SMD
CHANCES = (("none", 1.0, 1.0), ("strong", 0.2, 0.1))
K = 13
MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))


def simulate(mu: float, tau: float, middle: float, wrong: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Draw studies until K are published.

    One with a one-sided p-value up to 0.025 is published for certain, others with probability ``middle``, or ``wrong``
    where the estimate is below zero.
    """
    found: list[tuple[float, float]] = []
    while len(found) < K:
        n = np.exp(rng.uniform(np.log(15.0), np.log(150.0)))  # people in each of two groups
        sei = float(np.sqrt(2.0 / n))
        yi = float(rng.normal(mu, np.hypot(tau, sei)))
        chance = 1.0 if yi > 1.959963984540054 * sei else middle if yi > 0.0 else wrong
        if rng.random() < chance:
            found.append((yi, sei))
    return found


def one(mu: float, tau: float, middle: float, wrong: float, seed: int) -> np.ndarray:
    """Return mean, interval and P(> 0) of each row for one data set, dims (row, 4)."""
    ensemble = choose("robma_psma")
    pairs = simulate(mu, tau, middle, wrong, np.random.default_rng(seed))
    studies = tuple(
        wald(f"{i}", normal_curve(yi, sei), yi, sei, ensemble.partition) for i, (yi, sei) in enumerate(pairs)
    )
    case = Case(studies, MU, TAU, 0.0, "+", ensemble.partition)
    rows = estimates(case, fit_models(case, ensemble, looser=True), 0.95)
    names = ("mean", "ci_low", "ci_high", "p_gt_null")
    return np.array([[rows[row]["mu"][name] for name in names] for row in ROWS])


def main() -> None:
    """Simulate, pool and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=500)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    print(f"{options.datasets} data sets of {K} studies for each line pair; seed {SEED}\n")
    print("| truth | selection | model | bias | RMSE | 95 % interval holds it | says P(> 0) above 0.95 |")
    print("|---|---|---|---|---|---|---|")
    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
        for mu, tau in TRUTHS:
            for name, middle, wrong in CHANCES:
                seeds = [SEED + i for i in range(options.datasets)]
                found = np.array(list(pool.map(partial(one, mu, tau, middle, wrong), seeds, chunksize=10)))
                for i, label in enumerate(LABELS):
                    gap = found[:, i, 0] - mu
                    held = (found[:, i, 1] <= mu + 1e-9) & (found[:, i, 2] >= mu - 1e-9)
                    called = (found[:, i, 3] > 0.95).mean()
                    print(
                        f"| {mu:g} | {name} | {label} | {gap.mean():+.3f} | {np.sqrt((gap**2).mean()):.3f} |"
                        f" {held.mean():.2f} | {called:.2f} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
