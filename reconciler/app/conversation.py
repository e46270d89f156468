"""Keep one comment or one issue up to date: find ours, change it, or make it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from reconciler.app.session import Common, Session
from reconciler.errors import GitHubError, NotFound, Refused, Unreachable, UsageError
from reconciler.github.errors import ServerError
from reconciler.github.repository import Repository
from reconciler.github.repository_wire import Comment, Issue
from reconciler.render.conversation import (
    COMMENT,
    ISSUE,
    IssueState,
    Marker,
    above,
    marked,
    marker,
    page,
    same,
)

T = TypeVar("T")
Said = TypeVar("Said", Comment, Issue)

WORKFLOWS = "github-actions[bot]"
"""Who a workflow's own token, `github.token`, is to GitHub."""

LABEL = "copilot-seats"

_UNLABELLED = timedelta(days=60)
"""How long an issue that lost its label, or never got one, is still looked for."""


@contextmanager
def repository(
    common: Common, name: str | None, environ: Mapping[str, str] | None = None
) -> Iterator[Repository]:
    """Connect to the repository *name*, by default GITHUB_REPOSITORY, with its own token."""
    from reconciler.github import connect
    from reconciler.github.credentials import repository_token_from

    environ = os.environ if environ is None else environ
    wanted = name or environ.get("GITHUB_REPOSITORY")
    if not wanted:
        raise UsageError("say which repository: --repo OWNER/NAME, or GITHUB_REPOSITORY")
    token, variable = repository_token_from(environ)
    with Session(common) as session, connect(session.url, token) as client:
        yield Repository(client, wanted, patience=session.patience, variable=variable)


def rest(environ: Mapping[str, str] | None = None) -> str:
    """Return where the rest of a page is that was cut: the run's own page, where there is one."""
    found = os.environ if environ is None else environ
    server = found.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
    name, run = found.get("GITHUB_REPOSITORY"), found.get("GITHUB_RUN_ID", "")
    if not name or not run.isdecimal():
        return "The rest is in the log of the run that wrote this."
    return f"The rest is in [the summary of the run]({server}/{name}/actions/runs/{run})."


# --- a comment ----------------------------------------------------------------------------------


def keep_comment(
    repository: Repository,
    number: int,
    key: str,
    body: str,
    *,
    instead_of: Sequence[str] = (),
    keep_earlier: bool = False,
    cut_at: str | None = None,
    org_id: int | None = None,
) -> str:
    """Let the one comment under *key* on the pull request or issue *number* say *body*.

    It is that of the organisation *org_id*, whatever its name was. Return its address; comments
    under the keys *instead_of* are made to lead there. What it said before is kept, folded, with
    *keep_earlier*. *cut_at* says where the rest is of a body that GitHub would not take.
    """
    wanted = marker(COMMENT, key, org_id)
    there: Sequence[Comment] = repository.comments(number)
    known = next(iter(_ours(repository, there, wanted)), None)
    wanted = _with_id(wanted, known)
    if keep_earlier and known is not None:
        body = above(body, known.body)
    text = page(wanted.line, body, rest() if cut_at is None else cut_at)
    said, there = _said(repository, number, there, wanted, text)
    out_of_date = f"Out of date: see [what is said now]({said.url}).\n"
    for one in dict.fromkeys((wanted, *(marker(COMMENT, other) for other in instead_of))):
        for old in _ours(repository, there, one):
            if old.id != said.id:
                with suppress(NotFound):  # deleted since it was read
                    _change(repository, old, f"{one.line}\n{out_of_date}")
    return said.url


def _said(
    repository: Repository, number: int, there: Sequence[Comment], wanted: Marker, text: str
) -> tuple[Comment, Sequence[Comment]]:
    """Let the oldest comment that is ours say *text*, or write one; return it and what is there.

    Another run may have written its first one at the same time: the older counts for both.
    """
    for known in _ours(repository, there, wanted)[:1]:
        with suppress(NotFound):  # deleted since it was read
            return _change(repository, known, text), there

    def find() -> Comment | None:
        return next(iter(_ours(repository, repository.comments(number), wanted)), None)

    made = _once(lambda: repository.create_comment(number, text), find)
    there = repository.comments(number)
    for oldest in _ours(repository, there, wanted)[:1]:
        with suppress(NotFound):
            return _change(repository, oldest, text), there
    return made, there


