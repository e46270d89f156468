"""Answers from a snapshot as GitHub answered when it was taken."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NoReturn

from reconciler.errors import SnapshotError
from reconciler.model.observed import Account, Billing, Organization, Row, Team, UnreadRow
from reconciler.plan.reading import SeatList
from reconciler.snapshot.facts import ADVICE, Facts
from reconciler.snapshot.shapes import Absent


class SnapshotReader:
    """Reads an organisation from *facts*; what they don't hold is a SnapshotError."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._ids = {account.id: account for account in facts.people.values()}
        self._absent = facts.absent or Absent()

    def now(self) -> datetime:
        """Return the moment the snapshot was taken."""
        return self._facts.now

    def organization(self) -> Organization:
        """Return the organisation the snapshot was taken of."""
        return self._facts.organization

    def billing(self) -> Billing:
        """Return the organisation's Copilot settings."""
        return self._facts.billing

    def seats(self) -> SeatList:
        """Return the seats."""
        return SeatList(self._facts.rows, self._facts.total, unread=self._facts.unread)

    def teams(self) -> tuple[Team, ...]:
        """Return the teams."""
        if self._facts.teams is None:
            self._lacks("the teams of the organisation")
        return self._facts.teams

    def team_members(self, slug: str) -> tuple[Account, ...] | None:
        """Return a team's members, those of child teams included; None: there is no such team."""
        key = slug.lower()
        if key not in self._facts.own_members:
            stated = self._facts.teams is not None and self._facts.teams_stated
            if not stated or not self._was_sought(key, self._absent.slugs):
                self._lacks(f"the team {slug!r}")
            return None
        if self._facts.own_members[key] is None:
            self._lacks(f"the members of team {slug!r}")
        everybody = (
            one for team in self._with_children(key) for one in self._facts.own_members[team] or ()
        )
        return tuple({account.id: account for account in everybody}.values())

    def members(self) -> tuple[Account, ...]:
        """Return the active members of the organisation."""
        if self._facts.members is None:
            self._lacks("the members of the organisation")
        return self._facts.members

    def members_within(
        self,
        pages: int,  # noqa: ARG002 (a snapshot takes no requests)
    ) -> tuple[Account, ...] | None:
        """Return the active members; None if the snapshot was taken without them."""
        return self._facts.members

    def user(self, login: str) -> Account | None:
        """Return the account with *login*."""
        account = self._facts.people.get(login.lower())
        if account is None and not self._was_sought(login.lower(), self._absent.logins):
            self._lacks(f"a look at the user {login!r}")
        return account

    def user_by_id(self, user_id: int) -> Account | None:
        """Return the account with *user_id*."""
        account = self._ids.get(user_id)
        if account is None and not self._was_sought(user_id, self._absent.user_ids):
            self._lacks(f"a look at the user with id {user_id}")
        return account

    def membership(self, login: str) -> str | None:
        """Return `active`, `pending` or, without a membership, None."""
        key = login.lower()
        if key not in self._facts.memberships and self._facts.members is None:
            self._lacks(f"the membership of {login!r}")
        return self._facts.memberships.get(key)

    def member_seat(self, login: str) -> Row | UnreadRow | None:
        """Return one seat of *login*, a live one first; None without one."""
        key = login.lower()
        for unread in self._facts.unread:
            if (unread.login or "").lower() == key:
                return unread
        own = [row for row in self._facts.rows if row.account and row.account.login.lower() == key]
        return min(own, key=lambda row: not row.live, default=None)

    def _with_children(self, slug: str) -> list[str]:
        """Return *slug* and all teams below it; parents that go round in circles do no harm."""
        within = [slug]
        for team in within:
            within += [one for one in self._facts.children.get(team, ()) if one not in within]
        return within

    def _was_sought(self, key: object, absent: Collection[object]) -> bool:
        """Tell whether what is not there was looked for; without a list of that everything was."""
        return self._facts.absent is None or key in absent

    def _lacks(self, what: str) -> NoReturn:
        raise SnapshotError(
            f"{self._facts.path}: this snapshot was taken without {what}: {ADVICE}."
        )
