"""What is read over HTTP: seats, pages, organisation, teams, accounts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sandbox_worlds import (
    BILLING,
    SLUGS,
    TEAMS,
    USERNAMES,
    USERS,
    client,
    holders,
    many,
    send,
    world,
)

from reconciler.sandbox import Sandbox, serve


def test_a_seat_shows_what_github_shows(api: httpx.Client) -> None:
    seats = api.get(f"{BILLING}/seats").json()
    assert seats["total_seats"] == 5
    by_login = {(seat["assignee"] or {}).get("login"): seat for seat in seats["seats"]}
    assert by_login["octocat"]["assigning_team"] is None
    assert by_login["octocat"]["last_activity_at"] == "2026-11-20T08:00:00Z"
    assert by_login["octocat"]["last_activity_editor"] == "vscode/1.105.1"
    assert by_login["mona"]["assigning_team"]["slug"] == "platform"
    assert by_login["pia"]["pending_cancellation_date"] == "2026-12-01"
    assert by_login["erin"]["assigning_team"]["group_id"] == "g-1"
    assert by_login[None]["created_at"] == "2026-09-13T08:00:00Z"


def test_keys_without_a_value_may_be_absent() -> None:
    with serve(world(absent_keys=True)) as running, client(running.url) as api:
        seats = api.get(f"{BILLING}/seats").json()["seats"]
        assert "assigning_team" not in seats[0]
        assert "assignee" not in seats[-1]
        assert "last_activity_at" not in seats[-1]


def test_changes_over_http_show_in_the_next_reading(sandbox: Sandbox, api: httpx.Client) -> None:
    assert send(api, "POST", USERS, {USERNAMES: ["HUBOT", "pia"]}).json() == {"seats_created": 2}
    assert send(api, "DELETE", USERS, {USERNAMES: ["octocat"]}).json() == {"seats_cancelled": 1}
    assert send(api, "POST", TEAMS, {SLUGS: ["docs"]}).json() == {"seats_created": 2}
    assert send(api, "DELETE", TEAMS, {SLUGS: ["docs"]}).json() == {"seats_cancelled": 2}
    seats = api.get(f"{BILLING}/seats").json()["seats"]
    shown = {seat["assignee"]["login"]: seat for seat in seats if seat["assignee"]}
    assert shown["Hubot"]["pending_cancellation_date"] is None
    assert shown["pia"]["pending_cancellation_date"] is None
    assert shown["octocat"]["pending_cancellation_date"] == "2026-12-01"
    assert shown["dora"]["pending_cancellation_date"] == "2026-12-01"


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(("path", "key"), [(USERS, USERNAMES), (TEAMS, SLUGS)])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[1]", 400),
        (b"[" * 100_000, 400),
        (b"", 422),
        (b"{}", 422),
        (b'{"KEY": "octocat"}', 422),
        (b'{"KEY": []}', 422),
        (b'{"KEY": [1]}', 422),
        (b'{"KEY": [null]}', 422),
        (b'{"KEY": {"a": 1}}', 422),
    ],
)
def test_wrong_bodies_change_nothing(
    sandbox: Sandbox, api: httpx.Client, method: str, path: str, key: str, body: bytes, status: int
) -> None:
    before = holders(sandbox.world)
    found = api.request(method, path, content=body.replace(b"KEY", key.encode()))
    assert found.status_code == status
    assert set(found.json()) >= {"message", "documentation_url", "status"}
    assert holders(sandbox.world) == before


def follow(api: httpx.Client, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while url:
        answer = api.get(url)
        body = answer.json()
        found += body["seats"] if isinstance(body, dict) else body
        url = answer.links.get("next", {}).get("url", "")
    return found


def test_links_lead_through_all_pages() -> None:
    with serve(many(345)) as running, client(running.url) as api:
        seats = follow(api, f"{BILLING}/seats?per_page=100")
        assert [seat["assignee"]["id"] for seat in seats] == list(range(1, 346))
        assert len(follow(api, "/orgs/acme/members")) == 345


def test_links_name_the_neighbours_and_the_ends() -> None:
    with serve(many(130)) as running, client(running.url) as api:
        links = api.get(f"{BILLING}/seats?page=2").links
        pages = {rel: httpx.URL(link["url"]).params["page"] for rel, link in links.items()}
        assert pages == {"prev": "1", "next": "3", "last": "3", "first": "1"}
        assert set(api.get(f"{BILLING}/seats?page=3").links) == {"prev", "first"}
        assert api.get(f"{BILLING}/seats?per_page=100&page=9").json()["seats"] == []
        assert "link" not in api.get("/orgs/acme/teams").headers


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("", 50),
        ("per_page=100", 100),
        ("per_page=500", 100),
        ("per_page=0", 50),
        ("per_page=-3", 50),
        ("per_page=many", 50),
        ("per_page=7", 7),
        ("page=0", 50),
        ("page=-1", 50),
        ("page=x", 50),
        ("page=99999999999999999999", 50),
    ],
)
def test_page_sizes_as_github_has_them(query: str, size: int) -> None:
    with serve(many(130)) as running, client(running.url) as api:
        assert len(api.get(f"{BILLING}/seats?{query}").json()["seats"]) == size


def test_team_members_include_those_of_child_teams(api: httpx.Client) -> None:
    members = api.get("/orgs/acme/teams/platform/members").json()
    assert {(one["login"], one["inherited"]) for one in members} == {("mona", False), ("sam", True)}


def test_the_inherited_flag_may_be_missing() -> None:
    with serve(world(inherited_flag=False)) as running, client(running.url) as api:
        assert "inherited" not in api.get("/orgs/acme/teams/platform/members").json()[0]


def test_teams_name_their_parent(api: httpx.Client) -> None:
    teams = {team["slug"]: team for team in api.get("/orgs/acme/teams").json()}
    assert teams["sre"]["parent"]["slug"] == "platform"
    assert teams["platform"]["parent"] is None
    assert [team["slug"] for team in api.get("/orgs/acme/teams/platform/teams").json()] == ["sre"]


def test_accounts_by_login_and_by_id(sandbox: Sandbox, api: httpx.Client) -> None:
    assert api.get("/users/HUBOT").json()["id"] == 7
    sandbox.world.rename_user("Hubot", "robot")
    assert api.get("/users/hubot").status_code == 404
    assert api.get("/user/7").json()["login"] == "robot"
    assert [api.get(f"/user/{wrong}").status_code for wrong in ("99", "x", "1" * 30)] == [404] * 3
    assert api.get("/users/acme").json()["type"] == "Organization"


def test_members_are_active_members_only(api: httpx.Client) -> None:
    logins = {member["login"] for member in api.get("/orgs/acme/members?per_page=100").json()}
    assert logins == {"octocat", "mona", "pia", "erin", "sam", "dora", "Hubot"}


def test_the_token_s_account_is_an_owner_whom_no_list_shows(api: httpx.Client) -> None:
    me = api.get("/user").json()["login"]
    assert api.get("/user/memberships/orgs/acme").json()["role"] == "admin"
    assert api.get(f"/orgs/acme/memberships/{me}").json()["role"] == "admin"


def test_a_team_s_membership_can_be_changed(sandbox: Sandbox, api: httpx.Client) -> None:
    path = "/orgs/acme/teams/platform/memberships"
    assert api.put(f"{path}/hubot").json()["state"] == "active"
    assert holders(sandbox.world)["Hubot"] == "platform"
    assert api.delete(f"{path}/hubot").status_code == 204
    assert holders(sandbox.world)["Hubot"] == "pending platform"
    assert api.delete(f"{path}/sam").status_code == 404
    assert api.put(f"{path}/guest").json()["state"] == "pending"


def test_links_by_id_lead_where_names_lead(api: httpx.Client) -> None:
    team = api.get("/orgs/acme/teams/platform").json()
    by_id = httpx.URL(team["url"]).path
    assert by_id == "/organizations/9919/team/70"
    assert api.get(by_id).json() == team
    members = api.get("/orgs/acme/teams/platform/members").json()
    assert api.get(f"{by_id}/members").json() == members
    assert api.get("/organizations/9919/team/1/members").status_code == 404
    assert api.get("/organizations/9919/members").json() == api.get("/orgs/acme/members").json()
