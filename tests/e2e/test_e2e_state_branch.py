"""Ledgers on a branch: what a run knows is there before it sends, and two runs never both apply."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_gate import Traffic, Where
from e2e_support import (
    ROOT,
    Cli,
    Json,
    Serve,
    Started,
    changes_of,
    crowd,
    holders,
    live,
    outcomes_of,
    row,
    snapshot,
)
from git_place import SOMEBODY, Place, git
from test_e2e_recovery import AFTER, FILE, ONCE, PLANNED, QUICK, WRITES, acme, few, write

from reconciler.sandbox import Sandbox, World
from reconciler.sandbox.answers import Answer, Request

NAME = "seats/ledger"
BRANCH = ("--state-branch", NAME)
ADVICE = f"copilot-seats ledger init seats.yml --state-branch {NAME}"


@pytest.fixture
def place(cli: Cli) -> Place:
    """The folder of the command as a clone, with its remote."""
    cli.environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    cli.environment["TMPDIR"] = str(cli.folder.parent)  # what is killed leaves something behind
    return Place(cli.folder.parent, NAME)


@pytest.fixture
def world(cli: Cli, place: Place, served: Serve) -> World:
    """The organisation of the tests of recovery, with its ledger begun and a plan in plan.json."""
    world = served(acme())
    cli.write("seats.yml", FILE)
    cli("ledger", "init", *BRANCH, code=0)
    cli("plan", "--out", "plan.json", *BRANCH, code=0)
    assert changes_of(cli.load("plan.json")) == PLANNED
    return world


@pytest.fixture
def traffic(world: World, served: Serve) -> Traffic:
    return Traffic(sandbox_of(served))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing between the tries of a push in this process."""
    monkeypatch.setattr("reconciler.ledger.git.retry.sleep", lambda _seconds: None)


def sandbox_of(served: Serve) -> Sandbox:
    sandbox: Sandbox = served.sandboxes[-1]  # type: ignore[attr-defined]
    return sandbox


def when(served: Serve, chosen: Callable[[int, Request], bool], do: Callable[[], object]) -> None:
    """Do something just before the first request of which *chosen* says yes."""
    sandbox = sandbox_of(served)
    handle, done = sandbox.api.handle, []

    def passing(request: Request) -> Answer:
        if not done and chosen(0, request):
            done.append(request)
            do()
        return handle(request)

    sandbox.api.handle = passing  # type: ignore[method-assign]


def apply(cli: Cli, code: int) -> Json:
    """Apply the plan file; return its report."""
    ran = cli("apply", "plan.json", *QUICK, *BRANCH, "--format", "json", code=code)
    report: Json = ran.json
    return report


def elsewhere(cli: Cli, place: Place) -> Cli:
    """Return the command in another clone, as the next runner has it."""
    folder = place.root / f"clone-{len(list(place.root.glob('clone-*')))}"
    git(place.root, "clone", "--quiet", place.remote, folder)
    for name in ("seats.yml", "plan.json"):
        shutil.copy(cli.folder / name, folder / name)
    return Cli(folder, cli.environment, cli.said)


def events(place: Place, org: str = "acme", branch: str | None = None) -> list[Json]:
    lines = place.content(f"{org}.jsonl", branch).splitlines()
    return [json.loads(line) for line in lines]


def kinds(place: Place, org: str = "acme", branch: str | None = None) -> list[str]:
    return [one["event"] for one in events(place, org, branch)]


def ended(place: Place, kind: str, action: str, branch: str | None = None) -> set[str]:
    """Return the results that the ledger has of changes of a kind."""
    outcomes = [one["targets"] for one in events(place, branch=branch) if one["event"] == "outcome"]
    changes = [one for targets in outcomes for one in targets]
    return {one["result"] for one in changes if (one["type"], one["action"]) == (kind, action)}


