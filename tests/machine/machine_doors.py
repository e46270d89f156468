"""The command's doors to network, disk and clock: nobody waits, and a run can be killed at each."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread, current_thread, main_thread
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from reconciler.apply import Pace
from reconciler.github import Patience
from reconciler.ledger import storage


class Killed(BaseException):
    """The process is gone, as after SIGKILL."""


@dataclass(frozen=True)
class Kill:
    """The moment to kill a run: the nth time it comes to a door.

    `answer` is a request whose answer has come, with the effect done; `part` says how much of a
    line reaches the disk. With *softly* it is Ctrl-C instead.
    """

    door: str
    """`write` or `any` for requests that change something or all, `line` for the ledger's."""
    nth: int
    answer: bool = False
    part: float = 1.0
    softly: bool = False


class Doors:
    """Stand in the doors of the command for as long as `open` lasts."""

    def __init__(self) -> None:
        self.kill: Kill | None = None
        self.struck = False
        self._dead = False
        self._count = 0
        self._clock = 0.0

    @contextmanager
    def open(self, page: int) -> Iterator[None]:
        """Let the command in this process go through these doors; lists have pages of *page*."""
        with pytest.MonkeyPatch.context() as patch:
            quick = functools.partial(Patience, sleep=self._sleep)
            patch.setattr("reconciler.github.Patience", quick)
            pace = functools.partial(Pace, sleep=self._sleep, clock=lambda: self._clock)
            patch.setattr("reconciler.apply.Pace", pace)
            patch.setattr("reconciler.github.pagination.PER_PAGE", page)
            patch.setattr("reconciler.github.pagination.ThreadPoolExecutor", _one_at_a_time)
            patch.setattr("reconciler.github.prefetch.threading", SimpleNamespace(Thread=_AtOnce))
            patch.setattr(httpx.HTTPTransport, "handle_request", self._requests())
            patch.setattr(storage, "_write", self._lines())
            patch.setattr(storage.Appender, "_roll_back", self._roll_back())
            yield

    def ready(self, kill: Kill | None) -> None:
        """Begin a run, which *kill* is to end."""
        self.kill, self._count, self.struck, self._dead = kill, 0, False, False

    def _sleep(self, seconds: float) -> None:
        self._clock += seconds

    def _strike(self) -> None:
        assert self.kill is not None
        self.struck = True
        if self.kill.softly:
            self.kill = None
            raise KeyboardInterrupt
        self._dead = True
        raise Killed

    def _due(self, *doors: str) -> bool:
        """Count a coming to a door; tell whether it is the last."""
        if self._dead:
            raise Killed
        if self.kill is None or self.kill.door not in doors:
            return False
        self._count += 1
        if self.kill.softly and current_thread() is not main_thread():
            return False  # Ctrl-C comes to the main thread
        return not self.struck and self._count >= self.kill.nth

    def _requests(self) -> Any:
        send = httpx.HTTPTransport.handle_request

        def handle(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            due = self._due("any", "write" if request.method != "GET" else "any")
            if due and self.kill is not None and not self.kill.answer:
                self._strike()
            answer = send(transport, request)
            if due:
                answer.close()
                self._strike()
            return answer

        return handle

    def _lines(self) -> Any:
        write = storage._write

        def append(descriptor: int, data: bytes) -> None:
            due = self._due("line")
            part = self.kill.part if due and self.kill is not None else 1.0
            write(descriptor, data[: int(len(data) * part)])
            if due:
                self._strike()

        return append

    def _roll_back(self) -> Any:
        roll_back = storage.Appender._roll_back

        def unless_dead(appender: storage.Appender) -> None:
            if not self._dead:
                roll_back(appender)

        return unless_dead


class _AtOnce(Thread):
    """Does its work before anything else goes on."""

    def start(self) -> None:
        super().start()
        self.join()


def _one_at_a_time(_threads: int) -> ThreadPoolExecutor:
    """Read pages one after the other, so that the same seed has the same faults."""
    return ThreadPoolExecutor(1)
