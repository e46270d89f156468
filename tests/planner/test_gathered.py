"""Rows gathered into seats, and what a look finds for the ledger to keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconciler.decide.seats import Seat, seats_by_person
from reconciler.model.memory import Target
from reconciler.model.observed import Account, Row, Team
from reconciler.model.plan import Action, Resource

from .build import each, file, plan, rule, said, team, user
from .world import NEXT_CYCLE, NOW, Org, held, line, remembered, when

MONA = Account(7, "Mona")
WEB, STAFF = Team(101, "web", "Web"), Team(900, "ent:staff", "Staff", True)


def row(
    team: Team | None = None, pending: date | None = None, created: str = "-50d", **how: str
) -> Row:
    times = {name: when(at) for name, at in how.items()}
    return Row(MONA, when(created), team, pending, **times, plan_type="business")  # type: ignore[arg-type]


LIVE = row(last_activity_at="-3d", last_authenticated_at="-2d")
WHOLE = Seat(7, "Mona", when("-50d"), when("-3d"), when("-2d"), direct=True, plan_type="business")
NEVER = Seat(7, "Mona", when("-50d"), plan_type="business")


@pytest.mark.parametrize(
    ("one", "seat"),
    [
        (LIVE, WHOLE),
        (row(), replace(NEVER, direct=True)),
        (row(WEB), replace(NEVER, teams=(WEB,))),
        (row(STAFF), replace(NEVER, teams=(STAFF,))),
        (row(pending=NEXT_CYCLE), replace(NEVER, pending_on=NEXT_CYCLE)),
        (row(WEB, NEXT_CYCLE), replace(NEVER, pending_on=NEXT_CYCLE, pending_teams=(WEB,))),
    ],
)
def test_a_row_is_the_same_seat_alone_and_twice(one: Row, seat: Seat) -> None:
    assert seats_by_person([one], NOW) == seats_by_person([one, one], NOW) == {7: seat}


def test_several_rows_are_one_seat_of_the_newest_times_and_all_teams() -> None:
    gone = row(STAFF, date(2026, 11, 25), "-9d", last_activity_at="-1d")
    later = replace(row(WEB, NEXT_CYCLE), account=Account(7, "Ada"), plan_type="enterprise")
    rows = [gone, LIVE, later, row(WEB, created="-99d"), Row(None, when("-1d"))]
    seat = Seat(
        7,
        "Mona",
        when("-9d"),
        when("-1d"),
        when("-2d"),
        True,
        (WEB,),
        NEXT_CYCLE,
        (WEB, STAFF),
        "enterprise",
    )
    assert seats_by_person(rows, NOW) == seats_by_person(reversed(rows), NOW) == {7: seat}


# --- what the ledger keeps ------------------------------------------------------------------------


def test_an_entry_to_come_begins_no_hold() -> None:
    org = Org().seats("lisa").seat("mona", active="-80d").seat("pat", active="-80d", pending=True)
    later = [user("mona", since="+3d"), user("pat", since="+3d")]
    found = plan(org, file(users=["lisa", *later], rules=[rule(idle="60d")]), remembered(org))
    assert said(found) == []
    assert (found.records.holds_by_change, found.records.held) == ({}, {})


def test_a_hold_begins_with_every_delete_that_takes_the_seat() -> None:
    org = Org().seats("lisa").team("old").team("away").team("kept", "kim")
    org.seat("mona", active="-80d")
    org.seat("ole", team="old", active="-80d").seat("ole", team="away", active="-80d")
    org.seat("kim", team="old", active="-80d").seat("pat", active="-80d", pending=True)
    written = file(
        users=["lisa", "mona", "ole", "kim", "pat"], teams=["kept"], rules=[rule(idle="60d")]
    )
    records = plan(org, written, remembered(org)).records
    begun = {address: sorted(found) for address, found in records.holds_by_change.items()}
    assert begun == {
        "copilot_seat_user.mona": [org.id("mona")],
        "copilot_seat_team.away": [org.id("ole")],
        "copilot_seat_team.old": [org.id("ole")],  # kim's seat goes on through `kept`
    }
    assert records.held.keys() == {org.id("pat")}


def test_what_a_look_leaves_in_the_ledger() -> None:
    org = Org(pulse=False).seats("lisa").team("web").seats("wim", team="web").team("data", "dora")
    org.seat("pat", pending=True).team("old").seat("pat", team="old", pending=True)
    known = remembered(org, users={"lisa": org.id("lisa"), "forgotten": 4711})
    written = file(
        users=["Lisa", user("pat", until="-1d"), "ghost"], teams=["web", each("data"), team("gone")]
    )
    records = plan(org, written, known).records
    assert records.claimants == {
        org.id("lisa"): {line(org, "user", "lisa")},
        org.id("dora"): {line(org, "team", "data")},
    }
    assert records.live_teams == {org.team_id("web")}
    assert records.live_users == {org.id("lisa"), org.id("wim")}
    by_text = {f"{kind} {text}": number for (kind, text), number in records.resolved.items()}
    assert by_text == {
        "user lisa": org.id("lisa"),
        "user pat": org.id("pat"),
        "user forgotten": 0,
        "team web": org.team_id("web"),
        "team data": org.team_id("data"),
    }


def test_a_hold_is_released_by_a_live_seat_unless_its_delete_is_on_its_way() -> None:
    org = Org().seats("lisa", "mona")
    known = remembered(org, holds={"mona": held(org, ("user", "mona"))})
    written = file(users=["lisa", "mona"])
    assert plan(org, written, known).records.released == {org.id("mona")}
    sent = {Target(Resource.USER, Action.DELETE, org.id("mona")): "-1h"}
    on_its_way = remembered(org, holds={"mona": held(org, ("user", "mona"))}, in_flight=sent)
    assert plan(org, written, on_its_way).records.released == set()
    gone = file(users=["lisa"])
    assert plan(org, gone, known).records.released == {org.id("mona")}
    waiting = Org().seats("lisa").member("mona")
    kept = remembered(waiting, holds={"mona": held(waiting, ("user", "mona"))})
    assert plan(waiting, written, kept).records.released == set()
