"""A new ledger: what its evidence base says about itself, how it pools, and everything known at the start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite
from pathlib import Path
from typing import Any

from irlbayes import __version__, drafting, standing, telling, workflow
from irlbayes.answering import refuse_level
from irlbayes.core.answers import SEED
from irlbayes.core.decisions import decisions
from irlbayes.core.errors import InputError, Problem, unknown
from irlbayes.core.plain import plain_model, plain_outcome
from irlbayes.core.recorded import Recorded
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome, Report, ReportTable
from irlbayes.data import evidence as evidence_data
from irlbayes.data import kept
from irlbayes.drafting import MODEL_OPTIONS, Draft, Group
from irlbayes.effects.table import chosen
from irlbayes.knowing import said
from irlbayes.ledger import store
from irlbayes.ledger.entries import BEFORE_FIRST, Entry, now, sealed
from irlbayes.posterior.refusals import ENGINES
from irlbayes.receiving import Received
from irlbayes.standing import OPENING, SCHEMA, Standing
from irlbayes.updating import pooled_again

DEFAULTS: Mapping[str, Any] = {
    "outcomes": [],
    "use": "primary",
    "drop_reports": [],
    "likelihood": None,
    **dict.fromkeys(MODEL_OPTIONS),
    "within_correlation": 0.0,
    "engine": "auto",
    "level": 0.95,
    "thresholds": [],
    "scale": None,
    "seed": SEED,
}


def init_ledger(
    path: str | Path,
    evidence: str | Path | None = "irl",
    *,
    empty: bool = False,
    one_by_one: bool = False,
    decide: Sequence[str] = (),
    sheet: str | None = None,
    **options: Any,
) -> tuple[Recorded, ...]:
    """Begin a ledger with what an evidence base declares and, unless it is to be empty, with its rows.

    Parameters
    ----------
    path : str or Path
        A new file.
    evidence : str, Path or None
        As for `workflow.read_reports`, or another ledger; None declares nothing: the rows to come then do.
    empty : bool
        Whether the rows are left out.
    one_by_one : bool
        Whether every study gets an entry of its own, in order of publication (``year`` in `studies.csv` or in the row;
        those without one last), and not all rows the first.
    decide : sequence of str
        Decisions that are watched, as of `core.decisions.decisions`.
    sheet : str, optional
        As for `workflow.read_reports`.
    **options
        Arguments of `workflow.analyze`: ``outcomes`` (rows of others stay out of the ledger), ``use``,
        ``drop_reports``, ``likelihood``, ``model``, ``prior_mu``, ``prior_tau``, ``random_effects``, ``moderators``,
        ``prior_beta``, ``within``, ``within_correlation``, ``engine``, ``level``, ``thresholds``, ``scale``, ``seed``.
        They hold for as long as the ledger does.

    Returns
    -------
    tuple of Recorded
        What every entry says.

    Raises
    ------
    InputError
        With everything that is wrong; no ledger is left behind then.
    """
    settings = {**DEFAULTS, **options}
    if unknown := set(settings) - set(DEFAULTS):
        raise TypeError(f"init_ledger has no option {', '.join(sorted(unknown))}")
    settings |= {name: list(settings[name]) for name in ("outcomes", "drop_reports", "thresholds")}
    problems = _option_problems(Path(path), settings)
    table: ReportTable | None = None
    texts: dict[str, str] = {}
    try:
        table, texts = _base(evidence, settings, sheet)
    except InputError as error:
        problems += error.problems
    if table is not None:
        problems += _unknown_outcomes(settings["outcomes"], table)
    here = _begun(Path(path), table, texts, settings, decide)
    rows: Sequence[Report] = () if empty or table is None else table.reports
    known = {} if table is None else table.outcomes
    for check in (lambda: decisions(decide, known), lambda: _refuse_models(settings, known)):
        try:
            check()
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    rows = tuple(row for row in rows if row.outcome in here.outcomes)
    received = Received(rows, {}, {}, here.opening.get("source", {}), ())
    opening = Draft(1, OPENING, _opened(here, () if one_by_one else rows))
    here = standing.stand(str(path), [opening])
    drafts = drafting.draft(here, {}, _in_order(rows, here), received).drafts if one_by_one else ()
    return _written(Path(path), (opening, *drafts))


def _option_problems(path: Path, settings: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the options by themselves."""
    problems = workflow.choice_problems(settings["use"], settings["drop_reports"], settings["likelihood"])
    if path.exists():
        problems.append(Problem(str(path), "a new file; this one is there", "Choose another name.", value=path.name))
    problems += unknown("--engine", [str(settings["engine"])], ENGINES)
    if not all(isfinite(size) for size in settings["thresholds"]):
        problems.append(Problem("--threshold", "a finite number", "Write a number on the scale of pooling."))
    try:
        refuse_level(settings["level"])
    except InputError as error:
        problems += error.problems
    return problems


