"""`snapshot --anonymize`: what goes into a bug report names nobody, and gives the same plan."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from e2e_random import Organisation, switches
from e2e_support import DEMO, Cli, Json, Serve, crowd, row, schema, snapshot

from reconciler.sandbox import Fault, World

TWINS = ("-o", "report/snapshot.json", "--anonymize", "--with-file", "report/seats.yml")


def decisions(plan: Json) -> Json:
    """Return what *plan* says but for names, ids, places, digests and the order of names."""
    found = plan["copilot_seats"]
    return {
        "changes": sorted(json.dumps(_change(one)) for one in plan["resource_changes"]),
        "withheld": sorted(
            [one["guard"], one["actions"], one["action_reason"]] for one in found["withheld"]
        ),
        "checks": [(one["name"], one["status"]) for one in plan["checks"]],
        "notices": sorted(one["kind"] for one in found["notices"]),
        "summary": found["summary"],
        "observed": {key: found["observed"][key] for key in ("seats", "pending_cancellation")},
        "timestamp": plan["timestamp"],
        "applyable": plan["applyable"],
    }


def _change(one: Json) -> list[object]:
    state = dict(one["change"]["before"] or one["change"]["after"])
    people = len(state.pop("user_ids", ()))
    kept = {
        key: state[key]
        for key in sorted(state)
        if key not in ("login", "user_id", "team_id", "slug")
    }
    return [one["type"], one["change"]["actions"], one["action_reason"], people, kept]


def planned(cli: Cli, file: str, *arguments: object) -> Json:
    ran = cli("plan", file, "--format", "json", *arguments)
    assert ran.code in (0, 3), ran.text
    schema("plan").validate(ran.json)
    return decisions(ran.json)


def strings(found: Any) -> Iterator[str]:
    """Yield every text and number in a JSON or YAML value, keys included."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from strings(key)
            yield from strings(value)
    elif isinstance(found, list):
        for value in found:
            yield from strings(value)
    else:
        yield str(found).lower()


def written(folder: Path) -> Iterator[str]:
    """Yield every text and number in the twins' files."""
    yield from strings(json.loads((folder / "snapshot.json").read_text()))
    yield from strings(yaml.safe_load((folder / "seats.yml").read_text()))
    for ledger in folder.glob(".copilot-seats/*.jsonl"):
        for line in ledger.read_text().splitlines():
            # A claim line holds an id behind a colon.
            yield from (part for text in strings(json.loads(line)) for part in text.split(":"))


def real(content: Json) -> set[str]:
    """Return all logins, slugs, display names and ids in a snapshot."""
    found: set[str] = set()
    for key in ("members", "users", "teams"):
        for one in content.get(key) or ():
            found |= {str(one.get(name)) for name in ("login", "id", "slug", "name")}
    for one in content["seats"]:
        for part in (one["assignee"] or {}, one["assigning_team"] or {}):
            found |= {str(part.get(name)) for name in ("login", "id", "slug", "name")}
    organization = content["organization"]
    found |= {organization["login"], str(organization["id"])}
    return {one.lower() for one in found} - {"none"}


def history(cli: Cli, world: World) -> None:
    """Let a ledger fill: warnings, an apply, a month, somebody renamed, a refusal."""
    cli("ledger", "init", code=0)
    cli("drift")
    cli("apply", "--auto-approve", "--pace", 0, "--wait", 0)
    world.live_on()
    world.advance(timedelta(days=31))
    cli("drift")


