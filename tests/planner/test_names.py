"""The table of names: what follows from a name, wherever in the file it stands."""

from __future__ import annotations

import pytest

from reconciler.model.desired import Kind
from reconciler.model.memory import Memory

from .build import (
    change,
    check,
    decided,
    each,
    exempt,
    file,
    fired,
    loses,
    plan,
    reinstate,
    rule,
    said,
    stopped,
    team,
    told,
    user,
    verdict,
)
from .world import Org, held, remembered

SIXTY = rule(idle="60d")
IDLE = "-80d"


# --- logins compare without case -----------------------------------------------------------------


def test_names_compare_without_case_wherever_they_stand() -> None:
    org = Org().team("Web-Team", "Bot", "Dora").team("On-Call", "Otto").team("old")
    org.seats("Dora", "Mona").seat("Otto", active=IDLE).seat("Lisa", active=IDLE)
    org.seat("Carl", active=IDLE)
    written = file(
        users=["MONA", "otto", "lIsA", "CARL"],
        teams=[each("WEB-team", without=["bOT"])],
        rules=[rule("none", idle="90d", users=["cArL"]), SIXTY],
        exempt=[exempt("LISA"), exempt(team="on-CALL")],
    )
    found = plan(org, written, remembered(org))
    assert said(found) == []
    assert fired(found) == set()


# --- exists, but is no active member -------------------------------------------------------------


@pytest.mark.parametrize("invited", [True, False])
def test_whoever_is_no_active_member_is_never_created_and_it_is_told(invited: bool) -> None:
    org = Org().outsider("ines", invited=invited).seats("mona")
    found = plan(org, file(users=["mona", "ines"]))
    assert said(found) == []
    assert decided(found, "ines") == "5a no-op kept"
    assert told(found, "not_a_member") == ["ines"]
    assert fired(found) == set()


def test_the_seat_of_an_outside_collaborator_or_of_someone_who_left_counts_as_claimed() -> None:
    org = Org().outsider("guest").seats("guest", "lea", "mona").left("lea")
    found = plan(org, file(users=["guest", "lea", "mona"]))
    assert said(found) == []
    assert decided(found, "guest") == "5b no-op held"


def test_their_pending_seat_is_not_renewed() -> None:
    org = Org().outsider("guest").seat("guest", active="-1d", pending=True).seats("mona")
    found = plan(org, file(users=["guest", "mona"]))
    assert decided(found, "guest") == "5d no-op kept"
    assert told(found, "not_a_member") == ["guest"]


def test_rules_govern_their_seats_like_all_others() -> None:
    org = Org().outsider("guest").seat("guest", active=IDLE)
    found = plan(org, file(users=["guest"], rules=[SIXTY]), remembered(org))
    assert said(found) == ["delete user guest: idle"]


# --- a login that does not exist -----------------------------------------------------------------


def test_an_unknown_login_withholds_undeclared_deletes_and_nothing_else() -> None:
    """It may be a rename: `stray` may be who the file means by `mono`."""
    org = Org().seats("stray", "over", "lisa").seat("zoe", active=IDLE).member("newbie")
    org.team("old").seats("wim", team="old")
    written = file(
        users=["mono", "lisa", "zoe", "newbie", user("over", until="-1d")], rules=[SIXTY]
    )
    found = plan(org, written, remembered(org))
    assert said(found) == [
        "create user newbie: declared",
        "delete user over: expired",
        "delete user zoe: idle",
    ]
    assert stopped(found) == {
        "delete team old: undeclared": "unknown_user",
        "delete user stray: undeclared": "unknown_user",
    }
    assert told(found, "unknown_user") == ["mono"]
    assert check(found, "unknown_user").mark is not None


def test_an_unknown_login_of_an_entry_that_is_over_is_nobodys_rename() -> None:
    org = Org().seats("stray", "lisa")
    found = plan(org, file(users=["lisa", user("mono", until="-1d")]))
    assert said(found) == ["delete user stray: undeclared"]
    assert fired(found) == set()


def test_an_unknown_login_of_an_entry_yet_to_begin_may_be_a_rename_too() -> None:
    org = Org().seats("stray", "lisa")
    found = plan(org, file(users=["lisa", user("mono", since="+3d")]))
    assert stopped(found) == {"delete user stray: undeclared": "unknown_user"}


# --- a team that does not exist ------------------------------------------------------------------


