"""`init`: a file for any organisation whose first plan is empty, and the ledger begun."""

from __future__ import annotations

import json
import subprocess

import pytest
from e2e_support import DEMO, TAKEN, Cli, Serve, crowd, holders, row, snapshot

from reconciler import config


def demo() -> dict[str, object]:
    return json.loads((DEMO / "acme.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("rows", ["one", "several"])
@pytest.mark.parametrize("named", ["acme", "ACME"])
def test_the_demos_organisation_gets_a_file_without_changes(
    cli: Cli, served: Serve, rows: str, named: str
) -> None:
    world = served(demo(), switches={"rows": rows})
    before = holders(world)
    ran = cli("init", "--org", named, code=0)
    assert "seats.yml: written" in ran.out
    assert "acme.jsonl: begun" in ran.out
    cli("validate", code=0)
    plan = cli("plan", "--format", "json", "--detailed-exitcode", code=0).json
    assert plan["resource_changes"] == []
    assert plan["copilot_seats"]["withheld"] == []
    assert cli("drift", code=0).out.splitlines()[-1].startswith("drift acme ")
    assert holders(world) == before
    text = cli.read("seats.yml")
    assert "# What this file can't express:" in text
    assert "(ent:leadership)" in text
    assert "without an assignee" in text
    assert "Pending cancellation and left to end" in text


def test_the_ledger_is_begun_and_knows_who_was_there(cli: Cli, served: Serve) -> None:
    served(snapshot([*crowd(5), row("Mona", "docs")], {"docs": ["Mona"]}))
    cli("init", "--org", "acme", code=0)
    events = cli.ledger()
    assert [one["event"] for one in events] == ["begun", "observed", "resolved"]
    assert events[0]["organization_id"] == 70211
    assert cli("ledger", "verify", code=0).out.startswith(".copilot-seats/acme.jsonl: whole, 3")
    cli("plan", "--detailed-exitcode", code=0)
    for_git = {".copilot-seats/.gitattributes", ".copilot-seats/.gitignore"}
    assert cli.files() == {"seats.yml", ".copilot-seats/acme.jsonl"} | for_git | {
        one for one in cli.files() if one.endswith(".lock")
    }


@pytest.mark.parametrize("begin", [("init", "--org", "acme"), ("ledger", "init")])
def test_git_keeps_the_ledgers_line_ends_and_no_lock(
    cli: Cli, served: Serve, begin: tuple[str, ...]
) -> None:
    served(snapshot(crowd(5)))
    if begin[0] == "ledger":
        cli.write("seats.yml", "version: 1\norg: acme\nseats: {members: all}\n")
    cli.write(".copilot-seats/.gitignore", "*.lock\nmine")
    said = cli(*begin, code=0).text
    assert "Commit .copilot-seats/" in said
    assert "--state-branch" in said
    assert cli.read(".copilot-seats/.gitignore").splitlines()[:2] == ["*.lock", "mine"]

    def git(*arguments: str) -> str:
        ran = subprocess.run(
            ["git", *arguments], cwd=cli.folder, check=True, capture_output=True, text=True
        )
        return ran.stdout

    git("init", "-q")
    git("-c", "core.autocrlf=true", "add", ".copilot-seats")
    kept = git("ls-files").split()
    assert kept == [
        f".copilot-seats/{one}" for one in (".gitattributes", ".gitignore", "acme.jsonl")
    ]
    (cli.folder / ".copilot-seats" / "acme.jsonl").unlink()
    git("-c", "core.autocrlf=true", "checkout", "--", ".copilot-seats")
    assert b"\r" not in (cli.folder / ".copilot-seats" / "acme.jsonl").read_bytes()
    cli("ledger", "verify", code=0)


def test_a_ledger_with_the_line_ends_of_windows_goes_on(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(5)))
    cli("init", "--org", "acme", code=0)
    path = cli.folder / ".copilot-seats" / "acme.jsonl"
    before = cli("ledger", "verify", code=0).out
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert cli("ledger", "verify", code=0).out == before
    cli("drift", code=0)
    assert path.read_bytes().count(b"\r\n") == 3, "what was there is left as it is"
    path.write_bytes(path.read_bytes() + b'{"event":"obs\r')
    assert "torn" in cli("ledger", "verify", code=0).out
    cli("drift", code=0)
    assert ": whole, 5 events" in cli("ledger", "verify", code=0).out


def test_an_organisation_without_seats(cli: Cli, served: Serve) -> None:
    served(snapshot(members=["mona"]))
    cli("init", "--org", "acme", "-o", "team/acme.yml", code=0)
    cli("validate", "team/acme.yml", code=0)
    ran = cli("plan", "team/acme.yml", "--detailed-exitcode", code=0)
    assert "No changes" in ran.out
    assert "team/.copilot-seats/acme.jsonl" in cli.files()


def test_seats_that_no_file_can_claim(cli: Cli, served: Serve) -> None:
    world = served(
        snapshot(
            [
                row(None),
                row(None, pending="next-cycle"),
                row("erin", "ent:leads"),
                row("pia", pending="next-cycle"),
            ],
            members=["mona"],
        )
    )
    before = holders(world)
    cli("init", "--org", "acme", code=0)
    text = cli.read("seats.yml")
    assert "1 person seated through enterprise teams (ent:leads)" in text
    assert "2 seats without an assignee" in text
    assert "left to end, so not listed: pia" in text
    cli("validate", code=0)
    cli("plan", "--detailed-exitcode", code=0)
    assert holders(world) == before


@pytest.mark.parametrize("setting", ["assign_all", "disabled", "unconfigured"])
def test_a_setting_under_which_nothing_can_be_changed(
    cli: Cli, served: Serve, setting: str
) -> None:
    billing = {"seat_management_setting": setting, "public_code_suggestions": "block"}
    served(snapshot(crowd(6), billing=billing))
    cli("init", "--org", "acme", code=0)
    assert f"The organisation's setting is {setting}" in cli.read("seats.yml")
    cli("validate", code=0)
    cli("plan", "--detailed-exitcode", code=0)


WEIRD = ("null", "1e3", "-x-", "007", "no", "Yes", "0x10", "1_000", "2026-11-22", "true", "a--b")
"""Logins that GitHub has given out at some time, and that may be taken for something else."""


@pytest.mark.parametrize("how", ["direct", "team", "both", "unowned"])
def test_weird_logins_and_slugs(cli: Cli, served: Serve, how: str) -> None:
    seats = crowd(12)
    if how in ("direct", "both"):
        seats += [row(login) for login in WEIRD]
    if how in ("team", "both"):
        seats += [row(f"member-of-{slug}", slug) for slug in WEIRD]
    if how == "unowned":
        seats += [row(login, pending="next-cycle") for login in WEIRD]
    teams = {slug: [f"member-of-{slug}"] for slug in WEIRD} if how in ("team", "both") else {}
    world = served(snapshot(seats, teams))
    before = holders(world)
    cli("init", "--org", "acme", code=0)
    assert cli("validate", code=0).out == "1 file: 0 errors\n"
    cli("plan", "--detailed-exitcode", code=0)
    assert holders(world) == before
    file = config.load(cli.folder / "seats.yml")
    if how == "direct":
        claimed = {entry.name.text for entry in file.seats.users}
        # What a file can't name stays all the same, and the comments say so.
        for login in WEIRD:
            assert login in claimed or login in cli.read("seats.yml")


def test_people_who_are_no_members_any_more(cli: Cli, served: Serve) -> None:
    world = served(
        snapshot(
            [*crowd(8), row("guest"), row("gone", "docs"), row("dora", "docs")],
            {"docs": ["dora"]},
            users={"guest": "none", "gone": "none"},
        )
    )
    before = holders(world)
    cli("init", "--org", "acme", code=0)
    cli("plan", "--detailed-exitcode", code=0)
    assert holders(world) == before


def test_a_suspended_person_with_an_obfuscated_login(cli: Cli, served: Serve) -> None:
    world = served(snapshot([*crowd(8), row("mona")]))
    login = world.suspend_user("mona")
    before = holders(world)
    cli("init", "--org", "acme", code=0)
    assert login in cli.read("seats.yml")
    cli("plan", "--detailed-exitcode", code=0)
    assert holders(world) == before


def test_a_file_is_never_overwritten(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", "version: 1\n")
    ran = cli("init", "--org", "acme", code=1)
    assert "seats.yml exists" in ran.err
    assert cli.read("seats.yml") == "version: 1\n"
    assert cli.files() == {"seats.yml"}


def test_without_a_ledger(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli("init", "--org", "acme", "--no-state", code=0)
    assert cli.files() == {"seats.yml"}


def test_an_existing_ledger_is_kept(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli("init", "--org", "acme", code=0)
    before = cli.read(".copilot-seats/acme.jsonl")
    cli("init", "--org", "acme", "-o", "again.yml", code=0)
    assert cli.read(".copilot-seats/acme.jsonl") == before


@pytest.mark.parametrize("org", ["", "a b", "../x", "acme/platform", "@acme", "x" * 60])
def test_what_is_no_organisation(cli: Cli, served: Serve, org: str) -> None:
    served(snapshot(crowd(3)))
    ran = cli("init", f"--org={org}", code=1)
    assert "is no organisation's login" in ran.err
    assert cli.files() == set()


def test_the_file_carries_ids_and_the_day(cli: Cli, served: Serve) -> None:
    served(snapshot([row("Zed"), row("anna"), row("dora", "docs")], {"docs": ["dora"]}))
    cli("init", "--org", "acme", code=0)
    text = cli.read("seats.yml")
    assert f"as found on {TAKEN[:10]}" in text
    file = config.load(cli.folder / "seats.yml")
    assert [(one.name.text, one.name.id is not None) for one in file.seats.users] == [
        ("anna", True),
        ("Zed", True),
    ]
    assert [one.name.text for one in file.seats.teams] == ["docs"]
