"""Exit codes, and which one counts when several hold. Never a count."""

from __future__ import annotations

from collections.abc import Iterable

DONE = 0
ERROR = 1
CHANGES = 2
WITHHELD = 3
PLAN_FILE = 4
INCOMPLETE = 5
INTERRUPTED = 130
TERMINATED = 143

_PRECEDENCE = (INTERRUPTED, TERMINATED, INCOMPLETE, ERROR, PLAN_FILE, WITHHELD, CHANGES, DONE)


def worst(codes: Iterable[int]) -> int:
    """Return the code that counts."""
    found = set(codes)
    return next((code for code in _PRECEDENCE if code in found), DONE)
