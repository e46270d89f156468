"""When requests go wrong: what was done is told as it is, and the next apply does the rest."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import Any

import pytest
from e2e_support import (
    Cli,
    Json,
    Serve,
    Started,
    changes_of,
    eventually,
    holders,
    live,
    outcomes_of,
    row,
    schema,
    snapshot,
)

from reconciler.sandbox import Fault, Sandbox, World
from reconciler.sandbox.answers import Answer

STAYING = [f"stays-{number:02}" for number in range(60)]
JOINING = [f"new-{number:02}" for number in range(60)]
LEAVING = [f"goes-{number:02}" for number in range(55)]
FILE = f"""\
version: 1
org: acme
seats:
  users: [{", ".join([*STAYING, *JOINING])}]
guards:
  max_cancellations_per_cycle: 60%
  max_creations_per_cycle: 100
"""


def org() -> Json:
    seats = [row(login) for login in (*STAYING, *LEAVING)]
    return snapshot(seats, members=JOINING)


def start(cli: Cli, served: Serve, *faults: Fault) -> World:
    """Serve the organisation, plan it, and let requests go wrong from then on."""
    world = served(org())
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    cli("plan", "--out", "plan.json", code=0)
    running(served).faults.add(faults)
    return world


def running(served: Serve) -> Sandbox:
    found: Sandbox = served.sandboxes[-1]  # type: ignore[attr-defined]
    return found


def applied(cli: Cli, code: int) -> dict[str, set[str]]:
    """Apply the plan; return who came out how."""
    ran = cli("apply", "plan.json", "--pace", 0, "--wait", 0, "--format", "json", code=code)
    schema("report").validate(ran.json)
    counts = {name: n for name, n in ran.json["counts"].items() if name != "planned"}
    assert sum(counts.values()) == ran.json["counts"]["planned"] == len(JOINING) + len(LEAVING)
    found: dict[str, set[str]] = {}
    for name, result in outcomes_of(ran.json).items():
        found.setdefault(result, set()).add(name)
    cli("ledger", "verify", code=0)
    return found


def the_rest(cli: Cli, world: World) -> None:
    """Plan and apply what is left; then there is nothing to do."""
    cli("plan", "--out", "rest.json", code=0)
    cli("apply", "rest.json", "--pace", 0, "--wait", 0, code=0)
    cli("plan", "--detailed-exitcode", code=0)
    assert live(world) == {*STAYING, *JOINING}


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read back after a lost answer without waiting."""
    monkeypatch.setattr("reconciler.apply.reading.LOST_PAUSES", (0.0, 0.0, 0.0))


POST, DELETE = "POST */selected_users", "DELETE */selected_users"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(POST, nth=(1,), drop="after"),
        Fault(POST, nth=(1,), status=502, late=True),
        Fault(POST, nth=(1,), cut=4),
    ],
    ids=["dropped", "502", "cut"],
)
def test_an_answer_that_was_lost_after_the_effect(cli: Cli, served: Serve, fault: Fault) -> None:
    world = start(cli, served, fault)
    assert applied(cli, 0) == {"done": {*JOINING, *LEAVING}}
    assert live(world) == {*STAYING, *JOINING}
    sent = [len(one["targets"]) for one in cli.ledger() if one["event"] == "intent"]
    assert sent == [50, 10, 50, 5], "what the reading shows is not sent again"
    cli("plan", "--detailed-exitcode", code=0)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(POST, nth=(1, 2), drop="before"),
        Fault(POST, nth=(1, 2), status=500),
        Fault(POST, nth=(1,), status=403),
        Fault(DELETE, nth=(1, 3), status=503),
    ],
    ids=["dropped", "500", "403", "delete"],
)
def test_a_request_without_effect(cli: Cli, served: Serve, at_once: None, fault: Fault) -> None:
    world = start(cli, served, fault)
    assert applied(cli, 0) == {"done": {*JOINING, *LEAVING}}
    assert live(world) == {*STAYING, *JOINING}
    cli("plan", "--detailed-exitcode", code=0)


