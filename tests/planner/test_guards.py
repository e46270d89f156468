"""Section 5 of the design: each guard fires, blocks its class and nothing else, and lets go."""

from __future__ import annotations

import pytest

from reconciler.model.observed import Account, Billing, Row
from reconciler.plan.reading import SeatList

from .build import (
    check,
    decided,
    decision,
    each,
    exempt,
    file,
    fired,
    plan,
    rule,
    said,
    stopped,
    team,
    told,
    user,
    verdict,
)
from .world import Org, crowd, held, remembered, when

IDLE = "-80d"
SIXTY = rule(idle="60d")
OPEN = {"max_cancellations": 10_000, "max_creations": 10_000, "guarded": True}


def one_of_each() -> tuple[Org, dict[str, object]]:
    """Return an organisation and a file that want every class of change at once."""
    org = Org().team("new", "nora").team("old").seats("wim", team="old").member("newbie")
    org.team("pilot").seats("pia", team="pilot").team("data").seats("dora", team="data")
    org.seats("lisa", "stray", "over").seat("zoe", active=IDLE).seat("una", created=IDLE)
    org.seat("rex", active="-1d", pending=True)
    written = {
        "users": ["lisa", "newbie", "zoe", "una", "rex", user("over", until="-1d")],
        "teams": ["new", each("data"), team("pilot", until="-1d")],
        "rules": [SIXTY],
    }
    return org, written


CREATES = [
    "create team new: declared",
    "create user dora: declared",
    "create user newbie: declared",
    "create user rex: renew",
]
BY_RULE = ["delete user una: unused", "delete user zoe: idle"]
UNDECLARED = ["delete team old: undeclared", "delete user stray: undeclared"]
OTHER_DELETES = [
    "delete team data: reassigned",
    "delete team pilot: expired",
    "delete user over: expired",
]
DELETES = sorted([*BY_RULE, *UNDECLARED, *OTHER_DELETES])
ALL = sorted([*CREATES, *DELETES])


def run(org: Org, written: dict[str, object], *, memory: bool = True) -> tuple[list[str], dict]:  # type: ignore[type-arg]
    found = plan(org, file(**written), remembered(org) if memory else None)  # type: ignore[arg-type]
    return sorted(said(found)), stopped(found)


def test_without_reason_no_guard_fires() -> None:
    org, written = one_of_each()
    assert run(org, written) == (ALL, {})
    found = plan(org, file(**written), remembered(org))  # type: ignore[arg-type]
    assert fired(found) == set()
    assert [one.guard for one in found.checks] == [
        "row_count",
        "seat_management",
        "empty",
        "unknown_team",
        "unknown_user",
        "unknown_name",
        "identity",
        "max_cancellations_per_cycle",
        "last_seat",
        "max_creations_per_cycle",
        "max_seats",
        "evidence",
        "memory",
    ]


# --- each guard and its class --------------------------------------------------------------------


def assert_blocks(found: tuple[list[str], dict[str, str]], guard: str, blocked: list[str]) -> None:
    kept, withheld = found
    assert withheld == dict.fromkeys(blocked, guard)
    assert kept == sorted(set(ALL) - set(blocked))


def two_readings(org: Org, first: int, second: int, total: int) -> None:
    """Let GitHub list only some rows, twice, of *total*."""
    rows = tuple(org.rows)
    org.readings = [SeatList(rows[:first], total), SeatList(rows[:second], total)]


def test_row_count_blocks_everything_when_two_readings_disagree_otherwise() -> None:
    org, written = one_of_each()
    lost = Row(Account(999, "lost"), when("-50d"), last_activity_at=when("-1d"))
    org.readings = [
        SeatList(tuple(org.rows), 40),
        SeatList((*org.rows, lost), 40),
    ]
    kept, withheld = run(org, written)
    assert kept == []
    assert withheld == dict.fromkeys([*ALL, "delete user lost: undeclared"], "row_count")


