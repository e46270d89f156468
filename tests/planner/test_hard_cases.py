"""The cases that peers get wrong, each as a story.

Many end with a decision only; those in which time passes are lived through on a tiny GitHub.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from reconciler.model.observed import Row

from .build import (
    change,
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
from .github_model import EVERY_SWITCH, GitHub, Story, Switches
from .world import Org, crowd, held, remembered, when

STANDARD = rule(idle="60d", unused="30d")
IDLE, BUSY = "-80d", "-1d"


# --- rows -----------------------------------------------------------------------------------------


def test_seated_through_two_teams_of_which_one_goes() -> None:
    org = Org().team("web").team("old")
    org.seats("mona", team="web", active=IDLE).seats("mona", team="old", active=IDLE)
    found = plan(org, file(teams=["web"], rules=[STANDARD]), remembered(org))
    assert said(found) == ["delete team old: undeclared"]
    assert loses(found, "old") == []


def test_seated_through_two_teams_that_both_go() -> None:
    """She is one person and loses one seat, whichever delete comes first."""
    org = Org().team("web").team("old").seats("lisa")
    org.seats("mona", team="web").seats("mona", team="old")
    found = plan(org, file(users=["lisa"]))
    assert loses(found, "old") == loses(found, "web") == ["mona"]
    assert found.cost.before - found.cost.after == 19


def test_seated_through_two_teams_that_both_go_and_wanted() -> None:
    org = Org().team("web").team("old")
    org.seats("mona", team="web").seats("mona", team="old")
    found = plan(org, file(users=["mona"]))
    assert said(found) == [
        "create user mona: declared",
        "delete team old: undeclared",
        "delete team web: undeclared",
    ]
    assert change(found, "old").depends_on == change(found, "web").depends_on
    assert loses(found, "old") == loses(found, "web") == []


def test_a_direct_and_a_team_row_of_which_nothing_is_wanted() -> None:
    """The team first: a direct seat beside a team's can't be cancelled."""
    org = Org().team("old").seats("mona", team="old").seats("mona", "lisa")
    found = plan(org, file(users=["lisa"]))
    assert said(found) == ["delete team old: undeclared", "delete user mona: undeclared"]
    assert change(found, "mona").depends_on == ("copilot_seat_team.old",)


def test_a_seat_without_assignee_changes_nothing_and_is_counted() -> None:
    org = Org().nobody().seats("mona", "stray")
    found = plan(org, file(users=["mona"]))
    assert said(found) == ["delete user stray: undeclared"]
    assert found.summary.unmanageable == 2  # with the enterprise's


def test_an_enterprise_teams_seat_is_neither_taken_nor_doubled() -> None:
    org = Org().team("ent:all", "erin", number=901, enterprise=True)
    org.seat("erin", team="ent:all", active=IDLE).seats("mona")
    found = plan(org, file(users=["erin", "mona"], rules=[STANDARD]), remembered(org))
    assert said(found) == []


# --- evidence -------------------------------------------------------------------------------------


def test_granted_yesterday_with_old_activity() -> None:
    """Most tools cancel her: the activity of her former seat is 80 days old."""
    org = Org().seat("mona", created="-1d", active=IDLE)
    found = plan(org, file(users=["mona"], rules=[STANDARD]), remembered(org))
    assert (said(found), verdict(found, "mona")) == ([], "active")


def test_never_active_and_new() -> None:
    org = Org().seat("mona", created="-3d")
    found = plan(org, file(users=["mona"], rules=[STANDARD]), remembered(org))
    assert (said(found), verdict(found, "mona")) == ([], "active")


def test_null_after_githubs_90_days_is_no_longer_unused_but_idle() -> None:
    """Active until 90 days ago; then GitHub forgets. With `unused` alone nobody can tell."""
    org = Org().seat("mona", created="-400d")
    found = plan(org, file(users=["mona"], rules=[STANDARD]), remembered(org))
    assert said(found) == ["delete user mona: idle"]
    only = file(users=["mona"], rules=[rule(unused="30d")])
    found = plan(org, only, remembered(org))
    assert (said(found), verdict(found, "mona")) == ([], "unknown")


def test_a_warning_survives_the_day_on_which_github_forgets() -> None:
    """The clock falls back to the grant then, which is earlier: the warning is still after it."""
    org = Org().seat("mona", created="-400d")
    memory = remembered(org, warned={"mona": "-31d"})
    found = plan(org, file(users=["mona"], rules=[rule(idle="60d>90d")]), memory)
    assert said(found) == ["delete user mona: idle"]


@pytest.mark.parametrize(("active", "done"), [("-60d", []), ("-60d1s", ["delete user mona: idle"])])
def test_exactly_at_the_threshold_and_a_second_beside_it(active: str, done: list[str]) -> None:
    org = Org().seat("mona", active=active)
    assert said(plan(org, file(users=["mona"], rules=[STANDARD]), remembered(org))) == done


@pytest.mark.parametrize("hours", [-12, -6, 0, 5, 14])
def test_times_with_offsets_are_moments(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    for active, done in (("-60d", []), ("-60d1s", ["delete user mona: idle"])):
        org = Org().seat("mona", active=when(active).astimezone(zone))
        org.seat("lisa", active=when(BUSY).astimezone(zone))
        written = file(users=["mona", "lisa"], rules=[STANDARD])
        assert said(plan(org, written, remembered(org))) == done


def test_everyone_idle_at_once_is_a_frozen_feed_and_not_a_lazy_company() -> None:
    org = Org(pulse=False)
    for login in crowd(30):
        org.seat(login, active="-61d")
    found = plan(org, file(everyone=True, rules=[STANDARD]), remembered(org))
    assert said(found) == []
    assert set(stopped(found).values()) == {"evidence"}
    org = Org(pulse=False)
    for number, login in enumerate(crowd(60)):
        org.seat(login, active="-61d" if number < 30 else "-9d" if number < 58 else BUSY)
    found = plan(org, file(everyone=True, rules=[STANDARD], guarded=True), remembered(org))
    assert said(found) == []
    assert set(stopped(found).values()) == {"evidence"}


def test_activity_that_arrives_late() -> None:
    """GitHub's data lags by a day: she worked yesterday, and was cancelled on older evidence."""
    org = Org().seat("mona", active="-1d", pending=True)
    hold = held(org, ("user", "mona"), began="-12h", evidence="-61d")
    found = plan(org, file(users=["mona"], rules=[STANDARD]), remembered(org, holds={"mona": hold}))
    assert said(found) == ["create user mona: returned"]


