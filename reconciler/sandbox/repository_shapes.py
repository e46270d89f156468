"""The JSON shapes of GitHub's answers about a repository's conversations.

After the public documentation: https://docs.github.com/en/rest/issues.
"""

from __future__ import annotations

import zlib

from reconciler.sandbox.repositories import Author, Comment, Repository, Thread
from reconciler.sandbox.shapes import Json, node_id, user
from reconciler.sandbox.times import stamp


def author(who: Author, base: str) -> Json:
    """Return a `simple-user`; an App's has a page of its own."""
    number = 1 + zlib.crc32(who.login.lower().encode()) % 10**8
    shape = user(who.login, number, base, who.kind)
    if who.kind != "Bot":
        return shape
    return shape | {"html_url": f"https://github.com/apps/{who.login.removesuffix('[bot]')}"}


def comment(written: Comment, on: Thread, repository: Repository, base: str) -> Json:
    """Return an `issue-comment`."""
    url = f"{base}/repos/{repository.full_name}/issues"
    return {
        "id": written.id,
        "node_id": node_id("IssueComment", written.id),
        "url": f"{url}/comments/{written.id}",
        "html_url": f"{_page(on, repository)}#issuecomment-{written.id}",
        "issue_url": f"{url}/{on.number}",
        "body": written.body,
        "user": author(written.author, base),
        "created_at": stamp(written.created_at),
        "updated_at": stamp(written.updated_at),
        "author_association": _association(written.author),
        "performed_via_github_app": None,
    }


def issue(thread: Thread, repository: Repository, base: str) -> Json:
    """Return an `issue`; a pull request is one with the key `pull_request`."""
    of = f"{base}/repos/{repository.full_name}"
    url = f"{of}/issues/{thread.number}"
    shape: Json = {
        "id": repository.id * 10**6 + thread.number,
        "node_id": node_id("Issue", thread.number),
        "url": url,
        "repository_url": of,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": _page(thread, repository),
        "number": thread.number,
        "state": "open" if thread.open else "closed",
        "state_reason": thread.state_reason,
        "title": thread.title,
        "body": thread.body,
        "user": author(thread.author, base),
        "labels": [_label(name, of) for name in thread.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": thread.locked,
        "active_lock_reason": None,
        "comments": len(thread.comments),
        "closed_at": stamp(thread.closed_at),
        "created_at": stamp(thread.created_at),
        "updated_at": stamp(thread.updated_at),
        "author_association": _association(thread.author),
        "performed_via_github_app": None,
    }
    if thread.pull is None:
        return shape
    links = {
        "url": f"{of}/pulls/{thread.number}",
        "html_url": _page(thread, repository),
        "merged_at": stamp(thread.pull.merged_at),
    }
    return shape | {"pull_request": links}


def pull(thread: Thread, repository: Repository, base: str) -> Json:
    """Return the parts of a `pull-request-simple` that say what became of it."""
    of = f"{base}/repos/{repository.full_name}"
    assert thread.pull is not None  # noqa: S101 (asked of pull requests only)
    return {
        "id": repository.id * 10**6 + thread.number,
        "node_id": node_id("PullRequest", thread.number),
        "url": f"{of}/pulls/{thread.number}",
        "html_url": _page(thread, repository),
        "issue_url": f"{of}/issues/{thread.number}",
        "number": thread.number,
        "state": "open" if thread.open else "closed",
        "locked": thread.locked,
        "title": thread.title,
        "body": thread.body,
        "user": author(thread.author, base),
        "labels": [_label(name, of) for name in thread.labels],
        "created_at": stamp(thread.created_at),
        "updated_at": stamp(thread.updated_at),
        "closed_at": stamp(thread.closed_at),
        "merged_at": stamp(thread.pull.merged_at),
        "merge_commit_sha": thread.pull.merge_commit,
        "draft": False,
        "head": {"ref": "proposal", "sha": thread.pull.head},
        "base": {"ref": "main"},
        "author_association": _association(thread.author),
    }


def _page(thread: Thread, repository: Repository) -> str:
    kind = "issues" if thread.pull is None else "pull"
    return f"https://github.com/{repository.full_name}/{kind}/{thread.number}"


def _label(name: str, of: str) -> Json:
    number = 1 + zlib.crc32(name.lower().encode()) % 10**9
    return {
        "id": number,
        "node_id": node_id("Label", number),
        "url": f"{of}/labels/{name}",
        "name": name,
        "color": "ededed",
        "default": False,
        "description": None,
    }


def _association(who: Author) -> str:
    return "NONE" if who.kind == "Bot" else "MEMBER"
