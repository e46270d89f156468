"""Holds: how they begin, what they keep from happening, and how they end (section 4)."""

from __future__ import annotations

import pytest

from reconciler.decide.names import FORGOTTEN
from reconciler.model.desired import Kind, SeatsFile
from reconciler.model.memory import Memory

from .build import decided, each, file, plan, reinstate, rule, said, team, user
from .github_model import EVERY_SWITCH, GitHub, Story, Switches
from .world import Org, held, line, remembered, when

IDLE, BUSY = "-80d", "-1d"
SIXTY = rule(idle="60d")


# --- how they begin -------------------------------------------------------------------------------


def test_a_hold_begins_with_the_delete_and_knows_evidence_and_claim_lines() -> None:
    org = Org().team("data", "mona").seat("mona", active=IDLE)
    written = file(users=["mona"], teams=[each("data")], everyone=True, rules=[SIXTY])
    found = plan(org, written, remembered(org))
    ((address, holds),) = found.records.holds_by_change.items()
    assert address == "copilot_seat_user.mona"
    (hold,) = holds.values()
    assert (hold.began, hold.evidence) == (org.now, when(IDLE))
    assert hold.claims == {
        line(org, "user", "mona"),
        line(org, "team", "data"),
        line(org, "members", ""),
    }
    assert found.records.held == {}


def test_no_hold_begins_for_an_unclaimed_seat_nor_for_one_that_is_undeclared_or_expired() -> None:
    org = Org().seat("zoe", active=IDLE).seats("over", "mona")
    written = file(users=["mona", user("over", until="-1d")], undeclared="keep", rules=[SIXTY])
    found = plan(org, written, remembered(org))
    assert said(found) == ["delete user over: expired", "delete user zoe: idle"]
    assert found.records.holds_by_change == {}


def test_a_seat_never_used_has_no_evidence() -> None:
    org = Org().seat("mona", created="-40d")
    found = plan(org, file(users=["mona"], rules=[rule(unused="30d")]), remembered(org))
    (holds,) = found.records.holds_by_change.values()
    assert [hold.evidence for hold in holds.values()] == [None]


def test_no_hold_begins_for_whoever_keeps_a_seat_through_a_claimed_team() -> None:
    """Her row names the team that goes; the claimed one that she is in as well stays hidden."""
    org = Org().team("data", "mona").seat("mona", team="data", active=IDLE)
    org.team("web", "mona").seats("wim", team="web")
    written = file(teams=[each("data"), "web"], rules=[SIXTY])
    found = plan(org, written, remembered(org))
    assert said(found) == ["delete team data: reassigned"]
    assert found.changes[0].people == ()
    assert found.records.holds_by_change == {}


def test_a_hold_begins_for_a_pending_seat_though_a_guard_blocks_other_deletes() -> None:
    """Guard `unknown_user` is about undeclared seats only."""
    org = Org().seat("mona", active=IDLE, pending=True)
    found = plan(org, file(users=["mona", "ghost"], rules=[SIXTY]), remembered(org))
    assert found.records.held.keys() == {org.id("mona")}


def test_what_a_look_records_of_claims_and_live_rows() -> None:
    org = Org().team("web").seats("wim", team="web").team("data", "dora", "mona").seats("dora")
    org.team("old", "pat").seat("pat", team="old", pending=True)
    written = file(
        users=["mona", user("dora", until="-1d"), user("pat", since="+1d")],
        teams=["web", each("data")],
    )
    records = plan(org, written, remembered(org, users={"former": 4711, "forgot": 0})).records
    data, mona, dora = line(org, "team", "data"), org.id("mona"), org.id("dora")
    assert records.claimants == {
        mona: {data, line(org, "user", "mona")},
        dora: {data},
    }
    assert records.live_teams == {org.team_id("web")}
    assert records.live_users == {org.id("wim"), dora, org.id("pulse")}
    assert records.resolved == {
        (Kind.USER, "mona"): mona,
        (Kind.USER, "dora"): dora,
        (Kind.USER, "pat"): org.id("pat"),
        (Kind.TEAM, "web"): org.team_id("web"),
        (Kind.TEAM, "data"): org.team_id("data"),
        (Kind.USER, "former"): FORGOTTEN,
    }