@pytest.mark.parametrize("entry", [team("wbe"), each("wbe"), team("wbe", since="+1d")])
def test_an_unknown_claimed_team_withholds_all_deletes_and_no_create(entry: object) -> None:
    org = Org().seats("stray", "over", "lisa").seat("zoe", active=IDLE).member("newbie")
    written = file(
        users=["lisa", "zoe", "newbie", user("over", until="-1d")],
        teams=[entry],  # type: ignore[list-item]
        rules=[SIXTY],
    )
    found = plan(org, written, remembered(org))
    assert said(found) == ["create user newbie: declared"]
    assert set(stopped(found).values()) == {"unknown_team"}
    assert sorted(stopped(found)) == [
        "delete user over: expired",
        "delete user stray: undeclared",
        "delete user zoe: idle",
    ]
    assert told(found, "unknown_team") == ["wbe"]


def test_an_unknown_team_of_an_entry_that_is_over_withholds_nothing() -> None:
    org = Org().seats("stray", "lisa")
    found = plan(org, file(users=["lisa"], teams=[team("wbe", until="-1d")]))
    assert said(found) == ["delete user stray: undeclared"]


# --- an exempted or scoped name that does not exist ----------------------------------------------


@pytest.mark.parametrize(
    "what",
    [
        {"exempt": [exempt("liza")]},
        {"exempt": [exempt(team="oncall")]},
        {"rules": [rule("x", idle="90d", users=["liza"]), SIXTY]},
        {"rules": [rule("x", idle="90d", teams=["oncall"]), SIXTY]},
        {"rules": [SIXTY, rule("x", idle="30d", teams=["oncall"], observe=True)]},
    ],
)
def test_an_unknown_exempted_or_scoped_name_withholds_what_rules_delete(what: dict) -> None:  # type: ignore[type-arg]
    org = Org().seats("stray", "lisa").seat("zoe", active=IDLE).seat("una", created=IDLE)
    written = file(users=["lisa", "zoe", "una"], **{"rules": [SIXTY], **what})
    found = plan(org, written, remembered(org))
    assert said(found) == ["delete user stray: undeclared"]
    assert stopped(found) == {
        "delete user zoe: idle": "unknown_name",
        "delete user una: unused": "unknown_name",
    }


def test_an_exemption_that_is_over_protects_nobody_so_its_name_is_not_missed() -> None:
    org = Org().seat("zoe", active=IDLE)
    written = file(users=["zoe"], rules=[SIXTY], exempt=[exempt("liza", until="-40d")])
    assert said(plan(org, written, remembered(org))) == ["delete user zoe: idle"]


@pytest.mark.parametrize("where", ["except", "reinstate"])
def test_an_unknown_name_elsewhere_is_told_and_stops_nothing(where: str) -> None:
    org = Org().team("data", "dora").seats("stray", "dora").seat("zoe", active=IDLE)
    written = {
        "except": file(users=["zoe"], teams=[each("data", without=["liza"])], rules=[SIXTY]),
        "reinstate": file(
            users=["zoe"], teams=[each("data")], rules=[SIXTY], reinstate=[reinstate("liza", "-1d")]
        ),
    }[where]
    found = plan(org, written, remembered(org))
    assert said(found) == ["delete user stray: undeclared", "delete user zoe: idle"]
    assert told(found, "unknown_user") == ["liza"]


# --- same id, another name -----------------------------------------------------------------------


def test_a_renamed_person_keeps_the_seat_and_the_new_login_is_told() -> None:
    org = Org().seats("mona", "lisa")
    known = remembered(org, users={"mona": org.id("mona")})
    org.rename("mona", "mona-lisa")
    found = plan(org, file(users=["lisa", "mona"]), known)
    assert said(found) == []
    assert fired(found) == set()
    assert decided(found, "mona-lisa") == "5b no-op held"
    assert told(found, "renamed") == ["mona"]
    assert found.records.resolved[Kind.USER, "mona"] == org.id("mona-lisa")


def test_a_renamed_person_without_a_seat_is_created_under_the_new_login() -> None:
    org = Org().member("mona").seats("lisa")
    known = remembered(org, users={"mona": org.id("mona")})
    org.rename("mona", "mona-lisa")
    assert said(plan(org, file(users=["lisa", "mona"]), known)) == [
        "create user mona-lisa: declared"
    ]


def test_an_id_written_beside_the_login_does_the_same_without_a_ledger() -> None:
    org = Org().seats("mona", "lisa")
    pinned = user("mona", pin=org.id("mona"))
    org.rename("mona", "mona-lisa")
    found = plan(org, file(users=["lisa", pinned]))
    assert said(found) == []
    assert told(found, "renamed") == ["mona"]


