"""A repository's conversations: what is read, what is written, and what is never done twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest

from reconciler.errors import (
    AuthenticationError,
    GitHubError,
    Malformed,
    NotFound,
    PermissionDenied,
    Unreachable,
    UsageError,
)
from reconciler.github import Patience, connect
from reconciler.github.credentials import repository_token_from
from reconciler.github.errors import ServerError
from reconciler.github.repository import Repository
from reconciler.github.repository_wire import Author, Comment, Issue, Pull

BASE = "https://api.github.com"
TOKEN = "ghs_repositoryTokenNobodyMaySee"
COMMENTS = "/repos/acme/seats/issues/7/comments"

Answer = httpx.Response | Exception
Json = dict[str, object]


class Asked:
    """Answers in the order given, and keeps what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        answer.headers.setdefault("Date", "Sun, 22 Nov 2026 08:00:00 GMT")
        return answer

    @property
    def lines(self) -> list[str]:
        return [f"{one.method} {one.url.raw_path.decode()}" for one in self.requests]


@contextmanager
def repository(asked: Asked, name: str = "acme/seats") -> Iterator[Repository]:
    patience = Patience(sleep=lambda _: None, budget=None)
    with connect(BASE, TOKEN, transport=httpx.MockTransport(asked)) as client:
        yield Repository(client, name, patience=patience, variable="COPILOT_SEATS_REPOSITORY_TOKEN")


def comment(number: int, login: str | None = "octocat", kind: str = "User", **more: object) -> Json:
    user = None if login is None else {"login": login, "type": kind}
    return {"id": number, "html_url": f"u{number}", "body": f"b{number}", "user": user, **more}


def issue(number: int, **more: object) -> Json:
    known = {"number": number, "title": "t", "state": "open", "html_url": "u", "body": None}
    return {**known, "user": {"login": "octocat", "type": "User"}, **more}


def said(status: int, body: object = None, **headers: str) -> httpx.Response:
    return httpx.Response(
        status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def refused(status: int, message: str) -> httpx.Response:
    return said(status, {"message": message})


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("", "acme", "acme/", "/seats", "a/b/c", "acme/..", "acme/.", "acme/se ats", "acme/x?y=1"),
        *("../x", "acme/x#", "acme/%2e%2e", "acmé/x", "acme/x\n", "-x/y"),
    ],
)
def test_what_is_no_repository_is_never_asked_for(name: str) -> None:
    asked = Asked()
    with pytest.raises(UsageError, match="OWNER/NAME"), repository(asked, name):
        pass
    assert asked.requests == []


@pytest.mark.parametrize("sha", ["", "main", "abc", "a" * 65, "../x", "abcdefg", "1234567\n"])
def test_what_is_no_commit_is_never_asked_for(sha: str) -> None:
    asked = Asked()
    with repository(asked) as there, pytest.raises(UsageError, match="no commit"):
        there.pulls_of(sha)
    assert asked.requests == []


# --- who writes ---------------------------------------------------------------------------------


def test_a_person_s_own_are_by_login_whatever_the_case() -> None:
    asked = Asked(said(200, {"login": "Mona"}))
    with repository(asked) as there:
        assert there.is_ours(Author("mona", bot=False))
        assert not there.is_ours(Author("octocat", bot=False))
        assert not there.is_ours(Author("other-app[bot]", bot=True))
        assert not there.is_ours(None)
        assert there.login() == "Mona"
    assert asked.lines == ["GET /user"]


@pytest.mark.parametrize("status", [403, 404])
def test_an_app_is_a_bot_and_no_person_is(status: int) -> None:
    asked = Asked(refused(status, "Resource not accessible by integration"))
    with repository(asked) as there:
        assert there.is_ours(Author("github-actions[bot]", bot=True))
        assert not there.is_ours(Author("octocat", bot=False))
        assert not there.is_ours(Author("evil[bot]", bot=False))
        assert not there.is_ours(None)
    assert asked.lines == ["GET /user"]


def test_a_wrong_token_is_told_by_its_variable_and_not_shown() -> None:
    asked = Asked(refused(401, f"Bad credentials: {TOKEN}"))
    with repository(asked) as there, pytest.raises(AuthenticationError) as caught:
        there.login()
    assert "set COPILOT_SEATS_REPOSITORY_TOKEN to a valid one" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert "***" in str(caught.value)


