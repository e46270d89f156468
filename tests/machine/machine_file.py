"""The seats file as the machine edits it: who is meant, by id, under the name once written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Named:
    """A person or team: whom the author means, and the name as it was when it was written."""

    id: int
    text: str


@dataclass(frozen=True)
class Entry:
    """An entry of `seats`; the dates are inclusive days."""

    name: Named
    first: date | None = None
    last: date | None = None
    pinned: bool = False
    members: bool = False
    """`assign: members`, where it is a team's."""
    excluded: tuple[Named, ...] = ()

    def stands(self, today: date) -> bool:
        """Tell whether the entry's term holds *today*."""
        return self.may_come(today) and (self.first is None or self.first <= today)

    def may_come(self, today: date) -> bool:
        """Tell whether the entry stands today, or will."""
        return self.last is None or self.last >= today

    def as_json(self, key: str) -> Json:
        found: Json = {key: self.name.text}
        if key == "team":
            found["assign"] = "members" if self.members else "team"
        if self.pinned:
            found["id"] = self.name.id
        if self.excluded:
            found["except"] = [one.text for one in self.excluded]
        return found | _term(self.first, self.last)


@dataclass(frozen=True)
class Rule:
    """A rule of inactivity; the thresholds are days."""

    idle: int | None = None
    unused: int | None = None
    warn: int | None = None
    enforced: bool = True
    users: tuple[Named, ...] = ()
    teams: tuple[Named, ...] = ()

    @property
    def scoped(self) -> bool:
        return bool(self.users or self.teams)

    def as_json(self, name: str) -> Json:
        found: Json = {"name": name, "mode": "enforce" if self.enforced else "observe"}
        if self.users:
            found["users"] = [one.text for one in self.users]
        if self.teams:
            found["teams"] = [one.text for one in self.teams]
        warn = {} if self.warn is None else {"warn": f"{self.warn}d"}
        if self.idle is not None:
            found["idle"] = {"cancel": f"{self.idle}d", **warn}
        if self.unused is not None:
            found["unused"] = {"cancel": f"{self.unused}d", **warn}
        return found


@dataclass(frozen=True)
class Exemption:
    """An entry of `exempt`."""

    kind: str
    name: Named
    last: date | None = None

    def as_json(self) -> Json:
        return {self.kind: self.name.text, "reason": "spared", **_term(None, self.last)}


@dataclass
class SeatsFile:
    """All that the file says."""

    users: dict[int, Entry] = field(default_factory=dict)
    teams: dict[int, Entry] = field(default_factory=dict)
    everyone: bool = False
    undeclared: str = "cancel"
    rules: list[Rule] = field(default_factory=list)
    authentication_counts: bool = False
    exempt: dict[tuple[str, int], Exemption] = field(default_factory=dict)
    reinstate: dict[int, tuple[Named, date]] = field(default_factory=dict)
    guards: dict[str, str | int] = field(default_factory=dict)
    overrides: dict[str, tuple[str | int | bool, date]] = field(default_factory=dict)

    def names(self) -> Iterator[tuple[str, Named]]:
        """Yield every name that the file holds, with its kind."""
        yield from (("user", one.name) for one in self.users.values())
        yield from (("team", one.name) for one in self.teams.values())
        yield from (("user", one) for team in self.teams.values() for one in team.excluded)
        yield from (("user", one) for rule in self.rules for one in rule.users)
        yield from (("team", one) for rule in self.rules for one in rule.teams)
        yield from ((one.kind, one.name) for one in self.exempt.values())
        yield from (("user", one) for one, _ in self.reinstate.values())

    def text(self) -> str:
        """Return the file, as JSON, which is YAML too."""
        rules = [one.as_json(f"rule-{number}") for number, one in enumerate(self.rules)]
        document: Json = {
            "version": 1,
            "org": "acme",
            "seats": {
                "users": [one.as_json("user") for one in self.users.values()],
                "teams": [one.as_json("team") for one in self.teams.values()],
                "undeclared": self.undeclared,
                **({"members": "all"} if self.everyone else {}),
            },
            "exempt": [one.as_json() for one in self.exempt.values()],
            "reinstate": [
                {"user": name.text, "on": day.isoformat(), "reason": "back"}
                for name, day in self.reinstate.values()
            ],
            "guards": {
                **self.guards,
                "overrides": [
                    {"guard": guard, "allow": allow, "until": day.isoformat(), "reason": "now"}
                    for guard, (allow, day) in self.overrides.items()
                ],
            },
        }
        if rules:
            document["inactivity"] = {
                "rules": rules,
                "authentication_counts": self.authentication_counts,
            }
        return json.dumps(document, indent=1)

    # --- guards -----------------------------------------------------------------------------

    def allowance(self, guard: str, default: int, seats: int, today: date) -> int:
        """Return what a counting guard allows an organisation of so many *seats*."""
        allow: str | int | bool = self.guards.get(guard, default)
        if guard in self.overrides and self.overrides[guard][1] >= today:
            allow = self.overrides[guard][0]
        return seats * int(allow[:-1]) // 100 if isinstance(allow, str) else int(allow)

    def lifted(self, guard: str, today: date) -> bool:
        """Tell whether an override switches *guard* off."""
        return guard in self.overrides and self.overrides[guard][1] >= today

    @property
    def longest_silence(self) -> timedelta:
        """How old the newest activity of all may be before the feed counts as frozen."""
        return timedelta(hours=int(str(self.guards.get("max_activity_age", "72h"))[:-1]))


def restart(day: date, now: datetime) -> datetime:
    """Return when a clock starts that *day* has restarted: with its end, at the latest now."""
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), now.tzinfo)
    return min(end, now)


def _term(first: date | None, last: date | None) -> Json:
    found = {} if first is None else {"from": first.isoformat()}
    return found if last is None else {**found, "until": last.isoformat()}
