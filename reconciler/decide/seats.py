"""Gather a person's rows into one seat: a person in several rows is one person, one count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reconciler.model.observed import Row, Team

BILLED = ("enterprise", "business")
"""Plan types with a price, the one that is billed of both first."""

SKEW = timedelta(hours=1)
"""How far a clock may be ahead of ours: an activity later than that proves nothing."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What all rows of one person say together; the newest of each time counts.

    `ahead` is the newest activity that is too far in the future to count.
    """

    user_id: int
    login: str
    created_at: datetime
    last_activity_at: datetime | None = None
    last_authenticated_at: datetime | None = None
    direct: bool = False
    """A live direct row."""
    teams: tuple[Team, ...] = ()
    """Teams of live rows, those included that are not the organisation's."""
    pending_on: date | None = None
    """The latest date among pending rows."""
    pending_teams: tuple[Team, ...] = ()
    plan_type: str | None = None
    ahead: datetime | None = None

    @property
    def live(self) -> bool:
        return self.direct or bool(self.teams)

    @property
    def manageable(self) -> bool:
        """Whether the organisation can end it: not where only teams of others give it."""
        return self.direct or not self.teams or any(team.ours for team in self.teams)


def is_ahead(at: datetime, now: datetime) -> bool:
    """Return whether a time that GitHub gives is too far in the future to count."""
    return at - now > SKEW


def seats_by_person(rows: Iterable[Row], now: datetime) -> dict[int, Seat]:
    """Return one seat a person, by user id; rows without assignee are nobody's."""
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        if row.account is not None:
            grouped.setdefault(row.account.id, []).append(row)
    return {user_id: _seat(user_id, found, now) for user_id, found in sorted(grouped.items())}


def _seat(user_id: int, rows: list[Row], now: datetime) -> Seat:
    if len(rows) == 1:
        return _seat_of_one(user_id, rows[0], now)
    active = [row.last_activity_at for row in rows if row.last_activity_at is not None]
    # The live rows' login counts, whatever the order of the list.
    logins = [(not row.live, row.account.login) for row in rows if row.account is not None]
    return Seat(
        user_id=user_id,
        login=min(logins)[1],
        created_at=max(row.created_at for row in rows),
        last_activity_at=max((at for at in active if not is_ahead(at, now)), default=None),
        ahead=max((at for at in active if is_ahead(at, now)), default=None),
        last_authenticated_at=max(
            (row.last_authenticated_at for row in rows if row.last_authenticated_at is not None),
            default=None,
        ),
        direct=any(row.live and row.direct for row in rows),
        teams=_teams(row.team for row in rows if row.live),
        pending_on=max((row.pending for row in rows if row.pending is not None), default=None),
        pending_teams=_teams(row.team for row in rows if not row.live),
        plan_type=_plan_type(row.plan_type for row in rows),
    )


def _seat_of_one(user_id: int, row: Row, now: datetime) -> Seat:
    """Return the seat of a person with one row, as nearly everybody is."""
    assert row.account is not None  # noqa: S101 (grouped by account)
    teams = () if row.team is None else (row.team,)
    active = row.last_activity_at
    ahead = active is not None and is_ahead(active, now)
    return Seat(
        user_id=user_id,
        login=row.account.login,
        created_at=row.created_at,
        last_activity_at=None if ahead else active,
        ahead=active if ahead else None,
        last_authenticated_at=row.last_authenticated_at,
        direct=row.live and row.direct,
        teams=teams if row.live else (),
        pending_on=row.pending,
        pending_teams=() if row.live else teams,
        plan_type=row.plan_type,
    )


def _plan_type(kinds: Iterable[str | None]) -> str | None:
    """Return what is billed: of both plans only Enterprise.

    https://docs.github.com/en/copilot/reference/copilot-billing/seat-assignment
    """
    known = set(kinds)
    return next((kind for kind in BILLED if kind in known), None)


def _teams(teams: Iterable[Team | None]) -> tuple[Team, ...]:
    unique = {(not team.ours, team.id, team.slug): team for team in teams if team is not None}
    return tuple(unique[key] for key in sorted(unique))
