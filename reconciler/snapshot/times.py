"""The times of a snapshot: absolute, or relative to the moment it was taken."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from reconciler.model import times

_RELATIVE = re.compile(r"([+-]?)([0-9]{1,7})([wdhm])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


def moment(text: str, base: datetime) -> datetime | None:
    """Return the moment that *text* names, absolute or relative to *base* (`-40d`, `-36h`).

    None for the time that is none, as in `times.read`.
    """
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return times.read(text)
    sign, count, unit = relative.groups()
    length = timedelta(**{_UNITS[unit]: int(count)})
    return times.bounded(base - length if sign == "-" else base + length)


def day(text: str, base: datetime) -> date | None:
    """Return the day that *text* names: `2026-12-01`, `+9d`, or `next-cycle`."""
    if text == "next-cycle":
        return (base.date().replace(day=1) + timedelta(days=32)).replace(day=1)
    at = moment(text, base)
    return None if at is None else at.date()


def stamp(at: datetime | None) -> str | None:
    """Return *at* as GitHub writes it."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
