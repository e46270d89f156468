"""What apply needs of the world: a planner that reads anew, and a journal in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from reconciler.app.session import Session
from reconciler.apply import Replanned
from reconciler.ledger import Ledger
from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Memory, Target
from reconciler.model.observed import Account, Observed, Row, UnreadRow
from reconciler.model.plan import Change, Plan, Resource
from reconciler.model.rows import divided
from reconciler.plan import merge
from reconciler.plan.observe import observe, with_seats
from reconciler.plan.planner import make_plan
from reconciler.plan.reading import Reader

_PAGE = 100


class LivePlanner:
    """Plans again on fresh readings, under a ceiling; `latest` is the newest moment it read.

    `unanswered` are changes of a run that was killed between request and answer: they are planned
    again, since nobody knows whether they were sent.
    """

    def __init__(
        self,
        session: Session,
        file: SeatsFile,
        ledger: Ledger | None,
        allowed: Callable[[Change], bool] | None,
        unanswered: frozenset[Target] = frozenset(),
    ) -> None:
        self._session = session
        self._file = file
        self._ledger = ledger
        self._reviewed = allowed
        self._refused: frozenset[Target] = frozenset()
        self._unanswered = unanswered
        self._observed: Observed | None = None
        self.latest: datetime | None = None

    def again(self) -> Replanned:
        """Read the organisation anew and plan."""
        with self._session.reading(self._file) as reader:
            observed = self.see(reader, self._memory())
        self._session.require(self._file, self._ledger, observed)
        return self._planned(observed)

    def see(self, reader: Reader, memory: Memory | None) -> Observed:
        """Read what planning needs."""
        return observe(self._file, reader, memory)

    def make(self, observed: Observed, memory: Memory | None) -> Plan:
        """Plan on what was read."""
        return make_plan(self._file, observed, memory, allowed=self._allowed)

    def recheck(self, changes: Sequence[Change], refused: Collection[Target] = ()) -> Replanned:
        """Read the people of *changes* one by one, or the list where that is fewer requests.

        What GitHub has *refused* is planned no more; the whole list shows then what it took. A
        change whose answer was lost is no reason to plan it no more.
        """
        self._refused |= frozenset(refused)
        self._unanswered |= {change.target for change in changes}
        fresh = None if self._refused else self._people_of(changes)
        return self.again() if fresh is None else self._planned(fresh)

    def rows(self, changes: Sequence[Change] = ()) -> tuple[Row, ...]:
        """Read the seat list again, or the people of *changes* where that is fewer requests."""
        fresh = self._people_of(changes)
        if fresh is not None:
            self.latest = fresh.now
            return fresh.rows
        reader = self._session.reader(self._file.org.text)
        rows = reader.seats().rows
        self.latest = reader.now()
        return rows if self._observed is None else divided(rows, self._observed.organization.id)[0]

    def _people_of(self, changes: Sequence[Change]) -> Observed | None:
        """Read the people of *changes* again; return None where the list is fewer requests."""
        before = self._observed
        if before is None:
            return None
        people = {one.id: one.login for change in changes for one in change.people}
        teams = {change.id for change in changes if change.resource is Resource.TEAM}
        for row in before.rows:
            if row.account and row.team and row.team.ours and row.team.id in teams:
                people[row.account.id] = row.account.login
        if not people or len(people) >= -(-len(before.rows) // _PAGE):
            return None
        reader = self._session.reader(self._file.org.text)
        fresh = [
            _named(seat, user_id, login)
            for user_id, login in people.items()
            if (seat := reader.member_seat(login)) is not None
        ]
        return replace(with_seats(before, people, fresh), now=reader.now())

    def alias(self, change: Change) -> str | None:
        """Return the team's display name if it is another word than its slug, and no other's."""
        teams = self._session.reader(self._file.org.text).teams()
        name = next((team.name for team in teams if team.id == change.id), "")
        others = {
            word.lower()
            for team in teams
            if team.id != change.id
            for word in (team.slug, team.name)
        }
        mine = name.lower() not in ("", change.name.lower()) and name.lower() not in others
        return name if mine else None

    def _allowed(self, change: Change) -> bool:
        """Tell whether *change* was reviewed, and not refused since."""
        reviewed = self._reviewed is None or self._reviewed(change)
        return reviewed and change.target not in self._refused

    def _memory(self) -> Memory | None:
        if self._ledger is None:
            return None
        memory = self._ledger.memory()
        flying = {one: at for one, at in memory.in_flight.items() if one not in self._unanswered}
        return replace(memory, in_flight=flying)

    def _planned(self, observed: Observed) -> Replanned:
        self._observed, self.latest = observed, observed.now
        return Replanned(self.make(observed, self._memory()), observed)


def _named(row: Row | UnreadRow, user_id: int, login: str) -> Row | UnreadRow:
    """Return *row* with its person: GitHub may leave the assignee out of one member's seat."""
    if isinstance(row, UnreadRow):
        return replace(row, id=row.id or user_id, login=row.login or login)
    return row if row.account is not None else replace(row, account=Account(user_id, login))


class MergedPlanner(LivePlanner):
    """Plans a file that has just replaced `base`: the guards and exemptions of both protect."""

    def __init__(
        self,
        session: Session,
        file: SeatsFile,
        base: SeatsFile,
        ledger: Ledger | None,
        allowed: Callable[[Change], bool] | None,
        unanswered: frozenset[Target] = frozenset(),
    ) -> None:
        super().__init__(session, file, ledger, allowed, unanswered)
        self._base = base

    def see(self, reader: Reader, memory: Memory | None) -> Observed:
        """Read what planning needs, and whom the base's exemptions name."""
        return observe(merge.widened(self._file, self._base), reader, memory)

    def make(self, observed: Observed, memory: Memory | None) -> Plan:
        """Plan on what was read."""
        return merge.merged_plan(self._file, self._base, observed, memory, self._allowed)