def test_row_count_blocks_deletes_only_when_they_disagree_twice_the_same() -> None:
    org, written = one_of_each()
    two_readings(org, len(org.rows), len(org.rows), 40)
    assert_blocks(run(org, written), "row_count", DELETES)


def test_row_count_lets_go_when_the_second_reading_agrees() -> None:
    org, written = one_of_each()
    two_readings(org, 3, len(org.rows), len(org.rows))
    assert run(org, written) == (ALL, {})


@pytest.mark.parametrize("setting", ["assign_all", "disabled", "unconfigured", "new", None])
def test_seat_management_blocks_everything(setting: str | None) -> None:
    org, written = one_of_each()
    org.billing = Billing(setting, "business", added_this_cycle=0)
    assert_blocks(run(org, written), "seat_management", ALL)


def test_empty_blocks_deletes() -> None:
    org = Org().seats("stray").seat("zoe", active=IDLE).team("old").seats("wim", team="old")
    org.seats("over")
    written: dict[str, object] = {"users": [user("over", until="-1d")], "rules": [SIXTY]}
    kept, withheld = run(org, written)
    assert kept == []
    assert set(withheld.values()) == {"empty"}
    assert len(withheld) == 4


@pytest.mark.parametrize(
    "claim",
    [
        {"users": ["lisa"]},
        {"users": [user("lisa", since="+0d")]},
        {"users": ["nobody-known"]},
        {"teams": ["web"]},
        {"teams": ["hollow"]},
        {"teams": [each("hollow")]},
        {"teams": [each("web", without=["wim"])]},
        {"teams": [each("web")]},
        {"everyone": True},
        {"undeclared": "keep"},
    ],
)
def test_empty_lets_go_when_an_entry_is_in_effect_or_undeclared_seats_are_kept(
    claim: dict[str, object],
) -> None:
    """Whatever became of its name, or of the people of its team."""
    org = Org().team("web", "wim").team("hollow").seats("lisa", "wim", "stray")
    found = plan(org, file(**claim))  # type: ignore[arg-type]
    assert "empty" not in fired(found)


@pytest.mark.parametrize(
    "claim",
    [
        {"users": [user("lisa", until="-1d")]},
        {"users": [user("lisa", since="+1d")]},
        {"teams": [team("web", since="+1d")]},
        {"teams": [each("web", since="+1d")]},
        {"teams": [team("web", until="-1d")]},
    ],
)
def test_empty_fires_when_no_entry_is_in_effect_today(claim: dict[str, object]) -> None:
    org = Org().team("web", "wim").team("hollow").seats("lisa", "wim", "stray")
    found = plan(org, file(**claim))  # type: ignore[arg-type]
    assert "empty" in fired(found)
    assert said(found) == []


def test_evidence_blocks_what_rules_delete() -> None:
    org, written = one_of_each()
    org.rows = [one for one in org.rows if one.account is None or one.account.login != "pulse"]
    org.now = when("+4d")
    assert_blocks(run(org, written), "evidence", BY_RULE)


def test_memory_blocks_what_rules_delete_of_the_claimed() -> None:
    org, written = one_of_each()
    assert_blocks(run(org, written, memory=False), "memory", BY_RULE)


def test_memory_does_not_block_what_rules_delete_of_the_unclaimed() -> None:
    org = Org().seat("zoe", active=IDLE).seat("mona", active=IDLE)
    written: dict[str, object] = {"users": ["mona"], "undeclared": "keep", "rules": [SIXTY]}
    assert run(org, written, memory=False) == (
        ["delete user zoe: idle"],
        {"delete user mona: idle": "memory"},
    )


def test_memory_is_not_asked_for_where_there_is_no_rule() -> None:
    org = Org().seats("mona")
    assert "memory" not in fired(plan(org, file(users=["mona"])))


