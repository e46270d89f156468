"""The main job against a second stand-in, in case the first one's habits have become ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from e2e_loopback import answering
from e2e_support import Cli, Json, changes_of, outcomes_of, schema
from e2e_tiny import Tiny

FILE = """\
version: 1
org: TINY-org
seats:
  assign: team
  teams:
    - PLATFORM
    - {team: data-Science, assign: members, except: [DS-000]}
  users:
    - Release-Bot
    - user: newcomer
    - renewed
inactivity:
  rules:
    - {name: everyone, idle: {warn: 20d, cancel: 45d}, unused: {cancel: 30d}}
guards:
  max_cancellations_per_cycle: 30%
  max_creations_per_cycle: 120
"""


@pytest.fixture
def tiny(cli: Cli) -> Iterator[Tiny]:
    """An organisation of 431 seats on five pages, with the file above and a ledger."""
    tiny = Tiny()
    platform = [tiny.person(f"plat-{n:03}", "platform") for n in range(240)]
    science = [tiny.person(f"ds-{n:03}", "direct") for n in range(100)]
    joining = [tiny.person(f"ds-new-{n:03}") for n in range(70)]
    tiny.team("platform", platform)
    tiny.team("data-science", science + joining)
    tiny.team("legacy", [tiny.person(f"old-{n}", "legacy") for n in range(30)])
    tiny.team("nobody", [])
    for number in range(57):
        tiny.person(f"stray-{number}", "direct")
    for number in range(2):
        tiny.person(f"leaving-{number}", pending="direct")
    tiny.person("release-bot", "direct")
    tiny.person("renewed", pending="direct")
    tiny.person("newcomer")
    tiny.person("guest", member=False)
    science[5].active_days_ago = 30
    science[6].active_days_ago, science[6].given_days_ago = None, 40
    with answering(tiny, lambda: tiny.now) as url:
        cli.environment["GITHUB_API_URL"] = f"{url}/"
        cli.write("seats.yml", FILE)
        yield tiny


JOINING = {f"ds-new-{number:03}": "create declared" for number in range(70)}
STRAY = {f"STRAY-{number}": "delete undeclared" for number in range(57)}


def lowered(found: dict[str, str]) -> dict[str, str]:
    return {name.lower(): what for name, what in found.items()}


def expected() -> dict[str, str]:
    return lowered(
        {
            **JOINING,
            **STRAY,
            "newcomer": "create declared",
            "renewed": "create renew",
            "team legacy": "delete undeclared",
            "ds-000": "delete undeclared",
            "ds-006": "delete unused",
        }
    )


def test_plan_apply_and_drift(cli: Cli, tiny: Tiny) -> None:
    cli("validate", code=0)
    cli("ledger", "init", code=0)
    plan = cli("plan", "--format", "json", "--out", "plan.json", code=0).json
    schema("plan").validate(plan)
    assert lowered(changes_of(plan)) == expected()
    assert plan["copilot_seats"]["observed"]["seats"] == 431
    assert plan["copilot_seats"]["observed"]["pending_cancellation"] == 3
    assert plan["copilot_seats"]["org"]["login"] == "Tiny-Org"
    warned = [
        one["user"].lower() for one in plan["copilot_seats"]["notices"] if one["kind"] == "warn"
    ]
    assert warned == ["ds-005"]
    report = applied(cli)
    assert lowered(outcomes_of(report)) == dict.fromkeys(expected(), "done")
    assert tiny.live == {
        *(f"plat-{n:03}" for n in range(240)),
        *(f"ds-{n:03}" for n in range(100) if n not in (0, 6)),
        *(f"ds-new-{n:03}" for n in range(70)),
        "release-bot",
        "newcomer",
        "renewed",
    }
    assert max(len(names) for _, _, names in tiny.requests) == 50
    kinds = [(method, to) for method, to, _ in tiny.requests]
    assert (
        kinds
        == [("POST", "selected_users")] * 2
        + [("DELETE", "selected_teams")]
        + [("DELETE", "selected_users")] * 2
    )
    assert "No changes" in cli("plan", "--detailed-exitcode", code=0).out
    cli("drift", code=0)


def applied(cli: Cli, code: int = 0) -> Json:
    ran = cli("apply", "plan.json", "--pace", 0, "--wait", 0, "--format", "json", code=code)
    report: Json = ran.json
    schema("report").validate(report)
    return report


def test_the_nights_after(cli: Cli, tiny: Tiny) -> None:
    cli("ledger", "init", code=0)
    cli("plan", "--out", "plan.json", code=0)
    applied(cli)
    science = tiny.who("ds-005")
    assert science is not None

    def nights(count: int) -> None:
        tiny.now += timedelta(days=count)
        science.active_days_ago = (science.active_days_ago or 0) + count

    for _ in range(6):
        nights(4)
        cli("drift", code=0)
    nights(1)
    ran = cli("drift", "--format", "json", code=2)
    assert lowered(changes_of(ran.json)) == {"ds-005": "delete idle"}
    cli("apply", "--only", "idle", "--auto-approve", "--pace", 0, code=0)
    assert tiny.holders["ds-005"] == "pending direct"
    # The cycle ends: seats that were pending are gone, and nobody comes back by themselves.
    for someone in tiny.people:
        someone.holds = {source: live for source, live in someone.holds.items() if live}
    tiny.now += timedelta(days=1)
    assert cli("drift", code=0)
    assert "ds-005" not in tiny.live


def test_a_refused_item_stands_alone(cli: Cli, tiny: Tiny) -> None:
    cli("ledger", "init", code=0)
    cli("plan", "--out", "plan.json", code=0)
    tiny.refuses = {"ds-new-007", "ds-new-055", "stray-31"}
    report = applied(cli, code=5)
    results = lowered(outcomes_of(report))
    failed = {name for name, result in results.items() if result == "failed"}
    assert failed == {"ds-new-007", "ds-new-055", "stray-31"}
    assert report["counts"]["failed"] == 3
    assert report["counts"]["done"] == len(expected()) - 3
    texts = [one["text"] for one in report["outcomes"] if one["result"] == "failed"]
    assert all("Cannot do that for" in text for text in texts)
    assert "stray-31" in tiny.live
    # It is remembered, shown, and not tried again.
    requests = len(tiny.requests)
    ran = cli("drift", "--format", "json", code=3)
    withheld = {one["address"].lower() for one in ran.json["copilot_seats"]["withheld"]}
    assert withheld == {f"copilot_seat_user.{name}" for name in failed}
    assert {one["guard"] for one in ran.json["copilot_seats"]["withheld"]} == {"refused"}
    assert changes_of(ran.json) == {}
    cli("apply", "--auto-approve", code=3)
    assert len(tiny.requests) == requests
    # Another line that claims the person is a reason to try again, and nothing else is.
    tiny.refuses = set()
    cli.write("seats.yml", FILE.replace("- renewed", "- renewed\n    - ds-new-007"))
    ran = cli("plan", "--format", "json", "--out", "plan.json", code=3)
    assert lowered(changes_of(ran.json)) == {"ds-new-007": "create declared"}
    applied(cli, code=3)
    assert "ds-new-007" in tiny.live
    assert "ds-new-055" not in tiny.live


def test_a_team_that_is_refused_keeps_its_people(cli: Cli, tiny: Tiny) -> None:
    cli("ledger", "init", code=0)
    cli("plan", "--out", "plan.json", code=0)
    tiny.refuses = {"legacy"}
    report = applied(cli, code=5)
    assert outcomes_of(report)["team legacy"] == "failed"
    assert report["counts"]["done"] == len(expected()) - 1
    assert {f"old-{n}" for n in range(30)} <= tiny.live


def test_init_on_it(cli: Cli, tiny: Tiny) -> None:
    before = tiny.holders
    cli("init", "--org", "tiny-org", "-o", "new.yml", "--state", "new", code=0)
    cli("validate", "new.yml", code=0)
    cli("plan", "new.yml", "--state", "new", "--detailed-exitcode", code=0)
    cli("drift", "new.yml", "--state", "new", code=0)
    text = cli.read("new.yml")
    assert "left to end, so not listed: LEAVING-0, LEAVING-1, RENEWED" in text
    assert tiny.holders == before
    assert tiny.requests == []


def test_a_snapshot_of_it(cli: Cli, tiny: Tiny) -> None:
    cli("snapshot", "-o", "snap.json", "--no-state", code=0)
    schema("snapshot").validate(cli.load("snap.json"))
    online = cli("plan", "--no-state", "--format", "json", code=3).out
    assert (
        cli("plan", "--no-state", "--live", "snap.json", "--format", "json", code=3).out == online
    )


def test_a_login_and_a_team_that_do_not_exist(cli: Cli, tiny: Tiny) -> None:
    cli("ledger", "init", code=0)
    cli.write("seats.yml", FILE.replace("Release-Bot", "Nobody-Here"))
    plan = cli("plan", "--format", "json", code=3).json
    found = lowered(changes_of(plan))
    assert "delete undeclared" not in found.values()
    assert found["ds-006"] == "delete unused"
    cli.write("seats.yml", FILE.replace("PLATFORM", "plattform"))
    plan = cli("plan", "--format", "json", code=3).json
    assert not [one for one in changes_of(plan).values() if one.startswith("delete")]


def test_nobody_is_invited(cli: Cli, tiny: Tiny) -> None:
    cli("ledger", "init", code=0)
    cli.write("seats.yml", FILE.replace("newcomer", "GUEST"))
    plan = cli("plan", "--format", "json", code=0).json
    assert "guest" not in lowered(changes_of(plan))
    assert [
        one["user"] for one in plan["copilot_seats"]["notices"] if one["kind"] == "not_a_member"
    ] == ["guest"]
