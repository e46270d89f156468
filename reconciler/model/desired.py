"""The nouns: what the file says (desired) and what GitHub says (observed).

Values only: no clock, no disk, no network. Times are aware datetimes in UTC; days are dates in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from reconciler.model.diagnostics import Diagnostic, Mark

# --- positions and diagnostics ---------------------------------------------------------------


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