def test_what_depends_on_a_withheld_change_is_withheld_too() -> None:
    """The team's delete waits for the create, the user's delete for the team's delete."""
    org = Org().team("old").seats("mona", "cleo", team="old").seats("cleo").seats("lisa")
    org.member("newbie")
    written: dict[str, object] = {"users": ["mona", "lisa", "newbie"]}
    assert run(org, written)[0] == [
        "create user mona: declared",
        "create user newbie: declared",
        "delete team old: undeclared",
        "delete user cleo: undeclared",
    ]
    found = plan(org, file(**written, guarded=True, max_creations=0, max_cancellations=9))  # type: ignore[arg-type]
    assert said(found) == []
    assert set(stopped(found).values()) == {"max_creations_per_cycle"}
    texts = {one.change.name: one.text for one in found.withheld}
    assert texts["old"] == "waits for copilot_seat_user.mona"
    assert texts["cleo"] == "waits for copilot_seat_team.old"


def test_the_rest_of_the_plan_stands() -> None:
    org, written = one_of_each()
    written["exempt"] = [exempt("liza")]
    assert_blocks(run(org, written), "unknown_name", BY_RULE)


# --- 5c and 5d while a guard blocks idle deletes -------------------------------------------------


@pytest.mark.parametrize(
    "guard", ["unknown_team", "unknown_name", "evidence", "memory", "row_count"]
)
def test_while_a_guard_blocks_idle_deletes_nobody_is_idle_where_a_team_goes(guard: str) -> None:
    org = Org(pulse=guard != "evidence").team("data").seats("dora", team="data", active=IDLE)
    org.seat("pat", active=IDLE, pending=True)
    entries: list[object] = [each("data")]
    if guard == "unknown_team":
        entries.append("wbe")
    if guard == "row_count":
        two_readings(org, len(org.rows), len(org.rows), 40)
    spared = [exempt("liza")] if guard == "unknown_name" else []
    written = file(users=["pat"], teams=entries, rules=[SIXTY], exempt=spared)  # type: ignore[arg-type]
    found = plan(org, written, None if guard == "memory" else remembered(org))
    assert guard in fired(found)
    assert "create user dora: declared" in said(found)
    assert decided(found, "pat") == "5d no-op on_hold"
    assert found.records.held == {}
    assert found.records.holds_by_change == {}


def test_unknown_user_and_the_counting_guards_do_not_change_who_is_idle() -> None:
    org = Org().team("data").seats("dora", team="data", active=IDLE).seats("lisa")
    entries = ["lisa", "mono"]
    written = file(users=entries, teams=[each("data")], rules=[SIXTY], guarded=True)
    found = plan(org, written, remembered(org))
    assert decided(found, "dora") == "5c no-op on_hold"


# --- row_count: how GitHub may count -------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "agrees"),
    [
        (6, True),  # rows
        (5, True),  # people and rows without assignee; or rows with assignee
        (4, True),  # people; or live rows without the row that is nobody's
        (3, True),  # live people, and nobody's row
        (2, True),  # live people
        (7, False),
        (1, False),
        (0, False),
    ],
)
def test_row_count_tries_rows_and_people_with_and_without_pending(total: int, agrees: bool) -> None:
    org = Org(pulse=False).team("a").team("b").seats("mona", team="a").seats("mona", team="b")
    org.seats("lisa").seat("pat", pending=True).seat("pim", pending=True)
    org.nobody()
    org.readings = [SeatList(tuple(org.rows), total)] * 2
    found = plan(org, file(users=["lisa", "mona"], undeclared="keep"))
    assert ("row_count" not in fired(found)) == agrees


def test_row_count_asks_the_settings_where_the_list_gives_no_number() -> None:
    org = Org().seats("mona", "stray")
    for total, kept in ((3, True), (9, False)):
        org.billing = Billing("assign_selected", total=total, added_this_cycle=0)
        org.readings = [SeatList(tuple(org.rows), None)] * 2
        assert bool(said(plan(org, file(users=["mona"])))) == kept


def test_row_count_is_unknown_without_any_number_and_then_nothing_is_deleted() -> None:
    org = Org().seats("mona", "stray").member("newbie")
    org.readings = [SeatList(tuple(org.rows), None)] * 2
    found = plan(org, file(users=["mona", "newbie"]))
    assert check(found, "row_count").status == "unknown"
    assert said(found) == ["create user newbie: declared"]
    assert stopped(found) == {"delete user stray: undeclared": "row_count"}


