"""The journal of one plan: what was sent, to whom, and how it ended."""

from __future__ import annotations

from pathlib import Path

from ledger_builders import (
    ACME,
    START,
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

from reconciler.changes import Reason, Result
from reconciler.ledger import Answer, Entry, Ledger
from reconciler.ledger import events as ev
from reconciler.ledger.journal import Journal, journal

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
