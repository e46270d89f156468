"""A twin under pseudonyms plans to the same decisions, and names nobody."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from reconciler.anonymize.pseudonyms import (
    HOST,
    UNTOLD,
    Pseudonyms,
    file_twin,
    observed_twin,
)
from reconciler.model.desired import Kind, Name, SeatsFile
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import ClaimLine, Hold, Memory, Source
from reconciler.model.observed import Account, Observed, Organization, Team
from reconciler.model.plan import Change, Plan, Resource
from reconciler.plan.planner import make_plan

from .build import exempt, file, override, reinstate, user
from .world import Org
from .worlds import Case, cases, examples


def drawn(seed: int = 0) -> Pseudonyms:
    return Pseudonyms(random.Random(seed))


# --- the same decisions -------------------------------------------------------------------------


def memory_twin(memory: Memory | None, names: Pseudonyms) -> Memory | None:
    """Return *memory* under pseudonyms: in the product the ledger's events are."""
    if memory is None:
        return None

    def user(number: int) -> int:
        return names.id(Kind.USER, number)

    def claim(line: ClaimLine) -> ClaimLine:
        kind = Kind.TEAM if line.source is Source.TEAM else Kind.USER
        return ClaimLine(line.source, names.id(kind, line.id))

    def hold(one: Hold) -> Hold:
        return replace(one, claims=frozenset(map(claim, one.claims)))

    accepted = {
        names.id(Kind.TEAM, team): frozenset(map(user, people))
        for team, people in memory.accepted.items()
    }
    known = {
        (kind, names.name(kind, name)): names.id(kind, number)
        for (kind, name), number in memory.names.items()
    }
    return replace(
        memory,
        names=known,
        holds={user(one): hold(found) for one, found in memory.holds.items()},
        warnings={user(one): times for one, times in memory.warnings.items()},
        creates={user(one): at for one, at in memory.creates.items()},
        cancelled={user(one): at for one, at in memory.cancelled.items()},
        cancelled_idle=frozenset(map(user, memory.cancelled_idle)),
        accepted=accepted,
    )


def told(plan: Plan, names: Pseudonyms | None = None) -> dict[str, object]:
    """Return what *plan* decides, its names and ids under pseudonyms where they are given."""

    def name(kind: Resource, text: str) -> str:
        of = Kind.TEAM if kind is Resource.TEAM else Kind.USER
        return names.name(of, text) if names else text

    def person(number: int) -> int:
        return names.id(Kind.USER, number) if names else number

    def change(one: Change) -> tuple[object, ...]:
        return (
            one.resource,
            name(one.resource, one.name),
            one.action,
            one.reason,
            sorted(map(person, one.person_ids)),
            sorted(
                name(Resource(at.partition(".")[0]), at.partition(".")[2]) for at in one.depends_on
            ),
        )

    return {
        "changes": sorted(map(change, plan.changes)),
        "withheld": sorted((held.guard, *change(held.change)) for held in plan.withheld),
        "decisions": sorted(
            (one.resource, name(one.resource, one.name), one.line, one.reason, one.verdict)
            for one in plan.decisions
        ),
        "checks": [(check.guard, check.status) for check in plan.checks],
        "notices": sorted(one.kind for one in plan.notices),
        "warned": sorted(map(person, plan.records.warned)),
        "summary": plan.summary,
    }


@given(cases(unguarded=False), st.integers())
@examples(150)
def test_the_twin_plans_to_the_same_decisions(case: Case, seed: int) -> None:
    names = drawn(seed)
    observed = case.org.look(case.file, case.memory)
    shown = observed_twin(observed, names)
    written, memory = file_twin(case.file, names), memory_twin(case.memory, names)
    plan = make_plan(case.file, observed, case.memory)
    assert told(make_plan(written, shown, memory)) == told(plan, names)


# --- and names nobody ---------------------------------------------------------------------------


def values(found: object) -> Iterator[object]:
    """Yield every text and number within *found*, times, places and codes excepted."""
    if isinstance(found, (datetime, date, Mark, Kind, bool)):
        return
    if is_dataclass(found) and not isinstance(found, type):
        for one in fields(found):
            yield from values(getattr(found, one.name))
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from values(key)
            yield from values(value)
    elif isinstance(found, (tuple, list, set, frozenset)):
        for value in found:
            yield from values(value)
    else:
        yield found


def named(observed: Observed, written: SeatsFile) -> set[object]:
    """Return all names and ids there are, in lower case."""
    things = [one for one in parts(observed) if isinstance(one, (Account, Team, Organization))]
    found: set[object] = set(observed.absent_logins | observed.absent_slugs)
    found |= observed.absent_user_ids | observed.absent_team_ids | observed.team_members.keys()
    for one in things:
        found |= {value for value in values(one) if isinstance(value, int) or value}
    for name in (one for one in parts(written) if isinstance(one, Name)):
        found |= {name.text, name.id}
    found -= {None}
    return {one.lower() if isinstance(one, str) else one for one in found}


