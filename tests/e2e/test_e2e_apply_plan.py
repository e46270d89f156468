"""`apply PLAN.json`: a reviewed plan is a ceiling, for its own organisation, once, for a week."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from e2e_support import (
    Cli,
    Json,
    Serve,
    changes_of,
    crowd,
    holders,
    live,
    number_of,
    outcomes_of,
    row,
    schema,
    snapshot,
)

from reconciler.planfile.identity import id_of
from reconciler.sandbox import World

FILE = """\
version: 1
org: acme
seats:
  teams:
    - docs
    - team: data
      assign: members
  users: [mona, newcomer, back]
inactivity:
  rules:
    - {name: everyone, idle: {cancel: 30d}}
"""
PLANNED = {
    "ada": "create declared",
    "back": "create renew",
    "newcomer": "create declared",
    "team hackers": "delete undeclared",
    "sleepy": "delete idle",
    "stray": "delete undeclared",
}


def acme(**more: Any) -> Json:
    """Return an organisation for which FILE means PLANNED."""
    seats = [
        *(row(f"busy-{number}", "docs") for number in range(30)),
        row("mona"),
        row("stray"),
        row("sleepy", active="-45d"),
        row("back", pending="next-cycle"),
        row("hal", "hackers"),
        row("hedy", "hackers"),
    ]
    teams = {
        "docs": [f"busy-{number}" for number in range(30)],
        "data": ["ada", "sleepy"],
        "hackers": ["hal", "hedy"],
    }
    return snapshot(seats, teams, members=["newcomer", "late"], **more)


@pytest.fixture
def world(cli: Cli, served: Serve) -> World:
    """The organisation, served, with its file, its ledger and a plan in `plan.json`."""
    world = served(acme())
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    planned = cli("plan", "--out", "plan.json", "--format", "json", code=0)
    assert changes_of(planned.json) == PLANNED
    return world


def applied(cli: Cli, *options: object, code: int = 0) -> Json:
    """Apply `plan.json` at once; return the report, which must obey its schema and add up."""
    ran = cli("apply", "plan.json", "--pace", 0, "--wait", 0, "--format", "json", *options)
    assert ran.code == code, ran.text
    report: Json = ran.json
    schema("report").validate(report)
    assert report["exit_code"] == code
    planned = len(cli.load("plan.json")["resource_changes"])
    assert len(report["outcomes"]) == report["counts"]["planned"] == planned
    counts = {name: count for name, count in report["counts"].items() if name != "planned"}
    assert sum(counts.values()) == planned
    for name, count in counts.items():
        assert count == sum(one["result"] == name for one in report["outcomes"])
    return report


def refused(cli: Cli, world: World, *options: object, code: int = 4) -> str:
    """Apply `plan.json`, which must be refused, and have changed nothing."""
    seats, files = holders(world), {name: cli.read(name) for name in cli.files()}
    ran = cli("apply", "plan.json", "--pace", 0, *options, code=code)
    assert ran.out == ""
    assert holders(world) == seats
    assert {name: cli.read(name) for name in files} == files
    return ran.err


def altered(cli: Cli, change: Callable[[Json], object]) -> None:
    plan = cli.load("plan.json")
    change(plan)
    cli.write("plan.json", json.dumps(plan))


# --- all of it ----------------------------------------------------------------------------------


def test_a_plan_is_carried_out_and_leaves_nothing_to_plan(cli: Cli, world: World) -> None:
    report = applied(cli)
    assert set(outcomes_of(report).values()) == {"done"}
    assert list(outcomes_of(report)) == list(PLANNED)
    seats = holders(world)
    assert {name: seats[name] for name in ("ada", "back", "mona", "newcomer")} == dict.fromkeys(
        ("ada", "back", "mona", "newcomer"), "direct"
    )
    assert seats["sleepy"] == seats["stray"] == "pending direct"
    assert seats["hal"] == seats["hedy"] == "pending hackers"
    assert cli("plan", "--detailed-exitcode", code=0)
    assert cli("drift", code=0)
    assert cli("ledger", "verify", code=0)


def test_the_report_for_people(cli: Cli, world: World) -> None:
    ran = cli("apply", "plan.json", "--pace", 0, "--summary", "s.md", "--report", "r.json", code=0)
    assert "Done: 6 changes" in ran.out
    assert "| " in cli.read("s.md")
    assert "sleepy" in cli.read("s.md")
    report = cli.load("r.json")
    schema("report").validate(report)
    assert report["counts"]["done"] == 6
    assert report["ledger_head"] == cli("ledger", "show", code=0).out.split()[-1]


def test_creates_come_before_deletes(cli: Cli, world: World) -> None:
    applied(cli)
    sent = [one["targets"] for one in cli.ledger() if one["event"] == "intent"]
    order = [(one["type"], one["action"]) for targets in sent for one in targets]
    users, teams = "copilot_seat_user", "copilot_seat_team"
    assert order == [(users, "create")] * 3 + [(teams, "delete")] + [(users, "delete")] * 2


def test_as_a_process_of_its_own(cli: Cli, world: World) -> None:
    ran = cli.process("apply", "plan.json", "--pace", 0, code=0)
    assert "Done: 6 changes" in ran.out
    assert ran.err == ""
    assert "stray" not in live(world)


# --- a ceiling ----------------------------------------------------------------------------------


def test_someone_who_came_back_is_left_alone(cli: Cli, world: World) -> None:
    world.set_activity("sleepy", world.now)
    report = applied(cli)
    assert outcomes_of(report)["sleepy"] == "skipped"
    text = next(one["text"] for one in report["outcomes"] if one["name"] == "sleepy")
    assert text.startswith("not any more: held")
    assert holders(world)["sleepy"] == "direct"
    assert report["counts"]["done"] == 5


def test_a_team_that_grew_is_left_alone(cli: Cli, world: World) -> None:
    world.join_team("late", "hackers")
    report = applied(cli)
    assert outcomes_of(report)["team hackers"] == "skipped"
    text = next(one["text"] for one in report["outcomes"] if one["name"] == "hackers")
    assert "1 person not in the reviewed plan" in text
    assert {"hal", "hedy", "late"} <= live(world)
    assert changes_of(cli("plan", "--format", "json", code=0).json) == {
        "team hackers": "delete undeclared"
    }


def test_a_team_that_shrank_goes(cli: Cli, world: World) -> None:
    world.leave_team("hal", "hackers")
    assert outcomes_of(applied(cli))["team hackers"] == "done"
    assert holders(world)["hedy"] == "pending hackers"


def test_a_team_to_create_may_have_grown(cli: Cli, served: Serve) -> None:
    world = served(snapshot(crowd(9), {"docs": ["dora"]}, members=["late"]))
    cli.write("seats.yml", "version: 1\norg: acme\nseats: {teams: [docs], undeclared: keep}\n")
    cli("ledger", "init", code=0)
    cli("plan", "--out", "plan.json", code=0)
    world.join_team("late", "docs")
    assert outcomes_of(applied(cli)) == {"team docs": "done"}
    assert holders(world)["dora"] == holders(world)["late"] == "docs"


def test_what_became_due_since_is_not_done(cli: Cli, world: World) -> None:
    world.grant_user("late")
    world.set_activity("mona", world.now - timedelta(days=60))
    report = applied(cli)
    assert set(outcomes_of(report).values()) == {"done"}
    assert {"late", "mona"} <= live(world)
    cli.write("seats.yml", FILE + "guards: {max_cancellations_per_cycle: 50%}\n")
    assert changes_of(cli("plan", "--format", "json", code=0).json) == {
        "late": "delete undeclared",
        "mona": "delete idle",
    }


def test_an_edit_of_the_file_in_between_counts(cli: Cli, world: World) -> None:
    cli.write("seats.yml", FILE.replace("newcomer, back", "stray, back, late"))
    report = applied(cli)
    assert outcomes_of(report)["newcomer"] == outcomes_of(report)["stray"] == "skipped"
    assert report["counts"] == {
        "planned": 6,
        "done": 4,
        "skipped": 2,
        "failed": 0,
        "not_tried": 0,
        "unconfirmed": 0,
    }
    assert holders(world)["stray"] == "direct"
    assert not {"newcomer", "late"} & set(holders(world))


def test_what_happened_already_is_skipped(cli: Cli, world: World) -> None:
    world.revoke_user("stray")
    world.grant_user("newcomer")
    world.revoke_team("hackers")
    report = applied(cli)
    assert {name for name, result in outcomes_of(report).items() if result == "skipped"} == {
        "stray",
        "newcomer",
        "team hackers",
    }


def test_someone_who_left_is_skipped(cli: Cli, world: World) -> None:
    world.leave_organization("newcomer")
    world.leave_organization("stray")
    report = applied(cli)
    assert outcomes_of(report)["newcomer"] == outcomes_of(report)["stray"] == "skipped"
    assert world.directory.known("newcomer").membership == "none"
    assert not world.invited


def test_another_account_under_the_login_is_left_alone(cli: Cli, world: World) -> None:
    world.rename_user("stray", "strayed")
    world.join_organization("stray", 4242)
    world.grant_user("stray")
    report = applied(cli)
    assert holders(world)["strayed"] == "pending direct"
    assert holders(world)["stray"] == "direct"
    assert outcomes_of(report)["stray"] == "done"
    text = next(one["text"] for one in report["outcomes"] if one["name"] == "stray")
    assert text == "stray is called strayed now"


def test_guards_are_evaluated_again(cli: Cli, world: World) -> None:
    world.set_setting("seat_management_setting", "assign_all")
    seats = holders(world)
    report = applied(cli, code=3)
    assert set(outcomes_of(report).values()) == {"skipped"}
    assert all("seat_management" in one["text"] for one in report["outcomes"])
    assert holders(world) == seats


def test_guards_count_what_both_plans_say(cli: Cli, world: World) -> None:
    # Five more cancellations are due now; counted with them the allowance would not do.
    for number in range(5):
        world.join_organization(f"extra-{number}")
        world.grant_user(f"extra-{number}")
    cli.write("seats.yml", FILE + "guards: {max_cancellations_per_cycle: 5}\n")
    assert changes_of(cli("plan", "--format", "json", code=3).json).keys() == {
        "ada",
        "back",
        "newcomer",
    }
    report = applied(cli)
    assert set(outcomes_of(report).values()) == {"done"}


def test_what_the_plan_file_withheld_is_told_by_the_exit_code(cli: Cli, world: World) -> None:
    cli.write("seats.yml", FILE + "guards: {max_cancellations_per_cycle: 1}\n")
    cli("plan", "--out", "plan.json", code=3)
    report = applied(cli, code=3)
    assert set(outcomes_of(report)) == {"ada", "back", "newcomer"}
    assert {"stray", "sleepy", "hal", "hedy"} <= live(world)


# --- which plan files may be applied ------------------------------------------------------------


def test_a_plan_is_used_once(cli: Cli, world: World) -> None:
    applied(cli)
    world.grant_user("stray")
    assert "a plan is used once" in refused(cli, world)
    assert "stray" in live(world)


def test_a_plan_lasts_a_week(cli: Cli, world: World) -> None:
    world.advance(timedelta(days=6, hours=23))
    world.set_activity("mona", world.now)
    plan = cli.read("plan.json")
    world.advance(timedelta(days=1, hours=1))
    assert "the plan expired on 2026-11-23 08:00 UTC" in refused(cli, world)
    assert cli.read("plan.json") == plan


def test_an_old_plan_within_its_week_is_applied(cli: Cli, world: World) -> None:
    world.live_on()
    world.advance(timedelta(days=6, hours=23))
    assert set(outcomes_of(applied(cli)).values()) == {"done"}


def test_a_plan_of_another_moment(cli: Cli, world: World) -> None:
    cli("plan", "--now", "2026-11-16T09:00:00Z", "--out", "plan.json", code=0)
    assert "--now" in refused(cli, world)


def test_a_plan_without_names(cli: Cli, world: World) -> None:
    cli("plan", "--redact", "--out", "plan.json", code=0)
    assert "redacted" in refused(cli, world)


def test_an_empty_plan_is_done_at_once(cli: Cli, world: World) -> None:
    applied(cli)
    cli("plan", "--out", "empty.json", code=0)
    for _ in range(2):
        assert cli("apply", "empty.json", code=0).out == "No changes: the plan is empty.\n"
    report = cli("apply", "empty.json", "--format", "json", "--report", "r.json", code=0).json
    schema("report").validate(report)
    assert report["counts"]["planned"] == 0
    assert cli.load("r.json") == report


def test_a_plan_for_another_host(cli: Cli, world: World, served: Serve) -> None:
    other = served(acme())
    assert f"at {cli.load('plan.json')['copilot_seats']['org']['host']}" in refused(cli, world)
    assert "stray" in live(other)


def test_a_plan_for_another_organisation(cli: Cli, world: World) -> None:
    cli.write("other.yml", FILE.replace("org: acme", "org: globex"))
    error = refused(cli, world, "--config", "other.yml")
    assert "the plan is for organisation acme" in error
    cli.write("seats.yml", FILE.replace("org: acme", "org: globex"))
    assert "for globex" in refused(cli, world)


def test_a_plan_for_an_organisation_that_was_made_anew(cli: Cli, world: World) -> None:
    world.id = 999
    assert "answers for id 999" in refused(cli, world, "--no-state")


ALTERATIONS: dict[str, Callable[[Json], object]] = {
    "another id": lambda plan: plan["resource_changes"][0]["change"]["after"].update(user_id=7),
    "a change less": lambda plan: plan["resource_changes"].pop(),
    "a change twice": lambda plan: plan["resource_changes"].append(plan["resource_changes"][0]),
    "another action": lambda plan: plan["resource_changes"][0]["change"].update(
        actions=["delete"],
        before=plan["resource_changes"][0]["change"]["after"],
        after=None,
    ),
    "a longer life": lambda plan: plan["copilot_seats"].update(expires_at="2036-11-16T08:00:00Z"),
    "another time": lambda plan: plan.update(timestamp="2026-11-17T08:00:00Z"),
    "another host": lambda plan: plan["copilot_seats"]["org"].update(host="https://github.com"),
    "applyable": lambda plan: plan.update(applyable=False),
    "fingerprint": lambda plan: plan["copilot_seats"].update(fingerprint="sha256:" + "0" * 64),
    "id of the plan": lambda plan: plan["copilot_seats"].update(plan_id="0" * 32),
    "an unknown format": lambda plan: plan.update(format_version="2.0"),
    "no format": lambda plan: plan.pop("format_version"),
    "no changes": lambda plan: plan.pop("resource_changes"),
}


@pytest.mark.parametrize("how", list(ALTERATIONS))
def test_an_altered_plan(cli: Cli, world: World, how: str) -> None:
    altered(cli, ALTERATIONS[how])
    assert "nothing was done" in refused(cli, world)


@pytest.mark.parametrize("content", ["", "{}", "[]", "{", "null", "\x00", "{" * 5000])
def test_what_is_no_plan(cli: Cli, world: World, content: str) -> None:
    cli.write("plan.json", content)
    assert "nothing was done" in refused(cli, world)


def test_a_plan_of_a_later_minor_format_is_read(cli: Cli, world: World) -> None:
    plan = cli.load("plan.json")
    plan["format_version"], plan["copilot_seats"]["news"] = "1.7", {"later": True}
    plan["copilot_seats"]["plan_id"] = id_of(plan)
    cli.write("plan.json", json.dumps(plan))
    assert set(outcomes_of(applied(cli)).values()) == {"done"}


def test_a_path_outside_the_working_directory(cli: Cli, world: World) -> None:
    cli("plan", cli.folder / "seats.yml", "--out", "plan.json", code=0)
    assert cli.load("plan.json")["copilot_seats"]["config"]["path"] == str(cli.folder / "seats.yml")
    assert set(outcomes_of(applied(cli)).values()) == {"done"}


def test_a_path_that_leads_out(cli: Cli, world: World, tmp_path: Any) -> None:
    outside = tmp_path / "outside.yml"
    outside.write_text(FILE, encoding="utf-8")
    cli("plan", outside, "--state", ".copilot-seats", "--out", "plan.json", code=0)
    assert "--config" in refused(cli, world, "--state", ".copilot-seats", code=1)
    applied(cli, "--config", outside, "--state", ".copilot-seats")


def test_options_of_the_other_form(cli: Cli, world: World) -> None:
    assert "go with a seats file" in refused(cli, world, "--auto-approve", code=1)
    assert "go with a seats file" in refused(cli, world, "--only", "idle", code=1)


# --- the ledger ---------------------------------------------------------------------------------


def test_without_a_ledger_nothing_is_applied(cli: Cli, world: World) -> None:
    (cli.folder / ".copilot-seats" / "acme.jsonl").unlink()
    error = refused(cli, world, code=1)
    assert "apply needs the ledger" in error
    assert "copilot-seats ledger init seats.yml" in error


def test_no_state_is_said_aloud(cli: Cli, world: World) -> None:
    before = cli.read(".copilot-seats/acme.jsonl")
    cli("plan", "--no-state", "--out", "plan.json", code=3)
    ran = cli("apply", "plan.json", "--no-state", "--pace", 0, code=3)
    assert "nothing of this apply is remembered" in ran.err
    assert "stray" not in live(world)
    assert "sleepy" in live(world)
    assert cli.read(".copilot-seats/acme.jsonl") == before


def test_a_broken_ledger_stops_everything(cli: Cli, world: World) -> None:
    lines = cli.read(".copilot-seats/acme.jsonl").splitlines(keepends=True)
    lines[1] = lines[1].replace("T08:00:00Z", "T07:00:00Z")
    cli.write(".copilot-seats/acme.jsonl", "".join(lines))
    assert "ledger" in refused(cli, world, code=1)
    for command in (["plan"], ["drift"], ["ledger", "verify"], ["ledger", "show"]):
        assert "ledger" in cli(*command, code=1).err


def test_a_torn_last_line_is_told_and_repaired(cli: Cli, world: World) -> None:
    with (cli.folder / ".copilot-seats/acme.jsonl").open("a", encoding="utf-8") as ledger:
        ledger.write('{"at": "2026-11-')
    assert "torn" in cli("plan", code=0).err
    assert "torn" in cli("ledger", "verify", code=0).out
    applied(cli)
    assert "torn" not in cli("ledger", "verify", code=0).out


def test_a_ledger_of_another_organisation(cli: Cli, world: World, served: Serve) -> None:
    other = served(acme(organization={"login": "acme", "id": 999}))
    for command in (["plan"], ["drift"], ["apply", "--auto-approve"]):
        assert "belongs to the organisation with id 70211" in cli(*command, code=1).err
    assert "stray" in live(other)


def test_the_ledger_holds_names_of_the_file_only(cli: Cli, world: World) -> None:
    applied(cli)
    text = cli.read(".copilot-seats/acme.jsonl")
    assert "stray" not in text
    assert "hedy" not in text
    assert str(number_of("stray")) in text


def test_a_ledger_that_lost_the_line_a_plan_was_made_on_stops_everything(
    cli: Cli, world: World
) -> None:
    ledger = cli.folder / ".copilot-seats" / "acme.jsonl"
    lines = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(lines[:-1]))
    before = live(world)
    ran = cli("apply", "plan.json", "--pace", 0, code=1)
    assert "was rewritten; nothing was done" in ran.err
    assert live(world) == before
    ledger.write_text("".join(lines))
    cli("drift", "seats.yml")
    cli("apply", "plan.json", "--pace", 0, code=0)
