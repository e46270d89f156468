"""Whose row it is: enterprise teams, teams that are not listed, other organisations, and rows that
are not understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reconciler.model.observed import Account, Row, Team, UnreadRow
from reconciler.model.rows import live_teams
from reconciler.plan.planner import make_plan
from reconciler.plan.reading import SeatList

from .build import (
    change,
    check,
    decided,
    file,
    fired,
    override,
    plan,
    rule,
    said,
    stopped,
    team,
    told,
)
from .world import NOW, Org, remembered

OTHER = 4711
WHY = "`created_at` is empty"


def foreign(org: Org, login: str, *, source: Team | None = None) -> Org:
    """Add a live row by which another organisation grants *login* a seat."""
    org.member(login)
    account = Account(org.id(login), login)
    org.rows.append(Row(account, NOW - timedelta(days=200), source, organization=OTHER))
    return org


def through(org: Org, login: str, source: Team) -> Org:
    """Add a live row through *team*, whatever the organisation's list has."""
    org.seat(login, active="-1d")
    org.rows[-1] = replace(org.rows[-1], team=source)
    return org


def unread(org: Org, *rows: UnreadRow) -> Org:
    """Let some rows of the list be not understood, in every reading."""
    reading = SeatList(tuple(org.rows), len(org.rows) + len(rows), unread=rows)
    org.readings = [reading] * 4
    return org


def seen(org: Org, login: str) -> UnreadRow:
    org.member(login)
    return UnreadRow(org.id(login), login, WHY)


# --- teams ---------------------------------------------------------------------------------------


def test_a_live_team_that_the_list_does_not_have_by_id_is_never_deleted() -> None:
    org = Org().team("old").seats("wim", team="old").seats("mona")
    through(org, "stray", Team(77, "elsewhere"))
    found = plan(org, file(users=["mona"]), None)
    assert said(found) == ["delete team old: undeclared"]
    assert decided(found, "stray") == "1 no-op unmanageable"
    assert decided(found, "elsewhere") == "1 no-op unmanageable"
    assert {"stray", "elsewhere"} <= {one.subject for one in found.told}


def test_the_id_counts_and_not_the_slug() -> None:
    """Another team has the slug in the list, so the row's is not the listed one."""
    org = Org().team("web", "ann")
    through(org, "stray", Team(77, "web"))
    found = plan(org, file(users=["ann"]), None)
    assert said(found) == ["create user ann: declared"]
    assert decided(found, "stray") == "1 no-op unmanageable"


def test_two_teams_of_one_slug_are_looked_for_though_the_slug_is_claimed() -> None:
    org = Org().team("web").seats("wim", team="web")
    through(org, "stray", Team(77, "web"))
    found = plan(org, file(teams=["web"]), None)
    assert said(found) == []
    assert decided(found, "stray") == "1 no-op unmanageable"


def test_nobody_is_cancelled_or_created_who_is_seated_through_an_unlisted_team() -> None:
    org = through(Org().team("web"), "stray", Team(0, "nameless", unlisted=True))
    written = file(users=["stray"], rules=[rule(idle="1h")])
    assert said(plan(org, written, remembered(org))) == []
    assert decided(plan(org, written, remembered(org)), "stray") == "1 no-op unmanageable"


def test_a_direct_seat_beside_an_unlisted_team_is_held_by_it() -> None:
    org = through(Org(), "stray", Team(77, "x")).seat("stray", active="-1d")
    found = plan(org, file(users=[]), None)
    assert decided(found, "stray") == "2 no-op held_by_team"


def test_the_seat_of_an_unlisted_team_is_none_of_those_that_guards_count() -> None:
    org = through(Org(pulse=False), "stray", Team(77, "x")).seats("mona").member("newbie")
    for most, fires in ((1, {"max_seats"}), (2, set())):
        written = file(users=["mona", "newbie"], guarded=True, max_seats=most)
        assert fired(plan(org, written, None)) == fires


def test_a_team_whose_expired_entry_names_another_id_is_left_alone() -> None:
    org = Org().team("web", "ann")
    through(org, "stray", Team(77, "web"))
    found = plan(org, file(teams=[team("web", until="-1d")]), None)
    assert said(found) == []


def test_the_teams_of_pending_rows_may_be_gone() -> None:
    rows = (Row(Account(1, "a"), NOW, Team(5, "x"), pending=NOW.date()),)
    assert live_teams(rows) == frozenset()


# --- other organisations -------------------------------------------------------------------------


def test_a_row_of_another_organisation_is_no_seat_of_ours() -> None:
    org = foreign(Org().seat("mona", active="-1h"), "else")
    found = plan(org, file(users=["mona", "else"]), None)
    assert said(found) == []
    assert decided(found, "else") == "1 no-op unmanageable"
    assert found.observed.seats == 2  # mona and the pulse
    assert plan(org, file(users=["mona"]), None).changes == ()


