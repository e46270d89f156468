"""An organisation, its repository's events and ledgers, and how outputs are read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from action_git import Origin

from reconciler.sandbox import World

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "workflows"
NAME = "acme/seats"
"""The repository that the workflows run in."""

LEDGER = "copilot-seats-ledger"
"""The branch of the ledgers."""

Json = dict[str, Any]

FILE = """\
version: 1
org: acme
seats:
  users: [sleepy, newcomer]
  teams: [{team: crew, assign: members}]
inactivity:
  policy: prompt
"""
"""Thirty in the crew are busy; sleepy is idle, newcomer has no seat, gone is in no line."""


def acme(org: str = "acme") -> Json:
    """Return the organisation of FILE as a snapshot."""
    crew = [_person(f"busy-{number:02}", number) for number in range(1, 31)]
    sleepy, newcomer, gone = (
        _person(login, 50 + number) for number, login in enumerate(("sleepy", "newcomer", "gone"))
    )
    return {
        "format_version": "1.0",
        "taken_at": "2026-11-22T08:00:00Z",
        "organization": {"login": org, "id": 9540 + sum(map(ord, org))},
        "billing": {"seat_management_setting": "assign_selected"},
        "seats": [
            *(_seat(one, "-1d") for one in crew),
            _seat(sleepy, "-60d"),
            _seat(gone, "-2d"),
        ],
        "teams": [
            {"id": 7, "slug": "crew", "name": "Crew", "members": [one["login"] for one in crew]}
        ],
        "members": [*crew, sleepy, newcomer, gone],
    }


def _person(login: str, number: int) -> Json:
    return {"login": login, "id": 1000 + number}


def _seat(person: Json, active: str) -> Json:
    return {"assignee": person, "created_at": "-100d", "last_activity_at": active}


def live(world: World) -> set[str]:
    """Return who holds a seat that goes on."""
    people = world.directory.people
    return {people[one].login for one in world.seats.grants if world.seats.live(one)}


# --- the repository -----------------------------------------------------------------------------


def pull_request(
    number: int = 7, *, branch: str = "proposal", fork: bool = False, author: str = "mona"
) -> Json:
    """Return the event of a pull request to main."""
    head = "stranger/seats" if fork else NAME
    return {
        "number": number,
        "pull_request": {
            "number": number,
            "user": {"login": author},
            "head": {"ref": branch, "sha": "1" * 40, "repo": {"full_name": head}},
            "base": {"ref": "main", "sha": "2" * 40, "repo": {"full_name": NAME}},
        },
        "repository": {"full_name": NAME},
    }


def begin_ledger(origin: Origin, api_url: str, file: str = "seats.yml") -> None:
    """Begin the ledger of *file* on its branch, as somebody does once by hand."""
    work = origin.clone()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "reconciler", "ledger", "init", file),
            *("--state-branch", LEDGER, "--api-url", api_url),
        ],
        cwd=work,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GITHUB_TOKEN": "somebody"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def ledger(origin: Origin, org: str = "acme") -> list[Json]:
    """Return the events of the ledger on its branch."""
    return [json.loads(line) for line in origin.show(LEDGER, f"{org}.jsonl").splitlines()]


# --- workflows ----------------------------------------------------------------------------------


def example(name: str, api_url: str) -> str:
    """Return an example workflow as it stands, but for where GitHub is and for what act lacks."""
    text = (EXAMPLES / f"{name}.yml").read_text(encoding="utf-8")
    text = re.sub(r"\n +queue: max\b.*", "", text)  # GitHub has it since May 2026
    return with_input(text, "api-url", api_url)


def with_input(workflow: str, name: str, value: str) -> str:
    """Return *workflow* with one input more at each use of our action."""
    lines = []
    for line in workflow.splitlines():
        lines.append(line)
        if line.strip().startswith("command: "):
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(f"{indent}{name}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def outputs(path: Path) -> dict[str, str]:
    """Read outputs as the runner does: `name=value`, or `name<<end`, lines, `end`.

    Source: https://github.com/actions/runner, src/Runner.Worker/FileCommandManager.cs
    """
    found: dict[str, str] = {}
    lines = iter(path.read_text(encoding="utf-8").replace("\r\n", "\n").split("\n"))
    for line in lines:
        if not line:
            continue
        name, equals, value = line.partition("=")
        before, heredoc, end = line.partition("<<")
        if heredoc and (not equals or len(before) < len(name)):
            value = "\n".join(iter(lambda: next(lines), end))
            name = before
        found[name] = value
    return found
