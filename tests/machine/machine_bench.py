"""Runs the command against one sandbox, killed at times, and judges what it did."""

from __future__ import annotations

import gc
import json
import signal
import tempfile
import time
import warnings
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from e2e_gate import Traffic, Where
from e2e_support import TOKEN, Cli, Json, Ran, Started, schema
from hypothesis import note
from machine_doors import Doors, Kill, Killed
from machine_file import SeatsFile
from machine_judge import Cycle, Reviewed, against_file, beyond, outcomes_add_up
from machine_oracle import Oracle, warnings_in
from machine_watch import Effect, Target, Watch, events_of, live, targets_of

from reconciler.sandbox import Switches, World, serve

COUNTS: Counter[str] = Counter()
"""What all runs of the machine did together."""

STATE = ".copilot-seats/acme.jsonl"
_OPPOSITE = {"create": "delete", "delete": "create"}


@dataclass
class Saved:
    """A plan file: its name, what it says, and whom it concerns."""

    name: str
    document: Json
    reviewed: Reviewed = field(init=False)

    def __post_init__(self) -> None:
        self.reviewed = Reviewed.of_plan(self.document)

    @property
    def id(self) -> str:
        return str(self.document["copilot_seats"]["plan_id"])

    @property
    def withheld(self) -> bool:
        return bool(self.document["copilot_seats"]["withheld"])

    @property
    def expires(self) -> datetime:
        return datetime.fromisoformat(self.document["copilot_seats"]["expires_at"])


@dataclass(frozen=True)
class Done:
    """A command that has ended: by itself (`ran`), or killed; `cut` if a kill or Ctrl-C struck."""

    ran: Ran | None
    cut: bool
    effects: tuple[Effect, ...]
    events: tuple[Json, ...]

    @property
    def summary(self) -> str:
        """What was sent and came of it, for whoever looks at a failure."""
        did = [f"sent {sorted(one.targets)}, lost {sorted(one.lost)}" for one in self.effects]
        said = [one["event"] for one in self.events]
        return f"{'; '.join(did)}; ledger {said}"


