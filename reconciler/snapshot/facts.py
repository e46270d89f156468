"""Turns the shapes of a snapshot into the model's nouns, and says what does not fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NoReturn, TypeVar

from msgspec import UNSET, UnsetType

from reconciler.errors import SnapshotError
from reconciler.model import Account, Billing, Organization, Row, Team
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
    TeamShape,
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
    total: int | None
    teams: tuple[Team, ...] | None
    own_members: _Members
    """Members that each team states itself, by slug."""
    children: dict[str, list[str]]
    """Slugs of child teams, by the parent's slug."""
    members: tuple[Account, ...] | None
    people: dict[str, Account]
    """Everybody the snapshot names, by login."""
    memberships: dict[str, str | None]
    absent: Absent | None


def facts_of(path: str, found: Document, clock: Callable[[], datetime]) -> Facts:
    """Return what *found* says; *clock* gives the moment where it has no `taken_at`."""
    reading = _Reading(path, found, clock)
    rows = reading.rows()
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
        total=_stated(found.total_seats, len(rows)),
        teams=None if found.teams is None else tuple(_team(team) for team in found.teams),
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
        self._teams = {team.slug.lower(): team for team in found.teams or ()}
        listed = (*(found.users or ()), *(found.members or ()), *(found.people or ()))
        self.people = {account.login.lower(): account for account in _accounts(listed)}

    def rows(self) -> tuple[Row, ...]:
        """Return the seats, and meet the people who hold them."""
        rows = tuple(
            self._row(f"$.seats[{index}]", seat) for index, seat in enumerate(self._found.seats)
        )
        for row in rows:
            if row.account is not None:
                # The lists of people are the surer source of a login.
                self.people.setdefault(row.account.login.lower(), row.account)
        return rows

    def own_members(self) -> _Members:
        """Return the members each team states; a login whose id is nowhere is an error."""
        found: _Members = {}
        for index, team in enumerate(self._found.teams or ()):
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
        for index, team in enumerate(self._found.teams or ()):
            if team.parent is None:
                continue
            if team.parent.lower() not in self._teams:
                place = f"$.teams[{index}].parent"
                self._fail(place, f"{team.parent[:40]!r} is no team of this snapshot")
            children.setdefault(team.parent.lower(), []).append(team.slug.lower())
        return children

    def _row(self, place: str, seat: Seat) -> Row:
        created_at = self._moment(f"{place}.created_at", seat.created_at)
        if created_at is None:
            self._fail(f"{place}.created_at", "it is empty, and every seat has this time")
        authenticated = self._moment(f"{place}.last_authenticated_at", seat.last_authenticated_at)
        return Row(
            account=self._holder(f"{place}.assignee", seat.assignee),
            created_at=created_at,
            team=self._source(f"{place}.assigning_team", seat.assigning_team),
            pending=self._day(f"{place}.pending_cancellation_date", seat.pending_cancellation_date),
            last_activity_at=self._moment(f"{place}.last_activity_at", seat.last_activity_at),
            last_authenticated_at=authenticated,
            plan_type=seat.plan_type or None,
        )

    def _holder(self, place: str, assignee: Assignee | None) -> Account | None:
        if assignee is None or not assignee.login or assignee.type in ("Team", "Organization"):
            return None
        if assignee.id is not None:
            return Account(assignee.id, assignee.login)
        return self._person(place, assignee.login)

    def _source(self, place: str, team: AssigningTeam | None) -> Team | None:
        if team is None or (team.id is None and not team.slug and not team.name):
            return None
        slug = team.slug or "-".join((team.name or "").lower().split())
        known = self._teams.get(slug.lower())
        number = known.id if team.id is None and known is not None else team.id
        if number is None or not slug:
            self._fail(place, "a team needs an id and a slug")
        return Team(number, slug, team.name or slug, _is_enterprise(slug, team))

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
            return times.absolute(text) if text else None
        except (ValueError, OverflowError):
            self._fail("$.taken_at", f"{text!r:.40} is no time; write it as 2026-11-22T08:00:00Z")

    def _moment(self, place: str, text: str | None) -> datetime | None:
        try:
            return times.moment(text, self.now) if text else None
        except (ValueError, OverflowError):
            self._fail(place, f"{text!r:.40} is no time; write it as 2026-11-22T08:00:00Z or -40d")

    def _day(self, place: str, text: str | None) -> date | None:
        try:
            return times.day(text, self.now) if text else None
        except (ValueError, OverflowError):
            self._fail(place, f"{text!r:.40} is no day; write it as 2026-12-01, +9d or next-cycle")

    def _fail(self, place: str, what: str) -> NoReturn:
        raise SnapshotError(f"{self._path}: {place}: {what}.")


def _accounts(people: Iterable[Person]) -> tuple[Account, ...]:
    return tuple(Account(person.id, person.login) for person in people)


def _team(team: TeamShape) -> Team:
    return Team(team.id, team.slug, team.name or team.slug, _is_enterprise(team.slug, team))


def _is_enterprise(slug: str, team: TeamShape | AssigningTeam) -> bool:
    return team.type == "enterprise" or team.group_id is not UNSET or slug.startswith("ent:")


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
