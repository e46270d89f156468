"""`drift`: nights of it: what it answers, warns, remembers, and that nobody flaps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from e2e_support import (
    Cli,
    Json,
    Serve,
    changes_of,
    crowd,
    holders,
    lines_with,
    live,
    number_of,
    row,
    snapshot,
)

from reconciler.sandbox import World

FILE = """\
version: 1
org: acme
seats:
  members: all
inactivity:
  rules:
    - name: everyone
      idle: {warn: 30d, cancel: 60d}
      unused: {cancel: 30d}
guards:
  max_cancellations_per_cycle: 50%
"""


def acme() -> Json:
    """Return an organisation of active people, one idle for 45 days, one for 75."""
    return snapshot(
        [*crowd(20), row("tired", active="-45d"), row("asleep", active="-75d", given="-200d")]
    )


@pytest.fixture
def world(cli: Cli, served: Serve) -> World:
    """The organisation with its ledger; those who are active stay so."""
    world = served(acme())
    world.live_on()
    cli.write("seats.yml", FILE)
    return world


def night(cli: Cli, world: World, days: int = 1) -> Json:
    """Let *days* pass and run drift; return the plan it printed."""
    world.advance(timedelta(days=days))
    ran = cli("drift", "--format", "json")
    assert ran.code in (0, 2), ran.text
    plan: Json = ran.json
    assert ran.code == (2 if plan["resource_changes"] else 0)
    return plan


def begin(cli: Cli) -> None:
    """Begin the ledger, and let the first drift warn."""
    cli("ledger", "init", code=0)
    cli("drift", code=0)


def warned(plan: Json) -> set[str]:
    return {one["user"] for one in plan["copilot_seats"]["notices"] if one["kind"] == "warn"}


def apply_now(cli: Cli, code: int = 0) -> None:
    cli("apply", "--auto-approve", "--pace", 0, "--wait", 0, code=code)


# --- what it answers ----------------------------------------------------------------------------


def test_exit_codes_and_the_heartbeat(cli: Cli, world: World) -> None:
    cli("ledger", "init", code=0)
    quiet = cli("drift", code=0).out.splitlines()
    assert quiet[0].startswith("No changes")
    head = cli("ledger", "show", code=0).out.split()[-1]
    assert quiet[-1] == (
        "drift acme 2026-11-16T08:00:00Z: 22 seats, 0 to create, 0 to delete, 0 withheld, 2 warned,"
        f" ledger {head[:12]}"
    )
    world.revoke_user("busy-001")
    pending = cli("drift", code=2).out.splitlines()[-1]
    assert "22 seats, 1 to create, 0 to delete, 0 withheld" in pending
    cli.write("seats.yml", FILE + "  max_creations_per_cycle: 0\n")
    world.advance(timedelta(days=20))
    world.join_organization("fresh")
    withheld = cli("drift", code=3).out.splitlines()[-1]
    assert "0 to create, 0 to delete, 2 withheld" in withheld


def test_drift_changes_no_seat(cli: Cli, world: World) -> None:
    cli("ledger", "init", code=0)
    world.join_organization("fresh")
    world.revoke_user("busy-001")
    before = holders(world)
    for _ in range(3):
        cli("drift", code=2)
    assert holders(world) == before


def test_without_a_ledger_nothing_is_remembered_and_that_is_said(cli: Cli, world: World) -> None:
    for options in ([], ["--no-state"]):
        ran = cli("drift", *options, code=0)
        assert "no ledger" in ran.err
        assert ran.out.splitlines()[-1].endswith("0 warned, no ledger")
        assert "no ledger to record it" in ran.out
    assert cli.files() == {"seats.yml"}


def test_formats(cli: Cli, world: World) -> None:
    cli("ledger", "init", code=0)
    ran = cli("drift", "--format", "json", "--summary", "s.md", code=0)
    assert ran.json["copilot_seats"]["summary"]["warn"] == 2
    assert len(list(lines_with(ran.err, "drift acme 2026-11-16"))) == 1
    assert "tired" in cli.read("s.md")
    assert "| " in cli("drift", "--format", "markdown", code=0).out
    logged = cli("drift", "--format", "json", "--log-format", "json", code=0).err
    assert '"event": "drift acme' in logged


def test_several_organisations(cli: Cli, served: Serve) -> None:
    served(acme(), snapshot(crowd(9), org="globex"))
    cli.write("acme.yml", FILE)
    cli.write("globex.yml", "version: 1\norg: globex\nseats: {members: all}\n")
    cli.write("lost.yml", "version: 1\norg: lost\nseats: {members: all}\n")
    for name in ("acme", "globex"):
        cli("ledger", "init", f"{name}.yml", code=0)
    ran = cli("drift", "acme.yml", "lost.yml", "globex.yml", code=1)
    beats = [line.split()[1] for line in lines_with(ran.out, "drift ")]
    assert beats == ["acme", "globex"]
    assert "GET /orgs/lost" in ran.err
    assert len(cli.ledger("acme")) > len(cli.ledger("globex")) > 2


# --- what it remembers --------------------------------------------------------------------------


def test_a_warning_first_and_the_cancellation_a_month_later(cli: Cli, world: World) -> None:
    begin(cli)
    for _ in range(29):
        plan = night(cli, world)
        assert changes_of(plan) == {}
        assert warned(plan) == {"tired", "asleep"}
    recorded = [one["users"] for one in cli.ledger() if one["event"] == "warned"]
    assert recorded == [sorted([number_of("tired"), number_of("asleep")])]
    due = night(cli, world)
    assert changes_of(due) == {"asleep": "delete idle", "tired": "delete idle"}
    apply_now(cli)
    assert holders(world)["asleep"] == holders(world)["tired"] == "pending direct"


def test_nobody_is_cancelled_unwarned_however_late_the_first_drift(cli: Cli, world: World) -> None:
    world.advance(timedelta(days=40))
    cli("ledger", "init", "--state", "late", code=0)
    assert cli("plan", "--state", "late", "--detailed-exitcode", code=0)
    assert cli("drift", "--state", "late", code=0)


def test_using_the_seat_ends_the_warning(cli: Cli, world: World) -> None:
    begin(cli)
    night(cli, world, 20)
    world.use("tired")
    assert warned(night(cli, world)) == {"asleep"}
    plan = night(cli, world, 10)
    assert changes_of(plan) == {"asleep": "delete idle"}
    assert warned(night(cli, world, 25)) == {"tired"}
    recorded = [one["users"] for one in cli.ledger() if one["event"] == "warned"]
    assert recorded[1:] == [[number_of("tired")]]
    assert changes_of(night(cli, world, 28)) == {"asleep": "delete idle"}


def test_nobody_flaps_over_many_nights(cli: Cli, world: World) -> None:
    begin(cli)
    world.advance(timedelta(days=31))
    cli("drift", code=2)
    apply_now(cli)
    # Pending until the cycle ends, then gone; claimed all the time, and on hold.
    for _ in range(45):
        assert changes_of(night(cli, world)) == {}
        apply_now(cli)
    assert {"tired", "asleep"} & set(holders(world)) == set()
    text = cli("plan", code=0).out
    assert len(list(lines_with(text, "on hold since 2026-12-17"))) == 2


def test_a_hold_survives_the_loss_of_a_night_and_ends_by_reinstatement(
    cli: Cli, world: World
) -> None:
    begin(cli)
    world.advance(timedelta(days=31))
    apply_now(cli)
    world.advance(timedelta(days=60))
    assert cli("plan", "--detailed-exitcode", code=0)
    day = world.now.date()
    cli.write("seats.yml", FILE + f"reinstate:\n  - {{user: tired, on: {day}}}\n")
    assert changes_of(night(cli, world, 0)) == {"tired": "create declared"}
    apply_now(cli)
    assert "tired" in live(world)
    assert "asleep" not in live(world)
    for _ in range(20):
        assert changes_of(night(cli, world)) == {}


def test_someone_on_hold_who_uses_the_seat_while_it_is_pending_gets_it_back(
    cli: Cli, world: World
) -> None:
    begin(cli)
    world.advance(timedelta(days=31))
    apply_now(cli)
    world.advance(timedelta(days=1))
    world.use("tired")
    assert changes_of(night(cli, world)) == {"tired": "create returned"}
    apply_now(cli)
    assert holders(world)["tired"] == "direct"
    assert changes_of(night(cli, world, 20)) == {}


def test_a_seat_that_someone_gave_back_by_hand_ends_the_hold(cli: Cli, world: World) -> None:
    begin(cli)
    world.advance(timedelta(days=31))
    apply_now(cli)
    world.advance(timedelta(days=20))
    world.grant_user("tired")
    assert changes_of(night(cli, world)) == {}
    assert "tired" in live(world)
    assert changes_of(night(cli, world, 28)) == {}
    # Never used since it was given: the rule for unused seats takes it.
    assert changes_of(night(cli, world, 5)) == {"tired": "delete unused"}


def test_a_renamed_person_keeps_the_entry_and_the_hold(cli: Cli, served: Serve) -> None:
    world = served(acme())
    world.live_on()
    users = ", ".join(["tired", "asleep", *(f"busy-{n:03}" for n in range(20))])
    cli.write("seats.yml", FILE.replace("members: all", f"users: [{users}]"))
    begin(cli)
    world.advance(timedelta(days=31))
    apply_now(cli)
    world.rename_user("asleep", "awake")
    world.rename_user("busy-003", "lazy-003")
    plan = night(cli, world)
    assert changes_of(plan) == {}
    kinds = {one["kind"] for one in plan["copilot_seats"]["notices"]}
    assert {"renamed", "on_hold"} <= kinds
    assert changes_of(night(cli, world, 40)) == {}
    assert "awake" not in holders(world)


def test_a_login_that_another_account_took_is_frozen(cli: Cli, served: Serve) -> None:
    world = served(acme())
    world.live_on()
    users = ", ".join(["tired", "asleep", *(f"busy-{n:03}" for n in range(20))])
    cli.write("seats.yml", FILE.replace("members: all", f"users: [{users}]"))
    begin(cli)
    world.rename_user("busy-003", "someone-else")
    world.join_organization("busy-003", 4242)
    before = holders(world)
    ran = cli("drift", "--format", "json", code=3)
    assert changes_of(ran.json) == {}
    held = [(one["guard"], one["address"]) for one in ran.json["copilot_seats"]["withheld"]]
    assert held == [("identity", "copilot_seat_user.busy-003")]
    apply_now(cli, code=3)
    assert holders(world) == before
