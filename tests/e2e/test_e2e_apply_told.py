"""What an apply tells of itself: in the terminal, in the summary, in the report's JSON."""

from __future__ import annotations

import re
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from e2e_gate import Traffic
from e2e_support import Cli, Serve, Started, crowd, live, outcomes_of, row, schema, snapshot

from reconciler.cli import output
from reconciler.errors import UsageError
from reconciler.sandbox import Fault, World
from reconciler.sandbox.answers import Request

USERS = ", ".join(f"busy-{number:03}" for number in range(30))
FILE = f"version: 1\norg: acme\nseats: {{users: [{USERS}]}}\n"


def section(page: str, title: str) -> list[str]:
    """Return the lines of a text that stand under *title*, in no order."""
    _, found, rest = page.partition(f"{title} ")
    assert found, page
    return sorted(" ".join(line.split()) for line in rest.partition("\n\n")[0].splitlines()[1:])


def test_plan_and_apply_list_the_same_as_not_to_be_managed(cli: Cli, served: Serve) -> None:
    rows = [*crowd(30), row("eva", "ent:all"), row(None), row(None, given="-9d"), row("stray")]
    served(snapshot(rows))
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    planned = cli("plan", "--out", "plan.json", code=0).out
    there = section(planned, "Can't be managed from here")
    assert len(there) > 1
    assert any("eva" in line for line in there)
    ran = cli("apply", "plan.json", "--pace", 0, "--summary", "a.md", "--report", "r.json", code=0)
    assert section(ran.out, "Can't be managed from here") == there
    summary = cli.read("a.md")
    assert len(re.findall(r"^\| Can't be managed", summary.replace("&#39;", "'"), re.M)) == len(
        there
    )
    told = [one for one in cli.load("r.json")["notices"] if one["kind"] == "unmanageable"]
    assert len(told) == len(there)


# --- what guards withheld -----------------------------------------------------------------------


LIMIT = "guards:\n  max_cancellations_per_cycle: 0\n"
WAY_OUT = "max_cancellations_per_cycle"


def prepare(cli: Cli, served: Serve, *more: str, guards: str = LIMIT) -> World:
    """Serve nineteen strays under a guard; *more* are claimed and have no seat."""
    rows = [*crowd(30), *crowd(17, "stray"), row("hal", "hackers"), row("hedy", "hackers")]
    world = served(snapshot(rows, {"hackers": ["hal", "hedy"]}, members=more))
    cli.write("seats.yml", FILE.replace("]", "".join(f", {one}" for one in more) + "]") + guards)
    cli("ledger", "init", code=0)
    return world


def assert_told(cli: Cli, verdict: str, number: int, said: str) -> None:
    """Check that text, summary and report say what was withheld, by what, and the way out."""
    report = cli.load("r.json")
    schema("report").validate(report)
    assert len(report["withheld"]) == number
    assert {one["guard"] for one in report["withheld"]} == {WAY_OUT}
    (check,) = (one for one in report["checks"] if one["name"] == WAY_OUT)
    assert (check["status"], check["file"], check["line"]) == ("fail", "seats.yml", 5)
    assert report["ledger_head"] == cli("ledger", "show", code=0).out.split()[-1]
    summary = cli.read("a.md")
    for page in (said, summary):
        plain = page.replace("`", "").replace("\\", "")
        assert verdict in plain
        assert f"Withheld: {number} changes" in plain
        assert f"The way out: {check['way_out']} (seats.yml:5)".replace("`", "") in plain
        assert check["detail"].replace("`", "") in plain
        assert "stray-003" in plain
        assert "No ledger" not in page
        assert "no ledger" not in page


OUTPUTS = ("--summary", "a.md", "--report", "r.json", "--pace", 0)


def test_a_plan_file_of_which_everything_is_withheld(cli: Cli, served: Serve) -> None:
    prepare(cli, served)
    cli("plan", "--out", "p.json", code=3)
    ran = cli("apply", "p.json", "--config", "seats.yml", *OUTPUTS, code=3)
    assert_told(cli, "Nothing was done: 18 changes are withheld by guards.", 18, ran.out)
    assert "team hackers" in ran.out
    assert "2 people\n" in ran.out


