"""What is written and published: ledgers, snapshots, schemas; and the sandbox that serves one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
import yaml
from e2e_support import (
    DEMO,
    ROOT,
    Cli,
    Json,
    Serve,
    changes_of,
    crowd,
    holders,
    row,
    schema,
    snapshot,
)

from reconciler.sandbox import Access, World, serve

FILE = "version: 1\norg: acme\nseats: {members: all}\n"


# --- odd files and odd times --------------------------------------------------------------------


def test_a_policy_with_a_name_that_no_file_can_have(cli: Cli) -> None:
    for name in ("x" * 256, "x" * 252, "é" * 130, f"./{'x' * 300}.yml", "d/" * 3000 + "x.yml"):
        cli.write("seats.yml", f"{FILE}inactivity: {{policy: {name}}}\n")
        assert "seats.yml:4:" in cli("validate", code=1).out


@pytest.mark.parametrize("odd", ["x" * 300, "a\0b", "\ud800", "d/" * 3000 + "x", ".", "/"])
def test_an_odd_path_is_an_error_before_anything_is_sent(cli: Cli, served: Serve, odd: str) -> None:
    world = served(snapshot(crowd(3)))
    world.join_organization("newcomer")
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    cli("plan", "--out", "plan.json", code=0)
    before, ledger = holders(world), cli.ledger()
    for asked in (
        ("apply", "plan.json", "--report", odd),
        ("apply", "plan.json", "--summary", odd),
        ("apply", odd),
        ("apply", "plan.json", "--base", odd),
        ("plan", "--out", odd),
        ("plan", "--live", odd),
        ("snapshot", "seats.yml", "-o", odd),
        ("init", "--org", "acme", "-o", odd),
        ("validate", odd),
        ("explain", odd, "mona"),
    ):
        ran = cli(*asked, code=1)
        assert "This is a bug" not in ran.text, asked
    if odd not in (".", "/"):
        for command in ("drift", "apply"):
            cli(command, "seats.yml", "--state", odd)
    assert holders(world) == before
    assert cli.ledger() == ledger


def test_a_report_may_have_the_longest_name_that_a_file_can_have(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", FILE)
    name = "r" * 250 + ".json"
    cli("plan", "--out", name, code=0)
    cli("snapshot", "seats.yml", "-o", name, code=0)
    assert cli.load(name)["organization"]["login"] == "acme"


def test_bytes_that_are_no_text_in_a_name_stop_no_output(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", FILE)
    (cli.folder / "seats.yml").rename(cli.folder / "\udcff.yml")
    cli("plan", "\udcff.yml", "--summary", "s.md", "--out", "\udcfe.json", code=0)
    cli("validate", "\udcff.yml", "--format", "json", code=0)
    cli("drift", "\udcff.yml", "--summary", "s.md", "--no-state", code=0)


def test_a_file_without_an_end_is_too_large(cli: Cli) -> None:
    cli.write("seats.yml", FILE)
    assert "larger than" in cli("plan", "--live", "/dev/zero", code=1).err


@pytest.mark.parametrize(
    ("closed", "code"),
    [(">&-", 0), ("2>&-", 0), ("<&-", 0), ("<&- >&- 2>&-", 0), (">/dev/full", 1)],
)
@pytest.mark.parametrize(
    "asked", ["plan --live /dev/fd/3 3<snap.json", "--help", "--version", "validate"]
)
def test_a_stream_that_takes_nothing(cli: Cli, asked: str, closed: str, code: int) -> None:
    cli.write("seats.yml", FILE)
    cli.write("snap.json", json.dumps(snapshot(crowd(3))))
    line = f'exec "$0" -m reconciler {asked} {closed}'
    ran = subprocess.run(
        ["bash", "-c", line, sys.executable],
        cwd=cli.folder,
        env=cli.variables(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    assert ran.returncode == code, ran.stderr


@pytest.mark.parametrize(
    "at", ["9999-12-31", "9999-12-31T23:59:59-12:00", "0001-01-01", "3000-01-01"]
)
def test_a_moment_at_the_end_of_the_calendar_is_refused(cli: Cli, at: str) -> None:
    cli.write("seats.yml", FILE)
    cli.write("snap.json", json.dumps(snapshot(crowd(3))))
    ran = cli("plan", "--live", "snap.json", "--now", at, code=1)
    assert "out of range: 1970 to 2999" in ran.err


ODD_TIMES = ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1969-01-01", "2999-12-31")


@pytest.mark.parametrize("at", ODD_TIMES)
@pytest.mark.parametrize("rule", ["idle: {cancel: 90d}", "idle: {warn: 2d, cancel: 90d}"])
def test_times_at_the_end_of_the_calendar_are_judged_and_kept(
    cli: Cli, served: Serve, at: str, rule: str
) -> None:
    odd = row("odd", "team", created_at="-200d", last_activity_at=at, last_authenticated_at=at)
    late = row("late", created_at=at if at > "1970" else "-1d", pending=at[:10])
    world = served(
        snapshot(
            [*crowd(30), row("mona", created_at="-200d", last_activity_at=at), odd, late],
            {"team": ["odd"]},
        )
    )
    cli.write(
        "seats.yml",
        "version: 1\norg: acme\nseats: {members: all, teams: [{team: team, until: 2999-12-31}],"
        " users: [{user: late, from: 2999-12-31}]}\n"
        f"inactivity: {{rules: [{{name: all, {rule}}}]}}\n"
        "exempt: [{user: mona, until: 2000-01-01, reason: x}]\n"
        "reinstate: [{user: mona, on: 2999-12-31, reason: x},"
        " {user: odd, on: 2000-01-01, reason: x}]\n",
    )
    cli("ledger", "init", code=0)
    for asked in (
        ("plan", "--format", "markdown"),
        ("plan", "--now", "2999-12-31", "--out", "plan.json"),
        ("drift", "--summary", "s.md"),
        ("explain", "seats.yml", "mona"),
        ("explain", "seats.yml", "late", "--format", "json"),
        ("snapshot", "seats.yml", "-o", "snap.json"),
        ("plan", "--live", "snap.json"),
        ("apply", "seats.yml", "--auto-approve", "--pace", 0, "--wait", 0),
        ("undo", "seats.yml", "--auto-approve", "--pace", 0, "--wait", 0),
    ):
        assert "This is a bug" not in cli(*asked).text, asked
    assert cli("ledger", "verify", code=0)
    if at.startswith(("9999", "2999")):
        assert "mona" in holders(world), "activity that lies ahead takes no seat"


# --- ledger -------------------------------------------------------------------------------------


def test_a_ledger_is_begun_once(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", FILE)
    assert cli("ledger", "init", code=0).out == "ledger .copilot-seats/acme.jsonl begun\n"
    before = cli.read(".copilot-seats/acme.jsonl")
    again = cli("ledger", "init", "seats.yml", code=1)
    assert "exists already" in again.err
    assert cli.read(".copilot-seats/acme.jsonl") == before


def test_a_ledger_is_shown_and_verified(cli: Cli, served: Serve) -> None:
    world = served(snapshot([*crowd(5), row("mona", pending="next-cycle")]))
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    cli("apply", "--auto-approve", "--pace", 0, code=0)
    assert holders(world)["mona"] == "direct"
    text = cli("ledger", "show", code=0).out.splitlines()
    words = [line.split()[1] for line in text[:-1]]
    assert words[0] == "begun"
    assert words[-5:] == ["apply_started", "intent", "outcome", "outcome", "apply_finished"]
    assert text[-1].startswith("head ")
    events = [
        json.loads(line)
        for line in cli("ledger", "show", "--format", "json").out.split("\n")
        if line
    ]
    assert [one["event"] for one in events] == words
    whole = cli("ledger", "verify", code=0).out.splitlines()
    assert (
        whole[0]
        == f".copilot-seats/acme.jsonl: whole, {len(words)} events, last 2026-11-16T08:00:00Z"
    )
    assert whole[1] == text[-1]


def test_plans_name_the_head_of_the_ledger(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    head = cli("ledger", "show", code=0).out.split()[-1]
    plan = cli("plan", "--format", "json", code=0).json
    assert plan["copilot_seats"]["ledger_head"] == head
    assert f"Ledger head {head}" in cli("plan", code=0).out
    cli("drift", code=0)
    assert cli("plan", "--format", "json", code=0).json["copilot_seats"]["ledger_head"] != head


@pytest.mark.parametrize("command", ["show", "verify"])
def test_where_there_is_no_ledger(cli: Cli, command: str) -> None:
    cli.write("seats.yml", FILE)
    ran = cli("ledger", command, code=1)
    assert "there is no ledger at .copilot-seats/acme.jsonl" in ran.err
    assert "ledger init seats.yml" in ran.err
    assert cli("ledger", command, "--no-state", code=1).out == ""


def test_a_line_cut_out_of_the_ledger(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    cli("drift", code=0)
    lines = cli.read(".copilot-seats/acme.jsonl").splitlines(keepends=True)
    cli.write(".copilot-seats/acme.jsonl", "".join([lines[0], *lines[2:]]))
    for command in (["ledger", "verify"], ["ledger", "show"], ["plan"], ["drift"]):
        assert "ledger .copilot-seats/acme.jsonl, line 2" in cli(*command, code=1).err


@pytest.mark.parametrize("state", ["seats.yml", "seats.yml/deeper"])
def test_a_state_that_is_no_directory(cli: Cli, served: Serve, state: str) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", FILE)
    for command in (
        ["ledger", "init"],
        ["drift"],
        ["plan"],
        ["init", "--org", "acme", "-o", "n.yml"],
    ):
        assert "director" in cli(*command, "--state", state, code=1).err


# --- snapshot -----------------------------------------------------------------------------------


def demo() -> Json:
    found: Json = json.loads((DEMO / "acme.json").read_text(encoding="utf-8"))
    return found


@contextmanager
def sandbox_of(cli: Cli, name: str) -> Iterator[World]:
    """Serve the snapshot in the file *name*, and point the command there."""
    with serve(World.from_snapshot(cli.load(name))) as sandbox:
        cli.environment["GITHUB_API_URL"] = sandbox.url
        yield sandbox.world


@pytest.mark.parametrize("rows", ["one", "several"])
def test_a_snapshot_of_the_demo_is_the_demo(cli: Cli, served: Serve, rows: str) -> None:
    world = served(demo(), switches={"rows": rows})
    for name in ("seats.yml", "acme.json"):
        cli.write(name, (DEMO / name).read_text(encoding="utf-8"))
    ran = cli("snapshot", "-o", "snap.json", code=0)
    assert ran.out == ""
    schema("snapshot").validate(cli.load("snap.json"))
    online = changes_of(cli("plan", "--no-state", "--format", "json", code=3).json)
    offline = cli("plan", "--no-state", "--live", "snap.json", "--format", "json", code=3).json
    assert changes_of(offline) == online
    before = holders(world)
    with sandbox_of(cli, "snap.json") as again:
        assert again.now == world.now
        if rows == "one":
            assert {one: how.split(" + ")[0] for one, how in holders(again).items()} == {
                one: how.split(" + ")[0] for one, how in before.items()
            }
        served_plan = cli("plan", "--no-state", "--format", "json", code=3).json
        assert changes_of(served_plan) == online
        cli("snapshot", "-o", "again.json", code=0)
    one, two = cli.load("snap.json"), cli.load("again.json")
    for found in (one, two):
        del found["host"]
        found["seats"].sort(key=json.dumps)
    assert one == two


def test_a_plan_on_a_snapshot_is_a_ceiling_too(cli: Cli, served: Serve) -> None:
    world = served(snapshot([*crowd(9), row("stray")]))
    users = ", ".join(f"busy-{number:03}" for number in range(9))
    cli.write("seats.yml", f"version: 1\norg: acme\nseats: {{users: [{users}]}}\n")
    cli("ledger", "init", code=0)
    cli("snapshot", "-o", "snap.json", code=0)
    cli("plan", "--live", "snap.json", "--out", "plan.json", code=0)
    assert cli.load("plan.json")["applyable"]
    cli("apply", "plan.json", "--pace", 0, code=0)
    assert holders(world)["stray"] == "pending direct"


def test_a_snapshot_serves_other_files(cli: Cli, served: Serve) -> None:
    served(snapshot([*crowd(9)], {"docs": ["dora"], "data": ["ada"]}, members=["newcomer"]))
    cli.write("seats.yml", FILE)
    cli("snapshot", "-o", "snap.json", "--no-state", code=0)
    cli.environment["GITHUB_API_URL"] = "https://github.invalid"
    cli.write(
        "other.yml",
        "version: 1\norg: acme\nseats:\n  undeclared: keep\n  teams: [docs]\n  users: [newcomer]\n",
    )
    ran = cli("plan", "other.yml", "--live", "snap.json", "--format", "json", code=0)
    assert changes_of(ran.json) == {"team docs": "create declared", "newcomer": "create declared"}
    cli.write("other.yml", "version: 1\norg: acme\nseats: {users: [whoever], undeclared: keep}\n")
    ran = cli("plan", "other.yml", "--live", "snap.json", code=1)
    assert "whoever" in ran.err


def test_times_of_a_snapshot_without_a_moment_count_from_now(cli: Cli) -> None:
    seats = [*crowd(9), row("sleepy", active="-40d", given="-80d")]
    found = snapshot(seats)
    del found["taken_at"]
    cli.write("snap.json", json.dumps(found))
    cli.write(
        "seats.yml",
        "version: 1\norg: acme\nseats: {users: [], undeclared: keep}\n"
        "inactivity: {rules: [{name: all, idle: {cancel: 30d}}]}\n",
    )
    ran = cli("plan", "--live", "snap.json", "--no-state", "--format", "json", code=0)
    assert changes_of(ran.json) == {"sleepy": "delete idle"}


def test_a_failed_snapshot_leaves_nothing(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)), tokens={"other": Access()})
    cli.write("seats.yml", FILE)
    cli("snapshot", "-o", "snap.json", code=1)
    assert cli.files() == {"seats.yml"}


# --- schemas ------------------------------------------------------------------------------------


SCHEMAS = ("file", "plan", "policy", "report", "snapshot")


def test_the_schemas_are_listed(cli: Cli) -> None:
    assert set(cli("schema", code=0).out.split()) >= set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_one(cli: Cli, name: str) -> None:
    published = cli("schema", name, code=0).json
    assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert published["title"]
    jsonschema.Draft202012Validator.check_schema(published)


def test_an_unknown_schema_names_those_there_are(cli: Cli) -> None:
    assert "file, plan" in cli("schema", "plans", code=1).err


class Loader(yaml.SafeLoader):
    """YAML as editors read it, in which a day is a text."""


Loader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if not one[0].endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        *(("policy", path) for path in sorted((ROOT / "policies").glob("*.yml"))),
        *(("file", path) for path in sorted((ROOT / "examples").glob("*/seats.yml"))),
    ],
    ids=lambda one: getattr(one, "stem", one),
)
def test_schemas_fit_the_files_of_the_house(name: str, path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    schema(name).validate(yaml.load(text, Loader))  # noqa: S506 (a safe loader, with less)


def test_schemas_fit_what_is_shipped(cli: Cli, served: Serve) -> None:
    schema("snapshot").validate(demo())
    world = served(demo())
    cli.write("seats.yml", (DEMO / "seats.yml").read_text(encoding="utf-8"))
    cli("ledger", "init", code=0)
    cli("plan", "--out", "plan.json", code=0)
    schema("plan").validate(cli.load("plan.json"))
    world.advance(timedelta(days=1))
    cli("apply", "plan.json", "--pace", 0, "--report", "report.json", code=0)
    schema("report").validate(cli.load("report.json"))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "policies").glob("*.yml")), ids=lambda one: one.stem
)
def test_every_shipped_policy_can_be_named(cli: Cli, path: Any) -> None:
    cli.write("seats.yml", f"{FILE}inactivity: {{policy: {path.stem}}}\n")
    assert cli("validate", code=0).out == "1 file: 0 errors\n"
