"""Random organisations, files and memories, for properties.

A *consistent* world follows from assignments, as GitHub's rows do; a *wild* one has any rows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from reconciler.model.desired import Kind, Rule, SeatsFile, TeamEntry, UserEntry
from reconciler.model.memory import ClaimLine, Hold, Memory, Source

from .build import each, exempt, file, override, reinstate, rule, team, user
from .github_model import EVERY_SWITCH, Facts, GitHub, Switches
from .world import ACME, Org, when

PEOPLE = ("ada", "ben", "cat", "dan", "eve", "fay")
TEAMS = ("red", "green", "blue")
STRANGER = "guest"
AGES = ("-1d", "-20d", "-40d", "-70d", "-100d", "-300d")
ACTIVE = (None, "-1d", "-20d", "-40d", "-70d", "-89d", "+2d")
TERMS = ((None, None), (None, None), (None, "-90d"), ("+500d", None))
"""Standing twice as often; no day of the file passes in a year's nights."""


def examples(count: int) -> settings:
    """Return settings for *count* examples, times `EXAMPLES` of the environment: 20, or 0.1."""
    return settings(max_examples=max(1, round(count * float(os.environ.get("EXAMPLES", "1")))))


@dataclass(frozen=True)
class Case:
    """A world, a file and a memory that may meet."""

    github: GitHub
    file: SeatsFile
    memory: Memory | None

    @property
    def org(self) -> Org:
        return self.github.org


def subset(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True)


@st.composite
def githubs(draw: DrawFn, *, switches: Switches | None = None) -> GitHub:
    """Return a consistent world."""
    org = Org(pulse=draw(st.booleans())).member(*PEOPLE)
    org.outsider(STRANGER, invited=draw(st.booleans()))
    for slug in TEAMS:
        org.team(slug, *draw(subset(*PEOPLE)))
    github = GitHub(org, switches or draw(st.sampled_from(EVERY_SWITCH)), others=list(org.rows))
    for slug in draw(subset(*TEAMS)):
        github.assign(slug, when(draw(st.sampled_from(AGES))))
    for login in draw(subset(*PEOPLE, STRANGER)):
        github.give(login, when(draw(st.sampled_from(AGES))))
    for login in draw(subset(*PEOPLE)):
        number = org.id(login)
        if number not in github.seats:
            github.seats[number] = Facts(when(draw(st.sampled_from(AGES))))
            github.pending[number] = draw(st.sampled_from([None, *map(org.team_id, TEAMS)]))
    for facts in github.seats.values():
        active, signed_in = draw(st.sampled_from(ACTIVE)), draw(st.sampled_from((*ACTIVE, None)))
        facts.active = None if active is None else when(active)
        facts.signed_in = None if signed_in is None else when(signed_in)
    github.show()
    return github


@st.composite
def wild(draw: DrawFn) -> GitHub:
    """Return a world with any rows at all: several to a person, of any kind."""
    github = draw(githubs())
    org = github.org
    github.assigned = set(map(org.team_id, TEAMS))
    org.team("ent:staff", number=901, enterprise=True)
    org.rows = list(github.others)
    for _ in range(draw(st.integers(0, 10))):
        org.seat(
            draw(st.sampled_from((*PEOPLE, STRANGER))),
            team=draw(st.sampled_from((None, None, *TEAMS, "ent:staff"))),
            created=draw(st.sampled_from(AGES)),
            active=draw(st.sampled_from(ACTIVE)),
            signed_in=draw(st.sampled_from((*ACTIVE, None))),
            pending=draw(st.sampled_from((None, None, True))),
            plan=draw(st.sampled_from((None, "business", "enterprise"))),
        )
    if draw(st.booleans()):
        org.nobody()
    return github


def _terms(draw: DrawFn) -> dict[str, str | None]:
    since, until = draw(st.sampled_from(TERMS))
    return {"since": since, "until": until}


@st.composite
def user_entries(draw: DrawFn) -> list[UserEntry]:
    return [user(login, **_terms(draw)) for login in draw(subset(*PEOPLE, STRANGER))]


@st.composite
def team_entries(draw: DrawFn) -> list[TeamEntry]:
    return [
        each(slug, without=draw(subset(*PEOPLE)), **_terms(draw))
        if draw(st.booleans())
        else team(slug, **_terms(draw))
        for slug in draw(subset(*TEAMS))
    ]


@st.composite
def rule_lists(draw: DrawFn, *, least: int = 0) -> list[Rule]:
    """Return up to three rules."""
    rules = []
    for number in range(draw(st.integers(least, 3))):
        idle = draw(st.sampled_from((None, "30d", "60d", "30d>60d")))
        rules.append(
            rule(
                f"rule-{number}",
                idle=idle,
                unused=draw(st.sampled_from((None, "15d", "30d") if idle else ("15d", "30d"))),
                teams=draw(subset(*TEAMS)) if draw(st.booleans()) else (),
                users=draw(subset(*PEOPLE)) if draw(st.booleans()) else (),
                observe=draw(st.sampled_from((False, False, True))),
            )
        )
    return rules


