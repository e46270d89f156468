"""GitHub's own example payloads, served as they are: the main job on them, from init to apply.

They break their own schema: two people have the id 1, one row lacks `assigning_team` and
`plan_type`, the billing counts 12 seats where the list has 2, and times carry an offset.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from e2e_loopback import Asked, Said, answering
from e2e_support import ROOT, TOKEN, Cli, changes_of, outcomes_of, schema

DESCRIPTION = json.loads((ROOT / "tests/fixtures/openapi-copilot.json").read_text(encoding="utf-8"))
EXAMPLES = {name: one["value"] for name, one in DESCRIPTION["components"]["examples"].items()}
SEATS = EXAMPLES["copilot-seats-list"]


def written(method: str, key: str) -> Any:
    """Return GitHub's example answer to a write."""
    path = DESCRIPTION["paths"][f"/orgs/{{org}}/copilot/billing/{key}"][method.lower()]
    status = 201 if method == "POST" else 200
    content = path["responses"][str(status)]["content"]["application/json"]
    return Said(status, content["examples"]["default"]["value"])


class Examples:
    """Answers every operation with GitHub's example for it."""

    def __init__(self) -> None:
        self.writes: list[tuple[str, str, list[str]]] = []

    def __call__(self, asked: Asked) -> Said:
        if asked.token != TOKEN:
            return Said(401, {"message": "Bad credentials"})
        root, org, *rest = asked.parts
        if root != "orgs" or org.lower() != "github":
            return Said(404, {"message": "Not Found"})
        if asked.method != "GET":
            key = rest[-1]
            name = "selected_usernames" if key == "selected_users" else key
            self.writes.append((asked.method, key, asked.body[name]))
            return written(asked.method, key)
        return self._read(tuple(rest))

    def _read(self, rest: tuple[str, ...]) -> Said:
        match rest:
            case ():
                return Said(body=EXAMPLES["team-full"]["organization"])
            case ("copilot", "billing"):
                return Said(body=EXAMPLES["copilot-organization-details"])
            case ("copilot", "billing", "seats"):
                return Said(body=SEATS)
            case ("members", "octocat", "copilot"):
                return Said(body=EXAMPLES["copilot-seat-detail-active"])
            case ("members",):
                return Said(body=EXAMPLES["simple-user-items"])
            case ("teams",):
                return Said(body=EXAMPLES["team-items"])
            case ("teams", "justice-league", "members"):
                return Said(body=EXAMPLES["team-member-items"])
        return Said(404, {"message": "Not Found"})


@pytest.fixture
def github(cli: Cli) -> Iterator[Examples]:
    """GitHub as its documentation shows it, a week after the examples' last activity."""
    examples = Examples()
    with answering(examples, lambda: datetime(2021, 10, 20, 12, tzinfo=UTC)) as url:
        cli.environment["GITHUB_API_URL"] = url
        yield examples


def test_the_examples_are_what_this_test_takes_them_for() -> None:
    first, second = SEATS["seats"]
    assert first["assignee"]["id"] == second["assignee"]["id"] == 1
    assert "assigning_team" not in second
    assert "plan_type" not in second
    assert second["pending_cancellation_date"] == "2021-11-01"


def test_init_writes_a_file_that_changes_nothing(cli: Cli, github: Examples) -> None:
    cli("init", "--org", "GitHub", code=0)
    assert cli("validate", code=0).out == "1 file: 0 errors\n"
    text = cli.read("seats.yml")
    assert "org: github\n" in text
    assert "teams:\n    - justice-league\n" in text
    assert "users: []" in text
    plan = cli("plan", "--format", "json", "--detailed-exitcode", "--out", "p.json", code=0).json
    schema("plan").validate(plan)
    ours = plan["copilot_seats"]
    assert (plan["resource_changes"], ours["withheld"]) == ([], [])
    assert ours["org"]["id"] == 1
    assert ours["observed"] == {
        "newest_activity_at": "2021-10-14T06:53:32Z",
        "pending_cancellation": 0,
        "seats": 1,
        "sha256": ours["observed"]["sha256"],
    }
    assert {one["status"] for one in plan["checks"]} == {"pass"}
    assert cli("drift", code=0)
    assert cli("apply", "p.json", code=0)
    assert cli("apply", "--auto-approve", code=0)
    assert github.writes == []


MOVED = "version: 1\norg: github\nseats: {users: [octocat]}\n"


def test_from_a_team_to_a_seat_of_ones_own(cli: Cli, github: Examples) -> None:
    cli.write("seats.yml", MOVED)
    assert cli("validate", code=0)
    cli("ledger", "init", code=0)
    plan = cli("plan", "--format", "json", "--out", "plan.json", code=0).json
    schema("plan").validate(plan)
    assert changes_of(plan) == {
        "octocat": "create declared",
        "team justice-league": "delete undeclared",
    }
    create, delete = plan["resource_changes"]
    assert create["change"]["after"]["user_id"] == 1
    assert delete["change"]["before"] == {
        "slug": "justice-league",
        "team_id": 1,
        "user_ids": [],
    }
    ran = cli("apply", "plan.json", "--pace", 0, "--wait", 0, "--format", "json", code=5)
    schema("report").validate(ran.json)
    # Examples don't change: the seat is there as it was, and so is the team.
    assert outcomes_of(ran.json) == {"octocat": "done", "team justice-league": "unconfirmed"}
    assert github.writes == [
        ("POST", "selected_users", ["octocat"]),
        ("DELETE", "selected_teams", ["justice-league"]),
    ]
    cli("ledger", "verify", code=0)
    again = cli("plan", "--format", "json", code=0).json
    assert changes_of(again) == {}
    told = again["copilot_seats"]["notices"]
    assert {one["kind"] for one in told} == {"in_flight"}
    assert {one.get("subject", one.get("user")) for one in told} == {"justice-league", "octocat"}


def test_everything_else_reads_them_too(cli: Cli, github: Examples) -> None:
    cli("init", "--org", "github", code=0)
    cli("snapshot", "-o", "snap.json", code=0)
    schema("snapshot").validate(cli.load("snap.json"))
    online = cli("plan", "--format", "json", code=0).out
    assert cli("plan", "--live", "snap.json", "--format", "json", code=0).out == online
    idle = "inactivity: {policy: standard}\nguards: {max_activity_age: 50d}\n"
    cli.write("seats.yml", cli.read("seats.yml") + idle)
    late = cli("plan", "--now", "2021-12-25", "--format", "json", code=0).json
    assert [one["name"] for one in late["checks"] if one["status"] != "pass"] == ["evidence"]
    found = cli("plan", "--now", "2021-11-18", "--format", "json", code=0).json
    assert {one["status"] for one in found["checks"]} == {"pass"}
    for plan in (late, found):
        assert changes_of(plan) == {}


def test_nobody_loses_the_last_seat(cli: Cli, github: Examples) -> None:
    cli.write("seats.yml", "version: 1\norg: github\nseats: {users: []}\n")
    cli("ledger", "init", code=0)
    plan = cli("plan", "--format", "json", code=3).json
    assert [(one["guard"], one["address"]) for one in plan["copilot_seats"]["withheld"]] == [
        ("empty", "copilot_seat_team.justice-league")
    ]
    assert cli("apply", "--auto-approve", code=3)
    assert github.writes == []
