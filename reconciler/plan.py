"""Make a plan: decide for every person and team, then let the guards take out what may not be.

Pure: the same look gives the same plan, byte for byte, in whatever order GitHub lists things.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from decimal import Decimal

from reconciler.changes import (
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
from reconciler.draft import Draft
from reconciler.guards import Guard, Numbers, Sieve, class_guards, counting_guards, in_order
from reconciler.look import Look
from reconciler.memory import Memory
from reconciler.model import Observed, SeatsFile
from reconciler.notices import notices_of, unused_overrides
from reconciler.people import BILLED
from reconciler.records import records_of
from reconciler.signatures import row_text, signature

CEILING = "ceiling"
"""Not a guard: what a reviewed plan, or `--only`, does not let through."""

_ORDER = {
    (Action.CREATE, Resource.TEAM): 0,
    (Action.CREATE, Resource.USER): 1,
    (Action.DELETE, Resource.TEAM): 2,
    (Action.DELETE, Resource.USER): 3,
}


def make_plan(
    file: SeatsFile,
    observed: Observed,
    memory: Memory | None = None,
    *,
    applyable: bool = True,
    allowed: Callable[[Change], bool] | None = None,
) -> Plan:
    """Return what would have to be done for *observed* to become what *file* says.

    *applyable* is False for a plan that must not be applied whatever it says (planned with
    another moment than now). What *allowed* says no to is withheld under `ceiling` before any guard
    counts, and with it what depends on it.
    """
    look = Look(file, observed, memory)
    first = class_guards(look)
    draft = Draft(look, frozenset(one.check.guard for one in first if one.fires))
    sieve = _withhold(draft, first, allowed)
    counted = counting_guards(look, sieve)
    needed = frozenset(one.check.guard for one in (*first, *counted) if one.overridden)
    changes = tuple(sorted(sieve.kept, key=_order))
    withheld = tuple(sorted(sieve.withheld, key=lambda one: (one.guard, _order(one.change))))
    decisions = draft.decisions(frozenset(change.address for change in draft.in_flight))
    notices = (*notices_of(look, decisions), *unused_overrides(look, needed))
    return Plan(
        organization=observed.organization,
        made_at=observed.now,
        path=file.path,
        config_sha256=file.sha256,
        changes=changes,
        withheld=withheld,
        checks=in_order(one.check for one in (*first, *counted)),
        notices=notices,
        decisions=decisions,
        observed=_observed_summary(look),
        summary=_summary(look, changes, withheld, decisions, notices),
        cost=_cost(look, list(changes)),
        records=records_of(draft, first),
        applyable=applyable and bool(changes),
        ledger_head=memory.head if memory is not None else None,
    )


def _order(change: Change) -> tuple[int, str, int]:
    return (_ORDER[change.action, change.resource], change.name.lower(), change.id)


# --- guards -----------------------------------------------------------------------------------


def _withhold(
    draft: Draft, guards: Iterable[Guard], allowed: Callable[[Change], bool] | None
) -> Sieve:
    """Take out what is in flight, what was refused before, and what the class guards block."""
    sieve = Sieve(list(draft.changes))
    if allowed is not None:
        sieve.block(CEILING, lambda change: not allowed(change), "not in the reviewed plan")
    flying = {change.address for change in draft.in_flight}
    if flying:
        text = "sent, and not confirmed yet"
        sieve.block("in_flight", lambda change: change.address in flying, text)
        sieve.withheld = [one for one in sieve.withheld if one.change.address not in flying]
    for guard in guards:
        if guard.fires:
            sieve.block(guard.check.guard, guard.blocks, guard.check.detail)
    memory = draft.look.memory
    refused = memory.refusals if memory is not None else {}
    for change in list(sieve.kept):
        refusal = refused.get(change.target)
        if refusal is not None and refusal.signature == signature(draft.look, change):
            text = f"GitHub refused it on {refusal.at.date()}: {refusal.message}"
            sieve.block("refused", _is(change.address), text)
    return sieve


def _is(address: str) -> Callable[[Change], bool]:
    return lambda change: change.address == address


# --- totals -----------------------------------------------------------------------------------


def _observed_summary(look: Look) -> ObservedSummary:
    times = (seat.last_activity_at for seat in look.seats.values())
    newest = max((time for time in times if time is not None), default=None)
    digest = hashlib.sha256("\n".join(sorted(map(row_text, look.observed.rows))).encode())
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


def _cost(look: Look, changes: list[Change]) -> Cost:
    """Estimate the licence fees of all live seats the organisation manages."""
    numbers, prices = Numbers.of(look), look.file.prices
    plan_type = look.observed.billing.plan_type

    def fee(user_id: int) -> Decimal:
        seat = look.seats.get(user_id)
        kind = seat.plan_type if seat is not None else None
        kind = kind if kind in BILLED else plan_type
        return prices.enterprise if kind == "enterprise" else prices.business

    after = (numbers.live - numbers.losing(changes)) | numbers.gaining(changes)
    before = sum((fee(one) for one in numbers.live), Decimal(0))
    return Cost(before, sum((fee(one) for one in after), Decimal(0)), prices.currency)
