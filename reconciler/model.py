"""The nouns: what the file says (desired) and what GitHub says (observed).

Values only: no clock, no disk, no network. Times are aware datetimes in UTC; days are dates in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

# --- positions and diagnostics ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """How bad a diagnostic is: an error stops every command, a warning is only told."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One finding about a file: where, what, and what to write instead."""

    mark: Mark
    message: str
    severity: Severity = Severity.ERROR
    code: str = ""

    def __str__(self) -> str:
        return f"{self.mark}: {self.severity}: {self.message}"


# --- desired: what the file says ---------------------------------------------------------------


class Kind(StrEnum):
    """What a name names."""

    USER = "user"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Name:
    """A login or team slug where it stands in the file; `id` is the pin written beside it.

    Names compare without case: use `key`.
    """

    kind: Kind
    text: str
    mark: Mark
    id: int | None = None

    @property
    def key(self) -> tuple[Kind, str]:
        return (self.kind, self.text.lower())


class Assign(StrEnum):
    """How a team entry gives seats: through the team, or directly to each member."""

    TEAM = "team"
    MEMBERS = "members"


class Undeclared(StrEnum):
    """What happens to seats that nobody claims."""

    CANCEL = "cancel"
    KEEP = "keep"


class Phase(StrEnum):
    """Where a day lies relative to an entry's `from` and `until`."""

    NOT_BEGUN = "not_begun"
    STANDING = "standing"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Term:
    """First and last day of an entry, both inclusive, in UTC; None is open."""

    first: date | None = None
    last: date | None = None

    def phase(self, today: date) -> Phase:
        if self.first is not None and today < self.first:
            return Phase.NOT_BEGUN
        if self.last is not None and today > self.last:
            return Phase.OVER
        return Phase.STANDING

    @property
    def end(self) -> datetime | None:
        """The first moment after the last day."""
        return None if self.last is None else start_of(self.last + timedelta(days=1))


def start_of(day: date) -> datetime:
    """Return midnight UTC at the start of *day*."""
    return datetime.combine(day, time.min, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """An entry of `seats.teams`."""

    name: Name
    assign: Assign
    excluded: tuple[Name, ...] = ()
    term: Term = Term()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class UserEntry:
    """An entry of `seats.users`."""

    name: Name
    term: Term = Term()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Seats:
    """The `seats` section.

    `members` is the place of `members: all`, or None without it; `mark` the place of the value of
    `undeclared`, or of the section where it is left out.
    """

    teams: tuple[TeamEntry, ...] = ()
    users: tuple[UserEntry, ...] = ()
    members: Mark | None = None
    undeclared: Undeclared = Undeclared.CANCEL
    mark: Mark | None = None


class Mode(StrEnum):
    """Whether a rule governs, or is only evaluated and reported."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


@dataclass(frozen=True, slots=True)
class Threshold:
    """When an idle seat is warned about and taken back; `mark` is the line to quote."""

    cancel: timedelta
    warn: timedelta | None
    mark: Mark


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of inactivity. Without `teams` and `users` its scope is everyone.

    `idle` or `unused` is there, or both. `named_at` is where the file names the policy that the
    rule comes from, None for the file's own rules.
    """

    name: str
    mark: Mark
    teams: tuple[Name, ...] = ()
    users: tuple[Name, ...] = ()
    idle: Threshold | None = None
    unused: Threshold | None = None
    mode: Mode = Mode.ENFORCE
    named_at: Mark | None = None

    @property
    def scoped(self) -> bool:
        return bool(self.teams or self.users)


@dataclass(frozen=True, slots=True)
class Inactivity:
    """The `inactivity` section: `rules` are the file's own, then the policy's, in order."""

    rules: tuple[Rule, ...] = ()
    policy: str | None = None
    authentication_counts: bool = False


@dataclass(frozen=True, slots=True)
class Reinstatement:
    """An entry of `reinstate`: ends the person's holds that began on or before that day."""

    name: Name
    on: date
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """An entry of `exempt`: a person or team spared by every rule."""

    name: Name
    reason: str
    term: Term = Term()


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many changes a guard lets through: a count, or a percentage of a number of seats."""

    count: int | None = None
    percent: Decimal | None = None

    def of(self, seats: int) -> int:
        """Return the number allowed of *seats*, rounded down."""
        if self.percent is not None:
            return int(self.percent * seats / 100)
        return self.count or 0

    def __str__(self) -> str:
        return f"{self.percent.normalize():f}%" if self.percent is not None else str(self.count)


@dataclass(frozen=True, slots=True)
class Override:
    """An entry of `guards.overrides`: another allowance, or True, for one guard until a day."""

    guard: str
    allow: Allowance | bool
    term: Term
    reason: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """The `guards` section; None is the guard's default.

    `marks` holds the place of each key that was written; `mark` the place of the section, or of
    the file's start where there is none.
    """

    mark: Mark
    max_cancellations_per_cycle: Allowance | None = None
    max_creations_per_cycle: Allowance | None = None
    max_seats: int | None = None
    max_activity_age: timedelta = timedelta(hours=72)
    overrides: tuple[Override, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prices:
    """Licence fee per seat and month. https://docs.github.com/en/copilot/get-started/plans"""

    business: Decimal = Decimal(19)
    enterprise: Decimal = Decimal(39)
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class SeatsFile:
    """A whole valid seats file: what is desired for one organisation.

    `sha256` is the hex digest over the bytes of the file and of all files it names.
    `warnings` are findings that do not stop a command.
    """

    path: str
    sha256: str
    org: Name
    seats: Seats
    guards: GuardSettings
    inactivity: Inactivity | None = None
    reinstate: tuple[Reinstatement, ...] = ()
    exempt: tuple[Exemption, ...] = ()
    prices: Prices = Prices()
    warnings: tuple[Diagnostic, ...] = ()


# --- observed: what GitHub says ----------------------------------------------------------------


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
