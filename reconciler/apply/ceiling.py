"""The most that may be done, and why less is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.model.memory import Target
from reconciler.model.plan import CEILING, Action, Change, Plan, PlannedChange
from reconciler.model.report import Outcome
from reconciler.wording.units import plural


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that may be done: the changes of a reviewed plan.

    `earlier` are the targets that an unfinished run of the same plan has sent already, and `lost`
    those of them whose answer is not known. `probed` says when a change was last refused together
    with all others that were tried.
    """

    plan_id: str
    changes: tuple[PlannedChange, ...]
    earlier: frozenset[Target] = frozenset()
    lost: frozenset[Target] = frozenset()
    probed: Mapping[Target, datetime] = field(default_factory=dict)

    def allows(self, change: Change) -> bool:
        """Tell whether the reviewed plan holds *change*: same type, action and id.

        A team's delete may take the seats of nobody who is not listed; a team's create may reach
        people who have joined since.
        """
        return any(self._covers(planned, change) for planned in self.changes)

    def _covers(self, planned: PlannedChange, change: Change) -> bool:
        if planned.target != change.target:
            return False
        return change.action is Action.CREATE or change.person_ids <= planned.people


def why_not(plan: Plan, planned: PlannedChange) -> str:
    """Say why the plan of today does not hold *planned*."""
    for held in plan.withheld:
        if held.change.target != planned.target:
            continue
        if held.guard != CEILING:
            return f"withheld by guard {held.guard}: {held.text}"
        more = len(held.change.person_ids - planned.people)
        if more:
            people = plural(more, "person", "people")
            return f"today it would also take the seat of {people} not in the reviewed plan"
        return f"{held.text}: plan again"
    for decision in plan.decisions:
        if decision.resource is planned.resource and decision.id == planned.id:
            return f"not any more: {decision.reason}, {decision.text}"
    return "not any more: neither the file nor GitHub's list has it"


def as_planned(planned: PlannedChange, outcome: Outcome) -> Outcome:
    """Return *outcome* under the address of the reviewed plan: names change hands, ids don't."""
    if outcome.address == planned.address:
        return outcome
    now = f"{planned.name} is called {outcome.address.partition('.')[2]} now"
    text = f"{outcome.text}; {now}" if outcome.text else now
    return replace(outcome, address=planned.address, text=text)
