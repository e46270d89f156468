"""An organisation in memory that answers like GitHub, with faults to order."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import unquote

import httpx

from reconciler.github import Patience, Reader, Writer, connect

NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
BASE = "https://api.github.com"
TOKEN = "ghs_0123456789abcdefSECRET"

Json = dict[str, object]
Fault = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def person(number: int, login: str | None = None) -> Json:
    return {"login": login or f"user-{number}", "id": number, "type": "User"}


def seat(number: int, **changes: object) -> Json:
    return {
        "assignee": person(number),
        "created_at": "2026-01-02T03:04:05Z",
        "pending_cancellation_date": None,
        "last_activity_at": None,
        **changes,
    }


@dataclass
class FakeGitHub:
    """Serves one organisation; `faults` are answers that come before the right one, by path."""

    login: str = "acme"
    id: int = 9919
    seats: list[Json] = field(default_factory=list)
    total: int | None = None
    teams: dict[str, Json] = field(default_factory=dict)
    team_members: dict[str, list[Json]] = field(default_factory=dict)
    members: list[Json] = field(default_factory=list)
    users: list[Json] = field(default_factory=list)
    memberships: dict[str, str] = field(default_factory=dict)
    billing: Json = field(default_factory=dict)
    links: bool = True
    headers: dict[str, str] = field(default_factory=lambda: {"Date": format_datetime(NOW, True)})
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    requests: list[httpx.Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.requests.append(request)
            fault = self._fault(request)
        if isinstance(fault, Exception):
            raise fault
        response = fault(request) if callable(fault) else fault or self._answer(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response

    def paths(self) -> list[str]:
        return [request.url.raw_path.decode() for request in self.requests]

    def _fault(self, request: httpx.Request) -> Fault | None:
        for key in (request.url.raw_path.decode(), request.url.path):
            if self.faults.get(key):
                return self.faults[key].pop(0)
        return None

    def _answer(self, request: httpx.Request) -> httpx.Response:
        segments = [unquote(s) for s in request.url.raw_path.decode().split("?")[0].split("/")[1:]]
        match segments:
            case ["orgs", self.login]:
                return json_answer({"login": self.login, "id": self.id})
            case ["orgs", self.login, "copilot", "billing"]:
                return json_answer(self.billing)
            case ["orgs", self.login, "copilot", "billing", "seats"]:
                total = len(self.seats) if self.total is None else self.total
                return self._page(
                    request, self.seats, lambda part: {"total_seats": total, "seats": part}
                )
            case ["orgs", self.login, "copilot", "billing", operation]:
                return self._write(request, operation)
            case ["orgs", self.login, "teams"]:
                return self._page(request, list(self.teams.values()))
            case ["orgs", self.login, "teams", slug, "members"] if slug in self.team_members:
                return self._page(request, self.team_members[slug])
            case ["orgs", self.login, "members"]:
                return self._page(request, self.members)
            case ["orgs", self.login, "memberships", login] if login in self.memberships:
                return json_answer({"state": self.memberships[login], "role": "member"})
            case ["orgs", self.login, "members", login, "copilot"]:
                rows = [s for s in self.seats if (s["assignee"] or {}).get("login") == login]
                return json_answer(rows[0]) if rows else missing()
            case ["users", login]:
                return self._account("login", login)
            case ["user", number]:
                return self._account("id", int(number))
        return missing()

    def _account(self, key: str, value: object) -> httpx.Response:
        found = [one for one in (*self.members, *self.users) if one[key] == value]
        return json_answer(found[0]) if found else missing()

    def _write(self, request: httpx.Request, operation: str) -> httpx.Response:
        (names,) = json.loads(request.content).values()
        held = {str(s["assignee"]["login"]): s for s in self.seats}  # type: ignore[index]
        if operation == "selected_teams":
            names = [str(p["login"]) for slug in names for p in self.team_members[slug]]
        if request.method == "POST":
            for login in names:
                self.seats = [s for s in self.seats if s is not held.get(login)]
                self.seats.append(seat(len(self.seats) + 1, assignee=person(1, login)))
            return json_answer({"seats_created": len(names)}, 201)
        for login in names:
            held[login]["pending_cancellation_date"] = "2026-12-01"
        return json_answer({"seats_cancelled": len(names)})

    def _page(
        self,
        request: httpx.Request,
        items: list[Json],
        wrap: Callable[[list[Json]], object] = lambda part: part,
    ) -> httpx.Response:
        size = min(int(request.url.params.get("per_page", "30")), 100)
        number = int(request.url.params.get("page", "1"))
        last = max(1, -(-len(items) // size))
        response = json_answer(wrap(items[(number - 1) * size : number * size]))
        targets = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        if number == 1:
            del targets["prev"], targets["first"]
        if number >= last:
            del targets["next"], targets["last"]
        if self.links and targets:
            response.headers["Link"] = ", ".join(
                f'<{request.url.copy_merge_params({"page": str(page)})}>; rel="{rel}"'
                for rel, page in targets.items()
            )
        return response


def json_answer(body: object, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers=named)


def refusal(status: int, message: str, **headers: str) -> httpx.Response:
    body = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    return json_answer(body, status, **headers)


def missing() -> httpx.Response:
    return refusal(404, "Not Found")


@dataclass
class Waits:
    """Stands in for waiting, and remembers what was waited for."""

    told: list[tuple[float, str]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def patience(self, **changes: float) -> Patience:
        return Patience(
            on_wait=lambda seconds, why: self.told.append((seconds, why)),
            sleep=self.slept.append,
            **changes,
        )


def client_of(fake: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return connect(BASE, TOKEN, transport=httpx.MockTransport(fake))


def reader_of(fake: Callable[[httpx.Request], httpx.Response], **options: object) -> Reader:
    options.setdefault("patience", Waits().patience())
    return Reader(client_of(fake), "acme", **options)  # type: ignore[arg-type]


def writer_of(fake: Callable[[httpx.Request], httpx.Response], **options: object) -> Writer:
    options.setdefault("patience", Waits().patience())
    return Writer(client_of(fake), "acme", **options)  # type: ignore[arg-type]
