"""Repositories of the sandbox: in GitHub's shapes, with its limits and refusals."""

from __future__ import annotations

import httpx
import pytest
from sandbox_worlds import JWT, client, world

from reconciler.errors import UsageError
from reconciler.sandbox import Access, Kind, Sandbox, serve

REPO = "/repos/acme/seats"
CONTROL = "/_sandbox/repos/acme/seats"
SHA, HEAD = "a" * 40, "b" * 40


@pytest.fixture
def pull(api: httpx.Client) -> int:
    """A merged pull request."""
    made = api.post(f"{CONTROL}/pulls", json={"number": 7, "head": HEAD, "merge_commit": SHA})
    assert made.status_code == 201
    number: int = made.json()["number"]
    return number


def test_comments_are_written_changed_and_listed(api: httpx.Client, pull: int) -> None:
    path = f"{REPO}/issues/{pull}/comments"
    made = api.post(path, json={"body": "one"})
    assert made.status_code == 201
    shape = made.json()
    assert shape["user"]["login"] == "sandbox-owner"
    assert shape["user"]["type"] == "User"
    assert shape["html_url"] == f"https://github.com/acme/seats/pull/7#issuecomment-{shape['id']}"
    changed = api.patch(f"{REPO}/issues/comments/{shape['id']}", json={"body": "two"})
    assert changed.json()["body"] == "two"
    assert [one["body"] for one in api.get(path).json()] == ["two"]
    assert api.get(f"{REPO}/issues/comments/{shape['id']}").json()["body"] == "two"


def test_an_app_s_comment_is_a_bot_s(sandbox: Sandbox, pull: int) -> None:
    with client(sandbox.url, "ghs_anything") as bot:
        made = bot.post(f"{REPO}/issues/{pull}/comments", json={"body": "x"}).json()
        assert (made["user"]["login"], made["user"]["type"]) == ("sandbox-app[bot]", "Bot")
        assert bot.get("/user").status_code == 403
    with client(sandbox.url, JWT) as app:
        assert app.post(f"{REPO}/issues", json={"title": "x"}).status_code == 403


def test_pages_have_links_by_id(api: httpx.Client, pull: int) -> None:
    path = f"{REPO}/issues/{pull}/comments"
    for number in range(5):
        api.post(path, json={"body": f"{number}"})
    first = api.get(path, params={"per_page": 2})
    following = first.links["next"]["url"]
    assert "/repositories/1/issues/7/comments?" in following
    assert [one["body"] for one in api.get(following).json()] == ["2", "3"]
    last = api.get(first.links["last"]["url"])
    assert [one["body"] for one in last.json()] == ["4"]
    assert "next" not in last.links


def test_issues_open_close_and_keep_their_labels(api: httpx.Client) -> None:
    made = api.post(f"{REPO}/issues", json={"title": "t", "labels": ["a", {"name": "B"}, "a"]})
    assert made.status_code == 201
    shape = made.json()
    assert (shape["number"], shape["state"], shape["state_reason"]) == (1, "open", None)
    assert [label["name"] for label in shape["labels"]] == ["a", "B"]
    path = f"{REPO}/issues/1"
    closed = api.patch(path, json={"state": "closed", "state_reason": "not_planned"}).json()
    assert (closed["state"], closed["state_reason"]) == ("closed", "not_planned")
    assert closed["closed_at"] is not None
    opened = api.patch(path, json={"state": "open", "body": "b"}).json()
    assert (opened["state"], opened["state_reason"], opened["closed_at"]) == (
        "open",
        "reopened",
        None,
    )
    assert (opened["title"], opened["body"], len(opened["labels"])) == ("t", "b", 2)


