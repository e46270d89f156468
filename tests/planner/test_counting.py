"""Section 5 of the design: the guards that count, and what they count."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.model.memory import Target
from reconciler.model.observed import Billing
from reconciler.model.plan import Plan

from .build import (
    change,
    check,
    each,
    exempt,
    file,
    fired,
    loses,
    override,
    plan,
    rule,
    said,
    stopped,
    team,
    told,
    user,
)
from .world import NEXT_CYCLE, Org, crowd, remembered

CANCELS, CREATES = "max_cancellations_per_cycle", "max_creations_per_cycle"
IDLE = "-80d"
SIXTY = rule(idle="60d")


def staffed(seats: int) -> Org:
    """Return an organisation with that many busy people in the claimed team `crowd`."""
    return Org(pulse=False).team("crowd").seats(*crowd(seats), team="crowd")


def outcome(org: Org, **written: object) -> tuple[int, str]:
    """Return how many changes stand, and the guards that withhold the others."""
    found = plan(org, file(**{"teams": ["crowd"], "guarded": True, **written}))  # type: ignore[arg-type]
    return len(found.changes), ", ".join(sorted(set(stopped(found).values())))


# --- max_cancellations_per_cycle: the allowance ---------------------------------------------------


@pytest.mark.parametrize(
    ("seats", "allowed"),
    [
        (1, 1),  # one at least: `last_seat` keeps the last one
        (3, 1),
        (4, 1),
        (7, 1),
        (19, 4),
        (20, 5),  # at least five, as soon as that is no more than 25 %
        (49, 5),
        (50, 5),
        (59, 5),
        (60, 6),  # 10 %
        (109, 10),
    ],
)
def test_the_default_is_a_tenth_but_at_least_five_and_then_at_most_a_quarter_and_at_least_one(
    seats: int, allowed: int
) -> None:
    for strays, expected in ((allowed, (allowed, "")), (allowed + 1, (0, CANCELS))):
        if 0 < strays < seats:
            org = staffed(seats - strays).seats(*crowd(strays, stem="stray"))
            assert outcome(org) == expected
            detail = check(plan(org, file(teams=["crowd"], guarded=True)), CANCELS).detail
            assert f"of at most {allowed} " in detail


@pytest.mark.parametrize(
    ("stated", "allowed"),
    [(0, 0), (3, 3), ("10%", 2), ("0%", 0), ("12.5%", 2), ("15%", 3), ("100%", 20)],
)
def test_a_stated_value_is_exact(stated: int | str, allowed: int) -> None:
    for strays, expected in ((allowed, (allowed, "")), (allowed + 1, (0, CANCELS))):
        if 0 < strays < 20:
            org = staffed(20 - strays).seats(*crowd(strays, stem="stray"))
            assert outcome(org, max_cancellations=stated) == expected


def test_only_seats_the_organisation_can_manage_make_up_the_allowance() -> None:
    org = staffed(18).seats("stray-1", "stray-2").team("ent:all", number=900, enterprise=True)
    for login in crowd(30, stem="enterprise"):
        org.seat(login, team="ent:all", active="-1d")
    org.nobody()
    assert (
        "of at most 2 "
        in check(
            plan(org, file(teams=["crowd"], guarded=True, max_cancellations="10%")), CANCELS
        ).detail
    )


# --- max_cancellations_per_cycle: the count -------------------------------------------------------


def test_over_an_allowance_the_whole_class_waits_and_creates_do_not() -> None:
    org = staffed(20).seats(*crowd(6, stem="stray")).seats("over").member("newbie")
    org.seat("zoe", active=IDLE)
    written = {
        "users": ["newbie", "zoe", user("over", until="-1d")],
        "teams": ["crowd"],
        "guarded": True,
        "rules": [SIXTY],
    }
    found = plan(org, file(**written), remembered(org, accepted={"crowd": crowd(20)}))  # type: ignore[arg-type]
    assert said(found) == ["create user newbie: declared"]
    assert len(stopped(found)) == 8
    assert set(stopped(found).values()) == {CANCELS}


def test_people_pending_and_not_renewed_here_count() -> None:
    org = staffed(20).seats("stray-1", "stray-2")
    for login in crowd(4, stem="pending"):
        org.seat(login, active="-1d", pending=True)
    assert outcome(org) == (0, CANCELS)  # 2 + 4 of at most 5
    assert outcome(org, users=["pending-001"]) == (3, "")  # one of them is renewed here
    found = plan(org, file(teams=["crowd"], users=["pending-001"], guarded=True))
    assert check(found, CANCELS).detail.startswith("2 here + 3 pending of at most 5")


def test_whoever_is_pending_and_live_too_is_not_pending() -> None:
    org = staffed(19).seats(*crowd(5, stem="stray"))
    org.seat("busy-001", pending=True)
    assert outcome(org) == (5, "")


def test_a_renewal_that_is_withheld_renews_nobody() -> None:
    org = staffed(20).seats("stray-1", "stray-2").member(*crowd(9, stem="new"))
    for login in crowd(4, stem="pending"):
        org.seat(login, active="-1d", pending=True)
    written = {"users": [*crowd(4, stem="pending"), *crowd(9, stem="new")]}
    assert outcome(org, **written) == (15, "")
    assert outcome(org, **written, max_creations=8) == (0, f"{CANCELS}, {CREATES}")


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (datetime(2026, 11, 1, tzinfo=UTC), True),  # the 1st of the month, UTC, 00:00
        (datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), False),
    ],
)
def test_people_cancelled_by_us_since_the_first_of_the_month_count(
    at: datetime, counts: bool
) -> None:
    """Their rows may be gone already: GitHub does not say when."""
    org = staffed(20).seats("stray-1", "stray-2").member(*crowd(4, stem="former"))
    memory = remembered(
        org,
        accepted={"crowd": crowd(20)},
        cancelled=dict.fromkeys(crowd(4, stem="former"), at),
    )
    found = plan(org, file(teams=["crowd"], guarded=True), memory)
    assert (said(found) == []) == counts


def test_whoever_is_live_again_or_pending_as_well_counts_once_or_not() -> None:
    org = staffed(20).seats(*crowd(5, stem="stray"))
    again = dict.fromkeys(["busy-001", "stray-001"], "-10d")
    memory = remembered(org, cancelled=again)  # type: ignore[arg-type]
    assert len(plan(org, file(teams=["crowd"], guarded=True), memory).changes) == 5

    org = staffed(20).seats(*crowd(4, stem="stray")).seat("pat", pending=True)
    memory = remembered(org, cancelled={"pat": "-10d"})
    assert len(plan(org, file(teams=["crowd"], guarded=True), memory).changes) == 4


def test_a_person_is_counted_once_whichever_endpoints_take_the_seat() -> None:
    org = staffed(20).team("old").team("older")
    for login in crowd(5, stem="wim"):
        org.seats(login, team="old").seats(login, team="older")
        org.seat(login, active="-1d")
    assert outcome(org) == (7, "")  # two teams, five people
    org.seats("wim-006", team="old")
    assert outcome(org) == (1, CANCELS)  # team `older` takes nobody's seat


def test_those_whom_a_teams_delete_takes_back_for_being_idle_count() -> None:
    org = staffed(20).team("data").seats("busy", team="data")
    for login in crowd(6, stem="dora"):
        org.seats(login, team="data", active=IDLE)
    written = file(teams=["crowd", each("data")], rules=[SIXTY], guarded=True)
    memory = remembered(org, accepted={"crowd": crowd(20)})
    found = plan(org, written, memory)
    assert said(found) == ["create user busy: declared"]
    assert stopped(found) == {"delete team data: reassigned": CANCELS}
    assert loses(found, "data") == crowd(6, stem="dora")


def test_those_who_keep_a_seat_when_their_team_goes_do_not_count() -> None:
    org = staffed(20).team("data").seats(*crowd(9, stem="dora"), team="data")
    assert outcome(org, teams=["crowd", each("data")]) == (10, "")


def test_the_counting_guards_count_what_is_left() -> None:
    """Six idle people are withheld by `unknown_name`: the other five are all that counts."""
    org = staffed(20).seats(*crowd(5, stem="stray"))
    for login in crowd(6, stem="zoe"):
        org.seat(login, active=IDLE)
    written = {
        "teams": ["crowd"],
        "users": crowd(6, stem="zoe"),
        "rules": [SIXTY],
        "guarded": True,
    }
    memory = remembered(org)
    found = plan(org, file(**written, exempt=[exempt("liza")]), memory)  # type: ignore[arg-type]
    assert said(found) == [f"delete user {one}: undeclared" for one in crowd(5, stem="stray")]
    assert set(stopped(found).values()) == {"unknown_name"}
    found = plan(org, file(**written), memory)  # type: ignore[arg-type]
    assert set(stopped(found).values()) == {CANCELS}


def test_a_cancel_in_flight_counts_though_its_row_is_live_still() -> None:
    """An apply just cancelled five, and GitHub's list lags: another five would be ten."""
    org = staffed(30).seats(*crowd(5, stem="stray"), *crowd(5, stem="other"))
    written = file(teams=["crowd"], users=crowd(5, stem="other"), guarded=True)
    sent = [one.target for one in plan(org, written).changes]
    memory = remembered(
        org,
        accepted={"crowd": crowd(30)},
        in_flight=dict.fromkeys(sent, "-1h"),
        cancelled=dict.fromkeys(crowd(5, stem="stray"), "-1h"),
    )
    found = plan(org, file(teams=["crowd"], guarded=True), memory)
    assert said(found) == []
    assert set(stopped(found).values()) == {CANCELS}
    assert check(found, CANCELS).detail.startswith("5 here + 0 pending + 5 cancelled")


