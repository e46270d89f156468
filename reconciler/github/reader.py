"""Reads an organisation from GitHub; has no way to write."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

import httpx

from reconciler.errors import GitHubError, NotFound, Refused
from reconciler.github import wire
from reconciler.github.pagination import Page, Pager, first_page
from reconciler.github.prefetch import Sender
from reconciler.github.renamed import Written, explained
from reconciler.github.retry import Patience
from reconciler.github.transport import Ask, Channel, understood
from reconciler.github.urls import path
from reconciler.model.observed import Account, Billing, Organization, Row, Team, UnreadRow
from reconciler.plan.reading import SeatList

T = TypeVar("T")

_COPILOT = 'the organisation permission "GitHub Copilot Business": read'
_MEMBERS = 'the organisation permission "Members": read'
_ORGANIZATION = "access to the organisation"
_ACCOUNT = "a valid token of any kind"

_THREADS = 4
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Reader:
    """Everything that is read of *organization* over *client*.

    Requests that fail in passing are repeated as *patience* allows. *written* helps to say what
    became of an organisation that is not found. Every method may raise any
    error of the GitHubError tree.
    """

    def __init__(
        self,
        client: httpx.Client,
        organization: str,
        *,
        patience: Patience | None = None,
        threads: int = _THREADS,
        written: Written | None = None,
    ) -> None:
        self._channel = Channel(client, frozenset({"GET"}))
        self._name = organization
        self._written = written
        self._sender = Sender(self._channel, patience or Patience(), threads)
        self._pager = Pager(self._sender)
        self._known: Organization | None = None

    def begin(self, slugs: Iterable[str], *, teams: bool = False, members: bool = False) -> None:
        """Ask already for what planning asks first; the methods below have the answers then.

        That is the organisation, its settings, and the first page of its seats, of the members of
        each team in *slugs*, and, if asked for, of its *teams* and its *members*. Call `end` when
        done.
        """
        also = [*([self._teams()] if teams else ()), *([self._members()] if members else ())]
        lists = [self._seats(), *also, *map(self._members_of, slugs)]
        self._sender.begin([self._organization(), self._billing(), *map(first_page, lists)])

    def end(self) -> None:
        """Forget what was begun and not asked for."""
        self._sender.end()

    def now(self) -> datetime:
        """Return the moment of the API's first answer, in UTC; ask for one where there is none."""
        if not self._channel.answered:
            self.organization()
        return self._channel.now()

    @property
    def answered(self) -> bool:
        """Whether the API has answered, so that the moment is known without asking."""
        return self._channel.answered

    def organization(self) -> Organization:
        """Return who the API says the organisation is, asked for once.

        Source: https://docs.github.com/en/rest/orgs/orgs#get-an-organization
        """
        host = str(self._channel.base).rstrip("/")
        try:
            self._known = self._known or self._one(
                self._organization(), lambda body: wire.organization(body, host)
            )
        except NotFound as error:
            if not self._is_enterprise():
                raise explained(error, self._written, self._listed) from error
            raise NotFound(
                f"{self._name} is an enterprise, not an organisation: write the login of one of its"
                " organisations under `org`, and a file for each.",
                status=error.status,
                request_id=error.request_id,
            ) from error
        return self._known

    def _is_enterprise(self) -> bool:
        """Tell whether GitHub shows an enterprise of that name.

        Source: https://docs.github.com/en/rest/copilot/copilot-user-management
        """
        seats = path("enterprises", self._name, "copilot", "billing", "seats")
        try:
            self._sender.send(Ask("GET", seats, _COPILOT, {"per_page": 1, "page": 1}))
        except GitHubError:
            return False
        return True

    def _listed(self, ask: Ask) -> tuple[Account, ...]:
        return self._one(ask, lambda body: wire.account_page(body)[0])

    def billing(self) -> Billing:
        """Return the organisation's Copilot settings.

        Source: https://docs.github.com/en/rest/copilot/copilot-user-management
        """
        return self._one(self._billing(), wire.billing)

    def seats(self) -> SeatList:
        """Read every page of the seat list once.

        Source: https://docs.github.com/en/rest/copilot/copilot-user-management
        """
        pages = self._pager.read(self._seats(), wire.seat_page)
        items = [item for page in pages for item in page.items]
        rows, repeated = _once(item for item in items if isinstance(item, Row))
        unread = tuple(item for item in items if isinstance(item, UnreadRow))
        totals = {page.total for page in pages if page.total is not None}
        return SeatList(rows, totals.pop() if len(totals) == 1 else None, repeated, unread)

    def teams(self) -> tuple[Team, ...]:
        """Read every team of the organisation.

        Source: https://docs.github.com/en/rest/teams/teams#list-teams
        """
        pages = self._pager.read(self._teams(), wire.team_page)
        teams = (team for page in pages for team in page.items)
        return tuple({team.id: team for team in teams}.values())

    def team_members(self, slug: str) -> tuple[Account, ...] | None:
        """Read a team's members, those of child teams included; None where there is no such team.

        GitHub says the same of a team that the token can't see.
        Source: https://docs.github.com/en/rest/teams/members#list-team-members
        """
        return _unless_missing(lambda: self._people(self._members_of(slug)))

    def members(self) -> tuple[Account, ...]:
        """Read every active member of the organisation.

        Source: https://docs.github.com/en/rest/orgs/members#list-organization-members
        """
        return self._people(self._members())

    def members_within(self, pages: int) -> tuple[Account, ...] | None:
        """Read every active member, or return None if that takes more than *pages* requests."""
        found = self._pager.read_within(self._members(), wire.account_page, pages)
        return None if found is None else _each_once(found)

    def user(self, login: str) -> Account | None:
        """Return the account that has *login* now.

        Source: https://docs.github.com/en/rest/users/users#get-a-user
        """
        return self._one_or_none(lambda: _get(_ACCOUNT, "users", login), wire.account)

    def user_by_id(self, user_id: int) -> Account | None:
        """Return the account with *user_id*, whatever its login is now.

        Source: https://docs.github.com/en/rest/users/users#get-a-user-using-their-id
        """
        return self._one_or_none(lambda: _get(_ACCOUNT, "user", user_id), wire.account)

    def membership(self, login: str) -> str | None:
        """Return `active`, `pending` or, without a membership, None.

        Source: https://docs.github.com/en/rest/orgs/members
        """
        return self._one_or_none(
            lambda: _get(_MEMBERS, "orgs", self._name, "memberships", login), wire.membership
        )

    def member_seat(self, login: str) -> Row | UnreadRow | None:
        """Return one member's seat, None without one.

        GitHub refuses to tell (422) of people with an open invitation: they hold none yet.
        Source: https://docs.github.com/en/rest/copilot/copilot-user-management
        """
        try:
            return self._one_or_none(
                lambda: _get(_COPILOT, "orgs", self._name, "members", login, "copilot"), wire.seat
            )
        except Refused:
            return None

    # what is asked for in more than one place

    def _organization(self) -> Ask:
        return _get(_ORGANIZATION, "orgs", self._name)

    def _billing(self) -> Ask:
        return _get(_COPILOT, "orgs", self._name, "copilot", "billing")

    def _seats(self) -> Ask:
        return _get(_COPILOT, "orgs", self._name, "copilot", "billing", "seats")

    def _teams(self) -> Ask:
        return _get(_MEMBERS, "orgs", self._name, "teams")

    def _members(self) -> Ask:
        return _get(_MEMBERS, "orgs", self._name, "members")

    def _members_of(self, slug: str) -> Ask:
        return _get(_MEMBERS, "orgs", self._name, "teams", slug, "members")

    def _one(self, ask: Ask, decode: Callable[[bytes], T]) -> T:
        return understood(ask, self._sender.send(ask), decode)

    def _one_or_none(self, ask: Callable[[], Ask], decode: Callable[[bytes], T]) -> T | None:
        return _unless_missing(lambda: self._one(ask(), decode))

    def _people(self, ask: Ask) -> tuple[Account, ...]:
        return _each_once(self._pager.read(ask, wire.account_page))


