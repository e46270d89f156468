"""Watches what requests do to the organisation, whatever the network makes of their answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reconciler.sandbox import Sandbox, World
from reconciler.sandbox.answers import Answer, ApiError, Request

Target = tuple[str, str, int]
"""Kind (`user`, `team`), action (`create`, `delete`) and id, as a plan's change has them."""

_KINDS = {
    "selected_users": ("user", "selected_usernames"),
    "selected_teams": ("team", "selected_teams"),
}
_ACTIONS = {"POST": "create", "DELETE": "delete"}


@dataclass(frozen=True)
class Effect:
    """A request that was accepted: what it was for, and whose seat it gave or took."""

    targets: frozenset[Target]
    at: datetime
    lost: frozenset[int]
    """People who held a live seat before, and not after."""
    gained: frozenset[int]
    new: frozenset[int]
    """Of those who gained one, the people who had no seat at all, not even one that ends."""
    live: frozenset[int]
    """Who holds a live seat after it."""
    hidden: frozenset[int]
    """People seated through a team, where nothing else that they are given shows, or lasts."""
    announced: frozenset[Target]
    """What the ledger's last line said to be about to be sent."""
    plan: str
    """The plan for which it said so."""
    held: frozenset[int]
    """Who was on hold by then, by the ledger."""


class Watch:
    """All requests of one sandbox. `refused` are ids for whose sake a whole request is refused."""

    def __init__(self, sandbox: Sandbox, ledger: Path) -> None:
        self.world: World = sandbox.world
        self.effects: list[Effect] = []
        self.refused: set[int] = set()
        self._ledger = ledger
        self._handle = sandbox.api.handle
        sandbox.api.handle = self._pass  # type: ignore[method-assign]

    def _pass(self, request: Request) -> Answer:
        kind = request.segments()[-1]
        if kind not in _KINDS or request.method not in _ACTIONS:
            return self._handle(request)
        with self.world.lock:
            targets = self._targets(request, kind)
            if self.refused & {number for _, _, number in targets}:
                return ApiError(422, "Validation Failed: one of them").answer()
            had, before = frozenset(self.world.seats.grants), live(self.world)
            hidden = self._hidden()
            answer = self._handle(request)
            if answer.status < 300:
                after = live(self.world)
                last, held = self._journal()
                self.effects.append(
                    Effect(
                        targets=targets,
                        at=self.world.now,
                        lost=before - after,
                        gained=after - before,
                        new=after - before - had,
                        live=after,
                        hidden=hidden,
                        announced=targets_of(last) if last["event"] == "intent" else frozenset(),
                        plan=last.get("plan_id", ""),
                        held=held,
                    )
                )
            return answer

    def _targets(self, request: Request, kind: str) -> frozenset[Target]:
        """Return whom a request is for; a name that nobody has is left out."""
        what, key = _KINDS[kind]
        found = set()
        for name in json.loads(request.body)[key]:
            number = self._id(what, name)
            if number is not None:
                found.add((what, _ACTIONS[request.method], number))
        return frozenset(found)

    def _id(self, what: str, name: str) -> int | None:
        directory = self.world.directory
        if what == "user":
            person = directory.person(name)
            return None if person is None else person.id
        team = directory.team(name) or directory.team_named(name)
        return None if team is None else team.id

    def _hidden(self) -> frozenset[int]:
        switches = self.world.switches
        if switches.rows == "several" and switches.direct_beside_team != "dropped":
            return frozenset()
        seats = self.world.seats
        return frozenset(one for one in seats.grants if seats.live_in_team(one))

    def _journal(self) -> tuple[dict[str, Any], frozenset[int]]:
        """Return the ledger's last line, and who is on hold."""
        events = events_of(self._ledger)
        held = set()
        for event in events:
            if event["event"] == "held":
                held.add(event["user"])
            elif event["event"] == "released":
                held.discard(event["user"])
        return events[-1], frozenset(held)


def live(world: World) -> frozenset[int]:
    """Return who holds a seat that goes on."""
    return frozenset(one for one in world.seats.grants if world.seats.live(one))


def events_of(ledger: Path) -> list[dict[str, Any]]:
    """Return the ledger's events, a torn last line left out."""
    if not ledger.exists():
        return []
    text = ledger.read_bytes()
    lines = text[: text.rfind(b"\n") + 1].splitlines()
    return [json.loads(line) for line in lines]


def targets_of(event: dict[str, Any]) -> frozenset[Target]:
    """Return the targets of an intent or an outcome."""
    return frozenset(
        (one["type"].removeprefix("copilot_seat_"), one["action"], one["id"])
        for one in event["targets"]
    )