def test_neither_a_create_in_flight_nor_an_old_cancel_counts_as_leaving() -> None:
    org = staffed(30).seats(*crowd(5, stem="stray"))
    known = {"accepted": {"crowd": crowd(30)}, "cancelled": {"busy-001": "-3d"}}
    for action, at in (("create", "-1h"), ("delete", "-25h"), ("delete", "-24h")):
        target = Target("copilot_seat_user", action, org.id("busy-001"))
        memory = remembered(org, in_flight={target: at}, **known)  # type: ignore[arg-type]
        found = plan(org, file(teams=["crowd"], guarded=True, max_cancellations=5), memory)
        assert len(found.changes) == 5
    target = Target("copilot_seat_user", "delete", org.id("busy-001"))
    memory = remembered(org, in_flight={target: "-23h59m"}, **known)  # type: ignore[arg-type]
    found = plan(org, file(teams=["crowd"], guarded=True, max_cancellations=5), memory)
    assert fired(found) == {CANCELS}


def test_a_teams_delete_in_flight_counts_with_all_whom_it_cancelled() -> None:
    org = staffed(30).team("old").seats(*crowd(4, stem="wim"), team="old")
    org.seats("stray-1", "stray-2")
    sent = next(one.target for one in plan(org, file(teams=["crowd"])).changes if one.name == "old")
    memory = remembered(
        org,
        accepted={"crowd": crowd(30)},
        in_flight={sent: "-1h"},
        cancelled=dict.fromkeys(crowd(4, stem="wim"), "-1h"),
    )
    found = plan(org, file(teams=["crowd"], guarded=True, max_cancellations=5), memory)
    assert stopped(found) == dict.fromkeys(
        ["delete user stray-1: undeclared", "delete user stray-2: undeclared"], CANCELS
    )
    found = plan(org, file(teams=["crowd"], guarded=True, max_cancellations=6), memory)
    assert len(found.changes) == 2


