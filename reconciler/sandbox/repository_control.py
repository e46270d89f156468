"""The sandbox's own operations on repositories, under `/_sandbox/repos/`.

GET  /_sandbox/repos/{owner}/{repo}           its conversations, and who wrote what
POST /_sandbox/repos/{owner}/{repo}           make it: {}, or {"has_issues": false}
POST /_sandbox/repos/{owner}/{repo}/pulls     a pull request: {"number", "title", "author",
                                              "head", "merge_commit": …}, merged with the last
POST /_sandbox/repos/{owner}/{repo}/issues    somebody's issue: {"title", "body", "author", "kind",
                                              "labels", "state"}
POST /_sandbox/repos/{owner}/{repo}/comments  somebody's comment: {"number", "body", "author",
                                              "kind": "User" or "Bot"}
POST /_sandbox/repos/{owner}/{repo}/lock      nobody may comment any more: {"number"}
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.errors import UsageError
from reconciler.sandbox import times
from reconciler.sandbox.answers import Answer, Request, answer, not_found
from reconciler.sandbox.repositories import Author, Pull, Repositories, Repository, Thread

if TYPE_CHECKING:
    from reconciler.sandbox.fields import Fields

_STRANGER = "stranger"
_NO_COMMIT = "0" * 40


def handle(
    repositories: Repositories, now: datetime, request: Request, parts: list[str], fields: Fields
) -> Answer:
    """Answer a request under `/_sandbox/repos`."""
    match request.method, parts:
        case "GET", [owner, name]:
            with repositories.lock:
                return answer(_shown(_found(repositories, owner, name)))
        case "POST" | "PUT", [owner, name]:
            with repositories.lock:
                made = repositories.make(f"{owner}/{name}")
                made.has_issues = _flag(fields, "has_issues", made.has_issues)
                return answer(_shown(made))
        case "POST", [owner, name, action]:
            with repositories.lock:
                return answer(_acted(_found(repositories, owner, name), action, fields, now), 201)
    raise not_found()


def _found(repositories: Repositories, owner: str, name: str) -> Repository:
    found = repositories.find(owner, name)
    if found is None:
        raise not_found()
    return found


def _acted(repository: Repository, action: str, fields: Fields, now: datetime) -> dict[str, object]:
    if action == "pulls":
        head = (fields.maybe("head") or _NO_COMMIT).lower()
        merged = fields.maybe("merge_commit")
        pull = Pull(head, merged and merged.lower(), now if merged else None)
        title = fields.maybe("title") or "Change seats"
        number = fields.number("number")
        return _thread(repository.open_pull(_author(fields), title, pull, now, number))
    if action == "issues":
        title, body = fields.text("title"), fields.maybe("body") or ""
        opened = repository.open_issue(_author(fields), title, body, _labels(fields), now)
        opened.set_state(fields.maybe("state") != "closed", None, now)
        return _thread(opened)
    thread = repository.threads.get(fields.number("number") or 0)
    if thread is None or action not in ("comments", "lock"):
        raise not_found()
    if action == "lock":
        thread.locked = True
        return _thread(thread)
    repository.comment(thread, _author(fields), fields.text("body"), now)
    return _thread(thread)


def _author(fields: Fields) -> Author:
    kind = fields.maybe("kind") or "User"
    if kind not in ("User", "Bot"):
        raise UsageError(f"sandbox: 'kind' is User or Bot, not {kind!r}")
    return Author(fields.maybe("author") or _STRANGER, kind)


def _labels(fields: Fields) -> list[str]:
    found = fields.values.get("labels") or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise UsageError("sandbox: 'labels' is a list of texts")
    return [str(one) for one in found]


def _flag(fields: Fields, name: str, default: bool) -> bool:
    found = fields.values.get(name, default)
    if not isinstance(found, bool):
        raise UsageError(f"sandbox: {name!r} is true or false, not {found!r}")
    return found


def _shown(repository: Repository) -> dict[str, object]:
    return {
        "full_name": repository.full_name,
        "has_issues": repository.has_issues,
        "conversations": [_thread(one) for one in repository.threads.values()],
    }


def _thread(thread: Thread) -> dict[str, object]:
    return {
        "number": thread.number,
        "kind": "issue" if thread.pull is None else "pull",
        "title": thread.title,
        "body": thread.body,
        "author": thread.author.login,
        "state": "open" if thread.open else "closed",
        "state_reason": thread.state_reason,
        "labels": list(thread.labels),
        "locked": thread.locked,
        "merged_at": None if thread.pull is None else times.stamp(thread.pull.merged_at),
        "updated_at": times.stamp(thread.updated_at),
        "comments": [
            {
                "id": one.id,
                "author": one.author.login,
                "kind": one.author.kind,
                "body": one.body,
                "updated_at": times.stamp(one.updated_at),
            }
            for one in thread.comments
        ],
    }
