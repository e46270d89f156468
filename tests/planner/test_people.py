"""Section 4 of the design, for each person: the first line that fits decides."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.memory import Memory

from .build import (
    change,
    decided,
    decision,
    each,
    exempt,
    file,
    notice,
    plan,
    rule,
    said,
    stopped,
    team,
    told,
    user,
    verdict,
)
from .world import Org, held, remembered

SIXTY = rule(idle="60d", unused="30d")
IDLE, BUSY = "-80d", "-1d"


# --- line 1: what can't be managed ---------------------------------------------------------------


def test_a_seat_through_an_enterprise_team_only_is_left_alone_claimed_or_not() -> None:
    org = Org().team("ent:staff", number=901, enterprise=True)
    org.seat("erin", team="ent:staff", active=IDLE).seat("emil", team="ent:staff", active=IDLE)
    found = plan(org, file(users=["erin"], rules=[SIXTY]), remembered(org))
    assert decided(found, "erin") == "1 no-op unmanageable"
    assert decided(found, "emil") == "1 no-op unmanageable"
    assert said(found) == []
    assert set(told(found, "unmanageable")) == {"emil", "erin", "pulse"}


def test_a_row_without_assignee_is_nobodys_and_told() -> None:
    org = Org().nobody().nobody().seats("mona")
    found = plan(org, file(users=["mona"]))
    assert said(found) == []
    assert found.summary.unmanageable == 2 + 1  # the pulse too
    assert "2 rows" in next(
        one.text for one in found.notices if one.kind == "unmanageable" and not one.subject
    )


def test_a_pending_row_through_an_enterprise_team_is_no_live_seat() -> None:
    org = Org().team("ent:staff", number=901, enterprise=True)
    org.seat("erin", team="ent:staff", active=BUSY, pending=True)
    assert decided(plan(org, file(users=["erin"])), "erin") == "5d create renew"


# --- line 2: a team that stays -------------------------------------------------------------------


def test_an_idle_person_with_a_row_of_a_claimed_team_keeps_the_seat_and_it_is_told() -> None:
    org = Org().team("platform").seats("mona", team="platform", active=IDLE)
    found = plan(org, file(users=["mona"], teams=["platform"], rules=[SIXTY]), remembered(org))
    assert decided(found, "mona") == "2 no-op held_by_team"
    assert verdict(found, "mona") == "idle"
    assert said(found) == []
    assert notice(found, "held_by_team").subject == "mona"


def test_a_busy_person_held_by_a_team_is_not_told() -> None:
    org = Org().team("platform").seats("mona", team="platform")
    found = plan(org, file(teams=["platform"], rules=[SIXTY]), remembered(org))
    assert told(found, "held_by_team") == []


def test_a_direct_row_beside_one_of_a_staying_team_is_never_deleted() -> None:
    org = Org().team("platform").seats("mona", team="platform", active=IDLE)
    org.seat("mona", active=IDLE)
    found = plan(org, file(teams=["platform"], rules=[SIXTY]), remembered(org))
    assert decided(found, "mona") == "2 no-op held_by_team"
    assert said(found) == []


def test_an_enterprise_team_always_stays_so_the_direct_row_beside_it_does_too() -> None:
    org = Org().team("ent:staff", number=901, enterprise=True)
    org.seat("erin", team="ent:staff", active=IDLE).seat("erin", active=IDLE)
    found = plan(org, file(rules=[SIXTY]), remembered(org))
    assert decided(found, "erin") == "2 no-op held_by_team"
    assert said(found) == []


def test_beside_an_enterprise_team_a_seat_through_one_of_ours_is_ours() -> None:
    org = Org(pulse=False).team("ent:staff", number=901, enterprise=True).team("old")
    org.seat("erin", team="ent:staff", active="-1d").seats("erin", team="old")
    found = plan(org, file(undeclared="cancel", users=["erin"]))
    assert decided(found, "erin") == "2 no-op held_by_team"
    assert said(found) == ["delete team old: undeclared"]
    assert change(found, "old").people == ()
    assert found.summary.unmanageable == 0


def test_an_undeclared_team_that_is_kept_stays_too() -> None:
    org = Org().team("platform").seats("mona", team="platform", active=IDLE)
    org.seat("mona", active=IDLE)
    found = plan(org, file(undeclared="keep", rules=[SIXTY]), remembered(org))
    assert decided(found, "mona") == "2 no-op held_by_team"
    assert said(found) == []


# --- line 3: redundant ---------------------------------------------------------------------------


def test_a_direct_row_of_a_member_of_a_claimed_team_is_redundant_without_a_claim_of_its_own() -> (
    None
):
    org = Org().team("platform", "mona").seats("mona")
    memory = remembered(org, accepted={"platform": ["mona"]})
    found = plan(org, file(teams=["platform"]), memory)
    assert decided(found, "mona") == "3 no-op redundant"
    assert said(found) == []


def test_an_idle_direct_row_is_redundant_too_where_a_team_gives_the_seat_anyway() -> None:
    org = Org().team("platform", "mona").seats("mona", active=IDLE)
    written = file(users=["mona"], teams=["platform"], rules=[SIXTY])
    found = plan(org, written, remembered(org, accepted={"platform": ["mona"]}))
    assert decided(found, "mona") == "3 no-op redundant"


def test_a_busy_direct_row_with_a_claim_of_its_own_is_simply_held() -> None:
    org = Org().team("platform", "mona").seats("mona")
    memory = remembered(org, accepted={"platform": ["mona"]})
    found = plan(org, file(users=["mona"], teams=["platform"]), memory)
    assert decided(found, "mona") == "5b no-op held"


def test_an_entry_that_is_over_is_no_personal_claim() -> None:
    org = Org().team("platform", "mona").seats("mona")
    written = file(users=[user("mona", until="-1d")], teams=["platform"])
    found = plan(org, written, remembered(org, accepted={"platform": ["mona"]}))
    assert decided(found, "mona") == "3 no-op redundant"


def test_a_team_entry_that_is_over_makes_no_direct_row_redundant() -> None:
    org = Org().team("platform", "mona").seats("mona")
    found = plan(org, file(teams=[team("platform", until="-1d")]))
    assert decided(found, "mona") == "6 delete undeclared"


# --- line 4: on hold -----------------------------------------------------------------------------


def on_hold(org: Org, **facts: Any) -> Memory:
    return remembered(org, holds={"mona": held(org, ("user", "mona"), **facts)})


def test_nobody_on_hold_is_created_whether_a_row_is_left_or_not() -> None:
    for rows in (0, 1):
        org = Org().member("mona")
        if rows:
            org.seat("mona", active=IDLE, pending=True)
        found = plan(org, file(users=["mona"], rules=[SIXTY]), on_hold(org))
        assert decided(found, "mona") == "4 no-op on_hold"
        assert said(found) == []
        assert told(found, "on_hold") == ["mona"]


def test_a_live_direct_row_ends_the_hold_and_the_rules_judge_again() -> None:
    org = Org().seats("mona")
    found = plan(org, file(users=["mona"], rules=[SIXTY]), on_hold(org))
    assert decided(found, "mona") == "5b no-op held"
    assert found.records.released == {org.id("mona")}

    org = Org().seat("mona", active=IDLE)
    found = plan(org, file(users=["mona"], rules=[SIXTY]), on_hold(org))
    assert decided(found, "mona") == "5b delete idle"
    assert found.records.released == {org.id("mona")}


def test_activity_newer_than_the_evidence_brings_a_pending_seat_back() -> None:
    org = Org().seat("mona", active="-2d", pending=True)
    found = plan(org, file(users=["mona"], rules=[SIXTY]), on_hold(org))
    assert decided(found, "mona") == "4 create returned"
    assert said(found) == ["create user mona: returned"]


def test_the_evidence_itself_is_no_newer_activity() -> None:
    org = Org().seat("mona", active=IDLE, pending=True)
    written = file(users=["mona"], rules=[rule(idle="90d")])
    found = plan(org, written, on_hold(org, evidence=IDLE))
    assert verdict(found, "mona") == "active"  # by a longer threshold; and on hold all the same
    assert decided(found, "mona") == "4 no-op on_hold"
    found = plan(org, written, on_hold(org, evidence="-80d1s"))
    assert decided(found, "mona") == "4 create returned"


def test_newer_activity_that_is_idle_again_by_now_brings_nothing_back() -> None:
    org = Org().seat("mona", active="-70d", pending=True)
    found = plan(org, file(users=["mona"], rules=[SIXTY]), on_hold(org))
    assert decided(found, "mona") == "4 no-op on_hold"


def test_any_activity_is_newer_than_none() -> None:
    org = Org().seat("mona", active="-5d", pending=True)
    found = plan(org, file(users=["mona"], rules=[SIXTY]), on_hold(org, evidence=None))
    assert decided(found, "mona") == "4 create returned"


def test_a_team_that_goes_takes_the_seat_of_someone_on_hold() -> None:
    org = Org().team("platform").seats("mona", team="platform", active=IDLE)
    found = plan(org, file(users=["mona"], rules=[SIXTY]), on_hold(org))
    assert decided(found, "mona") == "4 no-op on_hold"
    assert said(found) == ["delete team platform: undeclared"]
    assert change(found, "platform").person_ids == {org.id("mona")}


def test_someone_on_hold_who_is_active_again_is_created_before_the_team_goes() -> None:
    org = Org().team("platform").seats("mona", team="platform", active=BUSY)
    found = plan(org, file(users=["mona"], rules=[SIXTY]), on_hold(org))
    assert said(found) == ["create user mona: returned", "delete team platform: undeclared"]
    assert change(found, "platform").depends_on == ("copilot_seat_user.mona",)
    assert change(found, "platform").people == ()


def test_nobody_who_left_is_brought_back() -> None:
    org = Org().seat("mona", active=BUSY, pending=True).left("mona")
    found = plan(org, file(users=["mona"], rules=[SIXTY]), on_hold(org))
    assert decided(found, "mona") == "4 no-op on_hold"


# --- line 5: a personal claim --------------------------------------------------------------------


def test_5a_whoever_is_claimed_and_has_no_row_is_created() -> None:
    org = Org().member("mona", "lisa").team("data", "dora", "boss")
    written = file(users=["mona"], teams=[each("data", without=["boss"])])
    found = plan(org, written)
    assert said(found) == ["create user dora: declared", "create user mona: declared"]
    assert decided(found, "mona") == "5a create declared"


def test_5a_members_all_claims_every_active_member_directly() -> None:
    org = Org().member("mona", "lisa").outsider("ines", invited=True).outsider("guest")
    found = plan(org, file(everyone=True))
    assert "create user lisa: declared" in said(found)
    assert "create user mona: declared" in said(found)
    assert not [one for one in said(found) if "ines" in one or "guest" in one]


def test_5a_an_entry_not_yet_begun_creates_nothing() -> None:
    org = Org().member("mona").team("data", "dora")
    written = file(
        users=[user("mona", since="+1d")], teams=[each("data", since="+1d")], undeclared="keep"
    )
    found = plan(org, written)
    assert said(found) == []
    assert decided(found, "mona") == "5a no-op kept"
    assert decided(found, "dora") == "5a no-op kept"


@pytest.mark.parametrize(
    ("since", "until", "creates"),
    [
        ("+0d", None, True),  # first day, inclusive
        ("+1d", None, False),
        (None, "+0d", True),  # last day, inclusive
        (None, "-1d", False),
    ],
)
def test_5a_first_and_last_day_are_inclusive(
    since: str | None, until: str | None, creates: bool
) -> None:
    org = Org().member("mona").seats("other")
    found = plan(org, file(users=["other", user("mona", since=since, until=until)]))
    assert said(found) == (["create user mona: declared"] if creates else [])


def test_5b_a_live_direct_row_is_deleted_when_idle_and_held_when_not() -> None:
    org = Org().seat("mona", active=IDLE).seat("newbie", created="-40d").seats("lisa")
    written = file(users=["mona", "newbie", "lisa"], rules=[SIXTY])
    found = plan(org, written, remembered(org))
    assert said(found) == ["delete user mona: idle", "delete user newbie: unused"]
    assert decided(found, "mona") == "5b delete idle"
    assert decided(found, "newbie") == "5b delete unused"
    assert decided(found, "lisa") == "5b no-op held"
    assert change(found, "mona").rule == "everyone"


@pytest.mark.parametrize("kind", ["user", "members"])
def test_5b_no_rule_takes_a_seat_whose_entry_has_not_begun(kind: str) -> None:
    org = Org().team("data", "mona", "lisa").seat("mona", active=IDLE).seats("lisa")
    later = [user("mona", since="+5d"), user("lisa", since="+5d")]
    entries = {"users": later} if kind == "user" else {"teams": [each("data", since="+5d")]}
    found = plan(org, file(rules=[SIXTY], **entries), remembered(org))
    assert said(found) == []
    assert decided(found, "mona") == decided(found, "lisa") == "5b no-op kept"
    assert verdict(found, "mona") == "ungoverned"


def test_5b_rules_judge_who_has_an_entry_that_stands_beside_one_to_begin() -> None:
    org = Org().team("data", "mona").seat("mona", active=IDLE)
    written = file(users=["mona"], teams=[each("data", since="+5d")], rules=[SIXTY])
    assert said(plan(org, written, remembered(org))) == ["delete user mona: idle"]


def test_5b_without_rules_nobody_is_ever_idle() -> None:
    org = Org().seat("mona", created="-900d")
    found = plan(org, file(users=["mona"]), remembered(org))
    assert said(found) == []
    assert verdict(found, "mona") == "ungoverned"


def test_5c_a_busy_person_whose_team_goes_is_created_first() -> None:
    org = Org().team("data").seats("mona", team="data")
    found = plan(org, file(teams=[each("data")], rules=[SIXTY]), remembered(org))
    assert said(found) == ["create user mona: declared", "delete team data: reassigned"]
    assert decided(found, "mona") == "5c create declared"
    assert change(found, "data").depends_on == ("copilot_seat_user.mona",)
    assert change(found, "data").people == ()


def test_5c_an_idle_person_whose_team_goes_is_taken_back_by_the_teams_delete() -> None:
    org = Org().team("data").seats("mona", team="data", active=IDLE)
    found = plan(org, file(teams=[each("data")], rules=[SIXTY]), remembered(org))
    assert said(found) == ["delete team data: reassigned"]
    assert decided(found, "mona") == "5c no-op on_hold"
    assert change(found, "data").person_ids == {org.id("mona")}
    (hold,) = found.records.holds_by_change["copilot_seat_team.data"].values()
    assert hold.evidence == org.rows[-1].last_activity_at
    assert {str(one) for one in hold.claims} == {f"team:{org.team_id('data')}"}


def test_5c_under_a_guard_that_blocks_idle_deletes_nobody_counts_as_idle() -> None:
    """Without a ledger (guard `memory`) an idle person is moved along like everybody else."""
    org = Org().team("data").seats("mona", team="data", active=IDLE)
    found = plan(org, file(teams=[each("data")], rules=[SIXTY]))
    assert said(found) == ["create user mona: declared", "delete team data: reassigned"]


def test_5c_a_warned_person_is_not_idle() -> None:
    org = Org().team("data").seats("mona", team="data", active=IDLE)
    warns = rule(idle="30d>60d")
    found = plan(org, file(teams=[each("data")], rules=[warns]), remembered(org))
    assert verdict(found, "mona") == "warned"
    assert decided(found, "mona") == "5c create declared"


def test_5c_live_through_two_teams_of_which_one_stays_is_no_5c() -> None:
    org = Org().team("data").team("web").seats("mona", team="data").seats("mona", team="web")
    found = plan(org, file(users=["mona"], teams=["web"]))
    assert decided(found, "mona") == "2 no-op held_by_team"
    assert said(found) == ["delete team data: undeclared"]
    assert change(found, "data").people == ()


def test_5d_a_pending_seat_is_renewed_unless_idle() -> None:
    org = Org().seat("mona", active=BUSY, pending=True).seat("zoe", active=IDLE, pending=True)
    found = plan(org, file(users=["mona", "zoe"], rules=[SIXTY]), remembered(org))
    assert said(found) == ["create user mona: renew"]
    assert decided(found, "mona") == "5d create renew"
    assert decided(found, "zoe") == "5d no-op on_hold"
    assert found.records.held.keys() == {org.id("zoe")}


def test_5d_an_idle_pending_seat_is_not_recorded_while_a_guard_blocks_idle_deletes() -> None:
    org = Org(pulse=False).seat("zoe", active=IDLE, pending=True)
    found = plan(org, file(users=["zoe"], rules=[SIXTY]), remembered(org))
    assert decided(found, "zoe") == "5d no-op on_hold"
    assert found.records.held == {}  # `evidence` fires: nobody was active for 80 days
    found = plan(org, file(users=["zoe"], rules=[SIXTY]))
    assert decided(found, "zoe") == "5d no-op on_hold"
    assert found.records.held == {}  # `memory` fires


def test_5d_a_pending_seat_of_an_entry_not_begun_is_not_renewed() -> None:
    org = Org().seat("mona", active=BUSY, pending=True)
    found = plan(org, file(users=[user("mona", since="+1d")]))
    assert decided(found, "mona") == "5d no-op kept"
    org.seat("zoe", active=IDLE, pending=True)
    written = file(users=[user("zoe", since="+1d")], rules=[SIXTY])
    assert decided(plan(org, written, remembered(org)), "zoe") == "5d no-op kept"


def test_5d_an_exempt_pending_seat_is_renewed_however_idle() -> None:
    org = Org().seat("mona", active=IDLE, pending=True)
    written = file(users=["mona"], rules=[SIXTY], exempt=[exempt("mona")])
    assert said(plan(org, written, remembered(org))) == ["create user mona: renew"]


# --- line 6: no personal claim -------------------------------------------------------------------


@pytest.mark.parametrize("undeclared", ["cancel", "keep"])
def test_6_a_direct_seat_of_a_member_of_a_team_to_come_is_kept_idle_or_not(undeclared: str) -> None:
    org = Org().team("ops", "mona", "zoe").seats("mona").seat("zoe", active=IDLE)
    later = file(teams=[team("ops", since="+3d")], undeclared=undeclared, rules=[SIXTY])
    found = plan(org, later, remembered(org))
    assert said(found) == []
    assert decided(found, "mona") == decided(found, "zoe") == "6 no-op kept"


def test_6_an_entry_that_is_over_ends_the_seat_although_a_teams_is_to_begin() -> None:
    org = Org().team("ops", "mona").seats("mona")
    written = file(users=["pulse", user("mona", until="-1d")], teams=[team("ops", since="+3d")])
    assert said(plan(org, written)) == ["delete user mona: expired"]


def test_6_a_direct_seat_that_nobody_claims_is_deleted_and_exemptions_do_not_help() -> None:
    org = Org().seats("mona", "stray")
    found = plan(org, file(users=["mona"], exempt=[exempt("stray")]))
    assert said(found) == ["delete user stray: undeclared"]
    assert decided(found, "stray") == "6 delete undeclared"


def test_6_keep_leaves_it_to_the_rules_with_or_without_a_ledger() -> None:
    org = Org().seats("mona", "stray").seat("zoe", active=IDLE).seat("newbie", created="-31d")
    written = file(users=["mona"], undeclared="keep", rules=[SIXTY])
    for memory in (None, remembered(org)):
        found = plan(org, written, memory)
        assert said(found) == ["delete user newbie: unused", "delete user zoe: idle"]
        assert decided(found, "stray") == "6 no-op kept"


@pytest.mark.parametrize("undeclared", ["cancel", "keep"])
@pytest.mark.parametrize("how", ["user", "members"])
def test_6_an_entry_that_is_over_ends_the_seat_even_under_keep(undeclared: str, how: str) -> None:
    org = Org().team("pilot", "mona").seats("mona", "lisa")
    over = {
        "user": {"users": ["lisa", user("mona", until="-1d")]},
        "members": {"users": ["lisa"], "teams": [each("pilot", until="-1d")]},
    }
    found = plan(org, file(undeclared=undeclared, **over[how]))
    assert said(found) == ["delete user mona: expired"]
    assert decided(found, "mona") == "6 delete expired"


def test_6_an_entry_that_is_over_matters_not_where_another_claim_stands_or_is_to_begin() -> None:
    for other in ({"everyone": True}, {"teams": [each("pilot", since="+3d")]}):
        org = Org().team("pilot", "mona").seats("mona")
        found = plan(org, file(users=[user("mona", until="-1d")], undeclared="cancel", **other))
        assert said(found) == []
        assert decided(found, "mona").startswith("5b no-op ")


def test_6_somebody_excepted_from_a_team_is_not_claimed_by_it() -> None:
    org = Org().team("data", "bot", "dora").seats("bot", "dora")
    found = plan(org, file(teams=[each("data", without=["BOT"])]))
    assert said(found) == ["delete user bot: undeclared"]


# --- line 7 --------------------------------------------------------------------------------------


def test_7_otherwise_nothing_is_done() -> None:
    org = Org().seat("pat", pending=True, active=BUSY).team("web").seats("wim", team="web")
    org.seats("mona")
    found = plan(org, file(users=["mona"]))
    assert decided(found, "pat") == "7 no-op kept"
    assert decided(found, "wim") == "7 no-op kept"
    assert said(found) == ["delete team web: undeclared"]


# --- several lines -------------------------------------------------------------------------------


def test_the_earlier_line_wins() -> None:
    """On hold, seated through a team that stays, idle, and expired at that: line 2."""
    org = Org().team("web").seats("mona", team="web", active=IDLE)
    found = plan(org, file(users=["mona"], teams=["web"], rules=[SIXTY]), on_hold(org))
    assert decided(found, "mona") == "2 no-op held_by_team"
    assert found.records.released == set()


def test_every_decision_has_the_rules_verdict_beside_it() -> None:
    org = Org().team("web").seats("wim", team="web", active=IDLE).seat("zoe", active=IDLE)
    written = file(users=["zoe"], teams=["web"], rules=[SIXTY], exempt=[exempt("zoe")])
    found = plan(org, written, remembered(org))
    assert (decision(found, "zoe").reason, verdict(found, "zoe")) == ("held", "exempt")
    assert (decision(found, "wim").reason, verdict(found, "wim")) == ("held_by_team", "idle")


def test_a_change_in_flight_is_waited_for_for_a_day_and_then_planned_again() -> None:
    org = Org().member("mona").seats("lisa").seat("stray", active=BUSY)
    written = file(users=["mona", "lisa"])
    targets = {one.name: one.target for one in plan(org, written).changes}
    memory = remembered(org, in_flight={targets["mona"]: "-23h59m59s", targets["stray"]: "-24h"})
    found = plan(org, written, memory)
    assert said(found) == ["delete user stray: undeclared"]
    assert decision(found, "mona").reason == "in_flight"
    assert told(found, "in_flight") == ["mona"]
    assert stopped(found) == {}


def test_a_seat_given_behind_the_row_of_a_team_whose_delete_is_sent_is_not_given_again() -> None:
    org = Org().team("web", "mona").seat("mona", team="web").seats("lisa")
    written = file(users=["mona", "lisa"])
    first = {one.name: one.target for one in plan(org, written).changes}
    assert set(first) == {"mona", "web"}
    memory = remembered(org, in_flight={first["web"]: "-1h"}, created={"mona": "-1h"})
    found = plan(org, written, memory)
    assert said(found) == []
    assert stopped(found) == {}
    assert decision(found, "mona").reason == "in_flight"
    old = remembered(org, in_flight={first["web"]: "-1h"}, created={"mona": "-2d"})
    assert said(plan(org, written, old)) == ["create user mona: declared"]
