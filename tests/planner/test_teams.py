"""Section 4 of the design, for each team; what its delete lists, and what waits for what."""

from __future__ import annotations

import pytest

from .build import (
    change,
    decided,
    decision,
    each,
    file,
    loses,
    plan,
    rule,
    said,
    stopped,
    team,
    told,
    user,
)
from .world import Org, held, remembered

SIXTY = rule(idle="60d")


# --- the table -----------------------------------------------------------------------------------


def test_1_an_enterprise_team_is_never_touched_and_a_claim_on_it_is_told() -> None:
    org = Org().team("ent:staff", number=901, enterprise=True)
    org.seat("erin", team="ent:staff", active="-1d").seats("mona")
    found = plan(org, file(users=["mona"], teams=["ENT:staff", each("ent:other")]))
    assert decided(found, "ent:staff") == "1 no-op unmanageable"
    assert said(found) == []
    assert stopped(found) == {}
    assert told(found, "enterprise_team") == ["ent:other", "ENT:staff"]


def test_2_a_claimed_team_with_a_live_row_is_held() -> None:
    org = Org().team("web", "idle-hands").seats("mona", team="web")
    found = plan(org, file(teams=["Web"]))
    assert decided(found, "web") == "2 no-op held"
    assert said(found) == []


def test_3_pending_rows_of_members_who_hold_nothing_else_renew_the_team() -> None:
    org = Org().team("web", "mona").seat("mona", team="web", pending=True)
    found = plan(org, file(teams=["web"]))
    assert said(found) == ["create team web: renew"]
    assert decided(found, "web") == "3 create renew"


def test_3_the_ledgers_word_does_not_matter_where_members_seats_are_pending() -> None:
    org = Org().team("web", "mona").seat("mona", team="web", pending=True)
    memory = remembered(org, accepted={"web": ["mona"]})
    assert said(plan(org, file(teams=["web"]), memory)) == ["create team web: renew"]


def test_3_pending_rows_of_people_who_left_the_team_renew_nothing() -> None:
    org = Org().team("web").seat("mona", team="web", pending=True).seats("lisa")
    found = plan(org, file(users=["lisa"], teams=["web"]))
    assert decided(found, "web") == "5 no-op kept"
    assert said(found) == []


def test_3_members_who_hold_something_that_stays_need_no_renewal() -> None:
    org = Org().team("web", "mona", "wim").team("core")
    org.seat("mona", team="web", pending=True).seats("mona", team="core")
    org.seat("wim", team="web", pending=True).seats("wim")
    found = plan(org, file(teams=["web", "core"], users=["wim"]))
    assert decided(found, "web") == "4 no-op covered"


def test_3_members_who_hold_only_what_goes_do_need_it() -> None:
    org = Org().team("web", "mona").team("old")
    org.seat("mona", team="web", pending=True).seats("mona", team="old")
    found = plan(org, file(teams=["web"]))
    assert said(found) == ["create team web: renew", "delete team old: undeclared"]
    assert change(found, "old").people == ()
    assert change(found, "old").depends_on == ("copilot_seat_team.web",)


def test_4_a_claimed_team_with_members_and_no_rows_is_created() -> None:
    org = Org().team("web", "mona", "wim").seats("wim")
    found = plan(org, file(teams=["web"]), remembered(org))
    assert said(found) == ["create team web: declared"]
    assert loses(found, "web") == ["mona"]  # gains: who has no live row yet


@pytest.mark.parametrize(
    ("accepted", "answer"),
    [
        (["mona", "wim"], "4 no-op covered"),
        (["mona", "wim", "former"], "4 no-op covered"),
        (["mona"], "4 create declared"),  # somebody joined since
        ([], "4 create declared"),
    ],
)
def test_4_with_a_ledger_its_last_word_on_the_team_counts(accepted: list[str], answer: str) -> None:
    org = Org().team("web", "mona", "wim").member("former").seats("mona", "wim")
    found = plan(org, file(teams=["web"]), remembered(org, accepted={"web": accepted}))
    assert decided(found, "web") == answer


def test_4_with_a_ledger_live_rows_of_all_members_are_no_word_on_the_team() -> None:
    org = Org().team("web", "mona").seats("mona")
    assert decided(plan(org, file(teams=["web"]), remembered(org)), "web") == "4 create declared"


def test_4_without_a_ledger_a_team_is_covered_when_all_members_hold_live_rows() -> None:
    org = Org().team("web", "mona", "wim").seats("mona", "wim")
    assert decided(plan(org, file(teams=["web"])), "web") == "4 no-op covered"
    org.join("web", "newbie")
    assert decided(plan(org, file(teams=["web"])), "web") == "4 create declared"


