"""What a policy test says: seats at a moment, and what is expected of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from reconciler.model.desired import Exemption, Inactivity, Name, Rule, SeatsFile
from reconciler.model.diagnostics import Mark
from reconciler.model.plan import Action, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold of one seat; None asks for nothing. `text` says it as it is written."""

    mark: Mark
    text: str
    verdict: Verdict | None = None
    action: Action | None = None
    reason: Reason | None = None
    rule: str | None = None
    due: date | None = None
    observed: frozenset[str] | None = None
    says: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One person and their seat, as GitHub and the ledger tell of them.

    `through` is the team that gives the seat. `warned`, `renewed` and `held` are on record in the
    ledger; `exempt` and `reinstated` are entries of a seats file, for tests of a policy alone.
    """

    name: Name
    expected: Expectation | None
    given: datetime
    seated: bool = True
    active: datetime | None = None
    signed_in: datetime | None = None
    teams: tuple[Name, ...] = ()
    through: Name | None = None
    pending: date | None = None
    warned: datetime | None = None
    renewed: datetime | None = None
    held: datetime | None = None
    exempt: Exemption | None = None
    reinstated: date | None = None

    @property
    def memberships(self) -> Iterator[Name]:
        """The teams the person is in; whoever has a seat through a team is in it."""
        yield from self.teams
        if self.through is not None:
            yield self.through


@dataclass(frozen=True, slots=True)
class Case:
    """People and their seats at one moment."""

    name: str
    mark: Mark
    now: datetime
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one file, about a policy's rules or about a whole seats file.

    `rules` are those whose edges its cases should touch.
    """

    path: str
    about: Inactivity | SeatsFile
    cases: tuple[Case, ...]
    rules: tuple[Rule, ...] = ()
