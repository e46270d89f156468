"""Decisions where one fact of the file, the rows or the ledger makes the difference."""

from __future__ import annotations

from .build import decided, file, plan, rule
from .world import Org, held, remembered

SIXTY = rule(idle="60d")


def test_without_rules_a_sign_in_is_no_activity_and_ends_no_hold() -> None:
    org = Org().seat("mona", active="-80d", signed_in="-1d", pending=True)
    known = remembered(org, holds={"mona": held(org, ("user", "mona"))})
    counting = file(users=["mona"], rules=[SIXTY], authentication_counts=True)
    assert decided(plan(org, counting, known), "mona") == "4 create returned"
    assert decided(plan(org, file(users=["mona"]), known), "mona") == "4 no-op on_hold"
