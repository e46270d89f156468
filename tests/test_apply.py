"""Apply, against an organisation in memory that can refuse, lose answers and lag."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest

from reconciler.apply import Answered, Ceiling, Pace, Replanned, apply
from reconciler.errors import (
    AuthenticationError,
    GitHubError,
    LedgerError,
    NotSent,
    RateLimited,
    Refused,
    Unreachable,
)
from reconciler.model.desired import Assign as AssignBy
from reconciler.model.desired import (
    GuardSettings,
    Kind,
    Name,
    Seats,
    SeatsFile,
    TeamEntry,
    Undeclared,
    UserEntry,
)
from reconciler.model.diagnostics import Mark
from reconciler.model.observed import Account, Billing, Observed, Organization, Row, Team
from reconciler.model.plan import Change, PlannedChange
from reconciler.model.report import Report, Result
from reconciler.plan.planner import make_plan

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
MARK = Mark("seats.yml", 1, 1)
LATER = date(2026, 12, 1)
WEB = Team(900, "web", "Web Frontend")


@dataclass
class Github:
    """Seats by login; `lags` hides effects, `refuses` names the logins that GitHub refuses."""

    direct: dict[str, bool] = field(default_factory=dict)
    """Login to live or pending."""
    members: tuple[str, ...] = ()
    refuses: frozenset[str] = frozenset()
    fails: Callable[[str], GitHubError | None] = lambda _: None
    before_effect: bool = True
    lags: bool = False
    requests: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    team: bool = False
    waits: Callable[[], None] = lambda: None

    def account(self, login: str) -> Account:
        return Account(zlib.crc32(login.encode()), login)

    def rows(self) -> tuple[Row, ...]:
        rows = [
            Row(self.account(login), NOW, pending=None if live else LATER)
            for login, live in self.direct.items()
        ]
        if self.team:
            rows += [Row(self.account(login), NOW, team=WEB) for login in self.members]
        return tuple(rows)

    def observed(self) -> Observed:
        people = {*self.direct, *self.members}
        return Observed(
            now=NOW,
            organization=Organization(1, "acme", "https://api.github.com"),
            billing=Billing("assign_selected", "business", None, 0, 0),
            rows=self.rows(),
            teams=(WEB,),
            team_members={WEB.id: tuple(self.account(one) for one in self.members)},
            members=tuple(self.account(one) for one in sorted(people | {"ada", "bob", "cy"})),
        )

    def _send(self, operation: str, names: Sequence[str], effect: Callable[[str], None]) -> int:
        self.requests.append((operation, tuple(names)))
        error = self.fails(operation)
        if error is not None and self.before_effect:
            raise error
        if self.refuses.intersection(names):
            raise Refused("GitHub says no", status=422, request_id="ABCD:1")
        if not self.lags:
            for name in names:
                effect(name)
        if error is not None:
            raise error
        return len(names)

    def ready(self) -> None:
        self.waits()

    def again(self, error: GitHubError) -> bool:
        return isinstance(error, RateLimited)

    def create_users(self, logins: Sequence[str]) -> int:
        return self._send("create_users", logins, lambda one: self.direct.update({one: True}))

    def delete_users(self, logins: Sequence[str]) -> int:
        return self._send("delete_users", logins, lambda one: self.direct.update({one: False}))

    def create_teams(self, slugs: Sequence[str]) -> int:
        return self._send("create_teams", slugs, lambda _: setattr(self, "team", True))

    def delete_teams(self, slugs: Sequence[str]) -> int:
        return self._send("delete_teams", slugs, lambda _: setattr(self, "team", False))


@dataclass
class World:
    """Plans `file` against `github`; a planner and a journal for apply."""

    github: Github
    file: SeatsFile
    allowed: Callable[[Change], bool] = lambda _: True
    seconds: float = 0.0
    intended: list[tuple[str, ...]] = field(default_factory=list)
    answers: list[tuple[str, Result]] = field(default_factory=list)
    full: bool = False
    unreadable: bool = False

    def again(self) -> Replanned:
        if self.unreadable:
            raise Unreachable("no connection")
        observed = self.github.observed()
        return Replanned(make_plan(self.file, observed, None, allowed=self.allowed), observed)

    def recheck(self, changes: Sequence[Change], refused: object = ()) -> Replanned:
        return self.again()

    def rows(self, changes: Sequence[Change] = ()) -> tuple[Row, ...]:
        return self.github.rows()

    def alias(self, change: Change) -> str | None:
        return WEB.name

    def intend(self, changes: Sequence[Change], now: Replanned) -> None:
        if self.full:
            raise LedgerError("disk full")
        self.intended.append(tuple(change.address for change in changes))

    def answer(self, answers: Sequence[Answered], at: datetime) -> None:
        self.answers += [(one.change.address, one.outcome.result) for one in answers]

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def apply(self, *, between: float = 0.0) -> Report:
        now = self.again()
        ceiling = Ceiling("id", tuple(PlannedChange.of(one) for one in now.plan.changes))
        pace = Pace(between, 60.0, self.sleep, lambda: self.seconds)
        return apply(ceiling, now, self, self.github, self, pace)


def seats_file(*users: str, teams: tuple[TeamEntry, ...] = ()) -> SeatsFile:
    entries = tuple(UserEntry(Name(Kind.USER, login, MARK)) for login in users)
    seats = Seats(teams=teams, users=entries, undeclared=Undeclared.CANCEL, mark=MARK)
    settings = GuardSettings(MARK, max_seats=None)
    return SeatsFile("seats.yml", "0" * 64, Name(Kind.USER, "acme", MARK), seats, settings)


def web(assign: AssignBy) -> TeamEntry:
    return TeamEntry(Name(Kind.TEAM, "web", MARK), assign)


def results(report: Report) -> dict[str, str]:
    return {one.address.partition(".")[2]: one.result.value for one in report.outcomes}


MANY = {f"keep-{number}": True for number in range(40)}


def test_every_change_gets_one_outcome_and_the_world_is_as_planned() -> None:
    github = Github({**MANY, "old": True})
    world = World(github, seats_file("ada", "bob", *MANY))
    assert results(world.apply()) == {"ada": "done", "bob": "done", "old": "done"}
    assert {one for one, live in github.direct.items() if live} == {"ada", "bob", *MANY}
    assert make_plan(world.file, github.observed()).changes == ()


def test_what_is_refused_stands_alone_and_the_others_go_through() -> None:
    github = Github(dict(MANY), refuses=frozenset({"bob"}))
    report = World(github, seats_file("ada", "bob", "cy", *MANY)).apply()
    assert results(report) == {"ada": "done", "bob": "failed", "cy": "done"}
    (failed,) = [one for one in report.outcomes if one.result is Result.FAILED]
    assert (failed.text, failed.request_id) == ("GitHub says no", "ABCD:1")


def test_a_lost_answer_is_settled_by_reading_back() -> None:
    lost = Github(dict(MANY), fails=lambda _: Unreachable("cut"), before_effect=False)
    assert results(World(lost, seats_file("ada", *MANY)).apply()) == {"ada": "done"}
    never = Github(dict(MANY), fails=lambda _: Unreachable("cut"))
    assert results(World(never, seats_file("ada", *MANY)).apply()) == {"ada": "failed"}


@pytest.mark.parametrize("error", [AuthenticationError("no", status=401), NotSent("no route")])
def test_after_an_error_that_is_about_all_nothing_more_is_sent(error: GitHubError) -> None:
    github = Github({**MANY, "old": True}, fails=lambda _: error)
    world = World(github, seats_file("ada", *MANY))
    assert results(world.apply()) == {"ada": "failed", "old": "not_tried"}
    assert len(github.requests) == 1


def test_what_is_accepted_and_not_seen_is_unconfirmed_after_a_minute() -> None:
    world = World(Github(dict(MANY), lags=True), seats_file("ada", *MANY))
    assert results(world.apply()) == {"ada": "unconfirmed"}
    assert 30 < world.seconds <= 60


def test_a_delete_waits_until_what_it_depends_on_is_seen() -> None:
    github = Github({**MANY, "mia": True}, members=("mia",), team=True, lags=True)
    world = World(github, seats_file(*MANY))
    assert results(world.apply()) == {"web": "unconfirmed", "mia": "not_tried"}
    assert github.requests == [("delete_teams", ("web",))]
    github.lags = False
    assert results(world.apply()) == {"web": "done", "mia": "done"}
    assert not github.team
    assert not github.direct["mia"]


def test_who_keeps_a_seat_gets_their_own_before_the_team_goes() -> None:
    github = Github(dict(MANY), members=("mia",), team=True)
    world = World(github, seats_file(*MANY, teams=(web(AssignBy.MEMBERS),)))
    assert results(world.apply()) == {"mia": "done", "web": "done"}
    assert [operation for operation, _ in github.requests] == ["create_users", "delete_teams"]
    assert github.direct["mia"]
    assert not github.team


def test_the_ledger_is_written_before_each_request_and_none_is_sent_without_it() -> None:
    github = Github(dict(MANY))
    world = World(github, seats_file("ada", *MANY), full=True)
    report = world.apply()
    assert results(report) == {"ada": "not_tried"}
    assert "disk full" in report.outcomes[0].text
    assert github.requests == []


def test_batches_hold_fifty_and_keep_the_pace() -> None:
    people = [f"p{number:03}" for number in range(120)]
    github = Github(dict.fromkeys((f"keep-{number}" for number in range(700)), True))
    world = World(github, seats_file(*people, *github.direct))
    members = github.observed
    everybody = tuple(github.account(one) for one in [*people, *github.direct])
    github.observed = lambda: replace(members(), members=everybody)  # type: ignore[method-assign]
    world.apply(between=1.0)
    assert [len(names) for _, names in github.requests] == [50, 50, 20]
    assert world.seconds >= 2.0


def test_people_of_a_delete_are_read_again_when_the_reading_is_old() -> None:
    github = Github({**MANY, "old": True})
    world = World(github, seats_file("ada", *MANY))
    now = world.again()
    ceiling = Ceiling("id", tuple(PlannedChange.of(one) for one in now.plan.changes))
    ticks = iter([0.0, *[61.0] * 20])
    world.file = seats_file("ada", "old", *MANY)
    report = apply(
        ceiling, now, world, github, world, Pace(0, 60, world.sleep, lambda: next(ticks))
    )
    assert results(report) == {"ada": "done", "old": "skipped"}
    assert github.direct["old"]


def test_people_are_read_again_after_a_rate_limit_and_not_before() -> None:
    clock = iter([0.0, 0.0, *[70.0] * 20])
    github = Github({**MANY, "idle": True, "back": True})
    world = World(github, seats_file(*MANY))
    now = world.again()
    ceiling = Ceiling("id", tuple(PlannedChange.of(one) for one in now.plan.changes))
    limits = iter([RateLimited("secondary", status=403, retry_after=70)])

    def limited(operation: str) -> GitHubError | None:
        error = next(limits, None)
        if error is not None:
            world.file = seats_file("back", *MANY)
        return error

    github.fails = limited
    report = apply(
        ceiling, now, world, github, world, Pace(0, 60, world.sleep, lambda: next(clock))
    )
    assert results(report) == {"idle": "done", "back": "skipped"}
    assert [names for _, names in github.requests] == [("back", "idle"), ("idle",)]
    assert github.direct["back"]


def test_people_are_read_again_after_the_pace_between_batches() -> None:
    github = Github(dict.fromkeys((f"keep-{number}" for number in range(700)), True))
    idle = [f"p{number:03}" for number in range(60)]
    github.direct.update(dict.fromkeys(idle, True))
    world = World(github, seats_file(*(one for one in github.direct if one not in idle)))
    now = world.again()
    ceiling = Ceiling("id", tuple(PlannedChange.of(one) for one in now.plan.changes))

    def back(seconds: float) -> None:
        world.seconds += seconds
        world.file = seats_file("p059", *(one for one in github.direct if one not in idle))

    pace = Pace(62.0, 60, back, lambda: world.seconds)
    report = apply(ceiling, now, world, github, world, pace)
    assert report.count(Result.DONE) == 59
    assert results(report)["p059"] == "skipped"
    assert github.direct["p059"]


def test_when_the_second_reading_fails_the_deletes_are_not_tried() -> None:
    github = Github({**MANY, "old": True})
    world = World(github, seats_file(*MANY))
    now = world.again()
    ceiling = Ceiling("id", tuple(PlannedChange.of(one) for one in now.plan.changes))
    world.unreadable = True
    ticks = iter([0.0, *[61.0] * 20])
    report = apply(
        ceiling, now, world, github, world, Pace(0, 60, world.sleep, lambda: next(ticks))
    )
    assert results(report) == {"old": "not_tried"}
    assert github.requests == []


def test_a_team_refused_by_its_slug_is_tried_by_its_name_once() -> None:
    github = Github(dict(MANY), members=("mia",), refuses=frozenset({"web"}))
    world = World(github, seats_file(*MANY, teams=(web(AssignBy.TEAM),)))
    assert results(world.apply()) == {"web": "done"}
    assert github.requests == [("create_teams", ("web",)), ("create_teams", ("Web Frontend",))]


def test_what_was_refused_and_is_so_already_is_done() -> None:
    github = Github({**MANY, "old": True})

    def partly(operation: str) -> GitHubError | None:
        github.direct["old"] = False
        return Refused("not assigned to a seat", status=422)

    github.fails = partly
    assert results(World(github, seats_file(*MANY)).apply()) == {"old": "done"}


def test_a_team_that_grew_is_left_alone() -> None:
    github = Github(dict(MANY), members=("mia",), team=True)
    world = World(github, seats_file(*MANY))
    now = world.again()
    ceiling = Ceiling("id", tuple(PlannedChange.of(one) for one in now.plan.changes))
    github.members = ("mia", "noa")
    world.allowed = ceiling.allows
    report = apply(ceiling, world.again(), world, github, world, Pace(0, 0, world.sleep))
    assert results(report) == {"web": "skipped"}
    assert "1 person not in the reviewed plan" in report.outcomes[0].text
    assert github.team
