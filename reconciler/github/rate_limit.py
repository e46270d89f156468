"""How much may be asked of GitHub in a minute: the client stays under it by itself."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

READ, WRITE = 1, 5
"""Points of a request."""

_MINUTE = 61.0
"""Seconds: one more, since GitHub counts when a request arrives, not when it was sent."""

_POINTS = 900
_WRITES = 80


class _Window:
    """At most *limit* in any minute; when it is full, a tenth is waited for at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0

    def earliest(self, now: float, amount: int) -> float:
        """Return the first moment from *now* on at which *amount* may be taken."""
        while self._taken and self._taken[0][0] <= now - _MINUTE:
            self._sum -= self._taken.popleft()[1]
        if self._sum + amount <= self._limit:
            return now
        # One pause for many requests, not one for each: a pause is told to people.
        room, at = self._limit - max(amount, self._limit // 10), now
        left = self._sum
        for taken_at, taken in self._taken:
            if left <= room:
                break
            left, at = left - taken, taken_at + _MINUTE
        return max(at, now)

    def take(self, at: float, amount: int) -> None:
        self._taken.append((at, amount))
        self._sum += amount


class Budget:
    """The limits of one token, shared by all that use it; not safe for threads by itself.

    900 points a minute, of which a read takes 1 and a write 5, and 80 writes a minute. GitHub
    counts by endpoint; here all count together, which is never too much.
    Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._points = _Window(_POINTS)
        self._writes = _Window(_WRITES)

    def reserve(self, points: int) -> float:
        """Take *points* at the first moment that allows them; return the seconds until then."""
        now = self._elapsed()
        at = self._points.earliest(now, points)
        if points >= WRITE:
            at = max(at, self._writes.earliest(now, 1))
            self._writes.take(at, 1)
        if points:
            self._points.take(at, points)
        return at - now
