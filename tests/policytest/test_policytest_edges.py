"""Which edges of which thresholds are touched: within a day on both sides, where it would show."""

from __future__ import annotations

from pathlib import Path

import pytest
from policytest_support import STANDARD, judged


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def gaps(*seats: str, policy: str = STANDARD) -> list[str]:
    """Return what is not touched, as `idle.warn before after`."""
    found = judged(*seats, policy=policy).gaps
    return [" ".join((gap.kind, *gap.missing)) for gap in found]


ALL = ["idle.warn before after", "idle.cancel before after", "unused.cancel before after"]


def touched(seat: str, policy: str = STANDARD) -> list[str]:
    """Return the sides that one seat touches, as `idle.warn after`."""
    missing = {side for gap in gaps(seat, policy=policy) for side in sides(gap)}
    return [side for gap in ALL for side in sides(gap) if side not in missing]


def sides(gap: str) -> list[str]:
    kind, *missing = gap.split()
    return [f"{kind} {side}" for side in missing]


def test_without_a_seat_nothing_is_touched() -> None:
    assert gaps("user: mona, active: -3d, expect: active") == ALL


def test_with_a_seat_on_each_side_of_each_edge_nothing_is_missing() -> None:
    seats = [
        "user: a, active: -29d, expect: active",
        "user: b, active: -31d, expect: warned",
        "user: c, active: -59d, warned: -29d, expect: warned",
        "user: d, active: -61d, warned: -31d, expect: idle",
        "user: e, given: -29d, expect: active",
        "user: f, given: -31d, expect: unused",
    ]
    assert gaps(*seats) == []
    for left in range(len(seats)):
        assert len(gaps(*seats[:left], *seats[left + 1 :])) == 1


@pytest.mark.parametrize(
    ("seat", "sides"),
    [
        ("active: -28d23h59m59s", []),
        ("active: -29d", ["idle.warn before"]),
        ("active: -30d", ["idle.warn before"]),
        ("active: -30d1s", ["idle.warn after"]),
        ("active: -31d", ["idle.warn after"]),
        ("active: -31d1s", []),
        ("active: -59d, warned: -29d", ["idle.cancel before"]),
        ("active: -60d, warned: -30d", ["idle.cancel before"]),
        ("active: -60d1s, warned: -30d", ["idle.cancel after"]),
        ("active: -61d, warned: -30d", ["idle.cancel after"]),
        ("active: -61d1s, warned: -30d", []),
        ("given: -30d", ["unused.cancel before"]),
        ("given: -30d1s", ["unused.cancel after"]),
        ("given: -32d", []),
    ],
)
def test_a_seat_within_a_day_of_an_edge_touches_it(seat: str, sides: list[str]) -> None:
    assert touched(f"user: mona, {seat}, expect: active") == sides


@pytest.mark.parametrize(
    "seat",
    [
        "active: -60d",  # not warned: it is the warning that keeps the seat
        "active: -60d, warned: -20d",  # warned late: likewise
        "active: -60d1s",
        "active: -60d1s, warned: -20d",
        "active: -30d, exempt: on leave",
        "active: -30d1s, exempt: on leave",
        "given: -30d1s, signed_in: -3d",  # kept for another reason
    ],
)
def test_where_moving_the_edge_would_not_show_it_is_not_touched(seat: str) -> None:
    assert touched(f"user: mona, {seat}, expect: active") == []


def test_only_what_is_expected_touches() -> None:
    assert gaps("user: mona, active: -30d", "user: lisa, active: -31d") == ALL


def test_without_unused_the_unused_touch_the_edge_of_idle() -> None:
    policy = "rules: [{name: everyone, idle: {cancel: 30d}}]"
    seats = ("user: a, given: -30d, expect: active", "user: b, given: -31d, expect: unused")

    assert gaps(*seats, policy=policy) == []


def test_nobody_is_unused_beyond_90_days_so_no_test_can_be_there() -> None:
    policy = "rules: [{name: everyone, unused: {cancel: 90d}}]"

    assert gaps("user: a, given: -90d, expect: active", policy=policy) == []
    assert gaps("user: a, given: -3d, expect: active", policy=policy) == ["unused.cancel before"]


OBSERVED = """\
rules:
  - {name: watch, idle: {warn: 30d, cancel: 60d}, mode: observe}
  - {name: few, teams: [few], idle: {cancel: 9d}}
"""


def test_an_observed_rule_has_edges_but_warns_nobody() -> None:
    seats = (
        "user: a, active: -60d, expect: {observed: []}",
        "user: b, active: -61d, expect: {observed: [watch]}",
    )
    assert gaps(*seats, policy=OBSERVED) == ["idle.cancel before after"]
    few = ("user: c, teams: [few], active: -9d, expect: active",)
    assert gaps(*seats, *few, policy=OBSERVED) == ["idle.cancel after"]


def test_the_places_are_those_of_the_thresholds() -> None:
    found = judged("user: mona, active: -3d, expect: active").gaps

    assert [str(gap.mark) for gap in found] == ["own.yml:3:5", "own.yml:3:5", "own.yml:4:5"]
