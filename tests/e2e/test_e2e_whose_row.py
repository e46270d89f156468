"""Rows that are not this organisation's, or that nobody understands, from GitHub to the ledger."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from e2e_support import Cli, Serve, changes_of, crowd, holders, number_of, row, schema, snapshot

PLATFORM = {"platform": ["ann", "ben"]}
ENTERPRISE = [
    {"organization_selection_type": "all"},
    {"group_id": None},
    {"type": "enterprise"},
    {"enterprise_id": 5},
    {"enterprise_id": 5, "organization_id": None},
    {"url": "https://api.github.com/enterprises/big/teams/staff"},
    {"html_url": "https://github.com/enterprises/big/teams/staff"},
]
BROKEN: list[Any] = [
    row("pat") | {"created_at": None},
    row("pat") | {"created_at": "someday"},
    row("pat") | {"last_activity_at": 17},
    row("pat") | {"assignee": {"login": "pat"}, "created_at": None},
    row("pat") | {"assignee": {"login": "pat", "id": -5}},
    row("pat") | {"assignee": {"login": "pat", "id": 10**19}},
    row("pat") | {"assigning_team": {"id": -5, "slug": "platform"}},
    row("pat") | {"organization": "acme"},
]


def organisation(*rows: Any) -> dict[str, Any]:
    """Return acme with a team, two people whom no line claims, and *rows* besides."""
    team = [row("ann", "platform"), row("ben", "platform")]
    found = snapshot([*team, *crowd(2, "gone")], PLATFORM, members=["newbie", "pat", "stray"])
    found["seats"] += rows
    return found


def written(cli: Cli, *users: str) -> None:
    listed = ", ".join(users)
    cli.write(
        "seats.yml",
        f"version: 1\norg: acme\nseats: {{teams: [platform], users: [{listed}]}}\n"
        "guards: {max_cancellations_per_cycle: 100%}\n",
    )


def planned(cli: Cli, data: dict[str, Any], code: int = 0) -> Any:
    """Plan on a snapshot; the sandbox, serving it, must lead to the same changes."""
    cli.write("snap.json", json.dumps(data))
    arguments = ("plan", "seats.yml", "--no-state", "--format", "json")
    offline = cli(*arguments, "--live", "snap.json", code=code).json
    online = cli(*arguments, code=code).json
    schema("plan").validate(online)
    for key in ("resource_changes", "applyable", "complete"):
        assert offline[key] == online[key]
    return online


def unmanageable(plan: Any) -> set[str]:
    notices = plan["copilot_seats"]["notices"]
    return {one.get("user") or one["subject"] for one in notices if one["kind"] == "unmanageable"}


@pytest.mark.parametrize("signs", ENTERPRISE)
@pytest.mark.parametrize("listed", [True, False])
def test_an_enterprise_team_is_known_by_any_sign(
    cli: Cli, served: Serve, signs: dict[str, object], listed: bool
) -> None:
    team = {"id": 900, "slug": "staff", "name": "Staff", **signs}
    data = organisation(row("stray") | {"assigning_team": team})
    if listed:
        data["teams"].append({**team, "members": ["stray"]})
    world = served(data)
    written(cli, "newbie")
    plan = planned(cli, data)
    deletes = {f"gone-{number:03}": "delete undeclared" for number in range(2)}
    assert changes_of(plan) == {"newbie": "create declared", **deletes}
    assert unmanageable(plan) == {"stray"}
    cli("ledger", "init", "seats.yml", code=0)
    cli("apply", "seats.yml", "--auto-approve", "--pace", 0, "--wait", 0, code=0)
    assert "newbie" in holders(world)
    assert not {one for one in holders(world).values() if one.startswith("pending platform")}


@pytest.mark.parametrize(
    "team",
    [{"id": 77}, {"id": 77, "slug": "platform"}, {"slug": "elsewhere"}, {"id": 77, "slug": "x"}],
)
def test_a_team_that_the_list_does_not_have_is_left_alone(
    cli: Cli, served: Serve, team: dict[str, object]
) -> None:
    data = organisation(row("stray") | {"assigning_team": team})
    served(data)
    written(cli)
    plan = planned(cli, data)
    assert set(changes_of(plan)) == {"gone-000", "gone-001"}
    assert "stray" in unmanageable(plan)
    told = cli("explain", "seats.yml", "stray", "--no-state", code=0).out
    assert "through unlisted team" in told


def test_another_organisations_row_is_no_seat_of_ours(cli: Cli, served: Serve) -> None:
    data = organisation(row("stray") | {"organization": {"id": 5, "login": "other"}})
    world = served(data)
    written(cli, "stray")
    plan = planned(cli, data)
    assert set(changes_of(plan)) == {"gone-000", "gone-001"}
    assert unmanageable(plan) == {"stray"}
    assert plan["copilot_seats"]["observed"]["seats"] == 4
    assert "another organisation" in cli("explain", "seats.yml", "stray", "--no-state", code=0).out
    cli("ledger", "init", "seats.yml", code=0)
    cli("apply", "seats.yml", "--auto-approve", "--pace", 0, "--wait", 0, code=0)
    assert holders(world)["gone-000"] == "pending direct"
    live = [one for one in cli.ledger() if one["event"] == "observed"][-1]
    assert number_of("stray") not in live.get("live_users", ())


@pytest.mark.parametrize("broken", BROKEN)
def test_one_row_that_is_not_understood_leaves_the_rest(
    cli: Cli, served: Serve, broken: Any
) -> None:
    data = organisation(broken)
    world = served(data)
    written(cli, "newbie", "pat")
    plan = planned(cli, data, code=3)
    assert changes_of(plan) == {"newbie": "create declared"}
    withheld = {one["address"]: one["guard"] for one in plan["copilot_seats"]["withheld"]}
    assert withheld == {f"copilot_seat_user.gone-00{one}": "row_count" for one in range(2)}
    assert unmanageable(plan) == {"pat"}
    assert "not understood" in cli("explain", "seats.yml", "pat", "--no-state", code=0).out
    cli("ledger", "init", "seats.yml", code=0)
    cli("apply", "seats.yml", "--auto-approve", "--pace", 0, "--wait", 0, code=3)
    assert holders(world)["newbie"] == "direct"
    assert "pending direct" not in holders(world).values()
    cli("drift", "seats.yml", code=3)
    cli("ledger", "verify", "seats.yml", code=0)
    ledger = cli.read(".copilot-seats/acme.jsonl")
    assert "-5" not in re.findall(r"[:,\[](-?\d+)", ledger)
    assert str(10**19) not in ledger


@pytest.mark.parametrize("broken", [7, {}, row(None) | {"created_at": "someday"}])
def test_while_nobody_knows_whose_row_it_is_nobody_is_given_a_first_seat(
    cli: Cli, served: Serve, broken: Any
) -> None:
    data = organisation(broken)
    served(data)
    written(cli, "newbie")
    plan = planned(cli, data, code=3)
    assert changes_of(plan) == {}
    withheld = {one["address"] for one in plan["copilot_seats"]["withheld"]}
    assert withheld == {
        "copilot_seat_user.gone-000",
        "copilot_seat_user.gone-001",
        "copilot_seat_user.newbie",
    }
    cli("plan", "seats.yml", "--no-state", "--redact", code=3)


def test_init_says_what_a_file_cannot_express(cli: Cli, served: Serve) -> None:
    served(
        organisation(
            row("stray") | {"assigning_team": {"id": 77, "slug": "x"}},
            row("otto") | {"organization": {"id": 5}},
            row("pat") | {"created_at": "someday"},
        )
    )
    cli("init", "--org", "acme", code=0)
    plan = cli("plan", "--format", "json", "--detailed-exitcode", code=0).json
    assert (plan["resource_changes"], plan["copilot_seats"]["withheld"]) == ([], [])
    text = cli.read("seats.yml")
    assert "teams:\n    - platform\n" in text
    assert "teams that the organisation does not list (x)" in text
    assert "another organisation" in text
    assert "1 row not understood" in text


@pytest.mark.parametrize("anonymize", [False, True])
def test_a_snapshot_carries_such_rows(cli: Cli, served: Serve, anonymize: bool) -> None:
    served(
        organisation(
            row("stray") | {"assigning_team": {"id": 77}},
            row("sam") | {"assigning_team": {"slug": "nowhere"}},
            row("otto") | {"organization": {"id": 5}},
            row("pat") | {"created_at": "someday"},
            {"assignee": 7},
        )
    )
    written(cli, "newbie", "pat", "otto")
    live = cli("plan", "seats.yml", "--no-state", "--format", "json", code=3).json
    more = ("--anonymize", "--with-file", "twin.yml") if anonymize else ()
    cli("snapshot", "seats.yml", "--no-state", "-o", "snap.json", *more, code=0)
    schema("snapshot").validate(cli.load("snap.json"))
    file = "twin.yml" if anonymize else "seats.yml"
    kept = cli("plan", file, "--no-state", "--live", "snap.json", "--format", "json", code=3).json
    counts = [
        (one["copilot_seats"]["summary"], len(one["copilot_seats"]["withheld"]))
        for one in (live, kept)
    ]
    assert counts[0] == counts[1]
    if anonymize:
        text = cli.read("snap.json") + cli.read("twin.yml")
        assert not [name for name in ("stray", "otto", "nowhere", "someday") if name in text]
    else:
        assert kept == live
