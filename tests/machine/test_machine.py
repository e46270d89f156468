"""Whatever people, the clock, edits, faults and kills do: the laws of applying hold.

pytest tests/machine                          a few dozen runs, about as long as other tests
MACHINE=1000 pytest tests/machine -s          a thousand longer ones; says what they did
"""

from __future__ import annotations

import contextlib
import copy
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import machine_draws as draws
import pytest
from e2e_support import Json
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from machine_bench import COUNTS, Bench, Saved
from machine_doors import Kill
from machine_file import Entry, Exemption, Named, Rule, SeatsFile
from machine_watch import Target, events_of

from reconciler.errors import SeatsError
from reconciler.sandbox import Fault, Switches

LONG = int(os.environ.get("MACHINE", "0"))


class Machine(RuleBasedStateMachine):
    """One organisation over months: who edits, acts, plans and applies, in any order."""

    bench: Bench

    @initialize(
        snapshot=draws.organisations(),
        switches=draws.switches,
        page=st.sampled_from([100, 4]),
        at_work=st.sets(st.sampled_from(draws.PEOPLE), min_size=4),
        claimed=st.sets(st.sampled_from(draws.PEOPLE), min_size=1),
        teams=st.dictionaries(st.sampled_from(list(draws.TEAMS)), st.booleans(), max_size=3),
        strict=st.booleans(),
        spared=st.sets(st.sampled_from(draws.PEOPLE), max_size=4),
        allowed=draws.allowances,
        refused=st.one_of(st.just(set()), st.sets(st.sampled_from(draws.PEOPLE), max_size=3)),
        real=st.integers(0, 9),
        kill=draws.kills,
        wrong=draws.wrong_writes,
    )
    def begin(
        self,
        snapshot: Json,
        switches: Switches,
        page: int,
        at_work: set[int],
        claimed: set[int],
        teams: dict[int, bool],
        strict: bool,
        spared: set[int],
        allowed: str | int,
        refused: set[int],
        real: int,
        kill: Kill | None,
        wrong: list[Fault],
    ) -> None:
        """Serve the organisation; begin a file that claims some of it, and a ledger; apply it."""
        self.plans: list[Saved] = []
        self.numbers = iter(range(1000, 10**6))
        self.processes = real == 0
        if not switches.child_teams:
            # Nobody can tell then who of a parent's listed members it seats: no case for a law.
            snapshot = snapshot | {"teams": [one | {"parent": None} for one in snapshot["teams"]]}
        self.bench = Bench(snapshot, switches, page)
        self.world = self.bench.world
        for number in list(self.world.seats.assigned):
            self.world.grant_team(self.a_team(number).text)  # the snapshot shows one team each
        for number in sorted(at_work):
            self.world.set_habit(self.login(number), timedelta(days=1))
        file = self.bench.file
        file.users = {number: Entry(self.someone(number)) for number in sorted(claimed)}
        file.teams = {one: Entry(self.a_team(one), members=how) for one, how in teams.items()}
        if strict:
            file.rules, file.undeclared = [Rule(idle=20)], "keep"
        file.exempt = {("user", one): Exemption("user", self.someone(one)) for one in spared}
        file.guards["max_cancellations_per_cycle"] = allowed
        self.write(file)
        self.bench.cli("ledger", "init", code=0)
        self.bench.watch.refused |= refused
        self.plan_and_apply(kill, wrong)

    # --- whom and what ----------------------------------------------------------------------

    def login(self, number: int) -> str:
        return self.world.directory.people[number].login

    def someone(self, number: int) -> Named:
        return Named(number, self.login(number))

    def a_team(self, number: int) -> Named:
        return Named(number, self.world.directory.teams[number].slug)

    def who(self, place: int) -> int:
        people = list(self.world.directory.people)
        return people[min(place, len(people) - 1)]

    def which(self, place: int) -> int | None:
        teams = list(self.world.directory.teams)
        return teams[min(place, len(teams) - 1)] if teams else None

    def day(self, days: int | None) -> date | None:
        return None if days is None else self.world.now.date() + timedelta(days=days)

    @contextlib.contextmanager
    def happens(self) -> Iterator[None]:
        """Let something happen to the organisation, if it can."""
        self.bench.touched += 1
        with contextlib.suppress(SeatsError):
            yield

    # --- edits ------------------------------------------------------------------------------

    def write(self, file: SeatsFile) -> None:
        """Put *file* in the place of the one there is, unless it is not valid."""
        self.bench.cli.write("next.yml", file.text())
        ran = self.bench.cli("validate", "next.yml")
        assert ran.code in (0, 1), ran
        if ran.code == 0:
            self.bench.file = file
            self.bench.cli.write("seats.yml", file.text())

    @contextlib.contextmanager
    def edited(self) -> Iterator[SeatsFile]:
        file = copy.deepcopy(self.bench.file)
        yield file
        self.write(file)

    @rule(
        places=draws.crowd,
        first=draws.days,
        last=draws.days,
        pinned=st.booleans(),
        gone=st.booleans(),
    )
    def edit_people(
        self, places: list[int], first: int | None, last: int | None, pinned: bool, gone: bool
    ) -> None:
        days = (self.day(first), self.day(last))
        with self.edited() as file:
            for number in map(self.who, places):
                file.users.pop(number, None)
                if not gone:
                    file.users[number] = Entry(self.someone(number), *days, pinned)

    @rule(
        place=draws.team,
        members=st.booleans(),
        last=draws.days,
        excluded=draws.some_people,
        gone=st.booleans(),
    )
    def edit_a_team(
        self, place: int, members: bool, last: int | None, excluded: list[int], gone: bool
    ) -> None:
        number = self.which(place)
        if number is None:
            return
        but = tuple({one: self.someone(one) for one in map(self.who, excluded)}.values())
        with self.edited() as file:
            file.teams.pop(number, None)
            if not gone:
                entry = Entry(self.a_team(number), last=self.day(last), members=members)
                file.teams[number] = replace(entry, excluded=but if members else ())

    @rule(
        users=draws.some_people,
        teams=draws.some_teams,
        idle=st.sampled_from([None, 9, 20, 45]),
        unused=st.sampled_from([None, 9, 30]),
        warn=st.sampled_from([None, None, 5]),
        enforced=st.sampled_from([True, True, False]),
        how=st.sampled_from(["alone", "first", "last", "none"]),
        signing_in=st.booleans(),
    )
    def edit_the_rules(
        self,
        users: list[int],
        teams: list[int],
        idle: int | None,
        unused: int | None,
        warn: int | None,
        enforced: bool,
        how: str,
        signing_in: bool,
    ) -> None:
        people = {one: self.someone(one) for one in map(self.who, users)}
        slugs = [one for one in map(self.which, teams) if one is not None]
        scope = (tuple(people.values()), tuple(map(self.a_team, slugs)))
        new = Rule(idle, unused, warn, enforced, *scope)
        with self.edited() as file:
            before = file.rules if how in ("first", "last") else []
            file.rules = {"first": [new, *before], "none": []}.get(how, [*before, new])
            file.authentication_counts = signing_in

    @rule(
        place=draws.person,
        how=st.sampled_from(["exempt", "exempt the team", "no more", "reinstate"]),
        days=draws.days,
    )
    def spare(self, place: int, how: str, days: int | None) -> None:
        by_team = how == "exempt the team"
        number = self.which(place) if by_team else self.who(place)
        if number is None:
            return
        kind, name = ("team", self.a_team) if by_team else ("user", self.someone)
        with self.edited() as file:
            file.exempt.pop((kind, number), None)
            if how == "reinstate":
                file.reinstate[number] = (name(number), self.day(-(days or 0)))
            elif how != "no more":
                file.exempt[kind, number] = Exemption(kind, name(number), self.day(days))

    @rule(
        cancels=draws.limits,
        creates=draws.limits,
        seats=st.one_of(st.none(), st.integers(0, 14)),
        silence=st.sampled_from([None, None, "120h"]),
        overrides=st.dictionaries(draws.guard_names, draws.limits, max_size=2),
        last=st.integers(-2, 20),
    )
    def edit_the_guards(
        self,
        cancels: str | int | None,
        creates: str | int | None,
        seats: int | None,
        silence: str | None,
        overrides: dict[str, str | int | None],
        last: int,
    ) -> None:
        stated = {
            "max_cancellations_per_cycle": cancels,
            "max_creations_per_cycle": creates,
            "max_seats": seats,
            "max_activity_age": silence,
        }
        until = self.world.now.date() + timedelta(days=last)
        with self.edited() as file:
            file.guards = {key: value for key, value in stated.items() if value is not None}
            file.overrides = {
                guard: (True if guard in ("last_seat", "empty") else allow, until)
                for guard, allow in overrides.items()
                if allow is not None
            }

    @rule(
        undeclared=st.sampled_from(["cancel", "keep"]),
        everyone=st.sampled_from([True, *[False] * 3]),
    )
    def edit_the_rest(self, undeclared: str, everyone: bool) -> None:
        with self.edited() as file:
            file.undeclared, file.everyone = undeclared, everyone

    # --- time and people --------------------------------------------------------------------

    @rule(hours=draws.spans)
    def time_passes(self, hours: int) -> None:
        with self.happens():
            self.world.advance(timedelta(hours=hours))

    @rule(place=draws.person, how=st.sampled_from(["once", "daily", "rests", "signs in"]))
    def works(self, place: int, how: str) -> None:
        login = self.login(self.who(place))
        with self.happens():
            match how:
                case "once":
                    self.world.use(login)
                case "daily":
                    self.world.set_habit(login, timedelta(days=1))
                case "rests":
                    self.world.set_habit(login, None)
                case _:
                    self.world.sign_in(login)

    @rule(place=draws.person, team=draws.team, joins=st.booleans())
    def moves_between_teams(self, place: int, team: int, joins: bool) -> None:
        number = self.which(team)
        with self.happens():
            if number is not None:
                act = self.world.join_team if joins else self.world.leave_team
                act(self.login(self.who(place)), self.a_team(number).text)

    @rule(place=draws.person, how=st.sampled_from(["joins", "leaves", "leaves", "new"]))
    def comes_or_goes(self, place: int, how: str) -> None:
        login = self.login(self.who(place))
        with self.happens():
            match how:
                case "joins":
                    self.world.join_organization(login)
                case "leaves":
                    self.world.leave_organization(login)
                case _:
                    self.world.join_organization(f"new{next(self.numbers)}")

    @rule(place=draws.person, team=st.one_of(st.none(), draws.team))
    def is_renamed(self, place: int, team: int | None) -> None:
        new = f"again-{next(self.numbers)}"
        with self.happens():
            if team is None:
                self.world.rename_user(self.login(self.who(place)), new)
            elif (number := self.which(team)) is not None:
                self.world.rename_team(self.a_team(number).text, new, f"Called {new}")

    @rule(place=draws.team, gone=draws.seldom)
    def a_team_comes_or_goes(self, place: int, gone: bool) -> None:
        number = self.which(place)
        with self.happens():
            if gone and number is not None:
                self.world.delete_team(self.a_team(number).text)
            else:
                self.world.create_team(f"team-{next(self.numbers)}")

    @rule(place=draws.person, team=st.one_of(st.none(), draws.team), given=st.booleans())
    def an_admin_clicks(self, place: int, team: int | None, given: bool) -> None:
        with self.happens():
            if team is None:
                person = self.world.grant_user if given else self.world.revoke_user
                person(self.login(self.who(place)))
            elif (number := self.which(team)) is not None:
                many = self.world.grant_team if given else self.world.revoke_team
                many(self.a_team(number).text)

    # --- what goes wrong --------------------------------------------------------------------

    @rule(fault=draws.faults())
    def requests_go_wrong(self, fault: Fault) -> None:
        self.bench.sandbox.faults.add([fault])

    @rule(place=draws.person, what=st.sampled_from(["person", "team", "feed"]))
    def somebody_is_refused_or_the_feed_stands_still(self, place: int, what: str) -> None:
        if what == "feed":
            with self.happens():
                self.world.freeze_activity()
            return
        number = self.which(place) if what == "team" else self.who(place)
        self.bench.watch.refused |= {number} if number is not None else set()

    @rule()
    def all_is_well(self) -> None:
        self.calm()

    def calm(self) -> None:
        self.bench.sandbox.faults.clear()
        self.bench.watch.refused.clear()
        self.world.thaw_activity()

    # --- the command ------------------------------------------------------------------------

    @rule()
    def plan(self) -> None:
        made = self.bench.plan(f"plan-{next(self.numbers)}.json")
        if made is not None:
            self.plans.append(made)

    @rule(kill=draws.kills, wrong=draws.wrong_writes)
    def then_plan_and_apply(self, kill: Kill | None, wrong: list[Fault]) -> None:
        self.plan_and_apply(kill, wrong)

    def plan_and_apply(self, kill: Kill | None, wrong: list[Fault]) -> None:
        made = self.bench.plan(f"plan-{next(self.numbers)}.json")
        if made is not None:
            self.plans.append(made)
            self.bench.sandbox.faults.add(wrong)
            self.bench.apply_plan(made, kill)

    @precondition(lambda self: self.plans)
    @rule(back=st.integers(1, 3), kill=draws.kills)
    def apply_a_plan(self, back: int, kill: Kill | None) -> None:
        self.bench.apply_plan(self.plans[-min(back, len(self.plans))], kill)

    @precondition(lambda self: self.plans and self.processes and not self.bench.troubled)
    @rule(where=st.sampled_from(["before", "after", "lost"]), nth=st.integers(1, 2))
    def kill_a_process(self, where: Any, nth: int) -> None:
        made = self.bench.plan(f"plan-{next(self.numbers)}.json")
        assert made is not None
        self.plans.append(made)
        self.bench.apply_plan(made, Kill("write", nth), where)

    @rule(
        only=draws.seldom, wait=st.sampled_from([0, 3]), kill=draws.kills, wrong=draws.wrong_writes
    )
    def apply_the_file(self, only: bool, wait: int, kill: Kill | None, wrong: list[Fault]) -> None:
        self.bench.sandbox.faults.add(wrong)
        idle = ("--only", "idle") if only else ()
        done = self.bench.apply(
            "apply", *idle, "--auto-approve", "--format", "json", "--wait", wait, kill=kill
        )
        if only:
            wanted = {"idle", "unused", "returned"}
            intents = [one for one in done.events if one["event"] == "intent"]
            assert {one["reason"] for event in intents for one in event["targets"]} <= wanted

    @rule(kill=draws.kills)
    def drift(self, kill: Kill | None) -> None:
        self.bench.look("drift", kill=kill)

    @rule(back=st.integers(0, 2), kill=draws.kills)
    def undo(self, back: int, kill: Kill | None) -> None:
        started = [one["plan_id"] for one in events_of(self.bench.ledger) if "fingerprint" in one]
        chosen = ["seats.yml", started[-back]] if 0 < back <= len(started) else []
        how = ("--auto-approve", "--format", "json", "--pace", 0, "--wait", 0)
        self.bench.apply("undo", *chosen, *how, kill=kill)

    @invariant()
    def looks(self) -> None:
        if hasattr(self, "bench"):
            COUNTS["steps"] += 1
            self.bench.cycle.looks(self.world)

    # --- the end ----------------------------------------------------------------------------

    def teardown(self) -> None:
        """When faults end, it converges; a run that has failed already ends as it is."""
        if not hasattr(self, "bench"):
            return
        COUNTS["runs"] += 1
        try:
            if sys.exc_info()[0] is None:
                self.converges()
        finally:
            self.bench.close()

    def converges(self) -> None:
        self.calm()
        self.world.set_switches({"stale_readings": 0})
        while not self.world.settled:
            self.world.reading()
        with self.happens():
            self.world.advance(timedelta(hours=25))
        # Where someone has one row only, what it hides shows when that has gone, team by team.
        for number in range(3 if self.world.switches.rows == "several" else 5):
            made = self.bench.plan(f"last-{number}.json")
            assert made is not None
            if not self.left(made):
                break
            self.bench.apply_plan(made)
        made, again = self.bench.plan("end.json"), self.bench.plan("again.json")
        assert made is not None
        assert again is not None
        assert self.left(made) == set(), made.document
        assert made.document == again.document
        withheld = made.document["copilot_seats"]["withheld"]
        guards = {one["guard"] for one in withheld}
        if self.bench.rows_alike:
            guards.discard("row_count")
        assert not guards & {"row_count", "ceiling", "in_flight"}, made.document["checks"]
        changes = made.reviewed.people
        self.bench.cli("plan", "--detailed-exitcode", code=3 if withheld else 2 if changes else 0)

    def left(self, plan: Saved) -> set[Target]:
        """Return what a plan still wants, but for seats that hide behind a team's row.

        Those are given ahead of a team's delete; while a guard withholds that, they can't be seen.
        """
        held = plan.document["copilot_seats"]["withheld"]
        teams = {one.get("team_id") for one in held if one["actions"] == ["delete"]}
        hidden = {
            ("user", "create", grant.person)
            for grants in self.world.seats.grants.values()
            for grant in grants
            if grant.team in teams and grant.pending is None
        }
        return set(plan.reviewed.people) - hidden


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=LONG or 25,
    stateful_step_count=40 if LONG else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    database=None,
)


@pytest.fixture(scope="module", autouse=True)
def _say_what_was_done() -> Iterator[None]:
    yield
    print("\n" + ", ".join(f"{number} {what}" for what, number in sorted(COUNTS.items())))  # noqa: T201