def test_a_renamed_person_stays_excepted_exempt_scoped_and_reinstated() -> None:
    org = Org().team("data", "bot", "dora").seats("dora").member("bot")
    org.seat("lisa", active=IDLE).seat("carl", active=IDLE).member("rita")
    names = {login: org.id(login) for login in ("bot", "lisa", "carl", "rita")}
    memory = remembered(org, users=names, holds={"rita": held(org, ("user", "rita"))})
    for login in names:
        org.rename(login, f"{login}-2")
    written = file(
        users=["lisa", "carl", "rita"],
        teams=[each("data", without=["bot"])],
        rules=[rule("lenient", idle="90d", users=["carl"]), SIXTY],
        exempt=[exempt("lisa")],
        reinstate=[reinstate("rita", "+0d")],
    )
    found = plan(org, written, memory)
    assert said(found) == ["create user rita-2: declared"]
    assert verdict(found, "lisa-2") == "exempt"
    assert verdict(found, "carl-2") == "active"
    assert fired(found) == set()


def test_a_renamed_team_stays_claimed_excepted_exempt_and_scoped() -> None:
    org = Org().team("web").seats("wim", team="web").team("data").seats("dora", team="data")
    org.team("on-call", "otto").seat("otto", active=IDLE)
    org.team("slow", "sam").seat("sam", active=IDLE)
    slugs = ("web", "data", "on-call", "slow")
    memory = remembered(org, teams={slug: org.team_id(slug) for slug in slugs})
    for slug in slugs:
        org.rename_team(slug, f"{slug}-2")
    written = file(
        users=["otto", "sam"],
        teams=["web", each("data")],
        rules=[rule("lenient", idle="90d", teams=["slow"]), SIXTY],
        exempt=[exempt(team="on-call")],
    )
    found = plan(org, written, memory)
    assert said(found) == ["create user dora: declared", "delete team data-2: reassigned"]
    assert decided(found, "web-2") == "2 no-op held"
    assert (verdict(found, "otto"), verdict(found, "sam")) == ("exempt", "active")
    assert sorted(told(found, "renamed")) == ["data", "on-call", "slow", "web"]
    assert fired(found) == set()


def test_two_entries_that_turn_out_to_be_one_team_claim_it_together() -> None:
    """`platform` was renamed to `core`, which the file already has: the better claim counts."""
    for entries in (
        ["core", team("platform", until="-1d")],
        [team("platform", until="-1d"), "core"],
        ["core", each("platform")],
        [each("platform"), "core"],
    ):
        org = Org().team("platform").seats("mona", team="platform").seats("lisa")
        memory = remembered(org, teams={"platform": org.team_id("platform")})
        org.rename_team("platform", "core")
        found = plan(org, file(users=["lisa"], teams=entries), memory)
        assert said(found) == []
        assert decided(found, "core") == "2 no-op held"


# --- the name has another id now: guard identity -------------------------------------------------


def reused() -> tuple[Org, Memory]:
    """Mona was renamed and holds a seat; somebody else is `mona` now."""
    org = Org().seats("mona", "lisa")
    memory = remembered(org, users={"mona": org.id("mona")})
    org.rename("mona", "mona-lisa").member("mona")
    return org, memory


def test_a_login_that_changed_hands_freezes_both_and_nobody_else() -> None:
    org, memory = reused()
    org.seats("stray")
    found = plan(org, file(users=["mona", "lisa"]), memory)
    assert said(found) == ["delete user stray: undeclared"]
    assert stopped(found) == {"create user mona: declared": "identity"}
    assert decided(found, "mona-lisa") == "5b no-op held"
    assert told(found, "identity") == ["mona"]
    assert (Kind.USER, "mona") not in found.records.resolved


def test_teams_that_take_nothing_from_the_frozen_come_and_go() -> None:
    org, memory = reused()
    org.team("old").seats("wim", team="old").team("new", "mona", "nora")
    org.team("shared").seats("mona-lisa", "una", team="shared")
    found = plan(org, file(users=["mona", "lisa"], teams=["new"]), memory)
    assert said(found) == [
        "create team new: declared",
        "delete team old: undeclared",
        "delete team shared: undeclared",  # she has a direct seat as well
    ]


def test_a_persons_number_freezes_no_team_of_that_number() -> None:
    org = Org().member("ann", number=301).team("old", number=301).seats("wim", team="old")
    memory = remembered(org, users={"ann": 4711})
    found = plan(org.seats("lisa"), file(users=["ann", "lisa"]), memory)
    assert said(found) == ["delete team old: undeclared"]
    assert stopped(found) == {"create user ann: declared": "identity"}


