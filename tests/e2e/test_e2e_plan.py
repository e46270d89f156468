"""`validate` and `plan`: what they print, write and answer, and that they change nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from e2e_support import (
    TOKEN,
    Cli,
    Serve,
    changes_of,
    crowd,
    holders,
    lines_with,
    row,
    schema,
    snapshot,
)

ACME = """\
version: 1
org: acme
seats:
  teams:
    - docs
    - team: data
      assign: members
  users: [mona, newcomer]
  undeclared: keep
inactivity:
  rules:
    - {name: everyone, idle: {cancel: 30d}}
"""


def acme(**more: Any) -> dict[str, Any]:
    """Return an organisation for which ACME means two creates and one delete."""
    seats = [
        *crowd(20),
        row("mona"),
        row("dora", "docs"),
        row("sleepy", active="-45d"),
        row("leaver", pending="next-cycle"),
    ]
    teams = {"docs": ["dora"], "data": ["ada", "sleepy"]}
    return snapshot(seats, teams, members=["newcomer"], **more)


EXPECTED = {"ada": "create declared", "newcomer": "create declared", "sleepy": "delete idle"}


@pytest.fixture
def ready(cli: Cli, served: Serve) -> Iterator[Cli]:
    """The organisation acme with its file and ledger; after the test its seats are unchanged."""
    world = served(acme())
    cli.write("seats.yml", ACME)
    cli("ledger", "init", code=0)
    before = holders(world)
    yield cli
    assert holders(world) == before


# --- validate -----------------------------------------------------------------------------------


def test_a_valid_file(cli: Cli) -> None:
    cli.write("seats.yml", ACME)
    assert cli("validate", code=0).out == "1 file: 0 errors\n"
    assert cli("validate", "--format", "github", code=0).out == ""


BROKEN = "version: 1\norg: acme\nseats:\n  users: [no, octocat, OctoCat]\n  teem: [x]\n"


def test_all_errors_of_all_files_at_once(cli: Cli) -> None:
    cli.write("one.yml", BROKEN)
    cli.write("two.yml", ACME.replace("org: acme", "org: 12"))
    ran = cli("validate", "one.yml", "two.yml", "absent.yml", code=1)
    places = [line.split(": error: ")[0] for line in lines_with(ran.out, ": error: ")]
    assert places == [
        "absent.yml:1:1",
        "one.yml:4:11",
        "one.yml:4:24",
        "one.yml:5:3",
        "two.yml:2:6",
    ]
    assert ran.out.splitlines()[-1] == "3 files: 5 errors"
    assert "`teams`" in next(lines_with(ran.out, "5:3"))


def test_errors_for_machines_and_for_a_pull_request(cli: Cli) -> None:
    cli.write("seats.yml", BROKEN)
    found = cli("validate", "--format", "json", code=1).json
    listed = found["diagnostics"]
    assert [(one["file"], one["line"], one["column"]) for one in listed] == [
        ("seats.yml", 4, 11),
        ("seats.yml", 4, 24),
        ("seats.yml", 5, 3),
    ]
    marks = cli("validate", "--format", "github", code=1).out.splitlines()
    assert len(marks) == 3
    assert marks[0].startswith("::error file=seats.yml,line=4,col=11")


def test_two_files_for_one_organisation(cli: Cli) -> None:
    cli.write("one.yml", ACME)
    cli.write("two.yml", ACME.replace("org: acme", "org: ACME"))
    ran = cli("validate", "one.yml", "two.yml", code=1)
    assert "two.yml:2:6: error:" in ran.out
    assert "one.yml" in next(lines_with(ran.out, "two.yml:2:6"))


def test_validate_needs_no_token_and_no_network(cli: Cli) -> None:
    cli.environment.clear()
    cli.environment["GITHUB_API_URL"] = "https://github.invalid"
    cli.write("seats.yml", ACME)
    cli("validate", code=0)


def test_a_broken_file_stops_every_command_with_its_lines(cli: Cli, served: Serve) -> None:
    served(acme())
    cli.write("seats.yml", BROKEN)
    for arguments in (["plan"], ["drift"], ["apply", "--auto-approve"], ["ledger", "init"]):
        ran = cli(*arguments, code=1)
        assert ran.out == ""
        assert len(list(lines_with(ran.err, "seats.yml:"))) == 3


# --- plan: what it says -------------------------------------------------------------------------


def test_the_text_of_a_plan(ready: Cli) -> None:
    ran = ready("plan", code=0)
    deletes, creates = ran.out.index("Delete: 1 change"), ran.out.index("Create: 2 changes")
    assert deletes < creates
    sleepy = next(lines_with(ran.out, "- sleepy"))
    assert "idle for 45 days" in sleepy
    assert sleepy.endswith("seats.yml:12")
    assert next(lines_with(ran.out, "+ ada")).endswith("seats.yml:6")
    assert next(lines_with(ran.out, "+ newcomer")).endswith("seats.yml:8")
    assert "Plan: 2 to create, 1 to delete" in ran.out
    assert "\x1b" not in ran.out


def test_a_plan_as_json_obeys_its_schema(ready: Cli) -> None:
    ran = ready("plan", "--format", "json", code=0)
    plan = ran.json
    schema("plan").validate(plan)
    assert changes_of(plan) == EXPECTED
    assert plan["applyable"]
    assert plan["complete"]
    assert plan["copilot_seats"]["org"]["id"] == 70211
    assert plan["copilot_seats"]["observed"]["seats"] == 24
    assert plan["copilot_seats"]["observed"]["pending_cancellation"] == 1


def test_the_written_plan_is_the_printed_one(ready: Cli) -> None:
    printed = ready("plan", "--format", "json", "--out", "out/plan.json", code=0).out
    assert ready.read("out/plan.json") == printed
    again = ready("plan", "--format", "json", code=0).out
    assert again == printed


def test_markdown_and_the_job_summary(ready: Cli) -> None:
    printed = ready("plan", "--format", "markdown", "--summary", "summary.md", code=0).out
    assert "| " in printed
    assert "sleepy" in printed
    assert ready.read("summary.md").strip() == printed.strip()
    ready("plan", "--summary", "summary.md", code=0)
    assert ready.read("summary.md").count("sleepy") == 2 * printed.count("sleepy")


def test_names_can_be_hidden(ready: Cli) -> None:
    for style in ("text", "markdown", "json"):
        ran = ready("plan", "--redact", "--format", style, "--out", "plan.json", code=0)
        for name in ("sleepy", "newcomer", "ada"):
            # As a word of its own: "ada" may well be a part of a hash.
            assert not re.search(rf"\b{name}\b", ran.text)
            assert not re.search(rf"\b{name}\b", ready.read("plan.json"))
    plan = ready.load("plan.json")
    assert not plan["applyable"]
    schema("plan").validate(plan)


def test_the_plan_file_keeps_neither_token_nor_surprise(ready: Cli) -> None:
    ready("plan", "-v", "--out", "plan.json", code=0)
    assert TOKEN not in ready.read("plan.json")
    assert sorted(ready.load("plan.json")) == [
        "applyable",
        "checks",
        "complete",
        "copilot_seats",
        "errored",
        "format_version",
        "resource_changes",
        "timestamp",
    ]


# --- plan: exit codes ---------------------------------------------------------------------------


def test_exit_codes(ready: Cli) -> None:
    ready("plan", code=0)
    ready("plan", "--detailed-exitcode", code=2)
    ready.write("seats.yml", ACME + "guards: {max_cancellations_per_cycle: 1}\n")
    for option in ([], ["--detailed-exitcode"]):
        ran = ready("plan", "--format", "json", "--out", "plan.json", *option, code=3)
        held = ran.json["copilot_seats"]["withheld"]
        assert [(one["guard"], one["address"]) for one in held] == [
            ("max_cancellations_per_cycle", "copilot_seat_user.sleepy")
        ]
        assert not ran.json["complete"]
        assert ready.load("plan.json") == ran.json
    text = ready("plan", code=3).out
    assert "Withheld: 1 change" in text
    assert "seats.yml:13" in text
    ready.write("seats.yml", "version: 1\norg: acme\nseats: {undeclared: keep}\n")
    assert "No changes" in ready("plan", "--detailed-exitcode", code=0).out


def test_without_a_ledger_nobody_claimed_is_taken_for_idle(cli: Cli, served: Serve) -> None:
    served(acme())
    cli.write("seats.yml", ACME)
    for option in ([], ["--no-state"]):
        ran = cli("plan", "--format", "json", *option, code=3)
        assert changes_of(ran.json) == {key: EXPECTED[key] for key in ("ada", "newcomer")}
        assert [one["guard"] for one in ran.json["copilot_seats"]["withheld"]] == ["memory"]
    assert "ledger init seats.yml" in cli("plan", code=3).out


def test_another_moment(ready: Cli) -> None:
    ran = ready("plan", "--now", "2026-11-01", "--format", "json", "--detailed-exitcode", code=2)
    assert changes_of(ran.json) == {key: EXPECTED[key] for key in ("ada", "newcomer")}
    assert ran.json["timestamp"] == "2026-11-01T00:00:00Z"
    assert not ran.json["applyable"]
    for moment in ("yesterday", "2026-13-01", "2026-11-01T25:00:00Z"):
        assert "is no moment" in ready("plan", "--now", moment, code=1).err


# --- plan: files and organisations ------------------------------------------------------------


def _both(cli: Cli, served: Serve) -> None:
    served(acme(), snapshot(crowd(9), org="globex"))
    cli.write("acme.yml", ACME)
    cli.write("orgs/globex.yml", "version: 1\norg: globex\nseats: {members: all}\n")
    cli("ledger", "init", "acme.yml", code=0)


def test_several_organisations(cli: Cli, served: Serve) -> None:
    _both(cli, served)
    ran = cli("plan", "acme.yml", "orgs/globex.yml", "--out", "plans", "--format", "json", code=0)
    assert [one["file"] for one in ran.json["results"]] == ["acme.yml", "orgs/globex.yml"]
    assert [one["exit_code"] for one in ran.json["results"]] == [0, 0]
    assert changes_of(cli.load("plans/acme.json")) == EXPECTED
    assert changes_of(cli.load("plans/globex.json")) == {}
    detailed = cli("plan", "acme.yml", "orgs/globex.yml", "--detailed-exitcode", code=2)
    assert "Plan for acme" in detailed.out
    assert "globex" in detailed.out


def test_one_failure_does_not_stop_the_others(cli: Cli, served: Serve) -> None:
    _both(cli, served)
    cli.write("nowhere.yml", "version: 1\norg: nowhere\nseats: {members: all}\n")
    cli.write("broken.yml", BROKEN.replace("acme", "initech"))
    files = ("broken.yml", "nowhere.yml", "acme.yml", "orgs/globex.yml")
    ran = cli("plan", *files, "--format", "json", "--detailed-exitcode", code=1)
    assert [one["exit_code"] for one in ran.json["results"]] == [1, 1, 2, 0]
    assert "404" in ran.json["results"][1]["error"]
    assert "broken.yml:4:11" in ran.err
    text = cli("plan", *files, code=1)
    assert "Plan for acme" in text.out
    assert "globex" in text.out


def test_two_files_for_one_organisation_are_not_planned(cli: Cli, served: Serve) -> None:
    _both(cli, served)
    cli.write("again.yml", ACME.replace("[mona, newcomer]", "[mona]"))
    before = cli.ledger()
    for command in (["plan", "--out", "plans"], ["drift"]):
        ran = cli(*command, "acme.yml", "again.yml", "orgs/globex.yml", code=1)
        assert "acme.yml:2:6: error: two files for one organisation, `acme`" in ran.err
        assert "again.yml:2:6: error: two files for one organisation, `acme`" in ran.err
        assert "globex" in ran.out
    assert cli.files() >= {"plans/globex.json"}
    assert "plans/acme.json" not in cli.files()
    assert cli.ledger() == before
    assert "this file is given twice" in cli("plan", "acme.yml", "acme.yml", code=1).err


def test_a_file_elsewhere_has_its_ledger_beside_it(cli: Cli, served: Serve) -> None:
    served(acme())
    cli.write("deep/er/seats.yml", ACME)
    cli("ledger", "init", "deep/er/seats.yml", code=0)
    assert "deep/er/.copilot-seats/acme.jsonl" in cli.files()
    cli("plan", "deep/er/seats.yml", "--detailed-exitcode", code=2)
    cli("plan", "deep/er/seats.yml", "--state", "other", code=3)


# --- plan on a snapshot -------------------------------------------------------------------------


def test_a_snapshot_gives_the_plan_of_the_live_organisation(ready: Cli) -> None:
    ready("snapshot", "-o", "snap.json", code=0)
    schema("snapshot").validate(ready.load("snap.json"))
    online = ready("plan", "--format", "json", code=0).out
    ready.environment.clear()
    ready.environment["GITHUB_API_URL"] = "https://github.invalid"
    offline = ready("plan", "--live", "snap.json", "--format", "json", code=0).out
    assert offline == online


def test_a_snapshot_of_another_organisation(cli: Cli) -> None:
    cli.write("seats.yml", ACME)
    cli.write("snap.json", json.dumps(snapshot(crowd(3), org="globex")))
    ran = cli("plan", "--live", "snap.json", code=1)
    assert "the file is for acme" in ran.err


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format_version": "2.0"}',
        '{"organization": {"login": "acme"}}',
        "\0",
    ],
)
def test_what_is_no_snapshot(cli: Cli, content: str) -> None:
    cli.write("seats.yml", ACME)
    cli.write("snap.json", content)
    ran = cli("plan", "--live", "snap.json", code=1)
    assert ran.err.startswith("error: snap.json")
    served = cli("sandbox", "snap.json", code=1)
    assert "snap" in served.err


def test_files_that_cannot_be_written_or_read(ready: Cli) -> None:
    ready.write("wall", "")
    assert "wall" in ready("plan", "--out", "wall/plan.json", code=1).err
    assert "can't be written" in ready("plan", "--summary", "nowhere/summary.md", code=1).err
    assert "there is no such file" in ready("plan", "absent.yml", code=1).err
    assert "snap.json" in ready("plan", "--live", "snap.json", code=1).err
    assert ready("plan", ready.folder, code=1).out == ""
