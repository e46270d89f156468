"""How often a request is tried again, and how long GitHub is waited for in all."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import stamina
import stamina.instrumentation

from reconciler.errors import GitHubError, NotSent, RateLimited, Unreachable
from reconciler.github.errors import ServerError, span
from reconciler.github.rate_limit import READ, Budget
from reconciler.github.transport import hopeless

T = TypeVar("T")

# Waits are told through `on_wait`; stamina's own hook would print them to stdout.
stamina.instrumentation.set_on_retry_hooks(())

MAX_WAIT = 15 * 60.0
"""Seconds to wait for GitHub in all, unless told otherwise."""

_TRIES = 5
_FIRST_PAUSE = 0.5
_UNSTATED_LIMIT = 60.0
_SHORTEST_LIMIT = 1.0


class _OutOfTime(RateLimited):
    """The next request would have to wait longer than there is time for."""


def may_repeat_read(error: GitHubError) -> bool:
    """Tell whether a read that ended with *error* is worth another try."""
    return isinstance(error, RateLimited | Unreachable | ServerError) and not hopeless(error)


def may_repeat_write(error: GitHubError) -> bool:
    """Tell whether a write that ended with *error* certainly did nothing, and may do so yet."""
    return isinstance(error, RateLimited | NotSent) and not hopeless(error)


def _silent(_seconds: float, _why: str) -> None:
    """Tell nobody."""


@dataclass
class Patience:
    """The time there is for waiting, shared by all requests and threads of one run.

    `on_wait` is told the seconds and the reason before each wait, from the thread that waits.
    `budget` is kept by itself, before GitHub refuses anything; None asks as fast as it goes.
    `sleep` stands in for real waiting in tests.
    """

    max_wait: float = MAX_WAIT
    on_wait: Callable[[float, str], None] = _silent
    sleep: Callable[[float], object] | None = None
    budget: Budget | None = field(default_factory=Budget, repr=False)
    _waited: float = field(default=0.0, init=False)
    _pauses: int = field(default=0, init=False)
    _limits: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _purse: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _abandoned: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def persist(
        self, send: Callable[[], T], may_repeat: Callable[[GitHubError], bool], cost: int = READ
    ) -> T:
        """Call *send* until it succeeds or its error is final; each try takes *cost* points."""
        course = Course(self, may_repeat, cost)
        try:
            for attempt in stamina.retry_context(course.decide, attempts=None, timeout=None):
                with attempt:
                    course.begin()
                    return send()
        except RateLimited as error:
            raise self._out_of_time(error) from error
        raise AssertionError("stamina tries forever, and `decide` ends it by the error itself")

    def abandon(self) -> None:
        """Wake everybody who waits and let them fail: nobody wants their answer any more."""
        self._abandoned.set()

    def resume(self) -> None:
        """Allow waiting again after `abandon`."""
        self._abandoned.clear()

    def turn(self, cost: int = READ) -> int:
        """Return how many pauses there were, when *cost* points may be spent.

        A pause that is on is waited for first, whoever else waits for the budget too.
        """
        with self._limits:
            wait = self.budget.reserve(cost) if self.budget is not None else 0.0
            if wait > 0 and not self.pause(wait, "to stay under GitHub's limits"):
                raise _OutOfTime(
                    "GitHub takes 900 points a minute (a read is 1, a write 5) and 80 writes;"
                    f" there is more to ask, and that means waiting for {span(wait)}."
                )
            return self._pauses

    def pause_all(self, seconds: float, why: str, turn: int) -> bool:
        """Let every thread wait, unless there was a pause since *turn*; tell whether to go on."""
        with self._limits:
            if self._pauses == turn:
                if not self.pause(seconds, why):
                    return False
                self._pauses += 1
        return not self._abandoned.is_set()

    def pause(self, seconds: float, why: str) -> bool:
        """Wait, if there is time for it; tell whether to go on."""
        with self._purse:
            if self._abandoned.is_set() or self._waited + seconds > self.max_wait:
                return False
            self._waited += seconds
        self.on_wait(seconds, why)
        (self.sleep or self._abandoned.wait)(seconds)
        return not self._abandoned.is_set()

    def _out_of_time(self, error: RateLimited) -> RateLimited:
        return RateLimited(
            f"{error} (Waiting is limited to {span(self.max_wait)} in all, of which"
            f" {span(self._waited)} are used; --max-wait allows more.)",
            status=error.status,
            request_id=error.request_id,
            retry_after=error.retry_after,
        )


class Course:
    """The tries of one request: `begin` before each, `decide` after one that failed."""

    def __init__(
        self, patience: Patience, may_repeat: Callable[[GitHubError], bool], cost: int
    ) -> None:
        self._patience = patience
        self._cost = cost
        self._may_repeat = may_repeat
        self._tries = 0
        self._limits = 0
        self._turn = 0

    def begin(self) -> None:
        """Wait for a pause that is on, then begin a try."""
        self._turn = self._patience.turn(self._cost)

    def decide(self, error: Exception) -> bool | float:
        """Tell stamina whether to go on; the waiting is done here, where it can be seen."""
        if not isinstance(error, GitHubError) or isinstance(error, _OutOfTime):
            return False
        if not self._may_repeat(error):
            return False
        waited = self._pause_for(error)
        # The number tells stamina to wait no longer; False ends with the error itself.
        return 0.0 if waited else False

    def _pause_for(self, error: GitHubError) -> bool:
        if isinstance(error, RateLimited):
            seconds = error.retry_after
            if seconds is None:
                seconds = _UNSTATED_LIMIT * 2**self._limits
                self._limits += 1
            seconds = max(seconds, _SHORTEST_LIMIT)
            return self._patience.pause_all(seconds, "GitHub's rate limit is reached", self._turn)
        self._tries += 1
        if self._tries >= _TRIES:
            return False
        stated = error.retry_after if isinstance(error, ServerError) else None
        # Jitter, so that pages that failed together don't come back together.
        backoff = _FIRST_PAUSE * 2 ** (self._tries - 1) * random.uniform(1, 1.5)
        why = "GitHub has trouble" if error.status else "GitHub can't be reached"
        return self._patience.pause(stated if stated is not None else backoff, why)
