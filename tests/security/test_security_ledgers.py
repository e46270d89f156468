"""What somebody can do who writes into the ledger, hashes and all; and what not even they can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from security_support import BUSY, PEOPLE, Lab, file_for

from reconciler.ledger import events as ev
from reconciler.model.plan import Action, Reason, Resource
from reconciler.model.report import Result

NOW = datetime(2026, 11, 16, 7, tzinfo=UTC)
RULES = "inactivity: {rules: [{name: everyone, idle: {warn: 20d, cancel: 30d}}]}\n"


@pytest.fixture
def at_rest(lab: Lab) -> Lab:
    lab.write("seats.yml", file_for("stray", "sleepy", more=RULES))
    lab("ledger", "init", code=0)
    lab("drift")
    return lab


def applied(action: Action, *ids: int) -> tuple[ev.Event, ...]:
    """Return the lines of an apply that never was."""
    user = Resource.USER
    reason = Reason.DECLARED if action is Action.CREATE else Reason.UNDECLARED
    sent = tuple(ev.Sending(type=user, action=action, id=one, reason=reason) for one in ids)
    done = tuple(ev.Ending(type=user, action=action, id=one, result=Result.DONE) for one in ids)
    return (
        ev.ApplyStarted(at=NOW, plan_id="f" * 32, fingerprint="sha256:0"),
        ev.Intent(at=NOW, plan_id="f" * 32, targets=sent),
        ev.Outcome(at=NOW, plan_id="f" * 32, targets=done),
        ev.ApplyFinished(at=NOW, plan_id="f" * 32),
    )


def test_an_apply_that_never_was_is_undone_within_the_guards_only(at_rest: Lab) -> None:
    """Forged: "an apply gave everybody their seat". The guards of the file count."""
    seated = tuple(sorted(PEOPLE.values()))
    look = ev.Observed(at=NOW, live_users_lost=seated)
    at_rest.ledger_with(look, *applied(Action.CREATE, *seated))
    ran = at_rest("undo", "--auto-approve", "--pace", 0, "--wait", 0, "--format", "json", code=3)
    assert {one["guard"] for one in ran.json["withheld"]} == {"max_cancellations_per_cycle"}
    assert at_rest.writes == []
    assert at_rest.holders() == set(PEOPLE)


def test_who_was_seated_before_an_apply_loses_nothing_by_its_undo(at_rest: Lab) -> None:
    """Forged as above, by somebody who did not forge what was seen before it, too."""
    at_rest.ledger_with(*applied(Action.CREATE, *PEOPLE.values()))
    ran = at_rest("undo", "--auto-approve", "--pace", 0, "--format", "json", code=0)
    assert ran.json["counts"]["planned"] == 0
    assert at_rest.writes == []


def test_an_undo_gives_no_seat_to_anybody_who_has_none_pending(at_rest: Lab) -> None:
    """Forged: "an apply took the seat of an account outside"."""
    at_rest.world.add_user("intruder", 666)
    at_rest.ledger_with(*applied(Action.DELETE, 666))
    ran = at_rest("undo", "--auto-approve", "--pace", 0, "--format", "json", code=0)
    assert ran.json["counts"]["planned"] == 0
    assert at_rest.writes == []


def test_forged_warnings_and_holds_take_no_seat_from_anybody_active(at_rest: Lab) -> None:
    ids = tuple(PEOPLE.values())
    forged = [ev.Warned(at=NOW - timedelta(days=15), users=ids)]
    held = [ev.Held(at=NOW, user=one, evidence=None, claims=(f"user:{one}",)) for one in ids]
    at_rest.ledger_with(*forged, *held)
    plan = at_rest("plan", "--format", "json").json
    assert {one["name"] for one in plan["resource_changes"]} <= {"sleepy"}
    at_rest("apply", "--auto-approve", "--pace", 0)
    assert at_rest.holders() >= {login for login, _ in BUSY} | {"mona", "stray", "wim", "wanda"}


def test_a_line_that_is_altered_stops_everything(at_rest: Lab) -> None:
    path = at_rest.folder / ".copilot-seats" / "acme.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"2026', b'"2025', 1))
    for command in ("plan", "drift", "apply --auto-approve", "undo --auto-approve"):
        assert "ledger" in at_rest(*command.split(), code=1).err
    assert at_rest.writes == []


def test_a_plan_remembers_the_ledger_it_was_made_on(at_rest: Lab) -> None:
    """A rolled back ledger forgets who was warned and what was sent: the plan's head tells."""
    path = at_rest.folder / ".copilot-seats" / "acme.jsonl"
    before = path.read_bytes()
    at_rest.write("seats.yml", file_for("sleepy", more=RULES))
    at_rest("drift", code=2)
    at_rest("plan", "--out", "plan.json", code=0)
    path.write_bytes(before)
    assert "was rewritten" in at_rest("apply", "plan.json", code=1).err
    assert at_rest.writes == []
