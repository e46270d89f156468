"""Statuses, tokens and headers, as GitHub has them."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from sandbox_worlds import (
    BILLING,
    JWT,
    NOW,
    USERNAMES,
    USERS,
    client,
    holders,
    send,
    world,
)

from reconciler.sandbox import Access, Kind, RateLimit, Sandbox, serve


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/orgs/acme/",
        "/orgs/acme/nothing",
        "/orgs/other/copilot/billing/seats",
        "/organizations/1/members",
        "/enterprises/acme/copilot/billing/seats",
        f"{USERS}",
    ],
)
def test_what_does_not_exist_is_not_found(api: httpx.Client, path: str) -> None:
    assert api.get(path).status_code == 404
    assert api.get(path).json()["message"] == "Not Found"


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "FOO"])
def test_other_methods_are_not_found(api: httpx.Client, method: str) -> None:
    assert api.request(method, BILLING).status_code == 404


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic dTpw", "secret"])
def test_no_token_no_answer(sandbox: Sandbox, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    found = httpx.get(sandbox.url + BILLING, headers=headers)
    assert found.status_code == 401
    assert found.json()["status"] == "401"


def test_a_client_must_name_itself(sandbox: Sandbox) -> None:
    headers = {"User-Agent": "", "Authorization": "Bearer x"}
    assert httpx.get(sandbox.url + BILLING, headers=headers).status_code == 403


def test_an_unknown_api_version_is_refused(api: httpx.Client) -> None:
    for version, status in (("2022-11-28", 200), ("2026-03-10", 200), ("2020-01-01", 400)):
        found = api.get(BILLING, headers={"X-GitHub-Api-Version": version})
        assert found.status_code == status


def test_the_newer_version_has_no_rate_at_the_top(api: httpx.Client) -> None:
    assert "rate" in api.get("/rate_limit").json()
    newer = api.get("/rate_limit", headers={"X-GitHub-Api-Version": "2026-03-10"})
    assert "rate" not in newer.json()


def test_a_token_may_only_do_what_it_may() -> None:
    tokens = {
        "owner": Access(),
        "reader": Access.reading(),
        "members": Access({"members": "read"}, Kind.FINE_GRAINED),
        "app": Access({"organization_administration": "write"}, Kind.INSTALLATION),
        "old": Access(expires_at=NOW),
    }
    with serve(world(), tokens=tokens) as running:

        def statuses(token: str) -> list[int]:
            with client(running.url, token) as api:
                return [
                    api.get(f"{BILLING}/seats").status_code,
                    send(api, "POST", USERS, {USERNAMES: ["hubot"]}).status_code,
                    api.get("/orgs/acme/teams").status_code,
                ]

        assert statuses("owner") == [200, 201, 200]
        assert statuses("reader") == [200, 403, 200]
        assert statuses("members") == [403, 403, 200]
        assert statuses("app") == [200, 201, 403]
        assert statuses("old") == statuses("unknown") == [401, 401, 401]


def test_a_missing_permission_is_named() -> None:
    with (
        serve(world(), tokens={"reader": Access.reading()}) as running,
        client(running.url, "reader") as api,
    ):
        found = send(api, "DELETE", USERS, {USERNAMES: ["octocat"]})
        assert found.status_code == 403
        assert found.json()["message"] == "Resource not accessible by personal access token"
        accepted = found.headers["x-accepted-github-permissions"]
        assert accepted == (
            "organization_copilot_seat_management=write; organization_administration=write"
        )
        assert holders(running.world)["octocat"] == "direct"


def test_an_installation_token_lives_for_an_hour(sandbox: Sandbox) -> None:
    with client(sandbox.url, JWT) as app:
        answer = app.post("/app/installations/9919/access_tokens").json()
    assert answer["expires_at"] == "2026-11-22T09:00:00Z"
    with client(sandbox.url, answer["token"]) as api:
        assert api.get(f"{BILLING}/seats").status_code == 200
        assert api.get("/user").status_code == 403
        sandbox.world.advance(timedelta(hours=1))
        assert api.get(f"{BILLING}/seats").status_code == 401


def test_a_stranger_is_sent_to_the_public_members() -> None:
    tokens = {"stranger": Access(member=False)}
    with serve(world(), tokens=tokens) as running, client(running.url, "stranger") as api:
        found = api.get("/orgs/acme/members/mona")
        assert found.status_code == 302
        assert found.headers["location"].endswith("/orgs/acme/public_members/mona")


def test_the_date_is_the_world_s(sandbox: Sandbox, api: httpx.Client) -> None:
    assert api.get(BILLING).headers["date"] == "Sun, 22 Nov 2026 08:00:00 GMT"
    sandbox.world.advance(timedelta(days=1))
    assert api.get("/nothing").headers["date"] == "Mon, 23 Nov 2026 08:00:00 GMT"


def test_rate_limit_headers_count_down(api: httpx.Client) -> None:
    first, second = (api.get(BILLING).headers for _ in range(2))
    assert int(first["x-ratelimit-remaining"]) - int(second["x-ratelimit-remaining"]) == 1
    assert int(first["x-ratelimit-reset"]) > NOW.timestamp()
    core = api.get("/rate_limit").json()["resources"]["core"]
    assert core["remaining"] == int(second["x-ratelimit-remaining"])


def test_an_enforced_limit_refuses_and_tells_the_reset() -> None:
    limit = RateLimit(2, enforced=True)
    with serve(world(), limit=limit) as running, client(running.url) as api:
        assert [api.get(BILLING).status_code for _ in range(3)] == [200, 200, 403]
        refused = api.get(BILLING)
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert "rate limit exceeded" in refused.json()["message"]


def test_each_request_has_a_name(api: httpx.Client) -> None:
    names = {api.get(BILLING).headers["x-github-request-id"] for _ in range(3)}
    assert len(names) == 3


def test_an_unchanged_page_is_not_sent_again(sandbox: Sandbox, api: httpx.Client) -> None:
    tag = api.get(f"{BILLING}/seats").headers["etag"]
    again = api.get(f"{BILLING}/seats", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    send(api, "POST", USERS, {USERNAMES: ["hubot"]})
    changed = api.get(f"{BILLING}/seats", headers={"If-None-Match": tag})
    assert changed.status_code == 200


def test_head_is_get_without_a_body(api: httpx.Client) -> None:
    head, get = api.head(f"{BILLING}/seats"), api.get(f"{BILLING}/seats")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))