def test_rows_that_came_twice_need_the_whole_list() -> None:
    """Pages moved: three rows of which one came twice, of three people and four rows in all."""
    org = Org(pulse=False).seats("mona", "lisa", "zoe")
    for total, agrees in ((3, True), (4, False), (2, False)):
        org.readings = [SeatList(tuple(org.rows), total, repeated=1)] * 2
        found = plan(org, file(users=["mona", "lisa", "zoe"]))
        assert ("row_count" not in fired(found)) == agrees


# --- evidence: exact edges -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("newest", "age", "fires"),
    [
        ("-72h", "72h", False),
        ("-72h1s", "72h", True),
        ("-72h1s", "73h", False),
        (None, "72h", True),
    ],
)
def test_evidence_fires_when_the_newest_activity_is_older_than_allowed(
    newest: str | None, age: str, fires: bool
) -> None:
    org = Org(pulse=False).seat("mona", active=newest).seat("zoe", active=IDLE)
    written = file(users=["mona", "zoe"], rules=[SIXTY], max_activity_age=age)
    found = plan(org, written, remembered(org))
    assert ("evidence" in fired(found)) == fires
    assert (stopped(found).get("delete user zoe: idle") == "evidence") == fires


@pytest.mark.parametrize(
    ("month", "week", "fires"),
    [(20, 2, False), (20, 1, True), (19, 1, False), (30, 3, False), (30, 2, True), (31, 3, True)],
)
def test_evidence_fires_when_fewer_than_a_tenth_of_twenty_were_active_this_week(
    month: int, week: int, fires: bool
) -> None:
    org = Org(pulse=False).seat("zoe", active="-31d")
    for number, login in enumerate(crowd(month)):
        org.seat(login, active="-1d" if number < week else "-20d")
    found = plan(org, file(everyone=True, rules=[SIXTY]), remembered(org))
    assert ("evidence" in fired(found)) == fires


@pytest.mark.parametrize(("at", "fires"), [("-7d", False), ("-7d1s", True)])
def test_the_week_of_evidence_is_seven_days_to_the_second(at: str, fires: bool) -> None:
    org = Org(pulse=False)
    for number, login in enumerate(crowd(20)):
        org.seat(login, active=("-1d", at)[number] if number < 2 else "-20d")
    found = plan(org, file(everyone=True, rules=[SIXTY]), remembered(org))
    assert ("evidence" in fired(found)) == fires


@pytest.mark.parametrize(("at", "fires"), [("-30d", True), ("-30d1s", False)])
def test_the_month_of_evidence_is_thirty_days_to_the_second(at: str, fires: bool) -> None:
    org = Org(pulse=False)
    for number, login in enumerate(crowd(20)):
        org.seat(login, active="-1d" if number == 0 else at if number == 1 else "-20d")
    found = plan(org, file(everyone=True, rules=[SIXTY]), remembered(org))
    assert ("evidence" in fired(found)) == fires


@pytest.mark.parametrize("counts", [True, False])
def test_evidence_counts_no_sign_in_even_where_signing_in_counts(counts: bool) -> None:
    """One sign-in must not make a feed look fresh that stopped weeks ago."""
    org = Org(pulse=False).seat("mona", active="-80d", signed_in="-1d")
    org.seat("zoe", active=IDLE)
    written = file(users=["mona", "zoe"], rules=[SIXTY], authentication_counts=counts)
    found = plan(org, written, remembered(org))
    assert "evidence" in fired(found)
    assert said(found) == []


# --- evidence: activity in the future -------------------------------------------------------------