# --- how they end ---------------------------------------------------------------------------------


def gone(org: Org) -> SeatsFile:
    org.member("mona").seats("lisa")
    return file(users=["lisa", "mona"], rules=[SIXTY])


def on_hold(org: Org, began: str = "-10d") -> Memory:
    return remembered(org, holds={"mona": held(org, ("user", "mona"), began=began)})


@pytest.mark.parametrize(
    ("began", "on", "ends"),
    [
        ("-10d", "-10d", True),  # on that day
        ("-10d", "-11d", False),
        ("-10d", "+0d", True),
        ("-10d", "+1d", False),  # a day to come
        ("-0d", "+0d", True),
    ],
)
def test_reinstate_ends_holds_that_began_on_or_before_that_day(
    began: str, on: str, ends: bool
) -> None:
    org = Org().member("mona").seats("lisa")
    written = file(users=["lisa", "mona"], rules=[SIXTY], reinstate=[reinstate("Mona", on)])
    found = plan(org, written, on_hold(org, began))
    assert said(found) == (["create user mona: declared"] if ends else [])
    assert (org.id("mona") in found.records.released) == ends


def test_a_hold_ends_when_no_personal_claim_stands() -> None:
    for entry in ([], [user("mona", until="-1d")], [user("mona", since="+1d")]):
        org = Org().member("mona").seats("lisa")
        found = plan(org, file(users=["lisa", *entry], rules=[SIXTY]), on_hold(org))
        assert found.records.released == {org.id("mona")}


def test_a_hold_ends_when_a_claim_line_stands_that_did_not_when_it_began() -> None:
    org = Org().team("data", "mona").seats("lisa")
    written = file(users=["lisa", "mona"], teams=[each("data")], rules=[SIXTY])
    found = plan(org, written, on_hold(org))
    assert said(found) == ["create user mona: declared"]
    assert found.records.released == {org.id("mona")}


def test_a_hold_does_not_end_when_one_of_several_lines_goes() -> None:
    org = Org().team("data", "mona").seats("lisa")
    memory = remembered(org, holds={"mona": held(org, ("user", "mona"), ("team", "data"))})
    for written in (
        file(users=["lisa", "mona"], rules=[SIXTY]),
        file(users=["lisa"], teams=[each("data")], rules=[SIXTY]),
    ):
        found = plan(org, written, memory)
        assert decided(found, "mona") == "4 no-op on_hold"
        assert found.records.released == set()


def test_a_new_text_date_or_place_makes_no_new_line() -> None:
    org = Org()
    gone(org)
    written = file(users=[user("MONA", until="+200d"), "lisa"], rules=[SIXTY])
    assert decided(plan(org, written, on_hold(org)), "mona") == "4 no-op on_hold"


def test_a_team_claim_is_no_personal_claim() -> None:
    """`assign: members` becomes `assign: team`: the hold is over, the team gives the seat."""
    org = Org().team("data", "mona").seats("lisa")
    memory = remembered(org, holds={"mona": held(org, ("team", "data"))})
    found = plan(org, file(users=["lisa"], teams=[team("data")], rules=[SIXTY]), memory)
    assert said(found) == ["create team data: declared"]
    assert found.records.released == {org.id("mona")}


def test_a_hold_outlasts_its_rule() -> None:
    org = Org()
    gone(org)
    found = plan(org, file(users=["lisa", "mona"]), on_hold(org))
    assert decided(found, "mona") == "4 no-op on_hold"


# --- night by night -------------------------------------------------------------------------------


def idle_story(switches: Switches) -> Story:
    """Mona's last activity is 59 days ago, lisa works every day."""
    org = Org().member("mona", "lisa")
    github = GitHub(org, switches, others=list(org.rows))
    github.give("mona", when("-200d"), when("-59d"))
    github.give("lisa", when("-200d"))
    return Story(github, file(users=["lisa", "mona"], rules=[SIXTY]))


def nights(story: Story, count: int, *working: str) -> list[str]:
    """Return all that is done in *count* nights."""
    done = []
    for _ in range(count):
        story.github.others = [_fresh(story, row) for row in story.github.others]
        story.work("lisa", *working)
        done += said(story.night())
    return done