def _refuse_models(settings: Mapping[str, Any], outcomes: Mapping[str, Outcome]) -> None:
    """Refuse options of the model that no outcome could be pooled with."""
    given = [settings[option] for option in MODEL_OPTIONS]
    if not any(given):
        return
    asked = list(outcomes.values()) or [Outcome(name, name, name, scale.null, "") for name, scale in SCALES.items()]
    refused: list[InputError] = []
    for outcome in asked:
        try:
            workflow.load_model(outcome, *given)
        except InputError as error:
            refused.append(error)
    if len(refused) == len(asked):
        raise refused[0]


def _unknown_outcomes(wanted: Sequence[str], table: ReportTable) -> list[Problem]:
    return unknown("--outcome", wanted, table.outcomes, f"an outcome of {table.name}")


def _base(
    evidence: str | Path | None, settings: Mapping[str, Any], sheet: str | None
) -> tuple[ReportTable | None, dict[str, str]]:
    """Return an evidence base, and the texts that declare it, where it is a folder or a ledger of one."""
    if evidence is None:
        return None, {}
    table = workflow.read_reports(evidence, settings["scale"], sheet, settings["within"] is not None)
    source = Path(table.source)
    if source.is_dir():
        return table, evidence_data.read_texts(source)
    return table, dict(standing.at(source).opening.get("texts", {})) if standing.is_ledger(source) else {}


def _begun(
    path: Path, table: ReportTable | None, texts: Mapping[str, str], settings: Mapping[str, Any], decide: Sequence[str]
) -> Standing:
    """Return what stands before any row."""
    name = path.stem if table is None else table.name
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "irlbayes": __version__,
        "name": name,
        "title": name if table is None else table.title,
        "settings": dict(settings),
        "decisions": list(decide),
        "rows": [],
        "said": {},
        "surprise": {},
        "left_out": {},
        "models": {},
        "prior": {},
    }
    if table is not None:
        body["source"] = {"file": _file_of(table), "sha256": table.sha256}
    if texts:
        body["texts"] = dict(texts)
    elif table is not None:
        body["outcomes"] = {name: plain_outcome(outcome) for name, outcome in table.outcomes.items()}
    if texts and table is not None:
        body["studies"] = {name: dict(cells) for name, cells in table.studies.items()}
    return standing.stand(str(path), [Draft(1, OPENING, body)])


def _file_of(table: ReportTable) -> str:
    source = Path(table.source)
    return "reports.csv" if source.is_dir() else source.name


def _opened(here: Standing, rows: Sequence[Report]) -> dict[str, Any]:
    """Return the body of the opening entry: what is declared, the rows, and what they say together."""
    body = {**here.opening, "rows": [kept.plain(row) for row in rows]}
    after = standing.stand(here.path, [Draft(1, OPENING, body)])
    rules = decisions(body["decisions"], after.outcomes)
    models, priors, says = {}, {}, {}
    left_out: dict[str, str] = {}
    problems = _repeated(rows, body["rows"])
    for name, outcome in after.outcomes.items():
        reports, options = after.reports(name), after.settings
        entered, left = chosen(reports, outcome, options["use"], options["drop_reports"], after.clustered)
        left_out |= dict(left)
        try:
            model = workflow.load_model(outcome, *(options[option] for option in MODEL_OPTIONS))
        except InputError as error:
            if entered or any(options[option] for option in MODEL_OPTIONS):
                problems += error.problems
            continue
        own = [rule for rule in rules if rule.outcome == name]
        models[name] = plain_model(model)
        priors[name] = drafting.prior_said(outcome, model, options["level"], own)
        if reports and not problems:
            track = pooled_again(outcome, model, drafting.settings(after), reports, after.studies)
            says[name] = said(track.known, outcome, len(track.speaks), model, options["level"], own)
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    more = {"models": models, "prior": priors, "said": says, "left_out": left_out}
    return {**body, **more, "data_sha256": drafting.data_hash(after)}


def _repeated(rows: Sequence[Report], plain: Sequence[kept.Row]) -> list[Problem]:
    """Return where two rows would have one id."""
    first: dict[str, Report] = {}
    problems = []
    for row, cells in zip(rows, plain, strict=True):
        name = str(cells["cells"]["id"])
        other = first.setdefault(name, row)
        if other is not row:
            rule = f"a row of a ledger has an id of its own; line {other.line} has this one too"
            problems.append(Problem(row.file, rule, "Add a column id.", row.line, "id", name))
    return problems


def _in_order(rows: Sequence[Report], here: Standing) -> list[Group]:
    """Return a group per study in order of publication, and within a year in the order of the rows."""

    def year(group: Group) -> float:
        one = group.reports[0]
        text = here.studies.get(one.study, {}).get("year") or one.text("year")
        try:
            return float(text)
        except ValueError:
            return inf

    return sorted(drafting.by_study(rows), key=year)


def _written(path: Path, drafts: Sequence[Draft]) -> tuple[Recorded, ...]:
    """Seal drafts, write them as a new ledger, whole or not at all, and return what they say."""
    entries: list[Entry] = []
    previous, at = BEFORE_FIRST, now()
    for one in drafts:
        entries.append(sealed(one.number, one.kind, at, one.body, previous))
        previous = entries[-1].sha256
    store.write(path, entries)
    return telling.log(entries, standing.stand(str(path), entries))
