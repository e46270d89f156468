"""Section 3 of the design: when a seat is idle, unused, unknown, warned, exempt or observed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from reconciler.model.memory import Target

from .build import (
    check,
    decided,
    decision,
    each,
    exempt,
    file,
    fired,
    notice,
    plan,
    reinstate,
    rule,
    said,
    team,
    told,
    user,
    verdict,
)
from .world import NOW, Org, held, remembered, when


def judged(org: Org, *, memory: bool = True, **written: object) -> str:
    """Return the verdict on mona, who has an entry."""
    found = file(users=["mona"], **written)  # type: ignore[arg-type]
    return verdict(plan(org, found, remembered(org) if memory else None), "mona")


# --- more than the threshold ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("active", "expected"),
    [("-29d", "active"), ("-30d", "active"), ("-30d1s", "idle"), ("-31d", "idle")],
)
def test_a_seat_is_idle_when_more_than_the_threshold_has_passed(active: str, expected: str) -> None:
    assert judged(Org().seat("mona", active=active), rules=[rule(idle="30d")]) == expected


@pytest.mark.parametrize(
    ("created", "expected"),
    [("-7d", "active"), ("-7d1s", "unused"), ("-89d", "unused"), ("-90d", "unused")],
)
def test_a_seat_never_active_is_unused_when_more_than_its_threshold_has_passed(
    created: str, expected: str
) -> None:
    org = Org().seat("mona", created=created)
    assert judged(org, rules=[rule(idle="90d", unused="7d")]) == expected


def test_thresholds_may_be_hours_and_weeks() -> None:
    assert judged(Org().seat("mona", active="-60h"), rules=[rule(idle="60h")]) == "active"
    assert judged(Org().seat("mona", active="-60h1s"), rules=[rule(idle="60h")]) == "idle"
    assert judged(Org().seat("mona", active="-6w1s"), rules=[rule(idle="6w")]) == "idle"


def test_offsets_are_judged_in_utc() -> None:
    """30 days before, written with an offset of -06:00: the same moment, so not more."""
    local = timezone(timedelta(hours=-6))
    at = when("-30d").astimezone(local)
    assert judged(Org().seat("mona", active=at), rules=[rule(idle="30d")]) == "active"
    early = at - timedelta(seconds=1)
    assert judged(Org().seat("mona", active=early), rules=[rule(idle="30d")]) == "idle"


# --- what starts the clock -----------------------------------------------------------------------


def test_granted_yesterday_with_old_activity_is_not_idle() -> None:
    org = Org().seat("mona", created="-1d", active="-80d")
    assert judged(org, rules=[rule(idle="30d")]) == "active"


@pytest.mark.parametrize(
    ("created", "expected"), [("-30d", "active"), ("-30d1s", "idle"), ("-60d", "idle")]
)
def test_the_clock_starts_with_the_grant_when_that_is_later(created: str, expected: str) -> None:
    org = Org().seat("mona", created=created, active="-80d")
    assert judged(org, rules=[rule(idle="30d")]) == expected


@pytest.mark.parametrize(("ours", "expected"), [("-30d", "active"), ("-30d1s", "idle")])
def test_our_own_last_create_starts_the_clock(ours: str, expected: str) -> None:
    """Renewing may leave `created_at` as it was."""
    org = Org().seat("mona", active="-80d")
    memory = remembered(org, created={"mona": ours})
    found = plan(org, file(users=["mona"], rules=[rule(idle="30d")]), memory)
    assert verdict(found, "mona") == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    # The reinstatement gives its whole day, in UTC; the look is on the 22nd at 08:00.
    [("+0d", "active"), ("-30d", "active"), ("-31d", "idle"), ("-60d", "idle")],
)
def test_a_reinstatement_starts_the_clock(on: str, expected: str) -> None:
    org = Org().seat("mona", active="-80d")
    rules = [rule(idle="30d")]
    assert judged(org, rules=rules, reinstate=[reinstate("mona", on)]) == expected


def test_a_reinstatement_for_a_day_to_come_does_nothing_and_is_told() -> None:
    org = Org().seat("mona", active="-80d", pending=True)
    memory = remembered(org, holds={"mona": held(org, ("user", "mona"))})
    written = file(users=["mona"], rules=[rule(idle="30d")], reinstate=[reinstate("mona", "+1d")])
    found = plan(org, written, memory)
    assert decided(found, "mona") == "4 no-op on_hold"
    assert verdict(found, "mona") == "idle"
    assert told(found, "reinstate_ahead") == ["mona"]


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("+0d", "exempt"),  # the last day is inclusive
        ("-1d", "active"),  # over since midnight: the clock begins anew
        ("-30d", "active"),  # over for 29 days and 8 hours
        ("-31d", "idle"),  # for 30 days and 8 hours
    ],
)
def test_the_end_of_an_exemption_that_stands_in_the_file_starts_the_clock(
    until: str, expected: str
) -> None:
    org = Org().seat("mona", active="-80d")
    assert judged(org, rules=[rule(idle="30d")], exempt=[exempt("mona", until=until)]) == expected


def test_the_end_of_a_teams_exemption_starts_the_clocks_of_its_members() -> None:
    org = Org().team("on-call", "mona").seat("mona", active="-80d")
    over = [exempt(team="on-call", until="-5d")]
    assert judged(org, rules=[rule(idle="30d")], exempt=over) == "active"


def test_of_several_restarts_the_latest_counts() -> None:
    org = Org().team("on-call", "mona").seat("mona", active="-80d")
    for days in (("-10d", "-50d"), ("-50d", "-10d")):
        written = {
            "reinstate": [reinstate("mona", days[0])],
            "exempt": [exempt(team="on-call", until=days[1]), exempt("mona", until="-60d")],
        }
        assert judged(org, rules=[rule(idle="30d")], **written) == "active"
        assert judged(org, rules=[rule(idle="9d")], **written) == "idle"


def test_the_latest_of_all_counts_over_all_rows() -> None:
    org = Org().team("a").team("b").seat("mona", team="a", created="-80d", active="-70d")
    org.seat("mona", team="b", created="-20d", pending=True).seat("mona", active="-75d")
    assert judged(org, rules=[rule(idle="30d")]) == "active"
    assert judged(org, rules=[rule(idle="20d")]) == "active"
    assert judged(org, rules=[rule(idle="19d")]) == "idle"


# --- GitHub forgets after 90 days ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("created", "kwargs", "expected"),
    [
        ("-90d", {"unused": "30d"}, "unused"),
        ("-90d1s", {"unused": "30d"}, "unknown"),  # null means "nothing for 90 days" now
        ("-90d1s", {"unused": "90d"}, "unknown"),
        ("-90d", {"idle": "60d", "unused": "30d"}, "unused"),
        ("-90d1s", {"idle": "60d", "unused": "30d"}, "idle"),
        ("-90d1s", {"idle": "90d", "unused": "30d"}, "idle"),
        ("-90d1s", {"idle": "60d"}, "idle"),
        ("-60d1s", {"idle": "60d"}, "unused"),  # `unused` left out: as idle
        ("-60d", {"idle": "60d"}, "active"),
    ],
)
def test_null_after_90_days(created: str, kwargs: dict[str, str], expected: str) -> None:
    org = Org().seat("mona", created=created)
    found = plan(org, file(users=["mona"], rules=[rule(**kwargs)]), remembered(org))  # type: ignore[arg-type]
    assert verdict(found, "mona") == expected
    assert said(found) == (
        [f"delete user mona: {expected}"] if expected in ("idle", "unused") else []
    )


def test_the_90_days_count_from_the_grant_not_from_the_clock() -> None:
    """An old seat with a recent reinstatement: null says as much as ever, nothing for 90 days."""
    org = Org().seat("mona", created="-200d")
    written = {"reinstate": [reinstate("mona", "-40d")]}
    assert judged(org, rules=[rule(idle="90d", unused="7d")], **written) == "active"
    assert judged(org, rules=[rule(idle="30d", unused="7d")], **written) == "idle"


def test_a_seat_that_was_used_is_no_matter_of_a_rule_about_unused_ones() -> None:
    assert judged(Org().seat("mona", active="-89d"), rules=[rule(unused="7d")]) == "active"


# --- signing in ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("created", "signed_in", "expected"),
    [
        ("-40d", "-29d", "unknown"),
        ("-40d", "-30d", "unknown"),  # within the threshold, to the second
        ("-40d", "-30d1s", "unused"),
        ("-120d", "-5d", "unknown"),
        ("-120d", "-60d", "idle"),
        ("-20d", "-5d", "active"),
    ],
)
def test_no_activity_but_a_sign_in_within_the_threshold_is_unknown_and_kept(
    created: str, signed_in: str, expected: str
) -> None:
    org = Org().seat("mona", created=created, signed_in=signed_in)
    assert judged(org, rules=[rule(idle="30d")]) == expected


def test_old_activity_is_no_better_for_a_sign_in() -> None:
    org = Org().seat("mona", active="-40d", signed_in="-1d")
    assert judged(org, rules=[rule(idle="30d")]) == "idle"


@pytest.mark.parametrize(
    ("signed_in", "expected"), [("-30d", "active"), ("-30d1s", "idle"), (None, "idle")]
)
def test_signing_in_counts_where_the_file_says_so(signed_in: str | None, expected: str) -> None:
    org = Org().seat("mona", active="-40d", signed_in=signed_in)
    assert judged(org, rules=[rule(idle="30d")], authentication_counts=True) == expected


def test_where_signing_in_counts_a_seat_only_signed_in_to_is_not_unused() -> None:
    org = Org().seat("mona", created="-80d", signed_in="-40d")
    rules = [rule(idle="60d", unused="7d")]
    assert judged(org, rules=rules, authentication_counts=True) == "active"
    assert judged(org, rules=[rule(idle="30d", unused="7d")], authentication_counts=True) == "idle"


# --- which rule governs --------------------------------------------------------------------------


def test_the_first_enforced_rule_whose_scope_holds_the_person_governs() -> None:
    org = Org().team("contractors", "carl", "mona").seat("carl", active="-20d")
    org.seat("mona", active="-20d").seat("zoe", active="-20d").seat("uwe", active="-20d")
    rules = [
        rule("mona", idle="90d", users=["mona"]),
        rule("contractors", idle="14d", teams=["contractors"], users=["uwe"]),
        rule("everyone", idle="60d"),
        rule("never", idle="10d", teams=["contractors"]),
    ]
    found = plan(org, file(users=["carl", "mona", "zoe", "uwe"], rules=rules), remembered(org))
    assert {one: decision(found, one).rule for one in ("carl", "mona", "zoe", "uwe")} == {
        "carl": "contractors",
        "mona": "mona",
        "zoe": "everyone",
        "uwe": "contractors",
    }
    assert said(found) == ["delete user carl: idle", "delete user uwe: idle"]


def test_a_rule_that_governs_and_cannot_judge_still_governs() -> None:
    org = Org().seat("mona", created="-120d")
    rules = [rule("new", unused="7d"), rule("strict", idle="10d")]
    assert judged(org, rules=rules) == "unknown"


def test_nobody_is_governed_by_rules_for_others() -> None:
    org = Org().seat("mona", active="-80d").seat("zoe", active="-80d")
    found = plan(
        org, file(users=["mona", "zoe"], rules=[rule(idle="30d", users=["zoe"])]), remembered(org)
    )
    assert verdict(found, "mona") == "ungoverned"
    assert said(found) == ["delete user zoe: idle"]


def test_observed_rules_are_reported_and_matching_goes_on() -> None:
    org = Org().seat("mona", active="-40d")
    rules = [rule("strict", idle="10d", observe=True), rule("lenient", idle="60d")]
    found = plan(org, file(users=["mona"], rules=rules), remembered(org))
    assert verdict(found, "mona") == "active"
    assert decision(found, "mona").rule == "lenient"
    assert "strict" in notice(found, "observed").text


def test_an_observed_rule_that_would_not_cancel_is_silent() -> None:
    org = Org().seat("mona", active="-5d")
    rules = [rule("strict", idle="10d", observe=True), rule("lenient", idle="60d")]
    found = plan(org, file(users=["mona"], rules=rules), remembered(org))
    assert told(found, "observed") == []


def test_an_observed_rule_says_what_it_would_do_once_it_had_warned() -> None:
    org = Org().seat("mona", active="-40d").seat("zoe", active="-20d")
    rules = [rule("strict", idle="10d>30d", observe=True)]
    for memory in (None, remembered(org)):
        found = plan(org, file(users=["mona", "zoe"], rules=rules), memory)
        assert told(found, "observed") == ["mona"]
        assert found.records.warned == set()


def test_a_rule_after_the_one_that_governs_is_not_asked() -> None:
    org = Org().seat("mona", active="-40d")
    rules = [rule("first", idle="60d"), rule("later", idle="10d", observe=True)]
    found = plan(org, file(users=["mona"], rules=rules), remembered(org))
    assert told(found, "observed") == []


def test_whoever_only_observed_rules_hold_is_kept() -> None:
    org = Org().seat("mona", active="-80d").seat("stray", active="-80d")
    rules = [rule("strict", idle="10d", observe=True)]
    found = plan(org, file(users=["mona"], undeclared="keep", rules=rules), remembered(org))
    assert said(found) == []
    assert (verdict(found, "mona"), verdict(found, "stray")) == ("observed", "observed")
    assert told(found, "observed") == ["mona", "stray"]


# --- exemptions ----------------------------------------------------------------------------------


def test_the_exempt_are_spared_by_every_rule_and_listed_in_every_plan() -> None:
    org = Org().team("on-call", "otto").seat("otto", active="-80d").seat("lisa", active="-80d")
    org.seats("busy")
    written = file(
        users=["otto", "lisa", "busy"],
        rules=[rule("strict", idle="2d", users=["lisa"]), rule(idle="30d")],
        exempt=[exempt("lisa", until="+10d"), exempt(team="on-call"), exempt("busy")],
    )
    found = plan(org, written, remembered(org))
    assert said(found) == []
    assert {verdict(found, one) for one in ("otto", "lisa", "busy")} == {"exempt"}
    assert told(found, "exempt") == ["busy", "lisa", "on-call"]


def test_an_exemption_that_is_over_is_told() -> None:
    org = Org().seat("mona", active="-80d")
    written = file(users=["mona"], exempt=[exempt("mona", until="-60d")], rules=[rule(idle="30d")])
    found = plan(org, written, remembered(org))
    assert said(found) == ["delete user mona: idle"]
    assert told(found, "exemption_over") == ["mona"]


def test_an_exemption_spares_whoever_is_claimed_through_anything() -> None:
    org = Org().team("data", "dora").seat("dora", active="-80d")
    written = file(teams=[each("data")], rules=[rule(idle="30d")], exempt=[exempt(team="data")])
    assert said(plan(org, written, remembered(org))) == []


# --- warnings ------------------------------------------------------------------------------------

WARNS = rule(idle="30d>60d", unused="20d")


def warned(
    active: str, warning: str | None, *, now: datetime = NOW, undeclared: str = "cancel"
) -> tuple[str, bool]:
    """Return the verdict on mona and whether a warning is to be recorded."""
    org = Org(now).seat("mona", active=active)
    memory = remembered(org, warned={} if warning is None else {"mona": warning})
    found = plan(org, file(users=["mona"], rules=[WARNS], undeclared=undeclared), memory)
    return verdict(found, "mona"), org.id("mona") in found.records.warned


@pytest.mark.parametrize(
    ("active", "warning", "expected"),
    [
        ("-30d", None, ("active", False)),
        ("-30d1s", None, ("warned", True)),
        ("-59d", "-20d", ("warned", False)),
        ("-60d", "-30d", ("warned", False)),  # not more than the threshold
        ("-60d1s", "-30d", ("idle", False)),  # the warning is cancel - warn old, to the second
        ("-60d1s", "-29d23h59m59s", ("warned", False)),
        ("-89d", "-1d", ("warned", False)),
        ("-89d", None, ("warned", True)),  # nobody is cancelled unwarned
        ("-60d1s", "-61d", ("warned", True)),  # made before the clock last started
        ("-60d1s", "-60d1s", ("idle", False)),  # made as it started
    ],
)
def test_a_cancel_needs_a_warning_old_enough_and_made_since_the_clock_started(
    active: str, warning: str | None, expected: tuple[str, bool]
) -> None:
    assert warned(active, warning) == expected


def test_the_first_warning_since_the_clock_started_counts() -> None:
    org = Org().seat("mona", active="-80d")
    memory = remembered(org)
    times = tuple(when(at) for at in ("-85d", "-40d", "-3d"))
    memory.warnings[org.id("mona")] = times  # type: ignore[index]
    found = plan(org, file(users=["mona"], rules=[WARNS]), memory)
    assert said(found) == ["delete user mona: idle"]


def test_activity_after_a_warning_makes_it_void() -> None:
    assert warned("-35d", "-50d") == ("warned", True)


def test_a_reinstatement_makes_a_warning_void_too() -> None:
    org = Org().seat("mona", active="-89d")
    memory = remembered(org, warned={"mona": "-65d"})
    written = file(users=["mona"], rules=[WARNS], reinstate=[reinstate("mona", "-62d")])
    found = plan(org, written, memory)
    assert verdict(found, "mona") == "warned"
    assert found.records.warned == {org.id("mona")}


def test_a_warning_is_a_line_in_the_plan_with_the_day_it_ends() -> None:
    org = Org().seat("mona", active="-40d")
    found = plan(org, file(users=["mona"], rules=[WARNS]), remembered(org))
    assert notice(found, "warn").subject == "mona"
    assert "2026-12-22" in notice(found, "warn").text  # 30 days from the warning, not 20
    memory = remembered(org, warned={"mona": "-1d"})
    found = plan(org, file(users=["mona"], rules=[WARNS]), memory)
    assert "2026-12-21" in notice(found, "warn").text
    memory = remembered(org, warned={"mona": "-15d"})
    found = plan(org, file(users=["mona"], rules=[WARNS]), memory)
    assert "2026-12-12" in notice(found, "warn").text  # the threshold is the later of the two
    assert found.summary.warn == 1


def test_without_a_ledger_a_rule_that_warns_never_cancels_and_the_plan_says_so() -> None:
    org = Org().seat("mona", active="-89d").seat("stray", active="-89d")
    found = plan(org, file(users=["mona"], undeclared="keep", rules=[WARNS]))
    assert said(found) == []
    assert (verdict(found, "mona"), verdict(found, "stray")) == ("warned", "warned")
    assert "2 seats" in notice(found, "needs_ledger").text
    assert told(found, "warn") == []


def test_each_threshold_has_its_own_warning_or_none() -> None:
    org = Org().seat("mona", created="-21d").seat("zoe", active="-80d")
    found = plan(org, file(users=["mona", "zoe"], rules=[WARNS]), remembered(org))
    assert said(found) == ["delete user mona: unused"]
    assert verdict(found, "zoe") == "warned"


def test_unused_left_out_is_as_idle_with_its_warning() -> None:
    org = Org().seat("mona", created="-70d")
    rules = [rule(idle="30d>60d")]
    assert judged(org, rules=rules) == "warned"
    memory = remembered(org, warned={"mona": "-30d"})
    found = plan(org, file(users=["mona"], rules=rules), memory)
    assert said(found) == ["delete user mona: unused"]


def test_warnings_are_recorded_for_all_and_told_where_a_rule_could_take_the_seat() -> None:
    """Not told: whom a team holds, whose undeclared seat goes anyway, what is pending."""
    org = Org().team("web").seats("wim", team="web", active="-40d").seat("stray", active="-40d")
    org.seat("pat", active="-40d", pending=True).seat("mona", active="-40d")
    written = file(users=["mona", "pat"], teams=["web"], rules=[WARNS])
    found = plan(org, written, remembered(org))
    assert found.records.warned == set(map(org.id, ("wim", "stray", "pat", "mona")))
    assert told(found, "warn") == ["mona"]
    org.team("old").seats("ole", team="old", active="-40d").seat("ulf", active="-40d")
    org.join("web", "ulf")  # claimed by an entry, and a member of a claimed team too
    written = file(users=["mona", "ulf"], teams=["web"], undeclared="keep", rules=[WARNS])
    found = plan(org, written, remembered(org))
    everybody = ("wim", "stray", "pat", "mona", "ole", "ulf")
    assert found.records.warned == set(map(org.id, everybody))
    assert told(found, "warn") == ["mona", "stray"]
    assert "taken back" not in decision(found, "ulf").text


def test_nobody_is_warned_whose_entry_has_not_begun() -> None:
    """No rule judges the seat until then, so that the notice period is counted from then on."""
    org = Org().team("ops", "tia").seat("mona", active="-40d").seat("tia", active="-40d")
    written = file(
        users=[user("mona", since="+2d")], teams=[team("ops", since="+2d")], rules=[WARNS]
    )
    found = plan(org, written, remembered(org))
    assert found.records.warned == set()
    assert (verdict(found, "mona"), verdict(found, "tia")) == ("ungoverned", "ungoverned")


@pytest.mark.parametrize("flying", [False, True])
def test_no_cancel_by_a_rule_is_announced_beside_a_delete_for_another_reason(flying: bool) -> None:
    org = Org().seats("lisa").seat("mona", active="-40d")
    written = file(users=["lisa", user("mona", until="-1d")], undeclared="keep", rules=[WARNS])
    sent = {Target("copilot_seat_user", "delete", org.id("mona")): "-1h"} if flying else {}
    found = plan(org, written, remembered(org, in_flight=sent))
    assert said(found) == ([] if flying else ["delete user mona: expired"])
    assert told(found, "warn") == []
    assert found.records.warned == {org.id("mona")}


# --- no rule at all ------------------------------------------------------------------------------


def test_without_the_section_no_seat_is_ever_taken_back_and_no_guard_asks_for_evidence() -> None:
    org = Org(pulse=False).seat("mona", created="-900d")
    found = plan(org, file(users=["mona"]))
    assert said(found) == []
    assert fired(found) == set()
    assert check(found, "evidence").status == "pass"


def test_everything_is_judged_at_one_moment() -> None:
    later = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    org = Org(later).seat("mona", active="-30d1s")
    assert judged(org, rules=[rule(idle="30d")]) == "idle"
