"""The product from end to end, under all pairs of what nobody knows of GitHub.

The demo's file is planned, applied and watched by drift on the demo's organisation, and again a
month later. Whatever GitHub does, a plan is carried out, the next one is empty (or the one after,
where GitHub hid a row), drift finds nothing then, whoever was warned and stayed idle loses the
seat, whoever comes back gets it again, and nobody who is active and claimed loses one.
"""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pairwise import all_pairs

from reconciler.cli import entry
from reconciler.sandbox import Switches, World, serve

DEMO = Path(__file__).parents[2] / "examples" / "demo"


def told(switches: Switches) -> str:
    """Return what differs from the defaults, as the test's name."""
    usual = Switches().as_json()
    pairs = switches.as_json().items()
    return ",".join(f"{name}={value}" for name, value in pairs if usual[name] != value)


def demo(*, named_by_slug: bool) -> dict[str, Any]:
    """Return the demo's organisation; its teams' names may be their slugs."""
    text = (DEMO / "acme.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    rows = [row["assigning_team"] for row in read["seats"] if row["assigning_team"]]
    for team in [*read["teams"], *rows] if named_by_slug else []:
        team["name"] = team["slug"]
    return read


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(DEMO / "seats.yml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    return entry.run(list(arguments))


def pending_changes(number: int) -> list[str]:
    """Plan, and return the addresses of what would change."""
    assert run("plan", "seats.yml", "--out", f"plan-{number}.json") == 0
    plan = json.loads(Path(f"plan-{number}.json").read_text(encoding="utf-8"))
    assert plan["copilot_seats"]["withheld"] == []
    return [change["address"] for change in plan["resource_changes"]]


def active_and_claimed(world: World) -> set[str]:
    """Return who holds a live seat, was active this week, and is in a claimed team."""
    teams = [world.directory.known_team(slug) for slug in ("engineering", "platform", "security")]
    inside = {person.id for team in teams for person in world.directory.team_members(team)}
    found = set()
    for row in world.reading(begins=False).rows:
        at = row.usage.seen(world.now, world.lag)
        if row.person and row.pending is None and at and (world.now - at).days < 7:
            found |= {row.person.login} if row.person.id in inside else set()
    return found


def go_on_working(world: World) -> None:
    """Let all who worked within the month, or have just got a seat, do so daily."""
    for row in world.reading(begins=False).rows:
        if row.person is not None and row.pending is None:
            at = row.usage.seen(world.now, world.lag) or row.created_at
            if world.now - at < timedelta(days=30):
                world.set_habit(row.person.login, timedelta(days=1))


def pending(world: World) -> set[str]:
    """Return whose seat ends with the cycle."""
    rows = world.reading(begins=False).rows
    return {row.person.login for row in rows if row.person is not None and row.pending is not None}


class Runs:
    """Plans and applies until nothing is left; counts the plans it makes."""

    def __init__(self, switches: Switches) -> None:
        self._hidden = switches.direct_beside_team == "dropped"
        self._plans = 0

    def plan(self) -> list[str]:
        self._plans += 1
        return pending_changes(self._plans)

    def apply(self) -> None:
        assert run("apply", f"plan-{self._plans}.json", "--pace", "0") == 0

    def to_the_end(self, *, hidden: int = 0) -> None:
        """Apply the plan made last; nothing is left, or only what GitHub had *hidden*."""
        self.apply()
        left = self.plan()
        if hidden and self._hidden:
            assert len(left) == hidden
            self.apply()
            left = self.plan()
        assert left == []
        assert run("drift", "seats.yml") == 0


@pytest.mark.parametrize("switches", all_pairs(), ids=told)
def test_two_months_with_a_file(
    switches: Switches, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = demo(named_by_slug=switches.team_names == "name")
    with serve(World.from_snapshot(snapshot, switches=switches)) as sandbox:
        world = sandbox.world
        monkeypatch.setenv("GITHUB_API_URL", sandbox.url)
        monkeypatch.setenv("GITHUB_TOKEN", "sandbox")
        active = active_and_claimed(world)
        assert len(active) > 100
        assert run("ledger", "init", "seats.yml") == 0
        runs = Runs(switches)
        assert len(runs.plan()) == 42
        runs.to_the_end(hidden=12)
        assert active - active_and_claimed(world) == set()

        # A month later those who were warned are still idle; everybody else goes on.
        go_on_working(world)
        active = active_and_claimed(world)
        world.advance(timedelta(days=31))
        due = runs.plan()
        assert len(due) == 14
        runs.to_the_end()
        assert pending(world) == {address.rpartition(".")[2] for address in due}
        assert active - active_and_claimed(world) == set()

        # One of them comes back while the seat still works.
        world.set_habit("keiko-toth", timedelta(days=1))
        world.advance(timedelta(days=2))
        assert runs.plan() == ["copilot_seat_user.keiko-toth"]
        runs.to_the_end()
        assert "keiko-toth" not in pending(world)
        world.advance(timedelta(days=30))
        assert run("drift", "seats.yml") == 0
        assert "keiko-toth" in active_and_claimed(world)


def test_teams_that_github_knows_by_name_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switches = Switches(team_names="name")
    snapshot = demo(named_by_slug=False)
    with serve(World.from_snapshot(snapshot, switches=switches)) as sandbox:
        monkeypatch.setenv("GITHUB_API_URL", sandbox.url)
        monkeypatch.setenv("GITHUB_TOKEN", "sandbox")
        assert run("ledger", "init", "seats.yml") == 0
        assert len(pending_changes(1)) == 42
        assert run("apply", "plan-1.json", "--pace", "0") == 0
