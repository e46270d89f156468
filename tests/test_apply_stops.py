"""Once something has stopped an apply, nothing more is sent, though it would go through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from test_apply import MANY, WEB, Github, results, seats_file, web
from test_apply_report import C, Desk, ceiling, change, clock_of, keeping, texts

from reconciler.apply import Ceiling, Pace, Replanned, apply
from reconciler.apply import run as engine
from reconciler.errors import LedgerError, RateLimited, Refused, Unreachable
from reconciler.model.desired import Assign
from reconciler.model.memory import Target
from reconciler.model.plan import Change
from reconciler.model.report import Report


@dataclass
class Passing(Desk):
    """A desk whose ledger can't be written once, and can again afterwards."""

    faults: Iterator[bool] = field(default_factory=lambda: iter([True]))

    def intend(self, changes: Sequence[Change], now: Replanned) -> None:
        if next(self.faults, False):
            raise LedgerError("disk full")
        super().intend(changes, now)


def test_a_ledger_that_could_not_be_written_once_stops_the_rest() -> None:
    desk = Passing(Github({**MANY, "old": True}), seats_file("ada", *MANY))
    report = desk.run()
    assert results(report) == {"ada": "not_tried", "old": "not_tried"}
    why = "the ledger can't be written, and nothing is sent without it: disk full"
    assert set(texts(report).values()) == {why}
    assert desk.github.requests == []


def test_waiting_that_failed_once_stops_the_rest() -> None:
    desk = keeping("ada", github=Github({**MANY, "old": True}))
    limits: Iterator[Callable[[], None]] = iter([_never])
    desk.github.waits = lambda: next(limits, _at_once)()
    report = desk.run()
    assert results(report) == {"ada": "not_tried", "old": "not_tried"}
    assert desk.github.requests == []


def _never() -> None:
    raise RateLimited("wait for an hour", status=403)


def _at_once() -> None:
    pass


def test_a_look_that_failed_once_stops_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH", 1)
    desk = keeping(github=Github({**MANY, "old": True, "odd": True}))
    reviewed, now = ceiling(*desk.again().plan.changes), desk.again()
    desk.unreadable = True
    times = clock_of(0.0, *[61.0] * 9)

    def clock() -> float:
        found = times()
        desk.unreadable = found == 61.0 and not desk.looked
        return found

    report = apply(reviewed, now, desk, desk.github, desk, Pace(0.0, 0.0, desk.sleep, clock))
    assert results(report) == {"old": "not_tried", "odd": "not_tried"}
    why = "the seats could not be read again: no connection"
    assert set(texts(report).values()) == {why}
    assert desk.github.requests == []


def test_a_list_that_can_not_be_read_back_stops_even_what_waits_for_nothing() -> None:
    github = Github({**MANY, "old": True}, members=("mia",), team=True)
    desk = Desk(github, seats_file(*MANY, teams=(web(Assign.MEMBERS),)))
    desk.blind = lambda _: True
    report = desk.run(confirm=0.0)
    assert results(report) == {"mia": "unconfirmed", "web": "not_tried", "old": "not_tried"}
    assert texts(report)["old"] == "the seats could not be read back: no connection"
    assert [operation for operation, _ in github.requests] == ["create_users"]


def test_a_team_that_an_earlier_run_created_is_done_once_all_its_members_are_seated() -> None:
    github = Github({**MANY, "mia": True}, members=("mia",))
    desk = Desk(github, seats_file(*MANY, "mia", teams=(web(Assign.TEAM),)))
    create = change("web", WEB.id, C, github.account("mia").id, team=True)
    report = desk.run(ceiling(create, earlier=frozenset({create.target})))
    assert texts(report) == {"web": "done by an earlier run of this plan"}
    report = desk.run(ceiling(create, earlier=frozenset[Target]()))
    assert results(report) == {"web": "skipped"}


@pytest.mark.parametrize("requests", [1, 2, 3])
def test_the_pace_is_kept_between_requests_and_not_before_the_first(
    monkeypatch: pytest.MonkeyPatch, requests: int
) -> None:
    monkeypatch.setattr(engine, "BATCH", 1)
    desk = keeping(*["ada", "bob", "cy"][:requests])
    now = desk.again()
    pace = Pace(1.5, 0.0, desk.sleep, lambda: desk.seconds)
    apply(ceiling(*now.plan.changes), now, desk, desk.github, desk, pace)
    assert desk.slept == [1.5] * (requests - 1)


