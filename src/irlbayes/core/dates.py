"""Dates to the day, month or year: which days they can mean."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

Days = tuple[date, date]
DATE = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


def days(text: str) -> Days | None:
    """Return the first and the last day that a date to the day, month or year can mean; None where it is none.

    Examples
    --------
    >>> [str(day) for day in days("2024-02")]
    ['2024-02-01', '2024-02-29']
    """
    match = DATE.match(text.strip())
    if match is None:
        return None
    year, month, day = (None if part is None else int(part) for part in match.groups())
    assert year is not None
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        last = monthrange(year, month)[1]
        return (date(year, month, 1), date(year, month, last)) if day is None else (date(year, month, day),) * 2
    except ValueError:
        return None