def test_issues_are_found_by_state_label_creator_and_time(api: httpx.Client, pull: int) -> None:
    api.post(f"{REPO}/issues", json={"title": "mine", "labels": ["Copilot-Seats"]})
    api.post(f"{CONTROL}/issues", json={"title": "theirs", "author": "eve", "state": "closed"})
    api.post("/_sandbox/clock", json={"advance": "1d"})
    now = api.get("/_sandbox/clock").json()["now"]
    api.post(f"{REPO}/issues", json={"title": "new"})

    def titles(**query: str) -> list[str]:
        found = api.get(f"{REPO}/issues", params=query)
        return [one["title"] for one in found.json()]

    assert titles() == ["new", "mine"]
    assert titles(state="closed") == ["theirs", "Change seats"]
    assert titles(state="all", direction="asc") == ["Change seats", "mine", "theirs", "new"]
    assert titles(state="all", labels="copilot-seats") == ["mine"]
    assert titles(state="all", creator="EVE") == ["theirs"]
    assert titles(state="all", since=now) == ["new"]
    listed = api.get(f"{REPO}/issues", params={"state": "closed"}).json()
    assert ["pull_request" in one for one in listed] == [False, True]


def test_the_pull_request_of_a_commit(api: httpx.Client, pull: int) -> None:
    api.post(f"{CONTROL}/pulls", json={"number": 9, "head": HEAD})
    [merged] = api.get(f"{REPO}/commits/{SHA}/pulls").json()
    assert (merged["number"], merged["merge_commit_sha"]) == (7, SHA)
    assert merged["merged_at"] is not None
    both = api.get(f"{REPO}/commits/{HEAD.upper()}/pulls").json()
    assert [(one["number"], one["merged_at"] is None) for one in both] == [(7, False), (9, True)]
    assert api.get(f"{REPO}/commits/{'c' * 40}/pulls").json() == []
    assert api.get(f"{REPO}/commits/main/pulls").status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/issues/7/comments", {"body": "x" * 65_536}, 201),
        ("POST", "/issues/7/comments", {"body": "x" * 65_537}, 422),
        ("POST", "/issues/7/comments", {"body": " "}, 422),
        ("POST", "/issues/7/comments", {"body": None}, 422),
        ("POST", "/issues/7/comments", {}, 422),
        ("POST", "/issues/7/comments", [], 400),
        ("POST", "/issues/8/comments", {"body": "x"}, 404),
        ("POST", "/issues/x/comments", {"body": "x"}, 404),
        ("PATCH", "/issues/comments/99", {"body": "x"}, 404),
        ("PATCH", "/issues/comments/x", {"body": "x"}, 404),
        ("POST", "/issues", {"title": ""}, 422),
        ("POST", "/issues", {"title": 5}, 422),
        ("POST", "/issues", {"title": "x" * 257}, 422),
        ("POST", "/issues", {"title": "x", "body": "x" * 65_537}, 422),
        ("POST", "/issues", {"title": "x", "body": 5}, 422),
        ("POST", "/issues", {"title": "x", "labels": "y"}, 422),
        ("POST", "/issues", {"title": "x", "labels": ["y" * 51]}, 422),
        ("PATCH", "/issues/7", {"state": "ajar"}, 422),
        ("PATCH", "/issues/7", {"state_reason": "bored"}, 422),
        ("PATCH", "/issues/7", {"title": " "}, 422),
        ("PATCH", "/issues/7", {"body": "x" * 65_537}, 422),
        ("PATCH", "/issues/8", {"title": "x"}, 404),
        ("GET", "/issues?state=ajar", None, 422),
        ("GET", "/issues?sort=size", None, 422),
        ("GET", "/issues?direction=up", None, 422),
        ("GET", "/issues?since=soon", None, 422),
        ("GET", "/pulls/7/reviews", None, 404),
    ],
)
def test_what_is_taken_and_what_is_not(
    api: httpx.Client, pull: int, method: str, path: str, body: object, status: int
) -> None:
    before = api.get(CONTROL).json()
    found = api.request(method, f"{REPO}{path}", json=body)
    assert found.status_code == status, found.text
    if status >= 400:
        assert {"message", "documentation_url", "status"} <= found.json().keys()
        assert api.get(CONTROL).json() == before