def test_a_report_tells_what_the_plan_told() -> None:
    desk = keeping("nobody-has-it")
    report = desk.run()
    assert [one.kind for one in report.notices] == ["unknown_user"]
    assert report.notices == desk.again().plan.notices


@pytest.mark.parametrize(("lost", "result"), [(True, "failed"), (False, "done")])
def test_seats_of_all_members_show_a_team_only_where_github_has_accepted_it(
    lost: bool, result: str
) -> None:
    github = Github(dict(MANY), members=("mia",), lags=True)
    desk = Desk(github, seats_file(*MANY, teams=(web(Assign.TEAM),)))

    def meanwhile(_: str) -> Unreachable | None:
        github.direct["mia"] = True  # somebody gives her one
        return Unreachable("cut") if lost else None

    github.fails = meanwhile
    assert results(desk.run(confirm=0.0)) == {"web": result}


@dataclass
class Telling(Desk):
    """A desk that notes which refused changes a new look is told of."""

    told: list[frozenset[Target]] = field(default_factory=list)

    def recheck(self, changes: Sequence[Change], refused: object = None) -> Replanned:
        assert isinstance(refused, frozenset)
        self.told.append(refused)
        return super().recheck(changes)


def test_a_look_before_deletes_is_told_which_creates_were_refused() -> None:
    github = Github({**MANY, "old": True}, refuses=frozenset({"ada"}))
    desk = Telling(github, seats_file("ada", *MANY))
    create = desk.again().plan.changes[0]
    assert results(desk.run()) == {"ada": "failed", "old": "done"}
    assert desk.told == [frozenset({create.target})]


# --- what ends a run ------------------------------------------------------------------------------


class End(BaseException):
    """What nobody expects, such as Ctrl-C."""


def ended(desk: Desk, reviewed: Ceiling) -> Report:
    """Run an apply that something ends; return its last words."""
    found: list[Report] = []
    now, pace = desk.again(), Pace(0.0, 0.0, desk.sleep, lambda: 0.0)
    with pytest.raises(End):
        apply(reviewed, now, desk, desk.github, desk, pace, found.append)
    (report,) = found
    assert report.interrupted
    return report


def test_a_run_that_is_ended_tells_of_every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH", 1)
    github = Github({**MANY, "odd": True, "old": True}, members=("mia",), team=True)
    desk = Desk(github, seats_file(*MANY, teams=(web(Assign.MEMBERS),)))
    gone = change("gone", 4711, C)
    reviewed = ceiling(*desk.again().plan.changes, gone)

    def end(operation: str) -> None:
        if len(github.requests) == 2:
            raise End(operation)

    github.fails = end
    report = ended(desk, reviewed)
    assert results(report) == {
        "mia": "done",
        "web": "unconfirmed",
        "odd": "not_tried",
        "old": "not_tried",
        "gone": "skipped",
    }
    assert "GitHub's answer is not known" in texts(report)["web"]
    assert texts(report)["old"] == "the run ended before its turn"


def test_a_run_that_is_ended_while_it_sends_the_half_of_a_batch_again() -> None:
    desk = keeping("ada", "bob")
    github, reviewed = desk.github, ceiling(*desk.again().plan.changes)

    def refuse(_: str) -> Refused:
        if len(github.requests) == 2:
            raise End
        return Refused("No.")

    github.fails = refuse
    report = ended(desk, reviewed)
    assert results(report) == {"ada": "unconfirmed", "bob": "not_tried"}


def test_what_was_refused_is_not_in_doubt_when_a_run_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "BATCH", 1)
    desk = keeping("ada", "bob", "cy")

    def refuse(_: str) -> Refused | None:
        if len(desk.github.requests) == 3:
            raise End
        return Refused("No.") if len(desk.github.requests) == 1 else None

    desk.github.fails = refuse
    report = ended(desk, ceiling(*desk.again().plan.changes))
    assert results(report) == {"ada": "failed", "bob": "unconfirmed", "cy": "unconfirmed"}
    assert texts(report)["bob"] == "accepted by GitHub"


def test_a_run_that_comes_to_its_end_has_no_last_words() -> None:
    desk = keeping("ada")
    found: list[Report] = []
    now, pace = desk.again(), Pace(0.0, 0.0, desk.sleep, lambda: 0.0)
    reviewed = ceiling(*now.plan.changes)
    report = apply(reviewed, now, desk, desk.github, desk, pace, found.append)
    assert not found
    assert not report.interrupted
