"""The nouns of what GitHub says (observed)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Account:
    """A person, by the id that never changes and the login of the moment."""

    id: int
    login: str


@dataclass(frozen=True, slots=True)
class Team:
    """A team. An enterprise team is assigned in the enterprise, never by us.

    `unlisted`: the organisation's list of teams does not have its id, or GitHub gave no more of it
    than its id (0 where there is not even that).
    """

    id: int
    slug: str
    name: str = ""
    enterprise: bool = False
    unlisted: bool = False

    @property
    def ours(self) -> bool:
        """Whether the organisation assigns it; seats through any other team are unmanageable."""
        return not (self.enterprise or self.unlisted)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of GitHub's seat list; `account` is None where GitHub names no assignee.

    `organization` is the id of the organisation that grants the seat, None where the row has none.
    Source: https://docs.github.com/en/rest/copilot/copilot-user-management
    """

    account: Account | None
    created_at: datetime
    team: Team | None = None
    pending: date | None = None
    last_activity_at: datetime | None = None
    last_authenticated_at: datetime | None = None
    plan_type: str | None = None
    organization: int | None = None

    @property
    def live(self) -> bool:
        return self.pending is None

    @property
    def direct(self) -> bool:
        return self.team is None


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """A row of the seat list that can't be understood, with what can be read of whose it is.

    `why` says what is wrong and at which key, and quotes no value.
    """

    id: int | None
    login: str | None
    why: str

    @property
    def anonymous(self) -> bool:
        """Whether it can't be read whose seat it is."""
        return self.id is None and self.login is None


@dataclass(frozen=True, slots=True)
class Billing:
    """The organisation's Copilot settings and seat breakdown; None where GitHub does not say."""

    seat_management_setting: str | None = None
    plan_type: str | None = None
    total: int | None = None
    added_this_cycle: int | None = None
    pending_cancellation: int | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """The organisation that GitHub answers for."""

    id: int
    login: str
    host: str
    """Base address of the API, without a trailing slash."""


class Counted(StrEnum):
    """Whether the rows read agree with GitHub's own count."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    """Two readings disagreed with the count in the same way."""
    UNSTABLE = "unstable"
    """Two readings disagreed with the count in different ways."""
    UNKNOWN = "unknown"
    """GitHub gave no count."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that planning reads of GitHub, at one moment.

    Only what the file's names need is read; what was looked for and is not there stands in the
    `absent_*` sets, so that "not read" and "does not exist" differ.
    """

    now: datetime
    organization: Organization
    billing: Billing
    rows: tuple[Row, ...]
    total: int | None = None
    counted: Counted = Counted.AGREES
    foreign: tuple[Row, ...] = ()
    """Rows of another organisation, which are no seats of this one; `rows` has none of them."""
    unread: tuple[UnreadRow, ...] = ()
    teams: tuple[Team, ...] = ()
    """Teams of the organisation that were read, those of rows included."""
    listed: frozenset[int] | None = None
    """Ids of all teams in the organisation's list; None where it was not read."""
    team_members: Mapping[int, tuple[Account, ...]] = field(default_factory=dict)
    """Members by team id, those of child teams included, for every team the file needs."""
    members: tuple[Account, ...] | None = None
    """All active members of the organisation; None where no name needed them."""
    members_unread: bool = False
    """Whether the members were asked for, to tell who is one no more, and could not be read."""
    accounts: tuple[Account, ...] = ()
    """People who were looked up one by one: they exist, and are not active members."""
    invited: frozenset[int] = frozenset()
    """Those of `accounts` whose invitation to the organisation is open."""
    absent_logins: frozenset[str] = frozenset()
    absent_user_ids: frozenset[int] = frozenset()
    absent_slugs: frozenset[str] = frozenset()
    absent_team_ids: frozenset[int] = frozenset()

    @property
    def today(self) -> date:
        return self.now.date()
