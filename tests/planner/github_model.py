"""A tiny model of what GitHub does with assignments, and of a ledger's memory, night by night.

It shares nothing with the planner but the nouns. What GitHub does not document is a switch: whether
a person has one row or one for each source, which source the one row shows, and whether a renewal
moves `created_at`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.decide.names import FORGOTTEN
from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Memory
from reconciler.model.observed import Account, Row
from reconciler.model.plan import Action, Change, Plan, Reason, Resource
from reconciler.plan.planner import make_plan

from .world import ACME, NEXT_CYCLE, NOW, Org


@dataclass(frozen=True)
class Switches:
    """How this GitHub behaves where its documentation is silent."""

    one_row: bool = False
    direct_first: bool = True
    renewal_moves_created: bool = False


EVERY_SWITCH = [
    Switches(False, True, False),
    Switches(False, True, True),
    Switches(True, True, False),
    Switches(True, False, False),
]


@dataclass
class Facts:
    """What is known of one person's seat."""

    created: datetime
    active: datetime | None = None
    signed_in: datetime | None = None


@dataclass
class GitHub:
    """An organisation with assignments; its rows follow from them."""

    org: Org
    switches: Switches = Switches()
    direct: set[int] = field(default_factory=set)
    assigned: set[int] = field(default_factory=set)
    seats: dict[int, Facts] = field(default_factory=dict)
    pending: dict[int, int | None] = field(default_factory=dict)
    """People whose seat ends with the cycle, by the team that gave it (None: directly)."""
    others: list[Row] = field(default_factory=list)
    """Rows that nothing here changes."""

    # before the story begins

    def give(self, login: str, created: datetime, active: datetime | None = None) -> None:
        """Let somebody have a direct seat."""
        self.direct.add(self.org.id(login))
        self.seats[self.org.id(login)] = Facts(created, active)

    def assign(self, slug: str, created: datetime, active: datetime | None = None) -> None:
        """Let a team be assigned."""
        number = self.org.team_id(slug)
        self.assigned.add(number)
        for member in self.org.people[number]:
            self.seats.setdefault(member, Facts(created, active))

    # what GitHub does

    def sources(self, user: int) -> list[int | None]:
        """Return what gives the person a seat: teams by id, None for a direct assignment."""
        teams = [one for one in sorted(self.assigned) if user in self.org.people.get(one, ())]
        return [*([None] if user in self.direct else []), *teams]

    def live(self) -> set[int]:
        return {user for user in self.seats if self.sources(user)}

    def settle(self) -> None:
        """Let joining and leaving teams have its effect, and the seats of a past cycle end."""
        for team in self.assigned:
            for member in self.org.people.get(team, ()):
                self._gain(member)
        for user in list(self.seats):
            if not self.sources(user):
                self.pending.setdefault(user, None)
        if self.org.now.day == 1:
            for user in list(self.pending):
                del self.pending[user], self.seats[user]

    def show(self) -> None:
        """Make the rows of the seat list."""
        rows = list(self.others)
        for user, facts in sorted(self.seats.items()):
            sources = self.sources(user)
            if self.switches.one_row:
                teams = [one for one in sources if one is not None]
                direct_first = self.switches.direct_first or not teams
                sources = sources[:1] if direct_first else teams[:1]
            ends = (self.org.now.replace(day=1) + timedelta(days=31)).replace(day=1).date()
            pending = None if sources else ends
            for source in sources or [self.pending.get(user)]:
                rows.append(self._row(user, facts, source, pending))
        self.org.rows = rows

    def _row(self, user: int, facts: Facts, source: int | None, pending: object) -> Row:
        known = facts.active if facts.active and self._remembers(facts.active) else None
        return Row(
            account=Account(user, self.org.accounts[user]),
            created_at=facts.created,
            team=None if source is None else self.org.teams.get(source),
            pending=pending,  # type: ignore[arg-type]
            last_activity_at=known,
            last_authenticated_at=facts.signed_in,
        )

    def _remembers(self, at: datetime) -> bool:
        return self.org.now - at <= timedelta(days=90)

    def carry_out(self, change: Change) -> None:
        """Do what *change* says; refuse what GitHub must refuse."""
        if change.resource is Resource.USER:
            self._user(change)
        elif change.action is Action.CREATE:
            assert change.id in self.org.people, f"no such team: {change}"
            self.assigned.add(change.id)
            for member in self.org.people[change.id]:
                self._gain(member)
        else:
            self.assigned.discard(change.id)
            for user in list(self.seats):
                if not self.sources(user):
                    self.pending.setdefault(user, change.id)

    def _user(self, change: Change) -> None:
        if change.action is Action.CREATE:
            assert change.id in self.org.active, f"that would invite somebody: {change}"
            self._gain(change.id)
            self.direct.add(change.id)
            return
        shown = [row for row in self.org.rows if row.account and row.account.id == change.id]
        through = {row.team.id for row in shown if row.live and row.team is not None}
        assert not through & self.assigned, f"GitHub refuses: the seat is a team's: {change}"
        self.direct.discard(change.id)
        if not self.sources(change.id):
            self.pending[change.id] = None

    def _gain(self, user: int) -> None:
        if user not in self.seats:
            self.seats[user] = Facts(self.org.now)
        elif user in self.pending:
            del self.pending[user]
            if self.switches.renewal_moves_created:
                self.seats[user].created = self.org.now