def test_5_a_claimed_team_without_members_is_told() -> None:
    org = Org().team("web").seats("mona")
    found = plan(org, file(users=["mona"], teams=["web"]))
    assert decided(found, "web") == "5 no-op kept"
    assert told(found, "empty_team") == ["web"]


@pytest.mark.parametrize(
    ("entry", "undeclared", "answer"),
    [
        (None, "cancel", "6 delete undeclared"),
        (None, "keep", "6 no-op kept"),
        (team("web", until="-1d"), "cancel", "6 delete expired"),
        (team("web", until="-1d"), "keep", "6 delete expired"),
        (each("web"), "cancel", "6 delete reassigned"),
        (each("web"), "keep", "6 delete reassigned"),
        (each("web", until="-1d"), "cancel", "6 delete expired"),
        (each("web", until="-1d"), "keep", "6 delete expired"),
        (team("web", since="+1d"), "cancel", "6 no-op kept"),
        (each("web", since="+1d"), "cancel", "6 no-op kept"),
        (team("web", until="+0d"), "cancel", "2 no-op held"),
    ],
)
def test_6_live_rows_without_a_standing_claim(entry: object, undeclared: str, answer: str) -> None:
    org = Org().team("web").seats("mona", team="web").seats("lisa")
    teams = [] if entry is None else [entry]
    found = plan(org, file(users=["lisa"], teams=teams, undeclared=undeclared))  # type: ignore[arg-type]
    assert decided(found, "web") == answer


def test_7_pending_rows_of_an_unclaimed_team_are_nobodys_business() -> None:
    org = Org().team("web", "mona").seat("mona", team="web", pending=True).seats("lisa")
    found = plan(org, file(users=["lisa"]))
    assert decided(found, "web") == "7 no-op kept"


def test_a_claimed_team_that_is_yet_to_begin_is_not_created() -> None:
    org = Org().team("web", "mona").seats("lisa")
    found = plan(org, file(users=["lisa"], teams=[team("web", since="+1d")]))
    assert decided(found, "web") == "7 no-op kept"


# --- order ---------------------------------------------------------------------------------------


def test_changes_stand_in_the_order_of_execution_and_by_name() -> None:
    org = Org().team("new-b", "b").team("New-a", "a").team("old-b").team("Old-a")
    org.member("Zed", "amy").seats("olga", team="old-b").seats("olaf", team="Old-a")
    org.seats("Stray", "lost")
    found = plan(org, file(users=["Zed", "amy"], teams=["new-b", "new-a"]))
    assert said(found) == [
        "create team New-a: declared",
        "create team new-b: declared",
        "create user amy: declared",
        "create user Zed: declared",
        "delete team Old-a: undeclared",
        "delete team old-b: undeclared",
        "delete user lost: undeclared",
        "delete user Stray: undeclared",
    ]


# --- whom a team's delete lists ------------------------------------------------------------------


def test_a_teams_delete_lists_by_id_everybody_who_loses_a_seat() -> None:
    org = Org().team("old").seats("mona", "wim", team="old").seats("lisa")
    found = plan(org, file(users=["lisa"]))
    assert change(found, "old").person_ids == {org.id("mona"), org.id("wim")}
    assert change(found, "old").depends_on == ()


def test_a_person_in_several_rows_is_listed_once() -> None:
    org = Org().team("old").team("older").seats("lisa")
    org.seats("mona", team="old").seats("mona", team="older")
    found = plan(org, file(users=["lisa"], guarded=True, max_cancellations=1))
    assert said(found) == ["delete team old: undeclared", "delete team older: undeclared"]
    assert loses(found, "old") == loses(found, "older") == ["mona"]


def test_whoever_keeps_a_seat_is_not_listed() -> None:
    """By a direct row, by a team that stays, by a create, by a claimed team that GitHub has."""
    org = Org().team("old").team("web").team("new").team("hidden", "hugo")
    org.seats("dora", "tina", "cleo", "nora", "hugo", "lost", team="old")
    org.seats("dora").seats("tina", team="web").join("new", "nora")
    memory = remembered(org, accepted={"hidden": ["hugo"]})
    written = file(users=["dora", "cleo"], teams=["web", "new", "hidden"])
    found = plan(org, written, memory)
    assert said(found) == [
        "create team new: declared",
        "create user cleo: declared",
        "delete team old: undeclared",
    ]
    assert loses(found, "old") == ["lost"]
    assert change(found, "old").depends_on == ("copilot_seat_team.new", "copilot_seat_user.cleo")


def test_a_team_entry_yet_to_begin_keeps_the_seats_its_team_gives() -> None:
    """Its live rows name others only: GitHub shows one row a person, and hers names `old`."""
    org = Org().team("soon", "mona").seats("una", team="soon").team("old")
    org.seats("mona", "wim", team="old").seats("lisa")
    found = plan(org, file(users=["lisa"], teams=[team("soon", since="+9d")]))
    assert said(found) == ["delete team old: undeclared"]
    assert loses(found, "old") == ["wim"]
    assert change(found, "old").depends_on == ()

    org = Org().team("soon", "mona").team("old").seats("mona", team="old").seats("lisa")
    found = plan(org, file(users=["lisa"], teams=[team("soon", since="+9d")]))
    assert loses(found, "old") == ["mona"]  # nothing says that GitHub has it


