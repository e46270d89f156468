"""Run the real command, in this process or in one of its own, and build small organisations."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import pty
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema

from reconciler.cli import entry
from reconciler.sandbox import World

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "demo"
TOKEN = "ghp_e2eTokenThatMustNeverBeShown0123456789"
TAKEN = "2026-11-16T08:00:00Z"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class Cli:
    """The command `copilot-seats` in a folder of its own; remembers all it has said."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def __call__(self, *arguments: object, code: int | None = None) -> Ran:
        """Run the command in this process; with *code* that must be its exit code."""
        out, err = io.StringIO(), io.StringIO()
        handler, requests = signal.getsignal(signal.SIGTERM), logging.getLogger("httpx")
        level, handlers = requests.level, list(requests.handlers)
        before, here = dict(os.environ), Path.cwd()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                found = entry.run([str(one) for one in arguments])
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)
            signal.signal(signal.SIGTERM, handler)
            requests.setLevel(level)
            requests.handlers[:] = handlers
        return self._ended(Ran(found, out.getvalue(), err.getvalue()), arguments, code)

    def process(self, *arguments: object, code: int | None = None, stdin: str = "") -> Ran:
        """Run the command as a process of its own, as users do; stdin is no terminal."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.variables(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return self._ended(Ran(done.returncode, done.stdout, done.stderr), arguments, code)

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "reconciler", *(str(one) for one in arguments)]

    def variables(self) -> dict[str, str]:
        """Return the environment of a process of its own."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **self.environment}

    def _ended(self, ran: Ran, arguments: Sequence[object], code: int | None) -> Ran:
        self.said.append(ran.text)
        line = " ".join(map(str, arguments))
        assert "Traceback" not in ran.err, f"{line}\n{ran.err}"
        if code is not None:
            assert ran.code == code, f"{line}: exit {ran.code}, not {code}\n{ran.out}\n{ran.err}"
        return ran

    # files

    def write(self, name: str, text: str) -> Path:
        """Write a file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def load(self, name: str) -> Any:
        return json.loads(self.read(name))

    def ledger(self, org: str = "acme", state: str = ".copilot-seats") -> list[Json]:
        """Return the events of a ledger."""
        lines = self.read(f"{state}/{org}.jsonl").splitlines()
        return [json.loads(line) for line in lines]

    def files(self) -> set[str]:
        """Return the paths of all files in the folder."""
        found = (one for one in self.folder.rglob("*") if one.is_file())
        return {one.relative_to(self.folder).as_posix() for one in found}


def eventually(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until *true*."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


# --- organisations ------------------------------------------------------------------------------


def number_of(name: str) -> int:
    """Return the id of a login or slug, the same in every test."""
    return 1000 + zlib.crc32(name.lower().encode()) % 10**9


def person(login: str) -> Json:
    return {"login": login, "id": number_of(login)}


def row(
    login: str | None,
    team: str | None = None,
    *,
    given: str = "-100d",
    active: str | None = "-1d",
    pending: str | None = None,
    **more: object,
) -> Json:
    """Return a row of a snapshot's seat list, direct unless *team* gives it."""
    return {
        "assignee": None if login is None else person(login),
        "assigning_team": None if team is None else team_of(team),
        "created_at": given,
        "pending_cancellation_date": pending,
        "last_activity_at": active,
        "plan_type": "business",
        **more,
    }


def team_of(slug: str) -> Json:
    known = {"id": number_of(f"team {slug}"), "slug": slug, "name": slug.capitalize()}
    return known | {"type": "enterprise"} if slug.startswith("ent:") else known


