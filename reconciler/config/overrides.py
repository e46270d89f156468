"""Which guards the file may override, and what cures the others."""

from __future__ import annotations

from collections.abc import Mapping

COUNTS = frozenset({"max_seats"})
"""Guards whose override allows a count."""
ALLOWANCES = frozenset({"max_cancellations_per_cycle", "max_creations_per_cycle"})
"""Guards whose override allows a count or a percentage."""
SWITCHES = frozenset({"row_count", "empty", "last_seat"})
"""Guards whose override allows `true`."""
OVERRIDABLE = (
    "max_cancellations_per_cycle",
    "max_creations_per_cycle",
    "max_seats",
    "row_count",
    "empty",
    "last_seat",
)

CURES: Mapping[str, str] = {
    "seat_management": "set the organisation's Copilot access to selected members on GitHub",
    "unknown_team": "correct the team's name, or take its entry out of the file",
    "unknown_user": "correct the login, or take its entry out of the file",
    "unknown_name": "correct the name in `exempt` or in the rule, or take it out of the file",
    "identity": "write whom you mean: take the entry out, or give the name its new `id`",
    "evidence": "wait until GitHub's activity data moves again, or raise `max_activity_age`",
    "memory": "begin the ledger with `copilot-seats ledger init`",
}
"""What to do where an override is not possible, by guard."""
