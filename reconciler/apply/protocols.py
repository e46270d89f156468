"""What apply needs of the world: a planner, a writer of seats, a journal and a clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reconciler.errors import GitHubError
from reconciler.model.memory import Target
from reconciler.model.observed import Observed, Row
from reconciler.model.plan import Change, Plan
from reconciler.model.report import Outcome


@dataclass(frozen=True, slots=True)
class Replanned:
    """A plan together with the reading it was made on."""

    plan: Plan
    observed: Observed


class Planner(Protocol):
    """Plans again under the ceiling."""

    def recheck(self, changes: Sequence[Change], refused: Collection[Target] = ()) -> Replanned:
        """Read the people of *changes* again, or the whole list if that is less work, and plan.

        What of *changes* was sent already counts as not sent. Where GitHub has *refused* something
        the whole list is read, and guards count without that.
        """

    def rows(self, changes: Sequence[Change] = ()) -> tuple[Row, ...]:
        """Read the seat list again, or only the people of *changes* if that is less work."""

    def alias(self, change: Change) -> str | None:
        """Return the team's display name if it is another word than its slug, and no other's."""


class SeatWriter(Protocol):
    """The four operations that change seats; none of them repeats a request by itself."""

    def ready(self) -> None:
        """Wait until another request may be sent."""

    def again(self, error: GitHubError) -> bool:
        """Wait as *error* asks, if the request certainly did nothing; tell whether to go on."""

    def create_users(self, logins: Sequence[str]) -> object: ...

    def delete_users(self, logins: Sequence[str]) -> object: ...

    def create_teams(self, slugs: Sequence[str]) -> object: ...

    def delete_teams(self, slugs: Sequence[str]) -> object: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """A change with what became of it.

    `signature` belongs to a refusal that is remembered. `probed` is a refusal that may be about
    everybody. `lost` says that the change was sent once without an answer: it may still happen.
    """

    change: Change
    outcome: Outcome
    signature: str | None = None
    probed: bool = False
    lost: bool = False


class Journal(Protocol):
    """Where every step is written down before and after it is taken."""

    def intend(self, changes: Sequence[Change], now: Replanned) -> None:
        """Write that *changes* are about to be sent; nothing is sent unless this returns."""

    def answer(self, answers: Sequence[Answered], at: datetime) -> None:
        """Write what became of changes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to go: seconds between requests that change something, and to wait for their effect.

    GitHub asks for at least a second between changes:
    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    """

    between: float = 1.0
    confirm: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
