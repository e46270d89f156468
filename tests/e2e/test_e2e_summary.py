"""`--summary` tells of what failed too, and `drift --out` leaves no plan that is not its own."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from e2e_support import TOKEN, Cli, Serve, Started, crowd, eventually, row, schema, snapshot

from reconciler.cli import summary
from reconciler.cli.commands import plan as plan_command
from reconciler.sandbox import Fault, World

FILE = "version: 1\norg: acme\nseats: {members: all}\n"
BROKEN = "version: 1\norg: acme\nseats: {membres: all}\n"

LOOKING = (["plan"], ["drift"])
WRITING = (["apply", "--auto-approve", "--pace", "0"], ["undo", "--auto-approve", "--pace", "0"])
ALL = pytest.mark.parametrize("command", [*LOOKING, *WRITING], ids=lambda one: one[0])


@pytest.fixture
def world(cli: Cli, served: Serve) -> World:
    world = served(snapshot([*crowd(20), row("stray")], members=["fresh"]))
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    return world


def failed(cli: Cli, *arguments: object, code: int = 1) -> str:
    """Run a command that fails; return the summary."""
    cli(*arguments, "--summary", "s.md", code=code)
    return cli.read("s.md")


# --- what failed --------------------------------------------------------------------------------


@ALL
def test_what_is_wrong_with_the_file(cli: Cli, world: World, command: list[str]) -> None:
    cli.write("seats.yml", BROKEN)
    text = failed(cli, *command)
    assert text.startswith(f"### Copilot seats: `{command[0]}` failed for `seats.yml`\n")
    assert "| `seats.yml:3:9` | " in text
    assert "membres" in text


@ALL
def test_a_file_that_is_not_there(cli: Cli, world: World, command: list[str]) -> None:
    text = failed(cli, command[0], "nowhere.yml", *command[1:])
    assert f"`{command[0]}` failed for `nowhere.yml`" in text
    assert "> [!CAUTION]\n> nowhere.yml" in text or "| `nowhere.yml:1:1` |" in text


@ALL
def test_what_github_refuses(cli: Cli, world: World, command: list[str]) -> None:
    cli("apply", "--auto-approve", "--pace", 0, "--wait", 0, code=0)
    cli.environment["GITHUB_TOKEN"] = f"{TOKEN} "
    text = failed(cli, *command)
    assert f"`{command[0]}` failed" in text
    assert "> [!CAUTION]\n> The GITHUB&#95;TOKEN holds a space" in text
    cli.environment["GITHUB_TOKEN"] = TOKEN


@ALL
def test_a_ledger_that_is_broken(cli: Cli, world: World, command: list[str]) -> None:
    cli.write(".copilot-seats/acme.jsonl", "{}\n")
    assert "acme.jsonl" in failed(cli, *command)


def test_a_plan_file_that_may_not_be_applied(cli: Cli, world: World) -> None:
    cli.write("plan.json", "{}")
    text = failed(cli, "apply", "plan.json", code=4)
    assert "`apply` failed for `plan.json`" in text
    assert "this plan file may not be applied" in text


def test_nobody_to_ask(cli: Cli, world: World) -> None:
    ran = cli.process("apply", "--summary", "s.md", code=1)
    assert "--auto-approve" in ran.err
    assert "there is no terminal to ask on" in cli.read("s.md")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption(cli: Cli, served: Serve, number: int) -> None:
    served(snapshot(crowd(3)), faults=[Fault("GET */copilot/billing", delay=20)])
    cli.write("seats.yml", FILE)
    command = ("plan", "--no-state", "--summary", "s.md")
    [sandbox] = served.sandboxes  # type: ignore[attr-defined]
    with Started(cli, *command) as running:
        eventually(lambda: sandbox.faults.as_json()[0]["struck"] > 0)
        running.signal(number)
        sandbox.close()
        running.end(code=128 + number)
    assert "> [!CAUTION]\n> interrupted before its end" in cli.read("s.md")


def test_a_bug(cli: Cli, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(plan_command, "_plan", broken)
    with pytest.raises(AssertionError, match="Traceback"):
        cli("plan", "--summary", "s.md")
    text = cli.read("s.md")
    assert "a bug (ZeroDivisionError); the log has the details" in text
    assert "secret" not in text


def test_a_summary_that_can_not_be_written_hides_no_error(cli: Cli, world: World) -> None:
    cli.write("seats.yml", BROKEN)
    ran = cli("plan", "--summary", "nowhere/s.md", code=1)
    assert "membres" in ran.err


@pytest.mark.parametrize("command", LOOKING, ids=lambda one: one[0])
def test_of_several_files_each_tells_its_own(
    cli: Cli, served: Serve, world: World, command: list[str]
) -> None:
    served(snapshot(crowd(3)), snapshot(crowd(3), org="globex"))
    cli.write("broken.yml", BROKEN.replace("acme", "initech"))
    cli.write("globex.yml", FILE.replace("acme", "globex"))
    files = ["broken.yml", "globex.yml", "seats.yml"]
    text = failed(cli, *command, *files, "--no-state")
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert headings == [
        f"### Copilot seats: `{command[0]}` failed for `broken.yml`",
        "### Copilot seats of `globex`",
        "### Copilot seats of `acme`",
    ]


def test_what_goes_wrong_after_the_report_is_told_after_it(
    cli: Cli, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler.app.apply import LedgerJournal
    from reconciler.errors import LedgerError

    def broken(_: object) -> None:
        raise LedgerError("the disk is full")

    monkeypatch.setattr(LedgerJournal, "require_whole", broken)
    text = failed(cli, "apply", "--auto-approve", "--pace", 0, "--wait", 0)
    report, _, trouble = text.partition("### Copilot seats: `apply` failed for `seats.yml`")
    assert "Done: 1 change" in report
    assert "the disk is full" in trouble


def last_line(cli: Cli, *arguments: str) -> str:
    """Run a drift that fails; return the last line of its summary."""
    (cli.folder / "s.md").unlink(missing_ok=True)
    return failed(cli, "drift", *arguments).splitlines()[-1]


def test_a_night_that_failed_has_a_heartbeat_by_the_api_s_clock(
    cli: Cli, served: Serve, world: World
) -> None:
    world.advance(timedelta(days=3))
    cli.write(".copilot-seats/acme.jsonl", "{}\n")
    assert last_line(cli) == "`drift acme 2026-11-19T08:00:00Z: failed`"
    served(snapshot(crowd(3)), faults=[Fault("GET */copilot/billing", status=403)])
    assert last_line(cli, "--no-state") == "`drift acme 2026-11-16T08:00:00Z: failed`"


def test_without_an_answer_the_heartbeat_is_by_this_machine_s_clock(cli: Cli, world: World) -> None:
    cli.write("seats.yml", BROKEN)
    before = datetime.now(UTC).replace(microsecond=0)
    said = re.fullmatch(r"`drift acme (.*): failed`", last_line(cli))
    assert said is not None
    assert before <= datetime.fromisoformat(said[1]) <= datetime.now(UTC)
    assert re.fullmatch(r"`drift nowhere.yml 20.*Z: failed`", last_line(cli, "nowhere.yml"))
    cli.write("seats.yml", FILE)
    cli.environment["GITHUB_API_URL"] = "http://127.0.0.1:9"
    said = re.fullmatch(r"`drift acme (.*): failed`", last_line(cli, "--max-wait", "0"))
    assert said is not None
    assert before <= datetime.fromisoformat(said[1])


# --- how much there is room for -----------------------------------------------------------------


RULES = """\
inactivity:
  rules:
    - name: everyone
      idle: {warn: 30d, cancel: 60d}
