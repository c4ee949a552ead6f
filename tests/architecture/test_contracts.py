"""The import contracts of pyproject.toml hold, and leaves keep their common names."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from irlbayes.answering import questions
from irlbayes.core.bundle import folder
from irlbayes.core.registry import leaves
from irlbayes.core.types import Kind
from irlbayes.models.declare import declarations

ROOT = Path(__file__).parents[2]


def test_import_contracts() -> None:
    """import-linter keeps every contract, and none is broken."""
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--config",
        str(ROOT / "pyproject.toml"),
        "--no-cache",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Contracts: (\d+) kept, 0 broken\.", done.stdout)


def test_every_question_has_one_signature() -> None:
    """Questions export `answer(posterior, level, thresholds)`: a new one is asked without a change elsewhere."""
    for name, answer in questions().items():
        assert list(inspect.signature(answer).parameters) == ["posterior", "level", "thresholds"], name


def test_every_kind_exports_the_protocol() -> None:
    """Report kinds export every name of `core.types.Kind`."""
    names = [name for name in vars(Kind) if not name.startswith("_")] + list(Kind.__annotations__)
    for kind, module in leaves("irlbayes.effects.reports").items():
        missing = [name for name in names if not hasattr(module, name)]
        assert not missing, f"{kind} lacks {missing}"


@pytest.mark.parametrize("path", sorted(folder("models").glob("*.toml")), ids=lambda path: path.stem)
def test_every_model_gives_its_reasons(path: Path) -> None:
    """A declaration is read, and says why for each prior."""
    declaration = declarations()[path.stem]
    assert len(declaration.mu.reason) > 20
    assert len(declaration.tau.reason) > 20
    assert declaration.description


def test_modules_stay_small() -> None:
    """A module over 400 lines is a sign that a room is missing."""
    long = {
        path.name: count for path in (ROOT / "src").rglob("*.py") if (count := len(path.read_text().splitlines())) > 400
    }
    assert not long
