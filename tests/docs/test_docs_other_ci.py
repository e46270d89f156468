"""The scripts for other pipelines do what they say, on the sandbox."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.sandbox import Sandbox, World, serve
from reconciler.sandbox.repositories import Author, Pull, Repository

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "other-ci.md").read_text(encoding="utf-8")
SCRIPTS = dict(re.findall(r"<!-- ([a-z ]+) -->\n```sh\n(.*?)```\n", PAGE, re.DOTALL))
MERGED = "a" * 40
NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)

FILE = """\
version: 1
org: acme
seats:
  users: [mona, hubot]
guards: {max_cancellations_per_cycle: 5}
"""

Script = Callable[..., int]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    seats = [
        {"assignee": {"login": login, "id": number}, "created_at": "-9d", "last_activity_at": "-1d"}
        for number, login in enumerate(("mona", "stray"), 1)
    ]
    members = [{"login": login, "id": n} for n, login in enumerate(("mona", "stray", "hubot"), 1)]
    snapshot = {"organization": {"login": "acme", "id": 9}, "seats": seats, "members": members}
    with serve(World.from_snapshot({**snapshot, "taken_at": "2026-11-16T08:00:00Z"})) as running:
        yield running


@pytest.fixture
def there(sandbox: Sandbox) -> Repository:
    found = sandbox.repositories.find("acme", "seats")
    assert found is not None
    found.open_pull(Author("mona"), "Change", Pull("b" * 40, MERGED, NOW), NOW, 7)
    return found


@pytest.fixture
def script(tmp_path: Path, sandbox: Sandbox) -> Script:
    """Run a script of the page, or one command, in a folder with the program on its path."""
    program = tmp_path / "bin" / "copilot-seats"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    work = tmp_path / "work"
    for name in ("seats.yml", "base/seats.yml", "before/seats.yml"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(FILE, encoding="utf-8")
    variables = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GITHUB_API_URL": sandbox.url,
        "GITHUB_TOKEN": "sandbox",
        "COPILOT_SEATS_REPOSITORY_TOKEN": "ghs_sandbox",
        "GITHUB_REPOSITORY": "acme/seats",
        "PULL_REQUEST": "7",
        "COMMIT": MERGED,
    }

    def run(name: str) -> int:
        line = SCRIPTS.get(name, name)
        done = subprocess.run(["sh", "-c", line], cwd=work, env=variables, timeout=120, check=False)
        return done.returncode

    run.folder = work  # type: ignore[attr-defined]
    return run


def test_from_a_pull_request_to_a_quiet_night(script: Script, there: Repository) -> None:
    assert script("copilot-seats ledger init") == 0
    assert script("pull request") == 0
    [planned] = there.threads[7].comments
    assert "1 to create, 1 to delete" in planned.body
    assert "### What was already due" in planned.body

    assert script("night") == 2
    issue = there.threads[8]
    assert issue.title == "Copilot seats of acme: 1 to create, 1 to delete"

    assert script(SCRIPTS["merge"].replace("plan.json", "plan.json --pace 0 --wait 0")) == 0
    assert len(there.threads[7].comments) == 2
    assert "Done: 2 changes" in there.threads[7].comments[1].body

    assert script("night") == 0
    assert not issue.open
    assert script("pull request") == 0
    assert len(there.threads[7].comments) == 2
    assert "No changes" in planned.body


def test_what_fails_is_told(script: Script, there: Repository) -> None:
    folder: Path = script.folder  # type: ignore[attr-defined]
    (folder / "seats.yml").write_text("version: 2\n", encoding="utf-8")
    assert [script(name) for name in ("pull request", "merge", "night")] == [1, 1, 1]
    bodies = [one.body for one in there.threads[7].comments]
    assert ["failed for" in body for body in bodies] == [True, True]
    assert there.threads[8].title == "Copilot seats of acme: the nightly run failed"
