"""Everything known at one look, worked out once: names, claims, seats, rules, memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from reconciler.decide.claims import Claims, claims_of
from reconciler.decide.inactivity import Judgement, Policy, policy_of
from reconciler.decide.names import Directory, Fate, Names, resolve
from reconciler.decide.seats import Seat, seats_by_person
from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Hold, Memory
from reconciler.model.observed import Observed, Row, Team, UnreadRow


@dataclass(frozen=True)
class Look:
    """A file, an organisation as observed, and what is remembered: the input of a plan."""

    file: SeatsFile
    observed: Observed
    memory: Memory | None = None
    state_options: str = ""
    """Where the ledgers are, as a command's options say it: for words to the reader."""

    @cached_property
    def names(self) -> Names:
        return resolve(self.file, self.observed, self.memory)

    @property
    def directory(self) -> Directory:
        return self.names.directory

    @cached_property
    def claims(self) -> Claims:
        return claims_of(self.file, self.names, self.observed, self.memory)

    @cached_property
    def policy(self) -> Policy:
        policy = policy_of(self.file, self.names, self.observed, self.memory)
        waiting = frozenset(filter(self.claims.waits, self.seats))
        return replace(policy, waiting=waiting)

    @cached_property
    def seats(self) -> Mapping[int, Seat]:
        return seats_by_person(self.observed.rows, self.observed.now)

    @cached_property
    def unclear(self) -> Mapping[int, UnreadRow]:
        """People whose row can't be understood, by id: nothing is done about them."""
        ids = self.directory.user_ids
        found = (
            (row.id or ids.get((row.login or "").lower()), row) for row in self.observed.unread
        )
        return {user_id: row for user_id, row in found if user_id is not None}

    @cached_property
    def elsewhere(self) -> frozenset[int]:
        """Ids of people with no other seat than another organisation's."""
        holders = {row.account.id for row in self.observed.foreign if row.account is not None}
        return frozenset(holders - self.seats.keys())

    @cached_property
    def judgements(self) -> Mapping[int, Judgement]:
        """What the rules say of everybody who has a row."""
        return {user_id: self.policy.judge(seat) for user_id, seat in self.seats.items()}

    @cached_property
    def everybody(self) -> tuple[int, ...]:
        """Ids of all who have a row, be it another organisation's, or a personal claim."""
        rows = self.seats.keys() | self.unclear.keys() | self.elsewhere
        return tuple(sorted(rows | self.claims.people.keys()))

    def manages(self, user_id: int) -> bool:
        """Tell whether this organisation can give and end the person's seat."""
        if user_id in self.unclear or user_id in self.elsewhere:
            return False
        return user_id not in self.seats or self.seats[user_id].manageable

    @cached_property
    def row_teams(self) -> Mapping[int, Team]:
        """The organisation's teams that rows name, live or pending, by id."""
        return {team.id: team for team in self._teams_of_rows if team.ours}

    @cached_property
    def foreign_teams(self) -> tuple[Team, ...]:
        """Teams that rows name and the organisation can't assign: an enterprise's, or unlisted.

        GitHub numbers enterprise teams apart from the organisation's.
        """
        return tuple(team for team in self._teams_of_rows if not team.ours)

    @cached_property
    def _teams_of_rows(self) -> tuple[Team, ...]:
        teams = {row.team for row in self.observed.rows if row.team is not None}
        return tuple(sorted(teams, key=lambda team: (team.slug.lower(), team.id, team.name)))

    @cached_property
    def live_teams(self) -> frozenset[int]:
        """Ids of the organisation's teams that a live row names."""
        found = self.rows_by_team.items()
        return frozenset(team_id for team_id, rows in found if any(row.live for row in rows))

    @cached_property
    def rows_by_person(self) -> Mapping[int, list[Row]]:
        rows: dict[int, list[Row]] = {}
        for row in self.observed.rows:
            if row.account is not None:
                rows.setdefault(row.account.id, []).append(row)
        return rows

    @cached_property
    def rows_by_team(self) -> Mapping[int, list[Row]]:
        """Rows that name a team of the organisation, by its id."""
        rows: dict[int, list[Row]] = {}
        for row in self.observed.rows:
            if row.team is not None and row.team.ours:
                rows.setdefault(row.team.id, []).append(row)
        return rows

    @cached_property
    def unassigned(self) -> int:
        """How many rows have no assignee."""
        return sum(row.account is None for row in self.observed.rows)

    @cached_property
    def manageable(self) -> int:
        """How many people hold a seat that the organisation can end."""
        return sum(seat.manageable for seat in self.seats.values())

    def team(self, team_id: int) -> Team:
        """Return a team by id: as listed, as a row names it, or by its bare id."""
        known = self.directory.teams.get(team_id) or self.row_teams.get(team_id)
        return known or Team(team_id, str(team_id))

    @cached_property
    def reinstated(self) -> frozenset[int]:
        """Ids of people whose hold a `reinstate` entry has ended."""
        ended: set[int] = set()
        for entry in self.file.reinstate:
            resolved = self.names.of(entry.name)
            if entry.on > self.observed.today or resolved.fate is Fate.REUSED:
                continue
            holds = self.memory.holds if self.memory is not None else {}
            ended.update(
                user_id
                for user_id in resolved.ids
                if user_id in holds and holds[user_id].began.date() <= entry.on
            )
        return frozenset(ended)

    def hold(self, user_id: int) -> Hold | None:
        """Return the hold that stands for a person.

        It has ended when a `reinstate` entry says so, when no personal claim stands, or when a
        claim line stands that did not when it began.
        """
        hold = self.memory.holds.get(user_id) if self.memory is not None else None
        if hold is None or user_id in self.reinstated:
            return None
        lines = self.claims.lines(user_id)
        return hold if lines and lines <= hold.claims else None

    def in_standing_team(self, user_id: int) -> bool:
        """Return whether the person is a member of a team whose team claim stands."""
        return user_id in self.claims.covered

    def eligible(self, user_id: int) -> bool:
        """Tell whether the person is an active member, whom GitHub need not invite."""
        return user_id in self.directory.active