def _change(repository: Repository, known: Comment, text: str) -> Comment:
    return known if same(known.body, text) else repository.update_comment(known.id, text)


def _ours(repository: Repository, found: Iterable[Comment], wanted: Marker) -> list[Comment]:
    """Return the comments that *wanted* marks and that are ours, the oldest first: it counts."""
    return _of_one_writer(repository, _marked(sorted(found, key=lambda one: one.id), wanted))


def _marked(found: Sequence[Said], wanted: Marker) -> list[Said]:
    """Return what *wanted* marks of *found*, where the oldest come first.

    Two ids under one login: the organisation called so before is not the one that is meant.
    """
    pairs = ((one, marked(one.body)) for one in found if wanted.finds(one.body))
    those = [(one, there.org_id) for one, there in pairs if there is not None]
    latest = next((number for _, number in reversed(those) if number is not None), None)
    return [one for one, number in those if number in (None, latest)]


def _with_id(wanted: Marker, known: Comment | Issue | None) -> Marker:
    """Return *wanted* with the id that *known* has, where none is known."""
    there = marked(known.body) if known is not None else None
    return replace(wanted, org_id=there.org_id) if there and wanted.org_id is None else wanted


def _of_one_writer(repository: Repository, marked: Sequence[Said]) -> list[Said]:
    """Return what is ours of *marked*, the oldest first.

    An App is not told its own login. What several bots marked is then that of workflows' own bot,
    or else of whoever was first: others can copy a marker only later.
    """
    known = [one for one in marked if repository.is_ours(one.author)]
    writers = [_login(one) for one in known]
    first = WORKFLOWS if WORKFLOWS in writers else next(iter(writers), "")
    return [one for one, writer in zip(known, writers, strict=True) if writer == first]


def _login(said: Comment | Issue) -> str:
    return "" if said.author is None else said.author.login.lower()


# --- an issue -----------------------------------------------------------------------------------


def keep_issue(
    repository: Repository,
    key: str,
    state: IssueState,
    body: str,
    *,
    label: str = LABEL,
    cut_at: str | None = None,
    org_id: int | None = None,
) -> str | None:
    """Let the one issue under *key* be as *state* says, with *body*; return its address.

    It is that of the organisation *org_id*, whatever its name was. The open one counts, else the
    newest closed one is opened again. None is made, and None returned, where there is none and
    *state* is closed.
    """
    wanted = marker(ISSUE, key, org_id)

    def find() -> Issue | None:
        return _issue(repository, wanted, label)

    known = find()
    text = page(_with_id(wanted, known).line, body, rest() if cut_at is None else cut_at)
    if known is None:
        if not state.open:
            return None
        known = _once(lambda: _create(repository, state.title, text, label), find)
    if known.open == state.open and known.title == state.title and same(known.body, text):
        return known.url
    return repository.update_issue(known.number, title=state.title, body=text, open=state.open).url


def _issue(repository: Repository, wanted: Marker, label: str) -> Issue | None:
    def ours(issues: Iterable[Issue]) -> list[Issue]:
        once = {one.number: one for one in issues}
        return _of_one_writer(repository, _marked([once[one] for one in sorted(once)], wanted))

    labelled = repository.issues(label=label)
    found = ours(labelled)
    if not any(one.open for one in found):
        # GitHub leaves labels out where the token may not set them, and people take them off.
        since = repository.now() - _UNLABELLED
        found = ours((*labelled, *repository.issues(since=since)))
    opened = [one for one in found if one.open]
    if opened:
        return min(opened, key=lambda one: one.number)
    return max(found, key=lambda one: one.number, default=None)


def _create(repository: Repository, title: str, body: str, label: str) -> Issue:
    try:
        return repository.create_issue(title, body, (label,))
    except Refused:
        return repository.create_issue(title, body)


def _once(create: Callable[[], T], find: Callable[[], T | None]) -> T:
    """Return what *create* makes; where the answer is lost look first whether it was made."""
    try:
        return create()
    except GitHubError as error:
        if not isinstance(error, Unreachable | ServerError):
            raise
        found = find()
        if found is not None:
            return found
        return create()
