"""What somebody can do who may push to the branch of ledgers; and what not even they can."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from git_place import Place, git
from security_support import Json, Lab, file_for

NAME = "seats-ledger"
BRANCH = ("--state-branch", NAME)
RULES = "inactivity: {rules: [{name: everyone, idle: {warn: 20d, cancel: 30d}}]}\n"


@pytest.fixture
def place(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A clone in which the lab works, with a ledger on the branch."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setattr("reconciler.ledger.git.retry.sleep", lambda _seconds: None)
    found = Place(lab.folder / "place", NAME)
    lab.folder = found.here
    monkeypatch.chdir(found.here)
    lab.write("seats.yml", file_for("stray", "sleepy", more=RULES))
    lab("ledger", "init", *BRANCH, code=0)
    lab("drift", *BRANCH)
    return found


def test_a_branch_put_back_is_told_by_the_plan_that_was_reviewed(lab: Lab, place: Place) -> None:
    """Rolled back by a forced push it would forget who was warned and what was sent."""
    before = place.tip()
    lab.write("seats.yml", file_for("sleepy", more=RULES))
    lab("drift", *BRANCH, code=2)
    lab("plan", "--out", "plan.json", *BRANCH, code=0)
    place.put_back(before)
    error = lab("apply", "plan.json", *BRANCH, code=1).err
    assert f"ledger acme.jsonl on branch {NAME} does not hold the line" in error
    assert "was rewritten" in error
    assert lab.writes == []
    assert place.tip() == before


def test_a_branch_that_was_begun_anew_is_told_by_the_plan_that_was_reviewed(
    lab: Lab, place: Place
) -> None:
    lab.write("seats.yml", file_for("sleepy", more=RULES))
    lab("plan", "--out", "plan.json", *BRANCH, code=0)
    git(place.remote, "update-ref", "-d", place.ref)
    assert "none in branch seats-ledger" in lab("apply", "plan.json", *BRANCH, code=1).err
    lab("ledger", "init", *BRANCH, code=0)
    assert "does not hold the line" in lab("apply", "plan.json", *BRANCH, code=1).err
    assert lab.writes == []


def test_a_line_that_is_altered_on_the_branch_stops_everything(lab: Lab, place: Place) -> None:
    place.commit({"acme.jsonl": place.content().replace('"2026', '"2025', 1) + "\n"})
    for command in ("plan", "drift", "apply --auto-approve", "undo --auto-approve"):
        error = lab(*command.split(), *BRANCH, code=1).err
        assert f"ledger acme.jsonl on branch {NAME}, line 2" in error
    assert lab.writes == []


def test_the_ledger_of_another_organisation_on_the_branch_is_refused(
    lab: Lab, place: Place
) -> None:
    lines = place.content().splitlines()
    place.commit({"acme.jsonl": lines[0].replace("9919", "9920") + "\n"})
    error = lab("apply", "--auto-approve", *BRANCH, code=1).err
    assert "another organisation under that name" in error
    assert lab.writes == []


def claim(at: datetime, **more: object) -> str:
    """Return the message of a commit that claims that a run is writing."""
    fields: Json = {
        "ledger": "acme.jsonl",
        "command": "apply\x1b[2J\u202e",
        "token": "0",
        "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "writing": True,
        "run": "https://example.com/::error::",
        "attempt": "1",
        "pid": 1,
    }
    return f"forged\n\nCopilot-Seats-Ledger: {json.dumps(fields | more)}"


@pytest.mark.parametrize("hours", [-1, 1, 24 * 365 * 1000])
def test_a_claim_to_be_writing_that_is_not_of_now_stops_nobody(
    lab: Lab, place: Place, hours: int
) -> None:
    place.commit({}, message=claim(datetime.now(UTC) + timedelta(hours=hours)))
    lab("drift", *BRANCH, code=0)


def test_a_forged_claim_to_be_writing_does_nothing_in_a_terminal(lab: Lab, place: Place) -> None:
    place.commit({}, message=claim(datetime.now(UTC)))
    error = lab("drift", *BRANCH, code=1).err
    assert "is being written by `copilot-seats apply" in error
    assert "\x1b" not in error
    assert "\u202e" not in error
    place.free()
    lab("drift", *BRANCH, code=0)


@pytest.mark.parametrize(
    "nonsense",
    [
        "Copilot-Seats-Ledger: ",
        "Copilot-Seats-Ledger: []",
        'Copilot-Seats-Ledger: {"at": 1}',
        'Copilot-Seats-Ledger: {"at": "2026-11-22T08:00:00Z", "pid": "x"}',
        "Copilot-Seats-Ledger: " + "[" * 100_000,
        "Copilot-Seats-Ledger: {",
        "\x00\xff",
    ],
)
def test_a_message_that_makes_no_sense_is_passed_over(
    lab: Lab, place: Place, nonsense: str
) -> None:
    tree = git(place.remote, "rev-parse", f"{place.tip()}^{{tree}}")
    who = "somebody <somebody@example.com> 1795000000 +0000"
    commit = (
        f"tree {tree}\nparent {place.tip()}\nauthor {who}\ncommitter {who}\n\n"
        f"forged\n\n{nonsense}\n"
    )
    made = git(
        *(place.remote, "hash-object", "-t", "commit", "-w", "--stdin", "--literally"),
        data=commit.encode("latin-1"),
    )
    place.put_back(made)
    lab("drift", *BRANCH, code=0)