def test_whom_a_vanished_team_claimed_is_frozen_when_its_slug_is_used_again() -> None:
    """Nobody can read its members any more: the ledger knows whom its line claimed."""
    org = Org().team("data", "dora").team("other").seats("dora", "nina", "stray", "lisa")
    memory = remembered(
        org,
        teams={"data": org.team_id("data")},
        claimants={"dora": [("team", "data")], "stray": [("team", "other")]},
    )
    org.delete_team("data").team("data", "nina", number=150)
    found = plan(org, file(users=["lisa"], teams=[each("data")]), memory)
    assert said(found) == ["delete user stray: undeclared"]
    assert stopped(found) == {"delete user dora: undeclared": "identity"}


def test_neither_is_deleted_while_frozen() -> None:
    org, memory = reused()
    org.seat("mona", active=IDLE)
    over = file(users=["lisa", user("mona", since="-90d"), "mona-lisa"], rules=[SIXTY])
    found = plan(org, over, memory)
    assert said(found) == []
    assert stopped(found) == {"delete user mona: idle": "identity"}


def test_the_right_id_beside_the_login_cures_it() -> None:
    org, memory = reused()
    pinned = user("mona", pin=org.id("mona"))
    found = plan(org, file(users=[pinned, "lisa"]), memory)
    assert said(found) == ["create user mona: declared", "delete user mona-lisa: undeclared"]
    pinned = user("mona", pin=org.id("mona-lisa"))
    found = plan(org, file(users=[pinned, "lisa"]))
    assert stopped(found) == {"create user mona: declared": "identity"}


def test_a_slug_that_changed_hands_freezes_both_teams_and_their_people() -> None:
    org = Org().team("web").seats("wim", team="web").seats("lisa").seats("nina", "stray")
    memory = remembered(org, teams={"web": org.team_id("web")})
    org.rename_team("web", "web-old").team("web", "nina", "nora")
    for entry in ("web", each("web"), team("web", until="-1d")):
        found = plan(org, file(users=["lisa"], teams=[entry]), memory)
        assert said(found) == ["delete user stray: undeclared"], entry
        assert set(stopped(found).values()) == {"identity"}


def test_a_slug_that_changed_hands_while_rows_still_name_the_old_team() -> None:
    """Team web was deleted and made anew: rows pending cancellation may name the old one."""
    org = Org().team("web", "wim").seat("wim", team="web", pending=True).seats("lisa", "stray")
    memory = remembered(org, teams={"web": org.team_id("web")})
    org.delete_team("web").team("web", "nina", number=150)
    found = plan(org, file(users=["lisa"], teams=["web"]), memory)
    assert said(found) == ["delete user stray: undeclared"]
    assert stopped(found) == {"create team web: declared": "identity"}
    assert told(found, "identity") == ["web"]


def test_without_memory_a_team_is_known_by_its_slug_of_today_not_by_old_rows() -> None:
    org = Org().team("web", "wim").seat("wim", team="web", pending=True).seats("lisa")
    org.delete_team("web").team("web", "nina", number=150)
    found = plan(org, file(users=["lisa"], teams=["web"]))
    assert said(found) == ["create team web: declared"]
    assert change(found, "web").id == 150
    assert loses(found, "web") == ["nina"]


def test_an_exempted_team_whose_slug_changed_hands_freezes_its_people_of_both_kinds() -> None:
    org = Org().team("on-call", "otto").seat("otto", active=IDLE).seat("zoe", active=IDLE)
    org.seat("nina", active=IDLE)
    memory = remembered(org, teams={"on-call": org.team_id("on-call")})
    org.rename_team("on-call", "night").team("on-call", "nina")
    written = file(users=["otto", "nina", "zoe"], rules=[SIXTY], exempt=[exempt(team="on-call")])
    found = plan(org, written, memory)
    assert said(found) == ["delete user zoe: idle"]
    assert not [one for one in said(found) if "otto" in one or "nina" in one]


def test_a_frozen_person_in_an_undeclared_team_stops_its_delete() -> None:
    org, memory = reused()
    org.team("old").seats("mona", "wim", team="old")
    found = plan(org, file(users=["mona", "lisa"]), memory)
    assert said(found) == []
    assert stopped(found) == {
        "create user mona: declared": "identity",
        "delete team old: undeclared": "identity",  # it waits for her create
    }
    found = plan(org, file(users=[user("mona", until="-1d"), "lisa"]), memory)
    assert said(found) == []
    assert stopped(found)["delete team old: undeclared"] == "identity"