# --- max_cancellations_per_cycle: two steps -------------------------------------------------------


def idle_and_stray(idle: int, strays: int) -> Org:
    """Return 20 busy people, some idle ones with entries, and some whom nobody claims."""
    org = staffed(20).seats(*crowd(strays, stem="stray"))
    for login in crowd(idle, stem="zoe"):
        org.seat(login, active=IDLE)
    return org


def two_steps(org: Org, limit: int, *, idle: int = 4, **known: object) -> Plan:
    written = file(
        teams=["crowd"],
        users=crowd(idle, stem="zoe"),
        rules=[SIXTY],
        guarded=True,
        max_cancellations=limit,
    )
    return plan(org, written, remembered(org, accepted={"crowd": crowd(20)}, **known))  # type: ignore[arg-type]


def reasons(found: Plan) -> set[str]:
    return {str(one.reason) for one in found.changes}


def test_idle_ones_wait_for_reviewed_removals_and_not_the_other_way_round() -> None:
    org = idle_and_stray(4, 3)
    assert reasons(two_steps(org, 7)) == {"undeclared", "idle"}
    found = two_steps(org, 6)
    assert reasons(found) == {"undeclared"}
    assert len(stopped(found)) == 4
    shown = check(found, CANCELS)
    assert shown.status == "fail"
    assert shown.detail == (
        "7 here + 0 pending of at most 6 (stated), so idle and unused cancellations wait"
    )
    assert " to 7, " in shown.way_out
    assert reasons(two_steps(org, 3)) == {"undeclared"}
    found = two_steps(org, 2)
    assert reasons(found) == set()
    assert len(stopped(found)) == 7
    shown = check(found, CANCELS)
    assert shown.detail == (
        "3 here + 0 pending of at most 2 (stated), idle and unused cancellations not counted"
    )
    assert " to 7, " in shown.way_out
    assert shown.way_out.endswith("; 3 is enough for all but idle and unused cancellations")