# --- pending --------------------------------------------------------------------------------------


def test_pending_and_wanted() -> None:
    org = Org().seat("mona", active=BUSY, pending=True)
    assert said(plan(org, file(users=["mona"], rules=[STANDARD]), remembered(org))) == [
        "create user mona: renew"
    ]


@pytest.mark.parametrize("switches", EVERY_SWITCH)
def test_pending_and_idle_stays_cancelled_when_the_cycle_ends(switches: Switches) -> None:
    """An admin took an idle seat; the entry stands. Nobody works, and it must not come back."""
    org = Org().member("mona")
    github = GitHub(org, switches, others=list(org.rows))
    github.give("mona", when("-200d"), when(IDLE))
    github.direct.clear()
    github.pending[org.id("mona")] = None
    story = Story(github, file(users=["mona"], rules=[STANDARD], max_activity_age="9999h"))
    for _ in range(30):
        assert said(story.night()) == []
    assert org.id("mona") not in github.seats
    assert story.memory is not None
    assert org.id("mona") in story.memory.holds


# --- people ---------------------------------------------------------------------------------------


def test_renamed() -> None:
    org = Org().seats("mona")
    memory = remembered(org, users={"mona": org.id("mona")})
    org.rename("mona", "lisa")
    found = plan(org, file(users=["mona"]), memory)
    assert (said(found), told(found, "renamed")) == ([], ["mona"])


def test_renamed_and_no_ledger_knows_it() -> None:
    """To the file she is gone, and a stranger has her seat: that is no reason to take it."""
    org = Org().seats("mona", "lisa").rename("mona", "mona-lisa")
    found = plan(org, file(users=["mona", "lisa"]))
    assert said(found) == []
    assert stopped(found) == {"delete user mona-lisa: undeclared": "unknown_user"}


