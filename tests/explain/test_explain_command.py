"""The command itself: whom a login means, what is an error, and that nothing is ever written."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from explain_support import (
    FILE,
    IDS,
    NOW,
    SEATS,
    SNAPSHOT,
    Json,
    Ran,
    explained,
    row,
    run,
    write_acme,
    write_ledger,
)

from reconciler.sandbox import World, serve
from reconciler.snapshot import load, write

TOKEN = "ghp_explainTokenThatMustNeverBeShown0123"


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """The organisation with its ledger."""
    write_acme(tmp_path)
    write_ledger(tmp_path)
    return tmp_path


def files(folder: Path) -> dict[str, str]:
    """Return a digest of every file."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def live(folder: Path, login: str, *more: object, snapshot: Json = SNAPSHOT) -> tuple[Ran, World]:
    """Explain *login* on the sandbox."""
    world = World.from_snapshot(snapshot)
    with serve([world]) as sandbox:
        environment = {"GITHUB_API_URL": sandbox.url, "GITHUB_TOKEN": TOKEN}
        ran = run(folder, "explain", "seats.yml", login, *more, environment=environment)
    assert TOKEN not in ran.out + ran.err
    return ran, world


# --- whom a login means -------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["octocat", "OctoCat", "OCTOCAT"])
def test_a_login_in_any_case(acme: Path, asked: str) -> None:
    told = explained(acme, asked)
    assert (told["user"]["login"], told["user"]["id"]) == ("octocat", IDS["octocat"])
    assert told["asked"] == asked


@pytest.mark.parametrize("asked", ["old-name", "renamed-since", "Renamed-Since"])
def test_somebody_renamed_under_both_logins(acme: Path, asked: str) -> None:
    told = explained(acme, asked)
    assert told["user"]["id"] == IDS["old-name"]
    assert [one["kind"] for one in told["notices"]] == ["renamed"]


def test_a_login_that_is_somebody_elses_now(acme: Path) -> None:
    text = FILE.replace("- wanda\n", "- {user: wanda, id: 999}\n")
    write_acme(acme, text)
    told = explained(acme, "wanda")
    assert told["user"]["id"] == IDS["wanda"], "who holds the login today"
    assert [one["kind"] for one in told["notices"]] == ["identity"]
    assert (
        "login wanda has id 2021, and the id in the file, 999, is nobody's"
        in told["notices"][0]["text"]
    )


def test_somebody_only_in_a_team(acme: Path) -> None:
    told = explained(acme, "ned")
    assert (told["effect"], told["rows"], told["user"]["teams"]) == ("none", [], ["platform"])
    assert "claimed by team platform" in told["decision"]["text"]
    assert [one["action_reason"] for one in told["teams"]] == ["held"]


def test_a_login_nobody_has(acme: Path) -> None:
    ran = run(acme, "explain", "seats.yml", "absentee", "--live", "acme.json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: nobody on GitHub is called absentee\n"


def test_a_login_nobody_has_and_one_that_is_near(acme: Path) -> None:
    ran = run(acme, "explain", "seats.yml", "octacat", "--live", "acme.json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: nobody on GitHub is called octacat; did you mean octocat?\n"


def test_a_login_nobody_has_and_the_file_names(acme: Path) -> None:
    write_acme(acme, FILE.replace("- wanda\n", "- vanished\n"))
    ran = run(acme, "explain", "seats.yml", "Vanished", "--live", "acme.json")
    assert ran.code == 1
    assert "nobody on GitHub is called Vanished" in ran.err
    assert "the file names them all the same: seats.yml:14:7" in ran.err
    assert "renamed or deleted" in ran.err


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("@octocat", "write the login without `@`: octocat"),
        ("octo@example.com", "is no login"),
        ("acme/platform", "is no login"),
        ("../../user", "is no login"),
        ("", "is no login"),
        ("octo cat", "is no login"),
        ("\x1b[31mred", "is no login"),
    ],
)
def test_what_can_be_no_login_is_told_with_a_hint(acme: Path, asked: str, hint: str) -> None:
    ran = run(acme, "explain", "seats.yml", asked, "--live", "acme.json")
    assert (ran.code, ran.out) == (1, "")
    assert hint in ran.err
    assert "\x1b" not in ran.err


def test_a_file_with_findings_is_not_explained(acme: Path) -> None:
    write_acme(acme, FILE.replace("version: 1", "version: 2"))
    ran = run(acme, "explain", "seats.yml", "octocat", "--live", "acme.json")
    assert (ran.code, ran.out) == (1, "")
    assert "seats.yml:1:10" in ran.err


# --- against an organisation that answers -------------------------------------------------------


def test_on_the_sandbox_as_on_the_snapshot(acme: Path) -> None:
    ran, world = live(acme, "ida", "--format", "json")
    assert ran.code == 0, ran.err
    offline = explained(acme, "ida")
    online = ran.json
    assert online.pop("org")["host"] != offline.pop("org")["host"]
    assert online["decision"] == offline["decision"]
    assert online["remedies"] == offline["remedies"]
    assert world.now >= NOW


