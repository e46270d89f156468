"""`apply FILE`: shows, asks, applies; batches, order and what GitHub is slow to show."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from e2e_support import (
    Cli,
    Json,
    Serve,
    Started,
    changes_of,
    crowd,
    eventually,
    holders,
    live,
    outcomes_of,
    row,
    schema,
    snapshot,
)

from reconciler.sandbox import World

FILE = """\
version: 1
org: acme
seats:
  users: [{users}]
inactivity:
  rules:
    - {{name: everyone, idle: {{cancel: 30d}}}}
guards:
  max_cancellations_per_cycle: 90%
  max_creations_per_cycle: 400
"""


def file_for(*logins: str) -> str:
    return FILE.format(users=", ".join(logins))


def small() -> Json:
    """Return an organisation of which mona stays, sleepy is idle and stray undeclared."""
    return snapshot(
        [row("mona"), row("sleepy", active="-45d"), row("stray")], members=["newcomer", "mona"]
    )


@pytest.fixture
def world(cli: Cli, served: Serve) -> World:
    world = served(small())
    cli.write("seats.yml", file_for("mona", "sleepy", "newcomer"))
    cli("ledger", "init", code=0)
    return world


AFTER = {
    "mona": "direct",
    "sleepy": "pending direct",
    "stray": "pending direct",
    "newcomer": "direct",
}


def sent(cli: Cli) -> list[Json]:
    """Return what each request of all applies was for, from the ledger."""
    return [one["targets"] for one in cli.ledger() if one["event"] == "intent"]


def apply_now(cli: Cli, *options: object, code: int = 0) -> Json:
    """Apply `seats.yml` without asking; return the report."""
    ran = cli("apply", "--auto-approve", "--pace", 0, "--wait", 0, "--format", "json", *options)
    assert ran.code == code, ran.text
    report: Json = ran.json
    schema("report").validate(report)
    assert sum(n for k, n in report["counts"].items() if k != "planned") == len(report["outcomes"])
    return report


# --- asking -------------------------------------------------------------------------------------


def test_without_a_terminal_and_without_approval_nothing_is_done(cli: Cli, world: World) -> None:
    before = holders(world)
    for arguments in (["apply"], ["apply", "seats.yml", "--only", "idle"]):
        ran = cli.process(*arguments, stdin="yes\n", code=1)
        assert "--auto-approve" in ran.err
        assert ran.out == ""
    assert holders(world) == before


def test_with_approval_the_plan_is_shown_and_applied(cli: Cli, world: World) -> None:
    ran = cli("apply", "seats.yml", "--auto-approve", "--pace", 0, code=0)
    assert ran.out.index("Plan for acme") < ran.out.index("Done: 3 changes")
    assert holders(world) == AFTER
    assert cli("plan", "--detailed-exitcode", code=0)
    again = cli("apply", "--auto-approve", code=0)
    assert "No changes" in again.out


def test_yes_on_a_terminal(cli: Cli, world: World) -> None:
    with Started(cli, "apply", "--pace", 0, terminal=True) as asking:
        asking.type("yes\n")
        ran = asking.end(code=0)
    assert "Apply 3 changes to acme? Only 'yes' is accepted: " in ran.err
    assert "Done: 3 changes" in ran.out
    assert holders(world) == AFTER


@pytest.mark.parametrize("answer", ["no\n", "y\n", "\n", "YES\n", "\x04"])
def test_anything_else_on_a_terminal(cli: Cli, world: World, answer: str) -> None:
    before, ledger = holders(world), cli.ledger()
    with Started(cli, "apply", terminal=True) as asking:
        asking.type(answer)
        ran = asking.end(code=1)
    assert "Plan for acme" in ran.out
    assert "declined; nothing was done" in ran.err
    assert holders(world) == before
    assert cli.ledger() == ledger


def test_the_question_does_not_spoil_the_report(cli: Cli, world: World) -> None:
    with Started(cli, "apply", "--pace", 0, "--format", "json", terminal=True) as asking:
        asking.type("yes\n")
        ran = asking.end(code=0)
    assert ran.json["counts"]["done"] == 3
    assert ran.err.index("Plan for acme") < ran.err.index("Apply 3 changes to acme?")


def test_with_nothing_to_do_nobody_is_asked(cli: Cli, world: World) -> None:
    apply_now(cli)
    with Started(cli, "apply", terminal=True) as asking:
        assert "No changes" in asking.end(code=0).out


def test_a_seats_file_in_braces_is_no_plan(cli: Cli, world: World) -> None:
    seats = '{"version": 1, "org": "acme", "seats": {"users": ["mona", "stray"]}'
    cli.write("seats.yml", seats + ', "guards": {"max_cancellations_per_cycle": 1}}')
    assert outcomes_of(apply_now(cli)) == {"sleepy": "done"}


# --- what is applied ----------------------------------------------------------------------------


def test_only_idle(cli: Cli, world: World) -> None:
    report = apply_now(cli, "--only", "idle")
    assert outcomes_of(report) == {"sleepy": "done"}
    assert holders(world) == {"mona": "direct", "sleepy": "pending direct", "stray": "direct"}
    assert changes_of(cli("plan", "--format", "json", code=0).json) == {
        "newcomer": "create declared",
        "stray": "delete undeclared",
    }


def test_only_idle_gives_those_back_who_return(cli: Cli, world: World) -> None:
    apply_now(cli, "--only", "idle")
    world.advance(timedelta(days=2))
    world.set_activity("sleepy", world.now - timedelta(hours=3))
    world.set_activity("mona", world.now - timedelta(hours=3))
    report = apply_now(cli, "--only", "idle")
    assert outcomes_of(report) == {"sleepy": "done"}
    assert report["outcomes"][0]["action_reason"] == "returned"
    assert holders(world)["sleepy"] == "direct"
    assert "newcomer" not in holders(world)


def test_a_guard_leaves_the_rest(cli: Cli, world: World) -> None:
    cli.write("seats.yml", cli.read("seats.yml").replace("90%", "0"))
    report = apply_now(cli, code=3)
    assert outcomes_of(report) == {"newcomer": "done"}
    assert {one["address"] for one in report["withheld"]} == {
        "copilot_seat_user.sleepy",
        "copilot_seat_user.stray",
    }
    assert {"sleepy", "stray", "newcomer"} <= live(world)
    again = apply_now(cli, "--summary", "s.md", "--report", "r.json", code=3)
    assert again["outcomes"] == []
    assert again["withheld"] == report["withheld"]
    assert cli.load("r.json") == again
    assert "max_cancellations_per_cycle" in cli.read("s.md")
    assert "Withheld: 2 changes" in cli("apply", "--auto-approve", code=3).out


def test_idle_seats_wait_for_reviewed_removals(cli: Cli, world: World) -> None:
    cli.write("seats.yml", cli.read("seats.yml").replace("90%", "1"))
    report = apply_now(cli, code=3)
    assert outcomes_of(report) == {"newcomer": "done", "stray": "done"}
    assert [one["address"] for one in report["withheld"]] == ["copilot_seat_user.sleepy"]
    assert holders(world)["sleepy"] == "direct"


def test_reviewed_removals_do_not_wait_for_idle_cancels_of_this_month(
    cli: Cli, world: World
) -> None:
    """The ledger knows why each seat was cancelled; without it nobody does."""
    cli.write("seats.yml", cli.read("seats.yml").replace("90%", "1"))
    assert outcomes_of(apply_now(cli, "--only", "idle")) == {"sleepy": "done"}
    forgetful = cli("plan", "--no-state", "--format", "json", code=3).json
    assert changes_of(forgetful) == {"newcomer": "create declared"}
    report = apply_now(cli)
    assert outcomes_of(report) == {"newcomer": "done", "stray": "done"}
    assert holders(world)["stray"] == "pending direct"


def test_without_a_ledger(cli: Cli, served: Serve) -> None:
    world = served(small())
    cli.write("seats.yml", file_for("mona", "sleepy", "newcomer"))
    before = holders(world)
    assert "apply needs the ledger" in cli("apply", "--auto-approve", code=1).err
    assert holders(world) == before
    ran = cli("apply", "--auto-approve", "--no-state", "--pace", 0, code=3)
    assert "nothing of this apply is remembered" in ran.err
    assert holders(world) == {**AFTER, "sleepy": "direct"}
    assert not [one for one in cli.files() if one.startswith(".copilot-seats")]


def test_a_ledger_elsewhere(cli: Cli, served: Serve) -> None:
    served(small())
    cli.write("seats.yml", file_for("mona", "sleepy", "newcomer"))
    cli("ledger", "init", "--state", "memory/here", code=0)
    apply_now(cli, "--state", "memory/here")
    assert {one["event"] for one in cli.ledger(state="memory/here")} > {"held", "apply_finished"}
    assert ".copilot-seats" not in {one.split("/")[0] for one in cli.files()}


def test_somebody_whose_seat_was_taken_back_stays_without(cli: Cli, world: World) -> None:
    apply_now(cli)
    world.live_on()
    for _ in range(20):
        world.advance(timedelta(days=1))
        assert cli("plan", "--detailed-exitcode", code=0)
    assert "sleepy" not in holders(world)


# --- requests -----------------------------------------------------------------------------------


def test_many_changes_go_in_batches_of_fifty(cli: Cli, served: Serve) -> None:
    joining = [f"new-{number:03}" for number in range(120)]
    world = served(
        snapshot(
            [*crowd(40, "stays"), *crowd(130, "goes"), *(row(f"t{n}", f"team-{n}") for n in "abc")],
            {f"team-{n}": [f"t{n}"] for n in "abc"},
            members=joining,
        )
    )
    cli.write("seats.yml", file_for(*joining, *(f"stays-{n:03}" for n in range(40))))
    cli("ledger", "init", code=0)
    report = apply_now(cli)
    assert report["counts"]["done"] == len(report["outcomes"]) == 120 + 130 + 3
    assert live(world) == {*joining, *(f"stays-{n:03}" for n in range(40))}
    requests = [(one[0]["type"][13:], one[0]["action"], len(one)) for one in sent(cli)]
    assert requests == [
        ("user", "create", 50),
        ("user", "create", 50),
        ("user", "create", 20),
        ("team", "delete", 3),
        ("user", "delete", 50),
        ("user", "delete", 50),
        ("user", "delete", 30),
    ]
    cli("plan", "--detailed-exitcode", code=0)


PEOPLE = ("ann", "bob", "cyd")


def leaving_a_team() -> Json:
    return snapshot([*crowd(5), *(row(one, "old") for one in PEOPLE)], {"old": PEOPLE})


@pytest.mark.parametrize("beside", ["hidden", "shown", "dropped"])
@pytest.mark.parametrize("rows", ["one", "several"])
def test_a_team_goes_after_its_people_have_seats_of_their_own(
    cli: Cli, served: Serve, beside: str, rows: str
) -> None:
    world = served(leaving_a_team(), switches={"direct_beside_team": beside, "rows": rows})
    busy = [f"busy-{number:03}" for number in range(5)]
    cli.write("seats.yml", file_for("ann", "bob", *busy))
    cli("ledger", "init", code=0)
    plan = cli("plan", "--format", "json", code=0).json
    reasons = {one["address"]: one["depends_on"] for one in plan["copilot_seats"]["reasons"]}
    assert reasons["copilot_seat_team.old"] == ["copilot_seat_user.ann", "copilot_seat_user.bob"]
    assert plan["resource_changes"][-1]["change"]["before"]["user_ids"] == [
        world.directory.known("cyd").id
    ]
    report = apply_now(cli)
    assert outcomes_of(report) == {"ann": "done", "bob": "done", "team old": "done"}
    if beside == "dropped":
        # GitHub kept no grant beside the team's: the seats are pending now, and renewed at once.
        assert changes_of(cli("plan", "--format", "json", code=0).json) == {
            "ann": "create renew",
            "bob": "create renew",
        }
        apply_now(cli)
    assert live(world) == {"ann", "bob", *busy}
    cli("plan", "--detailed-exitcode", code=0)


def test_a_team_stays_while_its_people_have_to_wait(cli: Cli, served: Serve) -> None:
    world = served(leaving_a_team() | {"users": [{"login": "eve", "id": 77}]})
    world.join_organization("eve")
    busy = [f"busy-{number:03}" for number in range(5)]
    cli.write("seats.yml", file_for("ann", "bob", "eve", *busy).replace("400", "0"))
    cli("ledger", "init", code=0)
    before = holders(world)
    report = apply_now(cli, code=3)
    assert report["outcomes"] == []
    withheld = {one["address"]: one["guard"] for one in report["withheld"]}
    assert withheld == dict.fromkeys(
        (
            "copilot_seat_user.ann",
            "copilot_seat_user.bob",
            "copilot_seat_user.eve",
            "copilot_seat_team.old",
        ),
        "max_creations_per_cycle",
    )
    assert holders(world) == before


# --- what GitHub shows late ---------------------------------------------------------------------


def test_what_github_does_not_show_yet(cli: Cli, served: Serve) -> None:
    world = served(small(), switches={"stale_readings": 8})
    cli.write("seats.yml", file_for("mona", "sleepy", "newcomer"))
    cli("ledger", "init", code=0)
    report = apply_now(cli, code=5)
    assert set(outcomes_of(report).values()) == {"unconfirmed"}
    assert holders(world) == AFTER
    ran = cli("plan", "--detailed-exitcode", "--format", "json", code=0)
    assert {one["kind"] for one in ran.json["copilot_seats"]["notices"]} >= {"in_flight"}
    requests = len(sent(cli))
    assert "No changes" in cli("apply", "--auto-approve", code=0).out
    assert len(sent(cli)) == requests
    for _ in range(8):
        cli("plan", code=0)
    assert cli("drift", "--format", "json", code=0).json["copilot_seats"]["notices"] == [
        {
            "column": 17,
            "file": "seats.yml",
            "kind": "on_hold",
            "line": 4,
            "text": "on hold since 2026-11-16: the seat was taken back for being idle",
            "user": "sleepy",
        }
    ]


def test_what_never_shows_is_tried_again_after_a_day(cli: Cli, served: Serve) -> None:
    world = served(small(), switches={"stale_readings": 3})
    cli.write("seats.yml", file_for("mona", "sleepy", "newcomer"))
    cli("ledger", "init", code=0)
    apply_now(cli, code=5)
    for login in ("sleepy", "stray"):
        world.grant_user(login)
    for _ in range(3):
        cli("plan", code=0)
    world.advance(timedelta(days=1, hours=1))
    cli("drift", code=2)
    assert changes_of(cli("plan", "--format", "json", code=0).json) == {
        "sleepy": "delete idle",
        "stray": "delete undeclared",
    }


def test_a_slow_list_is_waited_for(cli: Cli, served: Serve) -> None:
    world = served(small(), switches={"stale_readings": 1})
    cli.write("seats.yml", file_for("mona", "sleepy", "newcomer"))
    cli("ledger", "init", code=0)
    ran = cli("apply", "--auto-approve", "--pace", 0, "--wait", 5, "--format", "json", code=0)
    assert set(outcomes_of(ran.json).values()) == {"done"}
    assert holders(world) == AFTER


# --- interrupted --------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_apply_goes_on_with_the_same_plan(
    cli: Cli, served: Serve, ending: tuple[int, int]
) -> None:
    joining = [f"new-{number:03}" for number in range(60)]
    world = served(snapshot([*crowd(9), row("stray")], members=joining))
    cli.write("seats.yml", file_for(*joining, *(f"busy-{number:03}" for number in range(9))))
    cli("ledger", "init", code=0)
    cli("plan", "--out", "plan.json", code=0)
    number, code = ending
    with Started(cli, "apply", "plan.json", "--pace", 30) as running:
        eventually(lambda: len(live(world)) == 60)
        # The answer is on its way; let it be written down.
        eventually(lambda: cli.ledger()[-1]["event"] == "outcome")
        running.signal(number)
        ran = running.end(code=code)
    assert "61 changes planned: " in ran.out
    assert ran.err.strip().startswith(("interrupted", "terminated"))
    assert "applied again, goes on" in ran.err
    assert len(live(world)) == 60
    cli("ledger", "verify", code=0)
    ran = cli("apply", "plan.json", "--pace", 0, "--format", "json", code=0)
    assert set(outcomes_of(ran.json).values()) == {"done"}
    assert live(world) == {*joining, *(f"busy-{number:03}" for number in range(9))}
    created = [one["id"] for targets in sent(cli) for one in targets if one["action"] == "create"]
    assert len(created) == len(set(created)) == 60
    cli("apply", "plan.json", code=4)


def test_two_applies_at_once(cli: Cli, served: Serve) -> None:
    joining = [f"new-{number:03}" for number in range(60)]
    world = served(snapshot(crowd(9), members=joining))
    cli.write("seats.yml", file_for(*joining, *(f"busy-{number:03}" for number in range(9))))
    cli("ledger", "init", code=0)
    with Started(cli, "apply", "--auto-approve", "--pace", 30) as running:
        eventually(lambda: len(live(world)) == 59)
        ran = cli("apply", "--auto-approve", code=1)
        assert "ledger" in ran.err
        assert len(live(world)) == 59
        cli("plan", code=0)
        running.signal(signal.SIGTERM)
        running.end(code=143)