@pytest.mark.parametrize(
    ("newest", "fires"), [("+0s", False), ("+1h", False), ("+1h1s", True), ("+99d", True)]
)
def test_activity_more_than_an_hour_in_the_future_makes_no_feed_fresh(
    newest: str, fires: bool
) -> None:
    org = Org(pulse=False).seat("skew", active=newest).seat("zoe", active=IDLE)
    found = plan(org, file(users=["skew", "zoe"], rules=[SIXTY]), remembered(org))
    assert ("evidence" in fired(found)) == fires
    assert said(found) == ([] if fires else ["delete user zoe: idle"])
    assert verdict(found, "skew") == ("unknown" if fires else "active")
    assert told(found, "future_activity") == (["skew"] if fires else [])
    newest_known = found.observed.newest_activity_at
    assert newest_known == when(IDLE if fires else newest)


def test_activity_in_the_future_is_not_among_those_active_in_the_last_days() -> None:
    org = Org(pulse=False)
    for login in crowd(20):
        org.seat(login, active="-9d")
    for login in crowd(5, stem="skew"):
        org.seat(login, active="+3d")
    org.seat("zoe", active=IDLE).seat("mona", active="-1h")
    written = file(users=["zoe", "mona", *crowd(20), *crowd(5, stem="skew")], rules=[SIXTY])
    found = plan(org, written, remembered(org))
    assert stopped(found) == {"delete user zoe: idle": "evidence"}
    assert "21 people active in 30 days only 1" in check(found, "evidence").detail
    assert "5 times in the future not counted" in check(found, "evidence").detail


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"active": "+9d"}, "unknown"),  # neither active nor never used
        ({"active": "+9d", "created": "-70d"}, "unknown"),
        ({"active": "+9d", "created": "-10d"}, "active"),  # given ten days ago
        ({"active": "+9d", "signed_in": "-80d"}, "unknown"),
        ({"active": IDLE, "signed_in": "+9d", "counts": True}, "unknown"),
        ({"active": IDLE, "signed_in": "+9d"}, "idle"),
        ({"active": "-1d", "signed_in": "+9d", "counts": True}, "active"),
        ({"active": "+9d", "signed_in": "-1d", "counts": True}, "active"),
    ],
)
def test_a_time_in_the_future_proves_nothing_for_its_person(
    facts: dict[str, str], expected: str
) -> None:
    facts = dict(facts)
    counts = bool(facts.pop("counts", False))
    org = Org().seat("skew", **facts)  # type: ignore[arg-type]
    written = file(users=["skew"], rules=[SIXTY], authentication_counts=counts)
    found = plan(org, written, remembered(org))
    assert verdict(found, "skew") == expected
    assert said(found) == (["delete user skew: idle"] if expected == "idle" else [])


def test_a_rule_about_unused_seats_only_says_that_the_time_is_in_the_future() -> None:
    org = Org().seat("skew", active="+9d")
    found = plan(org, file(users=["skew"], rules=[rule(unused="30d")]), remembered(org))
    assert verdict(found, "skew") == "unknown"
    assert "in the future" in decision(found, "skew").text


def test_another_row_of_the_person_may_prove_what_the_one_in_the_future_does_not() -> None:
    for other, expected in (("-1d", "active"), (IDLE, "unknown")):
        org = Org().team("ent:all", number=901, enterprise=True)
        org.seat("skew", active="+9d").seat("skew", active=other, team="ent:all")
        found = plan(org, file(users=["skew"], rules=[SIXTY]), remembered(org))
        assert verdict(found, "skew") == expected


def test_activity_in_the_future_brings_nobody_on_hold_back() -> None:
    org = Org().seat("skew", active="+9d", pending=True).seats("lisa")
    memory = remembered(org, holds={"skew": held(org, ("user", "skew"))})
    found = plan(org, file(users=["skew", "lisa"], rules=[SIXTY]), memory)
    assert said(found) == []
    assert decision(found, "skew").reason == "on_hold"


def test_more_than_a_few_people_of_the_future_are_counted() -> None:
    org = Org()
    for login in crowd(23, stem="skew"):
        org.seat(login, active="+9d")
    found = plan(org, file(users=crowd(23, stem="skew"), rules=[SIXTY]), remembered(org))
    notices = [one for one in found.notices if one.kind == "future_activity"]
    assert len(notices) == 21
    assert notices[0].text == "the same holds for 3 more people"
