"""Plan a file that has just replaced another, within what the protection of both lets through.

Whatever plan was reviewed, whoever made it and against whatever base: a change that raises a guard
and uses it is stopped here, by the file as it was before the merge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Memory, Target
from reconciler.model.observed import Observed
from reconciler.model.plan import CEILING, Change, Check, Plan, Status, Withheld
from reconciler.plan.planner import make_plan
from reconciler.plan.proposal import changed_by_merge, under


def widened(head: SeatsFile, base: SeatsFile) -> SeatsFile:
    """Return *head* with the exemptions of both, to read whatever `merged_plan` asks about."""
    return replace(head, exempt=(*head.exempt, *base.exempt))


def merged_plan(
    head: SeatsFile,
    base: SeatsFile,
    observed: Observed,
    memory: Memory | None,
    allowed: Callable[[Change], bool] | None = None,
) -> Plan:
    """Plan *head*, which has just replaced *base*, within what either's protection lets through.

    What the merge raised or dropped is not used yet, and what it lowered or added counts already.
    """
    before = make_plan(under(head, base), observed, memory, allowed=allowed)
    kept = {change.target: change.person_ids for change in before.changes}

    def reviewed(change: Change) -> bool:
        return allowed is None or allowed(change)

    def both(change: Change) -> bool:
        inside = change.target in kept and change.person_ids <= kept[change.target]
        return inside and reviewed(change)

    plan = make_plan(head, observed, memory, allowed=both)
    stopped = {one.change.target: one for one in before.withheld if one.guard != CEILING}
    withheld = tuple(
        _stopped_before(one, stopped) if one.guard == CEILING and reviewed(one.change) else one
        for one in plan.withheld
    )
    failing = {one.guard for one in before.checks if one.status is Status.FAIL}
    told = (one for one in plan.notices if (one.kind, one.subject in failing) != _NEEDED)
    return replace(
        plan,
        withheld=withheld,
        checks=_worst(plan.checks, before.checks),
        notices=(*changed_by_merge(head, base), *told),
    )


_NEEDED = ("override_unused", True)
"""An override that is not used since the guard without it stops things first."""


def _stopped_before(held: Withheld, stopped: Mapping[Target, Withheld]) -> Withheld:
    """Return *held*, which the plan under the old protection lacks, with the reason for that."""
    text = "the guards and exemptions of before the merge do not let it through"
    return stopped.get(held.change.target, replace(held, text=text))


def _worst(checks: Iterable[Check], before: Iterable[Check]) -> tuple[Check, ...]:
    """Return for each guard the check that let less through."""
    failed = {one.guard: one for one in before if one.status is Status.FAIL}
    return tuple(one if one.status is Status.FAIL else failed.get(one.guard, one) for one in checks)
