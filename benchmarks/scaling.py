"""How the cost of a posterior grows: `uv run python benchmarks/scaling.py [--write docs/why/scaling.md]`.

Against the number of studies, of data sets, the width of the prior and the heterogeneity, and the number of worker
processes; and how far the kernels are from what this machine could do. Prints tables; ``--write`` puts them between the
markers of a page, and draws its figure beside it (``scaling.png``).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from comparison import cases, machine, roofline, table
from comparison.tools import ours

from irlbayes.core.assumptions import Prior
from irlbayes.posterior.batch import pool_many

MARKER, FIGURE = "scaling", "scaling.png"
ROUNDS, WHOLE = 3, 100_000  # studies in all of a timed call, about
STUDIES = (2, 5, 13, 30, 100, 300, 1000, 10_000, 100_000)
SETS = (1, 10, 100, 1000, 10_000, 100_000)
WIDTHS = (0.02, 0.1, 0.5, 2.0, 10.0)
SPREADS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
PRIORS = (
    Prior("half_normal", (0.5,)),
    Prior("half_student_t", (3.0, 0.5)),
    Prior("half_cauchy", (0.5,)),
    Prior("uniform", (0.0, 5.0)),
    Prior("log_normal", (-1.0, 1.0)),
    Prior("inverse_gamma", (2.0, 0.5)),
)
Points = list[tuple[float, float, float]]  # what varies, seconds of a posterior, nodes


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the median seconds of a call, and what it returns, after a warm-up."""
    found, times = call(), []
    for _ in range(ROUNDS):
        begun = perf_counter()
        found = call()
        times.append(perf_counter() - begun)
    return median(times), found


def simulated(count: int, studies: int, tau: float | None = None) -> tuple[Any, Any]:
    """Return yi and sei of data sets from the priors, or of one heterogeneity."""
    rng = np.random.default_rng(cases.SEED)
    if tau is None:
        return cases.drawn(rng, count, studies)[1:]
    sei = rng.uniform(0.1, 0.5, (count, studies))
    return 0.3 + np.hypot(sei, tau) * rng.standard_normal(sei.shape), sei


def one_core(yi: Any, sei: Any, prior: Prior = ours.TAU, workers: int = 1) -> tuple[float, float, float]:
    """Return seconds of a posterior, nodes, and the share that the compiled rule answered."""
    seconds, found = timed(lambda: pool_many(yi, sei=sei, mu=ours.MU, tau=prior, workers=workers))
    return seconds / len(found), float(np.mean(found["nodes"])), float((found.solver == 0).mean())


