"""Exit codes: which one counts when several hold, through the real command."""

from __future__ import annotations

import itertools
import json
import os
import signal
from collections.abc import Iterable
from pathlib import Path

import pytest
from e2e_gate import Traffic
from e2e_support import ROOT, Cli, Json, Serve, Started, live, outcomes_of, row, snapshot

from reconciler.apply import sending
from reconciler.sandbox import Fault, World

PRECEDENCE = (130, 143, 5, 1, 4, 3, 2, 0)
FULL = Path("/dev/full")


def worst(codes: Iterable[int]) -> int:
    """Return the code that counts, as the documentation says."""
    found = set(codes)
    return next(code for code in PRECEDENCE if code in found)


def subsets(*codes: int) -> list[tuple[int, ...]]:
    sizes = range(1, len(codes) + 1)
    return [one for size in sizes for one in itertools.combinations(codes, size)]


# --- several files ------------------------------------------------------------------------------


@pytest.fixture
def four(cli: Cli, served: Serve) -> list[World]:
    """Serve an organisation for each code a look can end with; their files are named by it."""
    busy = [row(f"busy-{number:02}") for number in range(30)]
    users = ", ".join(f"busy-{number:02}" for number in range(30))
    orgs = {0: [], 2: [row("stray")], 3: [row("stray")]}
    served(*(snapshot([*busy, *more], org=f"org-{code}") for code, more in orgs.items()))
    for code in orgs:
        guards = "guards: {max_cancellations_per_cycle: 0}\n" if code == 3 else ""
        file = f"version: 1\norg: org-{code}\nseats: {{users: [{users}]}}\n{guards}"
        cli.write(f"{code}.yml", file)
        cli("ledger", "init", f"{code}.yml", code=0)
    cli.write("1.yml", "version: 1\norg: nobody\nseats: {users: [mona]}\n")
    sandboxes = served.sandboxes[-1]  # type: ignore[attr-defined]
    return list(sandboxes.worlds)


@pytest.mark.parametrize("codes", subsets(0, 1, 2, 3), ids=str)
def test_of_several_looks_the_worst_counts(
    cli: Cli, four: list[World], codes: tuple[int, ...]
) -> None:
    files = [f"{code}.yml" for code in codes]
    expected = worst(codes)
    assert cli("drift", *files, code=expected)
    assert cli("drift", *reversed(files), code=expected)
    assert cli("plan", "--detailed-exitcode", *files, code=expected)
    plain = worst(0 if code == 2 else code for code in codes)
    ran = cli("plan", "--format", "json", *files, code=plain)
    if len(files) > 1:
        told = {one["file"]: one["exit_code"] for one in ran.json["results"]}
        assert told == {f"{code}.yml": 0 if code == 2 else code for code in codes}


def test_a_guard_counts_beside_changes_that_may_be_made(cli: Cli, four: list[World]) -> None:
    cli.write("3.yml", cli.read("3.yml").replace("busy-29]", "busy-29, newcomer]"))
    four[2].join_organization("newcomer")
    for options in ([], ["--detailed-exitcode"]):
        ran = cli("plan", "3.yml", "--format", "json", *options, code=3)
        assert len(ran.json["resource_changes"]) == 1
    assert cli("drift", "3.yml", code=3)


# --- validate and test --------------------------------------------------------------------------


def test_findings_are_an_error(cli: Cli) -> None:
    cli.write("good.yml", "version: 1\norg: acme\nseats: {users: [mona]}\n")
    cli.write("bad.yml", "version: 1\norg: beta\nseats: {users: [mona, mona]}\n")
    assert cli("validate", "good.yml", code=0)
    assert cli("validate", "bad.yml", code=1)
    assert cli("validate", "good.yml", "bad.yml", code=1)
    for command in ("plan", "drift", "apply --auto-approve", "undo --auto-approve"):
        name, *options = command.split()
        assert cli(name, "bad.yml", *options, code=1)


