"""What is told, once and in a fixed order."""

from __future__ import annotations

from .build import each, exempt, file, override, plan, rule, told, user
from .world import Org, remembered


def test_notices_that_differ_only_in_their_place_stand_in_the_files_order() -> None:
    """They are gathered in a set, whose order is another in every process."""
    many = [override("last_seat", until="-1d") for _ in range(8)]
    found = plan(Org().seats("mona"), file(users=["mona"], overrides=many))
    lines = [one.mark.line for one in found.notices if one.kind == "override_expired" and one.mark]
    assert len(lines) == 8
    assert lines == sorted(lines)


def test_warnings_come_first_and_the_others_by_kind_and_subject() -> None:
    org = Org().seat("mona", active="-40d").seat("ada", active="-40d").outsider("guest")
    written = file(
        users=["mona", "ada", "guest", user("ghost")],
        rules=[rule(idle="30d>60d")],
        exempt=[exempt("zoe"), exempt("Bob")],
    )
    found = plan(org, written, remembered(org))
    kinds = [one.kind for one in found.notices if one.kind != "override_unused"]
    assert kinds[:2] == ["warn", "warn"]
    assert kinds[2:] == sorted(kinds[2:])
    assert told(found, "warn") == ["ada", "mona"]
    assert told(found, "exempt") == ["Bob", "zoe"]


def test_a_name_that_stands_in_several_places_is_told_once() -> None:
    org = Org().team("data", "dora").seats("dora")
    written = file(
        users=["ghost"],
        teams=[each("data", without=["Ghost"])],
        rules=[rule(idle="30d", users=["GHOST"])],
        exempt=[exempt("ghost")],
    )
    assert len(told(plan(org, written, remembered(org)), "unknown_user")) == 1


def test_every_notice_about_a_line_says_which() -> None:
    org = Org().seats("mona", "lisa").outsider("guest").team("hollow")
    memory = remembered(org, users={"lisa": org.id("lisa"), "gone": 4711})
    org.rename("lisa", "elisa")
    written = file(
        users=["mona", "lisa", "gone", "guest", "ghost"],
        teams=["hollow", "ent:x"],
        exempt=[exempt("mona")],
        overrides=[override("empty")],
    )
    found = plan(org, written, memory)
    kinds = {
        "renamed",
        "gone",
        "not_a_member",
        "unknown_user",
        "empty_team",
        "enterprise_team",
        "exempt",
        "override_unused",
    }
    assert kinds <= {one.kind for one in found.notices}
    assert all(one.mark is not None for one in found.notices if one.kind in kinds)
