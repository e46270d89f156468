"""Guards and their overrides at the edge: exactly enough, both at once, added before."""

from __future__ import annotations

import pytest

from reconciler.model.observed import Billing
from reconciler.model.plan import Plan

from .build import check, file, fired, override, plan, said, stopped, told
from .world import Org, crowd

CANCELS, CREATES = "max_cancellations_per_cycle", "max_creations_per_cycle"


def staffed(seats: int) -> Org:
    """Return an organisation with that many busy people in the claimed team `crowd`."""
    return Org(pulse=False).team("crowd").seats(*crowd(seats), team="crowd")


def guarded(org: Org, **written: object) -> Plan:
    return plan(org, file(**{"teams": ["crowd"], "guarded": True, **written}))  # type: ignore[arg-type]


# --- overrides ------------------------------------------------------------------------------------


def test_an_override_is_not_needed_for_exactly_what_is_allowed_without_it() -> None:
    strays = crowd(6, stem="stray")
    for count, unused in ((5, [CANCELS]), (6, [])):  # the default allows 5 of 25 and of 26
        found = guarded(staffed(20).seats(*strays[:count]), overrides=[override(CANCELS, 20)])
        assert len(found.changes) == count
        assert told(found, "override_unused") == unused


def test_an_override_is_needed_for_what_was_added_before_as_well() -> None:
    org = staffed(20).member(*crowd(3, stem="new"))
    for added, unused in ((22, [CREATES]), (23, [])):  # the default allows 25
        org.billing = Billing("assign_selected", added_this_cycle=added)
        found = guarded(org, users=crowd(3, stem="new"), overrides=[override(CREATES, 30)])
        assert len(found.changes) == 3
        assert told(found, "override_unused") == unused


def test_an_override_of_max_seats_is_needed_only_where_it_lets_something_be_created() -> None:
    org = staffed(20).member("newbie")
    lifted = override("max_seats", 30)
    for limit, unused in ((20, []), (21, ["max_seats"])):
        found = guarded(org, users=["newbie"], max_seats=limit, overrides=[lifted])
        assert said(found) == ["create user newbie: declared"]
        assert told(found, "override_unused") == unused
    found = guarded(org, max_seats=5, overrides=[lifted])  # more than 5, and nobody is created
    assert told(found, "override_unused") == ["max_seats"]


# --- names ----------------------------------------------------------------------------------------


def test_unknown_names_are_told_in_the_files_order_five_of_them_and_then_how_many_more() -> None:
    names = ["zed", "mia", "abe", "yul", "bob", "xia"]
    for count, more in ((5, ""), (6, " and 1 more")):
        found = guarded(staffed(3), users=names[:count])
        lines = [one.name.mark.line for one in file(teams=["crowd"], users=names).seats.users]
        places = ", ".join(
            f"{name} (seats.yml:{line})" for name, line in zip(names[:5], lines, strict=False)
        )
        told_of = f"{count} claimed logins not on GitHub: {places}{more}"
        assert check(found, "unknown_user").detail == told_of
        mark = check(found, "unknown_user").mark
        assert mark is not None
        assert mark.line == lines[0]


# --- two guards at once ---------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "firing"), [(20, {CANCELS, "max_seats"}), (22, {CANCELS})])
def test_a_guard_that_fired_stays_told_when_another_one_fires(limit: int, firing: set[str]) -> None:
    org = staffed(20).member("newbie").seats("stray")
    found = guarded(org, users=["newbie"], max_seats=limit, max_cancellations=0)
    assert fired(found) == firing
    assert set(stopped(found).values()) == firing
    assert said(found) == ([] if "max_seats" in firing else ["create user newbie: declared"])