def _each_once(pages: Iterable[Page[Account]]) -> tuple[Account, ...]:
    people = (one for page in pages for one in page.items)
    return tuple({person.id: person for person in people}.values())


def _get(needs: str, *segments: str | int) -> Ask:
    return Ask("GET", path(*segments), needs)


def _unless_missing(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except NotFound:
        return None


def _once(rows: Iterable[Row]) -> tuple[tuple[Row, ...], int]:
    """Return the rows without repetitions, and how many there were.

    Of the same row read at two moments the one with the newer activity stays. Rows without a
    person can't be told apart, so all of them stay.
    """
    read = tuple(rows)
    people = {row.account.id for row in read if row.account is not None}
    if len(people) == len(read):
        return read, 0  # nearly always, and without an entry for each row
    kept: dict[object, Row] = {}
    repeated = 0
    for row in read:
        key = _identity(row)
        known = kept.get(key)
        if known is None or _activity(row) > _activity(known):
            kept[key] = row
        repeated += known is not None
    return tuple(kept.values()), repeated


def _identity(row: Row) -> object:
    if row.account is None:
        return object()
    team = row.team.id if row.team else None
    return (row.account.id, team, row.organization, row.pending, row.created_at)


def _activity(row: Row) -> datetime:
    return row.last_activity_at or _LONG_AGO
