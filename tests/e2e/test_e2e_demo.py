"""`demo` tells a story in a minute, with what commands really print, and says if it goes wrong."""

from __future__ import annotations

import re
import subprocess
from datetime import timedelta
from typing import Any

import pytest
from e2e_support import Cli

from reconciler.cli.commands import demo_script
from reconciler.cli.program import COMMANDS
from reconciler.sandbox import World


def steps(text: str) -> list[tuple[str, list[str]]]:
    """Return the commands shown, with the lines that each shows."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ copilot-seats "):
            found.append((line.removeprefix("$ copilot-seats "), []))
        elif found and line and not line.startswith("#"):
            found[-1][1].append(line)
    return found


def test_the_story_is_told_and_can_be_read_in_a_minute(cli: Cli) -> None:
    text = cli("demo", code=0).out
    assert len(text.splitlines()) < 140
    assert max(len(line) for line in text.splitlines() if line.startswith("#")) <= 88
    commands = [line.split()[0] for line, _ in steps(text)]
    first, later = ["ledger", "plan", "apply", "drift"], ["plan", "apply", "explain"]
    assert commands == [*first, *later, "plan", "apply", "drift"]
    assert set(commands) <= COMMANDS.keys()
    said = ["\n".join(lines) for _, lines in steps(text)]
    parts = (
        "begun",
        "- lars-zimmer     idle for 71 days",
        "Done: 42 changes, each one seen on GitHub.",
        "! tariq-ivanov      idle for 30 days",
        "- tariq-ivanov    idle for 61 days",
        "Done: 15 changes",
        "on hold since 2026-12-18",
        "+ tariq-ivanov  active again (2026-12-28)",
        "Done: 1 change,",
        "No changes. The seats are as the file says.",
    )
    for step, part in zip(said, parts, strict=True):
        assert part in step
    # Every command is explained by what stands before it; `apply` may follow its plan.
    told = re.split(r"^(\$ copilot-seats \w+).*$", text, flags=re.MULTILINE)
    for before, command in zip(told[::2], told[1::2], strict=False):
        assert "\n# " in before or command.endswith("apply"), command


def test_what_is_cut_is_cut_as_the_shell_does(tmp_path: Any) -> None:
    lines = [f"line {number} of -e 'x'" for number in range(30)]
    for shown in (
        demo_script._head(7),
        demo_script._grep("line 3"),
        demo_script._grep("2", "no such", "9 of"),
    ):
        pipe, kept = shown(lines)
        done = subprocess.run(
            ["sh", "-c", f"cat{pipe}"],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.splitlines() == kept


@pytest.mark.parametrize(
    ("name", "instead"),
    [("advance", lambda self, length: None), ("set_habit", lambda self, login, every: None)],
)
def test_a_story_that_goes_otherwise_is_told_and_exits_1(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, instead: Any
) -> None:
    monkeypatch.setattr(World, name, instead)
    ran = cli("demo", code=1)
    assert "did not go as told: not true that" in ran.out
    assert not ran.out.splitlines()[-1].startswith("No changes")


def test_a_seat_that_is_not_given_back_is_noticed(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    habit = World.set_habit

    def stays_away(self: World, login: str, every: timedelta | None) -> None:
        if login != "tariq-ivanov":
            habit(self, login, every)

    monkeypatch.setattr(World, "set_habit", stays_away)
    ran = cli("demo", code=1)
    assert ran.out.count("Done: ") == 2
    assert "only that seat comes back" in ran.out