def snapshot(
    seats: Sequence[Json] = (),
    teams: Mapping[str, Sequence[str]] | None = None,
    *,
    org: str = "acme",
    members: Sequence[str] = (),
    users: Mapping[str, str] | None = None,
    parents: Mapping[str, str] | None = None,
    **more: object,
) -> Json:
    """Return a snapshot; whoever has a seat or is in a team is a member."""
    seated = [one["assignee"]["login"] for one in seats if one["assignee"] is not None]
    everybody = dict.fromkeys([*members, *seated, *(m for t in (teams or {}).values() for m in t)])
    outside = users or {}
    return {
        "format_version": "1.0",
        "taken_at": TAKEN,
        "organization": {"login": org, "id": number_of(f"org {org}") if org != "acme" else 70211},
        "billing": {"seat_management_setting": "assign_selected"},
        "seats": list(seats),
        "teams": [
            {
                **team_of(slug),
                "members": list(members_of),
                **({"parent": parents[slug]} if parents and slug in parents else {}),
            }
            for slug, members_of in (teams or {}).items()
        ],
        "members": [person(login) for login in everybody if login not in outside],
        "users": [person(login) | {"membership": how} for login, how in outside.items()],
        **more,
    }


def crowd(count: int, prefix: str = "busy", **how: Any) -> list[Json]:
    """Return direct seats of people who keep the organisation busy."""
    return [row(f"{prefix}-{number:03}", **how) for number in range(count)]


def holders(world: World) -> dict[str, str]:
    """Return who holds a seat, and how: `direct` or a team's slug, `pending` in front if it ends.

    Someone with several sources has them all, live ones first.
    """
    found: dict[str, str] = {}
    for number, grants in world.seats.grants.items():
        shown = sorted(
            (
                grant.pending is not None,
                "direct" if grant.team is None else _slug(world, grant.team),
            )
            for grant in grants
        )
        words = [f"pending {name}" if pending else name for pending, name in shown]
        found[world.directory.people[number].login] = " + ".join(words)
    return found


def live(world: World) -> set[str]:
    """Return who holds a seat that goes on."""
    people = world.directory.people
    return {people[one].login for one in world.seats.grants if world.seats.live(one)}


def _slug(world: World, number: int) -> str:
    team = world.directory.teams.get(number)
    return f"team {number}" if team is None else team.slug


def later(world: World, days: int) -> datetime:
    """Return the moment *days* after the world's clock."""
    from datetime import timedelta

    return world.now + timedelta(days=days)


def changes_of(plan: Json) -> dict[str, str]:
    """Return action and reason of every change of a plan's document, by address in short."""
    return {
        short(one["address"]): f"{one['change']['actions'][0]} {one['action_reason']}"
        for one in plan["resource_changes"]
    }


def outcomes_of(report: Json) -> dict[str, str]:
    """Return the result of every planned change of a report."""
    return {short(one["address"]): one["result"] for one in report["outcomes"]}


def short(address: str) -> str:
    """Return `team x` or `x` for an address."""
    kind, _, name = address.partition(".")
    return f"team {name}" if kind == "copilot_seat_team" else name


def schema(name: str) -> jsonschema.Draft202012Validator:
    """Return the published schema *name*, ready to judge."""
    path = ROOT / "reconciler" / "schemas" / f"{name}.schema.json"
    return jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def lines_with(text: str, part: str) -> Iterator[str]:
    return (line for line in text.splitlines() if part in line)


class Started:
    """The command as a process that still runs; killed at the latest when the block ends."""

    def __init__(self, cli: Cli, *arguments: object, terminal: bool = False) -> None:
        self._cli = cli
        self._line = arguments
        self._ends = pty.openpty() if terminal else ()
        self.process = subprocess.Popen(
            cli.command(*arguments),
            cwd=cli.folder,
            env=cli.variables() | {"PYTHONUNBUFFERED": "1"},
            stdin=self._ends[1] if terminal else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Whoever runs the tests in the background has Ctrl-C turned off for its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        for end in self._ends:
            os.close(end)

    def type(self, text: str) -> None:
        """Type *text* on the terminal."""
        os.write(self._ends[0], text.encode())

    def line(self) -> str:
        """Return the next line of stdout."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process has ended"
        return line

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self, code: int | None = None) -> Ran:
        """Wait for the end."""
        out, err = self.process.communicate(timeout=60)
        return self._cli._ended(Ran(self.process.returncode, out, err), self._line, code)


Serve = Callable[..., World]
