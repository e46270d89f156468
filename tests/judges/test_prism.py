"""The client against Prism, which answers from GitHub's own description and judges requests by it.

Prism comes from npm into a temporary folder, or is the one that PRISM names; without either these
tests are skipped and say why. Its answers are GitHub's official examples, flaws included.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from npm_place import install

from reconciler.errors import (
    AuthenticationError,
    GitHubError,
    Malformed,
    NotFound,
    PermissionDenied,
    Refused,
)
from reconciler.github import MetricsReader, Patience, Reader, Writer, connect
from reconciler.github.errors import ServerError
from reconciler.model.observed import Account

VERSION = "5.14.2"
DESCRIPTION = Path(__file__).parents[1] / "fixtures" / "openapi-copilot.json"
INSTALL = 150
START = 30


@pytest.fixture(scope="session")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run Prism on a free port of this machine; requests that break the description get 422."""
    command = os.environ.get("PRISM") or _installed(tmp_path_factory.mktemp("prism"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [command, "mock", "-h", "127.0.0.1", "-p", str(port), str(DESCRIPTION)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if not _answers(process, port):
            pytest.skip(f"Prism does not start within {START} s")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _installed(folder: Path) -> str:
    install(f"@stoplight/prism-cli@{VERSION}", folder, INSTALL)
    return str(folder / "node_modules" / ".bin" / "prism")


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def client_of(prism: str, *, links: bool = False, prefer: str | None = None) -> httpx.Client:
    """Return a client; Prism's links are an example that leads elsewhere, so they are taken out."""
    client = connect(prism, "ghp_prism")

    def judged(response: httpx.Response) -> None:
        found = json.loads(response.headers.get("sl-violations", "[]"))
        # Of the answer they are about GitHub's examples, which break GitHub's schema.
        assert [one for one in found if one["location"][0] == "request"] == []
        if not links:
            response.headers.pop("link", None)

    def preferring(request: httpx.Request) -> None:
        # GitHub documents `application/vnd.github+json`; its description lists only plain JSON.
        assert request.headers["Accept"] == "application/vnd.github+json"
        request.headers["Accept"] = "application/json"
        if prefer is not None:
            request.headers["Prefer"] = prefer

    client.event_hooks = {"request": [preferring], "response": [judged]}
    return client


@pytest.fixture
def client(prism: str) -> Iterator[httpx.Client]:
    with client_of(prism) as opened:
        yield opened


def test_reading_is_asked_as_described_and_the_examples_are_understood(
    client: httpx.Client,
) -> None:
    reader = Reader(client, "acme")
    billing = reader.billing()
    assert (billing.total, billing.added_this_cycle) == (12, 9)
    assert billing.seat_management_setting == "assign_selected"
    seats = reader.seats()
    assert seats.total == 2
    assert [row.account for row in seats.rows] == [Account(1, "octocat"), Account(1, "octokitten")]
    assert seats.rows[1].pending == date(2021, 11, 1)
    assert [team.slug for team in reader.teams()] == ["justice-league"]
    members = reader.team_members("justice-league")
    assert members is not None
    assert [one.login for one in members] == ["octocat"]
    assert [one.login for one in reader.members()] == ["octocat"]
    assert reader.membership("octocat") in ("active", "pending")
    seat = reader.member_seat("octocat")
    assert seat is not None
    assert seat.account == Account(1, "octocat")


def test_writing_is_asked_as_described(client: httpx.Client) -> None:
    writer = Writer(client, "acme")
    for write in (
        writer.create_users,
        writer.create_teams,
        writer.delete_users,
        writer.delete_teams,
    ):
        assert isinstance(write(["octocat", "hubot"]), int)


def test_reports_are_asked_for_as_described(client: httpx.Client) -> None:
    files = httpx.MockTransport(lambda request: httpx.Response(200, text=""))
    reader = MetricsReader(client, "acme", downloads=files)
    day = date(2025, 7, 1)
    found: list[object] = []
    for report in (
        reader.organization_day(day, found.append),
        reader.users_day(day, found.append),
        reader.user_teams_day(day, found.append),
        reader.organization_month(found.append),
        reader.users_month(found.append),
    ):
        assert report is not None
        assert report.first == day


def test_no_report_is_no_content(prism: str) -> None:
    with client_of(prism, prefer="code=204") as client:
        assert MetricsReader(client, "acme").users_day(date(2025, 7, 1), [].append) is None


def test_links_that_lead_elsewhere_are_not_followed(prism: str) -> None:
    with client_of(prism, links=True) as client, pytest.raises(Malformed, match="another host"):
        Reader(client, "acme").seats()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationError),
        (403, PermissionDenied),
        (404, NotFound),
        (422, Refused),
        (500, ServerError),
    ],
)
def test_described_errors_are_told_apart(prism: str, status: int, kind: type[GitHubError]) -> None:
    with client_of(prism, prefer=f"code={status}") as client:
        patience = Patience(sleep=lambda _: None)
        with pytest.raises(kind):
            Reader(client, "acme", patience=patience).billing()
        with pytest.raises(kind):
            Writer(client, "acme", patience=patience).create_users(["octocat"])


def test_prism_does_judge(client: httpx.Client) -> None:
    client.event_hooks = {}
    wrong = client.post("/orgs/acme/copilot/billing/selected_users", json={"usernames": []})
    assert wrong.status_code == 422
