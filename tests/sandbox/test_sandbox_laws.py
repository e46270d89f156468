"""What always holds, whatever happens to an organisation and whatever GitHub does."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from itertools import combinations, product

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pairwise import all_pairs, domains
from sandbox_worlds import SNAPSHOT

from reconciler.errors import SeatsError
from reconciler.sandbox import Switches, World, dump, operations
from reconciler.sandbox.people import OrgTeam

LOGINS = ["octocat", "mona", "pia", "erin", "sam", "dora", "Hubot", "guest", "ines"]
SLUGS = ["platform", "sre", "docs", "empty"]

switches = st.fixed_dictionaries(
    {name: st.sampled_from(values) for name, values in domains().items()}
)
logins = st.sampled_from(LOGINS)
slugs = st.sampled_from(SLUGS)
several = st.lists(st.sampled_from([*LOGINS, "nobody"]), min_size=1, max_size=4)


def live(world: World) -> dict[int, set[int | None]]:
    """Return the sources of each person's live grants."""
    return {
        number: {grant.team for grant in grants if grant.pending is None}
        for number, grants in world.seats.grants.items()
    }


class Organisation(RuleBasedStateMachine):
    """People, owners and clients act on one organisation."""

    world: World

    @initialize(values=switches)
    def begin(self, values: dict[str, object]) -> None:
        self.world = World.from_snapshot(SNAPSHOT, switches=Switches.of(values))

    def name_of(self, team: OrgTeam) -> str:
        return team.name if self.world.switches.team_names == "name" else team.slug

    @rule(names=several)
    def add_users(self, names: list[str]) -> None:
        before = self.world.reading(begins=False).rows
        try:
            operations.add_users(self.world, names)
        except SeatsError:
            assert self.world.reading(begins=False).rows == before
            return
        people = [self.world.directory.person(name) for name in names]
        found = live(self.world)
        for person in people:
            assert person is None or not person.member or found[person.id]

    @rule(names=several)
    def cancel_users(self, names: list[str]) -> None:
        teams = {number: sources - {None} for number, sources in live(self.world).items()}
        with contextlib.suppress(SeatsError):
            operations.cancel_users(self.world, names)
            for person in map(self.world.directory.person, names):
                assert person is None or None not in live(self.world).get(person.id, set())
        for number, sources in teams.items():
            assert live(self.world)[number] >= sources

    @rule(slug=slugs)
    def add_team(self, slug: str) -> None:
        with contextlib.suppress(SeatsError):
            team = self.world.directory.known_team(slug)
            operations.add_teams(self.world, [self.name_of(team)])
            found = live(self.world)
            assert all(found[one.id] for one in self.world.seated_members(team))

    @rule(slug=slugs)
    def cancel_team(self, slug: str) -> None:
        with contextlib.suppress(SeatsError):
            team = self.world.directory.known_team(slug)
            operations.cancel_teams(self.world, [self.name_of(team)])
            assert all(team.id not in sources for sources in live(self.world).values())

    @rule(login=logins, slug=slugs)
    def join(self, login: str, slug: str) -> None:
        with contextlib.suppress(SeatsError):
            self.world.join_team(login, slug)

    @rule(login=logins, slug=slugs)
    def leave(self, login: str, slug: str) -> None:
        with contextlib.suppress(SeatsError):
            self.world.leave_team(login, slug)

    @rule(login=logins)
    def come(self, login: str) -> None:
        self.world.join_organization(login)

    @rule(login=logins)
    def go(self, login: str) -> None:
        self.world.leave_organization(login)
        person = self.world.directory.known(login)
        assert not live(self.world).get(person.id)

    @rule(login=logins)
    def work(self, login: str) -> None:
        self.world.use(login)

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.world.advance(timedelta(days=days))

    @invariant()
    def pending_seats_end_at_the_next_cycle_or_are_gone(self) -> None:
        if not hasattr(self, "world"):
            return
        today = self.world.now.date()
        for grants in self.world.seats.grants.values():
            for grant in grants:
                if grant.pending is not None:
                    assert grant.pending > today
                    assert grant.pending <= date(
                        today.year + today.month // 12, today.month % 12 + 1, 1
                    )

    @invariant()
    def everyone_has_one_row_or_one_a_source(self) -> None:
        if not hasattr(self, "world"):
            return
        rows = self.world.reading(begins=False).rows
        own = [row for row in rows if row.person and row.person.login != "erin"]
        ids = [(row.person.id if row.person else 0) for row in own]
        if self.world.switches.rows == "one" and self.world.settled:
            assert len(ids) == len(set(ids))

    @invariant()
    def activity_lies_within_the_seat_s_life(self) -> None:
        if not hasattr(self, "world"):
            return
        for row in self.world.reading(begins=False).rows:
            at = row.usage.seen(self.world.now, self.world.lag)
            assert at is None or at >= self.world.now - timedelta(days=90)
            assert at is None or at <= self.world.now

    @invariant()
    def the_state_can_be_kept_and_loaded(self) -> None:
        if not hasattr(self, "world") or not self.world.settled:
            return
        again = World.from_snapshot(dump.snapshot(self.world), switches=self.world.switches)
        assert shown(again) == shown(self.world)
        assert again.breakdown() == self.world.breakdown()


def shown(world: World) -> list[tuple[object, ...]]:
    """Return the rows of the list as values, in an order of their own."""
    reading = world.reading(begins=False)
    rows = [
        (
            row.person.id if row.person else 0,
            str(getattr(row.team, "slug", None) or (row.team or {}).get("slug")),
            row.created_at,
            str(row.pending),
            row.usage.seen(world.now, world.lag),
        )
        for row in reading.rows
    ]
    return [*sorted(rows, key=str), (reading.total,)]


TestOrganisation = Organisation.TestCase
TestOrganisation.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, derandomize=True, database=None
)


def test_all_pairs_of_settings_occur() -> None:
    rows = [row.as_json() for row in all_pairs()]
    assert rows[0] == Switches().as_json()
    values = domains()
    for one, other in combinations(values, 2):
        met = {(row[one], row[other]) for row in rows}
        assert met == set(product(values[one], values[other]))
