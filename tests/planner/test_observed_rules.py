"""Rules that only observe: what they report is what they would do once they were enforced."""

from __future__ import annotations

import pytest

from .build import file, notice, plan, rule, told, verdict
from .world import Org, remembered


@pytest.mark.parametrize(("active", "reported"), [("-60d", []), ("-60d1s", ["mona"])])
@pytest.mark.parametrize("ledger", [True, False])
def test_a_rule_that_warns_is_reported_though_it_has_warned_nobody(
    active: str, reported: list[str], ledger: bool
) -> None:
    """Only a rule that governs warns: an observed one would else stay silent for ever."""
    org = Org().seat("mona", active=active)
    written = file(users=["mona"], rules=[rule("strict", idle="30d>60d", observe=True)])
    found = plan(org, written, remembered(org) if ledger else None)

    assert told(found, "observed") == reported
    assert told(found, "warn") == []
    assert verdict(found, "mona") == "observed"
    assert found.changes == ()


def test_an_observed_rule_that_warns_names_itself_beside_the_rule_that_governs() -> None:
    org = Org().seat("mona", active="-61d")
    rules = [
        rule("strict", idle="30d>60d", unused="7d>14d", observe=True),
        rule("lenient", idle="90d"),
    ]
    found = plan(org, file(users=["mona"], rules=rules), remembered(org))

    assert verdict(found, "mona") == "active"
    assert "strict" in notice(found, "observed").text
    assert "lenient" not in notice(found, "observed").text
