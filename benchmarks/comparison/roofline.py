"""What a posterior costs in operations, what those cost on this machine, and how far from that the kernels are.

Operations are counted by running the kernels as plain Python, with every function counted; what one costs is measured
by loops that do nothing else, compiled as the kernels are. Their product is what no arrangement of the same operations
gets below on one core, unless they overlap. *Exponential* and *normal tail* are our own, without a branch (`special`);
*exp* and *log* the library's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

import numpy as np

OPERATIONS = ("exponential", "normal tail", "log", "exp", "division", "multiply-add")
COUNTED_SETS = 3
LENGTH, ROUNDS = 1024, 9
OF_A_REPORT = {"division": 0.25, "multiply-add": 7}  # of `at_nodes.add_four`: three sums and a product, of four at once
OF_A_TERM = {"division": 1, "multiply-add": 8}  # of `mixing.sums_at`, beside its exponential and tail
OF_A_COSINE = {"multiply-add": 3}  # of `series.cosine_series`, for each pair of a node and half the frequencies


def counts(studies: int) -> dict[str, float]:
    """Return operations of one posterior, on average over some data sets: counted in a process of its own.

    Parameters
    ----------
    studies : int
    """
    asked = [sys.executable, "-c", f"from comparison import roofline; roofline._count({studies})"]
    here = str(Path(__file__).parents[1])
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": here}
    done = subprocess.run(asked, capture_output=True, text=True, check=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


class _Counting:
    """The module `math`, counting."""

    def __init__(self, module: ModuleType, into: Counter[str]) -> None:
        self.module, self.into = module, into

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.module, name)
        if not callable(found):
            return found

        def call(*values: float) -> Any:
            self.into[name] += 1
            return found(*values)

        return call


def _count(studies: int) -> None:
    import math

    from comparison import cases
    from comparison.tools import ours
    from irlbayes.posterior.batch import at_nodes, mixing, nodes, pool_many, pooling, rule, series

    seen: Counter[str] = Counter()
    for module in (mixing, nodes, pooling, rule, series):
        module.math = _Counting(math, seen)  # type: ignore[attr-defined]
    given, cosine, sums, below = at_nodes.sum_reports, pooling.cosine_series, mixing.sums_at, mixing.below_at

    def given_(*values: Any) -> Any:
        seen["reports"] += values[1] * values[4]
        return given(*values)

    def cosine_(*values: Any) -> Any:
        seen["cosines"] += values[1] * (values[1] // 2 + 1)
        return cosine(*values)

    def sums_(*values: Any) -> Any:
        seen["terms"] += values[-1] - values[-2]
        return sums(*values)

    def below_(*values: Any) -> Any:
        seen["terms"] += values[-1] - values[-2]
        return below(*values)

    def exponential_(x: float) -> float:
        seen["exponential"] += 1
        return math.exp(max(x, -700.0))

    def tail_(d: float, falling: float) -> float:
        seen["normal tail"] += 1
        return math.erfc(-d / 2.0**0.5)

    at_nodes.sum_reports, pooling.cosine_series, mixing.sums_at, mixing.below_at = given_, cosine_, sums_, below_
    mixing.exponential = pooling.exponential = at_nodes.exponential = exponential_
    at_nodes.logarithm = nodes.math.log
    mixing.tail = tail_
    _, yi, sei = cases.drawn(np.random.default_rng(cases.SEED), COUNTED_SETS, studies)
    with np.errstate(all="ignore"):
        found = pool_many(yi, sei=sei, mu=ours.MU, tau=ours.TAU, workers=1)
    seen["nodes"] = float(found["nodes"].sum())  # type: ignore[assignment]
    for source, parts in (("reports", OF_A_REPORT), ("terms", OF_A_TERM), ("cosines", OF_A_COSINE)):
        for name, times in parts.items():
            seen[name] += times * seen[source]
    print(json.dumps({name: value / COUNTED_SETS for name, value in seen.items()}))


def rates() -> dict[str, float]:
    """Return seconds per operation on one core, each in a loop of its own over an array in cache."""
    import numba

    from irlbayes.posterior.batch import special
    from irlbayes.posterior.batch.series import LOOSE

    def loop(source: str) -> Callable[[Any], float]:
        code = "import math\ndef run(x):\n    total = 0.0\n    for i in range(x.size):\n"
        space: dict[str, Any] = {"exponential": special.exponential, "tail": special.tail}
        exec(code + f"        total += {source}\n    return total", space)
        made: Callable[[Any], float] = numba.njit(error_model="numpy", fastmath=LOOSE)(space["run"])
        return made

    x = np.random.default_rng(1).uniform(0.1, 3.0, LENGTH)
    sources = {
        "exponential": "exponential(-x[i])",
        "normal tail": "tail(x[i], x[i])",
        "log": "math.log(x[i])",
        "exp": "math.exp(-x[i])",
        "division": "1.0 / x[i]",
        "multiply-add": "x[i] * x[i]",
    }
    found = {}
    for name, source in sources.items():
        run = loop(source)
        run(x)
        times = []
        for _ in range(ROUNDS):
            begun = perf_counter()
            for _ in range(200):
                run(x)
            times.append((perf_counter() - begun) / 200 / LENGTH)
        found[name] = min(times)  # what the machine can do, whoever else is on it
    return found


def least(counted: Mapping[str, float], rate: Mapping[str, float]) -> float:
    """Return the seconds that the counted operations take, one after another, at the rates of this machine.

    Parameters
    ----------
    counted, rate : Mapping
        By operation.
    """
    return float(sum(counted.get(name, 0.0) * rate[name] for name in OPERATIONS))
