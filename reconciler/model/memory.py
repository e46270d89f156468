"""What the ledger remembers, as the planner asks for it.

The ledger (a door to the disk) folds its events into a `Memory`; the planner only reads it. Without
a ledger there is no `Memory` at all: a missing ledger is not an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconciler.model.desired import Kind


class Source(StrEnum):
    """The kind of a personal claim line."""

    USER = "user"
    TEAM = "team"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True, order=True)
class ClaimLine:
    """A line of the file by which a person should hold a seat.

    The same line as long as its kind and the id it resolves to are the same: new text, dates or
    reason do not make a new one. `id` is the user id, the team id, or 0 for `members: all`.
    """

    source: Source
    id: int

    def __str__(self) -> str:
        return f"{self.source}:{self.id}"


@dataclass(frozen=True, slots=True)
class Hold:
    """A seat taken back by a rule and not reinstated.

    `evidence` is the newest activity the decision knew of, None where there was none. `claims`
    are the claim lines that stood when it began.
    """

    began: datetime
    evidence: datetime | None
    claims: frozenset[ClaimLine]


@dataclass(frozen=True, slots=True)
class Target:
    """What a change is about, for memory's sake: `copilot_seat_user` or `_team`, action and id."""

    type: str
    action: str
    id: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal that stood alone.

    It is void after a week, and when the `signature` of rows and claim lines changes.
    """

    at: datetime
    signature: str
    message: str


@dataclass(frozen=True, slots=True)
class AppliedPlan:
    """What became of a plan: when its apply began, and whether it was finished."""

    started: datetime
    finished: bool


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one organisation."""

    organization_id: int
    names: Mapping[tuple[Kind, str], int] = field(default_factory=dict)
    """Ids behind names, by kind and name in lower case."""
    holds: Mapping[int, Hold] = field(default_factory=dict)
    warnings: Mapping[int, tuple[datetime, ...]] = field(default_factory=dict)
    """When each person was warned, oldest first."""
    creates: Mapping[int, datetime] = field(default_factory=dict)
    """Our own last create for each person."""
    cancelled: Mapping[int, datetime] = field(default_factory=dict)
    """Our own last cancellation of each person's seat, whichever endpoint took it."""
    cancelled_idle: frozenset[int] = frozenset()
    """Of those, the people whose last one was for being idle or unused."""
    accepted: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Teams whose last word is that GitHub accepted them, with the members they had then."""
    refusals: Mapping[Target, Refusal] = field(default_factory=dict)
    probed: Mapping[Target, datetime] = field(default_factory=dict)
    """When changes were last refused together with all others that were tried."""
    in_flight: Mapping[Target, datetime] = field(default_factory=dict)
    """Changes sent, accepted and not yet seen, by when they were sent."""
    claimants: Mapping[int, frozenset[ClaimLine]] = field(default_factory=dict)
    """Who had which personal claim line at the last look."""
    plans: Mapping[str, AppliedPlan] = field(default_factory=dict)
    last_look: datetime | None = None
    head: str = ""
    """Hash of the ledger's last line."""
