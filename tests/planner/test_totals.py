"""A plan's totals: what was read, what is done and not done, what it costs, what it was made of."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from reconciler.model.desired import Prices
from reconciler.model.observed import Billing
from reconciler.model.plan import CEILING, Change, Cost, ObservedSummary, Plan, Summary, Withheld
from reconciler.plan.planner import make_plan

from .build import check, file, override, plan, rule, said, stopped
from .world import ACME, NOW, Org, crowd, remembered, when


def busy() -> Org:
    """Return an organisation in which one of each kind happens."""
    org = Org().seats("mona", "moss", "stray-1", "stray-2").member("newbie")
    org.seat("warned", active="-40d").seat("pat", active="-1d", pending=True)
    return org.nobody()


# --- what is done and not done --------------------------------------------------------------------


def test_the_summary_counts_changes_and_people() -> None:
    org = busy()
    written = file(users=["mona", "moss", "newbie", "warned"], rules=[rule(idle="30d>60d")])
    found = plan(org, written, remembered(org))
    assert said(found) == [
        "create user newbie: declared",
        "delete user stray-1: undeclared",
        "delete user stray-2: undeclared",
    ]
    # pulse, mona, moss, warned and pat, and the row of nobody
    assert found.summary == Summary(1, 2, 6, withheld=0, warn=1, unmanageable=2)


def test_the_summary_counts_what_is_withheld() -> None:
    found = plan(busy(), file(users=["mona", "moss", "newbie", "warned", "nobody-has-it"]))
    assert stopped(found) == {
        "delete user stray-1: undeclared": "unknown_user",
        "delete user stray-2: undeclared": "unknown_user",
    }
    assert found.summary == Summary(1, 0, 6, withheld=2, warn=0, unmanageable=2)


# --- what was read --------------------------------------------------------------------------------


def test_what_was_read_is_told_in_numbers() -> None:
    org = busy()
    found = plan(org, file(users=["mona"])).observed
    seats = 8  # seven people and the row of nobody
    assert replace(found, sha256="") == ObservedSummary(seats, 1, when("-1h"), "")
    org.rows.reverse()
    assert plan(org, file(users=["mona"])).observed == found
    org.seats("more")
    assert plan(org, file(users=["mona"])).observed.sha256 != found.sha256


def test_nothing_read_has_no_newest_activity() -> None:
    assert plan(Org(pulse=False), file()).observed.newest_activity_at is None


# --- what it costs --------------------------------------------------------------------------------


def costing(found: Plan) -> tuple[int, int]:
    return int(found.cost.before), int(found.cost.after)


@pytest.mark.parametrize(
    ("seat", "organisation", "price"),
    [
        ("business", "enterprise", 19),
        ("enterprise", "business", 39),
        (None, "enterprise", 39),
        (None, "business", 19),
        (None, None, 19),
        ("unknown", "enterprise", 39),
        ("unknown", "business", 19),
    ],
)
def test_a_seat_costs_what_its_row_or_else_the_organisation_s_plan_costs(
    seat: str | None, organisation: str | None, price: int
) -> None:
    org = Org().seat("mona", active="-1d", plan=seat)
    org.billing = Billing("assign_selected", organisation, added_this_cycle=0)
    assert costing(plan(org, file(users=["mona"]))) == (price, price)
    assert costing(plan(org, file(users=["lisa"], undeclared="keep"))) == (price, price)


def test_who_gains_a_seat_pays_the_organisation_s_plan_and_who_loses_one_nothing_more() -> None:
    org = Org().seat("mona", active="-1d", plan="enterprise").seat("stray", plan="business")
    org.seat("pat", active="-1d", pending=True).member("newbie")
    found = plan(org, file(users=["mona", "newbie"]))
    assert costing(found) == (39 + 19, 39 + 19)  # stray goes, newbie comes; pat is not live
    prices = Prices(Decimal("21.50"), Decimal(40), "EUR")
    found = plan(org, replace(file(users=["mona"]), prices=prices))
    assert found.cost == Cost(Decimal("61.50"), Decimal(40), "EUR")


# --- what it was made of --------------------------------------------------------------------------


def test_a_plan_says_what_it_was_made_of() -> None:
    org = Org().seats("mona")
    found = plan(org, file(users=["mona"]), remembered(org))
    assert (found.organization, found.made_at) == (ACME, NOW)
    assert (found.path, found.config_sha256, found.ledger_head) == ("seats.yml", "0" * 64, "abc")
    assert plan(org, file(users=["mona"])).ledger_head is None


# --- the ceiling ----------------------------------------------------------------------------------


def test_what_is_not_allowed_is_withheld_under_the_ceiling_before_any_guard_counts() -> None:
    org = Org().seats("mona", *crowd(3, stem="stray"))
    written = file(users=["mona"], guarded=True, overrides=[override("last_seat")])

    def allowed(change: Change) -> bool:
        return change.name == "stray-001"

    found = make_plan(written, org.look(written), allowed=allowed)
    assert said(found) == ["delete user stray-001: undeclared"]  # one of at most one
    (two, three) = found.withheld
    assert [two.change.name, three.change.name] == ["stray-002", "stray-003"]
    assert two == Withheld(CEILING, two.change, "not in the reviewed plan")


# --- why it is withheld ---------------------------------------------------------------------------


def test_what_a_guard_withholds_says_what_the_guard_says() -> None:
    org = Org().seats("mona", "stray")
    org.billing = Billing("assign_all", added_this_cycle=0)
    found = plan(org, file(users=["mona"]))
    (one,) = found.withheld
    assert one == Withheld("seat_management", one.change, check(found, "seat_management").detail)


def test_what_github_refused_says_when_and_until_when() -> None:
    org = Org().seats("mona", "stray")
    (delete,) = plan(org, file(users=["mona"])).changes
    signature = plan(org, file(users=["mona"])).records.signatures[delete.address]
    found = plan(org, file(users=["mona"]), remembered(org, refused={delete.target: signature}))
    text = (
        "GitHub refused it on 2026-11-21; the report of that apply has the reason. It is tried "
        "again from 2026-11-28 on, or when the seat or its lines in the file change"
    )
    assert found.withheld == (Withheld("refused", delete, text),)


def test_what_waits_for_a_change_that_is_on_its_way_says_for_which() -> None:
    org = Org().team("old").seats("mona", team="old")
    written = file(users=["mona"])
    create, delete = plan(org, written, remembered(org)).changes
    found = plan(org, written, remembered(org, in_flight={create.target: "-1h"}))
    assert found.changes == ()
    text = "waits for copilot_seat_user.mona"
    assert found.withheld == (Withheld("in_flight", delete, text),)
