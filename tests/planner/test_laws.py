"""The laws of section 4, over random organisations, files and memories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from hypothesis import assume, event, given
from hypothesis import strategies as st

from reconciler import planfile
from reconciler.model.desired import (
    Allowance,
    Assign,
    Phase,
    Rule,
    SeatsFile,
    TeamEntry,
    Term,
    Threshold,
    UserEntry,
)
from reconciler.model.observed import Observed, Row
from reconciler.model.plan import Action, Change, Plan, Reason, Resource, Verdict
from reconciler.plan.planner import make_plan

from .build import check, exempt, file, fired, wanted
from .github_model import EMPTY, GitHub, Story, Switches
from .worlds import PEOPLE, TEAMS, Case, cases, examples, files, githubs, memories, wild

CANCELS = (Verdict.IDLE, Verdict.UNUSED)
BLOCK_IDLE = {
    "row_count",
    "seat_management",
    "empty",
    "unknown_team",
    "unknown_name",
    "evidence",
    "memory",
}
CANCELLATIONS = "max_cancellations_per_cycle"
COUNT_DELETES = (CANCELLATIONS, "last_seat")
Some = TypeVar("Some")
Entry = TypeVar("Entry", UserEntry, TeamEntry)


def planned(case: Case) -> Plan:
    observed = case.org.look(case.file, case.memory)
    return make_plan(case.file, observed, case.memory)


def removed(plan: Plan) -> set[int]:
    """Return everybody who loses a seat, whatever a guard withholds of it.

    What a guard lets through depends on how many others there are, so that fewer removals can let
    more of them through; the laws are about what is wanted.
    """
    return {one for each in wanted(plan) if each.action is Action.DELETE for one in each.person_ids}


def live(rows: Iterable[Row]) -> set[int]:
    return {row.account.id for row in rows if row.account is not None and row.live}


# --- total ----------------------------------------------------------------------------------------


@given(cases(unguarded=False, shaken=True))
@examples(150)
def test_everybody_has_one_decision_and_every_change_is_one_of_them(case: Case) -> None:
    plan = planned(case)
    people = [one for one in plan.decisions if one.resource is Resource.USER]
    assert len({one.id for one in people}) == len(people)
    seated = {row.account.id for row in case.org.rows if row.account is not None}
    assert seated <= {one.id for one in people}
    decided = {
        (one.resource, one.id, one.action, one.reason)
        for one in plan.decisions
        if one.action is not Action.NO_OP
    }
    found = [(one.resource, one.id, one.action, one.reason) for one in wanted(plan)]
    assert sorted(found) == sorted(decided)
    assert all(one.text for one in plan.decisions)
    assert all(one.text for one in wanted(plan))
    for one in plan.decisions:
        event(f"{one.resource} {one.line} {one.action}")


# --- the order of input ---------------------------------------------------------------------------


def shuffled(values: Iterable[Some], random: Random) -> tuple[Some, ...]:
    found = list(values)
    random.shuffle(found)
    return tuple(found)


def shuffled_observed(seen: Observed, random: Random) -> Observed:
    members = shuffled(seen.team_members.items(), random)
    return replace(
        seen,
        rows=shuffled(seen.rows, random),
        teams=shuffled(seen.teams, random),
        team_members={team: shuffled(people, random) for team, people in members},
        members=None if seen.members is None else shuffled(seen.members, random),
        accounts=shuffled(seen.accounts, random),
    )


def shuffled_file(written: SeatsFile, random: Random) -> SeatsFile:
    """Change the order of all entries; the order of rules means something."""
    seats = replace(
        written.seats,
        teams=shuffled(
            (replace(one, excluded=shuffled(one.excluded, random)) for one in written.seats.teams),
            random,
        ),
        users=shuffled(written.seats.users, random),
    )
    inactivity = written.inactivity
    if inactivity is not None:
        rules = tuple(
            replace(one, teams=shuffled(one.teams, random), users=shuffled(one.users, random))
            for one in inactivity.rules
        )
        inactivity = replace(inactivity, rules=rules)
    return replace(
        written,
        seats=seats,
        inactivity=inactivity,
        reinstate=shuffled(written.reinstate, random),
        exempt=shuffled(written.exempt, random),
    )


@given(cases(unguarded=False, shaken=True), st.randoms(use_true_random=False))
@examples(150)
def test_the_order_of_rows_and_entries_changes_nothing_byte_for_byte(
    case: Case, random: Random
) -> None:
    seen = case.org.look(case.file, case.memory)
    plan = make_plan(case.file, seen, case.memory)
    again = make_plan(
        shuffled_file(case.file, random), shuffled_observed(seen, random), case.memory
    )
    assert planfile.dumps(again) == planfile.dumps(plan)
    assert again == plan


@given(cases(unguarded=False, shaken=True), st.randoms(use_true_random=False))
@examples(50)
def test_the_order_of_pages_changes_nothing_that_is_read(case: Case, random: Random) -> None:
    plan = planned(case)
    random.shuffle(case.org.rows)
    for people in case.org.people.values():
        random.shuffle(people)
    assert planfile.dumps(planned(case)) == planfile.dumps(plan)


# --- what GitHub must refuse ----------------------------------------------------------------------


def teams_of(rows: Iterable[Row], user: int) -> list[tuple[int, bool]]:
    """Return the teams of a person's live rows, and whether each is the enterprise's."""
    return [
        (row.team.id, row.team.enterprise)
        for row in rows
        if row.live and row.team is not None and row.account is not None and row.account.id == user
    ]


@given(cases(shaken=True))
@examples(150)
def test_nobody_with_a_live_row_of_a_team_that_stays_is_deleted_by_the_users_endpoint(
    case: Case,
) -> None:
    plan = planned(case)
    for chosen in (list(plan.changes), wanted(plan)):
        going = {one.id: one.address for one in chosen if is_delete(one, Resource.TEAM)}
        for one in chosen:
            if is_delete(one, Resource.USER):
                for team, enterprise in teams_of(case.org.rows, one.id):
                    assert not enterprise
                    assert team in going
                    assert going[team] in one.depends_on


def is_delete(change: Change, resource: Resource) -> bool:
    return change.action is Action.DELETE and change.resource is resource


@given(cases(shaken=True))
@examples(100)
def test_nobody_is_created_who_is_no_active_member_or_idle(case: Case) -> None:
    plan = planned(case)
    blocked = fired(plan) & BLOCK_IDLE
    verdicts = {one.id: one.verdict for one in plan.decisions if one.resource is Resource.USER}
    for one in wanted(plan):
        if one.action is Action.CREATE and one.resource is Resource.USER:
            assert one.id in case.org.active
            assert verdicts[one.id] not in CANCELS or blocked


@given(cases(unguarded=False, shaken=True))
@examples(100)
def test_what_a_change_waits_for_comes_before_it_or_both_are_withheld(case: Case) -> None:
    plan = planned(case)
    seen: set[str] = set()
    for one in plan.changes:
        assert set(one.depends_on) <= seen
        seen.add(one.address)


# --- everyone who loses a seat is listed and counted ----------------------------------------------


@given(cases(githubs(switches=Switches(one_row=False))))
@examples(150)
def test_exactly_those_are_listed_who_lose_a_seat_where_github_shows_every_row(case: Case) -> None:
    losing, gone = carried_out(case)
    assert losing == gone


@given(cases(githubs(), shaken=True))
@examples(150)
def test_everyone_who_loses_a_seat_is_listed_and_counted_whatever_github_hides(case: Case) -> None:
    """Under one row a person: whoever keeps a seat that no row shows may be listed needlessly."""
    losing, gone = carried_out(case)
    assert gone <= losing


def carried_out(case: Case) -> tuple[set[int], set[int]]:
    """Return whom the plan lists, and who loses a seat when it is applied."""
    plan = planned(case)
    story = Story(case.github, case.file, case.memory or EMPTY)
    before = case.github.live()
    story.apply(plan)
    losing = {
        one for each in plan.changes if each.action is Action.DELETE for one in each.person_ids
    }
    event(f"{len(losing)} lose a seat")
    detail = check(plan, "max_cancellations_per_cycle").detail
    if not plan.withheld:
        assert detail.startswith(f"{len(losing)} here")
    return losing, before - case.github.live()


@given(cases(ruled=True, ledger=True), st.integers(0, 3))
@examples(200)
def test_idle_seats_wait_for_the_others_and_those_only_for_each_other(
    case: Case, limit: int
) -> None:
    """Count both steps anew, from rows, memory and what the plan asks for."""
    guards = replace(case.file.guards, max_cancellations_per_cycle=Allowance(count=limit))
    case = replace(case, file=replace(case.file, guards=guards))
    plan = planned(case)
    stopped = {one.change.address for one in plan.withheld if one.guard == CANCELLATIONS}
    asked = [*plan.changes, *(one.change for one in plan.withheld if one.guard in COUNT_DELETES)]
    taking = [one for one in asked if one.action is Action.DELETE and one.people]
    others = [one for one in taking if one.reason not in (Reason.IDLE, Reason.UNUSED)]
    gaining = {
        one for each in plan.changes if each.action is Action.CREATE for one in each.person_ids
    }
    pending = {one.account.id for one in case.org.rows if one.account is not None and one.pending}
    this_month = {
        one: at
        for one, at in (case.memory.cancelled if case.memory is not None else {}).items()
        if (at.year, at.month) == (case.org.now.year, case.org.now.month)
    }
    earlier = (pending | this_month.keys()) - live(case.org.rows) - gaining
    by_rules = case.memory.cancelled_idle & this_month.keys() if case.memory is not None else set()
    first = {one for each in others for one in each.person_ids} | (earlier - by_rules)
    both = {one for each in taking for one in each.person_ids} | earlier
    event(f"first {len(first) > limit}, both {len(both) > limit}, {len(others) > 0}")
    if len(first) > limit:
        assert stopped == {one.address for one in taking}
    elif len(both) > limit:
        assert stopped == {one.address for one in taking if one not in others}
    else:
        assert stopped == set()


# --- protected, exempt and active people ----------------------------------------------------------


@given(cases())
@examples(150)
def test_no_exempt_or_active_person_is_cancelled_by_a_rule(case: Case) -> None:
    plan = planned(case)
    rules = case.file.inactivity.rules if case.file.inactivity else ()
    least = min(
        (limit.cancel for one in rules for limit in (one.idle, one.unused) if limit is not None),
        default=timedelta.max,
    )
    spared = {
        member
        for one in case.file.exempt
        if one.term.last is None
        for member in (
            case.org.people[case.org.team_id(one.name.text)]
            if one.name.kind == "team"
            else [case.org.id(one.name.text)]
        )
    }
    taken = {one.id for one in wanted(plan) if one.reason in (Reason.IDLE, Reason.UNUSED)}
    taken |= set(plan.records.held)
    taken |= {one for holds in plan.records.holds_by_change.values() for one in holds}
    assert not taken & spared
    for row in case.org.rows:
        if row.account is not None and row.account.id in taken:
            assert row.last_activity_at is None or case.org.now - row.last_activity_at > least
            assert case.org.now - row.created_at > least


@given(cases(), st.sampled_from(PEOPLE), st.booleans())
@examples(150)
def test_adding_an_exemption_never_adds_a_removal(case: Case, login: str, team: bool) -> None:
    spared = exempt(team=TEAMS[PEOPLE.index(login) % 3]) if team else exempt(login)
    before = removed(planned(case))
    more = replace(case.file, exempt=(*case.file.exempt, spared))
    assert removed(planned(replace(case, file=more))) <= before


def longer(rule: Rule, by: timedelta) -> Rule:
    """Return *rule* with more time before it takes a seat back."""

    def stretched(limit: Threshold | None) -> Threshold | None:
        return None if limit is None else replace(limit, cancel=limit.cancel + by)

    return replace(rule, idle=stretched(rule.idle), unused=stretched(rule.unused))


@given(cases(ruled=True), st.integers(0, 2), st.sampled_from([1, 10, 30]))
@examples(100)
def test_a_longer_threshold_never_adds_a_removal(case: Case, which: int, days: int) -> None:
    inactivity = case.file.inactivity
    assert inactivity is not None
    before = removed(planned(case))
    rules = list(inactivity.rules)
    chosen = which % len(rules)
    rules[chosen] = longer(rules[chosen], timedelta(days=days))
    more = replace(case.file, inactivity=replace(inactivity, rules=tuple(rules)))
    assert removed(planned(replace(case, file=more))) <= before


@given(cases(ledger=True))
@examples(120)
def test_deleting_the_ledger_never_adds_a_removal(case: Case) -> None:
    """But for what only a ledger can know: our own last create, whose a name was, what we did.

    The memories here know no create of ours, nor a name that changed hands; without them an
    unclaimed seat looks idle earlier, and whoever had the name before looks undeclared.
    """
    assert case.memory is not None
    case = replace(case, memory=replace(case.memory, creates={}))
    assert removed(planned(replace(case, memory=None))) <= removed(planned(case))


# --- converges ------------------------------------------------------------------------------------


def shown(rows: Iterable[Row]) -> set[tuple[int, int | None]]:
    """Return who is shown live through what."""
    return {
        (row.account.id, None if row.team is None else row.team.id)
        for row in rows
        if row.account is not None and row.live
    }


@given(cases(githubs()), st.booleans())
@examples(200)
def test_after_an_apply_nothing_is_left_unless_github_shows_a_row_it_hid(
    case: Case, ledger: bool
) -> None:
    story = Story(case.github, case.file, (case.memory or EMPTY) if ledger else None)
    story.org.now += timedelta(hours=1)
    plan = story.look()
    for _ in range(5):
        assume(not plan.withheld)
        before = shown(story.org.rows)
        story.apply(plan)
        story.org.now += timedelta(hours=1)
        plan = story.look()
        if not plan.changes:
            return
        event("once more")
        created = {one for each in plan.changes for one in each.person_ids}
        revealed = shown(story.org.rows) - before
        assert case.github.switches.one_row, [one.address for one in plan.changes]
        assert revealed, (created, [one.address for one in plan.changes])
    raise AssertionError("five applies, and still something to do")


@given(githubs(), files(), st.data())
@examples(40)
def test_nobody_is_created_after_being_cancelled_when_nobody_acts(
    github: GitHub, written: SeatsFile, data: st.DataObject
) -> None:
    memory = data.draw(st.one_of(st.just(EMPTY), memories(github)))
    story = Story(github, written, memory)
    cancelled: set[int] = set()
    for _ in range(45):
        plan = story.night()
        for one in plan.changes:
            if one.action is Action.CREATE:
                assert not cancelled & one.person_ids, one
            else:
                cancelled |= one.person_ids


def sooner(written: SeatsFile, begins: date) -> SeatsFile:
    """Return *written* with all its entries that have not begun beginning on that day."""

    def moved(entry: Entry) -> Entry:
        return entry if entry.term.first is None else replace(entry, term=Term(begins))

    seats = written.seats
    teams, users = tuple(map(moved, seats.teams)), tuple(map(moved, seats.users))
    return replace(written, seats=replace(seats, teams=teams, users=users))


def awaiting(story: Story) -> tuple[set[int], set[int]]:
    """Return whom only entries to begin claim: by an entry of their own, and by their team's."""
    today, org, seats = story.org.now.date(), story.org, story.file.seats
    by: dict[tuple[Phase, bool], set[int]] = {}
    for one in seats.users:
        by.setdefault((one.term.phase(today), True), set()).add(org.id(one.name.text))
    for each in seats.teams:
        without = {org.id(name.text) for name in each.excluded}
        own = each.assign is Assign.MEMBERS
        people = set(org.people[org.team_id(each.name.text)]) - (without if own else set())
        by.setdefault((each.term.phase(today), own), set()).update(people)
    standing = by.get((Phase.STANDING, True), set()) | by.get((Phase.STANDING, False), set())
    standing |= org.active if seats.members is not None else set()
    ended = by.get((Phase.OVER, True), set())
    own, teams = (by.get((Phase.NOT_BEGUN, one), set()) - standing for one in (True, False))
    return own, teams - ended - own


