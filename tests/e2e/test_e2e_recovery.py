"""Killed, locked out, without room: the next apply does the rest, and nothing is done twice."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from apart import files_at_most, without_override
from e2e_gate import Traffic, Where
from e2e_support import (
    Cli,
    Json,
    Ran,
    Serve,
    Started,
    changes_of,
    holders,
    live,
    outcomes_of,
    row,
    schema,
    snapshot,
)

from reconciler.sandbox import World
from reconciler.sandbox.answers import Request

FILE = """\
version: 1
org: acme
seats:
  teams: [docs, newbies]
  users: [mona, newcomer, back, sleepy]
inactivity:
  rules:
    - {name: everyone, idle: {cancel: 30d}}
guards: {max_cancellations_per_cycle: 20}
"""
PLANNED = {
    "team newbies": "create declared",
    "back": "create renew",
    "newcomer": "create declared",
    "team hackers": "delete undeclared",
    "sleepy": "delete idle",
    "stray": "delete undeclared",
}
ONCE = {
    "POST selected_teams newbies": 1,
    "POST selected_users back": 1,
    "POST selected_users newcomer": 1,
    "DELETE selected_teams hackers": 1,
    "DELETE selected_users sleepy": 1,
    "DELETE selected_users stray": 1,
}
AFTER = {
    "back": "direct",
    "hal": "pending hackers",
    "hedy": "pending hackers",
    "mona": "direct",
    "newcomer": "direct",
    "nia": "newbies",
    "nils": "newbies",
    "sleepy": "pending direct",
    "stray": "pending direct",
}
QUICK = ("--pace", 0, "--wait", 3)


def acme() -> Json:
    """Return an organisation in which FILE gives and takes in every way, in four requests."""
    busy = [f"busy-{number:02}" for number in range(40)]
    seats = [
        *(row(login, "docs") for login in busy),
        row("mona"),
        row("stray"),
        row("sleepy", active="-45d"),
        row("back", pending="next-cycle"),
        row("hal", "hackers"),
        row("hedy", "hackers"),
    ]
    teams = {"docs": busy, "hackers": ["hal", "hedy"], "newbies": ["nia", "nils"]}
    return snapshot(seats, teams, members=["newcomer"])


def few(world: World) -> dict[str, str]:
    return {name: how for name, how in holders(world).items() if not name.startswith("busy")}


@pytest.fixture
def world(cli: Cli, served: Serve) -> World:
    """The organisation with a plan in `plan.json`."""
    return planned(cli, served)


@pytest.fixture
def traffic(world: World, served: Serve) -> Traffic:
    return traffic_of(served)


def planned(cli: Cli, served: Serve) -> World:
    world = served(acme())
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    cli("plan", "--out", "plan.json", code=0)
    assert changes_of(cli.load("plan.json")) == PLANNED
    return world


def traffic_of(served: Serve) -> Traffic:
    return Traffic(served.sandboxes[-1])  # type: ignore[attr-defined]


def write(method: str, kind: str) -> Callable[[int, Request], bool]:
    """Choose requests of a kind."""
    return lambda _, request: (request.method, request.segments()[-1]) == (method, kind)


def resumed(cli: Cli, code: int = 0) -> Ran:
    """Apply `plan.json` once more; its report must obey its schema and add up."""
    ran = cli("apply", "plan.json", *QUICK, "--format", "json", code=code)
    schema("report").validate(ran.json)
    counts = {name: n for name, n in ran.json["counts"].items() if name != "planned"}
    assert sum(counts.values()) == ran.json["counts"]["planned"] == len(PLANNED)
    assert ran.json["exit_code"] == code
    return ran


def all_is_done(cli: Cli, world: World, traffic: Traffic) -> None:
    """The whole plan is done, each change once; it is used up, and there is nothing to plan."""
    assert dict(traffic.effects) == ONCE
    assert few(world) == AFTER
    cli("ledger", "verify", code=0)
    assert "a plan is used once" in cli("apply", "plan.json", *QUICK, code=4).err
    cli("plan", "--detailed-exitcode", code=0)
    assert dict(traffic.effects) == ONCE


# --- killed -------------------------------------------------------------------------------------

WRITES = (
    ("POST", "selected_teams"),
    ("POST", "selected_users"),
    ("DELETE", "selected_teams"),
    ("DELETE", "selected_users"),
)


@pytest.mark.parametrize("where", ["before", "after", "lost"])
@pytest.mark.parametrize("request_of", WRITES, ids=" ".join)
def test_killed_around_the_effect_of_a_request(
    cli: Cli, world: World, traffic: Traffic, request_of: tuple[str, str], where: Where
) -> None:
    traffic.hold(write(*request_of), where)
    with Started(cli, "apply", "plan.json", *QUICK) as running:
        assert traffic.held.wait(30)
        running.signal(signal.SIGKILL)
        assert running.process.wait(20) == -signal.SIGKILL
    traffic.let_go()
    begun = WRITES.index(request_of)
    ran = resumed(cli)
    assert set(outcomes_of(ran.json).values()) == {"done"}
    assert "an earlier run of this plan did not finish: going on" in ran.err
    texts = [one["text"] for one in ran.json["outcomes"]]
    found = sum(text == "done by an earlier run of this plan" for text in texts)
    requests = [1, 2, 1, 2]
    assert found == sum(requests[: begun + (where != "lost")])
    all_is_done(cli, world, traffic)


@pytest.mark.parametrize("number", [1, 4, 8, 12])
def test_killed_while_it_reads(cli: Cli, world: World, traffic: Traffic, number: int) -> None:
    traffic.hold(lambda count, _: count == number, "after")
    with Started(cli, "apply", "plan.json", *QUICK) as running:
        assert traffic.held.wait(30)
        running.signal(signal.SIGKILL)
        running.process.wait(20)
    traffic.let_go()
    assert set(outcomes_of(resumed(cli).json).values()) == {"done"}
    all_is_done(cli, world, traffic)


def test_killed_at_random_moments(
    cli: Cli, served: Serve, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    dice = random.Random(int(request.config.getoption("--hypothesis-seed")))
    began = time.monotonic()
    planned(cli, served)
    with Started(cli, "apply", "plan.json", *QUICK) as running:
        running.end(code=0)
    whole = time.monotonic() - began
    for number in range(12):
        again = Cli(tmp_path / f"again-{number}", cli.environment)
        again.folder.mkdir()
        world = planned(again, served)
        traffic = traffic_of(served)
        kills = 0
        for _ in range(dice.choice((1, 1, 2, 3))):
            with Started(again, "apply", "plan.json", *QUICK) as running:
                time.sleep(dice.uniform(0.2, 1.0) * whole)
                running.signal(signal.SIGKILL)
                kills += running.process.wait(20) == -signal.SIGKILL
        if again("apply", "plan.json", *QUICK).code == 4:
            assert kills == 0 or dict(traffic.effects) == ONCE
        all_is_done(again, world, traffic)


def test_killed_again_and_again_at_the_same_request(
    cli: Cli, world: World, traffic: Traffic
) -> None:
    for _ in range(3):
        traffic.hold(write("DELETE", "selected_users"), "lost")
        with Started(cli, "apply", "plan.json", *QUICK) as running:
            assert traffic.held.wait(30)
            running.signal(signal.SIGKILL)
            running.process.wait(20)
        traffic.let_go()
    assert {"sleepy", "stray"} <= live(world)
    assert set(outcomes_of(resumed(cli).json).values()) == {"done"}
    all_is_done(cli, world, traffic)


def test_killed_and_the_world_moves_on(cli: Cli, world: World, traffic: Traffic) -> None:
    """What was done stays done, what is not true any more is not done."""
    traffic.hold(write("DELETE", "selected_users"), "lost")
    with Started(cli, "apply", "plan.json", *QUICK) as running:
        assert traffic.held.wait(30)
        running.signal(signal.SIGKILL)
        running.process.wait(20)
    traffic.let_go()
    world.set_activity("sleepy", world.now)
    cli.write("seats.yml", FILE.replace("sleepy]", "sleepy, stray]"))
    ran = resumed(cli)
    assert outcomes_of(ran.json) == {
        **dict.fromkeys(PLANNED, "done"),
        "sleepy": "skipped",
        "stray": "skipped",
    }
    assert {"sleepy", "stray"} <= live(world)


def test_killed_and_never_resumed_the_next_plan_does_the_rest(
    cli: Cli, world: World, traffic: Traffic
) -> None:
    traffic.hold(write("POST", "selected_users"), "after")
    with Started(cli, "apply", "plan.json", *QUICK) as running:
        assert traffic.held.wait(30)
        running.signal(signal.SIGKILL)
        running.process.wait(20)
    traffic.let_go()
    cli("plan", "--out", "rest.json", code=0)
    rest = changes_of(cli.load("rest.json"))
    assert rest == {name: PLANNED[name] for name in ("team hackers", "sleepy", "stray")}
    cli("apply", "rest.json", *QUICK, code=0)
    assert dict(traffic.effects) == ONCE
    ran = resumed(cli)
    assert "failed" not in outcomes_of(ran.json).values()
    all_is_done(cli, world, traffic)


def test_what_a_killed_apply_did_can_be_undone(cli: Cli, world: World, traffic: Traffic) -> None:
    before = few(world)
    traffic.hold(write("DELETE", "selected_users"), "after")
    with Started(cli, "apply", "plan.json", *QUICK) as running:
        assert traffic.held.wait(30)
        running.signal(signal.SIGKILL)
        running.process.wait(20)
    traffic.let_go()
    ran = cli("undo", "--auto-approve", *QUICK, code=0)
    assert "that apply did not come to its end" in ran.out
    assert live(world) >= {name for name, how in before.items() if not how.startswith("pending")}
    assert not {"newcomer", "back", "nia", "nils"} & live(world)
    released = [one["user"] for one in cli.ledger() if one["event"] == "released"]
    assert released == [world.directory.known("sleepy").id]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted_between_effect_and_answer(
    cli: Cli, world: World, traffic: Traffic, number: int
) -> None:
    traffic.hold(write("POST", "selected_users"), "after")
    with Started(cli, "apply", "plan.json", *QUICK) as running:
        assert traffic.held.wait(30)
        running.signal(number)
        running.end(code=128 + number)
    traffic.let_go()
    assert set(outcomes_of(resumed(cli).json).values()) == {"done"}
    all_is_done(cli, world, traffic)


def test_a_torn_ledger_is_told_mended_and_gone_on_from(
    cli: Cli, world: World, traffic: Traffic
) -> None:
    traffic.hold(write("DELETE", "selected_teams"), "after")
    with Started(cli, "apply", "plan.json", *QUICK) as running:
        assert traffic.held.wait(30)
        running.signal(signal.SIGKILL)
        running.process.wait(20)
    traffic.let_go()
    ledger = cli.folder / ".copilot-seats/acme.jsonl"
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + whole.splitlines()[-1][:70])
    ran = resumed(cli)
    assert "torn line" in ran.err
    assert set(outcomes_of(ran.json).values()) == {"done"}
    all_is_done(cli, world, traffic)


# --- two at a time ------------------------------------------------------------------------------


def test_a_second_apply_is_refused_with_who_and_since_when(
    cli: Cli, world: World, traffic: Traffic
) -> None:
    traffic.hold(write("POST", "selected_users"), "before")
    with Started(cli, "apply", "plan.json", *QUICK) as first:
        assert traffic.held.wait(30)
        effects = dict(traffic.effects)
        for command in (
            ["apply", "plan.json"],
            ["apply", "--auto-approve"],
            ["undo", "--auto-approve"],
            ["drift"],
        ):
            error = cli(*command, code=1).err
            assert f"`copilot-seats apply` (process {first.process.pid} on " in error
            assert ", since 20" in error
            assert "Nothing was done" in error
        assert dict(traffic.effects) == effects
        traffic.let_go()
        first.end(code=0)
    all_is_done(cli, world, traffic)


def test_the_lock_of_a_killed_apply_stops_nobody(cli: Cli, world: World, traffic: Traffic) -> None:
    traffic.hold(lambda count, _: count == 6, "after")
    with Started(cli, "apply", "plan.json", *QUICK) as running:
        assert traffic.held.wait(30)
        running.signal(signal.SIGKILL)
        running.process.wait(20)
    traffic.let_go()
    assert cli("drift", code=2)
    resumed(cli)
    all_is_done(cli, world, traffic)


# --- no room, no right --------------------------------------------------------------------------


def begun_by(cli: Cli, begin: Callable[[], None], *arguments: object) -> Ran:
    """Run the command as a process that does *begin* first."""
    done = subprocess.run(
        cli.command(*arguments),
        cwd=cli.folder,
        env=cli.variables() | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=begin,
    )
    return cli._ended(Ran(done.returncode, done.stdout, done.stderr), arguments, None)


def with_limit(cli: Cli, size: int, *arguments: object) -> Ran:
    """Run the command as a process whose files can't grow beyond *size* bytes."""
    return begun_by(cli, partial(files_at_most, size), *arguments)