# --- apply --------------------------------------------------------------------------------------

FILE = """\
version: 1
org: acme
seats:
  users: [{users}]
inactivity:
  rules:
    - {{name: everyone, idle: {{cancel: 30d}}}}
"""
BUSY = [f"busy-{number:02}" for number in range(40)]


def file_for(*more: str) -> str:
    return FILE.format(users=", ".join([*BUSY, "sleepy", *more]))


def acme() -> Json:
    """Return an organisation of which sleepy is idle and stray undeclared."""
    return snapshot([*map(row, BUSY), row("sleepy", active="-45d"), row("stray")])


@pytest.fixture
def world(cli: Cli, served: Serve) -> World:
    world = served(acme())
    cli.write("seats.yml", file_for())
    cli("ledger", "init", code=0)
    return world


def go_wrong(served: Serve, *faults: Fault) -> None:
    served.sandboxes[-1].faults.add(faults)  # type: ignore[attr-defined]


OUTCOMES = {"done": 0, "failed": 5, "not_tried": 1}
GUARDED = {"nothing withheld": 0, "withheld in the file": 3, "withheld now": 3}
TOLD = {"told": 0, "no room to tell": 1}


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("guarded", GUARDED)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_of_all_that_holds_after_an_apply_the_worst_counts(
    cli: Cli,
    world: World,
    served: Serve,
    monkeypatch: pytest.MonkeyPatch,
    outcome: str,
    guarded: str,
    told: str,
) -> None:
    # A login that does not exist withholds the delete of stray, and of nobody else.
    cli.write("seats.yml", file_for(*(["ghost"] if guarded == "withheld in the file" else [])))
    cli("plan", "--out", "plan.json", code=GUARDED[guarded] if "file" in guarded else 0)
    cli.write("seats.yml", file_for(*(["ghost"] if guarded == "withheld now" else [])))
    if outcome == "failed":
        go_wrong(served, Fault("DELETE */selected_users", status=422, message="No."))
    if outcome == "not_tried":
        monkeypatch.setattr(sending, "STALE_AFTER", -1.0)
        go_wrong(served, Fault("GET */billing/seats", nth=(2,), status=403))
    options = ["--summary", FULL] if told == "no room to tell" else []
    expected = worst((OUTCOMES[outcome], GUARDED[guarded], TOLD[told]))
    ran = cli("apply", "plan.json", "--pace", 0, "--wait", 0, "--format", "json", *options)
    assert ran.code == expected, ran.text
    results = outcomes_of(ran.json)
    assert results["sleepy"] == outcome
    assert ran.json["exit_code"] == worst((OUTCOMES[outcome], GUARDED[guarded]))
    if "now" in guarded:
        assert results["stray"] == "skipped"
    assert ("No space left" in ran.err) is bool(TOLD[told])
    assert cli("ledger", "verify", code=0)


def test_what_is_unconfirmed_is_incomplete(cli: Cli, served: Serve) -> None:
    served(acme(), switches={"stale_readings": 9})
    cli.write("seats.yml", file_for())
    cli("ledger", "init", code=0)
    ran = cli("apply", "--auto-approve", "--pace", 0, "--wait", 0, "--format", "json", code=5)
    assert set(outcomes_of(ran.json).values()) == {"unconfirmed"}


def test_all_skipped_and_nothing_to_do_is_done(cli: Cli, world: World) -> None:
    cli("plan", "--out", "plan.json", code=0)
    world.set_activity("sleepy", world.now)
    cli.write("seats.yml", file_for("stray"))
    ran = cli("apply", "plan.json", "--pace", 0, "--format", "json", code=0)
    assert set(outcomes_of(ran.json).values()) == {"skipped"}
    assert cli("apply", "--auto-approve", code=0)


