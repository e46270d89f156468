"""Withhold changes: run the guards over a plan's changes and drop what they block."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from reconciler.decide.in_flight import in_flight
from reconciler.decide.signatures import signature
from reconciler.decide.state import Look
from reconciler.guards import Guard, Sieve, counting_guards, in_order
from reconciler.model.plan import (
    CEILING,
    Action,
    Change,
    Check,
    Resource,
    Withheld,
)

REFUSED_FOR = timedelta(days=7)
"""How long what GitHub refused is not tried again."""


_ORDER = {
    (Action.CREATE, Resource.TEAM): 0,
    (Action.CREATE, Resource.USER): 1,
    (Action.DELETE, Resource.TEAM): 2,
    (Action.DELETE, Resource.USER): 3,
}


def _order(change: Change) -> tuple[int, str, int]:
    return (_ORDER[change.action, change.resource], change.name.lower(), change.id)


@dataclass(frozen=True, slots=True)
class Sifted:
    """What is left of the changes asked for, and what stopped the others."""

    changes: tuple[Change, ...]
    withheld: tuple[Withheld, ...]
    checks: tuple[Check, ...]
    overridden: frozenset[str]
    """Guards that only an override lets pass."""


def firing(guards: Iterable[Guard]) -> frozenset[str]:
    """Return the names of those of *guards* that fire."""
    return frozenset(one.check.guard for one in guards if one.fires)


def sift(
    look: Look,
    asked: Iterable[Change],
    first: Iterable[Guard],
    allowed: Callable[[Change], bool] | None = None,
) -> Sifted:
    """Take out of *asked* what is not allowed, what is in flight, and what guards stop.

    *first* are the guards that know before any decision; the counting ones count what is left.
    """
    guards = tuple(first)
    sieve = _withhold(look, asked, guards, allowed)
    guards = (*guards, *counting_guards(look, sieve))
    return Sifted(
        changes=tuple(sorted(sieve.kept, key=_order)),
        withheld=tuple(sorted(sieve.withheld, key=lambda one: (one.guard, _order(one.change)))),
        checks=in_order(one.check for one in guards),
        overridden=frozenset(one.check.guard for one in guards if one.overridden),
    )


def _withhold(
    look: Look,
    asked: Iterable[Change],
    guards: Iterable[Guard],
    allowed: Callable[[Change], bool] | None,
) -> Sieve:
    """Take out what is in flight, what was refused before, and what the class guards block."""
    sieve = Sieve(list(asked))
    flying = {change.address for change in sieve.kept if in_flight(look, change)}
    if allowed is not None:
        sieve.block(CEILING, lambda change: not allowed(change), "not in the reviewed plan")
    if flying:
        sieve.block("in_flight", lambda change: change.address in flying, "")
        # They are told as decisions; withheld is only what waits for them.
        sieve.withheld = [one for one in sieve.withheld if one.change.address not in flying]
    for guard in guards:
        if guard.fires:
            sieve.block(guard.check.guard, guard.blocks, guard.check.detail)
    refused = look.memory.refusals if look.memory is not None else {}
    for change in list(sieve.kept):
        refusal = refused.get(change.target)
        if refusal is None or look.observed.now - refusal.at >= REFUSED_FOR:
            continue
        if refusal.signature == signature(look, change):
            text = (
                f"GitHub refused it on {refusal.at.date()}; the report of that apply has the "
                f"reason. It is tried again from {(refusal.at + REFUSED_FOR).date()} on, or when "
                "the seat or its lines in the file change"
            )
            sieve.block("refused", _is(change.address), text)
    return sieve


def _is(address: str) -> Callable[[Change], bool]:
    return lambda change: change.address == address
