"""`sandbox` as a program: what it serves, what it says, what it takes, and how it ends."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from e2e_support import DEMO, TAKEN, Cli, Started, changes_of, crowd, row, snapshot
from pairwise import domains

from reconciler.sandbox import control

FILE = "version: 1\norg: {org}\nseats: {{users: [busy-000, busy-001, busy-002]}}\n"


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox that runs: its process, a client for it, and the first line it printed."""

    process: Started
    api: httpx.Client
    greeting: str


@contextmanager
def running(cli: Cli, *arguments: object) -> Iterator[Served]:
    """Run the sandbox, and export what it says; with a client for it."""
    with Started(cli, "sandbox", *arguments) as started:
        lines = [started.line() for _ in range(4)]
        exported = [re.fullmatch(r"  export (\w+)=(\S+)\n", line) for line in lines[2:]]
        cli.environment.update(found.groups() for found in exported if found)  # type: ignore[misc]
        url = cli.environment["GITHUB_API_URL"]
        assert url in lines[0], lines
        headers = {"Authorization": "Bearer sandbox", "User-Agent": "tests"}
        with httpx.Client(base_url=url, headers=headers) as api:
            yield Served(started, api, lines[0])


def seats(api: httpx.Client, org: str = "acme") -> list[Any]:
    found: list[Any] = api.get(f"/_sandbox/orgs/{org}").json()["seats"]
    return found


# --- what it serves -----------------------------------------------------------------------------


def test_a_snapshot_is_served_and_not_changed(cli: Cli) -> None:
    text = json.dumps(snapshot([*crowd(3), row("stray")]))
    cli.write("snap.json", text)
    cli.write("seats.yml", FILE.format(org="acme"))
    with running(cli, "snap.json") as served:
        assert "organisation acme at http://127.0.0.1:" in served.greeting
        assert ": 4 seats, 2026-11-16 08:00 UTC;" in served.greeting
        cli("ledger", "init", code=0)
        cli("apply", "--auto-approve", "--pace", 0, code=0)
        assert "No changes" in cli("plan", code=0).out
        pending = [one for one in seats(served.api) if one["pending_cancellation_date"]]
        assert [one["assignee"]["login"] for one in pending] == ["stray"]
        served.process.signal(signal.SIGINT)
        ran = served.process.end(code=0)
    assert (ran.out, ran.err) == ("sandbox: ended\n", "")
    assert cli.read("snap.json") == text


def test_the_clock_is_everyones(cli: Cli) -> None:
    cli.write("snap.json", json.dumps(snapshot([*crowd(3), row("stray", pending="next-cycle")])))
    cli.write("seats.yml", FILE.format(org="acme"))
    with running(cli, "snap.json") as served:
        assert "read 2026-11-16 08:00 UTC" in cli("plan", "--no-state", code=0).out
        assert len(seats(served.api)) == 4
        moved = served.api.post("/_sandbox/clock", json={"advance": "15d"}).json()
        assert moved == {"now": "2026-12-01T08:00:00Z"}
        assert "read 2026-12-01 08:00 UTC" in cli("plan", "--no-state", code=0).out
        assert len(seats(served.api)) == 3


def test_several_snapshots_are_several_organisations(cli: Cli) -> None:
    cli.write("one.json", json.dumps(snapshot([*crowd(3), row("stray")])))
    cli.write("two.json", json.dumps(snapshot(crowd(3), org="other")))
    cli.write("one.yml", FILE.format(org="acme"))
    cli.write("two.yml", FILE.format(org="other"))
    with running(cli, "one.json", "two.json") as served:
        assert "organisations acme and other at" in served.greeting
        ran = cli("plan", "one.yml", "two.yml", "--no-state", code=0)
        assert "Plan for acme" in ran.out
        assert "against other on" in ran.out


def test_an_organisation_made_up_of_a_number_and_a_seed(cli: Cli) -> None:
    def made(*arguments: object) -> list[Any]:
        with running(cli, "--generate", 120, *arguments) as served:
            org = arguments[arguments.index("--org") + 1] if "--org" in arguments else "acme"
            return [one["assignee"] for one in seats(served.api, str(org))]

    first = made("--seed", 7)
    assert len(first) == 120
    assert made("--seed", 7) == first
    assert made("--seed", 8, "--org", "other") != first
    assert made() == made("--seed", 0)


def test_a_made_up_organisation_has_a_file_in_one_command(cli: Cli) -> None:
    with running(cli, "--generate", 60):
        cli("init", "--org", "acme", code=0)
        assert "No changes" in cli("plan", code=0).out