def test_a_decision_says_whether_a_row_stands_for_it() -> None:
    org = Org().team("web").seats("wim", team="web").team("new", "nora").member("mona")
    found = plan(org, file(users=["mona"], teams=["web", "new"]))
    assert {one: decision(found, one).seated for one in ("web", "wim", "new", "mona")} == {
        "web": True,
        "wim": True,
        "new": False,
        "mona": False,
    }


def test_cover_that_goes_covers_nobody() -> None:
    """Without a ledger a team is covered by its members' live rows, but not by rows that go.

    Team `old` is undeclared, team `new` is claimed and has the same people. Did the plan take `new`
    for assigned because of the rows through `old`, these people would lose their seats unlisted.
    """
    org = Org().team("old").seats("mona", "wim", team="old").team("new", "mona", "wim")
    found = plan(org, file(teams=["new"]))
    assert said(found) == ["create team new: declared", "delete team old: undeclared"]
    assert change(found, "old").depends_on == ("copilot_seat_team.new",)
    assert change(found, "old").people == ()


def test_a_members_entry_names_those_it_excepts_among_those_who_lose() -> None:
    org = Org().team("data").seats("dora", "bot", team="data")
    found = plan(org, file(teams=[each("data", without=["bot"])]))
    assert said(found) == ["create user dora: declared", "delete team data: reassigned"]
    assert loses(found, "data") == ["bot"]


def test_a_users_delete_waits_for_the_deletes_of_the_teams_in_that_persons_rows() -> None:
    org = Org().team("old").team("older").seats("lisa")
    org.seats("mona", team="old").seat("mona", team="older", pending=True).seats("mona")
    org.seats("wim", team="older")
    found = plan(org, file(users=["lisa"]))
    assert said(found) == [
        "delete team old: undeclared",
        "delete team older: undeclared",
        "delete user mona: undeclared",
    ]
    waits = ("copilot_seat_team.old", "copilot_seat_team.older")
    assert change(found, "mona").depends_on == waits
    # The direct seat lasts until its own delete: there she is listed, and counted once.
    assert loses(found, "old") == []
    assert loses(found, "mona") == ["mona"]


def test_a_users_delete_does_not_wait_for_teams_that_stay_as_pending_rows() -> None:
    org = Org().team("web").seats("wim", team="web")
    org.seat("mona", team="web", pending=True).seats("mona")
    found = plan(org, file(teams=["web"]))
    assert said(found) == ["delete user mona: undeclared"]
    assert change(found, "mona").depends_on == ()


# --- a seat that its own entry keeps -------------------------------------------------------------


@pytest.mark.parametrize("who", ["not_begun", "left"])
def test_a_team_stays_while_it_gives_a_seat_that_an_entry_keeps_and_cannot_create(who: str) -> None:
    """An entry not yet begun creates nothing, but the seat its person has is kept."""
    org = Org().team("old").seats("mona", "wim", team="old")
    entry = user("mona", since="+9d") if who == "not_begun" else user("mona")
    if who == "left":
        org.left("mona")
    found = plan(org, file(users=[entry]))
    assert said(found) == []
    assert decided(found, "old") == "6 no-op kept"
    assert decided(found, "mona") == "2 no-op held_by_team"
    assert told(found, "kept") == ["old"]


def test_such_an_entry_keeps_no_team_when_the_person_has_a_direct_row() -> None:
    org = Org().team("old").seats("mona", "wim", team="old").seats("mona")
    found = plan(org, file(users=["pulse", user("mona", since="+9d")]))
    assert said(found) == ["delete team old: undeclared"]
    assert loses(found, "old") == ["wim"]


def test_an_idle_person_keeps_a_team_by_an_entry_to_begin_and_not_by_one_that_stands() -> None:
    org = Org().team("old").seats("mona", team="old", active="-80d")
    found = plan(org, file(users=[user("mona", since="+9d")], rules=[SIXTY]), remembered(org))
    assert said(found) == []
    org.left("mona")
    found = plan(org, file(users=["mona"], rules=[SIXTY]), remembered(org))
    assert said(found) == ["delete team old: undeclared"]
    assert loses(found, "old") == ["mona"]


