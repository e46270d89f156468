"""Make a plan: decide for every person and team, then let the guards take out what may not be.

Pure: the same look gives the same plan, byte for byte, in whatever order GitHub lists things.
"""

from __future__ import annotations

from collections.abc import Callable

from reconciler.decide.decisions import Draft
from reconciler.decide.records import records_of
from reconciler.decide.state import Look
from reconciler.guards import class_guards
from reconciler.guards.sift import firing, sift
from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Memory
from reconciler.model.observed import Observed
from reconciler.model.plan import (
    Change,
    Plan,
)
from reconciler.plan.notices import notices_of, unused_overrides
from reconciler.plan.totals import _summary, cost, observed_summary


def make_plan(
    file: SeatsFile,
    observed: Observed,
    memory: Memory | None = None,
    *,
    applyable: bool = True,
    allowed: Callable[[Change], bool] | None = None,
    state_options: str = "",
) -> Plan:
    """Return what would have to be done for *observed* to become what *file* says.

    *applyable* is False for a plan that must not be applied whatever it says (planned with
    another moment than now). What *allowed* says no to is withheld under `ceiling` before any guard
    counts, and with it what depends on it. *state_options* stand in advice about the ledger.
    """
    look = Look(file, observed, memory, state_options)
    first = class_guards(look)
    draft = Draft(look, firing(first))
    sifted = sift(look, draft.changes, first, allowed)
    changes, withheld = sifted.changes, sifted.withheld
    decisions = draft.decisions(frozenset(change.address for change in draft.in_flight))
    notices = (*notices_of(look, decisions), *unused_overrides(look, sifted.overridden))
    return Plan(
        organization=observed.organization,
        made_at=observed.now,
        path=file.path,
        config_sha256=file.sha256,
        changes=changes,
        withheld=withheld,
        checks=sifted.checks,
        notices=notices,
        decisions=decisions,
        observed=observed_summary(look),
        summary=_summary(look, changes, withheld, decisions, notices),
        cost=cost(look, changes),
        records=records_of(draft),
        applyable=applyable and bool(changes),
        ledger_head=memory.head if memory is not None else None,
    )


# --- guards -----------------------------------------------------------------------------------


# --- totals -----------------------------------------------------------------------------------
