"""A small organisation as a snapshot, and the command in a folder that holds it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reconciler.cli import entry
from reconciler.ledger import Ledger
from reconciler.model.observed import Organization

Json = dict[str, Any]

TAKEN = "2026-11-16T08:00:00Z"
IDS: dict[str, int] = {}


def person(login: str) -> Json:
    return {"login": login, "id": IDS.setdefault(login, 1001 + len(IDS))}


def team(slug: str) -> Json:
    return {"id": person(f"team {slug}")["id"], "slug": slug, "name": slug}


def row(login: str, through: str | None = None, *, active: str = "-1d") -> Json:
    return {
        "assignee": person(login),
        "assigning_team": team(through) if through else None,
        "created_at": "-100d",
        "pending_cancellation_date": None,
        "last_activity_at": active,
        "plan_type": "business",
    }


def snapshot(
    seats: Sequence[Json],
    teams: Mapping[str, Sequence[str]] | None = None,
    members: Sequence[str] = (),
) -> Json:
    """Return a snapshot of twenty busy people and *seats*; whoever is named is a member."""
    rows = [*(row(f"busy-{number:02}") for number in range(20)), *seats]
    in_teams = [login for logins in (teams or {}).values() for login in logins]
    everybody = dict.fromkeys([*members, *in_teams, *(one["assignee"]["login"] for one in rows)])
    return {
        "format_version": "1.0",
        "taken_at": TAKEN,
        "organization": {"login": "acme", "id": 70211},
        "billing": {"seat_management_setting": "assign_selected"},
        "seats": rows,
        "teams": [
            {**team(slug), "members": list(logins)} for slug, logins in (teams or {}).items()
        ],
        "members": [person(login) for login in everybody],
        "users": [],
    }


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Folder:
    """A working directory with `seats.yml`, the base in `main/seats.yml` and `snapshot.json`."""

    path: Path

    def write(self, name: str, text: str) -> None:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def put(self, base: str, head: str, world: Json) -> None:
        """Write both files and the snapshot, and begin a ledger beside the proposed file."""
        acme = Organization(70211, "acme", "https://api.github.com")
        state = self.path / ".copilot-seats"
        if not state.exists():
            Ledger.begin(state, acme, datetime.fromisoformat(TAKEN))
        self.write("main/seats.yml", base)
        self.write("seats.yml", head)
        self.write("snapshot.json", json.dumps(world))

    def run(self, *arguments: str) -> Ran:
        """Run the command here, in this process."""
        out, err = io.StringIO(), io.StringIO()
        here, handler = Path.cwd(), signal.getsignal(signal.SIGTERM)
        os.chdir(self.path)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = entry.run(list(arguments))
        finally:
            os.chdir(here)
            signal.signal(signal.SIGTERM, handler)
        assert "Traceback" not in err.getvalue(), err.getvalue()
        return Ran(code, out.getvalue(), err.getvalue())

    def plan(self, *more: str, base: str = "main/seats.yml") -> Ran:
        """Plan `seats.yml` against the base on the snapshot."""
        return self.run("plan", "--live", "snapshot.json", "--base", base, *more)

    def document(self, *more: str) -> Json:
        """Return the plan as JSON."""
        ran = self.plan("--format", "json", *more)
        assert ran.out, ran.err
        document: Json = ran.json
        return document


def parts_of(document: Json) -> dict[str, list[str]]:
    """Return each part's changes in short: `team x` or `x`, what is averted with its action."""
    parts = document["copilot_seats"]["parts"]
    return {
        "this_change": sorted(map(short, parts["this_change"])),
        "already_due": sorted(map(short, parts["already_due"])),
        "no_longer_due": [
            f"{one['actions'][0]} {short(one['address'])} {one['action_reason']}"
            for one in parts["no_longer_due"]
        ],
    }


def withheld(document: Json) -> dict[str, str]:
    """Return the guard that stopped each change that is withheld."""
    found = document["copilot_seats"]["withheld"]
    return {short(one["address"]): one["guard"] for one in found}


def told(document: Json, kind: str) -> dict[str, str]:
    """Return what notices of *kind* say, by subject."""
    found = [one for one in document["copilot_seats"]["notices"] if one["kind"] == kind]
    return {one.get("user", one.get("subject")): one["text"] for one in found}


def short(address: str) -> str:
    kind, _, name = address.partition(".")
    return f"team {name}" if kind == "copilot_seat_team" else name