def _fresh(story: Story, row: object) -> object:
    return type(row)(row.account, row.created_at, row.team, None, story.org.now)  # type: ignore[attr-defined]


@pytest.mark.parametrize("switches", EVERY_SWITCH)
def test_an_idle_seat_goes_once_and_does_not_come_back(switches: Switches) -> None:
    story = idle_story(switches)
    assert nights(story, 100) == ["delete user mona: idle"]
    assert story.org.id("mona") not in story.github.seats


@pytest.mark.parametrize("switches", EVERY_SWITCH)
def test_whoever_returns_before_the_cycle_ends_gets_the_seat_back(switches: Switches) -> None:
    story = idle_story(switches)
    assert nights(story, 3) == ["delete user mona: idle"]
    assert nights(story, 40, "mona") == ["create user mona: returned"]


@pytest.mark.parametrize("switches", EVERY_SWITCH)
@pytest.mark.parametrize("wait", [0, 30])
def test_whoever_is_reinstated_while_pending_or_after_gets_a_seat_and_time_to_use_it(
    switches: Switches, wait: int
) -> None:
    story = idle_story(switches)
    nights(story, 3 + wait)
    day = story.org.now.date().isoformat()
    story.file = file(users=["lisa", "mona"], rules=[SIXTY], reinstate=[reinstate("mona", day)])
    reason = "renew" if wait == 0 else "declared"
    assert nights(story, 60) == [f"create user mona: {reason}"]
    (again,) = nights(story, 30)
    assert again.startswith("delete user mona: ")


@pytest.mark.parametrize("switches", EVERY_SWITCH)
def test_an_admin_gives_the_seat_back_and_the_clock_starts_anew(switches: Switches) -> None:
    story = idle_story(switches)
    nights(story, 30)
    story.github.give("mona", story.org.now)
    assert nights(story, 60) == []
    assert nights(story, 30) == ["delete user mona: unused"]


@pytest.mark.parametrize("switches", EVERY_SWITCH)
def test_a_team_entry_switched_both_ways_with_people_on_hold(switches: Switches) -> None:
    org = Org().member("lisa").team("data", "mona", "dora")
    github = GitHub(org, switches, others=list(org.rows))
    github.assign("data", when("-200d"))
    github.give("lisa", when("-200d"))
    direct = file(users=["lisa"], teams=[each("data")], rules=[SIXTY])
    through = file(users=["lisa"], teams=["data"], rules=[SIXTY])
    story = Story(github, through)
    github.seats[org.id("mona")].active = when("-70d")
    assert nights(story, 3, "dora") == []
    story.file = direct
    assert nights(story, 3, "dora") == [
        "create user dora: declared",
        "delete team data: reassigned",
    ]
    assert org.id("mona") in story.memory.holds  # type: ignore[union-attr]
    story.file = through
    # The hold is over: a team claim is no personal one, and the team gives to all its members.
    assert nights(story, 3, "dora") == ["create team data: renew"]
    assert org.id("mona") not in story.memory.holds  # type: ignore[union-attr]
    assert github.sources(org.id("mona"))
    story.file = direct
    # Our own create of two days ago started her clock anew. Where the one row names the team,
    # dora's direct seat can't be seen, so she is created too.
    done = nights(story, 3, "dora")
    assert set(done) - {"create user dora: declared"} == {
        "create user mona: declared",
        "delete team data: reassigned",
    }


@pytest.mark.parametrize("sent", ["-1h", "-24h", "-30h"])
def test_the_old_row_of_a_seat_that_was_taken_gives_nothing_back(sent: str) -> None:
    org = Org().seat("mona", active=IDLE)
    written = file(users=["mona"], rules=[SIXTY])
    (taken,) = plan(org, written, remembered(org)).changes
    holds = {"mona": held(org, ("user", "mona"), began=sent, evidence=IDLE)}
    memory = remembered(org, holds=holds, in_flight={taken.target: sent})
    assert plan(org, written, memory).records.released == frozenset()
    seen = remembered(org, holds=holds)
    assert plan(org, written, seen).records.released == {org.id("mona")}