@pytest.mark.parametrize(
    "fault", [Fault(POST, drop="before"), Fault(POST, status=502)], ids=["dropped", "502"]
)
def test_after_three_lost_answers_the_same_plan_goes_on(
    cli: Cli, served: Serve, at_once: None, fault: Fault
) -> None:
    world = start(cli, served, fault)
    assert applied(cli, 5) == {
        "failed": set(JOINING[:50]),
        "not_tried": {*JOINING[50:], *LEAVING},
    }
    assert live(world) == {*STAYING, *LEAVING}
    assert cli.ledger()[-1]["event"] != "apply_finished"
    told = cli("plan", "--format", "json", code=0)
    assert set(changes_of(told.json)) == {*JOINING[50:], *LEAVING}, "the others may still happen"
    running(served).faults.clear()
    assert applied(cli, 0) == {"done": {*JOINING, *LEAVING}}
    assert live(world) == {*STAYING, *JOINING}
    assert "a plan is used once" in cli("apply", "plan.json", code=4).err


def test_a_lost_cancel_is_on_hold_until_a_reading_a_day_later(
    cli: Cli, served: Serve, at_once: None
) -> None:
    world = served(snapshot([*map(row, STAYING), row("sleepy", active="-45d")]))
    rules = "inactivity: {rules: [{name: everyone, idle: {cancel: 30d}}]}"
    cli.write(
        "seats.yml",
        f"version: 1\norg: acme\nseats: {{users: [{', '.join([*STAYING, 'sleepy'])}]}}\n{rules}\n",
    )
    cli("ledger", "init", code=0)
    running(served).faults.add([Fault(DELETE, status=500)])
    assert apply_now(cli, 5) == {"sleepy": "failed"}
    running(served).faults.clear()
    world.revoke_user("sleepy")  # GitHub has done it after all, and late
    world.advance(timedelta(hours=1))
    cli("drift", code=0)
    assert apply_now(cli, 0) == {}, "our cancel counts, and nobody gives the seat back"
    assert "sleepy" not in live(world)
    world.advance(timedelta(days=2))
    cli("drift", code=0)
    assert holders(world)["sleepy"] == "pending direct"


def test_a_lost_create_is_planned_again_a_day_later(cli: Cli, served: Serve, at_once: None) -> None:
    world = many(cli, served, Fault(POST, status=500))
    assert apply_now(cli, 5)["cyd"] == "failed"
    running(served).faults.clear()
    world.advance(timedelta(hours=20))
    assert "cyd" not in apply_now(cli, 0)
    world.advance(timedelta(hours=5))
    assert apply_now(cli, 0) == {"cyd": "done"}


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", [b"", b"{}", b'{"message": "Accepted"}', b"null", b"soon"])
def test_a_2xx_is_accepted_whatever_its_body_says(
    cli: Cli, served: Serve, status: int, body: bytes
) -> None:
    world = many(cli, served)
    handle = running(served).api.handle

    def quietly(request: Any) -> Any:
        answer = handle(request)
        return answer if request.method == "GET" else Answer(status, body)

    running(served).api.handle = quietly  # type: ignore[method-assign]
    assert apply_now(cli, 0) == {"cyd": "done", "ann": "done", "bob": "done"}
    assert live(world) == {*MANY, "cyd"}


def test_a_batch_that_is_refused_once_is_split_and_goes_through(cli: Cli, served: Serve) -> None:
    world = start(cli, served, Fault(POST, nth=(1,), status=422))
    assert applied(cli, 0) == {"done": {*JOINING, *LEAVING}}
    sent = [len(one["targets"]) for one in cli.ledger() if one["event"] == "intent"]
    assert sent[:5] == [50, 1, 24, 25, 10]
    assert live(world) == {*STAYING, *JOINING}