def test_a_full_disk_is_told_before_anything_is_sent(
    cli: Cli, world: World, traffic: Traffic
) -> None:
    before, ledger = few(world), cli.read(".copilot-seats/acme.jsonl")
    for more in (0, 40, 300):
        ran = with_limit(cli, len(ledger) + more, "apply", "plan.json", *QUICK)
        assert ran.code == 1
        assert "can't be written: File too large" in ran.err
        assert "Nothing more was sent" in ran.err
        assert traffic.effects == {}
        assert few(world) == before
        cli("ledger", "verify", code=0)
    assert set(outcomes_of(resumed(cli).json).values()) == {"done"}
    all_is_done(cli, world, traffic)


def test_a_disk_that_fills_up_on_the_way(cli: Cli, served: Serve, tmp_path: Path) -> None:
    """Whichever line finds no room, what was not sent is said, and the next apply does that."""
    planned(cli, served)
    before = len(cli.ledger())
    cli("apply", "plan.json", *QUICK, code=0)
    lines = cli.read(".copilot-seats/acme.jsonl").splitlines(keepends=True)
    events = [one["event"] for one in cli.ledger()]
    for number in range(before, len(lines)):
        again = Cli(tmp_path / f"line-{number}", cli.environment)
        again.folder.mkdir()
        world = planned(again, served)
        traffic = traffic_of(served)
        # Lines differ by a few bytes from run to run: the sandbox's port is another one.
        room = sum(map(len, lines[:number])) + len(lines[number]) // 2
        ran = with_limit(again, room, "apply", "plan.json", *QUICK, "--format", "json")
        again("ledger", "verify", code=0)
        assert "File too large" in ran.text
        if number <= events.index("intent"):
            assert (ran.code, traffic.effects) == (1, {})
        else:
            told = outcomes_of(ran.json)
            unsent = {name for name, result in told.items() if result == "not_tried"}
            assert ran.code == (5 if unsent else 1)
            assert told.keys() == PLANNED.keys()
            assert len(unsent) == len(ONCE) - len(traffic.effects)
        assert set(outcomes_of(resumed(again).json).values()) == {"done"}
        all_is_done(again, world, traffic)