def test_the_ledger_on_the_branch_survives_a_renaming(
    cli: Cli, place: Place, world: World, served: Serve
) -> None:
    now = acme()
    served(now | {"organization": {**now["organization"], "login": "acme-corp"}})
    runner = elsewhere(cli, place)
    told = runner("plan", *BRANCH, code=1).err
    assert "that is acme-corp now: write `org: acme-corp`" in told
    before = place.content("acme.jsonl")
    runner.write("seats.yml", FILE.replace("org: acme", "org: acme-corp"))
    runner("drift", *BRANCH, code=2)
    plan = runner("plan", *BRANCH, "--out", "plan.json", "--format", "json", code=0).json
    assert set(changes_of(plan)) == set(PLANNED)
    report = apply(runner, 0)
    assert set(outcomes_of(report).values()) == {"done"}
    assert report["org"]["login"] == "acme-corp"
    assert place.content("acme.jsonl").startswith(before)
    assert kinds(place)[-1] == "apply_finished"
    assert "acme-corp" not in git(place.remote, "ls-tree", "-r", "--name-only", place.ref)


# --- one run ------------------------------------------------------------------------------------


def test_from_the_first_ledger_to_an_undo(
    cli: Cli, place: Place, world: World, traffic: Traffic
) -> None:
    before = few(world)
    assert place.branches() == {NAME}
    assert cli("drift", *BRANCH, code=2).out.splitlines()[-1].startswith("drift acme ")
    cli("plan", "--out", "plan.json", *BRANCH, code=0)
    assert set(outcomes_of(apply(cli, 0)).values()) == {"done"}
    assert dict(traffic.effects) == ONCE
    assert few(world) == AFTER
    assert kinds(place)[-1] == "apply_finished"
    assert "a plan is used once" in elsewhere(cli, place)("apply", "plan.json", *BRANCH, code=4).err
    undoing = elsewhere(cli, place)
    undoing("undo", "--auto-approve", *QUICK, *BRANCH, code=0)
    assert live(world) >= {name for name, how in before.items() if not how.startswith("pending")}
    head = undoing("plan", "--format", "json", *BRANCH).json["copilot_seats"]["ledger_head"]
    assert f"head {head}" in undoing("ledger", "show", *BRANCH, code=0).out
    assert (
        "acme.jsonl on branch seats/ledger: whole" in cli("ledger", "verify", *BRANCH, code=0).out
    )
    assert "sleepy" in cli("explain", "seats.yml", "sleepy", *BRANCH, code=0).out
    assert place.files() == {"acme.jsonl"}
    assert not (cli.folder / ".copilot-seats").exists()


def test_init_begins_the_ledger_on_the_branch(cli: Cli, place: Place, served: Serve) -> None:
    served(snapshot(crowd(40)))
    ran = cli("init", "--org", "acme", *BRANCH, code=0)
    assert "ledger acme.jsonl on branch seats/ledger: begun" in ran.out
    assert kinds(place)[:2] == ["begun", "observed"]
    cli("plan", "--detailed-exitcode", *BRANCH, code=0)
    (cli.folder / "seats.yml").unlink()
    next_step = cli("init", "--org", "acme", *BRANCH, code=0).out.splitlines()[-1]
    assert next_step == f"next: copilot-seats plan seats.yml --state-branch {NAME}"
    (cli.folder / "seats.yml").unlink()
    assert "kept, it exists already" in cli("init", "--org", "acme", *BRANCH, code=0).out
    error = cli("ledger", "init", *BRANCH, code=1).err
    assert "ledger acme.jsonl on branch seats/ledger exists already" in error


