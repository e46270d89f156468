"""Say times and lengths of time in words, the same in every text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def day_of(at: datetime) -> str:
    """Return the day of *at*, in UTC."""
    return at.astimezone(UTC).date().isoformat()


def length(span: timedelta) -> str:
    """Return *span* in whole days, or in hours below two days."""
    if span < timedelta(days=2):
        return plural(max(0, int(span.total_seconds() // 3600)), "hour")
    return plural(span.days, "day")


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long before *now* the moment *at* was."""
    return "at an unknown time" if at is None else f"{length(now - at)} ago"


def plural(count: int, noun: str, many: str | None = None) -> str:
    """Return *count* with *noun* in the right number."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"


def day(on: date | None) -> str:
    return "an unknown day" if on is None else on.isoformat()


def timestamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
