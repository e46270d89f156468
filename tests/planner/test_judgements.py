"""What a judgement holds, whole: verdict, words, clock, evidence, rule and when it is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.decide.inactivity import Judgement, Role
from reconciler.decide.state import Look
from reconciler.model.desired import Rule, Threshold
from reconciler.model.plan import Verdict

from .build import exempt, file, reinstate, rule
from .world import NOW, Org, remembered, span, when


def judged(
    org: Org, *rules: Rule, memory: Any = None, ledger: bool = True, **how: Any
) -> Judgement:
    """Return what the rules say of mona."""
    written = file(users=["mona"], rules=rules, **how)
    known = (memory or remembered(org)) if ledger else None
    return Look(written, org.look(written, known), known).judgements[org.id("mona")]


def of(found: Judgement) -> tuple[Rule, Threshold]:
    """Return the rule that governs, and its threshold for idle seats."""
    assert found.rule is not None
    assert found.rule.idle is not None
    return found.rule, found.rule.idle


@pytest.mark.parametrize("active", ["-5d", None])
def test_without_a_rule(active: str | None) -> None:
    org = Org().seat("mona", created="-50d", active=active)
    seen = None if active is None else when(active)
    clock = seen or when("-50d")
    assert judged(org) == Judgement(Verdict.UNGOVERNED, "no rule holds this person", clock, seen)
    spared = judged(org, rule(idle="30d"), exempt=[exempt("mona")])
    assert spared == Judgement(Verdict.EXEMPT, "exempt from every rule: on leave", clock, seen)


def test_only_watched() -> None:
    org = Org().seat("mona", active="-40d")
    watches = [rule("a", idle="30d", observe=True), rule("b", idle="60d", observe=True)]
    found = judged(org, *watches)
    text = "only watched: no enforced rule holds this person"
    assert found == Judgement(
        Verdict.OBSERVED, text, when("-40d"), when("-40d"), observed=found.observed
    )
    assert [one.name for one in found.observed] == ["a"]


def test_watched_and_governed() -> None:
    org = Org().seat("mona", active="-40d")
    found = judged(org, rule("a", idle="30d>35d", observe=True), rule("b", idle="90d"))
    governing, threshold = of(found)
    assert governing.name == "b"
    assert found == Judgement(
        Verdict.ACTIVE,
        "idle for 40 days (last active 2026-10-13)",
        when("-40d"),
        when("-40d"),
        governing,
        threshold,
        when("-40d") + timedelta(days=90),
        observed=found.observed,
    )
    assert [one.name for one in found.observed] == ["a"]
    plain = judged(org, rule("b", idle="90d"))
    assert plain.observed == ()


def test_a_watching_rule_about_unused_seats() -> None:
    org = Org().seat("mona", created="-40d")
    found = judged(org, rule("a", unused="20d>30d", observe=True), rule("b", idle="90d"))
    assert [one.name for one in found.observed] == ["a"]


def test_active() -> None:
    org = Org().seat("mona", active="-5d")
    found = judged(org, rule(idle="30d"))
    text = "idle for 5 days (last active 2026-11-17)"
    due = when("-5d") + timedelta(days=30)
    assert found == Judgement(Verdict.ACTIVE, text, when("-5d"), when("-5d"), *of(found), due)


def test_active_where_a_warning_comes_first() -> None:
    org = Org().seat("mona", active="-5d")
    found = judged(org, rule(idle="20d>30d"))
    assert found.due == when("-5d") + timedelta(days=30)
    assert found.verdict is Verdict.ACTIVE


def test_idle_and_unused() -> None:
    org = Org().seat("mona", active="-31d")
    found = judged(org, rule(idle="30d"))
    text = "idle for 31 days (last active 2026-10-22); rule 'everyone' allows 30 days"
    assert found == Judgement(Verdict.IDLE, text, when("-31d"), when("-31d"), *of(found), NOW)
    org = Org().seat("mona", created="-31d")
    found = judged(org, rule(idle="60d", unused="30d"))
    assert found.rule is not None
    text = "never used in 31 days (given 2026-10-22); rule 'everyone' allows 30 days"
    expected = (Verdict.UNUSED, text, when("-31d"), None, found.rule, found.rule.unused, NOW)
    assert found == Judgement(*expected)


def test_what_only_a_sign_in_shows() -> None:
    org = Org().seat("mona", created="-200d", signed_in="-3d")
    found = judged(org, rule(idle="30d"))
    text = "no activity on record, but a sign-in 3 days ago"
    assert found == Judgement(Verdict.UNKNOWN, text, when("-200d"), None, *of(found))


FORGOTTEN = "given over 90 days ago and without activity on record: GitHub forgets after 90 days"


@pytest.mark.parametrize(
    ("active", "verdict", "text"),
    [
        ("-40d", Verdict.ACTIVE, "was used, and rule 'everyone' is about unused seats only"),
        (
            None,
            Verdict.UNKNOWN,
            f"{FORGOTTEN}, and rule 'everyone' is about unused seats only",
        ),
    ],
)
def test_what_a_rule_about_unused_seats_can_not_judge(
    active: str | None, verdict: Verdict, text: str
) -> None:
    org = Org().seat("mona", created="-200d", active=active)
    found = judged(org, rule(unused="30d"))
    seen = None if active is None else when(active)
    assert found.rule is not None
    assert found == Judgement(verdict, text, seen or when("-200d"), seen, found.rule)


def test_warned() -> None:
    org = Org().seat("mona", active="-40d")
    warns = rule(idle="30d>60d")
    since = "idle for 40 days (last active 2026-10-13)"
    seen = when("-40d")
    found = judged(org, warns)
    text = f"{since}; to be taken back after 2026-12-22 by rule 'everyone'"
    due = NOW + timedelta(days=30)
    assert found == Judgement(
        Verdict.WARNED, text, seen, seen, *of(found), due, needs_warning=True, since=since
    )
    told = judged(org, warns, memory=remembered(org, warned={"mona": "-8d"}))
    text = f"{since}; to be taken back after 2026-12-14 by rule 'everyone'"
    due = when("-8d") + timedelta(days=30)
    assert told == Judgement(Verdict.WARNED, text, seen, seen, *of(told), due, since=since)
    alone = judged(org, warns, ledger=False)
    text = f"{since}; without a ledger nobody can be warned, so nothing is taken back"
    assert alone == Judgement(Verdict.WARNED, text, seen, seen, *of(alone), since=since)
    over = judged(
        Org().seat("mona", active="-61d"), warns, memory=remembered(org, warned={"mona": "-30d"})
    )
    assert over.verdict is Verdict.IDLE
    assert over.text == "idle for 61 days (last active 2026-09-22); rule 'everyone' allows 60 days"


# --- since when, in words -------------------------------------------------------------------------

RESTARTED = "clock restarted 2026-10-23"


@pytest.mark.parametrize(
    ("created", "active", "restart", "text"),
    [
        ("-40d", "-35d", None, "idle for 35 days (last active 2026-10-18)"),
        ("-40d", "-50d", None, "idle for 40 days (given 2026-10-13, last active 2026-10-03)"),
        ("-40d", None, None, "never used in 40 days (given 2026-10-13)"),
        ("-90d", None, None, "never used in 90 days (given 2026-08-24)"),
        (
            "-90d1s",
            None,
            None,
            "idle for 90 days (given 2026-08-24, no activity in GitHub's 90 days)",
        ),
        ("-50d", "-45d", "-30d", f"idle for 30 days ({RESTARTED}; last active 2026-10-08)"),
        ("-50d", None, "-30d", f"idle for 30 days ({RESTARTED}; never used)"),
        ("-99d", None, "-30d", f"idle for 30 days ({RESTARTED}; no activity in GitHub's 90 days)"),
    ],
)
def test_since_when(created: str, active: str | None, restart: str | None, text: str) -> None:
    org = Org().seat("mona", created=created, active=active)
    made = None if restart is None else remembered(org, created={"mona": restart})
    found = judged(org, rule(idle="100d", unused="100d"), memory=made)
    assert found.text == text


def test_an_exemption_starts_the_clock_at_the_moment_it_ends() -> None:
    org = Org(NOW.replace(hour=0)).seat("mona", active="-40d")
    found = judged(org, rule(idle="30d"), exempt=[exempt("mona", until="-1d")])
    assert found.clock == org.now
    assert found.verdict is Verdict.ACTIVE
    later = judged(org, rule(idle="30d"), exempt=[exempt("mona", until="-9d")])
    assert later.clock == org.now - span("8d")


def test_the_latest_restart_counts() -> None:
    org = Org().seat("mona", active="-40d")
    memory = remembered(org)
    back = [reinstate("mona", "-20d")]
    found = judged(
        org, rule(idle="30d"), memory=memory, reinstate=back, exempt=[exempt("mona", until="-9d")]
    )
    assert found.clock == NOW.replace(hour=0) - span("8d")
    other = judged(
        org,
        rule(idle="30d"),
        memory=memory,
        reinstate=[reinstate("mona", "-5d")],
        exempt=[exempt("mona", until="-9d")],
    )
    assert other.clock == NOW.replace(hour=0) - span("4d")


# --- what each rule is to somebody ----------------------------------------------------------------


def test_roles() -> None:
    org = Org().seat("mona", active="-5d").seat("moss", active="-5d")
    rules = (
        rule("others", idle="30d", users=["moss"]),
        rule("watch", idle="30d", observe=True),
        rule("first", idle="30d"),
        rule("later", idle="30d"),
        rule("last", idle="30d", observe=True),
    )
    written = file(users=["mona", "moss"], rules=rules)
    look = Look(written, org.look(written))
    roles = [(one.name, role) for one, role in look.policy.roles(org.id("mona"))]
    assert roles == [
        ("others", Role.OUT_OF_SCOPE),
        ("watch", Role.OBSERVES),
        ("first", Role.GOVERNS),
        ("later", Role.LATER),
        ("last", Role.LATER),
    ]
    considered = list(look.policy.considered(look.seats[org.id("mona")]))
    assert [one.name for one, _ in considered] == ["watch", "first"]
    assert {judgement.clock for _, judgement in considered} == {when("-5d")}
    assert {judgement.activity for _, judgement in considered} == {when("-5d")}
