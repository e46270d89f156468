"""What a test file says of a seat reaches the planner, and what that decides is held against it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from policytest_support import NOW, command, judged, only, told, write

from reconciler.config import policytests
from reconciler.policytest import Result, run


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("seat", "verdict"),
    [
        ("active: -30d", "active"),
        ("active: -30d1s", "warned"),
        ("active: -60d, warned: -30d", "warned"),
        ("active: -60d1s, warned: -30d", "idle"),
        ("active: -60d1s, warned: -29d23h59m59s", "warned"),
        ("active: -61d, warned: -62d", "warned"),
        ("active: -720h", "active"),
        ("active: -4w2d", "active"),
        ("active: -4w2d1s", "warned"),
        ("active: 2026-10-23T08:00:00Z", "active"),
        ("active: 2026-10-23T09:59:59+02:00", "warned"),
        ("active: 2026-10-23T08:00", "active"),
        ("active: 2026-10-23", "warned"),
        ("given: -30d", "active"),
        ("given: -30d1s", "unused"),
        ("given: -30d1s, active: never", "unused"),
        ("given: -30d1s, signed_in: -1d", "unknown"),
        ("given: -90d1s", "warned"),
        ("active: never", "warned"),
        ("active: -80d, given: -29d", "active"),
        ("active: -80d, renewed: -29d", "active"),
        ("active: -80d, reinstated: -29d", "active"),
        ("active: -80d, reinstated: 2026-11-20", "active"),
        ("active: -80d, exempt: on leave", "exempt"),
        ("active: -80d, exempt: {until: +0d}", "exempt"),
        ("active: -80d, exempt: {until: -1d, reason: leave}", "active"),
        ("active: -80d, warned: -40d, through: platform", "idle"),
    ],
)
def test_a_seat_is_judged_as_it_is_told(seat: str, verdict: str) -> None:
    result = only(f"user: mona, {seat}, expect: {verdict}")

    assert result.found.verdict == verdict
    assert result.passed
    assert not only(f"user: mona, {seat}, expect: ungoverned").passed


@pytest.mark.parametrize(
    ("seat", "decided"),
    [
        ("active: -1d", "no-op held"),
        ("active: -80d, warned: -40d", "delete idle"),
        ("given: -31d", "delete unused"),
        ("active: -80d, warned: -40d, through: platform", "no-op held_by_team"),
        ('active: -1d, through: "ent:all"', "no-op unmanageable"),
        ("active: -1d, pending: next-cycle", "create renew"),
        ("active: -80d, warned: -40d, pending: +9d", "no-op on_hold"),
        ("active: -80d, held: -10d, pending: 2026-12-01", "no-op on_hold"),
        ("active: -2d, held: -10d, pending: next-cycle", "create returned"),
        ("held: -10d, seat: none", "no-op on_hold"),
        ("seat: none", "create declared"),
    ],
)
def test_what_is_done_to_a_seat_is_decided_as_in_a_plan(seat: str, decided: str) -> None:
    action, reason = decided.split()
    result = only(f"user: mona, {seat}, expect: {{action: {action}, reason: {reason}}}")

    assert (result.found.action, result.found.reason) == (action, reason)
    assert result.passed
    assert only(f"user: mona, {seat}, expect: {{action: create, reason: idle}}").wrong


def test_a_word_is_a_verdict_before_it_is_a_reason() -> None:
    through = "user: mona, active: -80d, warned: -40d, through: platform"

    assert only(f"{through}, expect: idle").passed  # the reason is `held_by_team`
    assert only(f"{through}, expect: held_by_team").passed
    assert only(f"{through}, expect: {{reason: idle}}").wrong == ("reason",)


SCOPED = """\
rules:
  - {name: watch, idle: {warn: 5d, cancel: 10d}, mode: observe}
  - {name: Contractors, teams: [contractors], users: [zoe], idle: {cancel: 14d}}