def test_a_login_used_again_by_someone_else() -> None:
    org = Org().seats("mona", "lisa")
    memory = remembered(org, users={"mona": org.id("mona")})
    org.rename("mona", "mona-lisa").member("mona")
    found = plan(org, file(users=["mona", "lisa"]), memory)
    assert said(found) == []
    assert fired(found) == {"identity"}


def test_an_outside_collaborator_with_a_seat() -> None:
    org = Org().outsider("guest").seats("guest", "mona")
    assert said(plan(org, file(users=["guest", "mona"]))) == []
    assert said(plan(org, file(users=["mona"]))) == ["delete user guest: undeclared"]
    assert said(plan(org, file(everyone=True))) == ["delete user guest: undeclared"]


def test_somebody_who_left_the_organisation() -> None:
    """The row stays until the cycle ends. A claim keeps it, and never creates another."""
    org = Org().seats("mona", "lisa").left("mona")
    assert said(plan(org, file(users=["mona", "lisa"]))) == []
    org.rows = [row for row in org.rows if row.account is None or row.account.login != "mona"]
    found = plan(org, file(users=["mona", "lisa"]))
    assert (said(found), told(found, "not_a_member")) == ([], ["mona"])


def test_a_suspended_managed_user() -> None:
    """The login becomes a hash: the same id, no active member any more."""
    org = Org().seats("mona_acme", "lisa_acme")
    memory = remembered(org, users={"mona_acme": org.id("mona_acme")})
    org.rename("mona_acme", "4f2ac1d09_acme").left("4f2ac1d09_acme")
    found = plan(org, file(users=["mona_acme", "lisa_acme"]), memory)
    assert said(found) == []
    assert fired(found) == set()
    assert told(found, "renamed") == ["mona_acme"]


# --- teams ----------------------------------------------------------------------------------------


def test_a_team_renamed() -> None:
    org = Org().team("web").seats("wim", team="web")
    memory = remembered(org, teams={"web": org.team_id("web")})
    org.rename_team("web", "core")
    assert said(plan(org, file(teams=["web"]), memory)) == []


def test_a_team_renamed_and_no_ledger_knows_it() -> None:
    org = Org().team("web").seats("wim", team="web").seats("lisa").rename_team("web", "core")
    found = plan(org, file(teams=["web"], users=["lisa"]))
    assert said(found) == []
    assert stopped(found) == {"delete team core: undeclared": "unknown_team"}


def test_a_slug_used_again_by_another_team() -> None:
    org = Org().team("web").seats("wim", team="web").seats("lisa")
    memory = remembered(org, teams={"web": org.team_id("web")})
    org.rename_team("web", "core").team("web", "nina")
    found = plan(org, file(teams=["web"], users=["lisa"]), memory)
    assert said(found) == []
    assert stopped(found) == {"create team web: declared": "identity"}


def test_a_team_emptied_by_a_slip_of_its_directory() -> None:
    """With `assign: members` all its people are undeclared at once: too many for one plan."""
    org = Org(pulse=False).seats(*crowd(20, stem="dora"), "lisa").team("data")
    found = plan(org, file(users=["lisa"], teams=[each("data")], guarded=True))
    assert said(found) == []
    assert set(stopped(found).values()) == {"max_cancellations_per_cycle"}
    assert decided(found, "data") == "7 no-op kept"


def test_a_claimed_team_emptied() -> None:
    org = Org().team("web").seats("lisa")
    for row in (True, False):
        if row:
            org.seat("wim", team="web", pending=True)
        found = plan(org, file(users=["lisa"], teams=["web"]))
        assert said(found) == []
        assert told(found, "empty_team") == ["web"]


def test_nested_teams() -> None:
    """GitHub counts the members of child teams as the parent's: the parent's claim covers them."""
    org = Org().team("eng", "ed", "wim").team("eng-web").seats("wim", team="eng-web")
    org.seats("ed", team="eng")
    found = plan(org, file(teams=["eng"]))
    assert said(found) == ["delete team eng-web: undeclared"]
    assert loses(found, "eng-web") == []
    found = plan(org, file(teams=["eng-web"]))
    assert said(found) == ["delete team eng: undeclared"]
    assert loses(found, "eng") == ["ed"]


