"""Count and price what a plan observed and changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal

from reconciler.decide.seats import BILLED
from reconciler.decide.signatures import row_text
from reconciler.decide.state import Look
from reconciler.guards import Numbers
from reconciler.model.plan import (
    Action,
    Change,
    Cost,
    Decision,
    Notice,
    ObservedSummary,
    Reason,
    Resource,
    Summary,
    Withheld,
)


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
