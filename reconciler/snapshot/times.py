"""The times of a snapshot: absolute, or relative to the moment it was taken."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_RELATIVE = re.compile(r"([+-]?)([0-9]{1,7})([wdhm])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


def absolute(text: str) -> datetime:
    """Return the moment that *text* names, in UTC; without an offset it is in UTC already."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def moment(text: str, base: datetime) -> datetime:
    """Return the moment that *text* names, absolute or relative to *base* (`-40d`, `-36h`)."""
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return absolute(text)
    sign, count, unit = relative.groups()
    length = timedelta(**{_UNITS[unit]: int(count)})
    return base - length if sign == "-" else base + length


def day(text: str, base: datetime) -> date:
    """Return the day that *text* names: `2026-12-01`, `+9d`, or `next-cycle`."""
    if text == "next-cycle":
        return (base.date().replace(day=1) + timedelta(days=32)).replace(day=1)
    return moment(text, base).date()


def stamp(at: datetime | None) -> str | None:
    """Return *at* as GitHub writes it."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