def test_the_repository_s_own_token_comes_first() -> None:
    tokens = {"GH_TOKEN": "c", "GITHUB_TOKEN": "b", "COPILOT_SEATS_REPOSITORY_TOKEN": "a"}
    found = []
    while tokens:
        found.append(repository_token_from(tokens))
        del tokens[found[-1][1]]
    assert [token for token, _ in found] == ["a", "b", "c"]
    with pytest.raises(AuthenticationError, match="COPILOT_SEATS_REPOSITORY_TOKEN"):
        repository_token_from({"GITHUB_APP_ID": "1"})
    with pytest.raises(AuthenticationError) as caught:
        repository_token_from({"COPILOT_SEATS_REPOSITORY_TOKEN": f"{TOKEN}\n"})
    assert TOKEN not in str(caught.value)


# --- reading ------------------------------------------------------------------------------------


def test_comments_of_all_pages_with_their_authors() -> None:
    link = f'<{BASE}/repositories/1/issues/7/comments?per_page=100&page=2>; rel="next"'
    asked = Asked(
        said(200, [comment(1), comment(2, "app[bot]", "Bot")], Link=link),
        said(200, [comment(3, None), comment(4, body=None, html_url="u4")]),
    )
    with repository(asked) as there:
        found = there.comments(7)
    assert found == (
        Comment(1, "b1", "u1", Author("octocat", bot=False)),
        Comment(2, "b2", "u2", Author("app[bot]", bot=True)),
        Comment(3, "b3", "u3", None),
        Comment(4, "", "u4", Author("octocat", bot=False)),
    )
    assert asked.lines == [
        f"GET {COMMENTS}?per_page=100&page=1",
        "GET /repositories/1/issues/7/comments?per_page=100&page=2",
    ]


@pytest.mark.parametrize(
    "target", ["https://evil.example/next", "http://api.github.com/x?page=2", "//evil.example/x"]
)
def test_a_page_on_another_host_is_not_asked_and_the_token_stays(target: str) -> None:
    asked = Asked(said(200, [comment(1)], Link=f'<{target}>; rel="next"'))
    with repository(asked) as there, pytest.raises(Malformed, match="another host"):
        there.comments(7)
    assert len(asked.requests) == 1


def test_a_list_without_end_ends() -> None:
    link = f'<{BASE}/repositories/1/issues?page=1>; rel="next"'
    asked = Asked(*(said(200, [issue(1)], Link=link) for _ in range(5)))
    with repository(asked) as there, pytest.raises(Malformed, match="no end"):
        there.issues()


def test_issues_without_the_pull_requests_among_them() -> None:
    asked = Asked(
        said(200, [issue(1), issue(2, pull_request={"url": "x"}), issue(3, state="closed")])
    )
    since = datetime(2026, 10, 1, tzinfo=UTC)
    with repository(asked) as there:
        found = there.issues(label="copilot-seats", since=since)
    author = Author("octocat", bot=False)
    assert found == (Issue(1, "t", "", True, "u", author), Issue(3, "t", "", False, "u", author))
    assert dict(asked.requests[0].url.params) == {
        "state": "all",
        "labels": "copilot-seats",
        "since": "2026-10-01T00:00:00Z",
        "sort": "created",
        "direction": "desc",
        "per_page": "100",
        "page": "1",
    }


def test_the_pull_requests_of_a_commit() -> None:
    sha = "a" * 40
    merged = {"number": 7, "merged_at": "2026-11-20T08:00:00Z", "merge_commit_sha": sha}
    asked = Asked(said(200, [merged, {"number": 8, "merged_at": None}]))
    with repository(asked) as there:
        assert there.pulls_of(sha) == (Pull(7, True, sha), Pull(8, False, None))
    assert asked.lines == [f"GET /repos/acme/seats/commits/{sha}/pulls?per_page=100&page=1"]


@pytest.mark.parametrize(
    "body", [{}, [5], [{"id": "x"}], [{"body": "x"}], "x", None, [{"id": 1, "user": 5}]]
)
def test_an_answer_of_another_shape_is_malformed(body: object) -> None:
    with repository(Asked(said(200, body))) as there, pytest.raises(Malformed):
        there.comments(7)


