"""What the file says of the organisation as it truly is: who may lose a seat, and who must not.

Small on purpose, and with nothing of the planner's: sections 3 to 5 of the design once more. It
knows whom the author of the file meant; where the planner has to guess, it has to be on the safe
side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from machine_file import Entry, Rule, SeatsFile, restart

from reconciler.sandbox import World

RETENTION = timedelta(days=90)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Oracle:
    """Answers for one moment. `blurred`: GitHub may be showing rows of a while ago."""

    file: SeatsFile
    world: World
    warnings: Sequence[tuple[datetime, frozenset[int]]] = ()
    blurred: bool = False

    # --- claims -----------------------------------------------------------------------------

    def keeps(self, person: int) -> bool:
        """Tell whether a personal claim keeps the person's seat: one that stands, or is to come."""
        today = self.world.now.date()
        return self._everybody_has(person) or any(
            one.may_come(today)
            for one in self._entries(person)
            if all(name.id != person for name in one.excluded)
        )

    def gets(self, person: int) -> bool:
        """Tell whether a personal claim that stands may give the person a seat.

        An exception in another name than today's may not have been understood yet.
        """
        today = self.world.now.date()
        login = self.world.directory.people[person].login.lower()
        return self._everybody_has(person) or any(
            one.stands(today)
            for one in self._entries(person)
            if all((name.id, name.text.lower()) != (person, login) for name in one.excluded)
        )

    def _entries(self, person: int) -> list[Entry]:
        teams = self.file.teams.items()
        found = [one for team, one in teams if one.members and person in self.members(team)]
        return [*found, self.file.users[person]] if person in self.file.users else found

    def _everybody_has(self, person: int) -> bool:
        return self.file.everyone and self.world.directory.people[person].member

    def covered(self, person: int) -> bool:
        """Tell whether the person is in a team that the file assigns, now or later."""
        today = self.world.now.date()
        return any(
            not team.members and team.may_come(today) and person in self.members(number)
            for number, team in self.file.teams.items()
        )

    def waits(self, person: int) -> bool:
        """Tell whether only entries to begin claim the person: until then no rule judges."""
        today = self.world.now.date()
        covered = any(
            not team.members and team.stands(today) and person in self.members(number)
            for number, team in self.file.teams.items()
        )
        if covered or self.gets(person):
            return False
        return self.keeps(person) or self.covered(person)

    def assigned(self, team: int, *, today_only: bool = False) -> bool:
        """Tell whether the file assigns the team itself."""
        entry, today = self.file.teams.get(team), self.world.now.date()
        if entry is None or entry.members:
            return False
        return entry.stands(today) if today_only else entry.may_come(today)

    # --- rules ------------------------------------------------------------------------------

    def exempt(self, person: int) -> bool:
        today = self.world.now.date()
        return any(
            self._means(kind, number, person) and (one.last is None or one.last >= today)
            for (kind, number), one in self.file.exempt.items()
        )

    def idle(self, person: int) -> bool:
        """Tell whether a rule may take the person's seat back."""
        rule = self._governing(person)
        if rule is None or self.exempt(person) or self.waits(person):
            return False
        given = [grant.created_at for grant in self.world.seats.of(person)]
        given = [LONG_AGO] if self.blurred or not given else given
        return any(self._over(rule, person, one) for one in given)

    def hard_at_work(self, person: int) -> bool:
        """Tell whether the person works daily, for longer than any feed may stand still."""
        usage, now = self.world.directory.people[person].usage, self.world.now
        if usage.habit != timedelta(days=1) or usage.habit_from is None:
            return False
        enough = self.file.longest_silence + timedelta(days=3)
        rule = self._governing(person)
        cancel = rule and min(one for one in (rule.idle, rule.unused) if one is not None)
        return now - usage.habit_from > enough and timedelta(days=cancel or 0) > enough

    def _governing(self, person: int) -> Rule | None:
        for rule in self.file.rules:
            scope = [("user", one.id) for one in rule.users]
            scope += [("team", one.id) for one in rule.teams]
            holds = not scope or any(self._means(*one, person) for one in scope)
            if rule.enforced and holds:
                return rule
        return None

    def _over(self, rule: Rule, person: int, given: datetime) -> bool:
        """Tell whether a seat *given* then is idle or unused for longer than *rule* allows."""
        now, usage = self.world.now, self.world.directory.people[person].usage
        seen, signed_in = usage.seen(now, self.world.lag), usage.signed_in(now)
        if self.file.authentication_counts:
            seen = max((one for one in (seen, signed_in) if one is not None), default=None)
        threshold = rule.idle
        if seen is None and now - given <= RETENTION:
            threshold = rule.idle if rule.unused is None else rule.unused
        if threshold is None:
            return False
        allowed = timedelta(days=threshold)
        if seen is None and signed_in is not None and now - signed_in <= allowed:
            return False
        since = max(given, seen or given, *self._restarts(person))
        if rule.warn is None:
            return now - since > allowed
        notice = allowed - timedelta(days=rule.warn)
        warned = any(
            person in people and since <= at <= now - notice for at, people in self.warnings
        )
        return now - since > allowed and warned

    def _restarts(self, person: int) -> list[datetime]:
        now = self.world.now
        days = [day for one, (_, day) in self.file.reinstate.items() if one == person]
        days += [
            one.last
            for (kind, number), one in self.file.exempt.items()
            if one.last is not None and self._means(kind, number, person)
        ]
        return [LONG_AGO, *(restart(day, now) for day in days if day <= now.date())]

    # --- people -----------------------------------------------------------------------------

    def members(self, team: int) -> frozenset[int]:
        """Return the members of a team, as GitHub lists them: those of child teams too."""
        found = self.world.directory.teams.get(team)
        if found is None:
            return frozenset()
        return frozenset(one.id for one in self.world.directory.team_members(found))

    def _means(self, kind: str, number: int, person: int) -> bool:
        return number == person if kind == "user" else person in self.members(number)


def warnings_in(events: Sequence[dict[str, Any]]) -> list[tuple[datetime, frozenset[int]]]:
    """Return when whom was warned, by a ledger."""
    return [
        (datetime.fromisoformat(one["at"]), frozenset(one["users"]))
        for one in events
        if one["event"] == "warned"
    ]
