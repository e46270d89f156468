"""Sends reads with patience, some of them before their answer is wanted."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future
from queue import Empty, SimpleQueue

import httpx

from reconciler.github.retry import Patience, may_repeat_read
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
        waiting: SimpleQueue[tuple[Ask, Future[httpx.Response]]] = SimpleQueue()
        for ask in asks:
            future: Future[httpx.Response] = Future()
            self._begun[str(ask)] = future
            waiting.put((ask, future))
        for _ in range(self.threads):
            # Not a pool: its threads would keep an interrupted process alive until GitHub answers.
            threading.Thread(target=self._work, args=(waiting,), daemon=True).start()

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

    def _work(self, waiting: SimpleQueue[tuple[Ask, Future[httpx.Response]]]) -> None:
        while True:
            try:
                ask, future = waiting.get_nowait()
            except Empty:
                return
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(self._persist(ask))
                except BaseException as error:  # told by whoever wants the answer
                    future.set_exception(error)

    def _persist(self, ask: Ask) -> httpx.Response:
        return self.patience.persist(lambda: self.channel.send(ask), may_repeat_read)
