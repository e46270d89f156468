"""The journal of one plan: what was sent, to whom, and how it ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger_builders import (
    ACME,
    START,
    USER_1,
    begun,
    change,
    day,
    finished,
    intent,
    outcome,
    started,
    team,
    user,
)

from reconciler.ledger import Answer, Entry, Ledger
from reconciler.ledger import events as ev
from reconciler.ledger.journal import Applied, Journal, applies, journal
from reconciler.model.memory import Hold
from reconciler.model.plan import Reason
from reconciler.model.report import Result

HOLD = Hold(START, None, frozenset({USER_1}))
CREATE_1, DELETE_2, CREATE_TEAM = user("create", 1), user("delete", 2), team("create", 7)


def told(*events: ev.Event, plan: str = "p1") -> Journal:
    found = journal([begun(), started(day(1)), *events], plan)
    assert found is not None
    return found


def results(found: Journal) -> dict[object, Result | None]:
    return {entry.target: entry.result for entry in found.entries}


def test_a_ledger_without_applies_has_no_journal(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    assert ledger.journal() is None
    assert ledger.journal("p1") is None


def test_the_last_plan_applied_is_told_unless_another_is_named(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    with ledger.writing("apply") as writer:
        for number, target in ((1, CREATE_1), (2, DELETE_2)):
            writer.apply_started(f"p{number}", f"sha256:{number}", day(number))
            writer.intent([change(target)], day(number))
            writer.outcome([Answer(target, Result.DONE, "AB:1")], day(number))
            writer.apply_finished(day(number))
    reason = {CREATE_1: Reason.DECLARED, DELETE_2: Reason.IDLE}
    for plan_id, number, target in ((None, 2, DELETE_2), ("p2", 2, DELETE_2), ("p1", 1, CREATE_1)):
        assert ledger.journal(plan_id) == Journal(
            plan_id=f"p{number}",
            fingerprint=f"sha256:{number}",
            started=day(number),
            finished=day(number),
            entries=(
                Entry(
                    target,
                    reason[target],
                    frozenset({target.id}),
                    day(number),
                    Result.DONE,
                    "AB:1",
                ),
            ),
        )


def test_the_people_of_a_team_are_those_who_gain_or_lose_a_seat_by_it() -> None:
    found = told(intent(day(1), CREATE_TEAM, people=(3, 4), members=(3, 4, 5)))
    assert [entry.people for entry in found.entries] == [frozenset({3, 4})]


def test_what_was_sent_and_not_answered_stands_out() -> None:
    found = told(
        intent(day(1), CREATE_1),
        outcome(day(1), CREATE_1, Result.DONE),
        intent(day(1.1), DELETE_2),
    )
    assert [(entry.target, entry.sent) for entry in found.unanswered] == [(DELETE_2, day(1.1))]
    assert found.finished is None


def test_a_later_run_completes_the_first() -> None:
    found = told(
        intent(day(1), CREATE_1),
        outcome(day(1), CREATE_1, Result.DONE),
        intent(day(1), DELETE_2),
        started(day(2)),
        outcome(day(2), CREATE_1, Result.SKIPPED),
        outcome(day(2), DELETE_2, Result.DONE),
        finished(day(2)),
    )
    assert results(found) == {CREATE_1: Result.DONE, DELETE_2: Result.DONE}
    assert (found.started, found.finished) == (day(1), day(2))


def test_a_change_sent_again_has_its_last_outcome() -> None:
    found = told(
        intent(day(1), CREATE_1),
        outcome(day(1), CREATE_1, Result.FAILED),
        intent(day(2), CREATE_1),
        outcome(day(2), CREATE_1, Result.DONE),
    )
    assert results(found) == {CREATE_1: Result.DONE}
    assert found.entries[0].sent == day(2)


def test_a_change_on_its_way_is_not_unsent_by_a_later_run_that_skips_it() -> None:
    on_its_way = (intent(day(1), CREATE_1), outcome(day(1), CREATE_1, Result.UNCONFIRMED))
    skipped = told(*on_its_way, started(day(2)), outcome(day(2), CREATE_1, Result.SKIPPED))
    assert results(skipped) == {CREATE_1: Result.UNCONFIRMED}
    done = told(*on_its_way, started(day(2)), outcome(day(2), CREATE_1, Result.DONE))
    assert results(done) == {CREATE_1: Result.DONE}


def test_a_change_never_sent_has_its_outcome_too() -> None:
    found = told(outcome(day(1), CREATE_1, Result.NOT_TRIED))
    assert found.entries == (Entry(CREATE_1, None, frozenset(), None, Result.NOT_TRIED),)


def test_other_plans_are_left_out() -> None:
    found = told(
        intent(day(1), CREATE_1),
        started(day(2), "p2"),
        intent(day(2), DELETE_2, plan="p2"),
        outcome(day(2), DELETE_2, Result.DONE, plan="p2"),
        plan="p2",
    )
    assert results(found) == {DELETE_2: Result.DONE}


def later(*events: ev.Event) -> dict[object, str | None]:
    """Return by which plan each change of p1 is overtaken when p2 does *events* after it."""
    found = told(
        intent(day(1), CREATE_1),
        outcome(day(1), CREATE_1, Result.DONE),
        intent(day(1), DELETE_2),
        outcome(day(1), DELETE_2, Result.DONE),
        finished(day(1)),
        started(day(2), "p2"),
        *events,
    )
    return {entry.target: entry.overtaken for entry in found.entries}


@pytest.mark.parametrize(
    ("results", "overtaken"),
    [
        ((Result.DONE,), "p2"),
        ((Result.UNCONFIRMED,), "p2"),
        ((Result.UNCONFIRMED, Result.NOT_TRIED), "p2"),
        ((), "p2"),
        ((Result.FAILED,), None),
        ((Result.NOT_TRIED,), None),
    ],
)
def test_a_later_plan_overtakes_what_it_changed_or_may_have(
    results: tuple[Result, ...], overtaken: str | None
) -> None:
    delete = user("delete", 1)
    events = (outcome(day(2), delete, result, plan="p2") for result in results)
    found = later(intent(day(2), delete, plan="p2"), *events)
    assert found == {CREATE_1: overtaken, DELETE_2: None}


def test_a_later_plan_overtakes_by_person_and_by_team() -> None:
    gives = intent(day(2), CREATE_TEAM, people=(2, 3), plan="p2")
    assert later(gives) == {CREATE_1: None, DELETE_2: "p2"}
    team_first = told(
        intent(day(1), CREATE_TEAM, people=(3,)),
        started(day(2), "p2"),
        intent(day(2), team("delete", 7), plan="p2"),
        started(day(3), "p3"),
        intent(day(3), user("delete", 3), plan="p3"),
    )
    assert [entry.overtaken for entry in team_first.entries] == ["p3"]


def test_an_earlier_plan_overtakes_nothing_but_what_a_resumed_one_sends_after_it() -> None:
    found = told(
        intent(day(1), CREATE_1),
        started(day(2), "p2"),
        intent(day(2), user("delete", 1), plan="p2"),
        intent(day(2), user("create", 2), plan="p2"),
        started(day(3)),
        intent(day(3), DELETE_2),
    )
    assert {entry.target: entry.overtaken for entry in found.entries} == {
        CREATE_1: "p2",
        DELETE_2: None,
    }


def test_an_undo_of_the_same_plan_overtakes_nothing_and_an_undo_of_that_does() -> None:
    undone = (
        intent(day(1), CREATE_1),
        outcome(day(1), CREATE_1, Result.DONE),
        started(day(2), "p2", undoes="p1"),
        intent(day(2), user("delete", 1), plan="p2"),
        outcome(day(2), user("delete", 1), Result.DONE, plan="p2"),
    )
    assert [entry.overtaken for entry in told(*undone).entries] == [None]
    again = (started(day(3), "p3", undoes="p2"), intent(day(3), CREATE_1, plan="p3"))
    assert [entry.overtaken for entry in told(*undone, *again).entries] == ["p3"]


def test_who_was_seated_when_it_began_is_known_from_the_looks_before() -> None:
    def look(gained: tuple[int, ...], lost: tuple[int, ...] = ()) -> ev.Observed:
        return ev.Observed(at=day(0), live_users_gained=gained, live_users_lost=lost)

    events = (begun(), look((1, 2, 3)), look((4,), (2,)), started(day(1)), look((9,), (1,)))
    found = journal([*events, started(day(2)), look((8,))], "p1")
    assert found is not None
    assert found.seated == {1, 3, 4}


def test_every_apply_is_listed_once_and_says_what_it_undid() -> None:
    events = [
        begun(),
        started(day(1)),
        started(day(2), "p2", undoes="p1"),
        started(day(3)),
    ]
    assert applies(events) == (Applied("p1", day(1)), Applied("p2", day(2), "p1"))
    found = journal(events, "p2")
    assert found is not None
    assert (found.undoes, told().undoes) == ("p1", None)


def test_an_undo_is_written_down_as_one_and_ends_holds(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    with ledger.writing("undo") as writer:
        writer.apply_started("p1", "sha256:1", day(1))
        writer.intent([change(DELETE_2)], day(1), holds={change(DELETE_2).address: {2: HOLD}})
        writer.outcome([Answer(DELETE_2, Result.DONE)], day(1))
        writer.apply_started("p2", "sha256:2", day(2), undoes="p1")
        writer.released([1, 2], day(2))
        before = ledger.head
        writer.released([1, 2], day(2))
    assert ledger.head == before
    assert [one.user for one in ledger.events if isinstance(one, ev.Released)] == [2]
    assert ledger.memory().holds == {}
    assert ledger.applies() == (Applied("p1", day(1)), Applied("p2", day(2), "p1"))
    again = Ledger.open(tmp_path, "acme")
    assert again is not None
    assert again.applies() == ledger.applies()