def test_an_identity_providers_team() -> None:
    """Nobody can be taken out of it by us: an idle member keeps the seat, and it is told."""
    org = Org().team("idp").seats("mona", team="idp", active=IDLE).seats("nils", team="idp")
    found = plan(org, file(teams=["idp"], rules=[STANDARD]), remembered(org))
    assert said(found) == []
    assert told(found, "held_by_team") == ["mona"]


def test_an_exempted_team_that_was_renamed() -> None:
    org = Org().team("on-call", "otto").seat("otto", active=IDLE)
    memory = remembered(org, teams={"on-call": org.team_id("on-call")})
    org.rename_team("on-call", "night-watch")
    written = file(users=["otto"], rules=[STANDARD], exempt=[exempt(team="on-call")])
    assert said(plan(org, written, memory)) == []
    found = plan(org, written, remembered(org))
    assert stopped(found) == {"delete user otto: idle": "unknown_name"}


@pytest.mark.parametrize("memory", [True, False])
def test_cover_that_goes(memory: bool) -> None:
    """Team `web` was never assigned: its people sit there through `all`, which goes now."""
    org = Org().team("all").seats("wim", "una", team="all").team("web", "wim", "una")
    found = plan(org, file(teams=["web"]), remembered(org) if memory else None)
    assert said(found) == ["create team web: declared", "delete team all: undeclared"]
    assert change(found, "all").depends_on == ("copilot_seat_team.web",)


@pytest.mark.parametrize("switches", EVERY_SWITCH)
def test_cover_that_goes_leaves_everybody_seated(switches: Switches) -> None:
    org = Org().team("all", "wim", "una", "ole").team("web", "wim", "una")
    github = GitHub(org, switches, others=list(org.rows))
    github.assign("all", when("-100d"), when(BUSY))
    for memory in (True, False):
        story = Story(github, file(teams=["web"]))
        if not memory:
            story.memory = None
        story.apply(story.look())
        assert github.live() == {org.id("wim"), org.id("una")}
        assert said(story.look()) == []


# --- time -----------------------------------------------------------------------------------------


def test_an_expired_claim() -> None:
    org = Org().seats("mona", "lisa")
    for until, done in (("+0d", []), ("-1d", ["delete user mona: expired"])):
        found = plan(org, file(users=["lisa", user("mona", until=until)]))
        assert said(found) == done


def test_an_expired_exemption_and_a_leave_that_ends() -> None:
    """Back from leave she has the whole threshold before her, not none of it."""
    org = Org().seat("mona", active=IDLE)
    for until, expected in (("+0d", "exempt"), ("-1d", "active"), ("-61d", "idle")):
        written = file(users=["mona"], rules=[STANDARD], exempt=[exempt("mona", until=until)])
        found = plan(org, written, remembered(org))
        assert verdict(found, "mona") == expected


@pytest.mark.parametrize("switches", EVERY_SWITCH)
def test_an_entry_switched_from_team_to_members_keeps_who_works(switches: Switches) -> None:
    org = Org().team("data", "dora", "mona")
    github = GitHub(org, switches, others=list(org.rows))
    github.assign("data", when("-200d"), when(BUSY))
    github.seats[org.id("mona")].active = when(IDLE)
    story = Story(github, file(teams=[each("data")], rules=[STANDARD]))
    first = story.look()
    story.apply(first)
    assert said(first) == ["create user dora: declared", "delete team data: reassigned"]
    assert loses(first, "data") == ["mona"]
    assert said(story.look()) == []
    assert github.live() == {org.id("dora")}


@pytest.mark.parametrize("switches", EVERY_SWITCH)
def test_an_entry_switched_from_members_to_team_takes_nothing(switches: Switches) -> None:
    org = Org().team("data", "dora", "mona")
    github = GitHub(org, switches, others=list(org.rows))
    github.give("dora", when("-200d"), when(BUSY))
    github.give("mona", when("-200d"), when(IDLE))
    story = Story(github, file(teams=["data"], rules=[STANDARD]))
    first = story.look()
    story.apply(first)
    assert said(first) == ["create team data: declared"]
    assert said(story.look()) == []
    assert github.live() == {org.id("dora"), org.id("mona")}


