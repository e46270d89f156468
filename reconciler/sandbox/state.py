"""The state of one organisation: its clock, its grants, and what a reading of it shows.

Pure: no network, no disk. `World` adds what may happen to it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from reconciler.errors import UsageError
from reconciler.sandbox import seat_pages, times
from reconciler.sandbox.load import Loaded
from reconciler.sandbox.people import OrgTeam, Person
from reconciler.sandbox.seat_pages import Reading, SeatView
from reconciler.sandbox.seats import Effect, Outlook
from reconciler.sandbox.switches import Switches


class State:
    """One organisation in memory; its methods are safe to call from several threads."""

    def __init__(self, loaded: Loaded, switches: Switches) -> None:
        self.lock = threading.RLock()
        self.now = loaded.now
        self.login = loaded.login
        self.id = loaded.id
        self.directory = loaded.directory
        self.seats = loaded.seats
        self.settings = loaded.settings
        self.switches = switches
        self.invited: set[int] = set()
        """People who get a seat when they accept their invitation."""
        self.version = 0
        """Counts changes: what was computed for another version is out of date."""
        self._cached: tuple[int, Reading] | None = None
        self._stale: list[tuple[Reading, int]] = []
        self._before: Reading | None = None
        self.frozen_at: datetime | None = None
        """Since when GitHub's feed of activity stands still."""
        self._offsets: dict[str, int] = {}
        self._offsets = self._differences(loaded.stated)

    # --- the clock ------------------------------------------------------------------------

    def advance(self, length: timedelta) -> None:
        """Let *length* pass: cycles end, pending seats go."""
        with self.lock:
            try:
                at = self.now + length
            except OverflowError:
                at = datetime.max.replace(tzinfo=UTC)
            self.set_clock(at)

    def set_clock(self, at: datetime) -> None:
        """Let time pass until *at*; it never runs backwards."""
        with self.lock:
            if at < self.now:
                raise UsageError(f"sandbox: it is {self.now} already; the clock can't go to {at}")
            times.require_clock(at)
            while (day := self._next_event(at)) is not None:
                self._pass(day)
            self.now = at
            self.changed()

    def _next_event(self, until: datetime) -> date | None:
        days = [*self.seats.ends(), times.next_cycle(self.now)]
        return min((day for day in days if _midnight(day) <= until), default=None)

    def _pass(self, day: date) -> None:
        self.now = max(self.now, _midnight(day))
        if day.day == 1:
            for key in ("added_this_cycle", "pending_cancellation"):
                self._offsets.pop(key, None)
        for number in self.seats.expire(day):
            self.seat_gone(number)

    # --- what grants do -------------------------------------------------------------------

    def give(self, person: Person, team: OrgTeam | None) -> Effect:
        """Grant a seat, directly or through *team*, and say what it did."""
        beside = self.switches.direct_beside_team
        if team is None and beside == "dropped" and self.seats.live_in_team(person.id):
            return Effect.REUSED
        outlook = Outlook(self.switches.renewal_moves_created_at, direct_first=beside == "shown")
        number = None if team is None else team.id
        effect = self.seats.grant(person.id, number, self.now, outlook)
        if effect is Effect.ADDED:
            person.usage.forget(self.now)
        return effect

    def assign(self, team: OrgTeam) -> list[Effect]:
        """Assign *team*: every member gets a seat, a pending one is renewed."""
        self.seats.assigned.setdefault(team.id, self.now)
        return [self.give(person, team) for person in self.seated_members(team)]

    def unassign(self, team: OrgTeam) -> int:
        """Unassign *team*; return how many people's seats are pending by it."""
        self.seats.assigned.pop(team.id, None)
        end = times.next_cycle(self.now)
        return sum(self.seats.end(number, team.id, end) for number in list(self.seats.grants))

    def seated_members(self, team: OrgTeam) -> list[Person]:
        """Return the people whom assigning *team* seats."""
        members = self.directory.team_members(team, nested=self.switches.child_teams)
        return [person for person in members if person.member]

    def reconcile(self, people: Iterable[Person]) -> None:
        """Give *people* the seats of assigned teams they are in, end those of teams they left."""
        end = times.next_cycle(self.now)
        for person in people:
            for number in self.seats.assigned:
                team = self.directory.teams[number]
                inside = self.directory.belongs(person, team, nested=self.switches.child_teams)
                grant = self.seats.find(person.id, number)
                if not (inside and person.member):
                    self.seats.end(person.id, number, end)
                elif grant is None or grant.pending is not None:
                    self.give(person, team)

    def after_cancel(self) -> None:
        """Cancel the organisation's plan when no live seat is left."""
        selected = self.settings["seat_management_setting"] == "assign_selected"
        if self.switches.last_seat_cancels_plan and selected and not self.seats.any_live():
            self.settings["seat_management_setting"] = "disabled"

    def seat_gone(self, number: int) -> None:
        """Forget the activity of someone whose seat is gone."""
        person = self.directory.people.get(number)
        if person is not None and not self.seats.fixed_of(number):
            person.usage.forget(self.now)

    # --- readings -------------------------------------------------------------------------

    def changed(self) -> None:
        """Take note that something changed."""
        self.version += 1

    def before_write(self) -> None:
        """Keep the state before a write for the readings that will still show it."""
        self._before = self._current()
        if self.switches.stale_readings:
            self._stale.append((self._before, self.switches.stale_readings))

    @property
    def settled(self) -> bool:
        """Whether every write shows in the readings."""
        return not self._stale

    def reading(self, *, begins: bool = True) -> Reading:
        """Return the seat list as a request sees it; *begins* says that a new reading begins."""
        with self.lock:
            if begins and self._stale:
                self._stale = [(reading, left - 1) for reading, left in self._stale if left > 0]
                self.changed()
            return self._stale[0][0] if self._stale else self._current()

    def before_last_write(self) -> Reading:
        """Return the seat list as it was before the last request that changed it."""
        with self.lock:
            return self._before or self._current()

    def breakdown(self) -> dict[str, int]:
        """Return the `seat_breakdown` of the organisation's Copilot billing."""
        with self.lock:
            counts = self._derived()
            return {key: max(0, count + self._offsets.get(key, 0)) for key, count in counts.items()}

    def seat_of(self, person: Person) -> SeatView | None:
        """Return the row that GitHub shows for one person, a live one if there is one."""
        rows = [row for row in self.reading().rows if row.person is person]
        return next((row for row in rows if row.pending is None), rows[0] if rows else None)

    @property
    def lag(self) -> timedelta:
        """How long ago use must be to show; a feed that stands still falls behind."""
        usual = timedelta(hours=self.switches.activity_lag_hours)
        return usual if self.frozen_at is None else usual + (self.now - self.frozen_at)

    def _current(self) -> Reading:
        if self._cached is None or self._cached[0] != self.version:
            plan_type = self.settings["plan_type"]
            rows = seat_pages.rows(self.seats, self.directory, self.switches, plan_type)
            total = seat_pages.total(rows, self.switches) + self._offsets.get("total_seats", 0)
            self._cached = (self.version, Reading(rows, max(0, total)))
        return self._cached[1]

    def _derived(self) -> dict[str, int]:
        counts = seat_pages.breakdown(self._current(), self.now, self.lag)
        return counts | {"pending_invitation": len(self.invited)}

    def _differences(self, stated: dict[str, int]) -> dict[str, int]:
        """Return by how much the snapshot's own counts differ from those that follow from it.

        A total that follows from the rows in another way than the switches say is no difference:
        whoever took the snapshot may have counted so. `total` differs from `total_seats` only.
        """
        reading = self._current()
        derived = self._derived() | {"total_seats": reading.total}
        self._cached = None
        found = {key: count - derived.get(key, 0) for key, count in stated.items()}
        countings = seat_pages.totals(reading.rows)
        if stated.get("total_seats") in countings:
            found["total_seats"] = 0
        if "total" in found:
            found["total"] -= found.get("total_seats", 0)
            if stated["total"] in countings:
                found["total"] = 0
        return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
