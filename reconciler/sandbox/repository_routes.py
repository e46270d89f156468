"""The operations of GitHub's API on a repository's issues, pull requests and their comments.

Sources: https://docs.github.com/en/rest/issues, https://docs.github.com/en/rest/commits/commits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from reconciler.sandbox import repository_shapes as shapes
from reconciler.sandbox import times
from reconciler.sandbox.access import Kind, refuse
from reconciler.sandbox.answers import DOCS, Answer, ApiError, answer, not_found
from reconciler.sandbox.api import Call, Route
from reconciler.sandbox.repositories import Author, Comment, Repository, Thread, check_body
from reconciler.sandbox.requests import body_of, invalid, page_of

Item = TypeVar("Item")

_PER_PAGE = 30
_SHA = re.compile(r"[0-9a-fA-F]{4,64}", re.ASCII)
_ISSUES_OFF = "Issues has been disabled in this repository."


def _in_repository(handler: Callable[[Call, Repository], Answer]) -> Callable[[Call], Answer]:
    """Let *handler* have the repository that the path names; raises 404."""

    def handle(call: Call) -> Answer:
        repositories = call.api.repositories
        with repositories.lock:
            found = repositories.find(call.params["owner"], call.params["repo"])
            if found is None:
                raise not_found()
            return handler(call, found)

    return handle


# --- comments -----------------------------------------------------------------------------------


def comments(call: Call, repository: Repository) -> Answer:
    thread = _thread(call, repository)
    since = _since(call)
    found = [one for one in thread.comments if since is None or one.updated_at >= since]
    return _paged(
        call, repository, found, lambda one: shapes.comment(one, thread, repository, call.base)
    )


def create_comment(call: Call, repository: Repository) -> Answer:
    thread = _thread(call, repository)
    if thread.locked:
        raise ApiError(403, "Unable to create comment because issue is locked.")
    written = repository.comment(thread, _author(call), _body(call, "IssueComment"), call.api.now)
    return answer(shapes.comment(written, thread, repository, call.base), 201)


def comment(call: Call, repository: Repository) -> Answer:
    thread, found = _comment(call, repository)
    return answer(shapes.comment(found, thread, repository, call.base))


def update_comment(call: Call, repository: Repository) -> Answer:
    thread, found = _comment(call, repository)
    body = _body(call, "IssueComment")
    check_body("IssueComment", body)
    found.body, found.updated_at = body, call.api.now
    return answer(shapes.comment(found, thread, repository, call.base))


def _comment(call: Call, repository: Repository) -> tuple[Thread, Comment]:
    number = _number(call.params["comment_id"])
    found = None if number is None else repository.find_comment(number)
    if found is None:
        raise not_found()
    return found


# --- issues -------------------------------------------------------------------------------------


def issues(call: Call, repository: Repository) -> Answer:
    _require_issues(repository)
    query = call.request.query
    state, sort = query.get("state", "open"), query.get("sort", "created")
    direction = query.get("direction", "desc")
    if state not in ("open", "closed", "all"):
        raise invalid("Issue", "state")
    if sort not in ("created", "updated", "comments"):
        raise invalid("Issue", "sort")
    if direction not in ("asc", "desc"):
        raise invalid("Issue", "direction")
    since = _since(call)
    labels = {one.strip().lower() for one in query.get("labels", "").split(",") if one.strip()}
    creator = query.get("creator", "").lower()
    found = [
        one
        for one in repository.threads.values()
        if (state == "all" or one.open == (state == "open"))
        and labels <= {label.lower() for label in one.labels}
        and (not creator or one.author.login.lower() == creator)
        and (since is None or one.updated_at >= since)
    ]
    found.sort(key=lambda one: _rank(one, sort), reverse=direction == "desc")
    return _paged(call, repository, found, lambda one: shapes.issue(one, repository, call.base))


def _rank(thread: Thread, sort: str) -> tuple[object, ...]:
    if sort == "comments":
        return (len(thread.comments), thread.number)
    return (thread.created_at if sort == "created" else thread.updated_at, thread.number)


def create_issue(call: Call, repository: Repository) -> Answer:
    _require_issues(repository)
    fields = body_of(call)
    labels = _labels(fields.get("labels"))
    title, body = fields.get("title"), fields.get("body") or ""
    if not isinstance(title, str):
        raise invalid("Issue", "title")
    if not isinstance(body, str):
        raise invalid("Issue", "body")
    opened = repository.open_issue(_author(call), title, body, labels, call.api.now)
    return answer(shapes.issue(opened, repository, call.base), 201)


def issue(call: Call, repository: Repository) -> Answer:
    return answer(shapes.issue(_thread(call, repository), repository, call.base))


def update_issue(call: Call, repository: Repository) -> Answer:
    thread = _thread(call, repository)
    fields = body_of(call)
    title, body = fields.get("title", thread.title), fields.get("body", thread.body) or ""
    state = fields.get("state", "open" if thread.open else "closed")
    reason = fields.get("state_reason")
    if not isinstance(title, str) or not title.strip():
        raise invalid("Issue", "title")
    if not isinstance(body, str):
        raise invalid("Issue", "body")
    if state not in ("open", "closed"):
        raise invalid("Issue", "state")
    if reason not in (None, "completed", "not_planned", "duplicate", "reopened"):
        raise invalid("Issue", "state_reason")
    check_body("Issue", body)
    if "labels" in fields:
        thread.labels = _labels(fields["labels"])
    thread.title, thread.body, thread.updated_at = title, body, call.api.now
    thread.set_state(state == "open", None if reason is None else str(reason), call.api.now)
    return answer(shapes.issue(thread, repository, call.base))


def _labels(stated: object) -> list[str]:
    """Return the names of labels; GitHub takes names, and objects with a name."""
    if stated is None:
        return []
    if not isinstance(stated, list):
        raise invalid("Issue", "labels")
    names = [one.get("name") if isinstance(one, dict) else one for one in stated]
    texts = [name for name in names if isinstance(name, str) and 0 < len(name) <= 50]
    if len(texts) < len(names):
        raise invalid("Label", "name")
    return list(dict.fromkeys(texts))


def _require_issues(repository: Repository) -> None:
    if not repository.has_issues:
        raise ApiError(410, _ISSUES_OFF)


# --- pull requests ------------------------------------------------------------------------------


def pulls_of_commit(call: Call, repository: Repository) -> Answer:
    """Answer with the merged pull request of a commit, and the open ones that hold it."""
    sha = call.params["commit_sha"].lower()
    if not _SHA.fullmatch(sha):
        raise ApiError(422, f"No commit found for SHA: {sha}")
    found = [
        one
        for one in repository.threads.values()
        if one.pull is not None and sha in (one.pull.head, one.pull.merge_commit)
    ]
    return _paged(call, repository, found, lambda one: shapes.pull(one, repository, call.base))


# --- shared -------------------------------------------------------------------------------------


def _thread(call: Call, repository: Repository) -> Thread:
    number = _number(call.params["issue_number"])
    found = None if number is None else repository.threads.get(number)
    if found is None:
        raise not_found()
    if found.pull is None:
        _require_issues(repository)
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _body(call: Call, resource: str) -> str:
    body = body_of(call).get("body")
    if not isinstance(body, str):
        found: dict[str, object] = {"resource": resource, "field": "body", "code": "missing_field"}
        raise ApiError(422, "Validation Failed", errors=[found])
    return body


def _author(call: Call) -> Author:
    """Return whom GitHub shows as the author of what this token writes."""
    if call.access.kind is Kind.APP:
        raise refuse(call.access, {})
    bot = call.access.kind is Kind.INSTALLATION
    return Author(call.access.login, "Bot" if bot else "User")


def _since(call: Call) -> datetime | None:
    stated = call.request.query.get("since")
    if stated is None:
        return None
    found = times.moment(stated, call.api.now)
    if found is None:
        raise invalid("Issue", "since")
    return found


def _paged(
    call: Call,
    repository: Repository,
    items: Sequence[Item],
    shape: Callable[[Item], object],
) -> Answer:
    place = f"repositories/{repository.id}"
    page, links = page_of(call, items, _PER_PAGE, shape, place=place)
    return answer(page, headers=links)


_ISSUES = f"{DOCS}/issues/issues"
_COMMENTS = f"{DOCS}/issues/comments"
_REPO = "/repos/{owner}/{repo}"
_READ_ISSUES, _EDIT_ISSUES = {"issues": "read"}, {"issues": "write"}
_READ = {"issues": "read", "pull_requests": "read"}
_EDIT = {"issues": "write", "pull_requests": "write"}

ROUTES = tuple(
    Route(method, f"{_REPO}/{template}", _in_repository(handler), needs, docs)
    for method, template, handler, needs, docs in (
        ("GET", "issues/comments/{comment_id}", comment, _READ, _COMMENTS),
        ("PATCH", "issues/comments/{comment_id}", update_comment, _EDIT, _COMMENTS),
        ("GET", "issues/{issue_number}/comments", comments, _READ, _COMMENTS),
        ("POST", "issues/{issue_number}/comments", create_comment, _EDIT, _COMMENTS),
        ("GET", "issues", issues, _READ_ISSUES, _ISSUES),
        ("POST", "issues", create_issue, _EDIT_ISSUES, _ISSUES),
        ("GET", "issues/{issue_number}", issue, _READ, _ISSUES),
        ("PATCH", "issues/{issue_number}", update_issue, _EDIT, _ISSUES),
        (
            "GET",
            "commits/{commit_sha}/pulls",
            pulls_of_commit,
            {"pull_requests": "read"},
            f"{DOCS}/commits/commits",
        ),
    )
)
