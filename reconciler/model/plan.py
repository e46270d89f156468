"""The nouns of plan and apply: decisions, changes, plans, outcomes, reports. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from reconciler.model.desired import Kind
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import ClaimLine, Hold, Target
from reconciler.model.observed import Organization


class Action(StrEnum):
    """What is done to a seat."""

    CREATE = "create"
    DELETE = "delete"
    NO_OP = "no-op"


class Resource(StrEnum):
    """What a change is about; the `type` of terraform's plan format."""

    USER = "copilot_seat_user"
    TEAM = "copilot_seat_team"


class Reason(StrEnum):
    """Why something is decided: the closed set of section 4 of the design."""

    # creates
    DECLARED = "declared"
    RENEW = "renew"
    RETURNED = "returned"
    # deletes
    IDLE = "idle"
    UNUSED = "unused"
    UNDECLARED = "undeclared"
    EXPIRED = "expired"
    REASSIGNED = "reassigned"
    # either: the opposite of what an apply did, by an undo of it
    UNDONE = "undone"
    # no-ops
    HELD = "held"
    HELD_BY_TEAM = "held_by_team"
    REDUNDANT = "redundant"
    ON_HOLD = "on_hold"
    COVERED = "covered"
    IN_FLIGHT = "in_flight"
    REFUSED = "refused"
    UNMANAGEABLE = "unmanageable"
    KEPT = "kept"


class Verdict(StrEnum):
    """What the rules say of one seat."""

    ACTIVE = "active"
    WARNED = "warned"
    IDLE = "idle"
    UNUSED = "unused"
    UNKNOWN = "unknown"
    EXEMPT = "exempt"
    OBSERVED = "observed"
    UNGOVERNED = "ungoverned"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone as a plan shows them: id, login of the moment, and the facts of their seat."""

    id: int
    login: str
    created_at: datetime | None = None
    last_activity_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One create or delete, inert: it can be saved, compared and approved.

    `id` is the user's or the team's. `people` are those who gain or lose a seat by it (for a user
    change that person alone). `provenance` are the lines of YAML it comes from, the most telling
    first. `depends_on` are addresses of changes that must be confirmed first.
    """

    resource: Resource
    action: Action
    id: int
    name: str
    reason: Reason
    text: str
    people: tuple[Person, ...]
    provenance: tuple[Mark, ...] = ()
    rule: str | None = None
    depends_on: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return f"{self.resource}.{self.name}"

    @property
    def target(self) -> Target:
        return Target(self.resource.value, self.action.value, self.id)

    @property
    def person_ids(self) -> frozenset[int]:
        return frozenset(person.id for person in self.people)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A change that a guard stopped; `guard` is the guard's name, or `refused`."""

    guard: str
    change: Change
    text: str


class Status(StrEnum):
    """How a guard stands."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """What a guard found: its numbers in `detail`, the line that would raise it in `way_out`."""

    guard: str
    status: Status
    detail: str
    way_out: str = ""
    mark: Mark | None = None


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """Something to tell that changes nothing by itself.

    `kind` is a stable code: `warn` (a seat that will be taken back), `exempt`, `renamed`,
    `unknown_name`, `not_a_member`, `unmanageable`, ...; `subject` the login, slug or guard it is
    about, or empty.
    """

    kind: str
    subject: str
    text: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided for one person or team, no-ops included.

    `claims` are the places of the claims that stand. `rule` is the governing rule's name.
    """

    resource: Resource
    id: int
    name: str
    action: Action
    reason: Reason
    verdict: Verdict
    text: str
    claims: tuple[Mark, ...] = ()
    rule: str | None = None
    seated: bool = True
    """Whether a row stands for it today."""
    line: str = ""
    """The line of the decision table that decided it (section 4 of the design)."""


