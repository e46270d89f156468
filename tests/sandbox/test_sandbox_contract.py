"""Every answer is valid against GitHub's own OpenAPI description."""

from __future__ import annotations

import contract
import httpx
import pytest
from sandbox_worlds import (
    JWT,
    SLUGS,
    USERNAMES,
    client,
    send,
)

from reconciler.sandbox import Sandbox

ORG, TEAM = "/orgs/{org}", "/orgs/{org}/teams/{team_slug}"
REQUESTS: list[tuple[str, str, dict[str, str], object, int]] = [
    ("GET", f"{ORG}/copilot/billing", {}, None, 200),
    ("GET", f"{ORG}/copilot/billing", {"org": "nobody"}, None, 404),
    ("GET", f"{ORG}/copilot/billing/seats", {}, None, 200),
    ("GET", f"{ORG}/copilot/billing/seats", {"org": "nobody"}, None, 404),
    ("POST", f"{ORG}/copilot/billing/selected_users", {}, {USERNAMES: ["hubot"]}, 201),
    ("POST", f"{ORG}/copilot/billing/selected_users", {}, {USERNAMES: ["nobody"]}, 422),
    ("POST", f"{ORG}/copilot/billing/selected_users", {"org": "x"}, {USERNAMES: ["hubot"]}, 404),
    ("DELETE", f"{ORG}/copilot/billing/selected_users", {}, {USERNAMES: ["octocat"]}, 200),
    ("DELETE", f"{ORG}/copilot/billing/selected_users", {}, {USERNAMES: ["mona"]}, 422),
    ("POST", f"{ORG}/copilot/billing/selected_teams", {}, {SLUGS: ["docs"]}, 201),
    ("POST", f"{ORG}/copilot/billing/selected_teams", {}, {SLUGS: ["nothing"]}, 422),
    ("DELETE", f"{ORG}/copilot/billing/selected_teams", {}, {SLUGS: ["platform"]}, 200),
    ("DELETE", f"{ORG}/copilot/billing/selected_teams", {}, {SLUGS: ["docs"]}, 422),
    ("GET", f"{ORG}/members/{{username}}/copilot", {"username": "Octocat"}, None, 200),
    ("GET", f"{ORG}/members/{{username}}/copilot", {"username": "mona"}, None, 200),
    ("GET", f"{ORG}/members/{{username}}/copilot", {"username": "erin"}, None, 200),
    ("GET", f"{ORG}/members/{{username}}/copilot", {"username": "hubot"}, None, 404),
    ("GET", f"{ORG}/members/{{username}}/copilot", {"username": "ines"}, None, 422),
    ("GET", f"{ORG}/teams", {}, None, 200),
    ("GET", TEAM, {"team_slug": "SRE"}, None, 200),
    ("GET", TEAM, {"team_slug": "nothing"}, None, 404),
    ("GET", f"{TEAM}/members", {"team_slug": "platform"}, None, 200),
    ("GET", f"{TEAM}/memberships/{{username}}", {"username": "sam"}, None, 200),
    ("GET", f"{TEAM}/memberships/{{username}}", {"username": "hubot"}, None, 404),
    ("PUT", f"{TEAM}/memberships/{{username}}", {"username": "hubot"}, None, 200),
    ("PUT", f"{TEAM}/memberships/{{username}}", {"username": "guest"}, {"role": "member"}, 200),
    ("PUT", f"{TEAM}/memberships/{{username}}", {"username": "hubot"}, {"role": "king"}, 422),
    ("DELETE", f"{TEAM}/memberships/{{username}}", {"username": "mona"}, None, 204),
    ("GET", f"{ORG}/members", {}, None, 200),
    ("GET", f"{ORG}/members?filter=colour", {}, None, 422),
    ("GET", f"{ORG}/members/{{username}}", {"username": "mona"}, None, 204),
    ("GET", f"{ORG}/members/{{username}}", {"username": "guest"}, None, 404),
    ("GET", f"{ORG}/memberships/{{username}}", {"username": "mona"}, None, 200),
    ("GET", f"{ORG}/memberships/{{username}}", {"username": "ines"}, None, 200),
    ("GET", f"{ORG}/memberships/{{username}}", {"username": "guest"}, None, 404),
    ("GET", "/rate_limit", {}, None, 200),
    ("GET", "/versions", {}, None, 200),
]


@pytest.mark.parametrize(("method", "path", "params", "body", "status"), REQUESTS)
def test_answers_are_valid_against_githubs_description(
    api: httpx.Client, method: str, path: str, params: dict[str, str], body: object, status: int
) -> None:
    filled = {"org": "ACME", "team_slug": "platform", "username": "mona"} | params
    found = send(api, method, path.format(**filled), body)
    assert found.status_code == status, found.text
    assert contract.faults(method, path.split("?")[0], status, found.text) == []
    if status >= 400:
        assert found.json()["status"] == str(status)
        assert {"message", "documentation_url"} <= set(found.json())


def test_app_tokens_are_valid_against_githubs_description(sandbox: Sandbox) -> None:
    path = "/app/installations/{installation_id}/access_tokens"
    with client(sandbox.url, JWT) as app:
        number = app.get("/orgs/acme/installation").json()["id"]
        found = app.post(path.format(installation_id=number))
        assert found.status_code == 201
        assert contract.faults("POST", path, 201, found.text) == []
        missing = app.post(path.format(installation_id=1))
        assert contract.faults("POST", path, missing.status_code, missing.text) == []
        refused = app.post(
            path.format(installation_id=number), json={"permissions": {"issues": "write"}}
        )
        assert refused.status_code == 422
    with client(sandbox.url) as other:
        denied = other.post(path.format(installation_id=number))
        assert denied.status_code == 401
        assert contract.faults("POST", path, 401, denied.text) == []