def test_repositories_of_nobody_served_are_not_there(api: httpx.Client) -> None:
    assert api.get("/repos/globex/seats/issues").status_code == 404
    assert api.get("/repos/acme/%2e%2e/issues").status_code == 404
    assert api.get("/repos/ACME/Other/issues").json() == []
    assert api.get("/_sandbox/repos/acme/other").json()["full_name"] == "acme/Other"
    assert api.get("/_sandbox/repos/globex/seats").status_code == 404
    assert api.post("/_sandbox/repos/globex/seats", json={}).status_code == 200
    assert api.get("/repos/globex/seats/issues").json() == []


def test_repositories_can_be_named_at_the_start() -> None:
    with serve(world(), repositories=["globex/seats"]) as running, client(running.url) as api:
        assert api.get("/repos/Globex/SEATS/issues").json() == []
        assert running.repositories.find("globex", "seats") is not None
    with pytest.raises(UsageError, match="OWNER/NAME"):
        serve(world(), repositories=["globex"])


def test_issues_can_be_turned_off_and_conversations_locked(api: httpx.Client, pull: int) -> None:
    api.post(CONTROL, json={"has_issues": False})
    off = api.post(f"{REPO}/issues", json={"title": "x"})
    assert (off.status_code, off.json()["message"]) == (
        410,
        "Issues has been disabled in this repository.",
    )
    assert api.get(f"{REPO}/issues").status_code == 410
    path = f"{REPO}/issues/{pull}/comments"
    assert api.post(path, json={"body": "pulls go on"}).status_code == 201
    api.post(f"{CONTROL}/lock", json={"number": pull})
    assert api.post(path, json={"body": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("held", "comments", "issues"),
    [
        ({}, 403, 403),
        ({"pull_requests": "read", "issues": "read"}, 403, 403),
        ({"pull_requests": "write"}, 201, 403),
        ({"issues": "write"}, 201, 201),
    ],
)
def test_permissions(held: dict[str, str], comments: int, issues: int) -> None:
    tokens = {"t": Access(held, Kind.INSTALLATION, "app[bot]")}
    with serve(world(), tokens=tokens) as running, client(running.url, "t") as api:
        api.post(f"{CONTROL}/pulls", json={"number": 7})
        made = api.post(f"{REPO}/issues/7/comments", json={"body": "x"})
        assert made.status_code == comments
        assert api.post(f"{REPO}/issues", json={"title": "x"}).status_code == issues
        anonymous = httpx.get(f"{running.url}{REPO}/issues", headers={"User-Agent": "x"})
        assert anonymous.status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("pulls", {"number": 7}),
        ("pulls", {"number": -1}),
        ("pulls", {"number": "7"}),
        ("comments", {"number": 7}),
        ("comments", {"number": 7, "body": "x", "kind": "Robot"}),
        ("issues", {}),
        ("issues", {"title": "x", "labels": [5]}),
    ],
)
def test_what_the_control_does_not_take(
    api: httpx.Client, pull: int, path: str, body: object
) -> None:
    assert api.post(f"{CONTROL}/{path}", json=body).status_code == 422


def test_the_control_shows_who_wrote_what(api: httpx.Client, pull: int) -> None:
    told = {"number": pull, "body": "me!", "author": "app[bot]", "kind": "Bot"}
    assert api.post(f"{CONTROL}/comments", json=told).status_code == 201
    assert api.post(f"{CONTROL}/comments", json={"number": 99, "body": "x"}).status_code == 404
    assert api.post(f"{CONTROL}/party", json={"number": pull}).status_code == 404
    [shown] = api.get(CONTROL).json()["conversations"]
    assert (shown["number"], shown["kind"], shown["state"]) == (7, "pull", "closed")
    [written] = shown["comments"]
    assert (written["author"], written["kind"], written["body"]) == ("app[bot]", "Bot", "me!")
