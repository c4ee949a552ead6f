"""Priors of the library by name: ``turner2015: pain / pharmacological vs placebo``, ``sceptical(0.5)``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from irlbayes.core.assumptions import Prior
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.models.calls import LARGEST, NUMBER
from irlbayes.models.tables import Entry, PriorTable, tables

FEWEST_LETTERS = 3  # of an abbreviated table
NEAREST = 6  # names to show


def table_of(text: str) -> PriorTable | None:
    """Return the table that a text names first, in full or by the beginning of its name; None where it names none."""
    word = head(text)
    known = tables()
    if word in known:
        return known[word]
    found = [table for name, table in known.items() if len(word) >= FEWEST_LETTERS and name.startswith(word)]
    return found[0] if len(found) == 1 else None


def head(text: str) -> str:
    """Return what stands before a colon or a parenthesis, as names are written."""
    return re.sub(r"[\s-]+", "_", re.split(r"[:(]", text, maxsplit=1)[0].strip().lower())


def is_near(text: str) -> bool:
    """Whether a text is the misspelt name of a table."""
    return bool(get_close_matches(head(text), tables(), n=1, cutoff=0.75))


def unknown(text: str, where: str) -> InputError:
    """Return the refusal of a table that is not there."""
    near = get_close_matches(head(text), tables(), n=2) or list(tables())
    fix = f"Nearest: {', '.join(near)}. {_listed_by('')}"
    return InputError(Problem(where, "a table of the library of priors", fix, value=text))


def find(text: str, role: str, scale: str, where: str) -> Prior:
    """Return a prior of the library by name.

    Parameters
    ----------
    text : str
        A table and an entry, each in any case and as far as they are told apart; or a table and a number.
    role : str
        ``mu`` or ``tau``.
    scale : str
        Scale of the effect; empty where it does not matter, which is refused where an entry differs between scales.
    where : str
        Option or file to name in messages.

    Returns
    -------
    Prior
        Its reason says where it is from, its warnings what to know before leaning on it.

    Raises
    ------
    InputError
        No such entry, several of them, none for the role, or none for the scale.

    Examples
    --------
    >>> str(find("Cochrane: multiple sclerosis", "tau", "log_or", "--prior-tau"))
    'inverse_gamma(2.09, 0.71)'
    >>> str(find("sceptical(0.5)", "mu", "smd", "--prior-mu"))
    'normal(0, 0.303978)'
    """
    table = table_of(text)
    if table is None:
        raise unknown(text, where)
    if table.size is not None:
        return _of_size(table, text, role, scale, where)
    return _only(table, entries(text, where), role, scale, where, text)


def entries(text: str, where: str) -> list[Entry]:
    """Return the entries of the one name that a text means, of every scale.

    Raises
    ------
    InputError
        As `find`.
    """
    table = table_of(text)
    if table is None:
        raise unknown(text, where)
    rest = re.split(r"[:(]", text, maxsplit=1)[1:]
    if rest and "(" in text.split(":", 1)[0]:
        raise InputError(Problem(where, f"{table.name} takes no number", _listed_by(table.name), value=text))
    return named(table, rest[0] if rest else "", where, text)


def named(table: PriorTable, query: str, where: str, text: str) -> list[Entry]:
    """Return the entries of the one name that a query means: one per scale, or several scales in one.

    Raises
    ------
    InputError
        With the nearest names where there is none, with the candidates where there are several.
    """
    names = list(dict.fromkeys(entry.name for entry in table.entries))
    if names == [""] and not query.strip():
        return list(table.entries)
    if names == [""] or not query.strip():
        rule = f"{table.name} has no entries by name" if names == [""] else f"{table.name} has {len(names)} entries"
        shown = f"Write {table.name} alone. " if names == [""] else f"Name one, such as {table.name}: {names[0]}. "
        raise InputError(Problem(where, rule, shown + _listed_by(table.name), value=text))
    wanted = _words(query)
    found = [name for name in names if _words(name) == wanted] or [name for name in names if _begins(wanted, name)]
    if len(found) == 1:
        return [entry for entry in table.entries if entry.name == found[0]]
    if found:
        rule = f"{query.strip()} may be {len(found)} entries of {table.name}"
        fix = f"Write more of one: {_some(found)}. {_listed_by(table.name)}"
    else:
        by_name = {name.lower(): name for name in names}
        near = get_close_matches(query.strip().lower(), by_name, n=3, cutoff=0.3)
        rule = f"an entry of {table.name}"
        fix = f"Nearest: {_some([by_name[name] for name in near] or names)}. {_listed_by(table.name)}"
    raise InputError(Problem(where, rule, fix, value=text))


def fitting(role: str, scale: str) -> list[str]:
    """Return how priors of a role and scale are written, one or two of each table."""
    found = []
    for table in tables().values():
        if table.size is not None:
            found += [f"{table.name}(delta)"] * (role == "mu" and SCALES[scale].null is not None)
            continue
        fits = [entry for entry in table.entries if scale in entry.scales and role in entry.priors]
        chosen = [entry for entry in fits if entry.panel] or fits[:1]
        found += [entry.label for entry in chosen]
    return found


def panel(scale: str) -> list[tuple[str, Prior | None, Prior | None]]:
    """Return what belongs to the panel on a scale: name, prior of mu and prior of tau, None where the declared stays.

    A Student t of mu and a heavy-tailed tau together are slow, and with few reports beyond the exact engine: each of
    them is tried alone.
    """
    rows: list[tuple[str, Prior | None, Prior | None]] = []
    for entry in (one for table in tables().values() for one in table.entries if one.panel and scale in one.scales):
        mu, tau = entry.priors.get("mu"), entry.priors.get("tau")
        if mu is not None and tau is not None and mu.family == "student_t":
            rows += [(f"{entry.label}, mu", mu, None), (f"{entry.label}, tau", None, tau)]
        else:
            rows.append((entry.label, mu, tau))
    return rows


def sized(outcome: Outcome, above: bool) -> list[tuple[str, float, Prior]]:
    """Return the sceptic's and the enthusiast's prior of mu for an outcome's largest threshold, each with its size.

    Parameters
    ----------
    outcome : Outcome
    above : bool
        Whether the enthusiast believes in an effect above the null, or below.

    Returns
    -------
    list of tuple
        Empty without a null or a threshold.
    """
    sizes = [abs(threshold.value) for threshold in outcome.thresholds if threshold.value]
    if outcome.null is None or not sizes:
        return []
    reach = max(sizes)
    rows = (("sceptical", reach), ("enthusiastic", reach if above else -reach))
    return [(name, size, of_size(name, size, outcome.scale)) for name, size in rows]


def of_size(name: str, delta: float, scale: str) -> Prior:
    """Return the sceptical or the enthusiastic prior of mu for a size of effect, on the scale of pooling.

    Parameters
    ----------
    name : str
        A table with a ``size``.
    delta : float
        Its sign is the side of the enthusiast's center.
    scale : str

    Notes
    -----
    With the null at m the sceptic's mean is m and the enthusiast's m + delta; the sd of both is abs(delta) over the
    normal quantile of 0.95: 5 % of the sceptic's prior lies beyond m + delta, and 5 % of the enthusiast's beyond m.
    """
    from statistics import NormalDist

    table = tables()[name]
    assert table.size is not None
    null = SCALES[scale].null if scale else 0.0
    assert null is not None
    shown = f"{delta:g}" if not scale or SCALES[scale].transform == "none" else _on_both(delta, scale)
    center = null + delta if table.size.center == "delta" else null
    sd = abs(delta) / NormalDist().inv_cdf(1.0 - table.size.beyond)
    at, past = (shown, "no effect") if table.size.center == "delta" else ("no effect", shown)
    words = f"{name}({delta:g}): centered at {at}, {table.size.beyond:.0%} beyond {past}"
    return Prior("normal", (center, sd), f"{words}. {table.source}", table.warnings)


def _on_both(delta: float, scale: str) -> str:
    return f"{delta:g} ({SCALES[scale].printed} {SCALES[scale].show(delta):.3g})"


def _of_size(table: PriorTable, text: str, role: str, scale: str, where: str) -> Prior:
    """Read a table's name with a number in parentheses."""
    example = f"Write {table.name}(0.5), in units of the effect (a log for ratios). {_listed_by('')}"
    match = re.fullmatch(r"[^:(]*\((.*)\)\s*", text)
    if match is None or not NUMBER.match(match.group(1)):
        raise InputError(Problem(where, f"{table.name} takes one size of effect", example, value=text))
    delta = float(match.group(1))
    if not 1.0 / LARGEST <= abs(delta) <= LARGEST:
        raise InputError(Problem(where, f"a size of effect other than 0, at most {LARGEST:g}", example, value=text))
    if role != "mu":
        raise _no_role(table.name, role, scale, where, text)
    if scale and SCALES[scale].null is None:
        fix = f"{_offer(role, scale)} {_listed_by('')}"
        raise InputError(Problem(where, f"{table.name} is not for the scale {scale}: {table.why}", fix, value=text))
    return of_size(table.name, delta, scale)


