"""A small GitHub organisation in memory, and a reader of it that notes what it was asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from reconciler.model.desired import Kind, SeatsFile
from reconciler.model.memory import ClaimLine, Hold, Memory, Refusal, Source, Target
from reconciler.model.observed import Account, Billing, Observed, Organization, Row, Team
from reconciler.plan.observe import observe
from reconciler.plan.reading import SeatList

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ACME = Organization(id=9919, login="acme", host="https://api.github.com")
NEXT_CYCLE = date(2026, 12, 1)

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def span(text: str) -> timedelta:
    """Return the length that `30d` or `30d1s` says."""
    parts = re.findall(r"(\d+)([wdhms])", text)
    assert "".join(number + unit for number, unit in parts) == text, text
    return sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in parts), timedelta())


def when(at: str | datetime, now: datetime = NOW) -> datetime:
    """Return the moment that `-40d` or `-30d1s` says, counted from *now*."""
    if isinstance(at, datetime):
        return at
    return now - span(at[1:]) if at[0] == "-" else now + span(at[1:])


class Org:
    """An organisation as GitHub has it. Every method that adds something returns it again.

    Whoever gets a seat or joins a team is made an active member, unless they are outsiders.
    With a `pulse` somebody whom only the enterprise can touch was active an hour ago, so that the
    feed of activity is fresh and some seat always remains.
    """

    def __init__(self, now: datetime = NOW, *, pulse: bool = True) -> None:
        self.now = now
        self.accounts: dict[int, str] = {}
        self.active: set[int] = set()
        self.invited: set[int] = set()
        self.outside: set[int] = set()
        self.teams: dict[int, Team] = {}
        self.people: dict[int, list[int]] = {}
        self.rows: list[Row] = []
        self.billing = Billing("assign_selected", "business", added_this_cycle=0)
        self.readings: list[SeatList] = []
        if pulse:
            self.team("ent:pulse", number=900, enterprise=True)
            self.seat("pulse", team="ent:pulse", created="-300d", active="-1h")

    # people

    def id(self, login: str) -> int:
        """Return the id of the account that has *login* today."""
        return next(one for one, name in self.accounts.items() if name.lower() == login.lower())

    def account(self, login: str, number: int | None = None) -> int:
        if any(name.lower() == login.lower() for name in self.accounts.values()):
            return self.id(login)
        number = number or max(self.accounts, default=0) + 1
        self.accounts[number] = login
        return number

    def member(self, *logins: str, number: int | None = None) -> Org:
        self.active.update(self.account(login, number) for login in logins)
        return self

    def outsider(self, login: str, *, invited: bool = False, number: int | None = None) -> Org:
        """Add an account that is no active member."""
        number = self.account(login, number)
        self.outside.add(number)
        self.active.discard(number)
        if invited:
            self.invited.add(number)
        return self

    def left(self, login: str) -> Org:
        """Let somebody leave the organisation and its teams; their rows stay."""
        number = self.id(login)
        for people in self.people.values():
            if number in people:
                people.remove(number)
        return self.outsider(login)

    def rename(self, old: str, new: str) -> Org:
        number = self.id(old)
        self.accounts[number] = new
        self.rows = [self._current(row) for row in self.rows]
        return self

    def _current(self, row: Row) -> Row:
        if row.account is None:
            return row
        account = Account(row.account.id, self.accounts[row.account.id])
        return _with(row, account=account)

    # teams

    def team(
        self, slug: str, *logins: str, number: int | None = None, enterprise: bool = False
    ) -> Org:
        number = number or max((one for one in self.teams if one < 900), default=100) + 1
        self.teams[number] = Team(number, slug, slug.title(), enterprise)
        self.people[number] = []
        return self.join(slug, *logins)

    def team_id(self, slug: str) -> int:
        return next(one for one, team in self.teams.items() if team.slug.lower() == slug.lower())

    def join(self, slug: str, *logins: str) -> Org:
        people = self.people[self.team_id(slug)]
        for login in logins:
            self._seen(login)
            if self.id(login) not in people:
                people.append(self.id(login))
        return self

    def rename_team(self, old: str, new: str) -> Org:
        number = self.team_id(old)
        self.teams[number] = Team(number, new, new.title(), self.teams[number].enterprise)
        self.rows = [
            _with(row, team=self.teams[number]) if row.team and row.team.id == number else row
            for row in self.rows
        ]
        return self

    def delete_team(self, slug: str) -> Org:
        """Let a team cease to exist; rows that name it stay."""
        number = self.team_id(slug)
        del self.teams[number], self.people[number]
        return self

    # seats

    def seat(
        self,
        login: str,
        *,
        team: str | None = None,
        created: str | datetime = "-200d",
        active: str | datetime | None = None,
        signed_in: str | datetime | None = None,
        pending: date | bool | None = None,
        plan: str | None = None,
    ) -> Org:
        """Add a row of the seat list: direct, or through *team*; live, or *pending*."""
        self._seen(login)
        number = self.id(login)
        row = Row(
            account=Account(number, self.accounts[number]),
            created_at=when(created, self.now),
            team=None if team is None else self.teams[self.team_id(team)],
            pending=NEXT_CYCLE if pending is True else pending or None,
            last_activity_at=None if active is None else when(active, self.now),
            last_authenticated_at=None if signed_in is None else when(signed_in, self.now),
            plan_type=plan,
        )
        self.rows.append(row)
        return self

    def seats(self, *logins: str, team: str | None = None, active: str | None = "-1d") -> Org:
        """Give *logins* seats that are in use; through *team* they are its members too."""
        for login in logins:
            self.seat(login, team=team, active=active)
            if team is not None:
                self.join(team, login)
        return self

    def nobody(self) -> Org:
        """Add a row without assignee."""
        self.rows.append(Row(account=None, created_at=when("-50d", self.now)))
        return self

    def _seen(self, login: str) -> None:
        number = self.account(login)
        if number not in self.outside:
            self.active.add(number)

    # looking

    def look(self, file: SeatsFile, memory: Memory | None = None) -> Observed:
        return observe(file, Reading(self), memory)


def crowd(count: int, *, stem: str = "busy") -> list[str]:
    return [f"{stem}-{number:03}" for number in range(1, count + 1)]


def _with(row: Row, *, account: Account | None = None, team: Team | None = None) -> Row:
    return Row(
        account or row.account,
        row.created_at,
        team or row.team,
        row.pending,
        row.last_activity_at,
        row.last_authenticated_at,
        row.plan_type,
    )


class Reading:
    """Reads an organisation, and notes every question in `asked`."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.asked: list[str] = []

    def now(self) -> datetime:
        return self.org.now

    def organization(self) -> Organization:
        self.asked.append("organization")
        return ACME

    def billing(self) -> Billing:
        self.asked.append("billing")
        return self.org.billing

    def seats(self) -> SeatList:
        self.asked.append("seats")
        if self.org.readings:
            return self.org.readings.pop(0)
        return SeatList(tuple(self.org.rows), len(self.org.rows))

    def teams(self) -> tuple[Team, ...]:
        self.asked.append("teams")
        return tuple(team for team in self.org.teams.values() if not team.enterprise)

    def team_members(self, slug: str) -> tuple[Account, ...] | None:
        self.asked.append(f"team_members {slug}")
        for number, team in self.org.teams.items():
            if team.slug.lower() == slug.lower() and not team.enterprise:
                return self._accounts(self.org.people[number])
        return None

    def members(self) -> tuple[Account, ...]:
        self.asked.append("members")
        return self._accounts(sorted(self.org.active))

    def members_within(self, pages: int) -> tuple[Account, ...] | None:
        self.asked.append("members_within")
        active = sorted(self.org.active)
        return self._accounts(active) if len(active) <= pages * 100 else None

    def user(self, login: str) -> Account | None:
        self.asked.append(f"user {login}")
        named = [one for one, name in self.org.accounts.items() if name.lower() == login.lower()]
        return next(iter(self._accounts(named)), None)

    def user_by_id(self, user_id: int) -> Account | None:
        self.asked.append(f"user_by_id {user_id}")
        return next(iter(self._accounts({user_id} & self.org.accounts.keys())), None)

    def membership(self, login: str) -> str | None:
        self.asked.append(f"membership {login}")
        number = self.org.id(login)
        if number in self.org.active:
            return "active"
        return "pending" if number in self.org.invited else None

    def member_seat(self, login: str) -> Row | None:
        self.asked.append(f"member_seat {login}")
        rows = (row for row in self.org.rows if row.account is not None)
        return next(
            (row for row in rows if row.account == Account(self.org.id(login), login)), None
        )

    def _accounts(self, numbers: Iterable[int]) -> tuple[Account, ...]:
        return tuple(Account(number, self.org.accounts[number]) for number in numbers)