def test_no_hold_begins_for_somebody_frozen() -> None:
    """Whose entry it is nobody knows: a hold under it would outlast the cure."""
    org, memory = reused()
    org.seat("mona", active=IDLE, pending=True)
    found = plan(org, file(users=["mona", "lisa"], rules=[SIXTY]), memory)
    assert decided(found, "mona") == "5d no-op on_hold"
    assert org.id("mona") not in found.records.held


def test_a_login_that_changed_hands_reinstates_nobody() -> None:
    org, _ = reused()
    known = {"mona": org.id("mona-lisa")}
    memory = remembered(org, users=known, holds={"mona": held(org, ("user", "mona"))})
    org.seat("mona", active=IDLE, pending=True)
    written = file(users=["mona", "lisa"], rules=[SIXTY], reinstate=[reinstate("mona", "-1d")])
    found = plan(org, written, memory)
    assert decided(found, "mona") == "4 no-op on_hold"
    assert (verdict(found, "mona"), verdict(found, "mona-lisa")) == ("idle", "active")


# --- the remembered id is gone -------------------------------------------------------------------


def test_a_person_who_is_gone_is_told_and_withholds_nothing() -> None:
    org = Org().seats("lisa", "stray").seat("zoe", active=IDLE)
    memory = remembered(org, users={"mona": 4711, "bert": 4712, "rita": 4713})
    written = file(
        users=["lisa", "mona", "zoe"],
        rules=[rule("lenient", idle="90d", users=["rita"]), SIXTY],
        exempt=[exempt("bert")],
    )
    found = plan(org, written, memory)
    assert said(found) == ["delete user stray: undeclared", "delete user zoe: idle"]
    assert sorted(told(found, "gone")) == ["bert", "mona", "rita"]
    assert fired(found) == set()


def test_a_team_that_is_gone_claims_exempts_and_scopes_nothing() -> None:
    org = Org().seats("stray", "lisa").seat("zoe", active=IDLE)
    memory = remembered(org, teams={"web": 140, "data": 141, "on-call": 142, "slow": 143})
    written = file(
        users=["lisa", "zoe"],
        teams=["web", each("data")],
        rules=[rule("lenient", idle="90d", teams=["slow"]), SIXTY],
        exempt=[exempt(team="on-call")],
    )
    found = plan(org, written, memory)
    assert said(found) == ["delete user stray: undeclared", "delete user zoe: idle"]
    assert sorted(told(found, "gone")) == ["data", "on-call", "slow", "web"]
    assert fired(found) == set()


def test_a_rule_whose_only_name_is_gone_governs_nobody_not_everybody() -> None:
    org = Org().seat("zoe", active=IDLE)
    memory = remembered(org, teams={"contractors": 140})
    strict = rule("contractors", idle="10d", teams=["contractors"])
    found = plan(org, file(users=["zoe"], rules=[strict]), memory)
    assert said(found) == []
    assert verdict(found, "zoe") == "ungoverned"


def test_rows_of_a_team_that_is_gone_make_it_no_team_again() -> None:
    org = Org().team("web", "wim").seat("wim", team="web", pending=True).seats("lisa")
    memory = remembered(org, teams={"web": org.team_id("web")})
    org.delete_team("web")
    found = plan(org, file(users=["lisa"], teams=["web"]), memory)
    assert said(found) == []
    assert told(found, "gone") == ["web"]
    assert fired(found) == set()


# --- read while something changed -----------------------------------------------------------------


def test_a_person_read_under_two_logins_is_one_person_whatever_came_first() -> None:
    """Renamed between two pages: both rows are hers, and the plan does not hang on their order."""
    org = Org().team("web").seats("mona", team="web").seats("lisa")
    before = org.rows[:]
    org.rename("mona", "mona-lisa").seats("mona-lisa")
    rows = [*before, org.rows[-1]]
    plans = []
    for order in (rows, rows[::-1]):
        org.rows = order
        plans.append(plan(org, file(users=["lisa", "mona", "mona-lisa"], undeclared="keep")))
    assert plans[0] == plans[1]
    assert len([one for one in plans[0].decisions if one.id == org.id("mona-lisa")]) == 1


def test_two_people_read_under_one_login_stay_two_whatever_came_first() -> None:
    """She was renamed, and somebody else took the login, between two pages."""
    org = Org().seats("mona")
    before = org.rows[:]
    org.rename("mona", "mona-lisa").seats("mona", "lisa")
    rows = [*before, *org.rows[-2:]]
    plans = []
    for order in (rows, rows[::-1]):
        org.rows = order
        plans.append(plan(org, file(users=["lisa", "mona"], undeclared="keep")))
    assert plans[0] == plans[1]
