"""Limits that decisions and guards share."""

from __future__ import annotations

from datetime import timedelta

BLOCK_IDLE = frozenset(
    {"row_count", "seat_management", "empty", "unknown_team", "unknown_name", "evidence", "memory"}
)
"""Guards under which nobody counts as idle where a team's delete would take the seat (line 5c)."""


IN_FLIGHT_FOR = timedelta(days=1)
"""How long an unconfirmed change is waited for before it is planned again."""
