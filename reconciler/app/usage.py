"""Take the usage metrics from whichever operations GitHub still serves, and remember which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from reconciler.errors import AuthenticationError, GitHubError, NotFound, PermissionDenied, Refused
from reconciler.model.usage import People, Report, Span, TeamDay, UsageDay, UserDay, merged
from reconciler.wording.units import plural

T = TypeVar("T")

_AT_ONCE = 4
_DELAY = "GitHub completes a day's report two full days later"
_NO_DATA = f"GitHub has no usage data yet: {_DELAY}."
_FEWEST = "GitHub leaves teams with fewer than 5 seated people out"


class Metrics(Protocol):
    """What is read here; `github.MetricsReader` is one."""

    def organization_day(self, day: date, add: Callable[[UsageDay], object]) -> Report | None: ...

    def organization_month(self, add: Callable[[UsageDay], object]) -> Report | None: ...

    def users_day(self, day: date, add: Callable[[UserDay], object]) -> Report | None: ...

    def users_month(self, add: Callable[[UserDay], object]) -> Report | None: ...

    def user_teams_day(self, day: date, add: Callable[[TeamDay], object]) -> Report | None: ...

    def metrics(self, team: str | None = None, span: Span = Span()) -> tuple[UsageDay, ...]: ...

    def usage(self, team: str | None = None, span: Span = Span()) -> tuple[UsageDay, ...]: ...


@dataclass
class Gathered:
    """What was found.

    `people` is None where the metrics name nobody; `unserved` are operations that GitHub does not
    serve, `failed` those that went wrong, `no_data` those that answered without any day. A team
    is `left_out` where the reports name other teams only.
    """

    sources: list[str] = field(default_factory=list)
    days: tuple[UsageDay, ...] = ()
    people: People | None = None
    unserved: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    no_data: list[str] = field(default_factory=list)
    left_out: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def has_no_data(self) -> bool:
        """Whether there is no data yet, and nothing else to mend."""
        return bool(self.no_data) and not (self.left_out or self.failed)

    def ask(self, name: str, read: Callable[[], T | None]) -> T | None:
        """Return what *read* returns; note that *name* answers, or why it does not."""
        try:
            found = read()
        except AuthenticationError:
            raise
        except GitHubError as error:
            self._note(f"{name}: {error}", error)
            return None
        if found is None or found == ():
            self.no_data.append(name)
            return None
        self.sources.append(name)
        return found

    def month(self, name: str, read: Callable[[], Report | None]) -> Report | None:
        """Return the report that *read* returns; note how many of its rows it could not read."""
        report = self.ask(name, read)
        if report is not None:
            self._count(name, [report])
        return report

    def each(
        self,
        name: str,
        days: Sequence[date],
        read: Callable[[date, Callable[[T], object]], Report | None],
    ) -> list[T]:
        """Return the rows of the reports of *days*; a day that fails hides no other."""

        def one(day: date) -> tuple[list[T], Report | None, GitHubError | None]:
            rows: list[T] = []
            try:
                return rows, read(day, rows.append), None
            except AuthenticationError:
                raise
            except GitHubError as error:
                return [], None, error

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(one, days))
        errors = [error for _, _, error in found if error is not None]
        reports = [report for _, report, _ in found if report is not None]
        if errors:
            self._note(
                f"{name}: {len(errors)} of {plural(len(days), 'day')}: {errors[0]}", errors[0]
            )
        self._count(name, reports)
        if reports:
            self.sources.append(name)
        elif days and not errors:
            self.no_data.append(name)
        return [row for rows, _, _ in found for row in rows]

    def _note(self, text: str, error: GitHubError) -> None:
        refused = isinstance(error, NotFound | PermissionDenied | Refused)
        (self.unserved if refused or error.status in (400, 410) else self.failed).append(text)

    def _count(self, name: str, reports: Sequence[Report]) -> None:
        bad = [report for report in reports if report.unread]
        if bad:
            unread = sum(report.unread for report in bad)
            rows = f"{plural(unread, 'row')} can't be read and {'is' if unread == 1 else 'are'}"
            self.notes.append(f"{name}: {rows} not counted (first: {bad[0].reason}).")


def gather(reader: Metrics, team: str | None, span: Span) -> Gathered:
    """Read the days of *span* for the organisation or for one team, newest kind of source first.

    Nothing found leaves `sources` empty.
    """
    found = Gathered()
    if team is None:
        _organization_reports(found, reader, span)
    else:
        _team_reports(found, reader, team, span)
    retired = (("metrics", reader.metrics), ("usage", reader.usage))
    for name, read in () if found.no_data else retired:
        if not found.sources:
            path = f"{'' if team is None else f'team/{team}/'}copilot/{name} (retired)"
            found.days = found.ask(path, lambda read=read: read(team, span)) or ()  # type: ignore[misc]
    if not found.sources and found.has_no_data:
        found.notes.append(_NO_DATA if team is None else f"{_NO_DATA} {_FEWEST}.")
        found.notes += found.unserved
    found.notes += found.failed
    return found


def _organization_reports(found: Gathered, reader: Metrics, span: Span) -> None:
    totals: list[UsageDay] = []
    people = People(span)
    months = [
        found.month(
            "reports/organization-28-day", lambda: reader.organization_month(totals.append)
        ),
        found.month("reports/users-28-day", lambda: reader.users_month(people.add)),
    ]
    whole, users = months
    if whole is not None:
        totals += _earlier(found, "organization-1-day", whole, reader.organization_day, span)
    else:
        totals.clear()
    if users is not None:
        for row in _earlier(found, "users-1-day", users, reader.users_day, span):
            people.add(row)
        found.people = people
    if found.sources:
        days = {day.day: day for day in totals if span.holds(day.day)}
        found.days = merged(days.values(), found.people.days() if found.people else ())
        found.notes += found.unserved
        _tell_end(found, span, max(one.last for one in months if one is not None))


def _team_reports(found: Gathered, reader: Metrics, team: str, span: Span) -> None:
    rows: list[UserDay] = []
    month = found.month("reports/users-28-day", lambda: reader.users_month(rows.append))
    if month is None:
        return
    rows += _earlier(found, "users-1-day", month, reader.users_day, span)
    days = sorted({row.day for row in rows if span.holds(row.day)})
    teams = found.each("reports/user-teams-1-day", days, reader.user_teams_day)
    mine = {(row.day, row.user_id) for row in teams if row.slug.lower() == team.lower()}
    if not mine:
        if teams:
            found.left_out = True
            found.unserved.append(
                f"reports/user-teams-1-day: no row is about the team {team}; {_FEWEST}."
            )
        elif not days:
            found.no_data.append("reports/users-28-day")
        found.sources.clear()
        return
    found.people = People(span, mine)
    for row in rows:
        found.people.add(row)
    # A day of which nobody of the team was active is a day all the same.
    known = {one.day: one for one in found.people.days()}
    found.days = tuple(
        known.get(day) or UsageDay(day, 0, 0) for day in sorted({day for day, _ in mine})
    )
    found.notes += found.unserved
    _tell_end(found, span, month.last)


def _earlier(
    found: Gathered,
    name: str,
    month: Report,
    read: Callable[[date, Callable[[T], object]], Report | None],
    span: Span,
) -> list[T]:
    """Return the rows of the days of *span* before the month's, read one by one."""
    return found.each(f"reports/{name}", span.before(month.first), read)


def _tell_end(found: Gathered, span: Span, last: date) -> None:
    if span.until is not None and span.until > last:
        found.notes.append(f"The reports end on {last}: {_DELAY}.")