"""


def test_scopes_are_teams_and_users_in_any_case() -> None:
    found = judged(
        "user: ann, teams: [CONTRACTORS], active: -20d, expect: {verdict: idle, rule: contractors}",
        "user: Zoe, active: -20d, expect: {verdict: idle, rule: Contractors}",
        "user: tom, teams: [others], active: -20d, expect: observed",
        policy=SCOPED,
    )

    assert [one.wrong for one in found.results] == [(), (), ()]


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ("{verdict: warned, action: no-op, reason: held, rule: everyone}", ()),
        ("{due: +20d, says: to be taken back after 2026-12-12}", ()),
        ("{due: 2026-12-12, observed: []}", ()),
        ("{verdict: active, action: delete, reason: idle}", ("verdict", "action", "reason")),
        ("{due: +19d, says: nonsense, observed: [watch]}", ("due", "observed", "says")),
    ],
)
def test_everything_that_is_written_must_hold(asked: str, wrong: tuple[str, ...]) -> None:
    policy = (
        "rules:\n"
        "  - {name: watch, teams: [none], idle: {cancel: 9d}, mode: observe}\n"
        "  - {name: everyone, idle: {warn: 30d, cancel: 60d}}\n"
    )
    result = only(f"user: mona, active: -70d, warned: -10d, expect: {asked}", policy=policy)

    assert result.wrong == wrong


def test_observed_rules_are_all_that_would_take_the_seat() -> None:
    result = only("user: mona, active: -11d, expect: {observed: [watch]}", policy=SCOPED)

    assert result.passed
    assert only("user: mona, active: -11d, expect: {observed: []}", policy=SCOPED).wrong == (
        "observed",
    )


# --- what nobody expects -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seat",
    [
        "active: -61d, warned: -31d",
        "given: -31d",
        "active: -61d, warned: -31d, through: platform",  # a rule would, and the team keeps it
        "active: -1d, pending: next-cycle",
    ],
)
def test_a_change_that_nobody_expects_is_a_failure(seat: str) -> None:
    (result,) = judged(f"user: mona, {seat}").results

    assert result.expected is None
    assert result.wrong == ("unexpected",)


def test_a_seat_that_stays_as_it_is_needs_no_expectation() -> None:
    found = judged("user: mona, active: -1d", "user: lisa, active: -40d", "user: eve, given: -3d")

    assert found.results == ()


# --- files ---------------------------------------------------------------------------------------

SEATS = """\
version: 1
org: acme
seats:
  teams:
    - platform
    - {team: data, assign: members, except: [bot], until: 2026-12-31}
  users:
    - {user: Hubot, id: 1, until: 2026-12-31}
    - {user: robot, from: 2027-01-01}
inactivity:
  policy: standard
  rules:
    - {name: contractors, teams: [contractors], idle: {cancel: 14d}}
exempt:
  - {team: on-call, reason: rarely}
reinstate:
  - {user: octocat, on: 2026-11-20}