def test_everything_is_refused(cli: Cli, served: Serve) -> None:
    world = start(cli, served, Fault(DELETE, status=422, message="Not today."))
    found = applied(cli, 5)
    tried = {LEAVING[0], LEAVING[25], LEAVING[49]}
    assert found == {"done": set(JOINING), "failed": tried, "not_tried": set(LEAVING) - tried}
    assert live(world) == {*STAYING, *JOINING, *LEAVING}
    cli("apply", "plan.json", code=4)
    cli("plan", "--out", "plan.json", code=0)
    assert set(changes_of(cli.load("plan.json"))) == set(LEAVING), "nothing is remembered"
    ran = cli("apply", "plan.json", "--pace", 0, "--wait", 0, code=5)
    assert ran.out.index("Not today.") < ran.out.index(LEAVING[0])
    alone = [one["targets"] for one in cli.ledger() if one["event"] == "intent"]
    names = [world.directory.people[one[0]["id"]].login for one in alone if len(one) == 1]
    assert len(names) == len(set(names)) == 6, "others were tried the second time"
    running(served).faults.clear()
    the_rest(cli, world)


@pytest.mark.parametrize(
    ("status", "message"),
    [(403, "Blocked"), (422, "The request could not be processed."), (404, "Not Found")],
)
def test_one_person_who_is_refused_keeps_nobody_else_from_a_seat(
    cli: Cli, served: Serve, status: int, message: str
) -> None:
    world = served(snapshot([row("ada")], members=["brian", "carol", "dora"]))
    cli.write("seats.yml", "version: 1\norg: acme\nseats: {users: [ada, brian, carol, dora]}\n")
    cli("ledger", "init", code=0)
    handle = running(served).api.handle

    def refuse(request: Any) -> Any:
        if request.method == "POST" and b"carol" in request.body:
            return Fault(status=status, message=message).answer(world.now)
        return handle(request)

    running(served).api.handle = refuse  # type: ignore[method-assign]
    assert apply_now(cli, 5) == {"brian": "done", "carol": "failed", "dora": "done"}
    assert live(world) == {"ada", "brian", "dora"}
    assert apply_now(cli, 3) == {}
    world.advance(timedelta(days=6))
    assert apply_now(cli, 3) == {}
    cli.write(
        "seats.yml",
        "version: 1\norg: acme\n"
        "seats: {users: [ada, brian, dora, {user: carol, reason: new, until: 2099-01-01}]}\n",
    )
    assert apply_now(cli, 3) == {}, "the line is the same"
    world.advance(timedelta(days=1, hours=1))
    assert apply_now(cli, 5) == {"carol": "failed"}, "tried again after 7 days"
    running(served).api.handle = handle  # type: ignore[method-assign]
    cli.write("seats.yml", "version: 1\norg: acme\nseats: {members: all}\n")
    assert apply_now(cli, 0) == {"carol": "done"}, "another line claims her"


@pytest.mark.parametrize("limit", ["primary", "secondary"])
def test_a_rate_limit_is_waited_for(cli: Cli, served: Serve, limit: str) -> None:
    faults = [Fault(POST, nth=(1,), limit=limit, retry_after=1)]  # type: ignore[arg-type]
    world = start(cli, served, *faults)
    ran = cli("apply", "plan.json", "--pace", 0, code=0)
    assert "rate limit" in ran.err
    assert "Done: 115 changes" in ran.out
    assert live(world) == {*STAYING, *JOINING}


def test_reads_are_tried_again(cli: Cli, served: Serve) -> None:
    start(
        cli, served, Fault("GET *", nth=(2,), status=502), Fault("GET *", nth=(5,), drop="before")
    )
    assert len(changes_of(cli("plan", "--format", "json", code=0).json)) == 115


def test_a_list_that_moves_while_it_is_read(cli: Cli, served: Serve) -> None:
    world = start(cli, served, Fault("GET */seats", query={"page": "2"}, drift=3))
    before = live(world)
    ran = cli("plan", "--format", "json", code=3)
    guards = {one["guard"] for one in ran.json["copilot_seats"]["withheld"]}
    assert guards == {"row_count"}
    assert not [one for one in changes_of(ran.json).values() if one.startswith("delete")]
    found = applied(cli, 3)
    assert found["skipped"] >= set(LEAVING)
    assert before <= live(world)


def test_a_list_that_moves_once_is_read_again(cli: Cli, served: Serve) -> None:
    start(cli, served, Fault("GET */seats", query={"page": "2"}, nth=(1,), drift=3))
    assert len(changes_of(cli("plan", "--format", "json", code=0).json)) == 115


