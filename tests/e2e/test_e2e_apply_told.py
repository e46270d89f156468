"""What an apply tells of itself: in the terminal, in the summary, in the report's JSON."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import Serve
from e2e_support import Cli, crowd, live, row, schema, snapshot

from reconciler.cli import output
from reconciler.errors import UsageError
from reconciler.sandbox import World

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
