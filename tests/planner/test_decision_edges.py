"""Decisions where one fact of the file, the rows or the ledger makes the difference."""

from __future__ import annotations

from dataclasses import replace

from reconciler.decide.state import Look
from reconciler.model.observed import Row
from reconciler.plan.planner import make_plan

from .build import (
    change,
    decided,
    decision,
    file,
    fired,
    loses,
    plan,
    reinstate,
    rule,
    said,
    stopped,
    team,
    user,
)
from .world import Org, held, remembered, when

SIXTY = rule(idle="60d")


def test_without_rules_a_sign_in_is_no_activity_and_ends_no_hold() -> None:
    org = Org().seat("mona", active="-80d", signed_in="-1d", pending=True)
    known = remembered(org, holds={"mona": held(org, ("user", "mona"))})
    counting = file(users=["mona"], rules=[SIXTY], authentication_counts=True)
    assert decided(plan(org, counting, known), "mona") == "4 create returned"
    assert decided(plan(org, file(users=["mona"]), known), "mona") == "4 no-op on_hold"


def test_a_team_whose_only_row_has_no_assignee_can_go_and_takes_nobody_s_seat() -> None:
    org = Org().team("old").seats("mona")
    ghost = Row(None, when("-50d"), org.teams[org.team_id("old")])
    org.rows.append(ghost)
    found = plan(org, file(users=["mona"]))
    assert said(found) == ["delete team old: undeclared"]
    assert loses(found, "old") == []
    assert change(found, "old").depends_on == ()


def test_where_no_line_says_that_undeclared_seats_go_none_is_named() -> None:
    org = Org().seats("mona", "stray").team("old").seats("ole", team="old")
    written = file(users=["mona"])
    unmarked = replace(written, seats=replace(written.seats, mark=None))
    assert change(plan(org, written), "old").provenance == (written.seats.mark,)
    for name in ("old", "stray"):
        assert change(plan(org, unmarked), name).provenance == ()


def test_changes_stand_by_name_in_lower_case() -> None:
    """A login of an enterprise's own has an underscore, which stands between the cases."""
    org = Org().member("monaz", "mona_acme", "Monab")
    found = plan(org, file(users=["monaz", "mona_acme", "Monab"]))
    assert [one.name for one in found.changes] == ["mona_acme", "Monab", "monaz"]


def test_a_plan_with_something_to_do_can_be_applied_unless_it_must_not_be() -> None:
    org = Org().member("mona").seats("lisa")
    assert plan(org, file(users=["lisa", "mona"])).applyable
    assert not plan(org, file(users=["lisa"])).applyable


def test_a_pinned_name_that_changed_hands_freezes_its_entry_without_a_ledger_too() -> None:
    org = Org().team("web", "wim").seats("mona").member("late")
    found = plan(
        org, file(users=[user("mona"), user("late", pin=4711)], teams=[team("web", pin=7)])
    )
    assert said(found) == []
    assert stopped(found) == {
        "create team web: declared": "identity",
        "create user late: declared": "identity",
    }


def test_every_entry_whose_name_changed_hands_is_frozen() -> None:
    org = Org().seats("mona", "old-ann", "old-bob").member("ann", "bob")
    known = remembered(org, users={"ann": org.id("old-ann"), "bob": org.id("old-bob")})
    found = plan(org, file(users=["mona", "ann", "bob"]), known)
    assert said(found) == []
    assert stopped(found) == {
        "create user ann: declared": "identity",
        "create user bob: declared": "identity",
    }


def test_a_team_that_is_listed_and_could_not_be_read_does_not_exist() -> None:
    org = Org().seats("mona", "stray").team("web").seats("wim", team="web")
    written = file(users=["mona"], teams=["Web"])
    observed = replace(org.look(written), absent_slugs=frozenset({"web"}))
    found = make_plan(written, observed)
    assert fired(found) == {"unknown_team"}
    assert said(found) == []


def test_an_account_that_nobody_has_seen_is_called_by_its_id() -> None:
    org = Org().seats("mona").member("late")
    found = plan(org, file(users=["mona", "late"]), remembered(org, users={"late": 4711}))
    assert decided(found, "4711") == "5a no-op kept"


def test_nobody_has_a_standing_claim_whom_no_line_names() -> None:
    org = Org().seats("mona", "stray")
    written = file(users=["mona", user("stray", until="-1d")])
    claims = Look(written, org.look(written)).claims
    lines = [[one.mark.line for one in claims.standing(number)] for number in (1, 2, 3, 99)]
    assert lines == [[], [1], [], []]  # the pulse, mona, stray, and somebody unheard of


def test_a_team_that_nobody_has_seen_is_called_by_its_id() -> None:
    org = Org().seats("mona").team("data", "dora")
    found = plan(org, file(users=["mona"], teams=["data"]), remembered(org, teams={"data": 4714}))
    assert decision(found, "4714").id == 4714
    assert decided(found, "4714") == "5 no-op kept"


def test_a_reinstatement_to_come_does_not_stand_before_one_of_today() -> None:
    org = Org().seats("lisa").member("mona", "ann")
    holds = {login: held(org, ("user", login)) for login in ("mona", "ann")}
    days = [reinstate("mona", "+2d"), reinstate("ann", "-1d")]
    written = file(users=["lisa", "mona", "ann"], reinstate=days)
    assert said(plan(org, written, remembered(org, holds=holds))) == ["create user ann: declared"]
