"""Overrides of guards: in force, expired, unused; and what GitHub refused before."""

from __future__ import annotations

from datetime import date

from reconciler.model.desired import Override
from reconciler.model.observed import Row
from reconciler.model.plan import Change
from reconciler.plan.reading import SeatList

from .build import (
    check,
    decided,
    each,
    file,
    override,
    plan,
    rule,
    said,
    stopped,
    team,
    told,
    user,
)
from .world import Org, crowd, held, remembered

IDLE = "-80d"
SIXTY = rule(idle="60d")


# --- overrides -----------------------------------------------------------------------------------


def crowded(count: int = 20) -> Org:
    """Return an organisation of busy people, all claimed by a team of their own."""
    org = Org(pulse=False).team("crowd")
    return org.seats(*crowd(count), team="crowd")


GUARDED = {"guarded": True, "teams": ["crowd"]}


def overridden(org: Org, *entries: Override, **more: object) -> tuple[list[str], list[str]]:
    """Return what is done, and which overrides are told to be expired or unused."""
    found = plan(org, file(overrides=entries, **{**GUARDED, **more}))  # type: ignore[arg-type]
    return said(found), [*told(found, "override_expired"), *told(found, "override_unused")]


def test_an_override_in_force_lets_the_class_through_until_its_last_day() -> None:
    org = crowded().seats("stray-1", "stray-2", "stray-3", "stray-4", "stray-5", "stray-6")
    guard = "max_cancellations_per_cycle"
    assert overridden(org) == ([], [])  # 6 of at most 5
    done, noted = overridden(org, override(guard, 6, until="+0d"))
    assert (len(done), noted) == (6, [])
    done, noted = overridden(org, override(guard, "25%", until="+0d"))
    assert (len(done), noted) == (6, [])
    assert overridden(org, override(guard, 5)) == ([], [guard])
    assert overridden(org, override(guard, 6, until="-1d")) == ([], [guard])


def test_an_override_that_nothing_needs_is_told() -> None:
    org = crowded().seats("stray-1")
    guard = "max_cancellations_per_cycle"
    done, noted = overridden(org, override(guard, 20), override("last_seat"), override("empty"))
    assert done == ["delete user stray-1: undeclared"]
    assert sorted(noted) == sorted([guard, "last_seat", "empty"])


def test_an_override_that_tightens_is_needed_when_it_stops_something() -> None:
    org = crowded().seats("stray-1")
    guard = "max_cancellations_per_cycle"
    assert overridden(org, override(guard, 0)) == ([], [])
    assert overridden(org, override(guard, 1)) == (["delete user stray-1: undeclared"], [guard])


def test_row_count_empty_and_last_seat_can_be_overridden() -> None:
    org = crowded().seats("stray")
    org.readings = [SeatList(tuple(org.rows), 40)] * 2
    assert overridden(org, override("row_count")) == (["delete user stray: undeclared"], [])

    org = crowded(40).seats("stray")
    two = [override("empty"), override("max_cancellations_per_cycle", "100%")]
    done, noted = overridden(org, *two, teams=[team("crowd", since="-3d", until="-1d")])
    assert done == []  # last_seat still
    assert noted == []
    done, _ = overridden(
        org, *two, override("last_seat"), teams=[team("crowd", since="-3d", until="-1d")]
    )
    assert done == ["delete team crowd: expired", "delete user stray: undeclared"]


def test_an_override_names_one_guard_and_helps_no_other() -> None:
    org = crowded().seats("stray-1", "stray-2", "stray-3", "stray-4", "stray-5", "stray-6")
    done, noted = overridden(org, override("last_seat"), override("row_count"))
    assert done == []
    assert sorted(noted) == ["last_seat", "row_count"]


def test_creations_and_seats_can_be_overridden_too() -> None:
    org = crowded(10).member(*crowd(26, stem="new"))
    more = {"everyone": True}
    assert overridden(org, **more)[0] == []  # 26 of at most 25
    done, noted = overridden(org, override("max_creations_per_cycle", 26), **more)
    assert (len(done), noted) == (26, [])
    both = [override("max_creations_per_cycle", 26), override("max_seats", 36)]
    assert overridden(org, both[0], max_seats=35, **more)[0] == []
    done, noted = overridden(org, *both, max_seats=35, **more)
    assert (len(done), noted) == (26, [])


