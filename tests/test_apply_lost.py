"""A lost answer is no end: the seats are read back, and what does not show is sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from test_apply import MANY, WEB, Github, results, seats_file, web
from test_apply_report import Desk, ceiling, keeping, texts

from reconciler.errors import GitHubError, NotSent, Refused, Unreachable
from reconciler.model.desired import Assign
from reconciler.model.report import Report, Result

LOST = [
    Unreachable("the connection broke"),
    GitHubError("GitHub answered 500", status=500),
    GitHubError("GitHub answered 502", status=502),
]


def times(error: GitHubError, *numbers: int) -> Callable[[str], GitHubError | None]:
    """Fail the requests of these numbers, from 1."""
    count: Iterator[int] = iter(range(1, 99))
    return lambda _: error if next(count) in numbers else None


def operations(desk: Desk) -> list[str]:
    return [operation for operation, _ in desk.github.requests]


@pytest.mark.parametrize("error", LOST, ids=str)
@pytest.mark.parametrize("before", [True, False], ids=["no effect", "effect"])
@pytest.mark.parametrize("losses", [1, 2])
def test_lost_answers_are_no_end(error: GitHubError, before: bool, losses: int) -> None:
    desk = keeping("ada", "bob", github=Github({**MANY, "old": True, "odd": True}))
    desk.github.before_effect = before
    numbers = range(1, losses + 1)
    desk.github.fails = times(error, *numbers)
    report = desk.run()
    assert set(results(report).values()) == {"done"}
    assert {one for one, live in desk.github.direct.items() if live} == {*MANY, "ada", "bob"}
    again = losses if before else 0
    assert operations(desk).count("create_users") == 1 + again
    assert not report.unfinished


def test_a_lost_answer_takes_seven_seconds_at_most_before_it_is_sent_again() -> None:
    desk = keeping("ada")
    desk.github.fails = times(LOST[0], 1)
    assert results(desk.run(confirm=0.0)) == {"ada": "done"}
    assert desk.slept == [1.0, 2.0, 4.0, 0.0]
    seen = keeping("ada", before_effect=False)
    seen.github.fails = times(LOST[0], 1)
    assert results(seen.run()) == {"ada": "done"}
    assert seen.slept == [1.0]


def test_only_what_does_not_show_is_sent_again() -> None:
    desk = keeping("ada", "bob", "cy")

    def partly(_: str) -> GitHubError | None:
        if len(desk.github.requests) > 1:
            return None
        desk.github.direct["bob"] = True
        return LOST[1]

    desk.github.fails = partly
    assert set(results(desk.run()).values()) == {"done"}
    assert [names for _, names in desk.github.requests] == [("ada", "bob", "cy"), ("ada", "cy")]


def test_after_three_sends_it_is_failed_and_the_rest_is_not_tried() -> None:
    desk = keeping("ada", github=Github({**MANY, "old": True}))
    desk.github.fails = lambda _: LOST[1]
    report = desk.run()
    assert results(report) == {"ada": "failed", "old": "not_tried"}
    assert operations(desk) == ["create_users"] * 3
    assert report.unfinished
    (written,) = desk.written
    assert "this plan sends it again, a new plan only after a day" in written.outcome.text
    assert written.lost
    assert written.signature is None


def test_a_delete_is_sent_again_only_if_a_reading_still_supports_it() -> None:
    desk = keeping(github=Github({**MANY, "old": True, "odd": True}))

    def returns(_: str) -> GitHubError | None:
        if len(desk.github.requests) > 1:
            return None
        desk.file = seats_file("odd", *MANY)
        return LOST[0]

    desk.github.fails = returns
    report = desk.run()
    assert results(report) == {"odd": "failed", "old": "done"}
    assert "not sent again: not any more" in texts(report)["odd"]
    assert desk.github.direct["odd"]
    assert [names for _, names in desk.github.requests] == [("odd", "old"), ("old",)]
    assert [one.lost for one in desk.written if one.change.name == "odd"] == [True]


def test_a_refusal_of_something_sent_again_is_neither_split_nor_remembered() -> None:
    desk = keeping("ada", "bob")
    answers: Iterator[GitHubError | None] = iter(
        [LOST[0], Refused("has a seat", status=422), Refused("has a seat", status=422)]
    )
    desk.github.fails = lambda _: next(answers)
    report = desk.run()
    assert results(report) == {"ada": "failed", "bob": "failed"}
    assert [names for _, names in desk.github.requests] == [("ada", "bob")] * 3
    assert all(one.lost and one.signature is None for one in desk.written)


def test_after_a_refusal_of_something_sent_again_the_reading_decides() -> None:
    desk = keeping("ada", "bob")

    def late(_: str) -> GitHubError | None:
        if len(desk.github.requests) == 1:
            return LOST[0]
        desk.github.direct.update(ada=True, bob=True)
        return Refused("has a seat", status=422)

    desk.github.fails = late
    report = desk.run()
    assert results(report) == {"ada": "done", "bob": "done"}
    assert not report.unfinished


def test_a_reading_that_fails_once_is_tried_again_and_the_last_one_ends_the_run() -> None:
    once = keeping("ada")
    once.github.fails = times(LOST[0], 1)
    once.blind = lambda number: number < 3
    assert results(once.run()) == {"ada": "done"}
    blind = keeping("ada", github=Github({**MANY, "old": True}))
    blind.github.fails = times(LOST[0], 1)
    blind.blind = lambda _: True
    report = blind.run()
    assert results(report) == {"ada": "failed", "old": "not_tried"}
    assert operations(blind) == ["create_users"]
    assert report.unfinished


def test_what_certainly_did_not_happen_is_failed_and_not_lost() -> None:
    desk = keeping("ada")
    desk.github.fails = lambda _: NotSent("no route")
    report = desk.run()
    assert (results(report), report.unfinished) == ({"ada": "failed"}, True)
    assert [one.lost for one in desk.written] == [False]


def test_a_lost_create_is_not_taken_for_done_because_of_a_seat_through_a_team() -> None:
    """Else the delete of that team would take the seat."""
    github = Github(dict(MANY), members=("mia",), team=True)
    desk = Desk(github, seats_file(*MANY, teams=(web(Assign.MEMBERS),)))
    github.fails = lambda operation: LOST[1] if operation == "create_users" else None
    assert results(desk.run()) == {"mia": "failed", "web": "not_tried"}
    assert github.team


def test_a_team_is_sent_again_too() -> None:
    github = Github(dict(MANY), members=("mia",))
    github.fails = times(LOST[1], 1)
    desk = Desk(github, seats_file(*MANY, teams=(web(Assign.TEAM),)))
    assert results(desk.run()) == {"web": "done"}
    assert [names for _, names in github.requests] == [(WEB.slug,)] * 2


def resumed(desk: Desk, report: Report) -> Report:
    """Go on with the plan of *report* after what was lost in it."""
    plan = desk.again().plan
    sent = frozenset(one.target for one in plan.changes)
    assert report.count(Result.FAILED)
    return desk.run(replace(ceiling(*plan.changes), earlier=sent, lost=sent))


def test_in_the_next_run_a_refusal_of_what_was_lost_is_split_and_not_remembered() -> None:
    desk = keeping("ada", "bob", "cy")
    desk.github.fails = lambda _: LOST[0]
    first = desk.run()
    desk.github.fails = lambda _: None
    desk.github.refuses = frozenset({"bob"})
    second = resumed(desk, first)
    assert results(second) == {"ada": "done", "bob": "failed", "cy": "done"}
    assert all(one.signature is None for one in desk.written)
    assert not second.unfinished
