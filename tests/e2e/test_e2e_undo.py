"""`undo`: what an apply did is taken back from the ledger alone, as far as it still stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from e2e_support import (
    Cli,
    Json,
    Serve,
    Started,
    changes_of,
    holders,
    live,
    outcomes_of,
    row,
    schema,
    snapshot,
)

from reconciler.sandbox import Fault, World
from reconciler.sandbox.answers import Answer, ApiError, Request

FILE = """\
version: 1
org: acme
seats:
  teams:
    - docs
    - newbies
  users: [mona, newcomer, back, sleepy]
inactivity:
  rules:
    - {name: everyone, idle: {cancel: 30d}}
guards: {max_cancellations_per_cycle: 20}
"""


def acme(**more: Any) -> Json:
    """Return an organisation of which an apply of FILE gives and takes seats in every way."""
    seats = [
        *(row(f"busy-{number:02}", "docs") for number in range(40)),
        row("mona"),
        row("stray"),
        row("sleepy", active="-45d"),
        row("back", pending="next-cycle"),
        row("hal", "hackers"),
        row("hedy", "hackers"),
    ]
    teams = {
        "docs": [f"busy-{number:02}" for number in range(40)],
        "hackers": ["hal", "hedy"],
        "newbies": ["nia", "nils"],
    }
    return snapshot(seats, teams, members=["newcomer"], **more)


APPLIED = {
    "back": "direct",
    "hal": "pending hackers",
    "hedy": "pending hackers",
    "mona": "direct",
    "newcomer": "direct",
    "nia": "newbies",
    "nils": "newbies",
    "sleepy": "pending direct",
    "stray": "pending direct",
}
BEFORE = {
    "back": "pending direct",
    "hal": "hackers",
    "hedy": "hackers",
    "mona": "direct",
    "newcomer": "pending direct",
    "nia": "pending newbies",
    "nils": "pending newbies",
    "sleepy": "direct",
    "stray": "direct",
}
"""As before the apply; a seat that it gave can only be pending, not gone at once."""


def few(world: World) -> dict[str, str]:
    return {name: how for name, how in holders(world).items() if not name.startswith("busy")}


@pytest.fixture
def world(cli: Cli, served: Serve) -> World:
    """The organisation after an apply."""
    world = served(acme())
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    cli("apply", "--auto-approve", "--pace", 0, code=0)
    assert few(world) == APPLIED
    return world


def undo(cli: Cli, *arguments: object, code: int = 0) -> Json:
    """Undo without asking; return the report, which must obey its schema and add up."""
    options = ("--auto-approve", "--pace", 0, "--wait", 0, "--format", "json")
    ran = cli("undo", *arguments, *options)
    assert ran.code == code, ran.text
    report: Json = ran.json
    schema("report").validate(report)
    assert report["exit_code"] == code
    counts = {name: n for name, n in report["counts"].items() if name != "planned"}
    assert sum(counts.values()) == report["counts"]["planned"] == len(report["outcomes"])
    cli("ledger", "verify", code=0)
    return report


def told(report: Json, kind: str) -> dict[str, str]:
    """Return what is told of one kind, by whom or what it is about."""
    return {
        one.get("user") or one["subject"]: one["text"]
        for one in report["notices"]
        if one["kind"] == kind
    }


def applies(cli: Cli) -> list[str]:
    return [one["plan_id"] for one in cli.ledger() if one["event"] == "apply_started"]


# --- all of it ----------------------------------------------------------------------------------


def test_what_an_apply_did_is_undone(cli: Cli, world: World) -> None:
    report = undo(cli)
    assert outcomes_of(report) == dict.fromkeys(
        ("team hackers", "sleepy", "stray", "team newbies", "back", "newcomer"), "done"
    )
    assert few(world) == BEFORE
    assert len(live(world)) == 40 + 5


def test_it_is_journalled_as_an_apply_of_its_own(cli: Cli, world: World) -> None:
    (applied,) = applies(cli)
    report = undo(cli)
    assert applies(cli) == [applied, report["plan_id"]]
    started = [one for one in cli.ledger() if one["event"] == "apply_started"]
    assert [one.get("undoes") for one in started] == [None, applied]
    finished = [one["plan_id"] for one in cli.ledger() if one["event"] == "apply_finished"]
    assert finished == [applied, report["plan_id"]]


def test_what_the_next_plan_does_again_is_told_with_its_lines(cli: Cli, world: World) -> None:
    report = undo(cli)
    again = told(report, "redone")
    assert again.keys() == {"stray", "team hackers", "team newbies", "back", "newcomer"}
    marks = {
        one.get("user") or one["subject"]: f"{one['file']}:{one['line']}"
        for one in report["notices"]
        if one["kind"] == "redone"
    }
    assert marks["stray"] == marks["team hackers"] == "seats.yml:3"
    assert (marks["team newbies"], marks["newcomer"]) == ("seats.yml:6", "seats.yml:7")
    planned = changes_of(cli("plan", "--format", "json", code=0).json)
    assert planned == {name: " ".join(text.split(":")[0].split()) for name, text in again.items()}


def test_an_idle_seat_that_is_given_back_is_off_hold_and_its_clock_starts_anew(
    cli: Cli, world: World
) -> None:
    assert [one["user"] for one in cli.ledger() if one["event"] == "held"]
    report = undo(cli)
    assert told(report, "taken_later").keys() == {"sleepy"}
    assert "2026-12-16" in told(report, "taken_later")["sleepy"]
    released = [one["user"] for one in cli.ledger() if one["event"] == "released"]
    held = [one["user"] for one in cli.ledger() if one["event"] == "held"]
    assert released == held
    world.live_on()
    world.set_habit("sleepy", None)
    world.advance(timedelta(days=29))
    assert "sleepy" not in changes_of(cli("plan", "--format", "json").json)
    world.advance(timedelta(days=2))
    assert changes_of(cli("plan", "--format", "json").json)["sleepy"] == "delete idle"


def test_for_people(cli: Cli, world: World) -> None:
    ran = cli("undo", "--auto-approve", "--pace", 0, "--summary", "s.md", "--report", "r.json")
    assert ran.code == 0
    assert ran.out.startswith("Undo for acme\n  undoes the apply of 2026-11-16 08:00 UTC, plan ")
    assert "taken on 2026-11-16 (idle); pending cancellation on 2026-12-01" in ran.out
    assert "The next plan does this again, unless the file is changed (5)" in ran.out
    assert ran.out.index("Undo: 3 to create, 3 to delete") < ran.out.index("Done: 6 changes")
    assert "sleepy" in cli.read("s.md")
    schema("report").validate(cli.load("r.json"))


def test_with_a_file_that_says_so_it_stays_undone(cli: Cli, world: World) -> None:
    undo(cli)
    lines = "users: [mona, sleepy, stray]"
    file = FILE.replace("users: [mona, newcomer, back, sleepy]", lines)
    cli.write("seats.yml", file.replace("- newbies", "- hackers"))
    assert cli("plan", "--detailed-exitcode", code=0)
    assert cli("drift", code=0)


# --- parts of it --------------------------------------------------------------------------------


def only(cli: Cli, served: Serve, snapshot: Json, file: str) -> World:
    """Serve *snapshot*, and apply *file* to it."""
    world = served(snapshot)
    cli.write("seats.yml", f"version: 1\norg: acme\nseats: {file}\n")
    cli("ledger", "init", code=0)
    cli("apply", "--auto-approve", "--pace", 0, code=0)
    return world


def test_a_batch_of_deletes(cli: Cli, served: Serve) -> None:
    goes = [f"goes-{number:02}" for number in range(60)]
    stays = [f"stays-{number:02}" for number in range(300)]
    seats = [row(login) for login in (*goes, *stays)]
    file = f"{{users: [{', '.join(stays)}]}}\nguards: {{max_cancellations_per_cycle: 60}}"
    world = only(cli, served, snapshot(seats), file)
    assert live(world) == set(stays)
    report = undo(cli)
    assert report["counts"]["done"] == 60
    assert live(world) == {*stays, *goes}
    sent = [len(one["targets"]) for one in cli.ledger() if one["event"] == "intent"]
    assert sent == [50, 10, 50, 10]


def test_a_batch_of_creates(cli: Cli, served: Serve) -> None:
    joins = [f"joins-{number:02}" for number in range(12)]
    stays = [f"stays-{number:02}" for number in range(50)]
    file = (
        f"{{users: [{', '.join([*stays, *joins])}]}}\nguards: {{max_cancellations_per_cycle: 12}}"
    )
    world = only(cli, served, snapshot([row(one) for one in stays], members=joins), file)
    assert live(world) == {*stays, *joins}
    assert undo(cli)["counts"]["done"] == 12
    assert live(world) == set(stays)


def test_a_team_that_went_with_people_who_got_their_own(cli: Cli, served: Serve) -> None:
    seats = [*(row(f"busy-{n:02}") for n in range(30)), row("mia", "web"), row("max", "web")]
    file = "{users: [mia], undeclared: cancel, teams: [docs]}"
    teams = {"web": ["mia", "max"], "docs": [f"busy-{n:02}" for n in range(30)]}
    world = only(cli, served, snapshot(seats, teams), file)
    assert holders(world)["mia"] == "direct + pending web"
    report = undo(cli)
    assert outcomes_of(report) == {"team web": "done", "team docs": "done"}
    assert holders(world)["max"] == "web"
    assert live(world) >= {"mia", "max"}
    assert "had a seat before that apply, too" in told(report, "not_undone")["mia"]


def test_a_team_whose_seats_are_not_all_its_own_stays(cli: Cli, served: Serve) -> None:
    """Who had a seat before, and has one only through the team now, must not lose it."""
    seats = [*(row(f"busy-{n:02}") for n in range(30)), row("mia", "web")]
    teams = {"web": ["mia"], "docs": ["mia", "moe"]}
    world = served(snapshot(seats, teams))
    cli.write("seats.yml", "version: 1\norg: acme\nseats: {teams: [docs], undeclared: keep}\n")
    cli("ledger", "init", code=0)
    cli("apply", "--auto-approve", "--pace", 0, code=0)
    world.leave_team("mia", "web")
    world.advance(timedelta(days=40))
    assert holders(world)["mia"] == "docs"
    report = undo(cli)
    assert report["counts"]["planned"] == 0
    assert "the seat of 1 person who had one before" in told(report, "not_undone")["team docs"]
    assert live(world) >= {"mia", "moe"}


def test_what_a_half_done_apply_did(cli: Cli, served: Serve) -> None:
    world = served(acme())
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    served.sandboxes[-1].faults.add([Fault("DELETE */selected_users", status=500)])  # type: ignore[attr-defined]
    cli("apply", "--auto-approve", "--pace", 0, "--wait", 0, code=5)
    served.sandboxes[-1].faults.clear()  # type: ignore[attr-defined]
    report = undo(cli)
    assert set(outcomes_of(report)) == {"team hackers", "team newbies", "back", "newcomer"}
    assert few(world) == BEFORE


# --- twice, and undone itself -------------------------------------------------------------------


def test_twice(cli: Cli, world: World) -> None:
    undo(cli)
    ledger = cli.ledger()
    report = undo(cli)
    assert report["counts"]["planned"] == 0
    assert told(report, "not_undone").keys() == {
        *("back", "newcomer", "sleepy", "stray", "team hackers", "team newbies")
    }
    assert few(world) == BEFORE
    assert cli.ledger() == ledger
    assert "Nothing to undo." in cli("undo", "--auto-approve", code=0).out


def test_an_undo_can_be_undone_by_its_name(cli: Cli, world: World) -> None:
    first = undo(cli)["plan_id"]
    report = undo(cli, "seats.yml", first[:10])
    assert few(world) == APPLIED
    assert "sleepy" in told(report, "redone")
    assert cli("plan", "--detailed-exitcode", code=2)
    later = undo(cli)
    assert later["counts"]["planned"] == 0
    (text,) = {told(later, "not_undone")[one] for one in ("sleepy", "stray", "newcomer")}
    assert text == f"a later apply changed it since: undo that one, plan {report['plan_id'][:12]}"


def test_an_older_apply_by_its_name(cli: Cli, world: World) -> None:
    (first,) = applies(cli)
    cli.write("seats.yml", FILE.replace("newcomer, back", "back"))
    cli("apply", "--auto-approve", "--pace", 0, code=0)
    assert few(world)["newcomer"] == "pending direct"
    report = undo(cli, "seats.yml", first.upper()[:8])
    assert "newcomer" not in outcomes_of(report)
    assert few(world) == BEFORE


def test_ids_that_are_not_known(cli: Cli, world: World) -> None:
    (first,) = applies(cli)
    second = undo(cli)["plan_id"]
    ran = cli("undo", "seats.yml", "nonsense", "--auto-approve", code=1)
    assert f"{first}  2026-11-16T08:00:00Z\n" in ran.err
    assert f"{second}  2026-11-16T08:00:00Z  (an undo)\n" in ran.err
    assert "several" in cli("undo", "seats.yml", "", "--auto-approve", code=1).err


def test_where_there_is_nothing_to_go_by(cli: Cli, served: Serve) -> None:
    served(acme())
    cli.write("seats.yml", FILE)
    assert "there is no ledger" in cli("undo", "--auto-approve", code=1).err
    assert "--no-state" in cli("undo", "--auto-approve", "--no-state", code=1).err
    cli("ledger", "init", code=0)
    assert "knows of no apply" in cli("undo", "--auto-approve", code=1).err


# --- what can't be undone any more --------------------------------------------------------------


def test_after_the_billing_cycle(cli: Cli, world: World) -> None:
    world.live_on()
    world.advance(timedelta(days=20))
    report = undo(cli)
    assert set(outcomes_of(report)) == {"team newbies", "back", "newcomer"}
    left = told(report, "not_undone")
    assert "ended with the billing cycle" in left["sleepy"]
    assert "ended with the billing cycle" in left["stray"]
    assert "they ended with the billing cycle" in left["team hackers"]
    assert not {"sleepy", "stray", "hal", "hedy"} & holders(world).keys()


def test_who_has_left(cli: Cli, world: World) -> None:
    world.leave_organization("stray")
    world.leave_organization("newcomer")
    world.leave_team("hal", "hackers")
    report = undo(cli)
    left = told(report, "not_undone")
    assert "not an active member of the organisation any more" in left["stray"]
    assert left["newcomer"] == "the seat is gone"
    assert left["hal"] == "not in team hackers any more, whose seats are given back"
    assert holders(world)["hedy"] == "hackers"
    assert "stray" not in holders(world)
    assert world.directory.known("stray").membership == "none"


def test_a_team_that_is_no_more(cli: Cli, world: World) -> None:
    world.delete_team("hackers")
    report = undo(cli)
    assert "no longer exists" in next(
        text for name, text in told(report, "not_undone").items() if name.startswith("team")
    )
    assert outcomes_of(report).keys() == {"sleepy", "stray", "team newbies", "back", "newcomer"}


def test_a_seat_that_a_team_gives_now(cli: Cli, world: World) -> None:
    world.join_team("newcomer", "docs")
    report = undo(cli)
    assert "seated through docs, which stays" in told(report, "not_undone")["newcomer"]
    assert "newcomer" in live(world)


@pytest.mark.parametrize("moves", [True, False])
def test_what_somebody_changed_since(cli: Cli, served: Serve, moves: bool) -> None:
    world = served(acme(), switches={"renewal_moves_created_at": moves})
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    cli("apply", "--auto-approve", "--pace", 0, code=0)
    world.advance(timedelta(hours=3))
    world.grant_user("stray")
    world.revoke_user("stray")
    world.grant_user("sleepy")
    world.revoke_user("back")
    report = undo(cli)
    left = told(report, "not_undone")
    assert left["sleepy"] == "holds a live seat already, a direct one"
    assert left["back"] == "the seat ends on 2026-12-01 already"
    if moves:
        assert "somebody gave it anew on 2026-11-16" in left["stray"]
    assert ("stray" in live(world)) is not moves


def test_renamed_people_and_teams_are_the_same(cli: Cli, world: World) -> None:
    world.rename_user("stray", "strayed")
    world.rename_team("hackers", "crackers")
    report = undo(cli)
    assert outcomes_of(report).keys() >= {"strayed", "team crackers"}
    assert {"strayed", "hal", "hedy"} <= live(world)


def test_who_joined_the_team_since_is_told(cli: Cli, world: World) -> None:
    world.join_organization("noa")
    world.join_team("noa", "newbies")
    world.join_organization("ned")
    world.join_team("ned", "hackers")
    ran = cli("undo", "--auto-approve", "--pace", 0, code=0)
    assert "3 people lose a seat, 1 of them seated by it since" in ran.out
    assert "2 people get the seat back, and 1 other member one" in ran.out


# --- guards -------------------------------------------------------------------------------------


def test_an_allowance_counts_for_an_undo_too(cli: Cli, world: World) -> None:
    cli.write("seats.yml", FILE.replace("20", "3"))
    report = undo(cli, code=3)
    assert set(outcomes_of(report)) == {"team hackers", "sleepy", "stray"}
    assert {one["guard"] for one in report["withheld"]} == {"max_cancellations_per_cycle"}
    assert {"nia", "nils", "back", "newcomer", "hal", "sleepy", "stray"} <= live(world)
    cli.write("seats.yml", FILE.replace("20", "4"))
    assert set(outcomes_of(undo(cli))) == {"team newbies", "back", "newcomer"}
    assert few(world) == BEFORE


def test_seats_given_back_bill_nothing_new(cli: Cli, world: World) -> None:
    cli.write("seats.yml", FILE.replace("20}", "20, max_creations_per_cycle: 3}"))
    assert undo(cli)["counts"]["done"] == 6


def test_a_new_member_of_a_team_given_back_is_a_new_seat(cli: Cli, world: World) -> None:
    world.join_organization("ned")
    world.join_team("ned", "hackers")
    cli.write("seats.yml", FILE.replace("20}", "20, max_creations_per_cycle: 3}"))
    report = undo(cli, code=3)
    assert {one["guard"] for one in report["withheld"]} == {"max_creations_per_cycle"}
    assert not {"ned", "hal", "sleepy"} & live(world)


def test_another_setting_stops_everything(cli: Cli, world: World) -> None:
    world.set_setting("seat_management_setting", "assign_all")
    before = holders(world)
    report = undo(cli, code=3)
    assert report["counts"]["planned"] == 0
    assert len(report["withheld"]) == 6
    assert holders(world) == before


def test_the_last_seat_stays(cli: Cli, served: Serve) -> None:
    world = only(cli, served, snapshot(members=["ada"]), "{users: [ada]}")
    assert live(world) == {"ada"}
    cli.write("seats.yml", cli.read("seats.yml") + "guards: {max_cancellations_per_cycle: 5}\n")
    report = undo(cli, code=3)
    assert {one["guard"] for one in report["withheld"]} == {"last_seat"}
    assert live(world) == {"ada"}


def test_a_list_that_does_not_add_up(cli: Cli, served: Serve) -> None:
    stays = [f"stays-{number:03}" for number in range(110)]
    users = ", ".join([*stays, "ada"])
    seats = [row(login) for login in (*stays, "stray")]
    world = only(cli, served, snapshot(seats, members=["ada"]), f"{{users: [{users}]}}")
    page = {"page": "2"}
    odd = Fault("GET */billing/seats", query=page, drift=3, nth=tuple(range(1, 20, 2)))
    even = Fault("GET */billing/seats", query=page, drift=2)
    served.sandboxes[-1].faults.add([odd, even])  # type: ignore[attr-defined]
    report = undo(cli, code=3)
    assert {one["guard"] for one in report["withheld"]} == {"row_count"}
    assert live(world) >= {*stays, "ada"}


# --- asking, and what happens meanwhile ---------------------------------------------------------


def test_nobody_to_ask(cli: Cli, world: World) -> None:
    before, ledger = holders(world), cli.ledger()
    assert "--auto-approve" in cli.process("undo", stdin="yes\n", code=1).err
    assert (holders(world), cli.ledger()) == (before, ledger)


def test_no_and_yes_on_a_terminal(cli: Cli, world: World) -> None:
    ledger = cli.ledger()
    with Started(cli, "undo", terminal=True) as asking:
        asking.type("no\n")
        assert "declined; nothing was done" in asking.end(code=1).err
    assert (few(world), cli.ledger()) == (APPLIED, ledger)
    with Started(cli, "undo", "--pace", 0, terminal=True) as asking:
        asking.type("yes\n")
        ran = asking.end(code=0)
    assert "Apply 6 changes to acme? Only 'yes' is accepted: " in ran.err
    assert few(world) == BEFORE


def test_what_changes_before_the_yes_is_left_alone(cli: Cli, world: World) -> None:
    with Started(cli, "undo", "--pace", 0, "--report", "r.json", terminal=True) as asking:
        while not asking.line().startswith("Plan "):
            pass
        world.leave_organization("stray")
        world.grant_user("sleepy")
        world.join_team("newcomer", "docs")
        world.join_organization("noa")
        world.join_team("noa", "newbies")
        asking.type("yes\n")
        asking.end(code=0)
    report = cli.load("r.json")
    skipped = {name for name, result in outcomes_of(report).items() if result == "skipped"}
    assert skipped == {"stray", "sleepy", "newcomer", "team newbies"}
    assert {"nia", "nils", "noa", "newcomer"} <= live(world)
    assert "stray" not in holders(world)


def test_what_github_refuses(cli: Cli, world: World, served: Serve) -> None:
    api = served.sandboxes[-1].api  # type: ignore[attr-defined]
    handle = api.handle

    def refuse(request: Request) -> Answer:
        if request.method == "POST" and b"sleepy" in request.body:
            return ApiError(422, "Not today.").answer()
        return handle(request)

    api.handle = refuse
    report = undo(cli, code=5)
    assert [outcomes_of(report)[one] for one in ("sleepy", "stray")] == ["failed", "done"]
    api.handle = handle
    again = undo(cli, code=3)
    assert {one["guard"] for one in again["withheld"]} == {"refused"}
    assert "sleepy" not in live(world)


def test_what_github_refuses_for_everybody(cli: Cli, world: World, served: Serve) -> None:
    refusal = Fault("POST */selected_users", status=422, message="Not today.")
    served.sandboxes[-1].faults.add([refusal])  # type: ignore[attr-defined]
    report = undo(cli, code=5)
    assert {outcomes_of(report)[one] for one in ("sleepy", "stray")} == {"failed"}
    served.sandboxes[-1].faults.clear()  # type: ignore[attr-defined]
    undo(cli, code=0)
    assert {"sleepy", "stray"} <= live(world)


def test_a_lost_answer(cli: Cli, world: World, served: Serve) -> None:
    lost = Fault("POST */selected_users", nth=(1,), drop="after")
    served.sandboxes[-1].faults.add([lost])  # type: ignore[attr-defined]
    report = undo(cli, code=0)
    assert set(outcomes_of(report).values()) == {"done"}
    assert few(world) == BEFORE


def test_a_team_whose_seats_do_not_show_yet_is_not_taken_away_unseen(
    cli: Cli, served: Serve
) -> None:
    """Nobody could be listed, and no guard could count."""
    busy = [row(f"busy-{number:02}") for number in range(9)]
    org = snapshot(busy, {"newbies": ["nia", "nils", "noa"]})
    world = served(org, switches={"stale_readings": 30})
    users = ", ".join(f"busy-{number:02}" for number in range(9))
    seats = f"seats: {{teams: [newbies], users: [{users}]}}"
    cli.write("seats.yml", f"version: 1\norg: acme\n{seats}\n")
    cli("ledger", "init", code=0)
    quick = ("--auto-approve", "--pace", 0, "--wait", 0, "--format", "json")
    given = cli("apply", *quick, code=5).json
    assert outcomes_of(given) == {"team newbies": "unconfirmed"}
    cli.write("seats.yml", cli.read("seats.yml") + "guards: {max_cancellations_per_cycle: 2}\n")
    ran = cli("undo", *quick, code=0)
    assert outcomes_of(ran.json) == {}
    assert "GitHub's list does not show it yet: undo it once it does" in ran.out
    assert {"nia", "nils", "noa"} <= live(world)

    while not world.settled:
        world.reading()
    assert outcomes_of(cli("undo", *quick, code=3).json) == {}
    assert {"nia", "nils", "noa"} <= live(world)