@dataclass(frozen=True, slots=True)
class Records:
    """What a look finds that the ledger should keep; `drift` and `apply` write it, `plan` never."""

    claimants: Mapping[int, frozenset[ClaimLine]] = field(default_factory=dict)
    live_teams: frozenset[int] = frozenset()
    live_users: frozenset[int] = frozenset()
    resolved: Mapping[tuple[Kind, str], int] = field(default_factory=dict)
    held: Mapping[int, Hold] = field(default_factory=dict)
    """Holds that begin with this look (a pending seat nobody renews)."""
    holds_by_change: Mapping[str, Mapping[int, Hold]] = field(default_factory=dict)
    """Holds that begin when the change at this address is done, by person."""
    released: frozenset[int] = frozenset()
    warned: frozenset[int] = frozenset()
    signatures: Mapping[str, str] = field(default_factory=dict)
    """By address: what a refusal of that change is remembered under."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of a plan."""

    create: int
    delete: int
    no_op: int
    withheld: int
    warn: int
    unmanageable: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Licence fees per month for the live seats, before and after; an estimate."""

    before: Decimal
    after: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class ObservedSummary:
    """What was read, in numbers. `sha256` is the hex digest over all of it, times excepted."""

    seats: int
    pending_cancellation: int
    newest_activity_at: datetime | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Parts:
    """How a plan of a proposed file divides when it is held against its base file's plan.

    `due` are the addresses of changes that the base's plan holds as well; all others are what the
    proposed change does. `averted` is what the base's plan would do and this one does no more.
    """

    base: str
    """Path of the base file, whose guards and exemptions count."""
    base_sha256: str
    due: frozenset[str]
    averted: tuple[Change, ...] = ()

    def split(self, changes: Iterable[Change]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
        """Return what the proposed change does, and what was already due; each in its order."""
        found = tuple(changes)
        return (
            tuple(change for change in found if change.address not in self.due),
            tuple(change for change in found if change.address in self.due),
        )


@dataclass(frozen=True, slots=True)
class Undoes:
    """Which apply a plan undoes; `finished` says whether it had come to its end."""

    plan_id: str
    started: datetime
    finished: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """An ordered, complete, inert description of what apply would do.

    `changes` are in the order of execution: team creates, user creates, team deletes, user
    deletes, by name within each.
    """

    organization: Organization
    made_at: datetime
    path: str
    config_sha256: str
    changes: tuple[Change, ...]
    withheld: tuple[Withheld, ...]
    checks: tuple[Check, ...]
    notices: tuple[Notice, ...]
    decisions: tuple[Decision, ...]
    observed: ObservedSummary
    summary: Summary
    cost: Cost
    records: Records = Records()
    applyable: bool = True
    ledger_head: str | None = None
    """Hash of the ledger's last line; None without a ledger."""
    parts: Parts | None = None
    """What of it was already due; None where it was held against no base file."""
    undoes: Undoes | None = None
    """The apply whose inverse this is; None for a plan of what the file says."""

    @property
    def complete(self) -> bool:
        return not self.withheld

    @property
    def told(self) -> tuple[Notice, ...]:
        """The notices, and one for each decision that something can't be managed from here."""
        kind = Reason.UNMANAGEABLE.value
        known = {notice.subject.lower() for notice in self.notices if notice.kind == kind}
        decided = (
            Notice(kind, decision.name, decision.text)
            for decision in self.decisions
            if decision.reason is Reason.UNMANAGEABLE and decision.name.lower() not in known
        )
        return (*self.notices, *decided)


CEILING = "ceiling"
"""Not a guard: what a reviewed plan, or `--only`, does not let through."""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One change as a plan file holds it; `people` are the ids of those who gain or lose a seat."""

    resource: Resource
    action: Action
    id: int
    name: str
    reason: Reason
    people: frozenset[int]

    @classmethod
    def of(cls, change: Change) -> PlannedChange:
        """Return what a plan file would hold of *change*."""
        return cls(
            change.resource,
            change.action,
            change.id,
            change.name,
            change.reason,
            change.person_ids,
        )

    @property
    def address(self) -> str:
        return f"{self.resource}.{self.name}"

    @property
    def target(self) -> Target:
        return Target(self.resource.value, self.action.value, self.id)
