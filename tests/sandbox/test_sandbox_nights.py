"""Nights in which people act, under every setting of the switches; 400 under the seed's own.

People join, leave, work and rest, are renamed; teams are given and taken away; admins click in
GitHub's own page. Every night the file is applied. Nobody exempt or recently active is cancelled by
a rule, and nobody is created after we cancelled them unless somebody did something since.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pairwise import all_pairs

from reconciler.cli import entry
from reconciler.errors import SeatsError
from reconciler.sandbox import World, serve

FILE = """\
version: 1
org: acme
seats:
  teams: [platform, {team: web, assign: members, except: [bot]}]
  users: [w0, w1, w2, d0, d1]
inactivity:
  rules: [{name: everyone, idle: {warn: 20d, cancel: 30d}, unused: {cancel: 15d}}]
exempt: [{user: w3, reason: on leave}]
guards:
  max_cancellations_per_cycle: 90%
  max_creations_per_cycle: 5000
"""
NIGHTS = 400
OURS = ("idle", "unused")


def organisation() -> dict[str, Any]:
    """Return four dozen people in two teams, some with seats."""
    people = [f"{kind}{number}" for kind in "wpd" for number in range(14)] + ["bot"]
    members = [{"login": login, "id": number} for number, login in enumerate(people, start=100)]
    by_login = {one["login"]: one for one in members}
    platform = {"id": 7, "slug": "platform", "name": "platform"}

    def row(login: str, team: dict[str, Any] | None) -> dict[str, Any]:
        seat = {"created_at": "-60d", "last_activity_at": "-2d", "assigning_team": team}
        return {"assignee": by_login[login], **seat}

    return {
        "format_version": "1.0",
        "taken_at": "2026-01-01T06:00:00Z",
        "organization": {"login": "acme", "id": 9919},
        "billing": {"seat_management_setting": "assign_selected", "plan_type": "business"},
        "seats": [row(f"p{n}", platform) for n in range(14)]
        + [row(f"w{n}", None) for n in range(9)],
        "teams": [
            {**platform, "members": [f"p{n}" for n in range(14)]},
            {
                "id": 8,
                "slug": "web",
                "name": "web",
                "members": [f"w{n}" for n in range(14)] + ["bot"],
            },
        ],
        "members": members,
        "users": [],
    }


class Life:
    """What people do by day; remembers who was touched since when."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.names = {person: person for person in (f"{k}{n}" for k in "wpd" for n in range(14))}
        self.touched: set[str] = set()
        self.rests: set[str] = set()

    def day(self) -> None:
        """Let everybody who is not resting work, and a few things happen."""
        for name, login in self.names.items():
            if self.chance.random() < 0.01:
                self.rests ^= {name}
            if name not in self.rests:
                self.world.use(login)
                self.touched.add(name)
        for act in (self.moves, self.renames, self.clicks, self.teams):
            if self.chance.random() < 0.15:
                try:
                    act(self.chance.choice(sorted(self.names)))
                except SeatsError:
                    continue  # such a thing can't happen to this one today

    def moves(self, name: str) -> None:
        self.touched.add(name)
        login, team = self.names[name], self.chance.choice(("web", "platform"))
        joins = self.chance.random() < 0.5
        (self.world.join_team if joins else self.world.leave_team)(login, team)

    def renames(self, name: str) -> None:
        self.touched.add(name)
        new = f"{name}-{self.chance.randrange(10**6)}"
        self.world.rename_user(self.names[name], new)
        self.names[name] = new

    def clicks(self, name: str) -> None:
        self.touched.add(name)
        given = self.chance.random() < 0.5
        (self.world.grant_user if given else self.world.revoke_user)(self.names[name])

    def teams(self, name: str) -> None:
        slug = self.chance.choice(("web", "platform"))
        act = self.chance.choice((self.world.grant_team, self.world.revoke_team))
        act(slug)
        self.touched |= set(self.names)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: Any) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    Path("seats.yml").write_text(FILE, encoding="utf-8")
    world = World.from_snapshot(organisation(), switches=request.param)
    with serve(world) as sandbox:
        monkeypatch.setenv("GITHUB_API_URL", sandbox.url)
        monkeypatch.setenv("GITHUB_TOKEN", "sandbox")
        assert entry.run(["ledger", "init"]) == 0
        yield world


SETTINGS = list(enumerate(all_pairs()))


@pytest.mark.parametrize(
    "world", [one for _, one in SETTINGS], indirect=True, ids=[f"pair-{n}" for n, _ in SETTINGS]
)
def test_nights_in_which_people_act(
    world: World, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(request.config.getoption("--hypothesis-seed"))
    chance = random.Random(f"{seed}{request.node.callspec.id}")
    life = Life(world, chance)
    whole = request.node.callspec.id == f"pair-{seed % len(SETTINGS)}" or "NIGHTS" in os.environ
    gone: dict[str, int] = {}
    taken, given = 0, 0
    for night in range(NIGHTS if whole else 40):
        life.touched.clear()
        life.day()
        world.advance(timedelta(days=1))
        for name in life.touched:
            gone.pop(name, None)
        assert entry.run(["drift"]) in (0, 2, 3)
        code = entry.run(["plan", "--format", "json", "--out", "plan.json"])
        assert code in (0, 3)
        plan = json.loads(Path("plan.json").read_text(encoding="utf-8"))
        today = {login: name for name, login in life.names.items()}
        for change in plan["resource_changes"]:
            name = today.get(change["name"], change["name"])
            ruled = change["action_reason"] in OURS
            if change["change"]["actions"] == ["delete"] and ruled:
                assert name != "w3", (night, change)
                assert name in life.rests, (night, change)
                gone[name] = night
                taken += 1
            elif change["change"]["actions"] == ["create"]:
                assert name not in gone, (night, gone[name], change)
                given += 1
        assert entry.run(["apply", "plan.json", "--pace", "0", "--wait", "0"]) in (0, 3, 5)
        capsys.readouterr()
    assert entry.run(["ledger", "verify"]) == 0
    assert given
    assert taken or not whole
