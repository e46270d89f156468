"""Turns the shapes of a snapshot into the model's nouns, and says what does not fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NoReturn, TypeVar

from msgspec import UnsetType, to_builtins

from reconciler.errors import SnapshotError
from reconciler.model.observed import Account, Billing, Organization, Row, Team, UnreadRow
from reconciler.model.rows import team_of, unread_row
from reconciler.model.times import CLOCKS, is_clocks, read
from reconciler.snapshot import times
from reconciler.snapshot.shapes import (
    FORMAT_VERSION,
    Absent,
    Assignee,
    AssigningTeam,
    BillingShape,
    Breakdown,
    Document,
    Person,
    Seat,
)

T = TypeVar("T")

GITHUB = "https://api.github.com"
ADVICE = "take a new one with `copilot-seats snapshot`"

_Members = dict[str, tuple[Account, ...] | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a snapshot says. Logins and slugs are keys in lower case; None was not read."""

    path: str
    now: datetime
    organization: Organization
    billing: Billing
    rows: tuple[Row, ...]
    unread: tuple[UnreadRow, ...]
    total: int | None
    teams: tuple[Team, ...] | None
    """The organisation's teams: those that rows name where the snapshot says nothing of teams."""
    teams_stated: bool
    own_members: _Members
    """Members that each team states itself, by slug."""
    children: dict[str, list[str]]
    """Slugs of child teams, by the parent's slug."""
    members: tuple[Account, ...] | None
    people: dict[str, Account]
    """Everybody the snapshot names, by login."""
    memberships: dict[str, str | None]
    absent: Absent | None


def facts_of(
    path: str, found: Document, unread: tuple[UnreadRow, ...], clock: Callable[[], datetime]
) -> Facts:
    """Return what *found* says; *clock* gives the moment where it has no `taken_at`.

    *unread* are the rows that are in no shape.
    """
    reading = _Reading(path, found, clock)
    rows, more = reading.rows()
    unread = (*unread, *more)
    members = None if found.members is None else _accounts(found.members)
    own_members = reading.own_members()
    return Facts(
        path=path,
        now=reading.now,
        organization=Organization(
            found.organization.id, found.organization.login, (found.host or GITHUB).rstrip("/")
        ),
        billing=_billing(found.billing or BillingShape(), rows, reading.now),
        rows=rows,
        unread=unread,
        total=_stated(found.total_seats, len(rows) + len(unread)),
        teams=_teams(found, rows),
        teams_stated=not isinstance(found.teams, UnsetType),
        own_members=own_members,
        children=reading.children(),
        members=members,
        people=reading.people,
        memberships=_memberships(found, members, own_members),
        absent=found.absent,
    )