def test_a_seat_of_ours_beside_another_organisations_is_ours_to_end() -> None:
    org = foreign(Org().seat("mona", active="-1h").seat("else", active="-1d"), "else")
    assert said(plan(org, file(users=["mona"]), None)) == ["delete user else: undeclared"]


def test_a_team_of_another_organisations_row_is_none_of_ours() -> None:
    org = foreign(Org().team("web").seats("mona", "wim"), "else", source=Team(101, "web"))
    found = plan(org, file(users=["mona", "wim"]), None)
    assert said(found) == []


def test_this_organisations_id_on_a_row_changes_nothing() -> None:
    org = Org().seats("mona", "lisa")
    org.rows = [replace(row, organization=9919) for row in org.rows]
    assert said(plan(org, file(users=["mona"]), None)) == ["delete user lisa: undeclared"]


def test_github_may_count_rows_of_other_organisations_or_not() -> None:
    for total in (2, 3):
        org = foreign(Org().seat("mona", active="-1h"), "else")
        org.readings = [SeatList(tuple(org.rows), total)]
        assert check(plan(org, file(users=["mona"]), None), "row_count").status == "pass"


# --- rows that are not understood ----------------------------------------------------------------


def test_the_person_of_a_row_that_is_not_understood_is_left_alone_and_deletes_wait() -> None:
    org = Org().seats("mona", "gone").member("newbie")
    unread(org, seen(org, "pat"))
    found = plan(org, file(users=["mona", "pat", "newbie"]), None)
    assert said(found) == ["create user newbie: declared"]
    assert stopped(found) == {"delete user gone: undeclared": "row_count"}
    assert decided(found, "pat") == "1 no-op unmanageable"
    assert WHY in check(found, "row_count").detail


def test_a_login_is_enough_to_know_whose_row_it_is() -> None:
    org = Org().seats("mona").member("pat")
    unread(org, UnreadRow(None, "PAT", WHY))
    found = plan(org, file(users=["mona", "pat"]), None)
    assert said(found) == []
    assert decided(found, "pat") == "1 no-op unmanageable"


def test_an_understood_row_beside_it_does_not_free_the_person() -> None:
    org = Org().seats("mona", "pat")
    unread(org, seen(org, "pat"))
    found = plan(org, file(users=["mona"]), None)
    assert decided(found, "pat") == "1 no-op unmanageable"
    assert [*found.changes, *found.withheld] == []


def test_if_nobody_knows_whose_row_it_is_nobody_without_a_row_is_given_a_seat() -> None:
    org = Org().team("web", "ann").seats("mona").member("newbie").seat("pat", pending=True)
    unread(org, UnreadRow(None, None, WHY))
    found = plan(org, file(users=["mona", "newbie", "pat"], teams=["web"]), None)
    assert said(found) == ["create user pat: renew"]
    assert stopped(found) == {
        "create user newbie: declared": "row_count",
        "create team web: declared": "row_count",
    }
    assert told(found, "unread_row") == [""]


def test_no_override_lifts_it() -> None:
    org = Org().seats("mona", "gone")
    unread(org, seen(org, "pat"))
    found = plan(org, file(users=["mona"], overrides=[override("row_count")]), None)
    assert said(found) == []
    assert stopped(found) == {"delete user gone: undeclared": "row_count"}
    assert "can't be overridden" in check(found, "row_count").way_out


def test_a_count_that_agrees_but_for_those_rows_is_read_once() -> None:
    org = Org().seats("mona")
    unread(org, seen(org, "pat"))
    plan(org, file(users=["mona"]), None)
    assert len(org.readings) == 3


def test_nobody_is_idle_where_a_team_takes_the_seat_while_deletes_wait() -> None:
    org = Org().team("web").seats("wim", team="web", active="-80d")
    unread(org, seen(org, "pat"))
    found = plan(org, file(users=["wim"], rules=[rule(idle="60d")]), remembered(org))
    assert decided(found, "wim") == "5c create declared"
    assert found.records.held == {}
    assert change(found, "wim").people[0].login == "wim"


def test_the_order_of_the_rows_changes_nothing() -> None:
    org = Org().seats("mona", "gone").member("pat", "lisa")
    rows = (seen(org, "pat"), seen(org, "lisa"), UnreadRow(None, None, WHY))
    written = file(users=["mona"])
    plans = [
        make_plan(written, unread(org, *order).look(written), None)
        for order in (rows, tuple(reversed(rows)))
    ]
    assert plans[0] == plans[1]
