"""What apply says and writes down: each outcome's words, and each step in its order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest
from test_apply import MANY, NOW, WEB, Github, World, results, seats_file, web

from reconciler.apply import Answered, Ceiling, Pace, Replanned, apply
from reconciler.apply import run as engine
from reconciler.apply.ceiling import why_not
from reconciler.errors import (
    AuthenticationError,
    GitHubError,
    LedgerError,
    Malformed,
    NotSent,
    RateLimited,
    Refused,
    Unreachable,
)
from reconciler.model.desired import Assign
from reconciler.model.memory import Target
from reconciler.model.observed import Account, Row
from reconciler.model.plan import (
    CEILING,
    Action,
    Change,
    Decision,
    Person,
    Plan,
    PlannedChange,
    Reason,
    Resource,
    Verdict,
    Withheld,
)
from reconciler.model.report import Report, Result


@dataclass
class Desk(World):
    """A world that notes every step in `steps`, and what the journal was given."""

    steps: list[str] = field(default_factory=list)
    written: list[Answered] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    looked: list[tuple[str, ...]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    reads: int = 0
    lost: Callable[[Answered], bool] = lambda _: False
    blind: Callable[[int], bool] = lambda _: False

    def recheck(self, changes: Sequence[Change], refused: object = ()) -> Replanned:
        self.looked.append(tuple(change.name for change in changes))
        return self.again()

    def rows(self, changes: Sequence[Change] = ()) -> tuple[Row, ...]:
        self.reads += 1
        if self.blind(self.reads):
            raise Unreachable("no connection")
        return super().rows()

    def alias(self, change: Change) -> str | None:
        assert change.id == WEB.id
        return super().alias(change)

    def intend(self, changes: Sequence[Change], now: Replanned) -> None:
        assert now.plan.organization.login == "acme"
        super().intend(changes, now)
        self.steps.append("intend " + " ".join(change.name for change in changes))

    def answer(self, answers: Sequence[Answered], at: datetime) -> None:
        if any(self.lost(one) for one in answers):
            raise LedgerError("disk full")
        self.written += answers
        self.moments.append(at)
        by_result = {one.outcome.result for one in answers}
        (result,) = by_result
        names = " ".join(one.change.name for one in answers)
        self.steps.append(f"{result} {names}: {answers[0].outcome.text}")

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        super().sleep(seconds)

    def run(
        self,
        ceiling: Ceiling | None = None,
        *,
        clock: Callable[[], float] | None = None,
        confirm: float = 60.0,
    ) -> Report:
        now = self.again()
        reviewed = ceiling or Ceiling("id", tuple(map(PlannedChange.of, now.plan.changes)))
        pace = Pace(0.0, confirm, self.sleep, clock or (lambda: self.seconds))
        return apply(reviewed, now, self, self.github, self, pace)


def texts(report: Report) -> dict[str, str]:
    return {one.address.partition(".")[2]: one.text for one in report.outcomes}


def keeping(*more: str, github: Github | None = None, **how: object) -> Desk:
    """Return a desk of an organisation whose file claims MANY and *more*."""
    found = github or Github(dict(MANY))
    return Desk(replace(found, **how) if how else found, seats_file(*more, *MANY))


# --- the ceiling ----------------------------------------------------------------------------------


def change(
    name: str, number: int, action: Action, *ids: int, team: bool = False, **how: object
) -> Change:
    made = Change(
        resource=Resource.TEAM if team else Resource.USER,
        action=action,
        id=number,
        name=name,
        reason=Reason.DECLARED,
        text="",
        people=tuple(Person(one, f"p{one}") for one in ids or (number,)),
    )
    return replace(made, **how) if how else made  # type: ignore[arg-type]


def ceiling(*changes: Change, earlier: frozenset[Target] = frozenset()) -> Ceiling:
    return Ceiling("id", tuple(map(PlannedChange.of, changes)), earlier)


C, D = Action.CREATE, Action.DELETE


@pytest.mark.parametrize(
    ("today", "allowed"),
    [
        (change("web", 7, D, 1, 2, team=True), True),
        (change("web", 7, D, 1, team=True), True),
        (change("web", 7, D, 1, 2, 3, team=True), False),
        (change("web", 7, C, 1, 2, team=True), False),
        (change("web", 8, D, 1, 2, team=True), False),
        (change("web", 7, D), False),
        (change("renamed", 7, D, 1, 2, team=True), True),
        (change("docs", 9, C, 1, team=True), True),
        (change("docs", 9, C, 1, 2, 3, 4, team=True), True),
        (change("mona", 1, D), True),
        (change("mona", 1, C), False),
        (change("mona", 2, D), False),
    ],
)
def test_a_ceiling_allows_what_it_holds_by_type_action_id_and_people(
    today: Change, allowed: bool
) -> None:
    reviewed = ceiling(
        change("mona", 1, D),
        change("web", 7, D, 1, 2, team=True),
        change("docs", 9, C, 1, team=True),
    )
    assert reviewed.allows(today) is allowed


# --- what is not done, and why --------------------------------------------------------------------


def plan_with(*decisions: Decision, withheld: tuple[Withheld, ...] = ()) -> Plan:
    plan = keeping().again().plan
    return replace(plan, decisions=decisions, withheld=withheld)


def decision(resource: Resource, number: int, text: str) -> Decision:
    return Decision(resource, number, "x", Action.NO_OP, Reason.HELD, Verdict.ACTIVE, text)


def test_why_not_is_what_is_decided_for_that_very_person_or_team() -> None:
    team, user = Resource.TEAM, Resource.USER
    plan = plan_with(decision(user, 1, "one"), decision(team, 7, "a team"), decision(user, 7, "so"))
    assert why_not(plan, PlannedChange.of(change("x", 7, D))) == "not any more: held, so"
    of_team = PlannedChange.of(change("x", 7, D, 1, team=True))
    assert why_not(plan, of_team) == "not any more: held, a team"
    nothing = "not any more: neither the file nor GitHub's list has it"
    assert why_not(plan, PlannedChange.of(change("x", 8, D))) == nothing


def test_why_not_is_the_guard_that_stops_it() -> None:
    mine, other = change("x", 7, D), change("y", 8, D)
    held = (Withheld("empty", other, "no"), Withheld("last_seat", mine, "one left"))
    plan = plan_with(decision(Resource.USER, 7, "so"), withheld=held)
    expected = "withheld by guard last_seat: one left"
    assert why_not(plan, PlannedChange.of(mine)) == expected


def test_why_not_is_that_it_would_take_more_than_was_reviewed() -> None:
    grown = change("web", 7, D, 1, 2, 3, team=True)
    plan = plan_with(withheld=(Withheld(CEILING, grown, "not in the reviewed plan"),))

    def why(*ids: int) -> str:
        return why_not(plan, PlannedChange.of(change("web", 7, D, *ids, team=True)))

    also = "today it would also take the seat of"
    assert why(1, 2) == f"{also} 1 person not in the reviewed plan"
    assert why(1) == f"{also} 2 people not in the reviewed plan"
    assert why(1, 2, 3) == "not in the reviewed plan: plan again"


def test_what_an_earlier_run_did_is_done_and_only_what_it_sent() -> None:
    desk = keeping(github=Github({**MANY, "ada": True, "old": False}))
    ids = {name: desk.github.account(name).id for name in ("ada", "bob", "old", "cy")}
    changes = [
        change("ada", ids["ada"], C),
        change("bob", ids["bob"], C),
        change("old", ids["old"], D),
        change("cy", ids["cy"], D),
    ]
    sent = frozenset(one.target for one in changes[:3])
    report = desk.run(ceiling(*changes, earlier=sent))
    assert results(report) == {"ada": "done", "bob": "skipped", "old": "done", "cy": "skipped"}
    assert texts(report)["ada"] == texts(report)["old"] == "done by an earlier run of this plan"
    again = desk.run(ceiling(*changes))
    assert set(results(again).values()) == {"skipped"}


def test_what_is_planned_still_does_not_end_the_list_of_what_is_not() -> None:
    desk = keeping("ada")
    ada = change("ada", desk.github.account("ada").id, C)
    report = desk.run(ceiling(ada, change("gone", 5, D), change("away", 6, D)))
    assert results(report) == {"ada": "done", "gone": "skipped", "away": "skipped"}


# --- the order of steps ---------------------------------------------------------------------------


def test_each_request_is_written_down_before_and_after_and_once_it_is_seen() -> None:
    desk = keeping("ada", github=Github({**MANY, "old": True}))
    desk.run()
    assert desk.steps == [
        "intend ada",
        "unconfirmed ada: accepted by GitHub",
        "intend old",
        "unconfirmed old: accepted by GitHub",
        "done ada old: ",
    ]
    assert set(desk.moments) == {NOW}


def test_a_refused_batch_is_written_down_as_not_tried_and_split() -> None:
    desk = keeping("ada", "bob", "cy", refuses=frozenset({"bob"}))
    report = desk.run()
    assert desk.steps == [
        "intend ada bob cy",
        "not_tried ada bob cy: refused together with others",
        "intend ada",
        "unconfirmed ada: accepted by GitHub",
        "intend bob",
        "failed bob: GitHub says no",
        "intend cy",
        "unconfirmed cy: accepted by GitHub",
        "done ada cy: ",
    ]
    (failed,) = [one for one in desk.written if one.outcome.result is Result.FAILED]
    now = desk.again()
    assert failed.signature == now.plan.records.signatures["copilot_seat_user.bob"]
    assert [one.signature for one in desk.written if one is not failed] == [None] * 7
    assert texts(report)["bob"] == "GitHub says no"


def test_nothing_of_a_split_batch_is_sent_after_an_error_that_is_about_all() -> None:
    desk = keeping("ada", "bob", "cy", refuses=frozenset({"ada"}))
    answers = iter([None, None, AuthenticationError("no right", status=401, request_id="R:1")])
    desk.github.fails = lambda _: next(answers)
    report = desk.run()
    assert results(report) == {"ada": "failed", "bob": "failed", "cy": "not_tried"}
    many = keeping("ada", "bob", "cy", refuses=frozenset({"cy"}))
    answers = iter([None, AuthenticationError("no right", status=401, request_id="R:1")])
    many.github.fails = lambda _: next(answers)
    report = many.run()
    assert results(report) == {"ada": "failed", "bob": "not_tried", "cy": "not_tried"}
    stopped = "an earlier request failed: no right"
    assert texts(report) == {"ada": "no right", "bob": stopped, "cy": stopped}
    assert {one.request_id for one in report.outcomes} == {"R:1", None}


def test_a_refused_team_is_tried_by_its_name_once_and_no_more() -> None:
    teams = (web(Assign.TEAM),)
    github = Github(dict(MANY), members=("mia",), refuses=frozenset({"web", "Web Frontend"}))
    desk = Desk(github, seats_file(*MANY, teams=teams))
    report = desk.run()
    assert desk.steps == [
        "intend web",
        "not_tried web: refused by its slug",
        "intend web",
        "failed web: GitHub says no",
    ]
    assert [names for _, names in github.requests] == [("web",), ("Web Frontend",)]
    assert results(report) == {"web": "failed"}


def test_a_limit_is_waited_for_and_the_same_is_sent_again_by_the_same_name() -> None:
    github = Github(dict(MANY), members=("mia",), refuses=frozenset({"web"}))
    limits = iter([None, RateLimited("slow down", status=429), None])
    github.fails = lambda _: next(limits)
    desk = Desk(github, seats_file(*MANY, teams=(web(Assign.TEAM),)))
    assert results(desk.run()) == {"web": "done"}
    assert [names for _, names in github.requests] == [
        ("web",),
        ("Web Frontend",),
        ("Web Frontend",),
    ]
    assert "not_tried web: to be sent again: slow down" in desk.steps


# --- errors that are about all --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (NotSent("no route"), False),
        (Unreachable("cut"), True),
        (Malformed("odd"), True),
        (GitHubError("bad", status=500), True),
        (GitHubError("bad", status=502), True),
        (GitHubError("bad", status=499), False),
        (AuthenticationError("no", status=401), False),
    ],
)
def test_whether_it_may_have_happened_depends_on_the_error(error: GitHubError, seen: bool) -> None:
    """What may have happened is looked for; it did happen here, and only a look could tell."""
    desk = keeping("ada", before_effect=False)
    desk.github.fails = lambda _: error
    assert results(desk.run()) == {"ada": "done" if seen else "failed"}
    assert desk.reads == seen


@pytest.mark.parametrize("error", [Unreachable("cut"), AuthenticationError("no", status=401)])
def test_a_failure_has_github_s_words_and_its_name_for_the_request(error: GitHubError) -> None:
    error.request_id = "R:2"
    desk = keeping("ada", github=Github({**MANY, "old": True}))
    desk.github.fails = lambda _: error
    report = desk.run()
    (ada, old) = report.outcomes
    assert (ada.result, ada.request_id) == (Result.FAILED, "R:2")
    assert ada.text.startswith(str(error))
    assert (old.result, old.text) == (Result.NOT_TRIED, f"an earlier request failed: {error}")
    assert [one.outcome.request_id for one in desk.written] == ["R:2"]


def test_waiting_that_ends_in_an_error_stops_everything() -> None:
    desk = keeping("ada", github=Github({**MANY, "old": True}))

    def never() -> None:
        raise RateLimited("wait for an hour", status=403)

    desk.github.waits = never
    report = desk.run()
    assert results(report) == {"ada": "not_tried", "old": "not_tried"}
    assert set(texts(report).values()) == {"wait for an hour"}
    assert desk.github.requests == []


def test_a_ledger_that_can_not_say_what_was_answered_stops_the_rest() -> None:
    desk = keeping("ada", github=Github({**MANY, "old": True}))
    desk.lost = lambda one: one.outcome.result is Result.UNCONFIRMED
    report = desk.run()
    assert results(report) == {"ada": "done", "old": "not_tried"}
    assert texts(report)["old"] == "the ledger can't be written: disk full"
    assert len(desk.github.requests) == 1


def test_the_first_reason_to_stop_is_told() -> None:
    desk = keeping("ada", github=Github({**MANY, "old": True}))
    desk.github.fails = lambda _: AuthenticationError("no right", status=401)
    desk.lost = lambda _: True
    assert texts(desk.run())["old"] == "an earlier request failed: no right"


# --- looking again before a delete ----------------------------------------------------------------


def clock_of(*seconds: float) -> Callable[[], float]:
    times = iter(seconds)
    return lambda: next(times)


@pytest.mark.parametrize(("age", "again"), [(60.0, False), (60.5, True)])
def test_people_of_a_delete_are_looked_at_again_after_more_than_a_minute(
    age: float, again: bool
) -> None:
    desk = keeping("ada", github=Github({**MANY, "old": True}))
    desk.run(clock=clock_of(1000.0, 1000.0 + age, *[1000.0 + age] * 9))
    assert desk.looked == ([("old",)] if again else [])


def test_a_reading_is_as_old_as_the_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH", 1)
    leaving = {f"old-{number}": True for number in range(4)}
    desk = keeping(github=Github({**MANY, **leaving}))
    # Started at 0; then the clock is asked before each delete, and after each look.
    desk.run(clock=clock_of(0.0, 61.0, 61.0, 100.0, 122.0, 122.0, 182.0))
    assert desk.looked == [("old-0",), ("old-2",)]


def test_who_is_no_longer_to_be_deleted_is_skipped_with_the_reason() -> None:
    desk = keeping(github=Github({**MANY, "old": True, "odd": True}))
    reviewed = ceiling(*desk.again().plan.changes)
    now = desk.again()
    desk.file = seats_file("old", *MANY)
    pace = Pace(0.0, 0.0, desk.sleep, clock_of(0.0, *[61.0] * 9))
    report = apply(reviewed, now, desk, desk.github, desk, pace)
    assert results(report) == {"odd": "done", "old": "skipped"}
    assert texts(report)["old"] == "not any more: held, no rule holds this person"


def test_a_look_that_fails_says_so() -> None:
    desk = keeping(github=Github({**MANY, "old": True}))
    reviewed = ceiling(*desk.again().plan.changes)
    now = desk.again()
    desk.unreadable = True
    pace = Pace(0.0, 0.0, desk.sleep, clock_of(0.0, *[61.0] * 9))
    report = apply(reviewed, now, desk, desk.github, desk, pace)
    assert texts(report) == {"old": "the seats could not be read again: no connection"}


# --- dependencies ---------------------------------------------------------------------------------


def test_what_waits_says_for_what() -> None:
    github = Github({**MANY, "mia": True, "noa": True}, members=("mia", "noa"), team=True)
    github.lags = True
    desk = Desk(github, seats_file(*MANY))
    report = desk.run(confirm=0.0)
    waits = "waits for copilot_seat_team.web, which is not done"
    assert texts(report)["mia"] == texts(report)["noa"] == waits
    assert texts(report)["web"] == "accepted by GitHub, whose list does not show it yet"
    assert results(report)["web"] == "unconfirmed"


def test_all_that_something_waits_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    github = Github(dict(MANY), members=("mia", "moe"), team=True, refuses=frozenset({"mia"}))
    github.refuses = frozenset({"mia", "moe"})
    desk = Desk(github, seats_file(*MANY, teams=(web(Assign.MEMBERS),)))
    report = desk.run()
    users = "copilot_seat_user.mia, copilot_seat_user.moe"
    # Both hold a live row through the team, so that the read-back takes the refusal for done.
    assert results(report)["web"] == "not_tried"
    assert texts(report)["web"] == f"waits for {users}, which is not done"


# --- reading back ---------------------------------------------------------------------------------


def test_reading_back_takes_ever_longer_and_a_minute_at_most() -> None:
    desk = keeping("ada", lags=True)
    assert results(desk.run()) == {"ada": "unconfirmed"}
    assert desk.slept == [1.0, 2.0, 4.0, 8.0, 15.0, 30.0]
    longer = keeping("ada", lags=True)
    longer.run(confirm=125.0)
    assert longer.slept == [1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0]
    exactly = keeping("ada", lags=True)
    exactly.run(confirm=3.0)
    assert exactly.slept == [1.0, 2.0]


def test_what_shows_after_a_while_is_done() -> None:
    desk = keeping("ada", lags=True)

    def show(seconds: float) -> None:
        desk.slept.append(seconds)
        if len(desk.slept) == 2:
            desk.github.direct["ada"] = True

    desk.sleep = show  # type: ignore[method-assign]
    report = desk.run()
    assert results(report) == {"ada": "done"}
    assert texts(report) == {"ada": ""}
    assert desk.slept == [1.0, 2.0]
    assert desk.reads == 3


def test_reading_back_that_fails_stops_the_rest() -> None:
    github = Github({**MANY, "mia": True}, members=("mia",), team=True)
    desk = Desk(github, seats_file(*MANY))
    desk.blind = lambda _: True
    report = desk.run(confirm=0.0)
    assert results(report) == {"web": "unconfirmed", "mia": "not_tried"}
    more = keeping("ada", "bob", refuses=frozenset({"bob"}))
    more.blind = lambda _: True
    report = more.run(confirm=0.0)
    assert results(report) == {"ada": "unconfirmed", "bob": "failed"}


def test_the_seats_are_read_once_more_only_where_something_was_refused() -> None:
    plain = keeping("ada")
    plain.run()
    assert plain.reads == 1
    refused = keeping("ada", "bob", refuses=frozenset({"bob"}))
    refused.run()
    assert refused.reads == 2


def test_what_was_refused_and_is_so_is_told_as_such() -> None:
    desk = keeping(github=Github({**MANY, "old": True}))

    def partly(_: str) -> GitHubError | None:
        desk.github.direct["old"] = False
        return Refused("not assigned to a seat", status=422)

    desk.github.fails = partly
    report = desk.run()
    assert texts(report) == {"old": "refused, and already so on GitHub"}
    assert results(report) == {"old": "done"}


def test_a_doubt_ends_when_it_is_seen() -> None:
    desk = keeping("ada", before_effect=False)
    desk.github.fails = lambda _: Unreachable("cut")
    report = desk.run()
    assert results(report) == {"ada": "done"}
    assert desk.steps == ["intend ada", "done ada: "]


# --- the report -----------------------------------------------------------------------------------


def test_a_report_is_about_the_plan_that_was_carried_out() -> None:
    desk = keeping("ada", github=Github({**MANY, "old": True}))
    now = desk.again()
    report = desk.run()
    assert report.organization == now.plan.organization
    assert (report.plan_id, report.ledger_head) == ("id", None)
    assert (report.started_at, report.finished_at) == (now.plan.made_at, now.plan.made_at)
    assert report.notices == now.plan.notices
    ada, old = report.outcomes
    assert (ada.action, ada.reason) == (Action.CREATE, Reason.DECLARED)
    assert (old.action, old.reason) == (Action.DELETE, Reason.UNDECLARED)


def test_a_report_tells_what_guards_withheld_and_not_what_the_ceiling_did() -> None:
    desk = keeping("ada", github=Github({**MANY, "old": True}))
    desk.allowed = lambda one: one.name != "ada"
    settings = replace(desk.file.guards, max_seats=0)
    desk.file = replace(desk.file, guards=settings)
    none = desk.run(ceiling())
    assert none.withheld == ()
    desk.allowed = lambda _: True
    some = desk.run(ceiling())
    assert [(one.guard, one.change.name) for one in some.withheld] == [("max_seats", "ada")]


@pytest.mark.parametrize("done", [True, False])
def test_an_outcome_stands_under_the_address_that_was_reviewed(done: bool) -> None:
    desk = keeping("ada.lovelace", lags=not done)
    ada = change("ada", desk.github.account("ada.lovelace").id, C)
    seen = desk.github.observed()
    everybody = (*(seen.members or ()), Account(ada.id, "ada.lovelace"))
    observed = desk.github.observed
    desk.github.observed = lambda: replace(observed(), members=everybody)  # type: ignore[method-assign]
    (outcome,) = desk.run(ceiling(ada), confirm=0.0).outcomes
    assert outcome.address == "copilot_seat_user.ada"
    now = "ada is called ada.lovelace now"
    waiting = f"accepted by GitHub, whose list does not show it yet; {now}"
    assert outcome.text == (now if done else waiting)
