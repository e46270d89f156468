"""Tells the demo's story: real commands with what they really print, and time that passes between.

Every step checks that the organisation is as the story says.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date, timedelta
from pathlib import Path

import click

from reconciler.app import exit_codes
from reconciler.cli import output
from reconciler.sandbox import World

_HERO = "tariq-ivanov"
"""Was active 29 and a half days before the story begins, and claimed through a team."""

_DAY = timedelta(days=1)
Lines = list[str]


class OffScript(Exception):
    """Something came otherwise than it is told."""


def tell(world: World) -> None:
    """Tell the story on the demo's organisation; raises OffScript where it goes otherwise."""
    _first_day(world)
    _a_night(world)
    _a_month(world)
    _the_return(world)
    _a_new_cycle(world)
    output.say("\nNo changes: the organisation is as the file says.")


# --- the story ----------------------------------------------------------------------------------


def _first_day(world: World) -> None:
    _say(
        "An organisation of 305 seats is served on this machine. `seats.yml` says who should hold "
        "one and when an idle one is taken back. The ledger will remember who was warned, and "
        "whose seat was taken back."
    )
    _run("ledger init seats.yml -q")
    _say(
        "What would change, and why? `plan` only reads. `-` ends a seat with the billing cycle, "
        "`+` gives one; each with its reason, its evidence and the line of YAML behind it."
    )
    _run("plan seats.yml --out plan.json", _head(37))
    _say(
        "There is more without `| head`: who else gets a seat, whom a rule warns, what can't be "
        "managed from here, and what it costs. The plan is reviewed, as on a pull request. `apply` "
        "then plans again, does what both plans say and nothing more, and reads it back."
    )
    _run("apply plan.json --pace 0", _grep("Done:"))
    _require(len(_changes("plan.json")) == 42, "42 changes are planned")
    _require(_pending(world, "lars-zimmer"), "an idle contractor's seat is ending")


def _a_night(world: World) -> None:
    people = _go_on_working(world)
    world.advance(_DAY)
    _say(
        f"A night passes. {people} people go on working with Copilot; {_HERO} has not for 30 days. "
        "`drift` looks every night and tells what differs from the file: nothing. A warning is a "
        "line here; what was warned of stands in the ledger."
    )
    _run("drift seats.yml", _grep("No changes", "Warned", _HERO, "drift acme"))
    _require(not _pending(world, _HERO), "whoever is warned keeps the seat")


def _a_month(world: World) -> None:
    world.advance(timedelta(days=31))
    _say(
        "A month passes. Whoever was warned and worked again would be safe. The others' seats are "
        "due: idle for more than 60 days, and warned 30 days ago."
    )
    _run("plan seats.yml --out december.json", _head(22))
    changes = _changes("december.json")
    _require(changes.get(_HERO) == "delete idle", f"{_HERO}'s seat is taken back")
    _require(set(changes.values()) == {"delete idle"}, "only idle seats are taken back")
    _run("apply december.json --pace 0", _grep("Done:"))
    _require(_pending(world, _HERO), f"{_HERO}'s seat is ending")
    _say(
        f"The seats work on until the cycle ends, on 1 January. {_HERO} is on hold: the file "
        "claims a seat for the whole team, and none is given, or it would come back every night. "
        "`explain` says why somebody has a seat or none, and what would change that."
    )
    _run(f"explain seats.yml {_HERO}", _head(2), holding="on hold")


def _the_return(world: World) -> None:
    world.advance(date(2026, 12, 28) - world.now.date())
    world.set_habit(_HERO, _DAY)
    world.advance(_DAY)
    _say(
        f"On 28 December {_HERO} is back and opens the editor; the seat still works. A day later "
        "GitHub shows it, and the next plan gives the seat back: activity newer than the evidence "
        "it was taken on ends the hold."
    )
    _run("plan seats.yml --out return.json", _head(8))
    _require(_changes("return.json") == {_HERO: "create returned"}, "only that seat comes back")
    _run("apply return.json --pace 0", _grep("Done:"))
    _require(not _pending(world, _HERO), f"{_HERO}'s seat goes on")


def _a_new_cycle(world: World) -> None:
    world.advance(date(2027, 1, 1) - world.now.date())
    ending = [row for row in world.reading(begins=False).rows if row.pending is not None]
    _require(not ending, "the other seats have ended")
    _say(
        "On 1 January a new cycle begins. The other seats that were taken back have ended; "
        f"{_HERO} never lost it."
    )
    _run("drift seats.yml", _head(3), holding="No changes")
    _require(not _pending(world, _HERO), f"{_HERO} holds the seat")


# --- what happens between the commands ----------------------------------------------------------


def _go_on_working(world: World) -> int:
    """Let all who worked within the month or have just got a seat do so daily, but for one."""
    busy = set()
    for row in world.reading(begins=False).rows:
        if row.person is None or row.pending is not None or row.person.login == _HERO:
            continue
        at = row.usage.seen(world.now, world.lag) or row.created_at
        if world.now - at < timedelta(days=30):
            busy.add(row.person.login)
    for login in busy:
        world.set_habit(login, _DAY)
    return len(busy)


def _pending(world: World, login: str) -> bool:
    """Tell whether the one seat of *login* is ending."""
    rows = world.reading(begins=False).rows
    [row] = [row for row in rows if row.person is not None and row.person.login == login]
    return row.pending is not None


def _changes(plan: str) -> dict[str, str]:
    """Return action and reason of every change in a plan file, by name."""
    found = json.loads(Path(plan).read_text(encoding="utf-8"))["resource_changes"]
    return {one["name"]: f"{one['change']['actions'][0]} {one['action_reason']}" for one in found}


def _require(true: bool, what: str) -> None:
    if not true:
        raise OffScript(f"not true that {what}")


# --- telling ------------------------------------------------------------------------------------


def _say(text: str) -> None:
    width = min(output.width() or 88, 88)
    output.say("\n" + click.wrap_text(text, width, "# ", "# "))


def _run(
    line: str, shown: Callable[[Lines], tuple[str, Lines]] | None = None, holding: str = ""
) -> None:
    """Run a command as a user would, and show it with what it prints, or the part *shown*.

    What it prints goes into a pipe: no colour, whole lines. Raises OffScript where it does not end
    well, or prints nothing with *holding* in it.
    """
    from reconciler.cli.program import program

    kept = io.StringIO()
    with redirect_stdout(kept):
        code = program.main(line.split(), prog_name="copilot-seats", standalone_mode=False)
    printed = kept.getvalue().splitlines()
    pipe, lines = ("", printed) if shown is None else shown(printed)
    output.say(f"\n$ copilot-seats {line}{pipe}\n")
    for one in lines:
        output.say(one)
    _require(code in (exit_codes.DONE, None), f"`{line}` exits 0, it exits {code}")
    _require(bool(lines), f"`{line}` prints something")
    _require(any(holding in one for one in lines), f"`{line}` says {holding!r}")


def _head(count: int) -> Callable[[Lines], tuple[str, Lines]]:
    return lambda lines: (f" | head -{count}", lines[:count])


def _grep(*words: str) -> Callable[[Lines], tuple[str, Lines]]:
    options = " ".join(f"-e {word!r}" if " " in word else f"-e {word}" for word in words)
    return lambda lines: (
        f" | grep {options}",
        [line for line in lines if any(word in line for word in words)],
    )
