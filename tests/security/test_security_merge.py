"""`apply PLAN.json --base`: what a merge raises is not used by the apply that follows it."""

from __future__ import annotations

import shutil

import pytest
from security_support import PEOPLE, Lab, file_for

CLAIMED = ("stray", "sleepy")
STRICT = "guards: {max_cancellations_per_cycle: 0}\n"
RAISED = "guards: {max_cancellations_per_cycle: 100%}\n"
OVERRIDDEN = (
    "guards:\n  max_cancellations_per_cycle: 0\n  overrides:\n"
    "    - {guard: max_cancellations_per_cycle, allow: 9, until: 2026-12-01, reason: now}\n"
)
IDLE = "inactivity: {rules: [{name: all, idle: {cancel: 30d}}]}\n"
SPARED = "exempt: [{user: sleepy, reason: leave}]\n"


def merged(lab: Lab, before: str, after: str, *users: str) -> None:
    """Let *after* have replaced *before*, and an attacker have had it planned as they like."""
    lab.write("before/seats.yml", file_for(*CLAIMED, more=before))
    lab.write("seats.yml", file_for(*users, more=after))
    lab("ledger", "init", code=0)
    lab.write("evil/seats.yml", file_for(*CLAIMED, more=after))
    lab("plan", "--base", "evil/seats.yml", "--out", "plan.json", code=0)


@pytest.mark.parametrize("after", [RAISED, OVERRIDDEN, ""])
def test_a_plan_made_against_another_base_does_nothing_that_the_old_guard_withholds(
    lab: Lab, after: str
) -> None:
    merged(lab, STRICT, after, "sleepy")
    assert lab.load("plan.json")["resource_changes"][0]["name"] == "stray"
    given = ("--config", "seats.yml", "--base", "before/seats.yml")
    assert lab.apply_plan(*given, code=3) == {"user.stray": "skipped"}
    assert lab.writes == []
    assert lab.holders() == set(PEOPLE)


def test_what_is_stopped_is_told_with_the_guard_and_what_the_merge_changed(lab: Lab) -> None:
    merged(lab, STRICT, RAISED, "sleepy")
    options = ("--base", "before/seats.yml", "--format", "json", "--summary", "summary.md")
    ran = lab("apply", "plan.json", *options, code=3)
    (outcome,) = ran.json["outcomes"]
    assert outcome["text"].startswith("withheld by guard max_cancellations_per_cycle: ")
    assert [one["guard"] for one in ran.json["withheld"]] == ["max_cancellations_per_cycle"]
    (told,) = (one["text"] for one in ran.json["notices"] if one["kind"] == "merged")
    guard = "max_cancellations_per_cycle"
    assert told == f"`{guard}: 100%` was `{guard}: 0` (before/seats.yml:4)"
    assert "Changed by the merge" in (lab.folder / "summary.md").read_text(encoding="utf-8")


def test_an_exemption_that_the_merge_dropped_still_protects(lab: Lab) -> None:
    merged(lab, IDLE + SPARED, IDLE, *CLAIMED)
    assert lab.apply_plan("--base", "before/seats.yml") == {"user.sleepy": "skipped"}
    assert lab.holders() == set(PEOPLE)


def test_what_the_merge_added_protects_already(lab: Lab) -> None:
    """Whoever adds an exemption or lowers a guard does not wait for the next plan."""
    merged(lab, IDLE, IDLE, *CLAIMED)
    base = ("--base", "before/seats.yml")
    for more, code in ((SPARED, 0), (STRICT, 3)):
        lab.write("seats.yml", file_for(*CLAIMED, more=IDLE + more))
        lab("plan", "--base", "before/seats.yml", "--out", "plan.json", code=0)
        assert lab.apply_plan(*base, code=code) == {"user.sleepy": "skipped"}
    assert lab.holders() == set(PEOPLE)


def test_what_both_let_through_is_done_and_the_next_plan_has_the_new_guard(lab: Lab) -> None:
    merged(lab, "guards: {max_cancellations_per_cycle: 1}\n", RAISED, "sleepy")
    assert lab.apply_plan("--base", "before/seats.yml") == {"user.stray": "done"}
    assert lab.holders() == set(PEOPLE) - {"stray"}
    lab.write("seats.yml", file_for(more=RAISED))
    lab("plan", "--out", "plan.json", code=0)
    assert lab.apply_plan() == {"user.sleepy": "done"}


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("none.yml", "there is no such file"),
        ("seats.yml", "this is the proposed file itself"),
        ("other.yml", "the base file is for globex"),
        ("broken.yml", "can't be used"),
    ],
)
def test_what_is_no_base_ends_the_apply_before_it_begins(lab: Lab, base: str, told: str) -> None:
    merged(lab, RAISED, RAISED, "sleepy")
    lab.write("other.yml", "version: 1\norg: globex\nseats: {users: [mona]}\n")
    lab.write("broken.yml", "version: 1\norg: acme\nseat: {}\n")
    assert told in lab("apply", "plan.json", "--base", base, code=1).err
    assert lab.writes == []


def test_a_base_goes_with_a_plan_file(lab: Lab) -> None:
    merged(lab, RAISED, RAISED, "sleepy")
    ran = lab("apply", "seats.yml", "--auto-approve", "--base", "before/seats.yml", code=1)
    assert "--base goes with a plan file" in ran.err
    assert lab.writes == []
    shutil.rmtree(lab.folder / "before")
    lab.apply_plan()
    assert "stray" not in lab.holders()
