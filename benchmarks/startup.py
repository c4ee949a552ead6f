"""How much processor time the command line takes: `uv run python benchmarks/startup.py`.

Each command runs in fresh processes: one warm-up, then RUNS counted ones. Printed are the user CPU seconds of the whole
process (median, least and most) and their ratio to a baseline of the same run, importing NumPy alone.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

RUNS = 5
INPUT = Path(__file__).parents[1] / "tests" / "reference" / "inputs" / "crins2014_ar.csv"
PROBE = (
    "import sys\nfrom irlbayes import cli\nsys.argv = ['irlbayes', *sys.argv[1:]]\n"
    "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
    "print(*sorted({'pymc', 'pytensor', 'nutpie', 'arviz'} & set(sys.modules)), file=sys.stderr)"
)


def user_seconds(command: list[str]) -> float:
    """Run a command and return the user CPU seconds of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def measure(command: list[str]) -> list[float]:
    """Return the counted runs of a command, after a warm-up."""
    user_seconds(command)
    return sorted(user_seconds(command) for _ in range(RUNS))


def main() -> None:
    """Measure, and print a line per command."""
    with tempfile.TemporaryDirectory() as folder:
        six = Path(folder) / "six.csv"
        with INPUT.open() as source, six.open("w") as target:
            rows = [(row["study"], row["yi"], row["sei"]) for row in csv.DictReader(source)]
            csv.writer(target).writerows([("study", "yi", "sei"), *rows])
        irlbayes = [sys.executable, "-m", "irlbayes.cli"]
        arguments = {
            "irlbayes --help": ["--help"],
            f"irlbayes analyze FILE --format json ({len(rows)} studies)": ["analyze", str(six), "--format", "json"],
            "irlbayes analyze --format json (bundled evidence)": ["analyze", "--format", "json"],
        }
        baseline = measure([sys.executable, "-c", "import numpy"])
        print(f"user CPU seconds of the whole process: median of {RUNS} runs [least, most], ratio to the baseline")
        print(f"{'python -c import numpy (baseline)':<55} {median(baseline):.3f}")
        for name, words in arguments.items():
            runs = measure([*irlbayes, *words])
            ratio = median(runs) / median(baseline)
            print(f"{name:<55} {median(runs):.3f} [{runs[0]:.3f}, {runs[-1]:.3f}]  x{ratio:.1f}")
            probe = subprocess.run([sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=True)
            print(f"{'':<55} samplers imported: {probe.stderr.strip() or 'none'}")


if __name__ == "__main__":
    main()