@st.composite
def files(draw: DrawFn, *, unguarded: bool = True, ruled: bool = False) -> SeatsFile:
    """Return a file about these people and teams; *unguarded*, nothing but its cause stops it."""
    exemptions = (
        [
            exempt(login, until=draw(st.sampled_from((None, None, "-45d"))))
            for login in draw(subset(*PEOPLE))
        ]
        if draw(st.booleans())
        else []
    )
    exemptions += [exempt(team=slug) for slug in TEAMS if draw(st.integers(0, 5)) == 0]
    back = [
        reinstate(login, draw(st.sampled_from(("-1d", "-15d", "-45d"))))
        for login in (draw(subset(*PEOPLE)) if draw(st.integers(0, 3)) == 0 else [])
    ]
    return file(
        users=draw(user_entries()),
        teams=draw(team_entries()),
        everyone=draw(st.integers(0, 5)) == 0,
        undeclared=draw(st.sampled_from(("cancel", "cancel", "keep"))),
        rules=draw(rule_lists(least=1 if ruled else 0)),
        exempt=exemptions,
        reinstate=back,
        authentication_counts=draw(st.booleans()),
        guarded=not unguarded,
        max_activity_age="99999h" if unguarded else "72h",
        overrides=[override("empty")] if unguarded else (),
    )


@st.composite
def memories(draw: DrawFn, github: GitHub) -> Memory:
    """Return what a ledger may remember of this world; what it says of teams is true."""
    org = github.org
    lines = [ClaimLine(Source.TEAM, org.team_id(slug)) for slug in TEAMS]
    numbers = [org.id(login) for login in PEOPLE]

    def some(*ages: str) -> dict[int, str]:
        return draw(st.dictionaries(st.sampled_from(numbers), st.sampled_from(ages)))

    holds = {
        one: Hold(
            when(age),
            draw(st.sampled_from((None, when("-60d"), when("-89d")))),
            frozenset({ClaimLine(Source.USER, one), *draw(st.sets(st.sampled_from(lines)))}),
        )
        for one, age in some("-5d", "-25d").items()
    }
    ours = {one: when(age) for one, age in some("-3d", "-20d", "-30d").items()}
    names = {(Kind.USER, login): org.id(login) for login in draw(subset(*PEOPLE))}
    names |= {(Kind.TEAM, slug): org.team_id(slug) for slug in draw(subset(*TEAMS))}
    accepted = {
        org.team_id(slug): frozenset(draw(st.sets(st.sampled_from(numbers))))
        | frozenset(org.people[org.team_id(slug)])
        for slug in draw(subset(*TEAMS))
        if org.team_id(slug) in github.assigned
    }
    return Memory(
        organization_id=ACME.id,
        names=names,
        holds=holds,
        warnings={one: (when(age),) for one, age in some("-2d", "-35d", "-65d").items()},
        creates={one: when(age) for one, age in some("-3d", "-50d").items()},
        cancelled=ours,
        cancelled_idle=frozenset(draw(st.sets(st.sampled_from(numbers)))) & ours.keys(),
        accepted=accepted,
        head="abc",
    )


@st.composite
def cases(
    draw: DrawFn,
    worlds: st.SearchStrategy[GitHub] | None = None,
    *,
    unguarded: bool = True,
    ruled: bool = False,
    ledger: bool = False,
    shaken: bool = False,
) -> Case:
    """Return a case; *ruled* its file has a rule at least, with a *ledger* there always is one.

    *Shaken*, names changed hands since the file was written and the ledger learned them.
    """
    github = draw(st.one_of(githubs(), wild()) if worlds is None else worlds)
    written = draw(files(unguarded=unguarded, ruled=ruled))
    known = memories(github)
    memory = draw(known if ledger else st.one_of(st.none(), known))
    if shaken:
        _shake(draw, github)
    return Case(github, written, memory)


def _shake(draw: DrawFn, github: GitHub) -> None:
    """Rename people and teams, give some of their names to others, let some leave."""
    org = github.org
    for login in draw(subset(*PEOPLE)):
        org.rename(login, f"{login}-2")
        if draw(st.booleans()):
            org.member(login)
        if draw(st.integers(0, 3)) == 0:
            org.left(f"{login}-2")
    for slug in draw(subset(*TEAMS)):
        org.rename_team(slug, f"{slug}-2")
        if draw(st.booleans()):
            org.team(slug, *draw(subset(*(org.accounts[one] for one in sorted(org.active)))))
