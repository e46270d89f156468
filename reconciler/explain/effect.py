"""Say what becomes of a person's seat by a plan's changes."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.decide.state import Look
from reconciler.explain.model import Effect
from reconciler.model.plan import Action, Change


def effect_of(look: Look, changes: Collection[Change], user_id: int) -> Effect:
    """Return what *changes*, all that give the person a seat or take it, come to."""
    seat = look.seats.get(user_id)
    if any(change.action is Action.DELETE for change in changes):
        return Effect.LOSES
    if seat is not None and seat.live:
        return Effect.KEEPS
    if changes:
        return Effect.GAINS if seat is None else Effect.RENEWS
    return Effect.NONE if seat is None else Effect.ENDS