def test_killed_while_a_request_is_in_the_air(cli: Cli, served: Serve) -> None:
    world = start(cli, served, Fault(POST, nth=(1,), delay=60))
    with Started(cli, "apply", "plan.json", "--pace", 0) as apply:
        eventually(lambda: cli.ledger()[-1]["event"] == "intent")
        apply.signal(signal.SIGKILL)
        apply.end(code=-9)
    # The kill may have come before the request was sent: the next one would be the first, then.
    running(served).faults.clear()
    # Nobody knows whether it happened: a plan waits, the same apply does it.
    assert "in_flight" in cli("plan", "--format", "json", code=0).out
    assert applied(cli, 0) == {"done": {*JOINING, *LEAVING}}
    assert live(world) == {*STAYING, *JOINING}
    cli("apply", "plan.json", code=4)


def test_killed_before_the_answer_was_written_down(cli: Cli, served: Serve) -> None:
    world = start(cli, served, Fault("GET */seats", nth=(3,), delay=60))
    with Started(cli, "apply", "plan.json", "--pace", 0) as apply:
        eventually(lambda: set(JOINING) <= live(world) and not set(LEAVING) <= live(world))
        apply.signal(signal.SIGKILL)
        apply.end(code=-9)
    running(served).faults.clear()
    assert applied(cli, 0) == {"done": {*JOINING, *LEAVING}}
    assert live(world) == {*STAYING, *JOINING}


# --- a reading that has grown old ---------------------------------------------------------------