"""


def results(*seats: str, now: str = NOW) -> list[Result]:
    Path("seats.yml").write_text(SEATS, encoding="utf-8")
    path = write(*seats, head=f"file: seats.yml\nnow: {now}\n")
    return list(run([policytests.load(path)]).results)


@pytest.mark.parametrize(
    ("seat", "decided"),
    [
        ("user: hubot, active: -61d, warned: -31d", "idle delete idle"),
        ("user: mona, seat: none, teams: [data]", "ungoverned create declared"),
        ("user: mona, seat: none, teams: [platform]", "ungoverned create declared"),
        ("user: mona, seat: none", "ungoverned no-op kept"),
        ("user: bot, seat: none, teams: [data]", "ungoverned no-op kept"),
        ("user: robot, seat: none", "ungoverned no-op kept"),
        ("user: mona, active: -1d", "active delete undeclared"),
        ("user: mona, active: -1d, through: old", "active delete undeclared"),
        ("user: mona, active: -1d, through: data", "active create declared"),
        ("user: mona, active: -1d, through: platform", "active no-op held_by_team"),
        ("user: mona, active: -1d, teams: [platform]", "active no-op redundant"),
        ("user: mona, active: -15d, teams: [data, contractors]", "idle delete idle"),
        ("user: mona, active: -80d, teams: [data, on-call]", "exempt no-op held"),
        ("user: octocat, active: -80d, teams: [data]", "active no-op held"),
        ("user: mona, held: -9d, seat: none, teams: [data]", "ungoverned no-op on_hold"),
    ],
)
def test_a_whole_seats_file_is_planned(seat: str, decided: str) -> None:
    verdict, action, reason = decided.split()
    asked = f"{{verdict: {verdict}, action: {action}, reason: {reason}}}"
    (result,) = results(f"{seat}, expect: {asked}")

    assert result.wrong == ()


def test_a_test_may_stand_at_another_moment() -> None:
    seat = "user: hubot, active: -1d, expect: expired"

    assert [one.wrong for one in results(seat)] == [("reason",)]
    assert [one.wrong for one in results(seat, now="2027-01-01")] == [()]


def test_the_edges_of_a_seats_file_are_those_of_its_own_rules() -> None:
    """The shipped policy that it names has tests of its own."""
    Path("seats.yml").write_text(SEATS, encoding="utf-8")
    path = write("user: hubot, active: -1d, expect: active", head=f"file: seats.yml\nnow: {NOW}\n")
    found = run([policytests.load(path)])

    assert [(gap.rule.name, gap.kind) for gap in found.gaps] == [("contractors", "idle.cancel")]


def test_the_words_tell_the_decision_and_the_judgement() -> None:
    (result,) = results("user: mona, active: -61d, through: old, expect: idle")

    assert result.found.text == (
        "seated through old, which goes; team old: claimed by no line; 1 person loses a seat; "
        "idle for 61 days (last active 2026-09-22)"
    )
    assert result.found.due == date(2026, 12, 22)


def test_signing_in_may_count() -> None:
    seat = "user: mona, active: -61d, signed_in: -3d, warned: -31d"

    assert only(f"{seat}, expect: idle").passed
    assert only(f"{seat}, expect: active", more="authentication_counts: true\n").passed


def test_a_file_without_rules_governs_nobody() -> None:
    Path("seats.yml").write_text("version: 1\norg: acme\nseats: {undeclared: keep}\n")
    path = write(
        "user: mona, active: -1d, expect: ungoverned", head="file: seats.yml\nnow: 2026-11-22\n"
    )

    assert told(path) == []
    assert [one.passed for one in run([policytests.load(path)]).results] == [True]


def test_it_says_what_plan_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same people as an organisation of GitHub's, planned by the command itself."""
    people = {
        "busy": "-1d",
        "at-30": "-30d",
        "past-30": "-30d1m",
        "unused": "never",
        "stray": "-80d",
    }
    claimed = [login for login in people if login != "stray"]
    Path("seats.yml").write_text(
        f"version: 1\norg: acme\nseats: {{users: [{', '.join(claimed)}]}}\n"
        "inactivity: {policy: prompt}\nguards: {max_cancellations_per_cycle: 9}\n"
    )
    accounts = {login: {"login": login, "id": number} for number, login in enumerate(people, 1)}
    given = {login: "-40d" if login == "unused" else "-200d" for login in people}
    snapshot = {
        "format_version": "1.0",
        "taken_at": NOW,
        "organization": {"login": "acme", "id": 9919},
        "billing": {"seat_management_setting": "assign_selected"},
        "seats": [
            {
                "assignee": accounts[login],
                "created_at": given[login],
                "last_activity_at": SNAPSHOT.get(active, active),
            }
            for login, active in people.items()
        ],
        "teams": [],
        "members": list(accounts.values()),
    }
    Path("snapshot.json").write_text(json.dumps(snapshot))
    assert command("plan", "--live", "snapshot.json", "--no-state", "--out", "plan.json").code == 3
    plan = json.loads(Path("plan.json").read_text())
    planned = {one["name"]: one["action_reason"] for one in plan["resource_changes"]}
    planned |= {
        one["address"].partition(".")[2]: one["action_reason"]
        for one in plan["copilot_seats"]["withheld"]
    }
    assert planned == {"past-30": "idle", "unused": "unused", "stray": "undeclared"}

    lines = [f"user: {one}, given: {given[one]}, active: {people[one]}" for one in people]
    path = write(*lines, head=f"file: seats.yml\nnow: {NOW}\n")
    found = {one.login: one.found.reason for one in run([policytests.load(path)]).results}
    assert found == planned


SNAPSHOT = {"never": None, "-30d1m": "-43201m"}
"""Times of a test as a snapshot writes them."""
