"""Make the plan of an undo: the inverse of an apply under the guards of the seats file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.decide.decisions import Draft
from reconciler.decide.in_flight import in_flight
from reconciler.decide.records import records_of
from reconciler.decide.signatures import signature
from reconciler.decide.state import Look
from reconciler.guards import class_guards
from reconciler.guards.sift import Sifted, firing, sift
from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Memory
from reconciler.model.observed import Observed
from reconciler.model.plan import (
    Action,
    Change,
    Decision,
    Notice,
    Plan,
    Reason,
    Records,
    Resource,
    Summary,
    Undoes,
    Verdict,
)
from reconciler.plan.notices import unused_overrides
from reconciler.plan.totals import cost, observed_summary
from reconciler.undo.applied import Past
from reconciler.undo.forecast import redone
from reconciler.undo.inverse import Inverse, Left

NOT_UNDONE = "not_undone"
UNFINISHED = "unfinished"


def plan_undo(
    file: SeatsFile,
    observed: Observed,
    memory: Memory,
    past: Past,
    *,
    allowed: Callable[[Change], bool] | None = None,
) -> Plan:
    """Return what would have to be done so that what *past* did, and still stands, is undone.

    What *file* says is not asked for, only told: what the next plan would do again. Its guards
    count as for any plan. *allowed* is the ceiling, as in `make_plan`.
    """
    look = Look(file, observed, memory)
    first = class_guards(look)
    draft = Draft(look, firing(first))
    inverse = Inverse(look, draft, past)
    sifted = sift(look, inverse.changes, first, allowed)
    decisions = tuple(map(_decision, inverse.left))
    return Plan(
        organization=observed.organization,
        made_at=observed.now,
        path=file.path,
        config_sha256=file.sha256,
        changes=sifted.changes,
        withheld=sifted.withheld,
        checks=sifted.checks,
        notices=_notices(look, memory, past, inverse, sifted),
        decisions=decisions,
        observed=observed_summary(look),
        summary=_summary(sifted, decisions),
        cost=cost(look, sifted.changes),
        records=_records(draft, inverse),
        applyable=bool(sifted.changes),
        ledger_head=memory.head,
        undoes=Undoes(past.plan_id, past.started, past.finished is not None),
    )


def _decision(left: Left) -> Decision:
    return Decision(
        resource=left.resource,
        id=left.id,
        name=left.name,
        action=Action.NO_OP,
        reason=Reason.KEPT,
        verdict=Verdict.UNGOVERNED,
        text=left.text,
    )


def _summary(sifted: Sifted, decisions: tuple[Decision, ...]) -> Summary:
    return Summary(
        create=sum(change.action is Action.CREATE for change in sifted.changes),
        delete=sum(change.action is Action.DELETE for change in sifted.changes),
        no_op=sum(one.resource is Resource.USER for one in decisions),
        withheld=len(sifted.withheld),
        warn=0,
        unmanageable=0,
    )


def _notices(
    look: Look, memory: Memory, past: Past, inverse: Inverse, sifted: Sifted
) -> tuple[Notice, ...]:
    found: list[Notice] = []
    if past.finished is None:
        text = "that apply did not come to its end: applying its plan file again would go on"
        found.append(Notice(UNFINISHED, "", text))
    found += [
        Notice(NOT_UNDONE, _subject(left), left.text)
        for left in sorted(inverse.left, key=lambda one: (one.so, one.name.lower(), one.text))
    ]
    text = "sent less than a day ago, and not seen on GitHub yet"
    found += [
        Notice("in_flight", change.name, text)
        for change in inverse.changes
        if in_flight(look, change)
    ]
    again = redone(look.file, look.observed, memory, sifted.changes)
    return (*found, *again, *unused_overrides(look, sifted.overridden))


def _subject(left: Left) -> str:
    return f"team {left.name}" if left.resource is Resource.TEAM else left.name


def _records(draft: Draft, inverse: Inverse) -> Records:
    """Return what the ledger should keep of the look.

    Nobody is told of warnings here, so none is recorded; no hold begins for somebody whose seat is
    about to be given back, and whoever has it back already is on hold no more.
    """
    found = records_of(draft)
    back = frozenset(
        one
        for change in inverse.changes
        if change.action is Action.CREATE
        for one in change.person_ids
    )
    return replace(
        found,
        held={one: hold for one, hold in found.held.items() if one not in back},
        holds_by_change={},
        released=found.released | inverse.back_already,
        warned=frozenset(),
        signatures={one.address: signature(draft.look, one) for one in inverse.changes},
    )
