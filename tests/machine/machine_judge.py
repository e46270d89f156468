"""Judges what an apply did: by the plan that was reviewed, by the file, and by its guards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from machine_file import SeatsFile
from machine_oracle import Oracle
from machine_watch import Effect, Target, live

from reconciler.sandbox import World

Json = dict[str, Any]


@dataclass(frozen=True)
class Reviewed:
    """The most that may be done: each change with the people who lose or gain a seat by it."""

    people: Mapping[Target, frozenset[int]]

    @classmethod
    def of_plan(cls, plan: Json) -> Reviewed:
        """Read a plan's document."""
        found = {}
        for one in plan["resource_changes"]:
            kind = one["type"].removeprefix("copilot_seat_")
            action = one["change"]["actions"][0]
            state = one["change"]["before"] or one["change"]["after"]
            people = state["user_ids"] if kind == "team" else [state["user_id"]]
            found[kind, action, state[f"{kind}_id"]] = frozenset(people)
        return cls(found)

    @classmethod
    def of_intents(cls, events: Iterable[Json]) -> Reviewed:
        """Read what a ledger says was to be sent, for an apply that wrote no plan."""
        found = {}
        for event in events:
            for one in event["targets"] if event["event"] == "intent" else ():
                kind = one["type"].removeprefix("copilot_seat_")
                people = one.get("people", ()) if kind == "team" else [one["id"]]
                found[kind, one["action"], one["id"]] = frozenset(people)
        return cls(found)


def beyond(reviewed: Reviewed, effect: Effect) -> Iterator[str]:
    """Say what *effect* did that was not reviewed, or not written down before."""
    for target in effect.targets - reviewed.people.keys():
        yield f"{target} was done, and is not in the plan"
    for target in effect.targets - effect.announced:
        yield f"{target} was sent, and the ledger did not know"
    losing = [people for (_, action, _), people in reviewed.people.items() if action == "delete"]
    listed = frozenset().union(*losing)
    for person in effect.lost - listed:
        yield f"{person} lost a seat, and is not listed"


def against_file(oracle: Oracle, effect: Effect, reasons: Mapping[Target, str]) -> Iterator[str]:
    """Say what *effect* did that the file of today does not ask for."""
    for target in effect.targets:
        match target:
            case "user", "create", person if not oracle.gets(person):
                yield f"{person} got a seat, and the file does not say so"
            case "team", "create", team if not oracle.assigned(team, today_only=True):
                yield f"team {team} was assigned, and the file does not say so"
            case "team", "delete", team if oracle.assigned(team):
                yield f"team {team} was taken, and the file assigns it"
            case "user", "delete", person if reasons[target] in ("idle", "unused"):
                yield from _taken_for_idle(oracle, person)
            case "user", "delete", person if oracle.keeps(person):
                yield f"{person} is claimed, and lost a seat as {reasons[target]}"
    if all(kind == "team" for kind, _, _ in effect.targets):
        for person in effect.lost:
            yield from _lost_with_team(oracle, person, effect.held)


def _taken_for_idle(oracle: Oracle, person: int) -> Iterator[str]:
    if oracle.exempt(person):
        yield f"{person} is exempt, and lost a seat"
    elif oracle.hard_at_work(person):
        yield f"{person} works every day, and lost a seat as idle"
    elif not oracle.idle(person):
        yield f"no rule says that {person} is idle, and the seat was taken"


def _lost_with_team(oracle: Oracle, person: int, held: frozenset[int]) -> Iterator[str]:
    if oracle.covered(person):
        yield f"{person} is in a team that the file assigns, and lost a seat with another"
    elif oracle.keeps(person) and person not in held and not oracle.idle(person):
        yield f"{person} is claimed and not idle, and lost a seat with a team"
    elif oracle.keeps(person) and person not in held and oracle.hard_at_work(person):
        yield f"{person} is claimed and works every day, and lost a seat with a team"


@dataclass
class Cycle:
    """What was done in one billing cycle, and the most that its guards ever allowed."""

    month: tuple[int, int] = (0, 0)
    lost: frozenset[int] = frozenset()
    """People whose seat we took this month, and who hold no live one."""
    idle: frozenset[int] = frozenset()
    """Of those, the people whose seat a rule took: they stop nothing but more of their kind."""
    new: frozenset[int] = frozenset()
    """People to whom we gave a new seat this month, and who have it still."""
    allowed: dict[str, int] = field(default_factory=dict)
    _seats: int = 0

    def begins(self, file: SeatsFile, world: World) -> None:
        """Take note of what the guards allow now, just before something is done."""
        today = world.now.date()
        if self.month != (today.year, today.month):
            self.month, self.allowed = (today.year, today.month), {}
            self.lost = self.idle = self.new = frozenset()
        seats = len(world.seats.grants)
        for number in {seats, self._seats}:
            tenth = number // 10 if number >= 50 else max(1, min(5, number // 4))
            defaults = {"cancellations": tenth, "creations": max(25, number // 5)}
            for what, default in defaults.items():
                allow = file.allowance(f"max_{what}_per_cycle", default, number, today)
                self.allowed[what] = max(allow, self.allowed.get(what, 0))
        self._seats = seats
        self.looks(world)

    def looks(self, world: World) -> None:
        """Take note of who got a seat back, or is gone."""
        self.lost -= live(world)
        self.idle &= self.lost
        self.new &= world.seats.grants.keys()

    def adds(self, file: SeatsFile, effect: Effect, reasons: Mapping[Target, str]) -> Iterator[str]:
        """Add what *effect* did, for the *reasons* of its targets; say which guard it exceeds."""
        ruled = {one[2] for one in effect.targets if reasons.get(one) in ("idle", "unused")}
        self.lost = (self.lost | effect.lost) - effect.live
        self.idle = ((self.idle - effect.lost) | (effect.lost & ruled)) & self.lost
        self.new |= effect.new
        counted = self.lost if effect.lost & ruled else self.lost - self.idle
        if effect.lost and len(counted) > self.allowed["cancellations"]:
            yield f"{len(counted)} cancelled, {self.allowed['cancellations']} allowed"
        if effect.new and len(self.new) > self.allowed["creations"]:
            yield f"{len(self.new)} created, {self.allowed['creations']} allowed"
        if effect.lost and not effect.live and not file.lifted("last_seat", effect.at.date()):
            yield "the last live seat was taken"


def outcomes_add_up(report: Json, code: int, *, plan_withheld: bool) -> Iterator[str]:
    """Say where a report's numbers and the exit code disagree with its outcomes."""
    results = [one["result"] for one in report["outcomes"]]
    counts = dict(report["counts"])
    if counts.pop("planned") != len(results) or sum(counts.values()) != len(results):
        yield f"counts {report['counts']} for {len(results)} outcomes"
    if any(counts[result] != results.count(result) for result in counts):
        yield f"counts {report['counts']} for {results}"
    expected = 3 if plan_withheld or report["withheld"] else 0
    if set(results) & {"failed", "not_tried", "unconfirmed"}:
        sent = set(results) & {"done", "failed", "unconfirmed"}
        expected = 5 if sent else 1
    if (code, report["exit_code"]) != (expected, expected):
        yield f"exit {code}, report says {report['exit_code']}, outcomes say {expected}"