# --- writing ------------------------------------------------------------------------------------


def test_what_is_written() -> None:
    asked = Asked(
        said(201, comment(9)), said(200, comment(9)), said(201, issue(1)), said(200, issue(1))
    )
    with repository(asked) as there:
        assert there.create_comment(7, "one\n").id == 9
        assert there.update_comment(9, "two\n").url == "u9"
        assert there.create_issue("t", "b", ("copilot-seats",)).number == 1
        assert there.update_issue(1, title="t2", body="b2", open=False).number == 1
    assert asked.lines == [
        f"POST {COMMENTS}",
        "PATCH /repos/acme/seats/issues/comments/9",
        "POST /repos/acme/seats/issues",
        "PATCH /repos/acme/seats/issues/1",
    ]
    assert [json.loads(one.content) for one in asked.requests] == [
        {"body": "one\n"},
        {"body": "two\n"},
        {"title": "t", "body": "b", "labels": ["copilot-seats"]},
        {"title": "t2", "body": "b2", "state": "closed", "state_reason": "completed"},
    ]


WRITES: dict[str, Callable[[Repository], object]] = {
    "create_comment": lambda there: there.create_comment(7, "x"),
    "create_issue": lambda there: there.create_issue("t", "x"),
    "update_comment": lambda there: there.update_comment(9, "x"),
    "update_issue": lambda there: there.update_issue(1, title="t", body="x", open=True),
}


@pytest.mark.parametrize("write", ["create_comment", "create_issue"])
@pytest.mark.parametrize("trouble", ["502", "lost"])
def test_what_may_have_been_created_is_not_created_again(write: str, trouble: str) -> None:
    asked = Asked(said(502) if trouble == "502" else httpx.ReadError("gone"))
    with repository(asked) as there, pytest.raises((ServerError, Unreachable)):
        WRITES[write](there)
    assert len(asked.requests) == 1


@pytest.mark.parametrize("write", ["update_comment", "update_issue"])
def test_an_update_is_tried_again(write: str) -> None:
    right = said(200, comment(9) if "comment" in write else issue(1))
    asked = Asked(said(502), httpx.ReadError("gone"), right)
    with repository(asked) as there:
        WRITES[write](there)
    assert len(asked.requests) == 3


@pytest.mark.parametrize("write", WRITES)
def test_a_rate_limit_is_waited_for(write: str) -> None:
    right = said(200, comment(9) if "comment" in write else issue(1))
    limit = said(403, {"message": "You have exceeded a secondary rate limit"}, Retry_After="3")
    asked = Asked(limit, right)
    with repository(asked) as there:
        WRITES[write](there)
    assert len(asked.requests) == 2


@pytest.mark.parametrize("write", WRITES)
def test_a_write_is_never_sent_elsewhere(write: str) -> None:
    asked = Asked(said(307, None, Location=f"{BASE}/repositories/1/issues"))
    with repository(asked) as there, pytest.raises(GitHubError, match="not followed"):
        WRITES[write](there)
    assert len(asked.requests) == 1


@pytest.mark.parametrize(
    ("write", "needs"),
    [
        ("create_comment", '"Pull requests" or "Issues": write'),
        ("update_comment", '"Pull requests" or "Issues": write'),
        ("create_issue", '"Issues": write'),
        ("update_issue", '"Issues": write'),
    ],
)
@pytest.mark.parametrize(("status", "kind"), [(403, PermissionDenied), (404, NotFound)])
def test_the_permission_that_is_missing_is_named(
    write: str, needs: str, status: int, kind: type[GitHubError]
) -> None:
    asked = Asked(refused(status, "Resource not accessible by integration"))
    with repository(asked) as there, pytest.raises(kind) as caught:
        WRITES[write](there)
    assert f"the repository permission {needs}" in str(caught.value)


def test_issues_that_are_turned_off_are_told() -> None:
    for ask in (lambda there: there.issues(), WRITES["create_issue"], WRITES["update_issue"]):
        asked = Asked(refused(410, "Issues has been disabled in this repository."))
        with repository(asked) as there, pytest.raises(GitHubError, match="turned off") as caught:
            ask(there)
        assert "acme/seats" in str(caught.value)