def test_a_plan_file_of_which_the_rest_is_done(cli: Cli, served: Serve) -> None:
    world = prepare(cli, served, "ada")
    cli("plan", "--out", "p.json", code=3)
    ran = cli("apply", "p.json", *OUTPUTS, code=3)
    done = "Done: 1 change, each one seen on GitHub. 18 changes are withheld by guards."
    assert_told(cli, done, 18, ran.out)
    assert {"ada", "stray-003"} <= live(world)


def test_what_is_withheld_in_the_file_and_again_is_told_once(cli: Cli, served: Serve) -> None:
    prepare(cli, served, "ada", guards=LIMIT.replace("0", "1"))
    cli("plan", "--out", "p.json", code=3)
    cli.write("seats.yml", cli.read("seats.yml").replace("cycle: 1", "cycle: 0"))
    assert cli("apply", "p.json", *OUTPUTS, code=3)
    report = cli.load("r.json")
    assert len({one["address"] for one in report["withheld"]}) == len(report["withheld"]) == 18


@pytest.mark.parametrize("only", [(), ("--only", "idle")])
@pytest.mark.parametrize("also", [(), ("ada",)])
def test_a_file_of_which_something_is_withheld(
    cli: Cli, served: Serve, only: tuple[str, ...], also: tuple[str, ...]
) -> None:
    prepare(cli, served, *also, "sleepy")
    rules = "inactivity:\n  rules:\n    - {name: everyone, idle: {cancel: 30d}}\n"
    cli.write("seats.yml", cli.read("seats.yml").replace("guards", f"{rules}guards"))
    cli("apply", "--auto-approve", "--pace", 0, code=3)
    world = served.sandboxes[-1].world  # type: ignore[attr-defined]
    world.advance(timedelta(days=40))
    for name in live(world) - {"sleepy"}:
        world.set_activity(name, world.now)
    ran = cli("apply", "--auto-approve", *only, *OUTPUTS, code=3)
    report = cli.load("r.json")
    assert len(report["withheld"]) == (1 if only else 19)
    assert "The way out: " in ran.out
    assert "The way out: " in cli.read("a.md")
    assert "Nothing was done: " in cli.read("a.md")


def test_a_plan_file_of_which_everything_is_withheld_expires_too(cli: Cli, served: Serve) -> None:
    world = prepare(cli, served)
    cli("plan", "--out", "p.json", code=3)
    world.live_on()
    world.advance(timedelta(days=8))
    ran = cli("apply", "p.json", code=4)
    assert "the plan expired on" in ran.err


def test_a_plan_file_without_changes_expires_too(cli: Cli, served: Serve) -> None:
    world = served(snapshot(crowd(30)))
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    cli("plan", "--out", "p.json", code=0)
    assert cli("apply", "p.json", "--summary", "a.md", code=0)
    assert "ledger head" in cli.read("a.md")
    world.advance(timedelta(days=8))
    assert cli("apply", "p.json", code=4)


# --- what is left -------------------------------------------------------------------------------

STRAYS = [f"stray-{number:03}" for number in range(3)]
NEXT = "copilot-seats plan seats.yml --out plan.json"


def strays(cli: Cli, served: Serve) -> World:
    """Serve three strays, and somebody without a seat who is claimed."""
    world = served(snapshot([*crowd(30), *crowd(3, "stray")], members=["ada"]))
    cli.write("seats.yml", FILE.replace("]", ", ada]"))
    cli("ledger", "init", code=0)
    cli("plan", "--out", "p.json", code=0)
    return world


@pytest.mark.parametrize("what", ["plan file", "file", "undo"])
def test_what_is_not_done_is_told_with_what_to_do(cli: Cli, served: Serve, what: str) -> None:
    strays(cli, served)
    faults = served.sandboxes[-1].faults  # type: ignore[attr-defined]
    refused = Fault("DELETE */selected_users", status=422, message="No.")
    if what == "undo":
        cli("apply", "p.json", "--pace", 0, code=0)
        refused = Fault("POST */selected_users", status=422, message="No.")
    faults.add([refused])
    plan_id = cli.load("p.json")["copilot_seats"]["plan_id"]
    command, told = {
        "plan file": (("apply", "p.json"), NEXT),
        "file": (("apply", "--auto-approve"), "copilot-seats apply seats.yml"),
        "undo": (("undo", "--auto-approve"), f"copilot-seats undo seats.yml {plan_id}"),
    }[what]
    ran = cli(*command, *OUTPUTS, "--wait", 0, code=5)
    said = "What is done stays done; the next plan has the rest again: "
    assert f"{said}{told}\n" in ran.out
    assert f"{said}`{told}`\n" in cli.read("a.md")