@pytest.fixture
def old_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every reading be too old for a delete, so that people are read again first."""
    monkeypatch.setattr("reconciler.apply.sending.STALE_AFTER", -1.0)


MANY = [f"busy-{number:03}" for number in range(400)]


def many(cli: Cli, served: Serve, *faults: Fault) -> World:
    """Serve over four pages of seats, of which two are to go, and one is to come."""
    world = served(snapshot([row(one) for one in (*MANY, "ann", "bob")], members=["cyd"]))
    users = ", ".join([*MANY, "cyd"])
    cli.write("seats.yml", f"version: 1\norg: acme\nseats: {{users: [{users}]}}\n")
    cli("ledger", "init", code=0)
    running(served).faults.add(faults)
    return world


def apply_now(cli: Cli, code: int) -> dict[str, str]:
    ran = cli("apply", "--auto-approve", "--pace", 0, "--wait", 0, "--format", "json", code=code)
    schema("report").validate(ran.json)
    return outcomes_of(ran.json)


def test_people_are_read_again_before_their_seats_go(
    cli: Cli, served: Serve, old_at_once: None
) -> None:
    world = many(cli, served)
    requests: list[str] = []
    handle = running(served).api.handle
    running(served).api.handle = lambda request: (  # type: ignore[method-assign]
        requests.append(f"{request.method} {request.path}"),
        handle(request),
    )[1]
    assert apply_now(cli, 0) == {"cyd": "done", "ann": "done", "bob": "done"}
    deleting = requests.index("DELETE /orgs/acme/copilot/billing/selected_users")
    assert {"GET /orgs/acme/members/ann/copilot", "GET /orgs/acme/members/bob/copilot"} <= set(
        requests[:deleting]
    )
    assert not {"ann", "bob"} & live(world)


def test_someone_whose_seat_became_a_teams_meanwhile(
    cli: Cli, served: Serve, old_at_once: None
) -> None:
    world = many(cli, served)
    world.create_team("docs")
    handle = running(served).api.handle

    def meddle(request: Any) -> Any:
        if request.method == "POST":
            world.revoke_user("ann")
            world.join_team("ann", "docs")
            world.grant_team("docs")
        return handle(request)

    running(served).api.handle = meddle  # type: ignore[method-assign]
    assert apply_now(cli, 0) == {"cyd": "done", "ann": "skipped", "bob": "done"}
    assert holders(world)["ann"] == "docs + pending direct"


def test_someone_without_a_seat_to_be_read_again_is_skipped(
    cli: Cli, served: Serve, old_at_once: None
) -> None:
    # 422: GitHub's answer for somebody whose invitation is open.
    world = many(cli, served, Fault("GET */members/ann/copilot", status=422))
    assert apply_now(cli, 0) == {"cyd": "done", "ann": "skipped", "bob": "done"}
    assert "ann" in live(world)


@pytest.mark.parametrize("status", [401, 403])
def test_people_who_cannot_be_read_again_keep_their_seats(
    cli: Cli, served: Serve, old_at_once: None, status: int
) -> None:
    world = many(cli, served, Fault("GET */members/*/copilot", status=status))
    assert apply_now(cli, 5) == {"cyd": "done", "ann": "not_tried", "bob": "not_tried"}
    assert {"ann", "bob", "cyd"} <= live(world)
    cli("ledger", "verify", code=0)
    running(served).faults.clear()
    assert apply_now(cli, 0) == {"ann": "done", "bob": "done"}


# --- a create that was counted on ---------------------------------------------------------------


@pytest.mark.parametrize("state", [[], ["--no-state"]], ids=["ledger", "no-state"])
def test_the_last_seat_stays_when_its_successor_is_refused(
    cli: Cli, served: Serve, state: list[str]
) -> None:
    world = served(snapshot([row("bob")], members=["ann"]))
    guards = "guards: {max_cancellations_per_cycle: 100%}\n"
    cli.write("seats.yml", f"version: 1\norg: acme\nseats: {{users: [ann]}}\n{guards}")
    cli("ledger", "init", code=0)
    running(served).faults.add([Fault(POST, status=422)])
    quick = ("--auto-approve", "--pace", 0, "--wait", 0, "--format", "json")
    ran = cli("apply", *quick, *state, code=5)
    assert outcomes_of(ran.json) == {"ann": "failed", "bob": "skipped"}
    assert "withheld by guard last_seat" in ran.out
    assert live(world) == {"bob"}
    assert world.settings["seat_management_setting"] == "assign_selected"


def test_no_more_are_cancelled_than_allowed_when_renewals_are_refused(
    cli: Cli, served: Serve
) -> None:
    staying = [f"stays-{number}" for number in range(8)]
    back = [row(login, pending="next-cycle") for login in ("back-1", "back-2")]
    leaving = [row("goes-1"), row("goes-2")]
    world = served(snapshot([*map(row, staying), *back, *leaving]))
    users = ", ".join([*staying, "back-1", "back-2"])
    cli.write(
        "seats.yml",
        f"version: 1\norg: acme\nseats: {{users: [{users}]}}\n"
        "guards: {max_cancellations_per_cycle: 2}\n",
    )
    cli("ledger", "init", code=0)
    cli("plan", "--out", "plan.json", code=0)
    running(served).faults.add([Fault(POST, status=422)])
    ran = cli("apply", "plan.json", "--pace", 0, "--wait", 0, "--format", "json", code=5)
    assert outcomes_of(ran.json) == {
        "back-1": "failed",
        "back-2": "failed",
        "goes-1": "skipped",
        "goes-2": "skipped",
    }
    assert live(world) == {*staying, "goes-1", "goes-2"}


@pytest.mark.parametrize(
    "fault",
    [Fault("POST *", drop="before"), Fault("POST *", status=422), Fault("POST *", status=502)],
    ids=["dropped", "422", "502"],
)
def test_a_team_is_not_given_because_its_people_hold_seats_through_another(
    cli: Cli, served: Serve, at_once: None, fault: Fault
) -> None:
    """Else the other team's delete would take them, unlisted, against any guard."""
    pair = ["ann", "bob"]
    rows = [*map(row, STAYING), *(row(one, "old") for one in pair)]
    world = served(snapshot(rows, {"old": pair, "new": pair}))
    seats = f"seats: {{teams: [new], users: [{', '.join(STAYING)}]}}"
    guards = "guards: {max_cancellations_per_cycle: 0}"
    cli.write("seats.yml", f"version: 1\norg: acme\n{seats}\n{guards}\n")
    cli("ledger", "init", code=0)
    running(served).faults.add([fault])
    assert apply_now(cli, 5) == {"team new": "failed", "team old": "not_tried"}
    running(served).faults.clear()
    apply_now(cli, 3)  # refused, or it may still happen
    assert live(world) == {*STAYING, *pair}