def by_studies() -> Points:
    """Against the number of studies, one core."""
    sizes = [(k, max(1, min(2000, WHOLE // k))) for k in STUDIES]
    return [(k, *one_core(*simulated(count, k))[:2]) for k, count in sizes]


def by_sets(workers: int) -> Points:
    """Against the number of data sets in a call, k = 13."""
    return [(count, *one_core(*simulated(count, cases.STUDIES), workers=workers)[:2]) for count in SETS]


def by_width() -> Points:
    """Against the width of a half-normal prior of tau, k = 13."""
    sets = simulated(1000, cases.STUDIES)
    return [(width, *one_core(*sets, Prior("half_normal", (width,)))[:2]) for width in WIDTHS]


def by_spread() -> Points:
    """Against the heterogeneity of the effects, k = 13."""
    return [(tau, *one_core(*simulated(1000, cases.STUDIES, tau))[:2]) for tau in SPREADS]


def by_prior() -> list[list[str]]:
    """Against the family of the prior of tau, k = 13."""
    sets = simulated(1000, cases.STUDIES)
    rows = []
    for prior in PRIORS:
        seconds, nodes, share = one_core(*sets, prior)
        rows.append([str(prior), table.time(seconds), f"{nodes:.0f}", f"{share:.1%}"])
    return rows


def by_workers() -> list[list[str]]:
    """Against dask worker processes of one thread each."""
    script = str(Path(__file__).with_name("workers.py"))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    times = [float(word) for word in done.stdout.split()[-2:]]
    return [[str(i), table.time(one), f"{times[0] / one:.2f}"] for i, one in enumerate(times, start=1)]


def roof() -> tuple[str, list[list[str]]]:
    """Say what operations cost here, and how far each kernel is from the sum of its own."""
    rate = roofline.rates()
    rows = []
    for k in (13, 100, 1000):
        counted = roofline.counts(k)
        taken = one_core(*simulated(max(20, WHOLE // k // 10), k))[0]
        bound = roofline.least(counted, rate)
        rows.append([
            f"{k:,}", f"{counted['nodes']:.0f}", f"{counted['reports']:,.0f}", f"{counted['terms']:,.0f}",
            *(f"{counted.get(name, 0.0):,.0f}" for name in roofline.OPERATIONS),
            table.time(bound), table.time(taken), f"{taken / bound:.1f}",
        ])  # fmt: skip
    said = "; ".join(f"{name} {1e9 * seconds:.2f} ns" for name, seconds in rate.items())
    return f"Of one operation, on one core, in a loop of its own: {said}.", rows


def draw(path: Path, panels: Sequence[tuple[str, str, dict[str, Points], int]]) -> None:
    """Draw the four pictures: what varies across, seconds or nodes upward, both as logs where they can be."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    from irlbayes.report.colors import BLUE, GRID, INK, MUTED, ORANGE

    figure, axes = pyplot.subplots(2, 2, figsize=(7.2, 5.0), layout="constrained")
    for axis, (title, across, lines, which) in zip(axes.flat, panels, strict=True):
        for (name, points), color in zip(lines.items(), (BLUE, ORANGE), strict=False):
            x, y = [point[0] for point in points], [point[which] for point in points]
            if which == 1:
                y = [1e6 * value for value in y]
            axis.plot(x, y, marker="o", markersize=3.5, linewidth=1.3, color=color, label=name)
        if min(point[0] for points in lines.values() for point in points) > 0.0:
            axis.set_xscale("log")
        else:
            axis.set_xscale("symlog", linthresh=0.1)
        if which == 1:
            axis.set_yscale("log")
            axis.yaxis.set_major_formatter("{x:,.0f}")
            axis.yaxis.set_minor_formatter("")
            low, high = axis.get_ylim()
            axis.set_ylim(10.0 ** np.floor(np.log10(low)), 10.0 ** np.ceil(np.log10(high)))
        else:
            axis.set_ylim(0.0)
        axis.set_title(title, fontsize=9, color=INK, loc="left")
        axis.set_xlabel(across, fontsize=8, color=INK)
        axis.set_ylabel("µs per posterior" if which == 1 else "nodes of tau", fontsize=8, color=INK)
        axis.tick_params(labelsize=7, colors=MUTED)
        axis.grid(color=GRID, linewidth=0.4)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
        if len(lines) > 1:
            axis.legend(fontsize=7, frameon=False)
    figure.savefig(path, dpi=90, metadata={"Software": None})
    pyplot.close(figure)


def _rows(points: Points, write: Callable[[float], str] = "{:g}".format) -> list[list[str]]:
    return [[write(x), table.time(seconds), f"{nodes:.0f}"] for x, seconds, nodes in points]


def _told(studies: Points, sets: Points, width: Points, spread: Points) -> str:
    """Say in words what the figure shows."""
    ends = [
        f"{table.time(one[0][1])} at {one[0][0]:,.0f} to {table.time(one[-1][1])} at {one[-1][0]:,.0f}"
        for one in (studies, sets)
    ]
    nodes = [f"{min(point[2] for point in one):.0f} to {max(point[2] for point in one):.0f}" for one in (width, spread)]
    return (
        f"Time of a posterior against studies, {ends[0]}, and against data sets in a call, {ends[1]};"
        f" nodes of tau against the scale of its prior, {nodes[0]}, and against heterogeneity, {nodes[1]}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--write", type=Path, help="page to put the tables into; the figure goes beside it")
    asked = parser.parse_args(arguments)
    begun = datetime.now(UTC)
    threads = machine.cores()
    studies, sets, all_threads = by_studies(), by_sets(1), by_sets(threads)
    width, spread = by_width(), by_spread()
    said, rows = roof()
    thousands = "{:,.0f}".format
    pairs = zip(sets, all_threads, strict=True)
    calls = [[thousands(x), table.time(alone), table.time(shared)] for (x, alone, _), (_, shared, _) in pairs]
    parts = [
        f"Measured on {begun:%Y-%m-%d %H:%M} UTC on {machine.name()}; {machine.load():.1f} processes wished to run in"
        " the last minute, this one included. Times are of one posterior: mu, tau and a new effect, with error bounds.",
        "**Studies** (one core)",
        table.markdown(["studies", "time", "nodes of tau"], _rows(studies, thousands)),
        "**Data sets in a call** (13 studies)",
        table.markdown(["data sets", "one thread", f"{threads} threads"], calls),
        "**Width of the prior of tau** (half-normal, 13 studies, one core)",
        table.markdown(["scale", "time", "nodes of tau"], _rows(width)),
        "**Heterogeneity** (13 studies with standard errors from 0.1 to 0.5, one core)",
        table.markdown(["tau", "time", "nodes of tau"], _rows(spread)),
        "**Prior of tau** (13 studies, one core)",
        table.markdown(["prior", "time", "nodes of tau", "by the compiled rule"], by_prior()),
        "**Worker processes** (dask, one thread each, 64,000 data sets of 13)",
        table.markdown(["processes", "time", "times one"], by_workers()),
        f"**Roofline** (one core). {said}",
        table.markdown(
            [
                "studies",
                "nodes",
                "reports visited",
                "terms summed",
                *roofline.OPERATIONS,
                "sum of the operations",
                "measured",
                "ratio",
            ],
            rows,
        ),
    ]
    text = "\n\n".join(parts)
    print(text)
    if asked.write:
        table.put(asked.write, MARKER, f"{text}\n\n![{_told(studies, sets, width, spread)}]({FIGURE})")
        panels = [
            ("Studies", "studies of a data set", {"one core": studies}, 1),
            (
                "Data sets in a call",
                "data sets of 13 studies",
                {"one thread": sets, f"{threads} threads": all_threads},
                1,
            ),
            ("Prior of tau", "scale of a half-normal prior", {"one core": width}, 2),
            ("Heterogeneity", "tau of the simulated effects", {"one core": spread}, 2),
        ]
        draw(asked.write.with_name(FIGURE), panels)
    return 0


if __name__ == "__main__":
    sys.exit(main())