# --- switches and faults ------------------------------------------------------------------------


def test_switches_are_set_by_name(cli: Cli) -> None:
    cli.write("snap.json", json.dumps(snapshot(crowd(2))))
    arguments = ["--switch", "rows=several", "--switch", "stale_readings=2"]
    with running(cli, "snap.json", *arguments, "--switch", "absent_keys=true") as served:
        found = served.api.get("/_sandbox/orgs/acme/switches").json()
        assert (found["rows"], found["stale_readings"]) == ("several", 2)
        assert found["absent_keys"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["row=one"], ["'row'", "Did you mean 'rows'?", *domains()]),
        (["Stale-Readings=2"], ["Did you mean 'stale_readings'?"]),
        (["xyzzy=1"], ["There are rows, total"]),
        (["rows=two"], ["one of one, several", "'two'"]),
        (["child_teams=maybe"], ["true or false", "'maybe'"]),
        (["stale_readings=-1"], ["whole number"]),
        (["rows"], ["NAME=VALUE", "'rows'"]),
        (["rows=one", "--switch", "rows=several"], ["rows is set twice"]),
    ],
)
def test_a_wrong_switch_is_told(cli: Cli, arguments: Sequence[str], words: Sequence[str]) -> None:
    cli.write("snap.json", json.dumps(snapshot(crowd(2))))
    ran = cli("sandbox", "snap.json", "--switch", *arguments, code=1)
    assert not [word for word in words if word not in ran.err], ran.err
    assert ran.out == ""


def test_faults_strike_from_the_start(cli: Cli) -> None:
    cli.write("snap.json", json.dumps(snapshot(crowd(3))))
    rules = [
        {"operation": "GET *", "nth": 2, "status": 502, "delay": 0.01},
        {"operation": "POST */selected_users", "probability": 0.5, "seed": 3, "drop": "after"},
    ]
    cli.write("faults.json", json.dumps(rules))
    with running(cli, "snap.json", "--faults", "faults.json") as served:
        billing = "/orgs/acme/copilot/billing"
        assert [served.api.get(billing).status_code for _ in range(3)] == [200, 502, 200]
        assert [one["struck"] for one in served.api.get("/_sandbox/faults").json()] == [1, 0]
    cli.write("faults.json", json.dumps(rules[0]))
    with running(cli, "snap.json", "--faults", "faults.json") as served:
        assert len(served.api.get("/_sandbox/faults").json()) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[{"status": 502}, {"staus": 1}]', ["rule 2", "'staus'", "Did you mean 'status'?"]),
        ('{"status": 200}', ["200", "'status'"]),
        ('{"probability": NaN}', ["nan", "'probability'"]),
        ("[5]", ['{"status": 502, "nth": 2}']),
        ("[1,]", ["it is not JSON", "line 1, column 4"]),
        ("[" * 100_000, ["no JSON that can be read"]),
        ("9" * 5000, ["no JSON that can be read"]),
    ],
)
def test_wrong_faults_are_told(cli: Cli, content: str, words: Sequence[str]) -> None:
    cli.write("snap.json", json.dumps(snapshot(crowd(2))))
    cli.write("faults.json", content)
    ran = cli("sandbox", "snap.json", "--faults", "faults.json", code=1)
    assert ran.err.startswith("error: faults.json: ")
    assert not [word for word in words if word not in ran.err], ran.err
    assert "can't be read" in cli("sandbox", "snap.json", "--faults", "no.json", code=1).err


# --- wrong snapshots and wrong usage --------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["it is not JSON"]),
        ("[]", ["expected an object"]),
        ("{}", ["$.organization"]),
        ('{"organization": {"login": "a", "id": 1}, "teams": [{}]}', ["$.teams[0].slug"]),
        ('{"format_version": "9.0"}', ["format_version", "9.0"]),
        ('{"a": 1, "a": 2}', ["twice"]),
    ],
)
def test_a_wrong_snapshot_is_told_with_its_path(
    cli: Cli, content: str, words: Sequence[str]
) -> None:
    cli.write("snap.json", content)
    ran = cli("sandbox", "snap.json", code=1)
    assert ran.err.startswith("error: snap.json: ")
    assert not [word for word in words if word not in ran.err], ran.err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ([], "Name a SNAPSHOT"),
        (["absent.json"], "error: absent.json: it can't be read: No such file"),
        (["."], "error: .: it can't be read"),
        (["snap.json", "--generate", 5], "Either a SNAPSHOT"),
        (["snap.json", "--seed", 5], "--seed belongs to --generate"),
        (["snap.json", "--org", "x"], "--org belongs to --generate"),
        (["snap.json", "snap.json"], "two snapshots"),
        (["--generate", 0], "not in the range"),
        (["--generate", 5, "--org", "a b"], "'a b' can't be"),
        (["--generate", 5, "--port", 65536], "not in the range"),
    ],
)
def test_wrong_usage_is_told(cli: Cli, line: Sequence[object], words: str) -> None:
    cli.write("snap.json", json.dumps(snapshot(crowd(2))))
    assert words in cli("sandbox", *line, code=1).err


