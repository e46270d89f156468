"""What came of policy tests: results, and the edges that no test touches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from reconciler.model.desired import Rule
from reconciler.model.diagnostics import Mark
from reconciler.model.plan import Action, Reason, Verdict
from reconciler.policytest.cases import Expectation


@dataclass(frozen=True, slots=True)
class Found:
    """What the planner decides about one seat.

    `mark` is the line of the threshold that was applied, or of the rule. `observed` are the names
    of observed rules that would take the seat back.
    """

    verdict: Verdict
    action: Action
    reason: Reason
    text: str
    rule: Rule | None = None
    mark: Mark | None = None
    due: date | None = None
    observed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """How one seat was decided, beside what was expected.

    `wrong` are the names of what differs; of a seat without an expectation it is `unexpected`.
    """

    path: str
    case: str
    login: str
    mark: Mark
    expected: Expectation | None
    found: Found
    wrong: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.wrong


@dataclass(frozen=True, slots=True)
class Edge:
    """A threshold of a rule, and on which of its sides some test has a seat within a day.

    `kind` is `idle.warn`, `idle.cancel`, `unused.warn` or `unused.cancel`.
    """

    rule: Rule
    kind: str
    length: timedelta
    mark: Mark
    before: bool
    after: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """The sides that no test touches: `before`, `after` or both."""
        sides = (("before", self.before), ("after", self.after))
        return tuple(side for side, touched in sides if not touched)


@dataclass(frozen=True, slots=True)
class Judged:
    """All results of a run, and the edges that are not touched on both sides."""

    results: tuple[Result, ...] = ()
    gaps: tuple[Edge, ...] = ()

    @property
    def failed(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if not result.passed)
