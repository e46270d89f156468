"""Times of the sandbox: relative ones, billing cycles, and GitHub's way of writing them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

from reconciler.errors import UsageError

_RELATIVE = re.compile(r"([+-]?)(\d{1,6})([wdhms])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def duration(text: str) -> timedelta | None:
    """Return the duration that *text* (`36h`, `-40d`, `+6w`) says, None if it says none."""
    match = _RELATIVE.fullmatch(text)
    if match is None:
        return None
    sign, count, unit = match.groups()
    length = timedelta(**{_UNITS[unit]: int(count)})
    return -length if sign == "-" else length


def moment(text: str, base: datetime) -> datetime | None:
    """Return the moment that *text* names, absolute or relative to *base*; None: it names none."""
    try:
        relative = duration(text)
        if relative is not None:
            return base + relative
        read = datetime.fromisoformat(text)
        read = read if read.tzinfo else read.replace(tzinfo=UTC)
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def require_clock(at: datetime) -> None:
    """Raise UsageError where a clock can't show *at*: sums with it would leave the calendar."""
    if not 1970 <= at.year <= 2999:
        raise UsageError(f"sandbox: the clock can't show {at}: only 1970 to 2999")


def day(text: str, base: datetime) -> date | None:
    """Return the day that *text* names: `2026-12-01`, `+9d`, `next-cycle`; None: it names none."""
    if text == "next-cycle":
        return next_cycle(base)
    read = moment(text, base)
    return None if read is None else read.date()


def cycle_start(now: datetime) -> datetime:
    """Return the start of the billing cycle: the 1st of the month, 00:00 UTC."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_cycle(now: datetime) -> date:
    """Return the first day of the next billing cycle."""
    return (cycle_start(now) + timedelta(days=32)).replace(day=1).date()


def stamp(at: datetime | None) -> str | None:
    """Return *at* as GitHub writes it: whole seconds, `Z`."""
    return None if at is None else f"{at.isoformat(timespec='seconds')[:19]}Z"


def http_date(at: datetime) -> str:
    """Return *at* as an HTTP `Date` header."""
    return format_datetime(at, usegmt=True)