# --- memory ------------------------------------------------------------------------------------


def held(
    org: Org, *by: tuple[str, str], began: str = "-10d", evidence: str | None = "-80d"
) -> Hold:
    """Return a hold that began while the lines *by*, such as ("user", "mona"), stood."""
    return Hold(
        when(began, org.now),
        None if evidence is None else when(evidence, org.now),
        frozenset(line(org, source, name) for source, name in by),
    )


def line(org: Org, source: str, name: str) -> ClaimLine:
    """Return a personal claim line: of a user, a team or (`members`) everybody."""
    find = {"user": org.id, "team": org.team_id, "members": lambda _: 0}
    return ClaimLine(Source(source), find[source](name))


def remembered(
    org: Org,
    *,
    holds: dict[str, Hold] | None = None,
    warned: dict[str, str] | None = None,
    created: dict[str, str] | None = None,
    cancelled: dict[str, str | datetime] | None = None,
    cancelled_idle: Iterable[str] = (),
    accepted: dict[str, Iterable[str]] | None = None,
    users: dict[str, int] | None = None,
    teams: dict[str, int] | None = None,
    in_flight: dict[Target, str] | None = None,
    refused: dict[Target, str] | None = None,
    claimants: dict[str, list[tuple[str, str]]] | None = None,
) -> Memory:
    """Return what a ledger remembers, by logins and slugs of today; without more: nothing yet."""
    known = {(Kind.USER, name): one for name, one in (users or {}).items()}
    known |= {(Kind.TEAM, name): one for name, one in (teams or {}).items()}

    def times(by_login: dict[str, str] | dict[str, str | datetime] | None) -> dict[int, datetime]:
        return {org.id(login): when(at, org.now) for login, at in (by_login or {}).items()}

    return Memory(
        organization_id=ACME.id,
        names=known,
        holds={org.id(login): hold for login, hold in (holds or {}).items()},
        warnings={one: (at,) for one, at in times(warned).items()},
        creates=times(created),
        cancelled=times(cancelled),
        cancelled_idle=frozenset(map(org.id, cancelled_idle)),
        accepted={
            org.team_id(slug): frozenset(map(org.id, logins))
            for slug, logins in (accepted or {}).items()
        },
        refusals={
            target: Refusal(when("-1d", org.now), signature, "no")
            for target, signature in (refused or {}).items()
        },
        in_flight={target: when(at, org.now) for target, at in (in_flight or {}).items()},
        claimants={
            org.id(login): frozenset(line(org, *each) for each in lines)
            for login, lines in (claimants or {}).items()
        },
        head="abc",
    )
