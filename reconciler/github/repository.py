"""Reads and writes the conversations of one repository: comments, issues, pull requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import httpx
import msgspec

from reconciler.errors import GitHubError, NotFound, PermissionDenied, UsageError
from reconciler.github import app_wire
from reconciler.github import repository_wire as wire
from reconciler.github.pagination import Pager
from reconciler.github.prefetch import Sender
from reconciler.github.rate_limit import READ, WRITE
from reconciler.github.repository_wire import Author, Comment, Issue, Pull
from reconciler.github.retry import Patience, may_repeat_read, may_repeat_write
from reconciler.github.transport import Ask, Channel, understood
from reconciler.github.urls import path

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}", re.ASCII)
_SHA = re.compile(r"[0-9a-fA-F]{7,64}", re.ASCII)
_THREADS = 2
_GONE = 410


class Repository:
    """The repository *name* (`owner/name`) over *client*.

    Requests that fail in passing are repeated as *patience* allows; one that creates something is
    repeated only if it certainly did nothing. *variable* is where the token came from, for the
    message that it is wrong. Every method may raise any error of the GitHubError tree.
    """

    def __init__(
        self,
        client: httpx.Client,
        name: str,
        *,
        patience: Patience | None = None,
        variable: str = "GITHUB_TOKEN",
    ) -> None:
        if not _NAME.fullmatch(name) or name.endswith(("/.", "/..")):
            raise UsageError(f"{name[:80]!r} is no repository; write it as OWNER/NAME")
        owner, _, repository = name.partition("/")
        self.name = name
        self._place = ("repos", owner, repository)
        self._channel = Channel(client, frozenset({"GET", "POST", "PATCH"}))
        self._patience = patience if patience is not None else Patience()
        self._pager = Pager(Sender(self._channel, self._patience, _THREADS))
        self._variable = variable
        self._login: tuple[str | None] | None = None

    # --- who writes ---------------------------------------------------------------------------

    def login(self) -> str | None:
        """Return whose token it is; None for an App's, which GitHub does not tell.

        Source: https://docs.github.com/en/rest/users/users#get-the-authenticated-user
        """
        if self._login is None:
            ask = self._get("a valid token of any kind", "user", root=True)
            try:
                self._login = (self._one(ask, app_wire.viewer),)
            except (PermissionDenied, NotFound):
                self._login = (None,)  # an installation is nobody
        return self._login[0]

    def is_ours(self, author: Author | None) -> bool:
        """Tell whether *author* may be this token's account, so that what is theirs is ours.

        A person knows their login. An App is not told its own, but only Apps are bots: what a
        person wrote, with whatever marker, is never taken for its own.
        """
        if author is None:
            return False
        login = self.login()
        return author.bot if login is None else author.login.lower() == login.lower()

    # --- comments -----------------------------------------------------------------------------

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Read all comments of the issue or pull request *number*, the oldest first.

        Source: https://docs.github.com/en/rest/issues/comments#list-issue-comments
        """
        ask = self._get(_comments("read"), "issues", number, "comments")
        return self._all(ask, wire.comment_page)

    def create_comment(self, number: int, body: str) -> Comment:
        """Write a comment on the issue or pull request *number*.

        Source: https://docs.github.com/en/rest/issues/comments#create-an-issue-comment
        """
        place = ("issues", number, "comments")
        return self._write("POST", place, {"body": body}, _comments("write"), wire.comment)

    def update_comment(self, comment_id: int, body: str) -> Comment:
        """Give a comment another *body*.

        Source: https://docs.github.com/en/rest/issues/comments#update-an-issue-comment
        """
        place = ("issues", "comments", comment_id)
        return self._write("PATCH", place, {"body": body}, _comments("write"), wire.comment)

    # --- issues -------------------------------------------------------------------------------

    def issues(
        self, *, label: str | None = None, since: datetime | None = None
    ) -> tuple[Issue, ...]:
        """Read all issues, open and closed, the newest first; no pull requests.

        *label* and *since* (last updated then or later) ask for fewer.
        Source: https://docs.github.com/en/rest/issues/issues#list-repository-issues
        """
        params: dict[str, int | str] = {"state": "all", "sort": "created", "direction": "desc"}
        if label is not None:
            params["labels"] = label
        if since is not None:
            params["since"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        ask = self._get(_issues("read"), "issues", params=params)
        found = self._told(lambda: self._all(ask, wire.issue_page))
        return tuple(one for one in found if not one.is_pull)

    def create_issue(self, title: str, body: str, labels: tuple[str, ...] = ()) -> Issue:
        """Open an issue; GitHub makes labels that there are not yet.

        Source: https://docs.github.com/en/rest/issues/issues#create-an-issue
        """
        fields: dict[str, object] = {"title": title, "body": body, "labels": list(labels)}
        if not labels:
            del fields["labels"]  # whoever may not set any is not asked to set none
        return self._told(
            lambda: self._write("POST", ("issues",), fields, _issues("write"), wire.issue)
        )

    def update_issue(self, number: int, *, title: str, body: str, open: bool) -> Issue:  # noqa: A002
        """Give an issue another title and body, and open or close it; its labels stay.

        Source: https://docs.github.com/en/rest/issues/issues#update-an-issue
        """
        state = {"state": "open"} if open else {"state": "closed", "state_reason": "completed"}
        fields: dict[str, object] = {"title": title, "body": body, **state}
        place = ("issues", number)
        return self._told(lambda: self._write("PATCH", place, fields, _issues("write"), wire.issue))

    # --- pull requests ------------------------------------------------------------------------

    def pulls_of(self, sha: str) -> tuple[Pull, ...]:
        """Read the pull requests that the commit *sha* belongs to.

        Source: https://docs.github.com/en/rest/commits/commits
        """
        if not _SHA.fullmatch(sha):
            raise UsageError(f"{sha[:80]!r} is no commit; write its SHA")
        needs = 'the repository permission "Pull requests": read'
        return self._all(self._get(needs, "commits", sha, "pulls"), wire.pull_page)

    # --- asking -------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the moment of the API's first answer, in UTC."""
        return self._channel.now()

    def _get(
        self,
        needs: str,
        *segments: str | int,
        root: bool = False,
        params: dict[str, int | str] | None = None,
    ) -> Ask:
        place = segments if root else (*self._place, *segments)
        return Ask("GET", path(*place), needs, params or {}, variable=self._variable)

    def _all(
        self, ask: Ask, decode: Callable[[bytes], tuple[tuple[T, ...], int | None]]
    ) -> tuple[T, ...]:
        return tuple(one for page in self._pager.read(ask, decode) for one in page.items)

    def _one(self, ask: Ask, decode: Callable[[bytes], T]) -> T:
        response = self._patience.persist(lambda: self._channel.send(ask), may_repeat_read, READ)
        return understood(ask, response, decode)

    def _write(
        self,
        method: str,
        place: tuple[str | int, ...],
        fields: dict[str, object],
        needs: str,
        decode: Callable[[bytes], T],
    ) -> T:
        body = msgspec.json.encode(fields)
        ask = Ask(method, path(*self._place, *place), needs, body=body, variable=self._variable)
        # The same PATCH twice is the same as once; a POST would write a second one.
        may_repeat = may_repeat_read if method == "PATCH" else may_repeat_write
        response = self._patience.persist(lambda: self._channel.send(ask), may_repeat, WRITE)
        return understood(ask, response, decode)

    def _told(self, ask: Callable[[], T]) -> T:
        """Say what it means that GitHub has no issues there."""
        try:
            return ask()
        except GitHubError as error:
            if error.status != _GONE:
                raise
            raise GitHubError(
                f"The issues of {self.name} are turned off: turn them on in the repository's"
                " settings, or name another one with --repo.",
                status=error.status,
                request_id=error.request_id,
            ) from error


def _comments(level: str) -> str:
    return f'the repository permission "Pull requests" or "Issues": {level}'


def _issues(level: str) -> str:
    return f'the repository permission "Issues": {level}'