@pytest.mark.parametrize("missing", ["branch", "ledger"])
def test_a_missing_ledger_is_not_an_empty_one(
    cli: Cli, place: Place, served: Serve, missing: str
) -> None:
    world = served(acme())
    cli.write("seats.yml", FILE)
    if missing == "ledger":
        place.commit({"other.jsonl": "{}\n"})
    before = place.branches()
    plan = cli("plan", "--format", "json", *BRANCH, code=3).json
    assert {one["guard"] for one in plan["copilot_seats"]["withheld"]} == {"memory"}
    for command in ("apply --auto-approve", "undo --auto-approve", "ledger verify", "ledger show"):
        error = cli(*command.split(), *BRANCH, code=1).err
        assert "branch seats/ledger" in error
        if command != "undo --auto-approve":
            assert ADVICE in error
    assert [one["way_out"] for one in plan["checks"] if one["name"] == "memory"] == [
        f"begin one: `{ADVICE}`"
    ]
    cli.write("base/seats.yml", FILE)
    assert ADVICE in cli("plan", "--base", "base/seats.yml", *BRANCH, code=3).out
    assert "no ledger: nothing is remembered" in cli("drift", *BRANCH, code=3).err
    assert place.branches() == before
    assert few(world)["sleepy"] == "direct"


def test_what_only_looks_pushes_nothing(cli: Cli, place: Place, world: World) -> None:
    place.hook("pre-receive", "touch pushed; exit 1")
    tip = place.tip()
    cli("plan", "--out", "plan.json", *BRANCH, code=0)
    cli("explain", "seats.yml", "mona", *BRANCH, code=0)
    cli("snapshot", "seats.yml", "-o", "snapshot.json", *BRANCH, code=0)
    cli("plan", "--live", "snapshot.json", *BRANCH, code=0)
    cli("ledger", "show", *BRANCH, code=0)
    cli("ledger", "verify", *BRANCH, code=0)
    assert place.tip() == tip
    assert not (place.remote / "pushed").exists()


def test_one_place_for_ledgers(cli: Cli, place: Place, world: World) -> None:
    for command in ("plan", "drift", "apply --auto-approve", "ledger init", "undo --auto-approve"):
        for more in (["--state", "here"], ["--no-state"]):
            assert "--no-state" in cli(*command.split(), *BRANCH, *more, code=1).err
    assert place.count() == 1


def test_without_a_repository(cli: Cli, served: Serve) -> None:
    served(acme())
    cli.write("seats.yml", FILE)
    assert "is in none that can be used" in cli("plan", *BRANCH, code=1).err