class Bench:
    """One organisation on a sandbox, one folder with its file and ledger, and the command."""

    def __init__(self, snapshot: Json, switches: Switches, page: int) -> None:
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.world = World.from_snapshot(snapshot, switches=switches)
        self.sandbox = self._stack.enter_context(serve(self.world))
        self.cli = Cli(folder, {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": self.sandbox.url})
        self.doors = Doors()
        self._stack.enter_context(self.doors.open(page))
        self.ledger = folder / STATE
        self.watch = Watch(self.sandbox, self.ledger)
        self.traffic = Traffic(self.sandbox)
        self.file = SeatsFile()
        self.cycle = Cycle()
        self.touched = 0
        """Counts what people and the clock have done."""
        self._given: set[int] = set()
        self._leaks = False
        """Whether a run was killed: it closes no connection."""
        self._last: dict[tuple[str, int], tuple[str, int]] = {}
        self._executed: dict[str, set[Target]] = {}
        self._seated: dict[str, frozenset[int]] = {}

    def close(self) -> None:
        self._stack.close()
        if self._leaks:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                gc.collect()
        assert not [said for said in self.cli.said if TOKEN in said], "a token was shown"

    # --- running ----------------------------------------------------------------------------

    @property
    def troubled(self) -> bool:
        """Whether requests may go wrong."""
        return bool(self.sandbox.faults.as_json())

    @property
    def blurred(self) -> bool:
        """Whether GitHub may be showing the seats of a while ago."""
        stale = any(one.get("stale") for one in self.sandbox.faults.as_json())
        return stale or self.world.switches.stale_readings > 0

    @property
    def rows_alike(self) -> bool:
        """Whether someone may have two rows that look the same, of teams that are gone."""
        teams = self.world.directory.teams
        every = (grant for grants in self.world.seats.grants.values() for grant in grants)
        return any(grant.team is not None and grant.team not in teams for grant in every)

    def run(self, *arguments: object, kill: Kill | None = None) -> Done:
        """Run the command in this process; *kill* may end it early."""
        COUNTS[str(arguments[0])] += 1
        effects, events = len(self.watch.effects), len(events_of(self.ledger))
        self.doors.ready(kill)
        ran: Ran | None = None
        try:
            ran = self.cli(*arguments)
        except Killed:
            COUNTS["killed"] += 1
            self._leaks = True
        if ran is not None and self.doors.struck:
            COUNTS["interrupted"] += 1
            assert ran.code == 130, ran
            # An apply that had begun tells what it has done so far, on its own terms.
            assert not ran.out or ran.out.startswith("Apply") or ran.json["exit_code"] == 130, ran
        return self._done(ran, effects, events)

    def killed(self, where: Where, nth: int, *arguments: object) -> Done:
        """Run the command as a process of its own, killed at its *nth* request for a change."""
        COUNTS["processes"] += 1
        effects, events = len(self.watch.effects), len(events_of(self.ledger))
        count = Counter[str]()

        def chosen(_: int, request: Any) -> bool:
            count["writes"] += request.method != "GET"
            return request.method != "GET" and count["writes"] == nth

        self.traffic.hold(chosen, where)
        ran = None
        with Started(self.cli, *arguments) as running:
            while not self.traffic.held.is_set() and running.process.poll() is None:
                time.sleep(0.002)
            if self.traffic.held.is_set():
                COUNTS["killed processes"] += 1
                running.signal(signal.SIGKILL)
                running.process.wait(30)
            else:
                ran = running.end()
        self.traffic.let_go()
        self.traffic.hold(lambda *_: False, "after")
        return self._done(ran, effects, events)

    def _done(self, ran: Ran | None, effects: int, events: int) -> Done:
        cut = self.doors.struck or ran is None
        self.doors.ready(None)
        self.cli("ledger", "verify", code=0)
        did, said = self.watch.effects[effects:], events_of(self.ledger)[events:]
        done = Done(ran, cut, tuple(did), tuple(said))
        COUNTS["effects"] += len(done.effects)
        note(f"{self.world.now:%m-%d %H:%M} exit {ran.code if ran else None}: {done.summary}")
        return done

    def look(self, *arguments: object, kill: Kill | None = None) -> Ran | None:
        """Run a command that changes nothing on GitHub."""
        done = self.run(*arguments, kill=kill)
        assert not done.effects
        assert done.events == () or arguments[0] == "drift"
        if done.cut or done.ran is None:
            return None
        assert done.ran.code in (0, 2, 3) or (self.troubled and done.ran.code == 1), done
        return done.ran

    def plan(self, name: str) -> Saved | None:
        """Write a plan file; None if that went wrong."""
        ran = self.look("plan", "--out", name)
        if ran is None or ran.code not in (0, 3):
            return None
        document = self.cli.load(name)
        schema("plan").validate(document)
        made = Saved(name, document)
        again = awaited_in(events_of(self.ledger), self.world.now) & set(made.reviewed.people)
        assert not again, "sent, accepted, and planned once more within the day"
        return made

    def oracle(self) -> Oracle:
        events = events_of(self.ledger)
        return Oracle(self.file, self.world, warnings_in(events), self.blurred)

    # --- applying ---------------------------------------------------------------------------

    def apply_plan(self, plan: Saved, kill: Kill | None = None, where: Where | None = None) -> Done:
        """Apply a plan file, killed by *kill*, or as a process of its own *where* it says."""
        finished = any(
            one["event"] == "apply_finished" and one["plan_id"] == plan.id
            for one in events_of(self.ledger)
        )
        too_late = finished or (bool(plan.reviewed.people) and self.world.now > plan.expires)
        arguments = ("apply", plan.name, "--pace", 0, "--wait", 0, "--format", "json")
        done = self.apply(*arguments, plan=plan, kill=kill, where=where)
        if too_late:
            assert not done.effects
            assert not [one for one in done.events if one["event"] == "intent"]
            if done.ran is not None and not self.troubled and not done.cut:
                assert done.ran.code == 4, done.ran
        return done

    def apply(
        self,
        *arguments: object,
        plan: Saved | None = None,
        kill: Kill | None = None,
        where: Where | None = None,
    ) -> Done:
        """Apply something, and judge what that did; without *plan* it makes its own."""
        self.cycle.begins(self.file, self.world)
        oracle, before, blurred = self.oracle(), live(self.world), self.blurred
        awaited = awaited_in(events_of(self.ledger), self.world.now)
        self._given.clear()
        if where is None:
            done = self.run(*arguments, kill=kill)
        else:
            done = self.killed(where, kill.nth if kill else 1, *arguments)
        reviewed = Reviewed.of_intents(done.events) if plan is None else plan.reviewed
        effects = [self._as_told(effect) for effect in done.effects]
        complaints = [one for effect in effects for one in beyond(reviewed, effect)]
        reasons = _reasons(done.events)
        for effect in effects:
            self._seated.setdefault(effect.plan, before)
            complaints += self.cycle.adds(self.file, effect, reasons)
            complaints += self._twice(effect, awaited if blurred else effect.targets)
            if arguments[0] == "undo":
                complaints += self._not_undone(effect, done.events, blurred)
            else:
                COUNTS.update(f"{one[1]} {reasons.get(one)}" for one in effect.targets)
                complaints += against_file(oracle, effect, reasons)
            self._executed.setdefault(effect.plan, set()).update(effect.targets)
        complaints += self._told(done, plan, before, blurred)
        assert not complaints, (arguments, complaints, done)
        return done

    def _as_told(self, effect: Effect) -> Effect:
        """Leave out what nobody could know who has GitHub's word that it gave a seat.

        A GitHub that keeps no direct grant beside a team's accepts it, and shows the team as ever.
        """
        for kind, action, number in effect.targets:
            if kind == "user" and action == "create":
                self._given.add(number)
        if self.world.switches.direct_beside_team != "dropped":
            return effect
        return replace(effect, lost=effect.lost - self._given)

    def _twice(self, effect: Effect, known: frozenset[Target]) -> list[str]:
        """Say what is done once more although nobody and nothing else has changed it since.

        *known* are the targets of which that could be known, by GitHub's list or the ledger.
        """
        found = []
        for kind, action, number in sorted(effect.targets):
            now, before = (action, self.touched), self._last.pop((kind, number), None)
            unseen = self.world.switches.rows == "one" and not effect.gained
            if number in effect.hidden if kind == "user" else unseen and action == "create":
                continue  # no row shows it: whoever was killed can't know
            self._last[kind, number] = now
            if before == now and (kind, action, number) in known:
                found.append(f"{kind} {number}: {action} twice")
        return found

    def _not_undone(self, effect: Effect, events: tuple[Json, ...], blurred: bool) -> list[str]:
        """Say what an undo did that is not the opposite of something done."""
        undoes = next(one["undoes"] for one in events if one["event"] == "apply_started")
        done = self._executed.get(undoes, set()) | self._unanswered(undoes)
        found = [
            f"{kind} {number}: {action} undoes nothing"
            for kind, action, number in effect.targets
            if (kind, _OPPOSITE[action], number) not in done
        ]
        if not blurred:
            found += [
                f"{person} had a seat before what was undone, and lost it"
                for person in effect.lost & self._seated.get(undoes, frozenset())
            ]
        return found

    def _unanswered(self, plan: str) -> set[Target]:
        """Return what *plan* was to send without an answer: nobody knows if it happened."""
        found: set[Target] = set()
        for event in events_of(self.ledger):
            if event.get("plan_id") == plan and event["event"] == "intent":
                found |= targets_of(event)
            elif event.get("plan_id") == plan and event["event"] == "outcome":
                known = [one for one in event["targets"] if one.get("code") != "lost"]
                found -= targets_of({**event, "targets": known})
        return found

    def _told(
        self, done: Done, plan: Saved | None, before: frozenset[int], blurred: bool
    ) -> list[str]:
        """Say where exit code, report and organisation disagree."""
        ran = done.ran
        if ran is None or done.cut:
            return []
        if ran.code in (1, 4) and not ran.out.strip():
            fine = ran.code == 4 or self.troubled or "nothing to undo" in ran.err
            return [] if fine and not done.effects else [f"exit {ran.code}: {ran.err}"]
        report = json.loads(ran.out)
        schema("report").validate(report)
        withheld = plan is not None and plan.withheld
        found = list(outcomes_add_up(report, ran.code, plan_withheld=withheld))
        sent = {target for effect in done.effects for target in effect.targets}
        for one in report["outcomes"]:
            target = self._target(one, plan)
            COUNTS[one["result"]] += 1
            if one["result"] in ("skipped", "not_tried") and target in sent:
                found.append(f"{one['address']} is told as {one['result']}, and was done")
            if one["result"] == "done" and not blurred and not self._is_so(target):
                found.append(f"{one['address']} is told as done, and is not")
        if "deletes left" not in self._left(report) and not blurred:
            found += self._too_many(done)
        return found

    def _target(self, outcome: Json, plan: Saved | None) -> Target | None:
        kind, action = outcome["type"].removeprefix("copilot_seat_"), outcome["actions"][0]
        if plan is not None:
            for one in plan.document["resource_changes"]:
                if one["address"] == outcome["address"]:
                    state = one["change"]["before"] or one["change"]["after"]
                    return kind, action, state[f"{kind}_id"]
        directory = self.world.directory
        known = directory.person if kind == "user" else directory.team
        someone = known(outcome["name"])
        return None if someone is None else (kind, action, someone.id)

    def _is_so(self, target: Target | None) -> bool:
        match target:
            case "user", "create", person:
                dropped = self.world.switches.direct_beside_team == "dropped"
                return dropped or person in live(self.world)
            case "user", "delete", person:
                return (person, None) not in self._shown()
            case "team", "delete", team:
                return team not in {source for _, source in self._shown()}
            case "team", "create", team:
                found = self.world.directory.teams.get(team)
                members = self.world.seated_members(found) if found else []
                all_live = {one.id for one in members} <= live(self.world)
                return team in self.world.seats.assigned or all_live
        return True

    def _shown(self) -> set[tuple[int, int | None]]:
        """Return person and team of every live row; of someone with one row it may hide others."""
        rows = self.world.reading(begins=False).rows
        return {
            (row.person.id, getattr(row.team, "id", None))
            for row in rows
            if row.person is not None and row.pending is None
        }

    def _left(self, report: Json) -> set[str]:
        return {
            "deletes left"
            for one in report["outcomes"]
            if one["actions"] == ["delete"] and one["result"] != "done"
        }

    def _too_many(self, done: Done) -> list[str]:
        """Say if seats were given beyond `max_seats`."""
        default = 10**6
        today = self.world.now.date()
        most = self.file.allowance("max_seats", default, default, today)
        gained = any(effect.gained for effect in done.effects)
        count = len(live(self.world))
        if "max_seats" in self.file.guards and gained and count > most:
            return [f"{count} seats, {most} allowed"]
        return []


def awaited_in(events: list[Json], now: datetime) -> frozenset[Target]:
    """Return what GitHub has accepted within the day, and no look at its list has shown yet."""
    found: set[Target] = set()
    for event in events:
        if event["event"] == "outcome":
            found -= targets_of(event)
            found -= {(kind, _OPPOSITE[action], one) for kind, action, one in targets_of(event)}
            late = [one for one in event["targets"] if one["result"] == "unconfirmed"]
            if now - datetime.fromisoformat(event["at"]) < timedelta(days=1):
                found |= targets_of({"targets": late})
        elif event["event"] == "observed" and any("live" in key for key in event):
            found.clear()
    return frozenset(found)


def _reasons(events: tuple[Json, ...]) -> dict[Target, str]:
    return {
        (one["type"].removeprefix("copilot_seat_"), one["action"], one["id"]): one["reason"]
        for event in events
        if event["event"] == "intent"
        for one in event["targets"]
    }