def _only(table: PriorTable, found: list[Entry], role: str, scale: str, where: str, text: str) -> Prior:
    """Return the one prior of a role and a scale among entries of one name."""
    label = found[0].label
    with_role = [entry for entry in found if role in entry.priors]
    if not with_role:
        raise _no_role(label, role, scale, where, text)
    fits = [entry for entry in with_role if scale in entry.scales] if scale else with_role
    different = {(entry.priors[role].family, entry.priors[role].parameters) for entry in fits}
    if len(different) == 1:
        return fits[0].priors[role]
    theirs = ", ".join(dict.fromkeys(one for entry in with_role for one in entry.scales))
    if different:
        fix = f"Say on which. {_listed_by(table.name)}"
        raise InputError(Problem(where, f"{label} has a prior per scale: {theirs}", fix, value=text))
    rule = f"{label} is for the scale {theirs}, not for {scale}: {table.why}"
    raise InputError(Problem(where, rule, f"{_offer(role, scale)} {_listed_by('')}", value=text))


def _no_role(label: str, role: str, scale: str, where: str, text: str) -> InputError:
    rule = f"{label} has no prior of {role}"
    return InputError(Problem(where, rule, f"{_offer(role, scale)} {_listed_by('')}", value=text))


def _offer(role: str, scale: str) -> str:
    """Say which priors of the library would do."""
    if not scale:
        return ""
    found = fitting(role, scale)
    return f"For {role} on {scale}: {'; '.join(found)}." if found else f"The library has no prior of {role} on {scale}."


def _listed_by(name: str) -> str:
    return f"Priors of the library are listed by: irlbayes priors{' ' + name if name else ''}."


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s/;,()&:]+", text.lower())


def _begins(wanted: Sequence[str], name: str) -> bool:
    """Whether every word begins a word of a name, in the same order."""
    words = iter(_words(name))
    return bool(wanted) and all(any(word.startswith(part) for word in words) for part in wanted)


def _some(names: Sequence[str]) -> str:
    more = "" if len(names) <= NEAREST else f"; and {len(names) - NEAREST} more"
    return "; ".join(names[:NEAREST]) + more