def test_a_plan_without_changes_whose_changes_were_withheld(cli: Cli, world: World) -> None:
    cli.write("seats.yml", file_for() + "guards: {max_cancellations_per_cycle: 0}\n")
    cli("plan", "--out", "plan.json", code=3)
    assert cli("apply", "plan.json", code=3)
    assert cli("apply", "--auto-approve", code=3)


def test_a_plan_file_that_may_not_be_applied_whatever_else_holds(cli: Cli, world: World) -> None:
    cli.write("seats.yml", file_for("ghost"))
    cli("plan", "--out", "plan.json", code=3)
    cli("apply", "plan.json", "--pace", 0, code=3)
    assert cli("apply", "plan.json", "--pace", 0, code=4), "withheld, and used already"
    plan = cli.load("plan.json")
    plan["copilot_seats"]["withheld"] = []
    cli.write("plan.json", json.dumps(plan))
    assert cli("apply", "plan.json", code=4), "altered"


def test_nobody_to_ask_and_no_ledger_are_errors(cli: Cli, world: World) -> None:
    assert cli.process("apply", code=1)
    (cli.folder / ".copilot-seats" / "acme.jsonl").unlink()
    cli("plan", "--out", "plan.json", code=3)
    assert cli("apply", "plan.json", code=1), "no ledger, and withheld"
    assert {"sleepy", "stray"} <= live(world)


# --- undo ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("fails", [False, True])
def test_of_all_that_holds_after_an_undo_the_worst_counts(
    cli: Cli, world: World, served: Serve, fails: bool, guarded: bool
) -> None:
    world.join_organization("ada")
    cli.write("seats.yml", file_for("ada"))
    cli("apply", "--auto-approve", "--pace", 0, code=0)
    if guarded:
        limit = "guards: {max_cancellations_per_cycle: 0}\n"
        cli.write("seats.yml", file_for("ada") + limit)
    if fails:
        go_wrong(served, Fault("POST */selected_users", status=422, message="No."))
    expected = worst((5 if fails else 0, 3 if guarded else 0))
    assert cli("undo", "--auto-approve", "--pace", 0, "--wait", 0, code=expected)
    assert ("ada" in live(world)) is guarded
    assert ("stray" in live(world)) is not fails


# --- interrupted --------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_counts_before_what_failed_and_was_withheld(
    cli: Cli, world: World, served: Serve, number: int, code: int
) -> None:
    cli.write("seats.yml", file_for("ghost", "ada"))
    world.join_organization("ada")
    cli("plan", "--out", "plan.json", code=3)
    go_wrong(served, Fault("POST */selected_users", status=422, message="No."))
    traffic = Traffic(served.sandboxes[-1])  # type: ignore[attr-defined]
    traffic.hold(lambda _, request: request.method == "DELETE", "before")
    with Started(cli, "apply", "plan.json", "--pace", 0, "--wait", 0) as running:
        assert traffic.held.wait(30)
        running.signal(number)
        running.end(code=code)
        traffic.let_go()
    assert cli("ledger", "verify", code=0)


@pytest.mark.parametrize("where", ["import", "exec", "exit"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_while_python_imports_or_ends_is_no_traceback(
    cli: Cli, where: str, number: int, code: int
) -> None:
    hit = f"import os, signal, time\ndef hit():\n    os.kill(os.getpid(), {int(number)})\n"
    wait = "    time.sleep(20)\n"
    if where == "import":
        cli.write("first/click.py", f"{hit}{wait}hit()\n")
    elif where == "exec":
        cli.write("first/yaml.py", f"{hit}{wait}exec('hit()')\n")
    else:
        cli.write("first/sitecustomize.py", f"{hit}{wait}import atexit\natexit.register(hit)\n")
    cli.environment["PYTHONPATH"] = os.pathsep.join((str(cli.folder / "first"), str(ROOT)))
    cli.write("seats.yml", file_for("ghost"))
    with Started(cli, "validate") as running:
        ran = running.end(code=code)
    assert "KeyboardInterrupt" not in ran.err