def test_a_teams_delete_waits_for_no_team_create_that_nobody_needs() -> None:
    """Mona keeps a direct seat, zoe one of her own, ada another team's; bo needs the create."""
    org = Org().team("old").team("new", "mona", "zoe", "ada").team("web", "ada").seats("lisa")
    org.seats("mona", "zoe", "ada", team="old").seats("mona").seats("lisa", team="web")
    written = file(users=["mona", "zoe", "lisa"], teams=["new", "web"])
    found = plan(org, written, remembered(org))
    assert "create team new: declared" in said(found)
    assert change(found, "old").depends_on == ("copilot_seat_user.zoe",)
    org.join("new", "bo").seats("bo", team="old")
    found = plan(org, written, remembered(org))
    assert change(found, "old").depends_on == ("copilot_seat_team.new", "copilot_seat_user.zoe")


def test_such_an_entry_keeps_no_team_beside_one_that_stays_anyway() -> None:
    org = Org().team("old").team("web").seats("mona", team="old").seats("mona", team="web")
    found = plan(org, file(users=[user("mona", since="+9d")], teams=["web"]))
    assert said(found) == ["delete team old: undeclared"]


def test_such_an_entry_keeps_a_team_for_the_idle_while_a_guard_blocks_idle_deletes() -> None:
    org = Org().team("old").seats("mona", team="old", active="-80d").seats("lisa").left("mona")
    written = file(users=["lisa", "mona"], rules=[SIXTY])
    assert said(plan(org, written, remembered(org))) == ["delete team old: undeclared"]
    assert said(plan(org, written)) == []  # guard `memory`


def test_a_teams_delete_says_how_many_lose_a_seat() -> None:
    org = Org().team("old").seats("mona", "wim", team="old").seats("mona", "lisa")
    found = plan(org, file(users=["lisa", "mona"]))
    assert "1 person loses a seat" in change(found, "old").text
    assert decision(found, "old").text == change(found, "old").text


def test_such_an_entry_keeps_no_team_when_another_gives_the_seat() -> None:
    org = Org().team("old").seats("mona", team="old").team("web", "mona", "nora")
    found = plan(org, file(users=[user("mona", since="+9d")], teams=["web"]))
    assert said(found) == ["create team web: declared", "delete team old: undeclared"]
    assert change(found, "old").depends_on == ("copilot_seat_team.web",)
    assert loses(found, "old") == []


def test_a_team_that_takes_the_seat_of_somebody_on_hold_lists_them() -> None:
    org = Org().team("old").seats("mona", team="old", active="-80d").seats("lisa")
    memory = remembered(org, holds={"mona": held(org, ("user", "mona"))})
    found = plan(org, file(users=["lisa", "mona"], rules=[SIXTY]), memory)
    assert loses(found, "old") == ["mona"]


def test_a_team_stays_for_nobody_on_hold() -> None:
    """Left the organisation, claimed and on hold: the seat that the team gives was taken back."""
    org = Org().team("old").seats("mona", team="old", active="-80d").seats("lisa").left("mona")
    memory = remembered(org, holds={"mona": held(org, ("user", "mona"))})
    found = plan(org, file(users=["lisa", "mona"], rules=[SIXTY]), memory)
    assert decided(found, "mona") == "4 no-op on_hold"
    assert loses(found, "old") == ["mona"]
    memory = remembered(org)
    found = plan(org, file(users=["lisa", "mona"], rules=[rule(idle="85d")]), memory)
    assert decided(found, "mona") == "2 no-op held_by_team"
    memory = remembered(org, holds={"mona": held(org, ("user", "mona"))})
    found = plan(org, file(users=["lisa", "mona"], rules=[rule(idle="85d")]), memory)
    assert loses(found, "old") == ["mona"]


def test_a_team_and_an_enterprise_team_may_have_the_same_id() -> None:
    """GitHub numbers the two apart, so equal numbers mean nothing."""
    org = Org()
    org.team("ent:staff", number=901, enterprise=True).seat("erin", team="ent:staff", active="-1d")
    enterprise = org.rows[-1]
    org.teams[500] = type(enterprise.team)(500, "ent:staff", "Staff", True)
    org.rows[-1] = type(enterprise)(
        enterprise.account, enterprise.created_at, org.teams[500], None, enterprise.last_activity_at
    )
    del org.teams[500]
    org.team("old", number=500).seats("mona", team="old").seats("lisa")
    found = plan(org, file(users=["lisa"]))
    assert said(found) == ["delete team old: undeclared"]
    assert loses(found, "old") == ["mona"]
    assert decided(found, "erin") == "1 no-op unmanageable"
    assert decided(found, "ent:staff") == "1 no-op unmanageable"
    org.seat("erin", active="-1d")  # a direct row beside the enterprise's, which always stays
    found = plan(org, file(users=["lisa"]))
    assert decided(found, "erin") == "2 no-op held_by_team"
    org.rows.pop()
    found = plan(org, file(users=["lisa"], teams=["old"]))
    assert decided(found, "old") == "2 no-op held"
    assert decided(found, "erin") == "1 no-op unmanageable"