def test_no_number_of_idle_people_stops_a_reviewed_removal() -> None:
    assert reasons(two_steps(idle_and_stray(30, 1), 5, idle=30)) == {"undeclared"}


def test_the_first_step_counts_all_that_is_pending_but_our_own_idle_cancels_of_this_month() -> None:
    org = idle_and_stray(0, 3)
    for login in crowd(4, stem="old"):
        org.seat(login, active=IDLE, pending=True)
    assert reasons(two_steps(org, 6, idle=0)) == set()  # somebody on GitHub cancelled them
    ours = dict.fromkeys(crowd(4, stem="old"), "-10d")
    assert reasons(two_steps(org, 6, idle=0, cancelled=ours)) == set()  # by us, and not as idle
    found = two_steps(org, 6, idle=0, cancelled=ours, cancelled_idle=crowd(4, stem="old"))
    assert reasons(found) == {"undeclared"}
    assert check(found, CANCELS).detail == "3 here + 4 pending of at most 6 (stated)"
    assert check(found, CANCELS).status == "fail"
    before = dict.fromkeys(crowd(4, stem="old"), datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    found = two_steps(org, 6, idle=0, cancelled=before, cancelled_idle=crowd(4, stem="old"))
    assert reasons(found) == set()


def test_our_own_idle_cancels_whose_rows_are_gone_count_in_the_second_step_only() -> None:
    org = idle_and_stray(1, 3).member(*crowd(4, stem="old"))
    ours = dict.fromkeys(crowd(4, stem="old"), "-10d")
    known = {"cancelled": ours, "cancelled_idle": crowd(4, stem="old")}
    found = two_steps(org, 7, idle=1, **known)
    assert reasons(found) == {"undeclared"}
    assert check(found, CANCELS).detail == (
        "4 here + 0 pending + 4 cancelled this month of at most 7 (stated), "
        "so idle and unused cancellations wait"
    )
    assert reasons(two_steps(org, 8, idle=1, **known)) == {"undeclared", "idle"}


def test_idle_cancels_in_flight_do_not_stop_a_reviewed_removal() -> None:
    org = idle_and_stray(4, 3)
    sent = [one.target for one in two_steps(org, 7).changes if one.reason == "idle"]
    known = {
        "in_flight": dict.fromkeys(sent, "-1h"),
        "cancelled": dict.fromkeys(crowd(4, stem="zoe"), "-1h"),
    }
    assert said(two_steps(org, 6, **known)) == []
    found = two_steps(org, 6, **known, cancelled_idle=crowd(4, stem="zoe"))
    assert reasons(found) == {"undeclared"}


def test_an_idle_person_whom_a_teams_delete_takes_counts_in_the_first_step() -> None:
    org = staffed(20).team("data").seats("busy", team="data")
    for login in crowd(3, stem="dora"):
        org.seats(login, team="data", active=IDLE)
    org.seat("zoe", active=IDLE)
    written = {"teams": ["crowd", each("data")], "users": ["zoe"], "rules": [SIXTY]}
    memory = remembered(org, accepted={"crowd": crowd(20)})
    for limit, expected in ((4, 3), (3, 2), (2, 1)):
        found = plan(org, file(**written, guarded=True, max_cancellations=limit), memory)  # type: ignore[arg-type]
        assert len(found.changes) == expected  # the create of `busy`, the team, and zoe


def test_an_override_is_used_where_either_step_needs_it() -> None:
    org = idle_and_stray(4, 3)
    for stated, unused in ((7, True), (6, False), (2, False)):
        written = file(
            teams=["crowd"],
            users=crowd(4, stem="zoe"),
            rules=[SIXTY],
            guarded=True,
            max_cancellations=stated,
            overrides=[override(CANCELS, 7)],
        )
        found = plan(org, written, remembered(org, accepted={"crowd": crowd(20)}))
        assert reasons(found) == {"undeclared", "idle"}
        assert bool(told(found, "override_unused")) == unused


def test_a_delete_that_takes_nobodys_seat_passes() -> None:
    org = staffed(20).team("data").seats("dora", team="data").seats("stray")
    found = plan(org, file(teams=["crowd", each("data")], guarded=True, max_cancellations=0))
    assert said(found) == ["create user dora: declared", "delete team data: reassigned"]
    assert stopped(found) == {"delete user stray: undeclared": CANCELS}


# --- last_seat ------------------------------------------------------------------------------------


def test_the_last_live_seat_is_never_taken() -> None:
    org = Org(pulse=False).seats("stray").member("mona")
    loose = {"guarded": True, "max_cancellations": "100%"}
    found = plan(
        org, file(users=[user("mona", since="+1d")], overrides=[override("empty")], **loose)
    )  # type: ignore[arg-type]
    assert stopped(found) == {"delete user stray: undeclared": "last_seat"}
    found = plan(org, file(users=["mona"], **loose))  # type: ignore[arg-type]
    assert said(found) == ["create user mona: declared", "delete user stray: undeclared"]


def test_a_pending_seat_is_no_live_one_and_a_renewed_one_is() -> None:
    org = Org(pulse=False).seats("stray").seat("pat", active="-1d", pending=True)
    loose = {"guarded": True, "max_cancellations": "100%"}
    found = plan(
        org, file(users=[user("pat", since="+1d")], overrides=[override("empty")], **loose)
    )  # type: ignore[arg-type]
    assert stopped(found) == {"delete user stray: undeclared": "last_seat"}
    found = plan(org, file(users=["pat"], **loose))  # type: ignore[arg-type]
    assert said(found) == ["create user pat: renew", "delete user stray: undeclared"]


def test_a_create_that_is_withheld_saves_no_seat() -> None:
    org = Org(pulse=False).seats("stray").member("mona")
    loose = {"guarded": True, "max_cancellations": "100%", "max_creations": 0}
    found = plan(org, file(users=["mona"], **loose))  # type: ignore[arg-type]
    assert stopped(found) == {
        "create user mona: declared": CREATES,
        "delete user stray: undeclared": "last_seat",
    }


def test_last_seat_looks_at_team_deletes_too() -> None:
    org = staffed(12).member("x")
    over = [team("crowd", since="-9d", until="-1d")]
    written = {"teams": over, "users": [user("x", since="+1d")], "max_cancellations": 50}
    assert outcome(org, **written, overrides=[override("empty")]) == (0, "last_seat")


def test_without_a_delete_there_is_no_last_seat_to_take() -> None:
    org = Org(pulse=False).member("mona")
    found = plan(org, file(users=[user("mona", since="+1d")], undeclared="keep", guarded=True))
    assert fired(found) == set()


def test_cancels_in_flight_leave_no_live_seat_behind() -> None:
    org = Org(pulse=False).seats("stray", "other")
    loose = {"guarded": True, "max_cancellations": "100%", "overrides": [override("empty")]}
    both = plan(org, file(**loose))  # type: ignore[arg-type]
    sent = next(one.change.target for one in both.withheld if one.change.name == "other")
    memory = remembered(org, in_flight={sent: "-1h"}, cancelled={"other": "-1h"})
    found = plan(org, file(**loose), memory)  # type: ignore[arg-type]
    assert stopped(found) == {"delete user stray: undeclared": "last_seat"}


# --- max_creations_per_cycle ----------------------------------------------------------------------


@pytest.mark.parametrize(("seats", "allowed"), [(1, 25), (125, 25), (129, 25), (130, 26)])
def test_the_default_is_a_fifth_but_at_least_twenty_five(seats: int, allowed: int) -> None:
    for new, expected in ((allowed, (allowed, "")), (allowed + 1, (0, CREATES))):
        org = staffed(seats).member(*crowd(new, stem="new"))
        org.billing = Billing("assign_selected", added_this_cycle=0)
        assert outcome(org, users=crowd(new, stem="new")) == expected


@pytest.mark.parametrize(("stated", "allowed"), [(0, 0), (3, 3), ("10%", 2), ("15%", 3)])
def test_a_stated_number_of_creates_is_exact(stated: int | str, allowed: int) -> None:
    for new, expected in ((allowed, (allowed, "")), (allowed + 1, (0, CREATES))):
        if new:
            org = staffed(20).member(*crowd(new, stem="new"))
            assert outcome(org, users=crowd(new, stem="new"), max_creations=stated) == expected


def test_what_was_added_this_cycle_counts() -> None:
    org = staffed(20).member(*crowd(5, stem="new"))
    for added, expected in ((20, (5, "")), (21, (0, CREATES))):
        org.billing = Billing("assign_selected", added_this_cycle=added)
        assert outcome(org, users=crowd(5, stem="new")) == expected


def test_where_github_does_not_count_seats_given_since_the_first_of_the_month_do() -> None:
    org = staffed(20).member(*crowd(5, stem="new"))
    org.billing = Billing("assign_selected")
    since = datetime(2026, 11, 1, tzinfo=UTC)
    for login in crowd(3, stem="fresh"):
        org.seat(login, created=since, active="-1d")
    written = {"users": [*crowd(5, stem="new"), *crowd(3, stem="fresh")]}
    assert outcome(org, **written, max_creations=8) == (5, "")
    assert outcome(org, **written, max_creations=7) == (0, CREATES)


def test_the_members_whom_a_team_gives_new_seats_count_and_the_others_do_not() -> None:
    org = staffed(20).team("new", *crowd(5, stem="new"), *crowd(9))
    assert outcome(org, teams=["crowd", "new"], max_creations=5) == (1, "")
    assert outcome(org, teams=["crowd", "new"], max_creations=4) == (0, CREATES)
    # by both a team and an entry, and one person all the same
    written = {"teams": ["crowd", "new"], "users": ["new-001"]}
    assert outcome(org, **written, max_creations=5) == (2, "")


def test_renewed_and_returned_seats_do_not_count() -> None:
    org = staffed(20).team("web", "wim", "una").seat("wim", team="web", pending=True)
    for login in crowd(3, stem="pending"):
        org.seat(login, active="-1d", pending=True)
    written = {"teams": ["crowd", "web"], "users": crowd(3, stem="pending")}
    # wim is renewed by the team; una, who never had a seat, is new
    assert outcome(org, **written, max_creations=1) == (4, "")
    assert outcome(org, **written, max_creations=0) == (0, CREATES)


def test_a_seat_that_only_changes_hands_does_not_count() -> None:
    """Created before the team goes that gives the seat today: nobody gains one."""
    org = staffed(20).team("data").seats("dora", team="data")
    assert outcome(org, teams=["crowd", each("data")], max_creations=0) == (2, "")


def test_withheld_creates_take_the_deletes_that_wait_for_them_along() -> None:
    org = staffed(20).team("data").seats("dora", team="data").seats("stray").member("newbie")
    written = file(teams=["crowd", each("data")], users=["newbie"], guarded=True, max_creations=0)
    found = plan(org, written)
    assert said(found) == ["delete user stray: undeclared"]
    assert set(stopped(found).values()) == {CREATES}


# --- max_seats ------------------------------------------------------------------------------------


def test_max_seats_has_no_default_and_blocks_creates_over_it() -> None:
    org = staffed(20).member("newbie")
    assert outcome(org, users=["newbie"]) == (1, "")
    assert outcome(org, users=["newbie"], max_seats=21) == (1, "")
    assert outcome(org, users=["newbie"], max_seats=20) == (0, "max_seats")


def test_max_seats_is_about_live_seats_after_the_plan() -> None:
    org = staffed(20).member("newbie").seats("stray").seat("pat", pending=True)
    written = {"users": ["newbie"]}
    assert outcome(org, **written, max_seats=21) == (2, "")  # 21 live + 1 - 1; pat is not live
    assert outcome(org, **written, max_seats=20) == (1, "max_seats")


def test_max_seats_counts_the_deletes_that_are_withheld_as_staying() -> None:
    org = staffed(20).member("newbie").seats("stray")
    written = {"users": ["newbie"], "max_cancellations": 0}
    assert outcome(org, **written, max_seats=21) == (0, f"{CANCELS}, max_seats")
    assert outcome(org, **written, max_seats=22) == (1, CANCELS)


def test_max_seats_does_not_mind_a_plan_that_creates_nothing() -> None:
    org = staffed(20).seats("stray")
    assert outcome(org, max_seats=5) == (1, "")
    assert fired(plan(org, file(teams=["crowd"], guarded=True, max_seats=5))) == set()


def test_max_seats_counts_renewed_seats_and_members_of_teams() -> None:
    org = staffed(20).seat("pat", active="-1d", pending=True).team("new", "nora", "nils")
    written = {"users": ["pat"], "teams": ["crowd", "new"]}
    assert outcome(org, **written, max_seats=23) == (2, "")
    assert outcome(org, **written, max_seats=22) == (0, "max_seats")


# --- together -------------------------------------------------------------------------------------


def test_each_guard_is_overridden_on_its_own() -> None:
    org = staffed(20).member("newbie").seats(*crowd(6, stem="stray"))
    both = {"users": ["newbie"], "max_seats": 26, "max_cancellations": 0}
    assert outcome(org, **both) == (0, f"{CANCELS}, max_seats")
    assert outcome(org, **both, overrides=[override("max_seats", 27)]) == (1, CANCELS)
    assert outcome(org, **both, overrides=[override(CANCELS, 6)]) == (7, "")


def test_the_pending_date_itself_does_not_matter() -> None:
    org = staffed(20).seat("pat", pending=NEXT_CYCLE)
    found = plan(org, file(teams=["crowd"], guarded=True))
    assert found.observed.pending_cancellation == 1
    assert check(found, CANCELS).detail.startswith("0 here + 1 pending")


def test_a_team_renewal_lists_those_who_gain_a_seat() -> None:
    org = staffed(3).team("web", "wim", "busy-001").seat("wim", team="web", pending=True)
    found = plan(org, file(teams=["crowd", "web"]))
    assert change(found, "web").person_ids == {org.id("wim")}
