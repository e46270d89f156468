"""Changes that were sent and are not visible in GitHub's list yet."""

from __future__ import annotations

from reconciler.decide.limits import IN_FLIGHT_FOR
from reconciler.decide.state import Look
from reconciler.model.memory import Target
from reconciler.model.plan import (
    Action,
    Change,
    Resource,
)


def in_flight(look: Look, change: Change) -> bool:
    """Tell whether *change* was sent and is not known to have happened, or shows only later."""
    return is_sent(look, change.target) or _is_hidden(look, change)


def is_sent(look: Look, target: Target) -> bool:
    """Tell whether *target* was sent less than a day ago and is not known to have happened."""
    sent = look.memory.in_flight.get(target) if look.memory is not None else None
    return sent is not None and look.observed.now - sent < IN_FLIGHT_FOR


def _is_hidden(look: Look, change: Change) -> bool:
    """Tell whether we gave this seat already, behind the row of a team whose delete is sent.

    Rows may show one source only: such a seat shows when the team's delete does.
    """
    seat = look.seats.get(change.id) if change.resource is Resource.USER else None
    given = look.memory.creates.get(change.id) if look.memory is not None else None
    if change.action is not Action.CREATE or given is None or seat is None or not seat.teams:
        return False
    deletes = (Target(Resource.TEAM, Action.DELETE, team.id) for team in seat.teams)
    fresh = look.observed.now - given < IN_FLIGHT_FOR
    return fresh and all(is_sent(look, target) for target in deletes)
