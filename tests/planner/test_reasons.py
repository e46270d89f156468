"""The facts that the words of a decision have to hold; how they are put is not asked."""

from __future__ import annotations

import pytest

from .build import change, decision, each, exempt, file, plan, reinstate, rule, team, user
from .world import Org, held, remembered

SIXTY = rule("quarterly", idle="60d", unused="30d")


@pytest.mark.parametrize(
    ("facts", "words", "absent"),
    [
        ({"active": "-80d"}, ["idle for 80 days", "last active 2026-09-03", "quarterly"], "never"),
        ({"created": "-40d"}, ["never used", "40 days", "given 2026-10-13"], "active"),
        (
            {"created": "-70d", "active": "-80d"},
            ["idle for 70 days", "given 2026-09-13", "last active 2026-09-03"],
            "never",
        ),
        ({"created": "-200d"}, ["200 days", "no activity", "90 days"], "never used"),
    ],
)
def test_a_cancel_by_a_rule_names_evidence_clock_and_rule(
    facts: dict[str, str], words: list[str], absent: str
) -> None:
    org = Org().seat("mona", **facts)
    found = change(plan(org, file(users=["mona"], rules=[SIXTY]), remembered(org)), "mona")
    assert [word for word in words if word not in found.text] == []
    assert absent not in found.text
    assert found.rule == "quarterly"
    assert [mark.line for mark in found.provenance] == [2, 1]  # the rule, then the entry


def test_a_clock_that_was_restarted_is_told_with_the_day() -> None:
    org = Org().seat("mona", active="-89d")
    back = [reinstate("mona", "-70d")]
    found = plan(org, file(users=["mona"], rules=[SIXTY], reinstate=back), remembered(org))
    text = change(found, "mona").text
    assert "restarted 2026-09-14" in text
    assert "last active 2026-08-25" in text


def test_without_a_ledger_the_warned_are_told_that_nothing_is_taken_back() -> None:
    org = Org().seat("mona", active="-80d")
    found = plan(org, file(users=["mona"], rules=[rule(idle="30d>60d")]))
    assert "without a ledger" in decision(found, "mona").text
    assert found.records.warned == set()


def test_every_other_decision_names_its_fact() -> None:
    org = Org().team("web").seats("wim", team="web").team("old").seats("ole", team="old")
    org.team("data", "dora").seats("lisa", "stray", "over", "uwe").seats("wim")
    org.seat("pat", active="-1d", pending=True).outsider("guest").member("hanna", "newbie")
    written = file(
        users=[
            "lisa",
            "pat",
            "guest",
            "hanna",
            "uwe",
            user("newbie", since="+9d"),
            user("over", until="-2d"),
        ],
        teams=["web", each("data"), team("ghosts", until="-1d")],
        exempt=[exempt("lisa")],
        rules=[SIXTY],
    )
    memory = remembered(org, holds={"hanna": held(org, ("user", "hanna"), began="-12d")})
    found = plan(org, written, memory)
    words = {
        "lisa": "on leave",
        "pat": "2026-12-01",
        "guest": "not an active member",
        "hanna": "2026-11-10",
        "newbie": "not begun",
        "over": "2026-11-20",
        "wim": "web",
        "ole": "old",
        "dora": "data",
        "stray": "no line",
        "uwe": "2026-11-21",
    }
    assert [one for one, word in words.items() if word not in decision(found, one).text] == []
    assert all(one.text and not one.text.endswith(".") for one in found.decisions)
