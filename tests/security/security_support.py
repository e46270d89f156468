"""A small organisation, the command, and a way to forge what the command trusts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.entry import run
from reconciler.ledger import chain
from reconciler.ledger import events as ev
from reconciler.planfile import reading
from reconciler.planfile.identity import fingerprint_of, id_of
from reconciler.sandbox import Sandbox, World
from reconciler.sandbox.answers import Answer, Request

Json = dict[str, Any]
TAKEN = "2026-11-16T08:00:00Z"


def person(login: str, number: int) -> Json:
    return {"login": login, "id": number}


def row(login: str, number: int, team: Json | None = None, active: str = "-1d") -> Json:
    return {
        "assignee": person(login, number),
        "assigning_team": team,
        "created_at": "-100d",
        "pending_cancellation_date": None,
        "last_activity_at": active,
        "plan_type": "business",
    }


WEB = {"id": 501, "slug": "web", "name": "Web"}
BUSY = [(f"busy-{number:02}", 1000 + number) for number in range(40)]
PEOPLE = {"mona": 1, "stray": 2, "sleepy": 3, "wim": 4, "wanda": 5, **dict(BUSY)}


def acme(*more: Json, teams: tuple[Json, ...] = (), members: tuple[Json, ...] = ()) -> Json:
    """Return an organisation: mona and busy people, stray whom nobody claims, a team of two."""
    rows = [
        *(row(login, number) for login, number in BUSY),
        row("mona", 1),
        row("stray", 2),
        row("sleepy", 3, active="-45d"),
        row("wim", 4, WEB),
        row("wanda", 5, WEB),
        *more,
    ]
    seated = {one["assignee"]["login"]: one["assignee"] for one in rows}
    return {
        "format_version": "1.0",
        "taken_at": TAKEN,
        "organization": {"login": "acme", "id": 9919},
        "billing": {"seat_management_setting": "assign_selected"},
        "seats": rows,
        "teams": [{**WEB, "members": ["wim", "wanda"]}, *teams],
        "members": [*seated.values(), *members],
        "users": [],
    }


def file_for(*users: str, more: str = "") -> str:
    """Return a file that claims the busy, mona and *users*, and the team."""
    everybody = ", ".join([*(login for login, _ in BUSY), "mona", *users])
    return f"version: 1\norg: acme\nseats: {{teams: [web], users: [{everybody}]}}\n{more}"


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Lab:
    """The command in a folder of its own, and the sandbox it talks to."""

    folder: Path
    sandbox: Sandbox
    capture: pytest.CaptureFixture[str]
    writes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        handle = self.sandbox.api.handle

        def noting(request: Request) -> Answer:
            if request.method != "GET":
                self.writes.append(f"{request.method} {request.path}")
            return handle(request)

        self.sandbox.api.handle = noting  # type: ignore[method-assign]

    @property
    def world(self) -> World:
        return self.sandbox.world

    def __call__(self, *arguments: object, code: int | None = None) -> Ran:
        self.capture.readouterr()
        found = run([str(one) for one in arguments])
        shown = self.capture.readouterr()
        assert "Traceback" not in shown.err, shown.err
        assert code is None or found == code, f"{arguments}: {found}\n{shown.out}\n{shown.err}"
        return Ran(found, shown.out, shown.err)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def load(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def holders(self) -> set[str]:
        """Return who holds a live seat."""
        people = self.world.directory.people
        return {people[one].login for one in self.world.seats.grants if self.world.seats.live(one)}

    # forging

    def plan_with(self, forge: Callable[[Json], object]) -> None:
        """Plan, and write `plan.json` as *forge* leaves it, with hashes that are right."""
        self("plan", "--out", "plan.json")
        plan = self.load("plan.json")
        forge(plan)
        self.write("plan.json", json.dumps(sealed(plan)))

    def apply_plan(self, *options: object, code: int = 0) -> dict[str, str]:
        """Apply `plan.json`; return what became of every change."""
        ran = self("apply", "plan.json", "--pace", 0, "--wait", 0, "--format", "json", *options)
        assert ran.code == code, ran.err
        return {
            one["address"].partition("_seat_")[2]: one["result"] for one in ran.json["outcomes"]
        }

    def ledger_with(self, *events: ev.Event) -> None:
        """Append *events* to the ledger as an intruder would, with hashes that are right."""
        path = self.folder / ".copilot-seats" / "acme.jsonl"
        whole = path.read_bytes()
        head = chain.read(whole, str(path)).head
        lines = []
        for event in events:
            line, head = chain.link(event, head)
            lines.append(line)
        path.write_bytes(whole + b"".join(lines))


def change(kind: str, name: str, number: int, action: str, reason: str, *ids: int) -> Json:
    """Return a change as a plan file has it."""
    state: Json = {"user_id": number, "login": name, "created_at": None, "last_activity_at": None}
    if kind == "team":
        state = {"team_id": number, "slug": name, "user_ids": sorted(ids)}
    deletes = action == "delete"
    return {
        "address": f"copilot_seat_{kind}.{name}",
        "type": f"copilot_seat_{kind}",
        "name": name,
        "change": {
            "actions": [action],
            "before": state if deletes else None,
            "after": None if deletes else state,
        },
        "action_reason": reason,
    }


def sealed(plan: Json) -> Json:
    """Return *plan* with the fingerprint and the plan_id that belong to what it says."""
    plan["applyable"] = bool(plan["resource_changes"])
    found = reading._plan_file(reading._Node(plan, ""))
    checks = ((one["name"], one["status"], one["detail"]) for one in plan["checks"])
    fingerprint = fingerprint_of(found.organization, found.changes, found.withheld, checks)
    plan["copilot_seats"]["fingerprint"] = fingerprint
    plan["copilot_seats"]["plan_id"] = id_of(plan)
    reading.parse(json.dumps(plan))
    return plan
