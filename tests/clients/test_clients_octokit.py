"""Octokit believes the sandbox: it lists, adds and cancels by its own methods."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clients_support import EVERYBODY, SEATS, holders, world
from npm_place import install

from reconciler.sandbox import Sandbox, serve

VERSION = "5.0.5"
SCRIPT = Path(__file__).with_name("octokit.mjs")
Octokit = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Install octokit into a folder that goes with this run; return node, and the script there."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node runs octokit, and it is not here")
    folder = tmp_path_factory.mktemp("octokit")
    install(f"octokit@{VERSION}", folder)
    yield node, Path(shutil.copy(SCRIPT, folder))
    shutil.rmtree(folder, ignore_errors=True)  # 90 MB


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve(world()) as running:
        yield running


@pytest.fixture
def octokit(installed: tuple[str, Path], sandbox: Sandbox) -> Octokit:
    """Run operations, each a name and its parameters; returns what each gave back."""
    node, script = installed

    def run(*operations: tuple[str, dict[str, object]]) -> list[Any]:
        wanted = [(name, {"org": "acme", **parameters}) for name, parameters in operations]
        done = subprocess.run(
            [node, script.name, sandbox.url],
            cwd=script.parent,
            env={"PATH": os.environ["PATH"], "HOME": str(script.parent)},
            input=json.dumps(wanted),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: list[Any] = json.loads(done.stdout)
        return found

    return run


def copilot(name: str, **parameters: object) -> tuple[str, dict[str, object]]:
    return f"rest.copilot.{name}", parameters


def test_it_lists_every_page(octokit: Octokit) -> None:
    [pages] = octokit(copilot("listCopilotSeats|paginate", per_page=100))
    seats = [seat for page in pages for seat in page["seats"]]
    assert [len(page["seats"]) for page in pages] == [100, 100, 30]
    assert {page["total_seats"] for page in pages} == {SEATS}
    assert {seat["assignee"]["login"] for seat in seats} == EVERYBODY


def test_it_adds_and_cancels(octokit: Octokit, sandbox: Sandbox) -> None:
    def users(name: str, *logins: str) -> tuple[str, dict[str, object]]:
        return copilot(f"{name}ForUsers", selected_usernames=logins)

    def teams(name: str, *slugs: str) -> tuple[str, dict[str, object]]:
        return copilot(f"{name}ForTeams", selected_teams=slugs)

    added = octokit(users("addCopilotSeats", "hubot"), teams("addCopilotSeats", "docs"))
    assert added == [{"seats_created": 1}, {"seats_created": 1}]
    assert holders(sandbox.world)["hubot"] == "direct"
    assert holders(sandbox.world)["dora"] == "docs"
    cancelled = octokit(
        users("cancelCopilotSeatAssignment", "hubot", "user-001"),
        teams("cancelCopilotSeatAssignment", "docs"),
        copilot("getCopilotSeatDetailsForUser", username="dora"),
        copilot("getCopilotOrganizationDetails"),
    )
    assert cancelled[:2] == [{"seats_cancelled": 2}, {"seats_cancelled": 1}]
    after = holders(sandbox.world)
    assert {after[one] for one in ("hubot", "user-001")} == {"pending direct"}
    assert after["dora"] == "pending docs"
    assert cancelled[2]["pending_cancellation_date"] == "2026-12-01"
    assert cancelled[3]["seat_breakdown"]["pending_cancellation"] == 3


def test_it_understands_refusals(octokit: Octokit, sandbox: Sandbox) -> None:
    before = holders(sandbox.world)
    refused, unknown = octokit(
        copilot("cancelCopilotSeatAssignmentForUsers", selected_usernames=["mona"]),
        copilot("getCopilotOrganizationDetails", org="nowhere"),
    )
    assert refused["status"] == 422
    assert "team" in refused["message"]
    assert unknown == {"status": 404, "message": "Not Found"}
    assert holders(sandbox.world) == before


def test_it_reads_what_is_around_the_seats(octokit: Octokit) -> None:
    org, teams, members = octokit(
        ("rest.orgs.get", {}),
        ("rest.teams.list|paginate", {}),
        ("rest.teams.listMembersInOrg|paginate", {"team_slug": "docs"}),
    )
    assert org["id"] == 9919
    assert [team["slug"] for team in teams] == ["platform", "docs"]
    assert [one["login"] for one in members] == ["dora"]
