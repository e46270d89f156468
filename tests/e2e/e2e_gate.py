"""Hold a request on its way through the sandbox, so that a process can be killed just then."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Literal

from reconciler.sandbox import Sandbox
from reconciler.sandbox.answers import Answer, Request

Where = Literal["before", "after", "lost"]
"""Before its effect (which comes later), after it and before the answer, or without any effect."""

KINDS = {"selected_users": "selected_usernames", "selected_teams": "selected_teams"}


class Traffic:
    """All that passes a sandbox: counts what took effect, and can hold one request."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.effects: Counter[str] = Counter()
        """How often something was done to somebody, such as `POST selected_users mona`."""
        self.requests = 0
        self.held = threading.Event()
        self._open = threading.Event()
        self._passed = threading.Event()
        self._chosen: Callable[[int, Request], bool] = lambda _number, _request: False
        self._where: Where = "after"
        self._handle = sandbox.api.handle
        sandbox.api.handle = self._pass  # type: ignore[method-assign]

    def hold(self, chosen: Callable[[int, Request], bool], where: Where) -> None:
        """Hold the first request of which *chosen* says yes; requests are counted from 1."""
        self._chosen, self._where, self.requests = chosen, where, 0
        for event in (self.held, self._open, self._passed):
            event.clear()

    def let_go(self) -> None:
        """Let the request that is held go on, and wait until it has."""
        self._open.set()
        assert not self.held.is_set() or self._passed.wait(20)

    def _pass(self, request: Request) -> Answer:
        self.requests += 1
        if self.held.is_set() or not self._chosen(self.requests, request):
            return self._done(request)
        answer = self._done(request) if self._where == "after" else None
        self.held.set()
        try:
            assert self._open.wait(60), "nobody let the request go"
            if self._where == "lost":
                raise ConnectionAbortedError
            return answer or self._done(request)
        finally:
            self._passed.set()

    def _done(self, request: Request) -> Answer:
        answer = self._handle(request)
        kind = request.segments()[-1]
        if kind in KINDS and request.method != "GET" and answer.status < 300:
            names = json.loads(request.body)[KINDS[kind]]
            self.effects.update(f"{request.method} {kind} {name}" for name in names)
        return answer
