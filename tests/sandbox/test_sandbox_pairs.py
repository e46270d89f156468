"""The product from end to end, under all pairs of what nobody knows of GitHub.

The demo's file is planned and applied on the demo's organisation. Whatever GitHub does, the plan is
carried out, the next one is empty (or the one after, where GitHub hid a row), and nobody who is
active and claimed loses a seat.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import boundary
from reconciler.sandbox import Switches, World, serve
from reconciler.sandbox.pairs import all_pairs

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
    return boundary.run(list(arguments))


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


@pytest.mark.parametrize("switches", all_pairs(), ids=told)
def test_a_plan_is_carried_out_and_nothing_is_left(
    switches: Switches, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = demo(named_by_slug=switches.team_names == "name")
    with serve(World.from_snapshot(snapshot, switches=switches)) as sandbox:
        monkeypatch.setenv("GITHUB_API_URL", sandbox.url)
        monkeypatch.setenv("GITHUB_TOKEN", "sandbox")
        active = active_and_claimed(sandbox.world)
        assert len(active) > 100
        assert run("ledger", "init", "seats.yml") == 0
        assert len(pending_changes(1)) == 42
        assert run("apply", "plan-1.json", "--pace", "0") == 0
        left = pending_changes(2)
        if switches.direct_beside_team == "dropped":
            assert len(left) == 12
            assert run("apply", "plan-2.json", "--pace", "0") == 0
            left = pending_changes(3)
        assert left == []
        assert active - active_and_claimed(sandbox.world) == set()


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
