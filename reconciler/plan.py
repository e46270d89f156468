"""Make a plan: decide for every person and team, then let the guards take out what may not be.

Pure: the same look gives the same plan, byte for byte, in whatever order GitHub lists things.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from decimal import Decimal

from reconciler.decide.decisions import Draft
from reconciler.decide.records import records_of
from reconciler.decide.seats import BILLED
from reconciler.decide.signatures import row_text
from reconciler.decide.state import Look
from reconciler.guards import Numbers, class_guards
from reconciler.guards.sift import firing, sift
from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Memory
from reconciler.model.observed import Observed
from reconciler.model.plan import (
    Action,
    Change,
    Cost,
    Decision,
    Notice,
    ObservedSummary,
    Plan,
    Reason,
    Resource,
    Summary,
    Withheld,
)
from reconciler.notices import notices_of, unused_overrides


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


def observed_summary(look: Look) -> ObservedSummary:
    """Return what was read, in numbers."""
    times = (seat.last_activity_at for seat in look.seats.values())
    newest = max((time for time in times if time is not None), default=None)
    texts = sorted(map(row_text, (*look.observed.rows, *look.observed.foreign)))
    texts += sorted(f"unread {row.id}/{row.login}" for row in look.observed.unread)
    digest = hashlib.sha256("\n".join(texts).encode())
    return ObservedSummary(
        seats=len(look.seats) + look.unassigned,
        pending_cancellation=sum(not seat.live for seat in look.seats.values()),
        newest_activity_at=newest,
        sha256=digest.hexdigest(),
    )


def _summary(
    look: Look,
    changes: tuple[Change, ...],
    withheld: tuple[Withheld, ...],
    decisions: tuple[Decision, ...],
    notices: tuple[Notice, ...],
) -> Summary:
    """Count changes, and the people (not the teams) on whose seats nothing is done."""
    people = [one for one in decisions if one.resource is Resource.USER]
    unmanageable = sum(one.reason is Reason.UNMANAGEABLE for one in people) + look.unassigned
    return Summary(
        create=sum(change.action is Action.CREATE for change in changes),
        delete=sum(change.action is Action.DELETE for change in changes),
        no_op=sum(one.action is Action.NO_OP for one in people) + look.unassigned,
        withheld=len(withheld),
        warn=sum(notice.kind == "warn" for notice in notices),
        unmanageable=unmanageable,
    )


def cost(look: Look, changes: Iterable[Change]) -> Cost:
    """Estimate the licence fees of all live seats the organisation manages."""
    numbers, prices = Numbers.of(look), look.file.prices
    plan_type = look.observed.billing.plan_type

    def fee(user_id: int) -> Decimal:
        seat = look.seats.get(user_id)
        kind = seat.plan_type if seat is not None else None
        kind = kind if kind in BILLED else plan_type
        return prices.enterprise if kind == "enterprise" else prices.business

    after = numbers.after(list(changes))
    before = sum((fee(one) for one in numbers.live), Decimal(0))
    return Cost(before, sum((fee(one) for one in after), Decimal(0)), prices.currency)
