"""Organisations and files at random, the same for the same seed: whatever GitHub may show."""

from __future__ import annotations

import json
import random
import typing
from dataclasses import dataclass

from e2e_support import Json, row, snapshot

from reconciler.sandbox import Switches

_WEIRD = ("null", "1e3", "-x-", "007", "no", "Yes", "a--b", "Mona", "octo_ACME", "x" * 39)
_DANGEROUS = ("stale_readings", "last_seat_cancels_plan", "activity_lag_hours")
"""Switches that this story would have to wait for."""


def switches(chance: random.Random) -> dict[str, object]:
    """Return settings for some of what nobody knows about GitHub."""
    chosen: dict[str, object] = {}
    for name, hint in typing.get_type_hints(Switches).items():
        if name in _DANGEROUS or chance.random() < 0.6:
            continue
        if hint is bool:
            chosen[name] = chance.random() < 0.5
        elif typing.get_origin(hint) is typing.Literal:
            chosen[name] = chance.choice(typing.get_args(hint))
    return chosen


@dataclass
class Organisation:
    """A random organisation; `snapshot` is what the sandbox serves."""

    chance: random.Random

    def __post_init__(self) -> None:
        chance = self.chance
        count = chance.choice([0, 1, 3, 8, 25, 60])
        self.people = [f"p{number}" for number in range(count)]
        self.people += chance.sample(_WEIRD, chance.randint(0, 5))
        self.teams = {
            f"t{number}": chance.sample(self.people, chance.randint(0, len(self.people)))
            for number in range(chance.randint(0, 4))
        }
        outside = {one: chance.choice(["none", "pending"]) for one in self._some(self.people, 0.08)}
        parents = dict.fromkeys(self._some([*self.teams][1:], 0.3), "t0")
        nobodies = [row(None)] * chance.choice([0, 0, 1, 2])
        self.seats = [*(seat for one in self.people for seat in self._seats(one)), *nobodies]
        chance.shuffle(self.seats)
        self.setting = chance.choice(["assign_selected"] * 7 + ["assign_all", "disabled"])
        self.snapshot = snapshot(
            self.seats,
            self.teams,
            members=self.people,
            users=outside,
            parents=parents,
            billing={"seat_management_setting": self.setting},
        )

    def _some(self, items: list[str], share: float) -> list[str]:
        return [one for one in items if self.chance.random() < share]

    def _seats(self, login: str) -> list[Json]:
        """Return rows for one person, each from another source."""
        found: dict[str | None, Json] = {}
        for _ in range(self.chance.choice([0, 1, 1, 1, 1, 2])):
            team = self._source(login)
            used = self.chance.choice(
                [None, "-1d", "-1d", "-1d", f"-{self.chance.randint(0, 89)}d"]
            )
            ending = "next-cycle" if self.chance.random() < 0.12 else None
            given = f"-{self.chance.randint(0, 400)}d"
            found.setdefault(team, row(login, team, given=given, active=used, pending=ending))
        return list(found.values())

    def _source(self, login: str) -> str | None:
        mine = [team for team, members in self.teams.items() if login in members]
        kind = self.chance.random()
        if kind < 0.4 and mine:
            return self.chance.choice(mine)
        if kind < 0.45 and self.teams:
            return self.chance.choice([*self.teams])
        return "ent:lead" if kind < 0.5 else None

    def file(self) -> str:
        """Return a random seats file for it, with guards that stop little."""
        chance = self.chance
        entries = [entry for team in self.teams for entry in self._entry(team)]
        logins = self._some([one for one in self.people if not one.startswith("-")], 0.5)
        document = {
            "version": 1,
            "org": "acme",
            "seats": {
                "teams": entries,
                "users": logins,
                "undeclared": chance.choice(["cancel", "keep"]),
                **({"members": "all"} if chance.random() < 0.2 else {}),
            },
            "inactivity": {"rules": [{"name": "everyone", "idle": {"cancel": "30d"}}]},
            "guards": {
                "max_cancellations_per_cycle": "100%",
                "max_creations_per_cycle": 1000,
                "max_activity_age": "90d",
                "overrides": [
                    {"guard": guard, "allow": True, "until": "2027-12-31", "reason": "random"}
                    for guard in ("last_seat", "empty")
                ],
            },
        }
        return json.dumps(document, indent=1)

    def _entry(self, team: str) -> list[object]:
        kind = self.chance.random()
        if kind < 0.3:
            return [team]
        if kind < 0.6:
            return [{"team": team, "assign": "members"}]
        if kind < 0.65:
            return [{"team": team, "until": "2026-10-01"}]
        if kind < 0.7:
            return [{"team": team, "assign": "members", "from": "2027-12-01"}]
        return []