@pytest.mark.parametrize("which", ["folder", "file"])
def test_a_read_only_state_is_told_before_anything_is_sent(
    cli: Cli, world: World, traffic: Traffic, which: str
) -> None:
    state = cli.folder / ".copilot-seats"
    (state / "acme.lock").unlink(missing_ok=True)
    ledger = cli.read(".copilot-seats/acme.jsonl")
    state.chmod(0o777 if which == "file" else 0o555)
    (state / "acme.jsonl").chmod(0o444)
    try:
        for command in (["apply", "plan.json"], ["apply", "--auto-approve"]):
            ran = begun_by(cli, without_override, *command, *QUICK)
            assert ran.code == 1
            assert "write access" in ran.err
        ran = begun_by(cli, without_override, "plan", "--format", "json")
        assert ran.code == 0
        assert changes_of(ran.json) == PLANNED
    finally:
        state.chmod(0o755)
    assert traffic.effects == {}
    assert cli.read(".copilot-seats/acme.jsonl") == ledger


def test_a_broken_ledger_is_told_before_anything_is_sent(
    cli: Cli, world: World, traffic: Traffic
) -> None:
    ledger = cli.folder / ".copilot-seats/acme.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    another = lines[0].replace(b"70211", b"70212")
    for broken in (lines[1:], [*lines[:1], *lines[2:]], [another, *lines[1:]]):
        ledger.write_bytes(b"".join(broken))
        for command in ("apply plan.json", "apply --auto-approve", "undo --auto-approve"):
            assert "ledger" in cli(*command.split(), *QUICK, code=1).err
    assert traffic.effects == {}