guards:
  max_cancellations_per_cycle: 100%
"""


def test_a_summary_has_all_of_it_and_an_issue_a_fair_share(cli: Cli, served: Serve) -> None:
    tired = [row(f"tired-{n:03}", active="-45d", given="-200d") for n in range(150)]
    strays = [row(f"stray-{n:04}") for n in range(2000)]
    served(snapshot([*crowd(20), *tired, *strays]))
    claimed = [f"busy-{n:03}" for n in range(20)] + [f"tired-{n:03}" for n in range(150)]
    file = f"version: 1\norg: acme\nseats:\n  users: [{', '.join(claimed)}]\n{RULES}"
    cli.write("seats.yml", file)
    cli("ledger", "init", code=0)
    cli.environment["GITHUB_REPOSITORY"] = "acme/seats"
    cli("drift", "--out", "plan.json", "--summary", "s.md", code=2)
    text = cli.read("s.md")
    cli("issue", "plan.json", "--body", "s.md", code=0)
    repository = served.sandboxes[-1].repositories.find("acme", "seats")  # type: ignore[attr-defined]
    [issue] = repository.threads.values()

    assert text.count("`stray-") == 2000
    assert text.count("`tired-") == issue.body.count("`tired-") == 150
    assert 300 < issue.body.count("`stray-") < 2000
    assert "**Cut short**" in issue.body.partition("####")[0]
    assert issue.body.splitlines()[-1].startswith("`drift acme 2026-11-16T08:00:00Z: ")


def test_a_summary_stays_below_what_a_job_s_may_hold(tmp_path: Path) -> None:
    path = tmp_path / "s.md"
    path.write_text("x" * 500_000)
    summary.add(path, lambda most: "é" * most)
    assert 890_000 < path.stat().st_size <= 900_000
    summary.add(path, lambda most: "é" * most)
    assert path.stat().st_size <= 960_000


# --- validate -----------------------------------------------------------------------------------


def test_validate_adds_what_it_found(cli: Cli) -> None:
    cli.write("seats.yml", FILE)
    cli.write("broken.yml", BROKEN.replace("acme", "globex"))
    cli("validate", "--summary", "s.md", code=0)
    assert "**1 file: 0 errors.**" in cli.read("s.md")
    shown = cli("validate", "seats.yml", "broken.yml", "--summary", "s.md", code=1).out
    assert "**2 files: 1 error.**" in cli.read("s.md")
    assert "| `broken.yml:3:9` |" in cli.read("s.md")
    assert "broken.yml:3:9" in shown
    assert "can't be written" in cli("validate", "--summary", "nowhere/s.md", code=1).err


# --- drift --out --------------------------------------------------------------------------------


def test_drift_writes_the_plan_and_the_heartbeat(cli: Cli, world: World) -> None:
    out = cli("drift", "--out", "plan.json", "--summary", "s.md", code=2).out
    plan = cli.load("plan.json")
    schema("plan").validate(plan)
    assert [one["name"] for one in plan["resource_changes"]] == ["fresh"]
    assert cli.read("s.md").splitlines()[-1] == f"`{out.splitlines()[-1]}`"
    assert cli("apply", "plan.json", "--pace", 0, "--wait", 0, code=0)


def test_of_several_files_the_plans_are_in_a_folder(cli: Cli, served: Serve, world: World) -> None:
    served(snapshot(crowd(3)), snapshot(crowd(3), org="Globex"))
    cli.write("globex.yml", FILE.replace("acme", "Globex"))
    cli("drift", "seats.yml", "globex.yml", "--no-state", "--out", "plans", code=0)
    assert {"plans/acme.json", "plans/globex.json"} <= cli.files()


BREAK: dict[str, Callable[[Cli], object]] = {
    "file": lambda cli: cli.write("seats.yml", BROKEN),
    "ledger": lambda cli: cli.write(".copilot-seats/acme.jsonl", "{}\n"),
}


@pytest.mark.parametrize("what", BREAK)
def test_a_drift_that_fails_leaves_no_plan_of_an_earlier_one(
    cli: Cli, world: World, what: str
) -> None:
    cli("drift", "--out", "plan.json", code=2)
    BREAK[what](cli)
    cli("drift", "--out", "plan.json", code=1)
    assert "plan.json" not in cli.files()


def test_of_several_files_too(cli: Cli, served: Serve, world: World) -> None:
    served(snapshot(crowd(3)), snapshot(crowd(3), org="globex"))
    cli.write("globex.yml", FILE.replace("acme", "globex"))
    both = ("drift", "seats.yml", "globex.yml", "--out", "plans")
    cli(*both, "--no-state", code=0)
    cli.write(".copilot-seats/acme.jsonl", "{}\n")
    cli(*both, code=1)
    assert {one for one in cli.files() if one.startswith("plans/")} == {"plans/globex.json"}


def test_what_is_no_plan_is_not_removed(cli: Cli, world: World) -> None:
    cli.write("notes.md", "mine")
    cli.write("seats.yml", BROKEN)
    cli("drift", "--out", "notes.md", code=1)
    assert cli.read("notes.md") == "mine"


@pytest.mark.parametrize("out", [".", "..", "", "/", "folder"])
def test_a_folder_is_no_plan(cli: Cli, world: World, out: str) -> None:
    (cli.folder / "folder").mkdir()
    for command in ("drift", "plan"):
        assert "can't be written" in cli(command, "--out", out, code=1).err
