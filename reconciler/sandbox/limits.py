"""The primary rate limit: counts requests by token, in windows of real time.

The world's clock may stand still; so a window lasts an hour of real time, and its end is told in
the world's time.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class _Window:
    began: float
    used: int = 0


class RateLimit:
    """Requests allowed in a window. Unless `enforced`, at least one always remains."""

    def __init__(
        self, limit: int = 5000, window: float = 3600.0, *, enforced: bool = False
    ) -> None:
        self.limit = limit
        self.window = window
        self.enforced = enforced
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def take(self, token: str, count: int = 1) -> bool:
        """Count *count* requests of *token*; tell whether they are allowed."""
        with self._lock:
            window = self._current(token)
            if window.used + count > self.limit and self.enforced:
                return False
            window.used = min(window.used + count, self.limit if self.enforced else self.limit - 1)
            return True

    def numbers(self, token: str, now: datetime) -> dict[str, int]:
        """Return limit, used, remaining and reset (seconds since 1970, by the world's clock)."""
        with self._lock:
            window = self._current(token)
            left = max(0.0, window.began + self.window - time.monotonic())
            reset = int(now.timestamp() + left) + 1
            remaining = self.limit - window.used
            return {
                "limit": self.limit,
                "used": window.used,
                "remaining": remaining,
                "reset": reset,
            }

    def _current(self, token: str) -> _Window:
        window = self._windows.get(token)
        if window is None or time.monotonic() - window.began >= self.window:
            window = self._windows[token] = _Window(time.monotonic())
        return window
