"""What GitHub shows of the seats: the rows of the list, its count of them, and the breakdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import product

from reconciler.sandbox import times
from reconciler.sandbox.people import Directory, OrgTeam, Person, Usage
from reconciler.sandbox.seats import FixedRow, Grant, SeatBook
from reconciler.sandbox.switches import Switches


@dataclass(frozen=True, slots=True)
class SeatView:
    """A row of the seat list; `team` is a team of the organisation or an enterprise team's keys."""

    person: Person | None
    team: OrgTeam | Mapping[str, object] | None
    created_at: datetime
    pending: date | None
    plan_type: str
    usage: Usage
    organization: Mapping[str, object] | None = None
    stated: tuple[object, ...] = ()
    """The one row that it is, if that can't be read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The seat list as it stands: its rows in order, and GitHub's own count of them."""

    rows: tuple[SeatView, ...]
    total: int


def rows(
    seats: SeatBook, directory: Directory, switches: Switches, plan_type: str
) -> tuple[SeatView, ...]:
    """Return the rows of the seat list, in the list's order."""
    shown = [
        _view(grant, directory, plan_type)
        for number in seats.grants
        for grant in _shown(seats.of(number), switches)
    ]
    shown += [_fixed_view(row, directory, plan_type) for row in seats.fixed]
    match switches.order:
        case "newest":
            shown.sort(key=lambda row: row.created_at, reverse=True)
        case "login":
            shown.sort(key=lambda row: row.person.login.lower() if row.person else "")
        case "id":
            shown.sort(key=lambda row: row.person.id if row.person else 0)
    return tuple(shown)


def _shown(grants: list[Grant], switches: Switches) -> list[Grant]:
    if switches.rows == "several":
        return grants
    live = [grant for grant in grants if grant.pending is None]
    return (live or grants)[:1]


def _view(grant: Grant, directory: Directory, plan_type: str) -> SeatView:
    person = directory.people[grant.person]
    team = None if grant.team is None else directory.teams.get(grant.team)
    plan = grant.plan_type or plan_type
    return SeatView(person, team, grant.created_at, grant.pending, plan, person.usage)


def _fixed_view(row: FixedRow, directory: Directory, plan_type: str) -> SeatView:
    person = None if row.person is None else directory.people[row.person]
    usage = row.usage if person is None else person.usage
    team = directory.teams.get(row.team) if isinstance(row.team, int) else row.team
    plan = row.plan_type or plan_type
    view = SeatView(person, team, row.created_at, row.pending, plan, usage)
    return replace(view, organization=row.organization, stated=row.stated)


def total(shown: tuple[SeatView, ...], switches: Switches) -> int:
    """Return GitHub's count of the rows."""
    counted = [row for row in shown if switches.pending_counted or row.pending is None]
    named = [row.person.id for row in counted if row.person is not None]
    count = len(set(named)) if switches.total == "people" else len(named)
    return count + (len(counted) - len(named) if switches.unassigned_counted else 0)


def totals(shown: tuple[SeatView, ...]) -> frozenset[int]:
    """Return every count of the rows that some setting of the switches gives."""
    ways = product((Switches(), Switches(total="rows")), (True, False), (True, False))
    return frozenset(
        total(shown, replace(what, pending_counted=pending, unassigned_counted=unassigned))
        for what, pending, unassigned in ways
    )


def breakdown(reading: Reading, now: datetime, lag: timedelta) -> dict[str, int]:
    """Return the numbers of `seat_breakdown` that follow from the rows, counted in people."""
    start = times.cycle_start(now)
    live = {id(row.usage) for row in reading.rows if row.pending is None}
    pending = {id(row.usage) for row in reading.rows} - live
    added = {id(row.usage) for row in reading.rows if row.created_at >= start}
    active = {
        id(row.usage)
        for row in reading.rows
        if (at := row.usage.seen(now, lag)) is not None and at >= start
    }
    return {
        "total": reading.total,
        "added_this_cycle": len(added),
        "pending_cancellation": len(pending),
        "active_this_cycle": len(active),
        "inactive_this_cycle": len(live | pending) - len(active),
    }
