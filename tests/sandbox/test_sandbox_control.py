"""The sandbox's own operations, several organisations, several clients."""

from __future__ import annotations

import json
import socket
import threading
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import httpx
import jsonschema
import pytest
from sandbox_worlds import (
    BILLING,
    NOW,
    SNAPSHOT,
    USERNAMES,
    USERS,
    client,
    holders,
    many,
    send,
    world,
)

from reconciler.errors import UsageError
from reconciler.sandbox import Sandbox, World, serve


def test_the_clock_is_set_and_moved_over_http(sandbox: Sandbox) -> None:
    clock = f"{sandbox.url}/_sandbox/clock"
    assert httpx.get(clock).json() == {"now": "2026-11-22T08:00:00Z"}
    assert httpx.post(clock, json={"advance": "36h"}).json() == {"now": "2026-11-23T20:00:00Z"}
    moved = httpx.post(clock, json={"now": "2026-12-01T00:00:00Z"})
    assert moved.json() == {"now": "2026-12-01T00:00:00Z"}
    assert "pia" not in holders(sandbox.world)


@pytest.mark.parametrize(
    "body",
    [{}, {"advance": "soon"}, {"advance": "-1d"}, {"now": "x"}, {"now": "2020-01-01"}, {"now": 5}],
)
def test_a_wrong_clock_is_told(sandbox: Sandbox, body: dict[str, object]) -> None:
    found = httpx.post(f"{sandbox.url}/_sandbox/clock", json=body)
    assert found.status_code == 422
    assert sandbox.world.now == NOW


@pytest.mark.parametrize(
    ("action", "body", "login", "after"),
    [
        ("join-team", {"user": "hubot", "team": "platform"}, "Hubot", "platform"),
        ("leave-team", {"user": "mona", "team": "platform"}, "mona", "pending platform"),
        ("leave-organization", {"user": "octocat"}, "octocat", None),
        ("rename-user", {"user": "octocat", "to": "octo"}, "octo", "direct"),
        ("rename-team", {"team": "platform", "to": "base"}, "mona", "base"),
        ("delete-team", {"team": "docs"}, "octocat", "direct"),
        ("delete-user", {"user": "octocat"}, "octocat", None),
        ("grant-user", {"user": "hubot"}, "Hubot", "direct"),
        ("revoke-user", {"user": "octocat"}, "octocat", "pending direct"),
        ("grant-team", {"team": "docs"}, "dora", "docs"),
        ("revoke-team", {"team": "platform"}, "mona", "pending platform"),
    ],
)
def test_things_happen_over_http(
    sandbox: Sandbox, action: str, body: dict[str, object], login: str, after: str | None
) -> None:
    found = httpx.post(f"{sandbox.url}/_sandbox/orgs/acme/{action}", json=body)
    assert found.status_code == 204
    assert holders(sandbox.world).get(login) == after


def test_activity_and_people_over_http(sandbox: Sandbox, api: httpx.Client) -> None:
    def act(action: str, **body: object) -> int:
        return api.post(f"/_sandbox/orgs/acme/{action}", json=body).status_code

    def activity() -> object:
        return api.get("/orgs/acme/members/octocat/copilot").json()["last_activity_at"]

    assert api.post("/_sandbox/orgs/acme/switches", json={"activity_lag_hours": 0}).is_success
    assert act("use", user="octocat") == 204
    assert activity() == "2026-11-22T08:00:00Z"
    assert act("set-activity", user="octocat", at="-10d") == 204
    assert activity() == "2026-11-12T08:00:00Z"
    assert act("set-activity", user="octocat") == 204
    assert activity() is None
    assert act("set-habit", user="octocat", every="1d") == 204
    assert activity() == "2026-11-22T08:00:00Z"
    assert act("sign-in", user="mona") == 204
    assert act("add-user", user="newcomer", id=555) == 204
    assert act("invite", user="newcomer") == 204
    assert api.get("/orgs/acme/memberships/newcomer").json()["state"] == "pending"
    assert act("join-organization", user="newcomer") == 204
    assert api.get("/orgs/acme/memberships/newcomer").json()["state"] == "active"
    assert act("suspend-user", user="newcomer") == 204
    assert act("create-team", team="new", name="New", parent="docs") == 204
    assert api.get("/orgs/acme/teams/new").json()["parent"]["slug"] == "docs"
    assert act("set-setting", name="seat_management_setting", value="assign_all") == 204
    assert api.get(BILLING).json()["seat_management_setting"] == "assign_all"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("join-team", {}, 422),
        ("join-team", {"user": 5, "team": "docs"}, 422),
        ("join-team", {"user": "nobody", "team": "docs"}, 422),
        ("set-activity", {"user": "mona", "at": "soon"}, 422),
        ("set-habit", {"user": "mona", "every": "often"}, 422),
        ("add-user", {"user": "x", "id": "y"}, 422),
        ("switches", {"colour": "red"}, 422),
        ("dance", {}, 404),
    ],
)
def test_wrong_events_are_told(sandbox: Sandbox, path: str, body: object, status: int) -> None:
    found = httpx.post(f"{sandbox.url}/_sandbox/orgs/acme/{path}", json=body)
    assert found.status_code == status
    assert found.json()["message"]