# --- what a ledger would remember -----------------------------------------------------------------


EMPTY = Memory(organization_id=ACME.id)


def after_look(memory: Memory, plan: Plan) -> Memory:
    """Return what is remembered once the records of *plan* are written."""
    records = plan.records
    holds = {one: hold for one, hold in memory.holds.items() if one not in records.released}
    warnings = {
        one: (*memory.warnings.get(one, ()), plan.made_at)
        for one in memory.warnings.keys() | records.warned
        if one in records.warned
    }
    names = {**memory.names, **records.resolved}
    live = records.live_teams
    return replace(
        memory,
        holds={**holds, **records.held},
        warnings={**memory.warnings, **warnings},
        names={key: number for key, number in names.items() if number != FORGOTTEN},
        claimants=records.claimants,
        accepted={team: who for team, who in memory.accepted.items() if team not in live},
        last_look=plan.made_at,
    )


def after_change(memory: Memory, plan: Plan, change: Change, members: frozenset[int]) -> Memory:
    """Return what is remembered once *change* is done; *members* are a team's."""
    now, people = plan.made_at, change.person_ids
    if change.action is Action.CREATE:
        memory = replace(memory, creates={**memory.creates, **dict.fromkeys(people, now)})
        if change.resource is Resource.USER:  # our own create ends the hold at once
            holds = {one: hold for one, hold in memory.holds.items() if one != change.id}
            memory = replace(memory, holds=holds)
    else:
        idle = change.reason in (Reason.IDLE, Reason.UNUSED)
        memory = replace(
            memory,
            cancelled={**memory.cancelled, **dict.fromkeys(people, now)},
            cancelled_idle=(memory.cancelled_idle - people) | (people if idle else frozenset()),
        )
    if change.resource is Resource.TEAM:
        accepted = {one: who for one, who in memory.accepted.items() if one != change.id}
        if change.action is Action.CREATE:
            accepted[change.id] = members | people
        memory = replace(memory, accepted=accepted)
    begun = plan.records.holds_by_change.get(change.address, {})
    return replace(memory, holds={**memory.holds, **begun})


# --- a story --------------------------------------------------------------------------------------


@dataclass
class Story:
    """A file, a GitHub and a ledger (or none) that live through nights together."""

    github: GitHub
    file: SeatsFile
    memory: Memory | None = EMPTY

    @property
    def org(self) -> Org:
        return self.github.org

    def look(self) -> Plan:
        """Look and plan; what was seen is remembered."""
        self.github.settle()
        self.github.show()
        plan = make_plan(self.file, self.org.look(self.file, self.memory), self.memory)
        if self.memory is not None:
            self.memory = after_look(self.memory, plan)
        return plan

    def apply(self, plan: Plan) -> None:
        """Carry out *plan*, in its order."""
        done: set[str] = set()
        for change in plan.changes:
            missing = set(change.depends_on) - done
            assert not missing, f"{change.address} waits for {missing}, which comes later or never"
            self.github.carry_out(change)
            done.add(change.address)
            members = frozenset(self.org.people.get(change.id, ()))
            if self.memory is not None:
                self.memory = after_change(self.memory, plan, change, members)

    def night(self) -> Plan:
        """Look, apply, and let a day pass."""
        plan = self.look()
        self.apply(plan)
        self.pass_days(1)
        return plan

    def pass_days(self, days: float) -> None:
        for _ in range(int(days)):
            self.org.now += timedelta(days=1)
            self.github.settle()

    def work(self, *logins: str) -> None:
        """Let people be active an hour ago, those of them who have a seat."""
        for login in logins:
            facts = self.github.seats.get(self.org.id(login))
            if facts is not None:
                facts.active = self.org.now - timedelta(hours=1)


__all__ = ["EMPTY", "EVERY_SWITCH", "NEXT_CYCLE", "NOW", "Facts", "GitHub", "Story", "Switches"]
