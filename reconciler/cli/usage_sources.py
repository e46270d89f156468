"""Take the usage metrics from whichever operations GitHub still serves, and remember which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from reconciler.errors import GitHubError, NotFound, PermissionDenied, Refused
from reconciler.usage import (
    Report,
    Span,
    TeamDay,
    UsageDay,
    UserDay,
    days_of_people,
    in_team,
    merged,
)

T = TypeVar("T")

_AT_ONCE = 4
_HISTORY = 365
"""Days; GitHub keeps no more."""

_DELAY = "GitHub completes a day's report two full days later"


class Metrics(Protocol):
    """What is read here; `github.MetricsReader` is one."""

    def organization_day(self, day: date) -> Report[UsageDay] | None: ...

    def organization_month(self) -> Report[UsageDay] | None: ...

    def users_day(self, day: date) -> Report[UserDay] | None: ...

    def users_month(self) -> Report[UserDay] | None: ...

    def user_teams_day(self, day: date) -> Report[TeamDay] | None: ...

    def metrics(self, team: str | None = None, span: Span = Span()) -> tuple[UsageDay, ...]: ...

    def usage(self, team: str | None = None, span: Span = Span()) -> tuple[UsageDay, ...]: ...


@dataclass
class Gathered:
    """What was found; `people` None where the metrics name nobody, `unserved` what had none."""

    sources: list[str] = field(default_factory=list)
    days: tuple[UsageDay, ...] = ()
    people: tuple[UserDay, ...] | None = None
    unserved: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def ask(self, name: str, read: Callable[[], T | None]) -> T | None:
        """Return what *read* returns; note that *name* answers, or why it does not."""
        try:
            found = read()
        except (NotFound, PermissionDenied, Refused) as error:
            self.unserved.append(f"{name}: {error}")
            return None
        except GitHubError as error:
            if error.status not in (400, 410):
                raise
            self.unserved.append(f"{name}: {error}")
            return None
        if found is None or found == ():
            self.unserved.append(f"{name}: GitHub has no data for these days.")
            return None
        self.sources.append(name)
        return found


def gather(reader: Metrics, team: str | None, span: Span) -> Gathered:
    """Read the days of *span* for the organisation or for one team, newest kind of source first.

    Nothing found leaves `sources` empty.
    """
    found = Gathered()
    if team is None:
        _organization_reports(found, reader, span)
    else:
        _team_reports(found, reader, team, span)
    for name, read in (("metrics", reader.metrics), ("usage", reader.usage)):
        if not found.sources:
            path = f"{'' if team is None else f'team/{team}/'}copilot/{name} (retired)"
            found.days = found.ask(path, lambda read=read: read(team, span)) or ()  # type: ignore[misc]
    return found


def _organization_reports(found: Gathered, reader: Metrics, span: Span) -> None:
    totals = found.ask("reports/organization-28-day", reader.organization_month)
    people = found.ask("reports/users-28-day", reader.users_month)
    whole = _longer(found, "organization-1-day", totals, reader.organization_day, span)
    users = _longer(found, "users-1-day", people, reader.users_day, span)
    if totals is None and people is None:
        return
    found.people = users if people is not None else None
    found.days = merged(whole, days_of_people(users))
    _tell_end(found, span, max(one.last for one in (totals, people) if one is not None))


def _team_reports(found: Gathered, reader: Metrics, team: str, span: Span) -> None:
    people = found.ask("reports/users-28-day", reader.users_month)
    if people is None:
        return
    users = _longer(found, "users-1-day", people, reader.users_day, span)
    days = sorted({row.day for row in users})
    reports = found.ask(
        "reports/user-teams-1-day",
        lambda: _rows(each for _, each in _each(days, reader.user_teams_day)),
    )
    mine = [row for row in reports or () if row.slug.lower() == team.lower()]
    if not mine:
        if reports:
            found.unserved.append(
                f"reports/user-teams-1-day: no row is about the team {team}; GitHub leaves teams"
                " with fewer than 5 seated people out."
            )
        found.sources.clear()
        return
    found.people = in_team(users, mine, team)
    # A day of which nobody of the team was active is a day all the same.
    empty = (UsageDay(day, 0, 0) for day in sorted({row.day for row in mine}))
    known = {one.day: one for one in days_of_people(found.people)}
    found.days = tuple(known.get(one.day, one) for one in empty)
    _tell_end(found, span, people.last)


def _longer(
    found: Gathered,
    name: str,
    month: Report[T] | None,
    read: Callable[[date], Report[T] | None],
    span: Span,
) -> tuple[T, ...]:
    """Return the rows of *span*: the month's, and those of the days before it one by one."""
    if month is None:
        return ()
    earlier = span.before(month.first, _HISTORY)
    older = found.ask(f"reports/{name}", lambda: _all(earlier, read)) if earlier else ()
    rows = (*(older or ()), *month.rows)
    return tuple(row for row in rows if span.holds(row.day))  # type: ignore[attr-defined]


def _all(days: Sequence[date], read: Callable[[date], Report[T] | None]) -> tuple[T, ...]:
    return _rows(report for _, report in _each(days, read))


def _each(
    days: Sequence[date], read: Callable[[date], Report[T] | None]
) -> list[tuple[date, Report[T] | None]]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(zip(days, pool.map(read, days), strict=True))


def _rows(reports: Iterable[Report[T] | None]) -> tuple[T, ...]:
    return tuple(row for report in reports if report is not None for row in report.rows)


def _tell_end(found: Gathered, span: Span, last: date) -> None:
    if span.until is not None and span.until > last:
        found.notes.append(f"The reports end on {last}: {_DELAY}.")