@given(githubs(), files(ruled=True), st.data())
@examples(60)
def test_until_an_entry_begins_its_people_keep_what_they_have_and_nothing_flaps_when_it_does(
    github: GitHub, written: SeatsFile, data: st.DataObject
) -> None:
    memory = data.draw(st.one_of(st.just(EMPTY), memories(github)))
    begins = github.org.now.date() + timedelta(days=4)
    story = Story(github, sooner(written, begins), memory)
    waited: set[int] = set()
    cancelled: set[int] = set()
    for _ in range(12):
        own, by_team = awaiting(story)
        waited |= own
        plan = story.night()
        for one in plan.changes:
            if one.action is Action.CREATE:
                assert not cancelled & waited & one.person_ids, one
                continue
            cancelled |= one.person_ids
            assert not own & one.person_ids, one
            assert one.resource is Resource.TEAM or not by_team & one.person_ids, one
        event(f"{len(own)} wait for an entry of their own")


@given(wild(), files())
@examples(60)
def test_a_file_that_claims_nobody_and_keeps_the_undeclared_does_nothing_without_rules(
    github: GitHub, written: SeatsFile
) -> None:
    nothing = file(undeclared="keep")
    plan = make_plan(nothing, github.org.look(nothing, None), None)
    assert wanted(plan) == []