def test_a_check_says_its_numbers_and_the_line_that_would_raise_it() -> None:
    org = crowded().seats("stray-1", "stray-2", "stray-3", "stray-4", "stray-5", "stray-6")
    found = plan(org, file(**GUARDED))  # type: ignore[arg-type]
    one = check(found, "max_cancellations_per_cycle")
    assert one.status == "fail"
    assert one.detail.startswith("6 here + 0 pending of at most 5")
    assert "max_cancellations_per_cycle" in one.way_out
    assert "6" in one.way_out
    assert one.mark is not None
    assert all(one.text for one in found.withheld)


def test_a_hold_under_withheld_deletes_begins_only_with_the_delete() -> None:
    org = crowded()
    for login in crowd(6, stem="zoe"):
        org.seat(login, active=IDLE)
    written = file(**GUARDED, users=crowd(6, stem="zoe"), rules=[SIXTY])  # type: ignore[arg-type]
    found = plan(org, written, remembered(org))
    assert said(found) == []
    assert len(stopped(found)) == 6
    assert found.records.held == {}
    again = plan(org, written, remembered(org, holds={"zoe-001": held(org, ("user", "zoe-001"))}))
    assert decided(again, "zoe-001") == "5b delete idle"


# --- refusals ------------------------------------------------------------------------------------


def test_what_github_refused_is_not_tried_again_until_something_changes() -> None:
    org = Org().team("old").seats("mona", "cleo", team="old").seats("cleo", "lisa", "stray")
    entries: list[object] = ["lisa", "mona"]
    before = plan(org, file(users=entries), remembered(org))  # type: ignore[arg-type]
    target = next(one.target for one in before.changes if one.name == "mona")
    signature = before.records.signatures["copilot_seat_user.mona"]
    refused = remembered(org, refused={target: signature})
    found = plan(org, file(users=entries), refused)  # type: ignore[arg-type]
    assert said(found) == ["delete user stray: undeclared"]
    assert stopped(found) == {
        "create user mona: declared": "refused",
        "delete team old: undeclared": "refused",
        "delete user cleo: undeclared": "refused",
    }

    again = [user("mona", until="+90d"), "lisa"]  # another term, another place: the same line
    assert "refused" in stopped(plan(org, file(users=again), refused)).values()

    org.team("data", "mona")  # another line claims her
    found = plan(org, file(users=entries, teams=[each("data")]), refused)  # type: ignore[arg-type]
    assert "create user mona: declared" in said(found)

    org.rows = [
        Row(one.account, one.created_at, one.team, date(2026, 12, 1), one.last_activity_at)
        if one.account is not None and one.account.login == "mona"
        else one
        for one in org.rows
    ]
    found = plan(org, file(users=entries), refused)  # type: ignore[arg-type]
    assert "create user mona: renew" in said(found)


def found_signature(org: Org, change: Change) -> str:
    return plan(org, file(users=["lisa"])).records.signatures[change.address]


def test_a_refused_team_change_is_remembered_under_its_rows_and_its_entry() -> None:
    org = Org().team("web", "wim").seats("lisa")
    before = plan(org, file(users=["lisa"], teams=["web"]), remembered(org))
    (change,) = before.changes
    signature = before.records.signatures[change.address]
    refused = remembered(org, refused={change.target: signature})
    assert stopped(plan(org, file(users=["lisa"], teams=["web"]), refused)) == {
        "create team web: declared": "refused"
    }
    org.team("old").seats("ole", team="old")
    (delete,) = plan(org, file(users=["lisa"]), refused).changes
    again = remembered(org, refused={delete.target: found_signature(org, delete)})
    assert "refused" in stopped(plan(org, file(users=["lisa"]), again)).values()
    found = plan(org, file(users=["lisa"], teams=[each("old")]), again)
    assert "delete team old: reassigned" in said(found)  # another line speaks of it now

    org.seat("wim", team="web", pending=True)
    found = plan(org, file(users=["lisa"], teams=["web"]), refused)
    assert "create team web: renew" in said(found)  # so do other rows
