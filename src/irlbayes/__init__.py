"""Published results on iron rim lesions in multiple sclerosis, as probabilities.

Every report of a study, full or partial, becomes a likelihood curve for that study's effect; the curves are pooled
under a hierarchical model, and questions are put to the posterior::

    import irlbayes

    analysis = irlbayes.analyze("irl", outcomes=["relapse"])
    print(analysis.results[0].statement)

Names are loaded on first use: ``import irlbayes`` itself loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irlbayes.answering import ask
    from irlbayes.core.answers import Evidence, Posterior
    from irlbayes.core.errors import FitError, InputError, IrlbayesError
    from irlbayes.core.types import Outcome, ReportTable, Threshold
    from irlbayes.effects.measure import escalc
    from irlbayes.interaction import treatment
    from irlbayes.living import open_ledger
    from irlbayes.models.declare import fingerprint
    from irlbayes.models.parse import parse_prior
    from irlbayes.opening import init_ledger
    from irlbayes.planning import plan
    from irlbayes.sequence import cumulative
    from irlbayes.several import together
    from irlbayes.sheets import convert, explain, template
    from irlbayes.specifications import multiverse
    from irlbayes.trust import check
    from irlbayes.workflow import analyze, effect_table, fit, load_model, read_reports

__version__ = "0.1.0"

_HOMES = {
    "irlbayes.workflow": ("read_reports", "effect_table", "load_model", "fit", "analyze"),
    "irlbayes.answering": ("ask",),
    "irlbayes.trust": ("check",),
    "irlbayes.sequence": ("cumulative",),
    "irlbayes.several": ("together",),
    "irlbayes.interaction": ("treatment",),
    "irlbayes.planning": ("plan",),
    "irlbayes.specifications": ("multiverse",),
    "irlbayes.opening": ("init_ledger",),
    "irlbayes.living": ("open_ledger",),
    "irlbayes.sheets": ("explain", "template", "convert"),
    "irlbayes.effects.measure": ("escalc",),
    "irlbayes.models.declare": ("fingerprint",),
    "irlbayes.models.parse": ("parse_prior",),
    "irlbayes.core.answers": ("Evidence", "Posterior"),
    "irlbayes.core.types": ("Outcome", "ReportTable", "Threshold"),
    "irlbayes.core.errors": ("FitError", "InputError", "IrlbayesError"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Evidence",
    "FitError",
    "InputError",
    "IrlbayesError",
    "Outcome",
    "Posterior",
    "ReportTable",
    "Threshold",
    "analyze",
    "ask",
    "check",
    "convert",
    "cumulative",
    "effect_table",
    "escalc",
    "explain",
    "fingerprint",
    "fit",
    "init_ledger",
    "load_model",
    "multiverse",
    "open_ledger",
    "parse_prior",
    "plan",
    "read_reports",
    "template",
    "together",
    "treatment",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'irlbayes' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