def test_returned_before_the_cycle_ends_through_a_team_that_goes() -> None:
    """She was taken back, a team was given to her meanwhile, and that team goes again."""
    org = Org().team("pilot").seats("mona", team="pilot")
    memory = remembered(org, holds={"mona": held(org, ("user", "mona"))})
    written = file(users=["mona"], teams=[team("pilot", until="-1d")], rules=[STANDARD])
    found = plan(org, written, memory)
    assert said(found) == ["create user mona: returned", "delete team pilot: expired"]
    assert loses(found, "pilot") == []


def test_reinstated_while_pending_and_after() -> None:
    for pending in (True, False):
        org = Org().member("mona")
        if pending:
            org.seat("mona", active=IDLE, pending=True)
        memory = remembered(org, holds={"mona": held(org, ("user", "mona"))})
        back = [reinstate("mona", "+0d")]
        found = plan(org, file(users=["mona"], rules=[STANDARD], reinstate=back), memory)
        assert said(found) == [f"create user mona: {'renew' if pending else 'declared'}"]


def test_given_back_by_an_admin() -> None:
    """A live direct row is the stronger word: the hold is over, and the clock began with it."""
    org = Org().seat("mona", created="-1d", active=IDLE)
    memory = remembered(org, holds={"mona": held(org, ("user", "mona"))})
    found = plan(org, file(users=["mona"], rules=[STANDARD]), memory)
    assert (said(found), decided(found, "mona")) == ([], "5b no-op held")
    assert found.records.released == {org.id("mona")}


# --- 400 nights -----------------------------------------------------------------------------------


def company(switches: Switches) -> Story:
    """Return an organisation with one of everything, in which nobody will do anything."""
    org = Org().team("web", "wim", "una", "mona").team("data", "dora", "dirk", "mona")
    org.team("old", "ole", "dirk").team("hollow").member("newbie", "lisa", "zoe", "rex")
    org.outsider("guest").outsider("ines", invited=True)
    github = GitHub(org, switches, others=list(org.rows))
    github.assign("old", when("-300d"), when("-10d"))
    github.assign("data", when("-300d"), when("-20d"))
    github.seats[org.id("dirk")].active = when(IDLE)
    for login, active in (("lisa", "-1d"), ("zoe", IDLE), ("guest", "-40d"), ("stray", "-2d")):
        org.account(login)
        github.give(login, when("-250d"), when(active))
    github.give("una", when("-3d"))
    github.give("rex", when("-100d"), when("-3d"))
    github.direct.discard(org.id("rex"))
    github.pending[org.id("rex")] = None
    written = file(
        users=["lisa", "zoe", "newbie", "guest", "ines", "mona", "rex"],
        teams=["web", each("data"), "hollow"],
        rules=[rule("warned", idle="30d>60d", users=["lisa", "rex"]), STANDARD],
        exempt=[exempt("newbie")],
    )
    return Story(github, written)


def fresh(story: Story) -> None:
    """Keep the feed fresh, as the enterprise's people do."""
    pulse: list[Row] = story.github.others
    story.github.others = [replace(row, last_activity_at=story.org.now) for row in pulse]


@pytest.mark.parametrize("switches", EVERY_SWITCH)
def test_400_nights_in_which_nobody_acts(switches: Switches) -> None:
    story = company(switches)
    cancelled: set[int] = set()
    done = []
    for _ in range(400):
        fresh(story)
        found = story.night()
        done.append(said(found))
        for one in found.changes:
            if one.action == "create":
                assert not cancelled & one.person_ids, said(found)
            else:
                cancelled |= one.person_ids
    assert cancelled
    assert not any(done[130:]), "by then everybody is idle, or exempt, or a team's"


@pytest.mark.parametrize("switches", EVERY_SWITCH)
def test_the_first_nights_do_what_the_file_says_and_no_more(switches: Switches) -> None:
    story = company(switches)
    fresh(story)
    first = said(story.night())
    assert {"create team web: declared", "create user newbie: declared"} <= set(first)
    assert {"delete team old: undeclared", "delete team data: reassigned"} <= set(first)
    assert "create user rex: renew" in first
    assert "delete user stray: undeclared" in first
    assert not [one for one in first if "guest" in one or "ines" in one]
    fresh(story)
    assert said(story.night()) == []