class _Reading:
    """One document being read."""

    def __init__(self, path: str, found: Document, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._found = found
        if found.format_version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
            self._fail(
                "$.format_version",
                f"version {found.format_version[:20]!r} can't be read here, only {FORMAT_VERSION};"
                f" upgrade, or {ADVICE}",
            )
        self.now = self._taken_at() or clock().astimezone(UTC)
        self._teams = {team.slug.lower(): team for team in found.listed}
        listed = (*(found.users or ()), *(found.members or ()), *(found.people or ()))
        self.people = {account.login.lower(): account for account in _accounts(listed)}

    def rows(self) -> tuple[tuple[Row, ...], tuple[UnreadRow, ...]]:
        """Return the seats, and meet the people who hold them; with those not understood."""
        rows: list[Row] = []
        unread: list[UnreadRow] = []
        for seat in self._found.seats:
            try:
                row = self._row(seat)
            except (ValueError, OverflowError) as error:
                unread.append(unread_row(to_builtins(seat), str(error)))
                continue
            rows.append(row)
            if row.account is not None:
                # The lists of people are the surer source of a login.
                self.people.setdefault(row.account.login.lower(), row.account)
        return tuple(rows), tuple(unread)

    def own_members(self) -> _Members:
        """Return the members each team states; a login whose id is nowhere is an error."""
        found: _Members = {}
        for index, team in enumerate(self._found.listed):
            place = f"$.teams[{index}].members"
            found[team.slug.lower()] = (
                None
                if team.members is None
                else tuple(self._person(f"{place}[{n}]", one) for n, one in enumerate(team.members))
            )
        return found

    def children(self) -> dict[str, list[str]]:
        """Return the child teams of each parent."""
        children: dict[str, list[str]] = {}
        for index, team in enumerate(self._found.listed):
            if team.parent is None:
                continue
            if team.parent.lower() not in self._teams:
                place = f"$.teams[{index}].parent"
                self._fail(place, f"{team.parent[:40]!r} is no team of this snapshot")
            children.setdefault(team.parent.lower(), []).append(team.slug.lower())
        return children

    def _row(self, seat: Seat) -> Row:
        created_at = self._moment("created_at", seat.created_at)
        if created_at is None:
            raise ValueError("`created_at` is empty")
        return Row(
            account=self._holder(seat.assignee),
            created_at=created_at,
            team=self._source(seat.assigning_team),
            pending=self._day(seat.pending_cancellation_date),
            last_activity_at=self._moment("last_activity_at", seat.last_activity_at),
            last_authenticated_at=self._moment("last_authenticated_at", seat.last_authenticated_at),
            plan_type=seat.plan_type or None,
            organization=None if seat.organization is None else seat.organization.id,
        )

    def _holder(self, assignee: Assignee | None) -> Account | None:
        if assignee is None or assignee.type in ("Team", "Organization"):
            return None
        if assignee.id is None and not assignee.login:
            return None
        login = assignee.login or ""
        known = Account(assignee.id, login) if assignee.id else self.people.get(login.lower())
        if known is None or not login:
            raise ValueError("`assignee` has no id or no login, and nothing else here gives it")
        return known

    def _source(self, team: AssigningTeam | None) -> Team | None:
        if team is None:
            return None
        known = None if team.id else self._teams.get((team.slug or "").lower())
        number = known.id if known is not None else team.id
        return team_of(number, team.slug, team.name, team.signs)

    def _person(self, place: str, login: str) -> Account:
        account = self.people.get(login.lower())
        if account is None:
            self._fail(
                place,
                f"the id of {login[:40]!r} is nowhere in this snapshot; add"
                ' {"login": …, "id": …} to `members` or `users`',
            )
        return account

    def _taken_at(self) -> datetime | None:
        text = self._found.taken_at
        try:
            at = read(text) if text else None
        except ValueError:
            at = datetime.max.replace(tzinfo=UTC)
        if at is not None and not is_clocks(at):
            self._fail(
                "$.taken_at",
                f"{text!r:.40} is not a valid time; write one from {CLOCKS} as "
                "2026-11-22T08:00:00Z",
            )
        return at

    def _moment(self, key: str, text: str | None) -> datetime | None:
        try:
            return times.moment(text, self.now) if text else None
        except (ValueError, OverflowError):
            raise ValueError(
                f"`{key}` is not a time such as 2026-11-22T08:00:00Z or -40d"
            ) from None

    def _day(self, text: str | None) -> date | None:
        try:
            return times.day(text, self.now) if text else None
        except (ValueError, OverflowError):
            raise ValueError(
                "`pending_cancellation_date` is not a day such as 2026-12-01, +9d or next-cycle"
            ) from None

    def _fail(self, place: str, what: str) -> NoReturn:
        raise SnapshotError(f"{self._path}: {place}: {what}.")


def _accounts(people: Iterable[Person]) -> tuple[Account, ...]:
    return tuple(Account(person.id, person.login) for person in people)


def _teams(found: Document, rows: tuple[Row, ...]) -> tuple[Team, ...] | None:
    """Return the list of teams; where the snapshot leaves it out, rows name them all."""
    if isinstance(found.teams, UnsetType):
        teams = (row.team for row in rows if row.team is not None and row.team.ours)
        return tuple({team.id: team for team in teams}.values())
    if found.teams is None:
        return None
    listed = (team_of(team.id, team.slug, team.name, team.signs) for team in found.listed)
    return tuple(team for team in listed if team is not None)


def _memberships(
    found: Document, members: tuple[Account, ...] | None, own_members: _Members
) -> dict[str, str | None]:
    """Return how everybody stands of whom the snapshot says it; a team has active members only."""
    known = {
        user.login.lower(): None if user.membership in (None, "none") else user.membership
        for user in found.users or ()
    }
    in_teams = (one for team in own_members.values() for one in team or ())
    return {**known, **{one.login.lower(): "active" for one in (*(members or ()), *in_teams)}}


def _billing(stated: BillingShape, rows: tuple[Row, ...], now: datetime) -> Billing:
    """Return the settings; what the file leaves out follows from its seats."""
    counts = stated.seat_breakdown or Breakdown()
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    plans = {row.plan_type for row in rows if row.plan_type}
    return Billing(
        _stated(stated.seat_management_setting, "assign_selected"),
        _stated(stated.plan_type, plans.pop() if len(plans) == 1 else None),
        _stated(counts.total, len(rows)),
        _stated(counts.added_this_cycle, sum(row.created_at >= month for row in rows)),
        _stated(counts.pending_cancellation, sum(not row.live for row in rows)),
    )


def _stated(value: T | UnsetType, otherwise: T) -> T:
    """Return what the file says, null included; *otherwise* where it says nothing."""
    return otherwise if isinstance(value, UnsetType) else value