def test_a_case_with_a_history(cli: Cli, served: Serve) -> None:
    content = json.loads((DEMO / "acme.json").read_text(encoding="utf-8"))
    world = served(content)
    shutil.copy(DEMO / "seats.yml", cli.folder)
    history(cli, world)
    world.rename_user("dario-larsen", "dario-of-delphi")
    world.rename_team("security", "defence")
    world.join_organization("newest-of-all", 4_242_424_242)
    world.join_team("newest-of-all", "engineering")
    before = planned(cli, "seats.yml")
    assert before["changes"]
    assert before["summary"]["create"] == 1
    ran = cli("snapshot", *TWINS, code=0)
    command = ran.out.splitlines()[-1].strip().split()
    assert command[:2] == ["copilot-seats", "plan"]
    assert planned(cli, *command[2:]) == before

    folder = cli.folder / "report"
    schema("snapshot").validate(json.loads((folder / "snapshot.json").read_text()))
    cli("validate", "report/seats.yml", code=0)
    cli("ledger", "verify", "report/seats.yml", code=0)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    assert files == [
        ".copilot-seats",
        ".copilot-seats/example.jsonl",
        ".copilot-seats/example.lock",
        "seats.yml",
        "snapshot.json",
    ]
    names = real(content) | {"dario-of-delphi", "defence", "newest-of-all", "4242424242"}
    assert len(names) > 600
    assert not names & set(written(folder))
    text = "".join(path.read_text() for path in folder.rglob("*") if path.is_file()).lower()
    # Words of the formats themselves may be somebody's name: `team`, `security`, `id`.
    telling = {one for one in names if "-" in one or one.isdigit()}
    assert not [one for one in telling if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", text)]
    for word in ("acme", "parental", "design system", "contractors", "automation", "127.0.0.1"):
        assert word not in text
    # Another time other pseudonyms, in the same place.
    first = (folder / "seats.yml").read_text()
    cli("snapshot", *TWINS, code=0)
    assert (folder / "seats.yml").read_text() != first
    assert planned(cli, *command[2:]) == before


@pytest.mark.parametrize("seed", range(12))
def test_any_organisation_with_a_history(cli: Cli, served: Serve, seed: int) -> None:
    chance = random.Random(seed)
    org = Organisation(chance)
    world = served(org.snapshot, switches=switches(chance))
    cli.write("seats.yml", org.file())
    history(cli, world)
    before = planned(cli, "seats.yml")
    cli("snapshot", *TWINS, code=0)
    assert planned(cli, "report/seats.yml", "--live", "report/snapshot.json") == before
    common = {"null", "no", "yes", "0", "1"}  # words and counts of the formats
    assert not (real(org.snapshot) - common) & set(written(cli.folder / "report"))


def test_an_undo_is_one_of_the_twin_s_own_plans(cli: Cli, served: Serve) -> None:
    served(json.loads((DEMO / "acme.json").read_text(encoding="utf-8")))
    shutil.copy(DEMO / "seats.yml", cli.folder)
    cli("ledger", "init", code=0)
    cli("apply", "--auto-approve", "--pace", 0, "--wait", 0)
    cli("undo", "--auto-approve", "--pace", 0, "--wait", 0)
    cli("snapshot", *TWINS, code=0)
    real = [one for one in cli.ledger() if one["event"] == "apply_started"]
    shown = cli.ledger("example", "report/.copilot-seats")
    started = [one for one in shown if one["event"] == "apply_started"]
    assert [one.get("undoes") for one in started] == [None, started[0]["plan_id"]]
    assert not {one["plan_id"] for one in started} & {one["plan_id"] for one in real}


def test_what_github_refused_stays_refused(cli: Cli, served: Serve) -> None:
    refusing = Fault("POST */selected_users", status=422, message="No seat for fresh-face")
    served(snapshot(crowd(30), members=["fresh-face"]), faults=[refusing])
    cli.write("seats.yml", "version: 1\norg: acme\nseats: {members: all}\n")
    cli("ledger", "init", code=0)
    cli("apply", "--auto-approve", "--pace", 0, "--wait", 0, code=5)
    before = planned(cli, "seats.yml")
    assert before["withheld"] == [["refused", ["create"], "declared"]]
    cli("snapshot", *TWINS, code=0)
    assert planned(cli, "report/seats.yml", "--live", "report/snapshot.json") == before
    assert "fresh" not in cli.read("report/.copilot-seats/example.jsonl")


def test_without_a_ledger_the_twin_is_planned_without_one(cli: Cli, served: Serve) -> None:
    served(snapshot([*crowd(30), row("idle-one", active="-80d")]))
    cli.write(
        "seats.yml",
        "version: 1\norg: acme\nseats: {members: all}\ninactivity: {policy: prompt}\n",
    )
    before = planned(cli, "seats.yml")
    assert before["withheld"] == [["memory", ["delete"], "idle"]]
    ran = cli("snapshot", *TWINS, code=0)
    command = ran.out.splitlines()[-1].strip().split()
    assert command[-1] == "--no-state"
    assert planned(cli, *command[2:]) == before
    assert not (cli.folder / "report" / ".copilot-seats").exists()


def test_an_earlier_snapshot_is_anonymized_offline(cli: Cli, served: Serve) -> None:
    world = served(snapshot([*crowd(30), row("idle-one", active="-80d")]))
    cli.write("seats.yml", "version: 1\norg: acme\nseats: {members: all}\n")
    cli("snapshot", "-o", "then.json", "--no-state", code=0)
    world.leave_organization("idle-one")
    del cli.environment["GITHUB_API_URL"], cli.environment["GITHUB_TOKEN"]
    before = planned(cli, "seats.yml", "--live", "then.json", "--no-state")
    cli("snapshot", "--live", "then.json", *TWINS, "--no-state", code=0)
    after = planned(cli, "report/seats.yml", "--live", "report/snapshot.json", "--no-state")
    assert after == before
    assert after["observed"]["seats"] == 31


def test_a_snapshot_alone_says_how_to_get_its_file(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", "version: 1\norg: acme\nseats: {members: all}\n")
    ran = cli("snapshot", "-o", "report/snapshot.json", "--anonymize", code=0)
    assert "--with-file" in ran.out
    assert not real(snapshot(crowd(3))) & set(strings(cli.load("report/snapshot.json")))
    assert cli.files() == {"seats.yml", "report/snapshot.json"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "s.json", "--with-file", "report/x.yml"], "--with-file belongs to --anonymize"),
        (["-o", "s.json", "--anonymize", "--with-file", "x.yml"], "a folder of its own"),
        (["-o", "s.json", "--anonymize", "--with-file", "seats.yml"], "is taken already"),
        (["-o", "r/x", "--anonymize", "--with-file", "r/x"], "is taken already"),
        (["-o", "s.json", "--live", "s.json"], "are one file"),
        (["-o", "s.json", "--live", "absent.json"], "can't be read"),
    ],
)
def test_nothing_real_is_written_over(
    cli: Cli, served: Serve, arguments: list[str], words: str
) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", "version: 1\norg: acme\nseats: {members: all}\n")
    cli("ledger", "init", code=0)
    before = {name: cli.read(name) for name in cli.files()}
    assert words in cli("snapshot", *arguments, code=1).err
    assert {name: cli.read(name) for name in cli.files()} == before


def test_the_ledger_of_a_real_organisation_is_not_written_over(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)), snapshot(crowd(3), org="example"))
    for org in ("acme", "example"):
        cli.write(f"{org}/seats.yml", f"version: 1\norg: {org}\nseats: {{members: all}}\n")
        cli("ledger", "init", f"{org}/seats.yml", code=0)
    before = cli.read("example/.copilot-seats/example.jsonl")
    arguments = ["-o", "s.json", "--anonymize", "--with-file", "example/twin.yml"]
    ran = cli("snapshot", "acme/seats.yml", *arguments, code=1)
    assert "a real organisation's" in ran.err
    assert cli.read("example/.copilot-seats/example.jsonl") == before