def parts(found: object) -> Iterator[object]:
    yield found
    if is_dataclass(found) and not isinstance(found, type):
        for one in fields(found):
            yield from parts(getattr(found, one.name))
    elif isinstance(found, dict):
        for value in found.values():
            yield from parts(value)
    elif isinstance(found, (tuple, list)):
        for value in found:
            yield from parts(value)


class Counted(Pseudonyms):
    """Gives names and ids that are no count, and that chance doesn't draw."""

    def _draw(self) -> int:
        self._drawn.add(10_000_000 + len(self._drawn))
        return max(self._drawn)


@given(cases(), st.integers())
@examples(80)
def test_no_name_and_no_id_is_left(case: Case, seed: int) -> None:
    names, moved = drawn(seed), Counted(random.Random())
    observed = observed_twin(case.org.look(case.file, case.memory), moved)
    observed = replace(observed, organization=Organization(77_777, "acme", "https://ghe"))
    written = file_twin(case.file, moved)
    written = replace(written, org=replace(written.org, text="Acme"))
    real = named(observed, written)
    shown = [*values(observed_twin(observed, names)), *values(file_twin(written, names))]
    assert real
    assert not real & {one.lower() if isinstance(one, str) else one for one in shown}


def test_whatever_else_could_name_somebody_is_left_out() -> None:
    ada = user("ada", until="+3d")
    written = file(
        users=[replace(ada, reason="ada's friend")],
        exempt=[exempt("ben")],
        reinstate=[replace(reinstate("ben", "-1d"), reason="ben is back")],
        overrides=[override("max_seats", 5)],
    )
    shown = file_twin(written, drawn())
    assert shown.org.text == "example"
    assert [one.reason for one in (*shown.seats.users, *shown.reinstate)] == [None, None]
    assert {one.reason for one in (*shown.exempt, *shown.guards.overrides)} == {UNTOLD}
    assert shown.seats.users[0].term == ada.term


def test_a_person_has_one_pseudonym_everywhere() -> None:
    org = Org().team("red", "Mona").seat("Mona").seat("ben")
    written = file(users=["MONA"], teams=["RED"], exempt=[exempt("mona")])
    names = drawn()
    shown, twin = observed_twin(org.look(written), names), file_twin(written, names)
    people = [row.account for row in shown.rows if row.account]
    assert len(set(people)) == len(people) == 3
    (member,) = shown.team_members[names.id(Kind.TEAM, org.team_id("red"))]
    assert member in people
    assert twin.seats.users[0].name.text == twin.exempt[0].name.text == member.login
    assert member.id % 1_000_000_000 == int(member.login.removeprefix("user-"))
    (team,) = [one for one in shown.teams if not one.enterprise]
    assert twin.seats.teams[0].name.text == team.slug


def test_a_login_that_changed_hands_stays_told_from_its_owners() -> None:
    names = drawn()
    before, after = names.account(Account(1, "mona")), names.account(Account(2, "mona"))
    renamed = names.account(Account(1, "mona-lisa"))
    assert before.login == after.login != renamed.login
    assert before.id == renamed.id != after.id


def test_chance_decides_so_that_no_order_leads_back() -> None:
    people = [Account(number, f"p{number:03}") for number in range(200)]
    one, other = (drawn(seed).accounts(people) for seed in (1, 2))
    assert one != other
    assert one == tuple(sorted(one, key=lambda each: each.id))
    names = drawn(1)
    rank = {names.account(each).id: each.id for each in people}
    assert [rank[each.id] for each in one] != sorted(rank.values())
    assert drawn(1).accounts(people) == one


def test_an_enterprise_team_stays_one_and_a_display_name_stays_another() -> None:
    names = drawn()
    staff = names.team(Team(1, "ent:staff", "Staff", enterprise=True))
    assert staff.enterprise
    assert staff.slug.startswith("ent:team-")
    plain, titled = names.team(Team(2, "red", "red")), names.team(Team(3, "blue", "The Blue Team"))
    assert plain.name == plain.slug
    assert titled.name != titled.slug


def test_the_organisation_s_pseudonym_is_never_its_name() -> None:
    names = drawn()
    host = "https://api.acme.ghe.com"
    assert names.organization(Organization(5, "acme", host)).login == "example"
    shown = names.organization(Organization(5, "Example", host))
    assert (shown.login, shown.host) == ("sample", HOST)
    assert shown.id != 5
