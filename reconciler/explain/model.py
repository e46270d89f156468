"""The parts of an explanation: what there is to say of one person's seat. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from reconciler.model.desired import Phase, Rule, Term
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import Hold
from reconciler.model.observed import Account, Organization, Row
from reconciler.model.plan import (
    Action,
    Change,
    Check,
    Decision,
    Notice,
    Reason,
    Verdict,
    Withheld,
)


class Effect(StrEnum):
    """What becomes of the person's seat when the plan of the moment is applied."""

    KEEPS = "keeps"
    LOSES = "loses"
    GAINS = "gains"
    RENEWS = "renews"
    ENDS = "ends"
    """Pending cancellation, and not renewed."""
    NONE = "none"
    """No seat today, and none is given."""


class Membership(StrEnum):
    """Whether the person is in the organisation."""

    ACTIVE = "active"
    INVITED = "invited"
    OUTSIDE = "outside"
    """The account exists, and is no active member."""
    UNREAD = "unread"
    """Nothing in the file needed it to be read."""


class Stance(StrEnum):
    """What a rule is to the person, exemptions included."""

    GOVERNS = "governs"
    OBSERVES = "observes"
    LATER = "later"
    OUT_OF_SCOPE = "out_of_scope"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A line of the file that claims a seat for the person, or says expressly that it does not."""

    kind: str
    """`user`, `members_of_team`, `all_members`, `team` or `except`."""
    text: str
    mark: Mark
    phase: Phase
    term: Term = Term()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rule, in the order of trying, with what it is to the person and why."""

    rule: Rule
    stance: Stance
    text: str
    terms: str
    """What the rule says, in words."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One piece of evidence; `at` is None where GitHub has nothing on record."""

    name: str
    """GitHub's name of the field."""
    at: datetime | None
    text: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Clock:
    """The idle clock: when it started, with what, and how long nothing has happened since."""

    started: datetime
    text: str
    idle_for: timedelta


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning on record; it counts unless the idle clock has started anew since."""

    at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the ledger remembers of the person. `over` says why the hold does not stand any more."""

    hold: Hold | None = None
    over: str | None = None
    warnings: tuple[Warned, ...] = ()
    to_warn: bool = False
    """Whether the rule wants a warning on record, and there is none that counts."""
    created: datetime | None = None
    cancelled: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What will be decided from a moment on if nobody does anything, in the words of that plan."""

    at: datetime
    cause: str
    effect: Effect
    action: Action
    reason: Reason
    verdict: Verdict
    text: str
    withheld_by: tuple[str, ...] = ()
    """Guards that would withhold it, if they stand as they do today."""
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would change the decision: what to do, and the line of YAML if it is one.

    `entry` are the keys and values of a line to add under `section`; `mark` is a line to change.
    """

    text: str
    section: str | None = None
    entry: tuple[tuple[str, str | int | date], ...] = ()
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one person has a seat or has none, and what would change that."""

    asked: str
    account: Account
    membership: Membership
    teams: tuple[str, ...]
    """Slugs of the teams the person is in, of those that were read."""
    organization: Organization
    path: str
    made_at: datetime
    effect: Effect
    decision: Decision
    line: str
    """The line of the decision table, in words."""
    changes: tuple[Change, ...]
    """The changes that give this person a seat or take it, a team's included."""
    team_decisions: tuple[Decision, ...]
    """What is decided for the teams that give, or should give, this person a seat."""
    claims: tuple[Claimed, ...]
    unclaimed: Claimed | None
    """What the file says of seats that nobody claims, where no claim stands."""
    rows: tuple[Row, ...]
    rules: tuple[Ruled, ...]
    exemption: Claimed | None
    facts: tuple[Fact, ...]
    clock: Clock | None
    remembered: Remembered | None
    """None without a ledger."""
    ahead: tuple[Step, ...]
    remedies: tuple[Remedy, ...]
    withheld: tuple[Withheld, ...]
    checks: tuple[Check, ...]
    """The guards that withhold something of the person."""
    notices: tuple[Notice, ...]
