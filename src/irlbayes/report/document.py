"""The JSON document of an analysis (`docs/reference/json.md`), and its CSV form."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from typing import Any

from irlbayes import __version__
from irlbayes.core.answers import Analysis, Check, Result
from irlbayes.core.assumptions import Prior
from irlbayes.core.types import Published

SCHEMA = "irlbayes/analysis/1"
SUMMARY = (
    "mean",
    "sd",
    "median",
    "mode",
    "ci_low",
    "ci_high",
    "shortest_low",
    "shortest_high",
    "p_gt_null",
    "prior_p_gt_null",
)


def document(analysis: Analysis, fingerprint: Mapping[str, str]) -> dict[str, Any]:
    """Return an analysis as plain data.

    Parameters
    ----------
    analysis : Analysis
    fingerprint : Mapping
        Model fingerprint by outcome.

    Returns
    -------
    dict
        Numbers at full precision; None where a thing does not exist, never NaN.
    """
    return {
        "schema": SCHEMA,
        "irlbayes": __version__,
        "evidence": {
            "name": analysis.table.name,
            "sha256": analysis.table.sha256,
            "reports": len(analysis.table.reports),
            "reading": list(analysis.table.reading),
        },
        "settings": {
            "use": analysis.settings.use,
            "drop_reports": list(analysis.settings.drop_reports),
            "engine": analysis.settings.engine,
            "level": analysis.settings.level,
            "seed": analysis.settings.seed,
            "likelihood": analysis.settings.likelihood or None,
        },
        "results": [_result(result, fingerprint[result.outcome.name]) for result in analysis.results],
        "skipped": [{"outcome": item.outcome, "reason": item.reason} for item in analysis.skipped],
    }


def _result(result: Result, fingerprint: str) -> dict[str, Any]:
    posterior, answers = result.posterior, result.answers
    heterogeneity = answers["heterogeneity"].numbers
    return {
        "outcome": result.outcome.name,
        "scale": result.outcome.scale,
        "unit": result.outcome.unit or None,
        "null": result.outcome.null,
        "harm": result.outcome.harm or None,
        "k": len(posterior.effects.studies),
        "model": {
            "name": posterior.model.name,
            "fingerprint": fingerprint,
            "random_effects": str(posterior.model.random_effects),
            "priors": {
                "mu": _prior(posterior.model.mu),
                "tau": _prior(posterior.model.tau),
                **({} if posterior.model.within is None else {"omega": _prior(posterior.model.within)}),
            },
            "within_correlation": None if posterior.model.within is None else posterior.model.within_correlation,
        },
        "engine": posterior.engine,
        "error_bound": posterior.error_bound,
        "gate": {"passed": posterior.gate.passed, "checks": [_check(check) for check in posterior.gate.checks]},
        "mu": answers["pooled"].numbers,
        "tau": heterogeneity["tau"],
        "omega": heterogeneity["omega"],
        "i2": heterogeneity["i2"],
        "new_study": answers["new_study"].numbers,
        "moderators": posterior.model.moderators or None,
        "coefficients": answers["moderators"].numbers["coefficients"],
        "alarms": list(result.alarms),
        "studies": answers["shrinkage"].numbers["studies"],
        "log_marginal_likelihood": posterior.log_marginal_likelihood,
        "statement": result.statement,
        "caveats": list(result.caveats),
        "findings": [
            {"check": one.check, "reports": list(one.reports), "words": one.words, "line": one.line}
            for one in posterior.effects.findings
        ],
        "published": [_published(row) for row in result.outcome.reference],
        "left_out": [{"id": identity, "reason": reason} for identity, reason in posterior.effects.left_out],
    }


def _prior(prior: Prior) -> dict[str, Any]:
    return {"prior": str(prior), "reason": prior.reason, "warnings": list(prior.warnings)}


def _check(check: Check) -> dict[str, Any]:
    return {"name": check.name, "value": check.value, "rule": check.rule, "passed": check.passed}


def _published(row: Published) -> dict[str, Any]:
    return {
        "review": row.review,
        "measure": row.measure,
        "estimate": row.estimate,
        "ci_low": row.ci_lb,
        "ci_high": row.ci_ub,
        "k": row.k,
        "doi": row.doi or None,
    }


def _plain(value: Any) -> Any:
    """Return data that JSON can hold: NumPy numbers as plain ones, NaN and infinity as None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | str) or value is None:
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def to_json(content: Mapping[str, Any]) -> str:
    """Return the document as text, ending in a newline."""
    return json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(content: Mapping[str, Any]) -> str:
    """Return the document's numbers as a table: a row for mu, tau, the new study and every study of each outcome."""
    out = io.StringIO()
    columns = [
        "outcome",
        "scale",
        "k",
        "quantity",
        "report",
        "yi",
        "sei",
        "share",
        *SUMMARY,
        "model",
        "fingerprint",
        "engine",
    ]
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for result in _plain(content)["results"]:
        shared = {
            "outcome": result["outcome"],
            "scale": result["scale"],
            "k": result["k"],
            "model": result["model"]["name"],
            "fingerprint": result["model"]["fingerprint"],
            "engine": result["engine"],
        }
        for quantity in ("mu", "tau", *(("omega",) if result["omega"] else ()), "new_study"):
            writer.writerow({**result[quantity], **shared, "quantity": quantity})
        for study in result["studies"]:
            writer.writerow({**study, **shared, "quantity": study["study"]})
    return out.getvalue()
