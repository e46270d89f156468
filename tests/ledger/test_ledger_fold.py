"""The fold: what each sequence of events adds up to."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_builders import (
    EVERYONE,
    START,
    TEAM_7,
    USER_1,
    begun,
    day,
    finished,
    held,
    hold_to_be,
    intent,
    outcome,
    started,
    team,
    user,
)

from reconciler.ledger import events as ev
from reconciler.ledger import fold
from reconciler.model.desired import Kind
from reconciler.model.memory import AppliedPlan, Hold, Memory, Refusal, Target
from reconciler.model.plan import Reason
from reconciler.model.report import Result


def after(*events: ev.Event) -> Memory:
    return fold([begun(), *events])


CLAIMED = ev.Observed(at=START, claims_gained={"team:7": (1, 2), "user:1": (1,)})
CREATE_1, DELETE_1 = user("create", 1), user("delete", 1)
CREATE_TEAM, DELETE_TEAM = team("create", 7), team("delete", 7)
HOLD_1 = Hold(day(1), None, frozenset({TEAM_7}))


def test_a_ledger_just_begun_remembers_its_organisation_and_nothing_else() -> None:
    assert fold([begun()]) == Memory(organization_id=9919)


def test_a_name_has_the_id_it_was_last_resolved_to() -> None:
    memory = after(
        ev.Resolved(at=day(1), users={"octocat": 1, "hubot": 2}, teams={"octocat": 7}),
        ev.Resolved(at=day(2), users={"octocat": 3}),
    )
    assert memory.names == {
        (Kind.USER, "octocat"): 3,
        (Kind.USER, "hubot"): 2,
        (Kind.TEAM, "octocat"): 7,
    }


def test_warnings_are_kept_oldest_first() -> None:
    memory = after(
        ev.Warned(at=day(2), users=(1, 2)),
        ev.Warned(at=day(1), users=(1,)),
    )
    assert memory.warnings == {1: (day(1), day(2)), 2: (day(2),)}


def test_looks_add_up_to_the_claims_of_the_last_one() -> None:
    memory = after(
        CLAIMED,
        ev.Observed(
            at=day(1),
            claims_gained={"members:0": (3,), "team:7": (4,)},
            claims_lost={"team:7": (1, 2)},
        ),
    )
    assert memory.claimants == {
        1: frozenset({USER_1}),
        3: frozenset({EVERYONE}),
        4: frozenset({TEAM_7}),
    }
    assert memory.last_look == day(1)


def test_a_memory_does_not_change_with_later_events() -> None:
    events: list[ev.Event] = [begun(), CLAIMED, held(day(1), 1)]
    before = fold(events)
    fold([*events, ev.Released(at=day(2), user=1), ev.Observed(at=day(3))])
    assert before == fold(events)


# --- holds -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "holds"),
    [
        pytest.param([], {1: HOLD_1}, id="stands until something ends it"),
        pytest.param([ev.Released(at=day(2), user=1)], {}, id="released"),
        pytest.param([ev.Released(at=day(2), user=2)], {1: HOLD_1}, id="somebody else released"),
        pytest.param([ev.Observed(at=day(2))], {1: HOLD_1}, id="a look without news"),
        pytest.param(
            [ev.Observed(at=day(2), claims_lost={"team:7": (1,)})],
            {1: HOLD_1},
            id="one of two claim lines went",
        ),
        pytest.param(
            [ev.Observed(at=day(2), claims_lost={"team:7": (1,), "user:1": (1,)})],
            {},
            id="nobody claims the person any more",
        ),
        pytest.param(
            [
                ev.Observed(at=day(2), claims_lost={"team:7": (1,), "user:1": (1,)}),
                ev.Observed(at=day(3), claims_gained={"team:7": (1,)}),
            ],
            {},
            id="claimed again later",
        ),
        pytest.param(
            [ev.Observed(at=day(0.5), claims_lost={"team:7": (1,), "user:1": (1,)})],
            {1: HOLD_1},
            id="a look from before the hold, written down after",
        ),
        pytest.param(
            [ev.Observed(at=day(1), claims_lost={"team:7": (1,), "user:1": (1,)})],
            {},
            id="a later look by a clock that stands still",
        ),
        pytest.param(
            [held(day(2), 1, "user:1")],
            {1: Hold(day(2), None, frozenset({USER_1}))},
            id="held anew",
        ),
    ],
)
def test_a_hold_ends_when_released_or_no_longer_claimed(
    then: list[ev.Event], holds: dict[int, Hold]
) -> None:
    assert after(CLAIMED, held(day(1), 1), *then).holds == holds


# --- creates and cancellations ----------------------------------------------------------------


@pytest.mark.parametrize("result", [Result.DONE, Result.UNCONFIRMED])
def test_an_accepted_user_change_is_our_own_at_the_time_of_the_answer(result: Result) -> None:
    created = after(intent(day(1), CREATE_1), outcome(day(1.1), CREATE_1, result))
    deleted = after(intent(day(1), DELETE_1), outcome(day(1.1), DELETE_1, result))
    assert (created.creates, created.cancelled) == ({1: day(1.1)}, {})
    assert (deleted.creates, deleted.cancelled) == ({}, {1: day(1.1)})


@pytest.mark.parametrize("result", [Result.FAILED, Result.NOT_TRIED, Result.SKIPPED])
def test_a_change_that_did_not_happen_leaves_nothing_behind(result: Result) -> None:
    memory = after(
        started(day(1)),
        intent(day(1), DELETE_1, holds=(hold_to_be(1),)),
        intent(day(1), CREATE_TEAM, people=(2,), members=(1, 2)),
        outcome(day(1.1), DELETE_1, result),
        outcome(day(1.1), CREATE_TEAM, result),
    )
    plans = {"p1": AppliedPlan(day(1), finished=False)}
    assert memory == Memory(organization_id=9919, plans=plans)


def test_a_team_change_counts_for_those_who_gain_or_lose_a_seat_by_it() -> None:
    memory = after(
        intent(day(1), CREATE_TEAM, people=(1, 2), members=(1, 2, 3)),
        outcome(day(1), CREATE_TEAM, Result.DONE),
        intent(day(2), team("delete", 8), people=(4, 5)),
        outcome(day(2), team("delete", 8), Result.DONE),
    )
    assert memory.creates == {1: day(1), 2: day(1)}
    assert memory.cancelled == {4: day(2), 5: day(2)}


def test_the_last_of_several_creates_counts() -> None:
    memory = after(
        intent(day(1), CREATE_1),
        outcome(day(1), CREATE_1, Result.DONE),
        intent(day(9), CREATE_1),
        outcome(day(9), CREATE_1, Result.DONE),
    )
    assert memory.creates == {1: day(9)}


def test_a_change_found_done_again_keeps_the_time_it_was_done() -> None:
    memory = after(
        intent(day(1), CREATE_1),
        outcome(day(1), CREATE_1, Result.DONE),
        started(day(2)),
        outcome(day(2), CREATE_1, Result.DONE),
    )
    assert memory.creates == {1: day(1)}


@pytest.mark.parametrize("reason", [Reason.IDLE, Reason.UNUSED, Reason.EXPIRED, Reason.UNDONE])
@pytest.mark.parametrize("answered", [True, False])
def test_which_cancels_were_for_idleness_is_remembered(reason: Reason, answered: bool) -> None:
    answers = [outcome(day(1), DELETE_1, Result.DONE)] if answered else []
    memory = after(intent(day(1), DELETE_1, reason=reason), *answers)
    assert memory.cancelled == {1: day(1)}
    assert memory.cancelled_idle == ({1} if reason in (Reason.IDLE, Reason.UNUSED) else set())


@pytest.mark.parametrize(
    ("reasons", "idle"),
    [((Reason.IDLE, Reason.UNDECLARED), False), ((Reason.UNDECLARED, Reason.UNUSED), True)],
)
def test_the_last_cancel_says_whether_it_was_for_idleness(
    reasons: tuple[Reason, Reason], idle: bool
) -> None:
    memory = after(
        *(
            one
            for number, reason in enumerate(reasons, 1)
            for one in (
                intent(day(number), DELETE_1, reason=reason),
                outcome(day(number), DELETE_1, Result.DONE),
            )
        )
    )
    assert memory.cancelled_idle == ({1} if idle else set())


def test_of_two_cancels_at_once_the_one_for_another_reason_counts() -> None:
    memory = after(
        intent(day(1), DELETE_1, reason=Reason.IDLE),
        intent(day(1), DELETE_TEAM, people=(1,), reason=Reason.REASSIGNED),
    )
    assert memory.cancelled_idle == set()


# --- killed between a request and its answer --------------------------------------------------


def test_an_unanswered_change_is_remembered_as_if_it_had_happened() -> None:
    """Otherwise a kill in the wrong second gives a seat back, or takes a new one as idle."""
    memory = after(
        CLAIMED,
        intent(day(1), DELETE_1, holds=(hold_to_be(1),)),
        intent(day(1), user("create", 2)),
    )
    assert memory.holds == {1: HOLD_1}
    assert memory.cancelled == {1: day(1)}
    assert memory.creates == {2: day(1)}
    assert memory.in_flight == {DELETE_1: day(1), user("create", 2): day(1)}


def test_an_unanswered_change_that_shows_has_happened() -> None:
    memory = after(
        CLAIMED,
        ev.Observed(at=day(1), live_users_gained=(1,)),
        intent(day(1), DELETE_1, holds=(hold_to_be(1),)),
        intent(day(1), user("create", 2)),
        ev.Observed(at=day(1.5), live_users_gained=(2,), live_users_lost=(1,)),
        ev.Observed(at=day(9)),
    )
    assert memory.holds == {1: HOLD_1}
    assert memory.cancelled == {1: day(1)}
    assert memory.creates == {2: day(1)}
    assert memory.in_flight == {}


def test_an_unanswered_change_that_does_not_show_for_a_day_did_not_happen() -> None:
    memory = after(
        ev.Observed(at=START, claims_gained={"team:7": (1,)}, live_users_gained=(1,)),
        intent(day(1), DELETE_1, holds=(hold_to_be(1),)),
        intent(day(1), user("create", 2)),
        ev.Observed(at=day(2)),
    )
    assert (memory.holds, memory.cancelled, memory.creates, memory.in_flight) == ({}, {}, {}, {})


@pytest.mark.parametrize(
    "end",
    [
        ev.Released(at=day(1.2), user=1),
        ev.Observed(at=day(1.2), claims_lost={"team:7": (1,), "user:1": (1,)}),
    ],
    ids=["released", "no longer claimed"],
)
def test_a_hold_of_an_unanswered_change_ends_like_any_other(end: ev.Event) -> None:
    memory = after(
        ev.Observed(at=START, live_users_gained=(1,)),
        CLAIMED,
        intent(day(1), DELETE_1, holds=(hold_to_be(1),)),
        end,
        outcome(day(1.3), DELETE_1, Result.DONE),
    )
    assert memory.holds == {}


def test_a_released_hold_does_not_come_back_when_its_change_is_found_done_again() -> None:
    memory = after(
        CLAIMED,
        intent(day(1), DELETE_1, holds=(hold_to_be(1),)),
        outcome(day(1), DELETE_1, Result.DONE),
        ev.Released(at=day(2), user=1),
        outcome(day(3), DELETE_1, Result.DONE),
    )
    assert memory.holds == {}


# --- in flight --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "in_flight"),
    [
        pytest.param([], True, id="nothing more known"),
        pytest.param([outcome(day(1.2), CREATE_1, Result.DONE)], False, id="done after all"),
        pytest.param([outcome(day(1.2), CREATE_1, Result.FAILED)], False, id="failed after all"),
        pytest.param(
            [outcome(day(1.2), CREATE_1, Result.SKIPPED)], True, id="skipped by a later run"
        ),
        pytest.param([ev.Observed(at=day(1.2))], True, id="a look that does not show it"),
        pytest.param(
            [ev.Observed(at=day(1.2), live_users_gained=(1,))], False, id="a look that shows it"
        ),
        pytest.param(
            [ev.Observed(at=day(0.9), live_users_gained=(1,))],
            True,
            id="a look from before, written down after",
        ),
        pytest.param(
            [ev.Observed(at=day(1), live_users_gained=(1,))],
            False,
            id="a look that shows it by a clock that stands still",
        ),
        pytest.param([ev.Observed(at=day(1.999))], True, id="just within a day"),
        pytest.param([ev.Observed(at=day(2))], False, id="a day later"),
        pytest.param(
            [intent(day(1.5), DELETE_1), outcome(day(1.5), DELETE_1, Result.DONE)],
            False,
            id="the opposite done since",
        ),
    ],
)
def test_an_unconfirmed_change_is_in_flight_until_more_is_known(
    then: list[ev.Event], in_flight: bool
) -> None:
    memory = after(intent(day(1), CREATE_1), outcome(day(1.1), CREATE_1, Result.UNCONFIRMED), *then)
    assert memory.in_flight == ({CREATE_1: day(1)} if in_flight else {})


@pytest.mark.parametrize(
    ("target", "shows", "hides"),
    [
        (
            DELETE_1,
            ev.Observed(at=day(1.5), live_users_lost=(1,)),
            ev.Observed(at=day(1.5), live_users_lost=(2,)),
        ),
        (
            DELETE_TEAM,
            ev.Observed(at=day(1.5), live_teams_lost=(7,)),
            ev.Observed(at=day(1.5), live_users_lost=(1, 2)),
        ),
        (
            team("create", 8),
            ev.Observed(at=day(1.5), live_teams_gained=(8,)),
            ev.Observed(at=day(1.5), live_users_gained=(3,)),
        ),
        (
            team("create", 8),
            ev.Observed(at=day(1.5), live_users_gained=(3, 4)),
            ev.Observed(at=day(1.5), live_teams_gained=(9,)),
        ),
    ],
    ids=["user delete", "team delete", "team create by its row", "team create by its members"],
)
def test_a_look_shows_the_effect_of_each_kind_of_change(
    target: Target, shows: ev.Observed, hides: ev.Observed
) -> None:
    before: list[ev.Event] = [
        ev.Observed(at=START, live_users_gained=(1, 2), live_teams_gained=(7,)),
        intent(day(1), target, people=(3,), members=(1, 2, 3, 4)),
    ]
    assert after(*before, shows).in_flight == {}
    assert after(*before, hides).in_flight == {target: day(1)}


def test_a_run_says_of_its_own_intents_that_they_were_not_sent_but_not_of_an_earlier_runs() -> None:
    killed: list[ev.Event] = [started(day(1)), intent(day(1), CREATE_1)]
    skipped = outcome(day(1.1), CREATE_1, Result.NOT_TRIED)
    assert after(*killed, skipped).in_flight == {}
    assert after(*killed, started(day(1.05)), skipped).in_flight == {CREATE_1: day(1)}


# --- accepted teams ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "accepted"),
    [
        pytest.param([], True, id="the last word"),
        pytest.param([ev.Observed(at=day(2))], True, id="no row shows it"),
        pytest.param(
            [ev.Observed(at=day(2), live_users_gained=(1, 2, 3))], True, id="its members live"
        ),
        pytest.param([ev.Observed(at=day(2), live_teams_gained=(7,))], False, id="a live row"),
        pytest.param(
            [ev.Observed(at=day(1), live_teams_gained=(7,))],
            False,
            id="a live row by a clock that stands still",
        ),
        pytest.param(
            [intent(day(2), CREATE_TEAM, members=(1, 2, 3, 4))], True, id="sent again, unanswered"
        ),
        pytest.param([intent(day(2), user("delete", 7))], True, id="a user with the team's id"),
        pytest.param(
            [ev.Observed(at=day(0.5), live_teams_gained=(7,))],
            True,
            id="a live row from before, written down after",
        ),
        pytest.param(
            [
                ev.Observed(at=day(2), live_teams_gained=(7,)),
                ev.Observed(at=day(3), live_teams_lost=(7,)),
            ],
            False,
            id="a live row that went again",
        ),
        pytest.param(
            [intent(day(2), DELETE_TEAM), outcome(day(2), DELETE_TEAM, Result.DONE)],
            False,
            id="a delete",
        ),
        pytest.param([intent(day(2), DELETE_TEAM)], False, id="a delete without answer"),
        pytest.param(
            [intent(day(2), team("delete", 8)), outcome(day(2), team("delete", 8), Result.DONE)],
            True,
            id="another team's delete",
        ),
    ],
)
@pytest.mark.parametrize("result", [Result.DONE, Result.UNCONFIRMED])
def test_an_accepted_team_is_remembered_until_there_is_a_newer_word(
    result: Result, then: list[ev.Event], accepted: bool
) -> None:
    memory = after(
        intent(day(1), CREATE_TEAM, people=(1, 2), members=(1, 2, 3)),
        outcome(day(1), CREATE_TEAM, result),
        *then,
    )
    assert memory.accepted == ({7: frozenset({1, 2, 3})} if accepted else {})


def test_a_team_found_done_after_a_kill_is_accepted_with_the_members_it_was_sent_with() -> None:
    memory = after(
        started(day(1)),
        intent(day(1), CREATE_TEAM, members=(1, 2)),
        started(day(1.1)),
        ev.Observed(at=day(1.1), live_users_gained=(1, 2)),
        outcome(day(1.1), CREATE_TEAM, Result.DONE),
    )
    assert memory.accepted == {7: frozenset({1, 2})}


# --- refusals and plans -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "refusals"),
    [
        ([], {CREATE_1: Refusal(day(1), "s1", "422")}),
        ([outcome(day(2), CREATE_1, Result.DONE)], {}),
        (
            [outcome(day(2), user("create", 2), Result.DONE)],
            {CREATE_1: Refusal(day(1), "s1", "422")},
        ),
        (
            [outcome(day(2), CREATE_1, Result.FAILED, signature="s2", code="422")],
            {CREATE_1: Refusal(day(2), "s2", "422")},
        ),
        (
            [outcome(day(2), CREATE_1, Result.FAILED)],
            {CREATE_1: Refusal(day(1), "s1", "422")},
        ),
    ],
    ids=["stands", "done since", "another done since", "refused anew", "failed otherwise since"],
)
def test_a_refusal_stands_until_the_same_change_is_done(
    then: list[ev.Event], refusals: dict[Target, Refusal]
) -> None:
    refused = outcome(day(1), CREATE_1, Result.FAILED, signature="s1", code="422")
    memory = after(intent(day(1), CREATE_1), refused, *then)
    assert memory.refusals == refusals


def test_a_failure_without_signature_is_no_refusal() -> None:
    memory = after(intent(day(1), CREATE_1), outcome(day(1), CREATE_1, Result.FAILED))
    assert memory.refusals == {}


def test_who_was_tried_is_remembered_until_the_change_is_accepted_or_refused_alone() -> None:
    tried = outcome(day(1), CREATE_1, Result.FAILED, code=ev.PROBED)
    memory = after(intent(day(1), CREATE_1), tried)
    assert (memory.refusals, memory.in_flight) == ({}, {})
    assert memory.probed == {CREATE_1: day(1)}
    refused = outcome(day(2), CREATE_1, Result.FAILED, signature="s", code=ev.REFUSED)
    memory = after(intent(day(1), CREATE_1), tried, refused)
    assert (memory.probed, set(memory.refusals)) == ({}, {CREATE_1})
    done = outcome(day(2), CREATE_1, Result.DONE)
    assert after(intent(day(1), CREATE_1), tried, done).probed == {}


@pytest.mark.parametrize("result", [Result.FAILED, Result.NOT_TRIED])
def test_a_change_whose_answer_was_lost_stays_open_until_a_reading_a_day_later(
    result: Result,
) -> None:
    events = [
        ev.Observed(at=START, claims_gained={"team:7": (1,)}, live_users_gained=(1,)),
        started(day(1)),
        intent(day(1), DELETE_1, holds=(hold_to_be(1),)),
        outcome(day(1), DELETE_1, result, code=ev.LOST),
        ev.Observed(at=day(1.9)),
    ]
    memory = after(*events)
    assert (memory.holds, memory.cancelled) == ({1: HOLD_1}, {1: day(1)})
    assert memory.in_flight == {DELETE_1: day(1)}
    memory = after(*events, ev.Observed(at=day(2)))
    assert (memory.holds, memory.cancelled, memory.in_flight) == ({}, {}, {})
    memory = after(*events[:-1], ev.Observed(at=day(1.9), live_users_lost=(1,)))
    assert (memory.holds, memory.in_flight) == ({1: HOLD_1}, {})


def test_a_plan_is_finished_once_and_its_days_count_from_its_first_run() -> None:
    memory = after(
        started(day(1), "a"), started(day(3), "a"), started(day(4), "b"), finished(day(5), "a")
    )
    assert memory.plans == {
        "a": AppliedPlan(day(1), finished=True),
        "b": AppliedPlan(day(4), finished=False),
    }


# --- laws -------------------------------------------------------------------------------------

_targets = st.sampled_from([user("create", 1), user("delete", 1), CREATE_TEAM, DELETE_TEAM])
_ids = st.sets(st.integers(1, 4), max_size=4).map(lambda ids: tuple(sorted(ids)))
_claims = st.dictionaries(st.sampled_from(["team:7", "user:1", "members:0"]), _ids, max_size=3)


_events: st.SearchStrategy[ev.Event] = st.one_of(
    st.builds(
        ev.Observed,
        at=st.just(START),
        claims_gained=_claims,
        claims_lost=_claims,
        live_users_gained=_ids,
        live_users_lost=_ids,
        live_teams_gained=st.sampled_from([(), (7,)]),
        live_teams_lost=st.sampled_from([(), (7,)]),
    ),
    st.builds(
        intent,
        st.just(START),
        _targets,
        people=_ids,
        members=_ids,
        holds=_ids.map(lambda ids: tuple(hold_to_be(number) for number in ids)),
    ),
    st.builds(outcome, st.just(START), _targets, st.sampled_from(Result)),
    st.builds(started, st.just(START)),
    st.builds(held, st.just(START), st.integers(1, 4)),
    st.builds(ev.Released, at=st.just(START), user=st.integers(1, 4)),
)


def _eight_hours_apart(events: list[ev.Event]) -> tuple[ev.Event, ...]:
    return tuple(
        msgspec.structs.replace(event, at=day(number / 3)) for number, event in enumerate(events)
    )


_histories = st.lists(_events, max_size=12).map(_eight_hours_apart)


@given(_histories)
def test_after_a_look_only_the_claimed_are_on_hold(history: tuple[ev.Event, ...]) -> None:
    memory = after(*history, ev.Observed(at=day(99)))
    assert memory.holds.keys() <= memory.claimants.keys()


@given(_histories)
def test_after_a_look_days_later_nothing_is_in_flight(history: tuple[ev.Event, ...]) -> None:
    assert after(*history, ev.Observed(at=day(99))).in_flight == {}


@given(_histories)
def test_only_what_was_sent_is_in_flight_ours_or_accepted(history: tuple[ev.Event, ...]) -> None:
    memory = after(*history)
    sent = [s for event in history if isinstance(event, ev.Intent) for s in event.targets]
    created = {p for s in sent if s.target.action == "create" for p in s.who}
    deleted = {p for s in sent if s.target.action == "delete" for p in s.who}
    assert memory.in_flight.keys() <= {s.target for s in sent}
    assert memory.creates.keys() <= created
    assert memory.cancelled.keys() <= deleted
    assert memory.accepted.keys() <= {s.id for s in sent if s.target == CREATE_TEAM}


@given(_histories, st.integers(1, 4))
def test_a_release_ends_every_hold_of_that_person_and_no_others(
    history: tuple[ev.Event, ...], person: int
) -> None:
    before = after(*history)
    now = after(*history, ev.Released(at=day(99), user=person))
    others = {user: hold for user, hold in before.holds.items() if user != person}
    assert now == replace(before, holds=others)
