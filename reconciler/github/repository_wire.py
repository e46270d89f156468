"""The shapes of GitHub's answers about a repository's conversations, as far as they are needed.

Sources: https://docs.github.com/en/rest/issues/comments,
https://docs.github.com/en/rest/issues/issues, https://docs.github.com/en/rest/commits/commits.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote something: `bot` says that it is an App, and no person."""

    login: str
    bot: bool


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; `author` is None where the account is gone."""

    id: int
    body: str
    url: str
    author: Author | None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue; `author` is None where the account is gone."""

    number: int
    title: str
    body: str
    open: bool
    url: str
    author: Author | None
    is_pull: bool = False
    """GitHub lists pull requests among the issues."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request; `merge_commit` is the commit that it became when merged."""

    number: int
    merged: bool
    merge_commit: str | None


class _User(msgspec.Struct):
    login: str | None = None
    type: str | None = None


class _Comment(msgspec.Struct):
    id: int
    html_url: str = ""
    body: str | None = None
    user: _User | None = None


class _Issue(msgspec.Struct):
    number: int
    title: str
    state: str
    html_url: str = ""
    body: str | None = None
    user: _User | None = None
    pull_request: object = None


class _Pull(msgspec.Struct):
    number: int
    merged_at: str | None = None
    merge_commit_sha: str | None = None


_read_comment = msgspec.json.Decoder(_Comment).decode
_read_comments = msgspec.json.Decoder(list[_Comment]).decode
_read_issue = msgspec.json.Decoder(_Issue).decode
_read_issues = msgspec.json.Decoder(list[_Issue]).decode
_read_pulls = msgspec.json.Decoder(list[_Pull]).decode


def comment(body: bytes) -> Comment:
    """Decode a comment."""
    return _comment(_read_comment(body))


def comment_page(body: bytes) -> tuple[tuple[Comment, ...], int | None]:
    """Decode a page of comments; such lists have no count."""
    return tuple(map(_comment, _read_comments(body))), None


def issue(body: bytes) -> Issue:
    """Decode an issue."""
    return _issue(_read_issue(body))


def issue_page(body: bytes) -> tuple[tuple[Issue, ...], int | None]:
    """Decode a page of issues, pull requests among them; such lists have no count."""
    return tuple(map(_issue, _read_issues(body))), None


def pull_page(body: bytes) -> tuple[tuple[Pull, ...], int | None]:
    """Decode a page of pull requests."""
    return tuple(map(_pull, _read_pulls(body))), None


def _comment(found: _Comment) -> Comment:
    return Comment(found.id, found.body or "", found.html_url, _author(found.user))


def _issue(found: _Issue) -> Issue:
    return Issue(
        found.number,
        found.title,
        found.body or "",
        found.state == "open",
        found.html_url,
        _author(found.user),
        found.pull_request is not None,
    )


def _pull(found: _Pull) -> Pull:
    return Pull(found.number, found.merged_at is not None, found.merge_commit_sha)


def _author(user: _User | None) -> Author | None:
    if user is None or not user.login:
        return None
    return Author(user.login, user.type == "Bot")
