"""Does the engine mean what it says: simulation-based calibration of every shipped model.

Parameters are drawn from a model's own priors, reports are simulated from them and pooled; then each true value must
lie below its posterior's quantile p in a share p of the data sets, whatever p.

References
----------
Talts, S., Betancourt, M., Simpson, D., Vehtari, A., & Gelman, A. (2018). Validating Bayesian inference algorithms with
simulation-based calibration. arXiv:1804.06788.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.curve import Curve
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.scales import conversion
from irlbayes.core.treatment import INTERACTION
from irlbayes.core.types import Outcome, Report, ReportTable, Study, Value
from irlbayes.core.uniformity import chi_square, inside_envelope
from irlbayes.effects import table as effects_table
from irlbayes.models import declare
from irlbayes.posterior.batch import pool_curves, pool_many
from irlbayes.posterior.batch.pools import NONE, Pools
from irlbayes.posterior.exact import prior_unknowns
from irlbayes.processes import pool

Array = NDArray[np.float64]
COUNTS = (2, 3, 5, 10, 30)
LEVELS = (0.5, 0.8, 0.9, 0.95)
UNKNOWNS = ("mu", "tau", "theta_new")
CALLED = (0.85, 0.95)  # posterior probabilities of a side that are called 0.9
# Sizes of the two groups in the studies that report on iron rim lesions and disability (data/irl/reports.csv).
SIZES = ((13, 53), (113, 79), (12, 32), (63, 84), (42, 49), (38, 64), (19, 69))
NARROWEST, WIDEST = 0.25, 2.0  # standard errors of normal reports, in units of the prior scale of tau
SEED = 20261123
AT_ONCE = 1000  # data sets pooled at once; of normal reports, drawn from one stream
Cells = Callable[[int, float, np.random.Generator], tuple[str, dict[str, Value]]]
Run = Callable[..., Iterable[Any]]  # `map`, here or in processes
Drawn = tuple[dict[str, Array], Callable[..., Pools]]


@dataclass(frozen=True)
class Cell:
    """One model, design and number of studies, and what its data sets gave.

    Parameters
    ----------
    model, design : str
    k : int
    ranks : Mapping
        Posterior probability below the true value, by unknown, dims (data set,).
    side, right : Array, dims (data set,)
        Posterior probability of the more probable side of the null for mu, and whether it was the true one.
    failed : int
        Data sets whose posterior could not be resolved.
    """

    model: str
    design: str
    k: int
    ranks: Mapping[str, Array]
    side: Array
    right: Array
    failed: int

    def coverage(self, unknown: str, level: float) -> float:
        """Return the share of central intervals that hold the true value."""
        ranks = self.ranks[unknown]
        return float((np.abs(ranks - 0.5) <= 0.5 * level).mean())

    def called(self) -> tuple[int, float, float]:
        """Return how many data sets called a side at 0.85 to 0.95, their mean probability, and the share right."""
        chosen = (self.side >= CALLED[0]) & (self.side < CALLED[1])
        count = int(chosen.sum())
        if not count:
            return 0, float("nan"), float("nan")
        return count, float(self.side[chosen].mean()), float(self.right[chosen].mean())


def _normal(i: int, size: float, rng: np.random.Generator) -> tuple[str, dict[str, Value]]:
    return "yi_sei", {"yi": 0.0, "sei": float(size * rng.uniform(NARROWEST, WIDEST))}


def _proportion(i: int, size: float, rng: np.random.Generator) -> tuple[str, dict[str, Value]]:
    return "proportion", {"xi": 1.0, "ni": float(sum(SIZES[i % len(SIZES)]))}


def _differences(i: int, size: float, rng: np.random.Generator) -> tuple[str, dict[str, Value]]:
    n1, n2 = SIZES[i % len(SIZES)]
    sizes: dict[str, Value] = {"n1i": float(n1), "n2i": float(n2)}
    rows: tuple[tuple[str, dict[str, Value]], ...] = (
        ("means", {"m1i": 0.0, "sd1i": 1.0, "m2i": 0.0, "sd2i": 1.0}),
        ("significance", {"verdict": "not_significant", "alpha": 0.05, "sign": "?"}),
        ("p_value", {"pval": 0.05, "sign": "+"}),
        ("direction", {"sign": "+"}),
    )
    kind, cells = rows[i % len(rows)]
    return kind, {**cells, **sizes}


def _ratios(i: int, size: float, rng: np.random.Generator) -> tuple[str, dict[str, Value]]:
    n1, n2 = SIZES[i % len(SIZES)]
    if i % 3 == 0:
        a, c = round(0.3 * n1), round(0.3 * n2)
        return "counts", {"ai": float(a), "n1i": float(n1), "ci": float(c), "n2i": float(n2)}
    if i % 3 == 1:
        return "estimate_ci", {"estimate": 1.0, "ci_lb": 0.5, "ci_ub": 2.0, "scale": "or"}
    return "direction", {"n1i": float(n1), "n2i": float(n2), "sign": "+"}


def _printed_interaction(i: int, size: float, rng: np.random.Generator) -> tuple[str, dict[str, Value]]:
    kind, cells = _normal(i, size, rng)
    return kind, {**cells, "contrast": INTERACTION}


def _interactions(i: int, size: float, rng: np.random.Generator) -> tuple[str, dict[str, Value]]:
    if i % 3 == 0:
        arms: dict[str, Value] = {}
        for group, n in zip(("pos", "neg"), SIZES[i % len(SIZES)], strict=True):
            treated, events = (n + 1) // 2, round(0.15 * n)
            arms |= {f"ai_{group}": events, f"n1i_{group}": treated, f"ci_{group}": events, f"n2i_{group}": n - treated}
        return "arm_counts", {name: float(value) for name, value in arms.items()}
    if i % 3 == 1:
        ends = {"estimate": 1.0, "ci_lb": 0.5, "ci_ub": 2.0}
        both: dict[str, Value] = {f"{name}_{group}": value for group in ("pos", "neg") for name, value in ends.items()}
        return "subgroup_estimates", {**both, "scale": "or"}
    return "estimate_ci", {"estimate": 1.0, "ci_lb": 0.4, "ci_ub": 2.5, "scale": "or", "contrast": INTERACTION}


# By model: what its studies print. The first design is the cheap one.
DESIGNS: dict[str, dict[str, Cells]] = {
    "edss_slope": {"normal": _normal},
    "interaction": {"normal": _printed_interaction, "mixed": _interactions},
    "irl_prevalence": {"proportions": _proportion},
    "log_ratio": {"normal": _normal, "mixed": _ratios},
    "proportion": {"proportions": _proportion},
    "smd": {"normal": _normal, "mixed": _differences},
    "unitless": {"normal": _normal},
}


NORMAL = (_normal, _printed_interaction)  # drawn many at once


def model_of(name: str) -> ModelSpec:
    """Return a declared model on the first of its scales.

    Parameters
    ----------
    name : str

    Raises
    ------
    InputError
        Unknown model, or one without a design here.
    """
    known = declare.declarations()
    if name not in known or name not in DESIGNS:
        raise InputError(Problem("--model", f"a model with a design: {', '.join(DESIGNS)}", "Choose one.", value=name))
    declared = known[name]
    scale = declared.scales[0]
    return declare.choose(Outcome("outcome", "outcome", scale, 0.0, "", unit=declared.unit), name)


def calibrate(
    models: Sequence[str] = (),
    counts: Sequence[int] = COUNTS,
    datasets: int = 1000,
    designs: Sequence[str] = (),
    workers: int = 1,
    seed: int = SEED,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Cell]:
    """Simulate and pool data sets under every model, design and number of studies.

    Parameters
    ----------
    models : sequence of str
        Declared models; all that have a design by default.
    counts : sequence of int
        Numbers of studies.
    datasets : int
        Data sets of each.
    designs : sequence of str
        Designs to run; all by default.
    workers : int
        Processes that simulate, and threads that pool; the numbers do not depend on how many.
    seed : int
    progress : callable, optional
        Called with a name, its number and the number of cells.

    Returns
    -------
    list of Cell

    Raises
    ------
    InputError
    """
    if datasets < 1 or any(k < 1 for k in counts):
        raise InputError(
            Problem("--datasets, --k", "at least 1", "Write 1000, and 2, 3, 5, 10, 30.", value=str(datasets))
        )
    wanted = [
        (name, design, k)
        for name in (models or DESIGNS)
        if model_of(name)
        for design in DESIGNS[name]
        if not designs or design in designs
        for k in counts
    ]
    cells = []
    with nullcontext() if workers < 2 else pool(workers) as many:
        for number, (name, design, k) in enumerate(wanted, start=1):
            if progress is not None:
                progress(f"{name} {design} k={k}", number, len(wanted))
            run = map if many is None else partial(many.map, chunksize=10)
            cells.append(_cell(name, design, k, seed, datasets, workers, run))
    return cells


def simulate(
    model: ModelSpec, design: Cells, k: int, rng: np.random.Generator
) -> tuple[dict[str, float], tuple[Study, ...]]:
    """Draw true values from a model's priors, and reports from them.

    Parameters
    ----------
    model : ModelSpec
    design : callable
        ``design(i, tau_scale, rng)`` gives the kind and the cells of study i, whose values are then simulated.
    k : int
        Studies.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        True mu, tau and theta_new.
    tuple of Study
    """
    before = prior_unknowns(model.mu, model.tau)
    assert before.mu is not None
    mu, tau = float(before.mu.quantile(rng.random())), float(before.tau.quantile(rng.random()))
    size = float(before.tau.quantile(0.5))
    asks = "interaction" if declare.declarations()[model.name].interaction else ""
    outcome = Outcome("outcome", "outcome", model.scale, 0.0, "", unit=model.unit, treatment=asks)
    reports = []
    for i in range(k):
        kind, cells = design(i, size, rng)
        report = Report(f"s{i}", f"s{i}", f"s{i}", "outcome", kind, "primary", "simulated", i + 2, cells)
        report = replace(report, scale=effects_table.scale_of(report, outcome))
        found = conversion(report.scale, model.scale)
        assert found is not None
        theta = mu + tau * float(rng.standard_normal())
        drawn = effects_table.kinds()[kind].simulate(report, theta / found[0], rng)
        reports.append(replace(report, scale="", values={**cells, **drawn}))
    truth = {"mu": mu, "tau": tau, "theta_new": mu + tau * float(rng.standard_normal())}
    table = ReportTable("simulated", "simulated", "simulated", "", tuple(reports), {"outcome": outcome})
    return truth, effects_table.effect_table(table, outcome).studies


def simulate_normals(
    model: ModelSpec, k: int, count: int, rng: np.random.Generator
) -> tuple[dict[str, Array], Array, Array]:
    """Draw many true values from a model's priors, and normal reports from them: as `simulate` with normal reports.

    Parameters
    ----------
    model : ModelSpec
    k : int
        Studies of each data set.
    count : int
        Data sets.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        True mu, tau and theta_new, dims (data set,).
    yi, sei : Array, dims (data set, study)
    """
    before = prior_unknowns(model.mu, model.tau)
    assert before.mu is not None
    mu, tau = before.mu.quantile(rng.random(count)), before.tau.quantile(rng.random(count))
    sei = float(before.tau.quantile(0.5)) * rng.uniform(NARROWEST, WIDEST, (count, k))
    theta = mu[:, None] + tau[:, None] * rng.standard_normal((count, k))
    truth = {"mu": mu, "tau": tau, "theta_new": mu + tau * rng.standard_normal(count)}
    return truth, theta + sei * rng.standard_normal((count, k)), sei


def _cell(name: str, design: str, k: int, seed: int, datasets: int, workers: int, run: Run) -> Cell:
    """Draw and pool the data sets of one cell, many at once; more of them leave the first as they are."""
    model, draw = model_of(name), _draw_normals if DESIGNS[name][design] in NORMAL else _draw
    ranks: dict[str, list[Array]] = {unknown: [] for unknown in UNKNOWNS}
    side, right, failed = [], [], 0
    for start in range(0, datasets, AT_ONCE):
        truth, pooling = draw(name, design, k, seed, range(start, min(start + AT_ONCE, datasets)), run)
        below = truth["mu"], truth["tau"], truth["theta_new"]
        found = pooling(mu=model.mu, tau=model.tau, below=below, workers=workers)
        kept = found.solver != NONE
        failed += int((~kept).sum())
        for unknown in UNKNOWNS:
            ranks[unknown].append(found[f"{unknown}_below"][kept])
        above = found["mu_p_gt_null"][kept]
        side.append(np.maximum(above, 1.0 - above))
        right.append((truth["mu"][kept] > 0.0) == (above > 0.5))
    together = {unknown: np.concatenate(parts) for unknown, parts in ranks.items()}
    return Cell(name, design, k, together, np.concatenate(side), np.concatenate(right), failed)


def _draw_normals(name: str, design: str, k: int, seed: int, numbers: range, run: Run) -> Drawn:
    """Return true values of normal data sets, and what pools them: ``AT_ONCE`` of them are drawn from one stream."""
    rng = np.random.default_rng(np.random.SeedSequence((seed, _place(name, design), k, numbers.start // AT_ONCE)))
    truth, yi, sei = simulate_normals(model_of(name), k, AT_ONCE, rng)
    few = slice(0, len(numbers))
    return {unknown: values[few] for unknown, values in truth.items()}, partial(pool_many, yi[few], sei=sei[few])


def _draw(name: str, design: str, k: int, seed: int, numbers: range, run: Run) -> Drawn:
    """Return true values of data sets of any reports, and what pools them: each is drawn from a stream of its own."""
    drawn = list(run(partial(_replicate, name, design, k, seed), numbers))
    truth = {unknown: np.array([true[unknown] for true, _ in drawn]) for unknown in UNKNOWNS}
    return truth, partial(pool_curves, [curves for _, curves in drawn])


def _replicate(name: str, design: str, k: int, seed: int, number: int) -> tuple[dict[str, float], list[Curve]]:
    """Return true values, and the curves of the reports simulated from them."""
    rng = np.random.default_rng(np.random.SeedSequence((seed, _place(name, design), k, number)))
    truth, studies = simulate(model_of(name), DESIGNS[name][design], k, rng)
    return truth, [study.curve for study in studies]


def _place(name: str, design: str) -> int:
    """Return a number for a model and a design, of which their random streams are made."""
    return sum(ord(letter) for letter in f"{name} {design}")


def table(cells: Sequence[Cell]) -> list[dict[str, str | int | float | bool]]:
    """Return a row per cell: coverage, uniformity of ranks, and how often a side called at 0.9 was right.

    Parameters
    ----------
    cells : sequence of Cell
    """
    rows = []
    for cell in cells:
        count, said, right = cell.called()
        row: dict[str, str | int | float | bool] = {"model": cell.model, "design": cell.design, "k": cell.k}
        row["datasets"] = int(cell.side.size)
        for unknown in UNKNOWNS:
            row[f"{unknown}.chi_square"] = chi_square(cell.ranks[unknown])
            row[f"{unknown}.inside"] = inside_envelope(cell.ranks[unknown])
            for level in LEVELS:
                row[f"{unknown}.{level:g}"] = cell.coverage(unknown, level)
        row |= {"called": count, "said": said, "right": right, "failed": cell.failed}
        rows.append(row)
    return rows
