"""Sends reads with patience, some of them before their answer is wanted."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

import httpx

from reconciler.github.patience import Patience, may_repeat_read
from reconciler.github.transport import Ask, Channel


class Sender:
    """Sends reads over *channel*, up to *threads* at once, as often as *patience* allows."""

    def __init__(self, channel: Channel, patience: Patience, threads: int) -> None:
        self.channel = channel
        self.patience = patience
        self.threads = threads
        self._begun: dict[str, Future[httpx.Response]] = {}

    def begin(self, asks: Iterable[Ask]) -> None:
        """Send *asks* in the background, in this order; `send` has their answers, each once."""
        pool = ThreadPoolExecutor(self.threads)
        for ask in asks:
            self._begun[str(ask)] = pool.submit(self._persist, ask)
        pool.shutdown(wait=False)

    def send(self, ask: Ask) -> httpx.Response:
        """Return the answer to *ask*, or raise what became of it."""
        begun = self._begun.pop(str(ask), None)
        return self._persist(ask) if begun is None else begun.result()

    def end(self) -> None:
        """Forget what was begun and never wanted; whoever waits for a limit stops waiting."""
        left = [future for future in self._begun.values() if not future.cancel()]
        self._begun.clear()
        if left:
            self.patience.abandon()
            for future in left:
                future.exception()
            self.patience.resume()

    def _persist(self, ask: Ask) -> httpx.Response:
        return self.patience.persist(lambda: self.channel.send(ask), may_repeat_read)