def test_without_any_configuration_of_git_and_without_a_home(
    cli: Cli, place: Place, world: World
) -> None:
    environ = {name: value for name, value in cli.variables().items() if name != "HOME"}
    environ.pop("GIT_CONFIG_GLOBAL")
    for arguments in (("drift",), ("apply", "plan.json", *QUICK)):
        done = subprocess.run(
            cli.command(*arguments, *BRANCH),
            cwd=cli.folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode in (0, 2), done.stderr
    assert kinds(place)[-1] == "apply_finished"
    assert git(place.remote, "log", "-1", "--format=%an", place.ref) == "copilot-seats"


def test_a_hostile_name_of_a_branch(cli: Cli, place: Place, world: World) -> None:
    before = cli.files()
    names = "--upload-pack=touch pwned", "-x", "$(touch pwned)", "a b", "../../x", "HEAD", "a:b"
    for name in names:
        for command in ("plan", "drift"):
            error = cli(command, f"--state-branch={name}", code=1).err
            assert "can't be a branch's name" in error
    assert cli.files() == before
    assert place.branches() == {NAME}


def test_several_files_share_the_branch(cli: Cli, place: Place, served: Serve) -> None:
    served(acme(), snapshot(crowd(40, "other"), org="other"))
    cli.write("seats.yml", FILE)
    cli.write("other.yml", "version: 1\norg: other\nseats: {members: all}\n")
    for name in ("seats.yml", "other.yml"):
        cli("ledger", "init", name, *BRANCH, code=0)
    cli("drift", "seats.yml", "other.yml", *BRANCH, code=2)
    assert place.files() == {"acme.jsonl", "other.jsonl"}
    assert kinds(place)[-1] == kinds(place, "other")[-1] == "observed"
    assert place.subjects()[2:] == ["drift acme", "drift other"]


# --- two runs that meet -------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["apply plan.json", "apply --auto-approve"])
def test_the_run_that_comes_second_sends_nothing(
    cli: Cli, place: Place, world: World, traffic: Traffic, command: str
) -> None:
    """Both have read the same ledger; while the first still reads, the second does it all.

    The sandbox's clock stands still, so that both write the same lines.
    """
    reading = iter(range(9))
    number = 0 if "plan" in command else 1  # the first is for the plan that is shown

    def seats(_: int, request: Request) -> bool:
        found = request.method == "GET" and request.path.endswith("/billing/seats")
        return found and next(reading) == number

    traffic.hold(seats, "after")
    with Started(cli, *command.split(), *QUICK, *BRANCH) as first:
        assert traffic.held.wait(30)
        second = elsewhere(cli, place)
        assert set(outcomes_of(apply(second, 0)).values()) == {"done"}
        tip = place.tip()
        traffic.let_go()
        error = first.end(code=1).err
    assert "was written by `copilot-seats apply`" in error
    assert "Nothing was sent" in error
    assert dict(traffic.effects) == ONCE
    assert few(world) == AFTER
    assert place.tip() == tip
    assert place.branches() == {NAME}


def test_of_three_applies_at_once_one_does_it_all(
    cli: Cli, place: Place, world: World, traffic: Traffic
) -> None:
    runners = [elsewhere(cli, place) for _ in range(3)]
    started = [Started(one, "apply", "plan.json", *QUICK, *BRANCH) for one in runners]
    codes = []
    for one in started:
        with one:
            codes.append(one.end().code)
    assert codes.count(0) == 1
    assert set(codes) <= {0, 1, 4}  # 4: it came when all was done
    assert dict(traffic.effects) == ONCE
    assert few(world) == AFTER
    assert kinds(place).count("apply_started") == 1
    assert place.branches() == {NAME}


@pytest.mark.parametrize("request_of", [WRITES[0], WRITES[3]], ids=" ".join)
def test_a_run_that_comes_while_another_applies_is_refused(
    cli: Cli, place: Place, world: World, traffic: Traffic, request_of: tuple[str, str]
) -> None:
    traffic.hold(write(*request_of), "before")
    with Started(cli, "apply", "plan.json", *QUICK, *BRANCH) as first:
        assert traffic.held.wait(30)
        effects, tip = dict(traffic.effects), place.tip()
        second = elsewhere(cli, place)
        for command in ("apply plan.json", "drift"):
            error = second(*command.split(), *BRANCH, code=1).err
            assert "is being written by `copilot-seats apply` (process" in error
        for command in ("apply --auto-approve", "undo --auto-approve"):
            second(*command.split(), *BRANCH)  # where nothing is left to do, nothing is refused
        assert (dict(traffic.effects), place.tip()) == (effects, tip)
        cli("plan", *BRANCH)
        traffic.let_go()
        first.end(code=0)
    assert dict(traffic.effects) == ONCE
    assert few(world) == AFTER


def test_a_run_of_another_attempt_does_not_wait(
    cli: Cli, place: Place, world: World, traffic: Traffic
) -> None:
    """A runner that was lost says nothing; "Re-run failed jobs" begins when it has ended."""
    run = {"GITHUB_RUN_ID": "7", "GITHUB_REPOSITORY": "acme/seats"}
    cli.environment |= run | {"GITHUB_RUN_ATTEMPT": "1"}
    traffic.hold(write("POST", "selected_users"), "after")
    with Started(cli, "apply", "plan.json", *QUICK, *BRANCH) as first:
        assert traffic.held.wait(30)
        second = elsewhere(cli, place)
        second.environment = {**cli.environment, "GITHUB_RUN_ID": "8"}
        error = second("apply", "plan.json", *QUICK, *BRANCH, code=1).err
        assert "(https://github.com/acme/seats/actions/runs/7, last heard of at" in error
        first.signal(signal.SIGKILL)
        first.process.wait(20)
    traffic.let_go()
    second("apply", "plan.json", *QUICK, *BRANCH, code=1)  # who knows on which machine it ran
    second.environment = {**cli.environment, "GITHUB_RUN_ATTEMPT": "2"}
    apply(second, 0)
    assert dict(traffic.effects) == ONCE


def test_a_run_that_is_known_to_be_dead_is_declared_so_as_the_page_says(
    cli: Cli, place: Place, world: World, traffic: Traffic
) -> None:
    cli.environment["GITHUB_RUN_ID"] = "7"  # so that nothing is known of its process
    traffic.hold(write("POST", "selected_users"), "lost")
    with Started(cli, "apply", "plan.json", *QUICK, *BRANCH) as lost:
        assert traffic.held.wait(30)
        lost.signal(signal.SIGKILL)
        lost.process.wait(20)
    traffic.let_go()
    following = elsewhere(cli, place)
    following.environment = {**cli.environment, "GITHUB_RUN_ID": "8"}
    assert "is being written by" in following("drift", *BRANCH, code=1).err
    page = (ROOT / "docs" / "state-branch.md").read_text(encoding="utf-8")
    script = page.partition("<!-- free -->\n```sh\n")[2].partition("```")[0]
    script = script.replace("copilot-seats-ledger", NAME)
    subprocess.run(["sh", "-ec", script], cwd=following.folder, env=SOMEBODY, check=True)
    assert set(outcomes_of(apply(following, 0)).values()) == {"done"}
    assert dict(traffic.effects) == ONCE


def test_a_run_that_was_overtaken_stops_and_keeps_what_it_knows(
    cli: Cli, place: Place, world: World, traffic: Traffic
) -> None:
    """Somebody has decided that it was dead, and gone on; it was not."""
    traffic.hold(write("DELETE", "selected_teams"), "before")
    with Started(cli, "apply", "plan.json", *QUICK, *BRANCH, "--format", "json") as first:
        assert traffic.held.wait(30)
        place.free()
        second = elsewhere(cli, place)
        second("drift", *BRANCH, code=2)
        tip = place.tip()
        traffic.let_go()
        ran = first.end(code=5)
    assert dict(traffic.effects) == {
        name: times for name, times in ONCE.items() if not name.startswith("DELETE selected_users")
    }
    results = outcomes_of(ran.json)
    assert {name for name, result in results.items() if result == "not_tried"} == {
        "sleepy",
        "stray",
    }
    assert "was written by `copilot-seats drift`" in ran.err
    kept = f"{NAME}-acme-{cli.load('plan.json')['copilot_seats']['plan_id']}"
    assert f"What this run wrote since is kept on branch {kept}." in ran.err
    assert place.branches() == {NAME, kept}
    assert place.tip() == tip
    assert ended(place, "copilot_seat_team", "delete") == set()
    assert "done" in ended(place, "copilot_seat_team", "delete", kept)
    second("plan", "--out", "plan.json", *BRANCH, code=0)
    assert changes_of(second.load("plan.json")) == {
        name: PLANNED[name] for name in ("sleepy", "stray")
    }
    apply(second, 0)
    assert dict(traffic.effects) == ONCE
    assert few(world) == AFTER


def test_the_organisations_of_a_matrix_apply_at_once(cli: Cli, place: Place, served: Serve) -> None:
    orgs = ("acme", "other", "third")
    worlds = served(*(snapshot([*crowd(40), row("stray")], org=org) for org in orgs))
    everybody = ", ".join(f"busy-{number:03}" for number in range(40))
    for org in orgs:
        cli.write(f"{org}.yml", f"version: 1\norg: {org}\nseats: {{users: [{everybody}]}}\n")
        cli("ledger", "init", f"{org}.yml", *BRANCH, code=0)
    started = [
        Started(cli, "apply", f"{org}.yml", "--auto-approve", *QUICK, *BRANCH) for org in orgs
    ]
    for one in started:
        with one:
            one.end(code=0)
    assert place.files() == {f"{org}.jsonl" for org in orgs}
    for org in orgs:
        assert kinds(place, org)[-1] == "apply_finished"
        cli("ledger", "verify", f"{org}.yml", *BRANCH, code=0)
        cli("plan", f"{org}.yml", "--detailed-exitcode", *BRANCH, code=0)
    assert "stray" not in live(worlds)
    assert place.branches() == {NAME}


# --- killed, interrupted ------------------------------------------------------------------------


LOST: list[tuple[tuple[str, str], Where]] = [
    (WRITES[0], "after"),
    (WRITES[1], "before"),
    (WRITES[1], "lost"),
    (WRITES[2], "after"),
    (WRITES[3], "before"),
    (WRITES[3], "after"),
    (WRITES[3], "lost"),
]


@pytest.mark.parametrize(("request_of", "where"), LOST)
def test_a_runner_that_is_lost_is_gone_on_from_elsewhere(
    cli: Cli,
    place: Place,
    world: World,
    traffic: Traffic,
    request_of: tuple[str, str],
    where: Where,
) -> None:
    traffic.hold(write(*request_of), where)
    with Started(cli, "apply", "plan.json", *QUICK, *BRANCH) as running:
        assert traffic.held.wait(30)
        running.signal(signal.SIGKILL)
        running.process.wait(20)
    traffic.let_go()
    assert kinds(place)[-1] == "intent"  # what was sent was known before it was
    following = elsewhere(cli, place)
    report = apply(following, 0)
    assert set(outcomes_of(report).values()) == {"done"}
    assert dict(traffic.effects) == ONCE
    assert few(world) == AFTER
    assert "a plan is used once" in following("apply", "plan.json", *BRANCH, code=4).err
    following("plan", "--detailed-exitcode", *BRANCH, code=0)


def test_runners_that_are_lost_at_random_moments(
    cli: Cli, place: Place, world: World, traffic: Traffic, request: pytest.FixtureRequest
) -> None:
    dice = random.Random(int(request.config.getoption("--hypothesis-seed")))
    for _ in range(6):
        with Started(elsewhere(cli, place), "apply", "plan.json", *QUICK, *BRANCH) as running:
            time.sleep(dice.uniform(0.2, 2))
            running.signal(dice.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM)))
            running.process.wait(30)
    last = elsewhere(cli, place)
    codes = [last("apply", "plan.json", *QUICK, *BRANCH).code for _ in range(2)]
    assert codes[1] in (0, 4)  # a push of the last one's may have landed during the first try
    assert few(world) == AFTER
    assert set(traffic.effects) == set(ONCE)
    assert kinds(place)[-1] == "apply_finished"
    last("plan", "--detailed-exitcode", *BRANCH, code=0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted_it_pushes_what_it_wrote(
    cli: Cli, place: Place, world: World, traffic: Traffic, number: int
) -> None:
    traffic.hold(write("POST", "selected_users"), "after")
    with Started(cli, "apply", "plan.json", *QUICK, *BRANCH) as running:
        assert traffic.held.wait(30)
        running.signal(number)
        running.end(code=128 + number)
    traffic.let_go()
    assert kinds(place)[-1] == "intent"
    assert '"writing": true' not in git(place.remote, "log", "-1", "--format=%B", place.ref)
    assert set(outcomes_of(apply(elsewhere(cli, place), 0)).values()) == {"done"}
    assert dict(traffic.effects) == ONCE


def test_interrupted_where_it_can_t_push_it_says_where_the_rest_is(
    cli: Cli, place: Place, world: World, traffic: Traffic, served: Serve, quick: None
) -> None:
    def interrupt() -> None:
        place.hook("update", f"test $1 != {place.ref}")
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    when(served, write("DELETE", "selected_teams"), interrupt)
    # A shell lets what it starts in the background ignore Ctrl-C, these tests included.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        ran = cli("apply", "plan.json", *QUICK, *BRANCH, code=130)
    finally:
        signal.signal(signal.SIGINT, before)
    kept = f"{NAME}-acme-{cli.load('plan.json')['copilot_seats']['plan_id']}"
    assert f"is kept on branch {kept}" in ran.err
    assert "interrupted" in ran.err
    assert place.branches() == {NAME, kept}
    assert kinds(place, branch=kept)[-1] == kinds(place)[-1] == "intent"


# --- pushes that fail ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["apply plan.json", "apply --auto-approve"])
def test_a_push_that_fails_before_the_first_write_ends_the_run(
    cli: Cli, place: Place, world: World, traffic: Traffic, quick: None, command: str
) -> None:
    before, tip = holders(world), place.tip()
    place.hook("pre-receive", "echo the branch is protected >&2; exit 1")
    ran = cli(*command.split(), *QUICK, *BRANCH, "--report", "report.json", code=1)
    assert "the branch is protected" in ran.err
    assert "Nothing was sent" in ran.err
    assert traffic.effects == {}
    assert holders(world) == before
    assert place.tip() == tip
    assert not (cli.folder / "report.json").exists()


def test_an_undo_that_can_t_be_written_down_does_nothing(
    cli: Cli, place: Place, world: World, traffic: Traffic, quick: None
) -> None:
    apply(cli, 0)
    after = holders(world)
    place.hook("pre-receive", "exit 1")
    cli("undo", "--auto-approve", *QUICK, *BRANCH, code=1)
    assert holders(world) == after
    assert dict(traffic.effects) == ONCE


def test_a_drift_that_can_t_be_written_down_says_so(
    cli: Cli, place: Place, world: World, quick: None
) -> None:
    place.hook("pre-receive", "exit 1")
    assert "is not remembered" in cli("drift", *BRANCH, code=1).err


def test_a_remote_that_breaks_in_the_middle_stops_the_run_and_loses_nothing(
    cli: Cli, place: Place, world: World, traffic: Traffic, served: Serve, quick: None
) -> None:
    when(served, write("POST", "selected_users"), lambda: place.hook("pre-receive", "exit 1"))
    ran = cli("apply", "plan.json", *QUICK, *BRANCH, "--format", "json", code=5)
    assert dict(traffic.effects) == {
        name: times for name, times in ONCE.items() if name.startswith("POST")
    }
    results = outcomes_of(ran.json)
    deletes = {name for name, what in PLANNED.items() if what.startswith("delete")}
    assert {name for name, result in results.items() if result == "not_tried"} == deletes
    path = Path(ran.err.partition("is kept in ")[2].partition(", and nowhere else")[0])
    try:
        kept = path.read_text()
        assert kept.startswith(place.content())
        (place.remote / "hooks" / "pre-receive").unlink()
        place.commit({"acme.jsonl": kept})
    finally:
        shutil.rmtree(path.parent.parent)
    cli("ledger", "verify", *BRANCH, code=0)
    assert set(outcomes_of(apply(cli, 0)).values()) == {"done"}
    assert dict(traffic.effects) == ONCE


def test_a_last_push_that_fails_is_told_after_the_report(
    cli: Cli, place: Place, world: World, traffic: Traffic, served: Serve, quick: None
) -> None:
    only_others = f"test $1 != {place.ref}"
    last = write("DELETE", "selected_users")
    when(served, last, lambda: place.hook("update", only_others))
    ran = cli("apply", "plan.json", *QUICK, *BRANCH, "--format", "json", code=1)
    assert set(outcomes_of(ran.json).values()) == {"done"}
    kept = f"{NAME}-acme-{cli.load('plan.json')['copilot_seats']['plan_id']}"
    assert f"is kept on branch {kept}" in ran.err
    assert kinds(place, branch=kept)[-1] == "apply_finished"
    assert kinds(place)[-1] == "intent"
    assert dict(traffic.effects) == ONCE
