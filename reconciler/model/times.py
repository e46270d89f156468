"""Read times that others wrote, so that no sum with a threshold can leave the calendar."""

from __future__ import annotations

from datetime import UTC, datetime

FIRST_YEAR, LAST_YEAR = 2000, 2999
"""Years of the days that people write."""

CLOCKS = "1970 to 2999"
"""Years that a clock may show."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)


def read(text: str) -> datetime | None:
    """Return the moment that *text* names, in UTC; without an offset it is in UTC already.

    What lies before 1970 or after 9998 becomes the first or last moment between. The year 1 is how
    some programs write that there is no time: None. Raise ValueError where *text* is no time.
    """
    moment = datetime.fromisoformat(text)
    return None if moment.year == 1 else bounded(moment)


def bounded(moment: datetime) -> datetime:
    """Return *moment* in UTC, or the first or last moment of 1970 to 9998 where it lies outside."""
    if moment.year in (1, 9999):  # in UTC it may not be in the calendar
        return _EARLIEST if moment.year == 1 else _LATEST
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment.astimezone(UTC), _EARLIEST), _LATEST)


def is_clocks(moment: datetime) -> bool:
    """Say whether a clock may show *moment*: at it, everything is judged."""
    return _EARLIEST.year <= moment.year <= LAST_YEAR