def test_nothing_is_written_to_github_or_to_the_disk(acme: Path) -> None:
    before = files(acme)
    for login in ("ida", "holly", "stray", "newbie", "wendy"):
        world = World.from_snapshot(SNAPSHOT)
        seats = world.seats
        grants = {one: tuple(found) for one, found in seats.grants.items()}
        with serve([world]) as sandbox:
            environment = {"GITHUB_API_URL": sandbox.url, "GITHUB_TOKEN": TOKEN}
            ran = run(acme, "explain", "seats.yml", login, environment=environment)
            assert ran.code == 0, ran.err
        assert {one: tuple(found) for one, found in seats.grants.items()} == grants
    assert files(acme) == before


@pytest.mark.parametrize(
    ("login", "membership"), [("plain", "active"), ("gone-er", "outside"), ("iris", "invited")]
)
def test_somebody_whom_planning_does_not_read(acme: Path, login: str, membership: str) -> None:
    # Nobody here has to be read as a member: everybody in the file holds a direct seat.
    write_acme(acme, "version: 1\norg: acme\nseats:\n  users: [octocat]\n  undeclared: keep\n")
    ran, _ = live(acme, login, "--format", "json")
    assert ran.code == 0, ran.err
    assert ran.json["user"]["membership"] == membership
    assert ran.json["effect"] == "none"
    assert ran.json["decision"]["text"] == "claimed by no line, and there is no seat"


def test_nobody_on_the_sandbox(acme: Path) -> None:
    ran, _ = live(acme, "nobody-at-all")
    assert (ran.code, ran.out) == (1, "")
    assert "nobody on GitHub is called nobody-at-all" in ran.err


def test_a_snapshot_that_never_looked_says_so(acme: Path, tmp_path: Path) -> None:
    from reconciler import config
    from reconciler.plan.observe import observe

    desired = config.load(str(acme / "seats.yml"))
    write(acme / "taken.json", observe(desired, load(acme / "acme.json"), None, whole=True))
    ran = run(acme, "explain", "seats.yml", "plian", "--live", "taken.json")
    assert (ran.code, ran.out) == (1, "")
    assert "nobody in this snapshot is called plian" in ran.err
    assert "did you mean plain?" in ran.err
    assert run(acme, "explain", "seats.yml", "plain", "--live", "taken.json").code == 0


# --- hostile words ------------------------------------------------------------------------------


def test_words_from_outside_can_do_nothing_in_a_terminal(acme: Path) -> None:
    text = FILE.replace("reason: parental leave", 'reason: "::stop:: ##[error]"')
    seats = [*SEATS, row("lisa", "hackathon", pending="next-cycle")]
    seats[-1]["assigning_team"] |= {"slug": "evil\x1b[2J"}
    write_acme(acme, text, SNAPSHOT | {"seats": seats})
    ran = run(acme, "explain", "seats.yml", "lisa", "--live", "acme.json")
    assert ran.code == 0, ran.err
    assert "\x1b" not in ran.out
    assert "##[error]" not in ran.out
    assert r"evil\x1b[2J" in ran.out


def test_help_says_what_it_does_and_its_exit_codes(acme: Path) -> None:
    ran = run(acme, "explain", "--help")
    assert ran.code == 0
    assert "Exit codes: 0 explained, 1 error" in ran.out
    assert "explain" in run(acme, "--help").out


def test_both_file_and_login_are_needed(acme: Path) -> None:
    ran = run(acme, "explain", "seats.yml")
    assert ran.code == 1
    assert "LOGIN" in ran.err


# --- what it reads ------------------------------------------------------------------------------


def requests(folder: Path, *arguments: object) -> list[str]:
    """Return method and path of every request that a command made."""
    world = World.from_snapshot(SNAPSHOT)
    with serve([world]) as sandbox:
        environment = {"GITHUB_API_URL": sandbox.url, "GITHUB_TOKEN": TOKEN}
        ran = run(folder, *arguments, "-v", environment=environment)
    found = re.findall(r"HTTP Request: (\S+) http://[^/]+(\S+)", ran.err)
    return sorted(f"{method} {path}" for method, path in found)


@pytest.mark.parametrize("login", ["octocat", "ida", "goer", "renamed-since"])
def test_it_reads_what_planning_reads_and_no_more(acme: Path, login: str) -> None:
    planning = requests(acme, "plan", "seats.yml")
    assert planning
    assert requests(acme, "explain", "seats.yml", login) == planning
    assert {one.split()[0] for one in planning} == {"GET"}


def test_somebody_unknown_to_planning_is_looked_up(acme: Path) -> None:
    planning = requests(acme, "plan", "seats.yml")
    asked = requests(acme, "explain", "seats.yml", "gone-er")
    more = [one for one in asked if one not in planning]
    assert more == ["GET /orgs/acme/memberships/gone-er", "GET /users/gone-er"]
