"""What an explanation promises comes true: the days it names, and the lines of YAML it offers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from explain_support import (
    FILE,
    SEATS,
    SNAPSHOT,
    Json,
    explained,
    run,
    write_acme,
    write_ledger,
    yaml_offered,
)

NEXT_CYCLE = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """The organisation with its ledger."""
    write_acme(tmp_path)
    write_ledger(tmp_path)
    return tmp_path


def with_line(remedy: Json, text: str = FILE) -> str:
    """Return the file with the line of *remedy* where the explanation says."""
    section, line = remedy["section"], remedy["yaml"]
    if section == "seats: users":
        return text.replace("  users:\n", f"  users:\n    {line}\n")
    if f"\n{section}:\n" in text:
        return text.replace(f"\n{section}:\n", f"\n{section}:\n  {line}\n")
    return f"{text}{section}:\n  {line}\n"


@pytest.mark.parametrize(
    ("login", "section", "effect", "reason"),
    [
        ("holly", "reinstate", "gains", "declared"),
        ("petra", "reinstate", "renews", "renew"),
        ("ida", "exempt", "keeps", "held"),
        ("bo", "exempt", "keeps", "held"),
        ("una", "exempt", "keeps", "held"),
        ("stray", "seats: users", "keeps", "held"),
        ("goer", "seats: users", "keeps", "declared"),
        ("build-bot", "seats: users", "gains", "declared"),
    ],
)
def test_the_line_that_is_offered_does_it(
    acme: Path, login: str, section: str, effect: str, reason: str
) -> None:
    before = explained(acme, login)
    (remedy,) = yaml_offered(before)
    assert remedy["section"] == section
    write_acme(acme, with_line(remedy))
    after = explained(acme, login)
    assert (after["effect"], after["decision"]["action_reason"]) == (effect, reason)
    assert after["decision"] != before["decision"]


@pytest.mark.parametrize("login", ["wanda", "hubot", "tia", "petra", "cora", "lisa"])
def test_the_plan_of_a_day_says_what_was_foretold(acme: Path, login: str) -> None:
    step = explained(acme, login)["ahead"][0]
    after = datetime.fromisoformat(step["at"]) + timedelta(seconds=1)
    ended = after >= NEXT_CYCLE  # GitHub has taken away what was pending
    rows = [one for one in SEATS if not (ended and one["pending_cancellation_date"])]
    write_acme(acme, snapshot=SNAPSHOT | {"seats": rows})
    then = explained(acme, login, "--now", after.isoformat())
    assert then["decision"]["text"] == step["text"]
    assert then["decision"]["action_reason"] == step["action_reason"]
    assert then["decision"]["verdict"] == step["verdict"]


@pytest.mark.parametrize("login", ["wanda", "hubot", "tia", "cora", "lisa"])
def test_until_then_nothing_changes(acme: Path, login: str) -> None:
    now = explained(acme, login)
    eve = datetime.fromisoformat(now["ahead"][0]["at"]) - timedelta(seconds=1)
    then = explained(acme, login, "--now", eve.isoformat())
    assert then["decision"]["action_reason"] == now["decision"]["action_reason"]
    if now["decision"]["action_reason"] == "held":  # else no rule can take the seat
        assert then["decision"]["verdict"] == now["decision"]["verdict"]


def test_whom_drift_will_warn_is_told_so(acme: Path) -> None:
    told = explained(acme, "wendy")
    assert told["ledger"]["to_warn"]
    assert told["ahead"][0]["at"] == "2026-12-16T08:00:00Z"
    assert not explained(acme, "wanda")["ledger"]["to_warn"]
    assert not explained(acme, "tess")["ledger"]["to_warn"], "a warning would threaten with nothing"


def test_the_line_of_a_claim_is_where_it_is_said_to_be(acme: Path) -> None:
    lines = FILE.splitlines()
    for login in ("octocat", "hubot", "expi", "nora"):
        (claim,) = explained(acme, login)["claims"]
        assert claim["file"] == "seats.yml"
        assert lines[claim["line"] - 1][claim["column"] - 1 :].startswith(login)


def test_a_plan_and_an_explanation_give_the_same_reason(acme: Path) -> None:
    plan = run(acme, "plan", "seats.yml", "--live", "acme.json", "--format", "json").json
    said = {one["address"]: one["text"] for one in plan["copilot_seats"]["reasons"]}
    people = [one for one in plan["resource_changes"] if one["type"] == "copilot_seat_user"]
    assert len(people) > 4
    for one in people:
        told = explained(acme, one["name"])
        (change,) = told["changes"]
        assert change["address"] == one["address"]
        assert change["text"] == told["decision"]["text"] == said[one["address"]]
        assert told["decision"]["action_reason"] == one["action_reason"]
        assert told["decision"]["actions"] == one["change"]["actions"]