def test_what_is_done_in_full_leaves_nothing_to_say(cli: Cli, served: Serve) -> None:
    strays(cli, served)
    ran = cli("apply", "p.json", *OUTPUTS, code=0)
    assert "stays done" not in ran.out + cli.read("a.md")


WHEN = {
    "while it gives": ({"ada": "unconfirmed"} | dict.fromkeys(STRAYS, "not_tried")),
    "while it takes": ({"ada": "unconfirmed"} | dict.fromkeys(STRAYS, "unconfirmed")),
    "while it reads back": ({"ada": "unconfirmed"} | dict.fromkeys(STRAYS, "unconfirmed")),
}


@pytest.mark.parametrize("state", [(), ("--no-state",)])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("when", WHEN)
def test_an_interrupted_apply_tells_what_it_has_done(
    cli: Cli, served: Serve, number: int, code: int, state: tuple[str, ...], when: str
) -> None:
    world = strays(cli, served)
    traffic = Traffic(served.sandboxes[-1])  # type: ignore[attr-defined]
    seen: list[str] = []

    def chosen(_: int, request: Request) -> bool:
        seen.append(request.method)
        wanted = {"while it gives": "POST", "while it takes": "DELETE"}.get(when)
        return request.method == wanted if wanted else "DELETE" in seen[:-1]

    traffic.hold(chosen, "before" if when == "while it takes" else "after")
    with Started(cli, "apply", "p.json", *OUTPUTS, *state) as running:
        assert traffic.held.wait(30)
        running.signal(number)
        ran = running.end(code=code)
        traffic.let_go()
    report = cli.load("r.json")
    schema("report").validate(report)
    assert report["exit_code"] == code
    assert outcomes_of(report) == WHEN[when]
    goes_on = "copilot-seats apply plan.json --config seats.yml"
    said = "The run ended before its end. The rest goes on when it is run again: "
    assert f"{said}{goes_on}\n" in ran.out
    summary = cli.read("a.md")
    assert f"{said}`{goes_on}`\n" in summary
    assert summary.index(said) < summary.index("interrupted before its end")
    if not state:
        assert report["ledger_head"] == cli("ledger", "show", code=0).out.split()[-1]
        cli("apply", "p.json", "--pace", 0, code=0)
        assert {"ada", *STRAYS} & live(world) == {"ada"}


# --- what failed --------------------------------------------------------------------------------

BEFORE = "What was done before that"


def test_a_page_about_nothing_done_does_not_speak_of_what_was(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(30)))
    cli.write("seats.yml", FILE.replace("acme", "nobody"))
    cli.write("bad.yml", FILE.replace("seats:", "saets:"))
    cli.write("p.json", "{}")
    runs = [("plan",), ("drift",), ("plan", "bad.yml"), ("apply", "bad.yml", "--auto-approve")]
    for arguments in [*runs, ("apply", "--auto-approve"), ("undo", "--auto-approve")]:
        cli(*arguments, "--summary", "s.md", code=1)
    cli("apply", "p.json", "--summary", "s.md", code=4)
    pages = cli.read("s.md")
    assert pages.count(" failed for ") == len(runs) + 3
    assert BEFORE not in pages


def test_what_fails_after_all_is_sent_leads_to_what_was_done(
    cli: Cli, served: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(snapshot([*crowd(30), row("stray")]))
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)

    def full(path: Path, _: str) -> None:
        raise UsageError(f"{path} can't be written: the disk is full")

    monkeypatch.setattr(output, "write", full)
    cli("apply", "--auto-approve", *OUTPUTS, code=1)
    told = cli.read("a.md")
    assert told.index("Done: 1 change") < told.index(" failed for ") < told.index(BEFORE)