def test_switches_over_http(sandbox: Sandbox) -> None:
    path = f"{sandbox.url}/_sandbox/orgs/acme/switches"
    assert httpx.get(path).json()["rows"] == "one"
    assert httpx.post(path, json={"rows": "several"}).json()["rows"] == "several"
    assert sandbox.world.switches.rows == "several"


def test_the_state_can_be_read_and_loaded_again(sandbox: Sandbox) -> None:
    overview = httpx.get(f"{sandbox.url}/_sandbox").json()
    assert overview["organizations"] == ["acme"]
    sandbox.world.grant_team("docs")
    read = httpx.get(f"{sandbox.url}/_sandbox/orgs/ACME").json()
    again = World.from_snapshot(read)
    assert holders(again) == holders(sandbox.world)
    assert again.reading().total == sandbox.world.reading().total
    assert again.breakdown() == sandbox.world.breakdown()
    assert httpx.get(f"{sandbox.url}/_sandbox/orgs/other").status_code == 404


def test_several_organisations_share_a_clock() -> None:
    other = World.from_snapshot(
        {
            "organization": {"login": "other", "id": 5},
            "taken_at": "2026-11-25T00:00:00Z",
            "seats": [],
        }
    )
    with serve([world(), other]) as running, client(running.url) as api:
        assert api.get("/orgs/other").json()["id"] == 5
        assert api.get("/orgs/acme").headers["date"] == "Wed, 25 Nov 2026 00:00:00 GMT"
        api.post("/_sandbox/clock", json={"advance": "30d"})
        assert {one.now for one in running.worlds} == {datetime(2026, 12, 25, tzinfo=UTC)}


def test_one_organisation_is_not_served_twice() -> None:
    with pytest.raises(UsageError, match="two snapshots"):
        serve([world(), world()])
    with pytest.raises(UsageError, match="no organisation"):
        serve([])


def test_a_taken_port_is_told(sandbox: Sandbox) -> None:
    for port in (sandbox.port, 99_999):
        with pytest.raises(UsageError, match=f"port {port}"):
            serve(world(), port)


def test_concurrent_clients_see_whole_states() -> None:
    logins = [f"user-{number:05d}" for number in range(1, 201)]
    with serve(many(200)) as running:
        failures: list[object] = []

        def change(part: list[str]) -> None:
            with client(running.url) as api:
                for login in part:
                    found = send(api, "DELETE", USERS, {USERNAMES: [login]})
                    if found.json() != {"seats_cancelled": 1}:
                        failures.append(found.text)
                    page = api.get(f"{BILLING}/seats?per_page=100")
                    if page.json()["total_seats"] != 200 or len(page.json()["seats"]) != 100:
                        failures.append(page.text)

        threads = [threading.Thread(target=change, args=(logins[i::8],)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        pending = [row for row in running.world.reading().rows if row.pending]
        assert len(pending) == 200
        assert running.world.settings["seat_management_setting"] == "disabled"


def test_closing_does_not_wait_for_idle_connections() -> None:
    running = serve(world())
    with client(running.url) as api:
        api.get(BILLING)
        running.close()
        with pytest.raises(httpx.TransportError):
            api.get(BILLING)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"POST /_sandbox/clock HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST /_sandbox/clock HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (
            (
                b"POST /_sandbox/clock HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                b'10\r\n{"advance": "1d"\r\n1\r\n}\r\n0\r\n\r\n'
            ),
            b"200",
        ),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"GET /orgs/%0d%0aacme HTTP/1.1\r\nHost: a b\r\nAuthorization: Bearer x\r\n\r\n", b"403"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
)
def test_odd_requests_get_an_answer(sandbox: Sandbox, text: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=5) as connection:
        connection.sendall(text)
        assert status in connection.recv(400)


def test_the_demo_s_organisation_can_be_served() -> None:
    text = Path(__file__).parents[2].joinpath("examples/demo/acme.json").read_text("utf-8")
    acme = World.from_snapshot(json.loads(text))
    assert len(acme.reading().rows) == acme.reading().total == 305
    assert acme.now == datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def test_the_snapshot_schema_knows_what_the_sandbox_serves() -> None:
    text = files("reconciler").joinpath("schemas/snapshot.schema.json").read_text("utf-8")
    validator = jsonschema.Draft202012Validator(json.loads(text))
    with serve(world()) as running:
        served = httpx.get(f"{running.url}/_sandbox/orgs/acme").json()
    assert [error.message for error in validator.iter_errors(served)] == []
    assert [error.message for error in validator.iter_errors(SNAPSHOT)] == []
    assert not validator.is_valid({**SNAPSHOT, "seats": [{"created_at": "soon"}]})
