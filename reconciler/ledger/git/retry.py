"""How often a push is tried, and that no signal stops the last one."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import sleep

from reconciler.errors import LedgerError

_MOVED = 20
_FAILED = (1.0, 2.0, 4.0)
_FAILED_AFTER_SENDING = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_LONGEST = 5.0


@dataclass
class Tries:
    """The tries of one push. What was sent already is worth more of them."""

    after_sending: bool
    _moved: int = field(default=0, init=False)
    _failed: int = field(default=0, init=False)

    def after_move(self, fault: LedgerError) -> None:
        """Wait a moment after another run was faster; raise *fault* when that has gone on long."""
        if self._moved >= _MOVED:
            raise fault
        # Jitter: the runs of a matrix push at once, and must not come back at once.
        sleep(random.uniform(0.05, min(_LONGEST, 0.2 * 2**self._moved)))
        self._moved += 1

    def after_failure(self, fault: LedgerError) -> None:
        """Wait after a push that failed; raise *fault* when it was the last one."""
        pauses = _FAILED_AFTER_SENDING if self.after_sending else _FAILED
        if self._failed >= len(pauses):
            raise fault
        sleep(pauses[self._failed] * random.uniform(1, 1.2))
        self._failed += 1


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the block has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda found, _: came.append(found))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if came:
            signal.raise_signal(came[0])
