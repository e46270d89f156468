"""A small organisation with one of everything, and a client for it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import httpx

from reconciler.sandbox import Switches, World

BILLING = "/orgs/acme/copilot/billing"
USERS = f"{BILLING}/selected_users"
TEAMS = f"{BILLING}/selected_teams"
USERNAMES, SLUGS = "selected_usernames", "selected_teams"
JWT = base64.urlsafe_b64encode(b'{"alg":"RS256"}').decode() + ".e30.c2ln"

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

PLATFORM = {"id": 70, "slug": "platform", "name": "Platform Team"}
ENTERPRISE = {"id": 90, "slug": "ent:leads", "name": "Leads", "group_id": "g-1"}

SNAPSHOT: dict[str, Any] = {
    "format_version": "1.0",
    "taken_at": "2026-11-22T08:00:00Z",
    "organization": {"login": "acme", "id": 9919},
    "seats": [
        {
            "assignee": {"login": "octocat", "id": 1},
            "created_at": "-100d",
            "last_activity_at": "-2d",
            "last_activity_editor": "vscode/1.105.1",
            "last_authenticated_at": "-2d",
        },
        {
            "assignee": {"login": "mona", "id": 2},
            "assigning_team": PLATFORM,
            "created_at": "-50d",
            "last_activity_at": "-40d",
        },
        {"assignee": {"login": "pia", "id": 3}, "created_at": "-60d"}
        | {"pending_cancellation_date": "next-cycle", "last_activity_at": "-30d"},
        {"assignee": {"login": "erin", "id": 4}, "assigning_team": ENTERPRISE, "created_at": "-5d"},
        {"assignee": None, "created_at": "-70d"},
    ],
    "teams": [
        {"id": 70, "slug": "platform", "name": "Platform Team", "members": ["mona"]},
        {"id": 71, "slug": "sre", "name": "SRE", "parent": "platform", "members": ["sam"]},
        {"id": 72, "slug": "docs", "name": "Docs", "members": ["dora", "octocat"]},
        {"id": 73, "slug": "empty", "name": "Empty", "members": []},
    ],
    "members": [
        {"login": login, "id": number}
        for number, login in enumerate(
            ["octocat", "mona", "pia", "erin", "sam", "dora", "Hubot"], start=1
        )
    ],
    "users": [
        {"login": "guest", "id": 20, "membership": "none"},
        {"login": "ines", "id": 21, "membership": "pending"},
    ],
}


def world(**switches: object) -> World:
    """Return the small organisation, with *switches* set."""
    return World.from_snapshot(SNAPSHOT, switches=Switches.of(switches))


def many(count: int) -> World:
    """Return an organisation of *count* direct seats."""
    people = [{"login": f"user-{number:05d}", "id": number} for number in range(1, count + 1)]
    seats = [
        {"assignee": person, "created_at": "-100d", "last_activity_at": "-1d"} for person in people
    ]
    return World.from_snapshot(
        {
            "organization": {"login": "acme", "id": 9919},
            "taken_at": "2026-11-22T08:00:00Z",
            "seats": seats,
            "members": people,
        }
    )


def client(url: str, token: str | None = None) -> httpx.Client:
    """Return a client with a token, by default as an owner of the organisation uses it."""
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token or 'secret'}"})


def holders(of: World) -> dict[str, str]:
    """Return who holds a seat, and how: `direct`, a team's slug, with `pending` in front."""
    found = {}
    for row in of.reading().rows:
        if row.person is not None:
            team = getattr(row.team, "slug", None) or (row.team or {}).get("slug", "direct")
            found[row.person.login] = f"pending {team}" if row.pending else team
    return found


def send(api: httpx.Client, method: str, path: str, body: object = None) -> httpx.Response:
    """Send *body* as JSON, with any method."""
    return api.request(method, path, content=None if body is None else json.dumps(body))
