"""What GitHub renames, suspends or lets go is found again by id, and told as what it is."""

from __future__ import annotations

from conftest import Serve
from e2e_support import Cli, Json, number_of, row, snapshot

from reconciler.sandbox import World

FILE = """\
version: 1
org: acme
seats:
  users:
    - {user: mona_acme, id: MONA}
    - lisa_acme
    - zoe_acme
""".replace("MONA", str(number_of("mona_acme")))


def told(plan: Json, kind: str) -> dict[str, str]:
    """Return what a plan's document tells of one kind, by subject."""
    notices = plan["copilot_seats"]["notices"]
    found = [one for one in notices if one["kind"] == kind]
    return {one.get("subject") or one["user"]: one["text"] for one in found}


def managed(served: Serve) -> World:
    return served(snapshot([row("mona_acme"), row("lisa_acme"), row("zoe_acme")]))


def test_a_claimed_person_who_has_left_is_told_in_every_run(cli: Cli, served: Serve) -> None:
    served(snapshot([row("ada"), row("left")], users={"left": "none"}))
    cli.write("seats.yml", "version: 1\norg: acme\nseats:\n  users: [ada, left]\n")
    text = "not an active member of the organisation: the seat counts as claimed, none is created"
    assert told(cli("plan", "--no-state", "--format", "json").json, "not_a_member") == {
        "left": text
    }
    cli("ledger", "init", "seats.yml", code=0)
    for command in (("drift", "--format", "json"), ("plan", "--format", "json")):
        found = cli(*command, code=0).json
        assert told(found, "not_a_member") == {"left": text}
        assert found["resource_changes"] == []


def test_suspended_accounts_are_told_and_their_obfuscated_logins_never_advised(
    cli: Cli, served: Serve
) -> None:
    world = managed(served)
    cli.write("seats.yml", FILE)
    cli("ledger", "init", "seats.yml", code=0)
    hidden = world.suspend_user("mona_acme"), world.suspend_user("lisa_acme")
    plan = cli("plan", "--format", "json", code=0).json
    assert plan["resource_changes"] == []
    assert set(told(plan, "not_a_member")) == {"mona_acme", "lisa_acme"}
    assert "suspended" in told(plan, "not_a_member")["lisa_acme"]
    assert told(plan, "renamed") == {}
    for login in ("mona_acme", "lisa_acme"):
        explained = cli("explain", "seats.yml", login, code=0).out
        assert not any(f"user: {one}" in explained for one in hidden)


def test_without_a_ledger_no_suspended_account_is_advised_either(cli: Cli, served: Serve) -> None:
    world = managed(served)
    cli.write("seats.yml", FILE)
    world.suspend_user("mona_acme")
    hidden = world.suspend_user("lisa_acme")
    plan = cli("plan", "--no-state", "--format", "json", code=3).json
    assert set(told(plan, "not_a_member")) == {"mona_acme"}
    assert told(plan, "renamed") == {}
    assert "suspended" in told(plan, "unknown_user")["lisa_acme"]
    explained = cli("explain", "seats.yml", hidden, "--no-state", code=0).out
    assert f"user: {hidden}" not in explained
    assert "suspended" in explained
