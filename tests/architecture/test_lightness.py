"""Reading data and exact fits load nothing heavy; `import irlbayes` loads almost nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "dask",
    "pymc",
    "pytensor",
    "numba",
    "nutpie",
    "arviz",
    "matplotlib",
    "pandas",
    "pandera",
    "xarray",
    "openpyxl",
    "defusedxml",
)
SIX = Path(__file__).parents[1] / "reference" / "inputs" / "crins2014_ar.csv"


def loaded(code: str) -> set[str]:
    """Run code in a fresh interpreter and return the top-level modules that it loaded."""
    tell = "sys.stdout = sys.__stdout__\nprint('LOADED', *{name.split('.')[0] for name in sys.modules})"
    script = f"import sys\n{code}\n{tell}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.rsplit("LOADED", 1)[1].split())


def test_import_is_light() -> None:
    """`import irlbayes` does not even load NumPy."""
    assert not loaded("import irlbayes") & {*HEAVY, "numpy", "scipy", "typer", "rich"}


def test_every_public_name_resolves() -> None:
    """Every name of `__all__` is there, and another is an AttributeError."""
    import irlbayes

    assert len(irlbayes.__all__) >= 14
    for name in irlbayes.__all__:
        assert getattr(irlbayes, name) is not None
        assert name in dir(irlbayes)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = irlbayes.nonsense


@pytest.mark.parametrize("what", ["'irl'", repr(str(SIX))], ids=["bundled", "csv"])
def test_exact_analysis_loads_no_data_frame_and_no_sampler(what: str) -> None:
    """The main job, from file to JSON, never imports PyMC, ArviZ, pandas or xarray."""
    code = (
        "import io\n"
        "from irlbayes import workflow\n"
        "from irlbayes.report import document\n"
        f"a = workflow.analyze({what})\n"
        "document.to_json(document.document(a, workflow.fingerprints(a)))"
    )
    assert not loaded(code) & set(HEAVY)


def test_plain_table_needs_no_scipy() -> None:
    """Normal reports are pooled with NumPy alone."""
    assert "scipy" not in loaded(f"from irlbayes import workflow\nworkflow.analyze({str(SIX)!r})")


def test_one_published_result_needs_no_scipy() -> None:
    """A single interval is answered, printed and written as JSON without SciPy or anything heavy."""
    code = (
        "import io\nfrom irlbayes import trend\nfrom irlbayes.report import document, table\n"
        "from irlbayes.report import trend as pages\n"
        "found = trend.trend('1.10', '0.84', '1.44', scale='ratio', thresholds=[1.25])\n"
        "table.to_text(pages.page(*found))\ndocument.to_json(pages.document(*found))"
    )
    assert not loaded(code) & {*HEAVY, "scipy"}


def test_help_loads_no_numpy() -> None:
    """`irlbayes --help` answers before any number library is loaded."""
    code = (
        "import io\nfrom irlbayes import cli\nsys.argv = ['irlbayes', '--help']\nsys.stdout = io.StringIO()\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass"
    )
    assert not loaded(code) & {*HEAVY, "numpy", "scipy"}
