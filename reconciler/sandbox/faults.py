"""Faults: rules that say which requests go wrong, and how.

    Fault("GET /orgs/*/copilot/billing/seats", nth=(2,), status=502)
    Fault("POST */selected_users", drop="after")
    Fault("GET *", probability=0.1, seed=7, delay=0.5)

Every rule counts the requests it matches, from 1. Where several strike, the first one decides.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

from reconciler.errors import UsageError
from reconciler.sandbox.answers import Answer, ApiError, Request
from reconciler.sandbox.node import unknown

_MESSAGES = {
    400: "Problems parsing JSON",
    401: "Bad credentials",
    403: "Resource not accessible by integration",
    404: "Not Found",
    422: "Validation Failed",
    500: "Server Error",
}
_PAGES = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
"""Statuses that GitHub's proxies answer with a page of HTML."""

_PRIMARY = "API rate limit exceeded for user ID 1."
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule: the fields up to `times` say when it strikes, the others what happens then."""

    operation: str = "*"
    """Method and path, with `*` for anything: `DELETE */selected_users`."""
    query: Mapping[str, str] = field(default_factory=dict)
    """What the query must hold, such as `{"page": "3"}`."""
    nth: tuple[int, ...] = ()
    """Which of the matching requests it strikes; none given: all."""
    probability: float = 1.0
    """How likely it strikes each of them; `seed` makes the chance repeatable."""
    seed: int = 0
    times: int | None = None
    """How often it strikes at most."""

    status: int | None = None
    """Answer this status. The request has no effect, unless `late`."""
    message: str | None = None
    """The error's message, instead of the usual one."""
    headers: Mapping[str, str] = field(default_factory=dict)
    late: bool = False
    """The request has its effect before the error is answered."""
    limit: Literal["primary", "secondary"] | None = None
    """Answer as GitHub's rate limits do, with `status` 403 unless another is given."""
    retry_after: int | None = None
    """Seconds: the `Retry-After` of a limit, or until a primary limit's reset (default 1)."""
    drop: Literal["before", "after"] | None = None
    """Close the connection without an answer, before or after the effect."""
    delay: float = 0.0
    """Seconds to wait before anything else."""
    cut: int | None = None
    """Send only so many bytes of the body, then close the connection."""
    drift: int = 0
    """By how many rows the seat list has moved when this page is read."""
    stale: bool = False
    """Show the seat list as it was before the last write."""

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Fault:
        """Return the rule that a JSON object says; raises UsageError for what can't be."""
        for name, value in values.items():
            if name not in _CHECKS:
                raise UsageError(unknown("sandbox: no fault has", name, tuple(_CHECKS)))
            if value is not None and not _CHECKS[name](value):
                raise UsageError(f"sandbox: {value!r} can't be the {name!r} of a fault")
        given = {name: value for name, value in values.items() if value is not None}
        nth = given.pop("nth", ())
        numbers = tuple(nth) if isinstance(nth, (list, tuple)) else (nth,)
        return cls(**given, nth=numbers)  # type: ignore[arg-type]

    def as_json(self) -> dict[str, object]:
        """Return what the rule says beyond the defaults."""
        return {key: value for key, value in asdict(self).items() if value != _DEFAULTS[key]}

    def matches(self, request: Request) -> bool:
        held = request.query
        wanted = all(held.get(key) == value for key, value in self.query.items())
        return wanted and fnmatchcase(f"{request.method} {request.path}", self.operation)

    def answer(self, now: datetime) -> Answer | None:
        """Return the error to answer with, None if the rule has none."""
        headers = dict(self.headers)
        wait = self.retry_after
        if self.limit == "primary":
            headers["X-RateLimit-Remaining"] = "0"
            headers["X-RateLimit-Reset"] = str(int(now.timestamp()) + (1 if wait is None else wait))
        elif wait is not None:
            headers["Retry-After"] = str(wait)
        if self.limit is not None:
            words = _PRIMARY if self.limit == "primary" else _SECONDARY
            return ApiError(self.status or 403, self.message or words, headers=headers).answer()
        if self.status is None:
            return None
        if self.status in _PAGES and self.message is None:
            page = f"<html><body><h1>{self.status} {_PAGES[self.status]}</h1></body></html>"
            return Answer(self.status, page.encode(), {"Content-Type": "text/html", **headers})
        message = self.message or _MESSAGES.get(self.status, "Error")
        return ApiError(self.status, message, headers=headers).answer()


_DEFAULTS = asdict(Fault())


def rules_of(value: object) -> list[Fault]:
    """Return the rules that a JSON value says: one object, or a list of them; raises UsageError."""
    stated = value if isinstance(value, list) else [value]
    found = []
    for number, rule in enumerate(stated, 1):
        try:
            if not isinstance(rule, Mapping):
                raise UsageError('a fault is an object such as {"status": 502, "nth": 2}')
            found.append(Fault.of(rule))
        except UsageError as error:
            text = str(error).removeprefix("sandbox: ")
            place = f"rule {number}: " if len(stated) > 1 else ""
            raise UsageError(f"sandbox: {place}{text}") from None
    return found


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _number(value: object, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def _texts(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "operation": lambda value: isinstance(value, str),
    "query": _texts,
    "nth": lambda value: all(map(_whole, value)) if isinstance(value, list) else _whole(value),
    "probability": lambda value: _number(value, 1),
    "seed": _whole,
    "times": _whole,
    "status": lambda value: _whole(value) and 400 <= value <= 599,
    "message": lambda value: isinstance(value, str),
    "headers": _texts,
    "late": lambda value: isinstance(value, bool),
    "limit": lambda value: value in ("primary", "secondary"),
    "retry_after": _whole,
    "drop": lambda value: value in ("before", "after"),
    "delay": lambda value: _number(value, 3600),
    "cut": _whole,
    "drift": _whole,
    "stale": lambda value: isinstance(value, bool),
}


@dataclass(slots=True)
class _Armed:
    """A rule with its count of matches and strikes."""

    fault: Fault
    chance: random.Random
    matched: int = 0
    struck: int = 0

    def due(self, request: Request) -> bool:
        """Count *request* if the rule matches it; tell whether the rule would strike it."""
        fault = self.fault
        if not fault.matches(request):
            return False
        self.matched += 1
        left = fault.times is None or self.struck < fault.times
        counted = not fault.nth or self.matched in fault.nth
        return self.chance.random() < fault.probability and counted and left


class Faults:
    """The rules in force; safe to use from several threads."""

    def __init__(self, rules: Iterable[Fault] = ()) -> None:
        self._armed: list[_Armed] = []
        self._lock = threading.Lock()
        self.add(rules)

    def add(self, rules: Iterable[Fault]) -> None:
        """Put *rules* behind those in force."""
        with self._lock:
            self._armed += [_Armed(rule, random.Random(rule.seed)) for rule in rules]

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._armed = []

    def strike(self, request: Request) -> Fault | None:
        """Return the rule that strikes *request*, and count it."""
        with self._lock:
            due = [armed for armed in self._armed if armed.due(request)]
            if not due:
                return None
            due[0].struck += 1
            return due[0].fault

    def as_json(self) -> list[dict[str, object]]:
        """Return the rules with their counts."""
        with self._lock:
            return [
                {**armed.fault.as_json(), "matched": armed.matched, "struck": armed.struck}
                for armed in self._armed
            ]
