"""What one more study costs on a surface, beside pooling everything again: `uv run python benchmarks/updating.py`.

For so many studies already there: the time of adding one normal report and reading P(mu > 0), its interval, tau and a
new study, and of doing the same by the exact engine from the start. Median of RUNS turns in one run, in milliseconds of
CPU, with the ratio.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import normal_curve
from irlbayes.posterior import surface as surfaces
from irlbayes.posterior.quadrature import solve
from irlbayes.posterior.surface_reading import nodes, read

MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
BEHIND, RUNS = (0, 10, 100, 1000), 7
ENDS = np.array([0.025, 0.975])


def cpu(work: Callable[[], object]) -> float:
    """Return the median CPU time of a piece of work, in milliseconds, warm."""
    work()
    times = []
    for _ in range(RUNS):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return 1e3 * median(times)


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(11)
    sei = rng.uniform(0.1, 0.6, max(BEHIND) + 1)
    yi = 0.3 + 0.2 * rng.standard_normal(sei.size) + sei * rng.standard_normal(sei.size)
    curves = [normal_curve(float(y), float(s)) for y, s in zip(yi, sei, strict=True)]
    print("studies   add and read   quick numbers   pooled again   pooled / read")
    for count in BEHIND:
        behind = surfaces.start(MU, TAU).add_all(curves[:count])
        one, everything = curves[count], curves[: count + 1]

        def whole(behind: surfaces.Surface = behind, one: object = one) -> object:
            found = read(behind.add(one))  # type: ignore[arg-type]
            return found.mu.sf(0.0), found.mu.quantile(ENDS), found.tau.quantile(ENDS), found.theta_new.quantile(ENDS)

        def quick(behind: surfaces.Surface = behind, one: object = one) -> object:
            found = nodes(behind.add(one))  # type: ignore[arg-type]
            return found.mu.above(np.zeros(1)), found.mean, found.sd

        def again(everything: list[object] = everything) -> object:  # type: ignore[assignment]
            found = solve(everything, MU, TAU, studies=False)  # type: ignore[arg-type]
            return found.mu.sf(0.0), found.mu.quantile(ENDS), found.tau.quantile(ENDS), found.theta_new.quantile(ENDS)

        times = cpu(whole), cpu(quick), cpu(again)
        print(f"{count:7d}{times[0]:12.2f} ms{times[1]:13.2f} ms{times[2]:12.2f} ms{times[2] / times[0]:16.1f}")


if __name__ == "__main__":
    main()
