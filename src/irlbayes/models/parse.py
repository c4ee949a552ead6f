"""Prior strings: a family with its numbers, a name of the library, or a probability in words."""

from __future__ import annotations

from dataclasses import replace

from irlbayes.core.assumptions import Prior
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.priors import FAMILIES
from irlbayes.models import elicit, library
from irlbayes.models.calls import read_call


def parse_prior(text: str, role: str, where: str = "", scale: str = "") -> Prior:
    """Read a prior string; the text is parsed, never evaluated.

    Parameters
    ----------
    text : str
        ``normal(0, 4)``; ``cochrane: multiple sclerosis``; ``95% between 0.5 and 2.0``.
    role : str
        ``mu`` or ``tau``.
    where : str
        Option or file to name in messages; the option by default.
    scale : str
        Scale of the effect, which priors of the library and in words depend on; empty where it does not matter.

    Returns
    -------
    Prior
        Its reason says where it is from, unless it is plain numbers.

    Raises
    ------
    InputError

    Examples
    --------
    >>> str(parse_prior("half_normal(0.5)", "tau"))
    'half_normal(0.5)'
    >>> str(parse_prior("turner2015: marginal", "tau", scale="log_or"))
    'log_normal(-1.28, 0.87)'
    """
    where = where or f"--prior-{role}"
    if elicit.is_in_words(text):
        return elicit.elicit(text, role, scale, where)
    name = library.head(text)
    if name not in FAMILIES:
        if library.table_of(text) is not None:
            return library.find(text, role, scale, where)
        if ":" in text or library.is_near(text):
            raise library.unknown(text, where)
    return read_call(text, role, where)


def parse_for_all(text: str, role: str, where: str, scales: tuple[str, ...]) -> Prior:
    """Read a prior string of a declaration, which must mean one and the same prior on each of its scales.

    Raises
    ------
    InputError
        As `parse_prior`, or where it becomes different priors.
    """
    found = [parse_prior(text, role, where, scale) for scale in scales]
    if any(one != found[0] for one in found):
        listed = ", ".join(f"{one} on {scale}" for one, scale in zip(found, scales, strict=True))
        raise InputError(Problem(where, f"one prior on all scales: {listed}", "Declare a model per scale.", value=text))
    return found[0]


def given(prior: Prior) -> Prior:
    """Return a prior whose reason is that the user gave it, and where it is from."""
    return replace(prior, reason=f"given by the user: {prior.reason}" if prior.reason else "given by the user")
