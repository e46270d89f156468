"""Repositories as far as a pipeline talks to them: issues, pull requests, and their comments."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.errors import UsageError
from reconciler.sandbox.answers import ApiError

MOST = 65_536
"""Characters that GitHub takes as a body."""

_MOST_IN_TITLE = 256
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote something; `kind` is GitHub's `User` or `Bot`."""

    login: str
    kind: str = "User"


@dataclass(slots=True)
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    author: Author
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Pull:
    """What makes a conversation a pull request: its commits, and when it was merged."""

    head: str
    merge_commit: str | None
    merged_at: datetime | None


@dataclass(slots=True)
class Thread:
    """An issue or a pull request."""

    number: int
    author: Author
    title: str
    body: str
    created_at: datetime
    updated_at: datetime
    labels: list[str] = field(default_factory=list)
    open: bool = True
    state_reason: str | None = None
    closed_at: datetime | None = None
    locked: bool = False
    pull: Pull | None = None
    comments: list[Comment] = field(default_factory=list)

    def set_state(self, open: bool, reason: str | None, now: datetime) -> None:  # noqa: A002
        """Open or close it."""
        if open != self.open:
            self.state_reason = reason or ("reopened" if open else "completed")
            self.closed_at = None if open else now
        elif reason is not None and not open:
            self.state_reason = reason
        self.open = open


class Repository:
    """One repository; numbers are shared by issues and pull requests, as on GitHub."""

    def __init__(self, number: int, owner: str, name: str, ids: Iterable[int]) -> None:
        self.id = number
        self.owner = owner
        self.name = name
        self.has_issues = True
        self.threads: dict[int, Thread] = {}
        self._ids = iter(ids)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def open_issue(
        self, author: Author, title: str, body: str, labels: Sequence[str], now: datetime
    ) -> Thread:
        """Open an issue; raises GitHub's 422 for what it doesn't take."""
        _check_title(title)
        check_body("Issue", body)
        thread = Thread(self._next(), author, title, body, now, now, list(dict.fromkeys(labels)))
        self.threads[thread.number] = thread
        return thread

    def open_pull(
        self, author: Author, title: str, pull: Pull, now: datetime, number: int | None = None
    ) -> Thread:
        """Open a pull request, one that is merged already if *pull* says so."""
        wanted = self._next() if number is None else number
        if wanted in self.threads or wanted < 1:
            raise UsageError(f"sandbox: {wanted} is no number, or {self.full_name} has it already")
        _check_title(title)
        thread = Thread(wanted, author, title, "", now, now, pull=pull)
        if pull.merged_at is not None:
            thread.set_state(open=False, reason=None, now=now)
        self.threads[wanted] = thread
        return thread

    def comment(self, thread: Thread, author: Author, body: str, now: datetime) -> Comment:
        """Write a comment; raises GitHub's 422 for what it doesn't take."""
        check_body("IssueComment", body)
        written = Comment(next(self._ids), author, body, now, now)
        thread.comments.append(written)
        thread.updated_at = now
        return written

    def find_comment(self, comment_id: int) -> tuple[Thread, Comment] | None:
        """Return a comment with what it is on."""
        for thread in self.threads.values():
            for one in thread.comments:
                if one.id == comment_id:
                    return thread, one
        return None

    def _next(self) -> int:
        return max(self.threads, default=0) + 1


class Repositories:
    """All repositories: those of the organisations served are there as soon as they are named."""

    def __init__(self, owners: Iterable[str], named: Iterable[str] = ()) -> None:
        self.lock = threading.RLock()
        self._owners = {owner.lower(): owner for owner in owners}
        self._found: dict[tuple[str, str], Repository] = {}
        self._ids = itertools.count(1)
        self._comments = itertools.count(1)
        for name in named:
            self.make(name)

    def make(self, full_name: str) -> Repository:
        """Make the repository `owner/name`, or return it if there is one."""
        owner, _, name = full_name.partition("/")
        if not (_OWNER.fullmatch(owner) and _is_name(name)):
            raise UsageError(f"sandbox: {full_name[:80]!r} is no repository: write OWNER/NAME")
        with self.lock:
            key = (owner.lower(), name.lower())
            if key not in self._found:
                repository = Repository(next(self._ids), owner, name, self._comments)
                self._found[key] = repository
            return self._found[key]

    def find(self, owner: str, name: str) -> Repository | None:
        """Return a repository; None where there is none, nor an organisation to have it."""
        with self.lock:
            known = self._found.get((owner.lower(), name.lower()))
            served = self._owners.get(owner.lower())
            if known is None and served is not None and _is_name(name):
                return self.make(f"{served}/{name}")
            return known

    def by_id(self, number: str) -> Repository | None:
        """Return the repository with that id, as GitHub's links between pages name it."""
        return next((one for one in self._found.values() if str(one.id) == number), None)


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and name not in (".", "..")


def check_body(resource: str, body: str) -> None:
    """Raise GitHub's 422 for a body that it doesn't take."""
    if len(body) > MOST:
        text = f"body is too long (maximum is {MOST} characters)"
        raise _invalid(resource, "body", "custom", text)
    if resource == "IssueComment" and not body.strip():
        raise _invalid(resource, "data", "unprocessable", "Body cannot be blank")


def _check_title(title: str) -> None:
    if not title.strip():
        raise _invalid("Issue", "title", "missing_field")
    if len(title) > _MOST_IN_TITLE:
        text = f"title is too long (maximum is {_MOST_IN_TITLE} characters)"
        raise _invalid("Issue", "title", "custom", text)


def _invalid(resource: str, field_name: str, code: str, message: str | None = None) -> ApiError:
    found: dict[str, object] = {"resource": resource, "field": field_name, "code": code}
    if message is not None:
        found["message"] = message
    return ApiError(422, "Validation Failed", errors=[found])