def test_a_port_that_is_taken(cli: Cli) -> None:
    cli.write("snap.json", json.dumps(snapshot(crowd(2))))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = cli("sandbox", "snap.json", "--port", port, code=1)
    assert f"can't listen on port {port}" in ran.err


# --- the end, and the help ----------------------------------------------------------------------


def test_it_ends_when_it_is_told_to_and_lets_the_port_go(cli: Cli) -> None:
    cli.write("snap.json", json.dumps(snapshot(crowd(2))))
    with running(cli, "snap.json") as served:
        assert served.api.get("/_sandbox/clock").json() == {"now": TAKEN}
        port = served.api.base_url.port
        served.process.signal(signal.SIGTERM)
        ran = served.process.end(code=143)
    assert (ran.out, ran.err) == ("", "terminated\n")
    with running(cli, "snap.json", "--port", port) as served:
        assert served.api.base_url.port == port


def test_the_help_names_paths_that_there_are(cli: Cli) -> None:
    text = cli("sandbox", "--help", code=0).out
    named = re.findall(r"^ +((?:[A-Z]+(?:, )?)+) +(/_sandbox\S*)", text, re.MULTILINE)
    assert len(named) >= 10
    actions = re.findall(r"([a-z]+(?:-[a-z]+)*) \{", text)
    assert {"use", "live-on", "join-team"} == set(actions)
    cli.write("snap.json", json.dumps(snapshot(crowd(1))))
    with running(cli, "snap.json") as served:
        for methods, path in named:
            for method in methods.split(", "):
                for action in actions if "ACTION" in path else [""]:
                    concrete = path.replace("ORG", "acme").replace("ACTION", action)
                    concrete = concrete.replace("OWNER/NAME", "acme/seats")
                    found = served.api.request(method, concrete, json={"advance": "1d"})
                    assert found.status_code != 404, (method, concrete)
    assert set(actions) <= set(control.ACTIONS)


def test_the_demos_organisation_can_be_rehearsed_on(cli: Cli) -> None:
    cli.write("seats.yml", (DEMO / "seats.yml").read_text(encoding="utf-8"))
    with running(cli, DEMO / "acme.json") as served:
        assert ": 305 seats, " in served.greeting
        plan = cli("plan", "--no-state", "--format", "json", code=3).json
        assert changes_of(plan)["team hackathon"] == "delete undeclared"


# --- a rehearsal --------------------------------------------------------------------------------


def test_a_rehearsal_leaves_the_real_ledger_alone(cli: Cli) -> None:
    cli.write("snap.json", json.dumps(snapshot([*crowd(3), row("stray")])))
    cli.write("seats.yml", FILE.format(org="acme"))
    with running(cli, "snap.json") as served:
        cli("ledger", "init", code=0)
        [begun] = cli.read(".copilot-seats/acme.jsonl").splitlines()[:1]
        url = cli.environment["GITHUB_API_URL"]
        real = begun.replace(url, "https://api.github.com") + "\n"
        cli.write(".copilot-seats/acme.jsonl", real)
        cli("plan", "--out", "plan.json", code=0)
        for command in (["drift"], ["apply", "plan.json"], ["apply", "--auto-approve"]):
            assert "a rehearsal must not be remembered as real" in cli(*command, code=1).err
        assert cli.read(".copilot-seats/acme.jsonl") == real
        assert not [one for one in seats(served.api) if one["pending_cancellation_date"]]
        shutil.copytree(cli.folder / ".copilot-seats", cli.folder / "rehearsal")
        cli("apply", "--auto-approve", "--pace", 0, "--state", "rehearsal", code=0)
        assert cli.read(".copilot-seats/acme.jsonl") == real
        assert [one for one in seats(served.api) if one["pending_cancellation_date"]]
