"""Where and on what a figure was measured."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path


def name() -> str:
    """Return the processor and how many cores this process may use."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {cores()} cores, {platform.system()}"


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float:
    """Return how many processes wished to run in the last minute, on average."""
    return os.getloadavg()[0]


def versions() -> dict[str, str]:
    """Return the versions that our own times depend on."""
    return {"python": platform.python_version()} | {
        one: version(one) for one in ("irlbayes", "numpy", "scipy", "numba")
    }


PEAK = """
from pathlib import Path
import resource
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.is_file() else []
peak = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
print(peak[0] if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_megabytes(code: str, folder: Path) -> float:
    """Return the most memory that a fresh Python process holds while it runs a piece of code, in MB.

    Linux's VmHWM where there is one: ``ru_maxrss`` begins with what the parent held when it forked.

    Parameters
    ----------
    code : str
    folder : Path
        Put on its path first.
    """
    asked = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}{PEAK}"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1]) * (1e-6 if platform.system() == "Darwin" else 1e-3)
